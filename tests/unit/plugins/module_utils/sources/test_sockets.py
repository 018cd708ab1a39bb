# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.interval import Difference
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Gaps, Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import sockets
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.counter import Counter32
from ansible_collections.linuxnet.packetloss.tests.unit import fake_host
from ansible_collections.linuxnet.packetloss.tests.unit.refusals import malformed

UDP = "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops             \n"  # noqa: E501
RAW = UDP.replace("   sl", "  sl").rstrip() + "\n"
ANY6 = "00000000000000000000000000000000"


def row(inode, drops, local="0100007F:0035", remote="00000000:0000", rx="00000000", uid=0, pointer="00000000bd1347c1"):
    text = f" 2627: {local} {remote} 07 00000000:{rx} 00:00000000 00000000 {uid:5d} 0 {inode} 2 {pointer} {drops}"
    return text.ljust(127) + "\n"


@pytest.mark.parametrize(
    "text, byteorder, expected",
    [
        ("0100007F:0035", "little", "127.0.0.1:53"),
        ("7F000001:0035", "big", "127.0.0.1:53"),
        ("020200C0:1389", "little", "192.0.2.2:5001"),
        ("00000000:0000", "little", "0.0.0.0:0"),
        (ANY6 + ":14E9", "little", "[::]:5353"),
        ("00000000000000000000000001000000:0035", "little", "[::1]:53"),
        ("00000000000000000000000000000001:0035", "big", "[::1]:53"),
        ("B80D0120000000000000000001000000:0035", "little", "[2001:db8::1]:53"),
        ("20010DB8000000000000000000000001:0035", "big", "[2001:db8::1]:53"),
        # an IPv4 peer of an IPv6 socket
        ("0000000000000000FFFF00000100007F:0035", "little", "[::ffff:127.0.0.1]:53"),
    ],
)
def test_endpoint(text, byteorder, expected):
    assert sockets.endpoint(text, byteorder) == expected


@pytest.mark.parametrize("text", ["", "0100007F", "0100007F:", "0100007:0035", "-100007F:0035", "0100007F00:1", "zz:1"])
def test_endpoint_malformed(text):
    with pytest.raises(ValueError):
        sockets.endpoint(text, "little")


def test_table_keeps_the_row_of_the_losers_only():
    table = sockets.parse_table(UDP + row(11, 0) + row(12, 7) + row(13, 0, pointer="(____ptrval____)"), "udp")
    assert set(table) == {11, 12, 13}
    assert table[11] is None and table[13] is None
    assert table[12].split()[12] == "7"


def test_table_without_sockets():
    assert sockets.parse_table(RAW, "raw") == {}


@pytest.mark.parametrize(
    "text, reason",
    [
        ("", "malformed"),
        ("garbage\n", "malformed"),
        (UDP.replace(" drops", ""), "absent"),
        (UDP + "12: 0100007F:0035\n", "malformed"),
        (UDP + row("x", 1), "malformed"),
        (UDP + row(5, "many"), "malformed"),
        (UDP + row(5, 1).rstrip() + " 00\n" + "2627: 01000\n", "malformed"),
    ],
)
def test_table_malformed(text, reason):
    with pytest.raises(Unavailable) as caught:
        sockets.parse_table(text, "/proc/net/udp")
    assert caught.value.reason == reason
    assert caught.value.detail.startswith("/proc/net/udp: ")


def test_row():
    assert sockets.parse_row(row(222659, 19908, "020200C0:1389", rx="00033C00", uid=33), "udp", "little") == {
        "protocol": "udp",
        "local": "192.0.2.2:5001",
        "remote": "0.0.0.0:0",
        "inode": 222659,
        "uid": 33,
        "drops": 19908,
        "rx_queue_bytes": 0x33C00,
    }


def test_drops_printed_as_a_negative_number_are_32_bits():
    assert sockets.parse_row(row(1, -2), "udp", "little")["drops"] == 2**32 - 2


@pytest.mark.parametrize("text", ["", row(1, 1, local="1:2"), row(1, 1, rx="xyz"), row(1, 1).rstrip() + " 1"])
def test_row_malformed(text):
    malformed(sockets.parse_row, text, "udp", "little")


def test_sockstat():
    text = "sockets: used 16\nTCP: inuse 1 orphan 0 tw 2 alloc 1 mem 66\nUDP: inuse 3 mem 9\nFRAG: inuse 0 memory 0\n"
    assert sockets.parse_sockstat(text, "x") == {
        "sockets": {"used": 16},
        "TCP": {"inuse": 1, "orphan": 0, "tw": 2, "alloc": 1, "mem": 66},
        "UDP": {"inuse": 3, "mem": 9},
        "FRAG": {"inuse": 0, "memory": 0},
    }


