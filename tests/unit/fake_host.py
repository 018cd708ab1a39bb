# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A FAKE of a whole small host, to be read by the code as it reads a real one: files, netlink and ethtool.

Four CPUs on two NUMA nodes, eth0 (mlx5_core, two queues) with a bond on it, lo. What a test wants otherwise it
changes in :func:`files`, in the lists of a :class:`FakeKernel`, or in the descriptions of the :class:`FakeEthtool`.
"""

import errno
import os
import sys

from ansible_collections.linuxnet.packetloss.plugins.module_utils.document import reading
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.folder import Folder
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.host import Host
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.ioctl import Ioctl
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.live import Clock, Machine
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.netlink import GENERIC, ROUTE, Netlink
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.sysctls import TABLE as SYSCTLS
from ansible_collections.linuxnet.packetloss.tests.unit.fake_devlink import FakeDevlink
from ansible_collections.linuxnet.packetloss.tests.unit.fake_ethtool import FakeEthtool

FUNCTION = "/sys/devices/pci0000:00/0000:01:00.0"
ETH0, BOND0 = FUNCTION + "/net/eth0", "/sys/devices/virtual/net/bond0"

LINKS = {
    "/sys/class/net/eth0": "../../devices/pci0000:00/0000:01:00.0/net/eth0",
    "/sys/class/net/bond0": "../../devices/virtual/net/bond0",
    "/sys/class/net/lo": "../../devices/virtual/net/lo",
    ETH0 + "/device": "../..",
    ETH0 + "/upper_bond0": "../../../../virtual/net/bond0",
    BOND0 + "/lower_eth0": "../../../pci0000:00/0000:01:00.0/net/eth0",
    "/proc/self/ns/net": "net:[4026531840]",
    "/proc/self/ns/pid": "pid:[4026531836]",
    "/proc/77/fd/3": "socket:[5001]",
}

SOFTNET = "".join(
    f"00000a0{cpu} 00000001 00000002 00000000 00000000 00000000 00000000 00000000 00000003 000855fc 00000004 00000005 "
    f"0000000{cpu} 00000006 00000007\n"
    for cpu in range(4)
)

SOFTIRQS = """\
                    CPU0       CPU1       CPU2       CPU3
          HI:         11         12         13         14
      NET_TX:         21         22         23         24
      NET_RX:       3001       3002       3003       3004
"""

INTERRUPTS = """\
           CPU0       CPU1       CPU2       CPU3
   9:          3          0          0          0  IR-IO-APIC    9-fasteoi   acpi
  40:       1001          7          0          0  IR-PCI-MSIX-0000:01:00.0    1-edge      mlx5_comp0@pci:0000:01:00.0
  41:          0       1002          0          0  IR-PCI-MSIX-0000:01:00.0    2-edge      mlx5_comp1@pci:0000:01:00.0
 NMI:          1          1          1          1   Non-maskable interrupts
 ERR:          0
"""

STAT = "cpu  40 40 40 40 40 40 40 40 40 40\n{}intr 55 1 2 3\nctxt 99\n".format(
    "".join(f"cpu{cpu} 1{cpu} 2{cpu} 3{cpu} 4{cpu} 5{cpu} 6{cpu} 7{cpu} 8{cpu} 9{cpu} 1{cpu}\n" for cpu in range(4))
)

SNMP = """\
Ip: Forwarding DefaultTTL InReceives InHdrErrors InDiscards OutDiscards
Ip: 1 64 20001 12 13 14
Tcp: RtoAlgorithm RtoMin RtoMax MaxConn CurrEstab InSegs OutSegs RetransSegs
Tcp: 1 200 120000 -1 11 15001 15002 31
Udp: InDatagrams NoPorts InErrors RcvbufErrors InCsumErrors MemErrors
Udp: 501 15 16 17 18 19
"""

SNMP6 = "".join(f"{name:<32}\t{71}\n" for name in ("Ip6InReceives", "Udp6InErrors", "Udp6RcvbufErrors"))

NETSTAT = """\
TcpExt: SyncookiesSent ListenOverflows ListenDrops TCPBacklogDrop
TcpExt: 41 42 43 44
IpExt: InNoRoutes InTruncatedPkts
IpExt: 45 46
"""

PERCPU_STAT = """\
entries  allocs   unresolved_discards table_fulls drop insert_failed
00000fa0 0000000a 0000000b 0000000000000c 00000d00 0000000e
00000fa0 0000001a 0000001b 0000000000001c 00001d00 0000001e
"""

UDP = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  117: 00000000:0035 00000000:0000 07 00000000:00000200 00:00000000 00000000     0        0 5001 2 0000000000000000 1234
  118: 00000000:0043 00000000:0000 07 00000000:00000000 00:00000000 00000000   101        0 5002 2 0000000000000000 0
"""
UDP6 = UDP.replace("00000000:00", "0" * 32 + ":00")

