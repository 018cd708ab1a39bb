# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import namespace_names, other_namespaces
from ansible_collections.linuxnet.packetloss.tests.unit import fake_host

ID = "4f1c2b7a9d0e" + "5" * 52
UID = "6f9619ff-8b86-d011-b42d-00c04fc964ff"
UNDERLINED = UID.replace("-", "_")

#: A line of /proc/PID/cgroup, and what it says. Forms: Documentation of the runtimes; podman and systemd as seen.
CGROUPS = {
    f"0::/docker/{ID}": {"container": ID, "runtime": "docker"},
    f"0::/system.slice/docker-{ID}.scope": {"container": ID, "runtime": "docker"},
    f"0::/libpod_parent/libpod-{ID}": {"container": ID, "runtime": "podman"},
    f"0::/machine.slice/libpod-{ID}.scope/container": {"container": ID, "runtime": "podman"},
    f"0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod{UNDERLINED}.slice/cri-containerd-{ID}.scope": {
        "container": ID, "runtime": "containerd", "pod_uid": UID,
    },
    f"0::/kubepods.slice/kubepods-pod{UNDERLINED}.slice/crio-{ID}.scope": {
        "container": ID, "runtime": "cri-o", "pod_uid": UID,
    },
    f"11:memory:/kubepods/besteffort/pod{UID}/{ID}": {"container": ID, "pod_uid": UID},
    f"0::/kubepods/burstable/pod{'ab' * 16}/{ID}": {"container": ID, "pod_uid": "ab" * 16},
    "0::/system.slice/dnsdist.service": {"unit": "dnsdist.service"},
    "0::/lxc.payload.web1/init.scope": {"machine": "web1"},
    "0::/machine.slice/machine-web1.scope/payload": {"machine": "web1"},
    "0::/user.slice/user-0.slice/session-1.scope": {},
    "0::/": {},
    "": {},
    "nonsense\n:::\n1:2": {},
    f"3:cpu:/\n2:pids:/docker/{ID}\n1:name=systemd:/\n0::/": {"container": ID, "runtime": "docker"},
}  # fmt: skip


@pytest.mark.parametrize("text", CGROUPS)
def test_what_a_cgroup_says_of_who_runs_in_it(text):
    found = namespace_names.parse_cgroups(text)
    assert {key: value for key, value in found.items() if value} == CGROUPS[text]


NOTHING = dict.fromkeys(("netns", "command", "pod_uid", "pod", "container", "runtime", "machine", "unit", "pid"))

TITLES = [
    ({"netns": "blue", "pod_uid": UID, "pid": 7}, "netns", "netns blue"),
    ({"netns": "qrouter-" + UID}, "netns", "netns qrouter-" + UID),
    ({"netns": "cni-" + UID, "pod_uid": UID, "pod": "shop/web-1"}, "pod", "pod shop/web-1"),
    ({"pod_uid": UID, "container": ID}, "pod", "pod " + UID),
    ({"netns": "netns-" + UID, "container": ID, "command": "nginx"}, "container", "container 4f1c2b7a9d0e (nginx)"),
    ({"netns": "/run/docker/netns/4f1c2b7a9d0e", "container": ID}, "container", "container 4f1c2b7a9d0e"),
    ({"machine": "web1", "unit": "lxc.service"}, "machine", "machine web1"),
    ({"unit": "dnsdist.service", "command": "dnsdist", "pid": 7}, "unit", "unit dnsdist.service"),
    ({"netns": "cni-" + UID}, "netns", "netns cni-" + UID),
    ({"command": "sleep", "pid": 7}, "process", "sleep (7)"),
    ({"pid": 7}, "process", "process (7)"),
    ({"netns": "/tmp/x"}, "mount", "netns /tmp/x"),
    ({}, "inode", "netns 5"),
]


@pytest.mark.parametrize("known, kind, name", TITLES)
def test_a_namespace_is_called_what_people_call_it(known, kind, name):
    assert namespace_names.title({**NOTHING, **known}, 5) == (kind, name)


def test_a_long_name_is_cut():
    assert len(namespace_names.title({**NOTHING, "unit": "x" * 300}, 5)[1]) == namespace_names.LONGEST_NAME


