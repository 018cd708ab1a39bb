# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs many tasks in a guest, each as Ansible runs one, without that each has to unpack and compile its module.

An emulated CPU takes seconds for that. Here the modules are imported once and each task is a process that is forked;
its arguments, check mode and answer are those of Ansible. ``task_batch.py FOLDER`` has on the standard input a list of
steps, ``{"name", "shell"}`` or ``{"name", "module", "arguments", "check"}``; prints ``{name: result}`` as JSON.
"""

import importlib
import json
import os
import subprocess
import sys

PLUGINS = "ansible_collections.linuxnet.packetloss.plugins.modules"


def shell(text):
    done = subprocess.run(["sh", "-c", text], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return {"rc": done.returncode, "stdout": done.stdout.strip()}


def task(module, arguments, check):
    """What a module prints, in a process of its own."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        os.dup2(writing, 1)
        os.dup2(writing, 2)
        from ansible.module_utils import basic

        basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": dict(arguments, _ansible_check_mode=check)}).encode()
        basic._ANSIBLE_PROFILE = "legacy"
        code = 1
        try:
            module.main()
        except SystemExit as end:
            code = end.code or 0
        finally:
            sys.stdout.flush()
            os._exit(code)
    os.close(writing)
    with open(reading) as stream:
        text = stream.read()
    os.waitpid(child, 0)
    try:
        return json.loads(text)
    except ValueError:
        return {"failed": True, "msg": "the module printed no JSON", "module_stderr": text}


def main():
    folder = sys.argv[1]
    sys.path.insert(0, folder)
    steps = json.load(sys.stdin)
    modules = {step["module"]: None for step in steps if "module" in step}
    for name in modules:
        modules[name] = importlib.import_module(f"{PLUGINS}.{name}")
    results = {}
    for step in steps:
        if "shell" in step:
            results[step["name"]] = shell(step["shell"])
        else:
            results[step["name"]] = task(modules[step["module"]], step["arguments"], step["check"])
    json.dump(results, sys.stdout)


if __name__ == "__main__":
    main()
