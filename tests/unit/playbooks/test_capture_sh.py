# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""capture.sh runs for real here: in each shell, as root and not, stopped, and where the environment means harm."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.captured import read_captured
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.reading import read_host
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.live import this_host
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import protocols, sockets
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.sysctls import TABLE
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.host import captured_host, captures_of
from ansible_collections.linuxnet.packetloss.tests.unit import capturing, large_host, netns

needs_namespaces = pytest.mark.skipif(netns.refusal() is not None, reason=str(netns.refusal()))


@pytest.fixture(params=capturing.shells())
def shell(request):
    return capturing.shells()[request.param]


def text_of(path):
    """What a file of this machine has."""
    return pathlib.Path(path).read_text()


def variable(name):
    """The words of a variable that is assigned in the script."""
    text = capturing.SCRIPT.read_text()
    return re.search(rf"^{name}='(.*?)'$", text, re.MULTILINE | re.DOTALL).group(1).split()


def test_shellcheck_finds_nothing():
    if not shutil.which("shellcheck"):
        pytest.skip("shellcheck is not installed")
    found = subprocess.run(["shellcheck", str(capturing.SCRIPT)], stdout=subprocess.PIPE, text=True, check=False)
    assert found.stdout == ""


def test_script_reads_every_sysctl_that_rules_look_at():
    read = {name.replace("/", ".") for name in variable("SYSCTLS")}
    assert set(TABLE) <= read
    assert read - set(TABLE) == {"kernel.osrelease", "kernel.random.boot_id", "net.netfilter.nf_conntrack_count"}


def test_script_reads_every_table_of_protocols_and_sockets():
    counted = {f"/proc/{name}" for name in variable("COUNTED")}
    assert {path for path, _parse in protocols.FILES.values()} <= counted
    assert {f"/proc/net/{name}" for name in sockets.PROTOCOLS} <= counted
    assert variable("SOCKETS") == list(sockets.PROTOCOLS)


def test_capture_is_one_file_that_only_its_owner_can_read(tmp_path, shell):
    capture = capturing.capture(tmp_path, 1, shell=shell)
    assert re.fullmatch(r"packetloss-capture-[\w.-]+-\d{8}T\d{6}Z\.tar\.gz", capture.path.name)
    assert capture.path.stat().st_mode & 0o777 == 0o600
    assert {member.name.partition("/")[0] for member in capture.members} == {capture.path.name[: -len(".tar.gz")]}
    assert not [member for member in capture.members if not (member.isfile() or member.isdir() or member.issym())]
    # The tar of BusyBox writes the name of the user: here that of root.
    assert {(member.uid, member.uname) for member in capture.members} <= {(0, ""), (0, "root")}


def test_capture_has_two_samples_of_what_the_files_said(tmp_path, shell):
    before = time.time()
    capture = capturing.capture(tmp_path, 1, shell=shell)
    told = capture.told
    assert told["packetloss-capture"] == "1"
    assert told["architecture"] == os.uname().machine
    assert int(told["page_size_bytes"]) == os.sysconf("SC_PAGE_SIZE")
    assert int(told["user_id"]) == os.geteuid()
    taken = [int(told[f"sample_{number}_taken_at"]) for number in (1, 2)]
    assert int(before) <= taken[0] < taken[1] <= time.time()
    uptimes = [float(capture.files[f"{number}/proc/uptime"].split()[0]) for number in (1, 2)]
    assert uptimes[1] - uptimes[0] >= 1
    boot_id = text_of("/proc/sys/kernel/random/boot_id")
    assert capture.files["1/proc/sys/kernel/random/boot_id"] == boot_id
    for path in ("sys/vm/min_free_kbytes", "sys/kernel/osrelease", "sys/net/core/somaxconn"):
        assert capture.files[f"settings/proc/{path}"] == text_of(f"/proc/{path}")
    assert capture.links["settings/proc/self/ns/net"] == os.readlink("/proc/self/ns/net")
    for nic in os.listdir("/sys/class/net"):
        if os.path.islink(f"/sys/class/net/{nic}"):
            assert capture.links[f"settings/sys/class/net/{nic}"] == os.readlink(f"/sys/class/net/{nic}")


