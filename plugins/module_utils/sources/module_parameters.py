# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The parameters that a kernel module was loaded with: /sys/module/NAME/parameters."""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable

#: As param_get_bool() of kernel/params.c writes them.
_BOOLS = {"Y": True, "N": False}


def read(host, module, names, gaps):
    """``{name: bool}`` of the parameters *names* of a module, None where one cannot be had: not in this version.

    :param gaps: the Gaps of this dictionary
    """
    return {name: gaps.attempt(name, _bool, host, f"/sys/module/{module}/parameters/{name}") for name in names}


def _bool(host, path):
    word = host.word(path)
    if word not in _BOOLS:
        raise Unavailable("malformed", f"{path}: expected Y or N, found {word[:60]!r}")
    return _BOOLS[word]
