#!/bin/sh
# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# audit.sh [ansible-playbook arguments]: runs the audit on the inventory $INVENTORY, or on this machine when it is empty,
# sampling over $INTERVAL seconds when that is set. Ends with an error for a host that loses packets only where $FAIL_ON,
# or an argument, says so.
set -eu

venv=$PWD/${VENV:-.venv}

# This machine is audited with its own python3, as it would be from outside, unless that is too old for a newer
# ansible-core (below 3.9) or has no complete standard library (Debian's python3-minimal).
own_python() {
    if /usr/bin/python3 -c 'import ctypes, shutil, sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null; then
        echo /usr/bin/python3
    else
        echo "$venv/bin/python"
    fi
}

set -- --extra-vars "packetloss_fail_on=${FAIL_ON:-never}" "$@"
if [ -n "${INTERVAL:-}" ]; then
    set -- --extra-vars "packetloss_interval=$INTERVAL" "$@"
fi
if [ -n "${INVENTORY:-}" ]; then
    set -- --inventory "$INVENTORY" "$@"
else
    set -- --inventory localhost, --connection local --extra-vars "ansible_python_interpreter=$(own_python)" "$@"
fi
exec "$venv/bin/ansible-playbook" linuxnet.packetloss.audit "$@"
