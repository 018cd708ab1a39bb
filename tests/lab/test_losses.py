# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each loss of ``losses/`` is caused in a guest, with ``--long`` in every one, audited over SSH, named, and undone.

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


def pytest_generate_tests(metafunc):
    if "caused" not in metafunc.fixturenames:
        return
    option = metafunc.config.getoption
    chosen = option("--kernel") or list(kernels.SUITES)
    together = loss.rounds(loss.names(), chosen, option("--long"))
    ids = ["+".join(dict.fromkeys(each.values())) for each in together]
    metafunc.parametrize("caused", together, ids=ids, indirect=True, scope="module")
    metafunc.parametrize("kernel", chosen)


@pytest.fixture(scope="module")
def caused(request, guests, settled, tmp_path_factory):
    """Of a round, ``{kernel: name of its loss}``, caused in the guests at once: the outcomes of their audits by kernel,
    and what the guests look like after it."""
    together = request.param
    losses = {kernel: loss.load(name) for kernel, name in together.items()}

    def audit(chosen):
        hosts = {guest.name: guest.host_variables() for guest in chosen.values()}
        audited = auditing.audit(tmp_path_factory.mktemp("-".join(together.values())), hosts, INTERVAL_S)
        return {kernel: (audited, audited.documents.get(guest.name)) for kernel, guest in chosen.items()}

    chosen = {kernel: guests[kernel] for kernel in together}
    return loss.proved(chosen, losses, audit), at_once(fingerprint.read, chosen)


@pytest.fixture(scope="module")
def rows(pytestconfig):
    """Collects the rows of the table, which stays in the lab's folder."""
    collected = []
    yield collected
    loss.save(collected, auditing.LAB_RESULTS, pytestconfig.getoption("--long"))


def test_audit_names_the_loss(request, record_property, caused, kernel, rows):
    outcomes, _after = caused
    name = request.node.callspec.params["caused"][kernel]
    one = loss.load(name)
    for number, shortfalls in enumerate(outcomes[kernel].before, 1):
        record_property(f"not there in try {number}", "; ".join(shortfall.text for shortfall in shortfalls))
    audited = proof.judged(outcomes[kernel])
    host = f"lab-{kernel}"
    assert host in audited.documents, audited.output
    entry, document = audited.host(host), audited.documents[host]
    different = loss.differences(one, entry, document)
    rows.append(
        loss.Row(
            name,
            document["meta"]["kernel"]["release"],
            sorted(map(str, one.findings | one.told)),
            sorted(map(str, loss.told(one, entry))),
            entry["verdict"],
            not different,
            len(outcomes[kernel].before) + 1,
        )
    )
    assert not different, json.dumps(entry["findings"], indent=1)


def test_loss_is_undone(caused, settled, kernel):
    _outcomes, after = caused
    changed = fingerprint.difference(settled[kernel], after[kernel])
    assert not changed
