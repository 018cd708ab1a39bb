# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every rule fires on its symptom, with the right numbers, and not on what only looks like it."""

import copy
import json
import pathlib
import re

import jsonschema
import pytest
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.diagnosis import load_rules
from ansible_collections.linuxnet.packetloss.tests.unit.documents import (
    cpu_times,
    host_beside,
    host_document,
    host_with,
    irq,
    link_stats,
    lossy,
    merged,
    namespace,
    nic,
    qdisc,
    softnet_row,
    statistics,
    udp_socket,
    with_deltas,
)
from ansible_collections.linuxnet.packetloss.tests.unit.judging import diagnose, texts

REPOSITORY = pathlib.Path(__file__).resolve().parents[5]
RULES = load_rules()
TCP = "protocols/netstat/TcpExt/"
UDP = "protocols/snmp/Udp/"
STATS = "nics/eth0/link_stats/"


def counted(**deltas):
    """An idle host whose counters grew: ``softnet__cpus__0__dropped=3``."""
    return with_deltas(host_document(), {path.replace("__", "/"): delta for path, delta in deltas.items()})


def old_kernel(**overrides):
    return host_document(**merged({"meta": {"kernel": {"release": "4.19.90"}}}, overrides))


def grown(deltas, base=None):
    return with_deltas(base or host_document(), deltas)


def saturated(document, cpu=0):
    return merged(document, {"cpu_times": {str(cpu): cpu_times(softirq=960)}})


def squeezed(document, times, cpu=0, processed=5000):
    row = softnet_row(processed=processed, time_squeeze=times)
    return merged(document, {"softnet": {"cpus": {str(cpu): row}}})


def skewed(softirq=20):
    """100,000 packets in ten seconds and more, most of them on CPU 1."""
    rows = {str(cpu): softnet_row(processed=180000 if cpu == 1 else 10000) for cpu in range(4)}
    document = host_document(softnet={"cpus": rows}, cpu_times={"1": cpu_times(softirq=softirq)})
    return grown({STATS + "rx_packets": 210000}, document)


def off_node(packets=200000, **deltas):
    """A NIC of node 0 with one of its queues on CPU 2 of node 1."""
    document = lossy(**deltas)
    document["nics"]["eth0"]["irqs"] = {"40": irq(0, 0), "41": irq(1, 2)}
    return grown({STATS + "rx_packets": packets}, document)


def busy(document, cpu, packets):
    """So many packets in ten seconds, on a CPU that is half busy."""
    times = {str(cpu): cpu_times(softirq=600)}
    return grown({STATS + "rx_packets": packets}, merged(document, {"cpu_times": times}))


def left_out(softirq=20, queues=(0, 1), packets=20000, **deltas):
    """A NIC with four queues, of which the RSS table uses *queues*."""
    document = merged(lossy(**deltas), {"nics": {"eth0": {"channels": {"combined": 4}, "rss": {"queues": [*queues]}}}})
    return grown({STATS + "rx_packets": packets}, with_cpu(document, softirq=softirq))


def one_queue(softirq):
    """A NIC with one queue of eight, whose CPU has little time left."""
    document = with_cpu(on_eth0(host_document(), channels={"combined": 1}, rss={"queues": [0]}), softirq=softirq)
    document["nics"]["eth0"]["irqs"] = {"40": irq(0, 0)}
    return document


def slave(state="backup", rx_nohandler=25):
    stats = link_stats(rx_packets=100, rx_nohandler=rx_nohandler)
    return host_with({"eth0": nic(master="bond0", bond_slave={"state": state}, link_stats=stats)})


def shaped(kind="tbf", dropped=70, handle="8001:"):
    document = host_document()
    document["qdiscs"] = {f"eth0 {handle} root": qdisc(kind, handle, "root", dropped)}
    return document


def ena(**deltas):
    names = ("bw_in", "bw_out", "pps", "conntrack", "linklocal")
    counters = {f"{name}_allowance_exceeded": deltas.get(name, 0) for name in names}
    return host_with({"eth0": nic("ena", counters=statistics("ena", queue_0_rx_empty_rx_ring=0, **counters))})


def hypervisor(tx_dropped, tx_packets=5000):
    stats = link_stats(tx_dropped=tx_dropped, tx_packets=tx_packets)
    tap = nic("tun", kind="tun", selected=False, counters=None, irqs=None, link_stats=stats)
    return host_with({"eth0": nic(), "vnet0": tap})


def lossy_of(driver, deltas):
    return host_with({"eth0": nic(driver, counters=statistics(driver, **deltas))})


def stolen_virtio(packets):
    document = with_cpu(lossy_of("virtio_net", {"rx_queue_0_drops": 0}), steal=90)
    return grown({STATS + "rx_packets": packets}, document)


def r9999_dropping(packets):
    return grown({STATS + "rx_dropped": packets}, r9999(rx_drops=0))


def other_filter():
    document = host_document()
    document["qdiscs"]["lxc1 ffff: clsact"] = qdisc("clsact", "ffff:", "ffff:fff1", 500, nic="lxc1")
    return document


def r9999(**deltas):
    """A NIC of a driver that nobody knows."""
    return lossy_of("r9999", deltas)


def on_eth0(document, **overrides):
    return merged(document, {"nics": {"eth0": overrides}})


def table(cases):
    return [case[1:] for case in cases]


def names(cases):
    return [case[0] for case in cases]


def with_cpu(document, **times):
    return merged(document, {"cpu_times": {"0": cpu_times(**times)}})


def glitched():
    entry = {"cause": "zero_blip", "before": 10**12, "after": 0, "detail": "the counter read 0 for a moment"}
    paths = [f"/nics/eth0/link_stats/{field}" for field in ("rx_bytes", "rx_packets", "rx_dropped")]
    document = host_document(meta={"glitches": [{"path": path, **entry} for path in paths]})
    return grown({path[1:]: None for path in paths}, document)


