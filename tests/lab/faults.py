# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What may go wrong with a transaction over SSH that comes through the very NIC which it changes, at each of its steps.

However it ends, all of it is applied and confirmed, or everything is as before: ways.py reads that with the system's
own programs.
"""

import contextlib
import dataclasses
import json
import pathlib
import secrets
import subprocess
import time
from collections.abc import Callable
from typing import NamedTuple

import packing
import ways
from packing import Unreachable

WINDOW_S = 20
#: After the window, where the second guard has to act: its time allows for making the changes too, and an emulated CPU
#: takes a while for its Python.
MARGIN_S = 75
#: For what has to come from a guest whose NIC may be cut.
_CALL_LIMIT_S = 120
_REACH_LIMIT_S = 90
SABOTEUR = pathlib.Path(__file__).with_name("saboteur.py")
_STATE = "/var/lib/packetloss"

APPLIED, BEFORE, HALF, UNREACHABLE = "applied and confirmed", "as before", "half applied", "unreachable"


class Trial:
    """One transaction of five settings in *guest*, over SSH through the NIC of *way*."""

    def __init__(self, guest, way, step=None):
        self.guest, self.way, self.step = guest, way, step
        self.before = ways.read(guest, way)
        #: What is applied, if all is: set anew by a fault with settings of its own.
        self.wanted = ways.applied(way, self.before)
        #: Made here: it is known though the answer may get lost.
        self.token = secrets.token_hex(16)
        self.answer = {}
        self.seen = {}
        #: The state of this transaction is gone with a disk of its own.
        self.ended_outside = False
        #: What a fault changed by itself, which nobody has to take back: ``{what: value}``.
        self.foreign = {}

    # --- calls of the module

    def start(self, arguments):
        """A run of the module through the NIC."""
        return packing.start(self.guest, self.way.entry, arguments)

    def call(self, wrapper="", **arguments):
        """What the module answers through the NIC."""
        return packing.call(self.guest, self.way.entry, wrapper, **arguments)

    def apply_arguments(self, settings=None):
        return {
            "state": "applied",
            "settings": list(settings or self.way.settings),
            "window": WINDOW_S,
            "disruption": 3,
            "reason": {"test": "faults"},
            "token": self.token,
        }

    def apply(self, settings=None, wrapper=""):
        """The transaction is begun: what the module answered."""
        self.answer = self.call(wrapper, **self.apply_arguments(settings))
        assert not self.answer.get("failed"), f"it was not begun: {self.answer.get('msg')}"

    def status(self, wait=0):
        return self.call(state="status", id=self.identity(), wait=wait)

    def identity(self):
        return self.answer.get("id") or self.seen.get("id") or "last"

    def wait_until_applied(self):
        """Phase applied, or the one that it ended in."""
        return self.status(wait=30)

    def confirm(self):
        """Waited for, and confirmed."""
        return packing.confirm(self.guest, self.way.entry, self.identity(), self.token)

    def wait_until_over(self, window_s=WINDOW_S):
        """It was confirmed, or has gone back, whoever of its guards had to do it; what is told of it."""
        time.sleep(window_s)
        end = time.monotonic() + WINDOW_S + MARGIN_S - window_s
        told = {}
        while time.monotonic() < end:
            with contextlib.suppress(Unreachable):
                # Not for an end by itself where it is applied: that is told at once.
                told = self.status(wait=10)
                if told.get("phase") in ("taken_back", "confirmed") or told.get("failed"):
                    break
            time.sleep(2)
        return told

    # --- what goes wrong

    @contextlib.contextmanager
    def sabotaged(self, action, step=None):
        """saboteur.py waits for the next transaction; what it saw is in ``seen`` when the block has ended."""
        step = self.step if step is None else step
        with subprocess.Popen(
            self.guest.ssh("python3", f"/root/{SABOTEUR.name}", str(step), action),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as process:
            if process.stdout.readline() != "ready\n":
                raise RuntimeError("the saboteur did not start")
            yield process
            self.seen = json.loads(process.stdout.readline() or "{}")

    def reach(self):
        """Something answers through the NIC, over a new connection; raises Unreachable."""
        end = time.monotonic() + _REACH_LIMIT_S
        while time.monotonic() < end:
            done = subprocess.run(
                self.guest.ssh_through(self.way.entry, "true"), capture_output=True, text=True, check=False
            )
            if done.returncode == 0:
                return
            time.sleep(1)
        raise Unreachable(f"{self.way.entry} of {self.guest.name}: {done.stderr[-300:]}")

    def cut(self, seconds):
        """The cable of the NIC is pulled for so long."""
        self.guest.set_link(self.way.nic, False)
        try:
            time.sleep(seconds)
        finally:
            self.guest.set_link(self.way.nic, True)

    def script(self, text):
        return self.guest.run("sh", "-ec", text)


def confirmed_if_applied(trial):
    """A controller that does all right from here on, however far the transaction is."""
    trial.reach()
    return trial.confirm()


# --- the faults: each is given a Trial, and does all that happens until the transaction has ended


def nothing(trial):
    trial.apply()
    trial.confirm()


def controller_killed_before_the_answer(trial):
    with trial.sabotaged("tell") as saboteur:
        process = trial.start(trial.apply_arguments())
        saboteur.wait(timeout=_CALL_LIMIT_S)
        process.kill()
        process.communicate()
    trial.wait_until_over()


def controller_killed_after_the_answer(trial):
    trial.apply()
    trial.wait_until_over()


def cut_for_seconds(trial):
    with trial.sabotaged("tell") as saboteur:
        process = trial.start(trial.apply_arguments())
        saboteur.wait(timeout=_CALL_LIMIT_S)
        trial.cut(4)
    with contextlib.suppress(Unreachable):
        trial.answer = packing.answer(process)
    confirmed_if_applied(trial)


def cut_for_longer_than_the_window(trial):
    trial.apply()
    trial.cut(WINDOW_S + 10)
    trial.reach()
    trial.wait_until_over()


def second_controller(trial):
    trial.apply()
    second = trial.call(**dict(trial.apply_arguments(), settings=[ways.sysctl(netdev_max_backlog=2000)]))
    assert second.get("failed"), f"the second controller was not refused: {second}"
    trial.confirm()


def two_controllers_at_once(trial):
    both = [trial.start(trial.apply_arguments()) for _unused in range(2)]
    answers = [packing.answer(process) for process in both]
    good = [answer for answer in answers if not answer.get("failed")]
    assert len(good) == 1, f"of two controllers {len(good)} were let in: {answers}"
    trial.answer = good[0]
    trial.confirm()


def driver_refuses(trial):
    trial.apply(ways.REFUSED[trial.step][1])
    told = trial.wait_until_applied()
    if told.get("phase") not in ("taken_back", "stuck"):
        trial.wait_until_over()


def rounded_value(trial):
    asked, had = trial.way.rounded
    trial.apply([ways.setting("ring", trial.way.nic, rx=asked), *trial.way.settings[1:]])
    trial.wanted["ring RX"] = had
    trial.confirm()


_RENAMED = "ip link set {0} down; ip link set {0} name {1}; ip link set {1} up"


def _renamed(trial, old, new):
    trial.script(_RENAMED.format(old, new))


def _named_again(trial):
    """With its own name networkd gives it its address again."""
    _renamed(trial, "other0", trial.way.nic)
    trial.guest.wait_for_carrier(trial.way.nic)
    _has_its_address(trial)


def _has_its_address(trial):
    """Wait until networkd has given the NIC its address again, and tell it its neighbour again."""
    nic, guest = trial.way.nic, trial.guest
    trial.script(f"udevadm settle; networkctl reconfigure {nic} || true")
    there = f"ip -br address show {nic} | grep -q {guest.address(nic)}"
    trial.script(f"for turn in $(seq 100); do {there} && exit 0; sleep 0.2; done; exit 1")
    neighbour = (guest.peer(nic), "lladdr", guest.wire(nic)["from_mac"], "dev", nic, "nud", "permanent")
    guest.run("ip", "neighbour", "replace", *neighbour)


def renamed_meanwhile(trial):
    trial.apply()
    trial.wait_until_applied()
    _renamed(trial, trial.way.nic, "other0")
    try:
        time.sleep(WINDOW_S + 5)
    finally:
        _named_again(trial)
    trial.reach()
    trial.wait_until_over()


def renamed_before_it_is_taken_back(trial):
    nothing(trial)
    _renamed(trial, trial.way.nic, "other0")
    try:
        answer = packing.call_shared(trial.guest, state="taken_back", id=trial.identity())
        assert not answer.get("failed"), answer
    finally:
        _named_again(trial)
    trial.reach()


def driver_reloaded_meanwhile(trial):
    trial.apply()
    trial.wait_until_applied()
    back = trial.script(trial.way.driver_gone).strip()
    try:
        time.sleep(WINDOW_S + 5)
    finally:
        trial.script(f"{back}; udevadm settle")
        trial.guest.wait_for_carrier(trial.way.nic)
        _has_its_address(trial)
    trial.reach()
    trial.wait_until_over()
    # Its interrupts are new ones, and go where the driver sends them.
    trial.foreign = {what: value for what, value in ways.read(trial.guest, trial.way).items() if "irq" in what}


def something_else_writes(trial):
    trial.apply()
    trial.wait_until_applied()
    if "coalesce rx-usecs" in trial.way.shows:
        trial.script(f"ethtool -C {trial.way.nic} rx-usecs 33")
        trial.foreign = {"coalesce rx-usecs": "33"}
    else:
        trial.script("sysctl -qw net.core.netdev_budget=555")
        trial.foreign = {"net.core.netdev_budget": "555"}
    trial.wait_until_over()


@contextlib.contextmanager
def _small_disk(trial, size):
    trial.script(f"mkdir -p {_STATE}; mount -t tmpfs -o mode=0755,size={size} tmpfs {_STATE}")
    try:
        yield
    finally:
        trial.script(f"umount -l {_STATE}")


def disk_full(trial):
    with _small_disk(trial, "64k"):
        answer = trial.call(**trial.apply_arguments())
        assert answer.get("failed"), f"it began without a place for its journal: {answer}"


def disk_full_meanwhile(trial):
    with _small_disk(trial, "12m"):
        with trial.sabotaged("fill"):
            trial.apply()
        trial.wait_until_over()
        # A journal that cannot be written says what it said last.
        trial.ended_outside = True


def no_systemd(trial):
    trial.apply(wrapper="mount -t tmpfs tmpfs /run/systemd")
    assert trial.answer.get("timer") == "process", trial.answer
    trial.confirm()


def no_systemd_and_nobody_confirms(trial):
    trial.apply(wrapper="mount -t tmpfs tmpfs /run/systemd")
    assert trial.answer.get("timer") == "process", trial.answer
    trial.wait_until_over()


def etc_read_only(trial):
    nothing(trial)
    answer = trial.call(
        wrapper="mount --bind /etc /etc; mount -o remount,ro,bind /etc", state="kept", id=trial.identity()
    )
    assert answer.get("failed"), f"kept in a read-only /etc: {answer}"


def noexec(trial):
    mounts = ("/tmp", "/dev/shm", _STATE)
    trial.script(f"mkdir -p {_STATE}; mount -t tmpfs -o noexec tmpfs /tmp; mount -o remount,noexec /dev/shm")
    try:
        with _small_disk(trial, "12m"):
            trial.script(f"mount -o remount,noexec {_STATE}")
            nothing(trial)
            trial.ended_outside = True
            assert trial.status().get("phase") == "confirmed"
            assert not ways.different(trial.wanted, ways.read(trial.guest, trial.way))
            trial.call(state="taken_back", id=trial.identity())
    finally:
        trial.script(f"umount -l /tmp; mount -o remount,exec {mounts[1]}")


def python_gone(trial):
    trial.apply()
    trial.wait_until_applied()
    trial.script("python=$(readlink -f /usr/bin/python3); mv $python $python.gone")
    try:
        time.sleep(WINDOW_S + 10)
    finally:
        trial.script("mv /usr/bin/python3.*.gone $(ls /usr/bin/python3.*.gone | sed 's/.gone$//')")
    trial.wait_until_over()


def process_killed(trial):
    with trial.sabotaged("kill"):
        trial.apply()
    # Whoever goes on with it takes it back at once, but where all was applied: then it waits for the window.
    trial.wait_until_over(0)


def process_hangs(trial):
    with trial.sabotaged("stop"):
        trial.apply()
    trial.wait_until_over()


def timer_stopped(trial):
    trial.apply()
    trial.wait_until_applied()
    trial.script(
        "systemctl stop $(systemctl list-units --type=timer --plain --no-legend 'packetloss*' | cut -d' ' -f1)"
    )
    trial.wait_until_over()


@contextlib.contextmanager
def _clock(trial, jump):
    trial.script(f"date -s '{jump}' > /dev/null")
    try:
        yield
    finally:
        trial.script(f"date -s @{time.time():.0f} > /dev/null")


def clock_forward(trial):
    trial.apply()
    with _clock(trial, "+1 day"):
        trial.confirm()


def clock_back(trial):
    trial.apply()
    with _clock(trial, "-1 day"):
        trial.wait_until_over()


def same_connection(trial):
    """The connection that all share is that of before: it proves nothing, so it may not confirm."""

    trial.answer = packing.call_shared(trial.guest, **trial.apply_arguments())
    trial.wait_until_applied()
    told = {"state": "confirmed", "id": trial.identity(), "token": trial.token}
    wrong = packing.call_shared(trial.guest, **told)
    assert wrong.get("failed"), f"the old connection was enough: {wrong}"
    wrong = trial.call(state="confirmed", id=trial.identity(), token="0" * len(trial.token))
    assert wrong.get("failed"), f"a wrong token was enough: {wrong}"
    trial.confirm()


def timer_fires(trial):
    """As controller_killed_after_the_answer, seen by its own words."""
    trial.apply()
    told = trial.wait_until_over()
    assert told.get("why"), told


@dataclasses.dataclass(frozen=True)
class Fault:
    """Something that goes wrong, with the step at which it does if it is one, and how it has to end: :data:`APPLIED`,
    :data:`BEFORE`, or None where either is right. *long* is left to ``make vm-long``."""

    title: str
    happens: Callable[[Trial], None]
    nic: str
    ends: str | None
    step: int | None = None
    long: bool = True

    @property
    def name(self):
        return f"{self.title}{'' if self.step is None else f' at step {self.step}'}, {self.nic}"


def _faults():
    for nic in ("e1k0", "vmx0", "vio0", "igb0"):
        yield Fault("nothing goes wrong", nothing, nic, APPLIED)
    for step, nic in ((0, "e1k0"), (1, "vmx0"), (3, "vio0"), (4, "igb0")):
        yield Fault("controller killed before the answer", controller_killed_before_the_answer, nic, BEFORE, step)
    for nic in ("vio0", "igb0"):
        yield Fault("controller killed after the answer", controller_killed_after_the_answer, nic, BEFORE)
    for step, nic in ((1, "e1k0"), (2, "vmx0"), (3, "vio0"), (5, "igb0")):
        yield Fault("link cut for seconds", cut_for_seconds, nic, None, step)
    for nic in ("e1k0", "vio0"):
        yield Fault("link cut for longer than the window", cut_for_longer_than_the_window, nic, BEFORE)
    yield Fault("a second controller", second_controller, "e1k0", APPLIED)
    yield Fault("two controllers at once", two_controllers_at_once, "vmx0", APPLIED)
    for step, (nic, _settings) in ways.REFUSED.items():
        yield Fault("the driver refuses", driver_refuses, nic, BEFORE, step, long=step != 3)
    for nic in ("igb0", "vmx0"):
        yield Fault("a value that the driver rounds", rounded_value, nic, APPLIED)
    yield Fault("NIC renamed in the window", renamed_meanwhile, "e1k0", BEFORE)
    yield Fault("NIC renamed before it is taken back", renamed_before_it_is_taken_back, "vmx0", BEFORE)
    yield Fault("driver reloaded in the window", driver_reloaded_meanwhile, "e1k0", BEFORE)
    for nic in ("e1k0", "vmx0"):
        yield Fault("something else writes", something_else_writes, nic, BEFORE)
    yield Fault("disk full", disk_full, "e1k0", BEFORE)
    for step, nic in ((1, "e1k0"), (3, "vmx0")):
        yield Fault("disk full in the middle", disk_full_meanwhile, nic, BEFORE, step)
    yield Fault("no systemd", no_systemd, "vmx0", APPLIED)
    yield Fault("no systemd, nobody confirms", no_systemd_and_nobody_confirms, "e1k0", BEFORE)
    yield Fault("/etc read-only", etc_read_only, "e1k0", APPLIED)
    yield Fault("noexec everywhere", noexec, "vmx0", BEFORE)
    for nic in ("e1k0", "igb0"):
        yield Fault("Python gone", python_gone, nic, BEFORE)
    for step, nic in ((1, "vmx0"), (2, "e1k0"), (3, "vio0"), (4, "igb0"), (5, "e1k0")):
        yield Fault("applying process killed", process_killed, nic, BEFORE, step, long=step != 2)
    for step, nic in ((2, "vmx0"), (5, "vio0")):
        yield Fault("applying process hangs", process_hangs, nic, BEFORE, step)
    yield Fault("timer stopped by somebody", timer_stopped, "e1k0", BEFORE)
    yield Fault("clock jumps a day ahead", clock_forward, "e1k0", APPLIED)
    yield Fault("clock jumps a day back", clock_back, "vmx0", BEFORE)
    yield Fault("the same connection, and a wrong token", same_connection, "vio0", APPLIED)
    yield Fault("the timer fires", timer_fires, "vmx0", BEFORE)


FAULTS = tuple(_faults())


class Row(NamedTuple):
    """A row of the table of faults: what one combination was, and how it ended in one guest."""

    fault: str
    step: int | None
    nic: str
    kernel: str
    ended: str
    as_before_after_all: bool
    seconds: int
    said: str


def tried(guest, fault):
    """One combination: its :class:`Row`, and what is wrong with it, lines, none if all is well. Afterwards the guest
    is as before, whatever became of it."""
    begun = time.monotonic()
    wrong, ended, said, undone = [], "", "", False
    trial = Trial(guest, ways.WAYS[fault.nic], fault.step)
    try:
        try:
            fault.happens(trial)
            trial.reach()
        except (Unreachable, AssertionError, KeyError, RuntimeError, subprocess.SubprocessError) as error:
            wrong.append(f"{type(error).__name__}: {error}")
        told = _told(trial)
        said = told.get("why") or told.get("msg") or ""
        found = ways.read(guest, trial.way)
        ended, lines = _end(trial, told.get("phase"), found)
        wrong += lines
        if fault.ends and ended != fault.ends:
            wrong.append(f"ended {ended}, and not {fault.ends}: {json.dumps(told)[:3000]}")
        if told.get("phase") == "confirmed":
            answer = trial.call(state="taken_back", id=trial.identity())
            wrong += ways.different(trial.before, ways.read(guest, trial.way))
            if answer.get("failed"):
                wrong.append(f"it could not be taken back: {answer}")
        undone = not ways.different({**trial.before, **trial.foreign}, ways.read(guest, trial.way))
    finally:
        put_back(guest, trial)
    seconds = round(time.monotonic() - begun)
    row = Row(
        fault.title, fault.step, fault.nic, guest.kernel, ended, undone, seconds, " ".join(str(said).split())[:300]
    )
    return row, wrong


def _told(trial):
    """The status of the transaction, {} where there is none: it was refused before it began."""
    if trial.ended_outside or (not trial.answer.get("id") and not trial.seen.get("id")):
        return {"phase": None, "msg": trial.answer.get("msg")}
    with contextlib.suppress(Unreachable):
        return trial.status()
    return {"phase": UNREACHABLE}


def _end(trial, phase, found):
    """How it ended by what is read, and what is wrong with that, lines: never something in between, and as is told."""
    before = ways.different({**trial.before, **trial.foreign}, found)
    if phase == UNREACHABLE:
        return UNREACHABLE, [f"not as before: {before}"] if before else ["nothing answers any more"]
    if not before:
        return BEFORE, [f"told as {phase}, and all is as before"] if phase in ("confirmed", "applied") else []
    applied = ways.different(trial.wanted, found)
    if not applied:
        return APPLIED, [] if phase == "confirmed" else [f"told as {phase}, and all is applied"]
    return HALF, [f"neither as before: {before}", f"nor applied: {applied}"]


def put_back(guest, trial):
    """By hand, what a fault or a failure left."""
    names = {
        "ring RX": "ethtool -G {0} rx {1}",
        "feature generic-receive-offload": "ethtool -K {0} gro {1}",
        "coalesce rx-usecs": "ethtool -C {0} rx-usecs {1}",
    }
    left = {what for what, value in ways.read(guest, trial.way).items() if value != trial.before.get(what)}
    commands = ["set +e"]
    commands += [text.format(trial.way.nic, trial.before[what]) for what, text in names.items() if what in left]
    if "table" in left:
        commands.append(f"ethtool -X {trial.way.nic} equal 4")
        commands.append(f"[ {trial.way.nic} != igb0 ] || ethtool -X igb0 weight 1 1 1 1")
    commands += [f"sysctl -qw {what}={trial.before[what]}" for what in left if what.startswith("net.")]
    commands += [f"echo {trial.before[what] or 0} > {what}" for what in left if what.startswith("/sys")]
    irqs = {what: trial.before[what] for what in left if what.startswith("irq") and what in trial.before}
    for what, cpus in irqs.items():
        commands.append(
            f"grep -E '(^| ){trial.way.nic}{what[3:]}$|virtio[0-9]+{what[3:]}$' /proc/interrupts | cut -d: -f1 |"
            f" while read -r irq; do echo {cpus} > /proc/irq/$irq/smp_affinity_list; done"
        )
    if len(commands) > 1:
        guest.run("sh", "-c", "\n".join([*commands, "true"]))


def table(rows):
    """The rows as lines of text, aligned."""
    lines = [("fault", "step", "NIC", "kernel", "ended", "", "s")]
    for row in rows:
        step = "" if row.step is None else str(row.step)
        left = "as before after all" if row.as_before_after_all else "NOT AS BEFORE"
        lines.append((row.fault, step, row.nic, row.kernel, row.ended, left, str(row.seconds)))
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join("  ".join(text.ljust(width) for text, width in zip(line, widths)).rstrip() for line in lines)
