# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The generators of losses.py really provoke what they say: the kernel's own counters, read plainly."""

import os
import pathlib
import time

import losses
import pytest

_PATIENCE_S = 60
_ENOUGH = {"vb.carrier_changes": 2}


def _until(condition):
    """Wait until ``condition()`` is true; False after the patience is over."""
    end = time.monotonic() + _PATIENCE_S
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.2)
    return True


@pytest.mark.parametrize("name", losses.GENERATORS)
def test_generators_provoke_what_they_say(provoke, name):
    scene = provoke(name)
    before = dict(scene.counters())
    after = {}

    def grown():
        after.update(scene.counters())
        return all(after[counter] - before[counter] >= _ENOUGH.get(counter, 20) for counter in scene.rises)

    if scene.rises:
        assert _until(grown), {counter: after[counter] - before[counter] for counter in scene.rises}
    else:
        time.sleep(1)
        after.update(scene.counters())
    assert {counter: after[counter] - before[counter] for counter in scene.stands} == dict.fromkeys(scene.stands, 0)


def test_generators_softnet_drop_and_rx_dropped_are_the_same_packets(provoke):
    scene = provoke("softnet_backlog")
    before = dict(scene.counters())
    moved = {}

    def many():
        after = dict(scene.counters())
        moved.update((name, after[name] - before[name]) for name in after)
        return moved["softnet.dropped"] > 10000

    assert _until(many), moved
    softnet, link = moved["softnet.dropped"], moved["vb.rx_dropped"]
    # Read one after the other while a burst may be under way, and the machine's other CPUs may add a drop of their own.
    assert softnet == pytest.approx(link, rel=0.5)


def test_generators_conntrack_fills_its_own_table_alone(provoke):
    host = pathlib.Path("/proc/sys/net/netfilter/nf_conntrack_count")
    before = int(host.read_text())
    scene = provoke("conntrack_table")
    assert scene.counters()["conntrack.entries"] >= scene.facts["limit"] * 0.99
    assert int(host.read_text()) - before < 100


def test_generators_end_their_processes(provoke):
    with losses.udp_receive_buffer() as scene:
        pid = scene.facts["pid"]
        assert os.path.exists(f"/proc/{pid}")
        name = scene.audited.name
    assert not os.path.exists(f"/proc/{pid}")
    assert not os.path.exists(f"/run/netns/{name}")


def test_generators_refuse_a_sysctl_of_the_host(provoke):
    scene = provoke("idle")
    with pytest.raises(ValueError, match="may belong to the host"):
        scene.audited.sysctl("net.core.netdev_max_backlog", 1)
