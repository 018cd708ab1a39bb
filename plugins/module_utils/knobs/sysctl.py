# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sysctls: several at once, none to a value that the kernel takes and that ruins the host.

What is known of each is in the tables of sources/sysctls.py.
"""

import difflib
import errno
import re

from ansible_collections.linuxnet.packetloss.plugins.module_utils.cpus import parse_mask
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable, pointer
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import Refused, change, refused
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import sysctls
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.sysctl_files import normal

NAME = "sysctl"
PARTS = ()
SECTIONS = ("sysctls", "memory")

#: A key among those of the sysctls: whether values may be lowered. It has no dot, as all of theirs have.
ALLOW_DECREASE = "allow_decrease"

#: What a refusal means, by errno. What EINVAL means depends on the sysctl.
MEANINGS = {
    errno.EPERM: "not allowed: become root",
    errno.EACCES: "not allowed: become root, in the network namespace whose value it is",
    errno.EROFS: "/proc/sys is read-only here, as in most containers: set it on the host",
    errno.ENOENT: "the kernel has no such thing: load its module first",
    errno.EINVAL: "the kernel does not take this value here",
    errno.EOVERFLOW: "one of the CPUs does not exist",
}

#: Pages and reserves are bounded by the memory that there is: bytes in the place of pages would be far above.
_MOST_OF_MEMORY = {
    "net.ipv4.tcp_mem": (1, 1),
    "net.ipv4.udp_mem": (1, 1),
    "vm.min_free_kbytes": (1, 10),
}
_IN_BYTES = {"kB": 1024}

#: rp_filter and tcp_syncookies know a 2; the kernel takes numbers that mean nothing.
_MOST_OF_SWITCH = 2

#: The largest number that all of them can hold (int).
_LARGEST = 2**31 - 1

_NUMBER = re.compile(r"[0-9]{1,19}$")
_WORD = re.compile(r"[a-z0-9_]{1,15}$")
_RELEASE = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+_~-]*$")
_HZ = re.compile(r"^CONFIG_HZ=([0-9]{1,5})$", re.MULTILINE)


def decide(document, wanted):
    """The change of some sysctls, all in one.

    :param wanted: ``{None: {name: value}}``; a value is a number or a text, a list or a text with white space where the
        sysctl has several numbers. With ``"allow_decrease": True`` among them numbers get smaller too

    A number that is larger already stays. Raises Refused for an unknown name and for a value that cannot be meant.
    """
    found = []
    for subject, values in wanted.items():
        after, _not_set = _judged(document, values)
        made = change(NAME, subject, document["sysctls"] or {}, after, 0)
        if made:
            made["notes"] = _notes(made["to"])
            found.append(made)
    return found


def not_set(document, wanted):
    """What of *wanted* is left as it is, and why: ``[{"subject", "key", "reason", "larger"}]``.

    ``larger`` says whether it is because it is larger already; else it is out of reach.
    """
    left = []
    for subject, values in wanted.items():
        reachable, reasons = _judged(document, values)
        left += [
            {"subject": subject, "key": key, "reason": reason, "larger": key in reachable}
            for key, reason in sorted(reasons.items())
        ]
    return left


def known(name):
    """How a sysctl is set, :class:`sysctls.Setting`; raises Refused where nothing is known of it."""
    if name in sysctls.SETTINGS:
        return sysctls.SETTINGS[name]
    near = difflib.get_close_matches(name, sysctls.SETTINGS, 3, 0.7)
    hint = f"; there are: {', '.join(near)}" if near else ""
    raise Refused(f"{name}: not a sysctl that this collection knows how to set{hint}. Others: ansible.posix.sysctl")


def canonical(name):
    """The name of a sysctl with dots, also where it was written with slashes."""
    return normal(str(name)).replace("/", ".")


def _judged(document, values):
    """``({name: value that it gets}, {name: why it stays as it is})``."""
    now, after, left = document["sysctls"] or {}, {}, {}
    lower = values.get(ALLOW_DECREASE)
    for key, value in values.items():
        if key == ALLOW_DECREASE or value is None:
            continue
        name = canonical(key)
        setting = known(name)
        asked = _bounded(document, name, _value(name, setting, value))
        why = _out_of_reach(document, name, setting, now.get(name))
        if why:
            left[name] = why
            continue
        after[name] = _as_made(document, setting, asked)
        if setting.kind in ("limit", "time") and not lower:
            after[name] = _no_less(after[name], now[name])
            if after[name] != _as_made(document, setting, asked):
                left[name] = f"it is {_text(now[name])} already, above {_text(asked)}; allow_decrease: true lowers it"
        elif setting.kind == "mask" and parse_mask(now[name]) == parse_mask(asked):
            after[name] = now[name]
    _check_ladders(now, after)
    return after, left


def _value(name, setting, value):
    """A value as the document has it; raises Refused for what can be none."""
    words = list(value) if isinstance(value, (list, tuple)) else str(value).split()
    if isinstance(value, bool) and setting.kind == "switch":
        words = [int(value)]
    words = [str(word).strip() for word in words]
    if setting.kind == "mask":
        try:
            parse_mask(words[0] if len(words) == 1 else "")
        except ValueError as error:
            raise Refused(f"{name}: {error}") from None
        return words[0]
    if setting.kind == "name":
        if len(words) != 1 or not _WORD.match(words[0]):
            raise Refused(f"{name} is {value!r}, expected one name, such as fq")
        return words[0]
    if len(words) != setting.numbers or not all(map(_NUMBER.match, words)):
        expected = "a whole number" if setting.numbers == 1 else f"{setting.numbers} whole numbers"
        unit = f" of {setting.unit}" if setting.unit else ""
        raise Refused(f"{name} is {value!r}, expected {expected}{unit}")
    numbers = [int(word) for word in words]
    return numbers[0] if setting.numbers == 1 else numbers


def _bounded(document, name, value):
    """*value* where it makes sense; raises Refused with what would come of it where it does not."""
    setting = sysctls.SETTINGS[name]
    if setting.kind in ("mask", "name"):
        return value
    numbers = value if isinstance(value, list) else [value]
    if min(numbers) < setting.least:
        unit = f" {setting.unit}" if setting.unit else ""
        raise Refused(f"{name} {_text(value)}: {setting.below}; the least is {setting.least}{unit}")
    if numbers != sorted(numbers):
        raise Refused(f"{name} {_text(value)}: none of the numbers may be above the next one")
    most, why = _most(document, name, setting)
    if max(numbers) > most:
        raise Refused(f"{name} {_text(value)}: at most {most}{why}")
    if setting.made == "powers of two only" and numbers[0] & (numbers[0] - 1):
        raise Refused(f"{name} {value}: {setting.refusal}")
    return value


def _most(document, name, setting):
    memory = document.get("memory") or {}
    total, page = (memory.get("meminfo") or {}).get("MemTotal"), memory.get("page_size_bytes")
    if setting.kind == "switch":
        return _MOST_OF_SWITCH, ": it is a switch"
    if name not in _MOST_OF_MEMORY or not total or not page:
        return _LARGEST, ": it holds no larger number"
    share, of = _MOST_OF_MEMORY[name]
    words = "all the memory that there is" if of == share else "a tenth of the memory"
    return total * share // of // _IN_BYTES.get(setting.unit, page), f" {setting.unit}, {words}"


def _out_of_reach(document, name, setting, now):
    """Why a sysctl cannot be set from here, None where it can; raises Refused where it could but must not."""
    child = document["meta"]["netns"]["initial"] is False
    if child and setting.of == "machine":
        raise Refused(
            f"{name}: this is a network namespace of its own, and the kernel would change it for the whole machine: set"
            f" it on the host"
        )
    if now is None:
        paths = (pointer("sysctls", name), pointer("sysctls"))
        reasons = [entry["detail"] for entry in document["unavailable"] if entry["path"] in paths]
        hint = "; modprobe nf_conntrack makes it" if ".nf_conntrack" in name and not child else ""
        return (reasons[0] if reasons else "it was not read") + hint
    if len(now if isinstance(now, list) else [now]) != (setting.numbers or 1):
        return f"{sysctls.path(name)}: expected {setting.numbers} numbers, found {_text(now)}"
    if child and setting.of == "host":
        return "it is the host's own, and this network namespace only shows it: set it on the host"
    return None


def _as_made(document, setting, value):
    """What the kernel makes of a value."""
    if isinstance(value, list) or setting.made is None:
        return value
    page = (document.get("memory") or {}).get("page_size_bytes") or 4096
    return sysctls.ROUNDINGS[setting.made](value, page)


def _no_less(value, now):
    if isinstance(value, list):
        return [max(pair) for pair in zip(value, now)]
    return max(value, now)


def _check_ladders(now, after):
    for ladder in sysctls.LADDERS:
        steps = [(name, after.get(name, now.get(name))) for name in ladder]
        steps = [(name, value) for name, value in steps if value is not None]
        changed = any(name in after and after[name] != now[name] for name in ladder)
        for (low, less), (high, more) in zip(steps, steps[1:]):
            if changed and less > more:
                raise Refused(
                    f"{high} would be {more}, below the {less} of {low}: the table would be full before it is cleaned;"
                    f" give all of {', '.join(ladder)}"
                )


def _notes(values):
    """When the values count, a sentence for each kind with the sysctls that it is about."""
    about = {}
    for name in values:
        about.setdefault(sysctls.COUNTS[sysctls.SETTINGS[name].counts][0], []).append(name)
    about.pop(None, None)
    return [f"{', '.join(sorted(names))}: {sentence}" for sentence, names in sorted(about.items())]


def in_order(before, after):
    """The names in the order in which they are written, so that related ones are in order at every moment."""
    place = {name: number for ladder in sysctls.ORDERED for number, name in enumerate(ladder, 1)}

    def rank(name):
        # All that is raised comes first, from the top of its ladder down; then all that is lowered, from its foot up.
        falls = before[name] is not None and _size(after[name]) < _size(before[name])
        return falls, place.get(name, 0) * (1 if falls else -1), name

    return sorted(after, key=rank)


def _size(value):
    return (0,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else (value,)


def write(host, made):
    """Write the values, none that is there already; raises Refused with what the kernel said and what that means."""
    for name in in_order(made["from"], made["to"]):
        value = made["to"][name]
        try:
            if sysctls.value(host, name) != value:
                host.write(sysctls.path(name), _text(value))
        except Unavailable as error:
            setting = sysctls.SETTINGS[name]
            meanings = dict(MEANINGS)
            meanings[errno.EINVAL] = setting.refusal or MEANINGS[errno.EINVAL]
            if name == "net.core.netdev_budget_usecs" and error.number == errno.EINVAL:
                meanings[errno.EINVAL] += _ticks(host)
            raise refused(made, f"{name}={_text(value)}", error, meanings) from error


def _ticks(host):
    """How many of them this kernel has, where its configuration can be read."""
    try:
        release = host.word("/proc/sys/kernel/osrelease")
        hz = _HZ.search(host.text(f"/boot/config-{release}")) if _RELEASE.match(release) else None
    except Unavailable:
        hz = None
    if not hz:
        return "; grep CONFIG_HZ= /boot/config-* tells which it is"
    return f"; this kernel has HZ={hz.group(1)}, its least is {2 * 10**6 // int(hz.group(1))}"


def read(host, made):
    """The values now; raises Refused."""
    values = {}
    for name in made["to"]:
        try:
            values[name] = sysctls.value(host, name)
        except Unavailable as error:
            raise Refused(f"{name} could not be read back: {error.detail}") from error
    return values


def accepts(made, values):
    """Whether the values that were read back are what the change asked for.

    Hash tables may be larger than asked for, by less than a page of 64 KiB holds; the kernel knows how wide they are.
    """
    for name, value in made["to"].items():
        setting, found = sysctls.SETTINGS[name], values[name]
        if setting.kind == "mask":
            if parse_mask(found) != parse_mask(value):
                return False
        elif setting.made == "page of buckets":
            if not value <= found < value + 65536 // 4:
                return False
        elif found != value:
            return False
    return True


def command(made):
    return "sysctl -w " + " ".join(
        f"{name}={_quoted(_text(made['to'][name]))}" for name in in_order(made["from"], made["to"])
    )


def _text(value):
    """A value as it is written into its file."""
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _quoted(text):
    return f'"{text}"' if " " in text else text
