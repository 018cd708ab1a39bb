# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role tune said that it set in the containers is what ethtool, sysctl and /sys say from outside.

The steps before this one ran the role in check mode, in earnest, and once more, which changed nothing.
"""

import json

import engine
import hosts
import pytest

BACKLOG = "net.ipv4.tcp_max_syn_backlog"


def result(name, checked=False):
    return json.loads((engine.BUILD / f"tuned-{name}{'-checked' if checked else ''}.json").read_text())


@pytest.fixture(params=hosts.HOSTS)
def name(request):
    return request.param


@pytest.fixture
def inside(name):
    return hosts.namespace(name)


def test_the_nic_has_the_channels_of_the_first_entry_that_names_them(inside):
    now = inside.exec("ethtool", "-l", hosts.NIC).partition("Current")[2]
    assert [line.split()[1] for line in now.splitlines() if line[:2] in ("RX", "TX")] == ["2", "2"]


def test_the_feature_is_off(inside):
    assert "tx-tcp-segmentation: off" in inside.exec("ethtool", "-k", hosts.NIC)


def test_each_queue_has_its_mask_also_one_that_was_not_there_before(inside):
    masks = [inside.read(f"/sys/class/net/{hosts.NIC}/queues/rx-{queue}/rps_cpus") for queue in (0, 1)]
    assert [int(mask.replace(",", ""), 16) for mask in masks] == [1, 1]


def test_a_sysctl_is_raised_and_never_lowered(name, inside):
    before = hosts.HOSTS[name]["container_sysctls"][BACKLOG]
    assert inside.read(f"/proc/sys/{BACKLOG.replace('.', '/')}").strip() == str(max(before, 2048))


def test_what_a_namespace_does_not_have_is_left_out_with_the_reason(name):
    (left,) = [left for left in result(name)["not_set"] if left["key"] == "net.core.netdev_budget"]
    assert "namespace" in left["reason"]


def test_check_mode_said_what_the_run_then_did(name):
    checked, run = result(name, checked=True), result(name)
    assert run["changed"] is True
    knobs = {change["knob"] for change in run["changes"]}
    assert {"channels", "feature"} <= knobs
    if hosts.HOSTS[name]["container_channels"]["rx"] < 2:
        # Its second queue is not there until the channels are made.
        assert ["It is decided anew when the channels are made" in note for note in checked["notes"]] == [True]
        return
    for key in ("changed", "diff", "disruption"):
        assert checked[key] == run[key], key
