# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Builds the disk, the kernel and the initial RAM disk of the lab guest, once, below the folder that it is given.

Everything comes from the package sources of this machine, which has to be a Debian: the guest is a Debian 12 with its
kernel 6.1. What was built is kept as long as this file stays as it is.
"""

import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import urllib.request

SUITE = "bookworm"
KERNEL_PACKAGE = "linux-image-amd64"
PACKAGES = (
    *("python3", "iproute2", "ethtool", "procps", "systemd", "systemd-sysv"),
    *("udev", "openssh-server", "dbus", "kmod", "irqbalance", "nftables", "busybox-static"),
)
#: What the guest needs of the kernel's 300 MB of modules.
MODULE_FOLDERS = (
    *("arch/x86", "crypto", "drivers/block", "drivers/dca", "drivers/i2c", "drivers/net", "drivers/pps", "drivers/ptp"),
    *("drivers/virtio", "drivers/char/hw_random", "drivers/hwmon", "fs/ext4", "fs/jbd2", "fs/mbcache.ko", "lib", "net"),
)
#: Loaded before the disk can be mounted.
EARLY_MODULES = ("virtio_pci", "virtio_blk", "ext4")
#: The guest's NICs by name: MAC address and IPv4 address. The lab's end of each is the same network's .1.
NICS = {
    "mgmt0": ("02:00:00:79:00:02", "10.79.0.2"),
    "igb0": ("02:00:00:79:01:02", "10.79.1.2"),
    "vio0": ("02:00:00:79:02:02", "10.79.2.2"),
    "vmx0": ("02:00:00:79:03:02", "10.79.3.2"),
    "e1k0": ("02:00:00:79:04:02", "10.79.4.2"),
    "e1k1": ("02:00:00:79:05:02", "10.79.5.2"),
}
_MASKED = (
    *("apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "e2scrub_all.timer", "fstrim.timer"),
    *("e2scrub_reap.service", "systemd-networkd-wait-online.service", "getty@tty1.service", "logrotate.timer"),
)
_INIT = """#!/bin/busybox sh
/bin/busybox mount -t devtmpfs dev /dev
for module in {modules}; do /bin/busybox insmod /modules/$module; done
until [ -b /dev/vda ]; do /bin/busybox usleep 50000; done
/bin/busybox mount -t ext4 /dev/vda /root
exec /bin/busybox switch_root /root /sbin/init
"""
PROGRAMS = ("qemu-system-x86_64", "debootstrap", "mkfs.ext4", "ssh", "ssh-keygen", "ip", "apt-get", "dpkg-deb")


def missing():
    """Why a guest cannot be built here, or None."""
    if os.geteuid() != 0:
        return "not root: the lab guest needs taps and a namespace"
    # debootstrap and mkfs are in /usr/sbin, which a user's PATH may not have.
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    absent = [program for program in PROGRAMS if not shutil.which(program)]
    if absent:
        return f"the programs of the lab guest are missing: {', '.join(absent)}"
    if not pathlib.Path("/dev/net/tun").exists():
        return "there is no /dev/net/tun: no taps"
    return None if debian_site() else "this machine has no Debian among its package sources"


def unreachable():
    """Why the guest's packages cannot be fetched, or None."""
    release = f"{debian_site()}/dists/{SUITE}/Release"
    try:
        urllib.request.urlopen(release, timeout=30).close()
    except OSError as error:
        return f"the lab guest is not built yet, and {release} is out of reach: {error}"
    return None


