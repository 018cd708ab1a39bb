# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.terminal import columns, cut, pad, wrapped


@pytest.mark.parametrize("text, width", [("eth0", 4), ("", 0), ("主机", 4), ("e\u0301", 1)])
def test_columns(text, width):
    assert columns(text) == width
    assert columns(pad(text, 6)) == 6


@pytest.mark.parametrize(
    "text, width, start, ends",
    [
        ("web1", 4, "web1", "web1"),
        ("web1.example.com", 10, "web1.ex...", "web1...com"),
        ("web1", 3, "...", "..."),
        ("web1", 0, "", ""),
        # Half of a character does not fit.
        ("主机主机主机", 8, "主机...", "主...机"),
    ],
)
def test_cut(text, width, start, ends):
    assert (cut(text, width), cut(text, width, middle=True)) == (start, ends)


@pytest.mark.parametrize(
    "text, most, expected",
    [
        ("a ring of 1024", None, ["a ring of", "1024"]),
        ("exactly 10 x", None, ["exactly 10", "x"]),
        ("sysctl-with-a-long-name", None, ["sysctl-wit", "h-a-long-n", "ame"]),
        ("one two three four five", 2, ["one two", "three f..."]),
        ("short", 2, ["short"]),
        ("", None, []),
    ],
)
def test_wrapped(text, most, expected):
    told = wrapped(text, 10, most)
    assert told == expected
    assert all(columns(line) <= 10 for line in told)
