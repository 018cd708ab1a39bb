#!/bin/sh
# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# system_packages.sh STAGE...: installs what the stages of the tests need of Debian's or Ubuntu's packages and the machine
# does not have. Without root or apt-get it says what is missing and goes on: the stages skip with their reason.
set -u

here=$(cd "$(dirname "$0")" && pwd)
missing=
wanted=

# need COMMAND PACKAGE
need() {
    PATH="$PATH:/usr/sbin:/sbin" command -v "$1" >/dev/null 2>&1 && return
    case " $wanted " in *" $2 "*) return ;; esac
    missing="$missing $1"
    wanted="$wanted $2"
}

"$here/find_python.sh" >/dev/null 2>&1 || { missing="$missing python3-venv" wanted="$wanted python3-venv"; }

for stage in "$@"; do
    case $stage in
        lint | docs-check | import | sanity | matrix)
            need git git
            ;;
        unit)
            need shellcheck shellcheck
            need dash dash
            need busybox busybox-static
            need ethtool ethtool
            need ip iproute2
            ;;
        provoke)
            need ip iproute2
            need tc iproute2
            need nft nftables
            need unshare util-linux
            need ethtool ethtool
            need sysctl procps
            ;;
        containers)
            need podman podman
            need runc runc
            need debootstrap debootstrap
            need unshare util-linux
            need ssh openssh-client
            need ip iproute2
            need ethtool ethtool
            need sysctl procps
            ;;
        vm | vm-long)
            # QEMU comes by tests/lab/packages.sh, which looks for one that is new enough.
            need debootstrap debootstrap
            need mkfs.ext4 e2fsprogs
            need ssh openssh-client
            need ip iproute2
            ;;
    esac
done

[ -z "$wanted" ] && exit 0
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "Not installed, and only root with apt-get could:$missing. What needs them is skipped." >&2
    exit 0
fi

log=build/logs/system-packages.log
mkdir -p build/logs
echo "Installing$wanted"
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086  # a list of words
if ! { apt-get update && apt-get install -y --no-install-recommends $wanted; } >"$log" 2>&1; then
    echo "apt-get failed, see $log. What needs$missing is skipped." >&2
fi
exit 0
