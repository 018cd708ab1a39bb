# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the audit and the modules said of the containers is what ip, ethtool, sysctl and /proc say of them.

The steps before this one audited the whole inventory: in check mode, and twice.
"""

import json
import os
import re

import auditing
import engine
import hosts
import jsonschema
import needs
import netns
import proof
import pytest
import traces
import witness
from hosts import LOGINS

PYTHONS = {"bookworm": "3.11", "bullseye": "3.9", "trixie": "3.13", "bookworm-guest": "3.11"}
#: Sysctls that only the initial network namespace shows, in every kernel.
HOST_ONLY = ("net.core.netdev_budget", "net.core.netdev_budget_usecs", "net.core.netdev_max_backlog")
#: Where no file of the container is written.
TRAFFIC = "/dev/shm/traffic.py"
#: What veth does not have, whoever asks.
NOT_OF_VETH = ("rings", "coalesce", "pause", "rss", "private_flags")


def schema(name):
    path = engine.REPOSITORY / "docs" / f"{name}.schema.json"
    return jsonschema.Draft202012Validator(json.loads(path.read_text()))


def reasons(document):
    return {one["path"]: one["reason"] for one in document["unavailable"]}


def losses(audited, name):
    """The rules that found a loss on a host, without those of the CPUs' backlogs: they are the machine's."""
    found = {(one["rule"], one["layer"]) for one in audited.host(name)["findings"] if one["severity"] == "loss"}
    return {(rule, layer) for rule, layer in found if layer != "backlog"}


def ssh(name, *words, user="root"):
    """What *words* print in the container."""
    return netns.run(str(hosts.SSH), f"{user}@{hosts.HOSTS[name]['ansible_host']}", *words)


@pytest.mark.parametrize("mode", ["checked", "converged"])
def test_report_has_every_host_of_the_inventory(mode, request):
    audited = request.getfixturevalue(mode)
    assert {host["name"] for host in audited.report["hosts"]} == {*LOGINS, "nobody"}
    assert audited.documents.keys() == LOGINS.keys()
    for name in LOGINS:
        assert audited.host(name)["error"] is None
        assert losses(audited, name) == set()


@pytest.mark.parametrize("mode", ["checked", "converged"])
def test_report_says_that_a_host_did_not_answer(mode, request):
    audited = request.getfixturevalue(mode)
    entry = audited.host("nobody")
    assert entry["verdict"] == "unknown"
    assert "unreachable" in entry["error"]
    assert "port 9" in entry["error"]
    assert audited.report["hosts"][0]["name"] == "nobody", "what is worst comes first"


def test_report_keeps_its_forms(converged):
    schema("audit").validate(converged.report)
    page = (engine.BUILD / "converged" / "audit.md").read_text()
    assert all(name in page for name in (*LOGINS, "nobody"))


def test_document_keeps_its_form(converged, login, answers):
    schema("host-document").validate(converged.documents[login])
    schema("host-document").validate(answers["packet_path"]["packet_path"])


def test_document_says_where_it_is_from(converged, login, inside):
    meta = converged.documents[login]["meta"]
    assert meta["python"].startswith(PYTHONS[login] + ".")
    assert meta["kernel"]["release"] == os.uname().release
    assert meta["effective_root"] is (login != "bookworm-guest")
    link = inside.exec("readlink", "/proc/self/ns/net").strip()
    assert link == f"net:[{meta['netns']['inode']}]"
    assert meta["netns"]["initial"] is False


def test_modules_change_nothing(answers):
    assert {name: answer["changed"] for name, answer in answers.items()} == dict.fromkeys(answers, False)


def test_softnet_is_the_machine_s(answers, inside):
    told = answers["softnet"]["ansible_facts"]["packetloss_softnet"]["softnet"]
    rows = [line.split() for line in inside.read("/proc/net/softnet_stat").splitlines()]
    assert told["columns"] == len(rows[0])
    assert len(told["cpus"]) == len(rows)
    for row, one in zip(rows, told["cpus"].values(), strict=True):
        # Counters of 32 bits that go on: what was told was so before.
        assert all((int(now, 16) - one[key]) % 2**32 < 2**31 for key, now in zip(("processed", "dropped"), row))


def test_nics_are_those_of_the_namespace(answers, inside):
    told = answers["ethtool"]["ansible_facts"]["packetloss_nics"]["nics"]
    links = {one["ifname"]: one for one in json.loads(inside.ip("-j", "-d", "address"))}
    assert told.keys() == links.keys()
    nic, link = told[hosts.NIC], links[hosts.NIC]
    assert (nic["ifindex"], nic["mac"], nic["mtu"]) == (link["ifindex"], link["address"], link["mtu"])
    assert nic["kind"] == link["linkinfo"]["info_kind"] == "veth"
    assert set(nic["flags"]) ^ set(link["flags"]) <= {"RUNNING"}
    assert nic["addresses"] == [f"{one['local']}/{one['prefixlen']}" for one in link["addr_info"]]


def test_nic_has_the_channels(answers, inside, login):
    channels = answers["ethtool"]["ansible_facts"]["packetloss_nics"]["nics"][hosts.NIC]["channels"]
    maxima, current = witness.maxima_and_current(inside.exec("ethtool", "-l", hosts.NIC))
    assert (channels["rx"], channels["tx"]) == (current["RX"], current["TX"])
    assert (channels["rx_max"], channels["tx_max"]) == (maxima["RX"], maxima["TX"]) == (hosts.QUEUES, hosts.QUEUES)
    assert {key: channels[key] for key in ("rx", "tx")} == hosts.HOSTS[LOGINS[login]]["container_channels"]


def test_nic_has_the_features(answers, inside):
    nic = answers["ethtool"]["ansible_facts"]["packetloss_nics"]["nics"][hosts.NIC]
    told = {key: (one["active"], one["fixed"]) for key, one in nic["features"].items()}
    seen = witness.features(inside.exec("ethtool", "-k", hosts.NIC))
    common = told.keys() & seen.keys()
    assert len(common) > 40
    assert {key: told[key] for key in common} == {key: seen[key] for key in common}


def test_nic_has_the_driver_and_its_statistics(answers, inside):
    nic = answers["ethtool"]["ansible_facts"]["packetloss_nics"]["nics"][hosts.NIC]
    assert nic["driver"]["name"] == dict(witness.pairs(inside.exec("ethtool", "-i", hosts.NIC)))["driver"] == "veth"
    _heading, *seen = inside.exec("ethtool", "-S", hosts.NIC).splitlines()
    assert nic["counters"].keys() == {line.split(":")[0].strip() for line in seen}


def test_what_veth_lacks_is_unsupported(answers):
    facts = answers["ethtool"]["ansible_facts"]["packetloss_nics"]
    told = reasons(facts)
    for part in NOT_OF_VETH:
        assert facts["nics"][hosts.NIC][part] is None
        assert told[f"/nics/{hosts.NIC}/{part}"] == "unsupported"


def test_rps_is_that_of_the_queues(converged, login, inside):
    told = converged.documents[login]["nics"][hosts.NIC]["queues"]["rx"]
    for queue, one in told.items():
        mask = int(inside.read(f"/sys/class/net/{hosts.NIC}/queues/rx-{queue}/rps_cpus").replace(",", ""), 16)
        assert one["rps_cpus"] == [cpu for cpu in range(64) if mask >> cpu & 1]
    assert told.keys() == {
        name[3:] for name in inside.exec("ls", f"/sys/class/net/{hosts.NIC}/queues").split() if name.startswith("rx-")
    }


def test_counters_of_the_nic_are_what_ip_counts(converged, login, inside):
    told = converged.documents[login]["nics"][hosts.NIC]["link_stats"]
    seen = json.loads(inside.ip("-j", "-s", "link", "show", hosts.NIC))[0]["stats64"]
    for direction in ("rx", "tx"):
        assert 0 < told[f"{direction}_packets"]["total"] <= seen[direction]["packets"]
        assert told[f"{direction}_errors"]["total"] == seen[direction]["errors"] == 0


def test_sysctls_are_those_of_the_container(converged, login):
    told = {key: value for key, value in converged.documents[login]["sysctls"].items() if value is not None}
    seen = dict(line.split(" = ", 1) for line in ssh(LOGINS[login], "sysctl", "-a", "2>/dev/null").splitlines())
    assert len(told) > 10
    assert {key: numbers(value) for key, value in told.items()} == {key: numbers(seen[key]) for key in told}
    for key, value in hosts.HOSTS[LOGINS[login]]["container_sysctls"].items():
        assert told[key] == value


def numbers(value):
    return re.findall(r"\d+", str(value))


def test_sysctls_of_the_machine_are_not_visible(converged, login):
    sysctls = converged.documents[login]["sysctls"]
    paths = ssh(LOGINS[login], "find", "/proc/sys").split()
    shown = {path[len("/proc/sys/") :].replace("/", ".") for path in paths}
    assert {key for key, value in sysctls.items() if value is not None} == sysctls.keys() & shown
    told = reasons(converged.documents[login])
    assert {key: (sysctls[key], told[f"/sysctls/{key}"]) for key in HOST_ONLY} == dict.fromkeys(
        HOST_ONLY, (None, "not_visible")
    )


#: The hosts that lose, and by what it is seen that they do.
LOSING = ("bookworm", "bookworm-guest")
NEEDS = (needs.protocol("Udp.RcvbufErrors"),)


@pytest.fixture(scope="module")
def losing(running, tmp_path_factory):
    """An audit of all hosts while bookworm is sent more datagrams than one of its sockets reads, which is none; and how
    many were lost around it."""
    address = hosts.HOSTS["bookworm"]["ansible_host"]
    login = [str(hosts.SSH), f"root@{address}"]
    netns.run(*login, "tee", TRAFFIC, stdin=netns.TRAFFIC.read_text())

    def attempt(strengths):
        with (
            netns.started(*login, "python3", TRAFFIC, "udp-sleeper", f"--address={address}"),
            hosts.namespace("lab").traffic("udp-sender", address=address, pause=0.005 / strengths["bookworm"]),
            proof.watched(NEEDS, hosts.namespace("bookworm").meter) as readings,
        ):
            before = udp_losses("bookworm")
            everyone = {name: hosts.variables(name) for name in LOGINS}
            audited = auditing.audit(tmp_path_factory.mktemp("losing"), everyone, 2)
            lost = udp_losses("bookworm") - before
        documents = [audited.documents[name] for name in LOSING if name in audited.documents]
        spans = [proof.span_of_audit(readings, document) for document in documents]
        shortfalls = [shortfall for span in spans for shortfall in proof.shortfalls(NEEDS, span)]
        return {"bookworm": proof.Outcome((audited, lost), shortfalls)}

    return proof.judged(proof.proved(["bookworm"], attempt)["bookworm"])


def udp_losses(name):
    """Datagrams that no socket of the container had room for, since it was started."""
    told = json.loads(hosts.namespace(name).exec("nstat", "-asz", "--json", "UdpRcvbufErrors"))
    return told["kernel"]["UdpRcvbufErrors"]


def test_loss_is_named_on_its_host_only(losing):
    audited, _lost = losing
    full_buffer = {("R20", "udp")}
    assert {name: losses(audited, name) for name in LOGINS} == {
        **dict.fromkeys(LOGINS, set()),
        **dict.fromkeys(LOSING, full_buffer),
    }


def test_loss_is_counted_as_the_kernel_counts(losing):
    audited, lost = losing
    counted = audited.documents["bookworm"]["protocols"]["snmp"]["Udp"]["RcvbufErrors"]["delta"]
    assert 0 < counted < lost


def test_socket_that_loses_has_its_process_named_to_root_only(losing):
    audited, _lost = losing
    sockets = {name: audited.documents[name]["sockets"]["drops"] for name in LOGINS}
    assert sockets["bullseye"] == sockets["trixie"] == {}
    assert sockets["bookworm"].keys() == sockets["bookworm-guest"].keys()
    ((key, one),) = sockets["bookworm"].items()
    assert one["local"] == f"{hosts.HOSTS['bookworm']['ansible_host']}:7801"
    assert [process["command"] for process in one["processes"]] == ["python3"]
    assert sockets["bookworm-guest"][key]["processes"] is None
    root, guest = (reasons(audited.documents[name]) for name in ("bookworm", "bookworm-guest"))
    assert guest.keys() - root.keys() == {f"/sockets/drops/{key}/processes"}


def test_nothing_of_the_hosts_has_changed():
    before = json.loads((engine.BUILD / "before.json").read_text())
    after = traces.of_all()
    assert before.keys() == after.keys()
    for name in before:
        assert {kind: text for kind, text in after[name].items() if text != before[name][kind]} == {}, name
