# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Actions: data that a program applies and a sentence that can be typed, made from one another."""

import shlex
import subprocess

import pytest
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.actions import COMMANDS, Action, actions
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.expressions import Expression, Text
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.loader import load_rules
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.sentences import CONFLICTS, KNOBS, LEADS, WHEN

ETH0 = {"type": "nic", "name": "eth0"}


def made(action, subject=None, it=None, **scope):
    return actions((action,), {"it": it or {}, "host": {}, "signals": {}, **scope}, subject or ETH0)


def test_every_knob_has_a_command_and_every_word_is_said():
    assert set(KNOBS) == set(COMMANDS)
    assert all(text and not text.endswith(".") for text in [*LEADS.values(), *WHEN.values()])
    assert all(set(conflict.knobs) <= set(KNOBS) for conflict in CONFLICTS.values())


@pytest.mark.parametrize(
    ("knob", "values", "command"),
    [
        ("ring", {"rx": 2048, "rx_jumbo": 512}, "ethtool -G eth0 rx 2048 rx-jumbo 512"),
        ("channels", {"combined": 8}, "ethtool -L eth0 combined 8"),
        ("coalesce", {"adaptive_rx": False, "rx_usecs": 16}, "ethtool -C eth0 adaptive-rx off rx-usecs 16"),
        ("feature", {"rx-checksum": False}, "ethtool -K eth0 rx-checksum off"),
        ("private_flag", {"rx_cqe_compress": True}, "ethtool --set-priv-flags eth0 rx_cqe_compress on"),
        ("rss", {"equal": 4}, "ethtool -X eth0 equal 4"),
        (
            "rss",
            {"fields": {"udp4": "sdfn", "udp6": "sdfn"}},
            "ethtool -N eth0 rx-flow-hash udp4 sdfn; ethtool -N eth0 rx-flow-hash udp6 sdfn",
        ),
        ("sysctl", {"net.core.netdev_budget": 600}, "sysctl -w net.core.netdev_budget=600"),
        ("sysctl", {"net.ipv4.udp_mem": [1, 2, 3]}, 'sysctl -w net.ipv4.udp_mem="1 2 3"'),
    ],
)
def test_a_command_that_can_be_typed(knob, values, command):
    assert COMMANDS[knob]("eth0", values) == command


def shell(command, root):
    """Run what was told, with /proc and /sys below a folder."""
    text = command.replace("/proc/", f"{root}/proc/").replace("/sys/", f"{root}/sys/")
    subprocess.run(["sh", "-euc", text], check=True)


def test_the_interrupts_go_where_the_action_says(tmp_path):
    values = {"38": [2], "139": [0, 1]}
    for irq in values:
        (tmp_path / "proc/irq" / irq).mkdir(parents=True)
    shell(COMMANDS["irq_affinity"]("eth0", values), tmp_path)
    assert (tmp_path / "proc/irq/38/smp_affinity_list").read_text() == "2\n"
    assert (tmp_path / "proc/irq/139/smp_affinity_list").read_text() == "0-1\n"


def test_the_masks_of_rps_are_those_of_the_action(tmp_path):
    values = {"rps_cpus": {"rx-0": [1, 2], "rx-1": [0, 32]}}
    for queue in values["rps_cpus"]:
        (tmp_path / "sys/class/net/eth0/queues" / queue).mkdir(parents=True)
    shell(COMMANDS["packet_steering"]("eth0", values), tmp_path)
    assert (tmp_path / "sys/class/net/eth0/queues/rx-0/rps_cpus").read_text() == "6\n"
    assert (tmp_path / "sys/class/net/eth0/queues/rx-1/rps_cpus").read_text() == "1,00000001\n"


