# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A test of a loss judges only what was there, as other eyes saw it over the audit's own seconds."""

import contextlib
import inspect
import json
import types

import loss
import needs
import proof
import pytest

STAT = """\
cpu  40 0 0 1960 0 0 100 0 0 0
cpu0 10 0 0 {idle0} 0 0 {softirq0} 0 0 0
cpu1 10 0 0 {idle1} 0 0 {softirq1} 0 0 0
intr 55 1 2 3
"""


def stat(idle0, softirq0, idle1, softirq1):
    return STAT.format(idle0=idle0, softirq0=softirq0, idle1=idle1, softirq1=softirq1)


def softnet(*rows):
    return "".join(
        f"{processed:08x} {dropped:08x} {squeezes:08x} " + "00000000 " * 10 + "\n"
        for processed, dropped, squeezes in rows
    )


def document(uptime_s, interval_s):
    return {"meta": {"uptime_s": uptime_s, "interval_s": interval_s}}


def span(need, before, after, seconds=2.0):
    """A span of the one source of *need*."""
    (source,) = need.sources
    return proof.Span({source: before}, {source: after}, seconds)


def test_the_time_in_softirqs_is_that_of_the_busiest_cpu():
    before, after = stat(100, 0, 100, 0), stat(140, 60, 190, 10)
    need = needs.softirq_share(above=0.5)
    assert need.value(span(need, before, after)) == pytest.approx(0.6)
    assert proof.shortfalls([need], span(need, before, after)) == []
    other = needs.softirq_share(above=0.5, cpus=[1])
    assert [one.direction for one in proof.shortfalls([other], span(other, before, after))] == [1]


@pytest.mark.parametrize(
    ("need", "bounds"),
    [
        (needs.softirq_share(above=0.5), (0.55, None)),
        (needs.softirq_share(above=0.9), (0.91, None)),
        (needs.softirq_share(below=0.5), (None, 0.45)),
        (needs.packets("igb0", above=1000), (1100, None)),
        (needs.packets("vmx0", below=1000), (None, 900)),
    ],
)
def test_a_need_keeps_away_from_the_threshold_of_the_rule(need, bounds):
    """At the threshold itself the audit may see a little less than the meter, and be right."""
    assert [need.least, need.most] == [pytest.approx(bound) if bound else None for bound in bounds]


def test_what_softnet_says_is_its_growth_also_where_a_counter_wraps():
    before, after = softnet((2**32 - 10, 0, 0), (100, 5, 7)), softnet((90, 0, 0), (200, 9, 17))
    share, drops, squeezed, between = (
        needs.processed_share(above=0.7),
        needs.backlog_drops(),
        needs.squeezes(above=1),
        needs.packets_per_squeeze(below=96),
    )
    values = [need.value(span(need, before, after)) for need in (share, drops, squeezed, between)]
    assert values == [0.5, 4, 5.0, 10.0]
    idle = span(between, before, before)
    assert [need.value(idle) for need in (share, between)] == [None, None]
    assert [one.direction for one in proof.shortfalls([share, between], idle)] == [1, 1]


def test_backlog_drops_of_others_are_told_from_those_of_a_nic():
    need = needs.backlog_drops_elsewhere("vb", below=0.05)
    file = "/sys/class/net/vb/statistics/rx_dropped"
    texts = [{needs.SOFTNET: softnet((9, drops, 0)), file: ours} for drops, ours in ((0, "0"), (100, "90"))]
    assert need.value(proof.Span(*texts, 2.0)) == pytest.approx(0.1)
    assert [one.direction for one in proof.shortfalls([need], proof.Span(*texts, 2.0))] == [-1]


def tables(rcvbuf, overflows):
    return {
        "/proc/net/snmp": f"Udp: InDatagrams RcvbufErrors\nUdp: 5 {rcvbuf}\n",
        "/proc/net/netstat": f"TcpExt: ListenOverflows TCPZeroWindowDrop\nTcpExt: {overflows} 8\n",
    }


def test_counters_of_protocols_are_added_up_and_those_of_other_kernels_left_out():
    need = needs.protocol("Udp.RcvbufErrors", "TcpExt.ListenOverflows", "TcpExt.OfAnotherKernel")
    assert need.value(proof.Span(tables(3, 10), tables(5, 11), 2.0)) == 3


QDISCS = [{"dev": "e1k0", "handle": "1:", "packets": 5, "bytes": 9, "overlimits": 0, "requeues": 0}]


