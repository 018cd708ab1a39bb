# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The audit names the layer and the rule of every provoked loss, and of nothing else.

All losses but one go on at the same time, each in namespaces of its own, and one playbook run audits them all: that
proves as well that none is blamed on another's host. The softnet backlog belongs to the whole machine, so it is
audited on its own.
"""

import contextlib
import dataclasses

import auditing
import losses
import proof
import pytest

INTERVAL_S = 3
#: For what is done to a NIC in the middle: long enough that reading has begun before, and not ended.
MEANWHILE_INTERVAL_S = 12
MEANWHILE_AFTER_S = 8


@dataclasses.dataclass(frozen=True)
class Expected:
    """What the audit of a scene has to say: the verdict, and the findings that carry it as (rule, layer, severity)."""

    verdict: str
    findings: tuple = ()


EXPECTED = {
    "idle": Expected("clean"),
    "udp_receive_buffer": Expected("losing", (("R20", "udp", "loss"),)),
    "tcp_accept_queue": Expected("losing", (("R16", "tcp", "loss"),)),
    "tcp_syn_queue_dropping": Expected("losing", (("R17", "tcp", "loss"),)),
    "tcp_syn_queue_with_cookies": Expected("at_risk", (("R17", "tcp", "risk"),)),
    "conntrack_table": Expected("losing", (("R13", "netfilter", "loss"),)),
    "qdisc_limit": Expected("losing", (("R26", "qdisc", "loss"),)),
    "unknown_ethertype": Expected("clean", (("R11", "l2", "info"),)),
    "closed_port": Expected("clean"),
    "carrier_flap": Expected("at_risk", (("R30", "link", "risk"),)),
    "softnet_backlog": Expected("losing", (("R6", "backlog", "loss"),)),
}
TOGETHER = [name for name in EXPECTED if name != "softnet_backlog"]
VANISHING = ("nic_replaced", "nic_deleted")


@dataclasses.dataclass(frozen=True)
class Run:
    """The audit of running scenes, with the kernel's counters read plainly before and after it.

    ``audited`` is its first run, over all of them. A scene whose load was not there then was made and audited again:
    ``scenes`` and ``moved`` have its last try, and ``outcomes`` the audit of that.
    """

    audited: auditing.Audited
    scenes: dict
    moved: dict
    outcomes: dict
    skipped: dict

    def last(self, name):
        """The audit that has the scene; skips when it could not be made here, or its load was never there."""
        if name in self.skipped:
            pytest.skip(self.skipped[name])
        return proof.judged(self.outcomes[name])

    def entry(self, name):
        """The host's entry in audit.json."""
        return self.last(name).host(name)

    def document(self, name):
        documents = self.last(name).documents
        assert name in documents, self.entry(name)
        return documents[name]


def host(folder, scene):
    """The inventory variables of the host that a scene audits."""
    selected = {"packetloss_interfaces": list(scene.nics)}
    if "meanwhile" not in scene.facts:
        return {**auditing.namespace_host(folder, scene.audited.name), **selected}
    meanwhile = (MEANWHILE_AFTER_S, scene.facts["meanwhile"])
    variables = auditing.namespace_host(folder, scene.audited.name, meanwhile)
    return {**variables, **selected, "packetloss_interval": MEANWHILE_INTERVAL_S}


def run_audit(make_folder, names, missing_for):
    """Start the scenes, audit them together, end them; once more those whose load was not there."""
    reason = auditing.missing()
    if reason:
        pytest.skip(reason)
    skipped = {name: reason for name in names if (reason := missing_for(name))}
    if len(skipped) == len(names):
        pytest.skip("; ".join(skipped.values()))
    scenes, moved, audits = {}, {}, []

    def attempt(strengths):
        folder = make_folder()
        with contextlib.ExitStack() as stack:
            made = {name: stack.enter_context(losses.GENERATORS[name](strengths[name])) for name in strengths}
            readings = {
                name: stack.enter_context(proof.watched(scene.needs, scene.audited.meter))
                for name, scene in made.items()
            }
            counted = [name for name in made if name not in VANISHING]
            before = {name: dict(made[name].counters()) for name in counted}
            audited = auditing.audit(folder, {name: host(folder, scene) for name, scene in made.items()}, INTERVAL_S)
            after = {name: dict(made[name].counters()) for name in counted}
        scenes.update(made)
        moved.update((name, {key: after[name][key] - was for key, was in before[name].items()}) for name in counted)
        audits.append(audited)
        return {name: outcome(name, made[name], audited, readings[name]) for name in made}

    outcomes = proof.proved([name for name in names if name not in skipped], attempt)
    return Run(audits[0], scenes, moved, outcomes, skipped)


