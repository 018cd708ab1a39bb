# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host answers need not be a host document: anything in any place gives a diagnosis, and one that is JSON."""

import copy
import json

import pytest
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.diagnosis import load_rules
from ansible_collections.linuxnet.packetloss.tests.unit.documents import (
    cpu_times,
    host_with,
    link_stats,
    nic,
    softnet_row,
    statistics,
    udp_socket,
    with_deltas,
)
from ansible_collections.linuxnet.packetloss.tests.unit.judging import diagnose

RULES = load_rules()
VERDICTS = ("losing", "at_risk", "clean", "unknown")

#: What a host may have in any place: every type of JSON, and numbers that Python takes for some.
STRANGE = (
    [None, True, False, -1, 0, 1, 2**31, 2**64, -(2**63), 10**40, 10**400, 1.5, -0.0, 1e-320, 1e308]
    + [float("nan"), float("inf"), float("-inf")]
    + ["", "0", "x", "8001:", "zz:", "nan", "\N{SUPERSCRIPT TWO}", "\0", "{{ 7 * 7 }}", "9" * 5000, "x" * 100000]
    + [[], [None], [[]], [{}], [0, "x"], [10**40], {}, {"0": None}, {"delta": "x"}, {"delta": 5, "total": 5}]
    + [{"delta": value, "total": 1} for value in (10**400, 1e308, float("nan"), float("inf"), -5, True, [], {})]
)

#: Names that look like numbers.
STRANGE_KEYS = ("", "-1", "007", "\N{SUPERSCRIPT TWO}", "9" * 5000, "1e3", "a/b~c", "x" * 1000)


def lossy_host():
    """A host with a loss in every layer, so that every quantity is in use."""
    taps = nic("tun", kind="tun", selected=False, link_stats=link_stats(tx_dropped=3))
    ena = nic("ena", counters=statistics("ena", bw_in_allowance_exceeded=3, tx_timeout=1), master="bond0")
    bond = nic("bonding", kind="bond", lower=["ens5"], irqs={}, counters={}, link_stats=link_stats(rx_dropped=9))
    nics = {"eth0": nic(), "ens5": ena, "bond0": bond, "tap0": taps, "veth1": nic("veth", kind="veth", irqs={})}
    document = host_with(
        nics,
        sockets={"drops": {"udp 0.0.0.0:53 inode 1234": udp_socket(3)}},
        softnet={"cpus": {"0": softnet_row(dropped=5, time_squeeze=900, flow_limit_count=2)}},
        cpu_times={"0": cpu_times(softirq=960, steal=20)},
    )
    lost = {"rx_out_of_buffer": 50, "rx_discards_phy": 4, "rx_crc_errors_phy": 3, "rx_pause_ctrl_phy": 2}
    deltas = {f"nics/eth0/counters/{name}": count for name, count in lost.items()}
    deltas["nics/eth0/link_stats/rx_dropped"] = 60
    deltas["qdiscs/eth0 0: :1/dropped"] = 7
    deltas["conntrack/stats/drop"] = 8
    deltas["neighbour/arp_cache/stats/table_fulls"] = 9
    deltas["xfrm/XfrmInError"] = 2
    for section in ("Ip", "Tcp", "Udp"):
        for name in document["protocols"]["snmp"][section]:
            deltas[f"protocols/snmp/{section}/{name}"] = 11
    for name in document["protocols"]["netstat"]["TcpExt"]:
        deltas[f"protocols/netstat/TcpExt/{name}"] = 12
    document = with_deltas(document, deltas)
    document["meta"]["glitches"] = [{"path": "/nics/eth0/link_stats/rx_bytes", "cause": "zero_blip", "detail": "x"}]
    document["meta"]["void"] = [{"path": "/nics/tap0", "cause": "carrier_changes", "before": 1, "after": 2}]
    document["unavailable"] = [{"path": "/nics/veth1/rings", "reason": "unsupported", "detail": "x"}]
    return document


def places(node, path=()):
    """The path of everything in a document."""
    keys = node.keys() if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
    for key in keys:
        yield (*path, key)
        yield from places(node[key], (*path, key))


def put(document, path, value):
    """*document*, of which only what leads to *path* is copied, with *value* there."""
    changed = copy.copy(document)
    changed[path[0]] = value if len(path) == 1 else put(changed[path[0]], path[1:], value)
    return changed


def renamed(document, path, key):
    """*document* with another name for what is at *path*."""
    if len(path) > 1:
        return put(document, path[:1], renamed(document[path[0]], path[1:], key))
    return (
        document if isinstance(document, list) else {key if old == path[0] else old: document[old] for old in document}
    )


def judged(document):
    """The diagnosis, which is JSON."""
    result = diagnose(document, RULES)
    assert result["verdict"] in VERDICTS
    json.dumps(result, allow_nan=False)
    return result


DOCUMENT = lossy_host()
PLACES = list(places(DOCUMENT))

#: Where a value decides whether others can be used: the interval, ids in keys, the meaning of a counter.
USED = [
    ("meta", "interval_s"),
    ("meta", "clock_ticks_per_s"),
    ("nics", "eth0", "counters", "rx_out_of_buffer", "class"),
    ("nics", "eth0", "counters", "rx_out_of_buffer", "group"),
    ("nics", "eth0", "counters", "rx_out_of_buffer", "kind"),
    ("nics", "eth0", "counters", "rx_out_of_buffer", "delta"),
    ("nics", "eth0", "channels", "combined"),
    ("nics", "eth0", "rss", "queues"),
    ("nics", "eth0", "driver", "name"),
    ("nics", "bond0", "lower"),
    ("qdiscs", "eth0 0: :1", "handle"),
    ("sysctls", "net.ipv4.tcp_mem"),
    ("sysctls", "net.ipv4.udp_mem"),
]

#: Keys that are numbers.
NUMBERED = [
    ("softnet", "cpus", "0"),
    ("cpu_times", "1"),
    ("cpus", "nodes", "1"),
    ("nics", "eth0", "irqs", "40", "counts", "0"),
]


def test_the_host_before_it_lies():
    result = judged(DOCUMENT)
    assert result["verdict"] == "losing"
    assert len({finding["rule"] for finding in result["findings"]}) >= 15


def test_a_strange_value_in_the_place_of_any_branch(chance):
    for path in PLACES:
        if len(path) < 3:
            _path, value = chance.tried((path, chance.choice(STRANGE)))
            judged(put(DOCUMENT, path, value))


@pytest.mark.parametrize("value", STRANGE, ids=lambda value: repr(value)[:30])
def test_a_strange_value_in_the_place_of_a_leaf(chance, value):
    for path in chance.sample(PLACES, 4) + chance.sample(USED, 4):
        judged(put(DOCUMENT, chance.tried(path), value))


def test_strange_values_in_many_places(chance):
    for _time in range(20):
        paths = sorted(chance.sample(PLACES, 30), key=len, reverse=True)
        document = DOCUMENT
        for path, value in chance.tried([(path, chance.choice(STRANGE)) for path in paths]):
            document = put(document, path, value)
        judged(document)


def test_strange_names(chance):
    for path in chance.sample([path for path in PLACES if isinstance(path[-1], str)], 40):
        judged(renamed(DOCUMENT, *chance.tried((path, chance.choice(STRANGE_KEYS)))))
    for path in NUMBERED:
        for key in STRANGE_KEYS:
            judged(renamed(DOCUMENT, path, key))


def test_a_number_of_queues_that_no_nic_has_is_not_counted_up_to():
    result = judged(put(DOCUMENT, ("nics", "eth0", "channels", "combined"), 10**12))
    assert result["verdict"] == "losing"
