# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import json
import os
import shutil

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import sysctl_files

KEY = "net.ipv4.conf.lo.rp_filter"


def won(*texts, **options):
    """``(number of the file, value)`` of files that are read in this order."""
    files = [(str(number), text) for number, text in enumerate(texts)]
    found = sysctl_files.winner(files, options.get("key", KEY))
    return found and (int(found["file"]), found["value"])


@pytest.mark.parametrize(
    "texts, expected",
    [
        ([], None),
        (["# net.ipv4.conf.lo.rp_filter = 1\n; net.ipv4.conf.lo.rp_filter = 1\n\nnonsense\n"], None),
        (["net.ipv4.conf.lo.rp_filter=1"], (0, "1")),
        (["  net/ipv4/conf/lo/rp_filter =  1  \n"], (0, "1")),
        (["-net.ipv4.conf.lo.rp_filter = 1\n"], (0, "1")),
        (["net.ipv4.conf.lo.rp_filter=1\nnet.ipv4.conf.lo.rp_filter=2\n"], (0, "2")),
        (["net.ipv4.conf.lo.rp_filter=1", "net.ipv4.conf.lo.rp_filter=2"], (1, "2")),
        (["net.ipv4.conf.lo.rp_filter=2", "-net/ipv4/conf/lo/rp_filter=1"], (1, "1")),
        (["net.ipv4.conf.*.rp_filter=2"], (0, "2")),
        # The key itself goes before a pattern, wherever they stand.
        (["net.ipv4.conf.lo.rp_filter=1", "net.ipv4.conf.*.rp_filter=2"], (0, "1")),
        (["net.ipv4.conf.*.rp_filter=2", "net.ipv4.*.lo.rp_filter=1"], (1, "1")),
        (["net.ipv4.conf.*.rp_filter=2", "-net.ipv4.conf.lo.rp_filter"], None),
        (["net.ipv4.conf.lo.rp_filter=1", "-net.ipv4.conf.lo.rp_filter"], None),
        # A star goes no further than a folder.
        (["net.*.rp_filter=2", "*=1"], None),
        (["net.ipv4.conf.[kl]?.rp_filter=2"], (0, "2")),
        (["net.ipv4.conf.lo.rp_filter="], (0, "")),
    ],
)
def test_the_assignment_that_counts(texts, expected):
    assert won(*texts) == expected


def test_procps_takes_no_assignment_back():
    files = [("0", "net.ipv4.conf.lo.rp_filter=1\n-net.ipv4.conf.lo.rp_filter\n")]
    assert sysctl_files.winner(files, KEY) is None
    assert sysctl_files.winner(files, KEY, procps=True)["value"] == "1"
    files = [("0", "net.ipv4.conf.*.rp_filter=1\n-net.ipv4.conf.lo.rp_filter\n")]
    assert sysctl_files.winner(files, KEY, procps=True) is None


def test_the_first_separator_says_which_one_it_is():
    key = "net.ipv4.conf.eth0/100.rp_filter"
    assert sysctl_files.normal(key) == "net/ipv4/conf/eth0.100/rp_filter"
    assert won("net/ipv4/conf/eth0.100/rp_filter = 1", key=key) == (0, "1")
    assert won("net.ipv4.conf.eth0.100.rp_filter = 1", key=key) is None


def test_the_folders_hide_one_another_and_names_order_all():
    names = {
        "/etc/sysctl.d": ["50-b.conf", "README", "99-sysctl.conf"],
        "/run/sysctl.d": ["10-a.conf", "50-b.conf"],
        "/usr/lib/sysctl.d": ["50-b.conf", "60-c.conf", "60-c.conf.bak"],
        "/lib/sysctl.d": ["60-c.conf"],
    }
    assert sysctl_files.paths(names) == [
        "/run/sysctl.d/10-a.conf",
        "/etc/sysctl.d/50-b.conf",
        "/usr/lib/sysctl.d/60-c.conf",
        "/etc/sysctl.d/99-sysctl.conf",
    ]


def test_a_host_without_its_conf_linked_gets_another_value_from_procps(host):
    found = sysctl_files.read(
        host(
            {
                "/usr/lib/sysctl.d/50-default.conf": "net.core.somaxconn=512\n",
                "/etc/sysctl.d/99-zz.conf": "net.core.somaxconn = 1024\n",
                "/etc/sysctl.conf": "\nnet.core.somaxconn = 128\n",
            },
            links={"/etc/sysctl.d/50-default.conf": "/dev/null"},
        )
    )
    assert sysctl_files.winner(found["boot"], "net.core.somaxconn") == {
        "file": "/etc/sysctl.d/99-zz.conf",
        "line": 1,
        "value": "1024",
    }
    assert sysctl_files.winner(found["sysctl_system"], "net.core.somaxconn", procps=True) == {
        "file": "/etc/sysctl.conf",
        "line": 2,
        "value": "128",
    }
    # Masked by its name, so that not even its folder's own file is read.
    assert [path for path, _text in found["boot"]] == ["/etc/sysctl.d/99-zz.conf"]
    assert found["unread"] == {}


