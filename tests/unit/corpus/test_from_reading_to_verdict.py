# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Counters that do not simply grow, from the reading of a host to what is said of it."""

import json

import pytest
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.diagnosis import load_rules
from ansible_collections.linuxnet.packetloss.tests.unit import fake_host
from ansible_collections.linuxnet.packetloss.tests.unit.judging import derive, diagnose

RULES = load_rules()


def audited(root, before, after, driver="mlx5_core", interval_s=10):
    """The diagnosis of the fake host whose eth0 had these statistics before and after, and its document."""
    # A guest, and most NICs, have no virtual functions to give away.
    fake_host.make(root, {path: text for path, text in fake_host.files().items() if "/sriov_" not in path})
    descriptions = fake_host.drivers()
    eth0 = descriptions["eth0"]
    eth0["driver"]["driver"] = driver.encode("ascii")
    eth0["statistics"] = list(before.items())
    found = fake_host.document(
        root, None, descriptions, lambda: eth0.update(statistics=list(after.items())), interval_s=interval_s
    )
    document = json.loads(json.dumps(found))
    return diagnose(document, RULES), document


def told(diagnosis):
    return [(finding["rule"], finding["lost"]) for finding in diagnosis["findings"] if finding["lost"]]


def test_a_driver_that_was_reset_in_two_minutes_lost_no_1_29_billion_packets(tmp_path):
    diagnosis, document = audited(tmp_path, {"rx_out_of_buffer": 3 * 10**9}, {"rx_out_of_buffer": 500}, interval_s=120)
    assert told(diagnosis) == []
    assert diagnosis["reasons"] == ["/nics/eth0/counters/rx_out_of_buffer is void in this interval: reset"]
    assert [(each["path"], each["cause"]) for each in document["meta"]["void"]] == [
        ("/nics/eth0/counters/rx_out_of_buffer", "reset")
    ]


def test_a_counter_of_32_bits_that_wraps_in_an_hour_has_lost_what_it_counted(tmp_path):
    before, after = {"rx_out_of_buffer": 2**32 - 10**6}, {"rx_out_of_buffer": 10**6}
    diagnosis, _document = audited(tmp_path, before, after, interval_s=3600)
    assert told(diagnosis) == [("R4", 2 * 10**6)]


@pytest.mark.parametrize("name, reasons", [("rx0_packets", 0), ("rx_out_of_buffer", 1)])
def test_only_a_statistic_that_counts_losses_makes_a_host_unknown_when_it_begins_anew(tmp_path, name, reasons):
    quiet = {"rx_out_of_buffer": 5, "rx0_packets": 5, "rx1_packets": 5}
    diagnosis, _document = audited(tmp_path, dict(quiet, **{name: 10**12}), dict(quiet, **{name: 10**6}))
    assert (len(diagnosis["reasons"]), told(diagnosis)) == (reasons, [])


@pytest.mark.parametrize("driver, octets, glitches", [("atlantic", "InOctets", 0), ("atlantic", "InPackets", 1)])
def test_ten_gbit_per_second_are_no_glitch_whatever_the_case_of_the_name(tmp_path, driver, octets, glitches):
    # 25 Gbit/s is the speed of the fake host's link.
    _diagnosis, document = audited(tmp_path, {octets: 10**13}, {octets: 10**13 + 12 * 10**9}, driver)
    assert len(document["meta"]["glitches"]) == glitches


def test_40_gbit_between_virtual_functions_of_a_port_of_25_are_traffic(tmp_path):
    before, after = (
        {"rx-0.packets": 10**9, "rx-0.bytes": 10**12},
        {"rx-0.packets": 10**9 + 5 * 10**7, "rx-0.bytes": 1050 * 10**9},
    )
    diagnosis, document = audited(tmp_path, before, after, driver="iavf")
    assert document["meta"]["glitches"] == [] and diagnosis["reasons"] == []
    assert document["nics"]["eth0"]["counters"]["rx-0.bytes"]["delta"] == 50 * 10**9


def test_the_vectors_of_channels_that_are_off_serve_nothing(tmp_path):
    """The fake host has a vector for each of its two queues; with one channel, the second serves nothing."""
    fake_host.make(tmp_path, dict(fake_host.files(), **{fake_host.ETH0 + "/threaded": "0\n"}))
    descriptions = fake_host.drivers()
    both = derive(json.loads(json.dumps(fake_host.document(tmp_path, None, descriptions))))["nics"]
    descriptions["eth0"]["channels"]["combined_count"] = 1
    one = derive(json.loads(json.dumps(fake_host.document(tmp_path, None, descriptions))))["nics"]
    assert [nic["cpus"] for nic in (*both, *one) if nic["name"] == "eth0"] == [[0, 1], [0]]
