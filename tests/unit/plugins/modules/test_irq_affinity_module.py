# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module irq_affinity as a node runs it, on an interface without interrupts."""

from ansible_collections.linuxnet.packetloss.plugins.modules import irq_affinity


def test_what_it_does_beside_its_settings_is_in_its_result(run):
    found = run(irq_affinity, True, interfaces=["lo"], state="absent", irqbalance="ignore")
    assert (found["interfaces"], found["changed"], found["changes"]) == (["lo"], False, [])
    assert found["irqbalance"] is None and found["not_in_force"] == []
