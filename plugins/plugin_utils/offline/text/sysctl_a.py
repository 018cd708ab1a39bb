# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ``sysctl -a`` prints, as the files below /proc/sys that it read: sysctl.c of procps."""

import re

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.text.lines import malformed, refusal

# Of what has a slash in its name that is a dot: "net.ipv4.conf.eth0/100.rp_filter".
_SETTING = re.compile(r"([\w.\-/:@]+) *= *(.*)$")

#: Among the values are the complaints of the program.
_DENIED = re.compile(r"sysctl: permission denied on key ['\"]?([\w.\-/:@]+)['\"]?")

_SWAP = str.maketrans("./", "/.")

#: What of them anything reads: not the copies that every interface has of its own.
_WANTED = re.compile(
    r"net/(?:core|netfilter)/|net/ipv[46]/(?!conf/|neigh/)|net/ipv[46]/(?:conf|neigh)/(?:all|default)/|vm/"
    r"|kernel/(?:osrelease|hostname|random/boot_id)$"
)


def files(text, place):
    """``{"/proc/sys/net/core/somaxconn": b"4096\\n"}`` of the sysctls that anything reads, an Unavailable for one that
    the program was not let read; raises Unavailable where there is none at all."""
    found, lines = {}, text.split("\n")
    for number, line in enumerate(lines, 1):
        setting, denied = _SETTING.match(line), _DENIED.match(line)
        if denied:
            key, value = denied.group(1), Unavailable("unreadable", f"{place}, line {number}: {line.strip()}")
        elif setting:
            key, value = setting.group(1), setting.group(2).rstrip("\r").encode("utf-8", "replace") + b"\n"
            if number == len(lines):
                # Without an end: who knows what is missing.
                value = malformed(place, number, "a whole line", line)
        else:
            continue
        name = key.translate(_SWAP)
        if _WANTED.match(name) and ".." not in name.split("/"):
            found["/proc/sys/" + name] = value
    if not found:
        raise refusal(text, place, "lines such as 'net.core.somaxconn = 4096'")
    return found
