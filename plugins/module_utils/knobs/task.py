# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One task of a module that sets: choose the NICs, settle, keep it if asked to, and end the module."""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.facts import chosen_nics
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.selection import SelectionError
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.live import this_host
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.keep import owners, reboot
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import Refused
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.settle import settle

#: Whether it is kept over a boot, as an argument spec: of modules that set the host, the others have it in NICS_SPEC.
KEEP_SPEC = {"persistent": {"type": "bool", "default": False}}

#: Which NICs a task is about.
NICS_SPEC = {
    **KEEP_SPEC,
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

    def settings(host):
        names = chosen_nics(host, module.params["interfaces"], module.params["networks"])
        return [{"knob": knob, "subject": name, "values": values} for name in names]

    run(module, settings)


def set_host(module, knob, values):
    """Give the host these values of one knob, and end the module."""
    run(module, lambda _host: [{"knob": knob, "subject": None, "values": values}])


def run(module, settings, whole=(), more=None):
    """Settle what ``settings(host)`` gives on the machine that this runs on, keep it, and end the module.

    :param whole: of what these settings are all that is kept, see :meth:`keep.persist.Kept.with_settings`
    :param more: a function of the host that gives more of the result; it is called before anything is changed
    """
    options = module.params
    # Of a task about other things than memory there is nothing to remember.
    memory = {"reserve": options.get("memory_reserve"), "force": options.get("force", False)}
    found, added = None, {}
    try:
        with this_host() as host:
            wanted = settings(host)
            added = more(host) if more else {}
            found = settle(host, wanted, module.check_mode, **memory)
            if options.get("persistent"):
                memory = memory if "memory_reserve" in options else None
                _join(found, reboot.kept(host, wanted, found, memory, module.check_mode, whole))
            else:
                found["reboot"] = reboot.not_kept(host, wanted)
    except (Refused, SelectionError) as error:
        made = {} if found is None else {"changes": found["changes"], "commands": found["commands"]}
        module.fail_json(msg=str(error), changed=bool(found and found["changed"]), **made)
    except Unavailable as error:
        module.fail_json(msg=f"the network interfaces could not be listed: {error.detail}", changed=False)
    for entry in found.get("kept", {}).get("owners", ()):
        module.warn(owners.told(entry))
    interfaces = sorted({setting["subject"] for setting in wanted if setting["subject"] is not None})
    module.exit_json(interfaces=interfaces, **added, **found)


def _join(found, kept):
    """Add to the result of settling that of keeping."""
    found.update(reboot=kept["reboot"], kept=kept["kept"])
    found["changed"] = found["changed"] or bool(kept["kept"]["files"])
    for side, lines in kept["diff"].items():
        found["diff"][side] += lines
