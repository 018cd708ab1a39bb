# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Findings that other tools give or leave out wrongly, from the reading of a host to its diagnosis.

The numbers are those of tests/unit/test_wrong_answers.py, which has what is only read.
"""

import json

from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.diagnosis import load_rules
from ansible_collections.linuxnet.packetloss.tests.unit import fake_host
from ansible_collections.linuxnet.packetloss.tests.unit.judging import derive, diagnose, texts

RULES = load_rules()


def audited(root, descriptions=None, meanwhile=None, kernel=None):
    """The document of the host below *root* as it comes to the controller, and its diagnosis."""
    document = json.loads(json.dumps(fake_host.document(root, kernel, descriptions, meanwhile)))
    return document, diagnose(document, RULES)


def rules_of(diagnosis):
    return {finding["rule"]: finding for finding in diagnosis["findings"]}


def of_nic(document, name):
    return next(nic for nic in derive(document)["nics"] if nic["name"] == name)


def test_04_a_ring_of_1024_of_8192_seen_as_full_size(tmp_path):
    """The ring is seen as below its maximum, and where packets were lost for it, a step up is proposed.

    Setting it, and making it persistent, is no part of an audit.
    """
    fake_host.make(tmp_path)
    descriptions, kernel = fake_host.drivers(), fake_host.FakeKernel()

    def lose():
        kernel.links[1] = fake_host.link("eth0", 2, master=3, slave_of_bond=True, received=9000)
        names = [name for name, _value in descriptions["eth0"]["statistics"]]
        descriptions["eth0"]["statistics"] = [
            (name, 1000 + number + (500 if name == "rx_out_of_buffer" else 0)) for number, name in enumerate(names)
        ]

    document, diagnosis = audited(tmp_path, descriptions, lose, kernel)
    eth0 = of_nic(document, "eth0")
    assert (eth0["ring_rx"], eth0["ring_rx_max"], eth0["ring_rx_next"]) == (1024, 8192, 2048)
    assert eth0["ring_rx_below_max"] is True and eth0["ring_lost"] == 500
    finding = rules_of(diagnosis)["R4"]
    assert (finding["subject"]["name"], finding["lost"], diagnosis["verdict"]) == ("eth0", 500, "losing")
    assert any("ethtool -G eth0 rx 2048" in remedy for remedy in texts(finding))


def test_04_a_ring_at_its_maximum_is_not_proposed_to_grow(tmp_path):
    fake_host.make(tmp_path)
    descriptions = fake_host.drivers()
    descriptions["eth0"]["rings"]["rx_pending"] = 8192
    eth0 = of_nic(audited(tmp_path, descriptions)[0], "eth0")
    assert (eth0["ring_rx_below_max"], eth0["ring_rx_next"]) == (False, None)


def test_05_06_07_adaptive_coalescing_is_known_to_the_rules(tmp_path):
    fake_host.make(tmp_path)
    eth0 = of_nic(audited(tmp_path)[0], "eth0")
    assert (eth0["adaptive_rx"], eth0["rx_usecs"]) == (True, 8)


def squeezed(times):
    """softnet_stat in which CPU 0 ran out of its budget so often since boot."""
    row = "00001000 00000000 {:08x} " + "00000000 " * 9 + "{:08x} 00000000 00000000\n"
    return "".join(row.format(times if cpu == 0 else 0, cpu) for cpu in range(4))


def test_08_one_time_squeeze_since_boot_called_an_insufficient_budget(tmp_path):
    """Neither one that stands since boot nor one more in the interval is a finding."""
    fake_host.make(tmp_path, dict(fake_host.files(), **{"/proc/net/softnet_stat": squeezed(1)}))
    softnet = tmp_path / "proc/net/softnet_stat"
    for meanwhile in (None, lambda: softnet.write_text(squeezed(2))):
        document, diagnosis = audited(tmp_path, meanwhile=meanwhile)
        assert document["softnet"]["cpus"]["0"]["time_squeeze"]["delta"] == (1 if meanwhile else 0)
        assert {finding["layer"] for finding in diagnosis["findings"]}.isdisjoint(("driver", "napi", "backlog"))
        assert "budget" not in json.dumps(diagnosis["findings"])


def test_10_what_a_bond_repeats_of_its_slaves_is_lost_once(tmp_path):
    """The bond is found, and its rx_dropped is that of its slave: one packet is counted at one place."""
    fake_host.make(tmp_path)
    kernel = fake_host.FakeKernel()

    def drop():
        kernel.links[1] = fake_host.link("eth0", 2, master=3, slave_of_bond=True, dropped=70)
        kernel.links[2] = fake_host.link("bond0", 3, kind="bond", dropped=70)

    document, _diagnosis = audited(tmp_path, kernel=kernel, meanwhile=drop)
    assert document["nics"]["bond0"]["bond"]["slaves"] == ["eth0"]
    assert document["nics"]["bond0"]["link_stats"]["rx_dropped"]["delta"] == 70
    assert (of_nic(document, "bond0")["rx_dropped"], of_nic(document, "eth0")["rx_dropped"]) == (0, 70)


def test_11_drops_of_the_300th_cpu_and_sums_in_32_bits(tmp_path):
    row = "00001000 {:08x} 00000000 " + "00000000 " * 9 + "{:08x} 00000000 00000000\n"
    rows = {True: "", False: ""}
    for cpu in range(300):
        rows[False] += row.format(0xFFFFFFFF if cpu == 299 else 0, cpu)
        # Each CPU drops 20,000,000; the counter of the last one wraps.
        rows[True] += row.format(19999999 if cpu == 299 else 20000000, cpu)
    files = dict(
        fake_host.files(),
        **{"/proc/net/softnet_stat": rows[False], "/sys/devices/system/cpu/online": "0-299\n"},
    )
    fake_host.make(tmp_path, files)
    softnet = tmp_path / "proc/net/softnet_stat"
    document, diagnosis = audited(tmp_path, meanwhile=lambda: softnet.write_text(rows[True]))
    assert document["softnet"]["cpus"]["299"]["dropped"]["delta"] == 20000000
    assert derive(document)["backlog"]["dropped"] == 6000000000 > 2**32
    assert max(finding["lost"] or 0 for finding in diagnosis["findings"] if finding["layer"] == "backlog") == 6000000000
