# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A FAKE of a host with a bond whose ports lose their links for a while, for kernels without bonding and for partners
that nobody has at hand. The lab has a real one (tests/lab/test_bond_rings.py).

Time passes only while somebody sleeps. What the kernel does by itself is done here as drivers/net/bonding of Linux 6.12
does it: a port whose carrier went is left after miimon, one whose carrier came is used after updelay, a primary with
"always" takes the active role again, and a partner takes a port up some time after its carrier came.
"""

import errno
import os

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.host import Host
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.ioctl import Ioctl
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.live import Machine
from ansible_collections.linuxnet.packetloss.tests.unit import fake_host
from ansible_collections.linuxnet.packetloss.tests.unit.fake_ethtool import FakeEthtool

BOND, PORTS = "bond0", ("eth0", "eth1")
IFINDEX = {"eth0": 2, "eth1": 3, "eth2": 4, BOND: 5}
NEVER = 10.0**9


class FakeBond:
    """bond0 of eth0 and eth1, and eth2 that is in no bond.

    :param miimon_s: None for a bond that watches no link
    :param joins_s: with LACP, how long after the carrier the partner takes a port up
    """

    def __init__(self, mode="active-backup 1", active="eth0", primary="", reselect="always", updelay_s=0.0, **others):
        self.mode = mode
        self.active = active
        self.primary = primary
        self.reselect = reselect
        self.updelay_s = updelay_s
        self.miimon_s = others.get("miimon_s", 0.1)
        self.rate = others.get("rate", "slow")
        self.joins_s = others.get("joins_s", 2.0)
        self.refuses_role = others.get("refuses_role", False)
        self.now_s = 1000.0
        self.slept_s = 0.0
        #: The times from when to when a NIC has no carrier.
        self.gaps = {name: [] for name in ("eth0", "eth1", "eth2")}
        #: Who had the active role, and from when on.
        self.roles = [(self.now_s, active)]
        self.gone = set()

    # --- what happens to it

    def lose_carrier(self, name, seconds, later_s=0.0):
        """The link of a NIC is lost for some seconds, as by a driver that makes its rings anew."""
        self.gaps[name].append((self.now_s + later_s, self.now_s + later_s + seconds))

    def host(self):
        nothing = Ioctl(FakeEthtool({}))
        return Host(_Files(self), _Clock(self), Machine(), nothing, fake_host.connections(_Kernel(self)))

    # --- how it is now

    def carrier(self, name):
        return not any(start <= self.now_s < end for start, end in self.gaps[name])

    def carrier_changes(self, name):
        return 2 + sum((start <= self.now_s) + (end <= self.now_s) for start, end in self.gaps[name])

    def failures(self, name):
        """Gaps that the monitor saw: shorter ones than its interval it does not."""
        watched = self.miimon_s or NEVER
        return sum(start + watched <= self.now_s and end - start >= watched for start, end in self.gaps[name])

    def mii(self, name):
        if self.miimon_s is None:
            return "up"
        for start, end in self.gaps[name]:
            if end - start >= self.miimon_s and start + self.miimon_s <= self.now_s < end:
                return "down"
            if end - start >= self.miimon_s and end <= self.now_s < end + self.updelay_s:
                return "going back"
        return "up"

    def aggregator(self, name):
        joined = all(not start <= self.now_s < end + self.joins_s for start, end in self.gaps[name])
        return 1 if joined else 2 + PORTS.index(name)

    def pass_time(self, seconds):
        """In steps of the monitor's, which does what it does at each."""
        end = self.now_s + seconds
        self.slept_s += seconds
        while self.now_s < end - 1e-9:
            self.now_s = min(self.now_s + 0.05, end)
            if self.active and self.mii(self.active) == "down":
                good = [port for port in PORTS if self.mii(port) == "up"]
                self.set_active(good[0] if good else "")
            elif not self.active or (self.primary and self.active != self.primary and self._is_back(self.primary)):
                good = [port for port in (self.primary, *PORTS) if port and self.mii(port) == "up"]
                self.set_active(good[0] if good else "")

    def _is_back(self, port):
        """Whether a port came up just now: only then who is active is chosen anew."""
        came = [end + self.updelay_s for _start, end in self.gaps[port]]
        return self.reselect == "always" and any(0 <= self.now_s - at < 0.051 for at in came)

    def set_active(self, port):
        if port != self.active:
            self.active = port
            self.roles.append((self.now_s, port))


