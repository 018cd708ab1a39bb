# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts made of files: /sys and /proc of machines that nobody has at hand."""

import json
import os
import shutil
import subprocess
import sys

import pytest
from ansible_collections.linuxnet.packetloss.tests.unit import fake_host


class Tree:
    """Files below a folder, by the path that they have on the host."""

    def __init__(self, root):
        self.root = str(root)
        self.host = fake_host.folder_host(self.root)

    def write(self, path, text=""):
        place = self.root + path
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(place, "w") as stream:
            stream.write(str(text) + "\n")

    def remove(self, path):
        os.remove(self.root + path)

    def link(self, path, target):
        """A symbolic link from *path* to *target*, both as on the host; relative, as sysfs has them."""
        place = self.root + path
        os.makedirs(os.path.dirname(place), exist_ok=True)
        os.makedirs(self.root + target, exist_ok=True)
        os.symlink(os.path.relpath(self.root + target, os.path.realpath(os.path.dirname(place))), place)

    def nic(self, name, ifindex, device=None, rx=1, tx=1, lower=(), upper=()):
        """An interface in sysfs as Linux 6.12 shows it, below its *device*; virtual without one."""
        home = "{}/net/{}".format(device or "/sys/devices/virtual", name)
        self.write(home + "/ifindex", ifindex)
        self.link("/sys/class/net/" + name, home)
        if device:
            self.link(home + "/device", device)
        self.write(home + "/napi_defer_hard_irqs", 0)
        self.write(home + "/gro_flush_timeout", 0)
        self.write(home + "/threaded", 0)
        for queue in range(rx):
            self.write(f"{home}/queues/rx-{queue}/rps_cpus", "00")
            self.write(f"{home}/queues/rx-{queue}/rps_flow_cnt", 0)
        for queue in range(tx):
            # The kernel answers ENOENT for a device of one queue; a file cannot, so it is left out.
            if tx > 1:
                self.write(f"{home}/queues/tx-{queue}/xps_cpus", "00")
            self.write(f"{home}/queues/tx-{queue}/tx_timeout", 0)
            self.write(f"{home}/queues/tx-{queue}/traffic_class", 0)
        for side, names in (("lower", lower), ("upper", upper)):
            for other in names:
                os.symlink("../" + other, f"{self.root}{home}/{side}_{other}")
        return home

    def pci_function(self, path, node=0, cpus="0-3", irqs=(), irq=0):
        """A PCI function with its place; *irqs* are its MSI interrupts."""
        self.write(path + "/numa_node", node)
        self.write(path + "/local_cpulist", cpus)
        self.write(path + "/irq", irq)
        for number in irqs:
            self.write(f"{path}/msi_irqs/{number}", "msix")

    def irq(self, number, affinity, effective=None, hint="00", node=0):
        place = f"/proc/irq/{number}"
        self.write(place + "/smp_affinity_list", affinity)
        if effective is not None:
            self.write(place + "/effective_affinity_list", effective)
        self.write(place + "/affinity_hint", hint)
        self.write(place + "/node", node)


@pytest.fixture
def tree(tmp_path):
    return Tree(tmp_path)


@pytest.fixture
def python_in_namespace():
    """Runs a shell script, then Python text, in a network namespace of their own; returns the JSON that it prints."""
    if os.geteuid() != 0:
        pytest.skip("a network namespace needs root")
    if not all(map(shutil.which, ("unshare", "ip"))):
        pytest.skip("needs the programs unshare and ip")

    def run(script, program):
        command = ["unshare", "--net", "--mount", "sh", "-c", script, "sh", sys.executable, "-c", program]
        done = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=_environment())
        output, errors = done.communicate(timeout=60)
        if done.returncode:
            text = errors.decode("utf-8", "replace").strip()
            if any(refusal in text for refusal in ("Operation not permitted", "not supported", "Unknown device type")):
                pytest.skip("the kernel refuses: " + text.splitlines()[-1])
            raise AssertionError(text)
        return json.loads(output.decode("utf-8"))

    return run


def _environment():
    return dict(os.environ, PYTHONPATH=os.pathsep.join(path for path in sys.path if path))
