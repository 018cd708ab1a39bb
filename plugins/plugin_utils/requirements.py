# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the controller needs beside ansible-core: the audit says so before it asks a host, instead of a traceback."""

from __future__ import annotations

import sys

from ansible.errors import AnsibleError


def require(package: str, failure: ImportError | None) -> None:
    """Raises ``AnsibleError`` with what to install where the import of *package* ended in *failure*."""
    if failure:
        raise AnsibleError(
            f"the Python that runs ansible-playbook ({sys.executable}) has no {package}: run {sys.executable} -m pip "
            "install jmespath netaddr, or install the packages python3-jmespath and python3-netaddr of the distribution"
        ) from failure
