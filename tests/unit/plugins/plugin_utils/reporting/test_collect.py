# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.collect import of_this_run
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.store import Skipped, Store
from ansible_collections.linuxnet.packetloss.tests.unit.findings import finding, host_findings


@pytest.fixture(name="store")
def store_fixture(tmp_path):
    store = Store(str(tmp_path))
    store.prepare()
    return store


def of(store, run, **said):
    return list(of_this_run(store, run, said, lambda host: said[host]))


def test_what_an_earlier_run_left_is_not_taken_for_this_one(store):
    store.write_findings(host_findings("read", "losing", finding(), run="now"))
    store.write_findings(host_findings("gone", "losing", finding(), run="before"))
    read, gone = of(store, "now", read={}, gone={"unreachable": True, "msg": "no route to host"})
    assert read["findings"] and read["verdict"] == "losing"
    assert (gone["verdict"], gone["findings"], gone["unreachable"]) == ("unknown", [], True)
    assert gone["error"] == "unreachable: no route to host"
    # And the store says so from now on.
    assert store.findings("gone") == gone


@pytest.mark.parametrize(
    "said, error",
    [
        ({"failed": True, "msg": "boom"}, "boom"),
        ({}, "the audit did not run on this host: see its message above"),
        ({"msg": None}, "the audit did not run on this host: see its message above"),
    ],
)
def test_a_host_without_findings_is_unknown_and_says_why(store, said, error):
    (found,) = of(store, "now", odd=said)
    assert (found["verdict"], found["error"], found["run"]) == ("unknown", error, "now")
    assert store.findings("odd") == found


def test_a_host_that_was_skipped_is_left_out(store):
    assert of(store, "now", off={"skipped": True, "changed": False}) == []
    assert store.findings("off") is None


def test_damaged_findings_are_named_and_the_host_is_unknown(store):
    store.findings_path("web1").write_text("{")
    skipped, found = of(store, "now", web1={})
    assert isinstance(skipped, Skipped) and skipped.file == "hosts/web1.findings.json"
    assert found["verdict"] == "unknown"


def test_without_a_run_of_its_own_a_report_is_of_what_is_there(store):
    store.write_findings(host_findings("web1", "losing", finding(), run="before"))
    found, new = of(store, None, web1={}, web2={})
    assert found["run"] == "before"
    assert new["error"] == "it was never audited: there is nothing of it in this folder"
    assert store.findings("web2") is None
