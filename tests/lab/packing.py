# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Brings task_batch.py into a guest with all that it needs: the collection's modules, and of ansible-core what they do.

The folder stays until the block ends, so that what Python compiled there serves each run. Modules can then be run there
over connections of their own too, through any NIC.
"""

import base64
import contextlib
import io
import json
import pathlib
import subprocess
import tarfile

import ansible
import auditing

BATCH = pathlib.Path(__file__).with_name("task_batch.py")
FOLDER = "/dev/shm/packetloss-tasks"
#: What runs the steps of the standard input there.
COMMAND = ("python3", f"{FOLDER}/{BATCH.name}", FOLDER)
#: Seconds for a run of one module, on a busy machine and through a NIC that may be cut meanwhile.
_CALL_LIMIT_S = 300
#: What of ansible-core is not for Linux, or not for modules.
LEFT_OUT = ("csharp", "powershell", "facts")


def packed():
    """What a guest needs for these tasks, as the text of a compressed archive."""
    core = pathlib.Path(ansible.__file__).parent
    collection = auditing.REPOSITORY / "plugins"
    files = {BATCH.name: BATCH, "ansible/release.py": core / "release.py"}
    for path in (core / "module_utils").rglob("*.py"):
        place = path.relative_to(core)
        if place.parts[1] not in LEFT_OUT:
            files[f"ansible/{place}"] = path
    for part in ("modules", "module_utils"):
        for path in (collection / part).rglob("*.py"):
            files[f"ansible_collections/linuxnet/packetloss/plugins/{path.relative_to(collection)}"] = path
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as packing:
        # What Ansible itself packs in the place of this file, which imports what no node has.
        packing.addfile(tarfile.TarInfo("ansible/__init__.py"))
        for name, path in sorted(files.items()):
            packing.add(path, name)
    return base64.b64encode(archive.getvalue()).decode()


@contextlib.contextmanager
def unpacked(guest, archive):
    """What :func:`packed` gave is in the guest until the block ends."""
    guest.run("sh", "-ec", f"mkdir -p {FOLDER} && base64 -d | tar -xz -C {FOLDER}", stdin=archive)
    try:
        yield
    finally:
        guest.run("rm", "-rf", FOLDER)


class Unreachable(Exception):
    """No answer came by SSH through a NIC."""


def start(guest, nic, *arguments, wrapper=""):
    """Runs of the module transaction in *guest*, one after the other with each of the *arguments*, over a connection of
    their own to the address of *nic*: the Popen.

    *wrapper* is a script of the shell that is run first, in a mount namespace of its own.
    """
    command = COMMAND
    if wrapper:
        command = ("unshare", "-m", "sh", "-ec", f'{wrapper}\nexec "$@"', "sh", *COMMAND)
    process = subprocess.Popen(
        guest.ssh_through(nic, *command),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(_steps(arguments))
        process.stdin.close()
    process.stdin = None
    return process


def _steps(arguments):
    return json.dumps(
        [
            {"name": str(number), "module": "transaction", "arguments": each, "check": False}
            for number, each in enumerate(arguments)
        ]
    )


def answer(process):
    """What the last run that :func:`start` began answered; raises Unreachable where there is no answer."""
    try:
        out, err = process.communicate(timeout=_CALL_LIMIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        err += "; it did not end"
    try:
        return list(json.loads(out).values())[-1]
    except ValueError:
        raise Unreachable(f"ssh ended with {process.returncode}: {out[-500:]}{err[-500:]}") from None


def call(guest, nic, wrapper="", **arguments):
    """What the module transaction answers to *arguments* over a new connection through *nic*."""
    return answer(start(guest, nic, arguments, wrapper=wrapper))


def confirm(guest, nic, ident, token):
    """The transaction is waited for until it is applied, and confirmed: the answer to that."""
    return answer(
        start(
            guest,
            nic,
            {"state": "status", "id": ident, "wait": 60},
            {"state": "confirmed", "id": ident, "token": token},
        )
    )


def call_shared(guest, **arguments):
    """The same over the connection that all share, which is none that is new."""
    return json.loads(guest.run(*COMMAND, stdin=_steps([arguments]), limit_s=_CALL_LIMIT_S))["0"]
