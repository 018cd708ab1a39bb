# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The texts that keep irqbalance from interrupts over reboots: its policy script, and the option that names it. Pure.

irqbalance calls its policy script for each interrupt that it finds, with the path of the device in sysfs and the number
of the interrupt, and takes ``ban=true`` from its output (classify.c, get_irq_user_policy(); 1.4.0 to 1.9.5). The script
goes by the address of the PCI function and the name of the handler, so that other numbers mean nothing to it. In the
sandbox of irqbalance's unit it sees /sys and /proc/irq, and has no network and no capability.
"""

import collections
import re

PATH = "/usr/local/libexec/packetloss/irqbalance-policy"
MODE = 0o755

#: The last option of several counts (getopt_long() in irqbalance.c), so what stands there may stay.
OPTION = "--policyscript=" + PATH

_SCRIPT = """\
#!/bin/sh
# Written by the Ansible module linuxnet.packetloss.irq_affinity: what is changed here is lost. To be rid of it, run the
# module with state: absent for the interfaces below.
#
# irqbalance asks it about each interrupt: $1 is the device in sysfs, $2 the number. The interrupts of the queues of
# these interfaces are not to be moved. One that has no handler yet is theirs too: the interface is still down.

before={before}

for handler in "/proc/irq/$2"/*/; do
    handler=${{handler%/}}
    case "${{1##*/}}/${{handler##*/}}" in
{cases}
    esac
done

# What irqbalance was told to ask before, a script or a folder of them, is asked about all others.
if [ -z "$before" ]; then
    exit 0
elif [ -d "$before" ]; then
    for script in "$before"/*; do
        if [ -f "$script" ] && [ -x "$script" ] && said=$("$script" "$@"); then
            printf '%s\\n' "$said"
            exit 0
        fi
    done
    exit 0
fi
exec "$before" "$@"
"""

_CASE = """\
        # {name}
        {patterns}) echo ban=true; exit 0 ;;"""
_CASES = re.compile(r"^ {8}# (\S+)\n {8}(.+)\) echo ban=true; exit 0 ;;$", re.MULTILINE)
_BEFORE = re.compile(r"^before='(.*)'$", re.MULTILINE)

#: The device of interrupts that irqbalance finds on no PCI function: it hands /sys then.
NO_FUNCTION = "sys"


def patterns(name, nic, irqs):
    """The ``case`` patterns of the interrupts of a NIC's queues, sorted.

    :param nic: of the host document, with ``irqs`` and ``pci``
    :param irqs: those that serve queues

    The numbers in the name of a handler may be others after a reboot, and the NIC's name is that at the time of the
    request; only where several NICs share a function it tells them apart.
    """
    where = place(nic)
    exact = where == NO_FUNCTION or bool(nic.get("irqs_shared_with"))
    actions = {nic["irqs"][irq]["action"] for irq in irqs}
    found = {where + "/" + _glob(action, name, exact) for action in actions if action}
    return sorted(found | ({where + "/[*]"} if where != NO_FUNCTION else set()))


def place(nic):
    """What the last part of the path of a NIC's device is, as irqbalance hands it to the script."""
    return (nic.get("pci") or {}).get("address") or NO_FUNCTION


def _glob(action, name, exact):
    parts = [re.sub(r"[0-9]+", "[0-9]*", re.sub(r"[^A-Za-z0-9_.:@-]", "?", part)) for part in action.split(name)]
    return (_plain(name) if exact else "*").join(parts)


def _plain(name):
    return re.sub(r"[^A-Za-z0-9_.:@-]", "?", name)


def script(nics, before=None):
    """The text of the policy script.

    :param nics: ``{name: patterns}``
    :param before: the script or folder that irqbalance asked before; None for none
    """
    cases = "\n".join(_CASE.format(name=name, patterns=" | ".join(nics[name])) for name in sorted(nics))
    return _SCRIPT.format(cases=cases, before=_quoted(before or ""))


def of_script(text):
    """``(nics, before)`` of the text of a policy script that was made here."""
    nics = {name: found.split(" | ") for name, found in _CASES.findall(text or "")}
    before = _BEFORE.search(text or "")
    return nics, before and before.group(1).replace("'\\''", "'") or None


def _quoted(text):
    return "'" + text.replace("'", "'\\''") + "'"


# --- the option ---------------------------------------------------------------------------------------------------

_WAS = "# linuxnet.packetloss: the next line was: "
_ADDED = "# linuxnet.packetloss: the next line was added"
_NEWLINE = " behind a newline"

_OPTION_OF_OLD = re.compile(r"(?:^|\s)(?:--pol[a-z]*(?:=|\s+)|-l\s*)([^\s]+)")

Unit = collections.namedtuple("Unit", ("variable", "files"))


def of_unit(texts):
    """What the unit of irqbalance says: ``Unit(variable, files)``, None where it takes its options from no variable.

    :param texts: those of the unit and its drop-ins, the last one counts most

    ``variable`` is what ExecStart has its options from, ``files`` are those that systemd takes it from, in order.
    """
    variable, files = None, []
    for line in "\n".join(texts).splitlines():
        key, assigned, value = line.strip().partition("=")
        value = value.strip()
        if not assigned:
            continue
        if key == "ExecStart":
            found = re.search(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?", value)
            variable = found.group(1) if found else variable if not value else None
        elif key == "EnvironmentFile":
            files = files + [value.lstrip("-")] if value else []
    return Unit(variable, files) if variable and files else None


class CannotEdit(Exception):
    """A line is in a form that is not changed here; the message says which."""


def value_of(text, variable):
    """The value that a file for EnvironmentFile= gives a variable, without its quotes; None where it gives none."""
    lines = _assignments(text, variable)
    return _unquoted(text.splitlines()[lines[-1]].partition("=")[2]) if lines else None


def policy_before(value):
    """The policy script that options name, None where they name none, or ours alone."""
    found = [word.strip("'\"") for word in _OPTION_OF_OLD.findall(value or "")]
    return next((path for path in reversed(found) if path != PATH), None)


def with_option(text, variable, inherited=""):
    """A file for EnvironmentFile= with :data:`OPTION` behind the options that stand there.

    :param inherited: the value that the variable has from the files before, where this one does not set it

    Raises CannotEdit. The same text where the option is there already.
    """
    lines = text.splitlines(True)
    found = _assignments(text, variable)
    value = value_of(text, variable) if found else inherited
    if OPTION in (value or "").split():
        return text
    if any(character in value for character in "\"'\\$`"):
        raise CannotEdit(f"{variable} is {value!r}, with quotes in it: add {OPTION} to it yourself")
    line = f'{variable}="{_with(value)}"\n'
    if not found:
        # Without a newline at the end of the file the first of our lines would be part of its last.
        end = "" if not text or text.endswith("\n") else "\n"
        return f"{text}{end}{_ADDED}{_NEWLINE if end else ''}, to: {value}\n{line}"
    was = lines[found[-1]]
    if not was.endswith("\n"):
        was, line = was + "\n", line.rstrip("\n")
    lines[found[-1] : found[-1] + 1] = [_WAS + was, line]
    return "".join(lines)


def without_option(text, variable):
    """The text as it was before :func:`with_option`; of a line that somebody changed since only the option goes."""
    lines = text.splitlines(True)
    for number, line in enumerate(lines):
        if number == 0 or not line.startswith(variable + "=") or OPTION not in line:
            continue
        mark = lines[number - 1].rstrip("\n")
        if mark.startswith(_WAS):
            was = mark[len(_WAS) :]
            ours = _with(_unquoted(was.partition("=")[2]))
            back = [was + ("\n" if line.endswith("\n") else "")]
        elif mark.startswith(_ADDED):
            ours, back = _with(mark.partition(", to: ")[2]), []
        else:
            continue
        if _unquoted(line.partition("=")[2]) != ours:
            back = [_cut(line)]
        elif not back and mark.startswith(_ADDED + _NEWLINE):
            lines[number - 2] = lines[number - 2].rstrip("\n")
        return "".join(lines[: number - 1] + back + lines[number + 1 :])
    return "".join(_cut(line) if OPTION in line and line.startswith(variable + "=") else line for line in lines)


def _with(value):
    return f"{value} {OPTION}".strip()


def _cut(line):
    return line.replace(" " + OPTION, "").replace(OPTION, "")


def _assignments(text, variable):
    found = []
    for number, line in enumerate(text.splitlines()):
        if line.strip().startswith(variable + "="):
            found.append(number)
            if line.rstrip().endswith("\\"):
                raise CannotEdit(f"{variable} goes on over several lines: add {OPTION} to it yourself")
    return found


def _unquoted(value):
    value = value.strip()
    if len(value) > 1 and value[0] in "'\"" and value[-1] == value[0]:
        return value[1:-1]
    return value
