# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The senders, readers and sleepers of the provoked losses: one command each, run inside a namespace.

Standard library only. Every command goes on until it is told to end, and no longer than what started it: it ends when
its standard input does, where that is a pipe or a socket (the control connection, which a remote shell passes on), and
when its parent is gone.
"""

import argparse
import contextlib
import ctypes
import errno
import itertools
import os
import resource
import signal
import socket
import stat
import struct
import sys
import threading
import time

_CONNTRACK_NEW = (1 << 8) | 0  # NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_NEW
_CONNTRACK_DELETE = (1 << 8) | 2
_QUEUE_CONFIG = (3 << 8) | 2  # NFNL_SUBSYS_QUEUE, NFQNL_MSG_CONFIG
_QUEUE_VERDICT_BATCH = (3 << 8) | 3
_SO_ATTACH_FILTER = 26
_SO_SNDBUFFORCE = 32
_SO_RCVBUFFORCE = 33
#: Instructions of a slow filter: half of BPF_MAXINSNS, what the net.core.optmem_max of Linux 6.1, 20 KiB, has room for.
FILTER_LENGTH = 2048
#: No machine is faster with that: three cycles of 6 GHz for each multiplication, as each needs the one before.
FASTEST_FILTER_S = 1e-6
#: How a datagram begins that is to be answered.
MARK = b"!"
#: Source ports: of the first flow of datagrams, and of a datagram that asks for an answer.
FLOW_PORT, ASKING_PORT = 40000, 39999


def ready():
    print("ready", flush=True)


def paced(pause_s):
    """Yield, *pause_s* apart, as long as the parent is there."""
    parent = os.getppid()
    while os.getppid() == parent:
        yield
        time.sleep(pause_s)


def end_with_control_connection():
    """SIGTERM comes when the standard input ends, however the process is busy then.

    A terminal, a file and /dev/null are no control connection: whoever types a command has Ctrl-C for it.
    """
    mode = os.fstat(0).st_mode
    if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):
        threading.Thread(target=_end_with_standard_input, daemon=True).start()


def _end_with_standard_input():
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def end_when_told():
    """SIGTERM, or the end of the control connection, ends this process in an orderly way."""
    signal.signal(signal.SIGTERM, lambda *_unused: sys.exit(0))
    end_with_control_connection()


def wait():
    for _unused in paced(0.5):
        pass


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def packet_socket(nic):
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    sock.bind((nic, 0))
    return sock


def ones_complement(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def ipv4(source, destination, protocol, payload, identification=0, fragment=0):
    """An IPv4 packet with its header checksum; addresses as four bytes, *fragment* is flags and offset."""
    header = struct.pack("!BBHHH", 0x45, 0, 20 + len(payload), identification, fragment)
    header += struct.pack("!BBH4s4s", 64, protocol, 0, source, destination)
    return header[:10] + struct.pack("!H", ones_complement(header)) + header[12:] + payload


def tcp_syn(source, destination, source_port, port):
    """A TCP SYN segment with its checksum; addresses as four bytes."""
    segment = struct.pack("!HHIIBBHHH", source_port, port, 1, 0, 5 << 4, 0x02, 64240, 0, 0)
    pseudo = source + destination + struct.pack("!BBH", 0, socket.IPPROTO_TCP, len(segment))
    return segment[:16] + struct.pack("!H", ones_complement(pseudo + segment)) + segment[18:]


def udp_socket(address):
    """A UDP socket of the family of *address*."""
    return socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)


def udp_sleeper(args):
    """Holds *sockets* UDP sockets on ports in a row, with receive buffers of *buffer* bytes, and never reads them."""
    held = []
    for port in range(args.port, args.port + args.sockets):
        sock = udp_socket(args.address)
        sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, args.buffer)
        sock.bind((args.address, port))
        held.append(sock)
    ready()
    wait()


def raw_sleeper(args):
    """Holds a raw socket that gets a copy of each UDP datagram, with a receive buffer of a page; never reads it."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.bind((args.address, 0))
    ready()
    wait()


