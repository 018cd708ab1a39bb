# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import os

import pytest
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.places import Place, PlaceError, places
from ansible_collections.linuxnet.packetloss.tests.unit import sosreports


def named(given):
    return [(os.path.basename(place.path), place.inner) for place in places(given)]


@pytest.fixture(name="sent")
def sent_fixture(tmp_path):
    """What people sent: archives, an unpacked report, and what is none."""
    sosreports.folder(tmp_path / "unpacked")
    for name in ("b.tar.xz", "a.tgz", "a.tgz.sha256", "mail.txt", "old/c.tar", "secured.tar.xz.gpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    return tmp_path


def test_a_file_is_a_place_whatever_it_is(sent):
    assert places(str(sent / "mail.txt")) == [Place(str(sent / "mail.txt"))]


def test_a_folder_with_captures_is_a_place_for_each(sent):
    assert named(str(sent)) == [
        ("a.tgz", True),
        ("b.tar.xz", True),
        ("c.tar", True),
        ("secured.tar.xz.gpg", True),
        ("unpacked", False),
    ]


def test_a_folder_that_is_a_capture_or_has_loose_files_is_one_place(sent):
    assert named(str(sent / "unpacked")) == [("unpacked", True)]
    loose = sent / "loose"
    loose.mkdir()
    (loose / "ethtool_-S_eth0").write_text("NIC statistics:\n     rx_packets: 1\n")
    assert named(str(loose)) == [("loose", True)]


def test_a_glob_and_a_list_and_nothing_twice(sent):
    assert named(str(sent / "?.t*")) == [("a.tgz", True), ("b.tar.xz", True)]
    assert named([str(sent / "b.tar.xz"), str(sent / "*.tgz*"), str(sent / "b.tar.xz")]) == [
        ("b.tar.xz", True),
        ("a.tgz", True),
    ]


def test_a_name_may_have_the_characters_of_a_glob(sent):
    (sent / "report[1].tar").write_bytes(b"")
    assert named(str(sent / "report[1].tar")) == [("report[1].tar", True)]


@pytest.mark.parametrize(
    "given, told",
    [
        ("nowhere.tar.xz", "packetloss_from: nowhere.tar.xz: there is no such file or folder (looked for in /"),
        ("/no/such/*.tar", "packetloss_from: /no/such/*.tar: no file or folder fits this pattern"),
        ("", "packetloss_from: expected a file, a folder, a glob, or a list of them, found ''"),
        ([], "packetloss_from: expected a file"),
        ([7], "packetloss_from: expected a file"),
        (None, "packetloss_from: expected a file"),
        ({"file": "x"}, "packetloss_from: expected a file"),
        ("evil\x07", "packetloss_from: evil\\x07: there is no such"),
    ],
)
def test_what_is_not_there_is_told_before_anything_is_read(given, told):
    with pytest.raises(PlaceError) as raised:
        places(given)
    assert str(raised.value).startswith(told)


def test_no_link_in_a_folder_is_followed(sent):
    (sent / "round").symlink_to(sent)
    assert "round" not in dict(named(str(sent)))
