# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Archives of all forms are one thing to who reads them; and what a stranger puts into one does no harm."""

import bz2
import gzip
import io
import lzma
import os
import pathlib
import resource
import tarfile
import tracemalloc
import zipfile

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline import archive
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.host_files import Below, HostFiles
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.members import (
    FILE,
    FOLDER,
    LIMITS,
    LINK,
    SPECIAL,
    CaptureError,
    shown,
)
from ansible_collections.linuxnet.packetloss.tests.unit.plugins.plugin_utils.offline.archives import (
    TARS,
    hard_link,
    link,
    pack,
    tar_of,
    write_tree,
)

FORMS = (*TARS, "zip")
LONG = "d" * 100 + "/" + "n" * 90

TREE = {
    "proc/19234/net/snmp": "Ip: 1\n",
    "proc/self": ("link", "19234"),
    "proc/net": ("link", "self/net"),
    "empty": "",
    "of one block": b"x" * 512,
    "many/folders/in/each/other": "deep\n",
    LONG: "long\n",
    "näme": "ü\n",
    "large": bytes(range(256)) * 600,
}


def everything(_path):
    return True


def read(place, limits=LIMITS, wanted=everything):
    return archive.open_capture(str(place), wanted, limits)


def written(tmp_path, data, name="capture.tar"):
    place = tmp_path / name
    place.write_bytes(data)
    return place


def packed(top, form, tmp_path):
    """The bytes of the archive of a folder."""
    return pathlib.Path(pack(top, form, tmp_path / "packed")).read_bytes()


def contents(members, top=b""):
    """``{path: content, or ("link", target)}`` of all files and links below *top*."""
    found = {}
    for path in members.paths():
        if not path.startswith(top) or members.kind(path) == FOLDER:
            continue
        name = path[len(top) :].decode("utf-8")
        is_link = members.kind(path) == LINK
        found[name] = ("link", members.link(path).decode("utf-8")) if is_link else members.read(path)
    return found


def refused(question, *args):
    with pytest.raises(Unavailable) as raised:
        question(*args)
    return raised.value


@pytest.fixture(name="top")
def top_fixture(tmp_path):
    top = tmp_path / "top"
    write_tree(top, TREE)
    return top


@pytest.mark.parametrize("form", [*FORMS, "folder"])
def test_every_form_has_the_same_members(top, tmp_path, form):
    place = top if form == "folder" else pack(top, form, tmp_path / ("capture." + form))
    members = read(place)
    assert members.form == form and not members.problems
    expected = {
        "/" + name: content if isinstance(content, (bytes, tuple)) else content.encode("utf-8")
        for name, content in TREE.items()
    }
    assert contents(members, b"" if form == "folder" else b"/top") == expected
    inside = b"/" if form == "folder" else b"/top"
    names = sorted(members.names(inside))
    assert names == sorted({name.split("/")[0].encode("utf-8") for name in TREE})
    files = HostFiles([Below(members, inside)])
    assert files.read("/proc/net/snmp") == b"Ip: 1\n" and files.names("/proc/net") == [b"snmp"]
    assert files.real("/proc/net/snmp") == b"/proc/19234/net/snmp" and files.link("/proc/net") == b"self/net"


@pytest.mark.parametrize("form", [*TARS, "folder"])
def test_times_are_those_of_the_files(top, tmp_path, form):
    os.utime(top / "empty", (1600000000, 1600000000))
    place = top if form == "folder" else pack(top, form, tmp_path / ("capture." + form))
    assert read(place).mtime(b"/empty" if form == "folder" else b"/top/empty") == 1600000000


def test_only_what_is_wanted_is_kept(top, tmp_path):
    place = pack(top, "tar.xz", tmp_path / "capture.tar.xz")
    members = read(place, wanted=lambda path: path.endswith(b"snmp"))
    assert members.read(b"/top/proc/19234/net/snmp") == b"Ip: 1\n"
    assert members.kind(b"/top/large") == FILE and members.entry(b"/top/large").data is None
    assert refused(members.read, b"/top/large").reason == "absent"


def test_the_name_says_nothing(top, tmp_path):
    place = pack(top, "tar.xz", tmp_path / "capture.zip")
    assert read(place).form == "tar.xz"


