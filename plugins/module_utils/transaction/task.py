# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The states of the module transaction: begin, confirm, keep, take back, tell."""

import binascii
import contextlib
import hashlib
import json
import os

from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.selection import SelectionError
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.live import this_host
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.keep import files
from ansible_collections.linuxnet.packetloss.plugins.module_utils.keep.identity import identity
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import Refused, told
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.index import ORDER
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.settle import settle
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.settle import told as settled
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.links import links
from ansible_collections.linuxnet.packetloss.plugins.module_utils.transaction import (
    back,
    bonds,
    checks,
    history,
    keeping,
    timer,
)
from ansible_collections.linuxnet.packetloss.plugins.module_utils.transaction.connection import ssh_connection
from ansible_collections.linuxnet.packetloss.plugins.module_utils.transaction.journal import ACTIVE, Journals
from ansible_collections.linuxnet.packetloss.plugins.module_utils.transaction.lock import Lock

#: Seconds until a transaction goes back by itself, by the class of the worst change.
WINDOW_S = {0: 60, 1: 60, 2: 180, 3: 180}

#: What may be given in its place.
SHORTEST_S, LONGEST_S = 20, 3600

#: The fewest characters of a token that somebody gives.
SHORTEST_TOKEN = 16

#: Seconds that making the changes may take besides, and those for each of them.
_ALLOWED_S, _FOR_EACH_S = 10, 5

#: Seconds for which the lock is waited for, and for which a transaction that goes back is.
_LOCK_LIMIT_S, _BACK_LIMIT_S = 10, 600
_LOOK_S = 0.25

#: Knobs that are turned NIC by NIC, one port of a bond after the other.
_BY_NIC = ORDER[: ORDER.index("irq_affinity")]

#: Which transaction is the last, by what is asked of it.
LAST = "last"


def main(module):
    """Do what the options of a module say on the machine that this runs on, and end the module."""
    try:
        _check_seconds(module.params)
        with this_host() as host:
            result = STATES[module.params["state"]](host, Journals(), module.params, module.check_mode)
    except (Refused, SelectionError) as error:
        module.fail_json(msg=str(error), changed=False)
    except Unavailable as error:
        module.fail_json(msg=error.detail, changed=False)
    module.exit_json(**result)


def _check_seconds(options):
    window = options["window"]
    if window is not None and not SHORTEST_S <= window <= LONGEST_S:
        raise Refused(f"window is {window}, expected {SHORTEST_S} to {LONGEST_S} seconds")
    if options["token"] is not None and len(options["token"]) < SHORTEST_TOKEN:
        raise Refused(f"token is too short: give at least {SHORTEST_TOKEN} characters that nobody can guess, or none")
    if options["wait"] < 0:
        raise Refused(f"wait is {options['wait']}, expected seconds, 0 or more")


# --- applied ------------------------------------------------------------------------------------------------------


def applied(host, journals, options, check):
    """Begin a transaction; raises Refused, and then nothing was changed."""
    settings = [_setting(number, each) for number, each in enumerate(options["settings"], 1)]
    memory = {"reserve": options["memory_reserve"], "force": options["force"]}
    with contextlib.ExitStack() as stack:
        if not check:
            stack.enter_context(Lock(journals.root, host.clock, "a new transaction", _LOCK_LIMIT_S))
        _check_none_open(host, journals)
        found = settle(host, settings, True, **memory)
        _check_expected(options["expected"], found["changes"])
        guarded = _guarded(host, settings, found["changes"], options)
        window = options["window"] or WINDOW_S[found["disruption"]["class"]]
        planned = {
            **{key: found[key] for key in ("changed", "changes", "commands", "disruption", "memory", "notes", "diff")},
            "id": None,
            "token": None,
            "window": window,
            "timer": None,
            "checks": guarded["checks"],
            "phase": "planned" if found["changes"] else None,
        }
        if check or not found["changes"]:
            return planned
        # Who gives one has it though the answer may never arrive.
        token = options["token"] or binascii.hexlify(os.urandom(16)).decode("ascii")
        options = dict(options, window=window, settings=settings, memory=memory)
        journal = _begun(host, journals, options, found, guarded, token)
        return dict(planned, id=journal["id"], token=token, phase="applying", timer=journal["timer"])