BACKLOG_TWICE = grown({"softnet/cpus/0/dropped": 50, STATS + "rx_dropped": 50})

#: rule: (a document with its symptom, subject, severity, lost, text that must be in the finding)
SYMPTOMS = {
    "R1": (lossy(rx_crc_errors_phy=12), "eth0", "loss", 12, '"rx_crc_errors_phy": 12'),
    "R2": (lossy(rx_discards_phy=90), "eth0", "loss", 90, '"rx_discards_phy": 90'),
    "R3": (saturated(lossy(rx_out_of_buffer=5000)), "eth0", "loss", 5000, "96.0"),
    "R4": (lossy(rx_out_of_buffer=400), "eth0", "loss", 400, "ethtool -G eth0 rx 2048"),
    "R5": (lossy(rx0_buff_alloc_err=30), "eth0", "loss", 30, "vm.min_free_kbytes=135168"),
    "R6": (counted(softnet__cpus__2__dropped=300), None, "loss", 300, "net.core.netdev_max_backlog=2000"),
    "R7": (squeezed(host_document(), 150), None, "info", None, "150"),
    "R8": (squeezed(lossy(rx_out_of_buffer=400), 20, processed=6000), "eth0", "loss", None, "netdev_budget=600"),
    "R9": (skewed(), "eth0", "info", None, "85.7"),
    "R10": (off_node(), "eth0", "info", None, "on the CPUs 0-1 as well"),
    "R11": (grown({STATS + "rx_dropped": 100}), "eth0", "info", None, "100"),
    "R12": (slave(), "eth0", "info", None, "A backup slave"),
    "R44": (grown({STATS + "rx_otherhost_dropped": 100}), "eth0", "info", None, "tcpdump -e -nn -p -i eth0"),
    "R45": (left_out(softirq=700), "eth0", "risk", None, "ethtool -X eth0 equal 4"),
    "R13": (grown({"conntrack/stats/drop": 40}), None, "loss", 40, "nf_conntrack_max=524288"),
    "R14": (grown({"conntrack/stats/drop": 9, "conntrack/stats/insert_failed": 9}), None, "loss", 9, "same tuple"),
    "R15": (grown({"neighbour/arp_cache/stats/table_fulls": 6}), "arp_cache", "loss", 6, "gc_thresh3=2048"),
    "R16": (grown({TCP + "ListenOverflows": 8, TCP + "ListenDrops": 8}), None, "loss", 8, "net.core.somaxconn=8192"),
    "R17": (grown({TCP + "TCPReqQFullDrop": 50, TCP + "ListenDrops": 50}), None, "loss", 50, "tcp_syncookies"),
    "R18": (grown({TCP + "TCPBacklogDrop": 7}), None, "loss", 7, '"TCPBacklogDrop": 7'),
    "R19": (grown({TCP + "TCPAbortOnMemory": 3}), None, "loss", None, "180000"),
    "R20": (grown({UDP + "RcvbufErrors": 1994, UDP + "InErrors": 1994}), "Udp", "loss", 1994, "212992"),
    "R21": (grown({UDP + "MemErrors": 5, UDP + "InErrors": 5}), "Udp", "loss", 5, "360000"),
    "R22": (lossy(tx_pause_ctrl_phy=400), "eth0", "risk", None, "400"),
    "R23": (lossy(rx_pause_ctrl_phy=400), "eth0", "info", None, "400"),
    "R24": (lossy(tx_queue_stopped=17), "eth0", "info", None, "17"),
    "R25": (counted(nics__eth0__queues__tx__0__tx_timeout=1), "eth0", "risk", None, "NETDEV WATCHDOG"),
    "R26": (shaped(), "eth0 tbf", "loss", 70, "tc -s -d qdisc show dev eth0"),
    "R27": (ena(conntrack=11, pps=4), "eth0", "loss", 11, '"pps_allowance_exceeded": 4'),
    "R28": (hypervisor(60), "vnet0", "loss", 60, "tx_dropped of the tap"),
    "R29": (with_cpu(lossy(rx_out_of_buffer=400), steal=90), "eth0", "loss", None, "9.0"),
    "R30": (counted(nics__eth0__carrier_changes=2), "eth0", "risk", None, "2"),
    "R31": (lossy(tx_queue_dropped=3), "eth0", "loss", 3, '"tx_queue_dropped": 3'),
    "R32": (counted(protocols__snmp__Ip__InDiscards=2), None, "loss", 2, "2"),
    "R33": (counted(protocols__snmp__Ip__InHdrErrors=20), None, "info", None, '"InHdrErrors": 20'),
    "R34": (counted(protocols__snmp__Ip__ReasmFails=4), None, "risk", None, "ipfrag_high_thresh"),
    "R35": (counted(xfrm__XfrmInError=5), None, "loss", 5, '"XfrmInError": 5'),
    "R51": (one_queue(softirq=720), "eth0", "risk", None, "ethtool -L eth0 combined 2"),
    "R50": (counted(xfrm__XfrmInNoStates=500), None, "risk", None, '"XfrmInNoStates": 500'),
    "R36": (grown({"neighbour/arp_cache/stats/unresolved_discards": 5}), "arp_cache", "info", None, "5"),
    "R37": (grown({TCP + "ListenDrops": 30}), None, "loss", 30, "30"),
    "R38": (grown({UDP + "InCsumErrors": 5, UDP + "InErrors": 5}), "Udp", "loss", 5, "5"),
    "R39": (
        host_document(sockets={"drops": {"raw x": udp_socket(4, protocol="raw", processes=((9, "ospfd"),))}}),
        "0.0.0.0:53",
        "loss",
        4,
        "ospfd (9)",
    ),
    "R40": (lossy(rx_oversize_pkts_buffer=6), "eth0", "risk", None, "6"),
    "R42": (r9999(rx_drops=9), "eth0", "risk", None, '"rx_drops": 9'),
    "R43": (counted(protocols__snmp__Tcp__InCsumErrors=6), None, "loss", 6, "InCsumErrors"),
    "R47": (grown({STATS + "rx_errors": 40}), "eth0", "risk", None, '"rx_errors": 40'),
    "R48": (counted(protocols__snmp__Ip__FragFails=50000), None, "risk", None, '"FragFails": 50000'),
    "R49": (counted(protocols__snmp__Ip__OutNoRoutes=900), None, "risk", None, '"OutNoRoutes": 900'),
    "R46": (grown({UDP + "InErrors": 12}), "Udp", "risk", None, "12"),
    "R41": (counted(protocols__snmp__Ip__OutDiscards=20), None, "info", None, "20"),
    "R60": (
        host_beside(namespace(counters={"interfaces/eth0/tx_dropped": 7})),
        "netns blue",
        "risk",
        None,
        "ip netns exec blue ip -s -s link show eth0",
    ),
    "G1": (glitched(), "eth0", "info", None, "/nics/eth0/link_stats/rx_bytes"),
}

