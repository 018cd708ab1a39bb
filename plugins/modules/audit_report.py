#!/usr/bin/python
# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: audit_report
short_description: Report the audits of many hosts, worst first
version_added: 1.0.0
description:
  - Makes a report of the findings that M(linuxnet.packetloss.audit) kept. Prints one table of losses and risks, and
    writes C(audit.json) and C(audit.md).
  - Names the hosts that were unreachable or about which nothing can be said, and keeps that in their findings.
  - Runs on the controller only. Use it with C(run_once). With C(serial) it makes the report with the last batch, or
    with one of which every host will fail; where the strategy lets each host go on alone, with the last host.
  - The hosts of a play do not fail here, see M(linuxnet.packetloss.audit_gate).
options:
  source:
    description:
      - V(run) reports the hosts of the play, as this run of C(ansible-playbook) audited them. A host that it did not
        read is unknown, whatever an earlier run found. Where nothing was audited in this run, the last findings of each
        host are reported.
      - V(stored) reports every host that the folder has something of, and asks none. Each document is diagnosed again
        by the rules of today. A host that could not be read the last time stays unknown.
    type: str
    choices: [run, stored]
    default: run
  fail_on:
    description:
      - With O(source=stored) the task fails where a host loses packets, or lost them before (V(loss)), or also where
        one is at risk (V(risk)), or is unknown.
      - With O(source=run) it only decides what RV(failing) counts.
    type: str
    choices: [loss, never, risk]
    default: never
  rules_dirs:
    description: Folders on the controller with rule files of your own, for O(source=stored).
    type: list
    elements: path
    default: []
  result:
    description: The name of the variable that the audit was registered in; a host that failed says there why.
    type: str
    default: packetloss_audit
extends_documentation_fragment:
  - linuxnet.packetloss.attributes
  - linuxnet.packetloss.attributes.action_plugin
  - linuxnet.packetloss.options.report_folder
  - linuxnet.packetloss.options.tolerance
seealso:
  - module: linuxnet.packetloss.audit
  - module: linuxnet.packetloss.audit_gate
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

- name: Report once more on what is in the folder, by the rules of today
  linuxnet.packetloss.audit_report:
    source: stored
    dir: /srv/packetloss-report
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
reported:
  description: Whether the report was made here; with C(serial) the last batch makes it.
  returned: always
  type: bool
waiting:
  description: How many hosts of the play are still to be read.
  returned: always
  type: int
run:
  description: The run that was reported, or V(null) where nothing was audited in this one.
  returned: when RV(reported) is true
  type: str
verdicts:
  description: How many hosts have each verdict.
  returned: when RV(reported) is true
  type: dict
  sample:
    losing: 1
    lost_before: 0
    at_risk: 0
    unknown: 0
    clean: 9
failing:
  description: How many hosts do not pass with O(fail_on).
  returned: when RV(reported) is true
  type: int
files:
  description: The files that were written.
  returned: when RV(reported) is true
  type: list
  elements: str
"""
