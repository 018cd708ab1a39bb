# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Losses that capture.sh captures while they happen, diagnosed from its file: the findings of the audit at that time.

As in test_audit_names_losses.py all go on at once, but for the softnet backlog, which is the whole machine's.
"""

import contextlib
import dataclasses

import auditing
import losses
import proof
import pytest

INTERVAL_S = 3
TOGETHER = (
    "idle",
    "udp_receive_buffer",
    "tcp_accept_queue",
    "tcp_syn_queue_dropping",
    "tcp_syn_queue_with_cookies",
    "conntrack_table",
    "qdisc_limit",
    "unknown_ethertype",
    "closed_port",
    "carrier_flap",
)
ALONE = ("softnet_backlog",)
#: The two look at the same loss, and not at the same moments: a rate of the one is so many times that of the other at
#: most, where senders of a busy machine get their turns as they come.
APART = 4


@dataclasses.dataclass(frozen=True)
class Both:
    """The audit of a scene and what was diagnosed from its capture, and how far its counters moved over all of it."""

    audited: auditing.Audited
    diagnosed: auditing.Audited
    moved: dict


def run(make_folder, names, missing_for):
    """``(outcomes of the scenes by name, why others could not be made)``."""
    reason = auditing.missing()
    if reason:
        pytest.skip(reason)
    skipped = {name: reason for name in names if (reason := missing_for(name))}

    def attempt(strengths):
        folder = make_folder()
        captures = folder / "captures"
        captures.mkdir()
        with contextlib.ExitStack() as stack:
            scenes = {name: stack.enter_context(losses.GENERATORS[name](strengths[name])) for name in strengths}
            readings = {
                name: stack.enter_context(proof.watched(scene.needs, scene.audited.meter))
                for name, scene in scenes.items()
            }
            before = {name: dict(scene.counters()) for name, scene in scenes.items()}
            running = {
                name: auditing.namespace_capture(captures, scene.audited.name, name, INTERVAL_S)
                for name, scene in scenes.items()
            }
            hosts = {
                name: {
                    **auditing.namespace_host(folder, scene.audited.name),
                    "packetloss_interfaces": list(scene.nics),
                }
                for name, scene in scenes.items()
            }
            audited = auditing.audit(folder, hosts, INTERVAL_S)
            for name, capture in running.items():
                printed, _errors = capture.communicate()
                assert capture.returncode == 0, f"{name}: {printed}"
            after = {name: dict(scene.counters()) for name, scene in scenes.items()}
        diagnosed = auditing.diagnose(folder, captures)
        outcomes = {}
        for name, scene in scenes.items():
            moved = {counter: after[name][counter] - was for counter, was in before[name].items()}
            missed = []
            # Both have to have had it. One that has no document is judged, whatever was there.
            if name in audited.documents and name in diagnosed.documents:
                for document in (audited.documents[name], diagnosed.documents[name]):
                    missed += proof.shortfalls(scene.needs, proof.span_of_audit(readings[name], document))
            outcomes[name] = proof.Outcome(Both(audited, diagnosed, moved), missed)
        return outcomes

    return proof.proved([name for name in names if name not in skipped], attempt), skipped


@pytest.fixture(scope="module")
def together(namespaces, missing_for, tmp_path_factory):
    return run(lambda: tmp_path_factory.mktemp("captured"), TOGETHER, missing_for)


@pytest.fixture(scope="module")
def alone(namespaces, missing_for, tmp_path_factory):
    return run(lambda: tmp_path_factory.mktemp("captured_backlog"), ALONE, missing_for)


@pytest.fixture
def both_of(request):
    """``both_of(name)`` is the :class:`Both` of a scene; skips where it could not be made."""

    def both(name):
        outcomes, skipped = request.getfixturevalue("alone" if name in ALONE else "together")
        if name in skipped:
            pytest.skip(skipped[name])
        return proof.judged(outcomes[name])

    return both


def commands(finding):
    """What is said to do, as commands."""
    return {action["command"] for action in finding["actions"] if action.get("command")}


def counted(entry):
    """The ids of the findings that a verdict is made of."""
    return {finding["id"] for finding in entry["findings"] if finding["severity"] in ("loss", "risk")}


@pytest.mark.parametrize("name", (*TOGETHER, *ALONE))
def test_capture_gives_the_findings_of_the_audit(both_of, name):
    both = both_of(name)
    live, captured = both.audited.host(name), both.diagnosed.host(name)
    assert both.diagnosed.documents[name]["meta"]["basis"] == "interval"
    assert captured["error"] is None
    assert (captured["verdict"], counted(captured)) == (live["verdict"], counted(live))
    of_audit = {finding["id"]: finding for finding in live["findings"]}
    for finding in captured["findings"]:
        if finding["severity"] == "loss":
            other = of_audit[finding["id"]]
            assert 0 < finding["lost"] <= max(both.moved.values())
            assert 1 / APART < finding["rate"]["value"] / other["rate"]["value"] < APART
            # tc prints no limit of a tbf: that it could be larger is said by the audit alone.
            assert commands(finding) <= commands(other)
            assert commands(finding) or not commands(other)


@pytest.mark.parametrize("name", (*TOGETHER, *ALONE))
def test_capture_has_the_document_of_the_audit(both_of, name):
    """What the audit could read is there, but for what only a program on the host knows."""
    both = both_of(name)
    live, captured = (
        {(one["path"], one["reason"]) for one in each.documents[name]["unavailable"]}
        for each in (both.audited, both.diagnosed)
    )
    only_on_the_host = {"/meta/python", "/nics/lo/link_stats/rx_otherhost_dropped"}
    more = {path for path, _reason in captured - live if path not in only_on_the_host and "rx_otherhost" not in path}
    assert more == set()


def test_process_that_had_the_socket_is_named_from_files_too(both_of):
    both = both_of("udp_receive_buffer")
    told = [
        [
            socket["processes"]
            for socket in each.documents["udp_receive_buffer"]["sockets"]["drops"].values()
            if socket["local"].endswith(":7801")
        ]
        for each in (both.audited, both.diagnosed)
    ]
    assert told[0] == told[1] and told[0][0]
