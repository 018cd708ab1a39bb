# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a captured host answers in the place of its kernel: the questions of ``host.answered``, by outputs."""

import functools

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.sysfs_net import NET, bus_name
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline import captured as words
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.text import (
    ethtool,
    ip_addr,
    links,
    tc,
)

#: The questions of :mod:`sources.ethtool` about an interface: the command whose output answers, and what reads it.
_OF_INTERFACE = {
    "driver": (words.DRIVER, ethtool.driver),
    "permanent_address": (words.PERMANENT_ADDRESS, ethtool.permanent_address),
    "rings": (words.RINGS, ethtool.rings),
    "rx_buf_len": (words.RINGS, ethtool.rx_buf_len),
    "tcp_data_split": (words.RINGS, ethtool.tcp_data_split),
    "channels": (words.CHANNELS, ethtool.channels),
    "coalesce": (words.COALESCE, ethtool.coalesce),
    "coalesce_fields": (words.COALESCE, ethtool.coalesce_fields),
    "pause": (words.PAUSE, ethtool.pause),
    "features": (words.FEATURES, ethtool.features),
    "private_flags": (words.PRIVATE_FLAGS, ethtool.private_flags),
    "statistics": (words.STATISTICS, ethtool.statistics),
    "link": (words.ETHTOOL, ethtool.link),
    "rss": (words.RSS, ethtool.rss),
    "rss_queues": (words.RSS, ethtool.rss_queues),
    "rx_queues": (words.RSS, ethtool.rx_queues),
}

#: Questions that only somebody asks who sets things, which nobody does on a captured host: what would have the answer.
_OF_NOBODY = {
    "coalesce_of_queues": "ethtool --per-queue {} --show-coalesce",
    "steered_queues": "ethtool -n {}",
    "hashed_fields": "ethtool -n {} rx-flow-hash",
}


def answers_of(captured, files):
    """``{question: function}`` as :class:`host.Host` takes them.

    :param captured: a :class:`captured.Captured`
    :param files: the part ``files`` of the host: what was captured, with what :mod:`text.made` makes
    """
    found = {f"ethtool.{name}": _of_interface(captured, *row) for name, row in _OF_INTERFACE.items()}
    found.update({f"ethtool.{name}": _of_nobody(command) for name, command in _OF_NOBODY.items()})
    found["ethtool.driver"] = _or_sysfs(found["ethtool.driver"], files)
    shown = functools.lru_cache(maxsize=None)(functools.partial(links.shown_links, captured))
    found["links.links"] = lambda gaps=None: links.links(captured, files, gaps, shown)
    found["addresses.addresses"] = lambda: _addresses(captured)
    found["qdiscs.qdiscs"] = lambda names, gaps=None: _qdiscs(captured, names, gaps)
    return found


def _of_interface(captured, command, read):
    def answer(interface):
        output = captured.output(command, interface)
        return read(output.text, output.place)

    return answer


def _or_sysfs(asked, files):
    """The driver of an interface as ethtool tells it; where nobody asked, its name by the link of the device."""

    def answer(interface):
        try:
            return asked(interface)
        except Unavailable as error:
            if error.reason != "absent":
                raise
            try:
                name = files.link(f"{NET}/{interface}/device/driver").rpartition(b"/")[2].decode("utf-8", "replace")
                place = files.real(f"{NET}/{interface}/device").decode("utf-8", "replace")
            except (Unavailable, OSError, ValueError):
                raise error from None
            return {"name": name, "version": None, "firmware": None, "bus": bus_name(place)}

    return answer


def _of_nobody(command):
    def answer(interface, *_what):
        raise Unavailable("absent", f"the output of {command.format(interface)} is not read of a capture")

    return answer


def outputs(captured, command):
    """``[(text, place, interface)]`` of a command that was asked of all at once, or of each interface."""
    whole = captured.outputs.get((command, None, None))
    keys = [key for key in captured.outputs if key[0] == command and key[2] is None]
    keys = [(command, None, None)] if whole is not None else keys
    if not keys:
        raise captured.missing(command)
    found = [(captured.output(*key), key[1]) for key in keys]
    return [(output.text, output.place, interface) for output, interface in found]


def _addresses(captured):
    found = {}
    for text, place, _interface in outputs(captured, words.IP_ADDRESS):
        found.update(ip_addr.addresses(text, place))
    return found


def _qdiscs(captured, names, gaps):
    known = frozenset(names.values())
    texts = outputs(captured, words.TC)
    return tc.qdiscs([each for each in texts if each[2] is None or each[2] in known], known, gaps)
