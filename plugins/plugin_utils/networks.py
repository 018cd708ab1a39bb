# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which addresses the user means: ``packetloss_networks`` in every notation of the field, as plain CIDRs."""

from __future__ import annotations

from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.requirements import require

try:
    import netaddr
except ImportError as error:
    NO_NETADDR: ImportError | None = error
else:
    NO_NETADDR = None


class NetworkError(ValueError):
    """An expression that names no network."""


def cidrs(expressions: list[str]) -> list[str]:
    """The smallest list of CIDRs that covers all *expressions*, IPv4 before IPv6.

    An expression is a CIDR (``10.0.0.0/8``, host bits are cut off), an address, a range (``10.0.0.5-10.0.0.20``) or a
    glob (``10.1.*.*``). Raises :class:`NetworkError` with what was expected.
    """
    require("netaddr", NO_NETADDR)
    blocks = netaddr.IPSet()
    for expression in expressions:
        blocks.update(_blocks(str(expression).strip()))
    return [str(block) for block in blocks.iter_cidrs()]


def _blocks(expression: str) -> list[netaddr.IPNetwork]:
    try:
        if "*" in expression:
            return netaddr.glob_to_cidrs(expression)
        if "-" in expression:
            first, last = (part.strip() for part in expression.split("-", 1))
            return netaddr.IPRange(first, last).cidrs()
        return [netaddr.IPNetwork(expression).cidr]
    except (netaddr.AddrFormatError, ValueError, TypeError) as error:
        raise NetworkError(
            f"packetloss_networks: {expression!r} is no network: write a CIDR (10.0.0.0/8), an address, "
            f"a range (10.0.0.5-10.0.0.20) or a glob (10.1.*.*): {error}"
        ) from error
