# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The audit of a host with real NIC drivers, over SSH: what it says is what ethtool and /proc say there."""

import contextlib
import dataclasses
import re

import auditing
import kernels
import loss
import needs
import proof
import pytest
import witness

INTERVAL_S = 3
ETHTOOL_OPTIONS = ("-i", "-g", "-l", "-c", "-k", "-x", "-S")
MARK = "== next answer =="
DRIVERS = {"igb0": "igb", "vio0": "virtio_net", "vmx0": "vmxnet3", "e1k0": "e1000e"}
#: The interrupt names of a NIC: its queues by role, all else is "other".
ACTIONS = {
    "igb0": r"igb0(?:-(?P<role>rx|tx|TxRx)-(?P<queue>\d+))?$",
    "vmx0": r"vmx0-(?:(?P<role>rxtx)-(?P<queue>\d+)|event-\d+)$",
    "e1k0": r"e1k0(?:-(?P<role>rx|tx)-(?P<queue>\d+))?$",
    "vio0": r"VIRTIO-(?:(?P<role>input|output)\.(?P<queue>\d+)|config)$",
}
ROLES = {"rx": "rx", "tx": "tx", "TxRx": "rxtx", "rxtx": "rxtx", "input": "rx", "output": "tx", None: "other"}
#: Columns of softnet_stat: the two queue lengths came with Linux 6.4.
SOFTNET_COLUMNS = {"6.1": 13, "6.12": 15}


@dataclasses.dataclass(frozen=True)
class Audit:
    """One audit of the guest, and what the other witness said before and after it, by what was asked."""

    kernel: str
    entry: dict
    document: dict
    before: dict
    after: dict

    def nic(self, name):
        return self.document["nics"][name]

    def told(self, nic, option):
        """What ``ethtool OPTION NIC`` printed."""
        return self.after[nic, option]


def witnesses(guest):
    """What ethtool and /proc say now, asked in one session. ethtool fails where a driver has no answer, and says so."""
    questions = {(nic, option): f"ethtool {option} {nic}" for nic in guest.nics for option in ETHTOOL_OPTIONS}
    questions["interrupts"] = "cat /proc/interrupts"
    questions["affinity"] = "cd /proc/irq && grep . */smp_affinity_list"
    questions["virtio"] = "basename $(readlink /sys/class/net/vio0/device)"
    script = f"; echo {MARK}; ".join(f"({question}) 2>&1" for question in questions.values())
    return dict(zip(questions, guest.run("sh", "-c", script).split(f"{MARK}\n"), strict=True))


@contextlib.contextmanager
def few_datagrams(guest, strength):
    with contextlib.ExitStack() as stack:
        stack.enter_context(guest.traffic("udp-reader", address="0.0.0.0"))
        for nic in DRIVERS:
            stack.enter_context(guest.lab.traffic("udp-sender", address=guest.address(nic), pause=0.05 / strength))
        yield


FEW_DATAGRAMS = loss.Loss(
    "a few datagrams on each NIC",
    "clean",
    caused=few_datagrams,
    needs=tuple(needs.link(nic, "rx_packets") for nic in DRIVERS),
)


@pytest.fixture(scope="module")
def audits(guests, tmp_path_factory):
    """Each guest receives a few datagrams on each NIC, reads them all, and loses none: one audit of them all.

    irqbalance is there, and held still, so that the affinities can be compared.
    """

    def audit(chosen):
        before = {kernel: witnesses(guest) for kernel, guest in chosen.items()}
        hosts = {guest.name: guest.host_variables() for guest in chosen.values()}
        audited = auditing.audit(tmp_path_factory.mktemp("quiet"), hosts, INTERVAL_S)
        assert len(audited.documents) == len(chosen), audited.output
        found = {}
        for kernel, guest in chosen.items():
            document = audited.documents[guest.name]
            seen = Audit(kernel, audited.host(guest.name), document, before[kernel], witnesses(guest))
            found[kernel] = (seen, document)
        return found

    return loss.proved(guests, dict.fromkeys(guests, FEW_DATAGRAMS), audit)


@pytest.fixture(params=kernels.SUITES)
def quiet(request, audits):
    """The audit of the quiet guest, for each kernel."""
    return proof.judged(audits[request.param])


def findings(audited, *severities):
    return {(one["rule"], one["layer"]) for one in audited.entry["findings"] if one["severity"] in severities}


