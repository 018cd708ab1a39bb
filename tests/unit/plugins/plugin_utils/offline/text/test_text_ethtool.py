# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the program ethtool prints, in the forms of its generations: by ioctl, and by netlink."""

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers import statistics as meanings
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.counter import Counter64
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.ethtool_commands import COALESCE
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.text import ethtool

PLACE = "ethtool_of_eth0"

RINGS_BY_IOCTL = """\
Ring parameters for eth0:
Pre-set maximums:
RX:\t\t4096
RX Mini:\t0
RX Jumbo:\t0
TX:\t\t2048
Current hardware settings:
RX:\t\t512
RX Mini:\t0
RX Jumbo:\t0
TX:\t\t256

"""
RINGS_BY_NETLINK = """\
Ring parameters for eth0:
Pre-set maximums:
RX:\t\t\t4096
RX Mini:\t\tn/a
RX Jumbo:\t\tn/a
TX:\t\t\t2048
TX push buff len:\tn/a
Current hardware settings:
RX:\t\t\t512
RX Mini:\t\tn/a
RX Jumbo:\t\tn/a
TX:\t\t\t256
RX Buf Len:\t\t4096
CQE Size:\t\tn/a
TX Push:\t\toff
RX Push:\t\toff
TX push buff len:\tn/a
TCP data split:\t\ton
"""
RINGS = {"rx": 512, "rx_max": 4096, "rx_mini": 0, "rx_mini_max": 0, "rx_jumbo": 0, "rx_jumbo_max": 0}
RINGS.update({"tx": 256, "tx_max": 2048})

COALESCE_BY_IOCTL = """\
Coalesce parameters for eth0:
Adaptive RX: on  TX: off
stats-block-usecs: 1000000
sample-interval: 3
pkt-rate-low: 4
pkt-rate-high: 5

rx-usecs: 6
rx-frames: 7
rx-usecs-irq: 8
rx-frames-irq: 9

tx-usecs: 10
tx-frames: 11
tx-usecs-irq: 12
tx-frames-irq: 13

rx-usecs-low: 14
rx-frame-low: 15
tx-usecs-low: 16
tx-frame-low: 17

rx-usecs-high: 18
rx-frame-high: 19
tx-usecs-high: 20
tx-frame-high: 21

"""
COALESCE_BY_NETLINK = """\
Coalesce parameters for eth0:
Adaptive RX: n/a  TX: n/a
stats-block-usecs:\tn/a
sample-interval:\tn/a
pkt-rate-low:\t\tn/a
pkt-rate-high:\t\tn/a

rx-usecs:\t6
rx-frames:\tn/a
rx-usecs-irq:\tn/a
rx-frames-irq:\tn/a

tx-usecs:\t10
tx-frames:\tn/a
tx-usecs-irq:\tn/a
tx-frames-irq:\tn/a

rx-usecs-low:\tn/a
rx-frame-low:\tn/a
tx-usecs-low:\tn/a
tx-frame-low:\tn/a

rx-usecs-high:\tn/a
rx-frame-high:\tn/a
tx-usecs-high:\tn/a
tx-frame-high:\tn/a

CQE mode RX: off  TX: n/a

tx-aggr-max-bytes:\tn/a
"""

FEATURES = """\
Features for eth0:
rx-checksumming: on
tx-checksumming: on
\ttx-checksum-ipv4: off [fixed]
\ttx-checksum-ip-generic: on
scatter-gather: on
\ttx-scatter-gather: on
\ttx-scatter-gather-fraglist: off [fixed]
tcp-segmentation-offload: off
\ttx-tcp-segmentation: off [requested on]
generic-receive-offload: on
large-receive-offload: on [requested off]
rx-vlan-filter: on [fixed]
"""

VMXNET3 = """\
NIC statistics:
     Tx Queue#: 0
       pkts tx OOB: 3
     Tx Queue#: 1
       pkts tx OOB: 4
     Rx Queue#: 0
       pkts rx OOB: 5
       pkts rx err: 0
     Rx Queue#: 1
       pkts rx OOB: 7
       pkts rx err: 1
     tx timeout count: 0
"""

