# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans for made-up hosts: what an engineer would do next, and what nobody should."""

import copy
import json

import pytest
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.planning import plan as planning
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.planning.policy import checked
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.diagnosis import load_rules
from ansible_collections.linuxnet.packetloss.tests.unit import ring_hosts
from ansible_collections.linuxnet.packetloss.tests.unit.corpus import production_hosts
from ansible_collections.linuxnet.packetloss.tests.unit.documents import (
    cpu_times,
    host_beside,
    host_document,
    host_with,
    irq,
    lossy,
    merged,
    namespace,
    nic,
    softnet_row,
    statistics,
    udp_socket,
    with_deltas,
)
from ansible_collections.linuxnet.packetloss.tests.unit.judging import diagnose

RULES = load_rules()
EVERYTHING = {"disruption": 3, "steps": 50, "severities": "all"}

#: 0.5 GB beside the reserve of 8 GiB, most of which is page cache.
MIB = 1 << 20


def plan_of(document, tried=(), **policy):
    found = {**diagnose(document, RULES), "run": "r1", "error": None}
    made = planning.make("web1", document, found, checked(policy), tried, made_at="2026-01-01T00:00:00Z")
    assert made["digest"] == planning.digest(made)
    json.dumps(made, allow_nan=False)
    return made


def settings_of(made):
    """``[(finding, [(knob, subject, values)])]``."""
    return [
        (step["finding"], [(one["knob"], one["subject"], one["values"]) for one in step["settings"]])
        for step in made["steps"]
    ]


def reasons(made):
    return {one["finding"]: one["reason"] for one in made["refused"]}


def with_sysctls(document, **values):
    return merged(document, {"sysctls": {f"net.ipv4.neigh.default.{name}": value for name, value in values.items()}})


def squeezed(document, times=50, processed=15000):
    """Polling ends after the whole budget, on the CPU of the first queue."""
    return merged(document, {"softnet": {"cpus": {"0": softnet_row(processed=processed, time_squeeze=times)}}})


def saturated(document):
    return merged(document, {"cpu_times": {"0": cpu_times(softirq=960)}})


RING, POLLING = "R4:nic:eth0", "R8:nic:eth0"


def tried(finding, outcome, *settings):
    return {
        "finding": finding,
        "outcome": outcome,
        "settings": [{"knob": knob, "subject": subject, "values": values} for knob, subject, values in settings],
    }


def test_a_host_that_loses_nothing_has_nothing_planned():
    made = plan_of(host_document())
    assert (made["steps"], made["advice"], made["refused"], made["waiting"], made["memory"]) == ([], [], [], [], None)
    assert made["state"] == {"boot_id": "b0", "taken_at": "2026-01-01T00:00:00Z", "values": []}
    assert (made["host"], made["run"], made["error"]) == ("web1", "r1", None)


def test_a_host_that_was_not_read_has_no_plan_and_says_why():
    made = planning.make("web1", None, {"error": "unreachable", "findings": [], "run": None}, checked())
    assert made["error"] == "unreachable"
    assert made["steps"] == []


def test_a_ring_that_runs_empty_gets_one_step_more_with_its_price():
    step = plan_of(lossy(rx_out_of_buffer=500))["steps"][0]
    assert step["finding"] == RING
    assert step["why"] == ("R4 eth0: The receive ring runs empty (500 packets of 20,500 lost in 10 s, 50 packets/s)")
    assert step["settings"] == [{"knob": "ring", "subject": "eth0", "values": {"rx": 2048}}]
    change = step["changes"][0]
    assert (change["from"], change["to"], change["class"]) == ({"rx": 1024}, {"rx": 2048}, 1)
    assert change["memory"]["need_bytes"] > 2 * 1024 * 1500
    assert step["memory"]["need_bytes"] == change["memory"]["need_bytes"]
    assert step["commands"] == ["ethtool -G eth0 rx 2048"]
    assert (step["class"], step["judge_after_s"]) == (1, 0)


