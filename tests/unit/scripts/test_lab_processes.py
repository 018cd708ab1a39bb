# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the lab starts goes on until it is told to end, and never longer than the lab itself."""

import contextlib
import os
import pathlib
import signal
import subprocess
import sys
import textwrap
import time

import losses
import meter
import netns
import pytest
import traffic

PROVOKE = os.path.dirname(netns.__file__)
LAB = os.path.join(os.path.dirname(PROVOKE), "lab")
PATIENCE_S = 30


def program(text, **options):
    """A Python program that can import what the lab is made of."""
    prelude = f"import sys; sys.path[:0] = [{PROVOKE!r}, {LAB!r}, {os.path.dirname(PROVOKE)!r}]\n"
    command = [sys.executable, "-c", prelude + textwrap.dedent(text)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **options)


def state(pid):
    """The letter of the process's state, or None."""
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return text.rpartition(")")[2].split()[0]


def gone(pid):
    """Whether the process ends while we are patient."""
    end = time.monotonic() + PATIENCE_S
    while state(pid) not in (None, "Z") and time.monotonic() < end:
        time.sleep(0.05)
    return state(pid) in (None, "Z")


def test_a_command_goes_on_for_longer_than_any_trial(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(traffic.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(traffic.time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))
    turns = traffic.paced(10.0)
    for _unused in range(100):
        next(turns)
    assert now[0] == 990.0


def test_what_is_repeated_goes_on_and_tells_that_it_broke():
    called = []

    def action():
        called.append(1)
        if len(called) == 3:
            raise RuntimeError("no such cable")

    def wait_for_the_end():
        end = time.monotonic() + PATIENCE_S
        while not netns.ended_by_themselves() and time.monotonic() < end:
            time.sleep(0.01)
        assert netns.ended_by_themselves() == ["what is done again and again"]

    with pytest.raises(RuntimeError, match="no such cable"), losses.repeated(action, 0.001):
        wait_for_the_end()
    assert netns.ended_by_themselves() == []


#: As behind a remote shell: the parent of the command is not who started it, and stays.
BEHIND_A_SHELL = "exec 3<&0; {python} {traffic} udp-sender --port=9 <&3 & echo $$ $! >{pids}; wait; sleep 300"


def test_a_command_ends_with_a_lab_that_is_killed(tmp_path):
    script = BEHIND_A_SHELL.format(python=sys.executable, traffic=netns.TRAFFIC, pids=tmp_path / "pids")
    lab = program(
        f"""
        import netns, time
        with netns.started("sh", "-c", {script!r}):
            print("started", flush=True)
            time.sleep(300)
        """
    )
    assert lab.stdout.readline() == "started\n"
    shell, command = map(int, (tmp_path / "pids").read_text().split())
    try:
        assert state(command) not in (None, "Z")
        lab.kill()
        lab.wait()
        assert gone(command)
    finally:
        # The session of what was started, with what the shell has in it.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(shell, signal.SIGKILL)


def test_a_command_has_ended_when_its_block_ends():
    with netns.started(sys.executable, str(netns.TRAFFIC), "tcp-reader", "--port=0") as process:
        assert process.poll() is None
        assert netns.ended_by_themselves() == []
    assert process.returncode == 0


def test_a_command_that_ended_by_itself_is_told():
    """What was measured meanwhile is no cure."""
    with pytest.raises(RuntimeError, match="ended by itself: it broke"):  # noqa: SIM117 - which of the two raises counts
        with netns.started("sh", "-c", "echo ready; echo it broke >&2") as process:
            process.wait(PATIENCE_S)
            assert len(netns.ended_by_themselves()) == 1
    assert netns.ended_by_themselves() == []


def test_a_command_that_does_not_start_is_told():
    with pytest.raises(RuntimeError, match="did not start: no"), netns.started("sh", "-c", "echo no >&2"):
        pass


def test_ctrl_c_does_not_hit_a_command_in_flight():
    """It goes to the whole group of processes: the undoing needs its commands."""
    lab = program(
        """
        import netns, signal
        signal.signal(signal.SIGINT, lambda *_unused: print("told", flush=True))
        with netns.started("sh", "-c", "echo ready; read nothing; exit 0"):
            print("begun", flush=True)
            print(netns.run("sh", "-c", "sleep 1; echo undone"), end="", flush=True)
        """,
        start_new_session=True,
    )
    assert lab.stdout.readline() == "begun\n"
    time.sleep(0.3)
    os.killpg(lab.pid, signal.SIGINT)
    assert lab.communicate(timeout=PATIENCE_S)[0] == "told\nundone\n"
    assert lab.returncode == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_lab_in_the_background_of_a_shell_hears_that_it_is_to_stop(number):
    """A shell without job control has what it starts in the background ignore SIGINT."""
    lab = program(
        f"""
        import lab
        stopped = lab.told_to_stop()
        print("it goes on", flush=True)
        print("undone" if stopped.wait({PATIENCE_S}) else "never told", flush=True)
        """,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
    )
    assert lab.stdout.readline() == "it goes on\n"
    os.kill(lab.pid, number)
    assert lab.communicate(timeout=PATIENCE_S)[0] == "undone\n"


def test_a_slow_filter_is_measured_against_one_that_also_refuses():
    """The old measurement compared with a packet that is taken, which may be as slow: then a packet of 250 microseconds
    wanted 2500 sockets, and had no files for them."""
    with traffic.packet_filter(3) as short:
        assert traffic.filter_seconds(short) == traffic.FASTEST_FILTER_S
    with traffic.packet_filter(traffic.FILTER_LENGTH) as slow:
        assert traffic.FASTEST_FILTER_S <= traffic.filter_seconds(slow) < 1e-3
    assert 250e-6 / traffic.FASTEST_FILTER_S < 1024


def test_a_meter_reads_files_and_commands_and_what_is_not_there():
    assert float(meter.look("/proc/uptime").split()[0]) > 0
    assert meter.look("echo 'a  b'") == "a  b\n"
    assert meter.look("/proc/no/such/file") == ""
    assert meter.look("sh -c 'echo half; exit 1'") == "half\n"


def test_a_meter_tells_its_looks_line_by_line():
    lines = []
    with netns.started(sys.executable, str(netns.METER), "/proc/uptime", line=lines.append):
        end = time.monotonic() + PATIENCE_S
        while len(lines) < 2 and time.monotonic() < end:
            time.sleep(0.05)
    assert len(lines) >= 2
    assert all(line.startswith('{"uptime_s": ') and '"/proc/uptime"' in line for line in lines)
