# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From captures to the store and the report, as an audit leaves them."""

import json

import jsonschema
import pytest
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils import diagnosing
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.judged import diagnosed_again
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.places import places
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.reading import Reader
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.gate import Tolerance
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.progress import Progress
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.reported import reported
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.shapes import HOST, wrong
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.store import Skipped, Store
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.words import markdown
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.diagnosis import load_rules
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.limits import limits
from ansible_collections.linuxnet.packetloss.tests.unit import sosreports
from ansible_collections.linuxnet.packetloss.tests.unit.findings import OF_A_HOST, SCHEMA
from ansible_collections.linuxnet.packetloss.tests.unit.plugins.plugin_utils.offline import sar_files
from ansible_collections.linuxnet.packetloss.tests.unit.sosreports import BOOTED

RULES = load_rules()


@pytest.fixture(name="store")
def store_fixture(tmp_path):
    store = Store(str(tmp_path / "report"))
    store.prepare()
    return store


def diagnosed(store, *paths, progress=None):
    found = diagnosing.diagnosed(store, "r1", Reader(), places(list(map(str, paths))), RULES, limits(), progress)
    return {one["host"]: one for one in found if not isinstance(one, Skipped)}, [
        one for one in found if isinstance(one, Skipped)
    ]


def test_a_capture_leaves_what_an_audit_leaves(store, tmp_path):
    found, skipped = diagnosed(store, sosreports.archive(tmp_path / "a.tar.xz", dropped=2500))
    host = found["web1"]
    assert (host["verdict"], host["basis"], host["run"], skipped) == ("lost_before", "boot", "r1", [])
    backlog = next(finding for finding in host["findings"] if finding["rule"] == "R6")
    assert (backlog["lost"], backlog["since"]) == (10000, "since boot, 60 minutes")
    assert "ethtool -x eth0" in host["captured"]["next_time"]
    assert wrong(host, HOST) is None
    jsonschema.validate(host, OF_A_HOST)
    assert store.findings("web1") == json.loads(json.dumps(host))
    assert store.document("web1")["meta"]["run"] == "r1"
    audit, files = reported(store, found.values(), Tolerance(), "r1")
    jsonschema.validate(audit, SCHEMA)
    assert audit["verdicts"]["lost_before"] == 1
    assert "10,000 packets lost" in files[1].read_text()
    # Later, by the rules of that day.
    (again,) = diagnosed_again(store, RULES, limits())
    assert again == host


def test_of_a_series_the_newest_is_the_host(store, tmp_path):
    paths = [
        sosreports.archive(tmp_path / f"{hour}.tar.xz", dropped=dropped, taken=BOOTED + 3600 * hour)
        for hour, dropped in ((1, 5), (2, 900), (3, 900))
    ]
    found, _skipped = diagnosed(store, *paths)
    assert {name: (one["verdict"], one["basis"]) for name, one in found.items()} == {
        "web1 2023-11-15T00:13:20Z": ("losing", "interval"),
        "web1": (found["web1"]["verdict"], "interval"),
    }
    assert "R6" not in {finding["rule"] for finding in found["web1"]["findings"]}


def test_what_could_not_be_read_is_told_beside_the_hosts(store, tmp_path):
    text = tmp_path / "mail.txt"
    text.write_text("see attachment")
    found, skipped = diagnosed(store, text, sosreports.archive(tmp_path / "a.tar.xz"))
    assert list(found) == ["web1"]
    assert [one.file for one in skipped] == [str(text)]


def test_a_name_is_never_a_path_and_never_a_template(store, tmp_path):
    evil = "../../{{ lookup('pipe','id') }}"
    found, _skipped = diagnosed(store, sosreports.archive(tmp_path / "a.tar.xz", name=evil))
    assert len(found) == 1
    assert {path.parent for path in store.folder.rglob("*.json")} == {store.folder / "hosts"}


def test_what_sar_kept_goes_into_the_findings_and_its_faults_cost_nothing_else(store, tmp_path, monkeypatch):
    records = [(BOOTED + 600 * number, 600, {"dropd": "2.50" if number > 3 else "0.00"}) for number in range(1, 7)]
    kept = {"sos_commands__sar__sa14.xml": sar_files.xml(records)}
    path = sosreports.archive(tmp_path / "a.tar.xz", dropped=2500, **kept)
    found, _skipped = diagnosed(store, path)
    host = found["web1"]
    backlog = next(finding for finding in host["findings"] if finding["rule"] == "R6")
    assert backlog["history"].startswith("By sar, ")
    jsonschema.validate(host, OF_A_HOST)
    assert wrong(host, HOST) is None
    page = reported(store, found.values(), Tolerance(), "r1")[1][1].read_text()
    assert (
        markdown(backlog["history"]) in page and f"History that sar kept: {markdown(host['history']['when'])}" in page
    )

    monkeypatch.setattr(diagnosing, "history_of", lambda _captured: 1 / 0)
    found, _skipped = diagnosed(store, path)
    assert found["web1"]["verdict"] == "lost_before" and found["web1"]["history"] is None
    assert found["web1"]["captured"]["problems"] == [
        "what sar kept in it could not be read: ZeroDivisionError: division by zero"
    ]


def test_progress_tells_how_far_it_is_and_what_was_found():
    now, said = [0.0], []
    progress = Progress(1000, True, said.append, lambda: now[0])
    for place in range(1, 1001):
        now[0] += 0.25
        progress.host(f"web{place}", "unknown" if place % 2 else "lost_before")
        progress.done(place)
    assert said[0] == "8 of 1,000 captures read: 4 lost before, 4 unknown; about 248 s left"
    assert len(said) == 124
    # A log gets fewer, and a few captures none at all.
    now, elsewhere = [0.0], []
    progress = Progress(1000, False, elsewhere.append, lambda: now[0])
    for place in range(1, 1001):
        now[0] += 0.25
        progress.done(place)
    assert len(elsewhere) == 8 and elsewhere[0].startswith("120 of 1,000 captures read: no host; about")


def test_progress_is_told_while_captures_are_read(store, tmp_path):
    said = []
    paths = [sosreports.archive(tmp_path / f"{name}.tar.xz", name=name) for name in ("web1", "web2", "web3")]
    clock = iter(range(0, 1000, 60))
    diagnosed(store, *paths, progress=Progress(3, True, said.append, lambda: next(clock)))
    assert [line.partition(";")[0] for line in said] == [
        "1 of 3 captures read: 1 lost before",
        "2 of 3 captures read: 2 lost before",
    ]