def outcome(name, scene, audited, readings):
    """The audit of a scene, and what was not there. One that failed is judged, whatever was there."""
    if name not in audited.documents:
        return proof.Outcome(audited, [])
    span = proof.span_of_audit(readings, audited.documents[name])
    return proof.Outcome(audited, proof.shortfalls(scene.needs, span))


@pytest.fixture(scope="session")
def together(namespaces, missing_for, tmp_path_factory):
    """All losses that can go on at the same time."""
    return run_audit(lambda: tmp_path_factory.mktemp("together"), [*TOGETHER, *VANISHING], missing_for)


@pytest.fixture(scope="session")
def backlog(namespaces, missing_for, tmp_path_factory):
    """The loss that every namespace of the machine can see."""
    return run_audit(lambda: tmp_path_factory.mktemp("backlog"), ["softnet_backlog"], missing_for)


@pytest.fixture
def run_of(request):
    """``run_of(name)`` is the run that audited the scene *name*."""
    return lambda name: request.getfixturevalue("backlog" if name == "softnet_backlog" else "together")


def named(findings, *severities):
    return {
        (finding["rule"], finding["layer"], finding["severity"])
        for finding in findings
        if finding["severity"] in severities
    }


def finding_of(entry, rule):
    """The only finding of *rule*."""
    found = [finding for finding in entry["findings"] if finding["rule"] == rule]
    assert len(found) == 1, entry["findings"]
    return found[0]


def said(finding):
    """All that a finding's evidence says, as one text."""
    return " ".join(f"{evidence['what']} {evidence['value']}" for evidence in finding["evidence"])


@pytest.mark.parametrize("name", EXPECTED)
def test_audit_names_the_place_and_nothing_else(run_of, name):
    run = run_of(name)
    entry = run.entry(name)
    expected = EXPECTED[name]
    assert entry["error"] is None
    assert entry["verdict"] == expected.verdict, entry
    wanted = set(expected.findings)
    assert named(entry["findings"], "loss", "risk") == {one for one in wanted if one[2] != "info"}
    assert wanted <= named(entry["findings"], "loss", "risk", "info")


@pytest.mark.parametrize("name", [name for name, expected in EXPECTED.items() if expected.verdict == "losing"])
def test_audit_says_what_was_lost_what_proves_it_and_what_helps(run_of, name):
    run = run_of(name)
    rule = EXPECTED[name].findings[0][0]
    finding = finding_of(run.entry(name), rule)
    most = max(run.moved[name][counter] for counter in run.scenes[name].rises)
    assert 0 < finding["lost"] <= most
    assert finding["rate"]["value"] > 0
    assert finding["evidence"] and finding["actions"] and finding["cause"] and finding["sources"]


def test_audit_names_the_socket_and_its_process(together):
    entry = together.entry("udp_receive_buffer")
    facts = together.scenes["udp_receive_buffer"].facts
    text = said(finding_of(entry, "R20"))
    assert f"127.0.0.1:{facts['port']}" in text
    assert str(facts["pid"]) in text
    sockets = together.document("udp_receive_buffer")["sockets"]["drops"]
    (socket,) = [socket for socket in sockets.values() if socket["local"].endswith(f":{facts['port']}")]
    assert facts["pid"] in [process["pid"] for process in socket["processes"]]
    assert socket["drops"]["delta"] > 0


def test_audit_counts_a_backlog_drop_once(backlog):
    """softnet dropped and rx_dropped are the same packets: one finding, one number."""
    document = backlog.document("softnet_backlog")
    entry = backlog.entry("softnet_backlog")
    softnet = sum(cpu["dropped"]["delta"] for cpu in document["softnet"]["cpus"].values())
    link = document["nics"]["vb"]["link_stats"]["rx_dropped"]["delta"]
    assert softnet > 0 and link > 0
    assert sum(finding["lost"] or 0 for finding in entry["findings"]) == pytest.approx(softnet, rel=0.01)
    assert "R11" not in {finding["rule"] for finding in entry["findings"]}


