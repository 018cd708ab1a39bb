# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the provoking tests need, and the proof that they leave the host as it was."""

import contextlib
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

_HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(_HERE), str(_HERE.parent)]

#: Values below /proc/sys/net that move by themselves.
_GAUGES = {"netfilter/nf_conntrack_count"}
_NIC_SETTINGS = ("address", "flags", "ifindex", "mtu", "tx_queue_len", "operstate", "carrier_changes")
_QUEUE_SETTINGS = ("rps_cpus", "rps_flow_cnt", "xps_cpus", "xps_rxqs")
_NIC_OFFLOAD_SETTINGS = ("gro_flush_timeout", "napi_defer_hard_irqs", "threaded")
#: The largest connection table that a test fills: 320 bytes each, in the kernel.
CONNTRACK_LIMIT = 300_000


def _text(path):
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        return f"errno {error.errno}"


def host_network_settings():
    """Every sysctl of the host's network and the settings of its NICs, as ``{path: text}``."""
    sysctls = pathlib.Path("/proc/sys/net")
    settings = {
        str(path): _text(path)
        for path in sysctls.rglob("*")
        if path.is_file() and str(path.relative_to(sysctls)) not in _GAUGES
    }
    for nic in pathlib.Path("/sys/class/net").iterdir():
        files = [nic / name for name in _NIC_SETTINGS + _NIC_OFFLOAD_SETTINGS]
        files += [queue / name for queue in nic.glob("queues/*") for name in _QUEUE_SETTINGS if (queue / name).exists()]
        settings.update((str(path), _text(path)) for path in files)
    for irq in pathlib.Path("/proc/irq").glob("*/smp_affinity_list"):
        settings[str(irq)] = _text(irq)
    return settings


def missing_for_namespaces():
    """Why namespaces cannot be made here, or None."""
    if os.geteuid() != 0:
        return "not root: network namespaces cannot be made"
    for program in ("ip", "tc"):
        if not shutil.which(program):
            return f"the program {program} is missing (package iproute2)"
    probe = f"plt{os.getpid()}-probe"
    made = subprocess.run(["ip", "netns", "add", probe], capture_output=True, text=True, check=False)
    if made.returncode:
        return f"network namespaces cannot be made: {made.stderr.strip()}"
    entered = subprocess.run(["ip", "netns", "exec", probe, "true"], capture_output=True, text=True, check=False)
    subprocess.run(["ip", "netns", "delete", probe], check=False)
    return f"network namespaces cannot be entered: {entered.stderr.strip()}" if entered.returncode else None


def missing_for_conntrack():
    """Why a connection table cannot be filled here, or None."""
    if not shutil.which("nft"):
        return "the program nft is missing (package nftables)"
    limit = _text(pathlib.Path("/proc/sys/net/netfilter/nf_conntrack_max")).strip()
    if not limit.isdigit():
        return "this kernel has no connection tracking"
    if int(limit) > CONNTRACK_LIMIT:
        return f"nf_conntrack_max is {limit}: too large to fill, and it is the host's own"
    return None


def missing_for_backlog():
    """Why a backlog cannot be made to overflow here, or None."""
    if len(os.sched_getaffinity(0)) < 2:
        return "one CPU only: RPS has nowhere to steer to"
    limit = _text(pathlib.Path("/proc/sys/net/core/netdev_max_backlog")).strip()
    if not limit.isdigit():
        return "netdev_max_backlog is not shown here: a container's network namespace"
    return f"netdev_max_backlog is {limit}: bursts of 4000 frames would not fill it" if int(limit) > 2000 else None


_MISSING = {"conntrack_table": missing_for_conntrack, "softnet_backlog": missing_for_backlog}


@pytest.fixture(scope="session")
def namespaces():
    """Network namespaces can be made; nothing of the host's network is different when the session ends."""
    reason = missing_for_namespaces()
    if reason:
        pytest.skip(reason)
    before = host_network_settings()
    yield
    after = host_network_settings()
    changed = {
        path: (before.get(path), after.get(path))
        for path in sorted(before.keys() | after.keys())
        if before.get(path) != after.get(path)
    }
    assert not changed, f"the tests changed the host: {changed}"


@pytest.fixture(scope="session")
def missing_for():
    """``missing_for(name)`` is the reason why the loss *name* cannot be provoked on this machine, or None."""
    return lambda name: _MISSING.get(name, lambda: None)()


@pytest.fixture
def provoke(namespaces, missing_for):
    """``provoke("udp_receive_buffer")`` starts a loss that goes on until the test ends, or skips with the reason."""
    import losses

    with contextlib.ExitStack() as stack:

        def start(name):
            reason = missing_for(name)
            if reason:
                pytest.skip(reason)
            return stack.enter_context(losses.GENERATORS[name]())

        yield start
