# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Losses provoked on purpose, and harmless things that look like one.

Each is a context manager that yields a :class:`Scene` and keeps its loss going until the block ends. None of them
changes anything outside its own namespaces. Those that take a *strength* can be had with twice as much, or half.
"""

import contextlib
import dataclasses
import os
import threading
import time
from collections.abc import Callable, Mapping

import needs
import netns
import proof
import witness


@dataclasses.dataclass(frozen=True)
class Scene:
    """A running loss.

    ``audited`` is the namespace whose audit has to name it; ``counters`` reads the kernel's own counters, by name;
    ``rises`` names those that must grow while the loss goes on, ``stands`` those that must not; ``needs`` are what has
    to be there while the audit looks, so that it can find it (proof.py); ``nics`` are the NICs to judge, none where
    loopback is all there is; ``facts`` are ids that the evidence is compared with.
    """

    audited: netns.Namespace
    counters: Callable[[], Mapping[str, int]]
    rises: tuple = ()
    stands: tuple = ()
    needs: tuple = ()
    nics: tuple = ()
    facts: Mapping[str, object] = dataclasses.field(default_factory=dict)


def protocol_counters(namespace):
    """``{"Udp.RcvbufErrors": 12}``"""
    return witness.protocol_tables(namespace.read("/proc/net/snmp") + namespace.read("/proc/net/netstat"))


def link_counters(namespace, nic):
    """``{"vb.rx_dropped": 12}`` of every statistic of *nic*."""
    base = f"/sys/class/net/{nic}/statistics"
    lines = namespace.exec("grep", "-H", "", "-r", base).splitlines()
    return {
        f"{nic}.{name}": int(value) for name, _colon, value in (line.split("/")[-1].partition(":") for line in lines)
    }


def softnet_dropped():
    """Packets that any CPU's backlog refused since boot, the whole machine's."""
    with open("/proc/net/softnet_stat", encoding="ascii") as stream:
        return sum(row["dropped"] for row in witness.softnet(stream.read()))


def conntrack_counters(namespace):
    """The rows of stat/nf_conntrack summed by column, and how many entries there are."""
    counted = witness.percpu_statistics(namespace.read("/proc/net/stat/nf_conntrack"))
    counters = {f"conntrack.{name}": value for name, value in counted.items()}
    counters["conntrack.entries"] = int(namespace.read("/proc/sys/net/netfilter/nf_conntrack_count"))
    return counters


@contextlib.contextmanager
def repeated(action, pause_s):
    """Call *action* every *pause_s* seconds in a thread, until the block ends."""
    ended = threading.Event()
    failures = []

    def loop():
        while not ended.wait(pause_s):
            try:
                action()
            except RuntimeError as failure:
                failures.append(failure)
                return

    thread = threading.Thread(target=loop)
    thread.start()
    try:
        with netns.going_on("what is done again and again", lambda: bool(failures)):
            yield
    finally:
        ended.set()
        thread.join()
    if failures:
        raise failures[0]


@contextlib.contextmanager
def idle(_strength=proof.NORMAL):
    """A veth pair, both ends up, and nobody speaks."""
    with netns.pair("idle") as pair:
        yield Scene(
            pair.far,
            lambda: {**link_counters(pair.far, "vb"), **protocol_counters(pair.far)},
            stands=("vb.rx_dropped", "vb.rx_packets", "Udp.InErrors", "Udp.NoPorts"),
            nics=("vb",),
        )


@contextlib.contextmanager
def udp_receive_buffer(strength=proof.NORMAL):
    """Datagrams to a socket with a buffer of one page whose reader sleeps."""
    with (
        netns.namespace("udp") as host,
        host.traffic("udp-sleeper", port=7801) as reader,
        host.traffic("udp-sender", port=7801, pause=0.005 / strength),
    ):
        yield Scene(
            host,
            lambda: protocol_counters(host),
            rises=("Udp.RcvbufErrors", "Udp.InErrors"),
            stands=("Udp.NoPorts", "Udp.InCsumErrors"),
            needs=(needs.protocol("Udp.RcvbufErrors"),),
            facts={"pid": reader.pid, "port": 7801},
        )


@contextlib.contextmanager
def tcp_accept_queue(strength=proof.NORMAL):
    """Connections to a listener with room for one that never accepts."""
    with (
        netns.namespace("accept") as host,
        host.traffic("tcp-listener", port=7802, backlog=1) as listener,
        host.traffic("tcp-connector", port=7802, pause=0.05 / strength),
    ):
        yield Scene(
            host,
            lambda: protocol_counters(host),
            rises=("TcpExt.ListenOverflows", "TcpExt.ListenDrops"),
            stands=("TcpExt.TCPReqQFullDrop", "TcpExt.TCPReqQFullDoCookies"),
            needs=(needs.protocol("TcpExt.ListenOverflows"),),
            facts={"pid": listener.pid, "port": 7802},
        )


@contextlib.contextmanager
def tcp_syn_queue(cookies, strength):
    """SYNs from ever new addresses that never answer, with SYN cookies or without."""
    dropped, cookied = "TcpExt.TCPReqQFullDrop", "TcpExt.TCPReqQFullDoCookies"
    with netns.pair(f"syn{cookies}") as pair:
        pair.far.sysctl("net.ipv4.tcp_syncookies", cookies)
        pair.far.sysctl("net.ipv4.tcp_max_syn_backlog", 128)
        # The answers go to addresses behind the peer, which has no such address and forwards nothing.
        pair.far.ip("route", "add", "default", "via", pair.near_address, "dev", "vb")
        with (
            pair.far.traffic("tcp-listener", address=pair.far_address, port=7803, backlog=8) as listener,
            pair.near.traffic(
                "syn-sender",
                nic="va",
                address=pair.far_address,
                port=7803,
                to_mac=pair.far_mac,
                from_mac=pair.near_mac,
                pause=0.005 / strength,
            ),
        ):
            yield Scene(
                pair.far,
                lambda: protocol_counters(pair.far),
                rises=(cookied if cookies else dropped,),
                stands=("TcpExt.ListenOverflows", dropped if cookies else cookied),
                needs=(needs.protocol(cookied if cookies else dropped),),
                facts={"pid": listener.pid, "port": 7803},
                nics=("vb",),
            )


def tcp_syn_queue_dropping(strength=proof.NORMAL):
    """A full SYN queue without cookies: SYNs are lost."""
    return tcp_syn_queue(0, strength)


def tcp_syn_queue_with_cookies(strength=proof.NORMAL):
    """A full SYN queue with cookies: nothing is lost yet, options are."""
    return tcp_syn_queue(1, strength)


@contextlib.contextmanager
def softnet_backlog(strength=proof.NORMAL):
    """Bursts of frames steered by RPS onto one CPU whose work for each frame is made long."""
    cpu = max(os.sched_getaffinity(0))
    with netns.pair("backlog") as pair:
        pair.far.write("/sys/class/net/vb/queues/rx-0/rps_cpus", f"{1 << cpu % 32:x}" + ",00000000" * (cpu // 32))
        with (
            pair.far.traffic("slow-taps", nic="vb", cost=40),
            pair.far.traffic("udp-reader", address=pair.far_address, port=7807),
            pair.near.traffic(
                # Datagrams: RPS steers by the flow's hash, and a frame of an unknown type has none.
                "udp-frame-sender",
                nic="va",
                source=pair.near_address,
                address=pair.far_address,
                port=7807,
                size=18,
                to_mac=pair.far_mac,
                from_mac=pair.near_mac,
                burst=round(4000 * strength),
                pause=0.3,
                avoid_cpu=cpu,
            ),
        ):
            yield Scene(
                pair.far,
                lambda: {
                    **link_counters(pair.far, "vb"),
                    **protocol_counters(pair.far),
                    "softnet.dropped": softnet_dropped(),
                },
                rises=("softnet.dropped", "vb.rx_dropped"),
                stands=("vb.rx_errors", "vb.rx_missed_errors", "vb.rx_fifo_errors", "Udp.InErrors", "Udp.NoPorts"),
                needs=(needs.link("vb", "rx_dropped"), needs.backlog_drops_elsewhere("vb", below=0.05)),
                facts={"cpu": cpu},
                nics=("vb",),
            )


@contextlib.contextmanager
def conntrack_table(strength=proof.NORMAL):
    """The connection table filled with established flows, and new flows knocking."""
    with netns.pair("conntrack") as pair:
        pair.far.nft("table inet provoke { chain input { type filter hook input priority 0; ct state new counter; }; }")
        limit = int(pair.far.read("/proc/sys/net/netfilter/nf_conntrack_max"))
        with (
            pair.far.traffic("conntrack-filler", entries=limit + limit // 100 + 10),
            pair.near.traffic("udp-sender", address=pair.far_address, port=7804, pause=0.01 / strength),
        ):
            yield Scene(
                pair.far,
                lambda: conntrack_counters(pair.far),
                rises=("conntrack.drop",),
                needs=(needs.table("nf_conntrack", "drop"),),
                facts={"limit": limit},
                nics=("vb",),
            )


@contextlib.contextmanager
def qdisc_limit(strength=proof.NORMAL):
    """Datagrams into a shaper that lets a tenth of them pass and holds three packets."""
    with netns.pair("qdisc") as pair:
        tbf = ("tbf", "rate", "1mbit", "burst", "2000", "limit", "3000")
        pair.near.tc("qdisc", "replace", "dev", "va", "root", "handle", "1:", *tbf)
        datagrams = {"port": 7805, "size": 1000, "burst": round(4 * strength), "pause": 0.01}
        # A closed port would answer by ICMP: the far side holds a socket.
        with (
            pair.far.traffic("udp-sleeper", address=pair.far_address, port=7805),
            pair.near.traffic("udp-sender", address=pair.far_address, **datagrams),
        ):
            yield Scene(
                pair.near,
                lambda: {**link_counters(pair.near, "va"), **qdisc_counters(pair.near, "va")},
                rises=("va.qdisc.dropped",),
                stands=("va.tx_dropped", "va.tx_errors"),
                needs=(needs.qdisc_drops("va 1: root"),),
                nics=("va",),
            )


def qdisc_counters(namespace, nic):
    """``{"va.qdisc.dropped": 3}`` of the root qdisc of *nic*, whose handle is ``1:``."""
    counted = witness.qdisc_counters(namespace.tc("-s", "-j", "qdisc", "show"))
    return {f"{nic}.qdisc.dropped": counted[f"{nic} 1: root"]["dropped"]}


@contextlib.contextmanager
def unknown_ethertype(strength=proof.NORMAL):
    """Frames of a protocol that nobody here speaks: counted as rx_dropped, and no loss."""
    with (
        netns.pair("ethertype") as pair,
        pair.near.traffic(
            "unknown-frame-sender",
            nic="va",
            to_mac=pair.far_mac,
            from_mac=pair.near_mac,
            pause=0.005 / strength,
        ),
    ):
        yield Scene(
            pair.far,
            lambda: link_counters(pair.far, "vb"),
            rises=("vb.rx_dropped", "vb.rx_packets"),
            stands=("vb.rx_errors", "vb.rx_missed_errors", "vb.rx_fifo_errors", "vb.rx_nohandler"),
            needs=(needs.link("vb", "rx_dropped"),),
            nics=("vb",),
        )


@contextlib.contextmanager
def closed_port(strength=proof.NORMAL):
    """Datagrams to a port that nobody opened: NoPorts, and no loss."""
    with (
        netns.pair("noports") as pair,
        pair.near.traffic("udp-sender", address=pair.far_address, port=7806, pause=0.01 / strength),
    ):
        yield Scene(
            pair.far,
            lambda: protocol_counters(pair.far),
            rises=("Udp.NoPorts",),
            stands=("Udp.InErrors", "Udp.RcvbufErrors"),
            needs=(needs.protocol("Udp.NoPorts"),),
            nics=("vb",),
        )


@contextlib.contextmanager
def carrier_flap(strength=proof.NORMAL):
    """The peer goes down and up again, once a second."""
    with netns.pair("flap") as pair:

        def flap():
            pair.near.ip("link", "set", "va", "down")
            time.sleep(0.3)
            pair.near.ip("link", "set", "va", "up")

        with repeated(flap, 0.7 / strength):
            yield Scene(
                pair.far,
                lambda: {"vb.carrier_changes": int(pair.far.read("/sys/class/net/vb/carrier_changes"))},
                rises=("vb.carrier_changes",),
                needs=(needs.carrier_changes("vb"),),
                nics=("vb",),
            )


@contextlib.contextmanager
def nic_replaced(_strength=proof.NORMAL):
    """Another NIC of the same name comes in a NIC's place, in the audit's middle: ``facts["meanwhile"]`` does it."""
    with netns.namespace("replaced") as host:
        add = (
            f"ip -n {host.name} link add vr type veth peer name vr-peer"
            f" && ip -n {host.name} link set vr-peer up && ip -n {host.name} link set vr up"
        )
        netns.run("sh", "-c", add)
        yield Scene(
            host,
            lambda: {"vr.ifindex": int(host.read("/sys/class/net/vr/ifindex"))},
            stands=("vr.ifindex",),
            facts={"meanwhile": ("sh", "-c", f"ip -n {host.name} link delete vr && {add}")},
            nics=("vr",),
        )


@contextlib.contextmanager
def nic_deleted(_strength=proof.NORMAL):
    """A NIC that goes away in the middle of the audit: ``facts["meanwhile"]`` is the command that deletes it."""
    with netns.pair("deleted") as pair:
        yield Scene(
            pair.far,
            lambda: {"vb": int("vb" in pair.far.exec("ls", "/sys/class/net").split())},
            stands=("vb",),
            facts={"meanwhile": ("ip", "-n", pair.far.name, "link", "delete", "vb")},
            nics=("vb",),
        )


#: Every generator by name.
GENERATORS = {
    function.__name__: function
    for function in (
        idle,
        udp_receive_buffer,
        tcp_accept_queue,
        tcp_syn_queue_dropping,
        tcp_syn_queue_with_cookies,
        softnet_backlog,
        conntrack_table,
        qdisc_limit,
        unknown_ethertype,
        closed_port,
        carrier_flap,
        nic_replaced,
        nic_deleted,
    )
}
