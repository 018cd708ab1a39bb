# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The digest of a plan: by it a plan that somebody edited is known from the one that was reviewed."""

from __future__ import annotations

import hashlib
import json
from typing import Any

#: The key of a plan that holds it.
DIGEST = "digest"


def digest(plan: dict[str, Any]) -> str:
    """The SHA-256 of a plan without its digest, as JSON with sorted keys and nothing between its parts."""
    rest = {key: value for key, value in plan.items() if key != DIGEST}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()
