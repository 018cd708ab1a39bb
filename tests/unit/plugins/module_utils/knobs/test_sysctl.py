# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import errno
import json

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs import sysctl
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import Refused
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.settle import settle
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import sysctls
from ansible_collections.linuxnet.packetloss.tests.unit.settable_files import settable_host

GC = "net.ipv4.neigh.default.gc_thresh"
NOW = {
    "net.core.netdev_budget": 300,
    "net.core.netdev_budget_usecs": 8000,
    "net.core.netdev_max_backlog": 1000,
    "net.core.flow_limit_cpu_bitmap": "00",
    "net.core.flow_limit_table_len": 4096,
    "net.core.default_qdisc": "fq_codel",
    "net.core.rps_sock_flow_entries": 32768,
    "net.core.somaxconn": 4096,
    "net.core.rmem_max": 212992,
    "net.core.rmem_default": 212992,
    "net.ipv4.tcp_rmem": [4096, 131072, 6291456],
    "net.ipv4.tcp_syncookies": 1,
    "net.ipv4.udp_mem": [21300, 28400, 42600],
    GC + "1": 128,
    GC + "2": 512,
    GC + "3": 1024,
    "net.netfilter.nf_conntrack_max": 262144,
    "net.netfilter.nf_conntrack_buckets": 65536,
    "net.netfilter.nf_conntrack_udp_timeout": 30,
    "vm.min_free_kbytes": 45056,
}
GIB = 1 << 30


def document(initial=True, missing=(), **changed):
    now = dict(dict.fromkeys(sysctls.TABLE), **NOW)
    now.update(dict.fromkeys(missing), **changed)
    return {
        "meta": {"netns": {"initial": initial}},
        "nics": {},
        "sysctls": now,
        "memory": {"page_size_bytes": 4096, "meminfo": {"MemTotal": 4 * GIB}},
        "unavailable": [
            {"path": f"/sysctls/{name}", "reason": "absent", "detail": f"{sysctls.path(name)}: No such file"}
            for name in sorted(now)
            if now[name] is None
        ],
    }


def decided(values, found=None):
    changes = sysctl.decide(found or document(), {None: values})
    return changes[0] if changes else None


def reasons(values, found=None):
    return {each["key"]: each["reason"] for each in sysctl.not_set(found or document(), {None: values})}


@pytest.mark.parametrize(
    "key, value, expected",
    [
        ("net.core.netdev_budget", 600, 600),
        ("net.core.netdev_budget", "600", 600),
        ("net/core/netdev_budget", 600, 600),
        ("net.core.netdev_budget", 300, None),
        ("net.core.netdev_budget", None, None),
        ("net.ipv4.tcp_rmem", "4096 131072 33554432", [4096, 131072, 33554432]),
        ("net.ipv4.tcp_rmem", ["4096", 131072, 33554432], [4096, 131072, 33554432]),
        ("net.ipv4.tcp_rmem", [4096, 131072, 6291456], None),
        # What is larger already stays, each number by itself.
        ("net.ipv4.tcp_rmem", [1024, 262144, 1048576], [4096, 262144, 6291456]),
        ("net.core.default_qdisc", "fq", "fq"),
        ("net.core.default_qdisc", "fq_codel", None),
        ("net.core.flow_limit_cpu_bitmap", "f", "f"),
        # The same CPUs, written otherwise.
        ("net.core.flow_limit_cpu_bitmap", "0", None),
        ("net.ipv4.tcp_syncookies", True, None),
        ("net.ipv4.tcp_syncookies", False, 0),
        ("net.ipv4.tcp_syncookies", 2, 2),
        # A power of two, and whole pages of buckets.
        ("net.core.rps_sock_flow_entries", 30000, None),
        ("net.core.rps_sock_flow_entries", 40000, 65536),
        ("net.netfilter.nf_conntrack_buckets", 65537, 66048),
        ("net.netfilter.nf_conntrack_buckets", 65500, None),
    ],
)
def test_a_value_as_the_kernel_makes_it(key, value, expected):
    made = decided({key: value})
    assert (made and list(made["to"].values())) == (None if expected is None else [expected])


