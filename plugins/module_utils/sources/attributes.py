# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What several sources share: names with a number, one attribute of many things of a kind, the NUMA node of a thing."""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable

_DIGITS = "0123456789"


def number_in(name, prefix):
    """The number in a name that is *prefix* and up to nine digits (``node0`` with ``node``: 0); None in any other."""
    digits = name[len(prefix) :]
    if not name.startswith(prefix) or not 0 < len(digits) < 10 or digits.strip(_DIGITS):
        return None
    return int(digits)


def of_each(read, directories, file, key, gaps):
    """The same file of many directories: ``{id: read(directory + "/" + file)}``, None where that cannot be had.

    :param read: takes a path, raises Unavailable
    :param directories: ``{id: directory}``
    :param key: what the value is called in the document
    :param gaps: the Gaps of the collection that has the ids

    A reason is noted once, at the first id that has it: a NIC of 64 queues whose kernel has no XPS is one gap, not 64.
    """
    values, noted = {}, set()
    for identity, directory in directories.items():
        try:
            values[identity] = read(f"{directory}/{file}")
        except Unavailable as error:
            values[identity] = None
            if error.reason not in noted:
                noted.add(error.reason)
                gaps.at(identity).note(key, error)
    return values


def read_node(host, path):
    """The NUMA node in a file; raises Unavailable ``absent`` where it says -1: the platform does not tell."""
    node = host.integer(path)
    if node < 0:
        raise Unavailable("absent", f"{path}: {node}: the platform does not tell the NUMA node")
    return node
