# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What people call a network namespace: the pod, the container, the unit of systemd, or the name for ``ip netns``.

All of it is said by processes and by whoever makes cgroups and mounts: it is shown, and compared with names that were
asked for, and never used as a path.
"""

import re

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable

#: Where ``ip netns`` looks for names (ip-netns(8)); /var/run is a link to /run on most hosts.
NETNS_FOLDERS = ("/run/netns", "/var/run/netns")

#: Names there that a program made: CNI and CRI-O, podman, docker. What runs in it tells a person more.
_MADE_UP = re.compile(r"(?:(?:cni|netns)-)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{12,64}")

#: The uid of a pod in a cgroup path: of the systemd driver with _ in it; of a static pod 32 digits without any.
_POD = re.compile(
    r"[/-]pod([0-9a-f]{8}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{12}|[0-9a-f]{32})(?=[./]|$)"
)

#: A container: the word before its 64 digits says what runs it, or else the folder that it is in.
_CONTAINER = re.compile(r"(?:([a-z][a-z0-9_-]*)/)?(?:([a-z][a-z0-9-]*)-)?([0-9a-f]{64})(?:\.scope)?(?:/|$)")

#: What runs a container, by the word in the path.
_RUNTIMES = {"docker": "docker", "libpod": "podman", "crio": "cri-o", "cri-containerd": "containerd"}

#: LXC (lxc.payload.NAME) and machines of systemd-nspawn (machine-NAME.scope, systemd-nspawn@NAME.service).
_MACHINE = re.compile(r"/(?:lxc\.payload\.|machine-|systemd-nspawn@)([^/]+?)(?:\.scope|\.service)?(?:/|$)")

_UNIT = re.compile(r"/([^/]+\.service)(?:/|$)")

#: The names of its folders are NAMESPACE_NAME_UID.
POD_LOGS = "/var/log/pods"

#: So many digits of a container's id are shown, as docker and podman do.
_SHOWN = 12

#: A name for a person is cut to this length: a cgroup may have 255, a mount more.
LONGEST_NAME = 100


def read(host, place):
    """What is known of a namespace: ``{"pid", "command", "netns", "pod_uid", "pod", "container", "runtime", "machine",
    "unit"}``, each None where there is none. ``pod`` is filled in by :func:`with_pods`.

    :param place: its :class:`other_namespaces.Place`
    """
    found = dict.fromkeys(("command", "pod_uid", "pod", "container", "runtime", "machine", "unit"))
    found.update(pid=place.pid, netns=netns_name(place.mount))
    if place.pid is not None:
        found["command"] = _text(host, f"/proc/{place.pid}/comm")
        found.update(parse_cgroups(_text(host, f"/proc/{place.pid}/cgroup") or ""))
    return found


def _text(host, path):
    try:
        return host.word(path) or None
    except Unavailable:
        return None


def netns_name(mount):
    """The name of a namespace that is mounted at *mount*; the path where it is nowhere that ``ip netns`` looks."""
    if mount is None:
        return None
    folder, _slash, name = mount.rpartition("/")
    return name if folder in NETNS_FOLDERS else mount


def parse_cgroups(text):
    """``{"pod_uid", "container", "runtime", "machine", "unit"}`` of a /proc/PID/cgroup, of its longest path."""
    paths = [line.split(":", 2)[2] for line in text.splitlines() if line.count(":") >= 2]
    path = max(paths, key=len, default="")
    pod, container = _POD.search(path), _CONTAINER.search(path)
    machine, unit = _MACHINE.search(path), _UNIT.search(path)
    folder, word, number = container.groups() if container else (None, None, None)
    return {
        "pod_uid": pod.group(1).replace("_", "-") if pod else None,
        "container": number,
        "runtime": _RUNTIMES.get(word) or _RUNTIMES.get(folder),
        "machine": machine.group(1) if machine else None,
        "unit": unit.group(1) if unit else None,
    }


def with_pods(host, known):
    """Fills in the names of the pods, ``NAMESPACE/NAME``, as the folders of their logs have them.

    :param known: what :func:`read` found, a list
    """
    if not any(one["pod_uid"] for one in known):
        return
    try:
        folders = host.names(POD_LOGS)
    except Unavailable:
        return
    names = {}
    for folder in folders:
        namespace, _line, rest = folder.partition("_")
        name, _line, uid = rest.rpartition("_")
        if namespace and name:
            names[uid] = f"{namespace}/{name}"
    for one in known:
        # A static pod's uid is written without dashes.
        one["pod"] = names.get(one["pod_uid"]) or names.get((one["pod_uid"] or "").replace("-", ""))


def title(found, inode):
    """``(kind, name)``: what a person calls a namespace, and what kind of name that is.

    The kinds: "netns", "pod", "container", "machine", "unit", "process", "mount", "inode".
    """
    netns, mounted_elsewhere = found["netns"], (found["netns"] or "").startswith("/")
    if netns and not mounted_elsewhere and not _MADE_UP.fullmatch(netns):
        return "netns", _cut(f"netns {netns}")
    if found["pod_uid"]:
        return "pod", _cut(f"pod {found['pod'] or found['pod_uid']}")
    if found["container"]:
        command = f" ({found['command']})" if found["command"] else ""
        return "container", _cut(f"container {found['container'][:_SHOWN]}{command}")
    if found["machine"]:
        return "machine", _cut(f"machine {found['machine']}")
    # The service that runs this, or a shell, is no name of a namespace that somebody made by hand from there.
    if found["unit"] and not netns:
        return "unit", _cut(f"unit {found['unit']}")
    if netns and not mounted_elsewhere:
        return "netns", _cut(f"netns {netns}")
    if found["pid"] is not None:
        return "process", _cut(f"{found['command'] or 'process'} ({found['pid']})")
    return ("mount", _cut(f"netns {netns}")) if netns else ("inode", f"netns {inode}")


def _cut(name):
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 3] + "..."


def words(found):
    """All that a pattern may name a namespace by: *found* has what is known of it, and its ``name``."""
    names = [found.get(key, "") for key in ("name", "netns", "pod_uid", "pod", "container", "machine", "unit")]
    short = (found.get("container", "")[:_SHOWN], found.get("pod", "").rpartition("/")[2])
    return {name for name in (*names, *short, found.get("unit", "").rpartition(".")[0]) if name}
