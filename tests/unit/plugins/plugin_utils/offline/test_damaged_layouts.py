# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files of every layout with random damage, in archives and folders: a capture or a sentence, never a traceback."""

import pytest
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.host import captured_host, captures_of
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.members import CaptureError
from ansible_collections.linuxnet.packetloss.tests.unit.damage import damaged
from ansible_collections.linuxnet.packetloss.tests.unit.plugins.plugin_utils.offline.archives import link, tar_of
from ansible_collections.linuxnet.packetloss.tests.unit.plugins.plugin_utils.offline.test_layouts import (
    SOFTNET,
    SOSREPORT,
    STATISTICS,
    SUPPORTCONFIG,
    UNAME,
    page,
    plugins_of,
)

TREES = {
    "sosreport": {**SOSREPORT, "sos_reports/manifest.json": plugins_of(3600)},
    "supportconfig": SUPPORTCONFIG,
    "insights": {"data/insights_commands/ethtool_-S_eth0": STATISTICS, "data/proc/net/softnet_stat": SOFTNET},
    "sysinfo_snapshot": {
        "ethtool_S/ethtool_S_eth0": STATISTICS,
        "x.html": page(ethtool_all_interfaces="ethtool  eth0\nSettings for eth0:\n____________\n", hostname="web1"),
    },
    "loose": {
        "before/softnet_stat": SOFTNET,
        "after/softnet_stat": SOFTNET,
        "uname": UNAME,
        "ticket.txt": f"[root@web1 ~]# ethtool -S eth0\n{STATISTICS}[root@web1 ~]# \n",
    },
}


def changed(tree, chance):
    """The members of a tree, with some of them damaged, renamed, left out, twice or made links."""
    members = []
    for path, content in tree.items():
        kind = chance.randrange(12)
        name = "top/" + path
        content = content.encode("utf-8") if isinstance(content, str) else content
        if kind == 0:
            continue
        if kind == 1:
            name = damaged(name.encode("utf-8"), chance).decode("utf-8", "surrogateescape").strip("/\0") or "x"
        if kind == 2 and isinstance(content, bytes) and content:
            content = damaged(content, chance)
        if kind == 3:
            content = ("link", chance.choice(["../" * 9 + "etc/passwd", path, ".", "", "x" * 300, "proc/self"]))
        if kind == 4:
            members.append((name + "/more", b"1\n"))
        members.append((name, link(content[1]) if isinstance(content, tuple) else content))
    chance.shuffle(members)
    return members


@pytest.mark.parametrize("layout", TREES)
def test_damage_is_a_capture_or_a_sentence(tmp_path, layout, chance):
    place = tmp_path / "capture.tar"
    seen = 0
    for _time in range(60):
        try:
            data = tar_of(*chance.tried(changed(TREES[layout], chance)))
        except ValueError:
            # A name with half a surrogate, that no archive can have.
            continue
        place.write_bytes(data)
        try:
            for capture in captures_of(str(place)):
                with captured_host(capture) as host:
                    assert isinstance(capture.name, str) and capture.layout in TREES
                    host.exists("/proc/net/softnet_stat")
                seen += 1
        except CaptureError as error:
            assert str(place) in str(error)
    assert seen
