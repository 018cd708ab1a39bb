# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a file of ``module_utils/drivers`` must have, and what one lacks. Runs on the Pythons of the nodes."""

import re

from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers import (
    generic,
    index,
    irq_names,
    statistics,
    traits,
    vocabulary,
)
from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory.model import RingSet, price
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.links import LINK_STATS

PARTS = ("STATISTICS", "NETDEV", "INTERRUPTS", "RINGS", "TRAITS")

_RING_KEYS = {"change", "down", "rounding", "least"}
_PRICED_BY = {"buffers", "rx", "tx", "confidence", "why"}
_RING_CHOICES = {"step", "powers_only", "resized", "stays", "lro_by_default", "reads", "module_parameters", "settings"}
_RING_CHOICES |= {"of_nic", "firmware_pages"}

_FLAGS = ("equal_rings_reach_hardware", "adaptive_refuses_usecs", "adaptive_toggle_resets_usecs")
_FLAGS += (
    "vectors_for_all_queues",
    "vectors_dealt_out",
    "nominal_speed",
    "waits_in_nic_buffer",
    "rx_dropped_is_device",
)
_FLAGS += ("rx_dropped_is_mixed", "counts_slaves")
_WORDS = dict.fromkeys(("affinity_again_after", "xps_again_after", "irqs_anew_after"), traits.EVENTS)
_WORDS["channels_refused_with"] = traits.HOLDERS


def known(part):
    """The names of the drivers of which something is known in a part."""
    return sorted(driver for driver in index.NAMES if index.knows(driver, part))


def faults(name, module):
    """What is wrong with the file of a driver, in sentences that say what to do; empty where nothing is."""
    found = []
    if not (module.__doc__ or "").startswith(name + ": "):
        found.append(f'the docstring does not begin with "{name}: " and what the driver serves')
    missing = [part for part in PARTS if not hasattr(module, part)]
    found += [f"{part} is missing: write {part} = None where nothing is known" for part in missing if part != "TRAITS"]
    if "TRAITS" in missing:
        found.append("TRAITS is missing: it has every key of traits.MEANINGS, with None where nothing is known")
    if missing:
        return found
    if (module.STATISTICS is None) is not (module.NETDEV is None):
        found.append("STATISTICS and NETDEV go together: both are None, or neither")
    elif module.STATISTICS is not None:
        found += _statistics(module.STATISTICS, module.NETDEV)
    if module.INTERRUPTS is not None:
        found += _interrupts(module.INTERRUPTS)
    if module.RINGS is not None:
        found += _rings(module.RINGS)
    return found + _traits(module.TRAITS)


def _keys(what, found, needed, allowed=()):
    sentences = [f"{what} lacks {key!r}" for key in sorted(set(needed) - set(found))]
    strange = sorted(set(found) - set(needed) - set(allowed))
    return sentences + [f"{what} has {key!r}, which means nothing" for key in strange]


def _statistics(table, netdev):
    found = _keys("STATISTICS", table, ["counters"], ["variants", "blocks", "queue"])
    if found:
        return found
    layers = [(table["counters"], netdev)]
    for variant in table.get("variants", ()):
        found += _keys("a variant", variant, ["has", "counters", "netdev"])
        layers.append((variant.get("counters", ()), variant.get("netdev", {})))
    told, groups, sums = {}, set(), set()
    for number, (rows, fields) in enumerate(layers):
        for row in rows:
            found += _row(row, told if number == 0 else {}, groups, sums)
        for field, meaning in fields.items():
            if field not in LINK_STATS:
                found.append(f"NETDEV: {field!r} is no field of the netdev statistics")
            if len(meaning) != 2 or meaning[0] not in statistics.LOSS_CLASSES or not meaning[1]:
                found.append(f"NETDEV: {field} is {meaning!r}, expected (class a to f, group)")
            else:
                sums.add(meaning[1])
    for row in generic.STATISTICS["counters"]:
        _row(row, {}, groups, sums)
    unknown = {part for each in sums for part in each.split("+")[1:]} - groups
    found += [f"no row counts the group {part!r}, which a sum takes away" for part in sorted(unknown)]
    return found


def _row(row, told, groups, sums):
    """The faults of one row; the names it is for, its groups and sums are added to the other three."""
    if len(row) != 4:
        return [f"the row {row!r} is not (class, kind, group, names)"]
    letter, kind, group, names = row
    found = []
    if letter is not None and letter not in statistics.CLASSES:
        found.append(f"{names}: the class {letter!r} is none of {', '.join(statistics.CLASSES)}, None")
    if kind not in statistics.KINDS:
        found.append(f"{names}: the kind {kind!r} is none of {', '.join(statistics.KINDS)}")
    if kind == "loss" and not (group and letter):
        found.append(f"{names}: a loss needs a class and a group")
    if names.count("(") != names.count(")"):
        return found + [f"{names}: its brackets do not match"]
    for text, chosen in statistics._alternatives(names):
        if told.setdefault(text, names) != names:
            found.append(f"{text} is told two things: by {told[text]} and by {names}")
        try:
            named = group.format(None, *chosen) if group else None
        except (IndexError, KeyError):
            found.append(f"{names}: the group {group!r} speaks of a bracket that is not there")
            break
        if named:
            groups.add(named.split("+")[0])
            sums.add(named)
    return found


