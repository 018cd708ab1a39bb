# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The only door to the machine: whatever a source wants to know, it asks a :class:`Host`."""

import errno
import functools

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable, whole_number


class Host:
    """A machine that can be asked: the one that this runs on (:mod:`live`), or one of which there are only files.

    What is asked most is asked of the host itself: its files, by the path that they have there (``/proc/stat``). Paths
    and what is in the files are UTF-8 whatever the locale, what is not is replaced: an interface or a process with a
    name in any encoding is no error on Python 3.6 with ``LC_ALL=C``. The rest is asked of the parts of the host:

    * ``clock``: ``monotonic_s()``, ``utc()`` ("2026-01-31T12:00:00Z"), ``sleep(seconds)``
    * ``machine``: ``page_size_bytes()``, ``clock_ticks_per_s()``, ``byte_order()`` ("little" or "big"),
      ``architecture()`` ("x86_64"), ``user_id()`` of who asks, ``python()`` ("3.6.15"); ``pin(pid, cpus)`` lets a
      process run on these CPUs only; ``in_network_namespace(path, question)`` asks there, see :class:`live.Machine`
    * ``ioctl``: ``ethtool(what, interface, request)``, see :class:`ioctl.Ioctl`
    * ``netlink``: ``dump(what, number, header)``, ``ask(what, number, question)``, ``family(name)``, see
      :class:`netlink.Netlink`

    Every question raises :class:`Unavailable`, and nothing else, where it has no answer: so a host that has no ioctl is
    made with a part that raises it. Use a host as a context manager, or ``close()`` it.

    :param files: ``read(path)``, ``write(path, data)``, ``names(path)``, ``exists(path)``, ``link(path)`` and
        ``real(path)`` in bytes, as :class:`live.Files` has them; they may raise OSError and ValueError
    :param answers: of a host of which there are only files, what it answers in the place of its kernel: ``{question:
        function}``, by the names that :func:`answered` gives
    """

    def __init__(self, files, clock, machine, ioctl, netlink, answers=None):
        self._files = files
        self.answers = answers or {}
        self.clock = clock
        self.machine = machine
        self.ioctl = ioctl
        self.netlink = netlink

    def close(self):
        self.ioctl.close()
        self.netlink.close()

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.close()

    def text(self, path):
        """The text of a file."""
        return _text(self._ask(self._files.read, path))

    def write(self, path, text):
        """Write *text* into a file of the kernel that is there, in one piece as the kernel wants it.

        Raises Unavailable with the kernel's errno in ``number``.
        """
        self._ask(lambda place: self._files.write(place, text.encode("utf-8", "surrogateescape")), path)

    def lines(self, path):
        """The text of a file of lines. It is ``malformed`` where the last one has no end: the file was cut off."""
        text = self.text(path)
        if not text.endswith("\n"):
            raise Unavailable("malformed", f"{path}: expected whole lines, found {text[-60:]!r} at the end")
        return text

    def word(self, path):
        """The text of a file without the white space around it."""
        return self.text(path).strip()

    def integer(self, path, base=10):
        """The whole number in a file; anything else is ``malformed``."""
        word = self.word(path)
        try:
            return whole_number(word, base)
        except ValueError:
            raise Unavailable("malformed", f"{path}: expected a whole number, found {word[:60]!r}") from None

    def names(self, path):
        """The sorted names in a directory."""
        return sorted(map(_text, self._ask(self._files.names, path)))

    def exists(self, path):
        """Whether something is there that can be seen."""
        try:
            return self._files.exists(path)
        except ValueError:
            return False

    def link(self, path):
        """Where a symbolic link points to, as it is written there; ``absent`` where there is no link."""
        return _text(self._ask(self._link, path))

    def real(self, path):
        """The path with every link resolved, as on the host."""
        return _text(self._ask(self._files.real, path))

    def _link(self, path):
        try:
            return self._files.link(path)
        except OSError as error:
            if error.errno == errno.EINVAL:
                raise Unavailable("absent", f"{path}: is not a link") from None
            raise

    @staticmethod
    def _ask(question, path):
        try:
            return question(path)
        except OSError as error:
            raise Unavailable.from_os_error(path, error) from error
        except ValueError as error:
            # A zero byte or half a surrogate in it: no file has such a name.
            raise Unavailable("absent", f"{path!r}: {error}") from error


def _text(data):
    return data.decode("utf-8", "replace")


def answered(source):
    """A source that asks the kernel by ioctl or netlink, and not by a file: it is left to the host where that has the
    answer in ``answers``.

    The name of a question is that of the source with its file: "ethtool.rings", "links.links". What answers it takes
    what the source takes after the host, returns what it returns, and raises Unavailable as it does.
    """
    question = f"{source.__module__.rpartition('.')[2]}.{source.__name__}"

    @functools.wraps(source)
    def ask(host, *what):
        answer = host.answers.get(question)
        return source(host, *what) if answer is None else answer(*what)

    return ask
