# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Transactions that go wrong in every way, over SSH through the NIC that they change: applied whole, or not at all.

faults.py has the combinations. The short ones are part of ``make vm``, all of them of ``make vm-long``, which leaves
the table for the docs.
"""

import contextlib
import functools

import auditing
import faults
import fingerprint
import gathered
import packing
import pytest
import ways
from guest import at_once


@pytest.fixture(scope="module")
def prepared(guests):
    """The guests with the modules unpacked, and nobody else who moves interrupts; in the end all is as it was."""
    archive = packing.packed()
    with contextlib.ExitStack() as irqbalance, contextlib.ExitStack() as stack:
        at_once(lambda guest: guest.script("systemctl stop irqbalance"), guests)
        irqbalance.callback(at_once, lambda guest: guest.script("systemctl start irqbalance"), guests)
        before = at_once(fingerprint.read, guests)
        for guest in guests.values():
            for way in ways.WAYS.values():
                # Answers to ARP are too short for QEMU's igb.
                stack.enter_context(guest.permanent_neighbour(way.entry))
            stack.enter_context(packing.unpacked(guest, archive))
            guest.run("tee", "/root/saboteur.py", stdin=faults.SABOTEUR.read_text())
        yield guests
        stack.close()
        after = at_once(fingerprint.read, guests)
    for kernel in guests:
        assert not fingerprint.difference(before[kernel], after[kernel]), kernel


@pytest.fixture(scope="module")
def rows():
    """Collects the rows of the table; each is in the lab's folder as soon as it is there, beside those of runs
    before."""
    collected = []
    yield collected
    auditing.LAB_RESULTS.mkdir(parents=True, exist_ok=True)
    (auditing.LAB_RESULTS / "faults.txt").write_text(faults.table(collected) + "\n")


@pytest.mark.parametrize(
    "fault",
    [pytest.param(fault, id=fault.name, marks=[pytest.mark.long] * fault.long) for fault in faults.FAULTS],
)
def test_all_is_applied_or_nothing_is(prepared, fault, rows):
    outcomes = at_once(functools.partial(faults.tried, fault=fault), prepared)
    rows.extend(row for row, _wrong in outcomes.values())
    found = [row._asdict() for row, _wrong in outcomes.values()]
    gathered.gather(auditing.LAB_RESULTS / "faults.json", found, ("fault", "step", "nic", "kernel"))
    assert not {kernel: wrong for kernel, (_row, wrong) in outcomes.items() if wrong}
