#!/usr/bin/python
# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: audit
short_description: Find where on the path from NIC to socket a host loses packets, and why
version_added: 1.0.0
description:
  - Reads the host with M(linuxnet.packetloss.packet_path_info), then decides on the controller by rules which layer
    loses packets, what the cause is, and what would help. Changes nothing on the host.
  - The whole reading and all that was found are kept in two files on the controller. Returned are only the verdict and
    the findings of loss and risk, without what proves them.
  - A host that can be reached but not read is V(unknown), with the reason in RV(error). It does not fail the play.
  - Both files name the run that they are of. A run begins with M(linuxnet.packetloss.audit_preflight), or without it
    with the first audit of C(ansible-playbook).
options:
  interval:
    description: Seconds between the two samples, at least 1.
    type: float
    default: 10
  networks:
    description:
      - Judge the NICs that have an address in one of these networks, and the NICs below them.
      - A CIDR (V(10.0.0.0/8)), an address, a range (V(10.0.0.5-10.0.0.20)) or a glob (V(10.1.*.*)).
    type: list
    elements: str
    default: []
attributes:
  facts:
    support: partial
    details: Only which Python Ansible found on the host, so that later tasks do not look for it again.
extends_documentation_fragment:
  - linuxnet.packetloss.attributes
  - linuxnet.packetloss.attributes.action_plugin
  - linuxnet.packetloss.options.interfaces
  - linuxnet.packetloss.options.namespaces
  - linuxnet.packetloss.options.rules
  - linuxnet.packetloss.options.report_folder
  - linuxnet.packetloss.options.tolerance
seealso:
  - module: linuxnet.packetloss.packet_path_info
  - module: linuxnet.packetloss.audit_preflight
  - module: linuxnet.packetloss.audit_report
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

- name: Stop a roll-out when the host loses packets
  ansible.builtin.assert:
    that: packetloss_audit.verdict != 'losing'

- name: Audit the NICs of the storage network over a minute
  linuxnet.packetloss.audit:
    interval: 60
    networks:
      - 10.20.0.0/16
  become: true
"""

RETURN = r"""
verdict:
  description: V(losing), V(at_risk), V(clean) or V(unknown).
  returned: always
  type: str
  sample: losing
findings:
  description:
    - What was found of severity loss and risk, worst first, at most 50. RV(findings_file) has all of them, with the
      evidence, the cause, every action and the cautions; C(docs/audit.schema.json) describes it.
  returned: always
  type: list
  elements: dict
  contains:
    id:
      description: The same in every run, rule and place.
      type: str
      sample: R4:nic:eth0
    title:
      description: What it is, in a few words.
      type: str
    severity:
      description: V(loss) or V(risk).
      type: str
      sample: loss
    layer:
      description: The place on the path.
      type: str
      sample: ring
    subject:
      description: What it is about, C(type) and C(name). The name of the host as a whole is V(null).
      type: dict
      sample: {type: nic, name: eth0}
    count:
      description: How many equal places it stands for, such as the queues of a NIC.
      type: int
    lost:
      description: How many packets were lost at this place in the interval, V(null) where that cannot be said.
      type: int
    rate:
      description: C(value) and C(unit), or V(null).
      type: dict
    action:
      description: What to do first, as C(text) and, where it can be typed, as C(command); or V(null).
      type: dict
counts:
  description: How many findings there are of each severity, and how often a rule could not be judged.
  returned: always
  type: dict
  sample: {loss: 1, risk: 0, info: 2, not_judged: 14}
fails_on:
  description: The values of C(packetloss_fail_on) with which this host fails, which is empty for a host that passes.
  returned: always
  type: list
  elements: str
  sample: [loss, risk]
reasons:
  description: Why the verdict is V(unknown), at most 8 reasons.
  returned: always
  type: list
  elements: str
error:
  description: Why the host could not be read, or V(null).
  returned: always
  type: str
taken_at:
  description: When the host was read, UTC.
  returned: always
  type: str
  sample: "2026-01-01T00:00:00Z"
run:
  description: The run that this is of.
  returned: always
  type: str
document:
  description: The file with the whole reading on the controller, or V(null).
  returned: always
  type: str
  sample: /srv/packetloss-report/hosts/web1.json
findings_file:
  description: The file with all that was found on the controller.
  returned: always
  type: str
  sample: /srv/packetloss-report/hosts/web1.findings.json
"""