def test_counters_of_the_second_sample_lie_between_those_before_and_after(tmp_path):
    """Read plainly: a digit that a shell loses, or a line of another file, would show."""

    def numbers(text):
        return {
            (name, field): int(value)
            for names, values in zip(text.splitlines()[::2], text.splitlines()[1::2])
            for name, field, value in zip([names.split()[0]] * 999, names.split()[1:], values.split()[1:])
        }

    netstat = "/proc/net/netstat"
    before = numbers(text_of(netstat))
    capture = capturing.capture(tmp_path, 1)
    after = numbers(text_of(netstat))
    first, second = (numbers(capture.files[f"{number}{netstat}"]) for number in (1, 2))
    assert set(first) == set(second) == set(before)
    for name in before:
        if "InOctets" in name[1] or "Segs" in name[1]:
            assert before[name] <= first[name] <= second[name] <= after[name], name


def test_interrupted_it_leaves_nothing(tmp_path, shell):
    """Ctrl-C reaches all that runs; a signal of its own only the shell."""
    for how, expected in ((signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)):
        run = capturing.Run(tmp_path, 60, shell=shell)
        run.wait_for("First sample")
        if how == signal.SIGINT:
            os.killpg(run.process.pid, how)
        else:
            os.kill(run.process.pid, how)
        started = time.monotonic()
        code, _printed, errors = run.end()
        assert (code, run.left()) == (expected, []), errors
        assert "nothing is left" in errors
        assert time.monotonic() - started < 50
        assert still_running(run.process.pid) == []


def still_running(group):
    """The names of the processes of a group, without those that only wait to be buried; after some patience, if any."""
    for _try in range(50):
        found = []
        for process in filter(str.isdecimal, os.listdir("/proc")):
            with contextlib.suppress(OSError):
                name, state = text_of(f"/proc/{process}/stat").rpartition(")")[::2]
                words = state.split()
                if words[2] == str(group) and words[0] != "Z":
                    found.append(name)
        if not found:
            break
        time.sleep(0.1)
    return found


def test_interrupted_at_once_it_leaves_nothing(tmp_path, shell):
    for number in range(4):
        run = capturing.Run(tmp_path, 60, shell=shell)
        time.sleep(0.05 + 0.15 * number)
        os.killpg(run.process.pid, signal.SIGTERM)
        run.end()
        assert run.left() == []


def test_nothing_of_the_environment_is_executed(tmp_path, shell):
    bad = tmp_path / "bad"
    bad.mkdir()
    marker = tmp_path / "executed"
    for program in ("awk", "cat", "ethtool", "grep", "gzip", "ip", "mktemp", "sed", "tar", "tc", "timeout", "xargs"):
        (bad / program).write_text(f"#!/bin/sh\ntouch {marker}\n")
        (bad / program).chmod(0o755)
    startup = tmp_path / "startup"
    startup.write_text(f"touch {marker}\n")
    functions = {
        f"BASH_FUNC_{name}%%": f"() {{ : > {marker}; }}"
        for name in ("cat", "sed", "unset", "read", "test", "echo", "cd", "[")
    }
    env = {
        "PATH": f"{bad}:{os.environ['PATH']}",
        "ENV": str(startup),
        "TAR_OPTIONS": f"--checkpoint=1 --checkpoint-action=exec={bad}/tar",
        "GREP_OPTIONS": "--version",
        "CDPATH": str(tmp_path),
        "IFS": "p",
        **functions,
    }
    whole = [shutil.which(shell[0]), *shell[1:]]
    capture = capturing.capture(tmp_path, 1, shell=whole, env=env)
    assert not marker.exists()
    assert capture.files["1/proc/net/softnet_stat"]


