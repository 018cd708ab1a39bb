# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is asked of systemd, and that nothing counts as armed that is not seen to be; systemd itself is in the lab."""

import os

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import Refused
from ansible_collections.linuxnet.packetloss.plugins.module_utils.transaction import timer
from ansible_collections.linuxnet.packetloss.plugins.module_utils.transaction.journal import Journals

IDENT = "20260131T120000-5f0c3a"


class Programs:
    """Programs on the PATH that write down how they were called."""

    def __init__(self, folder):
        self.folder = folder
        self.log = folder / "log"

    def make(self, name, script="exit 0"):
        path = self.folder / name
        path.write_text(f'#!/bin/sh\necho "{name} $*" >> {self.log}\n{script}\n')
        path.chmod(0o755)

    def called(self):
        return self.log.read_text().splitlines() if self.log.exists() else []


@pytest.fixture
def programs(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    made = Programs(tmp_path)
    made.make("python")
    monkeypatch.setattr(timer, "interpreter", lambda: str(tmp_path / "python"))
    return made


ACTIVE = "echo ActiveState=active; echo NextElapseUSecMonotonic=1h 2min 3.4s"


def test_a_timer_that_runs_is_exact_and_counts_by_the_clock_that_nobody_sets(programs):
    programs.make("systemd-run")
    programs.make("systemctl", ACTIVE)
    assert timer.arm(Journals(), IDENT, 75, True) == "systemd"
    begun, shown = programs.called()
    assert begun == (
        f"systemd-run --unit=packetloss-take-back-{IDENT} --collect --on-active=78.0s"
        f" --timer-property=AccuracySec=100ms --description=packetloss: takes {IDENT} back"
        f" {programs.folder}/python -I /var/lib/packetloss/transactions/{IDENT}/program take-back {IDENT}"
    )
    assert shown.startswith(f"systemctl show packetloss-take-back-{IDENT}.timer ")


@pytest.mark.parametrize(
    "started, shown",
    [
        ("exit 1", ACTIVE),
        ("exit 0", "echo ActiveState=failed"),
        ("exit 0", "echo ActiveState=active; echo NextElapseUSecMonotonic=infinity"),
        ("exit 0", "echo ActiveState=active; echo NextElapseUSecMonotonic="),
        ("exit 0", "exit 1"),
    ],
)
def test_a_timer_that_does_not_run_is_none_and_a_process_takes_its_place(programs, started, shown):
    programs.make("systemd-run", started)
    programs.make("systemctl", shown)
    assert timer.arm(Journals(), IDENT, 75, True) == "process"
    assert programs.called()[-1].endswith(f"/program guard --detach {IDENT}")


def test_where_nothing_can_be_started_it_is_refused(programs):
    programs.make("python", "echo no such library; exit 1")
    with pytest.raises(Refused, match="no such library"):
        timer.arm(Journals(), IDENT, 75, False)


def test_what_is_killed_is_started_again_by_systemd(programs):
    programs.make("systemd-run")
    timer.start(Journals(), IDENT, timer.APPLY, True)
    (begun,) = programs.called()
    assert "-p Type=notify -p Restart=on-failure" in begun and begun.endswith(f"/program run {IDENT}")


def test_services_are_started_in_the_network_namespace_of_this_process_alone(monkeypatch):
    monkeypatch.setattr(os.path, "isdir", lambda _path: True)
    monkeypatch.setattr(timer.shutil, "which", lambda _name: "/usr/bin/systemd-run")
    seen = {"/proc/1/ns/net": "net:[1]", "/proc/self/ns/net": "net:[1]"}
    monkeypatch.setattr(os, "readlink", seen.__getitem__)
    assert timer.with_systemd() is True
    seen["/proc/self/ns/net"] = "net:[2]"
    assert timer.with_systemd() is False
