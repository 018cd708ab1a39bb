# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Packets are lost and few counters say so: the host is never called clean, and the first action is the right one."""

import pytest
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.diagnosis import load_rules
from ansible_collections.linuxnet.packetloss.tests.unit.documents import (
    host_document,
    merged,
    udp_socket,
    with_deltas,
)
from ansible_collections.linuxnet.packetloss.tests.unit.judging import diagnose, texts

RULES = load_rules()


def found(document):
    """The findings by rule."""
    return {each["rule"]: each for each in diagnose(document, RULES)["findings"]}


def told(document):
    """``{(rule, severity, packets lost)}`` of all but what is only told."""
    findings = diagnose(document, RULES)["findings"]
    return {(each["rule"], each["severity"], each["lost"]) for each in findings if each["severity"] != "info"}


def first(document, rule):
    return texts(found(document)[rule])[0]


# --- UDP ---------------------------------------------------------------------------------------------------------------


def old_udp(pages, family="snmp/Udp/", protocol="udp", **deltas):
    """A kernel without MemErrors, whose sockets hold *pages* of the 360,000 that udp_mem allows."""
    place = "protocols/" + family
    document = merged(
        host_document(),
        {
            "sockets": {
                "drops": {f"{protocol} *:514 inode 7": udp_socket(900, 514, protocol, ((77, "rsyslogd"),))},
                "sockstat": {"UDP": {"inuse": 9, "mem": pages}},
            }
        },
    )
    del document["protocols"]["snmp"]["Udp"]["MemErrors"]
    return with_deltas(document, {place + name: delta for name, delta in deltas.items()})


@pytest.mark.parametrize(
    ("family", "protocol", "name"),
    [("snmp/Udp/", "udp", "InErrors"), ("snmp6/", "udp6", "Udp6InErrors")],
)
def test_a_kernel_without_mem_errors_loses_datagrams_for_want_of_memory(family, protocol, name):
    document = old_udp(359000, family, protocol, **{name: 900})
    assert told(document) == {("R21", "loss", 900)}
    assert "let their programs read" in first(document, "R21")
    assert "rsyslogd (77)" in str(found(document)["R21"]["evidence"])
    assert found(document)["R21"]["confidence"] == "medium"


@pytest.mark.parametrize("pages", [0, 3000, None])
def test_datagrams_that_udp_refuses_are_told_though_memory_is_free_by_now(pages):
    document = old_udp(pages, InErrors=900)
    assert told(document) == {("R46", "risk", None)}
    assert "rsyslogd (77): 900" in first(document, "R46")
    assert "udp_mem allows" in found(document)["R46"]["cause"]


def test_where_udp_mem_cannot_be_read_the_datagrams_are_told_all_the_same():
    document = old_udp(359000, InErrors=900)
    del document["sysctls"]["net.ipv4.udp_mem"]
    assert told(document) == {("R46", "risk", None)}


def test_full_buffers_of_a_kernel_without_mem_errors_are_no_want_of_memory():
    document = old_udp(3000, InErrors=900, RcvbufErrors=900)
    assert told(document) == {("R20", "loss", 900)}
    both = old_udp(359000, InErrors=900, RcvbufErrors=300, InCsumErrors=100)
    assert told(both) == {("R20", "loss", 300), ("R21", "loss", 500), ("R38", "loss", 100)}


def test_what_a_kernel_with_mem_errors_refuses_besides_is_a_filter():
    document = with_deltas(host_document(), {"protocols/snmp/Udp/InErrors": 40, "protocols/snmp/Udp/MemErrors": 10})
    assert told(document) == {("R21", "loss", 10), ("R46", "risk", None)}
    assert found(document)["R46"]["cause"].startswith("A filter of the socket")
