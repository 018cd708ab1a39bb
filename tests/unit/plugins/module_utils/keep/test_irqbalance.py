# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""irqbalance is told by a real socket; who listens is a FAKE that speaks as irqbalance.c does (1.2.0 to 1.9.2)."""

import os

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.keep import files, irqbalance, irqbalance_policy
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import Refused
from ansible_collections.linuxnet.packetloss.tests.unit import fake_host
from ansible_collections.linuxnet.packetloss.tests.unit.fake_irqbalance import PID, Daemon

CONFIG = "/etc/default/irqbalance"
BEFORE = "# Options.\nIRQBALANCE_ARGS='--banirq=9 --policyscript=/etc/mine'\n"
UNIT = f"[Service]\nEnvironmentFile=-{CONFIG}\nExecStart=/usr/sbin/irqbalance $IRQBALANCE_ARGS\n"
SCRIPT = irqbalance_policy.PATH


@pytest.fixture
def daemon():
    """Starts a Daemon."""
    started = []

    def start(**arguments):
        started.append(Daemon(**arguments))
        started[-1].start()
        return started[-1]

    yield start
    for each in started:
        each.close()


@pytest.fixture
def root(tmp_path, monkeypatch):
    """The folder of a host on which irqbalance runs with this process' id; what is kept is written into it."""
    contents = fake_host.files()
    for path in ("/proc/78/comm", "/proc/78/cmdline"):
        del contents[path]
    contents[f"/proc/{PID}/comm"] = "irqbalance\n"
    contents[f"/proc/{PID}/cmdline"] = "/usr/sbin/irqbalance\0--foreground\0"
    contents["/lib/systemd/system/irqbalance.service"] = UNIT
    contents[CONFIG] = BEFORE
    fake_host.make(tmp_path, contents)
    write, remove = files.write, files.remove
    monkeypatch.setattr(files, "write", lambda path, text, mode: write(f"{tmp_path}{path}", text, mode))
    monkeypatch.setattr(files, "remove", lambda path: remove(f"{tmp_path}{path}"))
    return tmp_path


def nics(*irqs, name="igb0", address="0000:41:00.0"):
    found = {str(irq): {"action": f"{name}-rx-{queue}"} for queue, irq in enumerate(irqs)}
    return {name: ({"pci": {"address": address}, "irqs": found}, list(found))}


def ban(root, wanted=True, **more):
    return irqbalance.Ban(fake_host.host(root), more.pop("nics", nics(44, 45)), wanted, **more)


def text(root, path):
    return (root / path[1:]).read_text() if (root / path[1:]).exists() else None


def test_what_was_banned_stays_so_and_a_second_run_does_nothing(root, daemon):
    one = daemon(banned=[9], placed=[44])
    first = ban(root)
    assert first.changed() and one.heard == ["setup"]
    first.make()
    assert one.banned == [9, 44, 45]
    assert irqbalance_policy.of_script(text(root, SCRIPT)) == (
        {"igb0": ["0000:41:00.0/*-rx-[0-9]*", "0000:41:00.0/[*]"]},
        "/etc/mine",
    )
    assert os.stat(f"{root}{SCRIPT}").st_mode & 0o7777 == 0o755
    value = irqbalance_policy.value_of(text(root, CONFIG), "IRQBALANCE_ARGS")
    assert value == f"--banirq=9 --policyscript=/etc/mine {irqbalance_policy.OPTION}"
    assert first.told() == {
        "running": True,
        "banned": [44, 45],
        "policy_script": SCRIPT,
        "files": [CONFIG, SCRIPT],
        "changed": True,
    }
    before, after = first.diff()
    assert before.endswith("irqbalance: banned 9\n") and after.endswith("irqbalance: banned 9,44-45\n")
    assert f"{CONFIG}: # Options." not in before + after
    second = ban(root)
    assert (second.changed(), second.diff(), second.told()["files"]) == (False, ("", ""), [])


def test_absent_gives_the_files_back_to_the_byte_and_the_interrupts_too(root, daemon):
    one = daemon(banned=[9])
    ban(root).make()
    ban(root, nics=nics(60, name="igb1", address="0000:42:00.0")).make()
    assert one.banned == [9, 44, 45, 60]
    ban(root, wanted=False).make()
    assert one.banned == [9, 60]
    assert list(irqbalance_policy.of_script(text(root, SCRIPT))[0]) == ["igb1"]
    ban(root, wanted=False, nics=nics(60, name="igb1", address="0000:42:00.0")).make()
    assert (one.banned, text(root, CONFIG), text(root, SCRIPT)) == ([9], BEFORE, None)
    assert ban(root, wanted=False).changed() is False


def test_a_nic_that_was_renamed_is_the_same(root, daemon):
    daemon()
    ban(root).make()
    ban(root, nics=nics(44, 45, name="ens1")).make()
    assert list(irqbalance_policy.of_script(text(root, SCRIPT))[0]) == ["ens1"]


