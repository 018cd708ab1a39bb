# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Texts with random damage: every reader answers in its form or with Unavailable, whatever it is given."""

import json

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import REASONS, Gaps, Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.counter import Counter
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline import captured as words
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.answers import answers_of
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.text import (
    dates,
    ethtool,
    ip_addr,
    ip_link,
    links,
    lscpu,
    made,
    netstat_s,
    nstat,
    ss,
    sysctl_a,
    tc,
)
from ansible_collections.linuxnet.packetloss.tests.unit.plugins.plugin_utils.offline.text import (
    test_text_answers,
    test_text_ethtool,
    test_text_files,
    test_text_links,
    test_text_tc,
)
from ansible_collections.linuxnet.packetloss.tests.unit.plugins.plugin_utils.offline.text.captured_texts import capture

#: Each reader as a function of a text, and a text that it reads.
READERS = {f"ethtool.{name}": (getattr(ethtool, name), text) for name, text in test_text_ethtool.READERS.items()}
READERS.update(
    {
        "ip_link": (ip_link.parse, test_text_links.OLD + test_text_links.NEW.replace("2: eth0", "9: eth9")),
        "ip_addr": (ip_addr.addresses, test_text_links.ADDRESSES),
        "net_dev": (lambda text, place: list(links.devices(text, place).items()), test_text_links.DEV),
        "tc": (lambda text, place: tc.qdiscs([(text, place, None)], ("lo", "eth0")), test_text_tc.ALL),
        "sysctl_a": (sysctl_a.files, "net.core.somaxconn = 4096\nnet.ipv4.tcp_rmem = 4096\t131072\t6291456\n"),
        "nstat": (nstat.files, test_text_files.NSTAT),
        "netstat_s": (netstat_s.files, test_text_files.NETSTAT),
        "ss": (lambda text, place: ss.files(text, place, "little"), test_text_files.SS),
        "lscpu": (lscpu.files, test_text_files.LSCPU),
        "lscpu_table": (lscpu.table_files, test_text_files.TABLE),
        "numactl": (lscpu.numactl_files, "node 0 cpus: 0 1 2 8\nnode 0 size: 7964 MB\nnode 0 free: 1234 MB\n"),
        "uptime": (dates.uptime_s, " 11:50:53 up 12 days,  3:04,  2 users,  load average: 0.00\n"),
        "release": (dates.release, "Linux host 5.4.0-99-generic #112 SMP x86_64 GNU/Linux\n"),
    }
)

TIMES = 150

#: What is put into a text in the place of something else.
STRANGE = ("", "\0", "\x1b[31m", "{{ 7 * 7 }}", "-1", "9" * 25, "0x1f", "n/a", ":", "@", "é", "\u0663", "\n", "1e9")
STRANGE += ("\\    ", "\u2028")


def damaged(chance, text):
    """*text* with one to four kinds of damage."""
    for _time in range(chance.randint(1, 4)):
        lines = text.splitlines(keepends=True)
        at = chance.randrange(len(text) + 1)
        what = chance.choice(("cut", "bit", "number", "word", "line", "swap", "twice", "insert", "lose"))
        if what == "cut":
            text = text[:at]
        elif what == "bit" and at < len(text):
            text = text[:at] + chr(ord(text[at]) ^ 1 << chance.randrange(7)) + text[at + 1 :]
        elif what in ("number", "word"):
            parts = text.split(" ")
            parts[chance.randrange(len(parts))] = (
                chance.choice(STRANGE) if what == "word" else str(chance.getrandbits(70))
            )
            text = " ".join(parts)
        elif lines and what in ("line", "swap", "twice", "lose"):
            one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
            if what == "line":
                lines[one] = chance.choice(STRANGE) + "\n"
            elif what == "swap":
                lines[one], lines[other] = lines[other], lines[one]
            elif what == "twice":
                lines.insert(other, lines[one])
            else:
                del lines[one]
            text = "".join(lines)
        else:
            text = text[:at] + chance.choice(STRANGE) + text[at:]
    return text


