# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the audit over hosts that a test made: namespaces of this machine, or the lab guest."""

import contextlib
import dataclasses
import json
import os
import pathlib
import shlex
import signal
import subprocess
import sys

REPOSITORY = pathlib.Path(__file__).resolve().parents[1]
COLLECTIONS = REPOSITORY / ".venv" / "collections"
#: The one beside this Python, or that of another ansible-core.
PLAYBOOK = pathlib.Path(
    os.environ.get("PACKETLOSS_ANSIBLE_PLAYBOOK") or pathlib.Path(sys.executable).with_name("ansible-playbook")
)
#: What the lab tests leave for the summary of the tests and for the docs.
LAB_RESULTS = REPOSITORY / "build" / "lab"
#: What captures a host without Ansible.
CAPTURE = REPOSITORY / "playbooks" / "files" / "capture.sh"
#: Seconds for a run of a playbook, also where this machine is busy and the audited guest is saturated.
_LIMIT_S = 900
#: Seconds that Ansible has to end its workers where it is broken off.
_END_S = 30


@dataclasses.dataclass(frozen=True)
class Audited:
    """What one run left: its exit code and output, audit.json, and each host's document by the name of its file."""

    code: int
    output: str
    report: dict
    documents: dict

    def host(self, name):
        """The entry of audit.json for the host *name*."""
        return next(host for host in self.report["hosts"] if host["name"] == name)


def missing():
    """Why the audit cannot run here, or None."""
    if not PLAYBOOK.exists():
        return f"there is no {PLAYBOOK.name}: run `make test`"
    if not (COLLECTIONS / "ansible_collections" / "linuxnet" / "packetloss").exists():
        return "the collection is not linked into .venv/collections: run `make test`"
    return None


def namespace_host(folder, namespace, meanwhile=None):
    """The variables of an inventory host that is the namespace of that name.

    ``meanwhile=(seconds, command)`` runs a command so many seconds after the reading began. The host's Python is a
    program in *folder*: ``ip netns exec`` gives it a /sys that shows the namespace's NICs; all else is this machine's.
    """
    path = folder / f"python-{namespace}"
    lines = ["#!/bin/sh"]
    if meanwhile:
        seconds, command = meanwhile
        # Detached from the pipes, or Ansible would wait for it.
        lines.append(f"(sleep {seconds}; exec {shlex.join(command)}) </dev/null >/dev/null 2>&1 &")
    lines.append(f'exec {shlex.join(["ip", "netns", "exec", namespace, sys.executable])} "$@"')
    path.write_text("\n".join(lines) + "\n")
    path.chmod(0o755)
    return {"ansible_connection": "local", "ansible_python_interpreter": str(path)}