RSS = """\
RX flow hash indirection table for eth0 with 3 RX ring(s):
    0:      0     1     2     0     1     2     0     1
    8:      2     0     1     2
RSS hash key:
6d:5a:56:da
RSS hash function:
    toeplitz: on
    xor: off
    crc32: off
"""

PLAIN = """\
Settings for eth0:
\tSupported ports: [ TP ]
\tSupported link modes:   100baseT/Full
\t                        1000baseT/Full
\tSpeed: 10000Mb/s
\tDuplex: Full
\tPort: Twisted Pair
\tAuto-negotiation: on
\tLink detected: yes
"""


def reason(read, text):
    with pytest.raises(Unavailable) as refusal:
        read(text, PLACE)
    return refusal.value.reason


def detail(read, text):
    with pytest.raises(Unavailable) as refusal:
        read(text, PLACE)
    return refusal.value.detail


@pytest.mark.parametrize("text", [RINGS_BY_IOCTL, RINGS_BY_NETLINK])
def test_rings_are_the_same_by_ioctl_and_by_netlink(text):
    assert ethtool.rings(text, PLACE) == RINGS


def test_what_only_netlink_tells_of_the_rings():
    assert ethtool.rx_buf_len(RINGS_BY_NETLINK, PLACE) == 4096
    assert ethtool.tcp_data_split(RINGS_BY_NETLINK, PLACE) is True
    assert reason(ethtool.rx_buf_len, RINGS_BY_IOCTL) == "absent"
    assert reason(ethtool.tcp_data_split, RINGS_BY_NETLINK.replace("split:\t\ton", "split:\t\tn/a")) == "absent"


@pytest.mark.parametrize("none", ["0", "n/a"])
def test_channels_that_a_nic_has_not_are_0(none):
    block = f"RX:\t\t{none}\nTX:\t\t{none}\nOther:\t\t1\nCombined:\t{{}}\n"
    text = "Channel parameters for eth0:\nPre-set maximums:\n" + block.format(63)
    text += "Current hardware settings:\n" + block.format(8)
    expected = {"rx": 0, "tx": 0, "other": 1, "combined": 8, "rx_max": 0, "tx_max": 0, "other_max": 1}
    assert ethtool.channels(text, PLACE) == dict(expected, combined_max=63)


def test_coalescing_by_ioctl_has_each_field_in_its_place():
    found = ethtool.coalesce(COALESCE_BY_IOCTL, PLACE)
    assert list(found) == list(COALESCE.fields)
    assert (found["adaptive_rx"], found["adaptive_tx"]) == (True, False)
    assert (found["stats_block_usecs"], found["sample_interval"]) == (1000000, 3)
    numbers = ["pkt_rate_low", "pkt_rate_high", "rx_usecs", "rx_frames", "rx_usecs_irq", "rx_frames_irq"]
    numbers += ["tx_usecs", "tx_frames", "tx_usecs_irq", "tx_frames_irq", "rx_usecs_low", "rx_frames_low"]
    numbers += ["tx_usecs_low", "tx_frames_low", "rx_usecs_high", "rx_frames_high", "tx_usecs_high", "tx_frames_high"]
    assert [found[name] for name in numbers] == list(range(4, 22))
    assert reason(ethtool.coalesce_fields, COALESCE_BY_IOCTL) == "absent"


def test_the_low_frames_are_spelt_in_two_ways():
    plural = COALESCE_BY_IOCTL.replace("-frame-", "-frames-")
    assert ethtool.coalesce(plural, PLACE) == ethtool.coalesce(COALESCE_BY_IOCTL, PLACE)


def test_coalescing_by_netlink_has_0_for_what_the_driver_does_not_know():
    found = ethtool.coalesce(COALESCE_BY_NETLINK, PLACE)
    assert {key: value for key, value in found.items() if value} == {"rx_usecs": 6, "tx_usecs": 10}
    assert found["adaptive_rx"] is False
    assert ethtool.coalesce_fields(COALESCE_BY_NETLINK, PLACE) == ["rx_usecs", "tx_usecs"]


