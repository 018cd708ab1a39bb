# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which drivers are known, by all their names; and their files, each imported when a host has the driver.

A node compiles the code of a module anew in each run, and has two or three of these drivers. How a file is written:
docs/adding-a-driver.md.
"""

import functools
import importlib

from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers import generic


def every():
    """Every driver that has a file: ``{name: module}``, all imported.

    Ansible packs with a module what its import statements name, and finds them in functions too: this list is how the
    files reach a node.
    """
    from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers import (  # noqa: F401
        be2net,
        bnx2x,
        bnxt_en,
        cxgb4,
        e1000,
        e1000e,
        ena,
        enic,
        fsl_dpaa2_eth,
        gve,
        hinic,
        hns3,
        hv_netvsc,
        i40e,
        iavf,
        ice,
        igb,
        igbvf,
        igc,
        ionic,
        ixgbe,
        ixgbevf,
        mana,
        mlx4_en,
        mlx5_core,
        net_failover,
        qede,
        r8169,
        sfc,
        tg3,
        veth,
        virtio_net,
        vmxnet3,
        xen_netfront,
    )

    return locals()


#: The names of these files, without importing one: those that :func:`every` imports.
NAMES = frozenset(every.__code__.co_varnames)

#: Other names that drivers report to ETHTOOL_GDRVINFO, by the driver whose file speaks of them.
ALIASES = {
    "mlx5e_rep": "mlx5_core",
    "mlx5_core.sf": "mlx5_core",
    "mlx5": "mlx5_core",
    "mlx4_core": "mlx4_en",
    "mlx4": "mlx4_en",
    "i40evf": "iavf",
    "bnxt": "bnxt_en",
    "virtio": "virtio_net",
    "net_vsc": "hv_netvsc",
    "netvsc": "hv_netvsc",
    "sfc_siena": "sfc",
    "sfc_falcon": "sfc",
    "sfc_ef100": "sfc",
    "hns3vf": "hns3",
    "hclge": "hns3",
    "hclgevf": "hns3",
    "vif": "xen_netfront",
}

_PACKAGE = __name__.rpartition(".")[0]


def canonical(driver):
    """The name under which a driver is known: "mlx5e_rep" is "mlx5_core"; an unknown name stays, None is ""."""
    driver = (driver or "").strip().lower().replace("-", "_")
    return ALIASES.get(driver, driver)


def part(driver, name):
    """One part of what is known of a driver.

    :param driver: as reported by ETHTOOL_GDRVINFO
    :param name: "STATISTICS", "NETDEV", "INTERRUPTS", "RINGS" or "TRAITS"
    :return: what its file says; what generic.py says where there is no file, or nothing is known in it
    """
    known = _known(driver, name)
    return getattr(generic, name) if known is None else known


def knows(driver, name):
    """Whether anything is known of a driver in this part."""
    return _known(driver, name) is not None


def _known(driver, name):
    file = _file(driver)
    return None if file is None else getattr(file, name)


@functools.lru_cache(maxsize=64)
def _file(driver):
    """The module of a driver, None where it has none. Kept, for a price asks for it hundreds of times."""
    driver = canonical(driver)
    return importlib.import_module(f"{_PACKAGE}.{driver}") if driver in NAMES else None
