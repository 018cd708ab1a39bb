# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lab guest: a virtual host with real NIC drivers, whose taps are in a network namespace of its own.

The namespace holds the other ends of the guest's NICs, so nothing that is sent here reaches the machine's own network.
A guest is known by its kernel and by the checkout that its image belongs to; it runs until :meth:`Guest.stop`, whoever
started it.
"""

import contextlib
import hashlib
import itertools
import json
import os
import pathlib
import re
import shlex
import shutil
import signal
import socket
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import image
import netns
import traffic

KERNEL_ARGUMENTS = "console=ttyS0 root=/dev/vda rw quiet net.ifnames=0 mitigations=off panic=-1"
QUEUES = 4
#: A NIC by name: the options of its device. igb wants a PCI Express port of its own, here on NUMA node 1.
DEVICES = {
    "mgmt0": "virtio-net-pci,bus=pcie.0",
    "igb0": "igb,bus=port1",
    "igb1": "igb,bus=port2",
    "vio0": f"virtio-net-pci,bus=pcie.0,mq=on,vectors={2 * QUEUES + 2},rx_queue_size=1024",
    "vmx0": "vmxnet3,bus=pcie.0",
    "e1k0": "e1000e,bus=pcie.0",
}
#: Four CPUs on two NUMA nodes with a PCI bridge each. The stand-ins for mlx5 bind to NVMe controllers, which have
#: many interrupts and, without a driver of theirs, do nothing: one on each node.
MACHINE = (
    *("-smp", "4,sockets=2,cores=2", "-m", "1024"),
    *("-object", "memory-backend-ram,id=memory0,size=512M", "-object", "memory-backend-ram,id=memory1,size=512M"),
    *("-numa", "node,nodeid=0,cpus=0-1,memdev=memory0", "-numa", "node,nodeid=1,cpus=2-3,memdev=memory1"),
    *("-nodefaults", "-no-user-config", "-display", "none", "-device", "virtio-rng-pci,bus=pcie.0"),
    *("-device", "pxb-pcie,id=bridge1,bus=pcie.0,bus_nr=64,numa_node=1"),
    *("-device", "pcie-root-port,id=port1,bus=bridge1,chassis=1"),
    *("-device", "pcie-root-port,id=port2,bus=bridge1,chassis=2"),
    *("-device", "pcie-root-port,id=port3,bus=bridge1,chassis=3"),
    *("-device", "pxb-pcie,id=bridge0,bus=pcie.0,bus_nr=32,numa_node=0"),
    *("-device", "pcie-root-port,id=port4,bus=bridge0,chassis=4"),
    *("-device", "nvme,serial=mlx0,bus=port4,max_ioqpairs=64,msix_qsize=65"),
    *("-device", "nvme,serial=mlx1,bus=port3,max_ioqpairs=64,msix_qsize=65"),
)
KVM = ("-M", "q35", "-accel", "kvm", "-cpu", "host")
#: One thread for all CPUs: with several, QEMU 10.0 on a busy machine ends in the assertion "iotlb_to_section", or the
#: guest loses timers. An old CPU, for the vector instructions of newer ones only make the guest slower.
EMULATION = ("-M", "q35", "-accel", "tcg,thread=single", "-cpu", "Nehalem")
_KVM_LIMIT_S = 8
_BOOT_LIMIT_S = 300
#: Of a guest that answers: where the machine is very busy, systemd-networkd may leave ports "configuring" for good.
#: Started again it goes on.
_LINKS_LIMIT_S = 60
_BOOT_ID = "/proc/sys/kernel/random/boot_id"
#: For a login, which takes a second of an emulated CPU, where this machine and the guest are both busy.
_CONNECT_LIMIT_S = 60


def at_once(function, guests):
    """What *function* gives for each guest, by kernel; *guests* are by kernel too."""
    with ThreadPoolExecutor(len(guests)) as pool:
        return dict(zip(guests, pool.map(function, guests.values()), strict=True))


def qemu_version():
    """The major version of QEMU."""
    return int(re.search(r"version (\d+)", image.run("qemu-system-x86_64", "--version")).group(1))


def kvm_boots(folder, kernel):
    """Whether a kernel that powers off at once does so under KVM: /dev/kvm may be there and a guest hang."""
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return False
    files = ("-kernel", folder / f"kernel-{kernel}", "-initrd", folder / f"initrd-{kernel}")
    command = ["qemu-system-x86_64", *KVM, "-m", "256", "-nodefaults", "-display", "none", "-no-reboot", *files]
    try:
        done = subprocess.run(
            [*map(str, command), "-append", "lab.probe panic=-1"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_KVM_LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def accelerator(folder, kernel):
    """KVM where it boots, else software emulation. The answer is kept beside the image: a hanging probe takes long."""
    kept = folder / "accelerator"
    if not kept.exists():
        kept.write_text("kvm" if kvm_boots(folder, kernel) else "tcg")
    return KVM if kept.read_text() == "kvm" else EMULATION


class Guest:
    """A guest of the lab by its kernel, booted from the image below *cache*. ``lab`` is the namespace of the taps."""

    def __init__(self, cache, kernel):
        self.kernel = kernel
        self.name = f"lab-{kernel}"
        # Two checkouts on one machine have a lab each.
        checkout = hashlib.sha256(str(cache.resolve()).encode()).hexdigest()[:6]
        self.lab = netns.Namespace(f"packetloss-{checkout}-{self.name}")
        self.nics = [nic for nic in DEVICES if nic != "mgmt0"]
        self._cache = cache
        # Not below the checkout: the path of a socket is 107 characters long at most.
        self._state = pathlib.Path("/run", self.lab.name)
        self._opening = threading.Lock()

    # --- its life

    def start(self):
        """Build what is missing, boot, and wait until it answers and all its links are up."""
        folder = image.build(self._cache)
        self.stop()
        self._state.mkdir()
        shutil.copy(folder / "key", self._state / "key")
        (self._state / "key").chmod(0o600)
        self.lab = netns.Namespace.create(self.lab.name)
        for nic in DEVICES:
            self._make_tap(nic)
        with open(self._state / "qemu.log", "wb") as log:
            process = subprocess.Popen(
                ["ip", "netns", "exec", self.lab.name, *self._qemu(folder)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        (self._state / "pid").write_text(str(process.pid))
        # Not running(): between ip and QEMU there is a moment in which the process has no command line.
        self._wait_until_ready(lambda: process.poll() is not None)

    def reboot(self):
        """Boot it again inside of the same QEMU, and wait until it answers and all its links are up."""
        before = self.read(_BOOT_ID)
        # It ends the connection before it answers.
        with contextlib.suppress(RuntimeError, subprocess.TimeoutExpired):
            self.run("systemctl", "reboot")
        self._tell_connection("-O", "exit")
        self._wait_until_ready(lambda: not self.running(), before)

    def running(self):
        """Whether its QEMU runs."""
        return self._pid() is not None

    def stop(self):
        """End its QEMU, delete its namespace and its state; does nothing where there is none of them."""
        # Left alone it would wait for the guest that is gone, and then delete the socket of the next one's connection.
        if (self._state / "ssh").exists():
            self._tell_connection("-O", "exit")
        pid = self._pid()
        if pid:
            os.kill(pid, signal.SIGTERM)
            for _unused in range(300):
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, os.WNOHANG)
                if not self.running():
                    break
                time.sleep(0.1)
        if self.lab.name in image.run("ip", "netns", "list").split():
            self.lab.delete()
        shutil.rmtree(self._state, ignore_errors=True)

    def _pid(self):
        """The process of its QEMU, if that is what runs under the number that was kept."""
        try:
            pid = int((self._state / "pid").read_text())
            command = pathlib.Path(f"/proc/{pid}/cmdline").read_text()
        except (OSError, ValueError):
            return None
        return pid if str(self._state) in command else None

    def _qemu(self, folder):
        files = ("-kernel", folder / f"kernel-{self.kernel}", "-initrd", folder / f"initrd-{self.kernel}")
        return [
            *("qemu-system-x86_64", *accelerator(folder, self.kernel), *MACHINE),
            *map(str, files),
            *("-append", KERNEL_ARGUMENTS, "-serial", f"file:{self._state}/console.log"),
            *("-qmp", f"unix:{self._state}/qmp,server=on,wait=off"),
            *("-drive", f"file={folder}/disk,if=none,id=disk,format=raw,snapshot=on"),
            *("-device", "virtio-blk-pci,bus=pcie.0,drive=disk"),
            *(option for nic in DEVICES for option in self._nic_options(nic)),
        ]

    def _nic_options(self, nic):
        many = f",queues={QUEUES}" if "mq=on" in DEVICES[nic] else ""
        return [
            *("-netdev", f"tap,id=net-{nic},ifname=tap-{nic},script=no,downscript=no{many}"),
            *("-device", f"{DEVICES[nic]},id={nic},netdev=net-{nic},mac={image.NICS[nic][0]}"),
        ]

    def _make_tap(self, nic):
        """A tap in the lab, with the first address of the NIC's network."""
        many = ["multi_queue"] if "mq=on" in DEVICES[nic] else []
        self.lab.ip("tuntap", "add", f"tap-{nic}", "mode", "tap", *many)
        self.lab.ip("link", "set", f"tap-{nic}", "up")
        address = self.address(nic)
        if address:
            self.lab.ip("address", "add", f"{self.peer(nic)}/24", "dev", f"tap-{nic}")
            # No ARP is spoken: a tap does not pad frames to 60 bytes, and QEMU's igb counts shorter ones as errors.
            self.lab.ip(
                "neighbour", "replace", address, "lladdr", self.mac(nic), "dev", f"tap-{nic}", "nud", "permanent"
            )

    def _open_connection(self):
        """Log in, unless that was done; all later commands share this connection, which goes to the background without
        our pipes. It may have ended since: then its socket is gone."""
        with self._opening:
            if not (self._state / "ssh").exists():
                self._tell_connection("-fNM")

    def _tell_connection(self, *options):
        command = [*self.ssh()[:-1], *options, self.ssh()[-1]]
        nowhere = subprocess.DEVNULL
        subprocess.run(command, stdin=nowhere, stdout=nowhere, stderr=nowhere, check=False, start_new_session=True)

    def _wait_until_ready(self, ended, boot_before=None):
        """Wait until it answers and all its links are up, in another boot than *boot_before*; *ended* is about QEMU."""
        end = time.monotonic() + _BOOT_LIMIT_S
        state, answers_since = "", None
        while time.monotonic() < end:
            if ended():
                raise RuntimeError(f"QEMU ended: {(self._state / 'qemu.log').read_text(errors='replace')}")
            try:
                state = self.run("ip", "-br", "link")
                links = all(re.search(rf"^{nic} +UP ", state, re.MULTILINE) for nic in (*self.nics, image.BOND))
                if self.read(_BOOT_ID) != boot_before:
                    if links:
                        for program in (netns.TRAFFIC, netns.METER):
                            self.run("tee", f"/root/{program.name}", stdin=program.read_text())
                        return
                    answers_since = answers_since or time.monotonic()
                    if time.monotonic() > answers_since + _LINKS_LIMIT_S:
                        answers_since = time.monotonic()
                        self.run("systemctl", "restart", "systemd-networkd")
            except (RuntimeError, subprocess.TimeoutExpired) as error:
                state = str(error)
            time.sleep(1)
        console = (self._state / "console.log").read_text(errors="replace")[-2000:]
        raise RuntimeError(f"the guest was not ready within {_BOOT_LIMIT_S} s: {state}\n{console}")

    # --- the way into it

    @staticmethod
    def address(nic):
        """The address of *nic* in the guest; the bond's for its first port; None for another port."""
        return image.BOND_ADDRESS if nic in (image.BOND_PORTS[0], image.BOND) else image.NICS[nic][1]

    def peer(self, nic):
        """The address of the lab's end of *nic*."""
        return re.sub(r"\d+$", "1", self.address(nic))

    @staticmethod
    def mac(nic):
        return image.NICS[image.BOND_PORTS[0] if nic == image.BOND else nic][0]

    def ssh_arguments(self, **more):
        """What every ssh into the guest is given; without more they share one connection."""
        options = {
            "StrictHostKeyChecking": "no",
            "UserKnownHostsFile": "/dev/null",
            "IdentitiesOnly": "yes",
            "LogLevel": "ERROR",
            "ConnectTimeout": str(_CONNECT_LIMIT_S),
            # One connection for all commands: a handshake takes a second of an emulated CPU.
            **(more or {"ControlPath": str(self._state / "ssh")}),
        }
        return ["-i", str(self._state / "key"), "-F", "none", *(f"-o{key}={value}" for key, value in options.items())]

    def ssh_through(self, nic, *words):
        """The command that runs *words* as root over a connection of its own, to the address of *nic*. It gives up
        where nothing comes through that NIC for twenty seconds."""
        arguments = self.ssh_arguments(ControlPath="none", ServerAliveInterval="5", ServerAliveCountMax="4")
        enter = ["ip", "netns", "exec", self.lab.name, "ssh", *arguments]
        return [*enter, f"root@{self.address(nic)}", shlex.join(words)]

    def ssh(self, *words):
        """The command that logs in as root, and runs *words* if there are any."""
        enter = ["ip", "netns", "exec", self.lab.name, "ssh", *self.ssh_arguments()]
        return [*enter, f"root@{image.NICS['mgmt0'][1]}", *([shlex.join(words)] if words else [])]

    def run(self, *words, stdin=None, **limit):
        """What *words* printed in the guest; a failure raises with what it said. ``limit_s`` is that of netns.run."""
        self._open_connection()
        return netns.run(*self.ssh(*words), stdin=stdin, **limit)

    def script(self, text):
        """What a shell script printed in the guest."""
        return self.run("sh", "-e", stdin=text)

    def read(self, path):
        return self.run("cat", path)

    def write(self, path, value):
        self.run("tee", path, stdin=f"{value}\n")

    @contextlib.contextmanager
    def sysctls(self, values):
        """The sysctls have these values until the block ends, written in their order and taken back in the reverse."""
        before = dict(zip(values, self.run("sysctl", "-n", *values).splitlines(), strict=True))
        self._write_sysctls(values)
        try:
            yield
        finally:
            self._write_sysctls(dict(reversed(before.items())))

    def long_polls(self):
        """A run of the softirq may be as long as it likes, until the block ends: nothing but the ring is short then.
        QEMU halts an emulated CPU for many milliseconds, which a run's time limit would count."""
        return self.sysctls({"net.core.netdev_budget": 10000, "net.core.netdev_budget_usecs": 1000000})

    def _write_sysctls(self, values):
        self.run("sysctl", "-q", "-w", *(f"{name}={value}" for name, value in values.items()))

    @contextlib.contextmanager
    def nft(self, chains):
        """A table ``inet lab`` with these *chains*, until the block ends."""
        self.run("nft", "-f", "-", stdin=f"table inet lab {{ {chains}\n}}\n")
        try:
            yield
        finally:
            self.run("nft", "delete", "table", "inet", "lab")

    @contextlib.contextmanager
    def permanent_neighbour(self, nic):
        """The guest knows the lab's end of *nic* without asking, until the block ends."""
        entry = ("ip", "neighbour", "replace", self.peer(nic), "lladdr", self.wire(nic)["from_mac"], "dev", nic, "nud")
        self.run(*entry, "permanent")
        try:
            yield
        finally:
            self.run(*entry, "reachable")

    def traffic(self, command, **arguments):
        """A command of traffic.py in the guest, ``netns.started``."""
        return netns.started(*self._python(netns.TRAFFIC, command, *netns.options(arguments)))

    def meter(self, sources, line):
        """meter.py in the guest, ``netns.started``."""
        return netns.started(*self._python(netns.METER, *sources), line=line)

    def _python(self, program, *words):
        """The command that runs a *program* that :meth:`start` copied into the guest."""
        self._open_connection()
        return self.ssh("python3", f"/root/{program.name}", *words)

    def flood(self, nic, **arguments):
        """Frames with a datagram each from the lab to *nic*, ``netns.started``; *arguments* are traffic.py's."""
        frame = {**self.wire(nic), "source": self.peer(nic), "address": self.address(nic), "size": 18}
        return self.lab.traffic("udp-frame-sender", **{**frame, **arguments})

    @contextlib.contextmanager
    def load(self, nic, port, strength, cost=100, burst=100, **arguments):
        """As many datagrams as the guest can take from *nic*, until the block ends: it acknowledges each burst, and no
        more than two bursts are on their way, so that none is lost, however slow it is.

        They keep it busy, whatever they cost: *strength* makes them cheaper than *cost* microseconds, and with that
        more. The ring has room for two bursts and not for more, and what finds none is lost without a trace.
        """
        # Reading them all would keep one more CPU busy: only what is asked gets past this.
        unread = f"udp dport {port} udp sport != {traffic.ASKING_PORT} drop"
        with (
            self.nft(f"chain unread {{ type filter hook prerouting priority raw; {unread}; }}"),
            self.slow_receiver(nic, port, cost / strength),
        ):
            # An interrupt moves to its new CPU when it fires, and a poll that never ends stays where it began: each
            # queue gets single packets first.
            with self.flood(nic, port=port, pause=0.002, **arguments):
                time.sleep(0.6)
            with self.flood(nic, port=port, burst=burst, pause=0, answered=1, **arguments):
                yield

    def slow_receiver(self, nic, port, cost):
        """A reader of datagrams from *nic*, each packet of which takes the guest *cost* microseconds more."""
        arguments = {"nic": nic, "address": self.address(nic), "source": self.peer("mgmt0"), "port": port}
        return self.traffic("slow-receiver", cost=cost, **arguments)

    @contextlib.contextmanager
    def irqbalance_held(self):
        """Nobody else moves interrupts until the block ends. Held by an outer block already, it stays so."""
        held = self.script(
            "pid=$(pidof irqbalance) || exit 0\n"
            "grep -q '^State:.T' /proc/$pid/status && exit 0\n"
            "kill -STOP $pid\n"
            "echo $pid"
        ).strip()
        try:
            yield
        finally:
            if held:
                self.run("kill", "-CONT", held)

    @contextlib.contextmanager
    def interrupts(self, nic, cpus):
        """The interrupts of *nic* go to *cpus* in turn, until the block ends."""
        device = f"/sys/class/net/{nic}/device"
        numbers = self.script(f"ls {device}/msi_irqs 2>/dev/null || ls {device}/../msi_irqs").split()
        files = [f"/proc/irq/{number}/smp_affinity_list" for number in sorted(numbers, key=int)]
        before = self.run("cat", *files).split()
        self._write_files(dict(zip(files, itertools.cycle(cpus), strict=False)))
        try:
            yield
        finally:
            self._write_files(dict(zip(files, before, strict=True)))

    def _write_files(self, values):
        self.script("\n".join(f"echo {value} > {file}" for file, value in values.items()))

    def wire(self, nic):
        """What traffic.py's senders of frames have to know to reach *nic* from the lab."""
        tap = f"tap-{image.BOND_PORTS[0] if nic == image.BOND else nic}"
        from_mac = self.lab.read(f"/sys/class/net/{tap}/address").strip()
        return {"nic": tap, "to_mac": self.mac(nic), "from_mac": from_mac}

    @contextlib.contextmanager
    def ring(self, nic, **sizes):
        """The rings of *nic* have other sizes until the block ends: ``ring("vmx0", rx=32)``."""
        current = self.run("ethtool", "-g", nic).partition("Current hardware settings:")[2].lower()
        before = {name: re.search(rf"^{name}:\s+(\d+)", current, re.MULTILINE)[1] for name in sizes}
        self._set_ring(nic, sizes)
        try:
            yield
        finally:
            self._set_ring(nic, before)

    def _set_ring(self, nic, sizes):
        self.run("ethtool", "-G", nic, *(str(word) for pair in sizes.items() for word in pair))
        self.wait_for_carrier(nic)

    def wait_for_carrier(self, nic):
        """Wait until the link of *nic* is up again: drivers take it down while they make their rings anew."""
        for _unused in range(100):
            with contextlib.suppress(RuntimeError):
                if self.read(f"/sys/class/net/{nic}/carrier").strip() == "1":
                    return
            time.sleep(0.1)
        raise RuntimeError(f"{nic} has no carrier")

    def tell_standin(self, nic, file, text):
        """Write to a file of the stand-in's debugfs: its README says what each takes."""
        address = self.script(f"basename $(readlink /sys/class/net/{nic}/device)").strip()
        self.write(f"/sys/kernel/debug/mlx5_standin/{address}/{file}", text)

    @contextlib.contextmanager
    def standins(self, channels):
        """The stand-ins for mlx5 are there and up until the block ends, with so many channels each."""
        self.run("modprobe", "mlx5_standin", f"channels={channels}")
        try:
            self.run("udevadm", "settle")
            for nic in image.STANDINS:
                self.run("ip", "link", "set", nic, "up")
            yield
        finally:
            self.run("modprobe", "-r", "mlx5_standin")

    def host_variables(self, nic="mgmt0", own_connections=False):
        """The variables of an inventory host that is this guest, reached by the address of *nic*.

        With *own_connections* Ansible opens connections as it does anywhere, and can close them; else it shares the one
        of all that is run in the guest, which saves a second of an emulated CPU for each.
        """
        program = self._state / "ssh-into-lab"
        program.write_text(f'#!/bin/sh\nexec ip netns exec {self.lab.name} ssh "$@"\n')
        program.chmod(0o755)
        if own_connections:
            connecting = {
                # Of all options ssh takes the first that it is given.
                "ansible_ssh_common_args": shlex.join(self.ssh_arguments(ServerAliveInterval="5")),
                "ansible_ssh_args": "-C -o ControlMaster=auto -o ControlPersist=60s",
                # The path of a socket is 107 characters long at most.
                "ansible_control_path_dir": str(self._state / "connections"),
            }
        else:
            connecting = {"ansible_ssh_common_args": shlex.join(self.ssh_arguments()), "ansible_ssh_args": ""}
        return {
            "ansible_connection": "ssh",
            "ansible_host": self.address(nic),
            "ansible_user": "root",
            "ansible_ssh_executable": str(program),
            "ansible_pipelining": True,
            "ansible_python_interpreter": "/usr/bin/python3",
            **connecting,
        }

    # --- what QEMU does to it

    def set_link(self, nic, up):
        """Plug the cable of *nic* in, or pull it: the guest's driver sees the carrier come or go."""
        with socket.socket(socket.AF_UNIX) as monitor:
            monitor.settimeout(10)
            monitor.connect(str(self._state / "qmp"))
            answers = monitor.makefile("r")
            for command in ({"execute": "qmp_capabilities"}, self._link_command(nic, up)):
                monitor.sendall(json.dumps(command).encode() + b"\n")
                while "return" not in (answer := json.loads(answers.readline())):
                    if "error" in answer:
                        raise RuntimeError(f"QEMU refused {command}: {answer['error']}")

    @staticmethod
    def _link_command(nic, up):
        return {"execute": "set_link", "arguments": {"name": nic, "up": up}}
