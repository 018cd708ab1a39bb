# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The errors of IPsec: /proc/net/xfrm_stat, per network namespace."""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.protocols import parse_list

PATH = "/proc/net/xfrm_stat"


def read(host):
    """``{"XfrmInError": Counter64}``.

    Raises Unavailable: ``absent`` where the kernel is built without CONFIG_XFRM_STATISTICS, ``malformed``.
    """
    return parse_list(host.lines(PATH), PATH)
