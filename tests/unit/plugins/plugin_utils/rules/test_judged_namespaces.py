# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of the stack over other network namespaces: what is lost there is named there, with what helps there."""

import json

import pytest
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.diagnosis import load_rules
from ansible_collections.linuxnet.packetloss.tests.unit.documents import (
    host_beside,
    namespace,
    udp_socket,
    with_deltas,
)
from ansible_collections.linuxnet.packetloss.tests.unit.judging import diagnose

RULES = load_rules()

LOST = {"snmp/Udp/RcvbufErrors": 16393, "snmp/Udp/InErrors": 16393}
POD = namespace("pod shop/web-1", LOST, netns=None, pod="shop/web-1", kind="pod", pid=4711)
OWN = {"net.core.somaxconn": 128, "net.ipv4.tcp_max_syn_backlog": 256, "net.ipv4.tcp_syncookies": 1}


def judged(document):
    return diagnose(document, RULES)


def only(document):
    (found,) = judged(document)["findings"]
    return found


def commands(finding):
    return [action["command"] for action in finding["actions"] if action["command"]]


def test_a_pod_that_loses_datagrams_makes_its_host_losing():
    document = host_beside(POD)
    found = only(document)
    assert judged(document)["verdict"] == "losing"
    assert found["id"] == "R20:namespace:pod shop/web-1"
    assert found["subject"] == {"type": "namespace", "name": "pod shop/web-1"}
    assert (found["severity"], found["lost"], found["count"], found["subjects"]) == (
        "loss",
        16393,
        1,
        ["pod shop/web-1"],
    )
    assert "nsenter -t 4711 -n cat /proc/net/udp" in commands(found)


def test_its_socket_and_its_process_are_named():
    sockets = {
        "drops": {"udp 0.0.0.0:53 inode 1234": udp_socket(16393, processes=((9, "dnsmasq"),))},
        "drops_not_listed": 0,
    }
    assert "0.0.0.0:53 dnsmasq (9): 16393" in only(host_beside(dict(POD, sockets=sockets)))["actions"][0]["text"]


def test_both_families_of_a_namespace_are_one_place():
    found = only(host_beside(namespace(counters={**LOST, "snmp6/Udp6RcvbufErrors": 7, "snmp6/Udp6InErrors": 7})))
    assert (found["lost"], found["count"], found["subjects"]) == (16400, 1, ["netns blue"])


def test_each_namespace_and_the_host_are_places_of_their_own():
    document = host_beside(namespace(counters=LOST), namespace("netns green", LOST))
    document = with_deltas(document, {"protocols/snmp/Udp/RcvbufErrors": 5, "protocols/snmp/Udp/InErrors": 5})
    found = {one["id"]: one["lost"] for one in judged(document)["findings"]}
    assert found == {"R20:protocol:Udp": 5, "R20:namespace:netns blue": 16393, "R20:namespace:netns green": 16393}


def test_what_stood_still_is_zero_and_what_cannot_be_known_is_not():
    assert judged(host_beside(namespace(), namespace("netns green")))["findings"] == []
    known = {one["rule"] for one in judged(host_beside())["not_judged"]}
    assert {one["rule"] for one in judged(host_beside(namespace()))["not_judged"]} == known


@pytest.mark.parametrize("cause", ["appeared", "vanished", "replaced"])
def test_a_namespace_that_is_not_the_same_any_more_is_not_judged(cause):
    void = [{"path": "/namespaces/4026532201", "cause": cause, "before": None, "after": None}]
    document = host_beside(namespace(counters=LOST), meta={"void": void, "namespaces": {cause: 1, "judged": 0}})
    result = judged(document)
    assert (result["verdict"], result["findings"]) == ("clean", [])
    (counted,) = [one["value"] for one in result["measured"] if one["key"] == "namespaces"]
    assert counted["judged"] == 0 and len(counted) == 2


