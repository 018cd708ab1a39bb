# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host of which there are only files answers what others ask the kernel."""

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.host import Host
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import ethtool
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.links import links


class Silent:
    """The kernel of a host of which there are only files."""

    def ethtool(self, what, interface, request):
        raise Unavailable("absent", f"{what} {interface}: nobody to ask")


def host(**answers):
    named = {name.replace("_", ".", 1): answer for name, answer in answers.items()}
    return Host(files=None, clock=None, machine=None, ioctl=Silent(), netlink=None, answers=named)


def test_what_a_host_answers_itself_is_not_asked_of_the_kernel():
    asked = host(ethtool_rings=lambda name: {"rx": 512, "of": name}, links_links=lambda gaps: {"eth0": gaps})
    assert ethtool.rings(asked, "eth0") == {"rx": 512, "of": "eth0"}
    assert links(asked, "some gaps") == {"eth0": "some gaps"}


def test_what_it_does_not_answer_is():
    with pytest.raises(Unavailable, match="ETHTOOL_GRINGPARAM eth0: nobody to ask"):
        ethtool.rings(host(ethtool_pause=lambda name: {}), "eth0")
