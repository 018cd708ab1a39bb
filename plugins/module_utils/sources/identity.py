# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was read, when, and by whom: two samples can only be compared where this did not change."""

import math

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import namespaces

UPTIME = "/proc/uptime"


def read(host, gaps):
    """The part of the document's ``meta`` that the host tells.

    ``{"taken_at": "2026-01-31T12:00:00Z", "boot_id", "uptime_s": float, "monotonic_s": float, "clock_ticks_per_s": int,
    "kernel": {"release", "machine"}, "netns": {"inode": int, "initial": bool}, "effective_root": bool,
    "python": "3.6.15"}``

    ``monotonic_s`` is the clock to measure an interval with, and no part of the document. ``netns.initial`` is None,
    with a gap, where it cannot be told; see :func:`namespaces.network_is_initial`. *gaps* is at ``/meta``.
    """
    clock, machine = host.clock, host.machine
    return {
        "taken_at": gaps.attempt("taken_at", clock.utc),
        "boot_id": gaps.attempt("boot_id", _word, host, "/proc/sys/kernel/random/boot_id"),
        "uptime_s": gaps.attempt("uptime_s", _uptime, host),
        "monotonic_s": gaps.attempt("monotonic_s", clock.monotonic_s),
        "clock_ticks_per_s": gaps.attempt("clock_ticks_per_s", machine.clock_ticks_per_s),
        "kernel": {
            "release": gaps.at("kernel").attempt("release", _word, host, "/proc/sys/kernel/osrelease"),
            "machine": gaps.at("kernel").attempt("machine", machine.architecture),
        },
        "netns": {
            "inode": gaps.at("netns").attempt("inode", namespaces.inode, host, "net"),
            "initial": gaps.at("netns").attempt("initial", _initial, host),
        },
        "effective_root": gaps.attempt("effective_root", _is_root, machine),
        "python": gaps.attempt("python", machine.python),
    }


def _word(host, path):
    word = host.word(path)
    if not word:
        raise Unavailable("malformed", f"{path}: expected a word, found an empty file")
    return word


def _uptime(host):
    return uptime_s(host.text(UPTIME))


def uptime_s(text):
    """The seconds since boot in the text of :data:`UPTIME`; raises Unavailable ``malformed``."""
    try:
        seconds = float(text.split()[0])
        if not math.isfinite(seconds):
            raise ValueError
        return seconds
    except (IndexError, ValueError):
        raise Unavailable("malformed", f"{UPTIME}: expected seconds, found {text[:60]!r}") from None


def _is_root(machine):
    return machine.user_id() == 0


def _initial(host):
    initial = namespaces.network_is_initial(host)
    if initial is None:
        raise Unavailable(
            "not_visible", "/proc/sys/net does not show enough to tell the host's network namespace from a container's"
        )
    return initial
