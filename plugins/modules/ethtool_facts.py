#!/usr/bin/python
# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: ethtool_facts
short_description: Every NIC with its rings, channels, coalescing, queues and IRQs as facts
version_added: 1.0.0
description:
  - Reads NICs by the ethtool ioctl, rtnetlink and sysfs once. The C(ethtool) program is not needed and never run.
  - Statistics are left out unless O(gather_subset) names them. They are totals since boot, or since the driver was
    loaded. To find out whether packets are lost now, use M(linuxnet.packetloss.packet_path_info) or
    M(linuxnet.packetloss.audit), which compare two readings.
options:
  gather_subset:
    description:
      - Which parts of the selected NICs are read. What a NIC is (its kind, flags, state, addresses and neighbours) is
        always there.
      - V(driver) (name, version, firmware), V(link) (speed, duplex, port), V(pause), V(rings), V(channels),
        V(coalesce), V(features), V(private_flags) and V(rss) (the RSS table) are what the driver says.
      - V(napi), V(queues) (RPS, RFS, XPS), V(device) (PCI, SR-IOV, NUMA node) and V(irqs) (what each serves, and where
        it may go and goes) are what the kernel says.
      - V(ring_memory) is what the memory of the rings depends on besides, see
        M(linuxnet.packetloss.ring_memory_info).
      - V(statistics) is all that counts, of the driver, the kernel, IRQs and queues, of each NIC.
      - V(all) is every part, and V(!all) none but those that are named. A name with V(!) before it is left out. With
        none but such names, V(statistics) are left out too.
      - V(irqs) bring V(driver) with them, and V(ring_memory) brings V(driver), V(rings) and V(queues).
    type: list
    elements: str
    default: [all, "!statistics"]
extends_documentation_fragment:
  - linuxnet.packetloss.attributes
  - linuxnet.packetloss.attributes.facts_module
  - linuxnet.packetloss.options.interfaces
seealso:
  - module: linuxnet.packetloss.packet_path_info
  - module: linuxnet.packetloss.softnet_facts
author:
  - linuxnet.packetloss contributors (@linuxnet)
"""

EXAMPLES = r"""
---
- name: Read the NICs
  linuxnet.packetloss.ethtool_facts:
  become: true

- name: Show the NICs whose receive ring is below its maximum
  ansible.builtin.debug:
    msg: "{{ item.key }}: {{ item.value.rings.rx }} of {{ item.value.rings.rx_max }}"
  loop: "{{ ansible_facts['packetloss_nics'].nics | dict2items }}"
  when:
    - item.value.rings is defined
    - item.value.rings is not none
    - item.value.rings.rx < item.value.rings.rx_max

- name: Read the rings and channels of the bonded ports only
  linuxnet.packetloss.ethtool_facts:
    interfaces:
      - ens*
    gather_subset:
      - rings
      - channels
  become: true

- name: Read everything, with the counters
  linuxnet.packetloss.ethtool_facts:
    gather_subset:
      - all
  become: true
"""

RETURN = r"""
ansible_facts:
  description: The facts to add to C(ansible_facts).
  returned: always
  type: dict
  contains:
    packetloss_nics:
      description: The NICs. A part that could not be read is V(null).
      type: dict
      returned: always
      contains:
        schema_version:
          description: The version of this form.
          type: int
          sample: 1
        nics:
          description:
            - Every NIC by name, as in the host document of M(linuxnet.packetloss.packet_path_info). A counter is its
              total. A part that was not asked for is not there.
          type: dict
          sample:
            eth0:
              driver:
                name: igb
              rings:
                rx: 256
                rx_max: 4096
        unavailable:
          description: What could not be read, as C(path), C(reason) and C(detail).
          type: list
          elements: dict
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.facts import nic_facts
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.selection import SelectionError
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.subset import SubsetError, parts_of
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.live import this_host


def main():
    module = AnsibleModule(
        argument_spec={
            "interfaces": {"type": "list", "elements": "str", "default": []},
            "gather_subset": {"type": "list", "elements": "str", "default": ["all", "!statistics"]},
        },
        supports_check_mode=True,
    )
    try:
        parts = parts_of(module.params["gather_subset"])
        with this_host() as host:
            facts = nic_facts(host, module.params["interfaces"], parts)
    except (SelectionError, SubsetError) as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, ansible_facts={"packetloss_nics": facts})


if __name__ == "__main__":
    main()
