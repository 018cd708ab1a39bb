# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole sosreports of real hosts from the archive to the document: every number is what awk finds in the files.

awk knows nothing of this project, and nothing here knows where in a document a number comes from but its name.
"""

import glob
import os
import shutil
import subprocess
import tarfile

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.captured import read_captured
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import REASONS
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.host import captured_host, captures_of

REPORTS = ("kubernetes", "openstack", "rabbitmq")
NETWORKING = "sos_commands/networking"

HEXADECIMAL = r"""
function hex(text,   at, value) {
    for (at = 1; at <= length(text); at++) value = value * 16 + index("0123456789abcdef", substr(text, at, 1)) - 1
    return value
}
"""


def awk(program, path):
    """The lines that an awk program prints of a file, each as its words."""
    done = subprocess.run(["awk", program, path], capture_output=True, text=True, check=True)
    return [line.split(" ") for line in done.stdout.splitlines()]


@pytest.fixture(scope="module", params=REPORTS)
def report(request, captures):
    """``(folder, document)`` of a report."""
    if not shutil.which("awk"):
        pytest.skip("needs the program awk")
    folder = os.path.join(captures, "hotsos", request.param)
    return folder, document(folder)


def document(path):
    (capture,) = captures_of(path)
    return read_captured([captured_host(capture)], (), ())[-1]


def file(folder, form):
    """The one file of this form; without it the report has nothing to compare."""
    found = glob.glob(os.path.join(folder, form))
    if not found:
        pytest.skip(f"this report has no {form}")
    assert len(found) == 1
    return found[0]


def totals(counters):
    return {name: counter and counter["total"] for name, counter in counters.items()}


def test_softnet(report):
    folder, found = report
    rows = awk(HEXADECIMAL + "{ print hex($1), hex($2), hex($3), hex($10) }", file(folder, "proc/*/net/softnet_stat"))
    online = (
        awk("{ print }", file(folder, "sys/devices/system/cpu/online")) if found["cpus"]["online"] is None else None
    )
    assert online is None
    assert len(rows) == len(found["cpus"]["online"])
    for cpu, row in zip(found["cpus"]["online"], rows):
        counters = totals({name: found["softnet"]["cpus"][str(cpu)][name] for name in ("processed", "dropped")})
        squeezed, steered = (
            found["softnet"]["cpus"][str(cpu)][name]["total"] for name in ("time_squeeze", "received_rps")
        )
        assert [counters["processed"], counters["dropped"], squeezed, steered] == list(map(int, row))


def test_statistics_of_the_interfaces_in_sysfs(report):
    folder, found = report
    places = glob.glob(os.path.join(folder, "sys/devices/**/net/*/statistics"), recursive=True)
    if not places:
        pytest.skip("this report has no statistics in sysfs")
    for place in places:
        name = place.split("/")[-2]
        for field in os.listdir(place):
            with open(os.path.join(place, field)) as stream:
                assert found["nics"][name]["link_stats"][field]["total"] == int(stream.read()), (name, field)


IP_LINK = r"""
/^[0-9]+: / { name = $2; sub(/[@:].*/, "", name); print name, "mtu", $5 }
/^    link\// { print name, "mac", $2 }
/^    RX: / { getline; print name, "rx_packets", $2; print name, "rx_dropped", $4 }
/^    TX: / { getline; print name, "tx_packets", $2; print name, "tx_dropped", $4 }
"""


def test_what_ip_says_of_the_interfaces(report):
    folder, found = report
    rows = awk(IP_LINK, file(folder, f"{NETWORKING}/ip_-s_-d_link"))
    assert {row[0] for row in rows} == set(found["nics"])
    devices = {
        place.split("/")[-1] for place in glob.glob(os.path.join(folder, "sys/devices/**/net/*"), recursive=True)
    }
    for name, what, value in rows:
        nic = found["nics"][name]
        if what in ("mtu", "mac"):
            # Only of those that are selected.
            assert str(nic.get(what, value)) == value
        elif name not in devices:
            # sysfs was read a moment earlier, and goes before.
            assert nic["link_stats"][what]["total"] == int(value), (name, what)


def outputs(folder, option):
    for path in glob.glob(os.path.join(folder, NETWORKING, f"ethtool_{option}_*")):
        yield os.path.basename(path)[len(f"ethtool_{option}_") :], path


def test_statistics_of_the_drivers(report):
    folder, found = report
    compared = 0
    for name, path in outputs(folder, "-S"):
        rows = awk('NR > 1 { sub(/^ +/, ""); sub(/: /, " "); print }', path)
        if rows and found["nics"][name]["selected"]:
            assert totals(found["nics"][name]["counters"]) == {row[0]: int(row[1]) for row in rows}
            compared += len(rows)
    assert compared


def test_sizes_of_the_rings(report):
    folder, found = report
    for name, path in outputs(folder, "-g"):
        rows = awk("/^(RX|TX):/ { print tolower(substr($1, 1, 2)), $2 }", path)
        if rows and found["nics"][name]["selected"]:
            told = [("rx", "rx_max"), ("tx", "tx_max"), ("rx", "rx"), ("tx", "tx")]
            assert [found["nics"][name]["rings"][key] for _label, key in told] == [int(row[1]) for row in rows]


def test_drivers(report):
    folder, found = report
    for name, path in outputs(folder, "-i"):
        rows = awk("/^(driver|bus-info): / { print $1, $2 }", path)
        if rows and found["nics"][name].get("driver"):
            said = dict(rows)
            assert found["nics"][name]["driver"]["name"] == said["driver:"]
            assert (found["nics"][name]["driver"]["bus"] or "") == said["bus-info:"]


FEATURES = r'/^[\t ]*[a-z0-9_-]+: (on|off)/ { gsub(/^[\t ]+/, ""); gsub(/:/, ""); print $1, $2, $3 == "[fixed]" }'


def test_features(report):
    folder, found = report
    for name, path in outputs(folder, "-k"):
        nic = found["nics"][name]
        if not nic["selected"]:
            continue
        compared = 0
        for feature, state, fixed in awk(FEATURES, path):
            if feature in nic["features"]:
                own = nic["features"][feature]
                assert [own["active"], own["fixed"]] == [state == "on", fixed == "1"], (name, feature)
                compared += 1
        assert compared > 20


QDISCS = r"""
/^qdisc / { kind = $2; key = $5 " " $3 " " ($6 == "root" ? "root" : $7) }
/^ Sent / { dropped = $7; sub(/,/, "", dropped); print key, kind, $2, $4, dropped }
"""


def test_qdiscs(report):
    folder, found = report
    rows = awk(QDISCS, file(folder, f"{NETWORKING}/tc_-s_qdisc_show"))
    assert len(rows) == len(found["qdiscs"])
    for nic, handle, parent, kind, size, packets, dropped in rows:
        qdisc = found["qdiscs"][f"{nic} {handle} {parent}"]
        assert qdisc["kind"] == kind
        told = [qdisc[name]["total"] for name in ("bytes", "packets", "dropped")]
        assert told == [int(size), int(packets), int(dropped)]


SECTIONS = r"""
{ if ($1 == name) { for (at = 2; at <= NF; at++) print substr(name, 1, length(name) - 1), names[at], $at; name = "" }
  else { name = $1; for (at = 2; at <= NF; at++) names[at] = $at } }