def _setting(number, given):
    """A setting as it is given to the module, checked."""
    what = f"settings, entry {number}"
    unknown = sorted(set(given) - {"knob", "subject", "values"})
    if unknown:
        raise Refused(f"{what}: {', '.join(unknown)} is not known, expected knob, subject and values")
    if given.get("knob") not in ORDER:
        raise Refused(f"{what}: knob is {given.get('knob')!r}, expected one of {', '.join(ORDER)}")
    if not isinstance(given.get("values"), dict) or not given["values"]:
        raise Refused(f"{what}: values is {given.get('values')!r}, expected a mapping, such as rx: 1024")
    subject = given.get("subject")
    if (subject is None) is not (given["knob"] == "sysctl") or not isinstance(subject, (str, type(None))):
        raise Refused(f"{what}: subject is {subject!r}, expected the name of a NIC, and none for sysctl")
    return {"knob": given["knob"], "subject": subject, "values": given["values"]}


def _check_none_open(host, journals):
    """Raises Refused where a transaction is under way, or is stuck."""
    for journal in journals.all():
        now, why = history.phase(host, journals, journal)
        if now in ACTIVE:
            raise Refused(
                f"transaction {journal['id']} of {journal['created']} is under way (phase {now}): nothing was changed;"
                f" wait until it is confirmed or has gone back, see state: status"
            )
        if now == "stuck":
            raise Refused(
                f"transaction {journal['id']} of {journal['created']} could not be put back whole, so nothing new is"
                f" begun: {why}; see state: status, do what its notes say, then state: taken_back"
            )


def _check_expected(expected, changes):
    """Raises Refused where other changes are decided than those that somebody has reviewed."""
    if expected is None:
        return
    then, now = ({_key(made): made for made in json.loads(json.dumps(each))} for each in (expected, changes))
    for key in sorted({*then, *now}, key=str):
        words = [
            f"{told(side[key]['from'])} to {told(side[key]['to'])}" if key in side else "nothing to change"
            for side in (then, now)
        ]
        if words[0] != words[1]:
            raise Refused(
                f"drifted: {key[1] or 'the host'}: {key[0]}: planned was {words[0]}, decided now is {words[1]}: nothing"
                f" was changed; plan again from a new audit"
            )


def _key(made):
    return made["knob"], made["subject"]


def _guarded(host, settings, changes, options):
    """What is looked at before, and in what order the changes are made: ``{"checks", "groups", "settle_s"}``.

    Affinities, steering and sysctls come last and all together: they disturb nothing, and those of all NICs are laid
    out as one. Raises Refused for what may not be.
    """
    connection = ssh_connection(host)
    names = sorted({setting["subject"] for setting in settings if setting["subject"] is not None})
    facts = checks.facts(host, names, connection)
    judged = checks.judge(facts, changes, {"disruption": options["disruption"], "never": options["never"]})
    refused = [each["words"] for each in judged if each["verdict"] == checks.REFUSED]
    if refused:
        raise Refused(f"{'; '.join(refused)}; nothing was changed")
    groups = bonds.order(facts, [made for made in changes if made["knob"] in _BY_NIC])
    of_groups = bonds.settings_of(groups, [each for each in settings if each["knob"] in _BY_NIC]) if groups else []
    found = [{"settings": own, "group": group, "open": False} for group, own in zip(groups, of_groups)]
    together = [each for each in settings if not groups or each["knob"] not in _BY_NIC]
    if together:
        group = {"subject": None, "changes": [], "bond": None, "move_active_to": None}
        found.append({"settings": together, "group": group, "open": False})
    return {
        "checks": judged,
        "groups": found,
        "settle_s": bonds.longest_s(facts, groups),
        "connection": connection,
    }


