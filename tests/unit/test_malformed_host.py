# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A whole host on which something is missing, refused, damaged, or changes while it is read: the document is valid,
says what is missing and why, and has no 0 in its place. The schema needs jsonschema, which a node has not.
"""

import errno
import json
import os
import pathlib
import re

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document import snapshot
from ansible_collections.linuxnet.packetloss.tests.unit import fake_devlink, fake_ethtool, fake_host, liars
from ansible_collections.linuxnet.packetloss.tests.unit.damage import damaged, made_up

jsonschema = pytest.importorskip("jsonschema")

SCHEMA = pathlib.Path(__file__).resolve().parents[2] / "docs" / "host-document.schema.json"

#: What is null where nothing is missing: it is not set, not known to the driver, or said by another field.
NULL_IS_AN_ANSWER = {
    "drops_not_listed": "drops says why",
    "delta": "meta.void and meta.glitches say why",
    "master": "in no bond or bridge",
    "active_slave": "the bond has none",
    "bond": "is none",
    "bond_slave": "is in none",
    "kind": "the statistics of a driver without a name that is known, or said of an interface that is not judged",
    "class": "no class of loss",
    "group": "in no group",
    "queue": "of no queue",
    "direction": "of none",
    "mode": "no XDP program",
    "program_id": "no XDP program",
    "version": "the driver leaves it empty",
    "firmware": "the driver leaves it empty",
    "bus": "the driver leaves it empty",
    "name": "the driver leaves it empty",
    "key_size": "the driver answers only the older question",
    "hash_function": "the driver answers only the older question",
    "speed_mbps": "the driver says unknown",
    "duplex": "the driver says unknown",
    "port": "the driver says a number that has no name",
    "mergeable_rx_buffers": "not of this driver",
    "rx_page_cache": "the driver has none",
    "devlink_queues": "not told by this driver",
    "firmware_bytes": "not told by this driver",
    "module_parameters": "the driver has none that matter",
}

#: Parts whose items share a reason, which is told of the first of them.
SHARED = re.compile(r"/(queues/[rt]x|irqs)/[0-9]+/")


@pytest.fixture(scope="module")
def validator():
    return jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text()))


@pytest.fixture
def audited(tmp_path, validator):
    """Reads the host below tmp_path as the module does; ``meanwhile`` is called between its two samples."""

    def read(kernel=None, descriptions=None, meanwhile=None, patterns=(), root=tmp_path, **others):
        document = fake_host.document(root, kernel, descriptions, meanwhile, patterns=list(patterns), **others)
        found = json.loads(json.dumps(document, allow_nan=False))
        assert problems_of(validator, found) == []
        assert untold(found) == []
        return found

    return read


def problems_of(validator, document):
    """What makes a document invalid, for a person to read: the innermost errors."""
    if validator.is_valid(document):
        return []
    errors = list(validator.iter_errors(document))
    while any(error.context for error in errors):
        errors = [inner for error in errors for inner in error.context or [error]]
    return [f"{error.json_path}: {error.message[:200]}" for error in errors]


def untold(document):
    """The paths of what is missing in a document without a reason for it."""
    reasons = {SHARED.sub(r"/\1/*/", entry["path"]) for entry in document["unavailable"]}

    def walk(value, path):
        if isinstance(value, dict):
            return [each for key, below in value.items() for each in walk(below, path + [key.replace("/", "~1")])]
        if value is not None or path[-1] in NULL_IS_AN_ANSWER:
            return []
        pointer = SHARED.sub(r"/\1/*/", "/" + "/".join(path))
        parts = pointer.split("/")
        return [] if reasons.intersection("/".join(parts[:end]) for end in range(2, len(parts) + 1)) else [pointer]

    return walk(document, [])


def reasons(document):
    return {entry["path"]: entry["reason"] for entry in document["unavailable"]}


def test_a_host_that_is_well_lacks_nothing_but_what_its_bond_has_not(tmp_path, audited):
    fake_host.make(tmp_path)
    found = audited()
    assert {path for path in reasons(found) if not path.startswith("/nics/bond0/")} == set()
    assert found["nics"]["eth0"]["pci"]["link_width"] == 8
    assert found["owners"]["irqbalance"]["running"] is True


#: Files that are read as another one of these is: of the other CPUs, nodes, queues and interrupts, most sysctls.
ALIKE = re.compile("/cpu[1-3]/|/node1/|[rt]x-1/|/irq/41/|/bond0/q|/lo/|sys/(net/ipv[46]|vm|net/core/[a-mo-z])")
FILES = sorted(path for path in fake_host.files() if not ALIKE.search(path))


def spoil(place, how, chance):
    """Spoils one file, and returns what puts it right again."""
    data = pathlib.Path(place).read_bytes()
    os.remove(place)
    if how == "a directory":
        os.mkdir(place)
    elif how != "missing":
        spoiled = {"empty": b"", "cut off": data[: len(data) // 2], "other bytes": b"\xff\0\xfe\n"}
        pathlib.Path(place).write_bytes(spoiled[how] if how in spoiled else damaged(data, chance))

    def restore():
        if how == "a directory":
            os.rmdir(place)
        pathlib.Path(place).write_bytes(data)

    return restore


@pytest.mark.parametrize("how", ["missing", "a directory", "empty", "cut off", "other bytes", "damaged"])
def test_one_file_of_all(tmp_path, audited, chance, how):
    fake_host.make(tmp_path)
    good = audited()
    for path in FILES if how == "missing" else chance.sample(FILES, 10):
        restore = spoil(str(tmp_path) + path, how, chance)
        chance.tried(path if how != "damaged" else (path, (tmp_path / path[1:]).read_bytes()))
        found = audited()
        if how != "damaged":
            assert {part: made_up(good[part], found[part], True) for part in COUNTED} == NOTHING, path
        restore()


#: The parts that are read from files of counters; the others have lists that are rightly empty.
COUNTED = ("cpu_times", "softirqs", "softnet", "protocols", "conntrack", "neighbour", "sockets", "xfrm", "memory")
NOTHING = {part: [] for part in COUNTED}


def test_any_files_at_once(tmp_path, audited, chance):
    fake_host.make(tmp_path)
    for _time in range(10):
        hows = [(path, chance.choice(["missing", "a directory", "damaged"])) for path in chance.sample(FILES, 30)]
        restores = [spoil(str(tmp_path) + path, how, chance) for path, how in hows]
        chance.tried(hows)
        audited()
        for restore in restores:
            restore()


def test_files_of_other_network_namespaces(tmp_path, audited, chance):
    """What a namespace says of itself may be anything: the host's own part is read as ever."""
    processes = {500: 2000, 501: 3000, 502: 4000}
    contents, links = fake_host.beside(processes)
    mounts = {"/proc/1/mountinfo": "41 40 0:4 net:[5000] /run/netns/blue rw shared:22 - nsfs nsfs rw\n"}
    fake_host.make(tmp_path, {**fake_host.files(), "/proc/net/dev": fake_host.DEV, **mounts, **contents})
    fake_host.make(tmp_path, {}, links)
    good = audited(namespaces=["all"])
    assert {one["name"] for one in good["namespaces"].values()} >= {"container 000000000000 (dnsdist)", "netns blue"}
    assert good["meta"]["namespaces"]["judged"] == 3
    for _time in range(30):
        spoiled = chance.sample(sorted({**contents, **mounts}), 3)
        hows = [(path, chance.choice(["missing", "empty", "cut off", "damaged"])) for path in spoiled]
        chance.tried(hows)
        restores = []

        def meanwhile():
            restores.extend(spoil(str(tmp_path) + path, how, chance) for path, how in hows)  # noqa: B023

        if chance.random() < 0.5:
            meanwhile()
            found = audited(namespaces=["all"])
        else:
            found = audited(namespaces=["all"], meanwhile=meanwhile)
        assert made_up(good["protocols"], found["protocols"], True) == []
        for restore in restores:
            restore()


