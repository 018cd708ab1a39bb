# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that several action plugins share; ``doc_fragments/options.py`` says what they mean."""

from __future__ import annotations

from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting import gate

DIR = {"type": "path", "default": "packetloss-report"}
RULES_DIRS = {"type": "list", "elements": "path", "default": []}
#: Their parts are checked by :func:`limits.limits`, :func:`gate.tolerance` and :func:`policy.checked`, which say more
#: clearly what is wrong.
LIMITS = {"type": "dict", "default": {}}
TOLERANCE = {"type": "dict", "default": {}}
POLICY = {"type": "dict", "default": {}}


def fail_on(default: str) -> dict[str, object]:
    """The option ``fail_on``."""
    return {"type": "str", "choices": sorted(gate.FAILING), "default": default}
