#!/usr/bin/python
# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: audit_preflight
short_description: Check the rules and the report folder of an audit before any host is read
version_added: 1.0.0
description:
  - Reads the rules of the collection and your own, checks what concerns all hosts, and makes the report folder. Fails
    with what is wrong.
  - Begins a run. What is kept after it names it, so that nothing of an earlier run is taken for new.
  - Runs on the controller only. Use it with C(run_once), before M(linuxnet.packetloss.audit).
options:
  fail_on:
    description: Checked only; see M(linuxnet.packetloss.audit_gate).
    type: str
    choices: [loss, never, risk]
    default: loss
  policy:
    description: Checked only; see M(linuxnet.packetloss.plan).
    type: dict
    default: {}
extends_documentation_fragment:
  - linuxnet.packetloss.attributes
  - linuxnet.packetloss.attributes.action_plugin
  - linuxnet.packetloss.options.rules
  - linuxnet.packetloss.options.report_folder
  - linuxnet.packetloss.options.tolerance
seealso:
  - module: linuxnet.packetloss.audit
author:
  - linuxnet.packetloss contributors (@linuxnet)
"""

EXAMPLES = r"""
---
- name: Check our own rules
  linuxnet.packetloss.audit_preflight:
    rules_dirs:
      - rules
  run_once: true
"""

RETURN = r"""
rules:
  description: The ids of the rules that an audit will use.
  returned: success
  type: list
  elements: str
  sample: [R1, R2, SITE1]
dir:
  description: The report folder.
  returned: success
  type: str
run:
  description: The run that began. It is the same for every host and every batch of the play.
  returned: success
  type: str
"""
