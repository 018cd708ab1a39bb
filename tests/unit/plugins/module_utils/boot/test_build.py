# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import ast
import glob
import importlib
import io
import json
import os
import subprocess
import sys
import zipfile

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.boot import build, program
from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.index import every as every_driver
from ansible_collections.linuxnet.packetloss.plugins.module_utils.keep import units
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.index import ORDER
from ansible_collections.linuxnet.packetloss.tests.unit import netns

#: This Python, and the oldest that a node may have where this machine has it.
PYTHONS = [sys.executable]
PYTHONS += glob.glob("/usr/bin/python3.6") + glob.glob(os.path.expanduser("~/.pyenv/versions/3.6.*/bin/python3"))

NODE_CODE = program.__name__.rpartition(".boot.")[0]


def parsed_imports(source):
    """What the import statements name, as Python itself understands them."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module.startswith(NODE_CODE):
            yield node.module
            for alias in node.names:
                yield f"{node.module}.{alias.name}"


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    """The program as a file."""
    path = tmp_path_factory.mktemp("boot") / "packetloss-boot"
    path.write_bytes(build.program(sys.executable))
    path.chmod(0o755)
    return path


def run(command, *words):
    """The program, without anything that this Python or its environment has beside the standard library."""
    done = subprocess.Popen([*command, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={})
    output, errors = done.communicate(timeout=60)
    return done.returncode, output.decode("utf-8"), errors.decode("utf-8")


def test_the_imports_are_those_that_python_sees():
    sources = build.closure(program.__name__)
    assert len(sources) > 50
    for name, source in sources.items():
        assert sorted(build.imported(source)) == sorted(parsed_imports(source)), name


def test_all_knobs_and_drivers_are_in_it_and_no_module_of_ansible():
    names = set(build.closure(program.__name__))
    assert {f"{NODE_CODE}.knobs.{knob}" for knob in ORDER} <= names
    assert {module.__name__ for module in every_driver().values()} <= names
    assert f"{NODE_CODE}.knobs.task" not in names
    for name in sorted(names):
        importlib.import_module(name)


def test_it_is_made_anew_only_where_it_is_made_of_something_else(packed):
    before = packed.read_bytes()
    assert build.program(sys.executable, before) is before
    assert build.program("/usr/bin/python3.6", before) != before
    older = before.replace(b"\n# ", b"\n# 0", 1)
    assert build.program(sys.executable, older) != older


def test_what_lies_in_a_zip_file_makes_the_same_program(packed, tmp_path):
    # As Ansible brings it: all in one zip file, which is the first place to import from.
    brought = tmp_path / "module.zip"
    made = zipfile.ZipFile(io.BytesIO(packed.read_bytes()))
    with made, zipfile.ZipFile(str(brought), "w", zipfile.ZIP_DEFLATED) as archive:
        for name in made.namelist():
            if name.endswith(".py"):
                archive.writestr(name, made.read(name))
    text = (
        f"import sys; sys.path.insert(0, {str(brought)!r})\n"
        f"from {NODE_CODE}.boot.build import program\n"
        f"before = open({str(packed)!r}, 'rb').read()\n"
        f"assert program({sys.executable!r}, before) is before\n"
    )
    assert run([sys.executable, "-I", "-S", "-c", text]) == (0, "", "")


def test_its_files_are_compiled_and_python_takes_them(packed, tmp_path):
    # Sources that are no Python any more: who still reads them fails.
    other = tmp_path / "other"
    with zipfile.ZipFile(str(packed)) as made, zipfile.ZipFile(str(other), "w") as archive:
        for info in made.infolist():
            data = made.read(info.filename)
            archive.writestr(info, data if info.filename.endswith("c") else b"(".ljust(len(data)))
    none = tmp_path / "none"
    code, _output, errors = run([sys.executable, "-I", "-S", other], "--config", none, "verify", "--sysctls", none)
    assert (code, errors) == (0, "")


def test_it_starts_with_nothing_but_the_standard_library(packed, tmp_path):
    missing = tmp_path / "none"
    code, output, errors = run(
        [sys.executable, "-I", "-S", packed], "--config", missing, "verify", "--sysctls", missing
    )
    assert (code, errors) == (0, "")
    assert json.loads(output) == {"changes": [], "problems": []}
    code, _output, errors = run([packed], "--config", missing, "apply", "--phase", "pre", "--begun", tmp_path / "begun")
    assert (code, errors) == (0, "")
    assert os.listdir(str(tmp_path / "begun")) == ["pre"]


@pytest.mark.skipif(netns.refusal() is not None, reason=str(netns.refusal()))
@pytest.mark.parametrize("python", PYTHONS)
def test_what_a_nic_refuses_is_told_and_fails_no_boot(packed, tmp_path, python):
    nics = [
        {"bus": None, "mac": None, "driver": "veth", "name": "left"},
        {"bus": "0000:01:00.0", "mac": "02:fc:00:a1:b2:c3", "driver": "mlx5_core", "name": "gone0"},
    ]
    memory = {"reserve": None, "force": False}
    entries = [{"nic": nic, "settings": {"ring": {"rx": "512"}}, "memory": memory} for nic in nics]
    config = tmp_path / "settings.json"
    config.write_text(json.dumps({"format": 1, "nics": entries}))

    def at_boot():
        for command in ("add left type veth peer name right", "set left up", "set right up"):
            netns.run(f"ip link {command}")
        words = ["--config", config, "apply", "--begun", tmp_path / "begun", "--phase"]
        command = [python, "-I", "-S", packed]
        return [
            run(command, *words, "pre"),
            run(command, *words, "post"),
            run(command, *words, "pre", "--nic", "eth9"),
            run(command, "--config", config, "verify", "--sysctls", tmp_path / "none"),
        ]

    pre, post, other, verified = netns.in_own_netns(at_boot)
    refused = "<3>packetloss: left: ring was not set: left: its rings cannot be known: ETHTOOL_GRINGPARAM left: "
    assert pre[0] == post[0] == other[0] == 0
    assert pre[2].startswith(refused) and pre[2].count("\n") == 1
    gone = "<4>packetloss: gone0 (0000:01:00.0, 02:fc:00:a1:b2:c3, mlx5_core) is not there: nothing was set\n"
    assert refused in post[2] and gone in post[2] and post[2].count("\n") == 2
    assert other[2] == ""
    assert verified[0] == 1 and len(json.loads(verified[1])["problems"]) == 2
    assert sorted(os.listdir(str(tmp_path / "begun"))) == ["post", "pre"]


def test_it_is_where_the_units_start_it():
    for text in units.units("/usr/bin/python3").values():
        assert f" {units.PROGRAM} apply --phase " in text
