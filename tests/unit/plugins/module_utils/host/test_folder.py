# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Trees that somebody else made: whatever their links say, nothing beside the folder is read, named or waited for."""

import contextlib
import json
import os
import socket
import stat

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host import folder
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.folder import resolve
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.tests.unit import fake_host

SECRET = "a secret that stands beside the capture"


@pytest.fixture(name="root")
def root_fixture(tmp_path):
    """A capture with proc/net/snmp in it and secrets beside it."""
    (tmp_path / "secret").write_text(SECRET + "\n")
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / SECRET).write_text(SECRET + "\n")
    capture = tmp_path / "capture"
    (capture / "proc/19234/net").mkdir(parents=True)
    (capture / "proc/19234/net/snmp").write_text("Ip: 1\n")
    (capture / "proc/self").symlink_to("19234")
    (capture / "proc/net").symlink_to("self/net")
    return capture


@pytest.fixture(name="host")
def host_fixture(root):
    return fake_host.folder_host(root)


def refused(question, *args):
    """Why a question is refused; nothing of the secret is in it."""
    with pytest.raises(Unavailable) as raised:
        question(*args)
    assert "secret" not in raised.value.detail
    return raised.value.reason


def test_links_of_links_inside(host):
    assert host.text("/proc/net/snmp") == "Ip: 1\n"
    assert host.real("/proc/net/snmp") == "/proc/19234/net/snmp"
    assert host.link("/proc/net") == "self/net"
    assert host.names("/proc/net") == ["snmp"]
    assert host.exists("/proc/net/snmp") and not host.exists("/proc/net/snmp6")


#: Where a link may point to that somebody put into a capture to read what is beside it.
OUTSIDE = [
    "../secret",
    "../../secret",
    "../../../secret",
    "../../../../../../../../../../../../../../secret",
    "../../../capture/../secret",
    "../../proc/../../secret",
    "/../secret",
    "/../../../../../../../../{root}/../secret",
    "/proc/../../secret",
    "{root}/../secret",
    "{secret}",
    "//{secret}",
    "/./{secret}",
    "proc_of_this/self/root{secret}",
    "up/up/up/secret",
    "out/secret",
]


@pytest.mark.parametrize("target", OUTSIDE)
@pytest.mark.parametrize("name", ["/proc/net/snmp6", "/hop"])
def test_a_link_that_leads_out_is_absent(root, host, target, name):
    secret = str(root.parent / "secret")
    (root / "proc/19234/net/up").symlink_to("..")
    (root / "up").symlink_to("..")
    (root / "out").symlink_to(str(root.parent))
    (root / "proc_of_this").symlink_to("/proc")
    (root / "hop").symlink_to("proc/net/snmp6")
    (root / "proc/19234/net/snmp6").symlink_to(target.format(root=root, secret=secret))
    for question in (host.text, host.lines, host.word, host.integer, host.names):
        assert refused(question, name) == "absent"
    assert not host.exists(name)


def test_a_directory_that_is_a_link_out_shows_no_names(root, host):
    (root / "proc/fs").symlink_to("../../secrets")
    (root / "sys").symlink_to(str(root.parent / "secrets"))
    for path in ("/proc/fs", "/sys", "/proc/fs/" + SECRET, "/sys/" + SECRET):
        assert refused(host.names, path.replace(SECRET, "x")) == "absent"
        assert not host.exists(path)
    with pytest.raises(Unavailable):
        host.text("/proc/fs/" + SECRET)


@pytest.mark.parametrize("path", ["/../secret", "/proc/../../secret", "/proc/net/../../../../secret", "/.."])
def test_a_path_that_climbs_out_is_absent(host, path):
    for question in (host.text, host.names, host.real):
        with pytest.raises(Unavailable) as raised:
            question(path)
        assert raised.value.reason == "absent" and SECRET not in raised.value.detail
    assert not host.exists(path)


def test_a_link_that_is_absolute_means_the_capture(root, host):
    (root / "etc").mkdir()
    (root / "etc/tuned").symlink_to("/usr/lib/tuned")
    (root / "usr/lib/tuned").mkdir(parents=True)
    (root / "usr/lib/tuned/active_profile").write_text("balanced\n")
    assert host.word("/etc/tuned/active_profile") == "balanced"
    assert host.real("/etc/tuned/active_profile") == "/usr/lib/tuned/active_profile"
    (root / "etc/passwd").symlink_to("/etc/passwd")
    assert refused(host.text, "/etc/passwd") == "absent"
    (root / "etc/hostname").symlink_to("/etc/hostname.of.nobody")
    assert refused(host.text, "/etc/hostname") == "absent"