def test_what_was_made_can_be_taken_back(root, daemon):
    one = daemon(banned=[9])
    first = ban(root)
    first.make()
    assert first.take_back() == "; irqbalance has its interrupts again"
    assert (one.banned, text(root, CONFIG), text(root, SCRIPT)) == ([9], BEFORE, None)


def test_one_that_started_with_the_script_and_places_none_of_them_is_not_told_again(root, daemon):
    """After a reboot: the list of numbers is empty, the script holds them."""
    one = daemon()
    ban(root).make()
    (root / f"proc/{PID}/cmdline").write_text(f"/usr/sbin/irqbalance\0{irqbalance_policy.OPTION}\0")
    one.banned, one.placed = [], [43, 50]
    assert ban(root).changed() is False
    one.placed = [43, 45]
    again = ban(root)
    again.make()
    assert (again.told()["files"], one.banned) == ([], [44, 45])


@pytest.fixture
def systemctl(tmp_path, monkeypatch):
    """A systemctl that writes down what it is told; ``systemctl(code)`` makes it, and returns the file."""

    def make(code=0):
        folder = tmp_path / "bin"
        folder.mkdir()
        program = folder / "systemctl"
        program.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/told\necho no such unit\nexit {code}\n')
        program.chmod(0o755)
        monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
        return tmp_path / "told"

    return make


@pytest.mark.parametrize("there", [True, False])
def test_more_numbers_than_its_buffer_takes_and_no_socket_are_reasons_for_a_restart(root, daemon, systemctl, there):
    told = systemctl()
    one = daemon(banned=[9]) if there else None
    ban(root, nics=nics(*range(1000, 1126) if there else [44])).make()
    assert told.read_text() == "try-restart irqbalance.service\n"
    assert one is None or (one.banned, "settings" in " ".join(one.heard)) == ([9], False)


def test_one_without_a_socket_that_was_started_with_the_script_is_not_started_again(root, systemctl):
    told = systemctl()
    ban(root).make()
    (root / f"proc/{PID}/cmdline").write_text(f"/usr/sbin/irqbalance\0{irqbalance_policy.OPTION}\0")
    assert ban(root).changed() is False
    assert told.read_text().count("try-restart") == 1


def test_a_restart_that_fails_takes_the_files_back(root, systemctl):
    systemctl(code=5)
    with pytest.raises(Refused) as error:
        ban(root).make()
    assert "irqbalance could not be told: systemctl try-restart irqbalance.service: no such unit" in str(error.value)
    assert (text(root, CONFIG), text(root, SCRIPT)) == (BEFORE, None)


def test_where_it_does_not_run_nothing_is_done_and_absent_still_cleans_up(root, daemon):
    one = daemon()
    ban(root).make()
    (root / f"proc/{PID}/comm").write_text("other\n")
    assert ban(root).told() == {
        "running": False,
        "banned": [],
        "policy_script": None,
        "files": [],
        "changed": False,
    }
    heard = list(one.heard)
    ban(root, wanted=False).make()
    assert (text(root, CONFIG), text(root, SCRIPT), one.heard) == (BEFORE, None, heard)


@pytest.mark.parametrize(
    "path, contents, message",
    [
        ("/lib/systemd/system/irqbalance.service", "[Service]\nExecStart=/usr/sbin/irqbalance\n", "no irqbalance.serv"),
        (CONFIG, 'IRQBALANCE_ARGS="--foo=$BAR"\n', f"{CONFIG}: IRQBALANCE_ARGS is '--foo=$BAR', with quotes in it"),
    ],
)
def test_what_cannot_be_told_is_refused_before_anything_is_changed(root, daemon, path, contents, message):
    one = daemon()
    (root / path[1:]).write_text(contents)
    with pytest.raises(Refused, match="irqbalance: ignore") as error:
        ban(root)
    assert message in str(error.value)
    assert one.heard == [] and text(root, SCRIPT) is None


def test_for_a_time_it_is_asked_and_no_file_is_written(root, daemon):
    one = daemon(banned=[9, 44])
    before = text(root, CONFIG)
    first = ban(root, lasting=False)
    assert first.added() == [45]
    first.make()
    assert one.banned == [9, 44, 45]
    assert (text(root, CONFIG), text(root, SCRIPT)) == (before, None)
    irqbalance.give_back(fake_host.host(root), first.added())
    assert one.banned == [9, 44]
    # One that was started anew has none of them.
    heard = len(one.heard)
    irqbalance.give_back(fake_host.host(root), [45])
    assert one.heard[heard:] == ["setup"]


def test_what_cannot_be_asked_for_a_time_is_refused_and_nothing_is_restarted(root, monkeypatch):
    def fail(*_arguments):
        raise AssertionError

    monkeypatch.setattr(irqbalance.Ban, "_restart", fail)
    with pytest.raises(Refused, match="its socket does not answer.*run the module irq_affinity for these NICs once"):
        ban(root, lasting=False).make()