def check(value, key=None):
    """Fail for what is no part of a document, or a counter that is wider than its kind."""
    if isinstance(value, dict):
        for name, part in value.items():
            assert isinstance(name, (str, int, tuple))
            check(part, name)
    elif isinstance(value, (list, tuple)):
        for part in value:
            check(part, key)
    elif isinstance(value, Counter):
        assert 0 <= value < 1 << type(value).bits
    elif isinstance(value, Unavailable):
        assert value.reason in REASONS
    else:
        assert value is None or isinstance(value, (str, bool, int, float, bytes)), (key, value)
        if isinstance(value, int):
            # All of them are printed, and none of the kernel's is longer.
            assert -(1 << 64) < value < 1 << 64


@pytest.mark.parametrize("reader", READERS)
def test_lines_that_end_as_on_windows_are_lines(reader):
    # Of what somebody pasted there.
    read, text = READERS[reader]
    assert read(text.replace("\n", "\r\n"), "place") == read(text, "place")


@pytest.mark.parametrize("reader", READERS)
def test_a_damaged_text_is_read_or_refused(reader, chance):
    read, text = READERS[reader]
    check(read(text, "place"))
    for _time in range(TIMES):
        wrong = chance.tried(damaged(chance, text))
        try:
            found = read(wrong, "place")
        except Unavailable as error:
            assert error.reason in REASONS
            assert error.detail.startswith("place")
        else:
            check(found)


def test_a_capture_of_damaged_texts_is_a_capture(chance):
    outputs = {
        words.IP_LINK: test_text_links.OLD,
        words.IP_ADDRESS: test_text_links.ADDRESSES,
        words.TC: test_text_tc.ALL,
        words.SYSCTL: READERS["sysctl_a"][1],
        words.NSTAT: test_text_files.NSTAT,
        words.SS: test_text_files.SS,
        words.LSCPU: test_text_files.LSCPU,
        (words.DRIVER, "eth0"): test_text_answers.DRIVER.format("ixgbe", "0000:3b:00.0"),
    }
    files = {
        "/proc/net/dev": test_text_links.DEV,
        "/proc/net/igmp": "2\teth0 : 1 V3\n",
        "/proc/stat": "btime 5\n",
        "/proc/softirqs": "   CPU0 CPU1\n",
    }
    for _time in range(TIMES):
        wrong = chance.tried({key: damaged(chance, text) for key, text in outputs.items()})
        for key in chance.sample(list(wrong), chance.randrange(len(wrong))):
            del wrong[key]
        found = capture(wrong, files={path: damaged(chance, text) for path, text in files.items()}, taken=1.7e9)
        made_files, made_links = made.made(found)
        for path, content in made_files.items():
            assert path.startswith(("/proc/", "/sys/")) and ".." not in path.split("/")
            assert isinstance(content, (bytes, Unavailable))
        assert all(path.startswith("/sys/") and target.startswith("/sys/") for path, target in made_links.items())
        answers, gaps = answers_of(found, found.files), Gaps()
        for question, what in (("links.links", ()), ("addresses.addresses", ()), ("qdiscs.qdiscs", ({2: "eth0"},))):
            value = gaps.attempt(question, answers[question], *what)
            check(value)
            json.dumps(value)


@pytest.mark.parametrize("reader", READERS)
def test_a_long_text_is_read_or_refused(reader):
    """No expression looks again and again at what it has seen: with one that did this would not come to an end."""
    read, text = READERS[reader]
    for filling in (" " * 200_000, "9" * 200_000, "a:" * 100_000, "\n" * 200_000, "1: a@" * 40_000, text * 200):
        try:
            check(read(text + filling + "\n", "place"))
        except Unavailable as error:
            assert error.reason in REASONS
