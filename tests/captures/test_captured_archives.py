# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole captures of somebody else's hosts: sosreports in every form of an archive, and two samples of loose files."""

import os
import subprocess

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document import reading
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.host import captured_host, captures_of
from ansible_collections.linuxnet.packetloss.tests.unit.plugins.plugin_utils.offline.archives import TARS, pack

REPORTS = ("kubernetes", "openstack", "rabbitmq")

SOFTIRQS = r"""NR > 1 { name = $1; sub(/:/, "", name); for (cpu = 2; cpu <= NF; cpu++) print cpu - 2, name, $cpu }"""
MEMINFO = r"""/ kB$/ { name = $1; sub(/:/, "", name); printf "m %s %.0f\n", name, $2 * 1024 }"""


def awk(program, *places):
    """``{(first word, second word): number}`` of what the program prints."""
    found = {}
    for place in places:
        run = subprocess.run(["awk", program, place], stdout=subprocess.PIPE, check=True, text=True)
        for line in run.stdout.splitlines():
            first, second, number = line.split()
            found[first, second] = int(number)
    return found


@pytest.fixture(name="report", params=REPORTS)
def report_fixture(request, captures):
    return os.path.join(captures, "hotsos", request.param)


def documents(place):
    found = list(captures_of(str(place)))
    assert found and all(each.layout == "sosreport" and not each.problems for each in found)
    return [reading.read_host(captured_host(each), 0, (), ()) for each in found]


@pytest.fixture(name="document")
def document_fixture(report):
    (found,) = documents(report)
    return found


def path_of(report, *names):
    """The first of the files that this report has, None where it has none."""
    if names[0].startswith("proc/net/"):
        proc = os.path.join(report, "proc")
        names = [f"proc/{pid}/net/{name[9:]}" for name in names for pid in os.listdir(proc) if pid.isdecimal()]
    return next(filter(os.path.isfile, (os.path.join(report, name) for name in names)), None)


def total(counter):
    return counter["total"] if isinstance(counter, dict) else counter


def test_softirqs_and_memory(report, document):
    softirqs, meminfo = path_of(report, "proc/softirqs"), path_of(report, "proc/meminfo")
    if softirqs:
        for (cpu, name), number in awk(SOFTIRQS, softirqs).items():
            if cpu in document["softirqs"]:
                assert total(document["softirqs"][cpu][name]) == number, (cpu, name)
    else:
        assert document["softirqs"] is None
    if meminfo:
        assert {("m", name): size for name, size in document["memory"]["meminfo"].items()} == awk(MEMINFO, meminfo)
    else:
        assert document["memory"]["meminfo"] is None


@pytest.mark.parametrize("form", [*TARS, "zip"])
def test_the_document_is_the_same_from_an_archive(report, document, tmp_path, form):
    (found,) = documents(pack(report, form, tmp_path / "report"))
    for each in (found, document):
        # The times of the files, which a folder does not vouch for.
        each["meta"].pop("taken_at"), each["meta"].pop("uptime_s")
        each["unavailable"] = [gap for gap in each["unavailable"] if gap["path"].partition("/meta/")[1] == ""]
    assert found == document


def test_all_of_them_at_once(captures):
    assert len(documents(os.path.join(captures, "hotsos"))) == len(REPORTS)


def test_captures_before_and_after_a_loss(captures):
    """The loose files of ``provoked``: two samples of three losses, in the order of time."""
    found = list(captures_of(os.path.join(captures, "provoked")))
    assert [each.name for each in found] == sorted(each.name for each in found) and len(found) == 6
    for before, after in zip(found[::2], found[1::2]):
        assert before.name == after.name and before.taken < after.taken
    lost = {}
    for each in found:
        document = reading.read_host(captured_host(each), 0, (), ())
        netstat, snmp = document["protocols"]["netstat"], document["protocols"]["snmp"]
        dropped = sum(total(cpu["dropped"]) for cpu in document["softnet"]["cpus"].values())
        counters = (dropped, total(netstat["TcpExt"]["ListenOverflows"]), total(snmp["Udp"]["RcvbufErrors"]))
        lost.setdefault(each.name, []).append(counters)
    rose = {name: [after > before for before, after in zip(*samples)] for name, samples in lost.items()}
    assert rose["softnet-backlog-rps-one-cpu"][0] and rose["tcp-listen-overflow"][1] and rose["udp-rcvbuf-overflow"][2]
    before, after = lost["softnet-backlog-rps-one-cpu"]
    assert after[0] - before[0] == 195095
