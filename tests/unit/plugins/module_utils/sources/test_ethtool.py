# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import errno
import os
import shutil
import socket
import time

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host import ioctl
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.host import Host
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.ioctl import Ioctl
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.live import this_host
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import ethtool
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.counter import Counter64
from ansible_collections.linuxnet.packetloss.tests.unit import netns
from ansible_collections.linuxnet.packetloss.tests.unit.fake_devlink import attribute, integer
from ansible_collections.linuxnet.packetloss.tests.unit.fake_ethtool import Coalesce, FakeEthtool, Ifreq, LinkSettings
from ansible_collections.linuxnet.packetloss.tests.unit.fake_host import Lacking
from ansible_collections.linuxnet.packetloss.tests.unit.refusals import malformed

QUESTIONS = (
    "driver",
    "rings",
    "channels",
    "coalesce",
    "pause",
    "features",
    "private_flags",
    "statistics",
    "link",
    "rss",
)


def of(fake, netlink=None):
    """A host of which only the drivers can be asked, and generic netlink if given."""
    return Host(Lacking(), Lacking(), Lacking(), Ioctl(fake), netlink or Lacking())


def ask(question, description, name="eth0", **options):
    with of(FakeEthtool({"eth0": description}, **options)) as host:
        return getattr(ethtool, question)(host, name)


def test_rings():
    rings = {
        "rx_max_pending": 8192,
        "rx_mini_max_pending": 11,
        "rx_jumbo_max_pending": 12,
        "tx_max_pending": 4096,
        "rx_pending": 512,
        "rx_mini_pending": 1,
        "rx_jumbo_pending": 2,
        "tx_pending": 256,
    }
    assert ask("rings", {"rings": rings}) == {
        "rx": 512,
        "rx_max": 8192,
        "rx_mini": 1,
        "rx_mini_max": 11,
        "rx_jumbo": 2,
        "rx_jumbo_max": 12,
        "tx": 256,
        "tx_max": 4096,
    }


class Family:
    """Stands in for the generic netlink family ethtool, and for all of netlink."""

    def __init__(self, *answers):
        self.answers = answers
        self.asked = []

    def family(self, name):
        assert name == "ethtool"
        return self

    def ask(self, *question):
        self.asked.append(question)
        return self.answers

    def close(self):
        self.asked.append("closed")


def test_the_queues_of_ntuple_rules():
    # Queue 2 twice; queue 5 of a VF; a rule that discards.
    rules = {3: 2, 7: 2, 8: 0, 9: 1 << 32 | 5, 1000: 2**64 - 1}
    assert ask("steered_queues", {"rules": rules}) == [0, 2]
    assert ask("steered_queues", {"rules": {}}) == []
    with pytest.raises(Unavailable) as raised:
        ask("steered_queues", {})
    assert raised.value.reason == "unsupported"


def test_coalesce_of_each_queue():
    counted = dict.fromkeys(("max_rx", "max_tx", "max_other", "max_combined", "rx_count", "other_count"), 0)
    description = {
        "channels": dict(counted, combined_count=33, tx_count=1),
        "queue_coalesce": [{"rx_coalesce_usecs": queue, "use_adaptive_tx_coalesce": queue % 2} for queue in range(34)],
    }
    found = ask("coalesce_of_queues", description)
    assert list(found) == [str(queue) for queue in range(34)]
    assert [found["33"][key] for key in ("rx_usecs", "tx_usecs", "adaptive_rx", "adaptive_tx")] == [33, 0, False, True]
    with pytest.raises(Unavailable):
        ask("coalesce_of_queues", {"channels": description["channels"]})
    with pytest.raises(Unavailable, match="ETHTOOL_GCHANNELS eth0: expected at most 4096 queues, found 4097"):
        ask("coalesce_of_queues", dict(description, channels=dict(counted, combined_count=4097, tx_count=0)))


