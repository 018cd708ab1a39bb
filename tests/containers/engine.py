# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""podman with a storage, a runtime folder and a configuration of this clone's own: the machine's are not touched.

``python tests/containers/engine.py ps`` is ``podman ps`` there.
"""

import hashlib
import os
import pathlib
import resource
import subprocess
import sys

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "tests" / name) for name in ("lab", "provoke")]

import image  # noqa: E402 - found by the path above

BUILD = REPOSITORY / "build" / "containers"
#: In the names of what all of the machine can see: two clones on one machine do not meet.
CLONE = hashlib.sha256(str(REPOSITORY).encode()).hexdigest()[:6]
#: On tmpfs, as podman tells from it whether the machine was rebooted; and short, as sockets are made below it.
RUN = pathlib.Path("/run") / f"packetloss-{CLONE}"

#: Open files and processes of a container. By default podman asks for the kernel's maximum, which not every root gets.
LIMITS = {"nofile": (resource.RLIMIT_NOFILE, 10000), "nproc": (resource.RLIMIT_NPROC, 5000)}

#: runc, as crun refuses a machine that mounts both versions of cgroups.
_CONTAINERS = """[containers]
default_ulimits = [{limits}]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "none"
lock_type = "file"
tmp_dir = "{run}/libpod"
"""
_COMMAND = ("podman", f"--root={BUILD}/podman", f"--runroot={RUN}/storage", f"--tmpdir={RUN}/libpod")


def environment():
    """The environment that podman is to have; the configuration that it names is written where it is not there."""
    configuration = BUILD / "containers.conf"
    limits = ", ".join(f'"{name}={_at_most(*limit)}"' for name, limit in LIMITS.items())
    text = _CONTAINERS.format(limits=limits, run=RUN)
    if not configuration.exists() or configuration.read_text() != text:
        BUILD.mkdir(parents=True, exist_ok=True)
        configuration.write_text(text)
    return {**os.environ, "CONTAINERS_CONF": str(configuration)}


def _at_most(limit, wanted):
    """The hard limit and the soft one: *wanted*, or what this process has if that is less."""
    hard = resource.getrlimit(limit)[1]
    number = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    return f"{number}:{number}"


def podman(*words, **options):
    """What podman printed; a failure raises with what it said."""
    return image.run(*_COMMAND, *words, env=environment(), **options)


def has_image(reference):
    """Whether the image is in the storage."""
    words = [*_COMMAND, "image", "exists", reference]
    return subprocess.run(words, env=environment(), stdin=subprocess.DEVNULL, check=False).returncode == 0


if __name__ == "__main__":
    os.execvpe("podman", [*_COMMAND, *sys.argv[1:]], environment())
