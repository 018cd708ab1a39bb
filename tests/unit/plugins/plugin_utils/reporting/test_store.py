# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import json
import os

import pytest
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.store import (
    DamagedError,
    Skipped,
    Store,
    StoreError,
    file_name,
)
from ansible_collections.linuxnet.packetloss.tests.unit.findings import host_findings


@pytest.mark.parametrize(
    "host, expected",
    [
        ("web1", "web1"),
        ("web1.example.com", "web1.example.com"),
        ("../../x", "%2E.%2F..%2Fx"),
        ("..", "%2E."),
        (".hidden", "%2Ehidden"),
        ("/etc/passwd", "%2Fetc%2Fpasswd"),
        ("a b\n", "a%20b%0A"),
        ("%2E", "%252E"),
        ("fe80::1%eth0", "fe80%3A%3A1%25eth0"),
        ("größe", "gr%C3%B6%C3%9Fe"),
        # The document of the one would be the findings of the other.
        ("web1.findings", "web1%2Efindings"),
        ("findings", "findings"),
        ("web1.findings.x", "web1.findings.x"),
    ],
)
def test_file_name(host, expected):
    assert file_name(host) == expected


def test_long_names_stay_apart():
    first, second = file_name("x" * 300 + "a"), file_name("x" * 300 + "b")
    assert len(first) == len(second) == 200
    assert first != second


def test_a_document_never_leaves_the_folder(tmp_path):
    store = Store(str(tmp_path / "report"))
    store.prepare()
    path = store.write_document("../../x", {"schema_version": 1})
    assert path.parent == tmp_path / "report" / "hosts"
    assert json.loads(path.read_text()) == {"schema_version": 1}
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["report"]
    assert [entry.name for entry in path.parent.iterdir()] == ["%2E.%2F..%2Fx.json"]
    assert store.write_findings(host_findings("../../x")).name == "%2E.%2F..%2Fx.findings.json"
    assert store.findings("../../x")["host"] == "../../x"


