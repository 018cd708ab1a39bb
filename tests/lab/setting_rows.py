# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the modules that set are asked for in the lab, and by which other tool it is seen: a row for each."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Row:
    """One task, tried in check mode, in earnest and once more.

    ``reads`` is a command of another tool, and ``shows`` what it prints afterwards, for all kernels or by kernel.
    ``before`` prepares the guest, ``after`` puts it back.
    """

    name: str
    module: str
    arguments: dict
    reads: str
    shows: str | dict
    before: str = "true"
    after: str = "true"

    def shown(self, kernel):
        return self.shows if isinstance(self.shows, str) else self.shows[kernel]


@dataclasses.dataclass(frozen=True)
class Wrong:
    """One task that cannot be done: ``says`` is in its message, and what ``reads`` prints is as before."""

    name: str
    module: str
    arguments: dict
    says: str
    reads: str = "true"
    before: str = "true"
    after: str = "true"


def rx_rings(*nics):
    return "\n".join(f"ethtool -g {nic} | sed -n '/^Current/,$s/^RX:[^0-9]*/{nic} /p'" for nic in nics)


RING_NICS = ("igb0", "e1k0", "vmx0", "vio0")
RINGS_AS_THEY_WERE = "ethtool -G igb0 rx 256; ethtool -G e1k0 rx 256; ethtool -G vmx0 rx 1024; ethtool -G vio0 rx 1024"


def features(nic, *names):
    """A line for each feature: its long name and on or off, as ethtool says it."""
    return f"ethtool -k {nic} | grep -E '^\\s*({'|'.join(names)}):' | sed 's/^\\s*/{nic} /'"


def switched(*nics):
    return "\n".join(features(nic, "tcp-segmentation-offload", "generic-receive-offload") for nic in nics)


FEATURE_NICS = ("igb0", "e1k0", "vmx0", "vio0")


def as_it_was(nic):
    # ethtool's tso takes tx-tcp-mangleid-segmentation with it, which is off where nobody wanted it.
    return f"ethtool -K {nic} tx on tso on gro on; ethtool -K {nic} tx-tcp-mangleid-segmentation off"


FEATURES_AS_THEY_WERE = "\n".join(map(as_it_was, FEATURE_NICS))

#: The queue of each entry in one line, and what is hashed of UDP.
TABLE = 'ethtool -x igb0 | awk \'/^ *[0-9]+:/ {for (i = 2; i <= NF; i++) printf "%s", $i} END {print ""}\''
HASHED = "ethtool -n igb0 rx-flow-hash udp4 | grep -c '^L4 bytes'"
RSS_AS_IT_WAS = "ethtool -X igb0 equal 4; ethtool -X vmx0 equal 4; ethtool -N igb0 rx-flow-hash udp4 sd"

ROWS = [
    Row(
        "ring: four drivers at once",
        "ethtool_ring",
        {"interfaces": list(RING_NICS), "rx": "512"},
        reads=rx_rings(*RING_NICS),
        shows="igb0 512\ne1k0 512\nvmx0 512\nvio0 512",
        before=RINGS_AS_THEY_WERE,
        after=RINGS_AS_THEY_WERE,
    ),
    Row(
        "ring: numbers that drivers round",
        "ethtool_ring",
        {"interfaces": ["igb0", "e1k0", "vmx0"], "rx": "300"},
        reads=rx_rings("igb0", "e1k0", "vmx0"),
        shows="igb0 304\ne1k0 304\nvmx0 320",
        before=RINGS_AS_THEY_WERE,
        after=RINGS_AS_THEY_WERE,
    ),
    Row(
        "ring: all that the hardware has",
        "ethtool_ring",
        {"interfaces": ["igb0"], "rx": "max", "tx": "512"},
        reads="ethtool -g igb0 | sed -n '/^Current/,$s/^\\([RT]X\\):[^0-9]*/\\1 /p'",
        shows="RX 4096\nTX 512",
        before=RINGS_AS_THEY_WERE,
        after=RINGS_AS_THEY_WERE + "; ethtool -G igb0 tx 256",
    ),
    Row(
        "feature: offloads of four drivers at once",
        "ethtool_features",
        {"interfaces": list(FEATURE_NICS), "features": {"tso": False, "rx-gro": False}},
        reads=switched(*FEATURE_NICS),
        shows="\n".join(
            f"{nic} {name}: off"
            for nic in FEATURE_NICS
            for name in ("tcp-segmentation-offload", "generic-receive-offload")
        ),
        before=FEATURES_AS_THEY_WERE,
        after=FEATURES_AS_THEY_WERE,
    ),
    Row(
        "feature: the driver switches another along",
        "ethtool_features",
        {"interfaces": ["igb0"], "features": {"rxvlan": False}},
        reads=features("igb0", "rx-vlan-offload", "tx-vlan-offload"),
        shows="igb0 rx-vlan-offload: off\nigb0 tx-vlan-offload: off [requested on]",
        before="ethtool -K igb0 rxvlan on txvlan on",
        after="ethtool -K igb0 rxvlan on txvlan on",
    ),
    Row(
        "private_flag: one of igb, with a feature",
        "ethtool_features",
        {"interfaces": ["igb0"], "private_flags": {"legacy-rx": True}, "features": {"rx-all": False}},
        reads="ethtool --show-priv-flags igb0 | grep legacy-rx",
        shows="legacy-rx: on",
        before="ethtool --set-priv-flags igb0 legacy-rx off",
        after="ethtool --set-priv-flags igb0 legacy-rx off",
    ),
    Row(
        "rss: fewer queues, and UDP by its ports",
        "ethtool_rss",
        {"interfaces": ["igb0"], "table": {"equal": 2}, "hash_fields": {"udp4": "sdfn"}},
        reads=f"{TABLE}; {HASHED}",
        shows="01" * 64 + "\n2",
        before=RSS_AS_IT_WAS,
        after=RSS_AS_IT_WAS,
    ),
    Row(
        "rss: weights of two drivers, as ethtool spreads them",
        "ethtool_rss",
        {"interfaces": ["igb0", "vmx0"], "table": {"weights": [5, 0, 2]}},
        reads=f"{TABLE}; ethtool -X igb0 weight 5 0 2; {TABLE}",
        shows="0" * 91 + "2" * 37 + "\n" + "0" * 91 + "2" * 37,
        before=RSS_AS_IT_WAS,
        after=RSS_AS_IT_WAS,
    ),
    Row(
        "rss: back to the default",
        "ethtool_rss",
        {"interfaces": ["igb0", "vmx0"], "table": {"default": True}},
        reads=TABLE,
        shows="0123" * 32,
        before="ethtool -X igb0 weight 1 1 1 1; ethtool -X vmx0 equal 1",
        after=RSS_AS_IT_WAS,
    ),
]

