# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module tune on a host with eth0 (mlx5_core) and bond0, and on a root of its own for what is kept."""

import functools
import os
import subprocess

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.keep import config, persist, reboot, tuning
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs import task
from ansible_collections.linuxnet.packetloss.plugins.modules import ethtool_ring, tune
from ansible_collections.linuxnet.packetloss.tests.unit import fake_host
from ansible_collections.linuxnet.packetloss.tests.unit.fake_ethtool import FakeEthtool


@pytest.fixture
def eth0(monkeypatch, tmp_path):
    """What the driver of eth0 says."""
    fake_host.make(tmp_path)
    descriptions = fake_host.drivers()
    descriptions["eth0"]["permanent_address"] = bytes.fromhex("02fc00a1b2c3")
    driver = FakeEthtool(descriptions)
    os.makedirs(str(tmp_path / "run/systemd/system"))
    monkeypatch.setattr(task, "this_host", lambda: fake_host.host(tmp_path, ioctl=driver))
    root = str(tmp_path)
    monkeypatch.setattr(tuning, "Kept", functools.partial(persist.Kept, root))
    for name in ("kept", "not_kept"):
        monkeypatch.setattr(reboot, name, functools.partial(getattr(reboot, name), root=root))
    return descriptions["eth0"]


FAST = {"match": {"driver": "mlx5_core", "speed_min": 25000}, "ring": {"rx": 2048}}
ALL = {"ring": {"rx": "512", "tx": "512"}}


def tuned(run, *settings, check=False, **options):
    return run(tune, check, settings=list(settings), memory_reserve="0", **options)


def test_check_mode_shows_all_that_a_run_then_does_and_a_second_run_nothing(run, eth0):
    checked = tuned(run, FAST, ALL, check=True)
    assert eth0["rings"]["rx_pending"] == 1024
    done = tuned(run, FAST, ALL)
    assert (eth0["rings"]["rx_pending"], eth0["rings"]["tx_pending"]) == (2048, 512)
    for key in (
        "changed",
        "changes",
        "commands",
        "diff",
        "disruption",
        "memory",
        "drift",
        "kept",
        "reboot",
        "interfaces",
    ):
        assert checked[key] == done[key], key
    assert done["changed"] is True and done["interfaces"] == ["eth0"]
    assert done["diff"]["before"] == "eth0: ring rx 1024\neth0: ring tx 1024\n"
    expected = ["eth0: ring rx 2048", "eth0: ring tx 512", "eth0: at boot ring rx 2048", "eth0: at boot ring tx 512"]
    assert done["diff"]["after"].splitlines()[:4] == expected
    assert config.PATH in done["reboot"]
    again = tuned(run, FAST, ALL)
    assert (again["changed"], again["changes"], again["kept"]["files"]) == (False, [], [])
    assert again["diff"] == {"before": "", "after": ""}


def test_memory_is_priced_before_the_first_write(run, eth0):
    found = run(tune, settings=[{"ring": {"rx": "max"}}], memory_reserve="100%")
    assert found["failed"] is True and "largest receive ring of eth0" in found["msg"]
    assert eth0["rings"]["rx_pending"] == 1024


def test_what_somebody_else_changed_is_drift(run, eth0):
    assert tuned(run, FAST)["drift"] == {"changes": [], "problems": []}
    eth0["rings"]["rx_pending"] = 64
    found = run(tune, True)
    (made,) = found["drift"]["changes"]
    assert (made["from"], made["to"]) == ({"rx": 64}, {"rx": 2048})
    assert (found["changed"], eth0["rings"]["rx_pending"]) == (False, 64)


def test_what_is_not_in_the_list_any_more_is_no_longer_kept(run, eth0, tmp_path):
    tuned(run, FAST, ALL)
    found = tuned(run, FAST)
    assert found["diff"]["before"] == "eth0: at boot ring tx 512\n" and found["diff"]["after"] == ""
    elsewhere = {"match": {"driver": "ixgbe"}, "ring": {"rx": 512}}
    assert tuned(run, elsewhere)["changed"] is True
    assert not (tmp_path / "etc/packetloss").exists()
    assert eth0["rings"]["rx_pending"] == 2048


def test_another_module_adds_to_what_is_kept(run, eth0, tmp_path):
    tuned(run, FAST)
    found = run(ethtool_ring, interfaces=["eth0"], tx="512", memory_reserve="0", persistent=True)
    assert found["kept"]["files"] == [config.PATH]
    kept = config.read(str(tmp_path) + config.PATH)["nics"]
    assert kept[0]["settings"] == {"ring": {"rx": 2048, "tx": "512"}}
    assert kept[0]["memory"] == {"reserve": "0", "force": False}
    found = run(ethtool_ring, interfaces=["eth0"], rx="512")
    assert "Then what is kept is set: eth0: at boot ring rx 2048" in found["reboot"]


def test_absent_takes_all_away_and_leaves_the_rings(run, eth0, tmp_path):
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    tuned(run, FAST)
    checked = tuned(run, FAST, check=True, state="absent")
    gone = tuned(run, FAST, state="absent")
    assert checked == gone and gone["changed"] is True and gone["changes"] == []
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == before
    assert eth0["rings"]["rx_pending"] == 2048
    assert tuned(run, FAST, state="absent")["changed"] is False


def test_a_failure_to_keep_says_what_was_set(run, eth0, tmp_path):
    (tmp_path / "run/systemd/system").rmdir()
    found = tuned(run, FAST)
    assert found["failed"] is True and found["changed"] is True
    assert found["commands"] == ["ethtool -G eth0 rx 2048"]
    assert "does not run systemd" in found["msg"]


@pytest.mark.parametrize(
    "options, message",
    [
        ({"settings": [{"rings": {}}]}, "settings: entry 1: there is no key rings; there are: match and "),
        ({"settings": [{"match": {"speed": 1}, "ring": {}}]}, "settings: entry 1: there is no key of match speed"),
        ({"settings": [{"ring": {"rx": "9000"}}]}, "eth0: rx 9000 is above the 8192"),
    ],
)
@pytest.mark.usefixtures("eth0")
def test_wrong_settings_are_told(run, options, message):
    found = run(tune, **options)
    assert found["failed"] is True
    assert found["msg"].startswith(message)


def test_the_program_that_was_made_runs(run, eth0, tmp_path):
    tuned(run, FAST)
    program = str(tmp_path / "usr/local/libexec/packetloss/packetloss-boot")
    none = str(tmp_path / "none")
    assert subprocess.call([program, "--config", none, "verify", "--sysctls", none], env={}) == 0