SOCKSTAT = "sockets: used 290\nTCP: inuse 5 orphan 1 tw 2 alloc 9 mem 3\nUDP: inuse 2 mem 4\nFRAG: inuse 1 memory 7\n"

MEMINFO = """\
MemTotal:       16384000 kB
MemFree:         1024000 kB
MemAvailable:    2048000 kB
HugePages_Total:       4
"""

ZONEINFO = "".join(
    f"""\
Node {node}, zone   Normal
  pages free     5113
        min      4097
        low      5121
        high     6145
        managed  236634
        protection: (0, 0, 0, 0)
  pagesets
    cpu: 0
              high:  378
"""
    for node in range(2)
)

BUDDYINFO = "".join(
    f"Node {node}, zone   Normal   8627   8982   7094   4054   1893    890    402    182    102    103    951 \n"
    for node in range(2)
)

XFRM = "XfrmInError             \t51\nXfrmInNoStates          \t52\n"

_TEXT_SYSCTLS = {"net.core.default_qdisc": "fq_codel", "net.core.flow_limit_cpu_bitmap": "00"}


def files():
    """``{path: text}`` of the whole host; no value in them is 0 that a removal could bring about."""
    found = {
        "/proc/uptime": "86400.15 300000.20\n",
        "/proc/sys/kernel/random/boot_id": "6a1c6c7e-0001-4000-8000-000000000001\n",
        "/proc/sys/kernel/osrelease": "6.12.0\n",
        "/proc/net/softnet_stat": SOFTNET,
        "/proc/softirqs": SOFTIRQS,
        "/proc/interrupts": INTERRUPTS,
        "/proc/stat": STAT,
        "/proc/net/snmp": SNMP,
        "/proc/net/snmp6": SNMP6,
        "/proc/net/netstat": NETSTAT,
        "/proc/net/stat/nf_conntrack": PERCPU_STAT,
        "/proc/net/stat/arp_cache": PERCPU_STAT,
        "/proc/net/stat/ndisc_cache": PERCPU_STAT,
        "/proc/net/udp": UDP,
        "/proc/net/udp6": UDP6,
        "/proc/net/raw": UDP,
        "/proc/net/raw6": UDP6,
        "/proc/net/sockstat": SOCKSTAT,
        "/proc/net/sockstat6": SOCKSTAT,
        "/proc/net/xfrm_stat": XFRM,
        "/proc/meminfo": MEMINFO,
        "/proc/zoneinfo": ZONEINFO,
        "/proc/buddyinfo": BUDDYINFO,
        "/proc/1/comm": "init\n",
        "/proc/77/comm": "named\n",
        "/proc/78/comm": "irqbalance\n",
        "/proc/78/cmdline": "/usr/sbin/irqbalance\0--foreground\0",
        "/etc/default/irqbalance": 'IRQBALANCE_ARGS="--hintpolicy=exact"\n',
        "/etc/tuned/active_profile": "network-latency\n",
    }
    for name in ("count", "max", "buckets"):
        found["/proc/sys/net/netfilter/nf_conntrack_" + name] = "262144\n"
    for name in SYSCTLS:
        found["/proc/sys/" + name.replace(".", "/")] = _TEXT_SYSCTLS.get(name, "4096") + "\n"
    found["/proc/sys/net/ipv4/tcp_mem"] = "90000\t120000\t180000\n"
    found.update(_cpus())
    found.update(_nics())
    return found


DEV = """\
Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier comp
  eth0:5000000    4000    1    2    3     4          5         7     9000      90    6    3    8     9      10   11
"""