def _begun(host, journals, options, found, guarded, token):
    """Write the journal, arm, and start; raises Refused, and then nothing is left of it."""
    names = sorted({setting["subject"] for setting in options["settings"] if setting["subject"] is not None})
    numbers = links(host) if names else {}
    allowed_s = options["window"] + _ALLOWED_S + _FOR_EACH_S * len(found["changes"]) + guarded["settle_s"]
    systemd = timer.with_systemd()
    journals.tidy()
    journal = journals.begin(
        {
            **{key: options[key] for key in ("settings", "reason", "memory", "window")},
            **{key: guarded[key] for key in ("checks", "groups", "connection")},
            "boot_id": back.boot_id(host),
            "phase": "armed",
            "why": None,
            "nics": {name: identity(host, name) for name in names},
            "ifindexes": {name: numbers[name]["ifindex"] for name in names},
            "planned": found["changes"],
            "not_set": found.get("not_set", []),
            "steps": [],
            "began_s": host.clock.monotonic_s(),
            "deadline_s": 0,
            "token": _digest(token),
            "kept": None,
            "proved": False,
            "banned": [],
            "notes": list(found["notes"]),
            "timer": None,
            "pid": None,
        },
        host.clock.utc(),
    )
    ident = journal["id"]
    try:
        timer.program(journals, ident)
        # Only now: to make the program may take a second.
        journal["deadline_s"] = host.clock.monotonic_s() + allowed_s
        journals.write(journal)
        journal["timer"] = timer.arm(journals, ident, allowed_s, systemd)
        journals.write(journal)
        timer.start(journals, ident, timer.APPLY, systemd)
    except (OSError, Refused) as error:
        timer.disarm(ident)
        journals.remove(ident)
        said = error if isinstance(error, Refused) else files.refused(error)
        raise Refused(f"it could not be armed, so nothing was begun and nothing was changed: {said}") from error
    return journal


def _digest(token):
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


# --- confirmed, kept, taken back ------------------------------------------------------------------------------------


def confirmed(host, journals, options, check):
    """Confirm a transaction by its token; raises Refused where it is too late, or comes over the same connection."""
    journal = _named(host, journals, options["id"], ("applied",))
    journal = _ended(host, journals, journal["id"], _WAITED_FOR, options["wait"])
    with _lock(host, journals, journal):
        journal = journals.read(journal["id"])
        now, why = history.phase(host, journals, journal)
        if not options["token"] or _digest(options["token"]) != journal["token"]:
            raise Refused(
                f"transaction {journal['id']}: that is not its token: give the one that state: applied returned"
            )
        if now in ("confirmed", "kept"):
            return history.told(host, journals, journal, False, back.read_back(host, journal))
        left_s = journal["deadline_s"] - host.clock.monotonic_s()
        if now != "applied" or left_s <= 0:
            why = why or ("its time is over, and it goes back" if now == "applied" else "not all of it is made yet")
            raise Refused(f"transaction {journal['id']} cannot be confirmed: its phase is {now}: {why}")
        connection = ssh_connection(host)
        if connection is not None and connection == journal["connection"]:
            raise Refused(
                f"transaction {journal['id']}: this is the SSH connection over which it was begun, which proves nothing"
                f" of the network as it is now: reset the connection (meta: reset_connection), and confirm over a"
                f" new one within {left_s:.0f} s"
            )
        if not check:
            journal["phase"] = "confirmed"
            verified = back.read_back(host, journal)
            _write(journals, journal)
            if journal["timer"] == timer.SYSTEMD:
                timer.disarm(journal["id"])
            return history.told(host, journals, journal, True, verified)
    return history.told(host, journals, journal, True)


def kept(host, journals, options, check):
    """Keep over a boot what a transaction has set; raises Refused where that cannot be, and it stays confirmed."""
    journal = _named(host, journals, options["id"], ("confirmed", "kept"))
    with _lock(host, journals, journal):
        journal = journals.read(journal["id"])
        now, why = history.phase(host, journals, journal)
        if now == "kept":
            return history.told(host, journals, journal, False, back.read_back(host, journal))
        if now != "confirmed":
            raise Refused(
                f"transaction {journal['id']} cannot be kept: its phase is {now}{f': {why}' if why else ''}; only what"
                f" was confirmed is kept"
            )
        try:
            done = _keep(host, journals, journal, check)
        except Refused as error:
            if not check:
                back.note(journal, [f"it could not be kept over a boot: {error}"])
                _write(journals, dict(journal, kept=None, proved=True))
            raise
        verified = back.read_back(host, journal)
        if not check:
            journal.update(phase="kept", proved=True)
            _write(journals, journal)
    return dict(history.told(host, journals, journal, True, verified), files=done["files"], diff=done["diff"])


