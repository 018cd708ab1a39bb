# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""That the page of ring memory and the statements of the tests cannot disagree."""

import copy

import pytest
from ansible_collections.linuxnet.packetloss.tests.unit.ring_statements import statements

import ring_statements_doc as doc


def check(monkeypatch, page, changed=None, arguments=("--check",)):
    monkeypatch.setattr(doc, "PAGE", page)
    monkeypatch.setattr(doc, "REPOSITORY", page.parent)
    monkeypatch.setattr(doc, "statements", lambda: changed or statements())
    monkeypatch.setattr("sys.argv", ["ring_statements_doc.py", *arguments])
    doc.main()


@pytest.fixture(name="page")
def page_fixture(tmp_path):
    """A copy of the page as it is."""
    page = tmp_path / "ring-memory.md"
    page.write_text(doc.PAGE.read_text(encoding="utf-8"), encoding="utf-8")
    return page


def test_the_page_is_what_the_statements_and_the_models_say(monkeypatch, page):
    check(monkeypatch, page)


def test_a_statement_that_is_another_is_noticed_and_written(monkeypatch, page):
    changed = copy.deepcopy(statements())
    changed[3]["checks"][0]["stated_bytes"] *= 2
    before = page.read_text(encoding="utf-8")
    with pytest.raises(SystemExit, match="ring-memory.md is not what the models predict"):
        check(monkeypatch, page, changed)
    assert page.read_text(encoding="utf-8") == before
    check(monkeypatch, page, changed, ())
    after = page.read_text(encoding="utf-8")
    different = [pair for pair in zip(before.splitlines(), after.splitlines()) if len(set(pair)) > 1]
    assert len(different) == 1 and different[0][1].startswith("| S4 |") and "60.19 MiB, 0.50" in different[0][1]


def test_a_number_that_was_changed_by_hand_is_noticed(monkeypatch, page):
    page.write_text(page.read_text(encoding="utf-8").replace("60.19 MiB", "60.20 MiB"), encoding="utf-8")
    with pytest.raises(SystemExit, match="run scripts/ring_statements_doc.py"):
        check(monkeypatch, page)


def test_a_page_without_its_marks_is_not_written(monkeypatch, page):
    page.write_text("no marks\n", encoding="utf-8")
    with pytest.raises(SystemExit, match="put them back"):
        check(monkeypatch, page, None, ())


def test_a_bar_in_a_statement_is_no_column():
    one = dict(copy.deepcopy(statements()[1]), reason="a | b")
    assert doc.table([one]).splitlines()[-1].endswith("**not comparable**: a \\| b |")
