#!/usr/bin/python
# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: irq_affinity
short_description: Give each queue of a NIC a CPU for its interrupts, and keep irqbalance from moving them
version_added: 1.1.0
description:
  - Writes the affinity of the interrupts that serve the queues in use, of all NICs of the task together. The numbers of
    the interrupts are read anew each time. Interrupts for link events, errors and management are left alone, and so are
    those of queues that are not in use.
  - Both interrupts of a queue that has one for receiving and one for sending go to the same CPU.
  - Isolated CPUs (C(isolcpus), C(nohz_full)) get no interrupt, unless O(cpulist) or O(irqs) names them.
  - irqbalance goes on, for all other interrupts. It is told not to move these, now and after each reboot, see
    O(irqbalance).
  - An interrupt that the kernel manages itself, or whose chip cannot move it, stays where it is. The C(notes) of the
    change tell it. Check mode cannot know it.
  - The affinities last until the host boots, the driver is loaded again or the channels are changed; some drivers set
    their own whenever the interface comes up. Run the task again then.
options:
  policy:
    description:
      - V(local_cores) gives queue 0 the first core of the NIC's own NUMA node, queue 1 the second, one thread of each
        core. The queues of the next NIC of that node go on where those of the one before ended. If there are more
        queues than cores, it begins again with the first. For a NIC that has no node these are the cores of the host,
        the sockets in turn. If no CPU of the node is left, those of its package are taken, then those of the host, and
        this is told.
      - V(spread) does the same over all cores of the host, the sockets in turn, and takes their second threads once all
        cores have a queue.
      - V(cpulist) does the same over the CPUs of O(cpulist).
      - V(least_loaded) watches for a second what the CPUs do, and moves queues from busy cores to idle ones, those of
        the NIC's own node first. All others are fixed to the CPU where they are. A second run does nothing if the load
        stays as it is.
    type: str
    choices:
      - local_cores
      - spread
      - least_loaded
      - cpulist
  cpulist:
    description: The CPUs for O(policy=cpulist), as C(0-3,8).
    type: str
  irqs:
    description:
      - The CPUs of some interrupts, by their number, each as a list or as text like C(0-3,8). The actions of a finding
        have this form.
      - Numbers are others after a reboot, and after channels were changed.
    type: dict
  reserved:
    description: CPUs that no interrupt of a queue goes to, as C(0,32).
    type: str
  start_cpu:
    description: The CPU whose core comes first; the next one above, if it is none of those that may be used.
    type: int
  irqbalance:
    description:
      - What is done about irqbalance, if it runs. V(ban) tells it by its socket to leave the interrupts of the queues
        of these NICs alone, with all that is banned already, and gives it a policy script that says so after a reboot,
        when the numbers are others. The option for the script goes behind the options that stand in the file that its
        unit names (C(/etc/default/irqbalance), C(/etc/sysconfig/irqbalance)). If it has a policy script, that one is
        asked about all other interrupts. It is restarted only if its socket does not answer, or has no room for so many
        numbers.
      - V(ignore) leaves it alone. It then moves the interrupts again within seconds.
    type: str
    choices:
      - ban
      - ignore
    default: ban
  state:
    description:
      - V(present) sets affinities.
      - V(absent) leaves them as they are, and gives the interrupts of the NICs back to irqbalance. Without a NIC left
        the policy script is removed, and the file with the options is as it was before.
    type: str
    choices:
      - present
      - absent
    default: present
extends_documentation_fragment:
  - linuxnet.packetloss.attributes
  - linuxnet.packetloss.attributes.setting_module
  - linuxnet.packetloss.options.nics
  - linuxnet.packetloss.options.keep
seealso:
  - module: linuxnet.packetloss.ethtool_ring
  - module: linuxnet.packetloss.audit
author:
  - linuxnet.packetloss contributors (@linuxnet)
"""

EXAMPLES = r"""
---
- name: Give each queue of both ports a core of its own on their NUMA node, and leave CPU 0 and its sibling free
  linuxnet.packetloss.irq_affinity:
    interfaces:
      - ens1f0
      - ens1f1
    policy: local_cores
    reserved: 0,32
  become: true
  register: affinity

