# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ways to damage a text of the kernel, and a judge of what a reader made of one that lacks something."""

#: What stands in for a number, or for any other word.
STRANGE_WORDS = (
    "-1 -0 +5 0x10 1_000 1e9 1.5 nan inf NaN, : , - 18446744073709551616 4294967296 99999999999999999999999999 "
    "\N{SUPERSCRIPT TWO} \N{ARABIC-INDIC DIGIT THREE} {{x}} CPU99999999 CPU-1 drops:"
).split()
STRANGE_WORDS += ["9" * 5000, "f" * 5000, "CPU" + "9" * 5000, "x" * 20000, "- " * 2000]


def truncations(data, chance, most=60):
    """The beginnings of *data*: every one of a short text, *most* of a long one, and the empty file."""
    ends = range(len(data))
    return [data[:end] for end in (ends if len(ends) <= most else sorted({0, 1, *chance.sample(ends, most)}))]


def without_lines(data, chance):
    lines = data.splitlines(True)
    dropped = [lines[:number] + lines[number + 1 :] for number in range(len(lines))]
    dropped += [[line for line in lines if chance.random() < 0.6] for _time in range(10)]
    return [b"".join(left) for left in dropped]


def damaged(data, chance):
    """*data* with one thing wrong."""
    place = chance.randrange(len(data))
    lines, words = data.splitlines(True), data.split(b" ")
    number = chance.randrange(len(lines))
    kind = chance.randrange(7)
    if kind == 0:
        return data[:place] + bytes([chance.randrange(256)]) + data[place + 1 :]
    if kind == 1:
        return data[:place] + chance.choice([b"\0", b"\xff\xfe", b"\xc3", b"\n", b" ", b"\r", b"\x0c"]) + data[place:]
    if kind == 2:
        return b"".join(lines[: number + 1] + lines[number:])
    if kind == 3:
        chance.shuffle(lines)
        return b"".join(lines)
    if kind == 4:
        return data[:place] + data[place + chance.randrange(1, 9) :]
    if kind == 5:
        return data[:place] + bytes(chance.randrange(256) for _byte in range(chance.randrange(1, 40)))
    words[chance.randrange(len(words))] = chance.choice(STRANGE_WORDS).encode("utf-8")
    return b" ".join(words)


def made_up(good, found, told, path=""):
    """Where *found* has nothing (0, "", [], {}) in place of something *good*, or what was never there.

    None is right where the gaps say why: *told*.
    """
    if found is None:
        return [] if good is None or told else [path]
    if isinstance(found, dict) and isinstance(good, dict):
        wrong = [path] if good and not found else []
        for key in found:
            below = f"{path}/{key}"
            wrong += made_up(good[key], found[key], told, below) if key in good else [below]
        return wrong
    return [path] if good and not found else []
