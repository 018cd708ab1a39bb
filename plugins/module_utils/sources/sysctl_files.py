# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which file gives a sysctl its value at boot, and which one under ``sysctl --system``.

At boot systemd-sysctl reads the folders of :data:`FOLDERS` (sysctl.d(5), systemd 252): of files with the same name that
of the first folder hides the others, an empty one or a link to /dev/null hides them and says nothing; all are read in
the order of their names, whatever their folder, and the last assignment of a key wins. /etc/sysctl.conf is not read
unless a link in a folder leads to it. ``sysctl --system`` of procps reads the same, and /etc/sysctl.conf at the end
(sysctl(8), procps 4.0.2). So the two may give one key two values.

What else writes sysctls at boot is not seen here: tuned, network managers, the parameters of the kernel, initrd.

``files`` are pairs ``(path, text)`` in the order in which they are read.
"""

from collections import OrderedDict, namedtuple
from fnmatch import fnmatchcase

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable

#: The first one that has a file of a name decides.
FOLDERS = ("/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d", "/lib/sysctl.d")

#: What procps alone reads, last.
CONF = "/etc/sysctl.conf"

_SUFFIX = ".conf"
_NOWHERE = "/dev/null"

#: A line of a file that says something of a key: ``value`` is None where it only takes the key out of patterns.
Line = namedtuple("Line", "file number key value")


def read(host):
    """``{"boot": files, "sysctl_system": files, "unread": {path: why}}``: what is read by each, as it is now."""
    boot, unread = [], {}
    for path in paths({folder: _names(host, folder, unread) for folder in FOLDERS}):
        if not _is_masked(host, path):
            _take(host, path, boot, unread)
    last = list(boot)
    if host.exists(CONF):
        _take(host, CONF, last, unread)
    return {"boot": boot, "sysctl_system": last, "unread": unread}


def _names(host, folder, unread):
    try:
        return host.names(folder)
    except Unavailable as error:
        if error.reason != "absent":
            unread[folder] = error.detail
        return []


def _is_masked(host, path):
    try:
        return host.link(path) == _NOWHERE
    except Unavailable:
        return False


def _take(host, path, files, unread):
    try:
        files.append((path, host.text(path)))
    except Unavailable as error:
        unread[path] = error.detail


def paths(names):
    """The paths that are read, in their order; *names* is ``{folder: [names in it]}`` with keys of :data:`FOLDERS`."""
    found = {}
    for folder in FOLDERS:
        for name in names.get(folder, ()):
            if name.endswith(_SUFFIX):
                found.setdefault(name, f"{folder}/{name}")
    return [found[name] for name in sorted(found, key=lambda each: each.encode("utf-8", "surrogateescape"))]


def normal(key):
    """A key as a path below /proc/sys: "net.core.somaxconn" and "net/core/somaxconn" are "net/core/somaxconn".

    The first separator tells which of the two is the separator; the other one then stands for itself:
    "net.ipv4.conf.eth0/100.rp_filter" is "net/ipv4/conf/eth0.100/rp_filter".
    """
    first = next((letter for letter in key if letter in "./"), None)
    return key.translate(str.maketrans("./", "/.")) if first == "." else key


def lines(files):
    """What the files say, in order: a list of :class:`Line`."""
    found = []
    for path, text in files:
        for number, line in enumerate(text.splitlines(), 1):
            line = line.strip()
            if not line or line[0] in "#;":
                continue
            key, assigns, value = line.partition("=")
            may_fail = key.startswith("-")
            if assigns or may_fail:
                key = normal((key[1:] if may_fail else key).strip())
                found.append(Line(path, number, key, value.strip() if assigns else None))
    return found


def winner(files, key, procps=False):
    """The assignment that *key* has after all files: ``{"file", "line", "value"}``, None where it has none.

    Where a line names the key itself, patterns (``net.ipv4.conf.*.rp_filter``) do not apply to it, wherever they are;
    ``-key`` without a value takes it out of them. Of several lines the last one counts.

    :param procps: whether it is ``sysctl --system`` that reads them. Then ``-key`` does not take back an assignment
        before it, and a pattern that is said again with the same value counts again (tried: systemd 252, procps 4.0.2)
    """
    key, said = normal(key), lines(files)
    named = [line for line in said if line.key == key]
    if procps:
        found = [line for line in named if line.value is not None] or named
    else:
        found, said = named, _said_once(said)
    found = found or [line for line in said if line.value is not None and _matches(line.key, key)]
    if not found or found[-1].value is None:
        return None
    return {"file": found[-1].file, "line": found[-1].number, "value": found[-1].value}


def _said_once(said):
    """The last line of each key, where it stands; one that says the same again stays in the place of the first."""
    last = OrderedDict()
    for line in said:
        if line.key in last and last[line.key].value == line.value:
            continue
        last.pop(line.key, None)
        last[line.key] = line
    return list(last.values())


def _matches(pattern, key):
    """Whether a pattern is one of the key's file: ``*`` goes no further than a folder, as in a shell."""
    parts, of_key = pattern.split("/"), key.split("/")
    return (
        any(letter in pattern for letter in "*?[")
        and len(parts) == len(of_key)
        and all(fnmatchcase(name, part) for name, part in zip(of_key, parts))
    )
