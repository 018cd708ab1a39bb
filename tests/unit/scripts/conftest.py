# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes importable what is in scripts/, and what the tests of the lab, of containers and of namespaces share."""

import sys
from pathlib import Path

_REPOSITORY = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(_REPOSITORY / path) for path in ("scripts", "tests/lab", "tests", "tests/provoke")]