def test_the_budget_of_a_plan_is_that_of_its_steps():
    made = plan_of(lossy(rx_out_of_buffer=500))
    assert made["memory"]["verdict"] == "fits"
    assert made["memory"]["need_bytes"] == made["steps"][0]["memory"]["need_bytes"]
    assert made["state"]["values"] == [{"knob": "ring", "subject": "eth0", "from": {"rx": 1024}}]


def test_deep_sleep_is_for_a_person():
    told = plan_of(lossy(rx_out_of_buffer=500))["advice"]
    assert [(one["finding"], one["command"], one["why_not"]) for one in told] == [
        (RING, "cpupower idle-set -D 10", None)
    ]


@pytest.mark.parametrize(
    "lost, size",
    [
        # Of 20,000 that come: a twentieth and a quarter are the bounds.
        (500, 2048),
        (1052, 2048),
        (1100, 4096),
        (6600, 4096),
        (6700, 8192),
        (90000, 8192),
    ],
)
def test_what_has_helped_goes_on_and_the_further_the_more_is_left(lost, size):
    before = tried(RING, "improved", ("ring", "eth0", {"rx": 1024}))
    assert settings_of(plan_of(lossy(rx_out_of_buffer=lost), [before])) == [(RING, [("ring", "eth0", {"rx": size})])]


@pytest.mark.parametrize(
    "lost, size",
    [
        # 20,000 were received: as many lost is what a doubling may end, three times as many is what it cannot.
        (500, 2048),
        (20000, 2048),
        (21000, 4096),
        (60000, 4096),
        (61000, 8192),
        (900000, 8192),
    ],
)
def test_a_first_ring_is_not_smaller_than_what_was_lost_says(lost, size):
    assert settings_of(plan_of(lossy(rx_out_of_buffer=lost))) == [(RING, [("ring", "eth0", {"rx": size})])]


def test_no_step_leaps_beyond_the_ring_that_the_hardware_has():
    document = merged(lossy(rx_out_of_buffer=90000), {"nics": {"eth0": {"rings": {"rx_max": 3072}}}})
    before = tried(RING, "improved", ("ring", "eth0", {"rx": 1024}))
    # A ring of mlx5 is a power of two, and 3072 makes one of 2048 where the maximum does not allow 4096.
    size = settings_of(plan_of(document, [before]))[0][1][0][2]["rx"]
    assert size <= 3072


def test_a_budget_never_leaps():
    document = squeezed(lossy(rx_out_of_buffer=90000))
    before = tried(RING, "improved", ("ring", "eth0", {"rx": 1024}), ("sysctl", None, {"net.core.netdev_budget": 300}))
    values = settings_of(plan_of(document, [before]))[0][1]
    assert ("ring", "eth0", {"rx": 8192}) in values
    assert values[1][2]["net.core.netdev_budget"] == 600


@pytest.mark.parametrize("outcome", ["unchanged", "worse", "failed"])
@pytest.mark.parametrize("finding", [RING, "R3:nic:eth0"])
def test_what_did_not_help_is_not_tried_again_by_whatever_name_the_ring_was_told(outcome, finding):
    document = merged(
        lossy(rx_out_of_buffer=500), {"nics": {"eth0": {"coalesce": {"rx_usecs": 50, "adaptive_rx": False}}}}
    )
    first, second = (
        settings_of(plan_of(document, done)) for done in ((), [tried(finding, outcome, ("ring", "eth0", {"rx": 2048}))])
    )
    assert first == [(RING, [("ring", "eth0", {"rx": 2048})])]
    assert second == [(RING, [("coalesce", "eth0", {"rx_usecs": 16})])]


