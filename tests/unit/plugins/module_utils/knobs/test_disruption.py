# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs import disruption


def changes(*classes):
    return [{"class": each} for each in classes]


def test_the_class_that_nobody_knows_weighs_as_much_as_2():
    assert list(map(disruption.weight, changes(0, 1, 2, 3, None))) == [0, 1, 2, 2, 2]


@pytest.mark.parametrize(("classes", "expected"), [((), 0), ((0, 1), 1), ((2, 0), 2), ((1, 3), 3), ((2, None), 3)])
def test_the_worst_class(classes, expected):
    found = disruption.worst(changes(*classes))
    assert found["class"] == expected
    assert found["meaning"]
