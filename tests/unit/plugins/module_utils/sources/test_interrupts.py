# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import json
import random
import time

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import interrupts
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.counter import Counter32, Sparse
from ansible_collections.linuxnet.packetloss.tests.unit.refusals import malformed

X86 = """\
           CPU0       CPU2       CPU7
  0:         44          0          0   IO-APIC   2-edge      timer
  9:          0          3          0   IO-APIC   9-fasteoi   acpi
 10:          0          0          5   IO-APIC  10-fasteoi   virtio10, ehci_hcd:usb1, uhci_hcd:usb2
 24:          0          0          0   PCI-MSI 49152-edge      PCIe PME, aerdrv
 25:         12          0 4294967295   PCI-MSI 524289-edge      eth0-TxRx-0
 26:          7          0          0   PCI-MSI 524290-edge    
 38:          0        698          0 PCI-MSIX-0000:00:03.0   1-edge      virtio2-input.0
 39:          9          0          0 IR-PCI-MSIX-0000:c1:00.0   2-edge      mlx5_comp1@pci:0000:c1:00.0
NMI:          0          0          0   Non-maskable interrupts
LOC:      13185      13966      44444   Local timer interrupts
ERR:          0
MIS:          0

PIN:          0          0          0   Posted-interrupt notification event
"""  # noqa: W291

ARM64 = """\
           CPU0       CPU1
 10: 3287008667 3310445093     GICv3  27 Level     arch_timer
 17:          0          0     GICv3  48 Edge      ACPI:Ged
 50:          0          1  ARMH0061:00   3 Edge      ACPI:Event
 58:          0 1195697946   ITS-MSI 81921 Edge      eth0-Tx-Rx-0
 59:          3          0 ITS-PCI-MSIX-0000:7d:00.0   1 Edge      hns3-0000:7d:00.0-TxRx-0
 60:          0          2  gpio-label of a board   4 Edge      button
 61:          0          2  bank2     4 Level     -fasteoi     some line
IPI0:2768808080 2844211768       Rescheduling interrupts
IPI1: 357815098  213258177       Function call interrupts
Err:          0
"""

#: The rest of a row -> chip, hwirq, actions.
DESCRIPTIONS = [
    ("  IO-APIC   2-edge      timer", "IO-APIC", "2", ["timer"]),
    ("   PCI-MSI-edge      eth0-TxRx-0", "PCI-MSI", None, ["eth0-TxRx-0"]),
    ("  IR-PCI-MSI-edge      eth1", "IR-PCI-MSI", None, ["eth1"]),
    ("   IO-APIC-fasteoi   uhci_hcd:usb3, eth0", "IO-APIC", None, ["uhci_hcd:usb3", "eth0"]),
    ("   IO-APIC-edge      ", "IO-APIC", None, []),
    ("  xen-pirq-ioapic-level  eth0", "xen-pirq", None, ["eth0"]),
    ("  xen-pirq-msi-x     eth0-q1", "xen-pirq", None, ["eth0-q1"]),
    ("xen-percpu    -virq      timer0", "xen-percpu", None, ["timer0"]),
    ("   xen-dyn    -event     vif3.0-q0-tx", "xen-dyn", None, ["vif3.0-q0-tx"]),
    ("   PCI-MSI  mlx5_async0@pci:0000:00:00.0", "PCI-MSI", None, ["mlx5_async0@pci:0000:00:00.0"]),
    ("  XICS  4096 Level     IPI", "XICS", "4096", ["IPI"]),
    ("     GICv3  27 Level     arch_timer", "GICv3", "27", ["arch_timer"]),
    ("      None            ", "None", None, []),
    ("         -   5 Edge      spi", "-", "5", ["spi"]),
    ("   PCI-MSI 524288-edge      PCIe PME, PCIe bwctrl", "PCI-MSI", "524288", ["PCIe PME", "PCIe bwctrl"]),
    ("   PCI-MSI 524288-edge      eth0,1-TxRx-0", "PCI-MSI", "524288", ["eth0,1-TxRx-0"]),
    ("", None, None, []),
]


def refusal(text, wanted=None):
    detail = malformed(interrupts.parse, text, wanted)
    assert interrupts.PATH in detail
    return detail


def test_x86():
    found = interrupts.parse(X86)
    assert list(found) == ["0", "9", "10", "24", "25", "26", "38", "39"]
    assert found["10"]["actions"] == ["virtio10", "ehci_hcd:usb1", "uhci_hcd:usb2"]
    assert found["25"] == {
        "chip": "PCI-MSI",
        "hwirq": "524289",
        "actions": ["eth0-TxRx-0"],
        "counts": {"0": 12, "7": 4294967295},
    }
    assert found["26"] == {"chip": "PCI-MSI", "hwirq": "524290", "actions": [], "counts": {"0": 7}}
    assert found["38"] == {
        "chip": "PCI-MSIX-0000:00:03.0",
        "hwirq": "1",
        "actions": ["virtio2-input.0"],
        "counts": {"2": 698},
    }
    assert found["39"]["actions"] == ["mlx5_comp1@pci:0000:c1:00.0"]


