# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import napi_threads


@pytest.mark.parametrize(
    "command, expected",
    [
        ("napi/eth0-261", "eth0"),
        ("napi/eth-0-8193", "eth-0"),
        ("napi/enp130s0f0n", None),
        ("napi/ens1f0np0-", None),
        ("napi/-5", None),
        ("nginx", None),
    ],
)
def test_the_nic_in_the_name_of_a_thread(command, expected):
    assert napi_threads.interface_of(command) == expected


def test_threads_and_their_cpus(host):
    reader = host(
        {
            "/proc/20/comm": "napi/eth0-261\n",
            "/proc/20/status": "Name:\tnapi/eth0-261\nCpus_allowed:\tf\nCpus_allowed_list:\t0-3\n",
            "/proc/21/comm": "napi/eth0-262\n",
            "/proc/21/status": "Cpus_allowed_list:\t2\n",
            "/proc/22/comm": "napi/eth1-263\n",
            "/proc/9/comm": "nginx\n",
        }
    )
    # eth1's has no status: it ended meanwhile.
    assert napi_threads.read(reader) == {"eth0": {"20": [0, 1, 2, 3], "21": [2]}}


def test_a_status_in_another_form_is_malformed(host):
    reader = host({"/proc/20/status": "Name:\tx\n"})
    with pytest.raises(Unavailable) as error:
        napi_threads.cpus(reader, 20)
    assert error.value.reason == "malformed"
