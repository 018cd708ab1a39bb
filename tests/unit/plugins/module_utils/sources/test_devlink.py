# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import errno
import json

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.live import this_host
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import REASONS, Gaps, Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import devlink
from ansible_collections.linuxnet.packetloss.tests.unit import fake_devlink, fake_host
from ansible_collections.linuxnet.packetloss.tests.unit.damage import damaged, truncations
from ansible_collections.linuxnet.packetloss.tests.unit.fake_devlink import (
    ARRAY,
    END,
    NAME,
    OBJECT,
    PAD,
    PAIR,
    U8,
    U32,
    U64,
    VALUE,
    VALUE_TYPE,
    FakeDevlink,
    attribute,
    encoded,
    integer,
    pairs,
    port,
    rx_diagnosis,
    tx_diagnosis,
)
from ansible_collections.linuxnet.packetloss.tests.unit.refusals import malformed

ADDRESS = "0000:01:00.0"
PF_PORT = attribute(1, b"pci\0") + attribute(2, b"0000:01:00.0\0") + attribute(3, integer(65535))
DEVICE = attribute(1, b"pci\0") + attribute(2, b"0000:01:00.0\0")


def nest(data):
    """A message of a diagnosis without its headers."""
    return attribute(106, data)


def asked(kernel, *ifindexes):
    gaps = Gaps()
    with fake_host.host("/nonexistent", devlink=kernel) as host:
        asker = devlink.Devlink(host)
        found = [asker.queues(ifindex, ADDRESS, gaps.at("devlink_queues")) for ifindex in ifindexes or (2,)]
    return found, gaps.entries


def test_queues_of_a_port():
    kernel = FakeDevlink()
    found, gaps = asked(kernel)
    completion = {"cq_entries": 1024, "cqe_bytes": 64}
    assert found == [
        {
            "rx": dict(completion, type="cyclic", wqes=1024, stride_bytes=256),
            "tx": dict(completion, wqes=1024, stride_bytes=64),
        }
    ]
    assert gaps == [] and kernel.closed
    assert kernel.asked == [("family",), ("ports",), ("rx", PF_PORT), ("tx", PF_PORT)]


def test_a_striding_queue_of_mtu_9000():
    kernel = FakeDevlink()
    kernel.diagnoses["rx"] = pairs(rx_diagnosis(kind=2, wqes=64, stride=256, entries=65536, cqe=128))
    (found,), _gaps = asked(kernel)
    assert found["rx"] == {
        "type": "striding",
        "wqes": 64,
        "stride_bytes": 256,
        "cq_entries": 65536,
        "cqe_bytes": 128,
    }


def test_ports_are_listed_once_and_a_nic_without_one_is_asked_for_by_its_address():
    other = [port(7, index=3, device="0000:02:00.1"), port(0, index=9), port(8, 0, "auxiliary", "mlx5_core.sf.4")]
    kernel = FakeDevlink(ports=other)
    asked(kernel, 2, 7, 8)
    assert [what for what, *_question in kernel.asked] == ["family", "ports"] + ["rx", "tx"] * 3
    questions = [question for what, *question in kernel.asked if what == "rx"]
    assert questions[0] == [DEVICE]
    assert questions[1] == [attribute(1, b"pci\0") + attribute(2, b"0000:02:00.1\0") + attribute(3, integer(3))]
    assert questions[2] == [attribute(1, b"auxiliary\0") + attribute(2, b"mlx5_core.sf.4\0") + attribute(3, integer(0))]


@pytest.mark.parametrize(
    "what, number, reason, detail",
    [
        ("family", errno.ENOENT, "absent", "CTRL_CMD_GETFAMILY devlink: this kernel has no such family"),
        ("family", errno.EPERM, "unreadable", "CTRL_CMD_GETFAMILY: Operation not permitted"),
        ("ports", errno.EOPNOTSUPP, "unsupported", "DEVLINK_CMD_PORT_GET: Operation not supported"),
    ],
)
def test_a_kernel_without_devlink(what, number, reason, detail):
    with pytest.raises(Unavailable) as raised:
        asked(FakeDevlink(errors={what: number}))
    assert (raised.value.reason, raised.value.detail) == (reason, detail)