def test_a_sysctl_of_its_own_is_never_set_on_the_host():
    document = host_beside(
        namespace(counters={"netstat/TcpExt/ListenOverflows": 8, "netstat/TcpExt/ListenDrops": 8}, sysctls=OWN)
    )
    found = only(document)
    assert {"what": "net.core.somaxconn", "value": 128, "key": "somaxconn", "unit": None} in found["evidence"]
    assert {action["knob"] for action in found["actions"]} == {"advice"}
    # Twice its own 128, but no less than the kernel's default; twice the host's would be 8192.
    assert "ip netns exec blue sysctl -w net.core.somaxconn=4096" in commands(found)


def test_what_is_the_machines_is_set_on_the_host():
    (setting,) = [action for action in only(host_beside(POD))["actions"] if action["knob"] == "sysctl"]
    assert setting["subject"] == {"type": "host", "name": None}
    assert set(setting["set"]) == {"net.core.rmem_max", "net.core.rmem_default"}


def test_a_command_of_a_shell_needs_one_there():
    found = only(host_beside(namespace(counters={"xfrm/XfrmInError": 3})))
    assert commands(found) == ["ip netns exec blue sh -c 'ip -s xfrm state; ip -s xfrm policy'"]


def test_its_table_of_connections_is_measured_by_the_limit_of_the_machine():
    found = only(host_beside(namespace(conntrack={"count": 260000, "stats": {}})))
    assert (found["rule"], found["severity"], found["subject"]["name"]) == ("R13", "risk", "netns blue")


def test_what_a_backlog_dropped_is_not_told_again_at_a_veth():
    beside = namespace(counters={"interfaces/eth0/rx_dropped": 300, "interfaces/eth0/rx_packets": 600})
    document = with_deltas(host_beside(beside), {"softnet/cpus/2/dropped": 300})
    assert [one["rule"] for one in judged(document)["findings"]] == ["R6"]
    assert only(host_beside(beside))["rule"] == "R60"


def test_a_namespace_does_not_explain_what_the_host_loses():
    document = host_beside(namespace(counters={"snmp/Ip/ReasmFails": 3}))
    document = with_deltas(document, {"softnet/cpus/2/dropped": 300})
    because = {one["rule"]: one["because_of"] for one in judged(document)["findings"]}
    assert because == {"R6": [], "R34": ["R6:host"]}


EVIL = "web'; rm -rf / #\n\x1b[31m{{ 7 * 7 }}`$(id)`"


@pytest.mark.parametrize(
    "beside, command",
    [
        (namespace("netns x", LOST, netns=EVIL), "ip netns exec 'web'\"'\"'; rm -rf / #??[31m{{ 7 * 7 }}`$(id)`' cat"),
        (namespace("netns x", LOST, netns="/run/x y"), "nsenter --net='/run/x y' cat /proc/net/udp"),
        (namespace("netns x", LOST, netns=["x"], pid="1; id"), "nsenter --net=(unknown) cat /proc/net/udp"),
    ],
)
def test_what_a_name_says_is_data(beside, command):
    assert any(one.startswith(command) for one in commands(only(host_beside(beside))))


BROKEN = {"protocols": {"snmp": {"Udp": {"InErrors": 3}}}, "interfaces": {"a": 5}, "sysctls": [], "xfrm": "x"}


@pytest.mark.parametrize(
    "broken",
    [
        *(None, [], 3, {}, {"protocols": None}, {"protocols": {"snmp": 3}}),
        {"protocols": {"snmp": {"Udp": 3}}, "conntrack": 5},
        {**BROKEN, "sockets": 1},
    ],
)
def test_a_namespace_of_a_strange_shape_breaks_nothing(broken):
    assert judged(host_beside(broken))["verdict"] == "clean"
    assert judged(host_beside(broken, POD))["verdict"] == "losing"


def test_where_none_can_be_seen_the_report_says_why():
    gap = {"path": "/namespaces", "reason": "unreadable", "detail": "run as root"}
    result = judged(host_beside(namespaces=None, meta={"namespaces": None}, unavailable=[gap]))
    assert result["verdict"] == "clean"
    told = [one for one in judged(host_beside(unavailable=[gap]))["measured"] if one["key"] == "namespaces"]
    assert "run as root" in json.dumps(told)
