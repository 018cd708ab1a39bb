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
  - The whole reading is kept in a file on the controller. Only the verdict and the findings are returned.
  - A host that can be reached but not read is V(unknown), with the reason in RV(error). It does not fail the play.
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
extends_documentation_fragment:
  - linuxnet.packetloss.attributes
  - linuxnet.packetloss.attributes.action_plugin
  - linuxnet.packetloss.options.interfaces
  - linuxnet.packetloss.options.rules
  - linuxnet.packetloss.options.report_folder
seealso:
  - module: linuxnet.packetloss.packet_path_info
  - module: linuxnet.packetloss.audit_preflight
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
  description: What was found, worst first.
  returned: always
  type: list
  elements: dict
  contains:
    rule:
      description: The rule that found it.
      type: str
      sample: R20
    title:
      description: What it is, in a few words.
      type: str
    layer:
      description: The place on the path.
      type: str
      sample: udp
    severity:
      description: V(loss), V(risk) or V(info).
      type: str
      sample: loss
    subject:
      description: The NIC, CPU, socket or queueing discipline, or V(null) for the whole host.
      type: str
    lost:
      description: How many packets were lost at this place in the interval, V(null) where that cannot be said.
      type: int
    rate:
      description: C(value) and C(unit), or V(null).
      type: dict
    evidence:
      description: The numbers that the finding rests on, each with C(what), C(value) and C(unit).
      type: list
      elements: dict
    cause:
      description: Why it happens.
      type: str
    remedies:
      description: What would help, the first thing to try first.
      type: list
      elements: str
    cautions:
      description: When a remedy is wrong, and what it costs.
      type: list
      elements: str
    sources:
      description: Where this knowledge comes from.
      type: list
      elements: str
    confidence:
      description: V(high), V(medium) or V(low).
      type: str
not_judged:
  description: Rules that could not be judged for want of a value, each with C(rule), C(subject) and C(reason).
  returned: always
  type: list
  elements: dict
measured:
  description: What was looked at, whatever was found, each with C(what), C(value) and C(unit).
  returned: always
  type: list
  elements: dict
  sample:
    - what: eth0 received
      value: 81236
      unit: packets
ring_memory:
  description:
    - What the rings of the NICs take of memory now (C(now_bytes), of each NIC and of all), and what the next larger
      receive rings would take more (C(next_steps)), in bytes.
    - V(null) where the host was not read.
  returned: always
  type: dict
  contains:
    now_bytes:
      description: What the rings of all NICs take.
      type: int
      sample: 879943680
    nics:
      description:
        - Each NIC that has rings, with C(nic), C(rx), C(rx_queues), C(tx), C(tx_queues), C(now_bytes), C(model),
          C(confidence), C(assumed) and C(next_steps).
      type: list
      elements: dict
    not_priced:
      description: The physical NICs whose rings could not be priced, each with C(nic) and C(why).
      type: list
      elements: dict
    error:
      description: Why nothing could be computed, or V(null).
      type: str
reasons:
  description: Why the verdict is V(unknown).
  returned: always
  type: list
  elements: str
error:
  description: Why the host could not be read, or V(null).
  returned: always
  type: str
document:
  description: The file with the whole reading on the controller, or V(null).
  returned: always
  type: str
  sample: /srv/packetloss-report/hosts/web1.json
"""
