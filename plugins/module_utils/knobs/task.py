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


def run(module, settings, also=interfaces, whole=(), more=None, beside=None):
    """Settle what ``settings(host)`` gives on the machine that this runs on, keep it, and end the module.

    :param also: what else the module returns: ``also(host, settings, result of settle)``, asked when all is done
    :param whole: of what these settings are all that is kept, see :meth:`keep.persist.Kept.with_settings`
    :param more: a function of the host that gives more of the result; it is called before anything is changed
    :param beside: what the task does besides, that is no knob's: a function of the host and the settings that returns
        an object with ``changed()``, ``diff()`` (two texts), ``make()``, ``take_back()`` (what is to be said of it),
        all before anything is changed, and ``told(found)``: what it adds to the result, when *found* is settled. Made
        before the settings are, and taken back where they are refused
    """
    options = module.params
    # Of a task about other things than memory there is nothing to remember.
    memory = {"reserve": options.get("memory_reserve"), "force": options.get("force", False)}
    found, added = None, {}
    try:
        with this_host() as host:
            wanted = settings(host)
            added = more(host) if more else {}
            other = beside(host, wanted) if beside else None
            if other and not module.check_mode:
                # What is refused anyhow is no reason to begin.
                settle(host, wanted, True, **memory)
                other.make()
            try:
                found = settle(host, wanted, module.check_mode, **memory)
            except Refused as error:
                raise Refused(f"{error}{'' if other is None or module.check_mode else other.take_back()}") from error
            found.update(also(host, wanted, found))
            if other:
                found = _joined(found, other)
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
    module.exit_json(**added, **found)


def _joined(found, other):
    """A result with what was done besides."""
    before, after = other.diff()
    diff = {"before": found["diff"]["before"] + before, "after": found["diff"]["after"] + after}
    return dict(found, changed=found["changed"] or other.changed(), diff=diff, **other.told(found))


def _join(found, kept):
    """Add to the result of settling that of keeping."""
    found.update(reboot=kept["reboot"], kept=kept["kept"])
    found["changed"] = found["changed"] or bool(kept["kept"]["files"])
    for side, lines in kept["diff"].items():
        found["diff"][side] += lines
