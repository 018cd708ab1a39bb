# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What somebody captured of one host at one time, whatever the layout of it: files, and outputs of commands."""

from dataclasses import dataclass, field

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable

#: Of an interface: the words of the command before its name. ``ethtool`` alone is what it says of the link.
ETHTOOL = ("ethtool",)
DRIVER = ("ethtool", "-i")
STATISTICS = ("ethtool", "-S")
RINGS = ("ethtool", "-g")
CHANNELS = ("ethtool", "-l")
COALESCE = ("ethtool", "-c")
FEATURES = ("ethtool", "-k")
PAUSE = ("ethtool", "-a")
RSS = ("ethtool", "-x")
TIMESTAMPING = ("ethtool", "-T")
PERMANENT_ADDRESS = ("ethtool", "-P")
PRIVATE_FLAGS = ("ethtool", "--show-priv-flags")

#: Of the host, each in whatever form it was called: ``ip link`` is also ``ip -s -s -d link show``, ``ss`` with any
#: options that show sockets, ``netstat -s`` is that of IPv4 (and of both where only it is there).
IP_LINK = ("ip", "link")
IP_ADDRESS = ("ip", "addr")
TC = ("tc", "-s", "qdisc")
NSTAT = ("nstat", "-az")
NETSTAT = ("netstat", "-s")
NETSTAT_6 = ("netstat", "-s", "-6")
SS = ("ss",)
SYSCTL = ("sysctl", "-a")
UNAME = ("uname", "-a")
LSCPU = ("lscpu",)
LSCPU_TABLE = ("lscpu", "-ae")
DATE = ("date",)
DATE_UTC = ("date", "--utc")
UPTIME = ("uptime",)
HOSTNAME = ("hostname",)
NUMACTL = ("numactl", "--hardware")

OF_INTERFACE = (
    ETHTOOL,
    DRIVER,
    STATISTICS,
    RINGS,
    CHANNELS,
    COALESCE,
    FEATURES,
    PAUSE,
    RSS,
    TIMESTAMPING,
    PERMANENT_ADDRESS,
    PRIVATE_FLAGS,
)
OF_HOST = (
    IP_LINK,
    IP_ADDRESS,
    TC,
    NSTAT,
    NETSTAT,
    NETSTAT_6,
    SS,
    SYSCTL,
    UNAME,
    LSCPU,
    LSCPU_TABLE,
    DATE,
    DATE_UTC,
    UPTIME,
    HOSTNAME,
    NUMACTL,
)


@dataclass(frozen=True)
class Output:
    """What a command printed.

    :param text: str, decoded as UTF-8 with what is not replaced
    :param place: where it was found, for messages: the name of the member, or of the block in it
    :param taken_at_s: when it was printed, in seconds since 1970; None where no clock tells
    """

    text: str
    place: str
    taken_at_s: float | None = None


@dataclass
class Captured:
    """One sample of one host.

    :param name: the host's name as the capture tells it; data, for people to read
    :param origin: the archive or folder that it was read from, and inside of it
    :param layout: "sosreport", "supportconfig", "insights", "sysinfo_snapshot", "capture" or "loose"
    :param files: the part ``files`` of a :class:`host.Host`, as :class:`folder.Folder` has it, over what was captured
        of the host's own files: ``read("/proc/net/softnet_stat")``
    :param outputs: ``{(words, interface or None, namespace or None): Output}``, the words one of :data:`OF_INTERFACE`
        and :data:`OF_HOST`; an :class:`Unavailable` in its place where the output is there and cannot be read. A tc or
        an ip that was asked of one interface has that in the key
    :param taken: when, in seconds since 1970, and ``taken_from`` which clock to what ``taken_precision_s``; or None
    :param problems: what could not be read of the archive, in sentences
    :param zone_offset_s: seconds that the host's local time is ahead of UTC, None where nothing tells
    :param masked: whether addresses and names were replaced by somebody, and with them versions that look like one
    :param sar: ``[(member's name, text)]`` of the history that ``sar`` kept
    :param machine: what the capture itself says of the machine, by the names of the questions of ``host.machine``:
        ``{"page_size_bytes": 4096, "byte_order": "little"}``
    :param would_be: takes a key of *outputs* and tells how the member would be called that has it; None where the
        layout never has it. For messages
    """

    name: str
    origin: str
    layout: str
    files: object
    outputs: dict
    taken: float | None = None
    taken_from: str | None = None
    taken_precision_s: float | None = None
    problems: list = field(default_factory=list)
    zone_offset_s: int | None = None
    masked: bool = False
    sar: list = field(default_factory=list)
    would_be: object = None
    machine: dict = field(default_factory=dict)

    def output(self, words, interface=None, namespace=None):
        """The :class:`Output` of a command; raises Unavailable ``absent`` with what would have it."""
        key = (words, interface, namespace)
        found = self.outputs.get(key)
        if found is None:
            raise self.missing(*key)
        if isinstance(found, Unavailable):
            raise found
        return found

    def missing(self, words, interface=None, namespace=None):
        """The Unavailable for an output that is not there."""
        command = " ".join(words if interface is None else (*words, interface))
        if namespace is not None:
            command = f"ip netns exec {namespace} {command}"
        place = self.would_be((words, interface, namespace)) if self.would_be else None
        told = f"{place} ({command})" if place else f"the output of {command}"
        return Unavailable("absent", f"{told} is not in this capture")

    def text(self, words, interface=None, namespace=None):
        """The text of :meth:`output`."""
        return self.output(words, interface, namespace).text
