# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import softnet
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.counter import Counter, Counter32

#: What the columns of a row of CPU 5 hold: each value tells its column.
COLUMNS = {
    "processed": 0x10,
    "dropped": 0x11,
    "time_squeeze": 0x12,
    "cpu_collision": 0x18,
    "received_rps": 0x19,
    "flow_limit_count": 0x1A,
    "backlog_len": 0x1B,
    "input_qlen": 0x1D,
    "process_qlen": 0x1E,
}


def row(columns, cpu=5):
    fields = [0x10, 0x11, 0x12, 0, 0, 0, 0, 0, 0x18, 0x19, 0x1A, 0x1B, cpu, 0x1D, 0x1E, 0x1F, 0x20]
    return " ".join(f"{field:08x}" for field in fields[:columns]) + "\n"


def refusal(text, online=(0, 1)):
    with pytest.raises(Unavailable) as caught:
        softnet.parse(text, online if online is None else list(online))
    assert softnet.PATH in caught.value.detail
    return caught.value.reason, caught.value.detail


@pytest.mark.parametrize(
    "columns, lacking",
    [
        (9, {"received_rps", "flow_limit_count", "backlog_len", "input_qlen", "process_qlen"}),
        (10, {"flow_limit_count", "backlog_len", "input_qlen", "process_qlen"}),
        (11, {"backlog_len", "input_qlen", "process_qlen"}),
        (13, {"input_qlen", "process_qlen"}),
        (15, set()),
        (16, set()),
        (17, set()),
    ],
)
def test_every_form(columns, lacking):
    found = softnet.parse(row(columns), [5])
    expected = {name: None if name in lacking else value for name, value in COLUMNS.items()}
    assert found == {"columns": columns, "cpus": {"5": expected}}


def test_counters_are_32_bits_wide_and_gauges_are_plain():
    entry = softnet.parse(row(15), [5])["cpus"]["5"]
    gauges = {"backlog_len", "input_qlen", "process_qlen"}
    assert {name for name, value in entry.items() if not isinstance(value, Counter)} == gauges
    assert all(isinstance(entry[name], Counter32) for name in set(entry) - gauges)


@pytest.mark.parametrize("columns", [9, 10, 11])
def test_a_line_without_an_id_is_the_nth_online_cpu(columns):
    text = "".join(row(columns) for _line in range(3))
    assert list(softnet.parse(text, [0, 2, 7])["cpus"]) == ["0", "2", "7"]


@pytest.mark.parametrize("columns", [13, 15, 17])
def test_the_id_of_column_12_counts_and_not_the_position(columns):
    text = row(columns, 0) + row(columns, 2) + row(columns, 1023)
    assert list(softnet.parse(text, [0, 1, 2])["cpus"]) == ["0", "2", "1023"]
    assert list(softnet.parse(text, None)["cpus"]) == ["0", "2", "1023"]


def test_the_last_column_is_not_the_cpu():
    # RHEL's tuning guide reads the last column as the CPU, which holds for 13 columns only: in 15 it is a queue length.
    assert list(softnet.parse(row(15, 3), [0])["cpus"]) == ["3"]


def test_the_largest_value():
    text = "ffffffff " * 8 + "ffffffff"
    assert softnet.parse(text, [0])["cpus"]["0"]["dropped"] == 4294967295


@pytest.mark.parametrize("lines, online", [(1, (0, 1)), (3, (0, 1)), (2, ())])
def test_a_line_too_few_or_too_many_is_no_guess(lines, online):
    reason, detail = refusal(row(11) * lines, online)
    assert reason == "malformed"
    assert f"expected {len(online)} lines, one per online CPU, found {lines}" in detail


def test_without_ids_and_without_the_online_cpus_nothing_tells_them_apart():
    reason, detail = refusal(row(10) * 2, None)
    assert reason == "absent"
    assert "list of online CPUs" in detail


@pytest.mark.parametrize(
    "text, expected",
    [
        ("", "empty"),
        ("\n \n", "empty"),
        (row(10) + row(11), "found 10 and 11"),
        (row(15, 0) + row(13, 1), "found 13 and 15"),
        (row(4), "found 4"),
        (row(8), "found 8"),
        (row(12), "found 12"),
        (row(14), "found 14"),
        (row(15, 1) + row(15, 1), "two of CPU 1"),
        (row(10) + row(10).replace("00000012", "0000zz12"), "'0000zz12'"),
        (row(10) + row(10).replace("00000012", "0x000012"), "'0x000012'"),
        (row(10) + row(10).replace("00000012", "-0000012"), "'-0000012'"),
        (row(10) + row(10).replace("00000012", "0000_012"), "'0000_012'"),
        (row(10) + row(10).replace("00000012", "100000012"), "'100000012'"),
        (row(10) + row(10)[:-4], "'00000'"),
        ("<html>\n", "found 1"),
    ],
)
def test_malformed(text, expected):
    reason, detail = refusal(text)
    assert reason == "malformed"
    assert expected in detail


def test_read(host):
    reader = host({"/proc/net/softnet_stat": row(15, 0) + row(15, 1)})
    assert list(softnet.read(reader, [0, 1])["cpus"]) == ["0", "1"]


def test_read_without_the_file(host):
    with pytest.raises(Unavailable) as caught:
        softnet.read(host({}), [0])
    assert caught.value.reason == "absent"
