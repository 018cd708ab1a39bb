# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every number of the audit that ethtool, ip, nstat or tc know too is what they say, while packets come and are lost.

They are asked in the guest before and after the audit: its totals have to be between their two answers.
"""

import contextlib
import json

import auditing
import kernels
import loss
import needs
import proof
import pytest
import witness

INTERVAL_S = 3
#: What goes on meanwhile, so that more than the counters of packets move.
CAUSES = [loss.load(name) for name in ("accept_queue", "qdisc_limit", "udp_receive_buffer")]
PORT = 7930
#: Where packets come, and the NICs that count them.
FLOODED = {"bond0": "igb0", "vio0": "vio0", "vmx0": "vmx0", "e1k0": "e1k0"}
MARK = "== next answer =="


def ask(guest):
    """The answers of the four programs, by program; those of ethtool by NIC."""
    nics = [f"ethtool -S {nic}" for nic in guest.nics]
    commands = [*nics, "ip -s -s -j link show", "nstat -azsj", "tc -s -j qdisc show"]
    answers = guest.script(f"; echo; echo '{MARK}'; ".join(commands)).split(f"{MARK}\n")
    by_nic = dict(zip(guest.nics, answers, strict=False))
    return {"ethtool -S": by_nic, **dict(zip(list(PROGRAMS)[1:], answers[len(nics) :], strict=True))}


@contextlib.contextmanager
def traffic_and_losses(guest, strength):
    with contextlib.ExitStack() as stack:
        for one in CAUSES:
            stack.enter_context(one.caused(guest, strength))
        stack.enter_context(guest.traffic("udp-reader", address="0.0.0.0", port=PORT))
        for nic in FLOODED:
            stack.enter_context(guest.flood(nic, port=PORT, pause=0.05 / strength))
        yield


MOVING = loss.Loss(
    "counters that move",
    "losing",
    caused=traffic_and_losses,
    needs=(
        *(need for one in CAUSES for need in one.needs),
        *(needs.link(nic, "rx_packets") for nic in FLOODED.values()),
    ),
)


@pytest.fixture(scope="module")
def audits(guests, tmp_path_factory):
    """By kernel: the outcome of the host's document, and of what the programs answered before and after it."""

    def audit(chosen):
        before = {kernel: ask(guest) for kernel, guest in chosen.items()}
        hosts = {guest.name: guest.host_variables() for guest in chosen.values()}
        audited = auditing.audit(tmp_path_factory.mktemp("cross_check"), hosts, INTERVAL_S)
        after = {kernel: ask(guest) for kernel, guest in chosen.items()}
        assert len(audited.documents) == len(chosen), audited.output
        documents = {kernel: audited.documents[guest.name] for kernel, guest in chosen.items()}
        return {kernel: ((documents[kernel], before[kernel], after[kernel]), documents[kernel]) for kernel in chosen}

    return loss.proved(guests, dict.fromkeys(guests, MOVING), audit)


def ethtool_counters(document, answers):
    """Pairs of the audit's counter and ethtool's number, by NIC and name.

    Both are in the driver's order: the names of vmxnet3 are not unique.
    """
    found = {}
    for nic, answer in answers["ethtool -S"].items():
        _heading, *told = witness.pairs(answer.replace("statistics:", "statistics: of it"))
        counters = document["nics"][nic]["counters"]
        for (key, counter), (name, value) in zip(counters.items(), told, strict=True):
            assert name in key, (nic, key, name)
            found[f"{nic} {key}"] = (counter, int(value))
    return found


def link_counters(document, answers):
    found = {}
    for nic, told in witness.link_statistics(answers["ip -s -s link"]).items():
        ours = {**document["nics"][nic]["link_stats"], "carrier_changes": document["nics"][nic]["carrier_changes"]}
        found.update((f"{nic} {name}", (ours[name], value)) for name, value in told.items())
    return found


def protocol_counters(document, answers):
    protocols = document["protocols"]
    ours = dict(protocols["snmp6"])
    for tables in (protocols["snmp"], protocols["netstat"]):
        for protocol, counters in tables.items():
            ours.update((protocol + name, counter) for name, counter in counters.items())
    return {name: (ours[name], value) for name, value in witness.protocol_counters(answers["nstat -az"]).items()}


def qdisc_counters(document, answers):
    return {
        f"{name} {key}": (document["qdiscs"][name][key], value)
        for name, told in witness.qdisc_counters(answers["tc -s qdisc"]).items()
        for key, value in told.items()
    }


#: How to read each program, how many counters both have to know at least, and some that have to move.
PROGRAMS = {
    "ethtool -S": (ethtool_counters, 300, {"igb0 rx_packets", "e1k0 rx_packets"}),
    "ip -s -s link": (link_counters, 150, {"vio0 rx_packets", "bond0 rx_bytes", "vmx0 rx_packets", "e1k0 tx_packets"}),
    "nstat -az": (protocol_counters, 200, {"UdpRcvbufErrors", "TcpExtListenOverflows", "IpOutDiscards", "TcpInSegs"}),
    "tc -s qdisc": (qdisc_counters, 100, {"e1k0 1: root dropped", "e1k0 1: root overlimits", "e1k0 1: root bytes"}),
}


@pytest.fixture(scope="module")
def rows():
    """Collects how many counters were compared, which stays in the lab's folder."""
    collected = []
    yield collected
    (auditing.LAB_RESULTS / "cross_check.json").write_text(json.dumps(collected, indent=1) + "\n")


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("kernel", kernels.SUITES)
def test_audit_counts_what_the_programs_of_the_system_count(audits, rows, record_property, kernel, program):
    document, before, after = proof.judged(audits[kernel])
    read, least, moving = PROGRAMS[program]
    low, high = read(document, before), read(document, after)
    compared = {
        name: (low[name][1], counter, high[name][1])
        for name, (counter, _value) in high.items()
        if name in low and isinstance(counter, dict) and counter["total"] is not None
    }
    moved = {name for name, (_first, counter, _last) in compared.items() if counter["delta"]}
    rows.append({"kernel": kernel, "program": program, "compared": len(compared), "moved": len(moved)})
    record_property("compared", len(compared))
    wrong = {
        name: (first, counter, last)
        for name, (first, counter, last) in compared.items()
        # The number of a queue is no counter: it has no delta.
        if not (first <= counter["total"] <= last and 0 <= (counter["delta"] or 0) <= last - first)
    }
    assert not document["meta"]["void"]
    assert not wrong
    assert len(compared) >= least
    assert moving <= moved