def test_nothing_but_an_empty_folder(tmp_path, audited):
    found = audited()
    assert found["softnet"] is None and found["sockets"]["drops"] is None
    told = reasons(found)
    assert told["/softnet"] == told["/protocols/snmp"] == told["/cpus/online"] == "absent"
    assert told["/nics/eth0/queues"] == "not_visible"
    assert found["nics"]["eth0"]["rings"]["rx"] == 1024


def test_a_host_that_refuses_everything(tmp_path, audited, monkeypatch):
    fake_host.make(tmp_path)

    def refuse(path, *_args):
        if str(tmp_path) in os.fsdecode(path):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return opened(path, *_args)

    opened = os.open
    monkeypatch.setattr(os, "open", refuse)
    kernel = fake_host.FakeKernel()
    kernel.errors = dict.fromkeys(("links", "addresses", "qdiscs"), errno.EPERM)
    found = audited(kernel, {})
    told = reasons(found)
    assert found["nics"] is found["qdiscs"] is found["meta"]["selection"] is found["meta"]["boot_id"] is None
    assert {told[path] for path in ("/nics", "/softnet", "/meta/boot_id", "/sysctls/net.core.somaxconn")} == {
        "unreadable"
    }


@pytest.mark.parametrize("refused", ["links", "addresses", "qdiscs"])
@pytest.mark.parametrize("error", ["EPERM", "ENODEV"])
def test_a_list_that_the_kernel_refuses(tmp_path, audited, refused, error):
    fake_host.make(tmp_path)
    kernel = fake_host.FakeKernel()
    kernel.errors[refused] = getattr(errno, error)
    found = audited(kernel)
    path = {"links": "/nics", "addresses": "/nics/lo/addresses", "qdiscs": "/qdiscs"}[refused]
    assert reasons(found)[path] in ("unreadable", "unsupported", "vanished")
    assert found["softnet"]["cpus"]["3"]["dropped"] == {"total": 1, "delta": 0}


