# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What capture.sh left, whole and damaged. That it leaves this is tested in tests/unit/playbooks."""

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline import captured
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.host import captured_host, captures_of
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.members import CaptureError
from ansible_collections.linuxnet.packetloss.tests.unit.plugins.plugin_utils.offline.archives import pack, write_tree

NAME = "packetloss-capture-web1-20261127T000000Z"
TOLD = """\
packetloss-capture: 1
capture_sh: 1.0.0
host: web1
anonymous: no
architecture: aarch64
page_size_bytes: 65536
byte_order: big
clock_ticks_per_s: 100
user_id: 1000
zone_offset: -0330
sample_1_taken_at: 1795738075
sample_2_taken_at: 1795738085
interfaces: eth0 br@x
without:
"""
NIC = "/sys/devices/pci0000:00/0000:00:03.0/net/eth0"
FILES = {
    "capture.txt": TOLD,
    "settings/errors.txt": (
        f"{NIC}/speed: Invalid argument\n"
        f"{NIC}/queues/tx-0/traffic_class: Operation not supported\n"
        f"{NIC}/queues/tx-0/xps_cpus: No such file or directory\n"
        "/proc/irq/38/affinity_hint: Permission denied\n"
        "/proc/1/fd: Permission denied\n"
        "/sys/x: what nobody knows\n"
        "not a line\n"
    ),
    "settings/sys/class/net/eth0": ("link", "../../devices/pci0000:00/0000:00:03.0/net/eth0"),
    f"settings{NIC}/device": ("link", "../.."),
    f"settings{NIC}/ifindex": "2\n",
    f"settings{NIC}/carrier": "1\n",
    "settings/proc/self/ns/net": ("link", "net:[4026531840]"),
    "settings/proc/1/comm": "systemd\n",
    "settings/commands/ethtool_-i_eth0": "driver: ena\nversion: 6.1\nfirmware-version: \nbus-info: 0000:00:03.0\n",
    "settings/commands/ethtool_-i_br_x": "driver: bridge\n",
    "1/proc/uptime": "100.25 1.00\n",
    "1/proc/net/dev": "Inter-|\n face |\n  eth0: 1 2\n  br@x: 1 2\n",
    "1/commands/ethtool_-S_eth0": "NIC statistics:\n     tx_timeout: 1\n",
    "1/errors.txt": "",
    "2/proc/uptime": "110.50 2.00\n",
    "2/proc/net/dev": "Inter-|\n face |\n  eth0: 1 2\n  br@x: 1 2\n",
    "2/proc/77/comm": "named\n",
    "2/proc/77/fd/3": ("link", "socket:[5001]"),
    "2/commands/ethtool_-S_eth0": "NIC statistics:\n     tx_timeout: 4\n",
    "2/errors.txt": f"{NIC}/carrier: Invalid argument\n",
}


def packed(tmp_path, files=None, form="tar.gz"):
    files = FILES if files is None else files
    root = tmp_path / NAME
    root.mkdir()
    write_tree(root, files)
    return str(root) if form == "folder" else pack(root, form, tmp_path / f"{NAME}.{form}")


def changed(**files):
    return {**FILES, **{name.replace("__", "/").replace("_txt", ".txt"): text for name, text in files.items()}}


def samples(path):
    return list(captures_of(path))


@pytest.mark.parametrize("form", ["tar.gz", "tar", "zip", "folder"])
def test_both_samples_are_there_with_the_settings_of_both(tmp_path, form):
    first, second = samples(packed(tmp_path, form=form))
    for one, number, taken in ((first, "1", 1795738075.0), (second, "2", 1795738085.0)):
        assert (one.layout, one.name, one.problems) == ("capture", "web1", [])
        assert one.origin.endswith(f"/{number}")
        assert (one.taken, one.taken_precision_s) == (taken, 1.0)
        assert one.zone_offset_s == -(3 * 3600 + 30 * 60)
        assert one.files.read("/sys/class/net/eth0/ifindex") == b"2\n"
        assert one.files.real("/sys/class/net/eth0/device") == b"/sys/devices/pci0000:00/0000:00:03.0"
        assert one.files.link("/proc/self/ns/net") == b"net:[4026531840]"
        assert one.text(captured.DRIVER, "eth0").startswith("driver: ena")
        # Mangled as sos does it; the list of interfaces tells what it was.
        assert one.text(captured.DRIVER, "br@x") == "driver: bridge\n"
    assert first.files.read("/proc/uptime") == b"100.25 1.00\n"
    assert second.files.read("/proc/uptime") == b"110.50 2.00\n"
    assert first.text(captured.STATISTICS, "eth0").endswith("tx_timeout: 1\n")
    assert second.text(captured.STATISTICS, "eth0").endswith("tx_timeout: 4\n")


