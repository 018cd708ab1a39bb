#!/usr/bin/python
# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: transaction
short_description: Change settings as one unit that goes back by itself unless it is confirmed
version_added: 1.1.0
description:
  - Makes several settings of NICs and sysctls on a host as one unit. Either all of them are made and confirmed, or all
    is as it was before.
  - O(state=applied) decides, checks and prices all changes, writes down what there was, arms a timer, and starts a
    process on the host that makes the changes. It returns at once, with a token. The changes go back by themselves when
    the window is over, unless O(state=confirmed) comes with this token over a new connection. So a host that a change
    cuts off comes back.
  - The process that makes the changes stays until then, and needs no file any more. Where it is killed, a second one
    takes its place, a timer of systemd where there is systemd. Their clock is one that nobody sets.
  - Nothing is kept over a boot before O(state=kept), so a boot takes back what was not.
  - A value that a driver refuses, or that does not show when it is read back, takes back all that was made before it.
  - What is taken back is put back in reverse order, and each value only where it still is what the transaction has set.
    What somebody else has written since is left, and told. A NIC is found by its address, whatever its name is then.
  - The journals are in C(/var/lib/packetloss/transactions).
options:
  state:
    description:
      - V(applied) begins a transaction. If all is as the O(settings) want it, there is none, and RV(id) is V(null).
      - V(confirmed) lets it stay.
      - V(kept) has it set again at each boot, and when a driver is loaded again. It has to be confirmed before.
      - V(taken_back) puts back what was before, at any later time, and what was kept of it too.
      - V(status) tells what became of one, V(listed) tells of all.
    type: str
    required: true
    choices: [applied, confirmed, kept, taken_back, status, listed]
  id:
    description:
      - The transaction, as RV(id) has it.
      - V(last) is the newest one. For O(state=taken_back) it is the newest one that was not taken back yet.
    type: str
  settings:
    description:
      - What shall be, for O(state=applied). Each has a C(knob) (V(private_flag), V(channels), V(ring), V(feature),
        V(coalesce), V(rss), V(irq_affinity), V(packet_steering) or V(sysctl)), a C(subject), the name of the NIC, and
        C(values), as the module for this knob takes them. V(sysctl) has no subject.
      - The actions of findings have this form.
    type: list
    elements: dict
    default: []
  expected:
    description:
      - The changes that somebody has reviewed, each with C(knob), C(subject), C(from) and C(to), as this module returns
        them in check mode. If others are decided now, the host has drifted, and nothing is changed.
    type: list
    elements: dict
  reason:
    description: Data that is kept with the transaction, such as the findings that it is for.
    type: dict
    default: {}
  window:
    description:
      - Seconds until it goes back by itself, 20 to 3600, counted from when all changes are made.
      - By default 60, and 180 where a change may take the link down for longer than a moment.
    type: int
  disruption:
    description: The largest class of a change that is allowed, as RV(disruption) has it.
    type: int
    default: 1
    choices: [0, 1, 2, 3]
  never:
    description: Shell patterns on the names of NICs of which nothing is changed.
    type: list
    elements: str
    default: []
  token:
    description:
      - What O(state=applied) has returned, for O(state=confirmed).
      - For O(state=applied) the token to be, of at least 16 characters that nobody can guess. Who gives it can confirm
        even if the answer is lost with the connection. By default one is made.
    type: str
  wait:
    description:
      - Seconds for which O(state=status) and O(state=confirmed) wait while changes are being made or put back. They go
        on as soon as that is done.
    type: int
    default: 0
extends_documentation_fragment:
  - linuxnet.packetloss.attributes
  - linuxnet.packetloss.attributes.setting_module
  - linuxnet.packetloss.options.memory
attributes:
  idempotent:
    details: Where all is as the settings want it, no transaction is begun.
seealso:
  - module: linuxnet.packetloss.tune
  - module: linuxnet.packetloss.audit
author:
  - linuxnet.packetloss contributors (@linuxnet)
"""

EXAMPLES = r"""
---
- name: Double the receive rings, with more budget for each poll
  linuxnet.packetloss.transaction:
    state: applied
    settings:
      - knob: ring
        subject: ens1f0
        values:
          rx: 2048
      - knob: sysctl
        values:
          net.core.netdev_budget: 600
  become: true
  register: begun

- name: Come back over a new connection
  ansible.builtin.meta: reset_connection

- name: Wait until all is made
  linuxnet.packetloss.transaction:
    state: status
    id: "{{ begun.id }}"
    wait: 30
  become: true
  register: made
  when: begun.id is not none

- name: Let it stay
  linuxnet.packetloss.transaction:
    state: confirmed
    id: "{{ begun.id }}"
    token: "{{ begun.token }}"
  become: true
  when:
    - begun.id is not none
    - made.phase == 'applied'

- name: Take the last one back, a day later
  linuxnet.packetloss.transaction:
    state: taken_back
    id: last
  become: true
