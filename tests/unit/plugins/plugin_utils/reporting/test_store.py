# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import json
import os

import pytest
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.store import Store, StoreError, file_name


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
