#!/usr/bin/python
# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: ethtool_coalesce
short_description: Set how long NICs wait before they interrupt
version_added: 1.1.0
description:
  - Sets the coalescing of a NIC, or of some of its queues, as C(ethtool -C) and C(ethtool --per-queue) do, by ioctl. No
    program is run. Fields by name, or a profile.
  - Values that are so already never reach the driver.
  - From Linux 5.7 on the kernel tells which fields a driver knows, and others are refused by name before anything is
    changed. On older ones a field that the driver refuses is found and named, and all is put back.
  - Where a driver refuses numbers while adaptive mode is on, that is switched off before and on after them. Where it
    sets numbers of its own when adaptive mode is switched, it is told those that are wanted once more.
  - What the driver made of a number is read back, and accepted if it is off by at most 4, or by an eighth of what was
    asked for. A 0 has to be 0. Where it is known how a driver rounds, a number that it would round to what there is
    already is no change.
  - The change lasts until the driver is loaded again, or the host boots.
options:
  profile:
    description:
      - Values for a purpose. Fields that are given by name go before those of the profile, and fields of the profile
        that a driver does not know are left out and told in the C(notes) of the change.
      - V(latency) interrupts for each frame at once. Adaptive mode off, 0 microseconds, 1 frame. This costs CPU.
      - V(throughput) interrupts some 8000 times a second for each queue, more often only under many frames. Adaptive
        mode off, 125 microseconds, 128 frames.
      - V(adaptive) switches adaptive mode on, and leaves the numbers as they are.
      - V(by_speed) follows the link. From 10 Gbit/s on 50 microseconds, 32 frames and adaptive mode; from 1 Gbit/s on
        25 microseconds, 16 frames and adaptive mode; below that 10 microseconds and 4 frames, fixed. A driver without
        adaptive mode gets these values as fixed ones.
    type: str
    choices: [latency, throughput, adaptive, by_speed]
  queues:
    description:
      - The numbers of the queues that are set by themselves. All others stay as they are.
      - Few drivers can do that. By default the NIC as a whole is set.
    type: list
    elements: int
  adaptive_rx:
    description: Whether the driver adapts the receive values to the traffic by itself.
    type: bool
  adaptive_tx:
    description: Whether the driver adapts the transmit values to the traffic by itself.
    type: bool
  rx_usecs:
    description: Microseconds that a received frame may wait for its interrupt.
    type: int
  rx_frames:
    description: Received frames after which an interrupt comes at once.
    type: int
  rx_usecs_irq:
    description: As O(rx_usecs), while an interrupt is being served.
    type: int
  rx_frames_irq:
    description: As O(rx_frames), while an interrupt is being served.
    type: int
  tx_usecs:
    description: Microseconds that a sent frame may wait for its interrupt.
    type: int
  tx_frames:
    description: Sent frames after which an interrupt comes at once.
    type: int
  tx_usecs_irq:
    description: As O(tx_usecs), while an interrupt is being served.
    type: int
  tx_frames_irq:
    description: As O(tx_frames), while an interrupt is being served.
    type: int
  stats_block_usecs:
    description: Microseconds between two times that the NIC hands over its statistics.
    type: int
  pkt_rate_low:
    description: Packets a second below which the values for a low rate hold, where the driver has such.
    type: int
  rx_usecs_low:
    description: As O(rx_usecs), at a low rate.
    type: int
  rx_frames_low:
    description: As O(rx_frames), at a low rate.
    type: int
  tx_usecs_low:
    description: As O(tx_usecs), at a low rate.
    type: int
  tx_frames_low:
    description: As O(tx_frames), at a low rate.
    type: int
  pkt_rate_high:
    description: Packets a second above which the values for a high rate hold, where the driver has such.
    type: int
  rx_usecs_high:
    description: As O(rx_usecs), at a high rate. Some Intel drivers take it for the least time between interrupts.
    type: int
  rx_frames_high:
    description: As O(rx_frames), at a high rate.
    type: int
  tx_usecs_high:
    description: As O(tx_usecs), at a high rate.
    type: int
  tx_frames_high:
    description: As O(tx_frames), at a high rate.
    type: int
  sample_interval:
    description: Seconds between two measurements of the rate.
    type: int
extends_documentation_fragment:
  - linuxnet.packetloss.attributes
  - linuxnet.packetloss.attributes.setting_module
  - linuxnet.packetloss.options.nics
  - linuxnet.packetloss.options.keep
seealso:
  - module: linuxnet.packetloss.ethtool_channels
  - module: linuxnet.packetloss.ethtool_ring
author:
  - linuxnet.packetloss contributors (@linuxnet)
"""

EXAMPLES = r"""
---
- name: Let the NICs interrupt as suits their speed
  linuxnet.packetloss.ethtool_coalesce:
    interfaces:
      - ens1f0
      - ens1f1
    profile: by_speed
  become: true
  register: coalescing

- name: Show what a driver does not have
  ansible.builtin.debug:
    msg: "{{ coalescing.changes | map(attribute='notes') | flatten }}"

- name: Answer at once, and receive no more than 50000 interrupts a second
  linuxnet.packetloss.ethtool_coalesce:
    networks:
      - 10.20.0.0/16
    profile: latency
    rx_usecs_high: 20
  become: true

- name: Let two queues wait longer than the others
  linuxnet.packetloss.ethtool_coalesce:
    interfaces:
      - ens1f0
    queues:
      - 0
      - 1
    adaptive_rx: false
    rx_usecs: 80
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
      C(notes), sentences about what of a profile the driver does not have.
    - A value of one queue has the key C(queue 0 rx_usecs).
  returned: success
  type: list
  elements: dict
  sample:
    - knob: coalesce
      subject: ens1f0
      from:
        rx_usecs: 8
        adaptive_rx: true
      to:
        rx_usecs: 20
        adaptive_rx: false
      class: 0
      memory: null
      notes: []
commands:
  description: What a person would have typed.
  returned: success
  type: list
  elements: str
  sample:
    - ethtool -C ens1f0 rx-usecs 20 adaptive-rx off
verified:
  description: What was read back, by NIC and knob. Empty in check mode.
  returned: success
  type: dict
  sample:
    ens1f0:
      coalesce:
        rx_usecs: 20
        adaptive_rx: false
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
  description: Always V(null), for this takes none.
  returned: success
  type: dict
notes:
  description: What else was seen when the changes were made.
  returned: success
  type: list
  elements: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.coalesce import ADAPTIVE, FIELDS, PROFILES
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.task import NICS_SPEC, set_nics


def main():
    fields = {field: {"type": "bool" if field in ADAPTIVE else "int"} for field in FIELDS}
    own = {"profile": {"type": "str", "choices": list(PROFILES)}, "queues": {"type": "list", "elements": "int"}}
    module = AnsibleModule(
        argument_spec=dict(NICS_SPEC, **fields, **own),
        required_one_of=[("profile", *FIELDS)],
        supports_check_mode=True,
    )
    set_nics(module, "coalesce", {name: module.params[name] for name in (*fields, *own)})


if __name__ == "__main__":
    main()
