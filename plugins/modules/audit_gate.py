#!/usr/bin/python
# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: audit_gate
short_description: Fail a host that loses packets
version_added: 1.0.0
description:
  - Judges the findings that M(linuxnet.packetloss.audit) kept of this host in this run of C(ansible-playbook), and
    fails where it is no pass. Where nothing was audited in this run, it judges what was found last.
  - Runs on the controller only, for each host. Use it after M(linuxnet.packetloss.audit_report), so that the report is
    made before a host fails.
options:
  fail_on:
    description:
      - V(loss) fails when the host loses packets, V(risk) also when it is at risk.
      - With both, a host that is unknown or unreachable is no pass either. V(never) never fails.
    type: str
    choices: [loss, never, risk]
    default: loss
extends_documentation_fragment:
  - linuxnet.packetloss.attributes
  - linuxnet.packetloss.attributes.action_plugin
  - linuxnet.packetloss.options.report_folder
  - linuxnet.packetloss.options.tolerance
seealso:
  - module: linuxnet.packetloss.audit
  - module: linuxnet.packetloss.audit_report
author:
  - linuxnet.packetloss contributors (@linuxnet)
"""

EXAMPLES = r"""
---
- name: Audit the host
  linuxnet.packetloss.audit:
  become: true
  register: packetloss_audit
  ignore_unreachable: true

- name: Report
  linuxnet.packetloss.audit_report:
  run_once: true

- name: Go on only with hosts that lose nothing, not even a packet, and are not at risk
  linuxnet.packetloss.audit_gate:
    fail_on: risk
    tolerance:
      share: 0
      packets: 0
"""

RETURN = r"""
msg:
  description: Why the host does not pass.
  returned: failure
  type: str
  sample: "packetloss_fail_on is loss, and this host is losing: The receive ring runs empty (ring eth0 R4)"
"""