def test_an_idea_is_known_again_by_whatever_went_along_with_it():
    document = merged(saturated(lossy(rx_out_of_buffer=500)), {"nics": {"eth0": {"local_cpus": [0, 1, 2, 3]}}})
    document["cpus"]["nodes"] = {"0": [0, 1, 2, 3]}
    first = plan_of(document)["steps"][0]
    assert [one["knob"] for one in first["settings"]] == ["channels", "rss"]
    done = {"finding": first["finding"], "outcome": "failed", "settings": first["settings"]}
    second = plan_of(document, [done])["steps"][0]
    assert second["settings"] == [
        {"knob": "rss", "subject": "eth0", "values": {"fields": {"udp4": "sdfn", "udp6": "sdfn"}}}
    ]
    # The ring was tried with the sysctls of the polling, and is known without them; these alone are no other idea.
    joint = plan_of(squeezed(lossy(rx_out_of_buffer=500)))["steps"][0]
    done = {"finding": RING, "outcome": "unchanged", "settings": joint["settings"]}
    assert plan_of(lossy(rx_out_of_buffer=500), [done])["steps"] == []
    assert plan_of(squeezed(lossy(rx_out_of_buffer=500)), [done])["steps"] == []


def test_another_nics_ring_is_another_idea():
    done = tried("R4:nic:eth1", "worse", ("ring", "eth1", {"rx": 2048}))
    assert settings_of(plan_of(lossy(rx_out_of_buffer=500), [done])) == [(RING, [("ring", "eth0", {"rx": 2048})])]


def test_an_idea_that_improved_goes_before_the_first_one():
    document = merged(
        lossy(rx_out_of_buffer=500), {"nics": {"eth0": {"coalesce": {"rx_usecs": 50, "adaptive_rx": False}}}}
    )
    done = tried(RING, "improved", ("coalesce", "eth0", {"rx_usecs": 16}))
    assert settings_of(plan_of(document, [done])) == [(RING, [("coalesce", "eth0", {"rx_usecs": 16})])]


def test_the_step_says_what_comes_next():
    document = merged(
        lossy(rx_out_of_buffer=500), {"nics": {"eth0": {"coalesce": {"rx_usecs": 50, "adaptive_rx": False}}}}
    )
    assert plan_of(document)["steps"][0]["later"] == ["ethtool -C eth0 rx-usecs 16"]


def test_polling_and_ring_are_one_step_ring_first():
    made = plan_of(squeezed(lossy(rx_out_of_buffer=500)))
    values = {"net.core.netdev_budget": 600, "net.core.netdev_budget_usecs": 16000}
    assert settings_of(made) == [(RING, [("ring", "eth0", {"rx": 2048}), ("sysctl", None, values)])]
    assert [(one["finding"], one["for"]) for one in made["waiting"]] == [(POLLING, [RING])]
    assert [made["knob"] for made in made["steps"][0]["changes"]] == ["ring", "sysctl"]


def test_without_a_ring_to_enlarge_the_polling_gets_its_sysctls_alone():
    document = merged(squeezed(lossy(rx_out_of_buffer=500)), {"nics": {"eth0": {"rings": {"rx": 8192}}}})
    assert [setting[0] for setting in settings_of(plan_of(document))[0][1]] == ["sysctl"]


def test_squeezes_without_loss_get_nothing_whatever_is_asked_for():
    document = squeezed(host_document(), 10**5)
    made = plan_of(document, **EVERYTHING)
    assert "R7" in {one["rule"] for one in diagnose(document, RULES)["findings"]}
    assert (made["steps"], made["advice"]) == ([], [])


def test_a_saturated_cpu_gets_more_queues_before_any_ring():
    document = merged(
        saturated(lossy(rx_out_of_buffer=500)), {"nics": {"eth0": {"channels": {"combined": 1}, "rss": None}}}
    )
    document["nics"]["eth0"]["irqs"] = {"40": irq(0, 0)}
    made = plan_of(document)
    assert settings_of(made) == [("R3:nic:eth0", [("channels", "eth0", {"combined": 2})])]
    assert made["steps"][0]["later"][-1] == "ethtool -G eth0 rx 2048"


def test_more_channels_bring_the_rss_table_back_with_them():
    document = merged(saturated(lossy(rx_out_of_buffer=500)), {"nics": {"eth0": {"local_cpus": [0, 1, 2, 3]}}})
    document["cpus"]["nodes"] = {"0": [0, 1, 2, 3]}
    made = plan_of(document)
    finding, settings = settings_of(made)[0]
    assert finding == "R3:nic:eth0"
    assert settings == [("channels", "eth0", {"combined": 4}), ("rss", "eth0", {"default": True})]
    assert made["steps"][0]["commands"] == ["ethtool -L eth0 combined 4", "ethtool -X eth0 default"]


