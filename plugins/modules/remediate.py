#!/usr/bin/python
# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: remediate
short_description: Take away why a host loses packets, prove by measuring that it helped, and keep only that
version_added: 1.1.0
description:
  - Audits the host, plans the smallest changes that address the causes of its losses and risks, applies each as one
    M(linuxnet.packetloss.transaction), measures again, keeps what helped, and takes back what did not.
  - Each step goes back by itself unless it is confirmed over a new connection in time, so a host that a change cuts off
    comes back. A connection that is lost meanwhile is expected, and waited for.
  - A plan is a first step and not one guess. What helped in part gets its next step from the new numbers, in as many
    rounds as O(policy) allows. What helped is fewer packets lost on the whole path, per packet of traffic.
  - What helped is measured once more at the end, and then kept, so that it is set again when the host boots. Where that
    cannot be (no systemd, a read-only C(/etc)) it holds until the host boots, and the report says so.
  - In check mode it audits and plans. A host with nothing to do is audited once, and asked nothing else.
  - What an earlier run left in the middle is found. What waits for a confirmation is waited for until it went back,
    and what was confirmed without proof is taken back.
  - Does not fail where the remediation of the host failed. RV(fails) says so, and the module
    M(linuxnet.packetloss.remediation_gate) fails the host, when it is in the report.
options:
  interval:
    description: Seconds between the two samples of each measurement, at least 1. Below 5 a delta is noisy.
    type: float
    default: 10
  networks:
    description:
      - Judge the NICs that have an address in one of these networks, and the NICs below them.
      - A CIDR (V(10.0.0.0/8)), an address, a range (V(10.0.0.5-10.0.0.20)) or a glob (V(10.1.*.*)).
    type: list
    elements: str
    default: []
  plan_dir:
    description:
      - The folder of a report whose plans were reviewed. Exactly the plan of this host is applied, in one round. A host
        that is not as it was when the plan was made is refused.
    type: path
  accept_edited:
    description: Whether the plan of O(plan_dir) may have been edited since it was made.
    type: bool
    default: false
  confirm_within:
    description:
      - Seconds until a change goes back by itself, from when all of it is made, 20 to 3600. A host on which a module
        takes long needs more.
      - By default 60, and 180 where a change may take the link down for longer than a moment.
    type: int
extends_documentation_fragment:
  - linuxnet.packetloss.attributes
  - linuxnet.packetloss.attributes.setting_module
  - linuxnet.packetloss.attributes.action_plugin
  - linuxnet.packetloss.options.interfaces
  - linuxnet.packetloss.options.namespaces
  - linuxnet.packetloss.options.rules
  - linuxnet.packetloss.options.report_folder
  - linuxnet.packetloss.options.policy
attributes:
  idempotent:
    details:
      - A host that loses nothing more is only audited. What helped nothing and was taken back is tried again.
  facts:
    support: partial
    details: Only which Python Ansible found on the host, so that later tasks do not look for it again.
seealso:
  - module: linuxnet.packetloss.audit
  - module: linuxnet.packetloss.transaction
  - module: linuxnet.packetloss.remediation_report
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

- name: Only what disturbs no traffic, and never the NIC of the management
  linuxnet.packetloss.remediate:
    policy:
      disruption: 0
      never:
        - eno1
  become: true

- name: Apply what was reviewed
  linuxnet.packetloss.remediate:
    plan_dir: /srv/packetloss-report
  become: true
"""

RETURN = r"""
result:
  description:
    - V(nothing_to_do), V(kept), V(confirmed) (it helped, and holds until the next boot), V(planned) (check mode),
      V(no_remedy) (nothing that a program may do), V(refused), V(taken_back) (nothing helped), V(waiting) (outside the
      window of the policy), or, with RV(fails), V(unread), V(failed), V(lost) and V(stuck).
  returned: always
  type: str
  sample: kept
fails:
  description: Whether the remediation failed on this host.
  returned: always
  type: bool
still_losing:
  description: Whether the host lost packets before, and does so still.
  returned: always
  type: bool
summary:
  description: What became of the host, in one sentence.
  returned: always
  type: str
rounds:
  description: How many rounds were made.
  returned: always
  type: int
before:
  description: The C(verdict), C(lost_per_s) and C(traffic_per_s) of the first measurement.
  returned: always
  type: dict
  sample: {verdict: losing, lost_per_s: 930.0, traffic_per_s: 15000.0}
after:
  description: Those of the last one, V(null) where nothing was changed.
  returned: always
  type: dict
steps:
  description: What was done, or planned.
  returned: always
  type: list
  elements: dict
  contains:
    round:
      description: The round.
      type: int
    step:
      description: Its place in the plan of the round.
      type: int
    finding:
      description: The finding that it is against.
      type: str
      sample: R4:nic:eth0
    transaction:
      description: Its id on the host, for C(rollback.yml).
      type: str
    state:
      description:
        - V(planned), V(refused), V(gone_back), V(taken_back), V(kept), V(confirmed), V(unproved), V(stuck), V(lost) or
          V(standing).
      type: str
    outcome:
      description: What the measurement said, V(gone), V(improved), V(unchanged), V(worse) or V(not_comparable).
      type: str
    commands:
      description: What a person would have typed.
      type: list
      elements: str
advice:
  description: What a person should do, each with C(finding), C(text) and C(command).
  returned: always
  type: list
  elements: dict
refused:
  description: What the policy or the host does not allow, each with C(finding) and C(reason).
  returned: always
  type: list
  elements: dict
problems:
  description: Why the host failed.
  returned: always
  type: list
  elements: str
notes:
  description: What else has to be known.
  returned: always
  type: list
  elements: str
run:
  description: The run that this is of.
  returned: always
  type: str
report:
  description: The page about this host on the controller.
  returned: always
  type: str
  sample: /srv/packetloss-report/remediations/web1.md
"""