def test_pause_is_as_it_is_set_and_not_as_it_was_negotiated():
    text = "Pause parameters for eth0:\nAutonegotiate:\ton\nRX:\t\toff\nTX:\t\ton\n"
    for negotiated in ("RX negotiated:\ton\nTX negotiated:\toff\n", "RX negotiated: on\nTX negotiated: off\n", ""):
        assert ethtool.pause(text + negotiated, PLACE) == {"autoneg": True, "rx": False, "tx": True}


def test_features_have_the_names_of_the_kernel():
    found = ethtool.features(FEATURES, PLACE)
    assert {name: feature["active"] for name, feature in found.items()} == {
        "rx-checksum": True,
        "tx-checksum-ipv4": False,
        "tx-checksum-ip-generic": True,
        "tx-scatter-gather": True,
        "tx-scatter-gather-fraglist": False,
        "tx-tcp-segmentation": False,
        "rx-gro": True,
        "rx-lro": True,
        "rx-vlan-filter": True,
    }
    assert [name for name, feature in found.items() if feature["fixed"]] == [
        "tx-checksum-ipv4",
        "tx-scatter-gather-fraglist",
        "rx-vlan-filter",
    ]
    assert all(feature["available"] is not feature["fixed"] for feature in found.values())
    requested = {name: feature["requested"] for name, feature in found.items()}
    assert (requested["tx-tcp-segmentation"], requested["rx-lro"], requested["rx-gro"]) == (True, False, True)
    # Nobody can have asked for one that is fixed.
    assert requested["rx-vlan-filter"] is False


def test_complaints_among_the_features_are_none():
    complaint = "Cannot get device udp-fragmentation-offload settings: Operation not supported\n"
    for text in (complaint + FEATURES, FEATURES.replace("scatter-gather: on\n", complaint + "scatter-gather: on\n", 1)):
        assert ethtool.features(text, PLACE) == ethtool.features(FEATURES, PLACE)


def test_a_group_with_one_feature_stands_for_it():
    # Of RHEL 6.
    text = "Offload parameters for eth0:\nrx-checksumming: on\ntx-checksumming: on\nscatter-gather: on\n"
    text += "tcp-segmentation-offload: off\nudp-fragmentation-offload: off\ngeneric-receive-offload: on\n"
    found = {name: feature["active"] for name, feature in ethtool.features(text, PLACE).items()}
    assert found == {
        "rx-checksum": True,
        "tx-scatter-gather": True,
        "tx-tcp-segmentation": False,
        "tx-udp-fragmentation": False,
        "rx-gro": True,
    }


def test_driver_with_empty_fields_and_colons_in_them():
    text = "driver: mlx5_core\nversion: 5.0-0\nfirmware-version: 16.35.2000 (MT_0000000012): a\n"
    text += "expansion-rom-version: \nbus-info: 0000:3b:00.0\nsupports-statistics: yes\n"
    expected = {"name": "mlx5_core", "version": "5.0-0", "firmware": "16.35.2000 (MT_0000000012): a"}
    assert ethtool.driver(text, PLACE) == dict(expected, bus="0000:3b:00.0")
    empty = "driver: veth\nversion: 1.0\nfirmware-version: \nexpansion-rom-version: \nbus-info: \n"
    assert ethtool.driver(empty, PLACE) == {"name": "veth", "version": "1.0", "firmware": None, "bus": None}


def test_private_flags_are_padded():
    text = "Private flags for eth0:\nrx_cqe_moder       : on\nrx_cqe_compress    : off\nvf-true-promisc-support: off\n"
    expected = {"rx_cqe_moder": True, "rx_cqe_compress": False, "vf-true-promisc-support": False}
    assert ethtool.private_flags(text, PLACE) == expected


def test_statistics_keep_order_repeated_names_and_leading_blanks():
    found = ethtool.statistics(VMXNET3, PLACE)
    assert found[:2] == [("Tx Queue#", 0), ("  pkts tx OOB", 3)]
    assert all(isinstance(value, Counter64) for _name, value in found)
    named = meanings.annotate("vmxnet3", found)
    assert (named["Rx Queue#0 pkts rx OOB"]["value"], named["Rx Queue#1 pkts rx OOB"]["value"]) == (5, 7)


