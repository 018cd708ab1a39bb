# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is kept is there again after a boot, after a driver was reloaded and after a NIC was renamed; one boot for all.

A value of each knob, seen by ethtool, sysctl, sysfs and the journal. Of three transactions only what the one set that
was kept is there after the boot. The guest is then as it was, but for the boot.
"""

import contextlib
import json
import re
import time

import auditing
import packing
import pytest
from guest import at_once
from setting_rows import (
    FEATURES_AS_THEY_WERE,
    RINGS_AS_THEY_WERE,
    TABLE,
    combined,
    features,
    queue_cpus,
    rx_rings,
    rx_usecs,
)

NICS = ("vmx0", "vio0", "e1k0")
KEPT = {
    "packetloss_tune": [
        {"match": {"name": list(NICS), "driver": "*"}, "ring": {"rx": 512}},
        {"match": {"name": "vio0"}, "channels": {"combined": 2}, "packet_steering": {"rps_cpus": {"rx-0": [1]}}},
        {"match": {"name": "e1k0"}, "coalesce": {"rx_usecs": 70}, "feature": {"tx-tcp-segmentation": False}},
        {"match": {"name": "igb0"}, "private_flag": {"legacy-rx": True}, "rss": {"equal": 2}},
    ],
    "packetloss_sysctls": {"net.core.netdev_budget": 700},
}
#: Beside that, by the module of its own: it tells irqbalance too.
SERVED = {"interfaces": ["vmx0"], "policy": "cpulist", "cpulist": "1", "persistent": True}
OTHERS = "\n".join(
    [
        combined("vio0"),
        "cat /sys/class/net/vio0/queues/rx-0/rps_cpus",
        rx_usecs("e1k0"),
        features("e1k0", "tx-tcp-segmentation"),
        "ethtool --show-priv-flags igb0 | grep legacy-rx",
        TABLE,
        "sysctl -n net.core.netdev_budget",
        f"({queue_cpus('vmx0')}) | sed 's/.* //' | sort -u",
    ]
)
OTHERS_AS_KEPT = "vio0 2\n2\ne1k0 70\ne1k0 tx-tcp-segmentation: off\nlegacy-rx: on\n" + "01" * 64 + "\n700\n1"
#: Settings of transactions, each taken to the phase of its name before the boot; what "confirmed" and "applied" set is
#: gone with it.
TRANSACTIONS = {
    "kept": [
        {"knob": "coalesce", "subject": "igb1", "values": {"rx_usecs": 60}},
        {"knob": "sysctl", "subject": None, "values": {"net.core.netdev_max_backlog": 2000}},
    ],
    "confirmed": [{"knob": "sysctl", "subject": None, "values": {"net.core.dev_weight": 128}}],
    "applied": [{"knob": "sysctl", "subject": None, "values": {"net.core.netdev_budget_usecs": 12000}}],
}
#: It ends with the boot, and not before.
WINDOW_S = 900
SET_BY_THEM = (
    f"{rx_usecs('igb1')}; sysctl -n net.core.netdev_max_backlog net.core.dev_weight net.core.netdev_budget_usecs"
)
#: igb begins with the table that equal weights make, which is not what "default" makes.
AS_IT_WAS = "\n".join(
    [
        RINGS_AS_THEY_WERE,
        "ethtool -X igb0 weight 1 1 1 1; ethtool --set-priv-flags igb0 legacy-rx off",
        "ethtool -L vio0 combined 4; echo 0 > /sys/class/net/vio0/queues/rx-0/rps_cpus",
        "ethtool -C e1k0 rx-usecs 3",
        FEATURES_AS_THEY_WERE,
        "sysctl -qw net.core.netdev_budget=300 net.core.netdev_max_backlog=1000",
        "ethtool -C igb1 rx-usecs 3",
    ]
)
#: Some is set when the links are up, by a program that an emulated CPU takes seconds for.
PATIENCE_S = 90
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


def play(guests, folder, playbook, *arguments):
    """Run a playbook on all guests at once."""
    hosts = {guest.name: guest.host_variables() for guest in guests.values()}
    done = auditing.play(folder, playbook, {"hosts": hosts}, *arguments)
    assert done.returncode == 0, done.stdout[-8000:]


def tune(guests, folder, **variables):
    """The playbook tune, which has the role."""
    play(guests, folder, "linuxnet.packetloss.tune", "-e", json.dumps(variables))


def serve(guests, folder, **arguments):
    """The module irq_affinity."""
    playbook = folder / "serve.yml"
    tasks = [{"linuxnet.packetloss.irq_affinity": arguments}]
    playbook.write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": tasks}]))
    play(guests, folder, playbook)


def rings(guest):
    return guest.script(rx_rings(*NICS)).strip()


def transact(guest, phase):
    """A transaction, taken to *phase*: its answer."""
    settings = TRANSACTIONS[phase]
    answer = packing.call(guest, "mgmt0", state="applied", settings=settings, window=WINDOW_S)
    assert not answer.get("failed"), answer
    if phase == "applied":
        told = packing.call(guest, "mgmt0", state="status", id=answer["id"], wait=60)
    else:
        told = packing.confirm(guest, "mgmt0", answer["id"], answer["token"])
    if phase == "kept":
        told = packing.call(guest, "mgmt0", state="kept", id=answer["id"])
    assert told.get("phase") == phase, told
    return answer


def transact_all(guest):
    return {phase: transact(guest, phase) for phase in TRANSACTIONS}


@pytest.fixture(scope="module")
def transactions():
    """What each transaction answered before the boot, ``{kernel: {phase: answer}}``."""
    return {}


@pytest.fixture(scope="module")
def booted(guests, transactions, tmp_path_factory, pytestconfig):
    """The guests, with rings that are kept, booted again; afterwards with nothing kept."""
    folder = tmp_path_factory.mktemp("keeping")
    try:
        tune(guests, folder, **KEPT)
        serve(guests, folder, **SERVED)
        if pytestconfig.getoption("--long"):
            archive = packing.packed()
            with contextlib.ExitStack() as stack:
                for guest in guests.values():
                    stack.enter_context(packing.unpacked(guest, archive))
                transactions.update(at_once(transact_all, guests))
        at_once(lambda guest: guest.reboot(), guests)
        yield guests
    finally:
        serve(guests, folder, interfaces=["vmx0"], state="absent")
        tune(guests, folder, packetloss_state="absent")
        at_once(lambda guest: guest.script(f"set +e\n{AS_IT_WAS}\ntrue"), guests)
    left = "find /etc /usr/local /run -name '*packetloss*' ! -path '/run/systemd/units/*' ! -path /run/packetloss.lock"
    assert set(at_once(lambda guest: guest.script(left).strip(), guests).values()) == {""}


def test_rings_are_as_kept_after_a_boot_and_nothing_is_complained_of(booted):
    assert at_once(rings, booted) == dict.fromkeys(booted, AS_KEPT)
    said = at_once(lambda guest: guest.run("journalctl", "-b", "-q", "-o", "cat", "-u", "packetloss-*"), booted)
    for text in said.values():
        # Each by whatever name the NIC had then.
        assert len(re.findall(r"^packetloss: ethtool -G \S+ rx 512$", text, re.MULTILINE)) == len(NICS), text
    failed = at_once(lambda guest: guest.run("systemctl", "list-units", "--failed", "--plain", "--no-legend"), booted)
    assert not any("packetloss" in text for text in failed.values()), failed


def others(guest):
    """What is set beside the rings, as soon as it is as kept, or after the patience."""
    end = time.monotonic() + PATIENCE_S
    while True:
        found = guest.script(OTHERS).strip()
        if found == OTHERS_AS_KEPT or time.monotonic() > end:
            return found
        time.sleep(1)


def test_all_else_is_as_kept_after_a_boot(booted):
    assert at_once(others, booted) == dict.fromkeys(booted, OTHERS_AS_KEPT)


@pytest.mark.parametrize("script", [RELOADED, RENAMED], ids=["driver reloaded", "renamed"])
def test_a_nic_that_is_there_again_has_what_is_kept(booted, script):
    at_once(lambda guest: guest.script(script), booted)
    assert at_once(rings, booted) == dict.fromkeys(booted, AS_KEPT)
    assert at_once(others, booted) == dict.fromkeys(booted, OTHERS_AS_KEPT)


@pytest.mark.long
def test_of_transactions_only_what_was_kept_is_there_after_a_boot(booted, transactions):
    """Taken back later, it is gone with what was kept of it."""

    def seen(guest, first):
        end = time.monotonic() + PATIENCE_S
        while (found := guest.script(SET_BY_THEM).strip()).splitlines()[:2] != first and time.monotonic() < end:
            time.sleep(1)
        return found

    def look(guest):
        after_boot = seen(guest, ["igb1 60", "2000"])
        with packing.unpacked(guest, packing.packed()):
            told = {
                phase: packing.call_shared(guest, state="status", id=answer["id"])
                for phase, answer in transactions[guest.kernel].items()
            }
            back = packing.call_shared(guest, state="taken_back", id=transactions[guest.kernel]["kept"]["id"])
        return after_boot, told, back, guest.script(SET_BY_THEM).strip()

    for after_boot, told, back, in_the_end in at_once(look, booted).values():
        assert after_boot == "igb1 60\n2000\n64\n8000"
        phases = {phase: one["phase"] for phase, one in told.items()}
        assert phases == {"kept": "kept", "confirmed": "taken_back", "applied": "taken_back"}
        assert told["applied"]["why"].startswith("the host booted")
        assert not back.get("failed"), back
        assert in_the_end == "igb1 3\n1000\n64\n8000"
