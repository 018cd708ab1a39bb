# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Builds the disk of the lab guest, and what each of its kernels boots from, once, below the folder that it is given.

Everything comes from the package sources of this machine, which has to be a Debian: the guest is a Debian 12. What was
built is kept as long as its inputs stay as they are.
"""

import hashlib
import os
import pathlib
import shutil
import subprocess
import urllib.request

SUITE = "bookworm"
PACKAGES = (
    *("python3", "iproute2", "ethtool", "procps", "systemd", "systemd-sysv", "udev", "openssh-server", "dbus", "kmod"),
    *("irqbalance", "nftables", "busybox-static"),
    # What a module of the kernel is built with.
    *("gcc", "make", "pahole"),
)
#: The guest's NICs by name: MAC address and IPv4 address, or none for a port of the bond. The lab's end is the same
#: network's .1; the bond has the MAC address of its first port.
NICS = {
    "mgmt0": ("02:00:00:79:00:02", "10.79.0.2"),
    "igb0": ("02:00:00:79:01:02", None),
    "igb1": ("02:00:00:79:01:03", None),
    "vio0": ("02:00:00:79:02:02", "10.79.2.2"),
    "vmx0": ("02:00:00:79:03:02", "10.79.3.2"),
    "e1k0": ("02:00:00:79:04:02", "10.79.4.2"),
}
#: The stand-ins for mlx5 and their addresses, which tell the buses that they are on: nodes 0 and 1.
STANDINS = {"mlx0": "02:6d:6c:78:21:00", "mlx1": "02:6d:6c:78:43:00"}
BOND = "bond0"
BOND_ADDRESS = "10.79.1.2"
BOND_PORTS = ("igb0", "igb1")
_MASKED = (
    *("apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "e2scrub_all.timer", "fstrim.timer"),
    *("e2scrub_reap.service", "systemd-networkd-wait-online.service", "getty@tty1.service", "logrotate.timer"),
)
STANDIN = pathlib.Path(__file__).with_name("mlx5_standin")
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
    return None


def unreachable(suites):
    """Why the packages of *suites* cannot be fetched, or None."""
    site = debian_site()
    if not site:
        return "this machine has no Debian among its package sources"
    for suite in suites:
        release = f"{site}/dists/{suite}/Release"
        try:
            urllib.request.urlopen(release, timeout=30).close()
        except OSError as error:
            return f"nothing is built yet, and {release} is out of reach: {error}"
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
    """Where below *folder* the image is, or will be: the name changes with what it is made from."""
    here = pathlib.Path(__file__)
    inputs = [here, here.with_name("kernels.py"), *sorted(path for path in STANDIN.rglob("*") if path.suffix != ".md")]
    recipe = hashlib.sha256(b"".join(path.read_bytes() for path in inputs if path.is_file())).hexdigest()[:12]
    return folder / f"image-{recipe}"


def build(folder):
    """The folder with ``disk``, ``key`` and, for each kernel, ``kernel-6.1`` and ``initrd-6.1``: built below *folder*
    if it is not there yet."""
    import kernels

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
    for name, suite in kernels.SUITES.items():
        kernels.install(work, root, name, suite, site)
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", work / "key")
    configure(root, (work / "key.pub").read_text())
    shutil.rmtree(root / "var/cache/apt/archives")
    run("mkfs.ext4", "-q", "-d", root, work / "disk", "2G")
    shutil.rmtree(root)
    work.rename(done)
    return done


def configure(root, public_key):
    """Names, addresses, the key of root, and nothing that runs by a clock."""
    network = root / "etc/systemd/network"
    for name, mac in {**{name: mac for name, (mac, _address) in NICS.items()}, **STANDINS}.items():
        (network / f"10-{name}.link").write_text(f"[Match]\nPermanentMACAddress={mac}\n[Link]\nName={name}\n")
    for name, (_mac, address) in NICS.items():
        if address:
            configure_address(network, name, address)
    (network / f"20-{BOND}.netdev").write_text(
        f"[NetDev]\nName={BOND}\nKind=bond\nMACAddress={NICS[BOND_PORTS[0]][0]}\n"
        "[Bond]\nMode=active-backup\nMIIMonitorSec=0.1s\n"
    )
    for port in BOND_PORTS:
        primary = "PrimarySlave=yes\n" if port == BOND_PORTS[0] else ""
        (network / f"20-{port}.network").write_text(f"[Match]\nName={port}\n[Network]\nBond={BOND}\n{primary}")
    configure_address(network, BOND, BOND_ADDRESS)
    units = root / "etc/systemd/system"
    for unit in _MASKED:
        (units / unit).unlink(missing_ok=True)
        (units / unit).symlink_to("/dev/null")
    wanted = units / "multi-user.target.wants"
    wanted.mkdir(exist_ok=True)
    (wanted / "systemd-networkd.service").symlink_to("/lib/systemd/system/systemd-networkd.service")
    (root / "etc/hostname").write_text("lab\n")
    # All that runs in the guest shares one connection.
    (root / "etc/ssh/sshd_config.d/lab.conf").write_text("MaxSessions 100\n")
    keys = root / "root/.ssh"
    keys.mkdir(mode=0o700, exist_ok=True)
    (keys / "authorized_keys").write_text(public_key)


def configure_address(network, nic, address):
    """*nic* has *address*, and speaks no protocol of its own accord."""
    (network / f"30-{nic}.network").write_text(
        f"[Match]\nName={nic}\n[Network]\nAddress={address}/24\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n"
    )
