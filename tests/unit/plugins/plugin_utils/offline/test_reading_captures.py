# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many captures become hosts: each once, those of one host as its samples, and what cannot be read is told."""

import pytest
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline import reading
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.places import places
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.reading import Done, NotRead, Read, Reader
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.same_host import Facts, same
from ansible_collections.linuxnet.packetloss.tests.unit import sosreports
from ansible_collections.linuxnet.packetloss.tests.unit.sosreports import BOOTED

HOUR = 3600


def read(*given, **chosen):
    """``({host: its last Read}, [NotRead])``."""
    events = list(Reader(**chosen).read(places(list(map(str, given)))))
    assert [event.places for event in events if isinstance(event, Done)][-1] == len(places(list(map(str, given))))
    hosts = {event.host: event for event in events if isinstance(event, Read)}
    return hosts, [event for event in events if isinstance(event, NotRead)]


def told(one):
    """``[(basis, seconds, packets that CPU 0 dropped)]`` of the documents of a host."""
    return [
        (
            document["meta"]["basis"],
            document["meta"]["interval_s"],
            document["softnet"]["cpus"]["0"]["dropped"]["delta"],
        )
        for document in one.documents
    ]


def test_one_capture_is_since_boot_and_says_where_it_is_from(tmp_path):
    path = sosreports.archive(tmp_path / "a.tar.xz", dropped=7)
    hosts, not_read = read(path)
    assert (told(hosts["web1"]), not_read) == ([("boot", HOUR, 7)], [])
    captured = hosts["web1"].documents[0]["meta"]["captured"]
    assert captured["from"][0].startswith(path)
    assert (captured["layout"], captured["problems"]) == ("sosreport", [])
    assert captured["taken_from"]


def test_captures_of_one_host_are_its_samples_wherever_they_lie(tmp_path):
    third = sosreports.archive(tmp_path / "x" / "3.tar", form="", dropped=60, taken=BOOTED + 3 * HOUR)
    first = sosreports.folder(tmp_path / "y" / "unpacked", dropped=10, taken=BOOTED + HOUR)
    second = sosreports.archive(tmp_path / "2.tar.gz", form="gz", dropped=30, taken=BOOTED + 2 * HOUR)
    other = sosreports.archive(tmp_path / "other.tar.xz", name="db1", dropped=5)
    hosts, not_read = read(third, other, first, second)
    assert (told(hosts["web1"]), not_read) == ([("interval", HOUR, 20), ("interval", HOUR, 30)], [])
    assert told(hosts["db1"]) == [("boot", HOUR, 5)]
    sources = hosts["web1"].documents[-1]["meta"]["captured"]["from"]
    assert [source.startswith(path) for source, path in zip(sources, (second, third), strict=True)] == [True, True]
    assert hosts["web1"].newest.taken == BOOTED + 3 * HOUR


def test_a_boot_in_between_leaves_the_newest_alone(tmp_path):
    before = sosreports.archive(tmp_path / "1.tar.xz", dropped=10)
    day = BOOTED + 86400
    after = sosreports.archive(tmp_path / "2.tar.xz", dropped=3, booted=day, taken=day + 60, boot_id="b2")
    hosts, _not_read = read(after, before)
    assert told(hosts["web1"]) == [("boot", 60, 3)]


def test_the_same_capture_twice_is_one(tmp_path):
    path = sosreports.archive(tmp_path / "1.tar.xz", dropped=10)
    copy = sosreports.archive(tmp_path / "copy.tar.gz", form="gz", dropped=10)
    hosts, _not_read = read(path, copy)
    assert told(hosts["web1"]) == [("boot", HOUR, 10)]


def test_two_hosts_of_one_name_are_two(tmp_path):
    paths = [
        sosreports.archive(
            tmp_path / f"{number}.tar.xz", dropped=number, boot_id=f"b{number}", mac=f"52:54:00:00:00:0{number}"
        )
        for number in (1, 2, 3)
    ]
    hosts, _not_read = read(*paths)
    assert {name: told(one) for name, one in hosts.items()} == {
        "web1": [("boot", HOUR, 1)],
        "web1-2": [("boot", HOUR, 2)],
        "web1-3": [("boot", HOUR, 3)],
    }


def test_what_cannot_be_read_is_told_and_the_others_go_on(tmp_path):
    good = sosreports.archive(tmp_path / "good.tar.xz")
    text = tmp_path / "mail.txt"
    text.write_text("see attachment")
    cut = tmp_path / "cut.tar.xz"
    cut.write_bytes((tmp_path / "good.tar.xz").read_bytes()[:100])
    hosts, not_read = read(text, cut, good)
    assert list(hosts) == ["web1"]
    assert [(one.path, one.path in one.why) for one in not_read] == [(str(text), False), (str(cut), False)]
    assert "expected a sosreport" in not_read[0].why and "damaged" in not_read[1].why


def test_an_interface_that_no_host_has_is_the_fault_of_who_asked(tmp_path):
    hosts, _not_read = read(sosreports.archive(tmp_path / "a.tar.xz"), patterns=["eth7"])
    assert hosts["web1"].documents == [] and "no interface 'eth7' on this host; it has: eth0, lo" in hosts["web1"].error


def test_a_fault_of_ours_costs_one_capture(tmp_path, monkeypatch):
    asked = []

    def failing(captured):
        asked.append(captured.name)
        if len(asked) == 1:
            raise ZeroDivisionError("never expected")
        return real(captured)

    real = reading.captured_host
    monkeypatch.setattr(reading, "captured_host", failing)
    paths = [sosreports.archive(tmp_path / f"{name}.tar.xz", name=name) for name in ("web1", "web2")]
    hosts, not_read = read(*paths)
    assert list(hosts) == ["web2"]
    assert "a fault of this collection and not of the capture: ZeroDivisionError: never expected" in not_read[0].why


FACTS = Facts("web1", "b1", None, frozenset(), "x86_64", True, 7)


@pytest.mark.parametrize(
    "changes, is_same",
    [
        ({}, True),
        ({"name": "web2"}, False),
        ({"architecture": "aarch64"}, False),
        # Another boot, and nothing that tells the machine: rather one host too many than two that are mixed.
        ({"boot_id": "b2"}, False),
        ({"boot_id": None}, True),
        # Two network namespaces of one machine count for themselves.
        ({"initial": False}, False),
        ({"initial": None, "namespace": None}, True),
        ({"namespace": 8}, False),
    ],
)
def test_who_is_the_same_host(changes, is_same):
    assert same(FACTS, FACTS._replace(**changes)) is is_same
    assert same(FACTS._replace(**changes), FACTS) is is_same


@pytest.mark.parametrize(
    "machines, macs, is_same",
    [
        ((None, None), (["m1", "m2"], ["m2"]), True),
        ((None, None), (["m1"], ["m2"]), False),
        (("i", "i"), (["m1"], ["m2"]), True),
        (("i", "j"), (["m1"], ["m1"]), False),
        ((None, "j"), (["m1"], []), False),
    ],
)
def test_what_is_of_the_machine_decides_over_a_boot(machines, macs, is_same):
    one, other = (
        FACTS._replace(boot_id=boot, machine_id=machine, macs=frozenset(of))
        for boot, machine, of in zip("xy", machines, macs)
    )
    assert same(one, other) is is_same
