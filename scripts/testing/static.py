# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stages that read the tree without running it: lint, docs-check and import."""

import re
import subprocess
import sys

from testing import tree
from testing.checks import BUILD, REPOSITORY, VENV, Check, command, environment, explain, failed, run

BIN = VENV / "bin"


def lint():
    """ruff, yamllint, ansible-lint, the changelog's own lint, and who may import whom."""
    copy = tree.copy("lint")
    yield command("lint", "ruff check", [BIN / "ruff", "check", "--no-cache", "."])
    yield command("lint", "ruff format", [BIN / "ruff", "format", "--no-cache", "--check", "."])
    yield command("lint", "yamllint", [BIN / "yamllint", "--strict", "."], cwd=copy)
    yield command("lint", "antsibull-changelog", [BIN / "antsibull-changelog", "lint"], cwd=copy)
    words = [BIN / "lint-imports", "--no-cache", REPOSITORY / ".importlinter"]
    yield command("lint", "import-linter", words, cwd=tree.importable("imports"))
    env = environment(BUILD / "home" / "lint", ANSIBLE_COLLECTIONS_PATH=BUILD / "lint")
    yield command("lint", "ansible-lint", [BIN / "ansible-lint", "--offline", "--nocolor"], cwd=copy, env=env)


def docs_check():
    """The documentation in the plugins is valid, and the pages made from it are up to date."""
    copy = tree.copy("docs")
    env = environment(BUILD / "home" / "docs", ANSIBLE_COLLECTIONS_PATH=BUILD / "docs")
    yield command("docs-check", "pages", [sys.executable, "scripts/module_docs.py", "--check"])
    yield command("docs-check", "page of the rules", [sys.executable, "scripts/rules_doc.py", "--check"])
    words = [sys.executable, "scripts/ring_statements_doc.py", "--check"]
    yield command("docs-check", "table of public statements", words)
    words = [sys.executable, "scripts/remediation_doc.py", "--check"]
    yield command("docs-check", "tables of the remediation", words)
    yield command("docs-check", "pages of the lab", [sys.executable, "scripts/lab_doc.py", "--check"])
    words = [BIN / "antsibull-docs", "lint-collection-docs", "--plugin-docs", "."]
    yield command("docs-check", "antsibull-docs", words, cwd=copy, env=env)


def import_():
    """The tarball is built, Galaxy's importer takes it, and the playbook resolves from what is needed at run time."""
    try:
        tarball = tree.build(tree.copy("import"), "import-tarball")
        installed = tree.install(tarball, "import-installed")
    except subprocess.CalledProcessError as error:
        yield failed("import", "ansible-galaxy", error.output)
        return
    yield Check("import", "ansible-galaxy collection build and install", passed=1)

    finished = run(
        "import", "galaxy-importer", [BIN / "python", "-m", "galaxy_importer.main", tarball], cwd=tarball.parent
    )
    complaints = tuple(dict.fromkeys(re.findall(r"^(?:WARNING|ERROR): .*$", finished.output, re.M)))
    if finished.code or any(line.startswith("ERROR") for line in complaints):
        failures = (explain("galaxy-importer", finished),)
        yield Check("import", "galaxy-importer", failed=1, failures=failures, seconds=finished.seconds)
    else:
        yield Check("import", "galaxy-importer", passed=1, notes=complaints, seconds=finished.seconds)

    env = environment(
        BUILD / "home" / "import", ANSIBLE_COLLECTIONS_PATH=installed, ANSIBLE_COLLECTIONS_SCAN_SYS_PATH=False
    )
    words = [BIN / "ansible-playbook", "--syntax-check", "--inventory", "localhost,", "linuxnet.packetloss.audit"]
    yield command("import", "only meta, plugins, roles, playbooks", words, cwd=REPOSITORY.parent, env=env)
