# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two datagrams of one socket, to two addresses that DNAT makes one: both flows are held back before they are entered
into the connection table, so the second finds its place taken. It is what becomes of two DNS queries at once."""

import contextlib

import needs
from loss import Finding, Loss

FIRST, SECOND = "10.79.2.51", "10.79.2.52"
#: Packets are held when their addresses are what they will be (after srcnat, 100), and not entered yet.
CHAINS = """
    chain untracked-in { type filter hook prerouting priority raw; iifname != "vio0" notrack; }
    chain untracked-out { type filter hook output priority raw; notrack; }
    chain nat { type nat hook prerouting priority dstnat; ip daddr { FIRST, SECOND } dnat ip to ADDRESS; }
    chain held { type filter hook input priority 200; ip daddr ADDRESS udp dport 7900 queue num 0; }
"""


@contextlib.contextmanager
def race(guest, strength):
    address = guest.address("vio0")
    chains = CHAINS.replace("FIRST", FIRST).replace("SECOND", SECOND).replace("ADDRESS", address)
    with (
        guest.nft(chains),
        guest.traffic("queue-holder", pause=0.2),
        guest.flood("vio0", address=FIRST, addresses=2, flows=4000, port=7900, burst=4, pause=0.1 / strength),
    ):
        yield


LOSS = Loss(
    "two packets race for one connection entry",
    "losing",
    caused=race,
    needs=(needs.table("nf_conntrack", "insert_failed"),),
    findings=frozenset({Finding("R14", "netfilter", "loss")}),
    note="the race is a real one, but made certain: a netfilter queue holds both packets back.",
)
