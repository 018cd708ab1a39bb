# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The programs of this machine are read as its kernel is: in a namespace of its own both are asked the same."""

import shutil

import pytest

SETUP = """
set -e
# sysfs of this namespace; seen by nobody else, for the mounts are its own.
mount -t sysfs none /sys
ip link set lo up
ip link add v0 type veth peer name v1
ip link add br0 type bridge
ip link set v1 master br0
ip link set v0 up; ip link set v1 up; ip link set br0 up
ip addr add 10.9.0.1/24 dev v0
ip addr add 10.9.1.1 peer 10.9.1.2/32 dev v0
ip addr add 2001:db8::1/64 dev v0 nodad
tc qdisc add dev v0 root pfifo limit 33 || true
tc qdisc add dev v1 clsact || true
exec "$@"
"""

PROGRAM = """
import json, subprocess
PACKAGE = "ansible_collections.linuxnet.packetloss.plugins."
def part(name):
    return __import__(PACKAGE + name, fromlist=["x"])
def said(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stderr + done.stdout
def attempt(function, *args):
    try:
        return function(*args)
    except unavailable.Unavailable as error:
        return error.reason
unavailable = part("module_utils.host.unavailable")
host = part("module_utils.host.live").this_host()
words = part("plugin_utils.offline.captured")
Output = words.Output
%s
"""

ETHTOOL = """
source = part("module_utils.sources.ethtool")
answers = part("plugin_utils.offline.answers")
found = {}
for interface in ("v0", "br0", "lo"):
    outputs = {}
    for command in words.OF_INTERFACE:
        outputs[command, interface, None] = Output(said(*command, interface), " ".join(command))
    captured = words.Captured("", "", "loose", None, outputs)
    asked = answers.answers_of(captured, None)
    for question, answer in asked.items():
        name = question.partition(".")[2]
        if question.startswith("ethtool.") and name in (
            "driver permanent_address rings rx_buf_len tcp_data_split channels coalesce pause features private_flags"
            " statistics link rss rss_queues".split()
        ):
            found[f"{interface} {name}"] = [attempt(getattr(source, name), host, interface), attempt(answer, interface)]
print(json.dumps(found))
"""

NETLINK = """
live_links = part("module_utils.sources.links").links(host)
names = {link["ifindex"]: name for name, link in live_links.items()}
live_qdiscs = part("module_utils.sources.qdiscs").qdiscs(host, names)
live = part("module_utils.host.live")
answers = part("plugin_utils.offline.answers")
outputs = {
    (words.IP_LINK, None, None): Output(said("ip", "-s", "-s", "-d", "link"), "ip link"),
    (words.IP_ADDRESS, None, None): Output(said("ip", "-d", "addr"), "ip addr"),
    (words.TC, None, None): Output(said("tc", "-s", "qdisc"), "tc"),
}
asked = answers.answers_of(words.Captured("", "", "loose", live.Files(), outputs), live.Files())
links = asked["links.links"]()
link_source, qdisc_source = part("module_utils.sources.links").links, part("module_utils.sources.qdiscs").qdiscs
print(json.dumps({
    "links": [live_links, links, link_source(host)],
    "addresses": [part("module_utils.sources.addresses").addresses(host), asked["addresses.addresses"]()],
    "qdiscs": [live_qdiscs, asked["qdiscs.qdiscs"](names), qdisc_source(host, names)],
}))
"""

