#!/usr/bin/python
# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: tune
short_description: Give a host the NIC settings and sysctls that it shall have, now and after each boot
version_added: 1.1.0
description:
  - Takes a list of entries, each with the NICs that it is about and what they shall have. The same list serves a whole
    fleet, for an entry about NICs that a host does not have does nothing there.
  - Everything is decided and priced in memory before the first write. What is so already is not written.
  - Of several entries about a NIC, the first that names a value wins.
  - With O(persistent) all of it is set again when the host boots, when a driver is loaded again, and when a NIC gets
    another name. What was kept before and is not among the O(settings) or O(sysctls) any more is no longer kept.
  - In check mode it says what differs from what the host shall have, and in RV(drift) what differs from what is kept.
options:
  settings:
    description:
      - What the NICs shall have. Each entry has a mapping V(match), and under the name of each knob the values that the
        module for this knob takes, such as V(ring) with V(rx). What is not known is an error that lists what there is.
      - "An entry matches by V(name), V(driver), V(kind), V(mac), V(pci) (shell patterns, or lists of them), V(network)
        (CIDRs), V(speed_min) and V(speed_max) (Mb/s), V(queues_min) and V(queues_max) (receive queues), and V(up). All
        that it names have to hold. A speed that is not known, as of a link that is down, matches nothing."
      - Without V(name) and V(kind) an entry is about physical NICs alone, and without V(match) about all of those.
    type: list
    elements: dict
    default: []
  sysctls:
    description: The sysctls that the host shall have, values by key.
    type: dict
    default: {}
  persistent:
    description: Whether it is kept, as in the modules for single knobs. It needs systemd.
    type: bool
    default: true
  state:
    description:
      - With V(absent) all that this collection keeps for the boot is taken away, whatever task kept it. O(settings) and
        O(sysctls) are of no account then, and the host stays as it is until it boots.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - linuxnet.packetloss.attributes
  - linuxnet.packetloss.attributes.setting_module
  - linuxnet.packetloss.options.memory
seealso:
  - module: linuxnet.packetloss.ethtool_ring
  - module: linuxnet.packetloss.ring_memory_info
author:
  - linuxnet.packetloss contributors (@linuxnet)
"""

EXAMPLES = r"""
---
- name: Large rings for fast NICs of one driver, and a little more for all others
  linuxnet.packetloss.tune:
    settings:
      - match:
          driver: mlx5_core
          speed_min: 25000
        ring:
          rx: 4096
      - match:
          up: true
        ring:
          rx: 1024
          tx: 1024
  become: true

- name: Tell whether somebody else has changed what is kept, and change nothing
  linuxnet.packetloss.tune:
  check_mode: true
  become: true
  register: tuned

- name: Keep nothing any more
  linuxnet.packetloss.tune:
    state: absent
  become: true
"""

RETURN = r"""
interfaces:
  description: The NICs about which an entry is.
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
  description: What was read back, by NIC and knob. Empty in check mode.
  returned: success
  type: dict
  sample:
    ens1f0:
      ring:
        rx: 4096
disruption:
  description: What the worst of the changes does to traffic, C(class) 0 to 3 and its C(meaning).
  returned: success
  type: dict
memory:
  description:
    - What all changes take together, C(need_bytes), C(peak_bytes), C(verdict), C(sentence) and C(nodes).
    - V(null) where nothing changes, or where it could not be priced and was forced.
  returned: success
  type: dict
drift:
  description:
    - What was otherwise than it is kept before this task, as C(changes) that the next boot would make, and C(problems),
      sentences about what it could not do, such as for a NIC that is gone.
  returned: success
  type: dict
  sample:
    changes: []
    problems: []
reboot:
  description: What becomes of it when the host boots.
  returned: success
  type: str
kept:
  description:
    - The C(files) that were written to keep it, or would be in check mode, and the C(owners) that set the same at boot
      as well, each with C(owner), C(where), C(subject), C(knob) and C(wins).
  returned: with O(persistent)
  type: dict
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.linuxnet.packetloss.plugins.module_utils.keep.tuning import forget, tune
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.task import MEMORY_SPEC


def main():
    module = AnsibleModule(
        argument_spec=dict(
            MEMORY_SPEC,
            settings={"type": "list", "elements": "dict", "default": []},
            sysctls={"type": "dict", "default": {}},
            persistent={"type": "bool", "default": True},
            state={"type": "str", "choices": ["present", "absent"], "default": "present"},
        ),
        supports_check_mode=True,
    )
    if module.params["state"] == "absent":
        forget(module)
    tune(module)


if __name__ == "__main__":
    main()