"""


@pytest.mark.parametrize("which", ["snmp", "netstat"])
def test_protocols(report, which):
    folder, found = report
    for section, name, value in awk(SECTIONS, file(folder, f"proc/*/net/{which}")):
        own = found["protocols"][which][section][name]
        assert (own["total"] if isinstance(own, dict) else own) == int(value), name


def test_protocols_of_nstat_where_the_kernels_files_are_missing(report):
    folder, found = report
    if glob.glob(os.path.join(folder, "proc/*/net/snmp")):
        pytest.skip("this report has the files themselves")
    rows = dict(row[:2] for row in awk("/^[A-Z]/ { print $1, $2 }", file(folder, f"{NETWORKING}/nstat_-zas")))
    compared = 0
    for part in ("snmp", "netstat"):
        for section, fields in found["protocols"][part].items():
            for name, own in fields.items():
                assert (own["total"] if isinstance(own, dict) else own) == int(rows.pop(section + name))
                compared += 1
    for name, own in found["protocols"]["snmp6"].items():
        assert own["total"] == int(rows.pop(name))
    assert rows == {}
    assert compared > 100


def test_sysctls(report):
    folder, found = report
    rows = dict(awk("/^(net|vm)\\./ && / = [0-9]+$/ { print $1, $3 }", file(folder, "sos_commands/kernel/sysctl_-a")))
    compared = 0
    for name, value in found["sysctls"].items():
        if name in rows:
            assert str(value) == rows[name], name
            compared += 1
    assert compared > 40


IRQS = r"""
NR == 1 { cpus = NF }
NR > 1 && $NF ~ /^virtio[0-9]+-(input|output)/ {
    sum = 0
    for (at = 2; at <= cpus + 1; at++) sum += $at
    number = $1; sub(/:/, "", number); print $NF, number, sum
}
"""


def test_interrupts_of_the_virtio_nics(report):
    folder, found = report
    rows = awk(IRQS, file(folder, "proc/interrupts"))
    served = {}
    for nic in (found["nics"] or {}).values():
        # What the interrupts of a NIC are called is known of its driver.
        for number, irq in ((nic.get("driver") and nic.get("irqs")) or {}).items():
            if irq["queue"] is not None:
                counts = irq["counts"] or {}
                served[irq["action"]] = [number, str(sum(count["total"] for count in counts.values()))]
    known = {nic["driver"]["bus"] for nic in found["nics"].values() if nic.get("driver")}
    places = glob.glob(os.path.join(folder, "sys/devices/pci*/*/virtio*/net"))
    virtio = {place.split("/")[-2] for place in places if place.split("/")[-3] in known}
    assert virtio
    assert served == {row[0]: row[1:] for row in rows if row[0].partition("-")[0] in virtio}


def test_what_is_not_there_is_told(report):
    _folder, found = report
    assert found["unavailable"]
    assert all(entry["reason"] in REASONS and entry["detail"] for entry in found["unavailable"])
    # No number is made of nothing: what is None has its reason.
    paths = {entry["path"] for entry in found["unavailable"]}
    for key in ("taken_at", "boot_id", "uptime_s"):
        assert found["meta"][key] is not None or f"/meta/{key}" in paths


@pytest.mark.parametrize("name", REPORTS)
def test_an_archive_of_the_folder_gives_the_same_document(captures, tmp_path, name):
    folder = os.path.join(captures, "hotsos", name)
    with tarfile.open(tmp_path / "report.tar.xz", "w:xz", preset=0) as archive:
        archive.add(folder, f"sosreport-{name}-2022-02-11-abcdefg")
    packed, loose = document(str(tmp_path / "report.tar.xz")), document(folder)
    for found in (packed, loose):
        # A folder has no time of its own: somebody may have copied it.
        for key in ("taken_at", "uptime_s"):
            found["meta"].pop(key)
        found["unavailable"] = [entry for entry in found["unavailable"] if not entry["path"].startswith("/meta/")]
    assert packed == loose