def test_a_rss_table_with_weights_was_meant_so():
    document = merged(
        saturated(lossy(rx_out_of_buffer=500)),
        {"nics": {"eth0": {"local_cpus": [0, 1, 2, 3], "rss": {"weights": {"0": 96, "1": 32}}}}},
    )
    document["cpus"]["nodes"] = {"0": [0, 1, 2, 3]}
    assert settings_of(plan_of(document))[0][1] == [("channels", "eth0", {"combined": 4})]


def test_a_loss_waits_for_the_risk_that_explains_it():
    made = plan_of(production_hosts.one_flow_fills_a_queue())
    assert [step["finding"] for step in made["steps"]] == ["R9:nic:eth0"]
    assert [(one["finding"], one["for"]) for one in made["waiting"]] == [("R3:nic:eth0", ["R9:nic:eth0"])]


def test_what_the_host_decides_has_no_changes_and_says_so():
    step = plan_of(production_hosts.one_flow_fills_a_queue())["steps"][0]
    assert step["settings"][0]["values"] == {"fields": {"udp4": "sdfn", "udp6": "sdfn"}}
    assert step["changes"] is None
    assert "rss: decided on the host, since an audit does not read all of it" in step["notes"]


def test_a_layout_that_cannot_be_better_explains_nothing_any_more():
    document = production_hosts.one_flow_fills_a_queue()
    first = plan_of(document)["steps"][0]
    done = [
        tried("R9:nic:eth0", "unchanged", *[(one["knob"], one["subject"], one["values"]) for one in first["settings"]])
    ]
    second = plan_of(document, done)["steps"][0]
    assert (second["finding"], second["settings"][0]["knob"]) == ("R9:nic:eth0", "packet_steering")
    done.append(tried("R9:nic:eth0", "worse", ("packet_steering", "eth0", {"rps_cpus": {}})))
    done[-1]["settings"] = second["settings"]
    third = plan_of(document, done)
    assert third["steps"][0]["finding"] == "R3:nic:eth0"
    assert third["waiting"] == []


def off_node(**irqs):
    """A NIC of node 0 with a busy queue on a CPU of node 1."""
    document = with_deltas(lossy(rx_out_of_buffer=50), {"nics/eth0/link_stats/rx_packets": 200000})
    document["nics"]["eth0"]["irqs"] = irqs or {"40": irq(0, 0), "41": irq(1, 2)}
    return document


def test_interrupts_get_a_policy_name_irqbalance_and_are_judged_after_it_has_looked():
    step = plan_of(off_node())["steps"][0]
    assert step["finding"] == "R10:nic:eth0"
    assert step["settings"] == [{"knob": "irq_affinity", "subject": "eth0", "values": {"policy": "local_cores"}}]
    assert step["changes"][0]["to"] == {"41": "1"}
    assert step["commands"] == ["for i in 41:1; do echo ${i#*:} > /proc/irq/${i%%:*}/smp_affinity_list; done"]
    assert (step["class"], step["judge_after_s"]) == (0, 35)
    assert "irqbalance runs" in step["conflicts"][0]
    assert not any("boot" in note for note in step["notes"])


@pytest.mark.parametrize(
    "owners, said",
    [
        ({}, []),
        ({"tuned": {"running": False}, "networkmanager": {"running": None}}, []),
        ({"tuned": {"running": True}, "networkmanager": {"running": True}}, ["tuned", "NetworkManager"]),
    ],
)
def test_who_may_set_it_again_is_told(owners, said):
    document = merged(lossy(rx_out_of_buffer=500), {"owners": owners})
    assert [one.split()[0] for one in plan_of(document)["steps"][0]["conflicts"]] == said