def test_the_fields_of_coalescing_are_asked_by_netlink():
    family = Family(attribute(1, attribute(2, b"eth0\0")) + attribute(6, integer(3)) + attribute(11, b"\0"))
    with of(FakeEthtool({}), family) as host:
        assert ethtool.coalesce_fields(host, "eth0") == ["tx_usecs", "adaptive_rx"]
    assert family.asked[0] == ("ETHTOOL_MSG_COALESCE_GET eth0", 19, attribute(0x8001, attribute(2, b"eth0\0")))


def rx_buf_len(family, name="eth0"):
    with of(FakeEthtool({}), family) as host:
        return ethtool.rx_buf_len(host, name)


def test_rx_buf_len_is_asked_by_netlink():
    family = Family(attribute(1, attribute(2, b"eth0\0")) + attribute(6, integer(1024)) + attribute(10, integer(4096)))
    assert rx_buf_len(family) == 4096
    question = attribute(0x8001, attribute(2, b"eth0\0"))
    assert family.asked == [("ETHTOOL_MSG_RINGS_GET eth0", 15, question), "closed"]


@pytest.mark.parametrize("answers", [(), (b"",), (attribute(10, integer(0)),)])
def test_rx_buf_len_of_a_driver_without_a_choice(answers):
    with pytest.raises(Unavailable) as raised:
        rx_buf_len(Family(*answers))
    assert raised.value.reason == "absent"
    assert raised.value.detail == "ETHTOOL_MSG_RINGS_GET eth0: the driver tells no length of its buffers"


def test_a_malformed_rx_buf_len():
    assert "expected at least 4 bytes, found 2" in malformed(rx_buf_len, Family(attribute(10, b"12")))


def tcp_data_split(family, name="eth0"):
    with of(FakeEthtool({}), family) as host:
        return ethtool.tcp_data_split(host, name)


@pytest.mark.parametrize("told, split", [(1, False), (2, True)])
def test_tcp_data_split_is_asked_by_netlink(told, split):
    family = Family(attribute(6, integer(1024)) + attribute(11, bytes([told])))
    assert tcp_data_split(family) is split
    question = attribute(0x8001, attribute(2, b"eth0\0"))
    assert family.asked == [("ETHTOOL_MSG_RINGS_GET eth0", 15, question), "closed"]


@pytest.mark.parametrize("answers", [(), (b"",), (attribute(11, b"\0"),), (attribute(11, b"\7"),)])
def test_a_driver_that_does_not_tell_whether_it_splits_data(answers):
    with pytest.raises(Unavailable) as raised:
        tcp_data_split(Family(*answers))
    assert raised.value.reason == "absent"
    assert raised.value.detail == (
        "ETHTOOL_MSG_RINGS_GET eth0: the driver does not tell whether it splits data from headers"
    )


def test_rx_buf_len_of_an_interface_of_this_machine_that_is_not_there():
    with this_host() as host, pytest.raises(Unavailable) as raised:
        ethtool.rx_buf_len(host, "nosuchnic")
    assert raised.value.reason in ("vanished", "absent")  # absent: Linux before 5.6


def test_channels():
    channels = {
        "max_rx": 1,
        "max_tx": 2,
        "max_other": 3,
        "max_combined": 64,
        "rx_count": 5,
        "tx_count": 6,
        "other_count": 7,
        "combined_count": 8,
    }
    assert ask("channels", {"channels": channels}) == {
        "rx": 5,
        "rx_max": 1,
        "tx": 6,
        "tx_max": 2,
        "other": 7,
        "other_max": 3,
        "combined": 8,
        "combined_max": 64,
    }


def test_coalesce_has_all_fields_each_in_its_place():
    fields = [name for name, _type in Coalesce._fields_[1:]]
    found = ask("coalesce", {"coalesce": {name: place for place, name in enumerate(fields, 100)}})
    short = [
        name.replace("use_adaptive", "adaptive")
        .replace("_max_coalesced_frames", "_frames")
        .replace("_coalesce", "")
        .replace("rate_sample", "sample")
        for name in fields
    ]
    assert len(found) == 22
    expected = {name: place for place, name in enumerate(short, 100)}
    expected.update(adaptive_rx=True, adaptive_tx=True)
    assert found == expected
    assert ask("coalesce", {"coalesce": {}})["adaptive_rx"] is False


