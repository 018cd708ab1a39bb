# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which NIC is meant, whatever it is called today: by where it is plugged in and the address that it was made with."""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import ethtool, sysfs_net
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.links import links


def identity(host, name):
    """``{"bus", "mac", "driver", "name"}`` of a NIC that is there.

    ``bus`` is the PCI address, or what the device is called on another bus (a GUID on that of Hyper-V); ``mac`` is the
    permanent one. Both are None where there is none, as of a bond: then only its name is left.
    """
    return {
        "bus": _or_none(lambda: sysfs_net.bus_name(sysfs_net.device(host, name))),
        "mac": _or_none(lambda: ethtool.permanent_address(host, name)),
        "driver": _or_none(lambda: ethtool.driver(host, name)["name"]),
        "name": name,
    }


def _or_none(question):
    try:
        return question()
    except Unavailable:
        return None


def present(host):
    """The NICs of a host: ``[identity]``; raises Unavailable where they cannot be listed."""
    return [identity(host, name) for name in sorted(links(host))]


def find(kept, there):
    """The name of the NIC *kept* among those *there* (identities), None where it is not.

    With a permanent address it is the NIC that has it, in whatever slot; a synthetic NIC and the virtual function that
    it uses have the same one, so the driver has to fit as well. Another NIC in the slot of one that had an address is
    another NIC. Without an address the slot counts, and without a slot the name.
    """
    same = [nic for nic in there if nic["driver"] == kept["driver"]]
    if kept["mac"] is not None:
        same = [nic for nic in same if nic["mac"] == kept["mac"]]
        same = [nic for nic in same if nic["bus"] == kept["bus"]] or same
    elif kept["bus"] is not None:
        same = [nic for nic in same if nic["bus"] == kept["bus"] and nic["mac"] is None]
    else:
        return next((nic["name"] for nic in same if nic["name"] == kept["name"] and nic["bus"] is None), None)
    # Several ports of one function without an address of their own.
    exact = [nic for nic in same if nic["name"] == kept["name"]] or same
    return exact[0]["name"] if len(exact) == 1 else None


def told(nic):
    """An identity in words."""
    where = ", ".join(nic[key] for key in ("bus", "mac", "driver") if nic[key])
    return f"{nic['name']} ({where})" if where else nic["name"]