@contextlib.contextmanager
def changeable_host(folder, namespace, read_only_etc=False):
    """The variables of an inventory host that is the namespace of that name, and that may be changed in earnest.

    Its /etc, /var/lib and /run are its own, in *folder*, as long as the block lasts: what is kept for the boot, and the
    journals of its transactions, never reach this machine. The processes that it leaves behind end with it.
    """
    for part in ("etc", "work", "var", "run"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    etc = f"mount -t overlay overlay -o lowerdir=/etc,upperdir={folder}/etc,workdir={folder}/work /etc"
    mounts = [etc, f"mount --bind {folder}/var /var/lib", f"mount --bind {folder}/run /run"]
    mounts += ["mount -o remount,ro /etc"] if read_only_etc else []
    # The first process of a PID namespace: when it ends, so do all that came after it.
    inside = " && ".join([*mounts, "mount -t proc proc /proc", "echo ready", "exec sleep infinity"])
    entered = ["ip", "netns", "exec", namespace, "unshare", "--mount", "--propagation", "slave", "--pid", "--fork"]
    with subprocess.Popen([*entered, "sh", "-c", inside], stdout=subprocess.PIPE, text=True) as holder:
        try:
            if holder.stdout.readline() != "ready\n":
                raise RuntimeError(f"no host could be made of the namespace {namespace}")
            children = pathlib.Path(f"/proc/{holder.pid}/task/{holder.pid}/children").read_text().split()
            path = folder / "python"
            program = shlex.join(["nsenter", "--target", children[0], "--net", "--mount", "--pid", sys.executable])
            path.write_text(f'#!/bin/sh\nexec {program} "$@"\n')
            path.chmod(0o755)
            yield {"ansible_connection": "local", "ansible_python_interpreter": str(path)}
        finally:
            os.kill(int(children[0]), signal.SIGKILL)


def answering_host(folder, document, text=None):
    """The variables of an inventory host whose "Python" answers the module call with *document*, whatever it is asked.

    Everything on the controller is real; the answer is there at once. With *text* it answers that, in place of JSON.
    """
    stem = f"{len(list(folder.glob('answer-*')))}"
    answer = folder / f"answer-{stem}.json"
    answer.write_text(json.dumps({"changed": False, "packet_path_json": text or json.dumps(document)}))
    program = folder / f"python-{stem}"
    program.write_text(f"#!/bin/sh\nexec cat {answer}\n")
    program.chmod(0o755)
    return {"ansible_connection": "local", "ansible_python_interpreter": str(program)}


def documents(report):
    """The documents of a report folder, by the name of their file."""
    stored = [path for path in (report / "hosts").glob("*.json") if not path.name.endswith(".findings.json")]
    return {path.stem: json.loads(path.read_text()) for path in stored}


def play(folder, playbook, group, *arguments, **environment):
    """Run a playbook for a group ``{"hosts": ..., "vars": ...}``, with *folder* as the current directory."""
    inventory = folder / "hosts.json"
    inventory.write_text(json.dumps({"all": group}))
    command = [str(PLAYBOOK), str(playbook), "-i", str(inventory), "--forks", str(len(group["hosts"]) or 1), *arguments]
    with subprocess.Popen(
        command,
        cwd=folder,
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")},
            "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
            "ANSIBLE_HOME": str(folder / "ansible"),
            "ANSIBLE_NOCOLOR": "1",
            **environment,
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            output, _none = process.communicate(timeout=_LIMIT_S)
        except BaseException:
            # Killed outright it would leave workers, which go on with the hosts.
            process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.communicate(timeout=_END_S)
            process.kill()
            raise
    return subprocess.CompletedProcess(command, process.returncode, output)


def audit(folder, hosts, interval_s, **variables):
    """Audit ``{host name: variables}`` in one run of the playbook, with *folder* as the current directory.

    A host may have a ``packetloss_interval`` and ``packetloss_interfaces`` of its own.
    """
    # The interval is a variable of the group: as an extra variable it would override the hosts' own.
    group = {"hosts": hosts, "vars": {"packetloss_interval": interval_s}}
    return _reported(folder, "linuxnet.packetloss.audit", group, folder / "report", variables)


def diagnose(folder, captures, **variables):
    """Diagnose the captures in the folder *captures*, with *folder* as the current directory."""
    variables["packetloss_from"] = str(captures)
    return _reported(folder, "linuxnet.packetloss.diagnose", {"hosts": {}}, folder / "diagnosed", variables)


def _reported(folder, playbook, group, report, variables):
    extra = {"packetloss_dir": str(report), "packetloss_fail_on": "never", **variables}
    done = play(folder, playbook, group, "-e", json.dumps(extra))
    summary = report / "audit.json"
    return Audited(
        done.returncode,
        done.stdout,
        json.loads(summary.read_text()) if summary.exists() else {"hosts": []},
        documents(report),
    )


def namespace_capture(folder, namespace, name, interval_s):
    """capture.sh, started in a namespace whose host is called *name*; it leaves its file in *folder*."""
    named = f"echo {shlex.quote(name)} >/proc/sys/kernel/hostname && exec sh {CAPTURE} {interval_s}"
    command = ["ip", "netns", "exec", namespace, "unshare", "--uts", "sh", "-c", named]
    return subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