@pytest.mark.parametrize("text", ["", "TCP: inuse\n", "TCP inuse 1\n", "TCP: inuse one\n", "\n"])
def test_sockstat_malformed(text):
    malformed(sockets.parse_sockstat, text, "/proc/net/sockstat")


def part(**tables):
    """A sample with these tables."""
    drops = {protocol: sockets.parse_table(UDP + text, protocol) for protocol, text in tables.items()}
    return {"drops": drops or None, "byte_order": "little", "sockstat": {"UDP": {"mem": 1}}, "sockstat6": None}


def deltas(before, after):
    """{key: delta} of the sockets of two samples."""
    rows = Difference(10.0).of(*sockets.comparable(before, after, {}, Gaps()))["drops"]
    return {key: document["drops"]["delta"] for key, document in rows.items()}


def test_delta_of_each_kind_of_socket():
    before = part(udp=row(1, 5) + row(2, 0) + row(3, 40) + row(5, 9) + row(6, 0) + row(7, 2**32 - 1))
    after = part(udp=row(1, 8) + row(2, 30) + row(4, 70) + row(5, 9) + row(6, 0) + row(7, 5))
    assert deltas(before, after) == {
        "udp 127.0.0.1:53 inode 1": 3,
        "udp 127.0.0.1:53 inode 2": 30,  # was there, without a drop
        "udp 127.0.0.1:53 inode 4": None,  # was not there: new, or not printed the first time
        "udp 127.0.0.1:53 inode 5": 0,
        "udp 127.0.0.1:53 inode 7": 6,  # 32 bits
    }


def test_the_same_inode_in_another_table_is_another_socket():
    assert deltas(part(udp=row(1, 0)), part(udp6=row(1, 5, ANY6 + ":0035", ANY6 + ":0000"))) == {
        "udp6 [::]:53 inode 1": None
    }


def test_table_that_could_not_be_read_before():
    assert deltas(part(raw=""), part(udp=row(1, 5))) == {"udp 127.0.0.1:53 inode 1": None}
    assert deltas(part(), part(udp=row(1, 5))) == {"udp 127.0.0.1:53 inode 1": None}


def test_no_table_could_be_read_after():
    before, after = sockets.comparable(part(udp=row(1, 5)), part(), {}, Gaps())
    assert before["drops"] is None and after["drops"] is None
    assert after["sockstat"] == {"UDP": {"mem": 1}}


def test_document_has_the_counter_and_the_rest_of_the_sample():
    _before, after = sockets.comparable(part(udp=""), part(udp=row(1, 5)), {}, Gaps())
    assert isinstance(after["drops"]["udp 127.0.0.1:53 inode 1"]["drops"], Counter32)
    assert after["drops_not_listed"] == 0
    assert after["sockstat"] == {"UDP": {"mem": 1}}


def test_of_many_sockets_those_that_lost_most_are_listed():
    extra = 7
    inodes = range(1, sockets.SOCKETS_MAX + extra + 1)
    before = part(udp="".join(row(inode, 1000000 - inode) for inode in inodes))
    after = part(udp="".join(row(inode, 1000000 + inode) for inode in inodes))
    _before, document = sockets.comparable(before, after, {}, Gaps())
    assert sorted(entry["inode"] for entry in document["drops"].values()) == list(inodes)[extra:]
    assert document["drops_not_listed"] == extra


def test_malformed_row_is_a_gap():
    gaps = Gaps()
    after = part(udp=row(1, 5) + row(2, 5, local="nonsense"))
    _before, document = sockets.comparable(part(udp=""), after, {}, gaps.at("sockets"))
    assert set(document["drops"]) == {"udp 127.0.0.1:53 inode 1"}
    assert [(gap["path"], gap["reason"]) for gap in gaps.entries] == [("/sockets/drops", "malformed")]


def test_sample(host):
    gaps = Gaps()
    reader = host(
        {"/proc/net/udp": UDP + row(1, 5), "/proc/net/raw": RAW, "/proc/net/sockstat": "UDP: inuse 1 mem 2\n"}
    )
    found = sockets.sample(reader, gaps.at("sockets"))
    assert set(found["drops"]) == {"udp", "raw"}
    assert found["sockstat"] == {"UDP": {"inuse": 1, "mem": 2}}
    assert found["sockstat6"] is None
    assert [(gap["path"], gap["reason"], gap["detail"].split(":")[0]) for gap in gaps.entries] == [
        ("/sockets/drops", "absent", "/proc/net/raw6"),
        ("/sockets/drops", "absent", "/proc/net/udp6"),
        ("/sockets/sockstat6", "absent", "/proc/net/sockstat6"),
    ]


def test_sample_of_a_host_that_shows_nothing(host):
    found = sockets.sample(host({}), Gaps())
    assert (found["drops"], found["sockstat"], found["sockstat6"]) == (None, None, None)


