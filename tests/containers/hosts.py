# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The hosts of the scenarios: containers that sshd serves, each in a network namespace of its own.

A namespace of the lab holds the other ends of their NICs and is where the tests look and log in from. Which hosts there
are is said by the group ``containers`` of the scenario's inventory.

``hosts.py missing`` says why there can be no hosts here, ``build`` builds their images, ``up`` makes them, ``down``
removes them and all their traces.
"""

import argparse
import fcntl
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import time

import engine
import image
import images
import netns
import yaml

#: Molecule says which of the scenarios with containers it runs.
SCENARIO = os.environ.get("MOLECULE_SCENARIO_NAME", "containers")
INVENTORY = engine.REPOSITORY / "extensions" / "molecule" / SCENARIO / "inventory" / "hosts.yml"
_INVENTORY = yaml.safe_load(INVENTORY.read_text())
HOSTS = _INVENTORY["all"]["children"]["containers"]["hosts"]
PROGRAMS = ("podman", "runc", "ssh", "ssh-keygen", "ip", "tc", "nstat", "ethtool", "sysctl")
#: What makes the bases of the images where no registry has them.
BUILDERS = ("debootstrap", "unshare", "apt-get")
#: The hosts that answer, by their names in the inventory: the containers, and one of them without root.
LOGINS = {**{name: name for name in HOSTS}, "bookworm-guest": "bookworm"}
#: The NIC of a host, which is a veth.
NIC = "eth0"
#: How many queues it may have at most.
QUEUES = 4
#: Logs in, from the namespace of the lab: ``build/containers/ssh root@10.80.1.2``.
SSH = engine.BUILD / "ssh"
_KEY = engine.BUILD / "key"
_READY_LIMIT_S = 60


def suites():
    return [host["container_suite"] for host in HOSTS.values()]


def namespace(label):
    """The namespace of a host, or of the ``lab``."""
    return netns.Namespace(f"packetloss-{engine.CLONE}-{label}")


def variables(login):
    """The variables of a host that answers, for an inventory elsewhere."""
    groups = _INVENTORY["all"]["children"].values()
    own = next(group["hosts"][login] for group in groups if login in group["hosts"])
    common = {key: value for key, value in _INVENTORY["all"]["vars"].items() if key != "lab_root"}
    return {**common, **own, "ansible_ssh_executable": str(SSH)}


def missing():
    """Why there can be no hosts on this machine, or None."""
    if os.geteuid() != 0:
        return "not root: containers need network namespaces"
    needed = PROGRAMS if images.REGISTRY else PROGRAMS + BUILDERS
    absent = [name for name in needed if not shutil.which(name)]
    if absent:
        return f"the programs of the containers are missing: {', '.join(absent)}"
    try:
        with netns.namespace("probe") as probe:
            probe.exec("true")
        engine.podman("info")
    except RuntimeError as error:
        return f"containers cannot be made: {error}"
    return images.unreachable(suites())


def are_up():
    """Whether the hosts are there."""
    return namespace("lab").name in image.run("ip", "netns", "list").split()


def build():
    """Build the images that are not there yet."""
    images.build(suites())


def up():
    """Make the hosts, and wait until they answer. What an earlier run found out is removed."""
    down()
    for result in ("checked", "converged"):
        shutil.rmtree(engine.BUILD / result, ignore_errors=True)
    for result in (*engine.BUILD.glob("*.json"), engine.BUILD / "verify.xml"):
        result.unlink(missing_ok=True)
    build()
    if not _KEY.exists():
        image.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", _KEY)
    lab = netns.Namespace.create(namespace("lab").name)
    _write_ssh(lab)
    for name, host in HOSTS.items():
        _connect(lab, name, host)
        _start(name, host)
    for host in HOSTS.values():
        _wait_for(host["ansible_host"])


def down():
    """Remove the containers, their namespaces and podman's traces outside the build folder; nothing may be there."""
    if shutil.which("podman") and os.geteuid() == 0:
        engine.podman("rm", "--all", "--force", "--time=0")
    for name in ("lab", *HOSTS):
        if namespace(name).name in image.run("ip", "netns", "list").split():
            namespace(name).delete()
    # An interrupted podman leaves what it had mounted.
    mounted = [line.split()[4] for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines()]
    for place in reversed(mounted):
        if place.startswith((f"{engine.BUILD}/", f"{engine.RUN}/")):
            image.run("umount", place)
    shutil.rmtree(engine.RUN, ignore_errors=True)


def _write_ssh(lab):
    options = {
        "StrictHostKeyChecking": "no",
        "UserKnownHostsFile": "/dev/null",
        "IdentitiesOnly": "yes",
        "LogLevel": "ERROR",
        "ConnectTimeout": "10",
    }
    words = ["ip", "netns", "exec", lab.name, "ssh", "-F", "none", "-i", str(_KEY)]
    words += [f"-o{key}={value}" for key, value in options.items()]
    SSH.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
    SSH.chmod(0o755)


def _connect(lab, name, host):
    """The namespace of a host, joined to the lab by a veth pair that is born in the two."""
    inside = netns.Namespace.create(namespace(name).name)
    queues = ("numtxqueues", str(QUEUES), "numrxqueues", str(QUEUES))
    other_end = f"to-{name}"
    netns.run(
        *("ip", "link", "add", NIC, "netns", inside.name, *queues, "type", "veth"),
        *("peer", "name", other_end, "netns", lab.name, *queues),
    )
    address = host["ansible_host"]
    for side, nic, own in ((inside, NIC, address), (lab, other_end, address.rpartition(".")[0] + ".1")):
        side.ip("address", "add", f"{own}/24", "dev", nic)
        side.ip("link", "set", nic, "up")
    for direction, number in host["container_channels"].items():
        inside.exec("ethtool", "-L", NIC, direction, str(number))
    inside.write(f"/sys/class/net/{NIC}/queues/rx-0/rps_cpus", host["container_rps_cpus"])
    for sysctl, value in host["container_sysctls"].items():
        inside.sysctl(sysctl, value)


def _start(name, host):
    engine.podman(
        *("run", "--detach", f"--name={name}", f"--hostname={name}"),
        f"--network=ns:/run/netns/{namespace(name).name}",
        f"--volume={_KEY}.pub:/etc/ssh/authorized_keys:ro",
        *(["--privileged"] if host["container_privileged"] else []),
        images.reference(host["container_suite"]),
    )


def _wait_for(address):
    end = time.monotonic() + _READY_LIMIT_S
    while True:
        try:
            netns.run(str(SSH), f"root@{address}", "true")
            return
        except (RuntimeError, subprocess.TimeoutExpired) as error:
            if time.monotonic() > end:
                raise RuntimeError(f"{address} does not answer within {_READY_LIMIT_S} s: {error}") from error
        time.sleep(0.2)


def alone(action):
    """*action*, once no other process is making or removing hosts of this clone.

    Ctrl-C may end who asked for the hosts and not who is making them: removing waits for that.
    """
    engine.BUILD.mkdir(parents=True, exist_ok=True)
    with open(engine.BUILD / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        action()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=("missing", "build", "up", "down"))
    action = parser.parse_args().action
    # ethtool, sysctl and debootstrap are in /usr/sbin, which a user's PATH may not have.
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    try:
        if action == "missing":
            print(missing() or "", end="")
        else:
            alone({"build": build, "up": up, "down": down}[action])
    except RuntimeError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