def test_host_has_the_machine_that_the_capture_tells_of(tmp_path):
    first, second = map(captured_host, samples(packed(tmp_path)))
    machine = first.machine
    assert machine.page_size_bytes() == 65536
    assert machine.byte_order() == "big"
    assert machine.architecture() == "aarch64"
    assert machine.user_id() == 1000
    assert machine.clock_ticks_per_s() == 100
    assert second.clock.monotonic_s() - first.clock.monotonic_s() == 10.25
    assert second.clock.utc() == "2026-11-27T00:08:05Z"
    # Who had a socket is known of the second sample, who else runs of both.
    assert second.names("/proc/77/fd") == ["3"]
    assert second.link("/proc/77/fd/3") == "socket:[5001]"
    assert set(second.names("/proc")) >= {"1", "77"}
    assert "77" not in first.names("/proc")


@pytest.mark.parametrize(
    "path, reason",
    [
        (f"{NIC}/speed", "unsupported"),
        ("/sys/class/net/eth0/queues/tx-0/traffic_class", "unsupported"),
        ("/sys/class/net/eth0/queues/tx-0/xps_cpus", "absent"),
        ("/proc/irq/38/affinity_hint", "unreadable"),
        ("/sys/x", "unsupported"),
        ("/proc/irq/39/affinity_hint", "absent"),
    ],
)
def test_what_could_not_be_read_says_why_as_on_the_host(tmp_path, path, reason):
    for capture in samples(packed(tmp_path)):
        host = captured_host(capture)
        with pytest.raises(Unavailable) as raised:
            host.text(path)
        assert raised.value.reason == reason
        assert path in raised.value.detail


def test_folder_that_could_not_be_listed_is_unreadable_and_there(tmp_path):
    host = captured_host(samples(packed(tmp_path))[0])
    assert host.exists("/proc/1/fd")
    with pytest.raises(Unavailable) as raised:
        host.names("/proc/1/fd")
    assert raised.value.reason == "unreadable"


def test_refusal_of_a_sample_goes_before_what_was_read_once(tmp_path):
    first, second = map(captured_host, samples(packed(tmp_path)))
    assert first.text("/sys/class/net/eth0/carrier") == "1\n"
    with pytest.raises(Unavailable) as raised:
        second.text("/sys/class/net/eth0/carrier")
    assert raised.value.reason == "unsupported"


def test_without_ethtool_the_driver_is_known_by_the_link_of_its_device(tmp_path):
    files = {**FILES, f"settings{NIC[:-9]}/driver": ("link", "../../../bus/pci/drivers/ena")}
    del files["settings/commands/ethtool_-i_eth0"]
    for capture in samples(packed(tmp_path, files)):
        driver = captured_host(capture).answers["ethtool.driver"]
        assert driver("eth0") == {"name": "ena", "version": None, "firmware": None, "bus": "0000:00:03.0"}
        with pytest.raises(Unavailable, match="ethtool -i lo"):
            driver("lo")


def test_output_that_is_not_there_is_told_with_the_name_that_it_would_have(tmp_path):
    capture = samples(packed(tmp_path))[1]
    for words, interface, place in (
        (captured.RINGS, "eth0", "settings/commands/ethtool_-g_eth0"),
        (captured.STATISTICS, "br@x", "2/commands/ethtool_-S_br_x"),
        (captured.IP_LINK, None, "2/commands/ip_-s_-s_-d_link"),
        (captured.TC, None, "2/commands/tc_-s_-d_qdisc"),
        (captured.IP_ADDRESS, None, "settings/commands/ip_addr"),
    ):
        with pytest.raises(Unavailable) as raised:
            capture.output(words, interface)
        assert raised.value.reason == "absent"
        assert place in raised.value.detail