def test_links_that_wait_for_it_are_not_written_through(tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("as it was")
    host = re.sub(r"[^\w.-]", "_", os.uname().nodename)
    out = tmp_path / "out"
    out.mkdir()
    for after in range(30):
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(time.time() + after))
        (out / f"packetloss-capture-{host}-{stamp}.tar.gz").symlink_to(victim)
    waiting = set(out.iterdir())
    run = capturing.Run(tmp_path, 1)
    code, _printed, errors = run.end()
    assert code == 2
    assert "cannot make" in errors
    assert victim.read_text() == "as it was"
    assert set(run.left()) == waiting


@pytest.fixture(name="nobody")
def nobody_fixture():
    """A user that may nothing: ``(a folder of his, the command that runs another as him)``."""
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        pytest.skip("needs root and setpriv, to be somebody else")
    # Not in tmp_path: every session of pytest closes its root for others.
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        for part in ("out", "tmp"):
            (folder / part).mkdir()
            (folder / part).chmod(0o777)
        shutil.copy(str(capturing.SCRIPT), name)
        yield folder, ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


def test_folder_that_cannot_be_written_to_is_told(nobody):
    folder, become = nobody
    (folder / "out").chmod(0o755)
    run = capturing.Run(folder, 1, before=become, script=folder / "capture.sh")
    code, _printed, errors = run.end()
    assert code == 2
    assert "start it in a folder that can be written to" in errors
    assert run.left() == []


def test_without_root_it_captures_and_says_what_it_could_not_read(nobody, shell):
    folder, become = nobody
    capture = capturing.capture(folder, 1, shell=shell, before=become, script=folder / "capture.sh")
    assert capture.told["user_id"] == "65534"
    assert capture.files["2/proc/net/softnet_stat"]
    assert "/proc/1/fd: Permission denied" in capture.files["settings/errors.txt"]
    assert "as root there is more" in capture.printed


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["0"], "1 to 86400"),
        (["ten"], "1 to 86400"),
        (["-1"], "no option"),
        (["1.5"], "1 to 86400"),
        (["86401"], "1 to 86400"),
        (["99999999999999999999"], "1 to 86400"),
        (["1", "2"], "expected one number"),
        (["1", "--interface"], "needs the name"),
        (["1", "--interface", "lo eth"], "no interface"),
        (["1", "--interface", "$(id)"], "no interface"),
        (["1", "--interface=none0"], "no interface none0 here; there are: "),
    ],
)
def test_wrong_arguments_are_told_and_nothing_is_left(tmp_path, arguments, said):
    run = capturing.Run(tmp_path, *arguments)
    code, printed, errors = run.end()
    assert (code, printed) == (2, "")
    assert said in errors
    assert run.left() == []


def test_help_says_how_it_is_called(tmp_path):
    code, printed, _errors = capturing.Run(tmp_path, "--help").end()
    assert code == 0
    assert "--anonymous" in printed


def test_it_runs_from_standard_input(tmp_path):
    """As over ssh: ssh HOST sh -s 10 < capture.sh."""
    with open(str(capturing.SCRIPT)) as script:
        done = subprocess.run(["sh", "-s", "1"], stdin=script, cwd=str(tmp_path), stdout=subprocess.PIPE, check=False)
    assert done.returncode == 0
    assert len(list(tmp_path.glob("packetloss-capture-*.tar.gz"))) == 1


# --- what must not be in it


SECRET, HOST = "s3cretword", "h0stname"
OTHERS_V4, OTHERS_V6, OTHERS_MAC = "10.78.9.9", "fd00:78::9:9", "02:00:00:09:78:0a"
OWN_V4, OWN_V6 = "10.78.9.1", "fd00:78::9:1"


