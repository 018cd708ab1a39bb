# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A FAKE of a kernel that takes what is written into its files, for machines that a test machine is not."""

import os

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.folder import Folder
from ansible_collections.linuxnet.packetloss.tests.unit import fake_host


class SettableFiles(Folder):
    """The files of a host that can be written; ``written`` are the paths, in order.

    :param refusals: ``{path: errno}`` of those that the kernel refuses
    :param makes: ``{path: function of the text that gives what it becomes}``
    """

    def __init__(self, root, refusals=None, makes=None):
        Folder.__init__(self, str(root))
        self.refusals, self.makes, self.written = refusals or {}, makes or {}, []

    def write(self, path, data):
        if path in self.refusals:
            raise OSError(self.refusals[path], os.strerror(self.refusals[path]))
        text = data.decode("utf-8")
        text = self.makes[path](text) if path in self.makes else text
        self.written.append(path)
        with open(self._place(path), "w", encoding="utf-8") as file:
            file.write(text + "\n")


def settable_host(root, contents=None, refusals=None, makes=None):
    """``(host, its files)``: the host of fake_host below *root*, *contents* a changed :func:`fake_host.files`."""
    fake_host.make(root, contents)
    host = fake_host.host(root)
    host._files = SettableFiles(root, refusals, makes)
    return host, host._files