def test_statistics_whose_names_have_colons_and_blanks():
    text = "NIC statistics:\n     [0]: rx_ucast_packets: 12\n     tx_pause_storm_warning_events : 0\n"
    text += "     rx_queue_0_drops: 18446744073709551615\n"
    found = ethtool.statistics(text, PLACE)
    assert found[0] == ("[0]: rx_ucast_packets", 12)
    # As the driver wrote it: so it is in the kernel's own answer.
    assert found[1] == ("tx_pause_storm_warning_events ", 0)
    assert found[2] == ("rx_queue_0_drops", 2**64 - 1)


def test_standard_groups_are_not_the_drivers():
    text = "NIC statistics:\n     rx_packets: 1\nStandard stats for eth0:\neth-mac-FramesTransmittedOK: 1\n"
    assert ethtool.statistics(text, PLACE) == [("rx_packets", 1)]


def test_link_with_its_speed_and_with_unknown_ones():
    assert ethtool.link(PLAIN, PLACE) == {"speed_mbps": 10000, "duplex": "full", "autoneg": True, "port": "tp"}
    unknown = PLAIN.replace("10000Mb/s", "Unknown!").replace("Full\n\tPort", "Unknown! (255)\n\tPort")
    unknown = unknown.replace("Twisted Pair", "Other").replace("negotiation: on", "negotiation: off")
    expected = {"speed_mbps": None, "duplex": None, "autoneg": False, "port": "other"}
    assert ethtool.link(unknown, PLACE) == expected
    assert ethtool.link(PLAIN.replace("10000Mb/s", "65535Mb/s"), PLACE)["speed_mbps"] is None


def test_rss_counts_the_entries_of_each_queue():
    assert ethtool.rss(RSS, PLACE) == {
        "table_size": 12,
        "queues": [0, 1, 2],
        "weights": {"0": 4, "1": 4, "2": 4},
        "key_size": 4,
        "hash_function": 1,
    }
    assert ethtool.rss_queues(RSS, PLACE) == [0, 1, 2] * 4
    assert ethtool.rx_queues(RSS, PLACE) == 3


def test_rss_of_an_older_program_has_neither_key_nor_function():
    found = ethtool.rss(RSS.partition("RSS hash key")[0], PLACE)
    assert (found["table_size"], found["key_size"], found["hash_function"]) == (12, None, None)


def test_rss_without_a_table():
    text = RSS.partition("    0:")[0] + "Operation not supported\nRSS hash key:\nOperation not supported\n"
    assert reason(ethtool.rss, text) == "unsupported"
    assert ethtool.rx_queues(text, PLACE) == 3


def test_rss_without_a_key():
    text = RSS.replace("6d:5a:56:da", "Operation not supported")
    assert ethtool.rss(text, PLACE)["key_size"] == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Permanent address: 02:fc:00:00:00:01\n", "02:fc:00:00:00:01"),
        ("Permanent address: 00:00:00:00:00:00\n", None),
        ("Permanent address: not set\n", None),
    ],
)
def test_permanent_address(text, expected):
    assert ethtool.permanent_address(text, PLACE) == expected


READERS = {
    "driver": "driver: veth\nversion: 1.0\nfirmware-version: \nexpansion-rom-version: \nbus-info: \n",
    "permanent_address": "Permanent address: 02:fc:00:00:00:01\n",
    "rings": RINGS_BY_NETLINK,
    "rx_buf_len": RINGS_BY_NETLINK,
    "tcp_data_split": RINGS_BY_NETLINK,
    "channels": RINGS_BY_IOCTL.replace("RX Mini", "Other").replace("RX Jumbo", "Combined"),
    "coalesce": COALESCE_BY_IOCTL,
    "coalesce_fields": COALESCE_BY_NETLINK,
    "pause": "Pause parameters for eth0:\nAutonegotiate:\ton\nRX:\t\toff\nTX:\t\ton\n",
    "features": FEATURES,
    "private_flags": "Private flags for eth0:\nlegacy-rx   : on\n",
    "statistics": VMXNET3,
    "link": PLAIN,
    "rss": RSS,
    "rss_queues": RSS,
    "rx_queues": RSS,
}

