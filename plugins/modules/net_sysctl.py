#!/usr/bin/python
# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: net_sysctl
short_description: Set the sysctls that decide where packets are lost, none to a value that ruins the host
version_added: 1.1.0
description:
  - Sets many sysctls in one task, by writing their files in F(/proc/sys). No program is run.
  - The kernel takes many values that nobody can mean, such as a backlog of 0, three numbers in falling order, or more
    pages than there is memory. Those are refused, with what would come of them.
  - Related values are written in the order in which they are right at every moment, the highest of
    C(gc_thresh1) to C(gc_thresh3) first where they are raised.
  - A sysctl that this kernel or this network namespace has not, or only shows, is left out. RV(not_set) has the reason.
  - What the kernel made of a number is read back. If it refuses one, all are put back as they were.
  - The change lasts until the host boots. RV(sysctls) tells which file will then win.
options:
  values:
    description:
      - The sysctls by name, with dots. A value is a number; a list, or a text with blanks, where it has several.
      - A number is what it is to have at least. One that is larger already stays, unless O(allow_decrease=true).
      - Only sysctls whose meaning is known here can be set. P(ansible.posix.sysctl#module) sets all others.
    type: dict
    required: true
  allow_decrease:
    description: Whether numbers may get smaller. Switches, masks and names are set in any case.
    type: bool
    default: false
extends_documentation_fragment:
  - linuxnet.packetloss.attributes
  - linuxnet.packetloss.attributes.setting_module
  - linuxnet.packetloss.options.keep
notes:
  - C(tuned), network managers and the initrd set sysctls at boot too. RV(sysctls) knows the files of C(sysctl.d) alone.
seealso:
  - module: linuxnet.packetloss.packet_path_info
  - module: linuxnet.packetloss.audit
author:
  - linuxnet.packetloss contributors (@linuxnet)
"""

EXAMPLES = r"""
---
- name: Let each round of polling take more packets and more time
  linuxnet.packetloss.net_sysctl:
    values:
      net.core.netdev_budget: 600
      net.core.netdev_budget_usecs: 16000
  become: true

- name: Room for 4096 neighbours
  linuxnet.packetloss.net_sysctl:
    values:
      net.ipv4.neigh.default.gc_thresh1: 1024
      net.ipv4.neigh.default.gc_thresh2: 2048
      net.ipv4.neigh.default.gc_thresh3: 4096
  become: true

- name: Larger receive buffers for programs that ask for none
  linuxnet.packetloss.net_sysctl:
    values:
      net.core.rmem_max: 8388608
      net.core.rmem_default: 1048576
      net.ipv4.udp_mem: [762000, 1016000, 1524000]
  become: true
  register: buffers

- name: Name the programs whose sockets have the old ones
  ansible.builtin.debug:
    msg: "{{ buffers.old_sockets | map(attribute='processes') }}"

- name: Fail where a boot would undo it
  ansible.builtin.assert:
    that: item.value.boot_winner is none or item.value.boot_winner.value | int >= 8388608
    fail_msg: "{{ item.value.boot_winner }}"
  loop: "{{ buffers.sysctls | dict2items | selectattr('key', 'eq', 'net.core.rmem_max') }}"
"""

RETURN = r"""
changes:
  description:
    - What was changed, or would be in check mode, all in one. It has C(knob), C(subject), C(from), C(to), C(class),
      C(memory) and C(notes). The notes say which values count for new sockets or entries only.
  returned: success
  type: list
  elements: dict
  sample:
    - knob: sysctl
      subject: null
      from:
        net.core.somaxconn: 128
      to:
        net.core.somaxconn: 4096
      class: 0
      memory: null
      notes:
        - "net.core.somaxconn: counts for sockets that call listen() from now on; restart the programs that listen"
commands:
  description: What a person would have typed.
  returned: success
  type: list
  elements: str
  sample:
    - sysctl -w net.core.somaxconn=4096
verified:
  description: What was read back, below C(host). Empty in check mode.
  returned: success
  type: dict
  sample:
    host:
      sysctl:
        net.core.somaxconn: 4096
not_set:
  description: What was left as it is, with C(subject), C(key) and C(reason).
  returned: success
  type: list
  elements: dict
  sample:
    - subject: null
      key: net.core.netdev_budget
      reason: "it is 600 already, above 300; allow_decrease: true lowers it"
sysctls:
  description:
    - For each sysctl of O(values) what it has now, C(runtime), and what the files of C(sysctl.d) give it.
    - C(boot_winner) is the line that counts at boot, with C(file), C(line) and C(value). C(sysctl_system_winner) is the
      one that counts after C(sysctl --system), which reads F(/etc/sysctl.conf) last. V(null) where no file has it.
  returned: success
  type: dict
  sample:
    net.core.somaxconn:
      runtime: 4096
      boot_winner:
        file: /etc/sysctl.d/60-web.conf
        line: 3
        value: "1024"
      sysctl_system_winner:
        file: /etc/sysctl.conf
        line: 12
        value: "128"
unread_files:
  description: Files and folders of sysctls that could not be read, with C(path) and C(reason).
  returned: success
  type: list
  elements: dict
old_sockets:
  description:
    - Whose sockets keep what they have, for those of the changes that count for new ones only. Each has C(kind),
      C(sysctls), C(processes) with C(pid), C(command) and the number of C(sockets), and C(find), a command that lists
      them.
    - C(processes) is V(null) where they cannot be named, with the reason in C(unavailable).
  returned: success
  type: list
  elements: dict
  sample:
    - kind: listening
      sysctls: [net.core.somaxconn]
      processes:
        - pid: 812
          command: nginx
          sockets: 4
      unavailable: null
      find: ss -lntp
disruption:
  description: What the worst of the changes does to traffic, C(class) and C(meaning). Sysctls do nothing to it.
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
  sample: It lasts until the host boots.
kept:
  description:
    - The C(files) that were written to keep it, or would be in check mode, and the C(owners) that set the same at boot
      as well, each with C(owner), C(where), C(subject), C(knob) and C(wins).
  returned: with O(persistent)
  type: dict
memory:
  description: Always V(null). What a buffer or a table takes depends on its use.
  returned: success
  type: dict
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.sysctl import ALLOW_DECREASE
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.sysctl_report import report
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.task import KEEP_SPEC, set_host


def main():
    module = AnsibleModule(
        argument_spec=dict(
            KEEP_SPEC,
            values={"type": "dict", "required": True},
            allow_decrease={"type": "bool", "default": False},
        ),
        supports_check_mode=True,
    )
    values = dict(module.params["values"], **{ALLOW_DECREASE: module.params["allow_decrease"]})
    set_host(module, "sysctl", values, report)


if __name__ == "__main__":
    main()
