# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was read, when, and by whom: two samples can only be compared where this did not change."""

import math
import os
import sys
import time

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.reader import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import namespaces


def read(reader, gaps):
    """The part of the document's ``meta`` that the host tells.

    ``{"boot_id", "uptime_s": float, "monotonic_s": float, "kernel": {"release", "machine"},
    "netns": {"inode": int, "initial": bool}, "effective_root": bool, "python": "3.6.15"}``

    ``monotonic_s`` is the clock to measure an interval with. ``netns.initial`` is None, with a gap, where it cannot be
    told; see :func:`namespaces.network_is_initial`. *gaps* is at ``/meta``.
    """
    return {
        "boot_id": gaps.attempt("boot_id", _word, reader, "/proc/sys/kernel/random/boot_id"),
        "uptime_s": gaps.attempt("uptime_s", _uptime, reader),
        "monotonic_s": time.monotonic(),
        "kernel": {
            "release": gaps.at("kernel").attempt("release", _word, reader, "/proc/sys/kernel/osrelease"),
            "machine": os.uname().machine,
        },
        "netns": {
            "inode": gaps.at("netns").attempt("inode", namespaces.inode, reader, "net"),
            "initial": gaps.at("netns").attempt("initial", _initial, reader),
        },
        "effective_root": os.geteuid() == 0,
        "python": ".".join(map(str, sys.version_info[:3])),
    }


def _word(reader, path):
    word = reader.word(path)
    if not word:
        raise Unavailable("malformed", f"{path}: expected a word, found an empty file")
    return word


def _uptime(reader):
    path = "/proc/uptime"
    text = reader.text(path)
    try:
        seconds = float(text.split()[0])
        if not math.isfinite(seconds):
            raise ValueError
        return seconds
    except (IndexError, ValueError):
        raise Unavailable("malformed", f"{path}: expected seconds, found {text[:60]!r}") from None


def _initial(reader):
    initial = namespaces.network_is_initial(reader)
    if initial is None:
        raise Unavailable(
            "not_visible", "/proc/sys/net does not show enough to tell the host's network namespace from a container's"
        )
    return initial