@pytest.mark.parametrize("form", FORMS)
def test_an_empty_archive_is_told(tmp_path, form):
    (tmp_path / "nothing").mkdir()
    place = tmp_path / "capture"
    if form == "zip":
        zipfile.ZipFile(place, "w").close()
    else:
        pack_nothing = {"tar": lambda data: data, "tar.gz": gzip.compress, "tar.xz": lzma.compress}
        place.write_bytes(pack_nothing.get(form, bz2.compress)(bytes(10240)))
    assert list(read(place).paths()) == [b"/"]


@pytest.mark.parametrize(
    "name, data, words",
    [
        ("a.tar.zst", b"\x28\xb5\x2f\xfd" + bytes(600), "zstd -d"),
        ("a.7z", b"7z\xbc\xaf\x27\x1c" + bytes(600), "7z x"),
        ("a.rar", b"Rar!\x1a\x07" + bytes(600), "unpack it first"),
        ("sosreport.tar.xz.gpg", os.urandom(8) + bytes(600), "--decrypt"),
        ("secured.asc", b"-----BEGIN PGP MESSAGE-----\n", "--decrypt"),
        ("a.tar.xz", b"", "an empty file"),
        ("a.tar.xz", b"<html>not found</html>" + bytes(600), "begins with b'<html>"),
    ],
)
def test_what_is_no_archive_is_told_with_what_to_do(tmp_path, name, data, words):
    with pytest.raises(CaptureError, match=words):
        read(written(tmp_path, data, name))


def test_a_text_is_the_one_member_of_a_folder(tmp_path):
    members = read(written(tmp_path, b"it loses packets\n", "ticket 4711.txt"))
    assert members.form == "text" and contents(members) == {"/ticket 4711.txt": b"it loses packets\n"}
    with pytest.raises(CaptureError, match="expected a tar"):
        read(written(tmp_path, b"text\n" + bytes(9), "binary"))
    with pytest.raises(CaptureError, match="expected a tar"):
        read(written(tmp_path, b"text\n" * 2000000, "long.txt"))


def test_a_compressed_file_that_is_no_tar(tmp_path):
    with pytest.raises(CaptureError, match="no tar"):
        read(written(tmp_path, gzip.compress(b"text\n" * 400), "a.gz"))


@pytest.mark.parametrize("path", ["missing", "fifo"])
def test_what_cannot_be_opened(tmp_path, path):
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(CaptureError, match=path):
        read(tmp_path / path)


# -- what was damaged on its way


@pytest.mark.parametrize("form", list(TARS))
def test_a_cut_archive_has_what_came_before(top, tmp_path, form):
    # Of bzip2 nothing of a block is had before its end, and a block has 900 kB.
    (top / "zz-larger").write_bytes(os.urandom(1500000))
    place = tmp_path / ("capture." + form)
    names = sorted(name.name for name in top.iterdir())
    with tarfile.open(place, "w" if form == "tar" else "w:" + form[4:]) as out:
        for name in names:
            out.add(top / name, "top/" + name)
    size = os.path.getsize(place)
    os.truncate(place, size - 250000)
    members = read(place)
    assert members.read(b"/top/of one block") == b"x" * 512
    (problem,) = members.problems
    assert "not read to the end" in problem and "copy it again" in problem
    assert refused(members.read, b"/top/zz-larger").reason == "malformed"


@pytest.mark.parametrize("form", FORMS)
def test_every_cut_gives_a_beginning_or_a_sentence(tmp_path, form, chance):
    top = tmp_path / "top"
    write_tree(top, {"a": "1\n" * 100, "b/c": os.urandom(3000), "l": ("link", "a")})
    whole = packed(top, form, tmp_path)
    for _time in range(60):
        end = chance.tried(chance.randrange(len(whole)))
        place = written(tmp_path, whole[:end], "cut")
        try:
            members = read(place)
        except CaptureError as error:
            assert str(place) in str(error)
            continue
        for path, content in contents_or_reasons(members).items():
            assert content in (b"1\n" * 100, (top / "b/c").read_bytes(), "malformed", ("link", "a")), path


def contents_or_reasons(members):
    found = {}
    for path in members.paths():
        if members.kind(path) == LINK:
            found[path] = ("link", members.link(path).decode("utf-8", "replace"))
        elif members.kind(path) == FILE:
            try:
                found[path] = members.read(path)
            except Unavailable as error:
                found[path] = error.reason
    return found


