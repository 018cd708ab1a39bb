#!/bin/sh
# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Prints the path of a Python 3.10 or newer that can make a virtual environment: $PYTHON, then python3, then whatever
# newer one the PATH or pyenv has. `python3` itself is 3.6 or 3.9 on EL 8 and EL 9.
set -u

usable() {
    "$1" -c 'import sys, venv, ensurepip; print(sys.executable); sys.exit(sys.version_info < (3, 10))' 2>/dev/null
}

for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11 python3.14 python3.10 \
    "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[0-9]*/bin/python3; do
    if path=$(usable "$candidate"); then
        echo "$path"
        exit 0
    fi
done

echo "No Python 3.10 or newer with its venv and ensurepip modules was found." >&2
echo "Install one (Debian, Ubuntu: python3-venv; EL: python3.12) or name it: make PYTHON=python3.12" >&2
exit 1
