# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each loss of ``losses/`` is caused in every guest, audited over SSH, named, and undone."""

import contextlib
import json

import auditing
import fingerprint
import kernels
import loss
import pytest

INTERVAL_S = 3


@pytest.fixture(scope="module")
def settled(guests):
    """The guests with nobody who moves interrupts, and with the modules loaded that losses need; what they look like
    then, by kernel."""
    for guest in guests.values():
        guest.run("systemctl", "stop", "irqbalance")
        guest.run("modprobe", "-a", *fingerprint.MODULES)
    yield {kernel: fingerprint.read(guest) for kernel, guest in guests.items()}
    for guest in guests.values():
        guest.run("systemctl", "start", "irqbalance")


@pytest.fixture(scope="module", params=loss.names())
def caused(request, guests, settled, tmp_path_factory):
    """A loss caused in all guests, their audit, and what the guests look like after it."""
    one = loss.load(request.param)
    folder = tmp_path_factory.mktemp(request.param)
    with contextlib.ExitStack() as causes:
        for guest in guests.values():
            causes.enter_context(one.caused(guest))
        hosts = {guest.name: guest.host_variables() for guest in guests.values()}
        audited = auditing.audit(folder, hosts, INTERVAL_S)
    return one, audited, {kernel: fingerprint.read(guest) for kernel, guest in guests.items()}


@pytest.fixture(scope="module")
def rows():
    """Collects the rows of the table, which stays in the lab's folder."""
    collected = []
    yield collected
    loss.save(collected, auditing.LAB_RESULTS)


@pytest.mark.parametrize("kernel", kernels.SUITES)
def test_audit_names_the_loss(request, caused, kernel, rows):
    one, audited, _after = caused
    name = f"lab-{kernel}"
    assert name in audited.documents, audited.output
    entry = audited.host(name)
    found = loss.found(entry)
    told = found["loss"] | found["risk"] | (found["info"] & one.told)
    expected = one.findings | one.told
    voided = {void["cause"] for void in audited.documents[name]["meta"]["void"]}
    unseen = {text for text in one.shown if text not in loss.evidence(entry)}
    same = told == expected and entry["verdict"] == one.verdict and not unseen and one.void <= voided
    same = same and one.evidence <= loss.said(entry)
    rows.append(
        loss.Row(
            request.node.callspec.params["caused"],
            audited.documents[name]["meta"]["kernel"]["release"],
            sorted(map(str, expected)),
            sorted(map(str, told)),
            entry["verdict"],
            same,
        )
    )
    assert told == expected, json.dumps(entry["findings"], indent=1)
    assert entry["verdict"] == one.verdict
    assert not unseen, loss.evidence(entry)
    assert one.void <= voided
    assert one.evidence <= loss.said(entry)


@pytest.mark.parametrize("kernel", kernels.SUITES)
def test_loss_is_undone(caused, settled, kernel):
    _one, _audited, after = caused
    changed = fingerprint.difference(settled[kernel], after[kernel])
    assert not changed
