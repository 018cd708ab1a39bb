# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a reboot does to what a task has set: it is kept, or it is told what comes in its place."""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.keep import config, owners, persist, sysctl_file
from ansible_collections.linuxnet.packetloss.plugins.module_utils.keep.identity import find, identity
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import Refused

_LASTS_NIC = "It lasts until the driver is loaded again, or the host boots."
_LASTS_HOST = "It lasts until the host boots."


def kept(host, settings, found, memory=None, check=False, whole=(), root=""):
    """Keep the settings of a task: ``{"reboot": sentence, "kept": {"files", "owners"}, "diff"}``.

    :param found: what :func:`settle.settle` said of them
    :param memory: ``{"reserve", "force"}`` of the task, None for knobs that take none
    :param whole: of what they take the place of all that is kept, see :meth:`persist.Kept.with_settings`

    Raises Refused where they cannot be kept.
    """
    before, wanted, sysctls = to_keep(host, settings, found, memory, whole, root)
    done = persist.keep(before, wanted, sysctls, check)
    places = [config.PATH] if wanted["nics"] else []
    places += [sysctl_file.PATH] if sysctls else []
    return {
        "reboot": f"It is set again at boot: {', '.join(places)}." if places else "There is nothing to keep.",
        "kept": {"files": done["files"], "owners": owners.others(host, settings)},
        "diff": done["diff"],
    }


def to_keep(host, settings, found, memory=None, whole=(), root=""):
    """``(what is kept before, config and sysctls that are to be)`` for arguments of :func:`kept`; raises Refused."""
    before = persist.Kept(root)
    # A number that is larger already is not lowered, at boot neither.
    larger = {left["key"] for left in found.get("not_set", ()) if left.get("larger")}
    return (before, *before.with_settings(host, settings, found["changes"], memory, whole, larger))


def not_kept(host, settings, root=""):
    """The sentence for settings that are not kept: how long they last, and what a boot sets in their place."""
    of_nics = any(setting["subject"] is not None for setting in settings)
    lasts = _LASTS_NIC if of_nics else _LASTS_HOST
    try:
        before = persist.Kept(root)
    except Refused as error:
        return f"{lasts} What is kept cannot be read: {error}"
    instead = sorted({line for setting in settings for line in _instead(host, before, setting)})
    return f"{lasts} Then what is kept is set: {'; '.join(instead)}." if instead else lasts


def _instead(host, before, setting):
    """What is kept of the same knob of the same NIC, or of the same sysctls, a line each."""
    if setting["subject"] is None:
        same = {key: value for key, value in before.sysctls.items() if key in setting["values"]}
        return [line.strip() for line in sysctl_file.lines(same)]
    if not before.config["nics"]:
        return []
    there = [identity(host, setting["subject"])]
    entries = [
        dict(entry, settings={setting["knob"]: entry["settings"][setting["knob"]]})
        for entry in before.config["nics"]
        if setting["knob"] in entry["settings"] and find(entry["nic"], there)
    ]
    return [line.strip() for line in config.lines({"nics": entries})]