def udp_reader(args):
    """Reads and forgets; its receive buffer of 64 MiB holds any burst."""
    sock = reading_socket(args)
    ready()
    for _unused in paced(0.02):
        with contextlib.suppress(BlockingIOError):
            while True:
                sock.recv(2048)


def reading_socket(args):
    sock = udp_socket(args.address)
    sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, 64 << 20)
    sock.bind((args.address, args.port))
    sock.setblocking(False)
    return sock


def udp_sender(args):
    """Sends *burst* datagrams of *size* bytes every *pause* seconds; being refused is ignored."""
    sock = udp_socket(args.address)
    payload = bytes(args.size)
    ready()
    for _unused in paced(args.pause):
        for _unused in range(args.burst):
            with contextlib.suppress(OSError):
                sock.sendto(payload, (args.address, args.port))


def udp_scatter(args):
    """Sends a datagram to each of 200 neighbours of *address* every *pause* seconds; none of them needs to exist."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    network = socket.inet_aton(args.address)[:3]
    ready()
    for _unused in paced(args.pause):
        for last in range(50, 250):
            with contextlib.suppress(OSError):
                sock.sendto(b"anybody", (socket.inet_ntoa(network + bytes([last])), args.port))


def tcp_listener(args):
    """Listens with room for *backlog* connections and never accepts one."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((args.address, args.port))
    sock.listen(args.backlog)
    ready()
    wait()


def tcp_connector(args):
    """Starts connections that nobody will accept; the oldest gives up when 64 are open."""
    pending = []
    ready()
    for _unused in paced(args.pause):
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setblocking(False)
        if sock.connect_ex((args.address, args.port)) not in (0, errno.EINPROGRESS):
            sock.close()
            continue
        pending.append(sock)
        if len(pending) > 64:
            # Not the first two: they are the connections that fill the accept queue.
            pending.pop(2).close()


def tcp_shrinker(args):
    """Accepts connections and never reads them; their receive buffers become smaller than the window that was told."""
    listener = socket.create_server((args.address, args.port), backlog=16)
    listener.settimeout(0.5)
    accepted = []
    ready()
    for _unused in paced(0):
        with contextlib.suppress(OSError):
            sock, _peer = listener.accept()
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
            sock.send(b"!")
            accepted.append(sock)
            if len(accepted) > 16:
                accepted.pop(0).close()


def tcp_pusher(args):
    """Opens connections, waits for the first byte of each, then sends all that the peer's window takes."""
    opened = []
    ready()
    for _unused in paced(args.pause):
        with contextlib.suppress(OSError):
            sock = socket.create_connection((args.address, args.port), timeout=5)
            sock.recv(1)
            sock.setblocking(False)
            sock.send(bytes(65535))
            opened.append(sock)
            if len(opened) > 16:
                opened.pop(0).close()


def tcp_reader(args):
    """Accepts connections, one after the other, and reads all that comes."""
    listener = socket.create_server((args.address, args.port))
    listener.settimeout(0.5)
    ready()
    for _unused in paced(0):
        with contextlib.suppress(OSError):
            sock, _peer = listener.accept()
            with sock:
                while sock.recv(1 << 20):
                    pass


def tcp_writer(args):
    """Sends *size* bytes over a connection, and is ready then."""
    with socket.create_connection((args.address, args.port), timeout=30) as sock:
        sock.sendall(bytes(args.size))
    ready()
    wait()


def syn_sender(args):
    """Sends SYNs from ever new addresses of 198.18.0.0/15 (the block for benchmarks), out of *nic*."""
    sock = packet_socket(args.nic)
    destination = socket.inet_aton(args.address)
    frame_header = mac(args.to_mac) + mac(args.from_mac) + b"\x08\x00"
    serial = 0
    ready()
    for _unused in paced(args.pause):
        for _unused in range(args.burst):
            serial += 1
            source = struct.pack("!I", (198 << 24 | 18 << 16) + 1 + serial % 130000)
            segment = tcp_syn(source, destination, 1024 + serial % 60000, args.port)
            sock.send(frame_header + ipv4(source, destination, socket.IPPROTO_TCP, segment))


