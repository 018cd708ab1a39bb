# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Puts pip into an empty virtual environment without the network, then installs what its arguments name.

ansible-test runs this in place of the ``get-pip`` that it would fetch; sanity.py says when.
"""

import subprocess
import sys

#: Arguments that only the real ``get-pip`` knows.
FOREIGN = ("--no-setuptools", "--no-wheel")

# A process of its own, because ensurepip turns pip's configuration off for the process that it runs in.
subprocess.check_call([sys.executable, "-m", "ensurepip"])
words = [word for word in sys.argv[1:] if word not in FOREIGN]
sys.exit(subprocess.call([sys.executable, "-m", "pip", "install"] + words))
