# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the time of packet_path_info goes on a node: in the zip that Ansible makes of it, as a node runs it.

A module is compiled from source each time (zipimport of Python 3.8 to 3.13 compiles each file of a zip twice), so what
is imported costs more than what is read. Nothing sleeps here.
"""

import json
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

PROCESSES = 7
MODULE = "linuxnet.packetloss.packet_path_info"
OURS = "ansible_collections.linuxnet.packetloss.plugins."
SHOWN = 12

#: Runs in a fresh process, with the zip as its first argument; prints the milliseconds of CPU of each part.
PARTS = """
import importlib, io, json, sys, time
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
spent = {}
def timed(name, function):
    start = time.process_time()
    try:
        return function()
    finally:
        spent[name] = 1000 * (time.process_time() - start)
basic = timed("ansible.module_utils.basic", lambda: importlib.import_module("ansible.module_utils.basic"))
module = timed("imports of its own", lambda: importlib.import_module(sys.argv[2]))
basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": {"interval": 1, "as_text": True}}).encode()
basic._ANSIBLE_PROFILE = "legacy"
time.sleep = lambda seconds: None
exit_json = module.AnsibleModule.exit_json
module.AnsibleModule.exit_json = lambda self, **result: timed("exit_json", lambda: exit_json(self, **result))
printed, sys.stdout = sys.stdout, io.StringIO()
try:
    timed("main", module.main)
except SystemExit:
    pass
answer, sys.stdout = sys.stdout.getvalue(), printed
assert "packet_path_json" in json.loads(answer), answer
spent["reading, three samples"] = spent.pop("main") - spent["exit_json"]
compiling = {}
for name, found in list(sys.modules.items()):
    if name.startswith(sys.argv[3]) and found.__loader__.get_source(name):
        source = found.__loader__.get_source(name)
        timed(name, lambda: compile(source, name, "exec"))
        compiling[name[len(sys.argv[3]):]] = spent.pop(name)
print(json.dumps([spent, compiling, len(answer)]))
"""


def measure():
    """Prints the CPU time of each part, the least of several processes, and which modules take most to compile."""
    with tempfile.TemporaryDirectory(prefix="packetloss-bench-") as folder:
        packed, size = _packed(Path(folder))
        words = [_node_python(), "-c", PARTS, packed, OURS + "modules." + MODULE.rpartition(".")[2], OURS]
        runs = [json.loads(subprocess.check_output(words)) for _run in range(PROCESSES)]
        with zipfile.ZipFile(packed) as archive:
            files = [one for one in archive.infolist() if one.filename.startswith("ansible_collections/")]
    parts, compiling = ({key: min(run[at][key] for run in runs) for key in runs[0][at]} for at in (0, 1))
    print(f"{MODULE} on a node, from the zip that Ansible makes: least CPU of {PROCESSES} processes")
    for part, spent_ms in parts.items():
        print(f"  {part:28} {spent_ms:6.1f} ms")
    print(f"  the program is {size / 1024:.0f} KB; its answer {runs[0][2] / 1024:.0f} KB")
    print(f"  of this collection are {len(files)} files, {sum(one.file_size for one in files) / 1024:.0f} KB, in it")
    print(f"  {len(compiling)} of them are compiled, in {sum(compiling.values()):.1f} ms if each were compiled once:")
    for module in sorted(compiling, key=compiling.get, reverse=True)[:SHOWN]:
        print(f"    {compiling[module]:5.1f} ms  {module}")


def _node_python():
    return "/usr/bin/python3" if Path("/usr/bin/python3").exists() else sys.executable


def _packed(folder):
    """``(a zip as Ansible makes it of the module, bytes of the program that is sent)``."""
    env = {
        **os.environ,
        "ANSIBLE_HOME": str(folder / "home"),
        "ANSIBLE_REMOTE_TMP": str(folder / "remote"),
        "ANSIBLE_KEEP_REMOTE_FILES": "1",
        "ANSIBLE_LOCALHOST_WARNING": "0",
    }
    words = ["-i", "node,", "-c", "local", "-e", f"ansible_python_interpreter={_node_python()}", "node", "-m", MODULE]
    program = str(Path(sys.executable).with_name("ansible"))
    subprocess.run([program, *words, "-a", "interval=0"], env=env, capture_output=True, check=True)
    (sent,) = (folder / "remote").rglob("AnsiballZ_*.py")
    subprocess.run([_node_python(), str(sent), "explode"], capture_output=True, check=True)
    packed = str(folder / "module.zip")
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted((sent.parent / "debug_dir").rglob("*.py")):
            archive.write(path, path.relative_to(sent.parent / "debug_dir"))
    return packed, sent.stat().st_size


if __name__ == "__main__":
    measure()