def unknown_frame_sender(args):
    """Sends *burst* frames every *pause* seconds of type 0x88b5: for local experiments, so no kernel has a handler."""
    send_frames(args, [(mac(args.to_mac) + mac(args.from_mac) + b"\x88\xb5").ljust(60, b"\0")])


def udp_frame_sender(args):
    """Sends *burst* frames with a datagram each every *pause* seconds, past the sender's own stack.

    There are *flows* source ports in turn, each of *sources* addresses in a row, which sends to *addresses* addresses
    in a row. *damage* is what is wrong with each packet; *vlan* is the tag of the frame. Where *answered*, the second
    burst from now waits for the answer to this one.
    """
    source, first = (int.from_bytes(socket.inet_aton(address), "big") for address in (args.source, args.address))
    tag = struct.pack("!HH", 0x8100, args.vlan) if args.vlan else b""
    header = mac(args.to_mac) + mac(args.from_mac) + tag + b"\x08\x00"
    frames = [
        header + udp_packet(args, sender, address, FLOW_PORT + flow)
        for flow in range(args.flows)
        for sender in range(source, source + args.sources)
        for address in range(first, first + args.addresses)
    ]
    send_frames(args, frames, header + udp_packet(args, source, first, ASKING_PORT, MARK) if args.answered else None)


def udp_packet(args, source, destination, source_port, mark=b""):
    """An IPv4 packet with a datagram that begins with *mark*; a datagram without a checksum says 0 there."""
    checksum = 1 if args.damage == "datagram" else 0
    more_fragments = 0x2000 if args.damage == "first-fragment" else 0
    datagram = struct.pack("!HHHH", source_port, args.port, 8 + args.size, checksum) + mark.ljust(args.size, b"\0")
    addresses = (address.to_bytes(4, "big") for address in (source, destination))
    packet = ipv4(*addresses, socket.IPPROTO_UDP, datagram, source_port, more_fragments)
    # The tenth and eleventh byte are the checksum of the header.
    return packet[:10] + b"\0\0" + packet[12:] if args.damage == "header" else packet


def send_frames(args, frames, asking=None):
    """Sends *frames* in turn out of *nic* from CPUs other than *avoid_cpu*.

    Each burst ends with the frame *asking* if there is one. Then the answer to the burst before is waited for, a second
    at most: two bursts are on their way.
    """
    if args.avoid_cpu >= 0:
        os.sched_setaffinity(0, os.sched_getaffinity(0) - {args.avoid_cpu})
    sock = packet_socket(args.nic)
    # A frame counts against its sender until the receiving stack has it: a small buffer would pace the sender.
    sock.setsockopt(socket.SOL_SOCKET, _SO_SNDBUFFORCE, 64 << 20)
    following = itertools.cycle(frames)
    answers = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    answers.settimeout(1)
    if asking:
        answers.bind(("", args.port))
        sock.send(asking)
    ready()
    for _unused in paced(args.pause):
        for _unused in range(args.burst):
            with contextlib.suppress(OSError):
                sock.send(next(following))
        if asking:
            with contextlib.suppress(OSError):
                sock.send(asking)
                answers.recv(16)


def slow_taps(args):
    """Makes each packet that *nic* receives cost *cost* microseconds more."""
    held = taps(args)
    ready()
    wait()
    del held


def slow_receiver(args):
    """Makes packets slow like slow-taps, reads datagrams like udp-reader, and answers marked ones to *source*."""
    held = taps(args)
    sock = reading_socket(args)
    ready()
    for _unused in paced(0.005):
        with contextlib.suppress(OSError):
            while True:
                if sock.recv(2048).startswith(MARK):
                    sock.sendto(MARK, (args.source, args.port))
    del held