def _keep(host, journals, journal, check):
    before, config, sysctls = keeping.to_keep(host, journal, journals.root)
    irqbalance = keeping.beside(host, journal, check)
    if not check:
        # What has to be taken back is known before it is done.
        journal["kept"] = keeping.sides(before, config, sysctls, irqbalance)
        _write(journals, journal)
        if irqbalance:
            irqbalance.make()
    try:
        return keeping.keep(before, config, sysctls, check)
    except Refused as error:
        raise Refused(f"{error}{irqbalance.take_back() if irqbalance and not check else ''}") from error


def taken_back(host, journals, options, check):
    """Take a transaction back, whatever has become of it, and what was kept of it too."""
    journal = _named(host, journals, options["id"], (*ACTIVE, "confirmed", "kept", "stuck"), none=True)
    if journal is None:
        nothing = {"id": None, "phase": None, "why": "there is no transaction that could be taken back"}
        return dict(nothing, **settled([], [], None))
    now, why = history.phase(host, journals, journal)
    if now == "taken_back":
        return history.told(host, journals, journal)
    for other in journals.all():
        if other["id"] != journal["id"] and history.phase(host, journals, other)[0] in ACTIVE:
            raise Refused(f"transaction {other['id']} is under way: wait until it is confirmed or has gone back")
    if check:
        return history.told(host, journals, journal, True, taking_back=True)
    if journal["kept"]:
        with _lock(host, journals, journal):
            journal = journals.read(journal["id"])
            journal["notes"] += keeping.take_back(host, journal, journals.root)
            journal.update(phase="confirmed", kept=None)
            _write(journals, journal)
    ident = journal["id"]
    try:
        timer.program(journals, ident)
    except OSError as error:
        raise files.refused(error) from error
    because = ["--because", "it was asked for"]
    timer.start(journals, ident, timer.BACK, timer.with_systemd(), *because)
    journal = _ended(host, journals, ident, ("taken_back", "stuck"), _BACK_LIMIT_S)
    if journal["timer"] == timer.SYSTEMD:
        timer.disarm(ident)
    # That it is not as it was set is no news.
    verified = back.read_back(host, dict(journal, notes=[]))
    return history.told(host, journals, journal, True, verified, taking_back=True)


def _lock(host, journals, journal):
    return Lock(journals.root, host.clock, f"transaction {journal['id']}", _LOCK_LIMIT_S)


def _write(journals, journal):
    try:
        journals.write(journal)
    except OSError as error:
        raise files.refused(error) from error


def _named(host, journals, ident, phases, none=False):
    """The journal that is meant: "last" is the newest one of these phases, None where there is none and that may be."""
    if ident and ident != LAST:
        return journals.read(ident)
    if not ident and not none:
        raise Refused("id is missing: give the id that state: applied returned, or see state: listed")
    for journal in journals.all():
        if history.phase(host, journals, journal)[0] in phases:
            return journal
    if none:
        return None
    raise Refused(f"there is no transaction of the phase {' or '.join(phases)}: see state: listed")


def _ended(host, journals, ident, phases, limit_s):
    """The journal once it has one of these phases, or the time is over."""
    end = host.clock.monotonic_s() + limit_s
    while True:
        journal = journals.read(ident)
        if history.phase(host, journals, journal)[0] in phases or host.clock.monotonic_s() >= end:
            return journal
        host.clock.sleep(_LOOK_S)


# --- status, listed -------------------------------------------------------------------------------------------------

#: Phases that somebody else has to end, or that have ended: nobody waits for more.
_WAITED_FOR = ("applied", "confirmed", "kept", "taken_back", "stuck")


def status(host, journals, options, _check):
    """What became of a transaction."""
    journals_of = [journals.read(options["id"])] if options["id"] not in (None, LAST) else journals.all()[:1]
    if not journals_of:
        raise Refused("there is no transaction on this host")
    journal = _ended(host, journals, journals_of[0]["id"], _WAITED_FOR, options["wait"])
    return history.told(host, journals, journal)


def listed(host, journals, _options, _check):
    """All transactions, the newest first."""
    return {"changed": False, "transactions": [history.told(host, journals, journal) for journal in journals.all()]}


STATES = {
    "applied": applied,
    "confirmed": confirmed,
    "kept": kept,
    "taken_back": taken_back,
    "status": status,
    "listed": listed,
}
