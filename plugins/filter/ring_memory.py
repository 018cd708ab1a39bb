# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a change of rings would take on a host, from its document: the documentation is in ring_memory.yml."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.selection import SelectionError, select
from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory.model import RingMemoryError
from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory.plan import plan

NAME = "linuxnet.packetloss.ring_memory"
SCHEMA_VERSION = 1


def ring_memory(
    document: Any,
    *,
    rx: int | None = None,
    tx: int | None = None,
    channels: int | None = None,
    mtu: int | None = None,
    max: bool = False,  # noqa: A002 - the option of the module has this name
    targets: dict[str, Any] | None = None,
    interfaces: list[str] | None = None,
    reserve: Any = None,
) -> dict[str, Any]:
    """The result of :func:`plan.plan`, as the module ring_memory_info returns it."""
    if not isinstance(document, Mapping) or document.get("schema_version") != SCHEMA_VERSION:
        raise AnsibleFilterError(
            f"{NAME}: expected a host document of version {SCHEMA_VERSION}, such as hosts/<host>.json of an audit has, "
            f"read by from_json; found {_shown(document)}"
        )
    common = {"rx": rx, "tx": tx, "channels": channels, "mtu": mtu, "max": max}
    try:
        return plan(document, _names(document, interfaces), common, targets, reserve)
    except (RingMemoryError, SelectionError) as error:
        raise AnsibleFilterError(f"{NAME}: {error}") from error
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        # A document comes from a host, which may have written anything.
        reason = f"{type(error).__name__}: {error}"
        raise AnsibleFilterError(f"{NAME}: this is no host document, or a damaged one: {reason}") from error


def _names(document: Mapping[str, Any], interfaces: list[str] | None) -> list[str] | None:
    """The NICs that are asked for, None for those that were read in depth."""
    nics = document.get("nics")
    return select(nics, interfaces)["selected"] if interfaces and nics is not None else None


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"schema_version {value.get('schema_version')!r}"
    return f"{type(value).__name__} {str(value)[:60]!r}"


class FilterModule:
    """The filters of this file by name."""

    def filters(self) -> dict[str, Any]:
        return {"ring_memory": ring_memory}
