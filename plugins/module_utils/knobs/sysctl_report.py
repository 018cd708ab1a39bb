# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a value of a sysctl does not tell by itself: what it will be after a boot, and whom it does not reach."""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs import sysctl
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import open_sockets, sysctl_files, sysctls

#: How a person finds the sockets of a kind.
FIND = {"listening": "ss -lntp", "datagram": "ss -uamp; ss -wamp", "stream": "ss -tmp"}

#: Why the processes with connections are not named.
_TOO_MANY = "connections are too many to be looked up"


def report(host, settings, found):
    """What the module returns besides: ``{"sysctls", "unread_files", "old_sockets"}``.

    :param settings: those of knob sysctl
    :param found: the result of :func:`settle.settle`
    """
    names = {name for setting in settings for name in setting["values"] if name != sysctl.ALLOW_DECREASE}
    files = sysctl_files.read(host)
    return {
        "sysctls": {name: of_sysctl(host, files, name) for name in sorted(map(sysctl.canonical, names))},
        "unread_files": [{"path": path, "reason": why} for path, why in sorted(files["unread"].items())],
        "old_sockets": old_sockets(host, found["changes"]),
    }


def of_sysctl(host, files, name):
    """``{"runtime", "boot_winner": {"file", "line", "value"}, "sysctl_system_winner"}``, None for what there is not."""
    try:
        runtime = sysctls.value(host, name)
    except Unavailable:
        runtime = None
    return {
        "runtime": runtime,
        "boot_winner": sysctl_files.winner(files["boot"], name),
        "sysctl_system_winner": sysctl_files.winner(files["sysctl_system"], name, procps=True),
    }


def old_sockets(host, changes):
    """Whose sockets keep what they have: ``[{"kind", "sysctls", "processes", "unavailable", "find"}]``.

    ``processes`` is None with the reason in ``unavailable`` where they cannot be named.
    """
    about = {}
    for made in changes:
        for name in made["to"]:
            kind = sysctls.COUNTS[sysctls.SETTINGS[name].counts][1]
            if kind:
                about.setdefault(kind, []).append(name)
    return [_of_kind(host, kind, sorted(names)) for kind, names in sorted(about.items())]


def _of_kind(host, kind, names):
    processes, why = None, _TOO_MANY
    if kind in open_sockets.KINDS:
        try:
            processes, why = open_sockets.holders(host, kind), None
        except Unavailable as error:
            why = error.detail
    return {"kind": kind, "sysctls": names, "processes": processes, "unavailable": why, "find": FIND[kind]}
