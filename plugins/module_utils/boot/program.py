# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The program that gives NICs at boot what is kept for them: the knobs of the modules, without Ansible.

``apply --phase pre|post [--nic NAME]`` sets, ``verify`` tells what is otherwise by now. Nothing that goes wrong may
hold up or fail a boot: each NIC and each knob stands alone, an alarm ends what hangs, and all that is to be said is in
the journal. ``apply`` ends with 0 whatever happens.

The same program makes the changes of a transaction and takes them back, see transaction/process.py: it ends with 1
where it could not begin.
"""

import argparse
import json
import os
import signal
import sys

from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.selection import SelectionError
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.live import this_host
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.keep import config, sysctl_file
from ansible_collections.linuxnet.packetloss.plugins.module_utils.keep.drift import drift
from ansible_collections.linuxnet.packetloss.plugins.module_utils.keep.identity import find, identity, present, told
from ansible_collections.linuxnet.packetloss.plugins.module_utils.keep.units import BEGUN, LIMIT_S, PHASES
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs import index
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import Refused
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.settle import settle
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.links import links

#: What is set before the link comes up: most of it takes the link down. All else is there only when it is up.
BEFORE_LINK = ("private_flag", "channels", "ring", "feature", "coalesce")

#: Seconds for which a link is waited for, and those between two looks at it.
LINK_LIMIT_S = 90
_LOOK_S = 0.5

#: Commands about transactions.
OF_TRANSACTIONS = ("run", "guard", "take-back")

#: Priorities of the journal (syslog(3)): what stands before a line on standard error.
ERROR, WARNING, INFO = 3, 4, 6


class Overdue(Exception):
    """The alarm rang."""


class Journal:
    """Where messages go: standard error, with priorities as systemd takes them from there."""

    def __init__(self, stream):
        self._stream = stream

    def say(self, priority, message):
        self._stream.write(f"<{priority}>packetloss: {' '.join(message.split())}\n")
        self._stream.flush()


def main(argv, host=None, stream=None):
    """The exit code."""
    journal = Journal(stream or sys.stderr)
    if argv and argv[0] in OF_TRANSACTIONS:
        return _transaction(argv, host or this_host(), journal)
    options = _options(argv)
    if options.command == "verify":
        return _verify(options, host or this_host())
    try:
        _with_alarm(LIMIT_S[options.phase], lambda: _apply(options, host or this_host(), journal))
    except Overdue:
        journal.say(
            ERROR, f"ended after {LIMIT_S[options.phase]} s: a driver does not answer, or a link does not come up"
        )
    except (Refused, Unavailable) as error:
        journal.say(ERROR, str(error))
    except Exception as error:  # no fault of this program may fail a boot
        journal.say(ERROR, f"{type(error).__name__}: {error}; please report this")
    return 0


def _options(argv):
    parser = argparse.ArgumentParser(prog="packetloss-boot", description="Gives NICs what is kept for them.")
    parser.add_argument("--config", default=config.PATH, help="the file with what is kept")
    commands = parser.add_subparsers(dest="command")
    commands.required = True
    applying = commands.add_parser("apply", help="set what is kept")
    applying.add_argument("--phase", choices=PHASES, required=True)
    applying.add_argument("--nic", help="only this NIC")
    applying.add_argument("--begun", default=BEGUN, help=argparse.SUPPRESS)
    verifying = commands.add_parser(
        "verify", help="print as JSON what is not as it is kept; 1 where there is something"
    )
    verifying.add_argument("--sysctls", default=sysctl_file.PATH, help="the file with the sysctls that are kept")
    return parser.parse_args(argv)


def _with_alarm(seconds, work):
    def ring(_number, _frame):
        raise Overdue

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        work()
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _verify(options, host):
    try:
        with host:
            found = drift(host, config.read(options.config), sysctl_file.read(options.sysctls))
    except (Refused, Unavailable) as error:
        found = {"changes": [], "problems": [str(error)]}
    sys.stdout.write(json.dumps(found, indent=2, sort_keys=True) + "\n")
    return 1 if found["changes"] or found["problems"] else 0


def _transaction(argv, host, journal):
    # A boot has no time for what it does not need.
    from ansible_collections.linuxnet.packetloss.plugins.module_utils.transaction import process

    try:
        process.main(argv, host)
    except (Refused, Unavailable) as error:
        journal.say(ERROR, str(error))
        return 1
    return 0


def _apply(options, host, journal):
    with host:
        kept = config.read(options.config)
        if options.nic is None:
            # Before the NICs are listed: see units.BEGUN.
            _note_begun(options, journal)
            there = present(host)
        else:
            there = [identity(host, options.nic)]
        jobs = {}
        for entry in kept["nics"]:
            name = find(entry["nic"], there)
            if name is not None:
                jobs[name] = entry
            elif options.nic is None and options.phase == "post":
                journal.say(WARNING, f"{told(entry['nic'])} is not there: nothing was set")
            for knob in config.unknown_knobs(entry):
                journal.say(WARNING, f"{told(entry['nic'])}: this program does not know the knob {knob}")
        if options.phase == "pre":
            for name, entry in sorted(jobs.items()):
                _set(host, journal, name, entry, BEFORE_LINK)
        else:
            _set_when_up(host, journal, jobs)


def _note_begun(options, journal):
    try:
        os.makedirs(options.begun, exist_ok=True)
        with open(f"{options.begun}/{options.phase}", "w"):
            pass
    except OSError as error:
        journal.say(WARNING, f"{error}: NICs that come later are not set")


def _set_when_up(host, journal, jobs):
    """Set each NIC as soon as its link is up, and at the end those that are up without a carrier."""
    waiting = dict(jobs)
    end = host.clock.monotonic_s() + LINK_LIMIT_S
    while waiting:
        late = host.clock.monotonic_s() >= end
        seen = links(host)
        for name in sorted(waiting):
            flags = seen[name]["flags"] if name in seen else ()
            if "LOWER_UP" in flags or (late and "UP" in flags):
                _set(host, journal, name, waiting.pop(name), index.ORDER)
            elif late or name not in seen:
                _tell_why_not(journal, name, waiting.pop(name), name in seen)
        if waiting:
            host.clock.sleep(_LOOK_S)


def _tell_why_not(journal, name, entry, there):
    after = [knob for knob in entry["settings"] if knob not in BEFORE_LINK]
    if not there:
        journal.say(WARNING, f"{name} is gone, or has another name now")
    elif after:
        journal.say(
            WARNING,
            f"{name} was not set up within {LINK_LIMIT_S} s: not set: {', '.join(after)}; when it is up, type:"
            f" systemctl start packetloss-post@{name}",
        )


def _set(host, journal, name, entry, knobs):
    """Give a NIC what is kept of *knobs*, each alone: one that no longer fits leaves the others."""
    for setting in config.settings_of(entry, name, knobs):
        try:
            done = settle(host, [setting], **entry["memory"])
        except (Refused, SelectionError, Unavailable) as error:
            journal.say(ERROR, f"{name}: {setting['knob']} was not set: {error}")
            continue
        if done["changes"]:
            journal.say(INFO, "; ".join(done["commands"]))