#: The older question for the RSS table is asked only of a driver that does not know the newer one, and that for the
#: permanent address by who keeps settings.
ASKED = {*fake_ethtool.FIXED, *fake_ethtool.FakeEthtool.VARIABLE} - {0x20, 0x38}


@pytest.mark.parametrize("place, command", list(enumerate(sorted(ASKED))))
def test_a_question_that_the_driver_refuses(tmp_path, audited, place, command):
    fake_host.make(tmp_path)
    descriptions = fake_host.drivers()
    error = (errno.EPERM, errno.EOPNOTSUPP, errno.ENODEV, errno.EIO)[place % 4]
    descriptions["eth0"]["errors"] = {command: error}
    found = audited(None, descriptions)
    assert [path for path in reasons(found) if path.startswith("/nics/eth0/")]


def test_drivers_that_lie(tmp_path, audited, chance):
    fake_host.make(tmp_path)
    for _time in range(10):
        audited(ioctl=liars.lying(fake_host.drivers(), chance, chance.choice([0.02, 0.2, 0.7])))


def test_a_kernel_that_lies(tmp_path, audited, chance):
    """Lists that are damaged; most often none is left of them."""
    fake_host.make(tmp_path)
    for _time in range(10):
        audited(liars.DamagedKernel(chance), patterns=["*"])


def test_devlink_that_lies(tmp_path, audited, chance):
    fake_host.make(tmp_path)
    for _time in range(10):
        devlink = fake_devlink.FakeDevlink()
        side = chance.choice(["rx", "tx"])
        devlink.diagnoses[side] = chance.tried(damaged(devlink.diagnoses[side], chance))
        devlink.ports = [damaged(port, chance) for port in devlink.ports]
        audited(devlink=devlink)


