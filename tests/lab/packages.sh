#!/bin/sh
# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Installs what the lab guest needs on a Debian: QEMU, debootstrap, mkfs.ext4, ssh, and the package lists of the archive
# that the guest is made from. Does nothing where all is there.
# QEMU 8 and newer have igb; on bookworm that is the one in backports, which is asked for through an APT configuration
# of this script's own: the machine's sources stay as they are.
#
#   tests/lab/packages.sh FOLDER     FOLDER holds that configuration and its package lists
set -eu

folder=${1:?a folder for the APT configuration}
missing=
have() { command -v "$1" >/dev/null 2>&1; }
have debootstrap || missing="$missing debootstrap"
have mkfs.ext4 || missing="$missing e2fsprogs"
have ssh || missing="$missing openssh-client"
have ip || missing="$missing iproute2"
if [ "$(id -u)" != 0 ] || ! have apt-get || ! grep -qx ID=debian /etc/os-release; then
    echo "packages.sh: only root of a Debian can install them:$missing qemu-system-x86_64" >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive

# shellcheck disable=SC2016 # what apt-get fills in
apt-get indextargets --format '$(ORIGIN)' 'Created-By: Packages' | grep -qx Debian || apt-get update
# shellcheck disable=SC2086 # a list of package names
[ -z "$missing" ] || apt-get install -y --no-install-recommends $missing
have qemu-system-x86_64 && exit 0

release=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
# shellcheck disable=SC2016 # what apt-get and awk fill in
site=$(apt-get indextargets --format '$(SITE) $(RELEASE)' 'Created-By: Packages' |
    awk -v release="$release" '$2 == release { print $1; exit }')
mkdir -p "$folder/lists/partial"
folder=$(cd "$folder" && pwd)
printf 'deb %s %s main\n' "$site" "$release" "$site" "$release-backports" >"$folder/sources.list"
set -- -o "Dir::Etc::SourceList=$folder/sources.list" -o Dir::Etc::SourceParts=/dev/null \
    -o "Dir::State::Lists=$folder/lists"
if ! apt-get "$@" update ||
    ! apt-get "$@" install -y --no-install-recommends -t "$release-backports" qemu-system-x86; then
    apt-get install -y --no-install-recommends qemu-system-x86
fi