def test_what_a_host_says_cannot_leave_its_word_in_a_command():
    evil = "x;$(reboot)"
    for knob in ("irq_affinity", "packet_steering"):
        values = {evil: [1]} if knob == "irq_affinity" else {"rps_cpus": {evil: [1]}}
        words = shlex.split(COMMANDS[knob]("eth0", values))
        assert any(word.startswith(evil) for word in words)
    (action,) = made(
        Action("ring", set={"rx": Expression("it.rx")}, direction="up"), {"type": "nic", "name": evil}, {"rx": 512}
    )
    assert shlex.split(action["command"]) == ["ethtool", "-G", evil, "rx", "512"]


def test_an_action_is_data_and_its_sentence():
    action = Action("ring", set={"rx": Expression("it.next")}, direction="up", only="bursts")
    (found,) = made(action, it={"next": 2048, "backup_slave": None})
    assert found == {
        "knob": "ring",
        "subject": ETH0,
        "set": {"rx": 2048},
        "direction": "up",
        "when": "bursts",
        "conflicts": [],
        "command": "ethtool -G eth0 rx 2048",
        "text": "Make the ring one step larger, and measure again before the next step: ethtool -G eth0 rx 2048; "
        "this helps against bursts, not where a CPU or a program is too slow on average",
    }


def test_what_stands_against_an_action_is_named():
    affinity = Action("irq_affinity", set=Expression("it.moves"), direction="spread")
    (found,) = made(affinity, it={"moves": {"38": [1]}}, host={"irqbalance": True})
    assert found["conflicts"] == ["irqbalance"] and "ban these there first" in found["text"]
    (found,) = made(affinity, it={"moves": {"38": [1]}, "threaded": True}, host={"irqbalance": False})
    assert found["conflicts"] == ["threaded_napi"]
    ring = Action("ring", set={"rx": Expression("it.next")}, direction="up")
    (found,) = made(ring, it={"next": 512, "backup_slave": False, "master": "bond0"})
    assert found["conflicts"] == ["bond_port"] and "it is a port of bond0" in found["text"]


def test_a_value_that_is_not_known_makes_no_action():
    assert made(Action("ring", set={"rx": Expression("it.next")}, direction="up")) == []
    assert made(Action("irq_affinity", set=Expression("it.moves"), direction="spread"), it={"moves": {}}) == []
    assert made(Action("irq_affinity", set=Expression("it.moves"), direction="spread"), it={"moves": "x"}) == []


def test_sysctls_are_set_to_their_next_values_those_that_there_are():
    action = Action("sysctl", set=(Text("net.{it.family}.a"), Text("net.b")), direction="up")
    (found,) = made(action, it={"family": "ipv4"}, signals={"next": {"net.ipv4.a": 5, "net.b": None}})
    assert (found["set"], found["subject"]) == ({"net.ipv4.a": 5}, {"type": "host", "name": None})
    assert made(action, it={"family": "ipv4"}, signals={"next": {}}) == []


def test_an_action_for_each_of_several_nics():
    action = Action(
        "feature",
        for_each=Expression("signals.nics[?on]"),
        set={"rx-checksum": Expression("`false`")},
        direction="off",
    )
    found = made(action, signals={"nics": [{"name": "a", "on": True}, {"name": "b"}, {"name": "c", "on": True}]})
    assert [each["subject"]["name"] for each in found] == ["a", "c"]
    assert [each["command"] for each in found] == [f"ethtool -K {name} rx-checksum off" for name in "ac"]


def test_advice_is_for_a_person():
    (found,) = made(Action("advice", text=Text("Look at {it.name}"), command=Text("ss -l")), it={"name": "eth0"})
    assert (found["knob"], found["set"], found["text"]) == ("advice", {}, "Look at eth0: ss -l")


@pytest.mark.parametrize("rule", [rule.id for rule in load_rules()])
def test_every_rule_says_what_to_do_even_where_nothing_can_be_set(rule):
    (found,) = [each for each in load_rules() if each.id == rule]
    assert any(action.when is None or action.knob == "advice" for action in found.actions), rule