#: Those that a symptom brings with it: details of the same loss, without packets of their own.
COMPANIONS = {"R8": {"R4"}, "R29": {"R4"}}

VERDICTS = {"loss": "losing", "risk": "at_risk", "info": "clean"}


def diagnosis(document):
    return diagnose(document, RULES)


def fired(document):
    return {found["rule"] for found in diagnosis(document)["findings"]}


def finding(document, rule):
    """The only finding of *rule*."""
    (found,) = [each for each in diagnosis(document)["findings"] if each["rule"] == rule]
    return found


def lost(document):
    """All packets lost, and the rules that counted them."""
    findings = [each for each in diagnosis(document)["findings"] if each["lost"]]
    return sum(each["lost"] for each in findings), {each["rule"] for each in findings}


def test_every_rule_has_a_symptom_here():
    assert set(SYMPTOMS) == {rule.id for rule in RULES}
    assert {f"R{number}" for number in range(1, 31)} <= set(SYMPTOMS)


def test_an_idle_host_is_clean_without_a_finding():
    result = diagnosis(host_document())
    assert (result["verdict"], result["findings"], result["reasons"]) == ("clean", [], [])


@pytest.mark.parametrize("rule", SYMPTOMS)
def test_a_rule_fires_on_its_symptom_and_no_other_does(rule):
    document, subject, severity, packets, text = SYMPTOMS[rule]
    found = finding(document, rule)
    assert (found["subject"]["name"], found["severity"], found["lost"] or None) == (subject, severity, packets)
    assert text in json.dumps(found)
    assert fired(document) == {rule} | COMPANIONS.get(rule, set())
    worst = "loss" if COMPANIONS.get(rule) else severity
    assert diagnosis(document)["verdict"] == VERDICTS[worst]


@pytest.mark.parametrize("rule", SYMPTOMS)
def test_a_finding_is_what_the_report_takes(rule):
    schema = json.loads((REPOSITORY / "docs" / "audit.schema.json").read_text())
    shape = {"$ref": "#/$defs/finding", "$defs": schema["$defs"]}
    for found in diagnosis(SYMPTOMS[rule][0])["findings"]:
        jsonschema.validate(json.loads(json.dumps(found)), shape)
        said = [found["cause"], *texts(found), *found["cautions"], *[item["what"] for item in found["evidence"]]]
        assert "(unknown)" not in " ".join(said) and not re.search(r"(?<!\$)\{", " ".join(said))
        assert found["evidence"] and found["actions"] and found["sources"]


@pytest.mark.parametrize("rule", [rule for rule, symptom in SYMPTOMS.items() if symptom[3]])
def test_the_rate_is_that_of_the_lost_packets(rule):
    document, _subject, _severity, packets, _text = SYMPTOMS[rule]
    if rule != "R27":  # there the rate holds what was only delayed, too
        assert finding(document, rule)["rate"] == {"value": packets / 10, "unit": "packets/s"}


