# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``make bench``: what a snapshot, other network namespaces and ring memory cost on a node, and plans, sosreports and
an audit on the controller; 1 where a goal is missed."""

import sys

import audit_cost
import capture_cost
import module_cost
import namespaces_cost
import planning_cost
import ring_memory_cost
import setting_cost
import snapshot_cost

if __name__ == "__main__":
    met = [snapshot_cost.measure(), ring_memory_cost.measure(), setting_cost.measure()]
    met.append(namespaces_cost.measure())
    met.append(planning_cost.measure())
    met.append(capture_cost.measure())
    module_cost.measure()
    met.append(audit_cost.measure())
    print("All goals are met." if all(met) else "A goal is missed.")
    sys.exit(0 if all(met) else 1)
