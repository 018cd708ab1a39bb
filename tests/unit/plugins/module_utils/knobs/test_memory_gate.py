# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The 63-queue host of the field notes: 1024 to 8192 at MTU 9000 takes about 6 GB a port."""

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs import memory, ring, settle
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import Refused
from ansible_collections.linuxnet.packetloss.tests.unit.ring_hosts import GIB, REFERENCE, host, nic


def port():
    return nic(REFERENCE["driver"], REFERENCE["version"], REFERENCE["mtu"])


def priced(available, names=("eth0", "eth1")):
    document = host({name: port() for name in names}, REFERENCE["release"], free=available, available=available)
    changes = ring.decide(document, {name: {"rx": "8192"} for name in names})
    return memory.priced(document, changes, "1G")


def test_one_port_takes_about_six_gigabytes_and_two_twice_that():
    one, two = priced(60 * GIB, ("eth0",))[1], priced(60 * GIB)[1]
    assert one["need_bytes"] == pytest.approx(6e9, rel=0.1)
    assert two["need_bytes"] == 2 * one["need_bytes"]
    memory.check(one)
    memory.check(two)


def test_two_ports_that_fit_alone_and_not_together_are_refused_together():
    changes, budget = priced(12 * GIB, ("eth0",))
    memory.check(budget)
    assert changes[0]["memory"]["need_bytes"] == budget["need_bytes"]
    with pytest.raises(Refused) as error:
        memory.check(priced(12 * GIB)[1])
    text = str(error.value)
    assert "Nothing was changed" in text and "The largest receive ring of eth0 that fits is" in text


def test_one_port_that_does_not_fit_is_refused_with_the_largest_that_does():
    with pytest.raises(Refused) as error:
        memory.check(priced(6 * GIB, ("eth0",))[1])
    assert "The largest receive ring of eth0 that fits is 4096." in str(error.value)


def test_a_ring_that_gets_smaller_needs_no_room():
    document = host({"eth0": port()}, REFERENCE["release"], free=2 * GIB, available=2 * GIB)
    changes = ring.decide(document, {"eth0": {"rx": "256"}})
    _changes, budget = memory.priced(document, changes, "100%")
    assert budget["need_bytes"] < 0


@pytest.mark.parametrize("available, names", [(6 * GIB, ["eth0"]), (12 * GIB, ["eth0", "eth1"])])
def test_rings_that_do_not_fit_leave_all_nics_untouched(monkeypatch, available, names):
    """The whole way of a task. The host cannot be written to: no one is asked, for there is none."""
    document = host({name: port() for name in names}, REFERENCE["release"], free=available, available=available)
    document["unavailable"] = []
    monkeypatch.setattr(settle, "setting_facts", lambda *_asked: document)
    settings = [{"knob": "ring", "subject": name, "values": {"rx": "8192"}} for name in names]
    with pytest.raises(Refused, match="Nothing was changed"):
        settle.settle(None, settings, reserve="1G")
