# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes ``docs/modules/NAME.md`` for every module and ``roles/NAME/README.md`` for every role of the collection, from
what ``ansible-doc`` says of them; with ``--check`` it writes nothing and fails when a page is not what it would write.
"""

import argparse
import json
import os
import re
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
COLLECTION = "linuxnet.packetloss"
#: Where the page of a module or a role is. Every page is two folders deep, so links begin with ``../../``.
PAGES = {"module": "docs/modules/{}.md", "role": "roles/{}/README.md"}
NOTICE = "<!-- Written by `make docs` from the documentation in the code: change it there. -->"

#: Ansible's markup, as Markdown. Names of options, values and return values are code.
MARKUP = (
    (re.compile(r"\b(?:O|V|RV|E|C)\(((?:[^()\\]|\\.)*)\)"), lambda found: f"`{plain(found[1])}`"),
    (re.compile(r"\bM\(([^()]*)\)"), lambda found: plugin_link(found[1])),
    (re.compile(r"\bP\(([^()#]*)#(\w+)\)"), lambda found: plugin_link(found[1], found[2])),
    (re.compile(r"\bL\(([^(),]*), *([^()]*)\)"), r"[\1](\2)"),
    (re.compile(r"\bU\(([^()]*)\)"), r"<\1>"),
    (re.compile(r"\bB\(([^()]*)\)"), r"**\1**"),
    (re.compile(r"\bI\(([^()]*)\)"), r"*\1*"),
)


def plain(text):
    """The text inside a markup: its escapes resolved, and without the plugin that a ``O()`` may name before a colon."""
    return re.sub(r"\\(.)", r"\1", re.sub(r"^[\w.]+#\w+:", "", text))


def plugin_link(name, kind="module"):
    """A link to the page of a plugin of this collection, or to Ansible's own page of another's."""
    if name.startswith(COLLECTION + "."):
        return f"[{name}](../../{PAGES[kind].format(name.removeprefix(COLLECTION + '.'))})"
    namespace, collection, short = name.split(".", 2)
    page = f"https://docs.ansible.com/ansible/latest/collections/{namespace}/{collection}/{short}_{kind}.html"
    return f"[{name}]({page})"


def markdown(text):
    for pattern, replacement in MARKUP:
        text = pattern.sub(replacement, text)
    return text.strip()


def paragraphs(text):
    """A description, which is a string or a list of them."""
    return [markdown(part) for part in ([text] if isinstance(text, str) else text or [])]


def value(item):
    """A default or a choice as YAML would have it."""
    return f"`{json.dumps(item, ensure_ascii=False) if not isinstance(item, str) else item}`"


def kind_of(entry):
    """``list of str`` and the like."""
    kind = entry.get("type", "str")
    return f"{kind} of {entry['elements']}" if entry.get("elements") else kind


def fields(entries, children, indent=""):
    """Options or return values as nested list items; *children* is the key that their own parts are under."""
    lines = []
    for name, entry in entries.items():
        facts = [kind_of(entry)]
        facts += ["required"] if entry.get("required") else []
        facts += [f"default {value(entry['default'])}"] if entry.get("default") is not None else []
        facts += [f"returned: {markdown(entry['returned'])}"] if entry.get("returned") else []
        lines.append(f"{indent}* **`{name}`** ({', '.join(facts)})")
        below = indent + "  "
        lines += [line for text in paragraphs(entry.get("description")) for line in ("", below + text)]
        if entry.get("choices"):
            choices = entry["choices"]
            told = choices.items() if isinstance(choices, dict) else [(choice, "") for choice in choices]
            lines.append("")
            lines += [
                f"{below}* {value(choice)}" + "".join(f": {text}" for text in paragraphs(about) if text)
                for choice, about in told
            ]
        if entry.get("sample") is not None:
            lines += ["", f"{below}Sample: {value(entry['sample'])}"]
        if entry.get(children):
            lines += ["", *fields(entry[children], children, below)]
        lines.append("")
    return lines[:-1]


def section(title, lines):
    """A section, or nothing where there is nothing to say."""
    return [f"## {title}", "", *lines, ""] if lines else []


def attributes(entries):
    if not entries:
        return []
    rows = []
    for name, entry in sorted(entries.items()):
        about = " ".join(paragraphs(entry.get("details") or entry["description"]))
        rows.append(f"| {name} | {entry.get('support', '')} | {about} |")
    return ["| attribute | support | |", "| --- | --- | --- |", *rows]


def see_also(entries):
    lines = []
    for entry in entries or []:
        if "module" in entry or "plugin" in entry:
            name = plugin_link(entry.get("module") or entry["plugin"], entry.get("plugin_type", "module"))
        else:
            name = f"[{entry.get('name')}]({entry.get('link')})"
        lines.append(f"* {name}" + "".join(f": {text}" for text in paragraphs(entry.get("description"))))
    return lines


def module_page(name, told):
    """The page of one module, from what ``ansible-doc --json`` has for it."""
    doc = told["doc"]
    lines = [f"# {name}", "", NOTICE, "", markdown(doc["short_description"]), ""]
    lines += section("What it does", [f"* {text}" for text in paragraphs(doc["description"])])
    lines += section("Options", fields(doc.get("options") or {}, "suboptions"))
    lines += section("Attributes", attributes(doc.get("attributes")))
    lines += section("Notes", [f"* {text}" for text in paragraphs(doc.get("notes"))])
    lines += section("Examples", ["```yaml", told["examples"].strip(), "```"] if told.get("examples") else [])
    lines += section("Return values", fields(told.get("return") or {}, "contains"))
    lines += section("See also", see_also(doc.get("seealso")))
    return "\n".join(lines).rstrip() + "\n"


def role_page(name, told):
    """The page of one role, from its argument specs."""
    lines = [f"# Role {name}", "", NOTICE, ""]
    for point, spec in sorted(told["entry_points"].items(), key=lambda entry: (entry[0] != "main", entry[0])):
        lines += section(f"Entry point {point}", [markdown(spec.get("short_description", "")), ""])[:-1]
        lines += [line for text in paragraphs(spec.get("description")) for line in (text, "")]
        lines += ["### Variables", "", *fields(spec.get("options") or {}, "options"), ""]
        lines += ["### See also", "", *see_also(spec["seealso"]), ""] if spec.get("seealso") else []
    return "\n".join(lines).rstrip() + "\n"


def ansible_doc(*words):
    """What ``ansible-doc --json`` prints, of this tree."""
    home = REPOSITORY / "build" / "home" / "module-docs"
    env = {**os.environ, "ANSIBLE_HOME": str(home), "ANSIBLE_DEPRECATION_WARNINGS": "0"}
    program = Path(sys.executable).with_name("ansible-doc")
    done = subprocess.run([str(program), "--json", *words], env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"ansible-doc {' '.join(words)} failed:\n{done.stderr}")
    return json.loads(done.stdout)


def pages():
    """Every page by its path."""
    found = {}
    for kind, page in (("module", module_page), ("role", role_page)):
        names = list(ansible_doc("--type", kind, "--list", COLLECTION))
        for name, told in (ansible_doc("--type", kind, *names) if names else {}).items():
            if set(told) == {"error"}:
                sys.exit(f"ansible-doc cannot read {name}: {told['error']}")
            found[PAGES[kind].format(name.removeprefix(COLLECTION + "."))] = page(name, told)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a page is out of date")
    check = parser.parse_args().check

    wanted = pages()
    present = {
        str(path.relative_to(REPOSITORY)) for page in PAGES.values() for path in REPOSITORY.glob(page.format("*"))
    }
    stale = sorted(path for path in wanted if path not in present or (REPOSITORY / path).read_text() != wanted[path])
    extra = sorted(present - set(wanted))
    if check:
        for path in stale:
            print(f"{path} is not what the code says: run `make docs`")
        for path in extra:
            print(f"{path} is of something that is no longer there: run `make docs`")
        sys.exit(1 if stale or extra else 0)
    for path in stale:
        (REPOSITORY / path).parent.mkdir(parents=True, exist_ok=True)
        (REPOSITORY / path).write_text(wanted[path])
        print(path)
    for path in extra:
        (REPOSITORY / path).unlink()


if __name__ == "__main__":
    main()
