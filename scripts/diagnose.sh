#!/bin/sh
# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# diagnose.sh [ansible-playbook arguments]: diagnoses what was captured in $FROM, a file, a folder or a glob, into the folder
# $DIR when that is set. Ends with an error for a host that lost packets only where $FAIL_ON, or an argument, says so.
set -eu

venv=$PWD/${VENV:-.venv}

if [ -z "${FROM:-}" ]; then
    echo "Say what to diagnose: make diagnose FROM=sosreport-web1.tar.xz (a file, a folder or a glob)" >&2
    exit 2
fi

# What is typed here is no template, whatever is in it: a file may have been named by a stranger. A text of JSON is one of
# YAML, too, which says so.
vars=$("$venv/bin/python" -c '
import json, os
found = {"packetloss_from": os.environ["FROM"], "packetloss_fail_on": os.environ.get("FAIL_ON") or "never"}
if os.environ.get("DIR"):
    found["packetloss_dir"] = os.environ["DIR"]
print("{" + ", ".join(f"{name}: !unsafe {json.dumps(value)}" for name, value in found.items()) + "}")')
exec "$venv/bin/ansible-playbook" --inventory localhost, --extra-vars "$vars" linuxnet.packetloss.diagnose "$@"
