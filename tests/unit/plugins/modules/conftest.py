# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules as a node runs them."""

import json

import pytest
from ansible.module_utils import basic


@pytest.fixture(name="run")
def run_fixture(monkeypatch, capsys):
    """``run(module, check_mode=False, **arguments)``: the JSON that the module prints."""

    def run(module, check_mode=False, **arguments):
        arguments["_ansible_check_mode"] = check_mode
        # How arguments arrive is private to ansible-core: this works from 2.16 on, 2.19 wants the profile too.
        monkeypatch.setattr(basic, "_ANSIBLE_ARGS", json.dumps({"ANSIBLE_MODULE_ARGS": arguments}).encode())
        monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
        with pytest.raises(SystemExit):
            module.main()
        return json.loads(capsys.readouterr().out)

    return run
