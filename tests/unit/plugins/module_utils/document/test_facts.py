# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document import facts
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.facts import chosen_nics
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.subset import parts_of
from ansible_collections.linuxnet.packetloss.tests.unit import fake_host


@pytest.fixture(name="root")
def root_fixture(tmp_path):
    fake_host.make(tmp_path)
    return tmp_path


def test_facts_of_a_host_of_which_there_are_only_files(root):
    host = fake_host.files_only(root)
    assert facts.softnet_facts(host)["softnet"]["columns"] == 15
    rings = facts.ring_facts(host, ())
    assert rings["nics"] is rings["memory"]["page_size_bytes"] is rings["meta"]["kernel"]["machine"] is None
    assert facts.nic_facts(host, (), parts_of(["all"]))["nics"] is None


def test_facts_of_a_nic_name_what_is_missing_of_the_parts_only(root):
    host = fake_host.host(root)
    found = facts.nic_facts(host, ["bond0"], parts_of(["rings"]))
    assert [entry["path"] for entry in found["unavailable"]] == ["/nics/bond0/rings"]
    assert found["nics"]["bond0"]["rings"] is None and "driver" not in found["nics"]["eth0"]
    assert found["selection"] == {"how": "patterns", "selected": ["bond0"], "others": ["eth0", "lo"]}


def test_what_only_a_device_has_is_not_asked_of_what_is_built_on_one_unless_it_is_named(tmp_path):
    fake_host.make(tmp_path)
    host = fake_host.host(tmp_path)
    assert chosen_nics(host, [], []) == ["bond0", "eth0"]
    assert chosen_nics(host, [], [], devices=True) == ["eth0"]
    assert chosen_nics(host, [], ["192.0.2.0/24"], devices=True) == ["eth0"]
    assert chosen_nics(host, ["bond0"], [], devices=True) == ["bond0"]
    assert chosen_nics(host, ["*0"], [], devices=True) == ["bond0", "eth0"]
