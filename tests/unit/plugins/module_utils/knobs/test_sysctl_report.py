# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.settle import settle
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.sysctl_report import report
from ansible_collections.linuxnet.packetloss.tests.unit import fake_host
from ansible_collections.linuxnet.packetloss.tests.unit.settable_files import settable_host

#: named (77) has the datagram socket 5001 of fake_host open; nobody that can be seen has 5002.
SOMAXCONN, RMEM = "net.core.somaxconn", "net.core.rmem_default"


def reported(tmp_path, values, check=False, **files):
    contents = dict(fake_host.files(), **{f"/etc/{path}": text for path, text in files.pop("etc", {}).items()})
    host, _files = settable_host(tmp_path, contents)
    settings = [{"knob": "sysctl", "subject": None, "values": dict(values, allow_decrease=False)}]
    return report(host, settings, settle(host, settings, check))


def test_a_value_that_a_boot_undoes_is_seen_beside_the_one_that_runs(tmp_path):
    etc = {"sysctl.d/60-web.conf": "# web\nnet/core/somaxconn = 1024\n", "sysctl.conf": "net.core.somaxconn=128\n"}
    found = reported(tmp_path, {SOMAXCONN: 8192, "net/core/netdev_budget": 8192}, etc=etc)
    assert found["sysctls"] == {
        SOMAXCONN: {
            "runtime": 8192,
            "boot_winner": {"file": "/etc/sysctl.d/60-web.conf", "line": 2, "value": "1024"},
            "sysctl_system_winner": {"file": "/etc/sysctl.conf", "line": 1, "value": "128"},
        },
        "net.core.netdev_budget": {"runtime": 8192, "boot_winner": None, "sysctl_system_winner": None},
    }
    assert found["unread_files"] == []


def test_a_folder_in_the_place_of_a_file_is_told(tmp_path):
    found = reported(tmp_path, {SOMAXCONN: 8192}, etc={"sysctl.d/60-web.conf/inner": ""})
    assert [each["path"] for each in found["unread_files"]] == ["/etc/sysctl.d/60-web.conf"]


def test_the_programs_with_old_sockets_are_named_in_check_mode_too(tmp_path):
    for check in (True, False):
        root = tmp_path / str(check)
        (old,) = reported(root, {RMEM: 1 << 20}, check)["old_sockets"]
        assert (old["kind"], old["sysctls"], old["unavailable"]) == ("datagram", [RMEM], None)
        assert old["processes"] == [{"pid": 77, "command": "named", "sockets": 1}]
        assert old["find"].startswith("ss -uamp")


def test_no_socket_is_looked_for_where_none_is_old(tmp_path):
    assert reported(tmp_path, {"net.core.netdev_budget": 8192})["old_sockets"] == []
    assert reported(tmp_path / "again", {RMEM: 4096})["old_sockets"] == []


def test_tables_that_are_not_there_are_a_reason_and_no_empty_list(tmp_path):
    (old,) = reported(tmp_path, {SOMAXCONN: 8192})["old_sockets"]
    assert old["processes"] is None and old["unavailable"] == "/proc/net/tcp: No such file or directory"