@pytest.mark.parametrize(
    "values, message",
    [
        ({"net.core.netdev_budget": 0}, "polling would end after its first queue; the least is 64 packets"),
        ({"net.core.netdev_max_backlog": 0}, "what RPS, tunnels and virtual NICs hand on would be lost"),
        ({"net.netfilter.nf_conntrack_max": 0}, "0 is no limit: the table could take all the memory"),
        ({"net.ipv4.udp_mem": "8 4 2"}, "net.ipv4.udp_mem 8 4 2: none of the numbers may be above the next one"),
        ({"net.ipv4.udp_mem": "100"}, "net.ipv4.udp_mem is '100', expected 3 whole numbers of pages"),
        ({"net.ipv4.udp_mem": [0, 0, 0]}, "every packet would be refused"),
        # Bytes in the place of pages.
        ({"net.ipv4.udp_mem": [GIB, GIB, GIB]}, "at most 1048576 pages, all the memory that there is"),
        ({GC + "3": 64, "allow_decrease": True}, GC + "3 would be 64, below the 512 of " + GC + "2"),
        ({GC + "1": 4096}, GC + "2 would be 512, below the 4096 of " + GC + "1"),
        ({"vm.min_free_kbytes": 1, "allow_decrease": True}, "could not free memory any more; the least is 1024 kB"),
        ({"vm.min_free_kbytes": 1 << 22}, "at most 419430 kB, a tenth of the memory"),
        ({"net.core.rmem_max": 1}, "it needs so much for a single packet"),
        ({"net.core.flow_limit_table_len": 5000}, "it takes powers of two only"),
        ({"net.core.netdev_budget": -1}, "expected a whole number of packets"),
        ({"net.core.netdev_budget": "many"}, "net.core.netdev_budget is 'many', expected a whole number of packets"),
        ({"net.core.netdev_budget": True}, "net.core.netdev_budget is True, expected a whole number"),
        ({"net.core.netdev_budget": [1, 2]}, "expected a whole number"),
        ({"net.core.netdev_budget": 1 << 31}, "at most 2147483647"),
        ({"net.ipv4.tcp_syncookies": 7}, "at most 2: it is a switch"),
        ({"net.core.flow_limit_cpu_bitmap": "0-3"}, "expected a CPU mask"),
        ({"net.core.default_qdisc": "fq; reboot"}, "expected one name"),
        ({"net.core.netdev_bugdet": 600}, "there are: net.core.netdev_budget"),
        ({"kernel.pid_max": 600}, "not a sysctl that this collection knows how to set. Others: ansible.posix.sysctl"),
        # Set by its side effects on all interfaces.
        ({"net.ipv4.ip_forward": 1}, "not a sysctl that this collection knows how to set"),
    ],
)
def test_a_value_that_ruins_the_host_is_refused_in_words(values, message):
    with pytest.raises(Refused) as error:
        decided(values)
    assert message in str(error.value)


def test_a_number_is_lowered_where_that_is_allowed_only():
    assert decided({"net.core.netdev_budget": 100}) is None
    assert reasons({"net.core.netdev_budget": 100}) == {
        "net.core.netdev_budget": "it is 300 already, above 100; allow_decrease: true lowers it"
    }
    assert decided({"net.core.netdev_budget": 100, "allow_decrease": True})["to"] == {"net.core.netdev_budget": 100}
    assert reasons({"net.core.netdev_budget": 100, "allow_decrease": True}) == {}


def test_what_is_not_there_is_not_set_with_its_reason_and_the_rest_is_set():
    found = document(missing=["net.netfilter.nf_conntrack_max"])
    values = {"net.netfilter.nf_conntrack_max": 1 << 20, "net.core.netdev_budget": 600}
    assert decided(values, found)["to"] == {"net.core.netdev_budget": 600}
    assert reasons(values, found) == {
        "net.netfilter.nf_conntrack_max": (
            "/proc/sys/net/netfilter/nf_conntrack_max: No such file; modprobe nf_conntrack makes it"
        )
    }


def test_a_child_namespace_sets_its_own_and_nothing_of_the_host():
    found = document(initial=False)
    values = {"net.core.rmem_max": 1 << 22, "net.netfilter.nf_conntrack_max": 1 << 20, "net.core.somaxconn": 8192}
    assert decided(values, found)["to"] == {"net.core.somaxconn": 8192}
    assert set(reasons(values, found)) == {"net.core.rmem_max", "net.netfilter.nf_conntrack_max"}
    with pytest.raises(Refused, match="the kernel would change it for the whole machine"):
        decided({"vm.min_free_kbytes": 65536}, found)


