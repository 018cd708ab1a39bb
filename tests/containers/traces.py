# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an audit could leave on a host, as one text for each kind of thing: the same text before and after, if nothing.

``python tests/containers/traces.py FILE`` keeps it for every host.
"""

import json
import pathlib
import sys

import engine
import hosts

_COMMANDS = {
    "sysctls": "sysctl -a --pattern '^net\\.' 2>/dev/null | grep -v nf_conntrack_count",
    "addresses": "ip -d address",
    "features": f"ethtool -k {hosts.NIC}",
    "channels": f"ethtool -l {hosts.NIC}",
    "queues": f"grep -r '' /sys/class/net/{hosts.NIC}/queues | grep -v -e inflight -e stall",
    "qdiscs": "tc qdisc",
}


def of_host(name):
    """``{kind: text}``, looked at from outside the container."""
    namespace = hosts.namespace(name)
    texts = {kind: namespace.exec("sh", "-c", command) for kind, command in _COMMANDS.items()}
    texts["files"] = engine.podman("diff", name)
    texts["processes"] = engine.podman("top", name, "args")
    return texts


def of_all():
    return {name: of_host(name) for name in hosts.HOSTS}


if __name__ == "__main__":
    pathlib.Path(sys.argv[1]).write_text(json.dumps(of_all(), indent=1))
