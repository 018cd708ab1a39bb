# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from ansible_collections.linuxnet.packetloss.tests.unit.plugins.module_utils.conftest import (
    python_in_namespace as python_in_namespace,
)
