# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.subset import (
    NAMES,
    SubsetError,
    parts_of,
)

EVERY = set(NAMES)
DEFAULT = EVERY - {"statistics"}


@pytest.mark.parametrize(
    "words, parts",
    [
        ([], DEFAULT),
        (["all"], EVERY),
        (["all", "!statistics"], DEFAULT),
        (["!statistics"], DEFAULT),
        (["!features", "!rss"], DEFAULT - {"features", "rss"}),
        (["all", "!features"], EVERY - {"features"}),
        (["rings", "channels"], {"rings", "channels"}),
        (["rings", "channels", "!rings"], {"channels"}),
        (["!all"], set()),
        (["!all", "rings"], {"rings"}),
        (["all", "!all", "rings"], {"rings"}),
        (["all", "rings"], EVERY),
        (["statistics"], {"statistics"}),
        # What a part needs comes with it, wanted or not.
        (["irqs"], {"irqs", "driver"}),
        (["irqs", "!driver"], {"irqs", "driver"}),
        (["ring_memory"], {"ring_memory", "driver", "rings", "queues"}),
        (["!driver", "!irqs", "!ring_memory"], DEFAULT - {"driver", "irqs", "ring_memory"}),
    ],
)
def test_parts_of(words, parts):
    assert parts_of(words) == parts


@pytest.mark.parametrize("word", ["ring", "Rings", "!ring", "!", "", "!!rings", "all "])
def test_a_word_that_is_no_part(word):
    with pytest.raises(SubsetError) as raised:
        parts_of(["rings", word])
    told = str(raised.value)
    assert told.startswith(
        f"gather_subset: no part of a NIC is called {word[word.startswith('!') :]!r}; choose from all, "
    )
    assert all(name in told for name in NAMES)