def beside(processes):
    """What makes processes those of other network namespaces, ``{pid: inode}``: ``(files, links)`` beside those of the
    host, whose own process 1 is."""
    contents, links = {}, {"/proc/1/ns/net": LINKS["/proc/self/ns/net"]}
    texts = {"snmp": SNMP, "snmp6": SNMP6, "netstat": NETSTAT, "stat/nf_conntrack": PERCPU_STAT, "xfrm_stat": XFRM}
    texts.update({"udp": UDP, "udp6": UDP6, "dev": DEV})
    for pid, inode in processes.items():
        links[f"/proc/{pid}/ns/net"] = f"net:[{inode}]"
        contents[f"/proc/{pid}/comm"] = "dnsdist\n"
        contents[f"/proc/{pid}/cgroup"] = f"0::/docker/{inode:064x}\n"
        contents.update((f"/proc/{pid}/net/{file}", text) for file, text in texts.items())
    return contents, links


def _cpus():
    cpu, node = "/sys/devices/system/cpu", "/sys/devices/system/node"
    yield cpu + "/online", "0-3\n"
    yield cpu + "/possible", "0-3\n"
    yield cpu + "/isolated", "\n"
    yield cpu + "/nohz_full", "\n"
    for index, line in enumerate((64, 64, 64, 128)):
        yield f"{cpu}/cpu0/cache/index{index}/coherency_line_size", f"{line}\n"
    for number in range(4):
        place = f"{cpu}/cpu{number}/topology"
        yield place + "/physical_package_id", f"{number // 2}\n"
        yield place + "/core_id", f"{number}\n"
        yield place + "/thread_siblings_list", f"{number}\n"
    for number in range(2):
        yield f"{node}/node{number}/cpulist", f"{2 * number}-{2 * number + 1}\n"
        lines = MEMINFO.splitlines(True)
        yield f"{node}/node{number}/meminfo", "".join(f"Node {number} {line}" for line in lines)


def _nics():
    for name, text in (("numa_node", "1"), ("local_cpulist", "2-3"), ("irq", "11"), ("sriov_numvfs", "2")):
        yield f"{FUNCTION}/{name}", text + "\n"
    yield FUNCTION + "/sriov_totalvfs", "8\n"
    for which in ("current", "max"):
        yield f"{FUNCTION}/{which}_link_speed", "8.0 GT/s PCIe\n"
        yield f"{FUNCTION}/{which}_link_width", "8\n"
    for queue, irq in enumerate((40, 41)):
        yield f"{FUNCTION}/msi_irqs/{irq}", "msix\n"
        for name, text in (("smp_affinity_list", "0-3"), ("effective_affinity_list", queue), ("node", "1")):
            yield f"/proc/irq/{irq}/{name}", f"{text}\n"
        yield f"/proc/irq/{irq}/affinity_hint", f"00000000,0000000{1 << queue}\n"
    for home, ifindex, queues in ((ETH0, 2, 2), (BOND0, 3, 1), ("/sys/devices/virtual/net/lo", 1, 1)):
        yield home + "/ifindex", f"{ifindex}\n"
        for name in ("napi_defer_hard_irqs", "gro_flush_timeout", "threaded"):
            yield f"{home}/{name}", "1\n"
        for queue in range(queues):
            yield f"{home}/queues/rx-{queue}/rps_cpus", "00000000,0000000f\n"
            yield f"{home}/queues/rx-{queue}/rps_flow_cnt", "4096\n"
            yield f"{home}/queues/tx-{queue}/xps_cpus", "00000000,00000003\n"
            yield f"{home}/queues/tx-{queue}/tx_timeout", "5\n"
            yield f"{home}/queues/tx-{queue}/traffic_class", "0\n"
    yield ETH0 + "/rx_page_cache/log_mult_limit", "4\n"
    yield "/sys/kernel/debug/mlx5/0000:01:00.0/pages/fw_pages_total", "9045\n"


def make(root, contents=None, links=None):
    """Makes the host's files and links below *root*; *contents* is a changed :func:`files`, *links* a changed LINKS."""
    for path, text in (files() if contents is None else contents).items():
        place = _parent(root, path)
        with open(place, "wb") as stream:
            stream.write(text.encode("utf-8"))
    for path, target in (LINKS if links is None else links).items():
        os.symlink(target, _parent(root, path))


def _parent(root, path):
    place = str(root) + path
    if not os.path.isdir(os.path.dirname(place)):
        os.makedirs(os.path.dirname(place))
    return place


def integer(value, size=4):
    return value.to_bytes(size, sys.byteorder)


def attribute(kind, value):
    return integer(4 + len(value), 2) + integer(kind, 2) + value + bytes(-len(value) % 4)


def nested(*pairs):
    return b"".join(attribute(kind, value) for kind, value in pairs)


