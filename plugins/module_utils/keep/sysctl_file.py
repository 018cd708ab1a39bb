# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one file with the sysctls that are kept.

systemd-sysctl and ``sysctl --system`` read all files of the folders for them in the order of their names, and the last
one that has a key wins: that is told by who knows all files, not here.
"""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.keep import files
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import Refused

PATH = "/etc/sysctl.d/98-packetloss.conf"

_HEAD = "# Written by linuxnet.packetloss: the module tune with state: absent takes it away.\n"

#: What keys begin with that are not there at every boot: they belong to modules that are loaded later, or to NICs. A
#: "-" before such a key lets the tools go on without it.
MAY_BE_MISSING = (
    "net.netfilter.",
    "net.nf_conntrack_",
    "net.bridge.",
    "net.ipv4.conf.",
    "net.ipv4.neigh.",
    "net.ipv6.",
)


def text(values):
    """The file for ``{key: value}``, sorted; a value of several numbers is a list."""
    return _HEAD + "".join(_line(key, value) for key, value in sorted(values.items()))


def _line(key, value):
    words = [_word(each) for each in (value if isinstance(value, (list, tuple)) else [value])]
    return f"{'-' * key.startswith(MAY_BE_MISSING)}{key} = {' '.join(words)}\n"


def _word(value):
    """A value as the kernel reads it."""
    return str(int(value)) if isinstance(value, bool) else str(value)


def merged(before, values, without=()):
    """What is kept with *values* added but for *without*; only what is a sysctl: what else a knob takes has no dot."""
    named = {_dotted(key): value for key, value in values.items() if value is not None and set(key) & set("./")}
    return dict(before, **{key: value for key, value in named.items() if key not in without})


def _dotted(key):
    """A key with dots: the first separator tells which of the two is the separator, sysctl.d(5)."""
    first = next(letter for letter in key if letter in "./")
    return key if first == "." else key.translate(str.maketrans("./", "/."))


def read(path):
    """``{key: text}`` of the file, nothing where there is none; raises Refused."""
    try:
        data = files.read(path)
    except OSError as error:
        raise files.refused(error) from error
    return {} if data is None else parse(data, path)


def parse(data, path=PATH):
    """``{key: text}`` of a file that :func:`text` wrote; raises Refused for another."""
    found = {}
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        line = line.strip()
        if not line or line[0] in "#;":
            continue
        key, assigned, value = line.partition("=")
        if not assigned:
            raise Refused(
                f"{path}, line {number}: expected key = value, found {line[:60]!r}; mend it or remove the file"
            )
        found[key.strip().lstrip("-")] = value.strip()
    return found


def lines(values):
    """What is kept, a line for each value, as a diff shows it."""
    return [f"host: at boot sysctl {_line(key, value).lstrip('-').strip()}\n" for key, value in sorted(values.items())]
