# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What happened between two samples: deltas, and what must not be believed.

Pure functions. A delta is ``None`` where the interval says nothing, and the reason is in ``void`` (the thing measured
was replaced, or its counters began anew) or in ``glitches`` (the kernel or the driver printed a number that cannot
be). Neither ever enters a rate.
"""

import re

from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.traits import trait
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import pointer
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.counter import Counter, Sparse, Unsteady

#: The seconds that an interval may have: drivers refresh their statistics every one or two, and nobody waits longer.
SHORTEST_S, LONGEST_S = 1, 3600

#: What only a reboot sets back, and a reboot makes the whole interval void: the per-CPU counters of the kernel itself
#: (net/core/dev.c softnet_data, kernel/softirq.c kstat). All others belong to something that can be made anew.
SINCE_BOOT = (("softnet",), ("softirqs",))
_SINCE_BOOT = tuple(pointer(*keys) + "/" for keys in SINCE_BOOT)

#: No CPU and no queue counts faster, in events a second: the packets of one queue of a 100 Gbit/s link stay below it.
EVENTS_PER_S = 25000000

#: A counter that can be reset is taken to have wrapped only where it grew by at most this part of its range: so few
#: resets begin that near to the end of it, and what they would add is small.
WRAP_PART = 256

#: A rate above the link's own is allowed this much before it is a glitch: clocks and reading times are not exact.
LINK_RATE_MARGIN = 1.1

#: Mbit/s taken for a link that does not tell its speed: no physical port is faster, no virtual one was seen faster.
UNKNOWN_PHYSICAL_MBPS = 400000
UNKNOWN_VIRTUAL_MBPS = 2000000

#: Drivers of functions that share a port with others: virtual functions, subfunctions and representors. In a guest
#: sysfs has no physfn, and only the driver's name tells (ixgbevf, igbvf, iavf, cxgb4vf, mlx5_core.sf, mlx5e_rep, ...).
_SHARED_PORT = re.compile(r"(?:vf|\.sf|_rep)$", re.IGNORECASE)

#: Bytes on the wire of the smallest Ethernet frame: 64 and 20 of preamble and gap.
SMALLEST_FRAME_BYTES = 84

#: Bytes per packet outside this range are no traffic of a physical port (from this many packets on, for the two
#: counters are not read at one instant).
BYTES_PER_PACKET = (14, 65536 + 18)
BYTES_PER_PACKET_FROM = 1000

#: The counters of link_stats that count bytes; the others count packets.
BYTE_FIELDS = ("rx_bytes", "tx_bytes")

#: Which parts of the document a change of an identity makes void. ``{nic}`` stands for the changed interface.
VOIDED_BY = {
    "boot_id": [()],
    "netns": [()],
    "cpus_online": [("softnet",), ("softirqs",), ("cpu_times",)],
    "ifindex": [("nics", "{nic}")],
    "driver": [("nics", "{nic}")],
    "carrier_changes": [("nics", "{nic}")],
}


def changed_identities(before, after):
    """What changed between two samples so that their difference says nothing.

    Both are samples with ``identity`` ``{"boot_id", "netns", "cpus_online"}`` and ``nics``
    ``{name: {"ifindex", "driver", "carrier_changes", ...}}``.

    Returns a list of ``{"path", "cause", "before", "after"}``, ``path`` being the JSON pointer of the part that is
    void ("" for all of it).
    """
    changes = []

    def compare(cause, old, new, nic=""):
        if old != new and old is not None and new is not None:
            for keys in VOIDED_BY[cause]:
                path = pointer(*[key.format(nic=nic) if key == "{nic}" else key for key in keys])
                changes.append(_void(path, cause, old, new))

    for cause in ("boot_id", "netns", "cpus_online"):
        compare(cause, before["identity"].get(cause), after["identity"].get(cause))
    nics_before, nics_after = before.get("nics") or {}, after.get("nics") or {}
    for name in sorted(set(nics_before) | set(nics_after)):
        old, new = nics_before.get(name), nics_after.get(name)
        if old is None or new is None:
            cause = "appeared" if old is None else "vanished"
            changes.append(_void(pointer("nics", name), cause, None, None))
            continue
        for cause in ("ifindex", "driver", "carrier_changes"):
            compare(cause, old.get(cause), new.get(cause), name)
    return changes


def step(old, new, bits, elapsed_s, since_boot=False):
    """The growth of one counter: ``(delta, None)``, or ``(None, cause)`` where it is not growth.

    :param bits: as wide as the counter is declared
    :param since_boot: whether nothing but a reboot sets it back (:data:`SINCE_BOOT`)

    ``cause`` is "zero_blip" where the counter reads 0 after it did not (drivers return an empty structure while they
    reset: i40e, hns3), "below_zero" where it seems to have grown by half of its 64 bits and more (ixgbe takes missed
    packets off rx_pkts_nic, which passes zero downwards), and "reset" for any other backward step.

    A step back is a wrap or a reset, and both leave a small number. What tells them apart is where the counter stood.
    One that wraps was as near to the end of its range as it grows in the interval; one that is reset was anywhere. So
    a wrap is believed where the wrapped growth is small against the range: at most 2**32 / 256, 16.8 million events.
    Of the resets of a counter that stands anywhere in its 32 bits one in 256 is then taken for a wrap, and how long
    the interval is does not matter: a limit in events a second would let every reset of the upper half pass from
    86 s on. A counter that grows by more than that (a packet counter of 32 bits at 1.7 million packets/s for 10 s)
    loses the interval in which it wraps, 1 in 256 or fewer; growth that never was would be worse.

    Counters declared as 64 bits wide may be kept in 32 (mlx5 rx_out_of_buffer, mlx5/core/en_stats.c; kernels of 32
    bits), so they wrap there as well. Below the limit the speed of the link need not be known: :func:`drop_glitches`
    takes out afterwards what the link cannot have carried.

    *since_boot* no reset is possible, a step back is a wrap, and its growth may be most of the range: 1.2 million
    packets/s on one CPU come round once in an hour. Only growth that no CPU can have counted is not believed. A counter
    that came round more than once, or once to a larger number, has grown by less than it should; nothing shows that.
    """
    if new >= old:
        if bits == 64 and new - old >= 1 << 63:
            return None, "below_zero"
        return new - old, None
    if since_boot:
        wrapped = new - old + (1 << bits)
        return (wrapped, None) if wrapped <= EVENTS_PER_S * max(elapsed_s, 1) else (None, "reset")
    if new == 0:
        return None, "zero_blip"
    for width in (32, bits):
        wrapped = new - old + (1 << width)
        if 0 <= wrapped <= (1 << 32) // WRAP_PART:
            return wrapped, None
    return None, "reset"


class Difference:
    """The difference of two samples of the same shape.

    :param elapsed_s: seconds between the two
    :param void_paths: JSON pointers below which no delta is taken
    :param prime: an earlier sample: a counter that it has above zero and *before* has at zero went through a blip

    After :meth:`of`, ``void`` and ``glitches`` hold what could not be taken, by JSON pointer.

    A wrap comes alone, a reset takes all counters of its owner with it: where one of an owner (a NIC, a queueing
    discipline) was reset, none of it is taken to have wrapped.
    """

    def __init__(self, elapsed_s, void_paths=(), prime=None):
        self.elapsed_s = elapsed_s
        self.void_paths = frozenset(void_paths)
        self.prime = prime
        self.void = []
        self.glitches = []
        self._reset = set()
        self._wrapped = []

    def of(self, before, after):
        """*after* with each counter replaced by ``{"total", "delta"}``; everything else is as in *after*."""
        found = self._walk(before, after, self.prime, "", "" in self.void_paths)
        for owner, entry, void in self._wrapped:
            if owner in self._reset:
                entry["delta"] = None
                self.void.append(void)
        return found

    def _walk(self, before, after, prime, path, void):
        if isinstance(after, Counter):
            return self._counter({}, before, after, prime, path, void)
        if not isinstance(after, dict):
            return after
        sparse = isinstance(after, Sparse) and isinstance(before, dict)
        before = before if isinstance(before, dict) else {}
        prime = prime if isinstance(prime, dict) else {}
        result = {}
        for key, value in after.items():
            old = before.get(key)
            if sparse and old is None and isinstance(value, Counter):
                old = type(value)(0)
            if key == "value" and isinstance(value, Counter):
                # An annotated counter: its meaning beside its "value". Total and delta join the meaning, so that the
                # document has no "value", and the place of the counter is that of its meaning.
                self._statistic(result, after.get("kind"), old, value, prime.get(key), path, void)
            else:
                below = path + pointer(key)
                inside = void or below in self.void_paths
                result[key] = self._walk(old, value, prime.get(key), below, inside)
        return result

    def _statistic(self, entry, kind, before, after, prime, path, void):
        """A statistic of a driver: what is no counter, or not known to be one, may go down without a word."""
        if kind not in ("gauge", "info"):
            return self._counter(entry, before, after, prime, path, void)
        entry.update(total=int(after), delta=None)
        if kind == "info" and isinstance(before, Counter) and not void:
            entry["delta"], _cause = step(int(before), int(after), after.bits, self.elapsed_s)
        return entry

    def _counter(self, entry, before, after, prime, path, void):
        """*entry* with the total and the delta of a counter in it."""
        total = int(after)
        entry.update(total=total, delta=None)
        if void or not isinstance(before, Counter):
            return entry
        if before == 0 and isinstance(prime, Counter) and prime > 0 and after >= prime:
            self.glitches.append(_glitch(path, "zero_blip", int(before), total))
            return entry
        if isinstance(after, Unsteady):
            entry["delta"] = max(0, total - int(before))
            return entry
        since_boot = total < before and path.startswith(_SINCE_BOOT)
        entry["delta"], cause = step(int(before), total, after.bits, self.elapsed_s, since_boot)
        if cause in GLITCH_DETAILS:
            self.glitches.append(_glitch(path, cause, int(before), total))
        elif cause:
            self.void.append(_void(path, cause, int(before), total))
        if total < before and not since_boot:
            owner = "/".join(path.split("/")[:3])
            if cause:
                self._reset.add(owner)
            else:
                self._wrapped.append((owner, entry, _void(path, "reset", int(before), total)))
        return entry


def _void(path, cause, before, after):
    return {"path": path, "cause": cause, "before": before, "after": after}


GLITCH_DETAILS = {
    "below_zero": "the counter went below zero: the driver takes something off it",
    "zero_blip": "the counter read 0 for a moment: the driver was resetting or the interface was down",
    "exceeds_link_rate": "the link cannot carry that much in the interval",
    "bytes_per_packet": "bytes and packets do not fit each other",
    "beside_a_glitch": "it left 0 in the same interval in which the traffic counters jumped",
}


def _glitch(path, cause, before, after):
    return {"path": path, "cause": cause, "before": before, "after": after, "detail": GLITCH_DETAILS[cause]}


def packet_limit(mbps, elapsed_s):
    """The most packets that a link of *mbps* Mbit/s carries in *elapsed_s* seconds, with the margin."""
    return LINK_RATE_MARGIN * mbps * 1e6 / (SMALLEST_FRAME_BYTES * 8) * elapsed_s


def byte_limit(mbps, elapsed_s):
    """The most bytes that a link of *mbps* Mbit/s carries in *elapsed_s* seconds, with the margin."""
    return LINK_RATE_MARGIN * mbps * 1e6 / 8 * elapsed_s


def link_rate_mbps(nic):
    """The rate that no counter of a NIC can beat: its speed, or a bound where it tells none."""
    speed = (nic.get("link") or {}).get("speed_mbps")
    if nic.get("kind") != "physical" or trait((nic.get("driver") or {}).get("name"), "nominal_speed"):
        # veth, tap and bridges report a nominal speed (10 Gbit/s) that they exceed.
        return UNKNOWN_VIRTUAL_MBPS
    if shares_port(nic):
        # What the functions of one port send to each other never sees the link.
        return max(speed or 0, UNKNOWN_PHYSICAL_MBPS)
    return speed or UNKNOWN_PHYSICAL_MBPS


def shares_port(nic):
    """Whether other functions use the port of a physical NIC too, as far as the document tells.

    A virtual function knows its physical one, and that one how many it has, but in a guest it is an ordinary function.
    Its driver may be one for virtual functions alone. One that drives both (mlx5_core, bnxt_en, hns3) leaves the PCI
    Express link: a function without one of its own (``pci`` is there, its speed is not) has no port of its own either.
    """
    sriov, pci = nic.get("sriov") or {}, nic.get("pci")
    driver = (nic.get("driver") or {}).get("name") or ""
    linkless = pci is not None and pci.get("link_speed") is None
    return bool(sriov.get("is_vf") or sriov.get("vfs") or linkless or _SHARED_PORT.search(driver))


def drop_glitches(name, nic, elapsed_s, from_boot=False):
    """Take the deltas of one NIC that its link cannot have carried out of the document.

    *nic* is a ``nics`` entry of the document with ``link_stats`` and ``counters``; each delta that cannot be is set to
    None in place. Returns the glitches. A counter of packets or bytes above 1.1 x the link rate is one; a pair of
    bytes and packets that do not fit each other is; and where one jumped from zero, so is every counter beside it that
    left zero in the same interval (the driver returned an empty structure at first). *from_boot* every counter left
    zero, and that says nothing.
    """
    mbps = link_rate_mbps(nic)
    packets, octets = packet_limit(mbps, elapsed_s), byte_limit(mbps, elapsed_s)
    glitches = []

    def drop(section, key, entry, cause):
        path = pointer("nics", name, section, key)
        glitches.append(_glitch(path, cause, entry["total"] - entry["delta"], entry["total"]))
        entry["delta"] = None

    def drop_excess(section, entries):
        jumped_from_zero = False
        for key, entry in entries.items():
            limit = octets if counts_bytes(key) else packets
            if entry["delta"] is not None and entry["delta"] > limit:
                jumped_from_zero = jumped_from_zero or entry["delta"] == entry["total"]
                drop(section, key, entry, "exceeds_link_rate")
        if jumped_from_zero and not from_boot:
            for key, entry in entries.items():
                if entry["delta"] and entry["delta"] == entry["total"]:
                    drop(section, key, entry, "beside_a_glitch")

    stats = {key: entry for key, entry in (nic.get("link_stats") or {}).items() if entry is not None}
    drop_excess("link_stats", stats)
    if nic.get("kind") == "physical":
        for side in ("rx", "tx"):
            pair = [stats.get(side + "_bytes"), stats.get(side + "_packets")]
            if all(entry and entry["delta"] is not None for entry in pair) and not _fit(*[e["delta"] for e in pair]):
                for key, entry in zip((side + "_bytes", side + "_packets"), pair):
                    drop("link_stats", key, entry, "bytes_per_packet")
    counters = nic.get("counters") or {}
    drop_excess("counters", {k: e for k, e in counters.items() if e["kind"] in ("traffic", "loss")})
    return glitches


def counts_bytes(name):
    """Whether a statistic counts bytes, by its name.

    "rx_octets", "mac_rx_total_oct_num" (hns3, hinic), "LRO byte rx" (vmxnet3) and "InOctets" (atlantic) do.
    """
    return any(word in name.lower() for word in ("byte", "octet", "oct_num"))


def _fit(octets, packets):
    """Whether so many bytes can be in so many packets."""
    if packets < BYTES_PER_PACKET_FROM:
        return True
    low, high = BYTES_PER_PACKET
    return low <= octets / float(packets) <= high
