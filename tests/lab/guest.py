# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lab guest: a virtual host with real NIC drivers, in a network namespace of its own.

The namespace holds the other ends of the guest's NICs, so nothing that is sent here reaches the machine's own network.
"""

import contextlib
import os
import re
import shlex
import subprocess
import time

import image
import netns

#: Software emulation of four CPUs in two NUMA nodes. KVM may be there and still not boot a guest. One thread for all
#: CPUs: with several, QEMU 10.0 on a busy machine ends in the assertion "iotlb_to_section", or the guest loses timers.
MACHINE = (
    *("-M", "q35", "-accel", "tcg,thread=single", "-cpu", "max", "-smp", "4,sockets=2,cores=2", "-m", "768"),
    *("-object", "memory-backend-ram,id=memory0,size=384M", "-object", "memory-backend-ram,id=memory1,size=384M"),
    *("-numa", "node,nodeid=0,cpus=0-1,memdev=memory0", "-numa", "node,nodeid=1,cpus=2-3,memdev=memory1"),
    *("-nodefaults", "-no-user-config", "-display", "none", "-device", "virtio-rng-pci"),
)
KERNEL_ARGUMENTS = "console=ttyS0 root=/dev/vda rw quiet net.ifnames=0 mitigations=off panic=-1"
QUEUES = 4
#: A NIC by name: the options of its device. igb wants a PCI Express port of its own, here one of NUMA node 1.
DEVICES = {
    "mgmt0": "virtio-net-pci,bus=pcie.0",
    "igb0": "igb,bus=port1",
    "vio0": f"virtio-net-pci,bus=pcie.0,mq=on,vectors={2 * QUEUES + 2},rx_queue_size=1024",
    "vmx0": "vmxnet3,bus=pcie.0",
    "e1k0": "e1000e,bus=pcie.0",
    "e1k1": "e1000e,bus=pcie.0",
}
NODE1_PORT = (
    "-device",
    "pxb-pcie,id=bridge1,bus_nr=64,numa_node=1",
    "-device",
    "pcie-root-port,id=port1,bus=bridge1,chassis=1",
)
_BOOT_LIMIT_S = 300


def qemu_version():
    """The major version of QEMU."""
    return int(re.search(r"version (\d+)", image.run("qemu-system-x86_64", "--version")).group(1))


class Guest:
    """A running guest. ``lab`` is the namespace of the taps; ``nics`` are the guest's NICs without the management's."""

    def __init__(self, lab, folder, nics):
        self.lab = lab
        self.nics = nics
        self._key = folder / "key"

    def ssh_arguments(self):
        options = {
            "StrictHostKeyChecking": "no",
            "UserKnownHostsFile": "/dev/null",
            "IdentitiesOnly": "yes",
            "LogLevel": "ERROR",
            "ConnectTimeout": "10",
        }
        return ["-i", str(self._key), "-F", "none", *(f"-o{key}={value}" for key, value in options.items())]

    def command(self, *words):
        """The command that runs *words* in the guest as root."""
        shown = shlex.join(words)
        return [
            "ip",
            "netns",
            "exec",
            self.lab.name,
            "ssh",
            *self.ssh_arguments(),
            f"root@{image.NICS['mgmt0'][1]}",
            shown,
        ]

    def run(self, *words, stdin=None):
        """What *words* printed in the guest; a failure raises with what it said."""
        return netns.run(*self.command(*words), stdin=stdin)

    def sysctl(self, name, value):
        self.run("sysctl", "-q", "-w", f"{name}={value}")

    def background(self, *words):
        """*words* in the guest, ``netns.started``."""
        return netns.started(*self.command(*words))

    def host_variables(self, folder):
        """The variables of an inventory host that is this guest; *folder* gets the program that stands for ssh."""
        ssh = folder / "ssh-into-lab"
        ssh.write_text(f'#!/bin/sh\nexec ip netns exec {self.lab.name} ssh "$@"\n')
        ssh.chmod(0o755)
        return {
            "ansible_connection": "ssh",
            "ansible_host": image.NICS["mgmt0"][1],
            "ansible_user": "root",
            "ansible_ssh_executable": str(ssh),
            "ansible_ssh_common_args": shlex.join(self.ssh_arguments()),
            "ansible_ssh_control_path_dir": str(folder / "control"),
            "ansible_ssh_args": "",
            "ansible_pipelining": True,
            "ansible_python_interpreter": "/usr/bin/python3",
        }


def taps(lab, nics):
    """Make a tap in *lab* for each NIC, with the first address of the NIC's network."""
    for nic in nics:
        many = ["multi_queue"] if "mq=on" in DEVICES[nic] else []
        mac, address = image.NICS[nic]
        lab.ip("tuntap", "add", f"tap-{nic}", "mode", "tap", *many)
        lab.ip("address", "add", re.sub(r"\d+$", "1/24", address), "dev", f"tap-{nic}")
        lab.ip("link", "set", f"tap-{nic}", "up")
        # No ARP is spoken: a tap does not pad frames to 60 bytes, and QEMU's igb counts shorter ones as errors.
        lab.ip("neighbour", "replace", address, "lladdr", mac, "dev", f"tap-{nic}", "nud", "permanent")


def nic_options(nic):
    """QEMU's options for one NIC on its tap."""
    many = f",queues={QUEUES}" if "mq=on" in DEVICES[nic] else ""
    return [
        *("-netdev", f"tap,id=net-{nic},ifname=tap-{nic},script=no,downscript=no{many}"),
        *("-device", f"{DEVICES[nic]},netdev=net-{nic},mac={image.NICS[nic][0]}"),
    ]


@contextlib.contextmanager
def running(cache):
    """Build the guest if need be, boot it, yield the :class:`Guest`, end it."""
    folder = image.build(cache)
    nics = [nic for nic in DEVICES if nic != "igb0" or qemu_version() >= 8]
    console = cache / f"console-{os.getpid()}.log"
    with netns.namespace("lab") as lab:
        taps(lab, nics)
        process = subprocess.Popen(
            [
                *("ip", "netns", "exec", lab.name, "qemu-system-x86_64", *MACHINE),
                *("-serial", f"file:{console}", "-kernel", str(folder / "kernel"), "-initrd", str(folder / "initrd")),
                *("-append", KERNEL_ARGUMENTS),
                *("-drive", f"file={folder / 'disk'},if=none,id=disk,format=raw,snapshot=on"),
                *("-device", "virtio-blk-pci,drive=disk"),
                *(NODE1_PORT if "igb0" in nics else ()),
                *(option for nic in nics for option in nic_options(nic)),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            guest = Guest(lab, folder, nics[1:])
            wait_for(guest, process, console)
            yield guest
        finally:
            process.terminate()
            process.communicate(timeout=30)
            console.unlink(missing_ok=True)


def wait_for(guest, process, console):
    """Wait until the guest answers to ssh and has all its NICs up."""
    end = time.monotonic() + _BOOT_LIMIT_S
    state = ""
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"QEMU ended: {process.stderr.read()}")
        try:
            state = guest.run("ip", "-br", "link")
            if all(re.search(rf"^{nic} +UP ", state, re.MULTILINE) for nic in guest.nics):
                return
        except (RuntimeError, subprocess.TimeoutExpired) as error:
            state = str(error)
        time.sleep(1)
    shown = console.read_text(errors="replace")[-2000:] if console.exists() else ""
    raise RuntimeError(f"the guest was not ready within {_BOOT_LIMIT_S} s: {state}\n{shown}")
