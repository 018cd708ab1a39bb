#!/bin/sh
# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# molecule.sh ARGUMENT...: Molecule of .venv with this repository's scenarios. It keeps its files in build/molecule, and
# none in the user's home.
set -eu

cd "$(dirname "$0")/.."
PATH=$PWD/.venv/bin:$PATH
ANSIBLE_HOME=$PWD/build/molecule
export PATH ANSIBLE_HOME
exec molecule "$@"
