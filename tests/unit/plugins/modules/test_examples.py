# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The examples of the modules that set are tasks that the modules take: run in check mode, on the loopback device.

That it is another NIC than an example names is all that is changed; what lo cannot have is then refused in words of the
knob, not of the argument spec.
"""

import pytest
from ansible_collections.linuxnet.packetloss.plugins.modules import (
    ethtool_channels,
    ethtool_coalesce,
    ethtool_features,
    ethtool_ring,
    ethtool_rss,
    irq_affinity,
    net_sysctl,
    packet_steering,
    transaction,
    tune,
)

yaml = pytest.importorskip("yaml", reason="PyYAML is not there on a node")

MODULES = {
    module.__name__.rpartition(".")[2]: module
    for module in (
        ethtool_channels,
        ethtool_coalesce,
        ethtool_features,
        ethtool_ring,
        ethtool_rss,
        irq_affinity,
        net_sysctl,
        packet_steering,
        transaction,
        tune,
    )
}
#: How a message begins that comes from the argument spec.
OF_THE_SPEC = ("Unsupported parameters", "missing required", "value of", "parameters are", "state is", "argument")


def examples():
    for name, module in MODULES.items():
        tasks = yaml.safe_load(module.EXAMPLES)
        for number, task in enumerate(task for task in tasks if f"linuxnet.packetloss.{name}" in task):
            yield pytest.param(module, task[f"linuxnet.packetloss.{name}"] or {}, id=f"{name}-{number}")


@pytest.mark.parametrize("module, arguments", list(examples()))
def test_an_example_is_a_task_that_the_module_takes(run, module, arguments):
    if "interfaces" in arguments or "networks" in arguments or module not in (net_sysctl, transaction, tune):
        arguments = dict(arguments, interfaces=["lo"], networks=[])
    found = run(module, check_mode=True, **arguments)
    if found.get("failed"):
        assert not found["msg"].startswith(OF_THE_SPEC), found["msg"]
    else:
        assert {"changed", "changes", "diff"} <= set(found)
