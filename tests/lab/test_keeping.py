# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is kept is there again after a boot, after a driver was reloaded and after a NIC was renamed; one boot for all.

Read by ethtool and the journal. The guest is then as it was before, but for the boot.
"""

import json
import re

import auditing
import pytest
from guest import at_once
from setting_rows import RINGS_AS_THEY_WERE, rx_rings

NICS = ("vmx0", "vio0", "e1k0")
KEPT = {"settings": [{"match": {"name": list(NICS), "driver": "*"}, "ring": {"rx": 512}}]}
AS_KEPT = "vmx0 512\nvio0 512\ne1k0 512"

#: Waits until the ring of $1 is as kept: the udev rule and the unit take their time.
_WAIT = """
settled() { ethtool -g $1 | sed -n '/^Current/,$s/^RX:[^0-9]*//p' | grep -qx 512; }
wait_for() { for turn in $(seq 240); do settled $1 && return; sleep 0.25; done; ethtool -g $1; return 1; }
"""
RELOADED = (
    _WAIT
    + """
device=$(basename $(readlink /sys/class/net/e1k0/device))
echo $device > /sys/bus/pci/drivers/e1000e/unbind
test ! -e /sys/class/net/e1k0
echo $device > /sys/bus/pci/drivers/e1000e/bind
udevadm settle
wait_for e1k0
"""
)
RENAMED = (
    _WAIT
    + """
ip link set vmx0 down
ethtool -G vmx0 rx 1024
ip link set vmx0 name other0
wait_for other0
ip link set other0 name vmx0
ip link set vmx0 up
"""
)


def tune(guests, folder, **arguments):
    """The module tune on all guests at once."""
    play = {"hosts": "all", "gather_facts": False, "tasks": [{"linuxnet.packetloss.tune": arguments}]}
    playbook = folder / "tune.yml"
    playbook.write_text(json.dumps([play]))
    done = auditing.play(folder, playbook, {"hosts": {guest.name: guest.host_variables() for guest in guests.values()}})
    assert done.returncode == 0, done.stdout[-8000:]


def rings(guest):
    return guest.script(rx_rings(*NICS)).strip()


@pytest.fixture(scope="module")
def booted(guests, tmp_path_factory):
    """The guests, with rings that are kept, booted again; afterwards with nothing kept."""
    folder = tmp_path_factory.mktemp("keeping")
    tune(guests, folder, **KEPT)
    try:
        at_once(lambda guest: guest.reboot(), guests)
        yield guests
    finally:
        tune(guests, folder, state="absent")
        at_once(lambda guest: guest.script(RINGS_AS_THEY_WERE), guests)
    left = "find /etc /usr/local /run -name '*packetloss*' ! -path '/run/systemd/units/*'"
    assert set(at_once(lambda guest: guest.script(left).strip(), guests).values()) == {""}


def test_rings_are_as_kept_after_a_boot_and_nothing_is_complained_of(booted):
    assert at_once(rings, booted) == dict.fromkeys(booted, AS_KEPT)
    said = at_once(lambda guest: guest.run("journalctl", "-b", "-q", "-o", "cat", "-u", "packetloss-*"), booted)
    for text in said.values():
        # Each by whatever name the NIC had then.
        assert len(re.findall(r"^packetloss: ethtool -G \S+ rx 512$", text, re.MULTILINE)) == len(NICS), text
    failed = at_once(lambda guest: guest.run("systemctl", "list-units", "--failed", "--plain", "--no-legend"), booted)
    assert not any("packetloss" in text for text in failed.values()), failed


@pytest.mark.parametrize("script", [RELOADED, RENAMED], ids=["driver reloaded", "renamed"])
def test_a_nic_that_is_there_again_has_what_is_kept(booted, script):
    at_once(lambda guest: guest.script(script), booted)
    assert at_once(rings, booted) == dict.fromkeys(booted, AS_KEPT)
