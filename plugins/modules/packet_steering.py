#!/usr/bin/python
# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: packet_steering
short_description: Set which CPUs share the work of a NIC's queues, and how the queues are polled
version_added: 1.1.0
description:
  - Sets RPS, RFS, XPS and the NAPI of NICs, by writing their files in F(/sys/class/net). No program is run.
  - CPUs that are not online are refused. Isolated ones are left out of RPS, for the kernel takes them out of a mask
    without a word.
  - What the kernel made of a value is read back. If it refuses, or if another NIC of the task cannot be set, all is
    put back as it was.
  - Nothing of this disturbs traffic. It lasts until the queues are made anew, by channels, a reset or a boot.
options:
  rps:
    description:
      - The CPUs that the receive queues may hand packets to.
      - V(off) for none. V(local) for those of the NIC's own NUMA node, without the cores that serve its queues.
      - A list of CPUs (V([2, 3]) or V(2-3)) is for every queue. The core that serves a queue, with all its threads, is
        left out of the queue's own mask.
      - "A dictionary is taken as it is, CPUs by queue: C({rx-0: [2, 3]})."
      - RPS spreads flows. One flow stays on one CPU.
    type: raw
  xps:
    description:
      - Which CPUs send through each transmit queue. V(off) for no map. V(auto) to give each queue the CPUs of the core
        that serves it, and to deal out the others near to them.
      - "A dictionary is taken as it is, CPUs by queue: C({tx-0: [0, 1]})."
    type: raw
  rfs:
    description:
      - How many flows are remembered with the CPU of the program that reads them, for all receive queues of a NIC
        together. Each queue gets its share, rounded up to a power of two. V(0) for none.
      - Where the sysctl C(net.core.rps_sock_flow_entries) of the host is lower, it is raised to this number.
    type: int
  accelerated_rfs:
    description:
      - Whether NICs steer flows by themselves, where their driver can. This switches the feature C(ntuple) on.
      - Needs O(rfs).
    type: bool
    default: false
  threaded:
    description: Whether the queues are polled by threads of their own (C(napi/eth0-261)) in place of softirqs.
    type: bool
  thread_cpus:
    description: The CPUs that these threads may run on, V([2, 3]) or V(2-3). Threads that are made later have none.
    type: raw
  napi_defer_hard_irqs:
    description:
      - How many times an empty queue is polled again before its interrupt is allowed.
      - Does nothing while O(gro_flush_timeout) is 0.
    type: int
  gro_flush_timeout:
    description: The time between two such polls, in nanoseconds.
    type: int
extends_documentation_fragment:
  - linuxnet.packetloss.attributes
  - linuxnet.packetloss.attributes.setting_module
  - linuxnet.packetloss.options.nics
  - linuxnet.packetloss.options.keep
seealso:
  - module: linuxnet.packetloss.net_sysctl
  - module: linuxnet.packetloss.audit
author:
  - linuxnet.packetloss contributors (@linuxnet)
"""

EXAMPLES = r"""
---
- name: Share the work of a guest's only queue, and send from each CPU by a queue near to it
  linuxnet.packetloss.packet_steering:
    interfaces:
      - ens3
    rps: local
    xps: auto
  become: true

- name: Bring packets to the CPU of the program that reads them
  linuxnet.packetloss.packet_steering:
    networks:
      - 10.20.0.0/16
    rps: local
    rfs: 32768
  become: true

- name: Set the masks of two queues as an audit found them
  linuxnet.packetloss.packet_steering:
    interfaces:
      - ens1f0
    rps:
      rx-0: [4, 5, 6, 7]
      rx-1: [4, 5, 6, 7]
  become: true

- name: Poll in threads, on the CPUs that nothing else runs on
  linuxnet.packetloss.packet_steering:
    interfaces:
      - ens1f0
    threaded: true
    thread_cpus: 8-15
  become: true

- name: Hold interrupts back under load, by polling again every 20 microseconds
  linuxnet.packetloss.packet_steering:
    interfaces:
      - ens1f0
    napi_defer_hard_irqs: 2
    gro_flush_timeout: 20000
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
      C(notes). With O(rfs) one may be of the knob C(sysctl).
  returned: success
  type: list
  elements: dict
  sample:
    - knob: packet_steering
      subject: ens1f0
      from:
        rps_cpus:
          rx-0: []
      to:
        rps_cpus:
          rx-0: [2, 3]
      class: 0
      memory: null
      notes: []
commands:
  description: What a person would have typed.
  returned: success
  type: list
  elements: str
  sample:
    - for q in rx-0; do echo c > /sys/class/net/ens1f0/queues/$q/rps_cpus; done
verified:
  description: What was read back, by NIC, and below C(host) the sysctl. Empty in check mode.
  returned: success
  type: dict
  sample:
    ens1f0:
      packet_steering:
        rps_cpus:
          rx-0: [2, 3]
not_set:
  description: What was left as it is, with C(subject), C(key) and C(reason).
  returned: success
  type: list
  elements: dict
  sample:
    - subject: ens1f0
      key: xps_cpus
      reason: it has one queue to send through, which needs no map
disruption:
  description: What the worst of the changes does to traffic, C(class) and C(meaning).
  returned: success
  type: dict
notes:
  description: What else was seen when the changes were made.
  returned: success
  type: list
  elements: str
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
  description: Always V(null). Masks take next to none, a flow 8 bytes for each NIC and 4 for the host.
  returned: success
  type: dict
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.packet_steering import (
    NAME,
    can_accelerate,
    settings,
)
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.task import NICS_SPEC, nics_of, run

SPEC = {
    "rps": {"type": "raw"},
    "xps": {"type": "raw"},
    "rfs": {"type": "int"},
    "threaded": {"type": "bool"},
    "thread_cpus": {"type": "raw"},
    "napi_defer_hard_irqs": {"type": "int"},
    "gro_flush_timeout": {"type": "int"},
}

#: Options that are called otherwise in a setting.
KEYS = {"rps": "rps_cpus", "xps": "xps_cpus"}


def main():
    module = AnsibleModule(
        argument_spec=dict(NICS_SPEC, accelerated_rfs={"type": "bool", "default": False}, **SPEC),
        required_one_of=[list(SPEC)],
        supports_check_mode=True,
    )
    values = {KEYS.get(name, name): module.params[name] for name in SPEC}

    def wanted(host):
        names = nics_of(module, host, [NAME])
        accelerated = [name for name in names if module.params["accelerated_rfs"] and can_accelerate(host, name)]
        return settings(names, values, accelerated)

    run(module, wanted)


if __name__ == "__main__":
    main()