def install(folder):
    """Install what is missing, where root can: what happened is in ``packages.log`` below *folder*."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "packages.log", "wb") as log:
        script = pathlib.Path(__file__).with_name("packages.sh")
        subprocess.run(
            ["sh", str(script), str(folder / "apt")], stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False
        )


def run(*command, **options):
    """Run *command*; a failure raises with the end of what it printed."""
    done = subprocess.run(
        [str(word) for word in command],
        stdin=options.pop("stdin", subprocess.DEVNULL),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=options.pop("text", True),
        check=False,
        **options,
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]}: exit status {done.returncode}: {str(done.stdout)[-2000:]}")
    return done.stdout


def debian_site():
    """The address of the Debian archive that this machine installs from, or None."""
    targets = run("apt-get", "indextargets", "--format", "$(ORIGIN) $(LABEL) $(SITE)", "Created-By: Packages")
    return next((line.split()[2] for line in targets.splitlines() if line.startswith("Debian Debian ")), None)


def place(folder):
    """Where below *folder* the image is, or will be: the name changes with this file."""
    recipe = hashlib.sha256(pathlib.Path(__file__).read_bytes()).hexdigest()[:12]
    return folder / f"image-{recipe}"


def build(folder):
    """The folder with ``disk``, ``kernel``, ``initrd`` and ``key``: built below *folder* if it is not there yet."""
    done = place(folder)
    if done.exists():
        return done
    for stale in folder.glob("image-*"):
        shutil.rmtree(stale)
    work = done.with_suffix(".part")
    work.mkdir(parents=True)
    root = work / "root"
    site = debian_site()
    run("debootstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}", SUITE, root, site)
    version = kernel(work, root, site)
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", work / "key")
    configure(root, (work / "key.pub").read_text())
    initial_ram_disk(work, root, version)
    run("mkfs.ext4", "-q", "-d", root, work / "disk", "1500M")
    shutil.rmtree(root)
    work.rename(done)
    return done


def kernel(work, root, site):
    """Put the kernel into *work* and its modules into *root*; returns its release."""
    apt = work / "apt"
    (apt / "lists" / "partial").mkdir(parents=True)
    (apt / "sources.list").write_text(f"deb {site} {SUITE} main\n")
    options = [
        *("-o", f"Dir::Etc::SourceList={apt}/sources.list", "-o", "Dir::Etc::SourceParts=/dev/null"),
        *("-o", f"Dir::State::Lists={apt}/lists", "-o", "Dir::Cache::pkgcache=", "-o", "Dir::Cache::srcpkgcache="),
        *("-o", "APT::Sandbox::User=root"),
    ]
    run("apt-get", *options, "update")
    depends = run("apt-cache", *options, "depends", KERNEL_PACKAGE)
    package = re.search(r"Depends: (linux-image-\S+)", depends).group(1)
    run("apt-get", *options, "download", package, cwd=apt)
    tree = work / "kernel-tree"
    run("dpkg-deb", "-x", next(apt.glob("*.deb")), tree)
    release = next((tree / "lib" / "modules").iterdir())
    for module in MODULE_FOLDERS:
        source, target = release / "kernel" / module, root / "usr/lib/modules" / release.name / "kernel" / module
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
    for table in release.glob("modules.builtin*"):
        shutil.copy(table, root / "usr/lib/modules" / release.name)
    run("chroot", root, "depmod", release.name)
    shutil.copy(next((tree / "boot").glob("vmlinuz-*")), work / "kernel")
    shutil.rmtree(tree)
    shutil.rmtree(apt)
    return release.name


def configure(root, public_key):
    """Names, addresses, the key of root, and nothing that runs by a clock."""
    network = root / "etc/systemd/network"
    for name, (mac, address) in NICS.items():
        (network / f"10-{name}.link").write_text(f"[Match]\nMACAddress={mac}\n[Link]\nName={name}\n")
        (network / f"10-{name}.network").write_text(
            f"[Match]\nName={name}\n[Network]\nAddress={address}/24\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n"
        )
    units = root / "etc/systemd/system"
    for unit in _MASKED:
        (units / unit).unlink(missing_ok=True)
        (units / unit).symlink_to("/dev/null")
    wanted = units / "multi-user.target.wants"
    wanted.mkdir(exist_ok=True)
    (wanted / "systemd-networkd.service").symlink_to("/lib/systemd/system/systemd-networkd.service")
    (root / "etc/hostname").write_text("lab\n")
    keys = root / "root/.ssh"
    keys.mkdir(mode=0o700, exist_ok=True)
    (keys / "authorized_keys").write_text(public_key)


def initial_ram_disk(work, root, release):
    """busybox and the modules of the disk, loaded in the order that modprobe gives."""
    lines = run("chroot", root, "modprobe", "-a", "-D", "-S", release, *EARLY_MODULES).splitlines()
    modules = list(dict.fromkeys(line.split()[1] for line in lines if line.startswith("insmod ")))
    tree = work / "initrd-tree"
    for folder in ("bin", "dev", "modules", "root"):
        (tree / folder).mkdir(parents=True)
    for module in modules:
        shutil.copy(root / module.lstrip("/"), tree / "modules")
    busybox = tree / "bin" / "busybox"
    shutil.copy(root / "bin" / "busybox", busybox)
    init = tree / "init"
    init.write_text(_INIT.format(modules=" ".join(pathlib.PurePath(module).name for module in modules)))
    init.chmod(0o755)
    names = "\n".join(str(path.relative_to(tree)) for path in sorted(tree.rglob("*")))
    with open(work / "initrd", "wb") as archive:
        subprocess.run(
            [str(busybox), "cpio", "-o", "-H", "newc"],
            cwd=tree,
            input=names.encode(),
            stdout=archive,
            stderr=subprocess.DEVNULL,
            check=True,
        )
    shutil.rmtree(tree)