@pytest.mark.parametrize(
    "number, reason",
    [
        (errno.EOPNOTSUPP, "unsupported"),  # Linux before 5.1
        (errno.EINVAL, "unsupported"),  # no reporter of that name
        (errno.EPERM, "unreadable"),
        (errno.ENODEV, "vanished"),
    ],
)
def test_a_diagnosis_that_is_refused_leaves_the_other(number, reason):
    (found,), gaps = asked(FakeDevlink(errors={"rx": number}))
    assert found["rx"] is None and found["tx"]["wqes"] == 1024
    assert [(entry["path"], entry["reason"]) for entry in gaps] == [("/devlink_queues/rx", reason)]
    assert gaps[0]["detail"].startswith("DEVLINK_CMD_HEALTH_REPORTER_DIAGNOSE rx: ")


def test_an_interface_that_is_down_has_an_empty_diagnosis():
    (found,), gaps = asked(FakeDevlink(diagnoses={"rx": b"", "tx": []}))
    assert found == {"rx": None, "tx": None}
    assert {entry["reason"] for entry in gaps} == {"absent"}
    assert "an interface that is up" in gaps[0]["detail"]


def test_a_kernel_that_does_not_answer():
    kernel = FakeDevlink()
    kernel.send = lambda data: None
    with pytest.raises(Unavailable) as raised:
        asked(kernel)
    assert raised.value.reason == "unsupported"


def test_an_answer_in_many_messages():
    """The kernel begins a new message wherever one is full: between any two attributes."""
    data = pairs(rx_diagnosis())
    pieces = []
    while data:
        length = int.from_bytes(data[:2], fake_devlink.sys.byteorder) + 3 & ~3
        pieces.append(data[:length])
        data = data[length:]
    found = devlink.parse_queue([nest(piece) for piece in pieces], "rx")
    assert (found["type"], found["wqes"], found["cq_entries"]) == ("cyclic", 1024, 1024)


def test_what_comes_after_the_common_part_is_not_looked_at():
    """A NIC of 64 queues answers with 100 KB, of which the first 300 bytes are wanted."""
    whole = pairs({"Common config": rx_diagnosis()["Common config"]})
    assert devlink.parse_queue([nest(whole + b"\1\0\1\0")], "rx")["wqes"] == 1024


def test_every_kind_of_value():
    content = {
        "number": (U64, 2**40),
        "text": "äöü",
        "bytes": b"\0\1\2",
        "yes": True,
        "list": [(U8, 1), "two", [(U32, 3)], {"four": False}],
        "nothing": {},
    }
    assert dict(devlink.diagnosis([nest(pairs(content))])) == {
        "number": 2**40,
        "text": "äöü",
        "bytes": b"\0\1\2",
        "yes": True,
        "list": [1, "two", [3], {"four": False}],
        "nothing": {},
    }


def test_the_whole_in_an_object_and_a_type_that_has_no_name_yet():
    value = attribute(VALUE_TYPE, b"\x80") + attribute(PAD) + attribute(VALUE, b"????")
    data = attribute(OBJECT) + attribute(PAIR) + attribute(NAME, b"a\0") + value + attribute(END) + attribute(END)
    assert list(devlink.diagnosis([nest(data + pairs({"b": (U8, 1)}))])) == [("a", None), ("b", 1)]


def deep(levels):
    return {"a": deep(levels - 1)} if levels else (U8, 1)


