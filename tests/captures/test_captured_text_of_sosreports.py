# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole sosreports of somebody else's hosts become documents with the numbers of their files, as awk reads them."""

import os
import subprocess

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document import reading
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.host import captured_host, captures_of
from ansible_collections.linuxnet.packetloss.tests.unit.plugins.plugin_utils.offline.archives import TARS, pack

REPORTS = ("kubernetes", "openstack", "rabbitmq")

SOFTNET = r"""
function hex(text,  number, place) {
    for (place = 1; place <= length(text); place++)
        number = number * 16 + index("0123456789abcdef", substr(text, place, 1)) - 1
    return number
}
{ printf "%d processed %.0f\n%d dropped %.0f\n%d time_squeeze %.0f\n", NR-1, hex($1), NR-1, hex($2), NR-1, hex($3) }
"""
# The same form in which all three print it: one -s, so two lines of numbers for each interface.
IP_LINK = r"""
/^[0-9]+: / { name = $2; sub(/:$/, "", name); sub(/@.*/, "", name) }
/^    vf / { name = "" }
/^    RX: / { getline; if (name) printf "%s rx_bytes %s\n%s rx_packets %s\n%s rx_errors %s\n%s rx_dropped %s\n",
              name, $1, name, $2, name, $3, name, $4 }
/^    TX: / { getline; if (name) printf "%s tx_bytes %s\n%s tx_packets %s\n%s tx_errors %s\n%s tx_dropped %s\n",
              name, $1, name, $2, name, $3, name, $4 }
"""
PAIRS = r"""
NR % 2 { split($0, head); next }
{ for (field = 2; field <= NF; field++) { key = $1; sub(/:/, "", key); print key, head[field], $field } }
"""
NSTAT = r"""!/^#/ { print "nstat", $1, $2 }"""
STATISTICS = (
    r"""/^     / { value = $NF; sub(/^ +/, ""); sub(/: *[0-9]+$/, ""); gsub(/ /, "_")
                    print "S", $0, value }"""
)
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


def test_softnet(report, document):
    place = path_of(report, "proc/net/softnet_stat")
    if place is None:
        assert document["softnet"] is None
        return
    expected = awk(SOFTNET, place)
    assert len(expected) == 3 * len(document["softnet"]["cpus"])
    for (cpu, field), number in expected.items():
        assert total(document["softnet"]["cpus"][cpu][field]) == number, (cpu, field)


def test_links(report, document):
    place = path_of(report, "sos_commands/networking/ip_-s_-d_link")
    if place is None:
        assert document["nics"] is None or "ip_-s_-d_link" in str(document["unavailable"])
        return
    expected = awk(IP_LINK, place)
    assert {name for name, _field in expected} == set(document["nics"])
    for (name, field), number in expected.items():
        # The file of sysfs goes first, where there is one: it was read at another time.
        paths = [
            os.path.join(folder, field)
            for folder, _folders, files in os.walk(os.path.join(report, "sys"))
            if folder.endswith(f"/net/{name}/statistics") and field in files
        ]
        allowed = {number} | {int(open_text(path)) for path in paths}
        assert total(document["nics"][name]["link_stats"][field]) in allowed, (name, field)


def open_text(path):
    with open(path) as file:
        return file.read()


def test_protocols(report, document):
    snmp, nstat = path_of(report, "proc/net/snmp"), path_of(report, "sos_commands/networking/nstat_-zas")
    compared = 0
    if snmp:
        for (section, field), number in awk(PAIRS, snmp).items():
            assert total(document["protocols"]["snmp"][section][field]) == number, (section, field)
            compared += 1
        for (section, field), number in awk(PAIRS, path_of(report, "proc/net/netstat")).items():
            assert total(document["protocols"]["netstat"][section][field]) == number, (section, field)
            compared += 1
    elif nstat:
        for (_what, name), number in awk(NSTAT, nstat).items():
            part = "netstat" if name.startswith(("TcpExt", "IpExt", "MPTcpExt")) else "snmp"
            for section, fields in (document["protocols"][part] or {}).items():
                if name.startswith(section) and name[len(section) :] in fields:
                    assert total(fields[name[len(section) :]]) == number, name
                    compared += 1
    assert compared > 100 or (snmp, nstat) == (None, None)


def test_statistics_of_drivers(report):
    """Each number of ``ethtool -S``, as the source of statistics has it."""
    from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
    from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import ethtool

    (capture,) = captures_of(report)
    host = captured_host(capture)
    folder = os.path.join(report, "sos_commands/networking")
    seen = 0
    for name in sorted(os.listdir(folder)):
        if not name.startswith("ethtool_-S_"):
            continue
        expected = sorted((key[1], number) for key, number in awk(STATISTICS, os.path.join(folder, name)).items())
        try:
            found = ethtool.statistics(host, name[len("ethtool_-S_") :])
        except Unavailable as error:
            assert error.reason == "unsupported" and not expected, (name, error)
            continue
        assert sorted((key.strip().replace(" ", "_"), int(value)) for key, value in found) == expected, name
        seen += len(found)
    assert seen


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
