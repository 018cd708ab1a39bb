#!/usr/bin/python
# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: remediation_gate
short_description: Fail a host whose remediation failed
version_added: 1.1.0
description:
  - Fails a host that M(linuxnet.packetloss.remediate) could not read, that did not come back over a new connection in
    time, or that could not be put back whole. With C(max_fail_percentage=0) that ends a roll-out.
  - A host that loses packets still, because nothing that a program may do helps there, does not fail. See
    M(linuxnet.packetloss.audit_gate) for that.
  - Asks the store on the controller only.
extends_documentation_fragment:
  - linuxnet.packetloss.attributes
  - linuxnet.packetloss.attributes.action_plugin
  - linuxnet.packetloss.options.report_folder
seealso:
  - module: linuxnet.packetloss.remediate
  - module: linuxnet.packetloss.remediation_report
author:
  - linuxnet.packetloss contributors (@linuxnet)
"""

EXAMPLES = r"""
---
- name: Fail a host on which the remediation failed
  linuxnet.packetloss.remediation_gate:
    dir: /srv/packetloss-report
"""

RETURN = r"""
msg:
  description: Why the host fails.
  returned: failure
  type: str
"""
