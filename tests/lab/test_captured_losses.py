# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each loss of ``losses/`` is caused in every guest, audited, and captured by capture.sh while it still goes on: what
the file gives is what the audit said.

Part of ``make vm-long``: an emulated CPU takes half a minute for a capture. It prints the table of all losses at the
end.
"""

import contextlib
import json

import auditing
import captured
import fingerprint
import kernels
import loss
import proof
import pytest
from guest import at_once

pytestmark = pytest.mark.long

INTERVAL_S = 2
#: Longer than that of the audit: a program that forks takes so long to look at an emulated host.
CAPTURED_S = 5


@pytest.fixture(scope="module")
def settled(guests):
    """The guests with nobody who moves interrupts, and with the modules loaded that losses need."""
    with contextlib.ExitStack() as stack:
        for guest in guests.values():
            stack.enter_context(guest.irqbalance_held())
            guest.run("modprobe", "-a", *fingerprint.MODULES)
        yield


@pytest.fixture(scope="module", params=loss.names())
def caused(request, guests, settled, tmp_path_factory):
    """A loss, and the outcome of its audit and of its capture by kernel: ``(audited, diagnosed, file)``."""
    one = loss.load(request.param)

    def audit_and_capture(chosen):
        folder = tmp_path_factory.mktemp(request.param)
        hosts = {guest.name: guest.host_variables() for guest in chosen.values()}
        audited = auditing.audit(folder, hosts, INTERVAL_S)
        files = at_once(lambda guest: captured.capture(guest, folder / guest.name, CAPTURED_S), chosen)
        return folder, audited, files

    def attempt(strengths):
        chosen = {kernel: guests[kernel] for kernel in strengths}
        with loss.caused_in(chosen, dict.fromkeys(chosen, one), strengths) as causes:
            folder, audited, files = audit_and_capture(chosen)
        outcomes = {}
        for kernel, guest in chosen.items():
            diagnosed = auditing.diagnose(folder / guest.name, files[kernel])
            documents = [audited.documents.get(guest.name), next(iter(diagnosed.documents.values()), None)]
            missed = list(causes[kernel].shortfalls)
            # Both have to have had it. One that has no document is judged, whatever was there.
            if None not in documents:
                for document in documents:
                    missed += proof.shortfalls(one.needs, proof.span_of_audit(causes[kernel].readings, document))
            outcomes[kernel] = proof.Outcome((audited, diagnosed, files[kernel]), missed)
        return outcomes

    return one, proof.proved(list(guests), attempt)


@pytest.fixture(scope="module")
def rows():
    """Collects the rows of the table, which stays in the lab's folder."""
    collected = []
    yield collected
    captured.save(collected, auditing.LAB_RESULTS)
    print("\n" + captured.table(collected))


@pytest.mark.parametrize("kernel", kernels.SUITES)
def test_capture_gives_the_findings_of_the_audit(request, record_property, caused, guests, kernel, rows):
    one, outcomes = caused
    for number, shortfalls in enumerate(outcomes[kernel].before, 1):
        record_property(f"not there in try {number}", "; ".join(shortfall.text for shortfall in shortfalls))
    audited, diagnosed, file = proof.judged(outcomes[kernel])
    name = guests[kernel].name
    assert name in audited.documents, audited.output
    assert len(diagnosed.documents) == 1, diagnosed.output
    live, (entry,) = audited.host(name), diagnosed.report["hosts"]
    (document,) = diagnosed.documents.values()
    same = (live["verdict"], loss.told(one, live)) == (entry["verdict"], loss.told(one, entry))
    rows.append(
        captured.Row(
            request.node.callspec.params["caused"],
            document["meta"]["kernel"]["release"],
            captured.found(loss.told(one, live), live),
            captured.found(loss.told(one, entry), entry),
            file.stat().st_size,
            same,
            len(outcomes[kernel].before) + 1,
        )
    )
    assert not loss.differences(one, entry, document), json.dumps(entry["findings"], indent=1)
    assert same
    assert file.stat().st_size < 2 << 20
