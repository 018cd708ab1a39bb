# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Captures of strangers: whatever is damaged, missing, swapped or made up in them, they are read to a valid document
or refused with a sentence; nothing is followed out of them, and what was taken away never becomes a zero.

``PACKETLOSS_FUZZ_CAPTURES`` is how many; ``make fuzz CAPTURES=100000`` sets it.
"""

import json
import os
import pathlib

import jsonschema
import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.captured import read_captured
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.judged import judged
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline import sar
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.host import captured_host, captures_of
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.members import CaptureError
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.places import Place
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.reading import NotRead, Read, Reader
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.diagnosis import load_rules
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.limits import limits
from ansible_collections.linuxnet.packetloss.tests.unit import damage
from ansible_collections.linuxnet.packetloss.tests.unit.plugins.plugin_utils.offline import whole_capture
from ansible_collections.linuxnet.packetloss.tests.unit.plugins.plugin_utils.offline.whole_capture import (
    FORMS,
    Folder,
    Link,
    Special,
)

COUNT = int(os.environ.get("PACKETLOSS_FUZZ_CAPTURES", "300"))

REPOSITORY = pathlib.Path(__file__).resolve().parents[5]
VALIDATOR = jsonschema.Draft202012Validator(
    json.loads((REPOSITORY / "docs" / "host-document.schema.json").read_text(encoding="utf-8"))
)
#: jsonschema takes more time than all the rest: of many captures not each one is held against the schema.
VALIDATED = 3 if COUNT <= 300 else 10

RULES, LIMITS = load_rules(), limits()
CAPTURES = whole_capture.all_of_them()
SECRET = "what no archive may tell of this machine"

#: The parts that are read from files of counters; the others have lists that are rightly empty.
COUNTED = ("cpu_times", "softirqs", "softnet", "protocols", "conntrack", "neighbour", "sockets", "xfrm", "memory")

STRANGE_NAMES = [
    "\x1b[2J",
    "\n",
    "{{ lookup('pipe', 'id') }}",
    "..",
    "\N{RIGHT-TO-LEFT OVERRIDE}",
    "x" * 300,
    "\udcff",
    "%s",
]


def read(path):
    """What is made of the capture at *path*: ``(documents, entries)``, None where it was refused with a sentence."""
    try:
        captures = list(captures_of(str(path)))
    except CaptureError as error:
        assert str(error).strip()
        return None
    documents, found = [], []
    for captured in captures:
        assert all(isinstance(problem, str) for problem in captured.problems)
        for document in read_captured([captured_host(captured)], (), ()):
            documents.append(document)
            found.append({**judged(document, RULES, LIMITS), "history": sar.history_of(captured)})
    return documents, found


def held(path, validated=True):
    """:func:`read`, and what has to hold of everything that anybody may send."""
    answer = read(path)
    if answer is None:
        return None
    documents, found = answer
    for document, entry in zip(documents, found):
        text = json.dumps([document, entry], allow_nan=False)
        assert SECRET not in text
        assert entry["error"] is None
        assert entry["verdict"] not in ("losing", "clean"), "of one reading"
        if validated:
            assert list(VALIDATOR.iter_errors(json.loads(json.dumps(document)))) == []
    return documents


def diagnosed_without_a_fault(path):
    """The same as the playbook reads it, which goes on after a fault and tells it: there is none."""
    for event in Reader().read([Place(str(path))]):
        if isinstance(event, NotRead):
            assert "is a fault of this collection" not in event.why
        elif isinstance(event, Read):
            assert event.error is None
            assert len(event.documents) >= 1


def changed(capture, chance, secret):
    """*capture* as a list of members, with one thing wrong."""
    members = list(capture.items())
    place = chance.randrange(len(members))
    path, content = members[place]
    data = content if isinstance(content, bytes) else b""
    targets = [
        str(secret),
        "../" * 12 + str(secret)[1:],
        ".",
        path.rpartition("/")[2],
        "../..",
        "/",
        "/proc/self/mem",
        "",
        "{{ x }}",
    ]
    kind = chance.choice(
        "damaged damaged damaged damaged cut removed swapped renamed linked twice folder special long empty".split()
    )
    if kind == "damaged" and data:
        members[place] = (path, damage.damaged(data, chance))
    elif kind == "cut":
        members[place] = (path, data[: chance.randrange(len(data) + 1)])
    elif kind == "removed":
        del members[place]
    elif kind == "swapped":
        other = chance.randrange(len(members))
        members[place], members[other] = (path, members[other][1]), (members[other][0], content)
    elif kind == "renamed":
        folder, _slash, name = path.rpartition("/")
        strange = chance.choice(STRANGE_NAMES)
        members[place] = (
            f"{folder}/{chance.choice([strange, name + strange, name.replace('eth0', strange)])}",
            content,
        )
    elif kind == "linked":
        members[place] = (path, Link(chance.choice(targets)))
    elif kind == "twice":
        members.append((path, damage.damaged(data, chance) if data else Link(chance.choice(targets))))
    elif kind == "folder":
        members[place] = (path, Folder())
    elif kind == "special":
        members[place] = (path, Special())
    elif kind == "long":
        members[place] = (path, data * chance.choice([2, 100]))
    elif kind == "empty":
        members[place] = (path, b"")
    return members


def flipped(data, chance):
    """The bytes of an archive, damaged where nobody chose."""
    kind, place = chance.randrange(4), chance.randrange(len(data))
    if kind == 0:
        return data[:place]
    if kind == 1:
        return data[:place] + data[place + chance.randrange(1, 2000) :]
    if kind == 2:
        return data[:place] + bytes(chance.randrange(256) for _byte in range(chance.randrange(1, 600))) + data[place:]
    found = bytearray(data)
    for _time in range(chance.choice([1, 1, 3, 50])):
        found[chance.randrange(len(found))] ^= 1 << chance.randrange(8)
    return bytes(found)


@pytest.fixture
def secret(tmp_path):
    """A file beside the capture, which nothing in it may lead to."""
    path = tmp_path / "secret"
    path.write_text("\n".join([SECRET] * 5), encoding="ascii")
    return path


def test_damaged_captures(tmp_path, chance, secret):
    path, names = tmp_path / "capture", list(CAPTURES)
    for number in range(COUNT):
        capture = CAPTURES["sosreport" if chance.random() < 0.5 else chance.choice(names)]
        members = changed(capture, chance, secret)
        while members and chance.random() < 0.4:
            members = changed(dict(members), chance, secret)
        form = chance.choices(list(FORMS), list(FORMS.values()))[0]
        data = whole_capture.pack(members, form)
        if chance.random() < 0.25:
            data = flipped(data, chance)
        path.write_bytes(data)
        before = [*capture.items()]
        chance.tried((form, [member for member in members if member not in before]))
        held(path, number % VALIDATED == 0)
        if chance.random() < 0.1:
            diagnosed_without_a_fault(path)


def test_what_is_taken_away_is_missing_and_never_zero(tmp_path, chance):
    path, capture = tmp_path / "capture.tar", CAPTURES["sosreport"]
    path.write_bytes(whole_capture.pack(capture.items(), "tar"))
    (good,) = held(path)
    files = [place for place, content in capture.items() if isinstance(content, bytes)]
    for _time in range(COUNT // 5):
        taken = chance.sample(files, chance.choice([1, 1, 3, 20]))
        left = {place: content for place, content in capture.items() if place not in taken}
        for place in taken:
            if chance.random() < 0.5:
                left[place] = b""
        chance.tried(taken)
        path.write_bytes(whole_capture.pack(left.items(), "tar"))
        documents = held(path, False)
        for part in COUNTED if documents else ():
            assert damage.made_up(good[part], documents[0][part], True, part) == []


def test_a_folder_with_links_out_of_it(tmp_path, secret):
    """The same, unpacked: the links are real ones."""
    folder = tmp_path / "unpacked"
    for place, content in CAPTURES["sosreport"].items():
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, Link):
            (folder / place).symlink_to(content.target)
        elif place.rpartition("/")[2] in ("softnet_stat", "ethtool_-i_eth0", "sysctl_-a", "date_--utc", "sa07.xml"):
            (folder / place).symlink_to(secret)
        else:
            (folder / place).write_bytes(content)
    (document,) = held(folder)
    assert document["softnet"] is None
    assert document["nics"]["eth0"]["driver"] is None


def test_an_uptime_that_is_a_folder(tmp_path):
    """Found by test_damaged_captures: the clock of the host let an OSError through."""
    capture = {**CAPTURES["sosreport"], "sosreport-web1-2014-10-07-abcdefg/proc/uptime": Folder()}
    path = tmp_path / "capture.tar"
    path.write_bytes(whole_capture.pack(capture.items(), "tar"))
    (document,) = held(path)
    assert document["meta"]["uptime_s"] is document["meta"]["interval_s"] is None
