# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What may go wrong on a node while a transaction is made or taken back, on the FAKE host with eth0 (mlx5_core).

The process that makes the changes runs here in the test; the driver is one that refuses, rounds or hangs when it is
told to. What it is like with processes that are killed is in test_transaction.py.
"""

import errno
import json
import os
import shutil
import time

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import Refused
from ansible_collections.linuxnet.packetloss.plugins.module_utils.transaction import history, run, task, timer
from ansible_collections.linuxnet.packetloss.plugins.module_utils.transaction.journal import Journals
from ansible_collections.linuxnet.packetloss.plugins.module_utils.transaction.lock import Lock
from ansible_collections.linuxnet.packetloss.tests.unit import fake_host
from ansible_collections.linuxnet.packetloss.tests.unit.fake_ethtool import FakeEthtool
from ansible_collections.linuxnet.packetloss.tests.unit.fake_irqbalance import PID, Daemon
from ansible_collections.linuxnet.packetloss.tests.unit.settable_files import SettableFiles
from ansible_collections.linuxnet.packetloss.tests.unit.transactions import OPTIONS

RPS = "/sys/class/net/eth0/queues/rx-0/rps_cpus"
BACKLOG = "/proc/sys/net/core/netdev_max_backlog"
SET_RINGS = 0x11

FIVE = [
    {"knob": "private_flag", "subject": "eth0", "values": {"rx_cqe_compress": True}},
    {"knob": "ring", "subject": "eth0", "values": {"rx": "2048"}},
    {"knob": "feature", "subject": "eth0", "values": {"rx-lro": True}},
    {"knob": "packet_steering", "subject": "eth0", "values": {"rps_cpus": {"rx-0": [2]}}},
    {"knob": "sysctl", "subject": None, "values": {"net.core.netdev_max_backlog": 100000}},
]

#: The commands with which the driver is told what is set, in the order of the steps.
COMMANDS = [0x28, SET_RINGS, 0x3B]


class Node:
    """``eth0`` describes the NIC, ``kernel`` the links; ``meanwhile`` is called once all is made."""

    def __init__(self, root):
        self.root = root
        contents = fake_host.files()
        contents[BACKLOG] = "1000\n"
        fake_host.make(root, contents)
        descriptions = fake_host.drivers()
        self.descriptions, self.eth0 = descriptions, descriptions["eth0"]
        self.eth0["permanent_address"] = bytes.fromhex("02fc00a1b2c3")
        self.driver = FakeEthtool(descriptions)
        self.kernel = fake_host.FakeKernel()
        self.kernel.links[1] = fake_host.link("eth0", 2)
        self.files = SettableFiles(root)
        self.host = fake_host.host(root, kernel=self.kernel, ioctl=self.driver, files=self.files)
        self.journals = Journals(str(root))
        self.meanwhile = lambda: None

    def state(self):
        """What is set of each step, in their order."""
        return [
            self.eth0["private_flag_bits"]["data"],
            self.eth0["rings"]["rx_pending"],
            [tuple(feature) for feature in self.eth0["features"]],
            int(self.host.word(RPS).replace(",", ""), 16),
            self.host.integer(BACKLOG),
        ]

    def ask(self, state, **options):
        return task.STATES[state](self.host, self.journals, dict(OPTIONS, **options), False)

    def begin(self, settings, **options):
        """Begin a transaction: what the module returns. Nobody makes it yet."""
        return self.ask("applied", settings=settings, **dict({"window": 60}, **options))

    def make(self, settings=None, **options):
        """Begin a transaction, of all five steps by default, and make it, in this process, to its end: its status."""
        begun = self.begin(FIVE if settings is None else settings, **options)
        return self.go_on(begun["id"])

    def go_on(self, ident):
        sleep, asked = self.host.clock.sleep, []

        def sleeping(seconds):
            sleep(seconds)
            if not asked and self.journals.ids() and self.journals.read(ident)["phase"] == "applied":
                asked.append(True)
                self.meanwhile()

        self.host.clock.sleep = sleeping
        try:
            run.run(self.host, self.journals, ident, lambda: None)
        finally:
            self.host.clock.sleep = sleep
        return self.ask("status", id=ident)


@pytest.fixture
def node(tmp_path, monkeypatch):
    # No process is started: it would not find this host.
    monkeypatch.setattr(timer, "program", lambda _journals, _ident: None)
    monkeypatch.setattr(timer, "arm", lambda *_arguments: "process")
    monkeypatch.setattr(timer, "start", lambda *_arguments: None)
    return Node(tmp_path)


def states(told):
    return [step["state"] for step in told["steps"]]


def test_five_steps_are_made_and_taken_back(node):
    before = node.state()
    seen = []
    node.meanwhile = lambda: seen.append((node.state(), states(node.ask("status", id="last"))))
    told = node.make()
    ((between, made),) = seen
    assert made == ["made"] * 5
    assert all(now != then for now, then in zip(between, before))
    assert (told["phase"], states(told), node.state()) == ("taken_back", ["put_back"] * 5, before)


@pytest.mark.parametrize("number", [errno.ENOMEM, errno.EOPNOTSUPP, errno.EBUSY])
@pytest.mark.parametrize("step", range(3))
def test_a_driver_that_refuses_a_step_takes_back_those_before_it(node, step, number):
    before = node.state()
    node.eth0["errors"] = {COMMANDS[step]: number}
    told = node.make()
    assert (told["phase"], node.state()) == ("taken_back", before)
    assert os.strerror(number) in told["why"]
    assert states(told) == ["as_before"] * (step + 1) + ["waiting"] * (4 - step)


@pytest.mark.parametrize("path, said", [(RPS, "rps_cpus"), (BACKLOG, "net.core.netdev_max_backlog=100000")])
def test_a_kernel_that_refuses_a_later_step_takes_back_all(node, path, said):
    before = node.state()
    node.files.refusals[path] = errno.EINVAL
    told = node.make()
    assert (told["phase"], node.state()) == ("taken_back", before)
    assert said in told["why"] and "Invalid argument" in told["why"]


def test_a_driver_that_does_not_take_its_value_back_is_stuck_and_says_what_to_type(node):
    node.meanwhile = lambda: node.eth0.update(errors={SET_RINGS: errno.EBUSY})
    told = node.make()
    assert (told["phase"], states(told)[1]) == ("stuck", "failed")
    assert any("type: ethtool -G eth0 rx 1024" in note for note in told["notes"])
    with pytest.raises(Refused, match="could not be put back whole, so nothing new is begun"):
        node.begin(FIVE[:1])
    # What was in its way is gone.
    node.eth0["errors"] = {}
    journal = node.journals.read(told["id"])
    run.take_back(node.host, node.journals, journal, "it was asked for", ("stuck",))
    told = node.ask("status", id=told["id"])
    assert (told["phase"], node.eth0["rings"]["rx_pending"]) == ("taken_back", 1024)


def test_a_value_that_the_driver_rounds_is_its_own_when_it_is_taken_back(node):
    node.eth0["driver_makes"] = lambda key, fields: (
        dict(fields, rx_pending=3072) if key == "rings" and fields["rx_pending"] == 2048 else fields
    )
    seen = []
    node.meanwhile = lambda: seen.append(node.ask("status", id="last"))
    told = node.make(FIVE[1:2])
    assert seen[0]["verified"] == {"eth0": {"ring": {"rx": 3072}}}
    assert (told["phase"], states(told)) == ("taken_back", ["put_back"])
    assert node.eth0["rings"]["rx_pending"] == 1024


def test_what_somebody_else_has_written_meanwhile_is_left_and_told(node):
    node.meanwhile = lambda: node.eth0["rings"].update(rx_pending=4096)
    told = node.make()
    assert (told["phase"], states(told)[1]) == ("taken_back", "left")
    assert node.eth0["rings"]["rx_pending"] == 4096
    assert "eth0: rx 4096 was written by somebody else since, and left" in told["notes"]


def test_a_nic_that_has_another_name_by_then_is_found(node):
    def rename():
        node.descriptions["wan0"] = node.descriptions.pop("eth0")
        node.kernel.links[1] = fake_host.link("wan0", 2)
        for top in ("/sys/class/net", fake_host.FUNCTION + "/net"):
            os.rename(f"{node.root}{top}/eth0", f"{node.root}{top}/wan0")
        os.remove(f"{node.root}/sys/class/net/wan0")
        os.symlink("../../devices/pci0000:00/0000:01:00.0/net/wan0", f"{node.root}/sys/class/net/wan0")

    node.meanwhile = rename
    told = node.make(FIVE[1:2])
    assert (told["phase"], states(told)) == ("taken_back", ["put_back"])
    assert node.eth0["rings"]["rx_pending"] == 1024
    assert "eth0 is called wan0 now" in told["notes"]


def test_a_nic_that_is_gone_is_told(node):
    def remove():
        del node.descriptions["eth0"], node.kernel.links[1]

    node.meanwhile = remove
    told = node.make(FIVE[1:])
    assert (told["phase"], states(told)) == ("taken_back", ["gone"] * 3 + ["put_back"])
    assert any("eth0 (0000:01:00.0, 02:fc:00:a1:b2:c3, mlx5_core) is not there" in note for note in told["notes"])


def full(path, *_arguments):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)


def test_on_a_full_disk_nothing_is_begun(node, monkeypatch):
    before = node.state()
    monkeypatch.setattr("ansible_collections.linuxnet.packetloss.plugins.module_utils.keep.files.write", full)
    with pytest.raises(Refused, match="no journal can be written, so nothing was begun and nothing was changed"):
        node.make()
    assert node.state() == before
    assert node.journals.ids() == []


@pytest.mark.parametrize("left", range(3, 14))
def test_a_disk_that_gets_full_at_any_moment_takes_it_back(node, monkeypatch, left):
    before = node.state()
    begun = node.begin(FIVE)
    whole, counted = node.journals.write, []

    def until_full(journal):
        counted.append(journal["phase"])
        if len(counted) >= left - 2:
            full("journal.json")
        whole(journal)

    node.journals.write = until_full
    run.run(node.host, node.journals, begun["id"], lambda: None)
    assert node.state() == before


def test_what_is_set_aside_lets_the_last_words_be_written_on_a_full_disk(node, monkeypatch):
    begun = node.begin(FIVE[:1])
    reserve = node.journals.path(begun["id"], "reserve")
    assert os.stat(reserve).st_blocks * 512 >= 1 << 18
    files = "ansible_collections.linuxnet.packetloss.plugins.module_utils.keep.files.write"
    from ansible_collections.linuxnet.packetloss.plugins.module_utils.keep import files as module

    whole = module.write
    monkeypatch.setattr(files, lambda path, *rest: full(path) if os.path.exists(reserve) else whole(path, *rest))
    journal = node.journals.read(begun["id"])
    node.journals.write(dict(journal, phase="taken_back"))
    assert node.journals.read(begun["id"])["phase"] == "taken_back"


def test_a_driver_that_does_not_answer_is_interrupted_when_the_time_is_over(node):
    before = node.state()
    begun = node.begin(FIVE[:3])
    journal = node.journals.read(begun["id"])
    node.journals.write(dict(journal, deadline_s=node.host.clock.monotonic_s() + 0.2))
    set_rings = node.driver.__class__.set

    def hang(driver, interface, address, key, structure):
        if key == "rings" and interface == node.eth0:
            time.sleep(30)
        return set_rings(driver, interface, address, key, structure)

    node.driver.set = lambda *arguments: hang(node.driver, *arguments)
    told = node.go_on(begun["id"])
    assert (told["phase"], node.state()) == ("taken_back", before)
    assert "a driver did not answer" in told["why"]
    assert states(told) == ["put_back", "as_before", "waiting"]


AFFINITY = [{"knob": "irq_affinity", "subject": "eth0", "values": {"40": [3], "41": [2]}}]


@pytest.fixture
def irqbalance(node):
    """The daemon, on the node."""
    for path, content in (("comm", "irqbalance\n"), ("cmdline", "/usr/sbin/irqbalance\0--foreground\0")):
        os.makedirs(f"{node.root}/proc/{PID}", exist_ok=True)
        with open(f"{node.root}/proc/{PID}/{path}", "w") as stream:
            stream.write(content)
        os.remove(f"{node.root}/proc/78/{path}")
    daemon = Daemon(banned=[9, 41])
    daemon.start()
    yield daemon
    daemon.close()


def test_irqbalance_leaves_affinities_alone_for_as_long_as_they_are_made(node, irqbalance):
    places = ["/proc/irq/40/smp_affinity_list", "/proc/irq/41/smp_affinity_list"]
    before = list(map(node.host.word, places))
    seen = []
    node.meanwhile = lambda: seen.append((irqbalance.banned, list(map(node.host.word, places))))
    told = node.make(AFFINITY)
    assert seen == [([9, 40, 41], ["3", "2"])]
    # Number 41 was banned by somebody else.
    assert (told["phase"], irqbalance.banned) == ("taken_back", [9, 41])
    assert list(map(node.host.word, places)) == before
    assert any("interrupt 40 still goes to CPU" in note for note in told["notes"])


def test_affinities_that_are_refused_give_irqbalance_its_interrupts_back(node, irqbalance):
    node.files.refusals["/proc/irq/41/smp_affinity_list"] = errno.ENOSPC
    told = node.make(AFFINITY)
    assert (told["phase"], irqbalance.banned) == ("taken_back", [9, 41])
    assert "no interrupt vector is left" in told["why"]


def test_a_second_one_is_refused_while_one_is_under_way(node):
    begun = node.begin(FIVE[:1])
    with pytest.raises(Refused, match=f"transaction {begun['id']} of .* is under way"):
        node.begin(FIVE[1:2])
    assert node.journals.ids() == [begun["id"]]


def test_who_has_the_lock_is_told_to_who_wants_it(node):
    lock = Lock(str(node.root), node.host.clock, "transaction X", 1)
    with lock, pytest.raises(Refused, match=f"transaction X \\(process {os.getpid()}\\) has the lock"):
        node.begin(FIVE[:1])
    node.begin(FIVE[:1])


def test_a_boot_takes_back_what_was_not_kept(node):
    begun = node.begin(FIVE[:1])
    place = str(node.root) + "/proc/sys/kernel/random/boot_id"
    os.chmod(place, 0o644)
    with open(place, "w") as stream:
        stream.write("6a1c6c7e-0001-4000-8000-000000000002\n")
    told = node.ask("status", id=begun["id"])
    assert (told["phase"], told["why"], told["age_s"]) == ("taken_back", history.BOOTED, None)
    back = node.ask("taken_back", id=begun["id"])
    assert (back["changed"], back["phase"]) == (False, "taken_back")
    # And it is in nobody's way.
    assert node.begin(FIVE[:1])["id"] is not None


def test_all_processes_ended_is_told_with_what_to_do(node):
    begun = node.begin(FIVE[:1])
    node.host.clock.sleep(3600)
    told = node.ask("status", id=begun["id"], wait=0)
    assert told["phase"] == "stuck" and "its processes were ended; say state: taken_back" in told["why"]


def test_what_has_drifted_from_a_plan_is_not_begun(node):
    planned = node.ask("applied", settings=FIVE[1:2])["changes"]
    assert node.ask("status", id="last")["phase"] == "armed"
    shutil.rmtree(node.journals.folder)
    node.eth0["rings"]["rx_pending"] = 512
    with pytest.raises(Refused, match="drifted: eth0: ring: planned was rx 1024 to rx 2048, decided now is rx 512 to"):
        node.begin(FIVE[1:2], expected=planned)
    with pytest.raises(Refused, match="drifted: the host: sysctl: planned was nothing to change"):
        node.begin(FIVE[4:], expected=[])
    node.eth0["rings"]["rx_pending"] = 1024
    assert node.begin(FIVE[1:2], expected=json.loads(json.dumps(planned)))["id"]


def test_what_is_not_allowed_is_not_begun(node):
    with pytest.raises(Refused, match="eth0: it is never to be touched"):
        node.begin(FIVE[:1], never=["eth*"])
    with pytest.raises(Refused, match="nothing was changed"):
        node.begin(FIVE[:1], disruption=0)
    assert node.journals.ids() == []


@pytest.mark.parametrize(
    "setting, said",
    [
        ({"knob": "rings", "subject": "eth0", "values": {"rx": 1}}, "knob is 'rings', expected one of"),
        ({"knob": "ring", "values": {"rx": 1}}, "subject is None, expected the name of a NIC"),
        ({"knob": "sysctl", "subject": "eth0", "values": {"a": 1}}, "and none for sysctl"),
        ({"knob": "ring", "subject": "eth0", "values": []}, "values is [], expected a mapping"),
        ({"knob": "ring", "subject": "eth0", "value": {"rx": 1}}, "value is not known"),
    ],
)
def test_a_setting_that_is_none_is_told(node, setting, said):
    with pytest.raises(Refused) as error:
        node.begin([setting])
    assert said in str(error.value)


@pytest.mark.parametrize("ident", ["../../etc", "", "20260131T120000-5f0c3a/..", "20260131T120000-5f0c3a\n"])
def test_an_id_is_never_a_path(node, ident):
    with pytest.raises(Refused, match="is no id of a transaction|there is no transaction|id is missing"):
        node.ask("confirmed", id=ident, token="x")
