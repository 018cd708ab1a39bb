# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.live import this_host
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Gaps, Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import identity, namespaces
from ansible_collections.linuxnet.packetloss.tests.unit.refusals import malformed

BACKLOG = "/proc/sys/net/core/netdev_max_backlog"
NEIGHBOUR = "/proc/sys/net/ipv4/neigh/default/gc_thresh1"
SOMAXCONN = "/proc/sys/net/core/somaxconn"


@pytest.mark.parametrize(
    "files, expected",
    [
        ([BACKLOG, NEIGHBOUR, SOMAXCONN], True),
        ([SOMAXCONN], False),
        # a kernel that gives every namespace one of the two, or a masked file: not told
        ([BACKLOG, SOMAXCONN], None),
        ([NEIGHBOUR, SOMAXCONN], None),
        # /proc/sys is masked
        ([], None),
    ],
)
def test_network_is_initial(host, files, expected):
    assert namespaces.network_is_initial(host(dict.fromkeys(files, "1\n"))) is expected


def test_inode(host):
    reader = host({}, links={"/proc/self/ns/net": "net:[4026532177]", "/proc/self/ns/pid": "pid:[x]"})
    assert namespaces.inode(reader, "net") == 4026532177
    malformed(namespaces.inode, reader, "pid")
    with pytest.raises(Unavailable) as caught:
        namespaces.inode(reader, "uts")
    assert caught.value.reason == "absent"


@pytest.mark.parametrize(
    "reason, initial, expected",
    [
        ("absent", False, "not_visible"),
        ("absent", True, "absent"),
        ("absent", None, "absent"),
        ("unreadable", False, "unreadable"),
    ],
)
def test_explain(reason, initial, expected):
    assert namespaces.explain(Unavailable(reason, "/x"), initial).reason == expected


@pytest.mark.parametrize(
    "links, files, reason",
    [
        ({"/proc/self/ns/pid": "pid:[4026531836]"}, {"/proc/1/comm": "systemd\n"}, None),
        ({"/proc/self/ns/pid": "pid:[4026532178]"}, {"/proc/1/comm": "sh\n"}, "not_visible"),
        # hidepid=2 and not root
        ({"/proc/self/ns/pid": "pid:[4026531836]"}, {}, "unreadable"),
        ({}, {"/proc/1/comm": "init\n"}, "absent"),
    ],
)
def test_unseen_processes(host, links, files, reason):
    why = namespaces.unseen_processes(host(files, links))
    assert (why and why.reason) == reason


def test_identity(host):
    gaps = Gaps()
    reader = host(
        {
            "/proc/sys/kernel/random/boot_id": "11111111-2222-3333-4444-555555555555\n",
            "/proc/sys/kernel/osrelease": "4.18.0-553.el8.x86_64\n",
            "/proc/uptime": "350735.47 234388.90\n",
            SOMAXCONN: "128\n",
        },
        {"/proc/self/ns/net": "net:[4026532177]"},
    )
    found = identity.read(reader, gaps)
    assert found["boot_id"] == "11111111-2222-3333-4444-555555555555"
    assert found["uptime_s"] == 350735.47
    assert found["kernel"]["release"] == "4.18.0-553.el8.x86_64"
    assert found["netns"] == {"inode": 4026532177, "initial": False}
    assert found["python"].count(".") == 2
    assert isinstance(found["effective_root"], bool)
    assert gaps.entries == []


def test_identity_of_a_host_that_shows_nothing(host):
    gaps = Gaps()
    found = identity.read(host({"/proc/uptime": "\n"}), gaps.at("meta"))
    assert found["boot_id"] is None and found["uptime_s"] is None and found["kernel"]["release"] is None
    assert found["netns"] == {"inode": None, "initial": None}
    assert {gap["path"]: gap["reason"] for gap in gaps.entries} == {
        "/meta/boot_id": "absent",
        "/meta/uptime_s": "malformed",
        "/meta/kernel/release": "absent",
        "/meta/netns/inode": "absent",
        "/meta/netns/initial": "not_visible",
    }


def test_the_clock_goes_forward():
    first, second = identity.read(this_host(), Gaps()), identity.read(this_host(), Gaps())
    assert second["monotonic_s"] >= first["monotonic_s"]
    for key in ("boot_id", "netns", "kernel"):
        assert first[key] == second[key]


CODE = """
import json
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import identity, namespaces
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.live import this_host
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Gaps
why = namespaces.unseen_processes(this_host())
print(json.dumps([identity.read(this_host(), Gaps())["netns"], why and why.reason]))
"""


def test_child_network_namespace(python_in_namespace):
    netns, _why = python_in_namespace('exec "$@"', CODE)
    assert netns["initial"] is False
    assert netns["inode"] != namespaces.inode(this_host(), "net")


def test_child_pid_namespace(python_in_namespace):
    _netns, why = python_in_namespace('exec unshare --pid --fork --mount-proc "$@"', CODE)
    assert why == "not_visible"
