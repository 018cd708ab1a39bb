# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is told of a transaction: what its journal says, and what became of it where nobody could write that down."""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import undone
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.settle import told as told_of_changes
from ansible_collections.linuxnet.packetloss.plugins.module_utils.transaction import back
from ansible_collections.linuxnet.packetloss.plugins.module_utils.transaction.journal import ACTIVE
from ansible_collections.linuxnet.packetloss.plugins.module_utils.transaction.run import LATER_S

BOOTED = "the host booted before it was kept, and nothing of it was kept over the boot"

#: Seconds after which nobody can be expected any more to take it back.
_GRACE_S = 15

#: Seconds that putting back may take, where bonds have to settle.
_BACK_S = 300

#: What is told of a change, see knobs/settle.py.
_OF_CHANGE = ("knob", "subject", "from", "to", "class", "memory", "notes")


def phase(host, journals, journal):
    """``(phase, why)`` of a transaction as of now."""
    over_boots = journal["phase"] in ("kept", "taken_back") or journal["kept"]
    if journal["boot_id"] != back.boot_id(host) and not over_boots:
        return "taken_back", BOOTED
    late_s = host.clock.monotonic_s() - journal["deadline_s"]
    at_work = journals.is_at_work(journal["id"])
    grace_s = _BACK_S if at_work and journal["phase"] == "taking_back" else _GRACE_S
    if journal["phase"] in ACTIVE and late_s > LATER_S + grace_s:
        return "stuck", _why_late(host, journal, late_s, at_work)
    return journal["phase"], journal["why"]


def _why_late(host, journal, late_s, at_work):
    began = [step for step in journal["steps"] if step["state"] in ("began", "made")]
    if not at_work or not began:
        return (
            f"its time was over {late_s:.0f} s ago, and nobody has taken it back: its processes were ended; say"
            f" state: taken_back"
        )
    seconds = host.clock.monotonic_s() - began[-1]["began_s"]
    (command,) = told_of_changes([began[-1]["change"]], [], None)["commands"] or [began[-1]["change"]["knob"]]
    return (
        f"{command} was begun {seconds:.0f} s ago and neither it nor what takes it back has returned: process"
        f" {journal['pid']} waits for the driver, and all goes back when that answers; nothing was kept, so a boot ends"
        f" it too"
    )


def _age_s(host, journal):
    """Seconds since it was begun, None where that was in another boot."""
    if journal["boot_id"] != back.boot_id(host):
        return None
    return round(host.clock.monotonic_s() - journal["began_s"], 1)


def steps(journal):
    """``[{"knob", "subject", "state", "values"}]``, the changes that were not begun after those that were."""
    begun = [
        {
            "knob": step["change"]["knob"],
            "subject": step["change"]["subject"],
            "state": step["state"],
            "values": step["values"],
        }
        for step in journal["steps"]
    ]
    known = {(step["knob"], step["subject"]) for step in begun}
    return begun + [
        {"knob": made["knob"], "subject": made["subject"], "state": "waiting", "values": None}
        for made in journal["planned"]
        if (made["knob"], made["subject"]) not in known
    ]


def changes(journal):
    """The changes as they were made, those that were not begun as they were planned."""
    begun = [{key: step["change"][key] for key in _OF_CHANGE} for step in journal["steps"]]
    known = {(made["knob"], made["subject"]) for made in begun}
    return begun + [made for made in journal["planned"] if (made["knob"], made["subject"]) not in known]


def told(host, journals, journal, changed=False, verified=None, taking_back=False):
    """The result of a module about one transaction.

    :param changed: whether the module has changed something of it
    :param verified: what was read back now, by default what was read back when it was made
    :param taking_back: whether that is what changes: the diff then shows it
    """
    now, why = phase(host, journals, journal)
    made = changes(journal)
    waits = now in ACTIVE
    done = [{"change": step["change"], "values": step["values"], "notes": []} for step in journal["steps"]]
    read = told_of_changes(made, [each for each in done if each["values"] is not None], None)
    return {
        "changed": changed,
        "id": journal["id"],
        "phase": now,
        "changes": made,
        "commands": read["commands"],
        "disruption": read["disruption"],
        "diff": told_of_changes([undone(each) for each in made] if taking_back else [], [], None)["diff"],
        "verified": read["verified"] if verified is None else verified,
        "notes": journal["notes"],
        "why": why,
        "left_s": round(max(journal["deadline_s"] - host.clock.monotonic_s(), 0), 1) if waits else None,
        "boot": journal["boot_id"],
        "created": journal["created"],
        "age_s": _age_s(host, journal),
        "proved": journal["proved"],
        "reason": journal["reason"],
        "checks": journal["checks"],
        "steps": steps(journal),
    }
