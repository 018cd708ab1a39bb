# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a source says of an input that it does not understand."""

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable


def malformed(read, *args):
    """The detail with which ``read(*args)`` refuses its input as malformed."""
    with pytest.raises(Unavailable) as raised:
        read(*args)
    assert raised.value.reason == "malformed"
    return raised.value.detail