#: (what it is, document, rules that must be silent, the verdict)
LOOK_ALIKES = [
    ("corrected FEC bits are no loss", lossy(rx_corrected_bits_phy=10**6), {"R1"}, "clean"),
    ("a lost ring packet is not the NIC's buffer", lossy(rx_out_of_buffer=5), {"R1", "R2", "R3", "R5"}, "losing"),
    ("a saturated CPU without loss", saturated(host_document()), {"R3", "R4", "R9"}, "clean"),
    ("a saturated CPU that does not serve the NIC", saturated(lossy(rx_out_of_buffer=5), 3), {"R3"}, "losing"),
    ("idle CPUs are no reason to spread", lossy(rx_out_of_buffer=5), {"R3"}, "losing"),
    ("a saturated CPU is no burst", saturated(lossy(rx_out_of_buffer=5)), {"R4"}, "losing"),
    (
        "memory pressure without a failed allocation",
        host_document(memory={"meminfo": {"MemAvailable": 1}}),
        {"R5"},
        "clean",
    ),
    ("drops of long ago", counted(softnet__cpus__0__dropped=0), {"R6"}, "clean"),
    ("one squeeze since boot", squeezed(host_document(), 0), {"R7", "R8"}, "clean"),
    ("a few squeezes", squeezed(host_document(), 99), {"R7", "R8"}, "clean"),
    ("many squeezes are no loss", squeezed(host_document(), 10**6), {"R8"}, "clean"),
    ("squeezes beside a loss are not harmless", squeezed(lossy(rx_out_of_buffer=5), 10**5), {"R7"}, "losing"),
    ("a squeeze or two beside a loss", squeezed(lossy(rx_out_of_buffer=5), 9), {"R7", "R8"}, "losing"),
    ("loopback on the CPU of a NIC", grown({STATS + "rx_packets": 900}, skewed()), {"R9"}, "clean"),
    ("time stolen from a guest without traffic", stolen_virtio(packets=500), {"R29"}, "clean"),
    ("what a filter on another interface drops", other_filter(), {"R26"}, "clean"),
    ("filters of an unknown driver", r9999(rx_filter_drops=900), {"R40", "R42"}, "clean"),
    ("squeezes on another CPU than the ring's", squeezed(lossy(rx_out_of_buffer=5), 10**5, cpu=3), {"R8"}, "losing"),
    ("three packets on one CPU", host_document(softnet={"cpus": {"1": softnet_row(50000)}}), {"R9"}, "clean"),
    (
        "one queue cannot be spread",
        merged(skewed(), {"nics": {"eth0": {"channels": {"combined": 1}}}}),
        {"R9"},
        "clean",
    ),
    ("little traffic on the far node", off_node(packets=900), {"R10"}, "clean"),
    ("1,000 packets/s on an idle CPU", grown({STATS + "rx_packets": 20000}, skewed()), {"R9"}, "clean"),
    ("a CPU that is busy with something else", busy(skewed(), 1, packets=900), {"R9"}, "clean"),
    ("the busy CPU processes nothing", busy(skewed(), 3, packets=20000), {"R9"}, "clean"),
    ("some traffic on the far node", off_node(packets=20000), {"R10"}, "clean"),
    ("the busy CPU is on the NIC's node", busy(off_node(), 0, packets=20000), {"R10"}, "clean"),
    ("queues left out, and nobody needs them", left_out(), {"R45"}, "clean"),
    ("all queues used", left_out(softirq=700, queues=range(4)), {"R45"}, "clean"),
    ("no packets in the queues that are used", left_out(softirq=700, packets=900), {"R45"}, "clean"),
    ("no node, no verdict", on_eth0(off_node(), numa_node=None), {"R10"}, "clean"),
    (
        "backlog drops are in rx_dropped too",
        grown({"softnet/cpus/0/dropped": 50, STATS + "rx_dropped": 50}),
        {"R11"},
        "losing",
    ),
    ("rx_nohandler without a bond", grown({STATS + "rx_nohandler": 9}), {"R12"}, "clean"),
    ("packets that conntrack does not know", grown({"conntrack/stats/invalid": 10**4}), {"R13", "R14"}, "clean"),
    ("a race is no full table", SYMPTOMS["R14"][0], {"R13"}, "losing"),
    ("a table filled to 80 %", host_document(conntrack={"count": 209000}), {"R13"}, "clean"),
    ("neighbours that do not answer", SYMPTOMS["R36"][0], {"R15"}, "clean"),
    (
        "permanent neighbours are not limited since 5.0",
        host_document(neighbour={"arp_cache": {"entries": 5000}}),
        {"R15"},
        "clean",
    ),
    ("half a neighbour table", old_kernel(neighbour={"arp_cache": {"entries": 600}}), {"R15"}, "clean"),
    ("an accept queue is no SYN queue", SYMPTOMS["R16"][0], {"R17", "R37"}, "losing"),
    ("a SYN queue is no accept queue", SYMPTOMS["R17"][0], {"R16", "R37"}, "losing"),
    (
        "counters that were not read at one instant",
        grown({TCP + "ListenDrops": 901, TCP + "ListenOverflows": 900}),
        {"R37"},
        "losing",
    ),
    ("collapsed is not lost", grown({TCP + "TCPRcvCollapsed": 10**5, TCP + "PruneCalled": 50}), {"R18"}, "clean"),
    ("a closed port", grown({UDP + "NoPorts": 10**4}), {"R20", "R21", "R38"}, "clean"),
    ("a socket filter", grown({UDP + "InErrors": 10}), {"R20", "R21", "R38"}, "at_risk"),
    (
        "UDP counters of which one was read a moment later",
        grown({UDP + "InErrors": 1000, UDP + "RcvbufErrors": 990}),
        {"R46"},
        "losing",
    ),
    ("pause times without a pause", lossy(tx_prio0_pause_duration=10**6), {"R22", "R23"}, "clean"),
    ("a pause that came is none that was sent", lossy(rx_pause_ctrl_phy=5), {"R22"}, "clean"),
    ("pauses beside a loss are its evidence", lossy(tx_pause_ctrl_phy=5, rx_out_of_buffer=5), {"R22"}, "losing"),
    ("a queue that stops is no hang", lossy(tx_queue_stopped=10**5), {"R25", "R31"}, "clean"),
    ("a stopped queue that also drops", grown({STATS + "tx_dropped": 5}, lossy(tx_queue_stopped=9)), {"R24"}, "losing"),
    (
        "overlimits and requeues",
        grown({"qdiscs/eth0 0: :1/overlimits": 900, "qdiscs/eth0 0: :1/requeues": 9}),
        {"R26"},
        "clean",
    ),
    ("active queue management drops on purpose", shaped("fq_codel"), set(), "clean"),
    ("a guest that takes all", hypervisor(0), {"R28"}, "clean"),
    ("stolen time without loss", with_cpu(host_document(), steal=300), {"R29"}, "clean"),
    ("little stolen time", with_cpu(lossy(rx_out_of_buffer=5), steal=30), {"R29"}, "losing"),
    ("IPsec policies that block", counted(xfrm__XfrmInPolBlock=900), {"R35"}, "clean"),
    ("steering misses are harmless", lossy(rx_steer_missed_packets=900), {"R40"}, "clean"),
    ("OutDiscards of a full shaper", grown({"protocols/snmp/Ip/OutDiscards": 70}, shaped()), {"R41", "R32"}, "losing"),
    ("IPv6 that is switched off", counted(protocols__snmp6__Ip6InDiscards=900), {"R32"}, "clean"),
    ("a ring below its maximum is no risk", host_document(), {"R4"}, "clean"),
]