def test_interrupts_keep_away_from_a_cpu_where_no_policy_would():
    """A program fills CPU 0, where a policy would put the first queue: then by numbers, which no boot knows."""
    document = lossy(rx_out_of_buffer=500)
    document["cpu_times"]["0"] = {
        **cpu_times(),
        "user": {"total": 900, "delta": 900},
        "idle": {"total": 0, "delta": 20},
    }
    document["nics"]["eth0"].update(irqs={"40": irq(0, 0)}, local_cpus=[0, 1], channels=None)
    document["nics"]["eth0"]["queues"]["rx"] = {"0": {"rps_cpus": [], "rps_flow_cnt": 0}}
    document["nics"]["eth0"]["queues"]["tx"] = {}
    action = {
        "knob": "irq_affinity",
        "subject": {"type": "nic", "name": "eth0"},
        "set": {"40": [1]},
        "direction": "spread",
        "when": None,
        "conflicts": [],
        "command": "x",
        "text": "x",
    }
    finding = {**diagnose(document, RULES)["findings"][0], "actions": [action]}
    found = {"findings": [finding], "run": None, "error": None}
    step = planning.make("web1", document, found, checked())["steps"][0]
    assert step["settings"][0]["values"] == {"40": [1]}
    assert any("cannot be kept" in note for note in step["notes"])


def test_a_policy_and_the_numbers_of_interrupts_are_about_the_same():
    document = off_node()
    found = {**diagnose(document, RULES), "run": None, "error": None}
    lead = next(one for one in found["findings"] if one["rule"] == "R10")
    second = {**lead, "id": "R99:nic:eth0", "rule": "R99", "because_of": []}
    made = planning.make("web1", document, {**found, "findings": [lead, second]}, checked())
    assert [step["finding"] for step in made["steps"]] == ["R10:nic:eth0"]
    assert made["waiting"] == [
        {"finding": "R99:nic:eth0", "for": ["R10:nic:eth0"], "why": "the same is set for it already"}
    ]


def test_what_is_only_told_is_planned_where_the_site_says_so():
    document = with_deltas(host_document(), {"nics/eth0/link_stats/rx_packets": 200000})
    document["nics"]["eth0"]["irqs"] = {"40": irq(0, 0), "41": irq(1, 2)}
    assert [one["severity"] for one in diagnose(document, RULES)["findings"]] == ["info"]
    assert plan_of(document)["steps"] == []
    assert [step["finding"] for step in plan_of(document, severities=["info"])["steps"]] == ["R10:nic:eth0"]


def test_a_backlog_without_rps_gets_its_limit_raised():
    document = with_deltas(host_document(), {"softnet/cpus/3/dropped": 500, "nics/eth0/link_stats/rx_dropped": 500})
    assert settings_of(plan_of(document)) == [("R6:host", [("sysctl", None, {"net.core.netdev_max_backlog": 2000})])]


def test_a_backlog_with_rps_gets_another_mask_first():
    document = production_hosts.rhel7_router()
    first = plan_of(document)["steps"][0]
    assert first["settings"][0]["knob"] == "packet_steering"
    done = {"finding": "R6:host", "outcome": "worse", "settings": first["settings"]}
    assert settings_of(plan_of(document, [done]))[0][1] == [("sysctl", None, {"net.core.netdev_max_backlog": 2000})]


def test_udp_memory_is_set_to_what_is_computed_and_judged_after_the_buffers():
    document = merged(
        host_document(), {"sysctls": {"net.ipv4.udp_mem": [8, 12, 16]}, "sockets": {"sockstat": {"UDP": {"mem": 389}}}}
    )
    document = with_deltas(document, {"protocols/snmp/Udp/MemErrors": 805, "protocols/snmp/Udp/InErrors": 805})
    step = plan_of(document)["steps"][0]
    limit = step["settings"][0]["values"]["net.ipv4.udp_mem"]
    # An eighth of the memory of 8 GiB, and half as much again.
    assert limit[2] == (8 << 30) // 4096 // 8 * 3 // 2
    assert (step["finding"], step["judge_after_s"]) == ("R21:protocol:Udp", 45)


