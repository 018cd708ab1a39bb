#!/usr/bin/python
# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: ethtool_facts
short_description: Every NIC with its rings, channels, coalescing, queues, IRQs and statistics as facts
version_added: 1.0.0
description:
  - Reads NICs by the ethtool ioctl, rtnetlink and sysfs once. The C(ethtool) program is not needed and never run.
  - Counters are totals since boot, or since the driver was loaded. To find out whether packets are lost now, use
    M(linuxnet.packetloss.packet_path_info) or M(linuxnet.packetloss.audit), which compare two readings.
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
              total.
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
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.reading import nic_facts
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.selection import SelectionError


def main():
    module = AnsibleModule(
        argument_spec={"interfaces": {"type": "list", "elements": "str", "default": []}}, supports_check_mode=True
    )
    try:
        facts = nic_facts(module.params["interfaces"])
    except SelectionError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, ansible_facts={"packetloss_nics": facts})


if __name__ == "__main__":
    main()
