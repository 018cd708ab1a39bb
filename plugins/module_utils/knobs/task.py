# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One task of a module that sets: choose the NICs, settle, and end the module."""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.facts import chosen_nics
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.selection import SelectionError
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.live import this_host
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import Refused
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.settle import settle

#: Which NICs a task is about, as an argument spec.
NICS_SPEC = {
    "interfaces": {"type": "list", "elements": "str", "default": []},
    "networks": {"type": "list", "elements": "str", "default": []},
}

#: What a task says of memory.
MEMORY_SPEC = {"memory_reserve": {"type": "str"}, "force": {"type": "bool", "default": False}}


def set_nics(module, knob, values):
    """Give the NICs of a task these values of one knob, and end the module.

    :param module: the AnsibleModule, with the options of :data:`NICS_SPEC`, and of :data:`MEMORY_SPEC` for knobs whose
        changes take memory
    :param knob: the name of a knob
    :param values: what every chosen NIC is to have
    """
    set_nics_to(module, {knob: values})


def set_nics_to(module, wanted):
    """:func:`set_nics` for several knobs: *wanted* is ``{knob: values}``."""

    def settings(host):
        names = nics_of(module, host)
        return [{"knob": knob, "subject": name, "values": values} for name in names for knob, values in wanted.items()]

    run(module, settings)


def nics_of(module, host):
    """The names of the NICs that a task with :data:`NICS_SPEC` is about; raises as :func:`facts.chosen_nics`."""
    return chosen_nics(host, module.params["interfaces"], module.params["networks"])


def set_host(module, knob, values, also):
    """Give the host these values of one knob, and end the module; *also* as in :func:`run`."""
    run(module, lambda _host: [{"knob": knob, "subject": None, "values": values}], also)


def interfaces(_host, wanted, _found):
    """``{"interfaces": [names]}`` of the settings."""
    return {"interfaces": sorted({setting["subject"] for setting in wanted if setting["subject"] is not None})}


def run(module, settings, also=interfaces):
    """Settle what ``settings(host)`` gives on the machine that this runs on, and end the module.

    :param also: what else the module returns: ``also(host, settings, result of settle)``, asked when all is done
    """
    options = module.params
    try:
        with this_host() as host:
            wanted = settings(host)
            memory = {"reserve": options.get("memory_reserve"), "force": options.get("force", False)}
            found = settle(host, wanted, module.check_mode, **memory)
            found.update(also(host, wanted, found))
    except (Refused, SelectionError) as error:
        module.fail_json(msg=str(error), changed=False)
    except Unavailable as error:
        module.fail_json(msg=f"the network interfaces could not be listed: {error.detail}", changed=False)
    module.exit_json(**found)