def taps(args):
    """Packet sockets on *nic* whose filters take *cost* microseconds for a packet, and refuse it.

    How many of them that takes is measured, for this machine may be an emulated one.
    """
    with packet_filter(FILTER_LENGTH) as program:
        wanted = max(1, round(args.cost / 1e6 / filter_seconds(program)))
        allow_files(wanted + 16)
        held = []
        for _unused in range(wanted):
            tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            tap.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)
            tap.bind((args.nic, 0x0003))
            held.append(tap)
    return held


def allow_files(number):
    """Let this process have so many open files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < number:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(number, hard), hard))


@contextlib.contextmanager
def packet_filter(length):
    """A classic BPF program of *length* instructions that refuses every packet, as SO_ATTACH_FILTER takes it."""
    # Load the packet type, copy it to X, multiply A by X again and again, return 0: each step needs the one before.
    load = struct.pack("HBBI", 0x20, 0, 0, 0xFFFFF000 + 4)  # BPF_LD | BPF_W | BPF_ABS, SKF_AD_PKTTYPE
    exchange = struct.pack("HBBI", 0x07, 0, 0, 0)  # BPF_MISC | BPF_TAX
    multiply = struct.pack("HBBI", 0x2C, 0, 0, 0)  # BPF_ALU | BPF_MUL | BPF_X
    refuse = struct.pack("HBBI", 0x06, 0, 0, 0)  # BPF_RET | BPF_K: keep nothing
    code = load + exchange + multiply * (length - 3) + refuse
    buffer = ctypes.create_string_buffer(code, len(code))  # has to be there as long as the program is used
    yield struct.pack("HL", length, ctypes.addressof(buffer))
    del buffer


def filter_seconds(program):
    """How much longer *program* takes for a packet than a filter that refuses it at once.

    Both are measured in turn, for whatever else slows this machine down then slows down both; and both refuse, for a
    packet that is taken goes another way, whose time would be part of the difference.
    """
    with packet_filter(3) as short, contextlib.ExitStack() as stack:
        senders = []
        for one in (program, short):
            receiver, sender = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
            receiver.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, one)
            senders.append(stack.enter_context(sender))
            stack.enter_context(receiver)
        took = [[], []]
        for _unused in range(500):
            for times, sender in zip(took, senders):
                start = time.perf_counter()
                sender.send(b"!")
                times.append(time.perf_counter() - start)
    return max(min(took[0]) - min(took[1]), FASTEST_FILTER_S)


def attribute(kind, payload, nested=False):
    """A netlink attribute, padded to four bytes."""
    length = 4 + len(payload)
    return struct.pack("=HH", length, kind | (0x8000 if nested else 0)) + payload + bytes(-length % 4)


def nfnetlink(kind, body, flags=0, resource=0):
    """A request to a subsystem of netfilter."""
    body = struct.pack("=BB", socket.AF_INET, 0) + struct.pack("!H", resource) + body
    return struct.pack("=IHHII", 16 + len(body), kind, 0x001 | flags, 0, 0) + body  # NLM_F_REQUEST


def netfilter_socket():
    sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)  # NETLINK_NETFILTER
    sock.bind((0, 0))
    return sock


def conntrack_entry(source, destination, source_port, port):
    """An nfnetlink message that creates an assured, established TCP entry for ten minutes."""

    def flow(kind, from_address, to_address, from_port, to_port):
        addresses = attribute(1, attribute(1, from_address) + attribute(2, to_address), nested=True)
        ports = (
            attribute(1, b"\x06")
            + attribute(2, struct.pack("!H", from_port))
            + attribute(3, struct.pack("!H", to_port))
        )
        return attribute(kind, addresses + attribute(2, ports, nested=True), nested=True)

    body = flow(1, source, destination, source_port, port)
    body += flow(2, destination, source, port, source_port)
    body += attribute(3, struct.pack("!I", 0x2 | 0x4 | 0x8))  # CTA_STATUS: SEEN_REPLY, ASSURED, CONFIRMED
    body += attribute(4, attribute(1, attribute(1, b"\x03"), nested=True), nested=True)  # TCP state ESTABLISHED
    body += attribute(7, struct.pack("!I", 600))  # CTA_TIMEOUT
    return nfnetlink(_CONNTRACK_NEW, body, 0x400 | 0x200)  # NLM_F_CREATE, NLM_F_EXCL


def conntrack_filler(args):
    """Fills the namespace's connection table with *entries* flows that cannot be evicted; empties it at the end."""
    sock = netfilter_socket()
    sock.settimeout(0)
    template = conntrack_entry(b"SRC.", socket.inet_aton("203.0.113.1"), 40000, 80)
    before, between, after = template.split(b"SRC.")
    batch = []
    for serial in range(args.entries):
        source = struct.pack("!I", (10 << 24 | 128 << 16) + serial)
        batch.append(before + source + between + source + after)
        if len(batch) == 400 or serial == args.entries - 1:
            sock.send(b"".join(batch))
            batch.clear()
            # Errors alone are answered: the table is full, or a chain is. The test looks at the counters.
            with contextlib.suppress(OSError):
                while True:
                    sock.recv(65536)
    ready()
    try:
        wait()
    finally:
        sock.send(nfnetlink(_CONNTRACK_DELETE, b""))