def test_related_values_are_right_at_every_moment(chance):
    """Whatever the three thresholds are and become, none is above the next one while they are written."""
    for _round in range(200):
        before, after = (sorted(chance.randint(1, 9) for _place in range(3)) for _side in range(2))
        values = chance.tried({GC + str(place + 1): number for place, number in enumerate(after)})
        now = {GC + str(place + 1): number for place, number in enumerate(before)}
        made = decided(dict(values, allow_decrease=True), document(**now))
        for name in sysctl.in_order(made["from"], made["to"]) if made else ():
            now[name] = made["to"][name]
            assert list(now.values()) == sorted(now.values())
        assert now == values


def test_a_limit_is_raised_before_what_it_limits():
    made = decided({"net.core.rmem_default": 1 << 20, "net.core.rmem_max": 1 << 22})
    assert sysctl.command(made) == "sysctl -w net.core.rmem_max=4194304 net.core.rmem_default=1048576"
    made = decided({"net.ipv4.udp_mem": [30000, 40000, 60000]})
    assert sysctl.command(made) == 'sysctl -w net.ipv4.udp_mem="30000 40000 60000"'


def test_a_change_says_for_whom_it_comes_too_late():
    made = decided({"net.core.somaxconn": 8192, "net.core.netdev_budget": 600})
    assert made["notes"] == [
        "net.core.somaxconn: counts for sockets that call listen() from now on; restart the programs that listen"
    ]
    assert decided({"net.core.netdev_budget": 600})["notes"] == []


@pytest.mark.parametrize(
    "name, asked, found, accepted",
    [
        ("net.core.netdev_budget", 600, 600, True),
        ("net.core.netdev_budget", 600, 300, False),
        ("net.core.flow_limit_cpu_bitmap", "f", "0000000f", True),
        ("net.core.flow_limit_cpu_bitmap", "f", "7", False),
        ("net.netfilter.nf_conntrack_buckets", 1024, 8192, True),
        ("net.netfilter.nf_conntrack_buckets", 1024, 512, False),
    ],
)
def test_what_is_read_back_is_compared_as_the_kernel_writes_it(name, asked, found, accepted):
    assert sysctl.accepts({"to": {name: asked}}, {name: found}) is accepted


def test_all_that_is_read_is_set_or_left_out_on_purpose():
    assert set(sysctls.TABLE) - set(sysctls.SETTINGS) == {"net.ipv4.ip_forward"}
    assert set(sysctls.SETTINGS) <= set(sysctls.TABLE)
    for setting in sysctls.SETTINGS.values():
        assert setting.counts in sysctls.COUNTS and setting.made in sysctls.ROUNDINGS
        assert setting.of in ("namespace", "host", "machine")


# A host of files: a kernel that takes what it is told.


def setting(**values):
    return {"knob": "sysctl", "subject": None, "values": {key.replace("__", "."): each for key, each in values.items()}}


def test_a_whole_host_is_set_and_told(tmp_path):
    host, files = settable_host(tmp_path)
    wanted = [setting(net__core__netdev_budget=1 << 20, net__core__netdev_max_backlog=1 << 20)]
    checked = settle(host, wanted, check=True)
    found = settle(host, wanted)
    assert found["changed"] is True
    assert {**checked, "verified": None} == {**found, "verified": None}
    assert host.integer(sysctls.path("net.core.netdev_budget")) == 1 << 20
    assert found["verified"]["host"]["sysctl"] == {
        "net.core.netdev_budget": 1 << 20,
        "net.core.netdev_max_backlog": 1 << 20,
    }
    assert found["not_set"] == []
    again = settle(host, wanted)
    assert (again["changed"], again["changes"]) == (False, [])
    assert len(files.written) == 2


def test_a_number_that_the_kernel_takes_and_forgets_is_found_out(tmp_path):
    path = sysctls.path("net.core.netdev_budget")
    host, _files = settable_host(tmp_path, makes={path: lambda _text: "4096"})
    with pytest.raises(Refused, match="reads back as net.core.netdev_budget 4096 where net.core.netdev_budget 5000"):
        settle(host, [setting(net__core__netdev_budget=5000)])