FILES = """
found = {}
protocols = part("module_utils.sources.protocols")
def numbers(files):
    return {path: getattr(protocols, read)(files[path].decode(), path) for path, read in READ.items() if path in files}
READ = {"/proc/net/snmp": "parse_sections", "/proc/net/netstat": "parse_sections", "/proc/net/snmp6": "parse_list"}
def kernel():
    return numbers({path: open(path, "rb").read() for path in READ})
before = kernel()
nstat = numbers(part("plugin_utils.offline.text.nstat").files(said("nstat", "-az"), "nstat"))
netstat = {}
if NETSTAT:
    netstat = numbers(part("plugin_utils.offline.text.netstat_s").files(said("netstat", "-s"), "netstat"))
after = kernel()
def counters(path, sections):
    # nstat prints no settings and no states.
    return sections if "6" in path else {
        section: {name: value for name, value in values.items() if name not in protocols.GAUGES.get(section, ())}
        for section, values in sections.items()
    }
for path in READ:
    found[path] = [counters(path, told[path]) for told in (before, nstat, after)]
for path, sections in netstat.items():
    for section, values in sections.items():
        found[f"netstat {section}"] = [
            {name: told[path][section].get(name) for name in values} for told in (before, netstat, after)
        ]
sysctls = part("module_utils.sources.sysctls")
files = part("plugin_utils.offline.text.sysctl_a").files(said("sysctl", "-a"), "sysctl")
for name in sysctls.TABLE:
    try:
        found[name] = [open(sysctls.path(name), "rb").read().decode(), files[sysctls.path(name)].decode()]
    except FileNotFoundError:
        assert sysctls.path(name) not in files, name
print(json.dumps(found))
"""


def needs(*programs):
    missing = [program for program in programs if not shutil.which(program)]
    if missing:
        pytest.skip("needs the program " + ", ".join(missing))


def differences(found):
    return {what: pair for what, pair in found.items() if pair[0] != pair[1]}


def told_between(before, text, after, place=""):
    """Where a text does not say what was so before and after it; a number may be any between the two."""
    if isinstance(before, dict) and isinstance(text, dict) and isinstance(after, dict):
        keys = set(before) | set(text) | set(after)
        parts = [told_between(*(each.get(key) for each in (before, text, after)), f"{place}/{key}") for key in keys]
        return {path: values for part in parts for path, values in part.items()}
    numbers = all(isinstance(value, int) for value in (before, text, after))
    # What is not there before and is after may be there between, with any number up to that.
    appeared = before is None and isinstance(text, int) and isinstance(after, int) and text <= after
    is_so = before <= text <= after if numbers else appeared or text in (before, after)
    # What older programs do not print while it is 0.
    if is_so or place.endswith(("/rx_otherhost_dropped", "/rx_nohandler")) and not before:
        return {}
    return {place: (before, text, after)}


def test_what_ethtool_prints_is_what_the_driver_answers(python_in_namespace):
    needs("ethtool")
    found = python_in_namespace(SETUP, PROGRAM % ETHTOOL)
    # A question that the kernel refuses is refused of the text as well.
    assert differences(found) == {}
    assert found["v0 driver"][1]["name"] == "veth"
    assert found["v0 features"][1]["rx-gro"]["fixed"] is False
    assert found["lo statistics"][1] == "unsupported"


def test_what_ip_and_tc_print_is_what_netlink_answers(python_in_namespace):
    needs("tc")
    found = python_in_namespace(SETUP, PROGRAM % NETLINK)
    for what in ("links", "qdiscs"):
        assert told_between(*found[what]) == {}
    before, after = found["addresses"]
    assert before == after
    text = found["links"][1]
    assert text["v1"]["master_ifindex"] == text["br0"]["ifindex"]
    assert text["v0"]["link_stats"]["tx_packets"] > 0


def test_what_programs_print_of_files_is_what_is_in_them(python_in_namespace):
    needs("nstat", "sysctl")
    known = f"NETSTAT = {bool(shutil.which('netstat'))}\n"
    found = python_in_namespace(SETUP, PROGRAM % (known + FILES))
    settings = {what: pair for what, pair in found.items() if "." in what}
    assert differences(settings) == {}
    assert len(settings) > 20
    for what, told in found.items():
        if what not in settings:
            # Of messages that there were none of the kernel prints no line.
            assert told_between(*told) == {}, what
    assert len(found["/proc/net/netstat"][1]["TcpExt"]) > 50