def test_circles_of_links_end(root, host):
    (root / "one").symlink_to("two")
    (root / "two").symlink_to("one")
    (root / "self").symlink_to("self")
    (root / "deeper").symlink_to("deeper/deeper")
    (root / "wide").symlink_to("/".join(["wide"] * 500))
    for path in ("/one", "/two/x", "/self", "/deeper", "/wide"):
        for question in (host.text, host.names, host.real):
            assert refused(question, path) == "absent"
        assert not host.exists(path)


@pytest.mark.parametrize("links, fine", [(folder.MOST_LINKS, True), (folder.MOST_LINKS + 1, False)])
def test_as_many_links_as_the_kernel_follows(root, host, links, fine):
    for number in range(links):
        (root / f"link{number}").symlink_to(f"link{number + 1}" if number + 1 < links else "end")
    (root / "end").write_text("here\n")
    assert host.exists("/link0") is fine
    if fine:
        assert host.word("/link0") == "here"
    else:
        assert refused(host.text, "/link0") == "absent"


def test_a_root_that_is_a_link_or_relative(root, tmp_path, monkeypatch):
    (tmp_path / "alias").symlink_to(root)
    assert fake_host.folder_host(tmp_path / "alias").text("/proc/net/snmp") == "Ip: 1\n"
    monkeypatch.chdir(tmp_path)
    host = fake_host.folder_host("capture/")
    monkeypatch.chdir("/")
    assert host.text("/proc/net/snmp") == "Ip: 1\n"


def test_the_whole_machine_as_a_folder(root):
    host = fake_host.folder_host("/")
    assert host.text(f"{root}/proc/net/snmp") == "Ip: 1\n"
    assert host.names(str(root)) == ["proc"]


def test_what_is_no_file_is_not_opened(root, host):
    os.mkfifo(str(root / "fifo"))
    server = socket.socket(socket.AF_UNIX)
    # The name of a socket may have 107 bytes.
    place = os.open(str(root), os.O_RDONLY)
    server.bind(f"/proc/self/fd/{place}/socket")
    os.close(place)
    (root / "directory").mkdir()
    paths = ["/fifo", "/socket", "/directory"]
    if os.geteuid() == 0:
        os.mknod(str(root / "zeros"), stat.S_IFCHR | 0o666, os.makedev(1, 5))
        paths.append("/zeros")
    for path in paths:
        assert refused(host.text, path) == "malformed"
        (root / "link").symlink_to(path[1:])
        assert refused(host.text, "/link") == "malformed"
        (root / "link").unlink()
    server.close()
    for path in ("/fifo", "/proc/net/snmp"):
        assert refused(host.names, path) == "absent"


def test_a_file_that_is_too_large(root, host, monkeypatch):
    # Holes take no room on the disk.
    with (root / "huge").open("wb") as stream:
        stream.truncate(1 << 40)
    assert refused(host.text, "/huge") == "malformed"
    monkeypatch.setattr(folder, "LARGEST_BYTES", 6)
    assert host.text("/proc/net/snmp") == "Ip: 1\n"
    monkeypatch.setattr(folder, "LARGEST_BYTES", 5)
    assert refused(host.text, "/proc/net/snmp") == "malformed"


def test_a_directory_with_too_many_names(root, host, monkeypatch):
    for number in range(4):
        (root / "proc/net" / str(number)).write_text("")
    monkeypatch.setattr(folder, "MOST_NAMES", 5)
    assert len(host.names("/proc/net")) == 5
    monkeypatch.setattr(folder, "MOST_NAMES", 4)
    assert refused(host.names, "/proc/net") == "malformed"


def test_names_in_any_encoding(root, host):
    for name in (b"\xff", b"eth\xe9", "\N{LATIN SMALL LETTER E WITH ACUTE}".encode(), b"a\nb", b"{{ 7*7 }}"):
        with open(os.path.join(os.fsencode(str(root / "proc/net")), name), "wb") as stream:
            stream.write(b"\xff\n")
    os.symlink(b"\xfe\xff", os.path.join(os.fsencode(str(root)), b"link"))
    names = host.names("/proc/net")
    json.dumps(names)
    assert names == ["a\nb", "eth\ufffd", "snmp", "{{ 7*7 }}", "\xe9", "\ufffd"]
    assert host.text("/proc/net/\xe9") == "\ufffd\n"
    # Its own name was replaced, so that it cannot be asked for.
    assert refused(host.text, "/proc/net/\ufffd") == "absent"
    assert host.link("/link") == "\ufffd\ufffd"


