# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A capture that is made of texts: what its tests have in common."""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.folder import resolve
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.captured import Captured, Output


class Texts:
    """The part ``files`` of a host, of ``{path: text}`` and links ``{path: target}``."""

    def __init__(self, files=None, links=None):
        self._files = {path: text.encode() for path, text in (files or {}).items()}
        self._links = {path: target.encode() for path, target in (links or {}).items()}

    def read(self, path):
        found = self._files.get(self._place(path))
        if found is None:
            raise FileNotFoundError(2, "No such file or directory")
        return found

    def names(self, path):
        start = self._place(path).rstrip("/") + "/"
        found = {
            each[len(start) :].partition("/")[0] for each in (*self._files, *self._links) if each.startswith(start)
        }
        if not found:
            raise FileNotFoundError(2, "No such file or directory")
        return [name.encode() for name in found]

    def exists(self, path):
        place = self._place(path)
        return any(each == place or each.startswith(place.rstrip("/") + "/") for each in (*self._files, *self._links))

    def link(self, path):
        if path not in self._links:
            raise FileNotFoundError(2, "No such file or directory")
        return self._links[path]

    def real(self, path):
        return resolve(path.encode(), lambda place: self._links.get(place.decode()))

    def _place(self, path):
        return self.real(path).decode()


def capture(outputs=(), files=None, links=None, **rest):
    """A Captured of ``{words or (words, interface): text}``."""
    found = {}
    for key, text in dict(outputs).items():
        words, interface = key if isinstance(key[0], tuple) else (key, None)
        place = "_".join(filter(None, (*words, interface)))
        found[words, interface, None] = Output(text, place)
    return Captured("host", "here", "loose", Texts(files, links), found, **rest)
