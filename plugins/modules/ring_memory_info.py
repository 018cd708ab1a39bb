#!/usr/bin/python
# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: ring_memory_info
short_description: What the rings of NICs take of memory, and whether a change of them fits
version_added: 1.0.0
description:
  - Computes what the receive and transmit rings of the NICs of a host take now, what they would take after a change of
    rings, channels or MTU, how much is held at the worst moment of the change, and whether the memory has room for it.
    Nothing is changed.
  - The NICs of a host draw on one memory, so what is asked for several of them is summed.
  - The filter C(linuxnet.packetloss.ring_memory) computes the same from a stored host document, for planning over a
    whole inventory without touching a host.
  - The models of the drivers, their sources and their limits are explained in C(docs/ring-memory.md).
  - Without root some inputs cannot be read, such as the sizes that C(devlink) tells of mlx5 NICs. What had to be
    assumed is named in the result.
options:
  rx:
    description: Entries of each receive ring of every NIC, as C(ethtool -G) takes them.
    type: int
  tx:
    description: Entries of each transmit ring of every NIC.
    type: int
  channels:
    description: Channels of every NIC, as C(ethtool -L) takes them (combined, or as many of RX and of TX).
    type: int
  mtu:
    description: The MTU of every NIC.
    type: int
  max:
    description: Whether every ring that is not given is to be as large as the NIC can have it.
    type: bool
    default: false
  targets:
    description:
      - What single NICs are to have in place of, or beside, the options above.
      - By the name of a NIC a dictionary with any of C(rx), C(tx), C(channels), C(mtu) and C(max).
      - A NIC that O(interfaces) does not choose, or that cannot be priced, is an error here.
    type: dict
    default: {}
  reserve:
    description:
      - The memory that is to stay available, in bytes (V(8589934592)), as a size (V(8G)) or as a share of all memory
        (V(10%)).
      - By default a tenth of all memory, at most 8 GiB.
    type: str
extends_documentation_fragment:
  - linuxnet.packetloss.attributes
  - linuxnet.packetloss.attributes.info_module
  - linuxnet.packetloss.options.interfaces
seealso:
  - module: linuxnet.packetloss.packet_path_info
author:
  - linuxnet.packetloss contributors (@linuxnet)
"""

EXAMPLES = r"""
---
- name: What do the rings take now, and what is the largest that fits?
  linuxnet.packetloss.ring_memory_info:
  become: true
  register: now

- name: Show it
  ansible.builtin.debug:
    msg: >-
      {{ item.key }}: {{ item.value.now.held_bytes | human_readable }};
      the largest ring that fits: {{ item.value.largest_ring.rx if item.value.largest_ring else "none" }}
  loop: "{{ now.ring_memory.nics | dict2items }}"

- name: Does a ring of 8192 fit on every NIC, with 16 GiB left for the applications?
  linuxnet.packetloss.ring_memory_info:
    rx: 8192
    reserve: 16G
  become: true
  register: plan
  failed_when: plan is failed or plan.ring_memory.verdict != "fits"

- name: Jumbo frames and the largest rings on two ports only
  linuxnet.packetloss.ring_memory_info:
    interfaces: [ens1f0, ens1f1]
    mtu: 9000
    targets:
      ens1f0: {max: true}
      ens1f1: {rx: 4096, tx: 2048}
  become: true
"""

RETURN = r"""
ring_memory:
  description: What was computed. All sizes are bytes.
  returned: success
  type: dict
  contains:
    verdict:
      description:
        - V(fits), V(tight), V(does_not_fit) or V(unknown), of all changes together.
        - It is V(unknown) too where rings are changed of a driver that nobody has read (C(model) is C(generic)), since
          their price is an estimate.
      type: str
      sample: fits
    sentence:
      description: Why the verdict is what it is.
      type: str
    need_bytes:
      description: What is held more when all changes are made, negative where it is less.
      type: int
      sample: 6159605760
    peak_bytes:
      description: What is held more at the worst moment of the changes, in whatever order they are made.
      type: int
    up_bytes:
      description: What bringing up the NICs that are down takes later.
      type: int
    risk_bytes:
      description: What traffic may add (the page cache of MLNX_OFED). In no other sum.
      type: int
    reserve_bytes:
      description: What is to stay available.
      type: int
    at_hand:
      description:
        - C(free_less_high_bytes), free memory above the high watermarks and what zones keep for others, which rings are
          filled from, C(available_bytes), what the kernel could make free, and C(total_bytes).
      type: dict
    nodes:
      description: C(need_bytes), C(peak_bytes) and C(free_less_high_bytes) by NUMA node, V(null) where not known.
      type: dict
    orders:
      description: Contiguous blocks that have to be found, by order, with the blocks that are free.
      type: list
      elements: dict
    skipped:
      description: The NICs that have no rings, with the reason.
      type: dict
      sample:
        bond0: "bond0: it has no rings that could be set: its driver does not tell any"
    nics:
      description: Each NIC by name.
      type: dict
      contains:
        now:
          description:
            - What the rings take now. C(total_bytes) and its parts, C(held_bytes), which is less while the NIC is down,
              C(model), C(confidence), C(why), and C(assumed), what could not be read.
          type: dict
        target:
          description: The same with the target.
          type: dict
        need_bytes:
          description: What is held more afterwards.
          type: int
        peak_bytes:
          description: What is held more at the worst moment of the change.
          type: int
        how:
          description: Why the peak is what it is.
          type: str
        nodes:
          description: The queues, need and peak by NUMA node, V(null) where not known.
          type: dict
        placing:
          description: How the nodes were found.
          type: str
        largest_ring:
          description:
            - C(rx), the largest receive ring that fits beside the other targets, with its need and its peak.
            - V(null) where none fits, or where nobody can tell.
          type: dict
        next_steps:
          description: The next larger receive rings, each with its C(need_bytes), C(peak_bytes) and C(verdict).
          type: list
          elements: dict
        firmware_bytes:
          description:
            - What the firmware of the device holds of host memory already, for all of its PCI function. In no sum.
            - V(null) where the driver has no such thing, or where RV(unavailable) says why it is not known.
          type: int
unavailable:
  description: What could not be read. Each entry has C(path) (a JSON pointer), C(reason) and C(detail).
  returned: success
  type: list
  elements: dict
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.facts import ring_facts
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.selection import SelectionError
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.live import this_host
from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory.model import RingMemoryError
from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory.plan import plan

COMMON = ("rx", "tx", "channels", "mtu", "max")


def main():
    module = AnsibleModule(
        argument_spec={
            "interfaces": {"type": "list", "elements": "str", "default": []},
            "rx": {"type": "int"},
            "tx": {"type": "int"},
            "channels": {"type": "int"},
            "mtu": {"type": "int"},
            "max": {"type": "bool", "default": False},
            "targets": {"type": "dict", "default": {}},
            "reserve": {"type": "str"},
        },
        supports_check_mode=True,
    )
    options = module.params
    try:
        with this_host() as host:
            facts = ring_facts(host, options["interfaces"])
        common = {key: options[key] for key in COMMON}
        planned = plan(facts, None, common, options["targets"], options["reserve"])
    except (RingMemoryError, SelectionError) as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, ring_memory=planned, unavailable=facts["unavailable"])


if __name__ == "__main__":
    main()
