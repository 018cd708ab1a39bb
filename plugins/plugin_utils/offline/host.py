# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A captured host as a :class:`host.Host`, which nothing above can tell from one that is asked."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.host import Host
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import identity
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline import archive
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.answers import answers_of
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.captured import Captured
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.layouts import index
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.machine import CapturedMachine
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.members import (
    LIMITS,
    CaptureError,
    Limits,
    shown,
)
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.text.made import made


def captures_of(
    path: str,
    limits: Limits = LIMITS,
    inner: bool = True,
    told: Callable[[str], None] = lambda _problem: None,
) -> Iterator[Captured]:
    """Every :class:`captured.Captured` in a file or folder, one at a time; raises CaptureError where there is none.

    What could not be read of an archive is in ``problems`` of what is captured in it.

    :param inner: whether archives in an archive, or in a folder, are read too: one after the other, with only one of
        them in memory
    :param told: is called with each sentence on an archive that nothing is captured in, where others have something
    """
    found = 0
    for members in archive.open_all(path, index.wanted, limits, inner):
        here = 0
        try:
            for capture in index.captures(members):
                capture.problems[:0] = members.problems
                here += 1
                yield capture
        except CaptureError as error:
            if members.origin != shown(path):
                told(str(error))
        found += here
        if members.origin != shown(path):
            continue
        if not found:
            raise CaptureError(_nothing_known(members))
        if not here:
            for problem in members.problems:
                told(problem)


def captured_host(capture: Captured) -> Host:
    """The :class:`host.Host` of a capture: its files, what is made of outputs, and answers from text."""
    files = capture.files.with_made(*made(capture))
    return Host(
        files,
        CapturedClock(capture, files),
        CapturedMachine(capture),
        _Silent("an ioctl"),
        _Silent("netlink"),
        answers_of(capture, files),
    )


class CapturedClock:
    """The part ``clock`` of a host of which there is one moment."""

    def __init__(self, capture, files):
        self._capture = capture
        self._files = files

    def monotonic_s(self):
        """The uptime at the capture: the clock CLOCK_MONOTONIC begins at boot, and stands still in a suspend."""
        try:
            text = self._files.read(identity.UPTIME).decode("utf-8", "replace")
        except OSError as error:
            raise Unavailable.from_os_error(identity.UPTIME, error) from error
        return identity.uptime_s(text)

    def utc(self):
        taken = self._capture.taken
        if taken is None:
            raise Unavailable("absent", "nothing in the capture tells when it was made (date --utc would)")
        try:
            return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(taken))
        except (ValueError, OverflowError, OSError):
            raise Unavailable("malformed", f"no time of a capture: {taken}") from None

    def sleep(self, seconds):
        raise Unavailable("absent", "a host of which there are only files does not go on")


class _Silent:
    """The parts ``ioctl`` and ``netlink`` of a host that is not asked: what they would be asked has no answer."""

    def __init__(self, how):
        self._how = how

    def close(self):
        pass

    def ethtool(self, what, interface, request):
        raise self._unasked(f"{what} {interface}")

    def dump(self, what, number, header):
        raise self._unasked(what)

    def ask(self, what, number, question):
        raise self._unasked(what)

    def family(self, name):
        return _SilentFamily(f"{name} ({self._how})")

    def _unasked(self, what):
        return Unavailable(
            "absent", f"{what}: only the host itself tells this, by {self._how}; no file of a capture does"
        )


class _SilentFamily:
    def __init__(self, name):
        self._name = name

    def dump(self, command, code):
        raise self._unasked(command)

    def ask(self, command, code, payload):
        raise self._unasked(command)

    def _unasked(self, command):
        return Unavailable(
            "absent", f"{command}: only the host itself tells this, by {self._name}; no file of a capture does"
        )


def _nothing_known(members):
    problems = "; ".join(members.problems[:3])
    told = (
        f"{members.origin}: expected a sosreport, a supportconfig, an Insights archive, a sysinfo-snapshot, a capture "
        "of capture.sh, or files with names such as ethtool_-S_eth0 and softnet_stat; found none of them"
    )
    return told + (f" ({problems})" if problems else "")
