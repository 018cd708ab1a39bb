# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Made-up files of sar, in the forms of sysstat 10.0 to 12.7, of a host with lo, one NIC and two CPUs.

Records are ``(end in seconds since 1970, interval_s, {attribute: rate as printed})``; the rates are those of the NIC,
of UDP, and of CPU 1.
"""

import time
from dataclasses import dataclass

NET_DEV = ("rxpck", "txpck", "rxkB", "txkB", "rxcmp", "txcmp", "rxmcst")
NET_EDEV = ("rxerr", "txerr", "coll", "rxdrop", "txdrop", "txcarr", "rxfram", "rxfifo", "txfifo")
NET_UDP = ("idgm", "odgm", "noport", "idgmerr")
SOFTNET = ("total", "dropd", "squeezd", "rx_rps", "flw_lim")


@dataclass
class XmlForm:
    """How a version of sadf writes: the clock of a record, and what it knows."""

    name: str
    clock: str
    places: tuple = ("nics", "udp", "softnet")

    def __repr__(self):
        return self.name


#: The attributes of 10.1.5 and 12.7.6 are in sadf_misc.c; softnet is there since 11.5.2.
XML_FORMS = [
    XmlForm("sysstat-10.1", 'utc="1"', ("nics", "udp")),
    XmlForm("sysstat-12.6", 'utc="1"'),
    XmlForm("sysstat-12.7", 'tz="UTC"'),
]


def _attributes(names, rates):
    return " ".join(f'{name}="{rates.get(name, "0.00")}"' for name in names)


def xml(records, restarts=(), form=XML_FORMS[1], interface="eth0", before=""):
    """What ``sadf -x`` prints of *records*."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        before + "<sysstat>",
        '\t<host nodename="web1">',
        "\t\t<sysname>Linux</sysname>",
        "\t\t<statistics>",
    ]
    for end, interval_s, rates in records:
        now = time.gmtime(end)
        lines += [
            f'\t\t\t<timestamp date="{time.strftime("%Y-%m-%d", now)}" time="{time.strftime("%H:%M:%S", now)}" '
            f'{form.clock} interval="{interval_s}">',
            '\t\t\t\t<cpu-load><cpu number="all" idle="99.00"/></cpu-load>',
            '\t\t\t\t<network per="second">',
        ]
        for name, of_name in (("lo", {}), (interface, rates)):
            lines += [f'\t\t\t\t\t<net-dev iface="{name}" {_attributes(NET_DEV, of_name)}/>']
        for name, of_name in (("lo", {}), (interface, rates)):
            lines += [f'\t\t\t\t\t<net-edev iface="{name}" {_attributes(NET_EDEV, of_name)}/>']
        lines += [f"\t\t\t\t\t<net-udp {_attributes(NET_UDP, rates)}/>"]
        if "softnet" in form.places:
            for cpu, of_cpu in (("all", rates), ("0", {}), ("1", rates)):
                lines += [f'\t\t\t\t\t<softnet cpu="{cpu}" {_attributes(SOFTNET, of_cpu)} blg_len="0"/>']
        lines += ["\t\t\t\t</network>", "\t\t\t</timestamp>"]
    lines += ["\t\t</statistics>", "\t\t<restarts>"]
    for moment in restarts:
        now = time.strftime('date="%Y-%m-%d" time="%H:%M:%S"', time.gmtime(moment))
        lines += [f'\t\t\t<boot {now} {form.clock} cpu_count="2"/>']
    return "\n".join([*lines, "\t\t</restarts>", "\t</host>", "</sysstat>", ""])


@dataclass
class TextForm:
    """How sar writes days and times, by locale."""

    name: str
    date: str
    clock: str
    comma: str = "."
    last: bool = False

    def __repr__(self):
        return self.name


TEXT_FORMS = [
    TextForm("C", "%m/%d/%y", "%H:%M:%S"),
    TextForm("en_US", "%m/%d/%Y", "%I:%M:%S %p"),
    TextForm("de_DE", "%d.%m.%Y", "%H:%M:%S", ","),
    TextForm("en_GB", "%d/%m/%y", "%H:%M:%S"),
    TextForm("iso", "%Y-%m-%d", "%H:%M:%S"),
    TextForm("pretty", "%m/%d/%y", "%H:%M:%S", last=True),
]


def text(records, form=TEXT_FORMS[0], after=()):
    """What ``sar -A`` prints of *records*, and *after* ``[(time of a restart, records)]``."""
    begin = records[0][0] - records[0][1]
    lines = [f"Linux 5.10.0-9 (web1) \t{time.strftime(form.date, time.gmtime(begin))} \t_x86_64_\t(2 CPU)", ""]
    lines += _tables(records, form)
    for moment, later in after:
        lines += [f"{time.strftime(form.clock, time.gmtime(moment)):<11}  LINUX RESTART\t(2 CPU)", ""]
        lines += _tables(later, form)
    return "\n".join(lines)


def _tables(records, form):
    cpus = [("all", lambda rates: rates), ("0", lambda rates: {}), ("1", lambda rates: rates)]
    nics = [("lo", lambda rates: {}), ("eth0", lambda rates: rates)]
    none = [(None, lambda rates: rates)]
    lines = []
    for naming, names, columns in (
        ("CPU", cpus, ("%usr", "%soft", "%idle")),
        ("INTR", [("sum", lambda rates: {})], ("CPU0", "CPU1")),
        ("IFACE", nics, [f"{column}/s" for column in NET_DEV] + ["%ifutil"]),
        ("IFACE", nics, [f"{column}/s" for column in NET_EDEV]),
        (None, none, [f"{column}/s" for column in NET_UDP]),
        ("CPU", cpus, [f"{column}/s" for column in SOFTNET]),
    ):
        for number, (end, interval_s, rates) in enumerate(records):
            # As on a screen of so many rows the head is printed again.
            if number % 5 == 0:
                if number == 0 or lines:
                    lines.append("")
                lines.append(_row(form, end - interval_s, naming, columns))
            for name, choose in names:
                chosen = choose(rates)
                values = [chosen.get(column.replace("/s", ""), "0.00").replace(".", form.comma) for column in columns]
                lines.append(_row(form, end, name, values))
        lines += [
            "",
            f"Average:    {naming or ''} {' '.join(columns)}",
            f"Average:    all {' 0.00' * len(columns)}",
            "",
        ]
    return lines


def _row(form, moment, name, values):
    named = [] if name is None else [name]
    words = [*values, *named] if form.last else [*named, *values]
    return f"{time.strftime(form.clock, time.gmtime(moment)):<11} {' '.join(f'{word:>9}' for word in words)}"
