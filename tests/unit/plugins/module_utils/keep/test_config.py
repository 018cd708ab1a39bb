# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import json

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.keep import config
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs import (
    coalesce,
    irq_affinity,
    packet_steering,
    ring,
    rss,
)
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import Refused

NO_MEMORY = {"reserve": None, "force": False}


def nic(name="eth0", mac="02:00:00:00:00:01"):
    return {"bus": "0000:01:00.0", "mac": mac, "driver": "mlx5_core", "name": name}


def rings(subject="eth0", **values):
    return {"knob": "ring", "subject": subject, "values": values}


def merged(before, *settings, names=None, **memory):
    return config.merged(before, list(settings), names or {"eth0": nic()}, memory.get("memory", NO_MEMORY))


def test_a_later_task_keeps_the_values_of_an_earlier_one():
    first = merged(config.empty(), rings(rx="max", tx=None))
    second = merged(first, rings(tx="512", rx=None))
    assert first["nics"] == [{"nic": nic(), "settings": {"ring": {"rx": "max"}}, "memory": NO_MEMORY}]
    assert second["nics"][0]["settings"] == {"ring": {"rx": "max", "tx": "512"}}


def test_a_nic_with_another_name_is_the_same_nic():
    first = merged(config.empty(), rings(rx="512"))
    second = merged(first, rings("ens1", rx="1024"), names={"ens1": nic("ens1")})
    (entry,) = second["nics"]
    assert (entry["nic"]["name"], entry["settings"]) == ("ens1", {"ring": {"rx": "1024"}})
    assert first["nics"][0]["nic"]["name"] == "eth0"


def test_what_a_task_said_of_memory_is_kept_with_it():
    first = merged(config.empty(), rings(rx="512"), memory={"reserve": "2G", "force": True})
    assert merged(first, rings(tx="512"), memory=None)["nics"][0]["memory"] == {"reserve": "2G", "force": True}


@pytest.mark.parametrize(
    "knob, before, given, expected",
    [
        (ring, {"rx": "max"}, {"tx": 512}, {"rx": "max", "tx": 512}),
        (rss, {"equal": 8}, {"default": False, "fields": {"udp4": "sdfn"}}, {"equal": 8}),
        (rss, {"equal": 8}, {"weights": [1, 2]}, {"weights": [1, 2]}),
        (rss, {"equal": 8, "default": False}, {"default": True}, {"default": True}),
        (
            rss,
            {"fields": {"udp4": "sd"}},
            {"fields": {"udp6": "sd", "udp4": None}},
            {"fields": {"udp4": "sd", "udp6": "sd"}},
        ),
        (packet_steering, {"rps_cpus": "off"}, {"rps_cpus": {"rx-0": [1]}}, {"rps_cpus": {"rx-0": [1]}}),
        (
            packet_steering,
            {"rps_cpus": {"rx-0": [1]}, "rps_flow_cnt": {"rx-0": 8}},
            {"rps_cpus": {"rx-1": [2]}, "rfs": 4096},
            {"rps_cpus": {"rx-0": [1], "rx-1": [2]}, "rfs": 4096},
        ),
        (irq_affinity, {"policy": "cpulist", "cpulist": "1"}, {"policy": "one_per_core"}, {"policy": "one_per_core"}),
        (coalesce, {"profile": "latency"}, {"rx_usecs": 8}, {"profile": "latency", "rx_usecs": 8}),
        (coalesce, {"rx_usecs": 8}, {"profile": "latency"}, {"profile": "latency"}),
        (
            coalesce,
            {"queues": [1], "rx_usecs": 8},
            {"queues": [1], "tx_usecs": 8},
            {"queues": [1], "rx_usecs": 8, "tx_usecs": 8},
        ),
    ],
)
def test_what_is_kept_of_before_and_now_can_be_together(knob, before, given, expected):
    found = config.joined(knob, before, given)
    assert {key: found[key] for key in expected} == expected
    assert set(found) - set(expected) <= {"default", "fields"}


@pytest.mark.parametrize(
    "knob, before, given, message",
    [
        (irq_affinity, {}, {"38": [2]}, "interrupts have other numbers after a boot"),
        (coalesce, {"queues": [1], "rx_usecs": 8}, {"rx_usecs": 16}, "something else is kept already"),
    ],
)
def test_what_means_nothing_after_a_boot_is_refused(knob, before, given, message):
    with pytest.raises(Refused, match=message):
        config.joined(knob, before, given)


def test_the_file_is_the_same_for_the_same_and_is_read_again(tmp_path):
    names = {"eth1": nic("eth1", "02:00:00:00:00:02"), "eth0": nic()}
    one = merged(config.empty(), rings("eth1", rx="512"), rings("eth0", rx="512"), names=names)
    other = merged(config.empty(), rings("eth0", rx="512"), rings("eth1", rx="512"), names=names)
    assert config.text(one) == config.text(other)
    path = tmp_path / "settings.json"
    assert config.read(str(path)) == config.empty()
    path.write_text(config.text(one))
    assert config.text(config.read(str(path))) == config.text(one)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "null",
        '{"format": "x", "nics": []}',
        '{"format": 1, "nics": [{}]}',
        '{"format": 1, "nics": {"eth0": 1}}',
        json.dumps({"format": 1, "nics": [{"nic": {"name": "eth0"}, "settings": {}, "memory": {}}]}),
        json.dumps({"format": 1, "nics": [{"nic": nic(), "settings": {"ring": 1}, "memory": NO_MEMORY}]}),
        json.dumps({"format": 1, "nics": [{"nic": nic(), "settings": {}, "memory": {}}]}),
        "\udcff",
    ],
)
def test_a_file_that_is_not_ours_is_refused_in_words(tmp_path, text):
    path = tmp_path / "settings.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(Refused, match="is not what this collection wrote: .*state: absent"):
        config.read(str(path))


def test_a_file_of_another_version_is_refused(tmp_path):
    path = tmp_path / "settings.json"
    path.write_text('{"format": 2, "nics": []}')
    with pytest.raises(Refused, match="has the format 2, expected 1"):
        config.read(str(path))


def test_the_knobs_of_another_version_are_left_out_and_known():
    entry = {"nic": nic(), "settings": {"warp": {"rx": 1}, "ring": {"rx": "512"}}, "memory": NO_MEMORY}
    assert config.settings_of(entry, "ens1") == [rings("ens1", rx="512")]
    assert config.settings_of(entry, "ens1", ("channels",)) == []
    assert config.unknown_knobs(entry) == ["warp"]
