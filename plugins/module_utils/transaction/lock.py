# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One at a time: the lock under which a transaction is begun, made, confirmed and taken back."""

import fcntl
import json
import os

from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import Refused

PATH = "/run/packetloss.lock"

_LOOK_S = 0.1


class Lock:
    """A context in which nobody else has the lock.

    :param clock: of the host
    :param who: what the others are told, such as "transaction X"
    :param limit_s: how long it is waited for; raises Refused then, with who has it
    """

    def __init__(self, root, clock, who, limit_s):
        self._path = root + PATH
        self._clock, self._who, self._limit_s = clock, who, limit_s
        self._stream = None

    def __enter__(self):
        try:
            os.makedirs(os.path.dirname(self._path), exist_ok=True)
            self._stream = open(self._path, "a+")
        except OSError as error:
            raise Refused(f"{self._path}: {error.strerror}; nothing was changed; become root") from error
        end = self._clock.monotonic_s() + self._limit_s
        while not self._taken():
            if self._clock.monotonic_s() >= end:
                holder = self._holder()
                self._stream.close()
                raise Refused(
                    f"{holder} has the lock {self._path}, so two would change this host at once: wait until it is done"
                )
            self._clock.sleep(_LOOK_S)
        self._stream.seek(0)
        self._stream.truncate()
        json.dump({"pid": os.getpid(), "who": self._who}, self._stream)
        self._stream.flush()
        return self

    def __exit__(self, *_exception):
        # The file stays: another may wait for this very one.
        self._stream.truncate(0)
        self._stream.close()

    def _taken(self):
        try:
            fcntl.flock(self._stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _holder(self):
        self._stream.seek(0)
        try:
            told = json.loads(self._stream.read())
            return f"{told['who']} (process {told['pid']})"
        except (ValueError, KeyError, TypeError):
            return "somebody else"
