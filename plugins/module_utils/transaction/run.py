# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The processes of a transaction, apart from who began it: a cut connection, or a controller that is gone, ends none.

:func:`run` makes the changes and stays, with all that it needs imported, until they are confirmed or the time is over:
then it takes them back. Where it is killed, systemd starts it again, and it goes on by what the journal says.
:func:`guard` is the second one, where no timer of systemd is: a process that does nothing but wait for that.
:func:`take_back` is what both, the timer and a person may ask for. All of them hold the lock and look at the journal
first.
"""

import contextlib
import os
import signal

from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.selection import SelectionError
from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers import index as drivers
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.keep import files
from ansible_collections.linuxnet.packetloss.plugins.module_utils.keep.irqbalance_task import BesideAffinities
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs import index, irq_affinity
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import Refused
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.settle import settle
from ansible_collections.linuxnet.packetloss.plugins.module_utils.transaction import back, bonds
from ansible_collections.linuxnet.packetloss.plugins.module_utils.transaction.journal import ACTIVE, ALIVE, BACK, GUARD
from ansible_collections.linuxnet.packetloss.plugins.module_utils.transaction.lock import Lock

#: Seconds for which the lock is waited for: longer than bonds take to settle.
LOCK_LIMIT_S = 600

#: Seconds between two looks at the journal.
_LOOK_S = 0.25

#: How long after the end of the window the second guard acts.
LATER_S = 3

#: For how long the lock is asked for before somebody who has it too long is looked at.
HANGS_S = 5

#: Why a transaction went back by itself.
NOT_CONFIRMED = "it was not confirmed over a new connection within {window} s"
KILLED = "the process that made the changes was killed"


class Overdue(Exception):
    """The time is over while a driver has not answered yet."""


class Watch:
    """Writes each step into the journal before it is made and after, as :func:`knobs.apply.apply` tells it."""

    def __init__(self, host, journals, journal):
        self._clock, self._journals, self._journal = host.clock, journals, journal
        self._writing = False
        signal.signal(signal.SIGALRM, self._ring)

    def before(self, change):
        now = self._clock.monotonic_s()
        if now >= self._journal["deadline_s"]:
            raise Refused("the time was over before all changes were made")
        step = {"change": change, "state": "began", "values": None, "began_s": now}
        self._journal["steps"].append(step)
        self._write()
        # A call of a driver that hangs, but can be interrupted.
        self._writing = True
        signal.setitimer(signal.ITIMER_REAL, max(self._journal["deadline_s"] - self._clock.monotonic_s(), 0.01))

    def made(self, change, values):
        self.stop()
        self._journal["steps"][-1].update(change=change, state="made", values=values)
        self._write()

    def stop(self):
        self._writing = False
        signal.setitimer(signal.ITIMER_REAL, 0)

    def _ring(self, _number, _frame):
        if self._writing:
            self._writing = False
            raise Overdue

    def _write(self):
        try:
            self._journals.write(self._journal)
        except OSError as error:
            raise Refused(f"the journal could not be written: {error.filename}: {error.strerror}") from error


def run(host, journals, ident, ready):
    """Make the changes of a transaction and wait for its end.

    :param ready: called when it is at work and needs nothing any more that is not in memory
    """
    stays = journals.stay(ident)
    if stays is None:
        raise Refused(f"transaction {ident}: another process is at it")
    index.every()
    ready()
    with stays:
        journal = _go_on(host, journals, ident)
        _import_all()
        _wait(host, journals, journal)


def _import_all():
    """Import what may be asked for later, when the files may be gone."""
    index.every()
    drivers.every()


def _go_on(host, journals, ident):
    with _lock(host, journals, ident):
        journal = journals.read(ident)
        if journal["phase"] == "armed":
            _apply(host, journals, journal)
        elif journal["phase"] in ("applying", "taking_back"):
            _take_back(host, journals, journal, journal["why"] or KILLED)
    return journal


def _lock(host, journals, ident, limit_s=LOCK_LIMIT_S):
    return Lock(journals.root, host.clock, f"transaction {ident}", limit_s)


def _apply(host, journals, journal):
    journal.update(phase="applying", pid=os.getpid())
    watch = Watch(host, journals, journal)
    try:
        journals.write(journal)
        for entry in journal["groups"]:
            _make(host, journals, journal, entry, watch)
        back.note(journal, _not_in_force(host, journal))
        now = host.clock.monotonic_s()
        journal.update(phase="applied", deadline_s=min(journal["deadline_s"], now + journal["window"]))
        journals.write(journal)
    except Overdue:
        seconds = host.clock.monotonic_s() - journal["steps"][-1]["began_s"]
        _take_back(host, journals, journal, f"a driver did not answer for {seconds:.0f} s, and was interrupted")
    except OSError as error:
        watch.stop()
        _take_back(host, journals, journal, str(files.refused(error)))
    except (Refused, SelectionError, Unavailable) as error:
        watch.stop()
        _take_back(host, journals, journal, str(error))
    except Exception as error:  # whatever it is, nothing may stay half made
        watch.stop()
        _take_back(host, journals, journal, f"{type(error).__name__}: {error}; please report this")


def _make(host, journals, journal, entry, watch):
    """Make the settings of one group."""
    entry["open"] = True
    back.note(journal, bonds.before(host, entry["group"]))
    names = sorted(setting["subject"] for setting in entry["settings"] if setting["knob"] == irq_affinity.NAME)
    irqbalance = BesideAffinities(host, names, True, True, False, lasting=False) if names else None
    if irqbalance:
        journal["banned"] += irqbalance.added()
    journals.write(journal)
    if irqbalance:
        irqbalance.make()
    found = settle(host, entry["settings"], watch=watch, **journal["memory"])
    back.note(journal, found["notes"])
    back.note(journal, bonds.after(host, entry["group"]))
    entry["open"] = False


def _not_in_force(host, journal):
    """What is to be said of interrupts that still go where they went before."""
    for each in irq_affinity.not_in_force(host, [step["change"] for step in journal["steps"]]):
        why = (
            "that CPU polls its queue without an end: it moves when the load ends, or new rings make the queue anew"
            if each["polling"]
            else "it moves when it fires next"
        )
        yield f"{each['interface']}: interrupt {each['irq']} still goes to CPU {each['effective']}: {why}"


def _take_back(host, journals, journal, why):
    """Take it back, under the lock; what cannot be written of it is no reason not to."""
    journal.update(phase="taking_back", why=why)
    _write(journals, journal)
    journal["phase"] = back.take_back(host, journal, lambda: _write(journals, journal))
    _write(journals, journal)


def _write(journals, journal):
    try:
        journals.write(journal)
    except OSError as error:
        note = f"the journal could not be written: {error.strerror}"
        if note not in journal["notes"]:
            journal["notes"].append(note)


def _wait(host, journals, journal):
    """Wait until it is confirmed, or take it back when its time is over.

    :param journal: what is known of it, should its files be gone by then
    """
    while True:
        journal = _read(journals, journal, journal["id"])
        if journal["phase"] != "applied":
            return
        left_s = journal["deadline_s"] - host.clock.monotonic_s()
        if left_s <= 0:
            break
        host.clock.sleep(min(left_s, _LOOK_S))
    take_back(host, journals, journal)


def _read(journals, journal, ident):
    """The journal as it is on the disk, *journal* where it cannot be read."""
    try:
        return journals.read(ident)
    except Refused:
        return journal


def guard(host, journals, ident, ready):
    """Wait for the end of a transaction; where nobody is at it any more who should be, or its time is over, end it."""
    stays = journals.stay(ident, GUARD)
    if stays is None:
        raise Refused(f"transaction {ident}: another process guards it")
    journal = journals.read(ident)
    ready()
    with stays:
        _import_all()
        while journal["phase"] in ACTIVE:
            late_s = host.clock.monotonic_s() - journal["deadline_s"]
            # Who has begun and is not there was killed: nothing stays half made until the time is over. Of files that
            # are gone nothing is known but what was last read, and who makes the changes knows more.
            there = _read(journals, None, ident)
            killed = there and there["phase"] in ("applying", "taking_back") and not journals.is_held(ident)
            if late_s >= LATER_S or killed:
                take_back(host, journals, journal, KILLED if killed else None)
                return
            host.clock.sleep(_LOOK_S)
            journal = _read(journals, journal, ident)


def take_back(host, journals, journal, why=None, also=()):
    """Take a transaction back, unless it has come to an end meanwhile; its journal.

    :param why: the reason, by default that the time is over
    :param also: phases besides those of :data:`ACTIVE` in which it is taken back
    """
    with contextlib.ExitStack() as stack:
        stays = journals.stay(journal["id"], BACK)
        if stays:
            stack.enter_context(stays)
        _end_who_hangs(host, journals, journal)
        with _lock(host, journals, journal["id"]):
            journal = _read(journals, journal, journal["id"])
            if journal["phase"] in ACTIVE or journal["phase"] in also:
                _take_back(host, journals, journal, journal["why"] or why or NOT_CONFIRMED.format(**journal))
    return journal


def _end_who_hangs(host, journals, journal):
    """End the process that makes the changes, where it still has the lock though the time for that is over.

    One that waits in the kernel for a driver ends when that answers, and not before; then the lock is free.
    """
    try:
        with _lock(host, journals, journal["id"], HANGS_S):
            return
    except Refused:
        journal = _read(journals, journal, journal["id"])
    late_s = host.clock.monotonic_s() - journal["deadline_s"]
    if journal["phase"] != "applying" or late_s < LATER_S or not journal["pid"]:
        return
    # A process that has its number by now has not its file.
    if _has_open(host, journal["pid"], journals.path(journal["id"], ALIVE)):
        with contextlib.suppress(OSError):
            os.kill(journal["pid"], signal.SIGKILL)


def _has_open(host, pid, path):
    folder = f"/proc/{pid}/fd"
    try:
        return any(host.link(f"{folder}/{name}") == path for name in host.names(folder))
    except Unavailable:
        return False
