# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/adding-a-driver.md, followed step by step in a copy of the tree: one file and one line."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest

REPOSITORY = os.path.abspath(os.path.join(os.path.dirname(__file__), *[os.pardir] * 5))
PAGE = os.path.join(REPOSITORY, "docs", "adding-a-driver.md")

COLLECTION = os.path.join("ansible_collections", "linuxnet", "packetloss")
DRIVERS = os.path.join("plugins", "module_utils", "drivers")

#: What is asked of a driver, in a process that knows the copy only.
ASKING = """
import json, sys
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document import interval
from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers import index, irq_names, statistics, traits
from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory import budget, inputs, model
from ansible_collections.linuxnet.packetloss.tests.unit import driver_files, ring_hosts

driver, bdf = "flatnic", "0000:3b:00.0"
interrupts = {
    str(40 + number): {"chip": "PCI-MSI", "actions": ["flat-%s-%s" % (bdf, name)], "counts": {}}
    for number, name in enumerate(("q0", "q1", "admin"))
}
host = ring_hosts.host({"eth0": ring_hosts.nic(driver, count=2)})
known = driver in index.NAMES
print(json.dumps({
    "classify": statistics.classify(driver, "q7_rx_no_slot"),
    "netdev": statistics.netdev_fields(driver).get("rx_missed_errors"),
    "queues": {irq: found["queue"] for irq, found in irq_names.map_irqs(interrupts, None, driver, "eth0", bdf).items()},
    "price": model.price(inputs.ring_set(host, "eth0")),
    "made": inputs.ring_set(host, "eth0", {"rx": 3000}).rx,
    "need": budget.budget(host, {"eth0": {"rx": 2048}})["need_bytes"],
    "channels": traits.change_class(driver, "channels"),
    "reach": traits.trait(driver, "rss_reach"),
    "rate": interval.link_rate_mbps({"kind": "physical", "driver": {"name": driver}, "link": {"speed_mbps": 10}}),
    "faults": driver_files.faults(driver, index.every()[driver]) + driver_files.price_faults(driver) if known else None,
}))
"""


@pytest.fixture(name="copy")
def copy_fixture(tmp_path):
    """A folder with a copy of what the nodes and these tests run."""
    root = str(tmp_path)
    for folder in (os.path.join("plugins", "module_utils"), os.path.join("tests", "unit")):
        ignored = shutil.ignore_patterns("__pycache__", "plugins")
        shutil.copytree(os.path.join(REPOSITORY, folder), os.path.join(root, COLLECTION, folder), ignore=ignored)
    return root


def ask(root):
    env = dict(os.environ, PYTHONPATH=root, PYTHONDONTWRITEBYTECODE="1")
    return json.loads(subprocess.check_output([sys.executable, "-c", ASKING], env=env, universal_newlines=True))


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def made_up_file():
    return re.search(r"^```python\n(.*?)^```$", read(PAGE), re.DOTALL | re.MULTILINE).group(1)


def follow(root):
    """Both steps of the page."""
    line, following = re.search(r"^\+(.*\n) (.*\n)```$", read(PAGE), re.MULTILINE).groups()
    name = re.search(r"^`plugins/module_utils/drivers/(\w+\.py)`$", read(PAGE), re.MULTILINE).group(1)
    write(os.path.join(root, COLLECTION, DRIVERS, name), made_up_file())
    index = os.path.join(root, COLLECTION, DRIVERS, "index.py")
    before = read(index)
    after = before.replace(following, line + following)
    assert len(after.splitlines()) == len(before.splitlines()) + 1
    write(index, after)


def test_a_made_up_driver_takes_one_file_and_one_line(copy):
    before = ask(copy)
    follow(copy)
    after = ask(copy)
    assert after["faults"] == []
    assert (before["classify"]["kind"], before["classify"]["group"]) == ("info", None)
    assert after["classify"] == {"class": "c", "kind": "loss", "group": "ring_empty", "queue": 7, "direction": "rx"}
    assert (before["netdev"]["class"], after["netdev"]["class"]) == ("b", "c")
    assert (before["queues"], after["queues"]) == ({}, {"40": 0, "41": 1, "42": None})
    assert (before["price"]["model"], before["price"]["confidence"]) == ("generic", "low")
    assert (after["price"]["model"], after["price"]["confidence"]) == ("flatnic", "medium")
    assert after["price"]["why"] == "read in flat_main.c of Linux 9.9"
    # Of each of two queues: 1024 pages, and 16 + 24 and 16 + 40 bytes of an entry.
    assert after["price"]["total_bytes"] == 2 * 1024 * (4096 + 40 + 56)
    assert after["need"] == 2 * 1024 * (4096 + 40)
    assert (before["made"], after["made"]) == (3000, 4096)
    assert (before["channels"], after["channels"]) == (3, 2)
    assert (before["reach"], after["reach"]) == (None, 8)
    assert after["rate"] == 10


def test_without_the_line_the_file_is_not_read(copy):
    before = ask(copy)
    write(os.path.join(copy, COLLECTION, DRIVERS, "flatnic.py"), made_up_file())
    assert ask(copy) == before


def test_what_the_made_up_file_lacks_is_told(copy):
    follow(copy)
    path = os.path.join(copy, COLLECTION, DRIVERS, "flatnic.py")
    text = read(path).replace('    "xps_again_after": (),\n', "").replace('"gauge", None', '"meter", None')
    write(path, text)
    assert ask(copy)["faults"] == [
        "curvature: the kind 'meter' is none of loss, event, gauge, traffic, info, unclassified",
        "TRAITS lacks 'xps_again_after'",
    ]


def test_the_page_tells_the_classes_as_they_are(copy):
    from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers import traits

    told = dict(re.findall(r"^\| ([0-9]) \| (.*) \|$", read(PAGE), re.MULTILINE))
    assert told == {str(number): text for number, text in traits.CLASSES.items() if number != traits.UNKNOWN_CLASS}