@pytest.mark.parametrize(
    "data, detail",
    [
        (attribute(NAME, b"a\0"), "expected a pair, found attribute 111"),
        (attribute(END), "expected a pair, found attribute 110"),
        (attribute(PAIR), "expected a name, found the end of the message"),
        (attribute(PAIR) + attribute(NAME, b"a\0"), "expected a value, found the end of the message"),
        (attribute(PAIR) + attribute(NAME, b"a\0") + attribute(OBJECT), "the end of an object, found the end of"),
        (attribute(PAIR) + attribute(NAME, b"a\0") + attribute(ARRAY), "expected a value, found the end of"),
        (attribute(PAIR) + attribute(NAME, b"a\0") + attribute(VALUE_TYPE, b"\1"), "expected data, found the end"),
        (attribute(PAIR) + attribute(NAME, b"a\0") + encoded("x") + attribute(PAIR), "the end of a pair, found attri"),
        (attribute(PAIR) + attribute(NAME, b"a\0") + attribute(VALUE_TYPE), "type of a value: expected at least 1"),
        (
            attribute(PAIR) + attribute(NAME, b"a\0") + attribute(VALUE_TYPE, b"\4") + attribute(VALUE, b"1234"),
            "value: expected at least 8 bytes, found 4",
        ),
        (pairs(deep(200)), "expected at most 16 nests, found more"),
        (b"\3\0\1\0", "netlink attribute at byte 0: expected a length of 4 to 4, found 3"),
    ],
)
def test_messages_that_are_no_formatted_message(data, detail):
    assert detail in malformed(lambda: list(devlink.diagnosis([nest(data)])))


@pytest.mark.parametrize(
    "config, detail",
    [
        ((U8, 1), "expected an object RQ, found None"),
        ({}, "expected an object RQ, found None"),
        ({"RQ": "x" * 5000}, "expected an object RQ, found 'xxx"),
        ({"RQ": {"size": (U32, 1024)}}, "expected an object CQ, found None"),
        ({"RQ": {"size": "many", "CQ": {}}}, "expected a number 'size' above 0, found 'many'"),
        ({"RQ": {"size": True, "CQ": {}}}, "expected a number 'size' above 0, found True"),
        ({"RQ": {"size": (U32, 0), "CQ": {}}}, "expected a number 'size' above 0, found 0"),
        (rx_diagnosis(kind=3)["Common config"], "expected type 1 or 2, found 3"),
    ],
)
def test_a_diagnosis_that_says_something_else(config, detail):
    found = malformed(lambda: devlink.parse_queue([nest(pairs({"Common config": config}))], "rx"))
    assert found.startswith("devlink health rx: ") and detail in found and len(found) <= 200


@pytest.mark.parametrize("side, content", [("rx", rx_diagnosis()), ("tx", tx_diagnosis())])
def test_damage_is_told_and_never_a_zero(chance, side, content):
    good = pairs(content)
    right = devlink.parse_queue([nest(good)], side)
    spoiled = truncations(good, chance) + [damaged(good, chance) for _time in range(400)]
    for data in spoiled:
        gaps = Gaps()
        found = gaps.attempt("queue", devlink.parse_queue, [nest(chance.tried(data))], side)
        if found is None:
            assert gaps.entries[0]["reason"] in REASONS and len(gaps.entries[0]["detail"]) <= 300
        else:
            assert set(found) == set(right) and 0 not in found.values() and None not in found.values()
        json.dumps([found, gaps.entries])


# The kernel of this machine.


def test_a_family_that_every_kernel_has():
    with this_host() as host:
        assert any(b"nlctrl\0" in body for body in host.netlink.family("nlctrl").dump("CTRL_CMD_GETFAMILY", 3))


def test_a_family_that_no_kernel_has():
    with this_host() as host, pytest.raises(Unavailable) as raised:
        host.netlink.family("nothing-of-it").dump("NOTHING", 1)
    assert raised.value.reason == "absent"


def test_a_device_that_is_not_there():
    gaps = Gaps()
    with this_host() as host:
        try:
            found = devlink.Devlink(host).queues(2**30, "ffff:ff:1f.7", gaps)
        except Unavailable as error:
            pytest.skip(f"this kernel has no devlink: {error}")
    assert found == {"rx": None, "tx": None}
    assert {entry["reason"] for entry in gaps.entries} <= {"vanished", "unreadable", "absent"}