def test_what_open_sockets_never_see_is_advice_with_the_name_of_the_program():
    document = with_deltas(
        host_document(), {"protocols/snmp/Udp/RcvbufErrors": 900, "protocols/snmp/Udp/InErrors": 900}
    )
    document["sockets"]["drops"] = {"udp 0.0.0.0:53 inode 1234": udp_socket(900)}
    made = plan_of(document)
    assert made["steps"] == []
    told = next(one for one in made["advice"] if "rmem_max" in one["text"])
    assert told["command"].startswith("sysctl -w net.core.rmem_max=")
    assert "restart their program" in told["why_not"]
    assert "named (123)" in told["why_not"]


def test_a_listeners_queue_is_advice():
    document = with_deltas(
        host_document(), {"protocols/netstat/TcpExt/ListenOverflows": 80, "protocols/netstat/TcpExt/ListenDrops": 80}
    )
    made = plan_of(document)
    assert made["steps"] == []
    assert any(one["why_not"] and "listen()" in one["why_not"] for one in made["advice"])


def test_syn_cookies_are_switched_on():
    document = merged(host_document(), {"sysctls": {"net.ipv4.tcp_syncookies": 0}})
    document = with_deltas(
        document, {"protocols/netstat/TcpExt/TCPReqQFullDrop": 480, "protocols/netstat/TcpExt/ListenDrops": 480}
    )
    assert settings_of(plan_of(document)) == [
        ("R17:protocol:Tcp", [("sysctl", None, {"net.ipv4.tcp_syncookies": 1})])
    ] or (settings_of(plan_of(document))[0][1] == [("sysctl", None, {"net.ipv4.tcp_syncookies": 1})])


def test_all_thresholds_of_the_neighbours_go_together():
    document = with_sysctls(host_document(), gc_thresh1=16, gc_thresh2=16, gc_thresh3=16)
    document = merged(
        document, {"neighbour": {"arp_cache": {"gc_thresh1": 16, "gc_thresh2": 16, "gc_thresh3": 16, "entries": 16}}}
    )
    document = with_deltas(document, {"neighbour/arp_cache/stats/table_fulls": 8040})
    wanted = {f"net.ipv4.neigh.default.gc_thresh{place}": size for place, size in ((3, 1024), (2, 512), (1, 128))}
    assert settings_of(plan_of(document))[0][1] == [("sysctl", None, wanted)]
    cut = plan_of(document, ceilings={"net.ipv4.neigh.default.gc_thresh3": 500})["steps"][0]
    assert list(cut["settings"][0]["values"].values()) == [500, 250, 62]
    assert any("ceilings" in note for note in cut["notes"])


def test_at_its_ceiling_a_limit_stays_and_the_plan_says_so():
    document = with_deltas(host_document(), {"softnet/cpus/3/dropped": 500, "nics/eth0/link_stats/rx_dropped": 500})
    made = plan_of(document, ceilings={"net.core.netdev_max_backlog": 1000})
    assert made["steps"] == []
    assert reasons(made)["R6:host"] == (
        "it is at the ceiling of packetloss_policy.ceilings already: net.core.netdev_max_backlog 1000"
    )


@pytest.mark.parametrize(
    "policy, reason",
    [
        ({"never": ["eth*"]}, "packetloss_policy.never says that eth0 is not to be touched"),
        ({"knobs": ["sysctl"]}, "packetloss_policy.knobs does not have ring"),
        ({"disruption": 0}, "it is of class 1"),
    ],
)
def test_what_the_policy_does_not_allow_is_refused_with_its_reason(policy, reason):
    made = plan_of(lossy(rx_out_of_buffer=500), **policy)
    assert made["steps"] == []
    assert reasons(made)[RING].startswith(reason)


def test_what_goes_along_is_left_out_where_the_policy_does_not_allow_it():
    made = plan_of(squeezed(lossy(rx_out_of_buffer=500)), knobs=["ring"])
    assert settings_of(made) == [(RING, [("ring", "eth0", {"rx": 2048})])]
    assert "without sysctl of the host: packetloss_policy.knobs does not have sysctl" in made["steps"][0]["notes"]


