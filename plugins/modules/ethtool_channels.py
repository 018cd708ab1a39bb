#!/usr/bin/python
# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: ethtool_channels
short_description: Set how many queues NICs have, if there is memory for them
version_added: 1.1.0
description:
  - Sets the channels of a NIC, as C(ethtool -L) does, by ioctl. No program is run. A channel is an interrupt with its
    queues.
  - What a channel takes of memory, its rings with their buffers, is computed first, for all NICs of the task together.
    If it does not fit, nothing is changed. Fewer channels take none.
  - New channels undo what was set of the old ones. RPS, RFS and XPS of queues that go are lost, many drivers set the
    affinities of the interrupts and XPS anew, and some request their interrupts anew. C(notes) of the change say what
    of that is known of this driver, and what was set is given back as far as it still applies.
  - What the kernel or the driver would refuse is refused with the reason before anything is changed, where it can be
    known. A RSS table that somebody set or a ntuple rule that names a queue which would go, an XDP program, RDMA.
  - The numbers are read back. If a driver refuses, or if another NIC of the task cannot be set, all is put back as it
    was, with what was set of the queues.
  - The change lasts until the driver is loaded again, or the host boots.
options:
  combined:
    description:
      - Channels for both directions. Most NICs have these.
      - A number, V(max) for what the hardware has, or V(per_local_core).
      - V(per_local_core) gives as many as the NIC's own NUMA node has physical cores that may take interrupts, at most
        what the hardware has. A second thread of a core adds nothing to the handling of interrupts. CPUs that are
        isolated do not count. Where the NIC has no node, the cores of the host count.
    type: str
  rx:
    description: Channels that only receive, as O(combined). Some virtual devices have these.
    type: str
  tx:
    description: Channels that only send, as O(combined).
    type: str
  restore_steering:
    description:
      - Whether what is set of the queues that stay is given back where the driver sets it anew. RPS masks, flow counts,
        XPS, and the affinities of their interrupts.
      - CPUs that were dealt out over all transmit queues are not dealt out again over another number of them, and an
        interrupt that went where its driver wanted it stays with the driver.
      - What could not be given back is told in RV(notes).
    type: bool
    default: true
extends_documentation_fragment:
  - linuxnet.packetloss.attributes
  - linuxnet.packetloss.attributes.setting_module
  - linuxnet.packetloss.options.nics
  - linuxnet.packetloss.options.keep
  - linuxnet.packetloss.options.memory
notes:
  - A NIC without rings, such as veth, has no price. More channels of it want O(force=true).
  - Ports of one bond are best set in tasks of their own, one after another, for many drivers take the link down.
seealso:
  - module: linuxnet.packetloss.ethtool_ring
  - module: linuxnet.packetloss.ring_memory_info
author:
  - linuxnet.packetloss contributors (@linuxnet)
"""

EXAMPLES = r"""
---
- name: Give each NIC as many queues as there are cores near it
  linuxnet.packetloss.ethtool_channels:
    interfaces:
      - ens1f0
    combined: per_local_core
  become: true
  register: channels

- name: Show what this undid, and what could not be given back
  ansible.builtin.debug:
    msg: "{{ channels.changes | map(attribute='notes') | flatten + channels.notes }}"

- name: Eight queues, and leave 16 GiB to the applications
  linuxnet.packetloss.ethtool_channels:
    networks:
      - 10.20.0.0/16
    combined: "8"
    memory_reserve: 16G
  become: true

- name: One receive and one transmit queue of a veth, whose queues have no rings
  linuxnet.packetloss.ethtool_channels:
    interfaces:
      - veth0
    rx: "1"
    tx: "1"
  become: true
"""

RETURN = r"""
interfaces:
  description: The NICs that were chosen.
  returned: success
  type: list
  elements: str
  sample: [ens1f0]
changes:
  description:
    - What was changed, or would be in check mode. Each has C(knob), C(subject), C(from), C(to), C(class), C(memory) and
      C(notes), sentences about what the change undoes.
  returned: success
  type: list
  elements: dict
  sample:
    - knob: channels
      subject: ens1f0
      from:
        combined: 4
      to:
        combined: 8
      class: 2
      memory: null
      notes: []
commands:
  description: What a person would have typed.
  returned: success
  type: list
  elements: str
  sample:
    - ethtool -L ens1f0 combined 8
verified:
  description: What was read back, by NIC and knob. Empty in check mode.
  returned: success
  type: dict
  sample:
    ens1f0:
      channels:
        combined: 8
disruption:
  description: What the worst of the changes does to traffic, C(class) 0 to 3 and its C(meaning).
  returned: success
  type: dict
reboot:
  description: What becomes of it when the host boots.
  returned: success
  type: str
  sample: It lasts until the driver is loaded again, or the host boots.
kept:
  description:
    - The C(files) that were written to keep it, or would be in check mode, and the C(owners) that set the same at boot
      as well, each with C(owner), C(where), C(subject), C(knob) and C(wins).
  returned: with O(persistent)
  type: dict
memory:
  description:
    - What all changes take together, C(need_bytes), C(peak_bytes), C(verdict), C(sentence) and C(nodes).
    - V(null) where nothing changes, or where it could not be priced.
  returned: success
  type: dict
notes:
  description: What could not be given back. Empty in check mode.
  returned: success
  type: list
  elements: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.channels import KINDS
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.task import MEMORY_SPEC, NICS_SPEC, set_nics


def main():
    module = AnsibleModule(
        argument_spec=dict(
            NICS_SPEC,
            **MEMORY_SPEC,
            **{kind: {"type": "str"} for kind in KINDS},
            restore_steering={"type": "bool", "default": True},
        ),
        required_one_of=[KINDS],
        supports_check_mode=True,
    )
    set_nics(module, "channels", {name: module.params[name] for name in (*KINDS, "restore_steering")})


if __name__ == "__main__":
    main()