class _Clock:
    def __init__(self, bond):
        self._bond = bond

    def monotonic_s(self):
        return self._bond.now_s

    def sleep(self, seconds):
        self._bond.pass_time(seconds)


class _Files:
    """The files of sysfs, made when they are read. There is no /proc/net/bonding."""

    def __init__(self, bond):
        self._bond = bond

    def read(self, path):
        parts = path.split("/")[4:]
        if not path.startswith("/sys/class/net/") or parts[0] in self._bond.gone:
            raise _error(errno.ENOENT)
        name, what = parts[0], "/".join(parts[1:])
        if what == "ifindex":
            return b"%d\n" % IFINDEX[name]
        found = self._of_bond() if name == BOND else self._of_port(name)
        if what not in found:
            raise _error(errno.ENOENT)
        return f"{found[what]}\n".encode()

    def _of_bond(self):
        bond = self._bond
        found = {
            "mode": bond.mode,
            "slaves": " ".join(PORTS),
            "active_slave": bond.active or "",
            "primary": bond.primary,
            "primary_reselect": f"{bond.reselect} 0",
            "miimon": round((bond.miimon_s or 0) * 1000),
            "updelay": round(bond.updelay_s * 1000),
            "downdelay": 0,
            "arp_interval": 0,
            "min_links": 0,
            "lacp_rate": f"{bond.rate} 0",
            "ad_aggregator": "",
            "ad_partner_mac": "",
        }
        if bond.mode.startswith("802.3ad"):
            found.update(ad_aggregator=1, ad_partner_mac="00:23:04:ee:be:0a")
        return {f"bonding/{key}": value for key, value in found.items()}

    def _of_port(self, name):
        bond = self._bond
        lacp = bond.mode.startswith("802.3ad")
        found = {
            "state": "active" if lacp or bond.active == name else "backup",
            "mii_status": bond.mii(name),
            "link_failure_count": bond.failures(name),
            "ad_aggregator_id": bond.aggregator(name) if lacp else "N/A",
        }
        return {f"bonding_slave/{key}": value for key, value in found.items()} if name in PORTS else {}

    def write(self, path, data):
        if path != f"/sys/class/net/{BOND}/bonding/active_slave":
            raise _error(errno.EROFS)
        port = data.decode().strip()
        # A port that is down is not taken, and nothing is said of it (bond_option_active_slave_set).
        if self._bond.mii(port) == "up" and not self._bond.refuses_role:
            self._bond.set_active(port)

    def names(self, path):
        raise _error(errno.ENOENT)

    def exists(self, path):
        return False

    def link(self, path):
        raise _error(errno.ENOENT)

    def real(self, path):
        return path.encode()


def _error(number):
    return OSError(number, os.strerror(number))


class _Kernel(fake_host.FakeKernel):
    """The list of links, as it is when it is asked for."""

    def __init__(self, bond):
        self._bond = bond
        fake_host.FakeKernel.__init__(self)

    @property
    def links(self):
        bond = self._bond
        found = [fake_host.link(BOND, IFINDEX[BOND], kind="bond")]
        for name in bond.gaps:
            if name not in bond.gone:
                state = {"carrier": bond.carrier(name), "carrier_changes": bond.carrier_changes(name)}
                in_bond = {"master": IFINDEX[BOND], "slave_of_bond": True} if name in PORTS else {}
                found.append(fake_host.link(name, IFINDEX[name], **state, **in_bond))
        return found

    @links.setter
    def links(self, value):
        """The fake below has a list of its own, which is not this host's."""
