# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rule files: the built-in ones are whole, a site's own are taken, a broken one is told with its line."""

import dataclasses
import re

import pytest
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.diagnosis import (
    MEASURED,
    MEASURED_OF_NIC,
    RuleError,
    load_rules,
)
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.expressions import Expression, Text, shown
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.loader import LAYERS
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.sentences import CONFLICTS
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals.glossary import SIGNALS
from ansible_collections.linuxnet.packetloss.tests.unit.documents import host_document, lossy
from ansible_collections.linuxnet.packetloss.tests.unit.judging import diagnose

RULES = {rule.id: rule for rule in load_rules()}

GOOD = """\
- id: SITE1
  title: The ring is smaller than we agreed
  layer: ring
  severity: risk
  for_each: signals.nics
  of: it.rx_packets
  when: it.ring_rx < `4096`
  cause: Somebody forgot {it.name}.
"""


@pytest.fixture
def site(tmp_path):
    """``site(text)`` is a folder with that text as its only rule file."""

    def make(text, name="site.yml"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path

    return make


# --- the built-in rules -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", RULES)
def test_a_built_in_rule_tells_all_that_a_reader_needs(rule):
    found = RULES[rule]
    assert found.title and found.explain and found.evidence and found.actions and found.cautions and found.sources
    assert len(found.title) <= 70 and not found.title.endswith(".")
    assert 1 <= len(re.findall(r"[.:](?:\s|$)", found.explain)) <= 6


def expressions(part):
    """``(part of the signals that "it" is of, text)`` of every expression and text in a rule, an action, a case..."""

    def walk(node, part):
        if isinstance(node, (Expression, Text)):
            yield part, node.text
        elif dataclasses.is_dataclass(node):
            each = getattr(node, "for_each", None)
            part = each.text.removeprefix("signals.").partition("[")[0] if each else part
            for field in dataclasses.fields(node):
                yield from walk(getattr(node, field.name), part)
        elif isinstance(node, dict):
            yield from walk(list(node.values()), part)
        elif isinstance(node, (list, tuple)):
            for item in node:
                yield from walk(item, part)

    return list(walk(part, None))


def signals_looked_at(rule):
    """``{(part, signal)}`` that a rule names, in the filters of its lists too."""
    found = set()
    for part, text in expressions(rule):
        found |= {(part if root == "it" else "host", name) for root, name in re.findall(r"\b(it|host)\.(\w+)", text)}
        found |= set(re.findall(r"signals\.(\w+)\.(\w+)", text)) - {("virtual", "taps")}
        for of, condition in re.findall(r"signals\.([\w.]+)\[\?(.*)\]", text):
            found |= {(of, name) for name in re.findall(r"(?<!['.\w])([a-z]\w*)\b(?!\()(?!')", condition)}
    return found


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_looks_only_at_signals_that_exist(rule):
    for part, signal in signals_looked_at(RULES[rule]):
        assert signal in SIGNALS[part], f"{rule}: {part}.{signal}"


def test_a_signal_that_no_rule_uses_is_none():
    """What neither a rule nor the list of what was measured looks at only costs time."""
    used = set().union(*(signals_looked_at(rule) for rule in RULES.values()))
    used |= {tuple(path.rsplit(".", 1)) for _what, _unit, path in MEASURED}
    used |= {("nics", key) for _what, _unit, key in MEASURED_OF_NIC}
    for conflict in CONFLICTS.values():
        words = conflict.when + conflict.text
        used |= {("nics" if root == "it" else "host", name) for root, name in re.findall(r"\b(it|host)\.(\w+)", words)}
    unused = {(part, name) for part, names in SIGNALS.items() for name in names} - used
    # The name of a thing is the name of its finding, the next value of a sysctl is found by its name.
    assert {each for each in unused if each[1] != "name"} == {("next", "NAME")}


def test_the_rules_of_one_layer_are_in_one_file():
    for rule in RULES.values():
        assert rule.place.rpartition("/")[2].startswith(f"{rule.layer}.yml:")


def test_every_layer_of_the_path_has_a_rule():
    assert {rule.layer for rule in RULES.values()} == set(LAYERS)


# --- a site's own -------------------------------------------------------------------------------------------------


def test_a_site_adds_a_rule(site):
    rules = load_rules([site(GOOD)])
    assert len(rules) == len(RULES) + 1
    (found,) = diagnose(host_document(), rules)["findings"]
    assert (found["id"], found["subject"]["name"], found["cause"]) == (
        "SITE1:nic:eth0",
        "eth0",
        "Somebody forgot eth0.",
    )
    assert (found["confidence"], found["actions"], found["rate"]) == ("medium", [], None)


def test_a_site_replaces_a_rule(site):
    rules = load_rules([site(GOOD.replace("SITE1\n", "R4\n  replaces: R4\n"))])
    assert len(rules) == len(RULES)
    assert "R4" in {found["rule"] for found in diagnose(host_document(), rules)["findings"]}


def test_a_site_switches_a_rule_off(site):
    rules = load_rules([site("- id: R4\n  replaces: R4\n  enabled: false\n")])
    assert {rule.id for rule in rules} == set(RULES) - {"R4"}
    assert diagnose(lossy(rx_out_of_buffer=5), rules)["verdict"] == "clean"


def test_later_folders_may_replace_what_earlier_ones_added(tmp_path):
    for number in (1, 2):
        (tmp_path / str(number)).mkdir()
    (tmp_path / "1" / "a.yml").write_text(GOOD)
    (tmp_path / "2" / "a.yaml").write_text(GOOD.replace("SITE1\n", "SITE2\n  replaces: SITE1\n"))
    ids = [rule.id for rule in load_rules([tmp_path / "1", str(tmp_path / "2")])]
    assert "SITE2" in ids and "SITE1" not in ids


BROKEN = [
    ("no YAML", GOOD + "- id: [x\n  title: y\n", 10, "no YAML"),
    ("a tab", "- id: X\n\ttitle: x\n", 2, "no YAML"),
    ("an unknown tag", GOOD.replace("cause: ", "cause: !secret "), 8, "expected text"),
    ("nothing", "---\n", 1, "expected a list of rules"),
    ("no list", "id: X\n", 1, "rules: expected a list, found a mapping"),
    ("no mapping", "- X\n", 1, "rule: expected a mapping, found 'X'"),
    (
        "an unknown key",
        GOOD + "  remedy: none\n",
        9,
        "unknown key 'remedy', expected one of id, title, title_of_average, basis, layer",
    ),
    ("a key twice", GOOD + "  title: again\n", 9, "the key 'title' is there twice"),
    ("a missing key", GOOD.replace("  cause: Somebody forgot {it.name}.\n", ""), 1, "the key 'cause' is missing"),
    ("an unknown layer", GOOD.replace("ring\n", "rings\n"), 3, "expected one of link, nic, ring"),
    ("an unknown severity", GOOD.replace("risk", "fatal"), 4, "expected one of loss, risk, info, found 'fatal'"),
    ("an unknown confidence", GOOD + "  confidence: sure\n", 9, "expected one of high, medium, low"),
    ("bad JMESPath", GOOD.replace("< `4096`", "< < `4096`"), 7, "no JMESPath expression"),
    ("an unclosed literal", GOOD.replace("`4096`", "`4096"), 7, "no JMESPath expression"),
    ("an unknown function", GOOD.replace("it.ring_rx <", "size(it.ring_rx) <"), 7, "no function size()"),
    ("an unknown name", GOOD.replace("it.ring_rx", "nic.ring_rx"), 7, "'nic' is not there"),
    (
        "a number in place of an expression",
        GOOD.replace("it.ring_rx < `4096`", "4096"),
        7,
        "expected text, found '4096'",
    ),
    ("an empty text", GOOD.replace("The ring is smaller than we agreed", ""), 2, "expected text, found nothing"),
    ("a template", GOOD.replace("{it.name}", "{{ it.name }}"), 8, "a text is no template"),
    ("an unknown name in a text", GOOD.replace("{it.name}", "{name}"), 8, "'name' is not there"),
    ("a text in place of a list", GOOD + "  actions: none\n", 9, "actions: expected a list, found 'none'"),
    ("evidence without a value", GOOD + "  evidence:\n    - what: ring\n", 10, "the key 'value' is missing"),
    ("an old remedy", GOOD + "  remedies: [Read]\n", 9, "unknown key 'remedies', expected one of id, title"),
    ("advice without a text", GOOD + "  actions:\n    - command: reboot\n", 10, "the key 'text' is missing"),
    ("an action without a knob", GOOD + "  actions:\n    - when: it.xdp\n", 10, "the key 'knob' is missing"),
    (
        "an unknown knob",
        GOOD + "  actions:\n    - knob: qdisc\n      direction: up\n      set: it.a\n",
        10,
        "knob: expected one of ring, channels, coalesce",
    ),
    (
        "a direction that a knob has not",
        GOOD + "  actions:\n    - knob: ring\n      direction: spread\n      set: it.a\n",
        11,
        "direction: expected one of up, down, found 'spread'",
    ),
    (
        "a circumstance that has no words",
        GOOD + "  actions:\n    - {knob: ring, direction: up, set: it.a, only: sundays}\n",
        10,
        "only: expected one of bursts",
    ),
    (
        "evidence without a key",
        GOOD + "  evidence:\n    - what: x\n      value: length(it.cpus)\n",
        10,
        "the value is no plain path, so the evidence needs a 'key' of its own",
    ),
    (
        "a key of evidence twice",
        GOOD + "  evidence:\n    - {what: x, value: it.mtu}\n    - {what: y, value: it.mtu}\n",
        11,
        "the key 'mtu' is there twice",
    ),
    ("a rate without a unit", GOOD + "  rate:\n    value: it.mtu\n", 10, "the key 'unit' is missing"),
    (
        "cases without a rest",
        GOOD.replace("severity: risk", "severity:\n    - when: it.xdp\n      severity: risk"),
        5,
        "the last of the cases must have no 'when'",
    ),
    (
        "a case in the middle without a condition",
        GOOD.replace("severity: risk", "severity:\n    - severity: risk\n    - severity: info"),
        5,
        "only the last of the cases may have no 'when'",
    ),
    ("an id that is taken", GOOD.replace("SITE1", "R7"), 1, "choose another, or say 'replaces: R7'"),
    ("an id that is there twice", GOOD + GOOD, 9, "'SITE1' is that of the rule at"),
    ("a replacement of nothing", GOOD + "  replaces: R99\n", 1, "there is no rule 'R99' before this one"),
    ("switched on by a word", GOOD + "  enabled: maybe\n", 9, "enabled: expected true or false, found 'maybe'"),
    ("switching off what is not named", "- id: X\n  enabled: false\n", 1, "the key 'replaces' is missing"),
]


@pytest.mark.parametrize(("text", "line", "message"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_a_broken_file_is_told_with_its_line_and_what_was_expected(site, text, line, message):
    folder = site(text)
    with pytest.raises(RuleError) as error:
        load_rules([folder])
    place = re.match(rf"{re.escape(str(folder))}/site\.yml:(\d+): ", str(error.value))
    assert place, error.value
    assert int(place[1]) == line, error.value
    assert message in str(error.value)


def test_a_folder_that_is_not_there_and_one_without_rules(tmp_path):
    with pytest.raises(RuleError, match="expected a folder of rule files: No such file"):
        load_rules([tmp_path / "nowhere"])
    with pytest.raises(RuleError, match=r"found no \*\.yml"):
        load_rules([tmp_path])


def test_a_file_that_is_no_text(tmp_path):
    (tmp_path / "x.yml").write_bytes(b"- id: \xff\n")
    with pytest.raises(RuleError, match="expected UTF-8"):
        load_rules([tmp_path])


def test_a_file_that_cannot_be_read(tmp_path):
    (tmp_path / "x.yml").mkdir()
    with pytest.raises(RuleError, match=r"x\.yml: cannot be read: Is a directory"):
        load_rules([tmp_path])


# --- expressions and texts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "judgement"),
    [
        ("it.a > `0`", True),
        ("it.a > `5`", False),
        ("it.none > `0`", None),
        ("it.word > `0`", None),
        ("it.a", None),
        ("it.none > `0` && it.a > `5`", False),
        ("it.none > `0` && it.a > `0`", None),
        ("it.a > `0` || it.none > `0`", True),
        ("it.a > `5` || it.none > `0`", None),
        ("!(it.none > `0`)", None),
        ("!(it.a > `5`)", True),
        ("length(it.none) > `0`", None),
        ("it.none == `null`", True),
    ],
)
def test_a_missing_value_is_neither_true_nor_false(text, judgement):
    assert Expression(text).judge({"it": {"a": 1, "word": "x", "none": None}}) is judgement


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "(unknown)"),
        (True, "yes"),
        (1024, "1024"),
        (0.123456789, "0.123457"),
        ([0, 1, 2, 8], "0-2,8"),
        (["a", "b c"], "a, 'b c'"),
        ("eth0", "eth0"),
        ("a;reboot", "'a;reboot'"),
        ("a\x1b[2Jb\n", "'a?[2Jb?'"),
        ("x" * 500, "x" * 200),
    ],
)
def test_a_value_in_a_text(value, text):
    assert shown(value) == text


def test_the_page_of_the_rules_is_up_to_date():
    import pathlib
    import subprocess
    import sys

    script = pathlib.Path(__file__).resolve().parents[5] / "scripts" / "rules_doc.py"
    done = subprocess.run([sys.executable, str(script), "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
