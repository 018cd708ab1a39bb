# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a source says that it could not read.

A source is a function that takes a :class:`host.Host` and returns plain data. When the whole of what it reads cannot be
had it raises :class:`Unavailable`; when a part cannot be had it leaves ``None`` there and notes the reason in a
:class:`Gaps`. A missing value is never a zero.
"""

import errno
import os

#: The kernel has no number of more digits: 2 ** 64 has twenty.
LONGEST_NUMBER = 20

#: A detail is for a person to read, and stands in a report. What a host gives a name to may have one of any length.
LONGEST_DETAIL = 400

#: Why a value could not be had: the ``reason`` of an entry of the document's ``unavailable`` list.
REASONS = {
    "absent": "this kernel, driver or host does not have it",
    "unreadable": "permission denied: run as root",
    "unsupported": "the kernel or the driver refuses the question",
    "not_visible": "it exists on the host, but not in this network namespace or container",
    "malformed": "the text is not in a form that is known",
    "vanished": "it was there when the reading began, and gone before it ended",
}

_REASON_OF_ERRNO = {
    errno.ENOENT: "absent",
    errno.ENOTDIR: "absent",
    errno.ELOOP: "absent",
    errno.ENAMETOOLONG: "absent",
    errno.EACCES: "unreadable",
    errno.EPERM: "unreadable",
    errno.ENODEV: "vanished",
    errno.ENXIO: "vanished",
    errno.ESRCH: "vanished",
}


class Unavailable(Exception):
    """A value that could not be had.

    :param reason: one of :data:`REASONS`
    :param detail: what was tried and what the kernel said, for a person to read; cut to :data:`LONGEST_DETAIL`
    :param number: the errno of the kernel's refusal, None where it was no such
    """

    def __init__(self, reason, detail, number=None):
        if len(detail) > LONGEST_DETAIL:
            detail = detail[: LONGEST_DETAIL - 3] + "..."
        Exception.__init__(self, detail)
        self.reason = reason
        self.detail = detail
        self.number = number

    @classmethod
    def from_os_error(cls, what, error):
        """The Unavailable for an ``OSError``: *what* was tried is kept in the detail."""
        reason = _REASON_OF_ERRNO.get(error.errno, "unsupported")
        return cls(reason, f"{what}: {os.strerror(error.errno) if error.errno else error}", error.errno)


class Gaps:
    """Collects what could not be read, each entry by its JSON pointer (RFC 6901) in the document.

    ``entries`` is a list of ``{"path": "/nics/eth0/rings", "reason": "unsupported", "detail": "..."}``.
    """

    def __init__(self, prefix="", entries=None, keys=()):
        self._prefix = prefix
        self._keys = keys
        self.entries = [] if entries is None else entries

    def at(self, *keys):
        """A Gaps for the part of the document below *keys*; its entries are in this one too."""
        return Gaps(self._prefix, self.entries, self._keys + keys)

    def note(self, key, error):
        """Note that the value at *key* is missing because of *error*, an :class:`Unavailable`."""
        # Made here and not in at(): most parts lack nothing.
        path = self._prefix + pointer(*self._keys, key)
        self.entries.append({"path": path, "reason": error.reason, "detail": error.detail})

    def last_of_each(self):
        """The entries, of those with the same path the last one: what is read several times is noted as often."""
        return list({entry["path"]: entry for entry in self.entries}.values())

    def attempt(self, key, function, *args):
        """``function(*args)``, or None with its reason noted under *key*."""
        try:
            return function(*args)
        except Unavailable as error:
            self.note(key, error)
            return None


def pointer(*keys):
    """The JSON pointer of *keys*: ``pointer("nics", "a/b")`` is ``/nics/a~1b``."""
    return "".join(["/" + str(key).replace("~", "~0").replace("/", "~1") for key in keys])


def whole_number(word, base=10):
    """The number that *word* is, of at most :data:`LONGEST_NUMBER` digits. Raises ValueError."""
    # A longer one is no number of the kernel's; and Python refuses to read, or to print, one that is longer still.
    if len(word) > LONGEST_NUMBER:
        raise ValueError("too long")
    return int(word, base)


def are_hexadecimal(words):
    """Whether all *words* together are nothing but hexadecimal digits, and not nothing at all."""
    text = "".join(words)
    return text != "" and not text.strip("0123456789abcdefABCDEF")


def are_counts(words):
    """Whether all *words* are whole numbers, none negative or longer than :data:`LONGEST_NUMBER`."""
    return "".join(words).isdecimal() and max(map(len, words)) <= LONGEST_NUMBER