"""

RETURN = r"""
id:
  description: The transaction. V(null) in check mode, and where nothing was to be changed.
  returned: success, but for O(state=listed)
  type: str
  sample: 20260131T120000-5f0c3a
token:
  description: What confirms it. It is nowhere else.
  returned: with O(state=applied)
  type: str
phase:
  description:
    - V(planned) in check mode, then V(armed), V(applying), V(applied) while it waits for its confirmation,
      V(taking_back), and V(confirmed), V(kept) or V(taken_back).
    - V(stuck) where something could not be put back. RV(notes) then say what to type, and RV(why) what happened.
    - V(null) where nothing was to be changed.
  returned: success, but for O(state=listed)
  type: str
  sample: applying
window:
  description: Seconds until it goes back by itself, from when all is made.
  returned: with O(state=applied)
  type: int
timer:
  description: What takes it back where the process that makes the changes is killed, V(systemd) or V(process).
  returned: with O(state=applied)
  type: str
changes:
  description:
    - The changes. Each has C(knob), C(subject), C(from), C(to), C(class), C(memory) and C(notes).
  returned: success, but for O(state=listed)
  type: list
  elements: dict
  sample:
    - knob: ring
      subject: ens1f0
      from:
        rx: 1024
      to:
        rx: 2048
      class: 1
      memory: null
      notes: []
commands:
  description: What a person would have typed.
  returned: success, but for O(state=listed)
  type: list
  elements: str
  sample:
    - ethtool -G ens1f0 rx 2048
checks:
  description: What was looked at before, each with C(check), C(subject), C(verdict) and C(words).
  returned: success, but for O(state=listed)
  type: list
  elements: dict
disruption:
  description: What the worst of the changes does to traffic, C(class) 0 to 3 and its C(meaning).
  returned: success, but for O(state=listed)
  type: dict
memory:
  description: What all changes take together, as in M(linuxnet.packetloss.ethtool_ring). V(null) where it is nothing.
  returned: with O(state=applied)
  type: dict
verified:
  description: What was read back, by NIC and knob.
  returned: with O(state=status), O(state=confirmed), O(state=kept) and O(state=taken_back)
  type: dict
  sample:
    ens1f0:
      ring:
        rx: 2048
steps:
  description:
    - What became of each change, with C(knob), C(subject), C(state) and the C(values) that were read back when it was
      made. The C(state) is V(waiting), V(began), V(made), V(as_before), V(put_back), V(left) (somebody else has written
      it), V(gone) (its NIC is) or V(failed).
  returned: with O(state=status), O(state=confirmed), O(state=kept) and O(state=taken_back)
  type: list
  elements: dict
notes:
  description: What else was seen, in sentences.
  returned: success, but for O(state=listed)
  type: list
  elements: str
why:
  description: Why it was taken back, or is stuck. V(null) where it is not.
  returned: with O(state=status), O(state=confirmed), O(state=kept) and O(state=taken_back)
  type: str
left_s:
  description: Seconds that are left until it goes back by itself, V(null) where it does not.
  returned: with O(state=status), O(state=confirmed), O(state=kept) and O(state=taken_back)
  type: float
boot:
  description: The boot in which it was made, as the kernel's C(boot_id).
  returned: with O(state=status), O(state=confirmed), O(state=kept) and O(state=taken_back)
  type: str
created:
  description: When it was begun, UTC.
  returned: with O(state=status), O(state=confirmed), O(state=kept) and O(state=taken_back)
  type: str
  sample: "2026-01-31T12:00:00Z"
reason:
  description: The data that was given with it.
  returned: with O(state=status), O(state=confirmed), O(state=kept) and O(state=taken_back)
  type: dict
files:
  description: The files that were written to keep it.
  returned: with O(state=kept), when it was not kept before
  type: list
  elements: str
transactions:
  description: All transactions, the newest first, each as O(state=status) tells it.
  returned: with O(state=listed)
  type: list
  elements: dict
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.task import MEMORY_SPEC
from ansible_collections.linuxnet.packetloss.plugins.module_utils.transaction import task


def main():
    module = AnsibleModule(
        argument_spec=dict(
            MEMORY_SPEC,
            state={"type": "str", "required": True, "choices": list(task.STATES)},
            id={"type": "str"},
            settings={"type": "list", "elements": "dict", "default": []},
            expected={"type": "list", "elements": "dict"},
            reason={"type": "dict", "default": {}},
            window={"type": "int"},
            disruption={"type": "int", "default": 1, "choices": [0, 1, 2, 3]},
            never={"type": "list", "elements": "str", "default": []},
            token={"type": "str", "no_log": False},
            wait={"type": "int", "default": 0},
        ),
        required_if=[
            ("state", "applied", ("settings",)),
            ("state", "confirmed", ("id", "token")),
            ("state", "kept", ("id",)),
            ("state", "taken_back", ("id",)),
            ("state", "status", ("id",)),
        ],
        supports_check_mode=True,
    )
    task.main(module)


if __name__ == "__main__":
    main()