def test_a_file_in_the_way_of_the_folder_is_said(tmp_path):
    (tmp_path / "report").write_text("in the way")
    with pytest.raises(StoreError, match="cannot write .*report/hosts: .*; set packetloss_dir to a folder"):
        Store(str(tmp_path / "report")).prepare()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_said(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(StoreError, match="Permission denied; set packetloss_dir"):
        Store(str(tmp_path / "report")).prepare()


def test_a_failed_write_leaves_the_old_report(tmp_path, monkeypatch):
    store = Store(str(tmp_path))
    store.write_text("audit.md", "old")

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(StoreError, match="audit.md: No space left on device"):
        store.write_text("audit.md", "new")
    assert (tmp_path / "audit.md").read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["audit.md"]


# --- what is read back -------------------------------------------------------------------------------------------


@pytest.fixture(name="store")
def store_fixture(tmp_path):
    store = Store(str(tmp_path / "report"))
    store.prepare()
    return store


def put(store, name, content):
    """A file in the folder of the hosts, as anybody could have put it there."""
    path = store.folder / "hosts" / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def secret(folder):
    path = folder / "secret.json"
    path.write_text(json.dumps(host_findings("web1")))
    return path


def test_what_was_written_is_read(store):
    store.write_findings(host_findings("größe.example"))
    assert store.findings("größe.example") == host_findings("größe.example")
    assert store.findings("web1") is None
    store.write_document("web1", {"schema_version": 1})
    store.write_document("größe.example", {"schema_version": 1})
    assert list(store.stored()) == [
        ("größe.example", {"schema_version": 1}, host_findings("größe.example")),
        ("web1", {"schema_version": 1}, None),
    ]


@pytest.mark.parametrize(
    "content, why",
    [
        ("", "no JSON: "),
        ("{", "no JSON: "),
        ("\0" * 100, "no JSON: "),
        ("[" * 100_000, "no JSON: "),
        ("9" * 10_000, "no JSON: "),
        ("[1]", "expected a mapping, found list"),
        ({"schema_version": 1, "host": "web1"}, "/schema_version: expected one of 2, found '1'"),
        (host_findings("web2"), "these are the findings of 'web2'"),
        ({**host_findings("web1"), "findings": [{"rule": "R1"}]}, "/findings/0: id is missing"),
        ({**host_findings("web1"), "measured": [float("nan")]}, "no JSON: NaN is no number"),
    ],
)
def test_damaged_findings_are_named_and_the_rest_is_read(store, content, why):
    put(store, "web1.findings.json", content)
    with pytest.raises(DamagedError, match="^" + why.replace("[", "\\[")):
        store.findings("web1")
    assert store.readable_findings("web1") is None
    store.write_findings(host_findings("web9"))
    skipped, (host, document, findings) = store.stored()
    assert skipped.file == "hosts/web1.findings.json"
    assert (host, document, findings["host"]) == ("web9", None, "web9")


def test_text_that_is_no_utf8_is_damaged(store):
    (store.folder / "hosts" / "web1.findings.json").write_bytes(b'{"host": "\xff"}')
    with pytest.raises(DamagedError, match="no JSON: .*utf-8"):
        store.findings("web1")


def test_a_damaged_document_leaves_the_findings(store):
    store.write_findings(host_findings("web1"))
    put(store, "web1.json", "{")
    skipped, stored = store.stored()
    assert skipped.file == "hosts/web1.json" and skipped.why.startswith("no JSON: ")
    assert stored == ("web1", None, host_findings("web1"))


@pytest.mark.parametrize("name", ["web1.json", "web1.findings.json"])
def test_a_link_is_not_followed(store, tmp_path, name):
    (store.folder / "hosts" / name).symlink_to(secret(tmp_path))
    assert list(store.stored()) == [Skipped(f"hosts/{name}", "a link")]
    if "findings" in name:
        with pytest.raises(DamagedError, match="a link"):
            store.findings("web1")


def test_what_is_no_plain_file_is_not_waited_for(store):
    os.mkfifo(store.folder / "hosts" / "pipe.json")
    (store.folder / "hosts" / "folder.findings.json").mkdir()
    assert list(store.stored()) == [
        Skipped("hosts/folder.findings.json", "no plain file"),
        Skipped("hosts/pipe.json", "no plain file"),
    ]


@pytest.mark.parametrize("name", ["../../x", "/etc/cron.d/x", ".."])
def test_a_host_that_a_file_names_is_no_path(store, tmp_path, name):
    """A file of findings may name any host: it counts only where the findings of that host belong."""
    put(store, "web1.findings.json", host_findings(name))
    put(store, "web1.json", {"schema_version": 1})
    assert list(store.stored()) == [
        Skipped("hosts/web1.findings.json", f"these are the findings of {name!r}"),
        ("web1", {"schema_version": 1}, None),
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report"]


@pytest.mark.parametrize("document", ["../secret.json", "/etc/passwd", "hosts/web2.json"])
def test_findings_of_another_document_are_damaged(store, document):
    store.write_findings({**host_findings("web1"), "document": document})
    with pytest.raises(DamagedError, match="/document: .* is not the document of this host"):
        store.findings("web1")


def test_what_is_no_file_of_an_audit_is_named(store):
    put(store, "notes.txt", "x")
    put(store, ".draft-x", "x")
    put(store, "a b.json", {})
    assert list(store.stored()) == [
        Skipped("hosts/notes.txt", "no file of an audit"),
        Skipped("hosts/a b.json", "its name is not that of the file of a host"),
    ]


def test_a_folder_that_is_not_there_is_said(tmp_path):
    with pytest.raises(
        StoreError, match="cannot read .*/nowhere/hosts: No such file .*; set packetloss_dir to the fol"
    ):
        list(Store(str(tmp_path / "nowhere")).stored())


def test_a_file_in_the_way_of_the_runs_is_said(store):
    (store.folder / ".runs").write_text("in the way")
    for call in (lambda: store.begin("task"), lambda: store.seen("r1", ["a"]), lambda: store.first("r1", "t")):
        with pytest.raises(StoreError, match="cannot write .*/.runs: .*; set packetloss_dir to a folder"):
            call()