def test_the_memory_of_what_the_host_decides_again_counts():
    """Channels beside a RSS table of somebody: the host decides; those of the other NIC have to fit beside them."""
    document = saturated(two_nics(rss={"queues": [0], "weights": {"0": 128}}))
    document["cpus"]["nodes"] = {"0": [0, 1, 2, 3]}
    document["nics"]["eth0"]["rss"] = document["nics"]["eth1"]["rss"]
    ids = [one["id"] for one in diagnose(document, RULES)["findings"]]
    done = [tried(each, "failed", ("rss", each[-4:], {"equal": 2})) for each in ids]
    made = plan_of(document, done)
    assert [one["knob"] for step in made["steps"] for one in step["settings"]] == ["channels", "rss"] * 2
    assert [step["changes"] for step in made["steps"]] == [None, None]
    each = [step["memory"]["need_bytes"] for step in made["steps"]]
    assert made["memory"]["need_bytes"] == sum(each) > max(each) > 0


def two_nics(driver="mlx5_core", **eth1):
    nics = {name: nic(driver) for name in ("eth0", "eth1")}
    for name in nics:
        nics[name]["counters"] = statistics("mlx5_core", rx_out_of_buffer=500)
    nics["eth1"].update(eth1)
    nics["eth1"]["irqs"] = {"50": irq(0, 1), "51": irq(1, 0)}
    return host_with(nics)


def test_so_many_steps_at_once_and_no_more():
    made = plan_of(two_nics(), steps=1)
    assert [step["finding"] for step in made["steps"]] == [RING]
    assert made["waiting"] == [{"finding": "R4:nic:eth1", "for": [RING], "why": "packetloss_policy.steps is 1"}]


def test_what_two_findings_want_is_set_once():
    document = merged(
        two_nics(),
        {"softnet": {"cpus": {cpu: softnet_row(processed=15000, time_squeeze=50) for cpu in ("0", "1")}}},
    )
    made = plan_of(document)
    kinds = {finding: [setting[:2] for setting in settings] for finding, settings in settings_of(made)}
    assert kinds == {RING: [("ring", "eth0"), ("sysctl", None)], "R4:nic:eth1": [("ring", "eth1")]}


def field_host(free, available=60 << 30, **eth0):
    """The host of the field notes, whose port with 63 queues of jumbo frames took about 6 GB, and loses in its ring."""
    document = ring_hosts.host(
        {"eth0": ring_hosts.nic(ring_hosts.REFERENCE["driver"], ring_hosts.REFERENCE["version"], 9000, **eth0)},
        ring_hosts.REFERENCE["release"],
        free=free,
        available=available,
    )
    of_nic = {**document["nics"]["eth0"], "rss": None, "irqs": {}, "queues": {"rx": {}, "tx": {}}}
    losing = with_deltas(host_document(), {"nics/eth0/counters/rx_out_of_buffer": 5000})
    losing = merged(losing, {"meta": document["meta"], "memory": document["memory"], "nics": {"eth0": of_nic}})
    return {**losing, "cpus": document["cpus"]}


def test_the_63_queues_of_the_field_get_their_ring_where_there_is_memory():
    step = plan_of(field_host(free=40 << 30))["steps"][0]
    assert step["settings"][0]["values"] == {"rx": 2048}
    assert step["memory"]["need_bytes"] > 800 * MIB


def test_the_63_queues_of_the_field_with_too_little_free_memory_get_the_largest_ring_that_fits_or_none():
    made = plan_of(field_host(free=400 * MIB))
    assert made["steps"] == []
    assert made["memory"] is None
    assert made["refused"][0]["settings"] == [{"knob": "ring", "subject": "eth0", "values": {"rx": 2048}}]
    assert "The largest receive ring of eth0 that fits is 1024." in made["refused"][0]["reason"]


def test_a_leap_that_does_not_fit_becomes_the_largest_ring_that_does():
    document = field_host(free=3 << 30)
    before = tried(RING, "improved", ("ring", "eth0", {"rx": 1024}))
    made = plan_of(document, [before])
    size = made["steps"][0]["settings"][0]["values"]["rx"]
    assert 1024 < size < made["refused"][0]["settings"][0]["values"]["rx"]
    assert f"The largest receive ring of eth0 that fits is {size}. It is planned so." in made["refused"][0]["reason"]
    assert made["memory"]["verdict"] == "fits"
    assert made["steps"][0]["changes"][0]["to"] == {"rx": size}


