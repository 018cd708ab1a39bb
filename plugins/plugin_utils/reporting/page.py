# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pages for people, from what the files for programs hold: audit.md, and those of a remediation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting import remedied, words
from jinja2 import Environment, FileSystemLoader, StrictUndefined


def page(audit: dict[str, Any]) -> str:
    """The report of an audit. What a host said is escaped, so that nothing in it is markup."""
    return _rendered("audit.md.j2", audit=audit)


def remediation_page(summary: dict[str, Any]) -> str:
    """What became of all hosts, from what remediation.json holds."""
    return _rendered("remediation.md.j2", summary=summary)


def remediated_host_page(host: dict[str, Any]) -> str:
    """What became of one host, from its report."""
    return _rendered("remediated_host.md.j2", host=host)


def _rendered(template: str, **data: Any) -> str:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
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
        result_words=remedied.result_words,
        step_words=remedied.step_words,
        spaced=lambda text: str(text).replace("_", " "),
    )
    environment.globals.update(loss_words=remedied.loss_words)
    return environment.get_template(template).render(**data)
