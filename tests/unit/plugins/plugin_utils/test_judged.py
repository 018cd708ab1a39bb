# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is made of a document, and of the documents in a store, which anybody may have put there."""

import pytest
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.judged import (
    diagnosed_again,
    entry_of,
    judged,
    not_a_document,
)
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.store import Skipped, Store
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.diagnosis import load_rules
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.limits import limits
from ansible_collections.linuxnet.packetloss.tests.unit.documents import host_document, lossy, merged
from ansible_collections.linuxnet.packetloss.tests.unit.findings import finding, host_findings, unread_host

RULES = load_rules()


@pytest.fixture(name="store")
def store_fixture(tmp_path):
    store = Store(str(tmp_path))
    store.prepare()
    return store


def again(store):
    found = list(diagnosed_again(store, RULES, limits()))
    skipped = {one.file: one.why for one in found if isinstance(one, Skipped)}
    return {one["host"]: one for one in found if not isinstance(one, Skipped)}, skipped


def of_run(run, document):
    return merged(document, {"meta": {"run": run}})


def test_a_document_is_judged_with_what_its_rings_take():
    found = judged(lossy(rx_out_of_buffer=5), RULES, limits())
    assert found["verdict"] == "losing" and found["error"] is None
    assert [nic["nic"] for nic in found["ring_memory"]["nics"]] == ["eth0"]


def test_nonsense_is_unknown_with_its_reason():
    found = judged({"schema_version": 1, "nics": [1], "softnet": "x", "meta": 7}, RULES, limits())
    assert found["verdict"] == "unknown"


FROM_FILES = {"from": ["web1.tar.xz"], "layout": "sosreport", "taken_from": "date", "problems": []}


def captured(*absent):
    """A host of which there are files; ``("/nics/eth0/rss", "... is not in this capture")`` is missing in them."""
    document = merged(lossy(rx_out_of_buffer=5), {"meta": {"basis": "boot", "captured": FROM_FILES}})
    document["unavailable"] = [{"path": path, "reason": "absent", "detail": detail} for path, detail in absent]
    for path, _detail in absent:
        place = document
        *parents, last = path.strip("/").split("/")
        for key in parents:
            place = place[key]
        place[last] = None
    return document


def test_a_captured_host_is_told_what_to_capture_next_time():
    document = captured(
        ("/nics/eth0/rss", "sos_commands/networking/ethtool_-x_eth0 (ethtool -x eth0) is not in this capture"),
        ("/nics/eth0/coalesce", "the output of ethtool -c eth0 is not in this capture"),
        ("/conntrack", "/proc/sys/net/netfilter/nf_conntrack_max: is not in this capture"),
        ("/nics/eth0/numa_node", "/sys/devices/pci0000:00/0000:00:05.0/numa_node: is not in this capture"),
        ("/softnet", "/proc/net/softnet_stat: No such file or directory"),
        # Nobody looks for the first, and the second is no file.
        ("/meta/python", "/usr/bin/python3: No such file or directory"),
        ("/nics/eth0/pci", "a virtual interface has no device"),
    )
    found = judged(document, RULES, limits())
    assert (found["verdict"], found["error"]) == ("lost_before", None)
    assert found["captured"] == {
        **FROM_FILES,
        "next_time": [
            "ethtool -x eth0",
            "ethtool -c eth0",
            "/proc/sys/net/netfilter/nf_conntrack_max",
            "/sys/bus/pci/devices/*/numa_node",
            "/proc/net/softnet_stat",
        ],
    }
    # To look for it changes nothing.
    assert judged(document, RULES, limits()) == found


def test_an_audit_and_a_strangers_idea_of_a_capture_are_of_no_files():
    assert judged(lossy(), RULES, limits())["captured"] is None
    odd = merged(lossy(), {"meta": {"captured": {"from": "web1.tar.xz"}}})
    assert judged(odd, RULES, limits())["captured"] is None


def test_the_history_of_a_captured_host_stays_when_it_is_diagnosed_again(store):
    store.write_document("web1", captured())
    kept = {**entry_of(store, "web1", captured(), RULES, limits()), "history": {"when": "since Tuesday"}}
    store.write_findings(kept)
    found, skipped = again(store)
    assert (found["web1"]["history"], skipped) == ({"when": "since Tuesday"}, {})
    assert found["web1"]["captured"]["from"] == ["web1.tar.xz"]


@pytest.mark.parametrize("document", [None, [], "x", {}, {"schema_version": 2}, {"schema_version": "1"}])
def test_what_is_no_document_of_this_version(document):
    assert not_a_document(document) == "this is no host document of version 1"
    assert not_a_document(host_document()) is None


@pytest.mark.parametrize("meta", [None, 7, {}, {"taken_at": 7, "run": ["r"]}])
def test_a_document_without_its_time_and_run(store, meta):
    found = entry_of(store, "web1", {**host_document(), "meta": meta}, RULES, limits())
    assert found["run"] is None and found["taken_at"].endswith("Z") and found["document"] == "hosts/web1.json"


def test_stored_documents_are_diagnosed_again_by_the_rules_of_today(store):
    store.write_document("web1", of_run("r7", lossy(rx_out_of_buffer=5)))
    store.write_findings(host_findings("web1", run="r7"))
    store.write_document("copied", host_document())
    hosts, skipped = again(store)
    assert skipped == {}
    assert {name: (found["verdict"], found["run"]) for name, found in hosts.items()} == {
        "web1": ("losing", "r7"),
        "copied": ("clean", None),
    }
    assert hosts["web1"]["taken_at"] == "2026-01-01T00:00:00Z"
    assert store.findings("web1") == hosts["web1"] and store.findings("copied") == hosts["copied"]


def test_a_host_that_could_not_be_read_last_is_not_what_it_was_before(store):
    store.write_document("web1", of_run("r1", lossy(rx_out_of_buffer=5)))
    store.write_findings(unread_host("web1", run="r2"))
    hosts, skipped = again(store)
    assert (hosts["web1"]["verdict"], hosts["web1"]["run"]) == ("unknown", "r2")
    assert skipped == {}


@pytest.mark.parametrize("document", [{"schema_version": 2}, {"x": 1}])
def test_a_foreign_document_is_named_and_its_findings_stay(store, document):
    store.write_document("web1", document)
    store.write_findings(host_findings("web1", "losing", finding()))
    store.write_document("web2", document)
    hosts, skipped = again(store)
    assert set(skipped) == {"hosts/web1.json", "hosts/web2.json"}
    assert set(skipped.values()) == {"this is no host document of version 1"}
    assert {name: found["verdict"] for name, found in hosts.items()} == {"web1": "losing"}


def test_findings_without_their_document_stay(store):
    store.write_findings(host_findings("web1", "losing", finding()))
    hosts, skipped = again(store)
    assert hosts["web1"] == host_findings("web1", "losing", finding()) and skipped == {}