def link(
    name,
    ifindex,
    flags=0x11043,
    kind=None,
    master=None,
    slave_of_bond=False,
    carrier_changes=2,
    dropped=0,
    received=0,
    carrier=True,
    below=None,
):
    """An RTM_NEWLINK message: IFLA_* by number, as in include/uapi/linux/if_link.h."""
    pairs = [(3, name.encode("utf-8") + b"\0"), (13, integer(1000)), (16, integer(6, 1)), (4, integer(1500))]
    pairs += [
        (33, integer(carrier, 1)),
        (35, integer(carrier_changes)),
        (1, bytes.fromhex("02fc00a1b2c3")),
        (43, nested((2, b"\0"))),
    ]
    statistics = [10**6 * ifindex + place for place in range(25)]
    statistics[0] += received
    statistics[6] += dropped
    pairs.append((23, b"".join(integer(value, 8) for value in statistics)))
    info = [(1, kind.encode("ascii") + b"\0")] if kind else []
    if kind == "bond":
        info.append((2, nested((1, integer(1, 1)), (2, integer(2)), (3, integer(100)))))
    if slave_of_bond:
        info += [(4, b"bond\0"), (5, nested((1, integer(0, 1)), (2, integer(0, 1)), (3, integer(4))))]
    if info:
        pairs.append((18, nested(*info)))
    if master:
        pairs.append((10, integer(master)))
    if below:
        pairs.append((5, integer(below)))
    header = bytes(2) + integer(1, 2) + integer(ifindex) + integer(flags) + bytes(4)
    return header + nested(*pairs)


def address(ifindex, packed, prefix_length):
    """An RTM_NEWADDR message."""
    family = 2 if len(packed) == 4 else 10
    return integer(family, 1) + integer(prefix_length, 1) + bytes(2) + integer(ifindex) + nested((1, packed))


def qdisc(ifindex, kind, handle, parent, dropped):
    """An RTM_NEWQDISC message with TCA_STATS2."""
    queue = b"".join(map(integer, (7, 900, dropped, 2, 11)))
    statistics = nested((1, integer(2**40, 8) + integer(123456) + bytes(4)), (3, queue))
    place = integer(ifindex) + integer(handle) + integer(parent) + integer(2)
    return bytes(4) + place + nested((1, kind.encode("ascii") + b"\0"), (7, statistics))


def route(ifindex, gateway=None):
    """An RTM_NEWROUTE message that answers where an IPv4 address is."""
    found = [(4, integer(ifindex))] + ([(5, gateway)] if gateway else [])
    return bytes([2, 32]) + bytes(10) + nested(*found)


class FakeKernel:
    """A socket that answers rtnetlink: ``links``, ``addresses``, ``routes`` and ``qdiscs`` are lists of messages
    (bytes); of routes each question is answered by all.

    ``errors`` has the errno with which a list is refused: ``{"links": errno.EPERM}``.
    """

    _LISTS = {18: ("links", 16), 22: ("addresses", 20), 26: ("routes", 24), 38: ("qdiscs", 36)}

    def __init__(self):
        self.links = [
            link("lo", 1, flags=0x49),
            link("eth0", 2, master=3, slave_of_bond=True),
            link("bond0", 3, kind="bond"),
        ]
        self.addresses = [address(1, bytes([127, 0, 0, 1]), 8), address(3, bytes([192, 0, 2, 5]), 24)]
        self.routes = [route(3, bytes([192, 0, 2, 1]))]
        self.qdiscs = [qdisc(2, "mq", 0, 0xFFFFFFFF, 55), qdisc(2, "fq_codel", 0, 1, 55)]
        self.errors = {}
        self._waiting = b""

    def send(self, data):
        number, sequence = int.from_bytes(data[4:6], sys.byteorder), data[8:12]
        name, reply = self._LISTS[number]
        if name in self.errors:
            self._waiting = message(2, sequence, integer(-self.errors[name] & 0xFFFFFFFF))
        else:
            messages = b"".join(message(reply, sequence, body) for body in getattr(self, name))
            self._waiting = messages + message(3, sequence, bytes(4))

    def recv_into(self, buffer, size=0, flags=0):
        buffer[: len(self._waiting)] = self._waiting[: len(buffer)]
        return len(self._waiting)

    def close(self):
        pass


def message(kind, sequence, body):
    data = integer(16 + len(body)) + integer(kind, 2) + integer(2, 2) + sequence + integer(4711) + body
    return data + bytes(-len(data) % 4)