@pytest.mark.parametrize(
    ("document", "silent", "verdict"), [case[1:] for case in LOOK_ALIKES], ids=[c[0] for c in LOOK_ALIKES]
)
def test_a_look_alike_is_not_taken_for_it(document, silent, verdict):
    result = diagnosis(document)
    assert not silent & {found["rule"] for found in result["findings"]}
    assert result["verdict"] == verdict


def test_huge_totals_that_stand_still_are_nothing():
    document = json.loads(json.dumps(host_document()).replace('"total": 1000', f'"total": {2**40}'))
    assert diagnosis(document)["findings"] == []


def test_more_than_two_hundred_cpus_of_which_the_last_one_drops():
    document = host_document()
    document["softnet"]["cpus"] = {str(cpu): softnet_row() for cpu in range(256)}
    document["softnet"]["cpus"]["255"] = softnet_row(dropped=9)
    found = finding(document, "R6")
    assert (found["id"], found["subject"]) == ("R6:host", {"type": "host", "name": None})
    assert {item["key"]: item["value"] for item in found["evidence"]}["cpus"] == [255]


# --- one packet, one place ----------------------------------------------------------------------------------------

ONCE = [
    ("backlog and rx_dropped", BACKLOG_TWICE, 50, {"R6"}),
    ("UDP errors and the socket", SYMPTOMS["R20"][0], 1994, {"R20"}),
    (
        "the socket list is a view of RcvbufErrors",
        merged(SYMPTOMS["R20"][0], {"sockets": {"drops": {"udp 0.0.0.0:53 inode 1": udp_socket(1994)}}}),
        1994,
        {"R20"},
    ),
    (
        "UDP errors of every kind",
        grown({UDP + "InErrors": 100, UDP + "RcvbufErrors": 60, UDP + "MemErrors": 30, UDP + "InCsumErrors": 10}),
        100,
        {"R20", "R21", "R38"},
    ),
    ("accept queue and ListenDrops", SYMPTOMS["R16"][0], 8, {"R16"}),
    (
        "conntrack races that are in drop too",
        grown({"conntrack/stats/drop": 50, "conntrack/stats/insert_failed": 20}),
        50,
        {"R13", "R14"},
    ),
    ("a saturated ring with squeezes", squeezed(saturated(lossy(rx_out_of_buffer=70)), 50), 70, {"R3"}),
    ("a ring of a guest without CPU time", SYMPTOMS["R29"][0], 400, {"R4"}),
    (
        "mlx5 rx_out_of_buffer and rx_missed_errors",
        grown({STATS + "rx_missed_errors": 70}, lossy(rx_out_of_buffer=70)),
        70,
        {"R4"},
    ),
    (
        "a queue discipline and OutDiscards of the sender",
        grown({"protocols/snmp/Ip/OutDiscards": 71}, shaped(dropped=70)),
        70,
        {"R26"},
    ),
    (
        "conntrack and OutDiscards of the sender",
        grown({"protocols/snmp/Ip/OutDiscards": 40, "conntrack/stats/drop": 40}),
        40,
        {"R13"},
    ),
    (
        "igb reports a packet twice",
        host_with(
            {
                "eth0": nic(
                    "igb",
                    link_stats=link_stats(rx_packets=900, rx_missed_errors=40, rx_fifo_errors=40),
                    counters=statistics("igb", rx_missed_errors=40, rx_queue_0_drops=0),
                )
            }
        ),
        40,
        {"R2"},
    ),
    (
        "an ENA limit is no loss of the NIC's buffer",
        ena(conntrack=11),
        11,
        {"R27"},
    ),
]


@pytest.mark.parametrize(("document", "packets", "rules"), table(ONCE), ids=names(ONCE))
def test_a_packet_is_counted_once(document, packets, rules):
    assert lost(document) == (packets, rules)


def test_a_bond_repeats_its_slaves():
    port = nic("e1000e", master="bond0", link_stats=link_stats(rx_packets=900, rx_crc_errors=30))
    both = link_stats(rx_packets=1800, rx_crc_errors=60)
    bond = nic("bonding", kind="bond", lower=["eth0", "eth1"], irqs=None, link_stats=both)
    document = host_with({"bond0": bond, "eth0": port, "eth1": port})
    assert lost(document) == (60, {"R1"})
    assert {found["subject"]["name"] for found in diagnosis(document)["findings"]} == {"eth0", "eth1"}


def test_veth_and_the_backlog_of_its_peer():
    veth = {"kind": "veth", "irqs": None, "counters": statistics("veth", rx_queue_0_drops=0)}
    document = host_with({"va": nic("veth", **veth), "vb": nic("veth", **veth)})
    drops = {"softnet/cpus/1/dropped": 90, "nics/va/link_stats/tx_dropped": 90, "nics/vb/link_stats/rx_dropped": 90}
    assert lost(grown(drops, document)) == (90, {"R6"})
    # Not read at one instant: a few more on one side are no loss of their own.
    assert lost(grown({**drops, "nics/va/link_stats/tx_dropped": 93}, document)) == (90, {"R6"})


# --- what decides between two rules, and what a finding says ----------------------------------------------------------


def test_an_unknown_cpu_still_makes_a_loss_but_with_low_confidence():
    document = on_eth0(lossy(rx_out_of_buffer=5), napi={"threaded": True})
    found = finding(document, "R4")
    assert found["confidence"] == "low" and "NAPI threads" in found["cause"]


def test_the_ring_is_not_proposed_where_it_is_at_its_maximum():
    document = merged(lossy(rx_out_of_buffer=5), {"nics": {"eth0": {"rings": {"rx": 8192}}}})
    remedies = " ".join(texts(finding(document, "R4")))
    assert "as large as the hardware allows" in remedies and "ethtool -G" not in remedies


