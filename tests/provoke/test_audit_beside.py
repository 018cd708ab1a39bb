# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The audit of this machine finds what is lost in network namespaces beside it, names them, and blames nobody else.

The machine has namespaces of others too, of which nothing is known here: so it is audited with those of the test alone,
and once more with none.
"""

import contextlib
import sys

import auditing
import losses
import proof
import pytest

INTERVAL_S = 3

#: Scene: the findings of loss and risk that are its namespace's, as (rule, severity).
EXPECTED = {
    "udp_receive_buffer": {("R20", "loss")},
    "tcp_accept_queue": {("R16", "loss")},
    "tcp_syn_queue_dropping": {("R17", "loss")},
    "idle": set(),
    "closed_port": set(),
}

LOCAL = {
    "ansible_connection": "local",
    "ansible_python_interpreter": sys.executable,
    "packetloss_interfaces": ["lo"],
}


@pytest.fixture(scope="module")
def audited(namespaces, tmp_path_factory):
    """``(audits by scene, scenes)``: the last audit in which the load of the scene was there."""
    reason = auditing.missing()
    if reason:
        pytest.skip(reason)
    scenes = {}

    def attempt(strengths):
        folder = tmp_path_factory.mktemp("beside")
        with contextlib.ExitStack() as stack:
            made = {name: stack.enter_context(losses.GENERATORS[name](strengths[name])) for name in strengths}
            readings = {
                name: stack.enter_context(proof.watched(scene.needs, scene.audited.meter))
                for name, scene in made.items()
            }
            names = [scene.audited.name for scene in made.values()]
            hosts = {
                "beside": {**LOCAL, "packetloss_namespaces": names},
                "alone": {**LOCAL, "packetloss_namespaces": "own"},
            }
            found = auditing.audit(folder, hosts, INTERVAL_S)
        scenes.update(made)
        document = found.documents.get("beside")
        return {
            name: proof.Outcome(
                found, proof.shortfalls(scene.needs, proof.span_of_audit(readings[name], document)) if document else []
            )
            for name, scene in made.items()
        }

    return proof.proved(list(EXPECTED), attempt), scenes


def findings(entry, name):
    """What the entry of a host says of a namespace."""
    subject = {"type": "namespace", "name": f"netns {name}"}
    return [one for one in entry["findings"] if one["subject"] == subject]


@pytest.mark.parametrize("name", EXPECTED)
def test_a_loss_beside_the_host_is_named_by_its_namespace(audited, name):
    outcomes, scenes = audited
    entry = proof.judged(outcomes[name]).host("beside")
    assert entry["error"] is None
    found = findings(entry, scenes[name].audited.name)
    assert {(one["rule"], one["severity"]) for one in found if one["severity"] != "info"} == EXPECTED[name]
    if EXPECTED[name]:
        assert entry["verdict"] == "losing"
        assert all(one["lost"] > 0 and one["actions"] for one in found if one["severity"] == "loss")


def test_the_process_that_loses_is_named(audited):
    outcomes, scenes = audited
    scene = scenes["udp_receive_buffer"]
    (found,) = findings(proof.judged(outcomes["udp_receive_buffer"]).host("beside"), scene.audited.name)
    said = str(found["evidence"])
    assert f"127.0.0.1:{scene.facts['port']}" in said and str(scene.facts["pid"]) in said


def test_without_other_namespaces_none_is_told(audited):
    outcomes, _scenes = audited
    run = proof.judged(outcomes["udp_receive_buffer"])
    assert run.documents["alone"]["namespaces"] == {}
    assert not [one for one in run.host("alone")["findings"] if one["subject"]["type"] == "namespace"]


def test_the_sysctls_of_a_namespace_are_never_set_on_the_host(audited):
    outcomes, scenes = audited
    (found,) = findings(
        proof.judged(outcomes["tcp_accept_queue"]).host("beside"), scenes["tcp_accept_queue"].audited.name
    )
    assert {action["knob"] for action in found["actions"]} == {"advice"}
    entering = f"ip netns exec {scenes['tcp_accept_queue'].audited.name} sysctl -w net.core.somaxconn="
    assert [action for action in found["actions"] if (action["command"] or "").startswith(entering)]
