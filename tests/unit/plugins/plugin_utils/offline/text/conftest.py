# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fixture of the tests of node code that runs a program in a network namespace."""

from ansible_collections.linuxnet.packetloss.tests.unit.plugins.module_utils import conftest

python_in_namespace = conftest.python_in_namespace
