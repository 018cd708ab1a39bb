# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a confirmation came over a new connection: by what sshd tells the programs that it starts."""

import os

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable

_VARIABLE = "SSH_CONNECTION"

#: sudo and su leave it out: it is looked for in who started them.
_LOOK_UP = 32


def ssh_connection(host):
    """What sshd says of the connection over which this process was started, None where there is none: both ends."""
    own = os.environ.get(_VARIABLE)
    if own:
        return own
    pid = os.getppid()
    for _generation in range(_LOOK_UP):
        if pid <= 1:
            break
        try:
            for entry in host.text(f"/proc/{pid}/environ").split("\0"):
                name, _equals, value = entry.partition("=")
                if name == _VARIABLE and value:
                    return value
            # Behind the name, which may have any letter in it.
            pid = int(host.text(f"/proc/{pid}/stat").rpartition(")")[2].split()[1])
        except (Unavailable, ValueError, IndexError):
            break
    return None
