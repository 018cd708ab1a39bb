# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All network settings of a guest as text, to see that a loss was undone: read by the system's own programs."""

import difflib

#: Loaded before the first look, since each brings sysctls of its own.
MODULES = (
    "nf_conntrack",
    "nf_conntrack_netlink",
    "nf_tables",
    "8021q",
    "sch_tbf",
    "sch_netem",
    "act_police",
    "cls_u32",
)
_ETHTOOL = ("-g", "-l", "-c", "-k", "-x", "-a", "--show-priv-flags")
#: Values that move by themselves, and one that the kernel raises with use.
_GAUGES = r"nf_conntrack_count|dentry|random|nr_open|netdev_rss_key|\.neigh\.default\.gc_stale_time"
_SCRIPT = """
sysctl -a -e --pattern '^net\\.' 2>/dev/null | grep -vE '{gauges}'
for nic in {nics}; do
    for option in {options}; do echo "== ethtool $option $nic"; ethtool $option $nic 2>&1 || true; done
done
echo == links; ip -d link | sed -E 's/(gro_max_size|state|qlen|link_failure_count) [^ ]+//g'
echo == addresses; ip -br address
echo == neighbours; ip neighbour show nud permanent
echo == routes; ip route
echo == rules; nft list ruleset
echo == qdiscs; tc qdisc
echo == affinities; cd /proc/irq; grep -H . */smp_affinity_list || true
cd /sys/class/net; grep -rH . */queues/*/rps_cpus */queues/*/rps_flow_cnt */queues/*/xps_cpus 2>/dev/null || true
grep -H . */gro_flush_timeout */napi_defer_hard_irqs */threaded */mtu 2>/dev/null || true
"""


def read(guest):
    """The settings of *guest*, as lines."""
    script = _SCRIPT.format(gauges=_GAUGES, nics=" ".join(guest.nics), options=" ".join(_ETHTOOL))
    return guest.script(script).splitlines()


def difference(before, after):
    """The lines that differ, marked as ``diff -U0`` does."""
    lines = difflib.unified_diff(before, after, "before", "after", lineterm="", n=0)
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]
