# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documents of hosts that are there as files alone, made of what was captured once, twice and more often."""

import json
from pathlib import Path

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.captured import read_captured
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.tests.unit import fake_host

SCHEMA = json.loads((Path(__file__).parents[5] / "docs" / "host-document.schema.json").read_text())
BOOT_ID = "/proc/sys/kernel/random/boot_id"


class Stopped:
    """The clock of a capture: it stands still."""

    def __init__(self, uptime_s, utc):
        self._uptime_s, self._utc = uptime_s, utc

    def monotonic_s(self):
        return self._given(self._uptime_s)

    def utc(self):
        return self._given(self._utc)

    def sleep(self, _seconds):
        raise AssertionError("nobody waits for a capture")

    @staticmethod
    def _given(value):
        if value is None:
            raise Unavailable("absent", "there is no clock in this capture")
        return value


@pytest.fixture(name="captured")
def captured_fixture(tmp_path):
    """Makes a host as it was captured: ``captured(uptime_s, utc, {path: text})``."""
    made = []

    def make(uptime_s, utc="2026-01-31T12:00:00Z", changes=None):
        root = tmp_path / str(len(made))
        contents = dict(fake_host.files(), **(changes or {}))
        fake_host.make(root, {path: text for path, text in contents.items() if text is not None})
        host = fake_host.host(root)
        host.clock = Stopped(uptime_s, utc)
        made.append(root)
        return host

    return make


def softnet(dropped):
    rows = (row.replace(" 00000001 ", f" {dropped:08x} ", 1) for row in fake_host.SOFTNET.splitlines(keepends=True))
    return {"/proc/net/softnet_stat": "".join(rows)}


def read(*hosts):
    return json.loads(json.dumps(read_captured(hosts, (), ())))


def counters(node):
    """Every counter of a document."""
    if isinstance(node, dict):
        if "total" in node and "delta" in node:
            yield node
        for below in node.values():
            yield from counters(below)


def test_it_is_a_host_document(captured):
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not there on a node")
    (document,) = read(captured(86400.15))
    jsonschema.validate(document, SCHEMA)


def test_of_one_capture_every_counter_has_grown_since_boot(captured):
    (document,) = read(captured(86400.15))
    meta = document["meta"]
    assert (meta["basis"], meta["interval_s"], meta["prime_s"], meta["void"]) == ("boot", 86400.15, None, [])
    assert document["softnet"]["cpus"]["0"]["dropped"] == {"total": 1, "delta": 1}
    assert document["nics"]["eth0"]["carrier_changes"] == {"total": 2, "delta": 2}
    # That of a socket is since it was opened.
    assert document["sockets"]["drops"]["udp 0.0.0.0:53 inode 5001"]["drops"] == {"total": 1234, "delta": 1234}
    # The bytes of the made-up host do not fit its packets.
    assert {glitch["cause"] for glitch in meta["glitches"]} == {"bytes_per_packet"}
    found = list(counters(document))
    odd = [one for one in found if one["delta"] != one["total"]]
    assert len(found) > 200 and all(one.get("kind") == "gauge" or one["delta"] is None for one in odd)
    assert sum("kind" not in one for one in odd) == len(meta["glitches"])


def test_a_capture_without_a_clock_has_totals_and_no_rate(captured):
    (document,) = read(captured(None, None))
    assert (document["meta"]["basis"], document["meta"]["interval_s"]) == ("boot", None)
    assert document["softnet"]["cpus"]["0"]["dropped"]["delta"] == 1


def test_two_captures_of_one_boot_are_an_interval(captured):
    documents = read(captured(1000.0, changes=softnet(1)), captured(1010.5, "2026-01-31T12:00:10Z", softnet(6)))
    (document,) = documents
    assert (document["meta"]["basis"], document["meta"]["interval_s"]) == ("interval", 10.5)
    assert document["meta"]["taken_at"] == "2026-01-31T12:00:10Z"
    assert document["softnet"]["cpus"]["0"]["dropped"] == {"total": 6, "delta": 5}


def test_more_of_them_are_a_series_of_intervals(captured):
    documents = read(*(captured(1000.0 + 60 * number, changes=softnet(number**2)) for number in range(4)))
    assert [one["softnet"]["cpus"]["3"]["dropped"]["delta"] for one in documents] == [1, 3, 5]
    assert [one["meta"]["interval_s"] for one in documents] == [60.0] * 3


def test_a_boot_is_never_bridged(captured):
    later = {**softnet(2), BOOT_ID: "another\n"}
    before = [captured(1000.0, changes=softnet(1)), captured(1010.0, changes=softnet(4))]
    interval, alone = read(*before, captured(50.0, "2026-02-01T12:00:00Z", later))
    assert (interval["meta"]["basis"], interval["softnet"]["cpus"]["0"]["dropped"]["delta"]) == ("interval", 3)
    assert (alone["meta"]["basis"], alone["softnet"]["cpus"]["0"]["dropped"]["delta"]) == ("boot", 2)
    # One that stands alone says nothing about a host that was read twice later on.
    (interval,) = read(captured(1.0, changes=later), *before)
    assert interval["meta"]["basis"] == "interval"


@pytest.mark.parametrize(
    "uptime_s, basis",
    [
        # A minute later by both clocks, which are exact to the minute.
        (1090.0, "interval"),
        (1010.0, "interval"),
        # It was booted in between.
        (30.0, "boot"),
        (None, "boot"),
    ],
)
def test_without_a_boot_id_the_moment_of_the_boot_tells(captured, uptime_s, basis):
    documents = read(
        captured(1000.0, "2026-01-31T12:00:00Z", {BOOT_ID: None}),
        captured(uptime_s, "2026-01-31T12:01:00Z", {BOOT_ID: None}),
    )
    assert [document["meta"]["basis"] for document in documents] == [basis]


def test_an_interval_is_measured_by_the_calendar_where_the_uptime_is_missing(captured):
    (document,) = read(captured(None, "2026-01-31T12:00:00Z"), captured(None, "2026-01-31T12:00:30Z"))
    assert (document["meta"]["basis"], document["meta"]["interval_s"]) == ("interval", 30.0)


@pytest.mark.parametrize("received, basis", [(20001, "interval"), (20002, "interval"), (20000, "boot")])
def test_of_a_few_files_what_they_count_tells_whether_there_was_a_boot(captured, received, basis):
    text = fake_host.SNMP.replace(" 20001 ", f" {received} ")
    documents = read(
        captured(None, "2026-01-31T12:00:00Z", {BOOT_ID: None}),
        captured(None, "2026-01-31T12:00:30Z", {BOOT_ID: None, "/proc/net/snmp": text}),
    )
    assert [document["meta"]["basis"] for document in documents] == [basis]


def test_the_same_capture_twice_is_one(captured):
    (document,) = read(captured(1000.0), captured(1000.0))
    assert document["meta"]["basis"] == "boot"