def queue_holder(args):
    """Holds the packets of the netfilter queue 0 back for *pause* seconds, then lets them all go in their order."""
    sock = netfilter_socket()
    sock.settimeout(0)
    sock.send(nfnetlink(_QUEUE_CONFIG, attribute(1, struct.pack("!BBH", 1, 0, 0))))  # NFQNL_CFG_CMD_BIND
    sock.send(nfnetlink(_QUEUE_CONFIG, attribute(2, struct.pack("!IB", 0, 1))))  # no data: NFQNL_COPY_META
    ready()
    for _unused in paced(args.pause):
        with contextlib.suppress(OSError):
            while True:
                sock.recv(65536)
        sock.send(nfnetlink(_QUEUE_VERDICT_BATCH, attribute(2, struct.pack("!II", 1, 0x7FFFFFFF))))  # NF_ACCEPT


COMMANDS = {
    "udp-sleeper": udp_sleeper,
    "raw-sleeper": raw_sleeper,
    "udp-reader": udp_reader,
    "udp-scatter": udp_scatter,
    "udp-sender": udp_sender,
    "tcp-listener": tcp_listener,
    "tcp-connector": tcp_connector,
    "tcp-shrinker": tcp_shrinker,
    "tcp-pusher": tcp_pusher,
    "tcp-reader": tcp_reader,
    "tcp-writer": tcp_writer,
    "syn-sender": syn_sender,
    "unknown-frame-sender": unknown_frame_sender,
    "udp-frame-sender": udp_frame_sender,
    "slow-taps": slow_taps,
    "slow-receiver": slow_receiver,
    "conntrack-filler": conntrack_filler,
    "queue-holder": queue_holder,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=sorted(COMMANDS))
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--source", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=7801)
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--burst", type=int, default=1)
    parser.add_argument("--pause", type=float, default=0.01)
    parser.add_argument("--backlog", type=int, default=1)
    parser.add_argument("--nic", default="va")
    parser.add_argument("--to-mac")
    parser.add_argument("--from-mac")
    parser.add_argument("--avoid-cpu", type=int, default=-1)
    parser.add_argument("--cost", type=float, default=100)
    parser.add_argument("--entries", type=int, default=1000)
    parser.add_argument("--buffer", type=int, default=4096)
    parser.add_argument("--sockets", type=int, default=1)
    parser.add_argument("--flows", type=int, default=1)
    parser.add_argument("--sources", type=int, default=1)
    parser.add_argument("--addresses", type=int, default=1)
    parser.add_argument("--answered", type=int, default=0)
    parser.add_argument("--vlan", type=int, default=0)
    parser.add_argument("--damage", choices=["header", "datagram", "first-fragment"])
    args = parser.parse_args()
    end_when_told()
    COMMANDS[args.command](args)


if __name__ == "__main__":
    main()
