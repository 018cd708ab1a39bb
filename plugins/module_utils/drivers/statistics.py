# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a driver's ethtool statistic means, and how many packets a NIC lost, each packet counted once.

The meaning is in STATISTICS and NETDEV of the driver's file; here they are only looked up. A table is spread out into a
dictionary of names with every number folded to 0, so that thousands of names cost one look-up each.

STATISTICS is None where nothing is known, else a dictionary:

* ``counters``: rows ``(class, kind, group, names)``

  * class: where a packet was lost: "a" link, "b" buffer of the NIC or PCIe, "c" ring empty, "d" memory of the driver,
    "e" transmission, "f" steering or filter, "g" pause; None where it is about none of them.
  * kind: "loss" counts packets that are gone; "event" counts something else worth knowing; "gauge" is not a counter;
    "traffic" counts packets or bytes; "info" is harmless; "unclassified" may be a loss, but nobody knows which.
  * group: names of one group count THE SAME packets from different views. "x+y" counts the packets of x and of y
    together: what is beyond the two known parts belongs to x. The group "refill" are events: a buffer for the ring
    could not be had and is tried again, which costs no packet until the ring is empty.
  * names: every name the row is for. ``(x|y)`` is either, ``<q>`` the number of the queue, ``<n>`` any number,
    ``*`` at the end any rest. In a group ``{1}`` is what the first bracket of the names stood for.

* ``variants``: generations of the driver: ``has`` is a name that only this one has, its ``counters`` are read before
  the others, its ``netdev`` in the place of NETDEV
* ``blocks``: of a driver that names the block of a queue, then repeats its names: the titles that ``open`` and
  ``close`` a block
* ``queue``: a regex for the number of the queue in a name that no row has, in the place of generic.py's

What no row has is judged by the rows and words of generic.py. NETDEV tells which field of the netdev statistics is a
view of which group: ``field: (class, group)``. The core adds its own drops to rx_dropped, so rx_dropped is only
explained by a group, never taken for its measure, except where the trait ``rx_dropped_is_device`` says that it is the
only view there is.
"""

import re

from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers import generic, index

#: The classes in which a packet can be lost; "g" (pause) loses none.
LOSS_CLASSES = ("a", "b", "c", "d", "e", "f")
CLASSES = LOSS_CLASSES + ("g",)

KINDS = ("loss", "event", "gauge", "traffic", "info", "unclassified")

_WORDS = generic.STATISTICS["words"]

_DIGITS = re.compile(r"\d+")
_DIRECTION = re.compile(r"(?:^|[^a-z])([rt]x)", re.IGNORECASE)
_BLOCK_NUMBER = re.compile(r"(.*?#)(?::\s*(\d+))?$")

# What has been found out already, by the key of a table: the table spread out, and the classification of each name.
_SPREAD = {}
_KNOWN = {}


def classify(driver, name, names=()):
    """What the statistic *name* of *driver* counts.

    :param driver: as reported by ETHTOOL_GDRVINFO; unknown drivers are judged by words in the name
    :param name: the name of the statistic as the driver gives it
    :param names: all names of the NIC, to tell two generations of a driver apart
    :return: ``{"class": "a".."g" or None, "kind": "loss" | "event" | "gauge" | "traffic" | "info" | "unclassified",
        "group": str or None, "queue": int or None, "direction": "rx" | "tx" | None}``
    """
    return dict(_classification(_table_key(driver, names), name.strip()))


def annotate(driver, pairs):
    """The statistics of a NIC by unique name, in the order of the driver.

    A driver with positional blocks (vmxnet3) repeats its names for each queue: they get the name and number of their
    block in front. Any other name that comes again gets " (2)" behind it, so that no value is lost.

    :param pairs: list of ``(name, Counter64)`` from ETHTOOL_GSTATS
    :return: ``{unique name: {"class", "kind", "group", "queue", "direction", "value"}}``
    """
    pairs = list(pairs)
    key = _table_key(driver, [name for name, value in pairs])
    if "blocks" in _table(key):
        pairs = _unfold_blocks(_table(key)["blocks"], pairs)
    known = _KNOWN.setdefault(key, {})
    annotated = {}
    for name, value in pairs:
        meaning = known.get(name) or _classification(key, name.strip())
        entry = dict(meaning)
        entry["value"] = value
        annotated[name if name not in annotated else _unused(name, annotated)] = entry
    return annotated


def netdev_fields(driver, names=()):
    """Which field of the netdev statistics is a view of which group of *driver*.

    :return: ``{"rx_missed_errors": {"class": "c", "group": "ring_empty", "measures": True}, ...}``; a field that is not
        there says nothing of its own for this driver. ``rx_dropped`` holds drops of the core besides, so it measures no
        group, except where the driver has no other view.
    """
    key = _table_key(driver, names)
    return {
        field: {
            "class": row[0],
            "group": row[1],
            "measures": field != "rx_dropped" or _is_device(key),
        }
        for field, row in _netdev(key).items()
    }


def rx_dropped_is_device(driver):
    """Whether the netdev's rx_dropped is the measure of an empty ring with this driver (ena), for want of another."""
    return bool(index.part(driver, "TRAITS")["rx_dropped_is_device"])