def test_a_narrow_pcie_slot_is_named():
    document = on_eth0(lossy(rx_discards_phy=5), pci={"link_width": "4"})
    found = finding(document, "R2")
    assert "8.0 GT/s PCIe x4" in found["cause"] and found["confidence"] == "high"


@pytest.mark.parametrize(
    ("processed", "budget", "word"),
    [(6000, 300, "full budget of 300"), (400, 300, "time limit"), (400, None, "stops at its")],
)
def test_an_exhausted_budget_is_told_from_exhausted_time(processed, budget, word):
    document = squeezed(lossy(rx_out_of_buffer=400), 20, processed=processed)
    document["sysctls"]["net.core.netdev_budget"] = budget
    found = finding(document, "R8")
    assert word in found["cause"]
    assert "(unknown)" not in " ".join(texts(found))


def test_one_heavy_flow_is_told_from_a_full_backlog():
    document = grown({"softnet/cpus/1/dropped": 90, "softnet/cpus/1/flow_limit_count": 90})
    assert "One flow" in finding(document, "R6")["cause"]


@pytest.mark.parametrize(
    ("rx_dropped", "lost", "severity"),
    [(90, 90, "loss"), (88, 90, "loss"), (30, 0, "risk"), (0, 0, "info"), (None, 0, "info")],
)
def test_in_a_container_only_those_backlog_drops_are_loss_that_it_accounts_for(rx_dropped, lost, severity):
    document = grown({"softnet/cpus/1/dropped": 90, STATS + "rx_dropped": rx_dropped})
    document["meta"]["netns"]["initial"] = False
    found = finding(document, "R6")
    assert (found["lost"], found["severity"]) == (lost, severity)
    assert "another network namespace" in " ".join(found["cautions"])


@pytest.mark.parametrize(
    ("document", "rule", "severity"),
    [
        (host_document(conntrack={"count": 225000}), "R13", "risk"),
        (grown({"conntrack/stats/early_drop": 3}), "R13", "risk"),
        (old_kernel(neighbour={"ndisc_cache": {"entries": 900}}), "R15", "risk"),
        (grown({TCP + "TCPReqQFullDoCookies": 200}), "R17", "risk"),
        (grown({TCP + "TCPReqQFullDoCookies": 5}), "R17", "info"),
        (grown({TCP + "TCPMemoryPressures": 1}), "R19", "risk"),
        (skewed(softirq=600), "R9", "risk"),
        (busy(skewed(), 1, packets=20000), "R9", "risk"),
        (busy(grown({"nics/eth0/counters/rx_out_of_buffer": 50000}, skewed()), 1, packets=900), "R9", "risk"),
        (off_node(rx_out_of_buffer=5), "R10", "risk"),
        (busy(off_node(), 2, packets=20000), "R10", "info"),
        (left_out(rx_out_of_buffer=5), "R45", "risk"),
        (shaped("fq_codel"), "R26", "info"),
        (ena(pps=900), "R27", "risk"),
        # A guest that is stopped takes nothing at all.
        (hypervisor(60, tx_packets=0), "R28", "risk"),
        # The ring runs empty before a packet is lost.
        (lossy_of("ixgbe", {"alloc_rx_page_failed": 9}), "R5", "risk"),
        # What nothing explains is a risk with a known driver too.
        (lossy_of("bnxt_en", {"[0]: rx_errors": 9}), "R42", "risk"),
        # virtio does not tell whether the ring was empty while the CPU was stolen.
        (stolen_virtio(packets=50000), "R29", "risk"),
        # With a driver that may count its own drops there, and nowhere else, 2 % of the packets are too many.
        (r9999_dropping(300), "R11", "info"),
        (r9999_dropping(500), "R11", "risk"),
        (shaped("clsact", handle="ffff:"), "R26", "info"),
    ],
)
def test_severity_depends_on_what_was_measured(document, rule, severity):
    assert finding(document, rule)["severity"] == severity


def test_findings_are_sorted_worst_first():
    document = grown(
        {UDP + "RcvbufErrors": 50, "softnet/cpus/0/dropped": 50, STATS + "rx_nohandler": 1},
        squeezed(lossy(rx_out_of_buffer=900, rx_pause_ctrl_phy=9, rx_oversize_pkts_buffer=2), 30),
    )
    assert [found["rule"] for found in diagnosis(document)["findings"]] == ["R4", "R6", "R20", "R8", "R40", "R23"]


def test_what_a_host_says_is_neither_template_nor_command():
    name = "$(reboot){{1}}\n{it.driver}"
    document = host_with({name: nic(counters=statistics("mlx5_core", rx_out_of_buffer=5))})
    found = finding(document, "R4")
    assert "ethtool -G '$(reboot){{1}}?{it.driver}' rx 2048" in " ".join(texts(found))


# --- what is not known --------------------------------------------------------------------------------------------


