# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import os
import shutil

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.keep import config, persist, reboot, units
from ansible_collections.linuxnet.packetloss.plugins.module_utils.keep.drift import drift
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import Refused
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.settle import settle


def rings(**values):
    return {"knob": "ring", "subject": "eth0", "values": values}


def keep(machine, *settings, check=False, **options):
    found = settle(machine.host, list(settings), check, reserve="0")
    return reboot.kept(machine.host, list(settings), found, None, check, root=machine.root, **options)


def test_what_is_kept_is_written_once_and_taken_away_whole(machine):
    before = machine.files()
    checked = keep(machine, rings(rx="512"), check=True)
    assert machine.files() == before
    done = keep(machine, rings(rx="512"))
    assert (checked["kept"]["files"], checked["diff"]) == (done["kept"]["files"], done["diff"])
    assert {*done["kept"]["files"], "/run/packetloss/pre", "/run/packetloss/post"} == set(machine.files())
    assert "eth0: at boot ring rx 512\n" in done["diff"]["after"] and done["diff"]["before"] == ""
    assert os.access(machine.root + units.PROGRAM, os.X_OK)
    again = keep(machine, rings(rx="512"))
    assert (again["kept"]["files"], again["diff"]) == ([], {"before": "", "after": ""})
    checked = persist.remove(persist.Kept(machine.root), check=True)
    gone = persist.remove(persist.Kept(machine.root))
    assert checked == gone
    assert sorted(gone["files"]) == sorted(done["kept"]["files"])
    assert "eth0: at boot ring rx 512\n" in gone["diff"]["before"] and gone["diff"]["after"] == ""
    assert machine.files() == before
    assert not os.path.exists(machine.root + "/etc/packetloss")
    assert persist.remove(persist.Kept(machine.root))["files"] == []


def test_a_value_that_changes_changes_the_config_alone(machine):
    keep(machine, rings(rx="512"))
    done = keep(machine, rings(rx="2048"))
    assert done["kept"]["files"] == [config.PATH]
    assert done["diff"] == {"before": "eth0: at boot ring rx 512\n", "after": "eth0: at boot ring rx 2048\n"}


def test_a_step_is_kept_as_what_it_came_to(machine):
    checked = keep(machine, rings(rx="+1"), check=True)
    done = keep(machine, rings(rx="+1", tx="max"))
    assert "ring rx 2048\n" in checked["diff"]["after"]
    values = config.read(machine.root + config.PATH)["nics"][0]["settings"]["ring"]
    assert values == {"rx": 2048, "tx": "max"}
    assert "eth0: at boot ring tx max\n" in done["diff"]["after"]


def test_what_is_whole_takes_the_place_of_what_was_kept(machine):
    keep(machine, rings(rx="512"))
    keep(machine, rings(tx="512"), whole=["nics"])
    assert config.read(machine.root + config.PATH)["nics"][0]["settings"] == {"ring": {"tx": "512"}}
    # An inventory that has nothing for this host any more.
    done = reboot.kept(machine.host, [], settle(machine.host, []), whole=["nics"], root=machine.root)
    assert config.PATH in done["kept"]["files"] and done["reboot"] == "There is nothing to keep."
    assert machine.files() == {}


def test_files_of_others_in_our_folders_stay(machine):
    keep(machine, rings(rx="512"))
    other = machine.root + "/etc/packetloss/other"
    with open(other, "w"):
        pass
    persist.remove(persist.Kept(machine.root))
    assert os.path.exists(other)


def test_without_systemd_it_says_so_and_what_was_set_stays(machine):
    shutil.rmtree(machine.root + "/run/systemd")
    with pytest.raises(Refused, match="this machine does not run systemd.*what was set stays"):
        keep(machine, rings(rx="512"))
    assert machine.eth0["rings"]["rx_pending"] == 512
    assert machine.files() == {}


def test_a_damaged_config_stops_who_would_add_to_it_and_not_who_takes_it_away(machine):
    keep(machine, rings(rx="512"))
    with open(machine.root + config.PATH, "w") as stream:
        stream.write("{")
    with pytest.raises(Refused, match="state: absent"):
        keep(machine, rings(rx="512"))
    assert "cannot be read" in reboot.not_kept(machine.host, [rings(rx="1")], machine.root)
    persist.remove(persist.Kept(machine.root, damaged=True))
    assert machine.files() == {}


def test_a_task_that_keeps_nothing_says_what_comes_in_its_place(machine):
    lasts = "It lasts until the driver is loaded again, or the host boots."
    assert reboot.not_kept(machine.host, [rings(rx="512")], machine.root) == lasts
    keep(machine, rings(rx="2048"))
    said = reboot.not_kept(machine.host, [rings(rx="512")], machine.root)
    assert said == f"{lasts} Then what is kept is set: eth0: at boot ring rx 2048."


def test_drift_is_what_the_next_boot_would_change(machine):
    keep(machine, rings(rx="2048"))
    kept = persist.Kept(machine.root)
    assert drift(machine.host, kept.config, kept.sysctls) == {"changes": [], "problems": []}
    machine.eth0["rings"]["rx_pending"] = 64
    (made,) = drift(machine.host, kept.config, {})["changes"]
    assert (made["subject"], made["from"], made["to"]) == ("eth0", {"rx": 64}, {"rx": 2048})
    assert machine.eth0["rings"]["rx_pending"] == 64
    machine.eth0["permanent_address"] = bytes.fromhex("02fc00000000")
    (problem,) = drift(machine.host, kept.config, {})["problems"]
    assert problem.startswith("eth0 (0000:01:00.0, 02:fc:00:a1:b2:c3, mlx5_core) is not there")


def test_a_value_that_no_longer_fits_is_a_problem(machine):
    keep(machine, rings(rx="8192"))
    machine.eth0["rings"]["rx_max_pending"] = 4096
    (problem,) = drift(machine.host, persist.Kept(machine.root).config, {})["problems"]
    assert problem.startswith("eth0: ring: eth0: rx 8192 is above the 4096")