@pytest.mark.parametrize("name", DRIVERS)
def test_guest_names_the_driver(quiet, name):
    driver = quiet.nic(name)["driver"]
    told = dict(witness.pairs(quiet.told(name, "-i")))
    assert driver["name"] == told["driver"] == DRIVERS[name]
    assert driver["version"] == told["version"]
    assert driver["bus"] == told["bus-info"]
    assert driver["firmware"] == told.get("firmware-version")


@pytest.mark.parametrize("name", DRIVERS)
def test_guest_has_the_rings_with_their_maxima(quiet, name):
    maxima, current = witness.maxima_and_current(quiet.told(name, "-g"))
    rings = quiet.nic(name)["rings"]
    assert (rings["rx"], rings["rx_max"]) == (current["RX"], maxima["RX"])
    assert (rings["tx"], rings["tx_max"]) == (current["TX"], maxima["TX"])


@pytest.mark.parametrize("name", [name for name in DRIVERS if name != "e1k0"])
def test_guest_has_the_channels_with_their_maxima(quiet, name):
    maxima, current = witness.maxima_and_current(quiet.told(name, "-l"))
    channels = quiet.nic(name)["channels"]
    assert current["Combined"] == channels["combined"] == 4
    assert maxima["Combined"] == channels["combined_max"]


def test_guest_says_that_a_driver_has_no_channels(quiet):
    assert "not supported" in quiet.told("e1k0", "-l")
    assert quiet.nic("e1k0")["channels"] is None
    reasons = {one["path"]: one["reason"] for one in quiet.document["unavailable"]}
    assert reasons["/nics/e1k0/channels"] == "unsupported"


@pytest.mark.parametrize("name", DRIVERS)
def test_guest_has_the_coalescing(quiet, name):
    told = witness.numbers(quiet.told(name, "-c"))
    coalesce = quiet.nic(name)["coalesce"]
    if not told:
        assert coalesce is None
        return
    assert {key: coalesce[key] for key in told} == told


@pytest.mark.parametrize("name", DRIVERS)
def test_guest_has_the_features(quiet, name):
    told = witness.features(quiet.told(name, "-k"))
    features = {key: (one["active"], one["fixed"]) for key, one in quiet.nic(name)["features"].items()}
    common = features.keys() & told.keys()
    assert len(common) > 40
    assert {key: features[key] for key in common} == {key: told[key] for key in common}


@pytest.mark.parametrize("name", ["igb0", "vmx0"])
def test_guest_has_the_rss_table(quiet, name):
    assert quiet.nic(name)["rss"]["weights"] == witness.rss_weights(quiet.told(name, "-x"))


@pytest.mark.parametrize("name", DRIVERS)
def test_guest_has_every_statistic_of_the_driver_with_its_class(quiet, name):
    counters = quiet.nic(name)["counters"]
    heading, *before = witness.pairs(quiet.before[name, "-S"].replace("statistics:", "statistics: of the driver"))
    after = witness.pairs(quiet.told(name, "-S"))
    assert heading[0] == "NIC statistics"
    assert len(counters) == len(before) == len(after)
    assert {one["class"] for one in counters.values() if one["kind"] == "loss"} <= set("abcdef")
    assert not [key for key, one in counters.items() if one["kind"] == "unclassified"]
    if name == "vmx0":
        return  # its names are not unique: the document gives each its queue
    low, high = dict(before), dict(after)
    assert counters.keys() == low.keys()
    assert all(int(low[key]) <= one["total"] <= int(high[key]) for key, one in counters.items())


def test_guest_splits_the_positional_statistics_of_vmxnet3_by_queue(quiet):
    counters = quiet.nic("vmx0")["counters"]
    ring_empty = {one["queue"]: one for key, one in counters.items() if "pkts rx OOB" in key}
    assert sorted(ring_empty) == [0, 1, 2, 3]
    assert {(one["class"], one["kind"]) for one in ring_empty.values()} == {("c", "loss")}


@pytest.mark.parametrize("name", DRIVERS)
def test_guest_maps_the_interrupts_to_the_queues(quiet, name):
    nic = quiet.nic(name)
    pattern = re.compile(ACTIONS[name].replace("VIRTIO", quiet.after["virtio"].strip()))
    rows = {
        irq: (pattern.match(action), counts)
        for irq, (action, counts) in witness.interrupts(quiet.after["interrupts"]).items()
    }
    expected = {
        irq: (ROLES[match["role"]], int(match["queue"]) if match["queue"] else None)
        for irq, (match, _counts) in rows.items()
        if match
    }
    assert {irq: (one["role"], one["queue"]) for irq, one in nic["irqs"].items()} == expected


