# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every reader on damaged input: it returns data or raises Unavailable, and what was taken away never becomes a 0.

The damage is random, from a fresh seed each run (see conftest.py).
"""

import errno
import json
import os

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers import index, statistics
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.host import Host
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.ioctl import Ioctl
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.live import Clock, Machine
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import (
    LONGEST_DETAIL,
    REASONS,
    Gaps,
    Unavailable,
)
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import (
    bonding,
    conntrack,
    cpu_times,
    cpu_topology,
    ethtool,
    identity,
    interrupts,
    irqs,
    memory,
    neighbour,
    owners,
    percpu_stat,
    protocols,
    routes,
    sockets,
    softirqs,
    softnet,
    sysctls,
    sysfs_net,
    xfrm,
)
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.addresses import addresses
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.counter import Counter64
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.links import links
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.qdiscs import qdiscs
from ansible_collections.linuxnet.packetloss.tests.unit import bond_reports, fake_ethtool, fake_host, liars
from ansible_collections.linuxnet.packetloss.tests.unit.damage import damaged, made_up, truncations, without_lines
from ansible_collections.linuxnet.packetloss.tests.unit.fake_host import Lacking


class OneFile:
    """Files of which every one has the same bytes, and no directory."""

    def __init__(self, data):
        self.data = data

    def read(self, _path):
        return self.data

    def exists(self, _path):
        return True

    def names(self, _path):
        raise OSError(errno.ENOENT, os.strerror(errno.ENOENT))

    link = real = names


def softnet_of(columns):
    return "".join(" ".join(line.split()[:columns]) + "\n" for line in fake_host.SOFTNET.splitlines())


def drops(reader, gaps):
    """The sockets as the document has them: those of two samples."""
    found = sockets.sample(reader, gaps)
    return sockets.comparable(found, found, {}, gaps)[1]["drops"]


def bond(reader, gaps):
    return bonding.read(reader, "bond0", False, gaps)


#: Each reader with a good text: what its file holds on a host that is well.
FILES = {
    "bond": (lambda reader, gaps: dict(bond(reader, gaps), ports=None), bond_reports.LACP_FAST),
    "ports of a bond": (lambda reader, gaps: bond(reader, gaps)["ports"], bond_reports.LACP_FAST),
    "interrupts": (lambda reader, gaps: interrupts.read(reader), fake_host.INTERRUPTS),
    "softirqs": (lambda reader, gaps: softirqs.read(reader), fake_host.SOFTIRQS),
    "stat": (lambda reader, gaps: cpu_times.read(reader), fake_host.STAT),
    "online": (lambda reader, gaps: cpu_topology.read_present(reader, "online"), "0-3,8-11,16\n"),
    "mask": (lambda reader, gaps: cpu_topology.read_mask(reader, "/x"), "00000000,00000000,000000ff\n"),
    "snmp": (protocols.read, fake_host.SNMP),
    "netstat": (protocols.read, fake_host.NETSTAT),
    "snmp6": (protocols.read, fake_host.SNMP6),
    "percpu_stat": (lambda reader, gaps: percpu_stat.read(reader, "/x", Counter64), fake_host.PERCPU_STAT),
    "nf_conntrack": (lambda reader, gaps: conntrack.read(reader, gaps, True), fake_host.PERCPU_STAT),
    "arp_cache": (lambda reader, gaps: neighbour.read(reader, gaps, True), fake_host.PERCPU_STAT),
    "udp": (drops, fake_host.UDP),
    "udp6": (drops, fake_host.UDP6),
    "sockstat": (lambda reader, gaps: sockets.sample(reader, gaps)["sockstat"], fake_host.SOCKSTAT),
    "xfrm": (lambda reader, gaps: xfrm.read(reader), fake_host.XFRM),
    "meminfo": (lambda reader, gaps: memory.read_meminfo(reader, "/x"), fake_host.MEMINFO),
    "buddyinfo": (lambda reader, gaps: memory.read(reader, gaps)["buddy"], fake_host.BUDDYINFO),
    "traffic_classes": (
        lambda reader, gaps: gaps.attempt("classes", sysfs_net.traffic_classes, reader, "eth0", ["0", "1"]),
        "3\n",
    ),
    "zoneinfo": (lambda reader, gaps: memory.read(reader, gaps)["zones"], fake_host.ZONEINFO),
    "sysctl": (lambda reader, gaps: sysctls.read(reader, gaps, True), "4096\t131072\t6291456\n"),
    "sysctl text": (lambda reader, gaps: sysctls.read(reader, gaps, True)["net.core.default_qdisc"], "fq_codel\n"),
    "uptime": (lambda reader, gaps: identity.read(reader, gaps)["uptime_s"], "86400.15 300000.20\n"),
    "boot_id": (lambda reader, gaps: identity.read(reader, gaps)["boot_id"], "6a1c6c7e-0001-4000-8000-000000000001\n"),
    "number": (lambda reader, gaps: reader.integer("/x"), "212992\n"),
    "irq": (lambda reader, gaps: irqs.read(reader, ["38", "39"], gaps), "2\n"),
    "napi": (lambda reader, gaps: sysfs_net.napi(reader, "eth0", gaps), "200000\n"),
    "link_stats": (lambda reader, gaps: sysfs_net.link_stats(reader, "eth0", gaps), "123456\n"),
}
FILES.update(
    (
        f"softnet {columns}",
        (lambda reader, gaps: softnet.read(reader, [0, 1, 2, 3]), softnet_of(columns)),
    )
    for columns in (9, 10, 11, 13, 15)
)

#: A text of which nothing is left but its header is one of a host that has none of it.
MAY_BE_EMPTY = ("interrupts", "udp", "udp6", "ports of a bond")


def attempt(function, *args):
    """What a reader makes of it: its data, which are JSON, or None where it raised Unavailable; and the gaps."""
    gaps = Gaps()
    try:
        found = function(*args, gaps)
        json.dumps(found, allow_nan=False)
    except Unavailable as error:
        gaps.note("", error)
        found = None
    for entry in gaps.entries:
        assert entry["reason"] in REASONS
        assert len(entry["detail"]) <= LONGEST_DETAIL
    return found, gaps.entries


def read(function, data):
    return attempt(function, Host(OneFile(data), Clock(), Machine(), Lacking(), Lacking()))


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_good_text_is_read_whole(name):
    function, text = FILES[name]
    found, gaps = read(function, text.encode("utf-8"))
    assert found
    # Files that share a text with others here (snmp, netstat and snmp6; sysctls of all kinds) leave gaps for those.
    assert not gaps or found


@pytest.mark.parametrize("name", sorted(FILES))
def test_what_was_taken_away_is_not_a_zero(chance, name):
    function, text = FILES[name]
    data = text.encode("utf-8")
    good = read(function, data)[0]
    for less in truncations(data, chance) + without_lines(data, chance):
        found, gaps = read(function, chance.tried(less))
        if found or name not in MAY_BE_EMPTY:
            assert made_up(good, found, gaps) == [], less


@pytest.mark.parametrize("name", sorted(FILES))
def test_damaged_text_is_data_or_unavailable(chance, name):
    function, text = FILES[name]
    data = text.encode("utf-8")
    for _time in range(600):
        broken = damaged(data, chance)
        for _again in range(chance.randrange(3)):
            broken = damaged(broken or data, chance)
        read(function, chance.tried(broken))


def test_damaged_settings_of_irqbalance_are_its_settings_or_none(chance):
    for _time in range(200):
        data = chance.tried(damaged(b"IRQBALANCE_ARGS='--a b'\n# c\nOPTIONS=\n", chance))
        text = data.decode("utf-8", "replace")
        assert all(name in text for name in owners.parse_environment(text))


def test_every_reader_refuses_a_directory_and_a_missing_file(tmp_path):
    for path in ("/", "/missing", "/\N{LATIN SMALL LETTER E WITH ACUTE}/x"):
        for question in ("text", "word", "integer"):
            with pytest.raises(Unavailable):
                getattr(fake_host.folder_host(tmp_path), question)(path)


NAMES = {2: "eth0"}
MESSAGES = {
    "route": (lambda host, gaps: routes.way_to(host, "192.0.2.9"), fake_host.route(2, bytes([192, 0, 2, 1]))),
    "link": (links, fake_host.link("eth0", 2, kind="bond", slave_of_bond=True)),
    "address": (lambda host, gaps: addresses(host), fake_host.address(2, bytes([192, 0, 2, 5]), 24)),
    "address6": (lambda host, gaps: addresses(host), fake_host.address(2, bytes(range(16)), 64)),
    "qdisc": (
        lambda host, gaps: qdiscs(host, NAMES, gaps),
        fake_host.qdisc(2, "fq_codel", 0x80010000, 0xFFFFFFFF, 55),
    ),
}


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_a_message_that_was_cut_off_has_no_zeros(name):
    function, body = MESSAGES[name]
    good = attempt(function, fake_host.answering(body))[0]
    assert good
    for end in range(len(body)):
        found, gaps = attempt(function, fake_host.answering(body[:end]))
        # An attribute that is missing is None without a gap where only some interfaces have it: a kind, a master.
        assert made_up(good, found, True) == [], end


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_a_damaged_message_is_data_or_unavailable(chance, name):
    function, body = MESSAGES[name]
    for _time in range(400):
        broken = bytearray(body)
        for _again in range(chance.randrange(1, 4)):
            broken[chance.randrange(len(broken))] = chance.choice([0, 1, 3, 4, 0x7F, 0x80, 0xFF, chance.randrange(256)])
        attempt(function, fake_host.answering(chance.tried(bytes(broken))))


def asking(kernel):
    """A host of which only rtnetlink can be asked."""
    return Host(Lacking(), Lacking(), Lacking(), Lacking(), fake_host.connections(kernel))


def test_a_damaged_datagram_is_data_or_unavailable(chance):
    for _time in range(400):
        with asking(liars.DamagedKernel(chance)) as host:
            attempt(links, host)
            attempt(lambda host, gaps: addresses(host), host)
            attempt(lambda host, gaps: qdiscs(host, NAMES, gaps), host)


NONSENSE = {
    "a prefix longer than the address": lambda: addresses(fake_host.answering(fake_host.address(2, bytes(4), 33))),
    "an error number that is none": lambda: links(asking(Refusing(-(2**31)))),
    "a positive error number": lambda: links(asking(Refusing(1))),
    "more names than any driver has": lambda: ask("private_flags", private_flags=Many(2**31 - 1)),
    "a larger RSS table than any device has": lambda: ask(
        "rss", rxfh={"table": Many(2**31 - 1), "key": b"", "hfunc": 1}
    ),
}


class Many:
    """A list that is too long to be made."""

    def __init__(self, count):
        self._count = count

    def __len__(self):
        return self._count


class Refusing(fake_host.FakeKernel):
    """Refuses every list with an error that may be none."""

    def __init__(self, error):
        fake_host.FakeKernel.__init__(self)
        self._error = error

    def send(self, data):
        self._waiting = fake_host.message(2, data[8:12], fake_host.integer(self._error % 2**32))


def of(fake):
    """A host of which only the drivers can be asked."""
    return Host(Lacking(), Lacking(), Lacking(), Ioctl(fake), Lacking())


def ask(question, **description):
    with of(fake_ethtool.FakeEthtool({"eth0": description})) as host:
        return getattr(ethtool, question)(host, "eth0")


@pytest.mark.parametrize("what", sorted(NONSENSE))
def test_nonsense_is_malformed(what):
    with pytest.raises(Unavailable) as caught:
        NONSENSE[what]()
    assert caught.value.reason == "malformed"


QUESTIONS = (
    "driver rings channels coalesce pause features private_flags statistics link rss".split()  # each asks several
)


def answer(host, question, _gaps):
    return getattr(ethtool, question)(host, "eth0")


def test_a_driver_that_lies_gives_data_or_unavailable(chance):
    for _time in range(150):
        with of(liars.lying(fake_host.drivers(), chance, chance.choice([0.1, 0.5, 1]))) as host:
            for question in QUESTIONS:
                attempt(answer, host, question)


@pytest.mark.parametrize("driver", sorted(index.NAMES) + ["unheard_of", "", None])
def test_statistics_of_any_name_are_annotated(chance, driver):
    letters = "rtx_0123456789dropmis#: \N{SUPERSCRIPT TWO}\N{ARABIC-INDIC DIGIT THREE}\N{REPLACEMENT CHARACTER}."
    names = ["", "rx", "9" * 31, "Rx Queue#", "Rx Queue#:", "Tx Queue#: 0"]
    names += ["".join(chance.choice(letters) for _letter in range(chance.randrange(32))) for _time in range(150)]
    pairs = [(name, Counter64(chance.randrange(2**64))) for name in names]
    found = statistics.annotate(driver, chance.tried(pairs))
    assert sorted(entry["value"] for entry in found.values()) == sorted(value for _name, value in pairs)
    json.dumps(found)