def test_addresses_of_a_byte_order_that_nothing_tells_are_not_read(tmp_path):
    (tmp_path / "proc/net").mkdir(parents=True)
    (tmp_path / "proc/net/udp").write_text(UDP + row(1, 5))
    gaps = Gaps()
    assert sockets.sample(fake_host.files_only(tmp_path), gaps.at("sockets"))["drops"] is None
    assert [gap["detail"] for gap in gaps.entries if gap["path"] == "/sockets/drops"] == [
        "this host is a capture: it has files only"
    ]


def test_sockets_that_lost_something_get_their_processes():
    gaps = Gaps()
    before, after = part(udp=row(1, 5) + row(2, 5) + row(3, 5)), part(udp=row(1, 6) + row(2, 6) + row(3, 5))
    owners = {1: {"pid": 20, "command": "named"}, 2: Unavailable("absent", "the kernel's own")}
    _before, document = sockets.comparable(before, after, owners, gaps.at("sockets"))
    one, two, three = (document["drops"][f"udp 127.0.0.1:53 inode {inode}"] for inode in (1, 2, 3))
    assert one["processes"] == [{"pid": 20, "command": "named"}]
    assert two["processes"] is None
    assert "processes" not in three
    assert [(gap["path"], gap["reason"]) for gap in gaps.entries] == [
        ("/sockets/drops/udp 127.0.0.1:53 inode 2/processes", "absent")
    ]


@pytest.mark.parametrize(
    "before, after, lost",
    [
        (part(udp=row(1, 5)), part(udp=row(1, 5)), set()),  # its drops are from before
        (part(udp=row(1, 5)), part(udp=row(1, 6)), {1}),
        (part(udp=row(1, 0)), part(udp=row(1, 6)), {1}),
        (part(udp=row(1, 2**32 - 1)), part(udp=row(1, 0)), set()),  # none is kept of a socket without drops
        (part(udp=row(1, 2**32 - 1)), part(udp=row(1, 4)), {1}),
        (part(udp=""), part(udp=row(1, 6)), set()),  # it may be new, and its drops as well
        (part(), part(udp=row(1, 6)), set()),
        (part(udp=row(1, 6)), part(), set()),
    ],
)
def test_growth_alone_is_a_reason_to_look_for_processes(before, after, lost):
    assert sockets.lost_since(before, after) == lost


def test_processes_are_looked_for_of_no_more_sockets_than_are_named():
    inodes = range(1, sockets.SOCKETS_MAX + 8)
    before = part(udp="".join(row(inode, 1) for inode in inodes))
    after = part(udp="".join(row(inode, 1 + inode) for inode in inodes))
    assert sockets.lost_since(before, after) == set(inodes[7:])


OVERFLOW = """
import fcntl, json, os, socket, struct
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.interval import Difference
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import protocols, sockets
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import socket_owners
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.live import this_host
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Gaps

def up(name):
    with socket.socket() as control:
        fcntl.ioctl(control, 0x8914, struct.pack("16sh14x", name, 1))  # SIOCSIFFLAGS IFF_UP

def take(gaps):
    return {"sockets": sockets.sample(this_host(), gaps), "protocols": protocols.read(this_host(), gaps)}

up(b"lo")
family, address = {family}
server = socket.socket(family, socket.SOCK_DGRAM)
server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
server.bind((address, 5353))
gaps = Gaps()
before = take(gaps)
client = socket.socket(family, socket.SOCK_DGRAM)
for _ in range(500):
    client.sendto(b"x" * 512, (address, 5353))
after = take(gaps)
owners = socket_owners.read(this_host(), sockets.lost_since(before["sockets"], after["sockets"]))
before["sockets"], after["sockets"] = sockets.comparable(before["sockets"], after["sockets"], owners, gaps)
document = Difference(1.0).of(before, after)
inode = os.fstat(server.fileno()).st_ino
print(json.dumps([document, inode, os.getpid()]))
"""


@pytest.mark.parametrize(
    "family, key, counters",
    [
        ('(socket.AF_INET, "127.0.0.1")', "udp 127.0.0.1:5353", ("snmp", "Udp", "")),
        ('(socket.AF_INET6, "::1")', "udp6 [::1]:5353", ("snmp6", None, "Udp6")),
    ],
)
def test_receive_buffer_overflow_on_this_kernel(python_in_namespace, family, key, counters):
    document, inode, pid = python_in_namespace('exec "$@"', OVERFLOW.replace("{family}", family))
    (found,) = document["sockets"]["drops"].values()
    assert list(document["sockets"]["drops"]) == [f"{key} inode {inode}"]
    assert found["processes"][0]["pid"] == pid
    lost = found["drops"]["delta"]
    assert lost > 400
    name, section, prefix = counters
    table = document["protocols"][name]
    table = table[section] if section else table
    # one loss, counted three times
    assert table[prefix + "RcvbufErrors"]["delta"] == table[prefix + "InErrors"]["delta"] == lost