def test_pause():
    pause = {"autoneg": 1, "rx_pause": 0, "tx_pause": 1}
    assert ask("pause", {"pause": pause}) == {"autoneg": True, "rx": False, "tx": True}


def test_driver():
    driver = {"driver": b"mlx5_core", "version": b"6.1.0", "fw_version": b"16.35 (MT_08)", "bus_info": b"0000:3b:00.0"}
    found = ask("driver", {"driver": driver})
    assert found == {"name": "mlx5_core", "version": "6.1.0", "firmware": "16.35 (MT_08)", "bus": "0000:3b:00.0"}


def test_driver_text_that_is_full_empty_or_no_utf8():
    found = ask("driver", {"driver": {"driver": b"x" * 32, "version": b"\xff\xfe", "fw_version": b""}})
    assert found == {"name": "x" * 32, "version": "\ufffd\ufffd", "firmware": None, "bus": None}


@pytest.mark.parametrize(
    "address, expected",
    [
        (bytes.fromhex("02fc00a1b2c3"), "02:fc:00:a1:b2:c3"),
        (bytes(range(20)), ":".join(f"{byte:02x}" for byte in range(20))),
        (bytes(6), None),
        (b"", None),
    ],
)
def test_permanent_address(address, expected):
    assert ask("permanent_address", {"permanent_address": address}) == expected


def test_features_over_more_than_one_word():
    features = [("", False, False, False, False)] * 70
    features[0] = ("tx-scatter-gather", True, True, True, False)
    features[31] = ("highdma", False, False, True, False)
    features[32] = ("rx-gro-hw", True, True, False, False)
    features[69] = ("netns-local", True, False, False, True)
    assert ask("features", {"features": features}) == {
        "tx-scatter-gather": {"active": True, "requested": True, "available": True, "fixed": False},
        "highdma": {"active": True, "requested": False, "available": False, "fixed": True},
        "rx-gro-hw": {"active": False, "requested": True, "available": True, "fixed": False},
        "netns-local": {"active": False, "requested": False, "available": True, "fixed": True},
    }


def test_private_flags():
    description = {"private_flags": ["legacy-rx", "disable-fw-lldp", "total-port-shutdown"]}
    description["private_flag_bits"] = {"data": 0b101}
    found = ask("private_flags", description)
    assert found == {"legacy-rx": True, "disable-fw-lldp": False, "total-port-shutdown": True}
    assert list(found) == description["private_flags"]


def test_a_driver_that_has_the_set_but_no_flag_in_it():
    assert ask("private_flags", {"private_flags": [], "private_flag_bits": {"data": 0}}) == {}


def test_statistics_keep_order_repeated_names_and_64_bits():
    statistics = [
        ("Tx Queue#", 0),
        ("  TSO pkts tx", 5),
        ("Tx Queue#", 1),
        ("  TSO pkts tx", 2**64 - 1),
        ("x" * 32, 7),
        ("", 9),
    ]
    found = ask("statistics", {"statistics": statistics})
    assert found == statistics
    assert {type(value) for _name, value in found} == {Counter64}


def test_no_statistics_is_an_empty_list_and_no_set_is_unsupported():
    assert ask("statistics", {"statistics": []}) == []
    with pytest.raises(Unavailable) as raised:
        ask("statistics", {})
    assert raised.value.reason == "unsupported"
    assert raised.value.detail == "ETHTOOL_GSSET_INFO eth0: the driver has no statistics"


