# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a compressed stream unpacks to, piece by piece, so that no more is in memory than a piece: bombs end here."""

from __future__ import annotations

import bz2
import lzma
import zlib

from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.members import Damaged, TooMuch

_PACKED_BYTES = 1 << 18
_UNPACKED_BYTES = 1 << 20


class Stream:
    """Reads forwards: ``take(n)`` returns n bytes, fewer only at the end; ``skip(n)`` returns whether they were there.

    Raises Damaged where the data is, and TooMuch.

    :param file: a binary file that is read from where it stands
    :param form: "tar", "tar.gz", "tar.xz" or "tar.bz2"
    """

    def __init__(self, file, form, limits):
        self._file = file
        self._limits = limits
        self._start = _STARTS[form]
        self._unpacker = None
        self._packed = self._unpacked = 0
        self._waiting = b""
        self._piece = b""
        self._at = 0

    def take(self, count):
        end = self._at + count
        if end <= len(self._piece):
            found = self._piece[self._at : end]
            self._at = end
            return found
        found = [self._piece[self._at :]]
        count -= len(found[0])
        while count:
            piece = self._next()
            if not piece:
                break
            found.append(piece[:count])
            self._at = len(found[-1])
            count -= self._at
        return b"".join(found)

    def skip(self, count):
        left = len(self._piece) - self._at
        while count > left:
            count -= left
            left = len(self._next())
            if not left:
                return False
        self._at += count
        return True

    def _next(self):
        """The next piece, which then is the one that is read from; empty at the end."""
        self._piece, self._at = self._unpack(), 0
        self._unpacked += len(self._piece)
        limits = self._limits
        if self._unpacked > limits.unpacked_bytes:
            raise TooMuch(f"more than {limits.unpacked_bytes >> 20} MiB unpacked")
        if self._unpacked > max(limits.ratio_from_bytes, limits.ratio * self._packed):
            raise TooMuch(f"it unpacks to more than {limits.ratio} times its size")
        return self._piece

    def _unpack(self):
        while True:
            if not self._waiting and (self._unpacker is None or self._unpacker.hungry):
                self._waiting = self._file.read(_PACKED_BYTES)
                self._packed += len(self._waiting)
                if not self._waiting:
                    if self._unpacker is not None and not self._unpacker.may_end:
                        raise Damaged("the compressed data ends too early")
                    return b""
            if self._unpacker is None:
                self._unpacker = self._start(self._limits)
            try:
                piece, self._waiting = self._unpacker.feed(self._waiting)
            except (OSError, EOFError, ValueError, lzma.LZMAError, zlib.error) as error:
                raise Damaged(f"the compressed data is damaged ({error})") from error
            except MemoryError as error:
                raise TooMuch("it cannot be unpacked in the memory of this machine") from error
            if self._unpacker.ended:
                # Of what several programs wrote one after the other (pbzip2, a file that was appended to).
                self._unpacker = None
                self._waiting = self._waiting.lstrip(b"\0")
            if piece:
                return piece


class _Plain:
    hungry = may_end = True
    ended = False

    def __init__(self, _limits):
        pass

    def feed(self, data):
        return data, b""


class _Lzma:
    def __init__(self, limits):
        self._inner = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=limits.memory_bytes)

    may_end = False

    @property
    def hungry(self):
        return self._inner.needs_input

    @property
    def ended(self):
        return self._inner.eof

    def feed(self, data):
        piece = self._inner.decompress(data, _UNPACKED_BYTES)
        return piece, self._inner.unused_data


class _Bzip2(_Lzma):
    def __init__(self, _limits):
        self._inner = bz2.BZ2Decompressor()


class _Gzip:
    hungry = True
    may_end = False

    def __init__(self, _limits):
        self._inner = zlib.decompressobj(wbits=31)

    @property
    def ended(self):
        return self._inner.eof

    def feed(self, data):
        piece = self._inner.decompress(data, _UNPACKED_BYTES)
        return piece, self._inner.unused_data if self._inner.eof else self._inner.unconsumed_tail


_STARTS = {"tar": _Plain, "tar.gz": _Gzip, "tar.xz": _Lzma, "tar.bz2": _Bzip2}
