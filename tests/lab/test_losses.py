# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each loss of ``losses/`` is caused in every guest, audited over SSH, named, and undone.

What it needs to be named is measured meanwhile: see proof.py.
"""

import contextlib
import json

import auditing
import fingerprint
import kernels
import loss
import proof
import pytest
from guest import at_once

INTERVAL_S = 2


@pytest.fixture(scope="module")
def settled(guests):
    """The guests with nobody who moves interrupts, and with the modules loaded that losses need; what they look like
    then, by kernel."""
    with contextlib.ExitStack() as stack:
        for guest in guests.values():
            stack.enter_context(guest.irqbalance_held())
            guest.run("modprobe", "-a", *fingerprint.MODULES)
        yield at_once(fingerprint.read, guests)


@pytest.fixture(scope="module", params=loss.names())
def caused(request, guests, settled, tmp_path_factory):
    """A loss caused in all guests, the outcome of their audits by kernel, and what the guests look like after it."""
    one = loss.load(request.param)

    def audit(chosen):
        hosts = {guest.name: guest.host_variables() for guest in chosen.values()}
        audited = auditing.audit(tmp_path_factory.mktemp(request.param), hosts, INTERVAL_S)
        return {kernel: (audited, audited.documents.get(guest.name)) for kernel, guest in chosen.items()}

    return one, loss.proved(guests, one, audit), at_once(fingerprint.read, guests)


@pytest.fixture(scope="module")
def rows():
    """Collects the rows of the table, which stays in the lab's folder."""
    collected = []
    yield collected
    loss.save(collected, auditing.LAB_RESULTS)


@pytest.mark.parametrize("kernel", kernels.SUITES)
def test_audit_names_the_loss(request, record_property, caused, kernel, rows):
    one, outcomes, _after = caused
    for number, shortfalls in enumerate(outcomes[kernel].before, 1):
        record_property(f"not there in try {number}", "; ".join(shortfall.text for shortfall in shortfalls))
    audited = proof.judged(outcomes[kernel])
    name = f"lab-{kernel}"
    assert name in audited.documents, audited.output
    entry, document = audited.host(name), audited.documents[name]
    different = loss.differences(one, entry, document)
    rows.append(
        loss.Row(
            request.node.callspec.params["caused"],
            document["meta"]["kernel"]["release"],
            sorted(map(str, one.findings | one.told)),
            sorted(map(str, loss.told(one, entry))),
            entry["verdict"],
            not different,
            len(outcomes[kernel].before) + 1,
        )
    )
    assert not different, json.dumps(entry["findings"], indent=1)


@pytest.mark.parametrize("kernel", kernels.SUITES)
def test_loss_is_undone(caused, settled, kernel):
    _one, _outcomes, after = caused
    changed = fingerprint.difference(settled[kernel], after[kernel])
    assert not changed
