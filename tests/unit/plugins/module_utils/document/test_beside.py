# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Other network namespaces in the host document: real ones of this kernel, and files of what cannot be had at will."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document import beside
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.reading import read_host
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.selection import SelectionError
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.host import Host
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.live import Files, Machine
from ansible_collections.linuxnet.packetloss.tests.unit import fake_host

#: A process that has a socket with room for next to nothing, which it never reads. For each line that it gets it sends
#: so many datagrams to it, and says so.
LOSER = """
import socket, sys
reader = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
reader.bind(("127.0.0.1", 7900))
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
print("ready", flush=True)
for line in sys.stdin:
    for number in range(int(line)):
        sender.sendto(bytes(100), ("127.0.0.1", 7900))
    print("sent", flush=True)
"""


class Loser:
    """The process of :data:`LOSER`, in a network namespace of its own."""

    def __init__(self, *enter):
        self.process = subprocess.Popen(
            [*enter, "sh", "-c", 'ip link set lo up && exec "$@"', "sh", sys.executable, "-c", LOSER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            universal_newlines=True,
        )
        assert self.process.stdout.readline() == "ready\n"
        # unshare and sh became Python.
        self.pid = self.process.pid

    def send(self, count):
        self.process.stdin.write(f"{count}\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "sent\n"

    def end(self):
        """End it; once more is no error."""
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


@pytest.fixture
def loser():
    needs()
    found = Loser("unshare", "--net")
    yield found
    found.end()


def needs():
    if os.geteuid() != 0:
        pytest.skip("a network namespace needs root")
    if not all(map(shutil.which, ("unshare", "ip"))):
        pytest.skip("needs the programs unshare and ip")


@contextlib.contextmanager
def named_namespace(label):
    needs()
    name = f"plu{os.getpid()}-{label}"
    made = subprocess.run(["ip", "netns", "add", name], check=False)
    if made.returncode:
        pytest.skip("no network namespace can be made here")
    try:
        subprocess.run(["ip", "-n", name, "link", "set", "lo", "up"], check=True)
        yield name
    finally:
        subprocess.run(["ip", "netns", "delete", name], check=True)


def read(chosen, meanwhile=lambda: None, interval_s=10):
    """The document of this machine, between whose two samples *meanwhile* is called; through JSON."""
    clock = fake_host.FakeClock(meanwhile)
    with Host(Files(), clock, Machine(), fake_host.Lacking(), fake_host.connections()) as host:
        document = read_host(host, interval_s, (), (), chosen)
    return json.loads(json.dumps(document, allow_nan=False))


def of_process(document, pid):
    (found,) = [one for one in document["namespaces"].values() if one.get("pid") == pid]
    return found


def datagrams(found, field="RcvbufErrors"):
    return found["protocols"]["snmp"]["Udp"][field]["delta"]


def test_datagrams_that_a_process_loses_in_a_namespace_of_its_own(loser):
    document = read(["all"], lambda: loser.send(500))
    found = of_process(document, loser.pid)
    lost = datagrams(found)
    assert 0 < lost == datagrams(found, "InErrors") <= 500
    (drops,) = found["sockets"]["drops"].values()
    # None was lost before, so that of the socket is known as well.
    assert (drops["local"], drops["drops"]) == ("127.0.0.1:7900", {"total": lost, "delta": lost})
    assert [owner["pid"] for owner in drops["processes"]] == [loser.pid]
    assert found["sysctls"]["net.core.somaxconn"] > 0 and "net.core.rmem_max" not in found["sysctls"]
    assert document["meta"]["namespaces"]["judged"] >= 1
    assert not any(drops["local"] == "127.0.0.1:7900" for drops in document["sockets"]["drops"].values())


def test_what_a_socket_had_lost_before_is_no_growth(loser):
    loser.send(300)
    found = of_process(read(["all"], lambda: loser.send(200)), loser.pid)
    (drops,) = found["sockets"]["drops"].values()
    assert drops["drops"]["delta"] == datagrams(found) <= 200
    assert drops["drops"]["total"] > drops["drops"]["delta"]


def test_one_sample_has_the_totals(loser):
    loser.send(300)
    found = of_process(read(["all"], interval_s=0), loser.pid)
    assert found["protocols"]["snmp"]["Udp"]["RcvbufErrors"]["total"] > 0
    assert datagrams(found) is None


def test_a_namespace_in_which_nothing_happens_has_nothing_that_moved(loser):
    found = of_process(read(["all"]), loser.pid)
    assert found["protocols"] == {
        "snmp": {},
        "netstat": {},
        **{key: {} for key in ("snmp6",) if os.path.exists("/proc/net/snmp6")},
    }
    assert "sockets" not in found and "sysctls" not in found


def test_a_namespace_that_ended_meanwhile_is_void(loser):
    document = read(["all"], loser.end)
    found = of_process(document, loser.pid)
    assert "protocols" not in found
    path = f"/namespaces/{found['inode']}"
    assert {"path": path, "cause": "vanished", "before": None, "after": None} in document["meta"]["void"]
    assert document["meta"]["namespaces"]["vanished"] >= 1


def test_a_namespace_that_came_meanwhile_is_void():
    needs()
    came = []
    try:
        document = read(["all"], lambda: came.append(Loser("unshare", "--net")))
    finally:
        for one in came:
            one.end()
    found = of_process(document, came[0].pid)
    assert "protocols" not in found
    assert document["meta"]["namespaces"]["appeared"] >= 1
    assert (f"/namespaces/{found['inode']}", "appeared") in {
        (one["path"], one["cause"]) for one in document["meta"]["void"]
    }


def test_a_namespace_without_a_process_is_entered():
    with named_namespace("empty") as name:

        def send():
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
                for _number in range(30):
                    with contextlib.suppress(ConnectionRefusedError):
                        one.sendto(b"x", ("127.0.0.1", 7901))

        document = read([name], lambda: Machine().in_network_namespace(f"/run/netns/{name}", send))
    (found,) = [one for one in document["namespaces"].values() if one.get("netns") == name]
    assert (found["kind"], found["name"], found.get("pid")) == ("netns", f"netns {name}", None)
    assert datagrams(found, "NoPorts") == 30
    counted = document["meta"]["namespaces"]
    assert (counted["chosen"], counted["judged"]) == ([name], 1)
    assert counted["not_chosen"] == counted["found"] - 1


def test_the_thread_that_looks_into_a_namespace_leaves_the_process_where_it_is():
    with named_namespace("thread") as name:
        before = os.readlink("/proc/self/ns/net")
        inside = Machine().in_network_namespace(f"/run/netns/{name}", lambda: os.readlink("/proc/thread-self/ns/net"))
        assert inside != before == os.readlink("/proc/self/ns/net") == os.readlink("/proc/thread-self/ns/net")


def test_a_name_that_no_namespace_has_is_an_error_that_says_which_there_are(loser):
    with pytest.raises(SelectionError, match=r"no network namespace 'grün' on this host; it has: .*python"):
        read(["grün"])
    assert read(["grün*"])["meta"]["namespaces"]["judged"] == 0


def test_only_the_own_one():
    document = read(["own"])
    assert (document["namespaces"], document["meta"]["namespaces"]) == ({}, {"chosen": ["own"]})
    assert read([])["namespaces"] == {}


# --- files of what cannot be had at will ---------------------------------------------------------------------------


def fake(root, pids, **texts):
    """The fake host with processes in other namespaces, ``{pid: inode}``."""
    contents, links = fake_host.beside(pids)
    contents.update((f"/proc/{pid}/net/{file}", text) for pid in pids for file, text in texts.items())
    fake_host.make(root, {**fake_host.files(), **contents}, {**fake_host.LINKS, **links})


def fake_document(root, chosen=("all",), meanwhile=None):
    with fake_host.host(root, meanwhile=meanwhile) as host:
        return json.loads(json.dumps(read_host(host, 10, (), (), chosen), allow_nan=False))


def test_counters_that_go_backwards_are_those_of_another_namespace(tmp_path):
    fake(tmp_path, {500: 2000, 501: 3000})

    def meanwhile():
        text = fake_host.SNMP.replace("Udp: 501 15 16 17", "Udp: 3 0 9999 9999")
        (tmp_path / "proc/500/net/snmp").write_text(text)

    document = fake_document(tmp_path, meanwhile=meanwhile)
    assert ("/namespaces/2000", "replaced") in {(one["path"], one["cause"]) for one in document["meta"]["void"]}
    assert datagrams(document["namespaces"]["2000"]) is None
    counted = document["meta"]["namespaces"]
    assert (counted["found"], counted["judged"], counted["replaced"]) == (2, 1, 1)


def test_two_of_the_same_name_are_told_apart(tmp_path):
    fake(tmp_path, {500: 2000, 501: 3000})
    for pid in (500, 501):
        (tmp_path / f"proc/{pid}/cgroup").write_text("0::/system.slice/dnsdist.service\n")
    names = [one["name"] for one in fake_document(tmp_path)["namespaces"].values()]
    assert names == ["unit dnsdist.service", "unit dnsdist.service [3000]"]


def test_more_than_the_most_are_counted_and_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(beside, "MOST", 2)
    fake(tmp_path, {500: 2000, 501: 3000, 502: 4000})
    counted = fake_document(tmp_path)["meta"]["namespaces"]
    assert (counted["found"], counted["judged"], counted["beyond_limit"]) == (3, 2, 1)


def test_one_that_cannot_be_read_is_counted_and_has_its_reason(tmp_path):
    fake(tmp_path, {500: 2000, 501: 3000})
    shutil.rmtree(str(tmp_path / "proc/500/net"))
    document = fake_document(tmp_path)
    assert (document["meta"]["namespaces"]["judged"], document["meta"]["namespaces"]["not_entered"]) == (1, 1)
    assert "/namespaces/2000" in {one["path"] for one in document["unavailable"]}


def test_a_text_that_is_cut_off_is_told(tmp_path):
    fake(tmp_path, {500: 2000}, netstat="TcpExt: ListenDrops\nTcpExt: 4")
    document = fake_document(tmp_path)
    reasons = {one["path"]: one["reason"] for one in document["unavailable"]}
    assert reasons["/namespaces/2000/netstat"] == "malformed"
    assert "netstat" not in document["namespaces"]["2000"]["protocols"]


def test_in_another_namespace_than_that_of_the_host_none_is_looked_at(tmp_path):
    fake(tmp_path, {500: 2000})
    for name in ("core/netdev_max_backlog", "ipv4/neigh/default/gc_thresh1"):
        (tmp_path / "proc/sys/net" / name).unlink()
    document = fake_document(tmp_path)
    assert (document["namespaces"], document["meta"]["namespaces"]) == (None, {"chosen": ["all"]})
    assert {one["path"]: one["reason"] for one in document["unavailable"]}["/namespaces"] == "not_visible"
    assert fake_document(tmp_path, [f"{2000:064x}"])["meta"]["namespaces"]["judged"] == 1


def test_names_of_processes_cgroups_and_mounts_are_text(tmp_path):
    evil = "x'; reboot #\x1b[31m{{ 1 }}"
    fake(tmp_path, {500: 2000})
    (tmp_path / "proc/500/comm").write_text(evil + "\n")
    (tmp_path / "proc/500/cgroup").write_text(f"0::/../../etc/{evil}\n")
    (tmp_path / "proc/1/mountinfo").write_text("41 40 0:4 net:[3000] /run/netns/../../etc/shadow rw - nsfs nsfs rw\n")
    document = fake_document(tmp_path)
    assert document["namespaces"]["2000"]["name"] == f"{evil} (500)"
    # It is nowhere: what cannot be entered is said.
    assert document["meta"]["namespaces"]["not_entered"] == 1