def test_the_columns_are_the_cpus_of_the_header():
    assert interrupts.parse(X86)["9"]["counts"] == {"2": 3}


def test_an_action_name_may_contain_blanks():
    assert interrupts.parse(X86)["24"]["actions"] == ["PCIe PME", "aerdrv"]


def test_counts_are_sparse_and_32_bits_wide():
    counts = interrupts.parse(X86)["25"]["counts"]
    assert isinstance(counts, Sparse)
    assert {type(count) for count in counts.values()} == {Counter32}
    assert interrupts.parse(X86)["24"]["counts"] == {}


def test_arm64():
    found = interrupts.parse(ARM64)
    assert list(found) == ["10", "17", "50", "58", "59", "60", "61"]
    assert found["10"] == {
        "chip": "GICv3",
        "hwirq": "27",
        "actions": ["arch_timer"],
        "counts": {"0": 3287008667, "1": 3310445093},
    }
    assert (found["50"]["chip"], found["50"]["hwirq"]) == ("ARMH0061:00", "3")
    assert found["58"]["actions"] == ["eth0-Tx-Rx-0"]
    assert (found["59"]["chip"], found["59"]["hwirq"]) == ("ITS-PCI-MSIX-0000:7d:00.0", "1")
    assert (found["60"]["chip"], found["60"]["actions"]) == ("gpio-label of a board", ["button"])
    assert found["61"]["actions"] == ["some line"]


@pytest.mark.parametrize("rest, chip, hwirq, actions", DESCRIPTIONS)
def test_the_rest_of_a_row(rest, chip, hwirq, actions):
    found = interrupts.parse("      CPU0\n 33:          1 " + rest + "\n")["33"]
    assert found == {"chip": chip, "hwirq": hwirq, "actions": actions, "counts": {"0": 1}}


def test_only_the_wanted_rows():
    assert list(interrupts.parse(X86, {"25", "39", "77"})) == ["25", "39"]
    assert interrupts.parse(X86, set()) == {}


def test_no_numbered_interrupt():
    assert interrupts.parse("           CPU0\nNMI:          1   Non-maskable interrupts\n") == {}


@pytest.mark.parametrize(
    "text, expected",
    [
        ("", "header"),
        ("  0: 1 2 IO-APIC 2-edge timer\n", "header"),
        ("CPU0 cpu1\n", "header"),
        ("CPU0 CPU0\n", "each CPU once"),
        ("CPU0 CPU1\n 25: 1", "expected 2 counts"),
        ("CPU0 CPU1\n 25:", "found 0 fields"),
        ("CPU0 CPU1\n 25: 1   PCI-MSI 524289-edge      eth0\n", "IRQ 25"),
        ("CPU0 CPU1\n 25: 1 2 3   PCI-MSI 524289-edge      eth0\n", "one more"),
        ("CPU0 CPU1\n 25: 1 -2   PCI-MSI 524289-edge      eth0\n", "other text"),
        ("CPU0 CPU1\n 25: 1 1_0   PCI-MSI 524289-edge      eth0\n", "other text"),
    ],
)
def test_malformed(text, expected):
    assert expected in refusal(text)


def test_a_row_that_is_not_wanted_is_not_judged():
    assert interrupts.parse("CPU0 CPU1\n 25: 1\n 26: 0 1   PCI-MSI 1-edge      eth0\n", {"26"})["26"]["counts"] == {
        "1": 1
    }


def test_a_hostile_row_is_read_in_linear_time():
    text = "CPU0\n 25: 1 " + "a " * 50000 + " \x00\n"
    start = time.time()
    interrupts.parse(text)
    assert time.time() - start < 2


def wide(cpus, rows):
    """A text of so many CPUs and rows, each interrupt with two CPUs that it fired on."""
    generator = random.Random(cpus)
    lines = [" " * 12 + "".join(f"CPU{cpu:<8}" for cpu in range(cpus))]
    for irq in range(rows):
        counts = ["         0"] * cpus
        for cpu in generator.sample(range(cpus), 2):
            counts[cpu] = f"{generator.randrange(1, 1 << 32):10}"
        lines.append(f"{irq:4}: " + " ".join(counts) + f" PCI-MSIX-0000:c1:00.0 {irq:4}-edge      eth0-{irq}")
    return "\n".join(lines) + "\n"


def test_more_than_a_thousand_cpus():
    found = interrupts.parse(wide(1280, 20))
    assert len(found) == 20
    assert all(len(row["counts"]) == 2 for row in found.values())
    assert max(int(cpu) for row in found.values() for cpu in row["counts"]) > 1000


def test_256_cpus_and_1500_rows_are_cheap():
    text = wide(256, 1500)
    times = []
    for _round in range(3):
        start = time.process_time()
        interrupts.parse(text)
        times.append(time.process_time() - start)
    # 25 ms where this was written; the goal is 60. Wide, for a slow and busy machine.
    assert min(times) < 0.3


def test_read(host):
    found = interrupts.read(host({"/proc/interrupts": X86}), {"38"})
    assert json.loads(json.dumps(found))["38"]["counts"] == {"2": 698}
