# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The texts of the systemd units and the udev rule that start the program: pure functions.

Before the links come up, ``packetloss-pre`` sets what a driver makes anew: rings and channels of a NIC that carries no
traffic yet. When they are up, ``packetloss-post`` looks whether that is still so, and sets interrupts and steering,
which drivers ask for only then (request_irq() in their ndo_open()). Both do it for all NICs at boot; a NIC that comes
later, or again after its driver was reloaded, or with another name, has ``packetloss-pre@NAME`` and
``packetloss-post@NAME`` started by the udev rule.
"""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.keep import config

PROGRAM = "/usr/local/libexec/packetloss/packetloss-boot"
RULE = "/etc/udev/rules.d/99-packetloss.rules"
UNITS = "/etc/systemd/system"
WANTED = UNITS + "/multi-user.target.wants"

#: Where it is noted that the services at boot have begun with a phase. What udev starts before that has nothing to do:
#: those services see every NIC that is there, and one that comes later has an event of its own.
BEGUN = "/run/packetloss"

PHASES = ("pre", "post")

#: Seconds after which the program ends by itself, and those after which systemd ends it: an ioctl may hang.
LIMIT_S = {"pre": 75, "post": 150}
_MARGIN_S = 15

#: What each phase says of its place. The first is where a firewall is: not after sysinit.target, for on some systems
#: sysinit.target waits for the network (cloud-init.service), and that would be a circle.
_PLACE = {
    "pre": """\
DefaultDependencies=no
RequiresMountsFor={config} {program}
After=local-fs.target systemd-udevd.service{after}
Wants=network-pre.target
Before=network-pre.target shutdown.target
Conflicts=shutdown.target
""",
    "post": """\
After=network.target packetloss-pre{instance}.service
""",
}

_UNIT = """\
# Written by linuxnet.packetloss: the module tune with state: absent takes it away.
[Unit]
Description=packetloss: {description}
Documentation=https://github.com/linuxnet/linuxnet.packetloss
ConditionPathExists={config}
{place}
[Service]
Type={type}
ExecStart={interpreter} -I {program} apply --phase {phase}{nic}
{limit}TimeoutStopSec={margin}
"""

_INSTALL = """
[Install]
WantedBy=multi-user.target
"""

_WHAT = {
    "pre": "NIC settings that come before the link",
    "post": "NIC settings that come after the link is up",
}

_RULE_HEAD = "# Written by linuxnet.packetloss: the module tune with state: absent takes it away.\n"
_RULE_START = """\
SUBSYSTEM!="net", GOTO="packetloss_end"
ACTION!="add|bind|move", GOTO="packetloss_end"
"""
_RULE_END = """\
GOTO="packetloss_end"
LABEL="packetloss_kept"
TAG+="systemd", ENV{SYSTEMD_WANTS}+="packetloss-pre@$name.service packetloss-post@$name.service"
LABEL="packetloss_end"
"""


def unit_name(phase, instance=""):
    """``packetloss-pre.service``, with *instance* "@" the template."""
    return f"packetloss-{phase}{instance}.service"


def units(interpreter):
    """``{path: text}`` of all units.

    :param interpreter: the Python that runs the program
    """
    return {
        f"{UNITS}/{unit_name(phase, instance)}": _unit(phase, instance, interpreter)
        for phase in PHASES
        for instance in ("", "@")
    }


def links():
    """``{path: target}``: what ``systemctl enable`` makes."""
    return {f"{WANTED}/{unit_name(phase)}": f"{UNITS}/{unit_name(phase)}" for phase in PHASES}


def _unit(phase, instance, interpreter):
    of_one = bool(instance)
    place = _PLACE[phase].format(
        config=config.PATH, program=PROGRAM, instance="@%i" if of_one else "", after=" packetloss-pre.service" * of_one
    )
    if of_one:
        place += f"ConditionPathExists={BEGUN}/{phase}\n"
    # A oneshot holds up who waits for it. That is what "pre" is for; nothing waits for "post".
    timeout = "TimeoutStartSec" if phase == "pre" else "RuntimeMaxSec"
    unit = _UNIT.format(
        description=_WHAT[phase] + (" (%i)" if of_one else ""),
        config=config.PATH,
        place=place,
        type="oneshot" if phase == "pre" else "simple",
        interpreter=interpreter,
        program=PROGRAM,
        phase=phase,
        nic=" --nic %i" if of_one else "",
        limit=f"{timeout}={LIMIT_S[phase] + _MARGIN_S}\n",
        margin=_MARGIN_S,
    )
    return unit if of_one else unit + _INSTALL


def rule(kept):
    """The udev rule for the NICs of a config: no program is started for any other, such as those of containers."""
    matches = sorted({match for entry in kept["nics"] for match in _matches(entry["nic"])})
    return _RULE_HEAD + _RULE_START + "".join(f'{match}, GOTO="packetloss_kept"\n' for match in matches) + _RULE_END


def _matches(nic):
    """How udev knows a NIC: a device above it by its address, itself by its own. The program looks closer."""
    if nic["bus"] is not None:
        yield f'KERNELS=="{_literal(nic["bus"])}"'
    if nic["mac"] is not None:
        yield f'ATTR{{address}}=="{_literal(nic["mac"])}"'
    if nic["bus"] is None and nic["mac"] is None:
        yield f'KERNEL=="{_literal(nic["name"])}"'
        # What is renamed while its rules are read.
        yield f'NAME=="{_literal(nic["name"])}"'


def _literal(text):
    """A text as udev's patterns take it: what is special there is matched by "?"."""
    return "".join("?" if letter in '*?[]|"\\' or not letter.isprintable() else letter for letter in text)
