#!/usr/bin/python
# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: diagnose
short_description: Find where hosts lost packets by a sosreport, or by what somebody captured of them
version_added: 1.0.0
description:
  - Reads sosreports, supportconfigs, Insights archives, sysinfo-snapshots, captures of C(capture.sh), and loose files
    whose names say what they are, and judges the hosts by the same rules as M(linuxnet.packetloss.audit). No host is
    touched.
  - What is known of each host and what was found are kept in two files, and C(audit.json) and C(audit.md) are made of
    them, as M(linuxnet.packetloss.audit_report) does. All that works with such a folder works with this one.
  - Two captures of a host within one boot are an interval, more a series of intervals. One alone has numbers since
    boot. Then the verdict is V(lost_before) at worst, no host is clean, rates are averages, and what only an interval
    can tell is not judged.
  - A capture is a stranger's data. Nothing is unpacked to a disk, no link is followed out of it, nothing in it is
    executed, and what cannot be read costs its own values only.
  - Runs on the controller only. Use it on C(localhost).
options:
  captures:
    description:
      - A file, a folder or a glob, or a list of them. Relative to where C(ansible-playbook) was started.
      - A file may be a tar, tar.xz, tar.gz, tar.bz2 or zip. A folder may be an unpacked capture, or have captures in
        it.
    type: raw
    required: true
  networks:
    description:
      - Judge the NICs that have an address in one of these networks, and the NICs below them.
      - A CIDR (V(10.0.0.0/8)), an address, a range (V(10.0.0.5-10.0.0.20)) or a glob (V(10.1.*.*)).
    type: list
    elements: str
    default: []
  fail_on:
    description:
      - The task fails where a host loses or lost packets (V(loss)), or also where one is at risk (V(risk)). With both
        it fails where a host is unknown, as every host is that lost nothing and of which there is one capture alone.
      - It fails anyhow where nothing could be read.
    type: str
    choices: [loss, never, risk]
    default: never
extends_documentation_fragment:
  - linuxnet.packetloss.attributes
  - linuxnet.packetloss.attributes.action_plugin
  - linuxnet.packetloss.options.interfaces
  - linuxnet.packetloss.options.rules
  - linuxnet.packetloss.options.report_folder
  - linuxnet.packetloss.options.tolerance
seealso:
  - module: linuxnet.packetloss.audit
  - module: linuxnet.packetloss.audit_report
  - module: linuxnet.packetloss.plan
author:
  - linuxnet.packetloss contributors (@linuxnet)
"""

EXAMPLES = r"""
---
- name: Diagnose what was attached to a ticket
  linuxnet.packetloss.diagnose:
    captures: sosreport-web1-2026-11-26-abcdefg.tar.xz

- name: Diagnose everything that was sent, and fail where packets were lost
  linuxnet.packetloss.diagnose:
    captures:
      - /srv/tickets/4711
      - /srv/tickets/*/packetloss-capture-*.tar.gz
    dir: /srv/packetloss-report
    fail_on: loss
"""

RETURN = r"""
run:
  description: The run that the report is of.
  returned: always
  type: str
verdicts:
  description: How many hosts have each verdict.
  returned: always
  type: dict
  sample:
    losing: 0
    lost_before: 1
    at_risk: 0
    unknown: 2
    clean: 0
failing:
  description: How many hosts do not pass with O(fail_on).
  returned: always
  type: int
not_read:
  description: The captures that could not be read, or not whole.
  returned: always
  type: list
  elements: dict
  contains:
    file:
      description: Its path.
      type: str
    why:
      description: Why, and what to do.
      type: str
files:
  description: The files of the report over all hosts.
  returned: always
  type: list
  elements: str
"""