def without(*paths, document=None):
    document = copy.deepcopy(document or host_document())
    for path in paths:
        *parents, last = path.split("/")
        place = document
        for key in parents:
            place = place[key]
        place[last] = None
    return document


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (without("softnet"), "/softnet/cpus could not be read"),
        (without("protocols"), "/protocols/snmp could not be read"),
        (without("protocols/netstat"), "/protocols/netstat could not be read"),
        (without("nics/eth0/link_stats"), "/nics/eth0: its statistics could not be read"),
        (without("nics"), "/nics/eth0: its statistics could not be read"),
        (without("meta/interval_s"), "the length of the interval is missing"),
        (host_with({}), "no network interface was selected"),
        (
            host_document(meta={"void": [{"path": "", "cause": "boot_id", "before": "a", "after": "b"}]}),
            "/ is void in this interval: boot_id",
        ),
        (
            host_document(meta={"void": [{"path": "/nics/eth0", "cause": "ifindex", "before": 2, "after": 9}]}),
            "/nics/eth0 is void in this interval: ifindex",
        ),
        (
            host_document(
                meta={"void": [{"path": "/softnet", "cause": "cpus_online", "before": [0], "after": [0, 1]}]}
            ),
            "/softnet is void in this interval: cpus_online",
        ),
        (
            host_document(
                meta={"void": [{"path": "/nics/eth0/counters/rx_x", "cause": "reset", "before": 5, "after": 3}]}
            ),
            "/nics/eth0/counters/rx_x is void in this interval: reset",
        ),
        (
            host_document(
                meta={"void": [{"path": "/nics/eth0/counters/rx_out_of_buffer", "cause": "reset"}]},
            ),
            "/nics/eth0/counters/rx_out_of_buffer is void in this interval: reset",
        ),
        # A driver that resets prints an empty structure: fields that were 0 before are believed no more than others.
        (
            grown({STATS + "rx_packets": None, STATS + "tx_packets": None}),
            "/nics/eth0: its traffic could not be believed in this interval",
        ),
    ],
)
def test_a_host_without_the_essentials_is_unknown_and_says_why(document, reason):
    result = diagnosis(document)
    assert result["verdict"] == "unknown"
    assert reason in result["reasons"]


def without_deltas(node):
    if isinstance(node, dict):
        return {key: None if key == "delta" else without_deltas(part) for key, part in node.items()}
    return node


@pytest.mark.parametrize("keys", [("softnet",), ("protocols",), ("nics", "eth0", "counters")])
def test_what_one_of_two_captures_lacks_leaves_a_host_unknown(keys):
    document = host_document()
    part = document
    for key in keys[:-1]:
        part = part[key]
    part[keys[-1]] = without_deltas(part[keys[-1]])
    result = diagnosis(document)
    assert result["verdict"] == "unknown"
    assert any("is in one of the two readings alone" in reason for reason in result["reasons"])


def test_statistics_without_a_value_were_not_read():
    gap = {"path": "/nics/eth0/link_stats", "reason": "absent", "detail": "nothing in this capture tells them"}
    document = host_document(unavailable=[gap])
    document["nics"]["eth0"]["link_stats"] = dict.fromkeys(document["nics"]["eth0"]["link_stats"])
    expected = "/nics/eth0: its statistics could not be read (absent: nothing in this capture tells them)"
    assert expected in diagnosis(document)["reasons"]


def test_what_nobody_captured_leaves_a_host_unknown_and_what_a_driver_refuses_does_not():
    absent = {"path": "/nics/eth0/counters", "reason": "absent", "detail": "ethtool_-S_eth0 is not in this capture"}
    document = host_document(unavailable=[absent], meta={"captured": {"from": ["a", "b"]}})
    document["nics"]["eth0"]["counters"] = None
    (reason,) = diagnosis(document)["reasons"]
    assert reason == "/nics/eth0/counters could not be read (absent: ethtool_-S_eth0 is not in this capture)"
    document["unavailable"][0]["reason"] = "unsupported"
    assert diagnosis(document)["verdict"] == "clean"


@pytest.mark.parametrize(
    "path",
    ["/nics/eth1", "/nics/eth0/irqs/40/counts/0", "/softirqs", "/nics/eth00/link_stats"]
    # ixgbe corrects rx_pkts_nic downwards; a ring that is made anew starts its statistics at 0.
    + ["/nics/eth0/counters/tx_queue_wake", "/nics/eth0/counters/rx_steer_missed_packets"],
)
def test_void_parts_that_are_not_essential_leave_a_host_clean(path):
    void = [{"path": path, "cause": "reset", "before": 2, "after": 1}]
    assert diagnosis(host_document(meta={"void": void}))["verdict"] == "clean"


def test_the_document_says_itself_why_something_is_missing():
    gap = {"path": "/softnet", "reason": "unreadable", "detail": "/proc/net/softnet_stat: Permission denied"}
    document = without("softnet", document=host_document(unavailable=[gap]))
    (reason,) = diagnosis(document)["reasons"]
    assert reason == "/softnet/cpus could not be read (unreadable: /proc/net/softnet_stat: Permission denied)"


def test_a_nic_that_vanished_is_told_so_and_not_what_it_did_not_support():
    gaps = [
        {"path": "/nics/eth0/rings", "reason": "unsupported", "detail": "ETHTOOL_GRINGPARAM eth0: not supported"},
        {"path": "/nics/eth0", "reason": "vanished", "detail": "eth0: the interface was removed"},
    ]
    result = diagnosis(without("nics/eth0/link_stats", document=host_document(unavailable=gaps)))
    assert result["reasons"] == [
        "/nics/eth0: its statistics could not be read (vanished: eth0: the interface was removed)"
    ]


def test_a_loss_outranks_what_is_unknown():
    document = without("protocols", document=lossy(rx_out_of_buffer=5))
    result = diagnosis(document)
    assert result["verdict"] == "losing" and result["reasons"]


def test_a_flapping_link_is_a_risk_and_its_interval_void():
    void = [{"path": "/nics/eth0", "cause": "carrier_changes", "before": 4, "after": 6}]
    stats = {STATS + field: None for field in link_stats()}
    counters = {f"nics/eth0/counters/{name}": None for name in host_document()["nics"]["eth0"]["counters"]}
    document = grown({**stats, **counters, "nics/eth0/carrier_changes": 2}, host_document(meta={"void": void}))
    result = diagnosis(document)
    assert [found["rule"] for found in result["findings"]] == ["R30"]
    assert result["verdict"] == "at_risk"
    assert result["reasons"] == ["/nics/eth0 is void in this interval: carrier_changes"]


