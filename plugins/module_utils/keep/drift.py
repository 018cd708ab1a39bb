# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is otherwise by now than it is kept."""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.selection import SelectionError
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.keep import config
from ansible_collections.linuxnet.packetloss.plugins.module_utils.keep.identity import find, present, told
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import Refused, subject_name
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.index import ORDER
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.settle import settle


def drift(host, kept, sysctls):
    """``{"changes": [change], "problems": [sentence]}``: what the next boot would change, and what it could not do.

    :param kept: a config, *sysctls* ``{key: text}``

    Changes nothing. Raises Unavailable where the NICs cannot be listed.
    """
    found = {"changes": [], "problems": []}
    there = present(host) if kept["nics"] else []
    for entry in kept["nics"]:
        name = find(entry["nic"], there)
        if name is None:
            found["problems"].append(f"{told(entry['nic'])} is not there, and something is kept for it")
            continue
        for setting in config.settings_of(entry, name):
            _add(found, host, setting)
    if sysctls and "sysctl" in ORDER:
        _add(found, host, {"knob": "sysctl", "subject": None, "values": sysctls})
    return found


def _add(found, host, setting):
    try:
        # What it takes of memory is a question for when it is set.
        found["changes"] += settle(host, [setting], check=True, force=True)["changes"]
    except (Refused, SelectionError, Unavailable) as error:
        found["problems"].append(f"{subject_name(setting)}: {setting['knob']}: {error}")
