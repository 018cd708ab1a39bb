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
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.captured import read_captured
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.judged import judged
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline import sar
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.host import captured_host, captures_of
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.diagnosis import load_rules
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.limits import limits

REPOSITORY = pathlib.Path(__file__).resolve().parents[5]
CASES = REPOSITORY / "tests" / "cases"
SCHEMA = json.loads((REPOSITORY / "docs" / "host-document.schema.json").read_text(encoding="utf-8"))

#: Of case.yml, and what each is.
REQUIRED = {"source", "made", "driver", "kernel", "people_said", "verdict", "findings", "first_action"}
OPTIONAL = {"info", "history"}


def diagnosed(folder):
    """``(document, what is judged, history)`` of a case."""
    captures = sorted(captures_of(str(folder / "captured")), key=lambda captured: captured.taken or 0)
    assert [captured.problems for captured in captures] == [[]] * len(captures)
    document = read_captured([captured_host(captured) for captured in captures], (), ())[-1]
    return document, judged(document, load_rules(), limits()), sar.history_of(captures[-1])


@pytest.mark.parametrize("folder", sorted(CASES.iterdir()), ids=lambda folder: folder.name)
def test_case(folder):
    case = yaml.safe_load((folder / "case.yml").read_text(encoding="utf-8"))
    assert REQUIRED <= case.keys() <= REQUIRED | OPTIONAL
    document, found, history = diagnosed(folder)
    jsonschema.validate(document, SCHEMA)
    assert found["error"] is None
    assert [gap for gap in document["unavailable"] if gap["reason"] in ("malformed", "vanished")] == []
    assert document["meta"]["kernel"]["release"].startswith(case["kernel"])
    if case["driver"]:
        assert case["driver"] in [(nic.get("driver") or {}).get("name") for nic in document["nics"].values()]

    losses = [finding for finding in found["findings"] if finding["severity"] != "info"]
    assert [finding["id"] for finding in losses] == case["findings"]
    informing = {finding["id"] for finding in found["findings"] if finding["severity"] == "info"}
    assert informing == set(case.get("info", []))
    assert found["verdict"] == case["verdict"]
    actions = found["findings"][0]["actions"] if found["findings"] else []
    first = (actions[0]["command"] or actions[0]["text"]) if actions else None
    assert first == case["first_action"]
    for words in case.get("history", []):
        assert any(words in sentence for sentence in history["sentences"])


def test_cases_are_of_different_layers():
    layers = {finding["layer"] for folder in CASES.iterdir() for finding in diagnosed(folder)[1]["findings"]}
    assert len(layers) >= 6
