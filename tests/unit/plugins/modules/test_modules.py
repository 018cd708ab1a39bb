# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules as a node runs them: on this machine's own kernel, with the arguments that Ansible hands over."""

import json

import pytest
from ansible.module_utils import basic
from ansible_collections.linuxnet.packetloss.plugins.modules import ethtool_facts, packet_path_info, softnet_facts


@pytest.fixture(name="run")
def run_fixture(monkeypatch, capsys):
    """``run(module, check_mode=False, **arguments)``: the JSON that the module prints."""

    def run(module, check_mode=False, **arguments):
        arguments["_ansible_check_mode"] = check_mode
        # How arguments arrive is private to ansible-core: this works from 2.16 on, 2.19 wants the profile too.
        monkeypatch.setattr(basic, "_ANSIBLE_ARGS", json.dumps({"ANSIBLE_MODULE_ARGS": arguments}).encode())
        monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
        with pytest.raises(SystemExit):
            module.main()
        return json.loads(capsys.readouterr().out)

    return run


def test_softnet_facts(run):
    found = run(softnet_facts)
    assert found["changed"] is False
    assert list(found["ansible_facts"]) == ["packetloss_softnet"]
    facts = found["ansible_facts"]["packetloss_softnet"]
    assert facts["schema_version"] == 1
    assert sorted(facts["softnet"]["cpus"], key=int) == [str(cpu) for cpu in facts["cpus"]["online"]]
    assert all(isinstance(row["processed"], int) for row in facts["softnet"]["cpus"].values())


def test_ethtool_facts(run):
    found = run(ethtool_facts, interfaces=["lo"])
    assert list(found["ansible_facts"]) == ["packetloss_nics"]
    nic = found["ansible_facts"]["packetloss_nics"]["nics"]["lo"]
    assert nic["kind"] == "loopback" and nic["selected"] is True
    assert isinstance(nic["link_stats"]["rx_packets"], int)


@pytest.mark.parametrize("module", [ethtool_facts, packet_path_info])
def test_an_interface_that_is_not_there(run, module):
    found = run(module, interfaces=["eth99"])
    assert found["failed"] is True
    assert found["msg"].startswith("no interface 'eth99' on this host; it has: ")


def test_packet_path_info_takes_two_samples(run):
    found = run(packet_path_info, interval=1, interfaces=["lo"])
    document = found["packet_path"]
    assert found["changed"] is False
    assert 1 <= document["meta"]["interval_s"] < 3 and 1 <= document["meta"]["prime_s"] < 3
    row = document["softnet"]["cpus"][str(document["cpus"]["online"][0])]
    assert set(row["processed"]) == {"total", "delta"} and row["processed"]["delta"] is not None


def test_check_mode_reads_the_same(run):
    normal = run(packet_path_info, interval=0, interfaces=["lo"])["packet_path"]
    checked = run(packet_path_info, check_mode=True, interval=0, interfaces=["lo"])["packet_path"]
    assert set(normal) == set(checked)
    assert checked["meta"]["interval_s"] is None
    assert checked["nics"]["lo"]["link_stats"]["rx_packets"]["delta"] is None


@pytest.mark.parametrize("interval", [-1, 0.5, 3601])
def test_an_interval_that_makes_no_sense(run, interval):
    found = run(packet_path_info, interval=interval)
    assert found["failed"] is True and "is not 0 and not from 1 to 3600 seconds" in found["msg"]


def test_a_network_that_is_none(run):
    found = run(packet_path_info, interval=0, networks=["10.0.0.0/99"])
    assert found["failed"] is True and "10.0.0.0/99" in found["msg"]
