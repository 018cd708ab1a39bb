# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nothing happens."""

import contextlib

from loss import Loss

LOSS = Loss("an idle host", "clean", caused=lambda guest, strength: contextlib.nullcontext())