# A queue whose CPU polls it without an end has no interrupt, and stays where it is. New rings make its queues anew; the
# link goes down for it with many drivers. Twice, because the first interrupt still comes to the old CPU.
- name: Make rings anew where a saturated queue keeps its affinity from coming into force
  linuxnet.packetloss.ethtool_ring:
    interfaces: "{{ affinity.not_in_force | selectattr('polling') | map(attribute='interface') | unique }}"
    rx: "+1"
  become: true
  loop: [first, second]
  when: affinity.not_in_force | selectattr('polling') | list | length > 0

- name: Keep the interrupts of the storage network on four CPUs that are isolated from all else
  linuxnet.packetloss.irq_affinity:
    networks:
      - 10.20.0.0/16
    policy: cpulist
    cpulist: 28-31
  become: true

- name: Move two interrupts, as a finding of the audit says
  linuxnet.packetloss.irq_affinity:
    interfaces:
      - ens1f0
    irqs:
      "44": [2]
      "45": [3]
  become: true

- name: Let irqbalance have all interrupts again
  linuxnet.packetloss.irq_affinity:
    interfaces:
      - ens1f*
    state: absent
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
      C(notes). C(from) and C(to) are the CPUs of each interrupt, by its number.
  returned: success
  type: list
  elements: dict
  sample:
    - knob: irq_affinity
      subject: ens1f0
      from:
        "44": 0-63
        "45": 0-63
      to:
        "44": "1"
        "45": "2"
      class: 0
      memory: null
      notes: []
commands:
  description: What a person would have typed.
  returned: success
  type: list
  elements: str
  sample:
    - echo 1 > /proc/irq/44/smp_affinity_list; echo 2 > /proc/irq/45/smp_affinity_list
verified:
  description: What was read back, by NIC. Empty in check mode.
  returned: success
  type: dict
  sample:
    ens1f0:
      irq_affinity:
        "44": "1"
        "45": "2"
not_in_force:
  description:
    - Interrupts that still go to the CPU where they went before. They move when they fire next, which is once more on
      the old CPU, so those of idle queues do with their next packets.
    - V(polling) is V(true) where that CPU is so busy with softirqs that it polls without an end. No interrupt fires
      then, until the load ends or the queues are made anew.
  returned: success
  type: list
  elements: dict
  sample:
    - interface: ens1f0
      irq: 44
      cpus: "1"
      effective: "0"
      polling: true
irqbalance:
  description:
    - What became of irqbalance. C(running), the interrupts that are C(banned) from it for this task, its
      C(policy_script), and the C(files) that were changed. V(null) with O(irqbalance=ignore).
  returned: success
  type: dict
  sample:
    running: true
    banned: [44, 45]
    policy_script: /usr/local/libexec/packetloss/irqbalance-policy
    files: [/etc/default/irqbalance, /usr/local/libexec/packetloss/irqbalance-policy]
    changed: true
disruption:
  description: What the worst of the changes does to traffic, C(class) 0 to 3 and its C(meaning). Affinities do nothing.
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
  description: V(null), for affinities take no memory.
  returned: success
  type: dict
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.linuxnet.packetloss.plugins.module_utils.keep.irqbalance_task import BesideAffinities
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs import irq_affinity
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.task import NICS_SPEC, nics_of, run

OF_POLICY = ("policy", "cpulist", "reserved", "start_cpu")


def main():
    module = AnsibleModule(
        argument_spec=dict(
            NICS_SPEC,
            policy={"type": "str", "choices": list(irq_affinity.POLICIES)},
            cpulist={"type": "str"},
            irqs={"type": "dict"},
            reserved={"type": "str"},
            start_cpu={"type": "int"},
            irqbalance={"type": "str", "choices": ["ban", "ignore"], "default": "ban"},
            state={"type": "str", "choices": ["present", "absent"], "default": "present"},
        ),
        mutually_exclusive=[("irqs", name) for name in OF_POLICY],
        required_if=[("state", "present", ("policy", "irqs"), True), ("policy", "cpulist", ("cpulist",))],
        supports_check_mode=True,
    )
    options = module.params
    values = options["irqs"] or {name: options[name] for name in OF_POLICY if options[name] is not None}
    chosen = []

    def settings(host):
        chosen.extend(nics_of(module, host, [irq_affinity.NAME]))
        if options["state"] == "absent":
            return []
        return [{"knob": irq_affinity.NAME, "subject": name, "values": values} for name in chosen]

    def beside(host, _wanted):
        ban, wanted = options["irqbalance"] == "ban", options["state"] == "present"
        return BesideAffinities(host, chosen, ban, wanted, module.check_mode)

    run(module, settings, beside=beside)


if __name__ == "__main__":
    main()
