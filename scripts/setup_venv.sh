#!/bin/sh
# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# setup_venv.sh VENV REQUIREMENTS: makes the virtual environment if there is none that works, installs the requirement
# file, and links this repository into it as the collection linuxnet.packetloss.
#
# ansible-core looks for collections in sys.path as well, so a link in site-packages makes `linuxnet.packetloss.audit`
# resolve for every program of the environment, from any directory and without ANSIBLE_COLLECTIONS_PATH.
set -eu

venv=$1
requirements=$2
here=$(cd "$(dirname "$0")" && pwd)
repository=$(dirname "$here")

# A directory that was moved, or whose Python was removed, holds an environment that no longer starts.
if ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    python=$("$here/find_python.sh")
    echo "Making $venv with $python"
    "$python" -m venv --clear "$venv"
fi

echo "Installing $requirements into $venv"
if ! "$venv/bin/python" -m pip install --disable-pip-version-check -r "$requirements" >"$venv/pip.log" 2>&1; then
    tail -n 30 "$venv/pip.log" >&2
    exit 1
fi

link() {
    mkdir -p "$1/ansible_collections/linuxnet"
    ln -sfn "$repository" "$1/ansible_collections/linuxnet/packetloss"
}
link "$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
link "$venv/collections"
