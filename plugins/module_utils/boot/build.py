# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes the program for boot from the files that are running: on a node those that Ansible packed with the module.

A module of Ansible brings its ``module_utils`` in a zip file, by the names that they have in the collection; so they
are asked of the import system, which knows where it has them, and no path is assumed. What belongs to the program is
found as Ansible finds what belongs to a module: by its import statements, those inside of functions as well.
"""

import importlib
import importlib.machinery
import io
import re
import zipfile

_ROOT = __name__.partition(".plugins.")[0] + ".plugins.module_utils"

_IMPORT = re.compile(rf"^ *from ({re.escape(_ROOT)}[\w.]*) import (?:\(([^)]*)\)|(.*))", re.MULTILINE)

#: The same bytes for the same sources: a zip file cannot say less, and nothing is packed, so that no other version of
#: zlib makes another file.
_NO_TIME = (1980, 1, 1, 0, 0, 0)

_START = """\
import sys

from {main} import main

sys.exit(main(sys.argv[1:]))
"""


def program(interpreter):
    """The bytes of a zipapp that needs nothing but *interpreter*, a Python from 3.6 up."""
    # Inside of a function, for it is not run here; but it has to be packed with who calls this.
    from ansible_collections.linuxnet.packetloss.plugins.module_utils.boot import program as main

    sources = closure(main.__name__)
    entries = {f"{name.replace('.', '/')}.py": text for name, text in sources.items()}
    for path in list(entries):
        parts = path.split("/")[:-1]
        for length in range(1, len(parts) + 1):
            entries.setdefault("/".join(parts[:length]) + "/__init__.py", "")
    entries["__main__.py"] = _START.format(main=main.__name__)
    made = io.BytesIO()
    made.write(f"#!{interpreter} -I\n".encode())
    with zipfile.ZipFile(made, "a", zipfile.ZIP_STORED) as archive:
        for path in sorted(entries):
            info = zipfile.ZipInfo(path, _NO_TIME)
            info.external_attr = 0o644 << 16
            info.create_system = 3
            archive.writestr(info, entries[path].encode("utf-8"))
    return made.getvalue()


def closure(start):
    """``{name: source}`` of a module and of all that it imports of the collection's node code, to the end."""
    top = list(importlib.import_module(_ROOT).__path__)
    found, waiting, nothing = {}, [start], set()
    while waiting:
        name = waiting.pop()
        if name in found or name in nothing:
            continue
        source = _source(name, top)
        if source is None:
            nothing.add(name)
        else:
            found[name] = source
            waiting += imported(source)
    return found


def imported(source):
    """The names that may be modules in the import statements of a source: of ``from a import b`` both a and a.b.

    Statements are as the formatter writes them, one at the beginning of a line and its names in parentheses. To parse a
    hundred files would take most of the time of a module.
    """
    for package, several, one in _IMPORT.findall(source):
        yield package
        for name in re.sub(r"#.*", "", several or one).split(","):
            if name.strip():
                yield f"{package}.{name.split()[0]}"


def _source(name, top):
    """The source of a module, None for a package and for a name in a module. Nothing is imported for that."""
    folders = name[len(_ROOT) + 1 :].split(".")[:-1]
    spec = importlib.machinery.PathFinder.find_spec(name, ["/".join([path, *folders]) for path in top])
    if spec is None or spec.loader is None or spec.submodule_search_locations is not None:
        return None
    return spec.loader.get_data(spec.origin).decode("utf-8")