def test_a_driver_with_empty_answers(tmp_path, audited):
    fake_host.make(tmp_path)
    empty = {"private_flags": [], "private_flag_bits": {}, "statistics": [], "features": [], "rxfhindir": []}
    empty.update((key, {}) for key in ("driver", "coalesce", "rings", "pause", "channels", "link"))
    found = audited(None, {"eth0": empty})
    assert found["nics"]["eth0"]["driver"] == {"name": None, "version": None, "firmware": None, "bus": None}
    assert found["nics"]["eth0"]["counters"] == {}


def test_a_nic_vanishes_in_the_interval(tmp_path, audited):
    fake_host.make(tmp_path)
    kernel, descriptions = fake_host.FakeKernel(), fake_host.drivers()

    def remove():
        del kernel.links[1]
        del descriptions["eth0"]
        os.remove(str(tmp_path) + "/sys/class/net/eth0")

    found = audited(kernel, descriptions, remove)
    assert reasons(found)["/nics/eth0"] == "vanished"
    assert {"path": "/nics/eth0", "cause": "vanished", "before": None, "after": None} in found["meta"]["void"]
    assert found["nics"]["eth0"]["ifindex"] == 2


def test_a_nic_that_appears_after_the_settings_and_gets_its_carrier_in_the_interval(tmp_path, audited, monkeypatch):
    """A container starts: its veth comes after the settings were read, and up between the two samples."""
    fake_host.make(tmp_path)
    kernel = fake_host.FakeKernel()
    sample, started = snapshot.sample, []

    def starting(*args):
        if not started:
            kernel.links.append(fake_host.link("veth7", 9, kind="veth", carrier_changes=1))
            started.append(True)
        return sample(*args)

    def carrier():
        kernel.links[-1] = fake_host.link("veth7", 9, kind="veth", carrier_changes=2)

    monkeypatch.setattr(snapshot, "sample", starting)
    found = audited(kernel, meanwhile=carrier)
    assert "veth7" not in found["nics"]
    assert [void["path"] for void in found["meta"]["void"]] == ["/nics/veth7"]


def test_an_interrupt_and_a_file_go_away_in_the_interval(tmp_path, audited):
    fake_host.make(tmp_path)

    def change():
        text = fake_host.INTERRUPTS.replace("  41: ", "  42: ")
        (tmp_path / "proc/interrupts").write_text(text)
        (tmp_path / "proc/softirqs").unlink()
        os.remove(str(tmp_path) + fake_host.ETH0 + "/queues/tx-1/tx_timeout")

    found = audited(meanwhile=change)
    told = reasons(found)
    assert found["nics"]["eth0"]["irqs"]["41"]["counts"] is None
    assert (told["/nics/eth0/irqs/41/counts"], told["/softirqs"]) == ("vanished", "absent")
    assert found["nics"]["eth0"]["queues"]["tx"]["0"]["tx_timeout"] == {"total": 5, "delta": 0}
    assert found["nics"]["eth0"]["queues"]["tx"]["1"]["tx_timeout"] is None


def test_a_file_that_comes_back_in_the_interval_has_totals_and_no_growth(tmp_path, audited):
    fake_host.make(tmp_path)
    restore = spoil(str(tmp_path) + "/proc/net/softnet_stat", "missing", None)
    found = audited(meanwhile=restore)
    assert found["softnet"]["cpus"]["0"]["dropped"] == {"total": 1, "delta": None}


def test_a_driver_that_names_itself_late(tmp_path, audited):
    fake_host.make(tmp_path)
    descriptions = fake_host.drivers()
    driver = descriptions["bond0"].pop("driver")
    found = audited(None, descriptions, lambda: descriptions["bond0"].update(driver=driver), patterns=["eth0"])
    assert "driver" not in found["nics"]["bond0"]