def rx_dropped_is_mixed(driver):
    """Whether *driver* may count its own drops in the netdev's rx_dropped alone: some do, of others it is not known."""
    if not driver:
        return False
    return not index.knows(driver, "STATISTICS") or bool(index.part(driver, "TRAITS")["rx_dropped_is_mixed"])


def losses(driver, statistics, link_stats):
    """How many packets a NIC lost in an interval and where, each packet counted once.

    The loss of a group is the largest of its views, a view being the sum over the queues of one name; the loss of a
    class is the sum of its groups. A counter of several groups ("x+y") adds to the first what the others leave.

    :param statistics: ``{name: {"class", "kind", "group", "delta": int or None}}``, or None without ethtool
    :param link_stats: ``{field: {"delta": int or None} or None}``, the netdev statistics; or None
    :return: ``{"a": {"lost": int, "views": [{"group", "lost", "counters": [{"name", "delta"}]}]}, ... "f": ...,
        "refill": the same of what is no loss by itself, "unknown": [names of losses whose delta is not known],
        "rx_dropped_explained": int}`` where the last is how much of the netdev's rx_dropped the groups account for: the
        rest is the core's.
    """
    statistics = statistics or {}
    key = _table_key(driver, statistics)
    tally = _Tally()
    views = {}
    for name, entry in statistics.items():
        if entry["group"] is None:
            continue
        if entry["delta"] is None:
            if entry["kind"] == "loss":
                tally.unknown.append(name)
            continue
        view = views.setdefault((entry["group"], _DIGITS.sub("0", name)), _View(entry["class"], entry["kind"]))
        view.add(name, entry["delta"])
    fields = _netdev(key)
    told_by_driver = {group for group, shape in views}
    rx_dropped = None
    for field, row in fields.items():
        delta = _delta(link_stats, field)
        if delta is None:
            if (link_stats or {}).get(field):
                tally.unknown.append("netdev " + field)
        elif field == "rx_dropped" and (row[1] in told_by_driver or not _is_device(key)):
            rx_dropped = (row[1], delta)
        else:
            view = _View(row[0], "loss")
            view.add("netdev " + field, delta)
            views[(row[1], "netdev " + field)] = view
            if field == "rx_dropped":
                rx_dropped = (row[1], delta)
    # Whole groups first, so that what counts several of them finds its parts measured.
    for group, shape in sorted(views, key=lambda item: item[0].count("+")):
        tally.take(group.split("+"), views[(group, shape)])
    result = tally.by_class()
    result["refill"] = tally.of_group("refill")
    result["unknown"] = tally.unknown
    result["rx_dropped_explained"] = 0
    if rx_dropped is not None:
        result["rx_dropped_explained"] = min(
            rx_dropped[1], sum(tally.lost(group) for group in rx_dropped[0].split("+"))
        )
    return result


class _View:
    """One way of counting a group: the same name over all queues."""

    def __init__(self, letter, kind):
        self.letter = letter
        self.kind = kind
        self.total = 0
        self.counters = []

    def add(self, name, delta):
        self.total += delta
        if delta > 0:
            self.counters.append({"name": name, "delta": delta})


class _Tally:
    """The packets of each group, as views of them are taken in."""

    def __init__(self):
        self.unknown = []
        self._groups = {}

    def lost(self, group):
        return self._groups[group]["lost"] if group in self._groups else 0

    def take(self, parts, view):
        first = parts[0]
        found = self._groups.setdefault(first, {"class": view.letter, "lossy": False, "lost": 0, "counters": []})
        found["lost"] += max(0, view.total - sum(self.lost(part) for part in parts))
        found["lossy"] = found["lossy"] or view.kind == "loss"
        found["counters"].extend(view.counters)

    def by_class(self):
        result = {letter: {"lost": 0, "views": []} for letter in LOSS_CLASSES}
        for group, found in self._groups.items():
            if found["lossy"] and found["lost"] > 0 and found["class"] in result:
                result[found["class"]]["lost"] += found["lost"]
                result[found["class"]]["views"].append(self._told(group))
        for part in result.values():
            part["views"].sort(key=lambda view: -view["lost"])
        return result

    def of_group(self, group):
        views = [self._told(group)] if self.lost(group) else []
        return {"lost": self.lost(group), "views": views}

    def _told(self, group):
        counters = sorted(self._groups[group]["counters"], key=lambda counter: -counter["delta"])
        return {"group": group, "lost": self.lost(group), "counters": counters}


def _delta(link_stats, field):
    entry = (link_stats or {}).get(field)
    return entry["delta"] if entry else None


def _table_key(driver, names):
    """``(driver, number of its variant or None)``, the driver None where its statistics are not known."""
    if not index.knows(driver, "STATISTICS"):
        return (None, None)
    driver = index.canonical(driver)
    for number, variant in enumerate(index.part(driver, "STATISTICS").get("variants", ())):
        if variant["has"] in names:
            return (driver, number)
    return (driver, None)


def _table(key):
    return index.part(key[0], "STATISTICS")


