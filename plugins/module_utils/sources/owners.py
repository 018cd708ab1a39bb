# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who else manages these settings on the host: irqbalance, NetworkManager, systemd-networkd, tuned."""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import processes

#: Part of the document: the name of the process.
DAEMONS = {
    "irqbalance": "irqbalance",
    "networkmanager": "NetworkManager",
    "networkd": "systemd-networkd",
    "tuned": "tuned",
}

#: Where its unit takes the environment of irqbalance from; a later file overrides an earlier one. Debian has the
#: first and the third, RHEL and openEuler the second, Arch the last.
IRQBALANCE_FILES = (
    "/usr/lib/irqbalance/defaults.env",
    "/etc/sysconfig/irqbalance",
    "/etc/default/irqbalance",
    "/etc/irqbalance.env",
)

TUNED_PROFILE = "/etc/tuned/active_profile"


def read(host, gaps):
    """``{"irqbalance": {...}, "networkmanager": {...}, "networkd": {...}, "tuned": {...}}``.

    Each has ``running``: True with its ``pid``, False, or None (with a gap) where it was not found but may be running
    unseen, as in a container. irqbalance has ``config`` {variable: value} from ``config_files`` [path], and the
    ``arguments`` [str] of the running one; tuned has ``profile``. *gaps* is at ``/owners``.

    Raises Unavailable where /proc cannot be listed.
    """
    found, why = processes.find(host, DAEMONS.values())
    owners = {}
    for key, command in DAEMONS.items():
        if command in found:
            owners[key] = {"running": True, "pid": found[command]}
        elif why is None:
            owners[key] = {"running": False}
        else:
            owners[key] = {"running": None}
            gaps.at(key).note("running", why)
    _irqbalance(host, gaps.at("irqbalance"), owners["irqbalance"])
    owners["tuned"]["profile"] = gaps.at("tuned").attempt("profile", host.word, TUNED_PROFILE)
    return owners


def _irqbalance(host, gaps, owner):
    if "pid" in owner:
        owner["arguments"] = gaps.attempt("arguments", _arguments, host, owner["pid"])
    owner["config"], owner["config_files"] = {}, []
    for path in IRQBALANCE_FILES:
        try:
            variables = parse_environment(host.text(path))
        except Unavailable as error:
            if error.reason != "absent":
                gaps.note("config", error)
            continue
        owner["config"].update(variables)
        owner["config_files"].append(path)


def _arguments(host, pid):
    """The arguments of a process without its own name."""
    return host.text(f"/proc/{pid}/cmdline").rstrip("\0").split("\0")[1:]


def parse_environment(text):
    """``{"IRQBALANCE_ARGS": "--foo"}``: the assignments to variables of irqbalance in a file for EnvironmentFile=.

    Quotes around a whole value are taken off. ``OPTIONS`` is what old Debian called IRQBALANCE_ARGS.
    """
    variables = {}
    for line in text.splitlines():
        name, assigned, value = line.strip().partition("=")
        if assigned and (name.startswith("IRQBALANCE_") or name == "OPTIONS"):
            value = value.strip()
            if len(value) > 1 and value[0] in "'\"" and value[-1] == value[0]:
                value = value[1:-1]
            variables[name] = value
    return variables
