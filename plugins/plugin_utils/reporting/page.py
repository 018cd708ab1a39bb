# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page audit.md, from what audit.json holds; and how such pages are made."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting import words
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template


def page(audit: dict[str, Any]) -> str:
    """The report for people. What a host said is escaped, so that nothing in it is markup."""
    return rendered(Path(__file__).parent / "audit.md.j2", audit=audit)


def rendered(template: Path, **values: Any) -> str:
    """A page of Markdown from a template: every value in it is text, and never markup."""
    return _read(template).render(**values)


@cache
def _read(template: Path) -> Template:
    environment = Environment(
        loader=FileSystemLoader(template.parent),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        # Every expression of the template is escaped, so that none can be forgotten.
        finalize=words.markdown,
        autoescape=False,  # noqa: S701 - Markdown, not HTML: finalize escapes
    )
    environment.filters.update(
        mebibytes=words.mebibytes, number=words.number, subject=words.subject, with_unit=words.with_unit
    )
    return environment.get_template(template.name)
