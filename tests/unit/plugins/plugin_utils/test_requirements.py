# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import sys
from importlib import util

import pytest
from ansible.errors import AnsibleError

PLUGIN_UTILS = "ansible_collections.linuxnet.packetloss.plugins.plugin_utils."


@pytest.mark.parametrize(
    "package, modules, use",
    [
        ("jmespath", ["rules.expressions", "rules.loader"], lambda loader: loader.load_rules()),
        ("netaddr", ["networks"], lambda networks: networks.cidrs([])),
    ],
)
def test_a_package_that_is_not_there_is_named_with_what_to_install(monkeypatch, package, modules, use):
    # This is how the import system is told that there is no such module.
    monkeypatch.setitem(sys.modules, package, None)
    for name in modules:
        # A second copy, which is gone when the test ends: all others keep the modules that they have.
        spec = util.find_spec(PLUGIN_UTILS + name)
        module = util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, spec.name, module)
        spec.loader.exec_module(module)
    with pytest.raises(AnsibleError) as raised:
        use(module)
    assert str(raised.value).startswith(
        f"the Python that runs ansible-playbook ({sys.executable}) has no {package}: "
        f"run {sys.executable} -m pip install jmespath netaddr, or install the packages "
    )