def test_a_sysctl_of_another_form_is_not_set(tmp_path):
    host, _files = settable_host(tmp_path)
    found = settle(host, [setting(net__ipv4__tcp_rmem="4096 131072 6291456")])
    assert found["not_set"][0]["reason"] == "/proc/sys/net/ipv4/tcp_rmem: expected 3 numbers, found 4096"


def test_a_refusal_puts_all_back_and_explains_the_ticks(tmp_path):
    refusals = {sysctls.path("net.core.netdev_budget_usecs"): errno.EINVAL}
    host, _files = settable_host(tmp_path, refusals=refusals)
    (tmp_path / "boot").mkdir()
    (tmp_path / "boot/config-6.12.0").write_text("CONFIG_HZ_250=y\nCONFIG_HZ=250\n")
    before = host.integer(sysctls.path("net.core.netdev_budget"))
    with pytest.raises(Refused) as error:
        settle(host, [setting(net__core__netdev_budget=1 << 20, net__core__netdev_budget_usecs=1 << 20)])
    text = str(error.value)
    assert "2000 at HZ=1000, 6666 at HZ=300, 8000 at HZ=250" in text
    assert "this kernel has HZ=250, its least is 8000" in text
    assert "was put back" in text
    assert host.integer(sysctls.path("net.core.netdev_budget")) == before


def test_a_read_only_proc_is_told_from_a_refusal(tmp_path):
    host, _files = settable_host(tmp_path, refusals={sysctls.path("net.core.netdev_budget"): errno.EROFS})
    with pytest.raises(Refused, match="read-only here, as in most containers: set it on the host"):
        settle(host, [setting(net__core__netdev_budget=1 << 20)])


# The kernel of this machine, in a namespace of its own.

PROGRAM = """
import json, socket
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.live import this_host
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import Refused
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.settle import settle
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.sysctl_report import report
listening = socket.socket()
listening.bind(("127.0.0.1", 0))
listening.listen(1)
told = []
with this_host() as host:
    for values, check in json.loads({0!r}):
        wanted = [{{"knob": "sysctl", "subject": None, "values": values}}]
        try:
            found = settle(host, wanted, check)
            told.append(dict(found, **report(host, wanted, found)))
        except Refused as error:
            told.append(str(error))
    told.append([open("/proc/sys/" + name).read().split() for name in ("net/core/somaxconn", "net/ipv4/tcp_rmem")])
print(json.dumps(told))
"""


def test_a_namespace_of_this_kernel(python_in_namespace):
    wanted = {
        "net.core.somaxconn": 9000,
        "net.ipv4.tcp_rmem": "8192 262144 67108864",
        "net.core.netdev_budget": 100000,
        "net.ipv4.ipfrag_high_thresh": 8 << 20,
    }
    lower = {"net.ipv4.ipfrag_high_thresh": 4096, "net.core.somaxconn": 10, "allow_decrease": True}
    program = PROGRAM.format(json.dumps([[wanted, True], [wanted, False], [wanted, False], [lower, False]]))
    checked, run, again, refused, values = python_in_namespace('ip link set lo up; exec "$@"', program)
    assert run["changed"] is True and checked["changes"] == run["changes"] and checked["verified"] == {}
    assert run["verified"]["host"]["sysctl"] == {
        "net.core.somaxconn": 9000,
        "net.ipv4.tcp_rmem": [8192, 262144, 67108864],
        "net.ipv4.ipfrag_high_thresh": 8 << 20,
    }
    (left,) = run["not_set"]
    assert left["key"] == "net.core.netdev_budget"
    assert "only the initial network namespace of the host shows it" in left["reason"]
    assert (again["changed"], again["changes"]) == (False, [])
    # EINVAL of the kernel's own, and what was written before it is put back.
    assert "net.ipv4.ipfrag_high_thresh=4096" in refused and "has to stay above the low threshold" in refused
    assert values == [["9000"], ["8192", "262144", "67108864"]]
    kinds = {each["kind"]: each for each in run["old_sockets"]}
    assert set(kinds) == {"listening", "stream"}
    (process,) = [each for each in kinds["listening"]["processes"] if each["sockets"] == 1]
    assert process["command"].startswith("python")
    assert kinds["stream"]["processes"] is None and kinds["stream"]["unavailable"]
    assert run["sysctls"]["net.core.somaxconn"]["runtime"] == 9000
    assert set(run["sysctls"]) == set(wanted)
