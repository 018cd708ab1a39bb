# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import softirqs
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.counter import Counter32
from ansible_collections.linuxnet.packetloss.tests.unit.refusals import malformed

NEWER = """\
                    CPU0       CPU1       CPU2
          HI:          1          0          0
      NET_TX:         80         57          0
      NET_RX:       3414 4294967295          0
    IRQ_POLL:          5          0          0
         RCU:      21254      28532          0
"""


def test_newer():
    found = softirqs.parse(NEWER)
    assert found["0"] == {"HI": 1, "NET_TX": 80, "NET_RX": 3414, "IRQ_POLL": 5, "RCU": 21254}
    assert found["1"]["NET_RX"] == 4294967295
    assert isinstance(found["1"]["NET_RX"], Counter32)


def test_a_cpu_that_was_never_plugged_in_has_zeros():
    assert set(softirqs.parse(NEWER)["2"].values()) == {0}


def test_the_name_of_older_kernels_is_kept():
    older = NEWER.replace("    IRQ_POLL:", "BLOCK_IOPOLL:")
    assert softirqs.parse(older)["0"]["BLOCK_IOPOLL"] == 5
    assert "IRQ_POLL" not in softirqs.parse(older)["0"]


def test_a_wide_header_with_gaps():
    cpus = [str(cpu) for cpu in range(0, 8192, 4)]
    text = " " * 20 + "".join(f"CPU{cpu:<8}" for cpu in cpus) + "\n"
    text += "      NET_RX:" + "".join(f" {cpu:>10}" for cpu in cpus) + "\n"
    found = softirqs.parse(text)
    assert list(found) == cpus
    assert found["8188"] == {"NET_RX": 8188}


@pytest.mark.parametrize(
    "text, expected",
    [
        ("", "header"),
        ("NET_RX: 1 2\n", "header"),
        ("CPU0 CPU0\nNET_RX: 1 2\n", "each CPU once"),
        ("CPU0 CPU1\n", "only the header"),
        ("CPU0 CPU1\nNET_RX: 1\n", "2 counts, found 1"),
        ("CPU0 CPU1\nNET_RX: 1 2 3\n", "2 counts, found 3"),
        ("CPU0 CPU1\nNET_RX 1 2\n", "2 counts, found 0"),
        ("CPU0 CPU1\nNET_RX: 1 -2\n", "expected counts"),
        ("CPU0 CPU1\nNET_RX: 1 x\n", "expected counts"),
    ],
)
def test_malformed(text, expected):
    detail = malformed(softirqs.parse, text)
    assert softirqs.PATH in detail
    assert expected in detail


def test_read(host):
    assert softirqs.read(host({"/proc/softirqs": NEWER}))["0"]["NET_RX"] == 3414