def test_sample_that_was_cut_off_leaves_the_other(tmp_path):
    files = {name: content for name, content in FILES.items() if not name.startswith("2/")}
    (only,) = samples(packed(tmp_path, files))
    assert only.files.read("/proc/uptime") == b"100.25 1.00\n"


def test_settings_that_were_cut_off_are_told(tmp_path):
    files = {name: content for name, content in FILES.items() if not name.startswith("settings/")}
    for capture in samples(packed(tmp_path, files)):
        assert len(capture.problems) == 1
        assert "settings" in capture.problems[0]
        assert capture.files.read("/proc/uptime")


def test_capture_without_samples_says_what_to_do(tmp_path):
    with pytest.raises(CaptureError, match="capture again"):
        samples(packed(tmp_path, {"capture.txt": TOLD, "settings/proc/meminfo": "MemTotal: 1 kB\n"}))


def test_other_file_of_that_name_is_no_capture(tmp_path):
    with pytest.raises(CaptureError, match="expected a capture of capture.sh"):
        samples(packed(tmp_path, {"capture.txt": "my notes\n"}))


def test_other_file_of_that_name_hides_no_loose_file(tmp_path):
    files = {
        "capture.txt": "my notes\n",
        "softnet_stat": "00000001 00000000 00000000\n",
        "ethtool_-i_eth0": "driver: x\n",
    }
    (only,) = samples(packed(tmp_path, files))
    assert only.layout == "loose"


def test_later_layout_is_read_and_told(tmp_path):
    first = samples(packed(tmp_path, changed(capture_txt=TOLD.replace("capture: 1", "capture: 2"))))[0]
    assert "layout '2'" in first.problems[0]
    assert "newest" in first.problems[0]
    assert first.name == "web1"


@pytest.mark.parametrize(
    "told",
    [
        "packetloss-capture: 1\n",
        "packetloss-capture: 1\nhost: \x1b[31m{{ 7 * 7 }}\nuser_id: root\npage_size_bytes: 4k\nbyte_order: middle\n",
        "packetloss-capture: 1\nsample_1_taken_at: " + "9" * 5000 + "\nsample_2_taken_at: -1\nzone_offset: +99999\n",
        "packetloss-capture: 1\r\nzone_offset: east\n\0\n" + "x" * 100_000,
        b"packetloss-capture: 1\nhost: \xff\xfe\n",
    ],
)
def test_nonsense_in_capture_txt_is_left_out(tmp_path, told):
    for capture in samples(packed(tmp_path, changed(capture_txt=told))):
        host = captured_host(capture)
        assert capture.taken is None and capture.zone_offset_s is None
        assert capture.machine.keys() <= {"user_id"} and not capture.machine
        assert len(capture.name) <= 255
        with pytest.raises(Unavailable):
            host.machine.user_id()


@pytest.mark.parametrize(
    "text",
    [
        "../../etc/passwd: Permission denied\n",
        "/../../etc/passwd: Permission denied\n",
        "/proc: Permission denied\n/: Permission denied\n",
        "/" + "a/" * 5000 + ": Permission denied\n",
        ": \n: : :\n\0: x\n",
        "x" * 200_000,
    ],
)
def test_nonsense_in_errors_txt_hides_nothing(tmp_path, text):
    for capture in samples(packed(tmp_path, changed(settings__errors_txt=text))):
        host = captured_host(capture)
        assert host.text("/sys/class/net/eth0/ifindex") == "2\n"
        assert host.text("/proc/uptime")
        assert "net" in host.names("/proc")


@pytest.mark.parametrize("target", ["../../../../../../etc/passwd", "/etc/passwd", "eth0", "\x01{{x}}"])
def test_links_of_a_stranger_lead_nowhere(tmp_path, target):
    files = {**FILES, "settings/sys/class/net/eth0": ("link", target)}
    for capture in samples(packed(tmp_path, files)):
        host = captured_host(capture)
        for path in ("/sys/class/net/eth0", "/sys/class/net/eth0/mtu"):
            with pytest.raises(Unavailable):
                host.text(path)
