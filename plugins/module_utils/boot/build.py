# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes the program for boot from the files that are running: on a node those that Ansible packed with the module.

A module of Ansible brings its ``module_utils`` in a zip file, by the names that they have in the collection; so they
are asked of the import system, which knows where it has them, and no path is assumed. What belongs to the program is
found as Ansible finds what belongs to a module: by its import statements, those inside of functions as well.
"""

import hashlib
import importlib
import importlib.machinery
import importlib.util
import io
import marshal
import re
import struct
import sys
import time
import zipfile

_ROOT = __name__.partition(".plugins.")[0] + ".plugins.module_utils"

_IMPORT = re.compile(rf"^ *from ({re.escape(_ROOT)}[\w.]*) import (?:\(([^)]*)\)|(.*))", re.MULTILINE)

#: A zip file cannot say less. What Python 3.6 compiles has to have the time of its source.
_NO_TIME = (1980, 1, 1, 0, 0, 0)

#: Of a compiled file, from Python 3.7 on: that nobody looks whether its source has changed (PEP 552).
_UNCHECKED = struct.pack("<IQ", 1, 0)

_START = """\
import sys

from {main} import main

sys.exit(main(sys.argv[1:]))
"""


def program(interpreter, before=None):
    """The bytes of a zipapp that needs nothing but *interpreter*, this Python.

    Its files are compiled, or a boot would spend most of its time for it on that; another version of Python takes the
    sources, which are in it as well.

    :param before: the bytes of the program that is there: returned where it was made of the same. The compiler gives
        other bytes each time, by the order of sets
    """
    # Inside of a function, for it is not run here; but it has to be packed with who calls this.
    from ansible_collections.linuxnet.packetloss.plugins.module_utils.boot import program as main

    entries = {f"{name.replace('.', '/')}.py": text for name, text in closure(main.__name__).items()}
    for path in list(entries):
        parts = path.split("/")[:-1]
        for length in range(1, len(parts) + 1):
            entries.setdefault("/".join(parts[:length]) + "/__init__.py", "")
    entries["__main__.py"] = _START.format(main=main.__name__)
    start = f"#!{interpreter} -I\n# {_digest(entries)}\n".encode()
    return before if before is not None and before.startswith(start) else _zipped(start, entries)


def _digest(entries):
    """What the program is made of, and by which Python, as text."""
    made = hashlib.sha256(importlib.util.MAGIC_NUMBER)
    for path in sorted(entries):
        made.update(f"{path}\0{entries[path]}\0".encode())
    return made.hexdigest()


def _zipped(start, entries):
    """A zip file may have anything in front of it: here what starts it, and what it is made of."""
    made = io.BytesIO()
    made.write(start)
    with zipfile.ZipFile(made, "a", zipfile.ZIP_STORED) as archive:
        for path in sorted(entries):
            archive.writestr(zipfile.ZipInfo(path, _NO_TIME), entries[path].encode("utf-8"))
            archive.writestr(zipfile.ZipInfo(path + "c", _NO_TIME), _compiled(path, entries[path]))
    return made.getvalue()


def _compiled(path, text):
    """The file .pyc of a source."""
    code = marshal.dumps(compile(text, path, "exec", dont_inherit=True))
    if sys.hexversion >= 0x3070000:
        return importlib.util.MAGIC_NUMBER + _UNCHECKED + code
    mtime = int(time.mktime((*_NO_TIME, -1, -1, -1)))
    return importlib.util.MAGIC_NUMBER + struct.pack("<iI", mtime, len(text.encode("utf-8"))) + code


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
