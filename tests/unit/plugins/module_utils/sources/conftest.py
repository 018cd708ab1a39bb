# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import os

import pytest
from ansible_collections.linuxnet.packetloss.tests.unit import fake_host


@pytest.fixture
def host(tmp_path):
    """Makes a host of files: ``host({"/proc/uptime": "1 2"}, links={"/proc/self/ns/net": "net:[1]"})``.

    A :func:`fake_host.folder_host`.
    """

    def make(files, links=None):
        for path, text in files.items():
            _parent(tmp_path, path)
            with open(str(tmp_path) + path, "w", encoding="utf-8") as file:
                file.write(text)
        for path, target in (links or {}).items():
            _parent(tmp_path, path)
            os.symlink(target, str(tmp_path) + path)
        return fake_host.folder_host(tmp_path)

    return make


def _parent(root, path):
    directory = os.path.dirname(str(root) + path)
    if not os.path.isdir(directory):
        os.makedirs(directory)
