# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Attributes that the modules of this collection share.

A module that returns information extends ``attributes`` and ``attributes.info_module``, a facts module ``attributes``
and ``attributes.facts_module``, an action plugin ``attributes`` and ``attributes.action_plugin``.
"""


class ModuleDocFragment:
    """The fragments ``attributes``, ``attributes.info_module``, ``attributes.facts_module`` and
    ``attributes.action_plugin``."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return what it would return without it.
    support: full
  diff_mode:
    description: Returns what has changed, or would change in C(check_mode), when in diff mode.
    support: N/A
    details: Changes nothing, so there is nothing to compare.
  idempotent:
    description: When run twice in a row outside check mode, with the same arguments, the second run changes nothing.
    support: full
    details: Changes nothing on the host.
  platform:
    description: The operating system that it reads.
    support: full
    platforms: linux
"""

    INFO_MODULE = r"""
options: {}
attributes:
  facts:
    description: Returns an C(ansible_facts) dictionary that updates the facts of the host.
    support: none
"""

    FACTS_MODULE = r"""
options: {}
attributes:
  facts:
    description: Returns an C(ansible_facts) dictionary that updates the facts of the host.
    support: full
"""

    ACTION_PLUGIN = r"""
options: {}
attributes:
  action:
    description: Has a part that runs on the controller.
    support: full
  facts:
    description: Returns an C(ansible_facts) dictionary that updates the facts of the host.
    support: none
"""

    SETTING_MODULE = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return what it would return without it.
    support: full
  diff_mode:
    description: Returns what has changed, or would change in C(check_mode), when in diff mode.
    support: full
  idempotent:
    description: When run twice in a row outside check mode, with the same arguments, the second run changes nothing.
    support: full
    details: A value that a driver rounds in a way that nobody knows beforehand is handed to it again.
  facts:
    description: Returns an C(ansible_facts) dictionary that updates the facts of the host.
    support: none
  platform:
    description: The operating system that it sets.
    support: full
    platforms: linux
"""
