#!/usr/bin/python
# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: ethtool_rss
short_description: Set over which queues NICs spread the packets that they receive, and by what
version_added: 1.1.0
description:
  - Sets the RSS table of NICs as C(ethtool -X) does, and what is hashed of a packet as C(ethtool -N rx-flow-hash) does,
    by ioctl. No program is run.
  - A table that has the wanted entries already never reaches the driver, and neither do fields that are hashed already.
  - The hash key and the hash function stay as they are, and so do RSS contexts other than 0 and ntuple rules. Only a
    symmetric hash (Linux 6.8 and later) is given up by some drivers whenever their table is set.
  - A table can only name the receive queues that are in use. More need more channels first. How many queues the table
    of a device reaches is asked of its driver.
  - What the drivers made of it is read back, for some take a table or fields without an error and leave them. If one
    refuses, or if another NIC of the task cannot be set, all is put back as it was.
  - When the channels change, many drivers make the table anew; others refuse fewer channels while a table of the user's
    is in force. O(table.default) gives it back to the driver.
  - The change lasts until the driver is loaded again, or the host boots.
options:
  table:
    description: Which queue each entry of the table names. One of its options.
    type: dict
    suboptions:
      equal:
        description: The first so many queues in turn. Entry 5 of a table for 4 queues names queue 1.
        type: int
      weights:
        description:
          - A weight for each queue from 0 on, with V(0) for one that receives nothing. Each queue has a run of entries
            in proportion to its weight, as with C(ethtool -X weight).
          - The sum of the weights is at most the number of entries.
        type: list
        elements: int
      default:
        description:
          - The table that the kernel makes where nobody set one, all receive queues in turn, and which the driver may
            change when its channels change.
          - A driver may have loaded with another table. That is changed to the kernel's once. If the table is the
            kernel's already nothing is changed, and a driver that was told that table by hand goes on taking it for the
            user's.
        type: bool
        default: false
  hash_fields:
    description:
      - What is hashed of packets of a kind, in letters. V(s) and V(d) are the source and destination address, V(f) and
        V(n) source and destination port, V(v) the VLAN, V(t) the protocol, V(m) the destination MAC.
      - Many drivers give a choice for UDP only, between V(sd) and V(sdfn). Fragments of a packet have no ports and may
        overtake what is not fragmented with V(sdfn).
    type: dict
    suboptions:
      tcp4:
        description: TCP over IPv4.
        type: str
      tcp6:
        description: TCP over IPv6.
        type: str
      udp4:
        description: UDP over IPv4.
        type: str
      udp6:
        description: UDP over IPv6.
        type: str
extends_documentation_fragment:
  - linuxnet.packetloss.attributes
  - linuxnet.packetloss.attributes.setting_module
  - linuxnet.packetloss.options.nics
  - linuxnet.packetloss.options.keep
seealso:
  - module: linuxnet.packetloss.ethtool_facts
  - module: linuxnet.packetloss.audit
author:
  - linuxnet.packetloss contributors (@linuxnet)
"""

EXAMPLES = r"""
---
- name: Receive on 8 queues, and tell UDP flows apart by their ports
  linuxnet.packetloss.ethtool_rss:
    networks:
      - 10.20.0.0/16
    table:
      equal: 8
    hash_fields:
      udp4: sdfn
      udp6: sdfn
  become: true

- name: Keep the first queue, whose CPU has other work, nearly free
  linuxnet.packetloss.ethtool_rss:
    interfaces:
      - ens1f0
    table:
      weights: [1, 5, 5, 5]
  become: true

- name: Leave the table to the driver again
  linuxnet.packetloss.ethtool_rss:
    interfaces:
      - ens1f0
    table:
      default: true
  become: true
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
    - The table is in the words of C(ethtool -X), V(equal 4), V(weight 3 1) or V(default); V(queues 0 0 1) with the
      queue of each entry is one that none of them makes.
  returned: success
  type: list
  elements: dict
  sample:
    - knob: rss
      subject: ens1f0
      from:
        table: default
        udp4: sd
      to:
        table: equal 8
        udp4: sdfn
      class: 0
      memory: null
      notes:
        - fragments of udp4 have no ports, and may overtake what is not fragmented
commands:
  description: What a person would have typed.
  returned: success
  type: list
  elements: str
  sample:
    - ethtool -X ens1f0 equal 8; ethtool -N ens1f0 rx-flow-hash udp4 sdfn
verified:
  description: What was read back, by NIC and knob. Empty in check mode.
  returned: success
  type: dict
  sample:
    ens1f0:
      rss:
        table: equal 8
        udp4: sdfn
notes:
  description: Empty, for nothing is switched along with a table.
  returned: success
  type: list
  elements: str
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
  description: V(null), for none of this takes memory that could be computed.
  returned: success
  type: dict
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.nics import HASHED_FLOWS
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.rss import FIELDS
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.task import NICS_SPEC, set_nics

TABLE_SPEC = {
    "equal": {"type": "int"},
    "weights": {"type": "list", "elements": "int"},
    "default": {"type": "bool", "default": False},
}


def main():
    module = AnsibleModule(
        argument_spec=dict(
            NICS_SPEC,
            table={"type": "dict", "options": TABLE_SPEC},
            hash_fields={"type": "dict", "options": {flow: {"type": "str"} for flow in HASHED_FLOWS}},
        ),
        required_one_of=[("table", "hash_fields")],
        supports_check_mode=True,
    )
    set_nics(module, "rss", dict(module.params["table"] or {}, **{FIELDS: module.params["hash_fields"]}))


if __name__ == "__main__":
    main()
