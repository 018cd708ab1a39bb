# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A connection table of 200 is filled with established flows that cannot be evicted, and a new flow knocks.

The management connection is not tracked, so it stays.
"""

import contextlib

import needs
from loss import Finding, Loss

LIMIT = 200
CHAINS = """
    chain untracked-in { type filter hook prerouting priority raw; iifname != "vio0" notrack; }
    chain untracked-out { type filter hook output priority raw; notrack; }
    chain input { type filter hook input priority filter; ct state new counter; }
"""


@contextlib.contextmanager
def full_table(guest, strength):
    # Its sysctls come with it.
    guest.run("modprobe", "nf_conntrack")
    with (
        guest.sysctls({"net.netfilter.nf_conntrack_max": LIMIT}),
        guest.nft(CHAINS),
        guest.traffic("conntrack-filler", entries=LIMIT + 20),
        guest.flood("vio0", pause=0.02 / strength),
    ):
        yield


LOSS = Loss(
    "a full connection table",
    "losing",
    caused=full_table,
    needs=(needs.table("nf_conntrack", "drop"),),
    findings=frozenset({Finding("R13", "netfilter", "loss")}),
)
