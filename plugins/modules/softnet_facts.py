#!/usr/bin/python
# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: softnet_facts
short_description: The state of packet reception per CPU as facts
version_added: 1.0.0
description:
  - Reads C(/proc/net/softnet_stat), C(/proc/softirqs), the CPU times and the CPU topology once.
  - Counters are totals since boot. To find out whether packets are lost now, use
    M(linuxnet.packetloss.packet_path_info) or M(linuxnet.packetloss.audit), which compare two readings.
extends_documentation_fragment:
  - linuxnet.packetloss.attributes
  - linuxnet.packetloss.attributes.facts_module
seealso:
  - module: linuxnet.packetloss.packet_path_info
  - module: linuxnet.packetloss.ethtool_facts
author:
  - linuxnet.packetloss contributors (@linuxnet)
"""

EXAMPLES = r"""
---
- name: Read the softnet counters
  linuxnet.packetloss.softnet_facts:

- name: Show how often CPU 0 left work behind since boot
  ansible.builtin.debug:
    msg: "{{ ansible_facts['packetloss_softnet'].softnet.cpus['0'].time_squeeze }}"

- name: Gather them with the other facts
  hosts: all
  vars:
    ansible_facts_modules:
      - ansible.builtin.setup
      - linuxnet.packetloss.softnet_facts
  tasks: []
"""

RETURN = r"""
ansible_facts:
  description: The facts to add to C(ansible_facts).
  returned: always
  type: dict
  contains:
    packetloss_softnet:
      description: Packet reception per CPU. A part that could not be read is V(null).
      type: dict
      returned: always
      contains:
        schema_version:
          description: The version of this form.
          type: int
          sample: 1
        cpus:
          description: CPUs that are online, possible, isolated and C(nohz_full), NUMA nodes and topology.
          type: dict
        softnet:
          description: C(columns), the form of the file, and C(cpus), its rows by CPU.
          type: dict
          sample:
            columns: 15
            cpus:
              "0":
                processed: 812
                dropped: 0
                time_squeeze: 1
        softirqs:
          description: Runs per CPU and kind since boot.
          type: dict
        cpu_times:
          description: Clock ticks per CPU and kind since boot.
          type: dict
        unavailable:
          description: What could not be read, as C(path), C(reason) and C(detail).
          type: list
          elements: dict
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.facts import softnet_facts
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.live import this_host


def main():
    module = AnsibleModule(argument_spec={}, supports_check_mode=True)
    with this_host() as host:
        facts = softnet_facts(host)
    module.exit_json(changed=False, ansible_facts={"packetloss_softnet": facts})


if __name__ == "__main__":
    main()
