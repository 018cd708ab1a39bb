#!/usr/bin/python
# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: ethtool_ring
short_description: Set the receive and transmit rings of NICs, if there is memory for them
version_added: 1.1.0
description:
  - Sets how many descriptors the queues of a NIC have, as C(ethtool -G) does, by ioctl. No program is run.
  - Rings that have their size already never reach the driver, for many drivers reset the link even then.
  - What the rings will take of memory is computed first, for all NICs of the task together. If it does not fit,
    nothing is changed.
  - What the driver made of a number is read back. If it refuses, or if another NIC of the task cannot be set, all is
    put back as it was.
  - The change lasts until the driver is loaded again, or the host boots, unless O(persistent) is set.
options:
  rx:
    description:
      - Descriptors of each receive ring. A number, V(max) for what the hardware has, or V(+1), the next power of two.
      - A driver may round a number up. This is accepted.
      - With V(+1) each run goes one step further, until the hardware's maximum.
    type: str
  tx:
    description: Descriptors of each transmit ring, as O(rx).
    type: str
  rx_mini:
    description: Descriptors of each ring for small packets, as O(rx). Few drivers have one.
    type: str
  rx_jumbo:
    description: Descriptors of each ring for large packets, as O(rx). Few drivers have one.
    type: str
extends_documentation_fragment:
  - linuxnet.packetloss.attributes
  - linuxnet.packetloss.attributes.setting_module
  - linuxnet.packetloss.options.nics
  - linuxnet.packetloss.options.keep
  - linuxnet.packetloss.options.memory
seealso:
  - module: linuxnet.packetloss.ring_memory_info
  - module: linuxnet.packetloss.audit
author:
  - linuxnet.packetloss contributors (@linuxnet)
"""

EXAMPLES = r"""
---
- name: Double the receive rings of the NICs of the storage network, one step
  linuxnet.packetloss.ethtool_ring:
    networks:
      - 10.20.0.0/16
    rx: "+1"
  become: true

- name: Give both ports rings of 4096, and leave 16 GiB to the applications
  linuxnet.packetloss.ethtool_ring:
    interfaces:
      - ens1f0
      - ens1f1
    rx: "4096"
    tx: "4096"
    memory_reserve: 16G
  become: true
  register: rings

- name: Show what it took, and what it did to the traffic
  ansible.builtin.debug:
    msg: "{{ rings.memory.sentence if rings.memory else 'nothing' }} {{ rings.disruption.meaning }}"
"""

RETURN = r"""
interfaces:
  description: The NICs that were chosen.
  returned: success
  type: list
  elements: str
  sample: [ens1f0, ens1f1]
changes:
  description:
    - What was changed, or would be in check mode. Each has C(knob), C(subject), C(from), C(to), C(class), C(memory) and
      C(notes).
  returned: success
  type: list
  elements: dict
  sample:
    - knob: ring
      subject: ens1f0
      from:
        rx: 1024
      to:
        rx: 4096
      class: 1
      memory: null
      notes: []
commands:
  description: What a person would have typed.
  returned: success
  type: list
  elements: str
  sample:
    - ethtool -G ens1f0 rx 4096
verified:
  description: What was read back, by NIC. Empty in check mode.
  returned: success
  type: dict
  sample:
    ens1f0:
      rx: 4096
      tx: 1024
      rx_mini: 0
      rx_jumbo: 0
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
    - V(null) where nothing changes, or where it could not be priced and was forced.
  returned: success
  type: dict
notes:
  description: What else was seen when the changes were made.
  returned: success
  type: list
  elements: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.ring import RINGS
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.task import MEMORY_SPEC, NICS_SPEC, set_nics


def main():
    module = AnsibleModule(
        argument_spec=dict(NICS_SPEC, **MEMORY_SPEC, **{name: {"type": "str"} for name in RINGS}),
        required_one_of=[RINGS],
        supports_check_mode=True,
    )
    set_nics(module, "ring", {name: module.params[name] for name in RINGS})


if __name__ == "__main__":
    main()