REFUSALS = [
    "",
    "no stats available\n",
    "No private flags defined\n",
    "netlink error: Operation not supported\n",
    "netlink error: No such device\n",
    "netlink error: no device matches name (offset 24)\n",
    "Cannot get device ring settings: Operation not supported\nRing parameters for eth0:\n",
    "Channel parameters for eth0:\nCannot get device channel parameters\n: Operation not supported\n",
    "Cannot get RX ring count: Operation not supported\n",
    "Coalesce parameters for lo:\nnetlink error: Operation not supported\n",
    "Settings for eth0:\nNo data available\n",
]


@pytest.mark.parametrize("text", REFUSALS)
@pytest.mark.parametrize("reader", READERS)
def test_what_the_program_refuses_is_unsupported(reader, text):
    assert reason(getattr(ethtool, reader), text) == "unsupported"


@pytest.mark.parametrize("reader", READERS)
def test_what_the_program_may_not_ask_or_is_not_there_for(reader):
    assert reason(getattr(ethtool, reader), "Cannot get driver information: Operation not permitted\n") == "unreadable"
    assert reason(getattr(ethtool, reader), "bash: ethtool: command not found\n") == "absent"


@pytest.mark.parametrize("reader", READERS)
def test_what_is_no_output_of_it_is_malformed_with_place_and_line(reader):
    assert reason(getattr(ethtool, reader), "<html>\nsomething else\n") == "malformed"
    assert detail(getattr(ethtool, reader), "<html>\n").startswith(f"{PLACE}, line 1: expected ")


@pytest.mark.parametrize("reader", READERS)
def test_a_text_that_was_cut_off_is_malformed(reader):
    assert reason(getattr(ethtool, reader), READERS[reader].rstrip("\n")) == "malformed"


@pytest.mark.parametrize(
    ("reader", "text", "told"),
    [
        ("rings", RINGS_BY_IOCTL.replace("512", "many"), "line 8: expected a whole number of 32 bits, found 'RX:"),
        ("rings", RINGS_BY_IOCTL.replace("512", "4294967296"), "line 8: expected a whole number of 32 bits"),
        (
            "rings",
            RINGS_BY_IOCTL.replace("TX:\t\t256\n", ""),
            "expected a line 'TX:' below 'Current hardware settings:'",
        ),
        ("rings", RINGS_BY_IOCTL.replace("RX Mini", "RX"), "line 4: expected one line 'RX:' in each block"),
        ("coalesce", COALESCE_BY_IOCTL.replace("rx-usecs: 6", "rx-usecs: -6"), "line 8: expected a whole number"),
        ("coalesce", COALESCE_BY_IOCTL.replace("rx-usecs: 6\n", ""), "expected a line for rx_usecs by here"),
        ("pause", READERS["pause"].replace("off", "maybe"), "line 3: expected 'on' or 'off'"),
        ("features", FEATURES + "\ttx-what: perhaps\n", "line 14: expected a line such as 'rx-gro: on [fixed]'"),
        ("private_flags", READERS["private_flags"] + "what\n", "line 3: expected a line such as 'name : on'"),
        ("statistics", VMXNET3.replace("OOB: 5", "OOB: 0x5"), "line 7: expected a whole number of 64 bits"),
        ("statistics", VMXNET3.replace("OOB: 5", "OOB: 18446744073709551616"), "line 7: expected a whole number"),
        ("link", PLAIN.replace("10000Mb/s", "fast"), "line 5: expected a speed such as '1000Mb/s'"),
        ("link", PLAIN.replace("Duplex: Full", "Duplex: Both"), "line 6: expected 'Half', 'Full' or 'Unknown!'"),
        ("rss", RSS.replace("    8:", "    9:"), "line 3: expected the entries from 8 on"),
        ("rss", RSS.replace("6d:5a", "6d:zz"), "line 5: expected a key in hexadecimal digits"),
        ("permanent_address", "Permanent address: here\n", "line 1: expected an address in hexadecimal digits"),
    ],
)
def test_a_wrong_line_is_told_with_its_number(reader, text, told):
    with pytest.raises(Unavailable) as refusal:
        getattr(ethtool, reader)(text, PLACE)
    assert refusal.value.reason == "malformed"
    assert told in refusal.value.detail
