# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that several modules of this collection share, and their meaning."""


class ModuleDocFragment:
    """The fragments ``options.interfaces``, ``options.namespaces``, ``options.rules`` and others."""

    INTERFACES = r"""
options:
  interfaces:
    description:
      - The NICs to read in depth and to judge, as shell patterns on their names (V(ens*)) or as kinds (V(kind:bond)).
      - Empty, where no networks are given either, means the physical NICs that are up and what is built on them.
      - A name without a wildcard that the host does not have is an error.
    type: list
    elements: str
    default: []
"""

    NAMESPACES = r"""
options:
  namespaces:
    description:
      - Which network namespaces (containers, pods, those of C(ip netns)) are read beside the host's own.
      - V(all) of the host, as far as the rights allow; V(own) for none of them; or names and shell patterns. A pattern
        is compared with the name for C(ip netns), the name or uid of a pod (V(shop/web-1)), the id of a container or
        its first twelve digits, the name of a unit of systemd, and the name that a report shows.
      - At most 500 are read. What is not read is counted in the report.
      - A name without a wildcard that the host does not have is an error.
      - Where Ansible runs in another network namespace than that of the host, V(all) means V(own).
    type: list
    elements: str
    default: [all]
"""

    REPORT_FOLDER = r"""
options:
  dir:
    description: The folder on the controller for the report, relative to where C(ansible-playbook) was started.
    type: path
    default: packetloss-report
"""

    RULES = r"""
options:
  rules_dirs:
    description: Folders on the controller with rule files of your own, added to the rules of the collection.
    type: list
    elements: path
    default: []
  limits:
    description:
      - "Thresholds of the rules to set in place of the collection's, numbers by name: C({cpu_saturated: 0.8})."
      - The page of the rules lists them all. An unknown name is an error.
    type: dict
    default: {}
"""

    TOLERANCE = r"""
options:
  tolerance:
    description:
      - What may be lost at one place without failing, V(share) of the packets that passed that place in the interval,
        or so few V(packets). A part that is not given is V(1.0e-6), or V(10).
      - Where it is not known how many packets passed, only V(packets) counts.
      - The verdict knows no tolerance. A host that lost one packet is losing.
    type: dict
    default: {}
"""

    POLICY = r"""
options:
  policy:
    description:
      - What may be changed, and how much at once. A key that is not given has its default, and an unknown key is an
        error that says which there are. The page C(docs/planning.md) has an example with all of them.
      - V(rounds) (4) is how often measuring again may lead to a next step, V(steps) (4) how many are made in a round.
      - V(knobs) are the names of what may be set (all), V(never) names, patterns or kinds of NICs that are not touched,
        and neither are the ports of a bond of that name. V(severities) are those of findings that are planned for
        (C([loss, risk])).
      - V(disruption) (1) is the largest class of what a change may do to traffic, V(window) the time of day on the
        controller in which changes are made, such as V(22:00-04:00), V(null) for any.
      - V(ceilings) are the largest values of sysctls, and of V(ring.rx), V(channels.combined) and V(channels.rx).
        V(null) takes one of the built-in ones away. V(memory_reserve) is what has to stay available, as bytes, a size
        or a share.
      - V(unchanged) is what becomes of a change that helped nothing, V(take_back) or V(keep).
      - V(restart_units) has to stay empty. No program is restarted; what needs that is advice.
    type: dict
    default: {}
"""

    NICS = r"""
options:
  interfaces:
    description:
      - The NICs to set, as shell patterns on their names (V(ens*)) or as kinds (V(kind:bond)).
      - Empty, where no networks are given either, means the physical NICs that are up and what is built on them.
      - What only a device has, such as rings, is set of physical NICs unless others are named here.
      - A name without a wildcard that the host does not have is an error.
    type: list
    elements: str
    default: []
  networks:
    description: CIDRs. The NICs that have an address in one of them, and those below them, are set.
    type: list
    elements: str
    default: []
"""

    KEEP = r"""
options:
  persistent:
    description:
      - Whether it is kept, so that it is set again when the host boots, when the driver is loaded again, and when the
        NIC gets another name. A NIC is known by its address on the bus and its permanent MAC address.
      - Values are kept as they are given, such as V(max). Those of another task for the same NIC are kept as well.
      - The program that sets them at boot needs systemd. Without it the task fails after it has set the values.
      - To take away what is kept, use M(linuxnet.packetloss.tune) with C(state=absent).
    type: bool
    default: false
"""

    MEMORY = r"""
options:
  memory_reserve:
    description:
      - The memory that has to stay available, in bytes (V(8589934592)), as a size (V(8G)) or as a share of all memory
        (V(10%)). A change that would take of it is refused before anything is changed.
      - The NICs of a task draw on one memory and are summed.
      - By default a tenth of all memory, at most 8 GiB.
    type: str
  force:
    description: Whether to set it although the memory does not suffice, or although nobody can say whether it does.
    type: bool
    default: false
"""