def hexadecimal(address):
    """An address as /proc/net/udp prints it on this machine."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    packed = socket.inet_pton(family, address)
    words = [int.from_bytes(packed[at : at + 4], sys.byteorder) for at in range(0, len(packed), 4)]
    return "".join(f"{word:08X}" for word in words)


def losing_namespace(tmp_path, *arguments):
    """The capture of a namespace with peers wherever one can be, while a socket that is bound loses datagrams."""
    netns.batch(
        "ip",
        "link set lo up",
        "link add va type veth peer name vb",
        f"link set va alias {SECRET}-alias",
        "link set va up",
        "link set vb up",
        f"addr add {OWN_V4}/24 dev va",
        f"addr add {OWN_V6}/64 dev va nodad",
        f"addr add 10.79.0.1 peer {OTHERS_V4}/32 dev vb",
        f"neigh replace {OTHERS_V4} lladdr {OTHERS_MAC} dev va nud permanent",
        f"neigh replace {OTHERS_V6} lladdr {OTHERS_MAC} dev va nud permanent",
    )
    for tunnel in (
        f"tun1 type ipip local {OWN_V4} remote {OTHERS_V4}",
        f"tun2 type ip6tnl local {OWN_V6} remote {OTHERS_V6}",
        f"vx0 type vxlan id 7 remote {OTHERS_V4} local {OWN_V4} dstport 4789",
    ):
        # Of those that this kernel has.
        subprocess.run(["ip", "link", "add", *tunnel.split()], stderr=subprocess.DEVNULL, check=False)
    receivers = []
    for family, own, other in ((socket.AF_INET, OWN_V4, OTHERS_V4), (socket.AF_INET6, OWN_V6, OTHERS_V6)):
        for port in (7001, 7002):
            receiver = socket.socket(family, socket.SOCK_DGRAM)
            receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
            receiver.bind((own, port))
            receivers.append(receiver)
        # One that is connected, and loses nothing.
        receiver = socket.socket(family, socket.SOCK_DGRAM)
        receiver.bind((own, 7003))
        receiver.connect((other, 9))
        receivers.append(receiver)
    # Port 7001 has lost before, 7002 loses from the first sample on.
    for family, own in ((socket.AF_INET, OWN_V4), (socket.AF_INET6, OWN_V6)):
        with socket.socket(family, socket.SOCK_DGRAM) as sender:
            for _number in range(30):
                sender.sendto(bytes(900), (own, 7001))
    with contextlib.ExitStack() as stack:
        for words, env in ((["sh"], {"TOKEN": SECRET}), (["sh", "-c", "read line", f"{SECRET}-argument"], None)):
            # They wait for input that never comes.
            process = stack.enter_context(subprocess.Popen(words, env=env, stdin=subprocess.PIPE))
            stack.callback(process.kill)
        named_host = ["unshare", "--uts", "sh", "-c", f'echo {HOST} >/proc/sys/kernel/hostname && exec "$@"', "sh"]
        run = capturing.Run(tmp_path, 2, *arguments, before=named_host)
        run.wait_for("First sample")
        for family, own in ((socket.AF_INET, OWN_V4), (socket.AF_INET6, OWN_V6)):
            with socket.socket(family, socket.SOCK_DGRAM) as sender:
                for _number in range(30):
                    sender.sendto(bytes(900), (own, 7002))
        code, printed, errors = run.end()
    assert (code, errors) == (0, "")
    for receiver in receivers:
        receiver.close()
    (path,) = run.left()
    return capturing.Capture(path, printed)


@pytest.fixture(scope="module")
def losing(tmp_path_factory):
    return netns.in_own_netns(losing_namespace, tmp_path_factory.mktemp("losing"))


@needs_namespaces
@pytest.mark.parametrize(
    "secret",
    [SECRET, OTHERS_V4, OTHERS_V6, OTHERS_MAC, hexadecimal(OTHERS_V4), hexadecimal(OTHERS_V6), "alias", "TOKEN"],
)
def test_capture_has_no_secret(losing, secret):
    assert losing.holding(secret) == []


@needs_namespaces
def test_sockets_are_those_that_lost_with_where_they_are_bound(losing):
    for table, own in (("udp", OWN_V4), ("udp6", OWN_V6)):
        samples = [
            sockets.parse_table(losing.files[f"{number}/proc/net/{table}"], f"/proc/net/{table}") for number in (1, 2)
        ]
        # 7002 is in the first sample too, without drops: so its delta is known.
        assert [len(sample) for sample in samples] == [2, 2]
        rows = [sockets.parse_row(row, table, sys.byteorder) for row in samples[1].values()]
        wanted = {f"{f'[{own}]' if ':' in own else own}:{port}" for port in (7001, 7002)}
        assert {row["local"] for row in rows} == wanted
        assert {row["remote"].rpartition(":")[0].strip("[]") for row in rows} <= {"0.0.0.0", "::"}
        assert all(row["drops"] > 0 for row in rows)


@needs_namespaces
def test_process_of_a_socket_that_lost_meanwhile_is_named(losing):
    assert losing.files[f"2/proc/{os.getpid()}/comm"] == text_of(f"/proc/{os.getpid()}/comm")
    targets = [target for name, target in losing.links.items() if name.startswith(f"2/proc/{os.getpid()}/fd/")]
    inodes = set()
    for table in ("udp", "udp6"):
        inodes |= set(sockets.parse_table(losing.files[f"2/proc/net/{table}"], table))
    assert targets
    assert set(targets) < {f"socket:[{inode}]" for inode in inodes}


@needs_namespaces
def test_own_addresses_are_there_unless_they_are_not_wanted(losing, tmp_path):
    assert losing.told["host"] == HOST
    assert losing.holding(OWN_V4) and losing.holding(hexadecimal(OWN_V4)) and losing.holding(OWN_V6)
    other = netns.in_own_netns(losing_namespace, tmp_path, "--anonymous")
    assert other.holding(OWN_V4) == other.holding(hexadecimal(OWN_V4)) == []
    assert other.holding(OWN_V6) == other.holding(hexadecimal(OWN_V6)) == []
    assert other.holding(OTHERS_V4) == other.holding(OTHERS_MAC) == other.holding(SECRET) == []
    assert other.holding(HOST) == []
    assert other.told["anonymous"] == "yes"
    assert other.told["host"] == "host-" + text_of("/proc/sys/kernel/random/boot_id").partition("-")[0]
    # The same address everywhere: that of the socket is one that the host has.
    rows = sockets.parse_table(other.files["2/proc/net/udp"], "udp").values()
    local = {sockets.parse_row(row, "udp", sys.byteorder)["local"] for row in rows}
    (address,) = {each.rpartition(":")[0] for each in local}
    assert f"inet {address}/24" in other.files["settings/commands/ip_addr"]
    rows = sockets.parse_table(other.files["2/proc/net/udp6"], "udp6").values()
    local = {sockets.parse_row(row, "udp6", sys.byteorder)["local"] for row in rows}
    (address,) = {each.rpartition(":")[0].strip("[]") for each in local}
    assert f"inet6 {address}/64" in other.files["settings/commands/ip_addr"]


@needs_namespaces
def test_addresses_of_hardware_are_the_same_ones_everywhere(tmp_path):
    def captured():
        netns.batch("ip", "link add va type veth peer name enx020000c0ffee", "link set va up")
        macs = re.findall(r"link/ether (\S+)", netns.run("ip link"))
        return capturing.capture(tmp_path, 1, "--anonymous"), macs

    capture, macs = netns.in_own_netns(captured)
    assert len(macs) == 2
    for mac in macs:
        assert capture.holding(mac) == []
    assert capture.holding("c0ffee") == []
    for number in (1, 2):
        shown = re.findall(r"link/ether (\S+)", capture.files[f"{number}/commands/ip_-s_-s_-d_link"])
        assert len(set(shown)) == 2
        assert shown == re.findall(r"link/ether (\S+)", capture.files["settings/commands/ip_addr"])
    renamed = re.search(r": (enx\w{12})[@:]", capture.files["1/commands/ip_-s_-s_-d_link"]).group(1)
    assert f"1/commands/ethtool_-S_{renamed}" in capture.files
    assert renamed + ":" in capture.files["1/proc/net/dev"]


# --- what becomes of it


def leaves(value, path=""):
    """``{JSON pointer: value}`` of everything in a document that is no object."""
    if not isinstance(value, dict) or not value:
        return {path: value}
    found = {}
    for key, part in value.items():
        found.update(leaves(part, f"{path}/{key}"))
    return found


#: What moves between two readings, and what only a program on the host tells.
MOVING = re.compile(
    r"/(?:delta|total|qlen|backlog_bytes|backlog_len|process_qlen|input_qlen|rx_queue_bytes)$"
    r"|^/(?:memory|meta|unavailable|sockets|conntrack/count)|/entries$"
)
ON_THE_HOST = re.compile(r"^/meta/(?:python|prime_s)|/rx_otherhost_dropped")
#: What is there once it has happened: interrupts of a CPU, a socket that lost.
COMING = re.compile(r"/counts(?:/|$)|^/sockets/drops|^/unavailable")


def test_document_of_a_capture_is_that_of_the_host_itself(tmp_path):
    """This machine read by its kernel, ioctl and netlink, and by the text of a capture at the same time."""
    run = capturing.Run(tmp_path, 1)
    with this_host() as host:
        live = json.loads(json.dumps(read_host(host, 1, [], [])))
    assert run.end()[0] == 0
    captures = captures_of(str(run.left()[0]))
    (found,) = json.loads(json.dumps(read_captured(list(map(captured_host, captures)), [], [])))
    assert found["meta"]["selection"] == live["meta"]["selection"]
    live, found = leaves(live), leaves(found)
    for path in sorted(live.keys() | found.keys()):
        if ON_THE_HOST.search(path) or COMING.search(path):
            continue
        assert (path in live, path in found) == (True, True), path
        assert (live[path] is None) == (found[path] is None), path
        if not MOVING.search(path):
            assert live[path] == found[path], path


# --- how large it is


@needs_namespaces
def test_capture_of_two_nics_with_64_queues_on_128_cpus_is_below_2_mib(tmp_path):
    """Of a made-up /sys and /proc, put over those of this machine for the capture alone."""
    made = tmp_path / "made"
    made.mkdir()
    large_host.make(made)
    ethtool = shutil.which("ethtool", path="/usr/sbin:/usr/bin:/sbin:/bin")
    if not ethtool:
        pytest.skip("ethtool is not installed: there is nothing to put a made-up one over")
    # The mounts end with the process.
    covered = f"mount --bind {made}/bin/ethtool {os.path.realpath(ethtool)} && mount --bind {made}/sys /sys"
    covered += f' && mount --bind {made}/proc /proc && exec "$@"'
    capture = capturing.capture(tmp_path, 1, before=["unshare", "--mount", "sh", "-c", covered, "sh"])
    assert capture.told["interfaces"].split() == list(large_host.NICS)
    for number in (1, 2):
        for nic in large_host.NICS:
            assert "rx63_packets: " in capture.files[f"{number}/commands/ethtool_-S_{nic}"]
            device = capture.links[f"settings/sys/class/net/{nic}"].replace("../../", "settings/sys/")
            assert capture.files[f"{device}/queues/tx-63/xps_cpus"].startswith("00000000,")
        assert capture.files[f"{number}/proc/interrupts"] == (made / "proc/interrupts").read_text()
    assert capture.files["settings/proc/irq/227/affinity_hint"]
    size = capture.path.stat().st_size
    # Below it by more than a tenth: a host may have a little more of everything.
    assert 100_000 < size < 1_900_000, size
