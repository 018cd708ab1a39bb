# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import os

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.keep import files


def test_a_file_is_written_with_its_folder_and_only_where_it_differs(tmp_path):
    path = tmp_path / "new" / "file"
    assert files.write(str(path), "text\n", 0o755) is True
    assert (path.read_text(), path.stat().st_mode & 0o7777) == ("text\n", 0o755)
    before = path.stat()
    assert files.write(str(path), "text\n", 0o755) is False
    assert path.stat().st_ino == before.st_ino
    assert files.write(str(path), "text\n", 0o644) is True
    assert path.stat().st_mode & 0o7777 == 0o644
    assert os.listdir(path.parent) == ["file"]


def test_behind_a_link_the_file_is_written_and_the_link_stays(tmp_path):
    (tmp_path / "real").write_text("before")
    (tmp_path / "link").symlink_to("real")
    assert files.write(str(tmp_path / "link"), "after") is True
    assert (tmp_path / "link").is_symlink() and (tmp_path / "real").read_text() == "after"


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError):
        files.write(str(tmp_path / "folder"), "text")
    assert os.listdir(tmp_path) == ["folder"]


def test_a_file_is_removed_once(tmp_path):
    (tmp_path / "file").write_text("text")
    assert files.remove(str(tmp_path / "file")) is True
    assert files.remove(str(tmp_path / "file")) is False