@pytest.mark.parametrize("checks_size", [False, True])
@pytest.mark.parametrize("when", [0x1B, 0x1D])
def test_statistics_that_grow_while_they_are_read_are_read_again(checks_size, when):
    fake = FakeEthtool({"eth0": {"statistics": [("a", 1)]}}, checks_size)

    def grow_once(fake, command):
        if command == when and fake.commands.count(when) == 1:
            fake.interfaces["eth0"]["statistics"].extend((f"b{number}", number) for number in range(2000))

    fake.before = grow_once
    with of(fake) as host:
        found = ethtool.statistics(host, "eth0")
    assert len(found) == 2001
    assert found[2000] == ("b1999", 1999)


def test_statistics_that_never_stop_growing_are_vanished():
    fake = FakeEthtool({"eth0": {"statistics": [("a", 1)]}})
    fake.before = lambda fake, command: fake.interfaces["eth0"]["statistics"].append(("b", 2))
    with of(fake) as host, pytest.raises(Unavailable) as raised:
        ethtool.statistics(host, "eth0")
    assert raised.value.reason == "vanished"
    assert raised.value.detail == "ETHTOOL_GSTRINGS eth0: the number of entries changed during each of 3 readings"


@pytest.mark.parametrize(
    "speed, expected", [(25000, 25000), (400000, 400000), (0, None), (0xFFFF, None), (0xFFFFFFFF, None)]
)
def test_link_speed(speed, expected):
    link = {"speed": speed, "duplex": 1, "port": 3, "autoneg": 1}
    found = ask("link", {"link": link})
    assert found == {"speed_mbps": expected, "duplex": "full", "autoneg": True, "port": "fibre"}


@pytest.mark.parametrize("duplex, expected", [(0, "half"), (1, "full"), (0xFF, None)])
def test_link_duplex(duplex, expected):
    assert ask("link", {"link": {"duplex": duplex}})["duplex"] == expected


@pytest.mark.parametrize("port, expected", [(0, "tp"), (5, "da"), (0xEF, "none"), (0xFF, "other"), (77, None)])
def test_link_port(port, expected):
    assert ask("link", {"link": {"port": port}})["port"] == expected


@pytest.mark.parametrize("words", [-128, 0, 1, 127])
def test_a_link_with_a_number_of_words_that_no_kernel_has(words):
    """It is minus the number, in a signed byte: -128 has no opposite in it."""
    fake = FakeEthtool({"eth0": {"link": {}}})

    def lying(descriptor, number, ifreq):
        fake(descriptor, number, ifreq)
        LinkSettings.from_address(Ifreq.from_buffer_copy(ifreq).ifr_data).link_mode_masks_nwords = words

    with of(lying) as host:
        detail = malformed(ethtool.link, host, "eth0")
    assert detail.startswith("ETHTOOL_GLINKSETTINGS eth0: expected minus the number of words of a mask, at most 127")
    assert detail.endswith(f"found {words}")


def test_rss():
    table = [0, 1, 2, 3] * 16 + [7] * 64
    found = ask("rss", {"rxfh": {"table": table, "key": b"k" * 40, "hfunc": 2}})
    assert found == {
        "table_size": 128,
        "queues": [0, 1, 2, 3, 7],
        "weights": {"0": 16, "1": 16, "2": 16, "3": 16, "7": 64},
        "key_size": 40,
        "hash_function": 2,
    }


def test_what_only_those_ask_who_set_it():
    bits = {flow: 0x30 | 0xC0 * (flow < 6) for flow in (1, 2, 5, 6)}
    with of(FakeEthtool({"eth0": {"rxfhindir": [2, 0, 1, 2], "rx_rings": 3, "hashed": bits}})) as host:
        assert ethtool.rss_queues(host, "eth0") == [2, 0, 1, 2]
        assert ethtool.rx_queues(host, "eth0") == 3
        assert [ethtool.hashed_fields(host, "eth0", flow) for flow in ("tcp4", "udp6")] == ["sdfn", "sd"]
        with pytest.raises(Unavailable, match="ETHTOOL_GRXFH eth0: Invalid argument"):
            ethtool.hashed_fields(host, "eth0", "sctp4")


