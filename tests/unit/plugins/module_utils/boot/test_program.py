# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import errno
import io
import json
import time

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.boot import program
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.live import this_host
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.index import ORDER
from ansible_collections.linuxnet.packetloss.tests.unit import fake_host
from ansible_collections.linuxnet.packetloss.tests.unit.fake_ethtool import FakeEthtool

ETH0 = {"bus": "0000:01:00.0", "mac": "02:fc:00:a1:b2:c3", "driver": "mlx5_core", "name": "before"}
MEMORY = {"reserve": "0", "force": False}
SET_RINGS = 0x11


class Boot:
    """A machine that boots: ``kept`` is the list of its config, ``run()`` gives the messages."""

    def __init__(self, root):
        self.root = root
        fake_host.make(root)
        descriptions = fake_host.drivers()
        self.eth0 = descriptions["eth0"]
        self.eth0["permanent_address"] = bytes.fromhex("02fc00a1b2c3")
        self.driver = FakeEthtool(descriptions)
        self.kernel = fake_host.FakeKernel()
        self.kept = [{"nic": ETH0, "settings": {"ring": {"rx": "2048"}}, "memory": MEMORY}]
        self.slept = []

    def host(self):
        host = fake_host.host(self.root, ioctl=self.driver, kernel=self.kernel)
        host.clock.slept = self.slept
        return host

    def run(self, *words, code=0):
        config, stream = self.root / "settings.json", io.StringIO()
        config.write_text(json.dumps({"format": 1, "nics": self.kept}))
        argv = ["--config", str(config), "apply", "--begun", str(self.root / "begun"), *words]
        assert program.main(argv, self.host(), stream) == code
        return stream.getvalue().splitlines()

    def link_is(self, flags):
        self.kernel.links[1] = fake_host.link("eth0", 2, flags=flags, master=3, slave_of_bond=True)


@pytest.fixture
def boot(tmp_path):
    return Boot(tmp_path)


DOWN, UP, UP_WITH_CARRIER = 0x1002, 0x1003, 0x11043


def test_a_nic_gets_what_is_kept_under_the_name_that_it_has_today(boot):
    assert boot.run("--phase", "pre") == ["<6>packetloss: ethtool -G eth0 rx 2048"]
    assert boot.eth0["rings"]["rx_pending"] == 2048
    assert boot.run("--phase", "pre") == boot.run("--phase", "post") == []


def test_one_nic_is_set_alone(boot):
    assert boot.run("--phase", "pre", "--nic", "bond0") == []
    assert not (boot.root / "begun").exists()
    assert boot.run("--phase", "pre", "--nic", "eth0") == ["<6>packetloss: ethtool -G eth0 rx 2048"]


def test_a_driver_that_refuses_or_memory_that_does_not_suffice_ends_in_a_message(boot):
    boot.eth0["errors"] = {SET_RINGS: errno.EBUSY}
    (said,) = boot.run("--phase", "pre")
    assert said.startswith("<3>packetloss: eth0: ring was not set: eth0: rx 2048: ETHTOOL_SRINGPARAM eth0: Device or")
    boot.eth0["errors"] = {}
    boot.kept[0]["memory"] = {"reserve": "100%", "force": False}
    (said,) = boot.run("--phase", "pre")
    assert said.startswith("<3>packetloss: eth0: ring was not set: ") and "largest receive ring" in said
    assert boot.eth0["rings"]["rx_pending"] == 1024
    boot.kept[0]["memory"] = {"reserve": "100%", "force": True}
    assert boot.run("--phase", "pre") == ["<6>packetloss: ethtool -G eth0 rx 2048"]


def test_a_value_that_no_longer_fits_leaves_other_nics_alone(boot):
    bond = {"bus": None, "mac": None, "driver": "bonding", "name": "bond0"}
    boot.kept.insert(0, {"nic": bond, "settings": {"ring": {"rx": "512"}}, "memory": MEMORY})
    refused, done = boot.run("--phase", "pre")
    assert refused.startswith("<3>packetloss: bond0: ring was not set: bond0: its rings cannot be known")
    assert done == "<6>packetloss: ethtool -G eth0 rx 2048"


def test_what_comes_after_the_link_waits_for_it(boot):
    boot.link_is(DOWN)
    sleep = fake_host.FakeClock.sleep

    class Clock(fake_host.FakeClock):
        def sleep(self, seconds):
            sleep(self, seconds)
            if len(self.slept) == 5:
                boot.link_is(UP_WITH_CARRIER)

    host = boot.host()
    host.clock = Clock()
    boot.host = lambda: host
    assert boot.run("--phase", "post") == ["<6>packetloss: ethtool -G eth0 rx 2048"]
    assert len(host.clock.slept) == 5


def test_a_link_without_a_carrier_is_set_when_the_time_is_over(boot):
    boot.link_is(UP)
    assert boot.run("--phase", "post") == ["<6>packetloss: ethtool -G eth0 rx 2048"]
    assert sum(boot.slept) == pytest.approx(program.LINK_LIMIT_S, abs=1)


def test_a_nic_that_nobody_sets_up_is_told_only_if_something_is_left(boot, monkeypatch):
    boot.link_is(DOWN)
    assert boot.run("--phase", "post") == []
    monkeypatch.setattr(program, "BEFORE_LINK", ())
    (said,) = boot.run("--phase", "post")
    assert "eth0 was not set up within" in said and said.endswith("systemctl start packetloss-post@eth0")


def test_a_config_that_cannot_be_read_ends_in_a_message(tmp_path):
    config, stream = tmp_path / "settings.json", io.StringIO()
    config.write_text("{")
    assert program.main(["--config", str(config), "apply", "--phase", "post"], this_host(), stream) == 0
    assert stream.getvalue().startswith("<3>packetloss: ") and "is not what this collection wrote" in stream.getvalue()


def test_a_fault_of_the_program_itself_fails_no_boot(boot):
    def fault(_fake, _command):
        raise ZeroDivisionError("oh")

    boot.driver.before = fault
    assert boot.run("--phase", "pre") == ["<3>packetloss: ZeroDivisionError: oh; please report this"]


def test_a_driver_that_never_answers_is_left(boot, monkeypatch):
    monkeypatch.setitem(program.LIMIT_S, "pre", 1)
    boot.driver.before = lambda _fake, _command: time.sleep(60)
    assert boot.run("--phase", "pre") == [
        "<3>packetloss: ended after 1 s: a driver does not answer, or a link does not come up"
    ]


def test_a_knob_of_another_version_is_told(boot):
    boot.kept[0]["settings"]["warp"] = {"rx": 1}
    assert any("this program does not know the knob warp" in line for line in boot.run("--phase", "pre"))


def test_the_phases_are_made_of_knobs():
    before = [knob for knob in ORDER if knob in program.BEFORE_LINK]
    assert before and list(ORDER)[: len(before)] == before