def _interrupts(table):
    found = _keys("INTERRUPTS", table, ["names"], ["cut_at", "halved"])
    for role, pattern in table.get("names", ()):
        if role not in irq_names.ROLES:
            found.append(f"{pattern}: the role {role!r} is none of {', '.join(irq_names.ROLES)}")
        text = pattern
        for place, regex in irq_names._PLACES.items():
            text = text.replace(place, regex)
        if re.search(r"\{[a-z]+\}", text):
            found.append(f"{pattern}: a place that is none of {', '.join(irq_names._PLACES)}")
        try:
            re.compile(text)
        except re.error as error:
            found.append(f"{pattern}: {error}")
    return found


def _rings(row):
    priced_by = {"terms"} if "terms" in row else _PRICED_BY
    found = _keys("RINGS", row, _RING_KEYS | priced_by, _RING_CHOICES)
    words = {
        "change": vocabulary.CHANGES,
        "down": vocabulary.DOWN,
        "rounding": vocabulary.ROUNDINGS,
        "confidence": vocabulary.CONFIDENCES,
    }
    for key, allowed in words.items():
        if key in row and row[key] not in allowed:
            found.append(f"RINGS: {key} {row[key]!r} is none of {', '.join(allowed)}")
    strange = sorted(set(row.get("reads", ())) - set(vocabulary.READS))
    found += [f"RINGS: reads {key!r}, which is none of {', '.join(vocabulary.READS)}" for key in strange]
    if ("module_parameters" in row.get("reads", ())) is not ("module_parameters" in row):
        found.append('RINGS: "module_parameters" among what it reads and the key of that name go together')
    if ("firmware_bytes" in row.get("reads", ())) is not ("firmware_pages" in row):
        found.append('RINGS: "firmware_bytes" among what it reads and the key firmware_pages go together')
    for side in ("rx", "tx"):
        parts = row.get(side, ())
        for part in () if callable(parts) else parts:
            if part[0] not in vocabulary.MEMORY or not all(isinstance(size, int) and size > 0 for size in part[1:]):
                found.append(
                    f"RINGS: {side} has {part!r}, expected (one of {', '.join(vocabulary.MEMORY)}, bytes, ...)"
                )
    return found


def price_faults(name):
    """What is wrong with the price of a driver in the index: it is one, and larger rings do not cost less."""
    least = index.part(name, "RINGS")["least"]
    asked = RingSet(name, "6.1" if name == "mlx5_core" else None, rq_type="cyclic", rx=512, tx=512)
    small, large = (price(asked._replace(rx=ring, tx=ring))["total_bytes"] for ring in (512, 1024))
    least = least(asked) if callable(least) else least
    found = [] if 0 < small < large else [f"rings of 512 cost {small} bytes, and of 1024 {large}"]
    return found + ([] if len(least) == 2 and min(least) > 0 else [f"least is {least!r}, expected (rx, tx)"])


def _traits(table):
    found = _keys("TRAITS", table, traits.MEANINGS)
    for key in _FLAGS:
        if table.get(key) is not None and not isinstance(table[key], bool):
            found.append(f"TRAITS: {key} is {table[key]!r}, expected True, False or None")
    for key, words in _WORDS.items():
        value = table.get(key)
        if value is not None and (not isinstance(value, tuple) or set(value) - set(words)):
            found.append(f"TRAITS: {key} is {value!r}, expected None or a tuple of {', '.join(words)}")
    rounding = table.get("usecs_rounding")
    if rounding is not None and rounding not in vocabulary.ROUNDINGS:
        found.append(
            f"TRAITS: usecs_rounding is {rounding!r}, expected None or one of {', '.join(vocabulary.ROUNDINGS)}"
        )
    reach = table.get("rss_reach")
    if reach is not None and (isinstance(reach, bool) or not isinstance(reach, int) or reach < 1):
        found.append(f"TRAITS: rss_reach is {reach!r}, expected a number of queues or None")
    for letter, sentence in (table.get("counter_notes") or {}).items():
        if letter not in traits.NOTED or not sentence.endswith("."):
            found.append(f"TRAITS: counter_notes has {letter!r}: {sentence!r}, expected a sentence by one of b, d")
    changes = table.get("changes") or {}
    found += _keys("TRAITS: changes", changes, traits.KNOBS)
    for knob, value in changes.items():
        for each in value.values() if isinstance(value, dict) else (value,):
            if each is not None and each != traits.UNSUPPORTED and each not in (0, 1, 2):
                found.append(f"TRAITS: a change of {knob} is of class {each!r}, expected 0, 1, 2, None or unsupported")
    told = [key for key, value in dict(table, **changes).items() if value not in (None, (), {}, False)]
    if set(told) - {"changes", "sources"} and not table.get("sources"):
        found.append("TRAITS: sources says nothing of what was read")
    return found
