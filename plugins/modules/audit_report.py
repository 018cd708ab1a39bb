#!/usr/bin/python
# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: audit_report
short_description: Report the audits of all hosts of the play, worst first
version_added: 1.0.0
description:
  - Collects what M(linuxnet.packetloss.audit) registered on every host of the play, prints one line for each finding
    and writes C(audit.json) and C(audit.md).
  - Names the hosts that were unreachable or about which nothing can be said.
  - Runs on the controller only. Use it with C(run_once).
options:
  fail_on:
    description:
      - V(loss) fails when a host loses packets, V(risk) also when one is at risk.
      - With both, a host that is unknown or unreachable is no pass either. V(never) never fails.
    type: str
    choices: [loss, never, risk]
    default: loss
  result:
    description: The name of the variable that the audit was registered in.
    type: str
    default: packetloss_audit
extends_documentation_fragment:
  - linuxnet.packetloss.attributes
  - linuxnet.packetloss.attributes.action_plugin
  - linuxnet.packetloss.options.report_folder
seealso:
  - module: linuxnet.packetloss.audit
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

- name: Report, and fail when a host is losing packets or at risk
  linuxnet.packetloss.audit_report:
    fail_on: risk
  run_once: true
"""

RETURN = r"""
verdicts:
  description: How many hosts have each verdict.
  returned: always
  type: dict
  sample:
    losing: 1
    at_risk: 0
    unknown: 0
    clean: 9
files:
  description: The files that were written.
  returned: always
  type: list
  elements: str
"""
