# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What losses need, each computed from the kernel's own texts by witness.py, and not by the code under test.

``above`` and ``below`` are the thresholds of the rules. The need keeps a tenth away from them, as the meter and the
audit do not look at the same instants. Counters need :data:`EVENTS` in the seconds that the audit looked at for sure.
"""

import re

import witness
from proof import Need

MARGIN = 0.1
EVENTS = 3

STAT, SOFTNET = "/proc/stat", "/proc/net/softnet_stat"


def _share(what, sources, value, above, below):
    """A need of a share, 0 to 1, whose bounds keep their distance towards 1 and 0."""
    least = None if above is None else above + MARGIN * (1 - above)
    return Need(what, sources, value, least, None if below is None else below * (1 - MARGIN), unit="%")


def _rate(what, sources, value, above, below, unit="/s"):
    least = None if above is None else above * (1 + MARGIN)
    return Need(what, sources, value, least, None if below is None else below * (1 - MARGIN), unit)


def softirq_share(above=None, below=None, cpus=None):
    """The share of its time that the busiest CPU, or the busiest of *cpus*, is in softirqs."""

    def value(span):
        before, after = (witness.cpu_times(texts[STAT]) for texts in (span.before, span.after))
        return max(_softirq(before[cpu], after[cpu]) for cpu in after if cpus is None or int(cpu) in cpus)

    whose = "the busiest CPU" if cpus is None else f"the busiest of the CPUs {', '.join(map(str, cpus))}"
    return _share(f"softirq time of {whose}", (STAT,), value, above, below)


def _softirq(before, after):
    ticks = {name: after[name] - before[name] for name in after}
    return ticks["softirq"] / max(sum(ticks.values()), 1)


def softnet_growth(span):
    """What each column of softnet_stat grew by, by CPU: a list of dicts."""
    before, after = (witness.softnet(texts[SOFTNET]) for texts in (span.before, span.after))
    # Counters of 32 bits that go on.
    return [{name: (now[name] - then[name]) % 2**32 for name in now} for then, now in zip(before, after, strict=True)]


def processed_share(above=None, below=None):
    """The share of the host's packets that the CPU with the most of them processes."""

    def value(span):
        processed = [row["processed"] for row in softnet_growth(span)]
        return max(processed) / sum(processed) if sum(processed) else None

    return _share("packets of the host that one CPU processes", (SOFTNET,), value, above, below)


def backlog_drops():
    """Packets that the backlogs of the CPUs refuse."""
    return Need(
        "packets that backlogs refused",
        (SOFTNET,),
        lambda span: sum(row["dropped"] for row in softnet_growth(span)),
        EVENTS,
    )


def backlog_drops_elsewhere(nic, below):
    """The share of the packets that backlogs refuse that are not *nic*'s: softnet_stat is that of the whole machine."""
    source = f"/sys/class/net/{nic}/statistics/rx_dropped"

    def value(span):
        refused = sum(row["dropped"] for row in softnet_growth(span))
        return 1 - (int(span.after[source]) - int(span.before[source])) / refused if refused else None

    return _share(f"backlog drops that are not those of {nic}", (SOFTNET, source), value, None, below)


def squeezes(above=None, below=None):
    """time_squeeze of all CPUs a second."""

    def value(span):
        return sum(row["time_squeeze"] for row in softnet_growth(span)) / span.seconds

    return _rate("time_squeeze", (SOFTNET,), value, above, below)


def packets_per_squeeze(above=None, below=None):
    """Packets between two squeezes of the CPU that is squeezed most."""

    def value(span):
        row = max(softnet_growth(span), key=lambda row: row["time_squeeze"])
        return row["processed"] / row["time_squeeze"] if row["time_squeeze"] else None

    return _rate("packets between two squeezes", (SOFTNET,), value, above, below, unit="")


def packets(nic, above=None, below=None):
    """Packets that *nic* receives a second."""
    source = f"/sys/class/net/{nic}/statistics/rx_packets"
    return _rate(
        f"{nic} receives",
        (source,),
        lambda span: (int(span.after[source]) - int(span.before[source])) / span.seconds,
        above,
        below,
        unit=" packets/s",
    )


def _grows(what, sources, count, least=EVENTS, most=None):
    """A need of a counter: *count* of ``{source: text}`` is its value at one reading."""
    return Need(what, sources, lambda span: count(span.after) - count(span.before), least, most)


def link(nic, counter, **bounds):
    """A statistic of *nic* in sysfs."""
    source = f"/sys/class/net/{nic}/statistics/{counter}"
    return _grows(f"{counter} of {nic}", (source,), lambda texts: int(texts[source]), **bounds)


def carrier_changes(nic):
    """The link of *nic* comes or goes."""
    source = f"/sys/class/net/{nic}/carrier_changes"
    return _grows(f"carrier changes of {nic}", (source,), lambda texts: int(texts[source]), least=1)


def otherhost_drops(nic):
    """Frames that *nic* receives for somebody else: sysfs does not have them."""
    source = f"ip -s -s -j link show dev {nic}"

    def count(texts):
        return witness.link_statistics(texts[source])[nic]["rx_otherhost_dropped"]

    return _grows(f"rx_otherhost_dropped of {nic}", (source,), count)


def driver(nic, pattern, **bounds):
    """The statistics of the driver of *nic* whose names are like *pattern*, together."""
    source = f"ethtool -S {nic}"

    def count(texts):
        return sum(int(value) for name, value in witness.pairs(texts[source]) if re.fullmatch(pattern, name))

    return _grows(f"{pattern} of {nic}", (source,), count, **bounds)


_PROTOCOLS = ("/proc/net/snmp", "/proc/net/netstat")


def protocol(*names):
    """Counters of IPv4's protocols, by names like ``Udp.RcvbufErrors``, together."""

    def count(texts):
        counters = {
            name: value for source in _PROTOCOLS for name, value in witness.protocol_tables(texts[source]).items()
        }
        # One that this kernel has not, it cannot count.
        return sum(counters.get(name, 0) for name in names)

    return _grows(" and ".join(names), _PROTOCOLS, count)


def protocol6(name):
    """A counter of IPv6's protocols, by names like ``Udp6RcvbufErrors``."""
    source = "/proc/net/snmp6"
    return _grows(name, (source,), lambda texts: int(dict(line.split() for line in texts[source].splitlines())[name]))


def table(file, counter):
    """A counter of /proc/net/stat."""
    source = f"/proc/net/stat/{file}"
    return _grows(f"{counter} of {file}", (source,), lambda texts: witness.percpu_statistics(texts[source])[counter])


def qdisc_drops(name):
    """What the queue discipline of a name like ``e1k0 1: root`` drops."""
    source = "tc -s -j qdisc show"  # of one NIC it would not say the name
    return _grows(f"drops of {name}", (source,), lambda texts: witness.qdisc_counters(texts[source])[name]["dropped"])


def raw_drops():
    """What raw sockets have no room for."""
    source = "/proc/net/raw"
    return _grows("drops of raw sockets", (source,), lambda texts: sum(witness.socket_drops(texts[source]).values()))