def test_pods_have_the_names_of_the_folders_of_their_logs(tree):
    tree.write(f"/var/log/pods/shop_web-1_{UID}/x")
    tree.write(f"/var/log/pods/kube-system_proxy_{'ab' * 16}/x")
    tree.write("/var/log/pods/odd/x")
    known = [{"pod_uid": UID}, {"pod_uid": "ab" * 16}, {"pod_uid": None}, {"pod_uid": "../../etc"}]
    namespace_names.with_pods(tree.host, known)
    assert [one["pod"] for one in known] == ["shop/web-1", "kube-system/proxy", None, None]


MOUNTS = r"""
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
40 22 0:24 / /run rw shared:5 - tmpfs tmpfs rw
41 40 0:4 net:[4026532201] /run/netns/blue rw shared:22 - nsfs nsfs rw
42 40 0:3 net:[4026532202] /run/netns/with\040blank\134 rw - proc proc rw
43 40 0:4 mnt:[4026532203] /run/snapd/ns/x.mnt rw - nsfs nsfs rw
44 40 0:4 net:[x] /run/netns/odd rw - nsfs nsfs rw
45 40 0:4 net:[4026532204] /run/docker/netns/4f1c2b7a9d0e rw - nsfs nsfs rw
"""


def test_namespaces_that_are_mounted():
    assert other_namespaces.parse_mounts(MOUNTS) == [
        (4026532201, "/run/netns/blue"),
        (4026532202, "/run/netns/with blank\\"),
        (4026532204, "/run/docker/netns/4f1c2b7a9d0e"),
    ]
    names = [namespace_names.netns_name(place) for _inode, place in other_namespaces.parse_mounts(MOUNTS)]
    assert names == ["blue", "with blank\\", "/run/docker/netns/4f1c2b7a9d0e"]


def made(tree, namespaces, mounts=""):
    """Processes by their namespace, ``{pid: inode}``; that of the reader is 1000, and process 1 is in it."""
    for kind in ("net", "pid"):
        link(tree, f"/proc/self/ns/{kind}", f"{kind}:[{1000 if kind == 'net' else 4026531836}]")
    for pid, inode in {1: 1000, **namespaces}.items():
        link(tree, f"/proc/{pid}/ns/net", f"net:[{inode}]")
    tree.write("/proc/1/mountinfo", mounts)
    return other_namespaces.find(tree.host)


def link(tree, path, target):
    fake_host.make(tree.root, {}, {path: target})


def test_one_process_of_each_namespace_is_enough(tree):
    found = made(tree, {7: 2000, 8: 2000, 9: 3000, 10: 1000}, MOUNTS)
    assert {inode: place.pid for inode, place in found.others.items()} == {
        2000: 7, 3000: 9, 4026532201: None, 4026532202: None, 4026532204: None,
    }  # fmt: skip
    assert found.why is None


def test_another_process_takes_the_place_of_one_that_ended(tree):
    first = made(tree, {7: 2000, 8: 2000, 9: 3000})
    tree.remove("/proc/7/ns/net")
    tree.remove("/proc/9/ns/net")
    link(tree, "/proc/11/ns/net", "net:[4000]")
    again = other_namespaces.find(tree.host, first)
    assert {inode: place.pid for inode, place in again.others.items()} == {2000: 8, 4000: 11}


def test_a_process_that_moved_to_another_namespace_stands_for_that_one(tree):
    first = made(tree, {7: 2000, 8: 2000})
    tree.remove("/proc/7/ns/net")
    link(tree, "/proc/7/ns/net", "net:[5000]")
    again = other_namespaces.find(tree.host, first)
    assert {inode: place.pid for inode, place in again.others.items()} == {2000: 8, 5000: 7}


def test_processes_that_hide_their_namespace_are_counted(tree):
    made(tree, {7: 2000, 8: 3000})
    refusing = fake_host.folder_host(tree.root, fake_host.refusing("/proc/8/ns"))
    found = other_namespaces.find(refusing)
    assert list(found.others) == [2000]
    assert (found.why.reason, "1 processes" in found.why.detail) == ("unreadable", True)
    assert list(other_namespaces.find(refusing, found).others) == [2000]
