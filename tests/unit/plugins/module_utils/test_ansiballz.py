# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import inspect
import subprocess
import sys
import zipfile

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils import ansiballz

#: Imports a package and a module from the zip file in argv[1] and prints how often a file of it was compiled, and where
#: the module says that it is.
PROGRAM = """
import sys
compiled = []
sys.addaudithook(lambda event, words: compiled.append(str(words[1])) if event == "compile" else None)
sys.path.insert(0, sys.argv[1])
if len(sys.argv) > 2:
    import ansiballz
import package.module
print(sum("module.py" in name for name in compiled))
print(package.module.__file__[len(sys.argv[1]) :], package.__file__[len(sys.argv[1]) :])
"""


@pytest.fixture(name="archive")
def archive_fixture(tmp_path):
    path = tmp_path / "module.zip"
    with zipfile.ZipFile(str(path), "w") as archive:
        archive.writestr("ansiballz.py", inspect.getsource(ansiballz))
        archive.writestr("package/__init__.py", "")
        archive.writestr("package/module.py", "VALUE = 1\n")
    return str(path)


def imported(*arguments):
    command = [sys.executable, "-c", PROGRAM] + list(arguments)
    return subprocess.check_output(command, universal_newlines=True).split()


@pytest.mark.skipif(sys.version_info < (3, 8), reason="zipimport is written in C before Python 3.8")
def test_a_file_in_a_zip_is_compiled_once(archive):
    plain = imported(archive)
    assert (
        imported(archive, "with ansiballz") == ["1"] + plain[1:] == ["1", "/package/module.py", "/package/__init__.py"]
    )
    if plain[0] == "1":
        pytest.skip("this Python's zipimport compiles once by itself: ansiballz.py can go when all do")


def test_nothing_is_changed_where_the_collection_is_not_in_a_zip():
    import zipimport

    assert zipimport.zipimporter.get_filename is not ansiballz.file_name