@pytest.mark.parametrize("rxfh", [None, {"table": [], "key": b"k" * 40, "hfunc": 1}])
def test_rss_by_the_older_question(rxfh):
    description = {"rxfhindir": [0, 1, 1, 1]}
    if rxfh:
        description["rxfh"] = rxfh
    found = ask("rss", description)
    assert found["weights"] == {"0": 1, "1": 3}
    assert found["key_size"] is None
    assert found["hash_function"] is None


def test_a_table_without_entries_is_no_table():
    with pytest.raises(Unavailable) as raised:
        ask("rss", {"rxfhindir": []})
    assert raised.value.reason == "unsupported"
    assert raised.value.detail == "ETHTOOL_GRXFHINDIR eth0: the device has no indirection table"


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize(
    "number, reason, text",
    [
        (errno.EOPNOTSUPP, "unsupported", "Operation not supported"),
        (errno.EPERM, "unreadable", "Operation not permitted"),
        (errno.ENODEV, "vanished", "No such device"),
    ],
)
def test_errors(question, number, reason, text):
    errors = dict.fromkeys(range(0x80), number)
    with pytest.raises(Unavailable) as raised:
        ask(question, {"errors": errors})
    assert raised.value.reason == reason
    assert raised.value.detail.startswith("ETHTOOL_G")
    assert raised.value.detail.endswith(" eth0: " + text)


def test_an_error_names_its_command():
    with pytest.raises(Unavailable) as raised:
        ask("rings", {})
    assert raised.value.detail == "ETHTOOL_GRINGPARAM eth0: Operation not supported"


@pytest.mark.parametrize(
    "name",
    ["", "sixteen-bytes-xx", "a/b", "../eth0", "eth0:1", "eth 0", "eth0\n", "eth0\0", "\u00e9" * 8, "\udc80" * 6],
)
def test_what_cannot_be_a_name_is_not_asked(name):
    fake = FakeEthtool({})
    with of(fake) as host, pytest.raises(Unavailable) as raised:
        ethtool.rings(host, name)
    assert raised.value.reason == "absent"
    assert "is not the name of an interface: expected 1 to 15 bytes" in raised.value.detail
    assert not fake.commands


@pytest.mark.parametrize("name", ["x" * 15, "eth0.100", "wlp2s0-mon", "\u00e9" * 7])
def test_names_that_are_asked(name):
    fake = FakeEthtool({name: {"pause": {}}})
    with of(fake) as host:
        assert ethtool.pause(host, name) == {"autoneg": False, "rx": False, "tx": False}


def test_a_kernel_without_ipv4_is_asked_over_netlink(monkeypatch):
    real = socket.socket

    def without_ipv4(family, *args):
        if family == socket.AF_INET:
            raise OSError(errno.EAFNOSUPPORT, os.strerror(errno.EAFNOSUPPORT))
        return real(family, *args)

    monkeypatch.setattr(ioctl.socket, "socket", without_ipv4)
    with this_host() as host:
        assert ethtool.features(host, "lo")["loopback"]["fixed"] is True


def test_no_socket_at_all_is_unavailable(monkeypatch):
    def refused(*_args):
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr(ioctl.socket, "socket", refused)
    with this_host() as host, pytest.raises(Unavailable) as raised:
        ethtool.rings(host, "lo")
    assert raised.value.detail == "socket AF_INET: Too many open files"


def test_three_thousand_statistics_are_cheap():
    statistics = [(f"rx_queue_{number}_some_counter", number) for number in range(3000)]
    fake = FakeEthtool({"eth0": {"statistics": statistics}})
    inside = []

    def timed(*args):
        start = time.process_time()
        fake(*args)
        inside.append(time.process_time() - start)

    with of(timed) as host:
        rounds = []
        for _round in range(5):
            del inside[:]
            start = time.process_time()
            assert len(ethtool.statistics(host, "eth0")) == 3000
            rounds.append(time.process_time() - start - sum(inside))
    # About 2 ms on Python 3.11; the bound leaves room for a slow machine, not for a quadratic mistake.
    assert min(rounds) < 0.02