@pytest.mark.parametrize("path", ["/proc/net/a\0b", "/proc/\ud800", "/" + "x" * 5000, "/x" * 5000])
def test_paths_that_no_file_can_have(host, path):
    for question in (host.text, host.names, host.link):
        assert refused(question, path) == "absent"
    assert not host.exists(path)


def test_a_file_that_may_not_be_read(root):
    (root / "proc/kcore").write_text("x")
    host = fake_host.folder_host(root, fake_host.refusing("/proc/kcore"))
    assert refused(host.text, "/proc/kcore") == "unreadable"


def test_a_path_below_a_file_and_a_link_to_nowhere(root, host):
    assert refused(host.text, "/proc/net/snmp/x") == "absent"
    (root / "dangling").symlink_to("devices/pci0000:00/0000:00:03.0")
    assert host.link("/dangling") == "devices/pci0000:00/0000:00:03.0"
    assert host.real("/dangling") == "/devices/pci0000:00/0000:00:03.0"
    assert refused(host.text, "/dangling") == "absent"
    assert not host.exists("/dangling")
    assert refused(host.link, "/proc/net/snmp") == "absent"


def test_no_question_touches_what_is_outside(root, host, monkeypatch):
    """The kernel is asked for paths below the folder only, and for none that has a link or a climb in it."""
    (root / "proc/19234/net/snmp6").symlink_to("../../../../secret")
    (root / "sys").symlink_to(str(root.parent / "secrets"))
    seen = []

    def watched(ask):
        def watching(path, *args, **kwargs):
            seen.append(os.fsdecode(path))
            return ask(path, *args, **kwargs)

        return watching

    for name in ("open", "lstat", "stat", "readlink", "scandir", "listdir"):
        monkeypatch.setattr(os, name, watched(getattr(os, name)))
    for path in ("/proc/net/snmp", "/proc/net/snmp6", "/sys/x", "/../secret"):
        for question in (host.text, host.names, host.exists, host.link, host.real):
            with contextlib.suppress(Unavailable):
                question(path)
    monkeypatch.undo()
    assert len(seen) > 20
    assert {path for path in seen if not path.startswith(f"{root}/") or "/.." in path} == set()


def test_trees_of_links_that_point_anywhere(tmp_path, chance):
    """Whatever the links say, nothing outside of the folder is found, and a path without links stays as it is."""
    (tmp_path / "secret").write_text(SECRET + "\n")
    (tmp_path / "dir").mkdir()
    (tmp_path / "dir" / "file").write_text(SECRET + "\n")
    words = [".", "", "dir", "file", "link", "other", "secret", "self", "root", ".."] * 2 + [
        tmp_path.name,
        str(tmp_path),
    ]
    found = 0
    for number in range(20):
        root = f"{tmp_path}/tree{number}"
        folders = ["", "/dir", "/dir/dir", "/other"]
        links = {}
        for place in folders:
            os.mkdir(root + place)
            with open(f"{root}{place}/file", "w") as stream:
                stream.write("inside\n")
            for name in ("link", "self", "root", "secret"):
                links[f"{place}/{name}"] = chance.choice(["", "/"]) + random_path(words, chance) or "."
        for path, target in chance.tried(links).items():
            os.symlink(target, root + path)
        host = fake_host.folder_host(root)
        for _time in range(60):
            path = "/" + random_path(words, chance)
            try:
                assert host.text(path) == "inside\n"
                found += 1
                real = host.real(path)
                assert host.real(real) == real and os.path.realpath(root + real) == os.path.realpath(root) + real
            except Unavailable as error:
                assert error.reason in ("absent", "malformed") and SECRET not in error.detail
            if host.exists(path):
                assert os.path.lexists(root + host.real(path))
    assert found > 20


def random_path(words, chance):
    return "/".join(chance.choice(words) for _part in range(chance.randrange(1, 6)))


def test_resolve_knows_nothing_of_the_disk():
    links = {b"/proc/net": b"self/net", b"/proc/self": b"7", b"/a": b"/b/../proc", b"/up": b"../x"}
    assert resolve(b"/proc//./net/snmp", links.get) == b"/proc/7/net/snmp"
    assert resolve(b"/a/net/", links.get) == b"/proc/7/net"
    assert resolve(b"/", links.get) == b"/"
    with pytest.raises(Unavailable):
        resolve(b"/up", links.get)
