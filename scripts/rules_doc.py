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

from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.loader import LAYERS, load_rules  # noqa: E402
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals.glossary import (  # noqa: E402
    LISTS,
    QUANTITIES,
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

INTRODUCTION = """\
<!-- Written by scripts/rules_doc.py from plugins/plugin_utils/rules/layers/*.yml: change it there. -->
# Rules

What the audit can find, in the order of a packet's way. Numbers are those of the interval, never totals since boot. A
packet is counted at one place only, and what is no loss says so.

A host is *losing* with any loss, else *at risk* with any risk. Else it is *unknown* where something essential could not
be read, and *clean* where all of it was. A rule whose numbers are missing is listed as not judged: a missing number is
neither a finding nor a pass. Words in braces, such as `{it.name}`, are filled with the host's own values.

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
  subject: it.name
  when: it.ring_rx < `4096`
  evidence:
    - what: receive ring
      value: it.ring_rx
      unit: descriptors
  cause: The ring of {it.name} is smaller than we agreed.
  remedies:
    - "ethtool -G {it.name} rx 4096"

- id: R11
  replaces: R11
  enabled: false
```

| key | holds |
|---|---|
| `id` | a name of your choice; one that is taken needs `replaces` |
| `title` | the symptom in one line |
| `layer` | one of %(layers)s |
| `severity` | `loss`, `risk` or `info`; or a list of `{when, severity}` of which the first that is true holds |
| `for_each` | the list of what the rule is asked about, each item as `it`; or one object |
| `subject` | what the finding is about, such as `it.name`; without it the whole host |
| `when` | the symptom; must be true or false |
| `lost` | packets lost at this place; must not repeat those of another rule |
| `rate` | `{value, unit}` if it is not packets lost per second |
| `evidence` | list of `{what, value, unit}`; the unit `%%` shows a share of 0 to 1 in percent |
| `cause` | text; or a list of `{when, cause}` of which the first that is true holds |
| `remedies`, `cautions` | lists of texts, or of `{when, text}` that are shown where `when` is true |
| `confidence` | `high`, `medium` (default) or `low`; or a list of `{when, confidence}` |
| `sources`, `explain` | where it is from, and more words for this page |
| `replaces` | the id of a rule that this one takes the place of |
| `enabled` | `false`, with `id` and `replaces`, only removes that rule |

`id`, `title`, `layer`, `severity`, `when` and `cause` are required; a rule without `for_each` is asked once.

Expressions are [JMESPath](https://jmespath.org) over `it` (the subject), `host` (the same as `signals.host`), `signals`
(all quantities, below) and `doc` (the [host document](host-document.schema.json)). Numbers stand between backticks. A
comparison with a missing value is neither true nor false: `false && missing` is false, `true && missing` cannot be
judged.

In `what`, `cause`, `remedies` and `cautions` an expression in braces is replaced by its value. Nothing else is: there
are no templates, for what a host says ends up in these texts.

## Quantities

Shares and ratios are 0 to 1. A quantity whose inputs are missing is null, never 0.
"""


def rule_section(rule):
    """The section of one rule."""
    lines = [f"### {rule.id}: {rule.title}", "", rule.explain, ""]
    lines += cases("Severity", rule.severity, lambda value: SEVERITY_TEXTS[value])
    if rule.for_each:
        lines.append(f"* **Asked for each of**: {code(rule.for_each)}")
    lines.append(f"* **Symptom**: {code(rule.when)}")
    if rule.lost:
        lines.append(f"* **Packets lost**: {code(rule.lost)}")
    lines += cases("Cause", rule.cause, lambda value: value.text)
    lines += cases("Confidence", rule.confidence, str)
    lines += bullets("Evidence", [evidence_text(item) for item in rule.evidence])
    lines += bullets("Remedies", [advice_text(case) for case in rule.remedies])
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


def quantity_tables():
    """One table for each part of the signals."""
    lines = []
    for part, meanings in QUANTITIES.items():
        lines += ["", f"### signals.{part}", ""]
        if part in LISTS:
            lines += ["A list; each item has:", ""]
        lines += ["| quantity | meaning |", "|---|---|"]
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
    return text + quantity_tables()


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