def test_live_loopback():
    with this_host() as host:
        assert ethtool.features(host, "lo")["loopback"] == {
            "active": True,
            "requested": False,
            "available": False,
            "fixed": True,
        }
        for question in set(QUESTIONS) - {"features", "link"}:
            with pytest.raises(Unavailable) as raised:
                getattr(ethtool, question)(host, "lo")
            assert raised.value.reason == "unsupported"
        with pytest.raises(Unavailable) as raised:
            ethtool.rings(host, "no-such-nic")
    assert raised.value.reason == "vanished"
    assert raised.value.detail == "ETHTOOL_GRINGPARAM no-such-nic: No such device"


def physical_nics():
    root = "/sys/class/net"
    return [name for name in sorted(os.listdir(root)) if os.path.exists(os.path.join(root, name, "device"))]


@pytest.mark.parametrize("name", physical_nics() or [pytest.param("", marks=pytest.mark.skip("no physical NIC"))])
def test_live_physical_nic_agrees_with_sysfs(name):
    """Read only: this is the machine's own uplink."""
    with this_host() as host:
        driver = ethtool.driver(host, name)
        device = os.path.realpath(os.path.join("/sys/class/net", name, "device"))
        assert driver["name"] == os.path.basename(os.path.realpath(os.path.join(device, "driver")))
        assert driver["bus"] in device
        statistics = ethtool.statistics(host, name)
        assert statistics
        assert all(key.isprintable() for key, _value in statistics)
        assert any(feature["active"] for feature in ethtool.features(host, name).values())


needs_netns = pytest.mark.skipif(bool(netns.refusal()), reason=str(netns.refusal()))


def veth_pair():
    netns.batch(
        "ip",
        "link add left numrxqueues 4 numtxqueues 3 type veth peer name right numrxqueues 2 numtxqueues 2",
        "link set left up",
        "link set right up",
    )


@needs_netns
def test_live_veth():
    questions = ("driver", "channels", "statistics", "link", "permanent_address")

    def look():
        veth_pair()
        with this_host() as host:
            return {name: getattr(ethtool, name)(host, "left") for name in questions}

    found = netns.in_own_netns(look)
    assert found["driver"]["name"] == "veth"
    assert found["driver"]["bus"] is None
    assert found["permanent_address"] is None
    channels = found["channels"]
    assert (channels["rx"], channels["rx_max"], channels["tx"], channels["tx_max"]) == (4, 4, 3, 3)
    assert (channels["combined"], channels["combined_max"]) == (0, 0)
    assert found["link"] == {"speed_mbps": 10000, "duplex": "full", "autoneg": False, "port": "tp"}
    names = [name for name, _value in found["statistics"]]
    assert names[0] == "peer_ifindex"
    assert "rx_queue_3_drops" in names


@needs_netns
@pytest.mark.skipif(not shutil.which("ethtool"), reason="ethtool, to compare with, is not installed")
def test_live_veth_as_ethtool_prints_it():
    def look():
        veth_pair()
        with this_host() as host:
            return (
                ethtool.features(host, "left"),
                netns.run("ethtool -k left"),
                ethtool.statistics(host, "left"),
                netns.run("ethtool -S left"),
            )

    features, printed_features, statistics, printed_statistics = netns.in_own_netns(look)
    rows = [line.partition(":")[0].strip() for line in printed_statistics.splitlines()[1:]]
    assert rows == [name for name, _value in statistics]
    printed = dict(line.strip().split(": ") for line in printed_features.splitlines()[1:])
    for name, feature in features.items():
        if name in printed:
            assert printed[name].startswith("on" if feature["active"] else "off"), name
            assert ("[fixed]" in printed[name]) == feature["fixed"], name
