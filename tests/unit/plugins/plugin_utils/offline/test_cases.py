# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cases of people who lost packets, tests/cases: what was captured is diagnosed as it was, or better.

CONTRIBUTING.md says how to add one.
"""

import json
import pathlib

import jsonschema
import pytest
import yaml
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.diagnosing import diagnosed
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.places import places
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.reading import Reader
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.store import Store
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.diagnosis import load_rules
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.limits import limits

REPOSITORY = pathlib.Path(__file__).resolve().parents[5]
CASES = sorted((REPOSITORY / "tests" / "cases").iterdir())

#: Of case.yml, and what each is.
REQUIRED = {"source", "made", "driver", "kernel", "people_said", "verdict", "findings", "first_action"}
OPTIONAL = {"info", "history"}


def schema(name, definition=None):
    """A schema of docs/, or one of its definitions."""
    whole = json.loads((REPOSITORY / "docs" / name).read_text(encoding="utf-8"))
    return {"$ref": f"#/$defs/{definition}", "$defs": whole["$defs"]} if definition else whole


def diagnosis(folder, tmp_path):
    """``(document, entry)`` of a case, as the playbook diagnose keeps them."""
    store = Store(tmp_path)
    (entry,) = diagnosed(store, "run", Reader(), places(str(folder / "captured")), load_rules(), limits())
    document = json.loads(store.document_path(entry["host"]).read_text(encoding="utf-8"))
    return document, entry


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_case(tmp_path, folder):
    case = yaml.safe_load((folder / "case.yml").read_text(encoding="utf-8"))
    assert REQUIRED <= case.keys() <= REQUIRED | OPTIONAL
    document, found = diagnosis(folder, tmp_path)
    jsonschema.validate(document, schema("host-document.schema.json"))
    jsonschema.validate(found, schema("audit.schema.json", "host_findings"))
    assert found["error"] is None
    assert found["captured"]["problems"] == []
    assert [gap for gap in document["unavailable"] if gap["reason"] in ("malformed", "vanished")] == []
    assert document["meta"]["kernel"]["release"].startswith(case["kernel"])
    if case["driver"]:
        assert case["driver"] in [(nic.get("driver") or {}).get("name") for nic in document["nics"].values()]

    told = [finding["id"] for finding in found["findings"] if finding["severity"] != "info"]
    assert told == case["findings"]
    informing = {finding["id"] for finding in found["findings"] if finding["severity"] == "info"}
    assert informing == set(case.get("info", []))
    assert found["verdict"] == case["verdict"]
    actions = found["findings"][0]["actions"] if found["findings"] else []
    first = (actions[0]["command"] or actions[0]["text"]) if actions else None
    assert first == case["first_action"]
    for words in case.get("history", []):
        assert words in found["findings"][0]["history"]


def test_cases_are_of_different_layers(tmp_path):
    layers = set()
    for folder in CASES:
        layers |= {finding["layer"] for finding in diagnosis(folder, tmp_path / folder.name)[1]["findings"]}
    assert len(layers) >= 6
