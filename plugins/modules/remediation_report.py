#!/usr/bin/python
# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: remediation_report
short_description: Report what became of the hosts of a remediation, worst first
version_added: 1.1.0
description:
  - Makes a report of what M(linuxnet.packetloss.remediate) kept of each host. Writes C(remediation.json) and
    C(remediation.md) after each batch of a play with C(serial), and prints a table after the last one, or after one in
    which a host fails.
  - Names the hosts that were unreachable or that the run did not come to.
  - Runs on the controller only. Use it with C(run_once).
  - The hosts do not fail here, see M(linuxnet.packetloss.remediation_gate).
options:
  result:
    description: The name of the variable that the remediation was registered in; a host that failed says there why.
    type: str
    default: packetloss_remediation
extends_documentation_fragment:
  - linuxnet.packetloss.attributes
  - linuxnet.packetloss.attributes.action_plugin
  - linuxnet.packetloss.options.report_folder
seealso:
  - module: linuxnet.packetloss.remediate
  - module: linuxnet.packetloss.remediation_gate
author:
  - linuxnet.packetloss contributors (@linuxnet)
"""

EXAMPLES = r"""
---
- name: Take away why packets are lost
  linuxnet.packetloss.remediate:
  become: true
  register: packetloss_remediation
  ignore_unreachable: true

- name: Report
  linuxnet.packetloss.remediation_report:
  run_once: true

- name: Fail the hosts on which it failed
  linuxnet.packetloss.remediation_gate:
"""

RETURN = r"""
reported:
  description: Whether the table was printed here.
  returned: always
  type: bool
waiting:
  description: How many hosts of the play are still to come.
  returned: always
  type: int
run:
  description: The run that was reported.
  returned: always
  type: str
results:
  description: How many hosts have each result, as M(linuxnet.packetloss.remediate) names them.
  returned: always
  type: dict
  sample:
    kept: 3
    nothing_to_do: 9
failing:
  description: How many hosts fail.
  returned: always
  type: int
files:
  description: The files that were written.
  returned: always
  type: list
  elements: str
"""