@pytest.mark.parametrize("name", DRIVERS)
def test_guest_counts_the_interrupts_by_cpu(quiet, name):
    before, after = (witness.interrupts(texts["interrupts"]) for texts in (quiet.before, quiet.after))
    irqs = quiet.nic(name)["irqs"]
    for irq, one in irqs.items():
        for cpu, most in after[irq][1].items():
            counted = one["counts"].get(cpu, {"total": 0})["total"]
            assert before[irq][1][cpu] <= counted <= most, (irq, cpu)
    deltas = [count["delta"] for one in irqs.values() if one["role"] != "other" for count in one["counts"].values()]
    assert sum(deltas) > 0


def test_guest_has_the_affinity_of_the_interrupts(quiet):
    told = {line.split("/")[0]: line.partition(":")[2] for line in quiet.after["affinity"].splitlines()}
    known = {
        irq: one["affinity"] for nic in quiet.document["nics"].values() for irq, one in (nic.get("irqs") or {}).items()
    }
    assert len(known) > 20
    assert {irq: cpulist(cpus) for irq, cpus in known.items()} == {irq: told[irq] for irq in known}


def cpulist(cpus):
    """``0-1,3`` of [0, 1, 3]."""
    runs = []
    for cpu in cpus:
        if runs and runs[-1][1] == cpu - 1:
            runs[-1][1] = cpu
        else:
            runs.append([cpu, cpu])
    return ",".join(f"{first}-{last}" if first != last else str(first) for first, last in runs)


def test_guest_knows_the_numa_node_of_a_nic(quiet):
    nic = quiet.nic("igb0")
    assert (nic["numa_node"], nic["local_cpus"]) == (1, [2, 3])
    assert quiet.document["cpus"]["nodes"] == {"0": [0, 1], "1": [2, 3]}


def test_guest_says_that_the_platform_tells_no_numa_node(quiet):
    assert quiet.nic("vmx0")["numa_node"] is None
    reasons = {one["path"]: one["reason"] for one in quiet.document["unavailable"]}
    assert reasons["/nics/vmx0/numa_node"] == "absent"


def test_guest_has_the_softnet_of_its_kernel(quiet):
    softnet = quiet.document["softnet"]
    assert quiet.document["meta"]["kernel"]["release"].startswith(f"{quiet.kernel}.")
    assert softnet["columns"] == SOFTNET_COLUMNS[quiet.kernel]
    assert sorted(softnet["cpus"]) == ["0", "1", "2", "3"]
    known = {one["input_qlen"] is not None for one in softnet["cpus"].values()}
    assert known == {SOFTNET_COLUMNS[quiet.kernel] == 15}
    assert sum(one["processed"]["delta"] for one in softnet["cpus"].values()) > 0


def test_guest_is_the_host_itself(quiet):
    assert quiet.document["meta"]["netns"]["initial"] is True
    assert quiet.document["sysctls"]["net.core.netdev_budget"] == 300
    assert quiet.document["neighbour"]["arp_cache"]["gc_thresh3"] == 1024


def test_guest_knows_who_else_manages_the_settings(quiet):
    owners = quiet.document["owners"]
    assert owners["irqbalance"]["running"] is True
    assert owners["networkd"]["running"] is True
    assert owners["networkmanager"]["running"] is False


@pytest.mark.parametrize("kernel", kernels.SUITES)
def test_guest_holds_irqbalance_until_the_outermost_block_ends(guests, kernel):
    """By hand as in the tests: it would move the interrupts that a loss has put somewhere."""

    def state():
        return guests[kernel].script("grep ^State: /proc/$(pidof irqbalance)/status").split()[1]

    with guests[kernel].irqbalance_held():
        assert state() == "T"
        with guests[kernel].irqbalance_held():
            assert state() == "T"
        assert state() == "T"
    assert state() != "T"


def test_guest_loses_nothing_while_it_is_quiet(quiet):
    assert quiet.entry["error"] is None
    assert findings(quiet, "loss") == set()
    for name in DRIVERS:
        assert quiet.nic(name)["link_stats"]["rx_packets"]["delta"] > 0
