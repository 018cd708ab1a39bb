# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import os
import stat

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.keep import files
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import Refused


def test_a_file_is_written_once_and_with_its_mode(tmp_path):
    path = str(tmp_path / "etc" / "packetloss" / "settings.json")
    assert files.write(path, "ä", check=True) is True
    assert files.read(path) is None
    assert files.write(path, "ä") is True
    assert files.read(path) == "ä".encode()
    assert files.write(path, "ä") is False
    assert files.write(path, "ä", 0o755) is True
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o755
    assert os.listdir(os.path.dirname(path)) == ["settings.json"]


def test_who_reads_meanwhile_sees_the_old_file_whole(tmp_path):
    path = str(tmp_path / "file")
    files.write(path, "old")
    with open(path) as stream:
        files.write(path, "new and longer")
        assert stream.read() == "old"


def test_a_link_is_made_once_and_made_anew_where_it_points_elsewhere(tmp_path):
    path = str(tmp_path / "wants" / "unit")
    assert [files.link(path, "/a", check=True), files.link(path, "/a"), files.link(path, "/a")] == [True, True, False]
    assert files.link(path, "/b") is True
    assert os.readlink(path) == "/b"


def test_what_is_gone_already_is_no_change(tmp_path):
    path = str(tmp_path / "file")
    assert files.remove(path) is False
    files.write(path, "")
    assert [files.remove(path, check=True), files.remove(path), files.remove(path)] == [True, True, False]


def test_what_lies_behind_a_link_is_written(tmp_path):
    files.write(str(tmp_path / "real"), "old")
    os.symlink("real", str(tmp_path / "link"))
    assert files.write(str(tmp_path / "link"), "new") is True
    assert os.path.islink(str(tmp_path / "link"))
    assert files.read(str(tmp_path / "real")) == b"new"


def test_a_folder_is_taken_away_when_it_is_empty(tmp_path):
    folder = tmp_path / "folder"
    files.write(str(folder / "file"), "")
    files.remove_folder(str(folder))
    assert folder.is_dir()
    files.remove(str(folder / "file"))
    files.remove_folder(str(folder))
    files.remove_folder(str(folder))
    assert not folder.exists()


def test_what_cannot_be_written_says_which_file_and_why(tmp_path):
    os.makedirs(str(tmp_path / "folder"))
    with pytest.raises(OSError) as error:
        files.write(str(tmp_path / "folder"), "")
    refused = files.refused(error.value)
    assert isinstance(refused, Refused)
    assert str(refused).startswith(f"{tmp_path}/folder: Is a directory; nothing can be kept there: become root")