def test_missing_numbers_are_no_finding_and_are_listed():
    result = diagnosis(without("conntrack", "neighbour", "nics/eth0/counters/rx_out_of_buffer"))
    assert result["findings"] == []
    not_judged = {each["rule"]: each for each in result["not_judged"]}
    assert not_judged["R13"] == {"rule": "R13", "reason": "missing: signals.conntrack", "count": 1, "subjects": []}
    assert not_judged["R15"]["reason"] == "missing: signals.neighbour"
    assert "R16" not in not_judged


def test_what_is_not_judged_is_told_in_words():
    document = host_with({"eth0": nic("virtio_net", counters=statistics("virtio_net", rx0_drops=0))})
    reasons = {each["rule"]: each["reason"] for each in diagnosis(document)["not_judged"]}
    assert reasons["R4"] == "missing: it.ring_lost (packets lost for want of a free descriptor: class (c))"


def test_a_value_of_the_wrong_type_is_not_judged():
    document = host_document(nics={"eth0": {"carrier_changes": {"delta": "many"}}})
    assert "R30" in {each["rule"] for each in diagnosis(document)["not_judged"]}


@pytest.mark.parametrize(
    "document",
    [{}, dict.fromkeys(host_document()), dict.fromkeys(host_document(), []), dict.fromkeys(host_document(), "x")],
)
def test_a_strange_document_is_unknown_and_no_traceback(document):
    result = diagnosis(document)
    assert (result["verdict"], result["findings"]) == ("unknown", [])


# --- ids, siblings, and what explains what ------------------------------------------------------------------------


def test_an_id_names_rule_and_subject_and_says_nothing_of_the_numbers():
    first, second = (finding(lossy(rx_out_of_buffer=lost), "R4") for lost in (5, 400))
    assert first["id"] == second["id"] == "R4:nic:eth0"
    assert first["subject"] == {"type": "nic", "name": "eth0"}
    assert finding(counted(xfrm__XfrmInError=5), "R35")["id"] == "R35:host"


def multiqueue(queues, dropped):
    document = host_document()
    document["qdiscs"] = {
        f"eth0 0: :{queue + 1:x}": qdisc("pfifo_fast", "0:", f":{queue + 1:x}", dropped(queue))
        for queue in range(queues)
    }
    return document


def test_the_queues_of_one_nic_are_told_as_one():
    found = finding(multiqueue(256, lambda queue: 10 + (queue == 77)), "R26")
    assert (found["id"], found["count"], found["lost"]) == ("R26:qdisc:eth0 pfifo_fast", 256, 2561)
    assert len(found["subjects"]) == 8 and found["subjects"][0] == "eth0 0: :1"
    # The evidence is that of the worst one.
    assert {item["key"]: item["value"] for item in found["evidence"]}["lost"] == 11
    assert found["rate"] == {"value": 256.1, "unit": "packets/s"}


def test_what_many_lack_alike_is_told_once():
    nics = {f"v{number}": nic("r9999", kind="vlan", counters=None, irqs={}, channels=None) for number in range(400)}
    result = diagnosis(host_with(nics))
    assert len(result["not_judged"]) < 30
    assert {each["count"] for each in result["not_judged"]} >= {400}
    assert all(len(each["subjects"]) <= 8 for each in result["not_judged"])
    assert len(json.dumps(result)) < 100_000


def test_a_finding_is_explained_by_those_that_caused_it():
    document = squeezed(saturated(lossy(rx_out_of_buffer=400, rx_discards_phy=9)), 20, processed=6000)
    because = {found["id"]: found["because_of"] for found in diagnosis(document)["findings"]}
    assert because == {
        "R3:nic:eth0": ["R8:nic:eth0"],
        "R2:nic:eth0": ["R8:nic:eth0", "R3:nic:eth0"],
        "R8:nic:eth0": [],
    }


def test_what_happens_to_another_nic_explains_nothing():
    lost = {"eth0": nic(counters=statistics("mlx5_core", rx_out_of_buffer=9)), "eth1": nic(ifindex=3, irqs={})}
    document = merged(host_with(lost), {"nics": {"eth1": {"counters": statistics("mlx5_core", rx_discards_phy=5)}}})
    because = {found["id"]: found["because_of"] for found in diagnosis(document)["findings"]}
    assert because["R2:nic:eth1"] == []


def test_the_packets_of_the_place_stand_beside_the_lost_ones():
    found = finding(lossy(rx_out_of_buffer=400), "R4")
    assert (found["lost"], found["of"]) == (400, 20000)
    assert finding(counted(xfrm__XfrmInError=5), "R35")["of"] is None


@pytest.mark.parametrize(
    ("kind", "parent", "settings", "command"),
    [
        (
            "tbf",
            "root",
            {"limit_bytes": 3000, "rate_bytes_per_s": 125000, "burst_bytes": 2000},
            "tc qdisc change dev eth0 root handle 8001: tbf rate 125000bps burst 2000 limit 6000",
        ),
        (
            "tbf",
            "1:10",
            {"limit_bytes": 3000, "rate_bytes_per_s": 125000, "burst_bytes": 2000},
            "tc qdisc change dev eth0 parent 1:10 handle 8001: tbf rate 125000bps burst 2000 limit 6000",
        ),
        ("pfifo", "root", {"limit_packets": 100}, "tc qdisc change dev eth0 root handle 8001: pfifo limit 200"),
        ("netem", "1:1", {"limit_packets": 5}, "tc qdisc change dev eth0 parent 1:1 handle 8001: netem limit 10"),
        ("pfifo_fast", "root", {}, "ip link set eth0 txqueuelen 2000"),
    ],
)
def test_the_limit_of_a_queueing_discipline_is_a_number_to_type(kind, parent, settings, command):
    document = host_document()
    document["qdiscs"] = {f"eth0 8001: {parent}": {**qdisc(kind, "8001:", parent, 70), "settings": settings}}
    commands = [action["command"] for action in finding(document, "R26")["actions"]]
    assert commands == ["tc -s -d qdisc show dev eth0", command]
