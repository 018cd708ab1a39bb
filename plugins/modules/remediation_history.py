#!/usr/bin/python
# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: remediation_history
short_description: List what transactions changed on a host, readable
version_added: 1.1.0
description:
  - Asks the host for its transactions with M(linuxnet.packetloss.transaction), and prints them, the newest first, with
    what each has changed, why, and what has become of it.
options:
  most:
    description: So many are printed at most. All are returned.
    type: int
    default: 20
extends_documentation_fragment:
  - linuxnet.packetloss.attributes
  - linuxnet.packetloss.attributes.action_plugin
seealso:
  - module: linuxnet.packetloss.transaction
  - module: linuxnet.packetloss.remediate
author:
  - linuxnet.packetloss contributors (@linuxnet)
"""

EXAMPLES = r"""
---
- name: Show what was changed on the host
  linuxnet.packetloss.remediation_history:
  become: true
"""

RETURN = r"""
transactions:
  description: All transactions, the newest first, as M(linuxnet.packetloss.transaction) tells them.
  returned: success
  type: list
  elements: dict
"""