def test_a_file_that_cannot_be_read_is_told(host):
    found = sysctl_files.read(host({"/etc/sysctl.d/10-a.conf/inner": ""}))
    assert list(found["unread"]) == ["/etc/sysctl.d/10-a.conf"]


# Against systemd-sysctl and procps, in namespaces of their own.

#: A folder of each rank is made, and sysctl.conf where the machine has one; all as empty as on no machine.
SCRIPT = """
set -e
mount -t tmpfs tmpfs /run
mkdir /run/sysctl.d
mount -t tmpfs tmpfs /etc/sysctl.d
mount -t tmpfs tmpfs /usr/lib/sysctl.d
if [ -e /etc/sysctl.conf ]; then touch /run/conf; mount --bind /run/conf /etc/sysctl.conf; fi
exec "$@"
"""

KEYS = ("net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes", "net.ipv4.ipfrag_time", KEY)

PROGRAM = """
import json, os, subprocess
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.live import this_host
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import sysctl_files
rounds, commands, keys = json.loads({0!r})
found = []

def value(key, new=None):
    with open("/proc/sys/" + key.replace(".", "/"), "r" if new is None else "w") as file:
        return file.read().strip() if new is None else file.write(new)

for files in rounds:
    for folder in ("/etc/sysctl.d", "/run/sysctl.d", "/usr/lib/sysctl.d"):
        for name in os.listdir(folder):
            os.remove(folder + "/" + name)
    for path, text in files.items():
        if text is None:
            os.symlink("/dev/null", path)
        elif os.path.exists(os.path.dirname(path)) and (path != "/etc/sysctl.conf" or os.path.exists(path)):
            with open(path, "w") as file:
                file.write(text)
    read = sysctl_files.read(this_host())
    for which, command in commands.items():
        for key in keys:
            value(key, "1")
        subprocess.call(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for key in keys:
            won = sysctl_files.winner(read[which], key, procps=which != "boot")
            found.append([files, which, key, value(key), won["value"] if won else "1"])
print(json.dumps(found))
"""

_LINES = (
    "{key} = {value}",
    "{key}={value}",
    "-{key} = {value}",
    "{slashed}={value}",
    "net.ipv4.tcp_keepalive_* = {value}",
    "net.ipv4.tcp_keepalive_* = 7",
    "net.ipv4.tcp_keepalive_[pi]* = {value}",
    "net/ipv4/conf/*/rp_filter = {rp_filter}",
    "-{key}",
    "# {key} = {value}",
    "{key}",
)


def random_files(chance):
    """The files of a machine: a few names in a few folders, a few keys in a few forms."""
    files = {}
    for _number in range(chance.randint(1, 4)):
        folder = chance.choice(["/etc/sysctl.d", "/run/sysctl.d", "/usr/lib/sysctl.d"])
        name = chance.choice(["10-a.conf", "50-b.conf", "50-B.conf", "99-z.conf", "99-z.conf.old"])
        files[f"{folder}/{name}"] = None if chance.random() < 0.1 else random_text(chance)
    files["/etc/sysctl.conf"] = random_text(chance)
    return files


def random_text(chance):
    lines = []
    for _number in range(chance.randint(0, 5)):
        key = chance.choice(KEYS)
        small, large = chance.randint(0, 2), chance.randint(2, 100)
        value = small if key == KEY else large
        words = {"key": key, "slashed": key.replace(".", "/"), "value": value, "rp_filter": small}
        lines.append(chance.choice(_LINES).format(**words))
    return "\n".join(lines) + "\n"


def agree(chance, python_in_namespace, which, command):
    rounds = [chance.tried(random_files(chance)) for _number in range(8)]
    program = PROGRAM.format(json.dumps([rounds, {which: command}, KEYS]))
    for files, _which, key, value, won in python_in_namespace(SCRIPT, program):
        assert value == won, (key, files)


def test_systemd_gives_what_the_winner_says(chance, python_in_namespace):
    program = next(filter(os.path.exists, ("/usr/lib/systemd/systemd-sysctl", "/lib/systemd/systemd-sysctl")), None)
    if program is None:
        pytest.skip("systemd-sysctl is not installed")
    agree(chance, python_in_namespace, "boot", [program])


def test_procps_gives_what_the_winner_says(chance, python_in_namespace):
    if shutil.which("sysctl") is None:
        pytest.skip("sysctl (procps) is not installed")
    agree(chance, python_in_namespace, "sysctl_system", ["sysctl", "--system"])
