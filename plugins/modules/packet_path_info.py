#!/usr/bin/python
# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: packet_path_info
short_description: Read everything on the path of a packet from NIC to socket, twice over an interval
version_added: 1.0.0
description:
  - Reads the counters of every place where Linux can lose a packet (the NIC, its rings, the driver, softnet, queueing
    disciplines, connection tracking, the neighbour table, IP, TCP, UDP and the sockets) twice, O(interval) seconds
    apart, with the settings that explain them.
  - One prime read comes first, because some drivers answer with what their last background update found.
  - Reads C(/proc), C(/sys), ethtool by ioctl and rtnetlink. Runs no program and changes nothing.
  - What cannot be read is V(null), with its reason in RV(packet_path.unavailable). A missing value is never 0.
  - Of the other network namespaces of the host the protocol counters, the totals of interfaces, connection tracking and
    IPsec are read, through a process of each; and the sockets and sysctls of those that lost something.
  - Without root, settings that only root may read, the processes that own a socket and the network namespaces of other
    users are unavailable.
options:
  interval:
    description:
      - Seconds between the two samples, at least 1.
      - Below 5 seconds a delta is noisy, since several drivers refresh their counters only every one or two seconds.
      - V(0) takes one sample only. Every delta is then V(null).
    type: float
    default: 10
  networks:
    description:
      - CIDRs. The NICs that have an address in one of them, and those below them, are read in depth.
    type: list
    elements: str
    default: []
  as_text:
    description:
      - Return the document as one text, RV(packet_path_json), in place of RV(packet_path).
      - Ansible looks at every value that a module returns several times, on the host and on the controller. With a
        text it does not, which is much of what a reading costs. M(linuxnet.packetloss.audit) reads so.
    type: bool
    default: false
extends_documentation_fragment:
  - linuxnet.packetloss.attributes
  - linuxnet.packetloss.attributes.info_module
  - linuxnet.packetloss.options.interfaces
  - linuxnet.packetloss.options.namespaces
seealso:
  - module: linuxnet.packetloss.audit
  - module: linuxnet.packetloss.softnet_facts
  - module: linuxnet.packetloss.ethtool_facts
author:
  - linuxnet.packetloss contributors (@linuxnet)
"""

EXAMPLES = r"""
---
- name: Read the path of the packets over ten seconds
  linuxnet.packetloss.packet_path_info:
  become: true
  register: reading

- name: Show the CPUs that dropped packets from their backlog
  ansible.builtin.debug:
    msg: >-
      {{ reading.packet_path.softnet.cpus | dict2items | selectattr("value.dropped.delta") | map(attribute="key") }}

- name: Read the host and two of its containers
  linuxnet.packetloss.packet_path_info:
    namespaces:
      - shop/web-*
      - 4f1c2b7a9d0e
  become: true
  register: reading

- name: Read the bonds and their ports only, over a minute
  linuxnet.packetloss.packet_path_info:
    interval: 60
    interfaces:
      - kind:bond
      - ens*
  become: true
  register: reading
"""

RETURN = r"""
packet_path:
  description:
    - The host document, version 1. Its JSON Schema is C(docs/host-document.schema.json).
    - A counter is a dictionary of C(total) and C(delta). The delta is V(null) where the interval says nothing.
  returned: success, without O(as_text)
  type: dict
  contains:
    schema_version:
      description: The version of this form.
      type: int
      sample: 1
    meta:
      description:
        - When and where was read, which NICs were selected, what made parts of the interval void, and which readings
          cannot be true (C(glitches)).
      type: dict
    unavailable:
      description: What could not be read. Each entry has C(path) (a JSON pointer), C(reason) and C(detail).
      type: list
      elements: dict
      sample:
        - path: /nics/eth0/rings
          reason: unsupported
          detail: "ETHTOOL_GRINGPARAM eth0: Operation not supported"
    cpus:
      description: CPUs that are online, possible, isolated and C(nohz_full), NUMA nodes and topology.
      type: dict
    cpu_times:
      description: Clock ticks per CPU by kind, with C(softirq), C(steal) and C(idle).
      type: dict
    softirqs:
      description: Runs per CPU and kind, with C(NET_RX) and C(NET_TX).
      type: dict
    softnet:
      description: The rows of C(/proc/net/softnet_stat) by CPU, counters and gauges by name.
      type: dict
    nics:
      description: Every NIC by name, the selected ones with rings, channels, queues, IRQs and classified statistics.
      type: dict
    protocols:
      description: The counters of IP, ICMP, TCP and UDP by the kernel's own names.
      type: dict
    conntrack:
      description: Connection tracking, its fill and its counters.
      type: dict
    neighbour:
      description: The ARP and ND tables, their fill, thresholds and counters.
      type: dict
    sockets:
      description: Sockets that dropped packets, with their processes, and the socket memory in use.
      type: dict
    xfrm:
      description: IPsec counters.
      type: dict
    namespaces:
      description:
        - The other network namespaces by inode, each with its C(name) and the counters that moved. A field that is not
          there stood still. C(meta.namespaces) counts them, those too that were not read.
      type: dict
    qdiscs:
      description: Queueing disciplines and their counters.
      type: dict
    memory:
      description: Memory of the host, of its NUMA nodes and the watermarks of its zones.
      type: dict
    sysctls:
      description: The kernel parameters that matter for packet loss.
      type: dict
    owners:
      description: Who else manages these settings (irqbalance, NetworkManager, systemd-networkd, tuned).
      type: dict
packet_path_json:
  description: The same document as a text, which is JSON.
  returned: success, with O(as_text)
  type: str
"""

import json

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.interval import LONGEST_S, SHORTEST_S
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.namespaces import ALL
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.reading import read_host
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.selection import SelectionError
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.live import this_host


def main():
    module = AnsibleModule(
        argument_spec={
            "interval": {"type": "float", "default": 10},
            "interfaces": {"type": "list", "elements": "str", "default": []},
            "networks": {"type": "list", "elements": "str", "default": []},
            "namespaces": {"type": "list", "elements": "str", "default": [ALL]},
            "as_text": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    interval_s = module.params["interval"]
    if interval_s != 0 and not SHORTEST_S <= interval_s <= LONGEST_S:
        module.fail_json(msg=f"interval: {interval_s} is not 0 and not from {SHORTEST_S} to {LONGEST_S} seconds")
    try:
        with this_host() as host:
            asked = [module.params[name] for name in ("interfaces", "networks", "namespaces")]
            document = read_host(host, interval_s, *asked)
    except SelectionError as error:
        module.fail_json(msg=str(error))
    if module.params["as_text"]:
        module.exit_json(changed=False, packet_path_json=json.dumps(document))
    module.exit_json(changed=False, packet_path=document)


if __name__ == "__main__":
    main()