def drivers():
    """The description of a :class:`FakeEthtool` for eth0 and bond0."""
    names = ("rx_out_of_buffer", "rx_discards_phy", "rx0_packets", "rx0_buff_alloc_err", "tx0_stopped", "novel_drop")
    usecs = {"rx_coalesce_usecs": 8, "use_adaptive_rx_coalesce": 1, "use_adaptive_tx_coalesce": 1}
    eth0 = {
        "driver": {"driver": b"mlx5_core", "version": b"6.12.0", "fw_version": b"22.39", "bus_info": b"0000:01:00.0"},
        "coalesce": usecs,
        "rings": {"rx_max_pending": 8192, "tx_max_pending": 8192, "rx_pending": 1024, "tx_pending": 1024},
        "pause": {"autoneg": 0, "rx_pause": 1, "tx_pause": 1},
        "channels": {"max_combined": 8, "combined_count": 2},
        "link": {"speed": 25000, "duplex": 1, "port": 3, "autoneg": 1},
        "statistics": [(name, 1000 + place) for place, name in enumerate(names)],
        "private_flags": ["rx_cqe_compress", "tx_port_ts"],
        "private_flag_bits": {"data": 2},
        "features": [("rx-gro", True, True, True, False), ("rx-lro", True, False, False, False)],
        "rxfh": {"table": [0, 1] * 64, "key": bytes(40), "hfunc": 1},
    }
    return {"eth0": eth0, "bond0": {"driver": {"driver": b"bonding", "version": b"6.12.0"}}}


class FakeClock:
    """A clock on which time passes only while somebody sleeps; ``meanwhile`` is called in the second sleep."""

    def __init__(self, meanwhile=None):
        self.slept = []
        self._meanwhile = meanwhile

    def monotonic_s(self):
        return 1000.0 + sum(self.slept)

    def utc(self):
        return "2026-01-31T12:00:00Z"

    def sleep(self, seconds):
        self.slept.append(seconds)
        if len(self.slept) == 2 and self._meanwhile:
            self._meanwhile()


class Lacking:
    """A part of a host that cannot be asked: every question to it is Unavailable."""

    def __init__(self, reason="absent", detail="this host is a capture: it has files only"):
        self._error = Unavailable(reason, detail)

    def __getattr__(self, _question):
        def refuse(*_args):
            raise self._error

        return refuse

    def close(self):
        pass


def connections(kernel=None, devlink=None):
    """A Netlink of which every socket is a fake."""
    fakes = {ROUTE: kernel or FakeKernel(), GENERIC: devlink or FakeDevlink()}
    return Netlink(fakes.__getitem__)


def host(root, kernel=None, descriptions=None, devlink=None, meanwhile=None, ioctl=None, files=None):
    """A :class:`host.Host` of the files below *root*."""
    answers = Ioctl(ioctl or FakeEthtool(drivers() if descriptions is None else descriptions))
    return Host(files or Folder(str(root)), FakeClock(meanwhile), Machine(), answers, connections(kernel, devlink))


class Answers:
    """A part ``netlink`` that answers each list and each question with the same messages."""

    def __init__(self, *messages):
        self._messages = messages

    def dump(self, _what, _number, _header):
        return list(self._messages)

    ask = dump

    def close(self):
        pass


def answering(*messages):
    """A host that answers each question of rtnetlink with these messages, and nothing else."""
    return Host(Lacking(), Lacking(), Lacking(), Lacking(), Answers(*messages))


def folder_host(root, files=Folder):
    """A host of the files below *root*, on this machine, that has no ioctl and no netlink."""
    return Host(files(str(root)), Clock(), Machine(), Lacking(), Lacking())


def refusing(*refused):
    """Files of which some are refused, as without root."""

    class Refusing(Folder):
        def _place(self, path):
            if path.startswith(refused):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
            return Folder._place(self, path)

    return Refusing


def files_only(root):
    """A host of which there is nothing but the files below *root*."""
    return Host(Folder(str(root)), Lacking(), Lacking(), Lacking(), Lacking())


def document(root, kernel=None, descriptions=None, meanwhile=None, interval_s=10, patterns=(), namespaces=(), **others):
    """The host document of the files below *root*, of two samples between which *meanwhile* is called."""
    with host(root, kernel, descriptions, meanwhile=meanwhile, **others) as asked:
        return reading.read_host(asked, interval_s, patterns, (), namespaces)
