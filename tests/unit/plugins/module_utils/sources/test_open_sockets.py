# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import os
import socket

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.live import this_host
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import open_sockets

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
ROW = "   {}: 00000000:0016 00000000:0000 {} 00000000:00000000 00:00000000 00000000     0        0 {} 1 00000000\n"


def test_the_sockets_that_listen_and_no_others():
    text = HEAD + ROW.format(0, "0A", 111) + ROW.format(1, "01", 222) + ROW.format(2, "0A", 0)
    assert open_sockets.parse(text, "/proc/net/tcp", "0A") == {111}
    assert open_sockets.parse(text, "/proc/net/tcp") == {111, 222}


def test_a_row_in_another_form_is_malformed():
    with pytest.raises(Unavailable) as error:
        open_sockets.parse(HEAD + "   0: 00000000:0016\n", "/proc/net/tcp")
    assert error.value.reason == "malformed" and "/proc/net/tcp: expected rows" in error.value.detail


def test_without_a_table_there_is_no_answer(host):
    with pytest.raises(Unavailable) as error:
        open_sockets.inodes(host({"/proc/net/snmp": "\n"}), "listening")
    assert error.value.reason == "absent"


def test_this_process_and_its_sockets_of_either_kind():
    with socket.socket() as listening, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound:
        listening.bind(("127.0.0.1", 0))
        bound.bind(("127.0.0.1", 0))
        before = [sockets_of_this_process(kind) for kind in ("listening", "datagram")]
        listening.listen(1)
        after = [sockets_of_this_process(kind) for kind in ("listening", "datagram")]
    assert (after[0] - before[0], after[1] - before[1]) == (1, 0)
    assert after[1] >= 1


def sockets_of_this_process(kind):
    with this_host() as host:
        found = [each["sockets"] for each in open_sockets.holders(host, kind) if each["pid"] == os.getpid()]
    return found[0] if found else 0