def test_audit_names_the_cpu_whose_backlog_overflows(backlog):
    entry = backlog.entry("softnet_backlog")
    cpu = backlog.scenes["softnet_backlog"].facts["cpu"]
    finding = finding_of(entry, "R6")
    assert {item["key"]: item["value"] for item in finding["evidence"]}["cpus"] == [cpu]


def test_audit_counts_a_shaper_and_its_inner_queue_once(together):
    """A tbf hands a packet to a fifo inside it: what the fifo refuses is in the counters of both."""
    finding = finding_of(together.entry("qdisc_limit"), "R26")
    qdiscs = together.document("qdisc_limit")["qdiscs"].values()
    root = [qdisc["dropped"]["delta"] for qdisc in qdiscs if qdisc["kind"] == "tbf"]
    assert [finding["lost"]] == root


def test_audit_of_a_closed_port_knows_the_datagrams_and_finds_no_loss(together):
    udp = together.document("closed_port")["protocols"]["snmp"]["Udp"]
    assert udp["NoPorts"]["delta"] > 0
    assert udp["InErrors"]["delta"] == 0
    assert "NoPorts" not in " ".join(said(finding) for finding in together.entry("closed_port")["findings"])


def test_audit_of_an_unknown_ethertype_shows_the_drops_it_excuses(together):
    drops = together.document("unknown_ethertype")["nics"]["vb"]["link_stats"]["rx_dropped"]["delta"]
    assert drops > 0
    assert finding_of(together.entry("unknown_ethertype"), "R11")["lost"] in (None, 0)


def test_audit_of_a_deleted_nic_says_that_it_vanished(together):
    entry = together.entry("nic_deleted")
    assert entry["error"] is None
    document = together.document("nic_deleted")
    assert ("/nics/vb", "vanished") in {(one["path"], one["cause"]) for one in document["meta"]["void"]}
    assert ("/nics/vb", "vanished") in {(one["path"], one["reason"]) for one in document["unavailable"]}
    assert entry["verdict"] == "unknown"
    assert [reason for reason in entry["reasons"] if "vb" in reason and ("vanished" in reason or "removed" in reason)]
    assert not named(entry["findings"], "loss", "risk")


def test_audit_of_a_replaced_nic_says_nothing_of_its_interval(together):
    document = together.document("nic_replaced")
    assert ("/nics/vr", "ifindex") in {(one["path"], one["cause"]) for one in document["meta"]["void"]}
    assert not named(together.entry("nic_replaced")["findings"], "loss")


def test_audit_in_a_namespace_says_what_is_not_visible_there(together):
    """A child namespace has no net.core.netdev_budget and no neighbour table of its own: neither is a zero."""
    document = together.document("idle")
    assert document["meta"]["netns"]["initial"] is False
    reasons = {one["path"]: one["reason"] for one in document["unavailable"]}
    hidden = ("net.core.netdev_budget", "net.core.netdev_max_backlog", "net.ipv4.neigh.default.gc_thresh3")
    for name in hidden:
        assert document["sysctls"][name] is None
        assert reasons[f"/sysctls/{name}"] == "not_visible"
    assert document["neighbour"] is None or all(table is None for table in document["neighbour"].values())
    assert "not_visible" in {reason for path, reason in reasons.items() if path.startswith("/neighbour")}


def test_audit_prints_no_traceback_and_every_host(together):
    assert together.audited.code == 0, together.audited.output
    assert "Traceback" not in together.audited.output
    assert {host["name"] for host in together.audited.report["hosts"]} == set(together.scenes)


def test_audit_fails_a_run_that_found_a_loss(namespaces, tmp_path):
    def attempt(strengths):
        with (
            losses.udp_receive_buffer(strengths["lossy"]) as scene,
            proof.watched(scene.needs, scene.audited.meter) as readings,
        ):
            audited = auditing.audit(tmp_path, {"lossy": host(tmp_path, scene)}, 1, packetloss_fail_on="loss")
        return {"lossy": outcome("lossy", scene, audited, readings)}

    audited = proof.judged(proof.proved(["lossy"], attempt)["lossy"])
    assert audited.code != 0
    assert "lossy" in audited.output
    assert audited.host("lossy")["verdict"] == "losing"
