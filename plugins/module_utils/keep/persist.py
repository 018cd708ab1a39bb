# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keeps settings over a boot, by one mechanism on every distribution, and takes it away again.

A config (:mod:`config`), a program that gives it to the NICs (:mod:`boot.program`), units and a udev rule that start
the program (:mod:`units`); sysctls in a file of their own (:mod:`sysctl_file`). What others keep is never edited.
"""

import os
import subprocess
import sys

from ansible_collections.linuxnet.packetloss.plugins.module_utils.boot import build
from ansible_collections.linuxnet.packetloss.plugins.module_utils.keep import config, files, sysctl_file, units
from ansible_collections.linuxnet.packetloss.plugins.module_utils.keep.identity import identity
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import Refused
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.index import knob

#: Where systemd says that it is the init of this machine: sd_booted(3).
_SYSTEMD = "/run/systemd/system"

#: A value that is one step further each time it is applied: what it came to is kept.
_STEP = "+1"

_LIMIT_S = 60


class Kept:
    """What is kept on a machine now: ``config`` of the NICs, and ``sysctls``.

    :param root: in front of all paths, for tests
    :param damaged: whether files that cannot be understood count as empty ones: they are taken away
    """

    def __init__(self, root="", damaged=False):
        self.root = root
        self.config = _read(config.read, root + config.PATH, config.empty, damaged)
        self.sysctls = _read(sysctl_file.read, root + sysctl_file.PATH, dict, damaged)
        self.there = {path for path in [*_of_nics(), sysctl_file.PATH] if os.path.lexists(root + path)}

    def with_settings(self, host, settings, made, memory, whole=(), without=()):
        """What is to be kept when *settings* are added: ``(config, sysctls)``.

        :param made: the changes that were made for them, or would be
        :param memory: ``{"reserve", "force"}`` of the task
        :param whole: "nics" and "sysctls", if the settings take the place of all that is kept of them
        :param without: sysctls of the settings that are not kept
        """
        of_nics = [setting for setting in settings if setting["subject"] is not None]
        of_host = [setting for setting in settings if setting["subject"] is None]
        base = config.empty() if "nics" in whole else self.config
        identities = {name: identity(host, name) for name in sorted({each["subject"] for each in of_nics})}
        lasting = [dict(setting, values=_lasting(host, setting, made)) for setting in of_nics]
        sysctls = dict({} if "sysctls" in whole else self.sysctls)
        for setting in of_host:
            sysctls = sysctl_file.merged(sysctls, setting["values"], without)
        return config.merged(base, lasting, identities, memory), sysctls


def _read(reader, path, empty, damaged):
    try:
        return reader(path)
    except Refused:
        if damaged:
            return empty()
        raise


def _lasting(host, setting, made):
    """The values of a setting as they mean the same at the next boot."""
    steps = {key: None for key, value in setting["values"].items() if value == _STEP}
    if not steps:
        return setting["values"]
    came_to = knob(setting["knob"]).read(host, dict(setting, to=steps))
    for change in made:
        if (change["knob"], change["subject"]) == (setting["knob"], setting["subject"]):
            came_to.update(change["to"])
    return dict(setting["values"], **{key: came_to[key] for key in steps})


def keep(kept, wanted, sysctls, check=False):
    """Keep *wanted* (a config) and *sysctls*: ``{"files": [path], "diff": {"before", "after"}}``.

    :param kept: the :class:`Kept` of before
    :param check: whether nothing is changed

    Raises Refused where it cannot be kept, as on a machine without systemd.
    """
    root = kept.root
    if wanted["nics"] and not os.path.isdir(root + _SYSTEMD):
        raise Refused(
            "it cannot be kept: this machine does not run systemd, which starts the program for boot; what was set"
            " stays until the driver is loaded again or the machine boots. Set persistent: false, and run the task"
            " after each boot"
        )
    try:
        changed = _install(root, wanted, check) if wanted["nics"] else _remove(root, _of_nics(), check)
        if sysctls:
            changed += _written(root, {sysctl_file.PATH: sysctl_file.text(sysctls)}, 0o644, check)
        else:
            changed += _remove(root, [sysctl_file.PATH], check)
    except OSError as error:
        raise files.refused(error) from error
    there = {*(_of_nics() if wanted["nics"] else ()), *([sysctl_file.PATH] if sysctls else ())}
    return {"files": changed, "diff": _difference(kept, _told(wanted, sysctls), there, changed)}


def remove(kept, check=False):
    """Take away all that was kept, as :func:`keep` does; what is set now stays."""
    try:
        changed = _remove(kept.root, [*_of_nics(), sysctl_file.PATH], check)
    except OSError as error:
        raise files.refused(error) from error
    return {"files": changed, "diff": _difference(kept, [], set())}


def _told(nics, sysctls):
    return config.lines(nics) + sysctl_file.lines(sysctls)


def _difference(kept, told, there, changed=()):
    """The lines of before and of after that the other has not: values that are kept, and files.

    :param there: the files that there are then, *changed* those with another content
    """
    before = _told(kept.config, kept.sysctls)
    sides = {
        "before": [line for line in before if line not in told],
        "after": [line for line in told if line not in before],
    }
    for path in sorted((kept.there | there) - {config.PATH, sysctl_file.PATH}):
        if path in kept.there and (path not in there or path in changed):
            sides["before"].append(f"file {path}{': another version' if path in there else ''}\n")
        if path in there and (path not in kept.there or path in changed):
            sides["after"].append(f"file {path}\n")
    return {side: "".join(lines) for side, lines in sides.items()}


def _install(root, wanted, check):
    interpreter = sys.executable or "/usr/bin/python3"
    # The program before who starts it; the config last, without which nothing is done.
    changed = _written(
        root, {units.PROGRAM: build.program(interpreter, files.read(root + units.PROGRAM))}, 0o755, check
    )
    started = _written(root, {**units.units(interpreter), units.RULE: units.rule(wanted)}, 0o644, check)
    started += [path for path, target in sorted(units.links().items()) if files.link(root + path, target, check)]
    changed += started + _written(root, {config.PATH: config.text(wanted)}, 0o644, check)
    # Nothing was kept when this machine booted, or it was done: a NIC that comes from now on is set.
    begun = [f"{units.BEGUN}/{phase}" for phase in units.PHASES]
    _written(root, dict.fromkeys(begun, ""), 0o644, check)
    if started and not check:
        _reload(root)
    return changed


def _written(root, texts, mode, check):
    return [path for path, text in sorted(texts.items()) if files.write(root + path, text, mode, check)]


def _of_nics():
    """The files that are kept for NICs, in the order in which they are taken away: who starts the program before it."""
    return [units.RULE, *units.links(), *units.units(""), config.PATH, units.PROGRAM]


def _remove(root, paths, check):
    changed = [path for path in paths if files.remove(root + path, check)]
    if check or not changed:
        return changed
    for phase in units.PHASES:
        files.remove(f"{root}{units.BEGUN}/{phase}")
    for folder in (os.path.dirname(config.PATH), os.path.dirname(units.PROGRAM), units.BEGUN):
        files.remove_folder(root + folder)
    if units.RULE in changed or any(path.startswith(units.UNITS) for path in changed):
        _reload(root)
    return changed


def _reload(root):
    """Tell systemd and udev of new files. Of another root, or where they do not run, nobody has to be told."""
    if root or not os.path.isdir(_SYSTEMD):
        return
    for command in (["systemctl", "daemon-reload"], ["udevadm", "control", "--reload"]):
        try:
            subprocess.run(
                command,
                check=True,
                timeout=_LIMIT_S,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
        except (OSError, subprocess.SubprocessError) as error:
            said = (getattr(error, "output", None) or b"").decode("utf-8", "replace").strip()
            raise Refused(f"{' '.join(command)}: {error} {said}; type it yourself, then run the task again") from error