def test_the_rings_of_all_nics_of_a_host_are_summed():
    alone = plan_of(two_nics(selected=False))["steps"][0]["memory"]["peak_bytes"]
    document = two_nics()
    document["memory"]["zones"]["0/Normal"]["free_pages"] = 6000 + int(1.5 * alone) // 4096
    made = plan_of(document)
    assert [step["finding"] for step in made["steps"]] == [RING]
    assert "R4:nic:eth1" in reasons(made)


def test_without_knowing_the_memory_no_ring_is_planned():
    document = lossy(rx_out_of_buffer=500)
    document["memory"]["zones"] = None
    made = plan_of(document)
    assert made["steps"] == []
    assert "cannot be told without the free pages and watermarks of the zones" in reasons(made)[RING]


def test_without_knowing_the_price_no_ring_is_planned():
    document = lossy(rx_out_of_buffer=500)
    document["nics"]["eth0"]["driver"]["name"] = "nobody_has_read_it"
    made = plan_of(document, disruption=3)
    assert made["steps"] == []
    assert "nobody has read what the rings of eth0" in reasons(made)[RING]


def test_the_reserve_of_the_policy_counts():
    document = lossy(rx_out_of_buffer=500)
    assert plan_of(document)["steps"]
    assert plan_of(document, memory_reserve="90%")["steps"] == []


def test_a_value_that_cannot_be_set_from_here_is_refused_with_the_reason():
    document = with_deltas(host_document(), {"softnet/cpus/3/dropped": 500, "nics/eth0/link_stats/rx_dropped": 500})
    document["meta"]["netns"]["initial"] = False
    assert "set it on the host" in reasons(plan_of(document))["R6:host"]


def test_nothing_drifts_where_nothing_changed():
    document = squeezed(lossy(rx_out_of_buffer=500))
    assert planning.drift(plan_of(document), copy.deepcopy(document)) == []


def test_what_somebody_else_set_meanwhile_is_told():
    document = lossy(rx_out_of_buffer=500)
    made = plan_of(document)
    document["nics"]["eth0"]["rings"]["rx"] = 512
    assert planning.drift(made, document) == [
        "R4:nic:eth0: ring of eth0 was planned from {'rx': 1024} to {'rx': 2048}, and is now from {'rx': 512} to"
        " {'rx': 2048}"
    ]
    document["nics"]["eth0"]["rings"]["rx"] = 2048
    assert planning.drift(made, document)[0].endswith("and is now as it is wanted already")
    del document["nics"]["eth0"]
    assert "its rings cannot be known" in planning.drift(made, document)[0]


def test_a_plan_of_the_same_is_the_same():
    document = squeezed(lossy(rx_out_of_buffer=500))
    assert plan_of(document) == plan_of(copy.deepcopy(document))


def test_a_sysctl_that_a_container_has_for_itself_is_no_step_for_its_host():
    counters = {"netstat/TcpExt/ListenOverflows": 800, "netstat/TcpExt/ListenDrops": 800}
    sysctls = {"net.core.somaxconn": 128, "net.ipv4.tcp_max_syn_backlog": 128, "net.ipv4.tcp_syncookies": 1}
    made = plan_of(host_beside(namespace(counters=counters, sysctls=sysctls)), **EVERYTHING)
    assert made["steps"] == []


def test_what_a_container_lacks_and_the_host_sets_for_all_is_a_step_for_the_host():
    full = namespace(counters={"conntrack/stats/drop": 800})
    sysctls = {f"net.netfilter.nf_conntrack_{name}": 262144 for name in ("max", "buckets")}
    ((finding, settings),) = settings_of(plan_of(host_beside(full, sysctls=sysctls), **EVERYTHING))
    assert finding == "R13:namespace:netns blue"
    assert settings[0][:2] == ("sysctl", None) and settings[0][2]["net.netfilter.nf_conntrack_max"] == 524288
