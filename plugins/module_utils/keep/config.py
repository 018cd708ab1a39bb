# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is kept for the NICs of a machine, as one JSON file that a person can read.

``{"format": 1, "nics": [{"nic": identity, "settings": {knob: values}, "memory": {"reserve", "force"}}]}``. Values are
those that were given ("max", a policy), for what they come to may be another number after the next boot. ``memory`` is
what the task said of it.
"""

import json

from ansible_collections.linuxnet.packetloss.plugins.module_utils.keep import files
from ansible_collections.linuxnet.packetloss.plugins.module_utils.keep.identity import find
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import Refused
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.index import ORDER, knob

PATH = "/etc/packetloss/settings.json"

#: It is raised when the file changes in a way that an older program would misunderstand.
FORMAT = 1

_NIC_KEYS = {"bus", "mac", "driver", "name"}


def empty():
    return {"format": FORMAT, "nics": []}


def read(path):
    """What is kept, :func:`empty` where there is no file; raises Refused for a file that is none of ours."""
    try:
        data = files.read(path)
    except OSError as error:
        raise files.refused(error) from error
    if data is None:
        return empty()
    try:
        config = json.loads(data.decode("utf-8"))
        _check(config)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Refused(
            f"{path} is not what this collection wrote: {error}; remove it, or run the module tune with state: absent"
        ) from error
    if config["format"] != FORMAT:
        raise Refused(
            f"{path} has the format {config['format']}, expected {FORMAT}: another version of this collection wrote it;"
            f" run the tasks again with persistent: true, after the module tune with state: absent"
        )
    return config


def _check(config):
    if not isinstance(config["format"], int):
        raise ValueError("its format is no number")
    for entry in config["nics"]:
        if set(entry["nic"]) != _NIC_KEYS or not isinstance(entry["nic"]["name"], str):
            raise ValueError("a NIC is not named")
        if not all(isinstance(values, dict) for values in entry["settings"].values()):
            raise ValueError(f"{entry['nic']['name']}: its settings are no mappings")
        if set(entry["memory"]) != {"reserve", "force"}:
            raise ValueError(f"{entry['nic']['name']}: nothing is said of memory")


def text(config):
    """The file of a config: the same text for the same config."""
    ordered = sorted(config["nics"], key=lambda entry: entry["nic"]["name"])
    return json.dumps(dict(config, nics=ordered), indent=2, sort_keys=True) + "\n"


def merged(config, settings, identities, memory):
    """A config with *settings* added: what is kept for the same NIC and knob keeps the values that are not named now.

    :param identities: ``{name: identity}`` of the NICs of the settings
    :param memory: ``{"reserve", "force"}`` of this task, None where it takes none

    Of two values that are mappings both have their keys kept. A knob has more to say of it, where that is not all:
    ``ALTERNATIVES`` and ``kept``, see :mod:`knobs.changes`.
    """
    entries = [dict(entry, settings=dict(entry["settings"])) for entry in config["nics"]]
    for setting in settings:
        own = _entry(entries, identities[setting["subject"]])
        given = {key: value for key, value in setting["values"].items() if value is not None}
        before = own["settings"].get(setting["knob"], {})
        own["settings"][setting["knob"]] = joined(knob(setting["knob"]), before, given)
        if memory is not None:
            own["memory"] = memory
    return dict(config, nics=[entry for entry in entries if entry["settings"]])


def joined(turned, before, given):
    """What is kept of a knob's values of before and those that are given now; raises Refused as its ``kept`` does."""
    if hasattr(turned, "kept"):
        return turned.kept(before, given)
    for group in getattr(turned, "ALTERNATIVES", ()):
        # What is switched off was not chosen.
        if any(given.get(key, False) is not False for key in group):
            before = {key: value for key, value in before.items() if key not in group}
    return {**before, **{key: _with(before.get(key), value) for key, value in given.items()}}


def _with(before, value):
    if not isinstance(value, dict):
        return value
    known = before if isinstance(before, dict) else {}
    return {**known, **{key: each for key, each in value.items() if each is not None}}


def _entry(entries, nic):
    """The entry of a NIC, which gets the names that it has now; a new one where there is none."""
    for entry in entries:
        if find(entry["nic"], [nic]) is not None:
            entry["nic"] = nic
            return entry
    entries.append({"nic": nic, "settings": {}, "memory": {"reserve": None, "force": False}})
    return entries[-1]


def settings_of(entry, name, knobs=ORDER):
    """The settings of an entry for the NIC that is called *name* today, in the order of the knobs.

    A knob that this version does not know is left out: :func:`unknown_knobs` has it.
    """
    return [
        {"knob": each, "subject": name, "values": entry["settings"][each]}
        for each in ORDER
        if each in entry["settings"] and each in knobs
    ]


def unknown_knobs(entry):
    """Names of knobs that this version does not have: an older or a newer one wrote the file."""
    return sorted(set(entry["settings"]) - set(ORDER))


def lines(config):
    """What is kept, a line for each value, as a diff shows it."""
    return [
        f"{entry['nic']['name']}: at boot {each} {key} {_word(value)}\n"
        for entry in sorted(config["nics"], key=lambda entry: entry["nic"]["name"])
        for each, values in sorted(entry["settings"].items())
        for key, value in sorted(values.items())
    ]


def _word(value):
    """A value as a person reads it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)
