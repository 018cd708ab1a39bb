# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import re
import shutil
import subprocess

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.keep import units

NIC = {"bus": "0000:01:00.0", "mac": "02:fc:00:a1:b2:c3", "driver": "mlx5_core", "name": "eth0"}
BOND = {"bus": None, "mac": None, "driver": "bonding", "name": "bond0"}


def kept(*nics):
    return {"nics": [{"nic": nic} for nic in nics]}


def test_the_unit_for_before_the_link_waits_for_no_more_than_the_files():
    text = units.units("/usr/bin/python3")["/etc/systemd/system/packetloss-pre.service"]
    assert "DefaultDependencies=no\n" in text
    assert "sysinit.target" not in text and "network.target" not in text
    for line in ("Before=network-pre.target shutdown.target", "Wants=network-pre.target", "Type=oneshot"):
        assert f"\n{line}\n" in text
    assert re.search(r"\nExecStart=/usr/bin/python3 -I \S+ apply --phase pre\n", text)
    assert int(re.search(r"TimeoutStartSec=(\d+)", text)[1]) > units.LIMIT_S["pre"]
    assert text.endswith("[Install]\nWantedBy=multi-user.target\n")


def test_the_units_for_one_nic_come_after_those_at_boot_have_begun():
    made = units.units("/usr/bin/python3")
    for phase in units.PHASES:
        text = made[f"/etc/systemd/system/packetloss-{phase}@.service"]
        assert f"\nConditionPathExists=/run/packetloss/{phase}\n" in text
        assert f"apply --phase {phase} --nic %i\n" in text
        assert "[Install]" not in text
    assert "After=network.target packetloss-pre@%i.service" in text


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_systemd_understands_the_units(tmp_path):
    for path, text in units.units("/bin/true").items():
        (tmp_path / path.rpartition("/")[2]).write_text(text)
    names = [str(tmp_path / f"packetloss-{phase}{one}.service") for phase in units.PHASES for one in ("", "@eth0")]
    done = subprocess.Popen(["systemd-analyze", "verify", *names], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    said = done.communicate(timeout=60)[1].decode("utf-8")
    if "Failed to initialize manager" in said:
        pytest.skip(said)
    assert "packetloss" not in said


def test_only_nics_that_something_is_kept_for_start_a_program():
    text = units.rule(kept(NIC, BOND))
    matches = re.findall(r"^(.*), GOTO=\"packetloss_kept\"$", text, re.MULTILINE)
    assert matches == [
        'ATTR{address}=="02:fc:00:a1:b2:c3"',
        'KERNEL=="bond0"',
        'KERNELS=="0000:01:00.0"',
        'NAME=="bond0"',
    ]
    head, _kept, rest = text.partition('GOTO="packetloss_end"\nLABEL="packetloss_kept"\n')
    assert 'ACTION!="add|bind|move", GOTO="packetloss_end"' in head and "SYSTEMD_WANTS" not in head
    assert 'ENV{SYSTEMD_WANTS}+="packetloss-pre@$name.service packetloss-post@$name.service"' in rest
    assert rest.endswith('LABEL="packetloss_end"\n')


def test_a_name_with_the_marks_of_a_pattern_is_one_name_and_no_more_of_a_rule():
    text = units.rule(kept(dict(BOND, name='a"*,RUN+="x"')))
    assert 'KERNEL=="a??,RUN+=?x?"' in text