@pytest.mark.parametrize("form", FORMS)
def test_bytes_changed_anywhere_are_no_traceback(tmp_path, form, chance):
    top = tmp_path / "top"
    write_tree(top, {"a": "1\n" * 100, "b/" + "n" * 150: "2\n", "l": ("link", "a")})
    whole = packed(top, form, tmp_path)
    for _time in range(150):
        data = bytearray(whole)
        for _change in range(chance.randrange(1, 5)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        place = written(tmp_path, chance.tried(bytes(data)), "changed")
        try:
            contents_or_reasons(read(place))
        except CaptureError as error:
            assert str(place) in str(error)


def test_damage_in_the_middle_of_a_tar_is_told(tmp_path):
    data = bytearray(tar_of(("a", b"1\n"), ("b", b"2\n"), ("c", b"3\n"), form=tarfile.USTAR_FORMAT))
    data[1024 + 30] ^= 1
    members = read(written(tmp_path, data))
    assert members.read(b"/a") == b"1\n" and members.kind(b"/b") is None
    assert "a header is damaged" in members.problems[0]


# -- what somebody made to do harm


def secret(tmp_path):
    (tmp_path / "secret").write_text("a secret beside the capture\n")
    return str(tmp_path / "secret")


@pytest.mark.parametrize("name", ["../evil", "a/../../evil", "../../../../../../tmp/evil", "/../evil"])
def test_a_name_that_leads_out_is_left_out(tmp_path, name):
    members = read(written(tmp_path, tar_of((name, b"evil"), ("good", b"1\n"))))
    assert list(contents(members)) == ["/good"]
    assert "leads out" in members.problems[0]
    assert not os.path.exists("/tmp/evil") and not (tmp_path.parent / "evil").exists()


def test_an_absolute_name_is_one_of_the_archive(tmp_path):
    members = read(written(tmp_path, tar_of(("/etc/passwd", b"1\n"))))
    assert members.read(b"/etc/passwd") == b"1\n"


@pytest.mark.parametrize(
    "target",
    [
        "../../../../../../../../{secret}",
        "{secret}",
        "../secret",
        "/proc/self/environ",
        "/etc/passwd",
    ],
)
@pytest.mark.parametrize("form", ["tar", "zip", "folder"])
def test_a_link_never_leads_out(tmp_path, target, form):
    target = target.format(secret=secret(tmp_path))
    top = tmp_path / "top"
    write_tree(top, {"proc/stat": ("link", target), "proc/snmp": "1\n"})
    place = top if form == "folder" else pack(top, form, tmp_path / "capture")
    members = read(place)
    files = HostFiles([Below(members, b"/" if form == "folder" else b"/top")])
    assert refused(files.read, "/proc/stat").reason == "absent"
    assert refused(members.read, b"/proc/stat" if form == "folder" else b"/top/proc/stat").reason == "malformed"


def test_a_link_in_the_place_of_a_folder_gives_nothing_of_what_it_points_to(tmp_path):
    secret(tmp_path)
    data = tar_of(("proc", link(str(tmp_path))), ("proc/secret", b"its own\n"))
    members = read(written(tmp_path, data))
    files = HostFiles([Below(members)])
    assert files.read("/proc/secret") == b"its own\n"
    assert "a link and a folder" in members.problems[0]


@pytest.mark.parametrize("targets", [{"a": "b", "b": "a"}, {"a": "a"}, {"a": "a/a/a"}, {"a": "b/x", "b": "a"}])
def test_a_circle_of_links_ends(tmp_path, targets):
    files = HostFiles([Below(read(written(tmp_path, tar_of(*((name, link(to)) for name, to in targets.items())))))])
    for name in targets:
        assert refused(files.read, "/" + name).reason == "absent" and not files.exists("/" + name)


def test_hard_links_are_of_the_archive(tmp_path):
    data = tar_of(
        ("a", b"1\n"),
        ("b", hard_link("a")),
        ("c", hard_link(secret(tmp_path))),
        ("d", hard_link("../a")),
        ("e", hard_link("later")),
        ("later", b"2\n"),
    )
    members = read(written(tmp_path, data))
    assert members.read(b"/b") == b"1\n"
    assert {refused(members.read, path).reason for path in (b"/c", b"/d", b"/e")} == {"absent"}


@pytest.mark.parametrize("kind", [tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE, tarfile.CONTTYPE, b"Z"])
def test_devices_and_the_like_are_not_read(tmp_path, kind):
    members = read(written(tmp_path, tar_of(("dev/zero", {"type": kind, "devmajor": 1, "devminor": 5}), ("b", b"1\n"))))
    assert members.read(b"/b") == b"1\n"
    if kind != tarfile.CONTTYPE and kind != b"Z":
        assert members.kind(b"/dev/zero") == SPECIAL
        assert refused(members.read, b"/dev/zero").reason == "malformed"


def test_a_fifo_or_a_socket_in_a_folder_is_not_waited_for(tmp_path):
    (tmp_path / "proc").mkdir()
    os.mkfifo(tmp_path / "proc/stat")
    assert refused(read(tmp_path).read, b"/proc/stat").reason == "malformed"


def test_a_file_that_became_a_link_after_it_was_seen(tmp_path):
    place = tmp_path / "top"
    write_tree(place, {"proc/stat": "1\n"})
    members = read(place)
    (place / "proc/stat").unlink()
    (place / "proc/stat").symlink_to(secret(tmp_path))
    with pytest.raises(OSError):
        members.read(b"/proc/stat")


@pytest.mark.parametrize("name", ["a\x1b[31m\nb", "{{ 7 * 7 }}", "a\tb\r", "\u202eevil", "{% raw %}"])
def test_strange_names_are_shown_as_text(tmp_path, name):
    members = read(written(tmp_path, tar_of((name, b"1\n"))))
    assert contents(members) == {"/" + name: b"1\n"}
    assert shown(name).isprintable() and shown(name.encode("utf-8")) == shown(name)


def test_names_that_are_no_utf_8(tmp_path):
    data = tar_of(("x", b"1\n"), form=tarfile.USTAR_FORMAT)
    header = bytearray(data[:512])
    header[0:3] = b"\xff\xfea"
    header[148:156] = b"%06o\0 " % (sum(header[:148]) + sum(header[156:]) + 8 * 32)
    members = read(written(tmp_path, bytes(header) + data[512:]))
    assert members.read(b"/\xff\xfea") == b"1\n"
    assert shown(b"\xff\xfea") == "\\xff\\xfea"


def test_of_a_member_that_is_there_twice_the_last_counts(tmp_path):
    members = read(written(tmp_path, tar_of(("a", b"1\n"), ("a", b"22\n"), ("a", b"333\n"))))
    assert members.read(b"/a") == b"333\n" and members.names(b"/") == [b"a"]


def test_a_folder_that_is_a_file_too_keeps_what_is_in_it(tmp_path):
    members = read(written(tmp_path, tar_of(("a/b", b"1\n"), ("a", b"2\n"))))
    assert members.read(b"/a/b") == b"1\n" and members.kind(b"/a") == FOLDER
    members = read(written(tmp_path, tar_of(("a", b"2\n"), ("a/b", b"1\n"))))
    assert members.read(b"/a/b") == b"1\n" and members.names(b"/a") == [b"b"]


SMALL = LIMITS._replace(
    members=50,
    name_bytes=300,
    names_bytes=5000,
    depth=8,
    file_bytes=20000,
    kept_bytes=50000,
    unpacked_bytes=3 << 20,
    ratio=20,
    ratio_from_bytes=1 << 20,
)


def test_too_many_members(tmp_path):
    members = read(written(tmp_path, tar_of(*((f"f{number}", b"1\n") for number in range(100)))), SMALL)
    assert len(members) == 50 and "more than 50 files" in members.problems[0]
    assert members.read(b"/f1") == b"1\n"


def test_many_folders_in_one_name_count_as_well(tmp_path):
    data = tar_of(*((f"a{number}/b/c/d/e/f", b"1\n") for number in range(20)))
    assert len(read(written(tmp_path, data), SMALL)) <= 50


def test_names_too_long_too_deep_and_too_many(tmp_path):
    data = tar_of(("n" * 400, b"1\n"), ("d/" * 20 + "x", b"1\n"), ("good", b"1\n"))
    members = read(written(tmp_path, data), SMALL)
    assert list(contents(members)) == ["/good"] and len(members.problems) == 2
    data = tar_of(*((f"{number:0200}", b"") for number in range(40)))
    assert "of names" in read(written(tmp_path, data), SMALL).problems[0]


def test_a_file_that_is_too_large_costs_itself_only(tmp_path):
    members = read(written(tmp_path, tar_of(("large", bytes(30000)), ("good", b"1\n"))), SMALL)
    assert refused(members.read, b"/large").reason == "malformed" and members.read(b"/good") == b"1\n"


def test_files_that_are_too_much_together(tmp_path):
    members = read(written(tmp_path, tar_of(*((f"f{number}", os.urandom(15000)) for number in range(5)))), SMALL)
    assert len(members.read(b"/f2")) == 15000
    assert refused(members.read, b"/f4").reason == "malformed" and "wanted" in members.problems[0]


@pytest.mark.parametrize("form", ["tar.gz", "tar.xz", "tar.bz2"])
def test_a_bomb_ends_at_the_ratio(tmp_path, form):
    packer = {"tar.gz": gzip, "tar.xz": lzma, "tar.bz2": bz2}[form]
    place = tmp_path / "bomb"
    with packer.open(place, "wb") as file:
        file.write(tar_of(("good", b"1\n"))[:1024])
        header = tar_of(("large", {"size": 64 << 30}), form=tarfile.GNU_FORMAT)[:512]
        file.write(header)
        for _time in range(24):
            file.write(bytes(1 << 20))
    tracemalloc.start()
    members = read(place, LIMITS._replace(ratio_from_bytes=4 << 20, ratio=10))
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert members.read(b"/good") == b"1\n" and "times its size" in members.problems[0]
    assert peak < 24 << 20


def test_a_bomb_of_xz_whose_dictionary_is_the_harm(tmp_path):
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 512 << 20}]
    data = lzma.compress(tar_of(("good", b"1\n")), filters=filters)
    with pytest.raises(CaptureError, match="damaged|memory"):
        read(written(tmp_path, data))