def _netdev(key):
    return index.part(key[0], "NETDEV") if key[1] is None else _table(key)["variants"][key[1]]["netdev"]


def _is_device(key):
    return rx_dropped_is_device(key[0])


def _classification(key, name):
    known = _KNOWN.setdefault(key, {})
    if name not in known:
        exact, prefixes, shapes = _spread(key)
        shape = _DIGITS.sub("0", name)
        if shape not in shapes:
            row = exact.get(shape) or _by_prefix(prefixes, shape) or _by_words(key, name)
            direction = _DIRECTION.search(name)
            shapes[shape] = row + (direction.group(1).lower() if direction else None,)
        letter, kind, group, queue_at, direction = shapes[shape]
        queue = int(_DIGITS.findall(name)[queue_at]) if queue_at is not None else None
        known[name] = {"class": letter, "kind": kind, "group": group, "queue": queue, "direction": direction}
    return known[name]


def _spread(key):
    """``({folded name: row}, [(folded prefix, row)], {folded name: row and direction})`` of a table, made once.

    A row is ``(class, kind, group, index of the number that is the queue or None)``; the last of the three is filled
    as names come.
    """
    if key not in _SPREAD:
        rows = list(generic.STATISTICS["counters"])
        if key[0] is not None:
            rows = _table(key)["counters"] + rows
        if key[1] is not None:
            rows = _table(key)["variants"][key[1]]["counters"] + rows
        exact, prefixes = {}, []
        for letter, kind, group, names in rows:
            for text, chosen in _alternatives(names):
                queue_at = len(_DIGITS.findall(_numbered(text.partition("<q>")[0]))) if "<q>" in text else None
                named = group.format(None, *chosen) if group else None
                row = (letter, kind, named, queue_at)
                folded = _DIGITS.sub("0", _numbered(text))
                if folded.endswith("*"):
                    prefixes.append((folded[:-1], row))
                else:
                    exact.setdefault(folded, row)
        _SPREAD[key] = (exact, prefixes, {})
    return _SPREAD[key]


def _numbered(text):
    return text.replace("<q>", "0").replace("<n>", "0")


def _alternatives(names):
    """Every text that *names* stands for, each with what its outermost brackets were taken for."""
    start = names.find("(")
    if start < 0:
        return [(names, ())]
    depth, options, begin = 0, [], start + 1
    for end in range(start, len(names)):
        if names[end] == "(":
            depth += 1
        elif names[end] == ")":
            depth -= 1
        if (names[end] == "|" and depth == 1) or depth == 0:
            options.append(names[begin:end])
            begin = end + 1
        if depth == 0:
            break
    taken = [text for option in options for text, _inner in _alternatives(option)]
    rest = _alternatives(names[end + 1 :])
    return [(names[:start] + text + tail, (text,) + chosen) for text in taken for tail, chosen in rest]


def _by_prefix(prefixes, shape):
    for prefix, row in prefixes:
        if shape.startswith(prefix):
            return row
    return None


def _by_words(key, name):
    """The row of a name that no table has, from the words in it.

    A loss found so in a driver that is known stays unclassified: it may repeat what a known name has counted.
    """
    queue = re.search(_table(key).get("queue") or generic.STATISTICS["queue"], name)
    queue_at = len(_DIGITS.findall(name[: queue.start(queue.lastindex)])) if queue else None
    letter, kind, group = _judge(name)
    if key[0] is not None and kind == "loss":
        kind, group = "unclassified", None
    return (letter, kind, group, queue_at)


def _judge(name):
    if _says("gauge", name):
        return (None, "gauge", None)
    if _says("traffic", name) and not _says("not_traffic", name):
        return (None, "traffic", None)
    if _says("info", name):
        return (None, "info", None)
    for letter, group, words in _WORDS["losses"]:
        if _has(words, name):
            if letter == "g" or _says("event", name):
                return (letter, "event", group if group == "refill" else None)
            if _says("no_loss", name):
                return (letter, "info", None)
            return (letter, "loss", group or _link_group(name))
    if _says("unclassified", name):
        return (None, "unclassified", None)
    return (None, "info", None)


def _says(what, name):
    return _has(_WORDS[what], name)


def _has(words, name):
    # Not compiled beforehand: re keeps what it compiled, and a NIC whose names are all known needs none of these.
    return re.search(words, name, re.IGNORECASE) is not None


def _link_group(name):
    return next((group for group, words in _WORDS["link_groups"] if _has(words, name)), "link")


def _unfold_blocks(blocks, pairs):
    """*pairs* with the title of its block before each name; a title's number is in its text or is its value."""
    prefix = ""
    unfolded = []
    for name, value in pairs:
        plain = name.strip()
        title = _BLOCK_NUMBER.match(plain)
        if title and title.group(1) in blocks["open"]:
            number = title.group(2) if title.group(2) is not None else str(int(value))
            unfolded.append((title.group(1) + number, value))
            prefix = title.group(1) + number + " "
            continue
        if plain in blocks["close"]:
            prefix = ""
        unfolded.append((prefix + plain, value))
    return unfolded


def _unused(name, taken):
    number = 2
    while f"{name} ({number})" in taken:
        number += 1
    return f"{name} ({number})"
