# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kernels of the lab guest: their packages, the modules that the guest needs of them, the module of the lab's own,
and the initial RAM disk of each."""

import pathlib
import re
import shutil
import subprocess

from image import STANDIN, run

#: The kernels by name, and the suite that each comes from: softnet_stat has 13 columns in 6.1 and 15 in 6.12.
SUITES = {"6.1": "bookworm", "6.12": "bookworm-backports"}
KERNEL_PACKAGE = "linux-image-amd64"
#: What the guest needs of the kernel's 300 MB of modules.
MODULE_FOLDERS = (
    *("arch/x86", "crypto", "drivers/block", "drivers/dca", "drivers/i2c", "drivers/net", "drivers/pps", "drivers/ptp"),
    *("drivers/virtio", "drivers/char/hw_random", "drivers/hwmon", "fs/ext4", "fs/jbd2", "fs/mbcache.ko", "lib", "net"),
)
#: Real drivers that would ask for the devices of the stand-in, or fill the disk for nothing.
UNUSED_FOLDERS = ("drivers/net/wireless", "drivers/net/ethernet/mellanox", "drivers/net/can", "drivers/net/usb")
#: Loaded before the disk can be mounted.
EARLY_MODULES = ("virtio_pci", "virtio_blk", "ext4")
#: With ``lab.probe`` on its command line the kernel powers the machine off again: it boots here.
_INIT = """#!/bin/busybox sh
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox mount -t proc proc /proc
/bin/busybox grep -q lab.probe /proc/cmdline && /bin/busybox poweroff -f
for module in {modules}; do /bin/busybox insmod /modules/$module; done
until [ -b /dev/vda ]; do /bin/busybox usleep 50000; done
/bin/busybox mount -t ext4 /dev/vda /root
/bin/busybox umount /proc
exec /bin/busybox switch_root /root /sbin/init
"""


def install(work, root, name, suite, site):
    """Put ``kernel-NAME`` and ``initrd-NAME`` into *work*, and the kernel's modules into *root*."""
    packages = download(work / f"apt-{name}", suite, site)
    tree = work / f"kernel-tree-{name}"
    for package in packages:
        run("dpkg-deb", "-x", package, tree)
    release = next((tree / "lib" / "modules").iterdir())
    target = root / "usr/lib/modules" / release.name
    unused = {release / "kernel" / folder for folder in UNUSED_FOLDERS}
    for folder in MODULE_FOLDERS:
        source = next((release / "kernel" / folder).parent.glob(pathlib.PurePath(folder).name + "*"))
        (target / "kernel" / folder).parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(
                source,
                target / "kernel" / folder,
                ignore=lambda parent, names: {name for name in names if pathlib.Path(parent, name) in unused},
            )
        else:
            shutil.copy(source, (target / "kernel" / folder).parent)
    for table in release.glob("modules.builtin*"):
        shutil.copy(table, target)
    build_standin(root, tree, release.name)
    run("chroot", root, "depmod", release.name)
    shutil.copy(next((tree / "boot").glob("vmlinuz-*")), work / f"kernel-{name}")
    shutil.rmtree(tree)
    shutil.rmtree(work / f"apt-{name}")
    initial_ram_disk(work, root, release.name, name)


def download(apt, suite, site):
    """The packages of the suite's newest kernel and of its headers, fetched into *apt*: their paths."""
    (apt / "lists" / "partial").mkdir(parents=True)
    (apt / "sources.list").write_text(f"deb {site} {suite} main\n")
    options = [
        *("-o", f"Dir::Etc::SourceList={apt}/sources.list", "-o", "Dir::Etc::SourceParts=/dev/null"),
        *("-o", f"Dir::State::Lists={apt}/lists", "-o", "Dir::Cache::pkgcache=", "-o", "Dir::Cache::srcpkgcache="),
        *("-o", "APT::Sandbox::User=root", "-o", "Dir::State::status=/dev/null"),
    ]
    run("apt-get", *options, "update")

    def depends(package):
        return re.findall(r"Depends: (linux-\S+)", run("apt-cache", *options, "depends", package))

    image = next(name for name in depends(KERNEL_PACKAGE) if name.startswith("linux-image-"))
    headers = image.replace("linux-image-", "linux-headers-")
    needed = [name for name in depends(headers) if name.startswith(("linux-headers-", "linux-kbuild-"))]
    run("apt-get", *options, "download", image, headers, *needed, cwd=apt)
    return sorted(apt.glob("*.deb"))


def build_standin(root, tree, release):
    """Build the module that stands for mlx5 in *root*, against the headers of *release*, which do not stay there."""
    source = root / "usr/src" / STANDIN.name
    shutil.copytree(STANDIN, source, ignore=shutil.ignore_patterns("*.ko", "*.o", "*.mod*", ".*"))
    headers = [*(tree / "usr/src").iterdir(), *(tree / "usr/lib").glob("linux-kbuild-*")]
    for folder in headers:
        shutil.move(folder, root / folder.relative_to(tree))
    run(
        "chroot", root, "make", "-s", "-C", f"/usr/src/linux-headers-{release}", f"M=/usr/src/{STANDIN.name}", "modules"
    )
    extra = root / "usr/lib/modules" / release / "extra"
    extra.mkdir()
    for module in source.glob("*.ko"):
        shutil.move(module, extra)
    for left in (source, *(root / folder.relative_to(tree) for folder in headers)):
        left.unlink() if left.is_symlink() else shutil.rmtree(left)


def initial_ram_disk(work, root, release, name):
    """busybox and the modules of the disk, loaded in the order that modprobe gives."""
    lines = run("chroot", root, "modprobe", "-a", "-D", "-S", release, *EARLY_MODULES).splitlines()
    modules = list(dict.fromkeys(line.split()[1] for line in lines if line.startswith("insmod ")))
    tree = work / "initrd-tree"
    for folder in ("bin", "dev", "modules", "proc", "root"):
        (tree / folder).mkdir(parents=True)
    for module in modules:
        shutil.copy(root / module.lstrip("/"), tree / "modules")
    busybox = tree / "bin" / "busybox"
    shutil.copy(root / "bin" / "busybox", busybox)
    init = tree / "init"
    init.write_text(_INIT.format(modules=" ".join(pathlib.PurePath(module).name for module in modules)))
    init.chmod(0o755)
    names = "\n".join(str(path.relative_to(tree)) for path in sorted(tree.rglob("*")))
    with open(work / f"initrd-{name}", "wb") as archive:
        subprocess.run(
            [str(busybox), "cpio", "-o", "-H", "newc"],
            cwd=tree,
            input=names.encode(),
            stdout=archive,
            stderr=subprocess.DEVNULL,
            check=True,
        )
    shutil.rmtree(tree)
