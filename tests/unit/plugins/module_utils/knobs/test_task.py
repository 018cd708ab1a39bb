# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task does beside its settings is made before them, not made for what is refused anyhow, and taken back."""

import errno

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs import task

SET_RINGS = 0x11


class Ended(Exception):
    pass


class Module:
    """What of an AnsibleModule a task uses."""

    def __init__(self, check_mode=False):
        self.params = {"memory_reserve": "0"}
        self.check_mode = check_mode

    def exit_json(self, **result):
        raise Ended(result)

    fail_json = exit_json


class Beside:
    def __init__(self):
        self.done = []

    def changed(self):
        return True

    def diff(self):
        return "beside: no\n", "beside: yes\n"

    def make(self):
        self.done.append("made")

    def take_back(self):
        self.done.append("taken back")
        return "; all is as it was"

    def told(self, found):
        return {"beside": [made["to"] for made in found["changes"]], "interfaces": ["eth0", "eth1"]}


@pytest.fixture
def run(settable, monkeypatch):
    """``run(rx, check_mode)``: the result of a task on the FAKE host, and what was done beside."""
    monkeypatch.setattr(task, "this_host", lambda: settable.host)

    def run(rx, check_mode=False):
        beside = Beside()
        settings = [{"knob": "ring", "subject": "eth0", "values": {"rx": rx}}]
        with pytest.raises(Ended) as ended:
            task.run(Module(check_mode), lambda _host: settings, beside=lambda _host, wanted: beside)
        return ended.value.args[0], beside.done

    return run


def test_it_is_made_and_told(run):
    found, done = run("2048")
    assert done == ["made"]
    assert (found["beside"], found["interfaces"]) == ([{"rx": 2048}], ["eth0", "eth1"])
    assert found["diff"] == {"before": "eth0: ring rx 1024\nbeside: no\n", "after": "eth0: ring rx 2048\nbeside: yes\n"}
    assert run("2048")[0]["changed"] is True


def test_check_mode_makes_nothing_and_tells_the_same(run):
    checked, done = run("2048", check_mode=True)
    assert done == []
    assert {**run("2048")[0], "verified": None} == {**checked, "verified": None}


def test_it_is_not_made_for_what_is_refused_before_anything_is_written(run):
    found, done = run("9999")
    assert "rx 9999 is above the 8192" in found["msg"] and done == []


def test_it_is_taken_back_where_the_driver_refuses(run, settable):
    settable.eth0["errors"] = {SET_RINGS: errno.EBUSY}
    found, done = run("2048")
    assert found["msg"].endswith("; nothing was changed; all is as it was")
    assert done == ["made", "taken back"]