@pytest.mark.parametrize(
    ("need", "before", "after", "grown"),
    [
        (
            needs.table("arp_cache", "table_fulls"),
            "entries table_fulls \n0f 01 \n0f 02 \n",
            "a table_fulls\n1 4\n1 f",
            16,
        ),
        (needs.link("igb1", "rx_nohandler"), "7\n", "10\n", 3),
        (needs.carrier_changes("e1k0"), "7\n", "8\n", 1),
        (needs.protocol6("Udp6RcvbufErrors"), "Ip6In  4\nUdp6RcvbufErrors \t1\n", "Udp6RcvbufErrors \t9\n", 8),
        (needs.driver("vmx0", "pkts rx OOB"), "  pkts rx OOB: 1\n  pkts rx OOB: 2\n  x: 5\n", "  pkts rx OOB: 9\n", 6),
        (
            needs.qdisc_drops("e1k0 1: root"),
            json.dumps([{**one, "drops": 1} for one in QDISCS]),
            json.dumps([{**one, "drops": 6} for one in QDISCS]),
            5,
        ),
        (
            needs.raw_drops(),
            "  sl  local_address drops\n  1: 00000000:0011 07 4\n",
            "  sl  local_address drops\n  1: 00000000:0011 07 9\n  2: 0100007F:0011 07 1\n",
            6,
        ),
        (
            needs.otherhost_drops("e1k0"),
            json.dumps([{"ifname": "e1k0", "stats64": {"rx": {"otherhost": 3}}}]),
            json.dumps([{"ifname": "e1k0", "stats64": {"rx": {"otherhost": 5}}}]),
            2,
        ),
    ],
    ids=lambda value: value.what if isinstance(value, proof.Need) else "",
)
def test_a_counter_has_to_grow(need, before, after, grown):
    assert need.value(span(need, before, after)) == grown
    assert [one.direction for one in proof.shortfalls([need], span(need, before, before))] == [1]


def test_only_what_the_audit_looked_at_for_sure_counts():
    """Between the end of its first sample, which takes a moment, and the beginning of its second."""
    readings = [proof.Reading(second / 4, {"x": str(second)}) for second in range(400, 440)]
    found = proof.span_of_audit(readings, document(uptime_s=106.1, interval_s=2.0))
    assert (found.before["x"], found.after["x"], found.seconds) == ("419", "424", 1.25)
    assert 104.1 + proof.SAMPLE_S <= 419 / 4
    assert proof.span_of_audit(readings, document(uptime_s=200.0, interval_s=2.0)) is None


def test_a_meter_that_was_not_heard_is_no_proof():
    (shortfall,) = proof.shortfalls([needs.squeezes(above=1)], None)
    assert (shortfall.text, shortfall.direction) == ("the meter was not heard while the audit looked", 0)
    assert proof.shortfalls([], None) == []


def need(least=None, most=None):
    return proof.Need("what there is", ("x",), lambda span: float(span.after["x"]), least, most)


def there(value):
    return proof.Span({"x": "0"}, {"x": str(value)}, 1.0)


def test_a_load_that_is_not_there_is_caused_again_with_more_or_less_and_no_more_than_three_times():
    strengths = []
    wanted = {"weak": (need(least=3), 1.0), "strong": (need(most=0.4), 1.0), "never": (need(least=99), 1.0)}

    def attempt(chosen):
        strengths.append(dict(chosen))
        return {
            name: proof.Outcome(strength, proof.shortfalls([wanted[name][0]], there(strength * wanted[name][1])))
            for name, strength in chosen.items()
        }

    found = proof.proved(wanted, attempt)
    assert strengths == [
        {"weak": 1.0, "strong": 1.0, "never": 1.0},
        {"weak": 2.0, "strong": 0.5, "never": 2.0},
        {"weak": 4.0, "strong": 0.25, "never": 4.0},
    ]
    assert (proof.judged(found["weak"]), proof.judged(found["strong"])) == (4.0, 0.25)
    assert [len(one) for one in found["weak"].before] == [1, 1]
    with pytest.raises(pytest.skip.Exception, match=r"not there in 3 tries: what there is: 4, needed at least 99"):
        proof.judged(found["never"])


def test_what_was_there_is_not_caused_again():
    asked = []

    def attempt(chosen):
        asked.append(sorted(chosen))
        return {name: proof.Outcome(name, [proof.Shortfall("no", 1)] * (name == "b")) for name in chosen}

    found = proof.proved(["a", "b"], attempt)
    assert asked == [["a", "b"], ["b"], ["b"]]
    assert proof.judged(found["a"]) == "a"


def test_needs_that_point_both_ways_leave_the_strength_as_it_is():
    assert proof.stronger(2.0, [proof.Shortfall("", 1), proof.Shortfall("", -1)]) == 2.0
    assert proof.stronger(2.0, [proof.Shortfall("", 0)]) == 2.0
    assert proof.stronger(2.0, [proof.Shortfall("", 0), proof.Shortfall("", 1)]) == 4.0


@pytest.mark.parametrize("name", loss.names())
def test_every_loss_says_what_it_needs_and_can_be_had_with_more(name):
    one = loss.load(name)
    assert list(inspect.signature(one.caused).parameters)[1].lstrip("_") == "strength"
    assert bool(one.needs) == bool(one.findings or one.told or name == "ring_not_counted")
    for needed in one.needs:
        assert needed.sources and (needed.least, needed.most) != (None, None)