def test_all_that_is_unpacked_is_bounded(tmp_path):
    data = tar_of(("good", b"1\n"), ("large", os.urandom(5 << 20)))
    members = read(written(tmp_path, gzip.compress(data)), SMALL._replace(unpacked_bytes=2 << 20, ratio=10000))
    assert members.read(b"/good") == b"1\n" and "unpacked" in members.problems[0]


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME])
def test_an_extended_header_of_any_size_is_not_read_into_memory(tmp_path, kind):
    header = tar_of(("x", {"type": kind, "size": 6 << 30}), form=tarfile.GNU_FORMAT)[:512]
    place = tmp_path / "bomb.tar"
    with open(place, "wb") as file:
        file.write(tar_of(("good", b"1\n"))[:1024] + header)
        file.truncate(8 << 30)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    members = read(place)
    assert members.read(b"/good") == b"1\n" and "header" in members.problems[0]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 << 10


def test_a_chain_of_extended_headers_ends(tmp_path):
    header = tar_of(("x", {"type": tarfile.XHDTYPE, "size": 0}), form=tarfile.GNU_FORMAT)[:512]
    members = read(written(tmp_path, tar_of(("good", b"1\n"))[:1024] + header * 5000 + bytes(1024)))
    assert members.read(b"/good") == b"1\n" and members.problems


