# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is written in two places says the same."""

import re
from pathlib import Path

import pytest
import yaml
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.assemble import COLLECTION_VERSION

REPOSITORY = Path(__file__).resolve().parents[2]
ROLES = sorted(path.name for path in (REPOSITORY / "roles").iterdir() if path.is_dir())


def load(path):
    return yaml.safe_load((REPOSITORY / path).read_text(encoding="utf-8"))


def requirements(path):
    """The lines of a requirement file by the name of the package."""
    lines = (REPOSITORY / path).read_text(encoding="utf-8").splitlines()
    wanted = [line for line in lines if line and not line.startswith(("#", "-r"))]
    return {re.match(r"[\w-]+", line)[0]: line for line in wanted}


def test_the_version_of_galaxy_is_that_of_the_host_document():
    assert load("galaxy.yml")["version"] == COLLECTION_VERSION


@pytest.mark.parametrize("role", ROLES)
def test_defaults_of_a_role_are_those_of_its_argument_specs(role):
    defaults = load(f"roles/{role}/defaults/main.yml")
    entries = load(f"roles/{role}/meta/argument_specs.yml")["argument_specs"]
    options = [option for entry in entries.values() for option in entry["options"].items()]
    assert {name for name, option in options if "default" in option} == set(defaults)
    for name, option in options:
        assert option.get("default") == defaults.get(name), name


def test_every_list_of_requirements_names_the_same_libraries():
    audit = requirements("requirements/audit.txt")
    del audit["ansible-core"]
    assert requirements("requirements/matrix.txt") == audit
    assert set(requirements("meta/ee-requirements.txt")) == set(audit)


@pytest.mark.parametrize(
    "path",
    sorted(
        str(path.relative_to(REPOSITORY))
        for folder in ("plugins", "roles", "playbooks", "scripts", "bench", "tests")
        for path in (REPOSITORY / folder).rglob("*.py")
        if "output" not in path.parts
    ),
)
def test_every_file_names_its_licence_first(path):
    lines = (REPOSITORY / path).read_text(encoding="utf-8").splitlines()
    first = [line for line in lines[:4] if not line.startswith("#!")]
    assert first[2] == "# SPDX-License-Identifier: GPL-3.0-or-later"
