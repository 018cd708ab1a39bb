# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes ``docs/rules.md`` from the rules themselves; with ``--check`` it writes nothing and fails when the page is not
what it would write.
"""

import argparse
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
PAGE = REPOSITORY / "docs" / "rules.md"
sys.path.insert(0, str(REPOSITORY / ".venv" / "collections"))

from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.actions import ADVICE  # noqa: E402
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.limits import built_in  # noqa: E402
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.loader import ANY, LAYERS, load_rules  # noqa: E402
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.sentences import (  # noqa: E402
    CONFLICTS,
    KNOBS,
    LEADS,
    WHEN,
)
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals.glossary import (  # noqa: E402
    SIGNALS,
    SUBJECTS,
)

#: What the layers are called, in the order of the path.
LAYER_TITLES = {
    "link": "Link",
    "nic": "NIC",
    "ring": "Receive ring",
    "driver": "Driver",
    "napi": "NAPI",
    "backlog": "Backlog",
    "l2": "Layer 2",
    "qdisc": "Queue disciplines",
    "netfilter": "Netfilter",
    "ip": "IP",
    "neighbour": "Neighbours",
    "tcp": "TCP",
    "udp": "UDP",
    "socket": "Sockets",
    "tx": "Transmission",
    "virtual": "Virtualisation",
}

SEVERITY_TEXTS = {
    "loss": "loss: packets are lost here",
    "risk": "risk: nothing is lost here yet, or not for certain",
    "info": "info: not loss",
}

BASIS_TEXTS = {"interval": "two readings", "short_interval": "two readings within an hour"}

INTRODUCTION = """\
<!-- Written by scripts/rules_doc.py from plugins/plugin_utils/rules/layers/*.yml: change it there. -->
# Rules

What the audit can find, in the order of a packet's way. Numbers are those of the interval, never totals since boot. A
packet is counted at one place only, and what is no loss says so.

A host is *losing* with any loss, else *at risk* with any risk. Else it is *unknown* where something essential could not
be read, and *clean* where all of it was.

Where a host is [diagnosed from files](diagnosing-files.md) that were captured once, all numbers are those since boot.
Then a loss makes it *lost before*, no host is losing and none is clean, the confidence is low, and rules that need an
interval are not judged. An interval of more than an hour is such an average too, by which nothing can be said of
bursts, of a CPU's time and of `time_squeeze`.

A rule whose numbers are missing is listed as not judged: a missing number is neither a finding nor a pass. Words in
braces, such as `{it.name}`, are filled with the host's own values, thresholds are [limits](#limits) with a name.

Findings of the same rule about the same thing are one, with a count: the queueing disciplines of the queues of a NIC,
for example. Its id (`R4:nic:eth0`) is the same in every run. `because_of` names the findings that explain it.

"""

OWN_RULES = """\
## Rules of your own

Put files `*.yml` into a folder and name it in `packetloss_rules_dirs`. A file is a list of rules:

```yaml
- id: SITE1
  title: Our storage network must not use half its receive ring
  layer: ring
  severity: risk
  for_each: signals.nics[?starts_with(name, 'stor')]
  when: it.ring_rx < `4096`
  evidence:
    - what: receive ring
      value: it.ring_rx
      unit: descriptors
  cause: The ring of {it.name} is smaller than we agreed.
  actions:
    - knob: ring
      direction: up
      set:
        rx: "`4096`"
    - text: Ask the storage team

- id: R11
  replaces: R11
  enabled: false
```

| key | holds |
|---|---|
| `id` | a name of your choice; one that is taken needs `replaces` |
| `title` | the symptom in one line |
| `title_of_average` | the symptom where the numbers are those since boot, or of hours: nothing of bursts |
| `basis` | `any` (default), `interval` (two readings are needed) or `short_interval` (two within an hour) |
| `layer` | one of %(layers)s |
| `severity` | `loss`, `risk` or `info`; or a list of `{when, severity}` of which the first that is true holds |
| `for_each` | the list of what the rule is asked about, each item as `it`; or one object |
| `subject` | the name of what the finding is about, where it is not `it.name`; findings of one name are told as one |
| `when` | the symptom; must be true or false |
| `lost` | packets lost at this place; must not repeat those of another rule |
| `of` | packets that passed the place in the interval, for `packetloss_tolerance` |
| `rate` | `{value, unit}` if it is not packets lost per second |
| `evidence` | list of `{what, value, unit, key}`; with the unit `%%` a share is in percent; `key`: for programs |
| `cause` | text; or a list of `{when, cause}` of which the first that is true holds |
| `because_of` | the ids of rules whose findings, about the same thing or the whole host, explain this one |
| `actions` | what would help, the first thing to try first: see [Actions](#actions) |
| `cautions` | a list of texts, or of `{when, text}` that are shown where `when` is true |
| `confidence` | `high`, `medium` (default) or `low`; or a list of `{when, confidence}` |
| `sources`, `explain` | where it is from, and more words for this page |
| `replaces` | the id of a rule that this one takes the place of |
| `enabled` | `false`, with `id` and `replaces`, only removes that rule |

`id`, `title`, `layer`, `severity`, `when` and `cause` are required; a rule without `for_each` is asked once.

Expressions are [JMESPath](https://jmespath.org) over `it` (the subject), `host` (the same as `signals.host`), `signals`
(all signals, below), `limits` and `doc` (the [host document](host-document.schema.json)). Numbers stand between
backticks. A comparison with a missing value is neither true nor false: `false && missing` is false, `true && missing`
cannot be judged.

In `what`, `cause`, `text`, `command` and `cautions` an expression in braces is replaced by its value. Nothing else is:
there are no templates, for what a host says ends up in these texts.

## Actions

An action is data that a program can apply: `{when, for_each, knob, direction, set, only}`. Its sentence and its command
are made from it. `set` maps what is set to expressions, or is one expression that gives such a mapping; for `sysctl` it
may be a list of names, each set to its next value (`signals.next`). An action with a value that is not known is left
out. With `for_each` it is made for each NIC of a list. A text, or `{when, text, command}`, is advice for a person.

"""


def rule_section(rule):
    """The section of one rule."""
    lines = [f"### {rule.id}: {rule.title}", "", rule.explain, ""]
    lines += cases("Severity", rule.severity, lambda value: SEVERITY_TEXTS[value])
    if rule.basis != ANY:
        lines.append(f"* **Needs**: {BASIS_TEXTS[rule.basis]}")
    if rule.for_each:
        lines.append(f"* **Asked for each of**: {code(rule.for_each)}")
    lines.append(f"* **Symptom**: {code(rule.when)}")
    if rule.lost:
        lines.append(f"* **Packets lost**: {code(rule.lost)}")
    lines += cases("Cause", rule.cause, lambda value: value.text)
    lines += cases("Confidence", rule.confidence, str)
    lines += bullets("Evidence", [evidence_text(item) for item in rule.evidence])
    lines += bullets("Because of", [", ".join(rule.because_of)] if rule.because_of else [])
    lines += bullets("Actions", [action_text(action) for action in rule.actions])
    lines += bullets("Cautions", [advice_text(case) for case in rule.cautions])
    lines += bullets("Sources", rule.sources)
    return "\n".join(lines) + "\n\n"


def code(expression):
    """An expression as code: JMESPath has backticks of its own."""
    return f"`` {expression.text} ``" if "`" in expression.text else f"`{expression.text}`"


def cases(title, found, text_of):
    """A value, or its cases with their conditions."""
    if len(found) == 1:
        return [f"* **{title}**: {text_of(found[0].value)}"]
    texts = [
        f"{text_of(case.value)} (if {code(case.when)})" if case.when else f"else: {text_of(case.value)}"
        for case in found
    ]
    return bullets(title, texts)


def bullets(title, texts):
    """A list below a title; nothing where there is none."""
    return [f"* **{title}**:", *(f"  * {text}" for text in texts)] if texts else []


def evidence_text(item):
    return f"{item.what.text}{f', {item.unit}' if item.unit else ''}: {code(item.value)}"


def advice_text(case):
    return f"{case.value.text} (if {code(case.when)})" if case.when else case.value.text


def action_text(action):
    """An action as a reader of the rules sees it: how its sentence begins, and what is set."""
    if action.knob == ADVICE:
        command = f": `{action.command.text}`" if action.command else ""
        return f"{action.text.text}{command}{condition(action)}"
    if isinstance(action.set, dict):
        told = ", ".join(f"{key} to {code(expression)}" for key, expression in action.set.items())
    elif isinstance(action.set, tuple):
        told = ", ".join(f"`{name.text}`" for name in action.set) + " to their next values"
    else:
        told = code(action.set)
    only = f"; {WHEN[action.only]}" if action.only else ""
    return f"{LEADS[action.knob, action.direction]}: set {action.knob}: {told}{only}{condition(action)}"


def condition(action):
    """When an action is there, and for which NICs."""
    told = [f"for each of {code(action.for_each)}"] if action.for_each else []
    told += [f"if {code(action.when)}"] if action.when else []
    return f" ({', '.join(told)})" if told else ""


def vocabulary():
    """The tables of the knobs, the circumstances, the conflicts and the limits."""
    lines = ["| knob | direction | how its sentence begins |", "|---|---|---|"]
    lines += [f"| `{knob}` | `{direction}` | {LEADS[knob, direction]} |" for knob in KNOBS for direction in KNOBS[knob]]
    lines += ["", "| `only` | what the sentence adds |", "|---|---|"]
    lines += [f"| `{name}` | {text} |" for name, text in WHEN.items()]
    lines += ["", "Who or what stands against an action is found by itself:", ""]
    lines += ["| conflict | with | where | what the sentence adds |", "|---|---|---|---|"]
    for name, conflict in CONFLICTS.items():
        knobs = ", ".join(f"`{knob}`" for knob in conflict.knobs)
        lines.append(f"| `{name}` | {knobs} | `` {conflict.when} `` | {conflict.text} |")
    lines += ["", "## Limits", "", "Set your own by `packetloss_limits: {cpu_saturated: 0.8}`.", ""]
    lines += ["| limit | value | unit | meaning | where it is from |", "|---|---|---|---|---|"]
    for name, limit in built_in().items():
        lines.append(f"| `{name}` | {limit.value:g} | {limit.unit} | {limit.meaning} | {limit.why} |")
    lines += ["", "## Signals", "", "Shares and ratios are 0 to 1. A signal whose inputs are missing is null, never 0."]
    return "\n".join(lines) + "\n"


def signal_tables():
    """One table for each part of the signals."""
    lines = []
    for part, meanings in SIGNALS.items():
        lines += ["", f"### signals.{part}", ""]
        if part in SUBJECTS:
            lines += ["A list; each item has:", ""]
        lines += ["| signal | meaning |", "|---|---|"]
        lines += [f"| `{name}` | {meaning} |" for name, meaning in meanings.items()]
    return "\n".join(lines) + "\n"


def page():
    """The whole page."""
    rules = load_rules()
    text = INTRODUCTION
    for layer in LAYERS:
        found = [rule for rule in rules if rule.layer == layer]
        text += f"* {LAYER_TITLES[layer]}: {', '.join(link(rule) for rule in found)}\n"
    text += "\n"
    for layer in LAYERS:
        text += f"## {LAYER_TITLES[layer]}\n\n"
        text += "".join(rule_section(rule) for rule in rules if rule.layer == layer)
    text += OWN_RULES % {"layers": ", ".join(f"`{layer}`" for layer in LAYERS)}
    return text + vocabulary() + signal_tables()


def link(rule):
    """A link to a rule's section: the anchor is the heading in lower case, without punctuation, with dashes."""
    heading = f"{rule.id}: {rule.title}".lower()
    anchor = "".join(character for character in heading if character.isalnum() or character in " -_")
    return f"[{rule.id}](#{anchor.replace(' ', '-')})"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail when the page is not up to date")
    options = parser.parse_args()
    text = page()
    if not options.check:
        PAGE.write_text(text, encoding="utf-8")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text:
        sys.exit(f"{PAGE.relative_to(REPOSITORY)} is not what the rules say: run scripts/rules_doc.py")


if __name__ == "__main__":
    main()
