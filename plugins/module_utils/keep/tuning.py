# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module tune: entries of a fleet to the settings of this host, and all that is kept taken away."""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.facts import nic_facts
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.keep.drift import drift
from ansible_collections.linuxnet.packetloss.plugins.module_utils.keep.persist import Kept, remove
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs import match
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import Refused
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.index import ORDER
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.settle import told
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.task import run

_EVERY = ("*",)


def tune(module):
    """Give this host what the options of the module say, and end the module."""
    options = {"nics": module.params["settings"], "sysctls": module.params["sysctls"]}
    # What is not given at all is left to other tasks.
    whole = [what for what, given in options.items() if given]
    run(module, lambda host: settings(host, module.params), whole=whole, more=_drift)


def settings(host, options):
    """The settings of a host for ``{"settings": entries, "sysctls": {key: value}}``."""
    entries, sysctls = options["settings"], options["sysctls"]
    match.check(entries)
    found = match.settings(entries, _nics(host, match.parts(entries))) if entries else []
    if sysctls and match.SYSCTL not in ORDER:
        raise Refused(f"sysctls cannot be set by this version; the knobs are: {', '.join(ORDER)}")
    return found + ([{"knob": match.SYSCTL, "subject": None, "values": sysctls}] if sysctls else [])


def _nics(host, parts):
    facts = nic_facts(host, _EVERY, parts)
    if facts["nics"] is None:
        entry = facts["unavailable"][-1]
        raise Unavailable(entry["reason"], entry["detail"])
    return facts["nics"]


def _drift(host):
    kept = Kept()
    return {"drift": drift(host, kept.config, kept.sysctls)}


def forget(module):
    """Take away all that is kept, and end the module."""
    try:
        done = remove(Kept(damaged=True), module.check_mode)
    except Refused as error:
        module.fail_json(msg=str(error), changed=False)
    nothing = told([], [], None)
    nothing.update(changed=bool(done["files"]), diff=done["diff"])
    module.exit_json(
        interfaces=[],
        drift={"changes": [], "problems": []},
        reboot="Nothing is kept: after the next boot the drivers have their own settings.",
        kept={"files": done["files"], "owners": []},
        **nothing,
    )