@pytest.mark.parametrize("record", [b"27 GNU.sparse.map=0,9999999\n", b"30 GNU.sparse.realsize=999999\n"])
def test_sparse_files_are_not_read(tmp_path, record):
    header = tar_of(("x", {"type": tarfile.XHDTYPE, "size": len(record)}), form=tarfile.GNU_FORMAT)[:512]
    data = tar_of(("good", b"1\n"))[:1024] + header + record.ljust(512, b"\0") + tar_of(("sparse", b"1\n"))
    members = read(written(tmp_path, data))
    assert members.read(b"/good") == b"1\n"


# -- zips


def zip_of(*members, **options):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", **options) as file:
        for name, content in members:
            file.writestr(name, content)
    return data.getvalue()


def test_a_zip_that_says_less_than_it_unpacks_to(tmp_path):
    data = zip_of(("a", b"1\n" * 5000), ("good", b"2\n"), compression=zipfile.ZIP_DEFLATED)
    # The size in the directory, which is what a reader makes room for.
    data = data.replace((10000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    members = read(written(tmp_path, data))
    assert members.read(b"/good") == b"2\n"
    assert refused(members.read, b"/a").reason == "malformed"


def test_a_zip_bomb_is_as_large_as_a_file_may_be(tmp_path):
    data = zip_of(("bomb", bytes(60 << 20)), ("good", b"2\n"), compression=zipfile.ZIP_DEFLATED)
    members = read(written(tmp_path, data), SMALL)
    assert members.read(b"/good") == b"2\n"
    assert refused(members.read, b"/bomb").reason == "malformed"


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_packed_in_other_ways_is_told(tmp_path, method):
    members = read(written(tmp_path, zip_of(("a", b"1\n"), compression=method)))
    error = refused(members.read, b"/a")
    assert error.reason == "unsupported" and "unpack the zip" in error.detail


def test_an_encrypted_zip_is_told(tmp_path):
    data = bytearray(zip_of(("a", b"1\n")))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert refused(read(written(tmp_path, data)).read, b"/a").reason == "unreadable"


def test_a_zip_without_its_end(tmp_path):
    data = zip_of(("a", b"1\n" * 100))
    with pytest.raises(CaptureError, match="its end"):
        read(written(tmp_path, data[:-40]))


def test_a_zip_of_more_than_a_directory_may_be(tmp_path):
    data = zip_of(("a", b"1\n"))
    end = data.rindex(b"PK\x05\x06")
    large = data[:end] + b"PK\x06\x07" + bytes(16) + data[end:]
    with pytest.raises(CaptureError, match="65,535"):
        read(written(tmp_path, large))
    much = bytearray(data)
    much[end + 12 : end + 16] = (1 << 30).to_bytes(4, "little")
    with pytest.raises(CaptureError, match="of names"):
        read(written(tmp_path, bytes(much)))


# -- archives in archives


def all_of(place, limits=LIMITS):
    return list(archive.open_all(str(place), everything, limits))


def test_archives_in_an_archive_come_first(top, tmp_path):
    inner = packed(top, "tar.xz", tmp_path)
    data = tar_of(("c/one.tar.xz", inner), ("c/two.tgz", gzip.compress(tar_of(("a", b"1\n")))), ("c/x", b"2\n"))
    one, two, outer = all_of(written(tmp_path, data))
    assert one.read(b"/top/proc/19234/net/snmp") == b"Ip: 1\n" and two.read(b"/a") == b"1\n"
    assert outer.read(b"/c/x") == b"2\n" and one.origin.endswith("capture.tar/c/one.tar.xz")


def test_archives_in_a_folder_and_in_a_zip(tmp_path):
    inner = gzip.compress(tar_of(("a", b"1\n")))
    folder = tmp_path / "folder"
    write_tree(folder, {"one.tar.gz": inner, "x": "2\n"})
    one, outer = all_of(folder)
    assert one.read(b"/a") == b"1\n" and outer.read(b"/x") == b"2\n"
    one, outer = all_of(written(tmp_path, zip_of(("one.tar.gz", inner), ("x", b"2\n"))))
    assert one.read(b"/a") == b"1\n" and outer.read(b"/x") == b"2\n"


def test_an_archive_in_an_archive_that_is_damaged_costs_itself_only(tmp_path):
    good = gzip.compress(tar_of(("a", b"1\n")))
    data = tar_of(("bad.tar.gz", b"\x1f\x8b" + os.urandom(2000)), ("bad.tar", b"no tar" * 300), ("good.tar.gz", good))
    one, outer = all_of(written(tmp_path, data))
    assert one.read(b"/a") == b"1\n" and len(outer.problems) == 2


def test_only_one_level_is_opened(tmp_path):
    inmost = tar_of(("a", b"1\n"))
    inner = tar_of(("inmost.tar", inmost), ("b", b"1\n"))
    found = all_of(written(tmp_path, tar_of(("inner.tar", inner))))
    assert [members.kind(b"/inmost.tar") for members in found] == [FILE, None]


def test_a_thousand_members_are_read_as_tarfile_reads_them(tmp_path, chance):
    for form in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT):
        names = {
            "/".join(
                "x" * chance.randrange(1, 30) + str(chance.randrange(99)) for _part in range(chance.randrange(1, 4))
            )
            for _time in range(300)
        }
        names = [name for name in names if not any(other.startswith(name + "/") for other in names)]
        data = tar_of(*((name, os.urandom(chance.randrange(0, 2000))) for name in names), form=form)
        members = read(written(tmp_path, chance.tried(data)))
        with tarfile.open(fileobj=io.BytesIO(data)) as by_tarfile:
            expected = {"/" + info.name: by_tarfile.extractfile(info).read() for info in by_tarfile}
        assert contents(members) == expected