WRONG = [
    Wrong(
        "ring: more than the hardware has",
        "ethtool_ring",
        {"interfaces": ["igb0"], "rx": "5000"},
        says="igb0: rx 5000 is above the 4096 that the hardware has",
        reads=rx_rings("igb0"),
    ),
    Wrong(
        "ring: a number that virtio_net does not take, after one that igb took",
        "ethtool_ring",
        {"interfaces": ["igb0", "vio0"], "rx": "600"},
        says="igb0: rx 256 was put back",
        reads=rx_rings("igb0", "vio0"),
        before=RINGS_AS_THEY_WERE,
    ),
    Wrong(
        "ring: an interface that is not there",
        "ethtool_ring",
        {"interfaces": ["eth99"], "rx": "512"},
        says="no interface 'eth99' on this host; it has:",
    ),
    Wrong(
        "ring: more memory than there is",
        "ethtool_ring",
        {"interfaces": ["igb0"], "rx": "max", "memory_reserve": "100%"},
        says="The largest receive ring of igb0",
        reads=rx_rings("igb0"),
        before=RINGS_AS_THEY_WERE,
    ),
    Wrong(
        "feature: one that is fixed",
        "ethtool_features",
        {"interfaces": ["igb0", "vio0"], "features": {"rx": False}},
        says="vio0: rx-checksum is fixed on: its driver gives nobody a switch for it",
        reads=f"{features('igb0', 'rx-checksumming')}; {features('vio0', 'rx-checksumming')}",
    ),
    Wrong(
        "feature: one that needs another, after one that could be switched",
        "ethtool_features",
        {"interfaces": ["e1k0", "igb0"], "features": {"tx-tcp-segmentation": True}},
        says="it needs tx-checksum-ip-generic or tx-checksum-ipv4; switch that on as well",
        reads=f"{features('igb0', 'tx-tcp-segmentation')}; {features('e1k0', 'tx-tcp-segmentation')}",
        before="ethtool -K igb0 tx off tso off; ethtool -K e1k0 tso off",
        after="\n".join(map(as_it_was, ("igb0", "e1k0"))),
    ),
    Wrong(
        "private_flag: one that the driver has not",
        "ethtool_features",
        {"interfaces": ["igb0"], "private_flags": {"legacy_rx": True}},
        says="igb0: it has no private flag 'legacy_rx'; similar ones: legacy-rx",
        reads="ethtool --show-priv-flags igb0",
    ),
    Wrong(
        "rss: more queues than there are",
        "ethtool_rss",
        {"interfaces": ["igb0"], "table": {"equal": 8}},
        says="igb0: equal 8 names more than the 4 receive queues that are in use",
        reads=TABLE,
        before=RSS_AS_IT_WAS,
    ),
    Wrong(
        "rss: fields that igb cannot choose, after a table that it took",
        "ethtool_rss",
        {"interfaces": ["igb0"], "table": {"equal": 2}, "hash_fields": {"tcp4": "sd"}},
        says="the driver cannot hash these fields of such packets",
        reads=f"{TABLE}; {HASHED}",
        before=RSS_AS_IT_WAS,
    ),
    Wrong(
        "rss: a NIC without a table",
        "ethtool_rss",
        {"interfaces": ["igb0", "vio0"], "table": {"equal": 2}},
        says="vio0: its rss table cannot be known",
        reads=TABLE,
        before=RSS_AS_IT_WAS,
    ),
]