@contextlib.contextmanager
def told_looks(_sources, line):
    """What a meter would print: two looks within the audit's interval."""
    for uptime_s, value in ((101.0, 4), (101.5, 9)):
        line(json.dumps({"uptime_s": uptime_s, "told": {"x": str(value)}}) + "\n")
    line('{"uptime_s": 102.0, "tol')
    yield


GUEST = types.SimpleNamespace(irqbalance_held=contextlib.nullcontext, meter=told_looks)


class RecordingGuest:
    """A guest that does nothing, and knows in which order it was asked for what."""

    def __init__(self):
        self.asked = []

    def run(self, *words):
        self.asked.append(" ".join(words))

    def __getattr__(self, name):
        @contextlib.contextmanager
        def block(*_arguments, **_options):
            self.asked.append(name)
            yield
            self.asked.append(f"end of {name}")

        return block


def test_the_sysctls_of_conntrack_are_there_before_they_are_set():
    guest = RecordingGuest()
    with loss.load("conntrack_full").caused(guest, proof.NORMAL):
        assert guest.asked[:2] == ["modprobe nf_conntrack", "sysctls"]


@pytest.mark.parametrize("name", ["rss_leaves_queues_out", "interrupts_on_one_cpu"])
def test_nobody_else_moves_interrupts_while_a_loss_goes_on(name):
    guest = RecordingGuest()
    with loss.caused(loss.load(name), guest):
        assert guest.asked[0] == "irqbalance_held"
        assert {"interrupts", "load"} <= set(guest.asked)
    assert guest.asked[-1] == "end of irqbalance_held"


def loss_that_needs(*needed, raises=None):
    undone = []

    @contextlib.contextmanager
    def caused(_guest, strength):
        yield
        undone.append(strength)
        if raises:
            raise raises

    return loss.Loss("a loss", "losing", caused=caused, needs=needed), undone


def audit(chosen):
    return dict.fromkeys(chosen, ("it", document(102.0, 2.0)))


def test_an_audit_is_judged_where_the_loss_was_there():
    one, undone = loss_that_needs(need(least=9))
    found = loss.proved(
        {"a": GUEST, "b": GUEST},
        {"a": one, "b": one},
        lambda chosen: dict.fromkeys(chosen, ("it", document(102.0, 2.0))),
    )
    assert {kernel: proof.judged(outcome) for kernel, outcome in found.items()} == {"a": "it", "b": "it"}
    assert undone == [1.0, 1.0]


def test_a_loss_that_lacks_something_is_caused_three_times_and_then_skipped():
    one, undone = loss_that_needs(need(least=10))
    found = loss.proved({"a": GUEST}, {"a": one}, audit)
    assert undone == [1.0, 2.0, 4.0]
    with pytest.raises(pytest.skip.Exception):
        proof.judged(found["a"])


def test_a_loss_may_see_by_itself_that_it_lacks_something():
    one, undone = loss_that_needs(raises=proof.NotThere("nothing was lost"))
    found = loss.proved({"a": GUEST}, {"a": one}, audit)
    assert undone == [1.0, 2.0, 4.0]
    with pytest.raises(pytest.skip.Exception, match="nothing was lost"):
        proof.judged(found["a"])


def test_an_audit_that_failed_is_judged_whatever_was_there():
    one, undone = loss_that_needs(need(least=10))
    found = loss.proved({"a": GUEST}, {"a": one}, lambda chosen: dict.fromkeys(chosen, ("it broke", None)))
    assert undone == [1.0]
    assert proof.judged(found["a"]) == "it broke"


def test_a_loss_that_breaks_is_no_lack_of_load():
    one, _undone = loss_that_needs(raises=RuntimeError("no such NIC"))
    with pytest.raises(RuntimeError, match="no such NIC"):
        loss.proved({"a": GUEST}, {"a": one}, audit)


def test_losses_of_different_guests_are_caused_together():
    few, done_few = loss_that_needs(need(least=9))
    many, done_many = loss_that_needs(need(least=10))
    found = loss.proved({"a": GUEST, "b": GUEST}, {"a": few, "b": many}, audit)
    assert (done_few, done_many) == ([1.0], [1.0, 2.0, 4.0])
    assert proof.judged(found["a"]) == "it"


@pytest.mark.parametrize("both", [False, True])
def test_every_loss_has_its_round(both):
    names, kernels = ["p", "q", "r", "s", "t"], {"6.1": "bookworm", "6.12": "bookworm-backports"}
    together = loss.rounds(names, kernels, both)
    assert all(set(each) == set(kernels) for each in together)
    made = [(kernel, name) for each in together for kernel, name in each.items()]
    assert len(set(made)) == len(made) == (10 if both else 6)
    assert {name for _kernel, name in made} == set(names)
