# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was stated in public of the memory of rings, and what the models predict for it.

``ring_statements.json`` has the statements; ``docs/ring-memory.md`` shows them with the predictions
(scripts/ring_statements_doc.py). Each is ``{"id", "source", "rests_on", "told", "stated", "judgement", "reason",
"checks": [{"what", "rings", "number", "stated_bytes"}]}``: ``rings`` are fields of a RingSet, made from the statement
by hand, ``number`` the keys of its price that are summed, and ``less`` and ``less_bytes`` what is taken away from them.
Runs on the Pythons of the nodes.
"""

import json
import os

from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.vocabulary import RingSet
from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory.model import price

FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "ring_statements.json")

#: The judgements, the best first, and between what all ratios of prediction and statement are then.
JUDGEMENTS = {"agrees": (0.88, 1.12), "within 30 %": (0.7, 1.3), "off": (0, 1e6)}

#: The judgement of a statement that nothing can be predicted for.
NOT_COMPARABLE = "not comparable"


def statements():
    """All of them, in their order."""
    with open(FILE, encoding="utf-8") as file:
        return json.load(file)


def predicted(check):
    """Bytes."""
    found = _number(check["rings"], check["number"]) - check.get("less_bytes", 0)
    return found - (_number(check["less"], check["number"]) if "less" in check else 0)


def _number(rings, keys):
    priced = price(RingSet(**rings))
    return sum(_at(priced, key.split(".")) for key in keys)


def _at(part, keys):
    for key in keys:
        part = part[key]
    return part


def ratio(check):
    """Prediction by statement."""
    return predicted(check) / check["stated_bytes"]


def judged(statement):
    """The judgement that the ratios of a statement give."""
    ratios = [ratio(check) for check in statement["checks"]]
    if not ratios:
        return NOT_COMPARABLE
    return next(name for name, (least, most) in JUDGEMENTS.items() if all(least <= found <= most for found in ratios))
