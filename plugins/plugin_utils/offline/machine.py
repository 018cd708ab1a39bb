# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a captured host tells of its machine: never what that of the controller is."""

from __future__ import annotations

import re

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.memory import parse_meminfo, parse_zoneinfo
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline import captured

#: USER_HZ of the architectures that Linux is used on (include/asm-generic/param.h and arch/*/include/uapi/asm/param.h,
#: 6.12): all but alpha and ia64.
_TICKS_PER_S = 100
_OTHER_TICKS = ("alpha", "ia64")

_BIG = re.compile(r"(?:s390x?|ppc(?:64)?|powerpc(?:64)?|sparc(?:64)?|m68k|parisc(?:64)?|mips(?:64)?)\Z")
_LITTLE = re.compile(
    r"(?:x86_64|i[3-6]86|aarch64|armv[5-9]\w*l|arm|ppc64le|riscv(?:32|64)|loongarch64|mips(?:64)?el|ia64|alpha)\Z"
)

_FOUR_KIB = ("x86_64", "i386", "i486", "i586", "i686", "s390x", "s390", "riscv64")
_PAGE_SIZES = (4096, 16384, 65536)

_LSCPU = re.compile(r"^ *(Architecture|Byte Order): +(\S.*?) *$", re.MULTILINE)

#: What `uname -a` ends with, after the machine, on most distributions twice more: processor and platform.
_SYSTEM = "GNU/Linux"


class CapturedMachine:
    """The part ``machine`` of a :class:`host.Host`; every question raises Unavailable where the capture has no answer.

    :param capture: the :class:`captured.Captured`; what its own ``machine`` says comes first
    """

    def __init__(self, capture):
        self._capture = capture
        self._said = getattr(capture, "machine", None) or {}

    def page_size_bytes(self):
        """From what the capture says, or what the architecture has; else from how much memory so many pages are."""
        if "page_size_bytes" in self._said:
            return self._said["page_size_bytes"]
        if self.architecture() in _FOUR_KIB:
            return 4096
        return self._page_size_of_memory()

    def clock_ticks_per_s(self):
        if "clock_ticks_per_s" in self._said:
            return self._said["clock_ticks_per_s"]
        try:
            other = self.architecture() in _OTHER_TICKS
        except Unavailable:
            other = False
        if other:
            raise Unavailable("absent", "the capture does not tell the clock ticks (getconf CLK_TCK)")
        return _TICKS_PER_S

    def byte_order(self):
        if "byte_order" in self._said:
            return self._said["byte_order"]
        told = self._lscpu().get("Byte Order", "").lower()
        if told.startswith(("little", "big")):
            return "little" if told.startswith("little") else "big"
        architecture = self.architecture()
        if _LITTLE.match(architecture):
            return "little"
        if _BIG.match(architecture):
            return "big"
        raise Unavailable("absent", f"the byte order of {architecture[:60]} is not known; lscpu would tell")

    def architecture(self):
        if "architecture" in self._said:
            return self._said["architecture"]
        words = self._text(captured.UNAME).split()
        # Before the last word; Debian has the machine once, others have it three times.
        if len(words) > 3 and words[-1] == _SYSTEM:
            return words[-2] if words[-2] != "unknown" else _before_unknown(words)
        found = self._lscpu().get("Architecture")
        if found:
            return found
        raise Unavailable("absent", str(self._capture.missing(captured.UNAME)))

    def user_id(self):
        """Who captured: the tools of the distributions do so as root alone."""
        if "user_id" in self._said:
            return self._said["user_id"]
        if self._capture.layout in ("sosreport", "supportconfig", "sysinfo_snapshot", "insights"):
            return 0
        raise Unavailable("absent", "the capture does not tell which user made it")

    def python(self):
        raise Unavailable("absent", "no Python of that host was asked")

    def pin(self, pid, cpus):
        raise Unavailable("absent", "nothing is set on a host of which there are only files")

    def _text(self, words):
        try:
            return self._capture.text(words)
        except Unavailable:
            return ""

    def _lscpu(self):
        return dict(_LSCPU.findall(self._text(captured.LSCPU)))

    def _page_size_of_memory(self):
        """The nearest of the sizes to MemTotal by the pages that the zones manage.

        MemTotal is totalram_pages(), to which each zone gives its managed pages (mm/page_alloc.c, 6.12); a balloon
        makes it less, by far not to a quarter.
        """
        files = self._capture.files
        try:
            total = parse_meminfo(_lines(files, "/proc/meminfo"))["MemTotal"]
            zones = parse_zoneinfo(_lines(files, "/proc/zoneinfo")).values()
            pages = sum(zone["managed_pages"] or 0 for zone in zones)
            size = total / pages
        except (Unavailable, OSError, ZeroDivisionError):
            told = "/proc/meminfo with /proc/zoneinfo, or getconf PAGESIZE, would tell the size of a page"
            raise Unavailable("absent", told) from None
        nearest = min(_PAGE_SIZES, key=lambda each: max(size / each, each / size))
        if not nearest / 2 < size < nearest * 2:
            told = f"/proc/meminfo and /proc/zoneinfo: {size:.0f} bytes for each page, which no page has"
            raise Unavailable("malformed", told)
        return nearest


def _before_unknown(words):
    known = [word for word in words[:-1] if word != "unknown"]
    return known[-1]


def _lines(files, path):
    return files.read(path).decode("utf-8", "replace")
