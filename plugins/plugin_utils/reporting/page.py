# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pages for people, from what the files for programs hold; and how such pages are made."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting import remedied, words
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

HERE = Path(__file__).parent


def page(audit: dict[str, Any]) -> str:
    """The report for people. What a host said is escaped, so that nothing in it is markup."""
    return rendered(HERE / "audit.md.j2", audit=audit)


def remediation_page(summary: dict[str, Any]) -> str:
    """What became of all hosts, from what remediation.json holds."""
    return rendered(HERE / "remediation.md.j2", summary=summary)


def remediated_host_page(host: dict[str, Any]) -> str:
    """What became of one host, from its report."""
    return rendered(HERE / "remediated_host.md.j2", host=host)


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
        mebibytes=words.mebibytes,
        number=words.number,
        subject=words.subject,
        with_unit=words.with_unit,
        losses=remedied.loss_words,
        result_words=remedied.result_words,
        spaced=words.spaced,
        step_words=remedied.step_words,
    )
    return environment.get_template(template.name)
