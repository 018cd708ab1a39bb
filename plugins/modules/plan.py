#!/usr/bin/python
# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: plan
short_description: Plan what to change on each host against what its audit found, within a policy
version_added: 1.0.0
description:
  - Makes of the findings that M(linuxnet.packetloss.audit) kept a plan for each host. It has the next step against each
    cause, what it takes of the memory, what it does to traffic, what is refused and why, and what only a person can do.
  - Changes nothing on any host and asks none. A step is decided on what the audit read, by the same code that makes it.
  - Writes C(plans/HOST.json) and, for a reviewer, C(plans/HOST.md) below the report folder, and C(plans.json) and
    C(plans.md) of all hosts. Prints a line for each host that has something to change.
  - A plan has a digest and the values that it rests on, so that one that was edited, or whose host has changed, is not
    taken for the one that was reviewed.
  - A host that was not read has a plan without steps, which says why.
  - Runs on the controller only. Use it with C(run_once), after all hosts were audited. With C(serial) each batch plans
    for the hosts that were read so far, the last one for all.
options:
  source:
    description:
      - V(run) plans for the hosts of the play, as this run of C(ansible-playbook) audited them. Where it audited none,
        what was found last of each host is planned for.
      - V(stored) plans for every host that the folder has something of. Each document is diagnosed again by the rules
        of today.
    type: str
    choices: [run, stored]
    default: run
  rules_dirs:
    description: Folders on the controller with rule files of your own, for O(source=stored).
    type: list
    elements: path
    default: []
  limits:
    description: Thresholds of the rules in place of the collection's, for O(source=stored).
    type: dict
    default: {}
  result:
    description: The name of the variable that the audit was registered in; a host that failed says there why.
    type: str
    default: packetloss_audit
extends_documentation_fragment:
  - linuxnet.packetloss.attributes
  - linuxnet.packetloss.attributes.action_plugin
  - linuxnet.packetloss.options.report_folder
  - linuxnet.packetloss.options.policy
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

- name: Plan what to change, but nothing of the storage network and no more than 30 % of the memory
  linuxnet.packetloss.plan:
    policy:
      never: [stor*]
      memory_reserve: 70%
  run_once: true

- name: Plan once more for all hosts in the folder, by the rules of today
  linuxnet.packetloss.plan:
    source: stored
    dir: /srv/packetloss-report
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
run:
  description: The run that was planned for, or V(null) where nothing was audited in this one.
  returned: success
  type: str
waiting:
  description: How many hosts of the play are still to be read. With C(serial) the last batch plans for all.
  returned: success
  type: int
totals:
  description: What all plans have together.
  returned: success
  type: dict
  contains:
    hosts:
      description: How many hosts there are.
      type: int
    planned:
      description: How many of them have something to change.
      type: int
    nothing:
      description: How many have nothing to change.
      type: int
    unread:
      description: How many have no plan, because they were not read.
      type: int
    refused:
      description: Of how many something was refused, by the policy, for want of memory, or by a driver.
      type: int
    steps:
      description: How many steps there are.
      type: int
    knobs:
      description: How many changes there are of each kind.
      type: dict
      sample: {ring: 3, sysctl: 1}
    need_bytes:
      description: The memory that all hosts together take more.
      type: int
    most_peak_bytes:
      description: The most memory that one host takes while it is changed.
      type: int
    class:
      description: The class of the change that disturbs traffic most.
      type: int
    outage:
      description: What that does to traffic.
      type: str
files:
  description: The files of all hosts that were written, C(plans.json) and C(plans.md).
  returned: success
  type: list
  elements: str
"""
