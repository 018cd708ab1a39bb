# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Builds the image of each distribution, once, into the storage of engine.py.

The bases are made by debootstrap, so that no image registry is needed. With PACKETLOSS_IMAGES=registry.example/debian
they are registry.example/debian:bookworm and so on: any Debian with apt-get serves.
"""

import concurrent.futures
import hashlib
import os
import pathlib
import shutil
import subprocess

import engine
import image

RECIPE = pathlib.Path(__file__).with_name("Containerfile")
REGISTRY = os.environ.get("PACKETLOSS_IMAGES")
_DEBOOTSTRAP = ("debootstrap", "--variant=minbase")


def base(suite):
    """The name of the image that the image of *suite* is built on."""
    return f"{REGISTRY}:{suite}" if REGISTRY else f"localhost/debootstrap:{suite}"


def reference(suite):
    """The name of the image of *suite*: it changes with what the image is made from."""
    inputs = [base(suite), *_DEBOOTSTRAP, RECIPE.read_text()]
    return f"localhost/packetloss:{suite}-{hashlib.sha256(repr(inputs).encode()).hexdigest()[:12]}"


def unreachable(suites):
    """Why the images of *suites* cannot be built, or None: where they are built already, nothing is fetched."""
    if REGISTRY or all(engine.has_image(reference(suite)) for suite in suites):
        return None
    reason = image.unreachable(suites)
    return reason and f"{reason} (or name images to begin with by PACKETLOSS_IMAGES)"


def build(suites):
    """Build the images that are not there yet, two at a time."""
    # Before two of them would write it.
    engine.environment()
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        list(pool.map(_build_one, suites))


def _build_one(suite):
    wanted = reference(suite)
    if engine.has_image(wanted):
        return
    if not REGISTRY and not engine.has_image(base(suite)):
        _import_base(suite)
    words = ("--network=host", "--layers=false", f"--build-arg=BASE={base(suite)}", f"--tag={wanted}")
    engine.podman("build", *words, f"--file={RECIPE}", RECIPE.parent)
    for name in engine.podman("images", "--format={{.Repository}}:{{.Tag}}").split():
        if name.startswith(wanted.rpartition("-")[0]) and name != wanted:
            engine.podman("rmi", "--force", name)


def _import_base(suite):
    root = engine.BUILD / f"debootstrap-{suite}"
    shutil.rmtree(root, ignore_errors=True)
    # In a mount namespace of its own: what it mounts is gone with it, however it ends.
    image.run("unshare", "--mount", *_DEBOOTSTRAP, suite, root, image.debian_site())
    with subprocess.Popen(["tar", "-C", root, "-c", "."], stdout=subprocess.PIPE) as archive:
        engine.podman("import", "-", base(suite), stdin=archive.stdout)
    shutil.rmtree(root)
