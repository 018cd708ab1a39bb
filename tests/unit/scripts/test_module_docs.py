# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest

import module_docs


@pytest.mark.parametrize(
    ("markup", "markdown"),
    [
        ("V(losing) or O(fail_on=loss)", "`losing` or `fail_on=loss`"),
        ("RV(findings[].rule)", "`findings[].rule`"),
        ("O(linuxnet.packetloss.audit#module:dir)", "`dir`"),
        (r"V(a\)b)", "`a)b`"),
        ("L(the docs,https://example.org/a)", "[the docs](https://example.org/a)"),
        ("M(linuxnet.packetloss.audit)", "[linuxnet.packetloss.audit](../../docs/modules/audit.md)"),
        (
            "M(ansible.builtin.setup)",
            "[ansible.builtin.setup]"
            "(https://docs.ansible.com/ansible/latest/collections/ansible/builtin/setup_module.html)",
        ),
        ("P(linuxnet.packetloss.audit#role)", "[linuxnet.packetloss.audit](../../roles/audit/README.md)"),
        ("B(not) I(this)", "**not** *this*"),
        ("RFC(6901) stays", "RFC(6901) stays"),
    ],
)
def test_markup_becomes_markdown(markup, markdown):
    assert module_docs.markdown(markup) == markdown


def test_options_nest_with_their_type_default_and_choices():
    options = {
        "fail_on": {"description": "When.", "choices": ["loss", "never"], "default": "loss"},
        "rules": {
            "description": ["Rules."],
            "type": "list",
            "elements": "dict",
            "suboptions": {"id": {"description": "Its id.", "required": True}},
        },
    }
    text = "\n".join(module_docs.fields(options, "suboptions"))
    assert "* **`fail_on`** (str, default `loss`)\n\n  When.\n\n  * `loss`\n  * `never`" in text
    assert "* **`rules`** (list of dict)\n\n  Rules.\n\n  * **`id`** (str, required)\n\n    Its id." in text
