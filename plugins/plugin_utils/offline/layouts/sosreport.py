# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A sosreport of any version since 3.0: the host's files by their paths, outputs by plugin below ``sos_commands``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline import captured
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.captured import Captured
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.host_files import HostFiles
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.layouts import sos_manifest
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.layouts.common import (
    HOST_FILES,
    Outputs,
    host_layers,
    host_name,
    origin_of,
    sar_files,
    taken,
)
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.layouts.names import mangled
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.members import FOLDER, Members, shown

LAYOUT = "sosreport"

#: By which a folder is known as the top of one: never by version.txt.
MARK = rb"sos_commands|sos_reports/manifest\.json"

_PLUGINS = "networking|kernel|processor|numa|date|host|general|hardware|sar"

_OUTPUTS = (
    rb"ip_netns_exec_.*|ethtool_.*|ip_(?:-.*)?(?:link|addr).*|tc_-s_qdisc.*|nstat_.*|netstat_-s.*|ss_-.*|sysctl_-a"
    rb"|uname_-a|lscpu(?:_-a?e)?|date.*|uptime|hostname|numactl_.*|sar?[0-9]+(?:\.xml)?"
)

#: What is kept of one: the host's own files, and of these plugins the outputs that are known.
WANTED = rb"%s|sos_(?:commands|strings)/(?:%s)/(?:namespaces/[^/]+/)?(?:%s)(?:\.tailed)?|%s" % (
    HOST_FILES,
    _PLUGINS.encode("ascii"),
    _OUTPUTS,
    rb"sos_reports/manifest\.json|var/log/(?:sa|sysstat)/sar?[0-9]+|sos_strings/.*\.tailed",
)

#: How sos calls what it does not call as :mod:`captured` does.
_COMMANDS = {
    captured.IP_LINK: "ip -s -d link",
    captured.IP_ADDRESS: "ip -d address",
    captured.TC: "tc -s qdisc show",
    captured.NSTAT: "nstat -zas",
    captured.SS: "ss -peaonmi",
}
_PLUGIN_OF = {
    captured.SYSCTL: "kernel",
    captured.UNAME: "kernel",
    captured.LSCPU: "processor",
    captured.DATE: "date",
    captured.DATE_UTC: "date",
    captured.UPTIME: "host",
    captured.HOSTNAME: "host",
    captured.NUMACTL: "numa",
}

_FOLDERS = tuple(b"/sos_commands/" + plugin.encode("ascii") for plugin in _PLUGINS.split("|"))
_SAR_FOLDERS = (b"/sos_commands/sar", b"/var/log/sa", b"/var/log/sysstat")
_NAMESPACES = b"/sos_commands/networking/namespaces"

_TOP = re.compile(r"(?:sosreport|sos)-(.+?)(?:-[0-9]{4}-[0-9]{2}-[0-9]{2}-\w+)?(?:-obfuscated)?\Z")


def captures(members: Members, root: bytes) -> Iterator[Captured]:
    """The one :class:`captured.Captured` of a sosreport whose top folder is *root*."""
    manifest = sos_manifest.read(members, root)
    files = HostFiles(host_layers(members, root))
    outputs = Outputs(members, root, files, manifest.when)
    for folder in _FOLDERS:
        outputs.add_folder(folder)
    _namespaces(members, root, outputs)
    _cut_off(outputs, manifest)
    top = shown(root.rpartition(b"/")[2] or members.origin.rpartition("/")[2].encode("utf-8", "surrogateescape"))
    match = _TOP.match(re.sub(r"\.tar(\.\w+)?\Z", "", top))
    found = Captured(
        name=host_name(files, outputs.found) or (match.group(1) if match else top),
        origin=origin_of(members, root),
        layout=LAYOUT,
        files=files,
        outputs=outputs.found,
        problems=outputs.problems + manifest.problems,
        zone_offset_s=manifest.zone_offset_s,
        masked=top.endswith("-obfuscated") or _has_masked_addresses(outputs.found),
        sar=sar_files(members, root, _SAR_FOLDERS),
        would_be=would_be,
    )
    found.taken, found.taken_from, found.taken_precision_s = manifest.taken() or taken(files, outputs.found)
    yield found


def would_be(key):
    """How the member would be called that has an output."""
    words, interface, namespace = key
    command = _COMMANDS.get(words, " ".join(words))
    if interface is not None:
        command += " " + interface
    if namespace is None:
        return f"sos_commands/{_PLUGIN_OF.get(words, 'networking')}/{mangled(command)}"
    name = mangled(f"ip netns exec {namespace} {command}")
    return f"sos_commands/networking/namespaces/{mangled(namespace)}/{name}"


def _namespaces(members, root, outputs):
    place = root.rstrip(b"/") + _NAMESPACES
    if members.kind(place) == FOLDER:
        for name in members.names(place):
            outputs.add_folder(_NAMESPACES + b"/" + name, namespace=shown(name))


def _cut_off(outputs, manifest):
    """What sos cut at its limit of size, or at a limit of time, is a part only, whose sums would be wrong."""
    for key, output in outputs.found.items():
        place = getattr(output, "place", None)
        why = manifest.cut_off(place)
        if why:
            outputs.found[key] = Unavailable("malformed", f"{place}: {why}: only a part of it is there")


def _has_masked_addresses(outputs):
    """Whether ``sos clean`` was there: the MAC addresses that it makes up begin with the letters S, O, S."""
    link = outputs.get((captured.IP_LINK, None, None))
    return isinstance(link, captured.Output) and "link/ether 53:4f:53:" in link.text
