#!/usr/bin/python
# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: ethtool_features
short_description: Switch offloads and private flags of NICs by name
version_added: 1.1.0
description:
  - Switches features of interfaces as C(ethtool -K) does, and the private flags of their drivers as
    C(ethtool --set-priv-flags) does, by ioctl. No program is run.
  - What has its value already never reaches the driver, for some drivers reset the device even then.
  - The kernel keeps what is requested of a feature apart from what is active. A feature is only as wanted if it is
    both. One that is requested and held back, by its driver or because another feature that it needs is off, is an
    error that says what holds it back; the request is taken back.
  - A fixed feature, for which the driver gives nobody a switch, is refused before anything is changed, unless it is as
    wanted.
  - What was switched along with what was asked for, by the driver or by the kernel, is told in RV(notes).
  - What the drivers made of it is read back. If one refuses, or if another NIC of the task cannot be set, all is put
    back as it was, and what was switched along as well.
  - The change lasts until the driver is loaded again, or the host boots.
options:
  features:
    description:
      - Features to switch, V(true) or V(false) by name.
      - "Names are those of the kernel (C(rx-gro), C(tx-tcp-segmentation)), and those that the ethtool program has for
        one or several of them: C(rx), C(tx), C(sg), C(tso), C(ufo), C(gso), C(gro), C(lro), C(rxvlan), C(txvlan),
        C(ntuple), C(rxhash), or their long forms such as C(tcp-segmentation-offload)."
      - A name for several that is switched on is on as far as the driver has switches for them. C(tso) leaves out
        C(tx-tcp-mangleid-segmentation), which the kernel leaves to those who want it by its name.
      - Switching C(rx-lro) off on an interface that is built on others, as a bond, takes it from those as well. Many
        drivers forget their ntuple rules when C(ntuple) is switched off. Neither comes back by itself.
    type: dict
    default: {}
  private_flags:
    description:
      - Private flags to switch, V(true) or V(false) by the name that the driver has for them.
      - They are switched before the features, and the features are read again after them.
    type: dict
    default: {}
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
- name: Let the kernel and not the NIC put TCP segments together, on what forwards packets
  linuxnet.packetloss.ethtool_features:
    networks:
      - 10.20.0.0/16
    features:
      lro: false
      rx-gro: true
  become: true

- name: No compressed completions, whatever the traffic, and no hardware checksum of what is sent
  linuxnet.packetloss.ethtool_features:
    interfaces:
      - ens1f0
      - ens1f1
    private_flags:
      rx_cqe_compress: false
    features:
      tx: false
  become: true
  register: switched

- name: Show what went along, and what it did to the traffic
  ansible.builtin.debug:
    msg: "{{ switched.notes + [switched.disruption.meaning] }}"
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
      C(notes). C(knob) is C(feature) or C(private_flag).
    - A value is V(true), V(false), or of a feature V(off [requested on]) or V(on [requested off]).
  returned: success
  type: list
  elements: dict
  sample:
    - knob: feature
      subject: ens1f0
      from:
        tx-checksum-ip-generic: true
      to:
        tx-checksum-ip-generic: false
      class: 0
      memory: null
      notes: []
commands:
  description: What a person would have typed.
  returned: success
  type: list
  elements: str
  sample:
    - ethtool -K ens1f0 tx-checksum-ip-generic off
verified:
  description: What was read back, by NIC and knob. Empty in check mode.
  returned: success
  type: dict
  sample:
    ens1f0:
      feature:
        tx-checksum-ip-generic: false
notes:
  description: What else was seen to change, as sentences. Empty in check mode, for nobody knows it beforehand.
  returned: success
  type: list
  elements: str
  sample:
    - "ens1f0: tx-tcp-segmentation off [requested on] went along with tx-checksum-ip-generic off"
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
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.task import NICS_SPEC, set_nics_to

#: The knob of each option.
KNOBS = {"private_flags": "private_flag", "features": "feature"}


def main():
    module = AnsibleModule(
        argument_spec=dict(NICS_SPEC, **{option: {"type": "dict", "default": {}} for option in KNOBS}),
        supports_check_mode=True,
    )
    wanted = {knob: module.params[option] for option, knob in KNOBS.items() if module.params[option]}
    if not wanted:
        module.fail_json(msg=f"nothing is asked for: give {' or '.join(sorted(KNOBS))}, names with true or false")
    set_nics_to(module, wanted)


if __name__ == "__main__":
    main()
