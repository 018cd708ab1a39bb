# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""/proc/interrupts: which interrupts fired on which CPU, and who handles them.

A header with one column per **online** CPU (ids may have gaps), then rows ``<irq>: <count per CPU> <chip> ...``.
Counts are unsigned 32-bit. Rows whose id is no number (NMI, LOC, IPI0, ERR, ...) belong to the architecture and are
left out; ERR, MIS and Err have one count only.

The rest of a row, from kernel/irq/proc.c show_interrupts() (6.16)::

    chip "%8s" | hwirq " %*lu" | Level or Edge " %-8s" | flow "-%-8s" | actions "  %s" ", %s"

Only the chip is always there: without an IRQ domain the hwirq is blanks, Level or Edge depends on the architecture,
the flow on the handler. Before the hwirq column came, the flow stood right behind the chip: ``PCI-MSI-edge``.

**An action name may contain blanks.** It is printed with ``%s`` as the driver gave it, and drivers do give such names
(``PCIe PME``, drivers/pci/pcie/pme.c). So actions are split at ``", "`` and nowhere else, and they begin after the
first *two* blanks that follow the columns before them. The name of a network interface has no blank
(net/core/dev.c dev_valid_name()), so a NIC's own actions are never ambiguous.
"""

import re

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable, are_counts
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.counter import Counter32, Sparse
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.cpu_columns import cpu_header

PATH = "/proc/interrupts"

_DESCRIPTION = re.compile(
    r"(?P<chip>\S+(?: \S+)*?)"  # "GICv3", "PCI-MSIX-0000:00:03.0"; a GPIO expander's label may have blanks
    r"(?:\s+(?P<hwirq>[0-9]+))?"
    r"(?:\s+(?:Level|Edge))?"
    r"(?P<flow>\s*-\S+)?"  # the flow: "-edge", "-fasteoi", "-virq"
    r"(?:\s\s+(?P<actions>\S.*))?$"
)

#: The flow right behind a chip, without a hwirq between. Only these names: "PCI-MSI" is all chip.
_FLOW_OF_CHIP = re.compile(r"-(?:(?:ioapic-)?(?:edge|level)|fasteoi|simple|percpu|event|virq|ipi|msi|msi-x)$")


def read(host, wanted=None):
    """:func:`parse` of /proc/interrupts; raises Unavailable."""
    return parse(host.lines(PATH), wanted)


def parse(text, wanted=None):
    """The numbered interrupts: ``{"38": {"chip": "PCI-MSI", "hwirq": "65537", "actions": ["eth0"], "counts": {...}}}``.

    ``counts`` is a Sparse ``{"1": Counter32}``, by CPU, only of CPUs with a count above zero. ``chip`` and ``hwirq``
    are None where the row has none; ``actions`` is empty where nothing handles the interrupt.

    :param wanted: the ids (as text) of the rows to return, None for all. Rows that are not wanted cost next to nothing.

    Raises Unavailable ``malformed``, also where a row has fewer or more counts than the header has CPUs: a truncated
    text, or a CPU that went on or off line during the reading.
    """
    lines = text.splitlines()
    cpus = cpu_header(PATH, lines[0] if lines else "")
    if len(lines) < 2:
        raise Unavailable("malformed", f"{PATH}: expected a row per interrupt, found only the header")
    interrupts = {}
    for line in lines[1:]:
        label, _colon, rest = line.partition(":")
        irq = label.strip()
        if irq.isdecimal() and (wanted is None or irq in wanted):
            interrupts[irq] = _row(irq, rest, cpus)
    return interrupts


def _row(irq, rest, cpus):
    fields = rest.split(None, len(cpus))
    if len(fields) < len(cpus):
        raise _malformed(irq, len(cpus), f"{len(fields)} fields")
    description = fields.pop().rstrip() if len(fields) > len(cpus) else ""
    if not are_counts(fields):
        raise _malformed(irq, len(cpus), "other text among them")
    # Compared as text: where there are many CPUs nearly all fields are zero, and a Counter costs more than they do.
    counts = Sparse((cpu, Counter32(field)) for cpu, field in zip(cpus, fields) if field != "0")
    chip, hwirq, actions = _describe(description)
    if chip is not None and chip.isdecimal():
        raise _malformed(irq, len(cpus), "one more")
    return {"chip": chip, "hwirq": hwirq, "actions": actions, "counts": counts}


def _describe(text):
    """``(chip, hwirq, actions)`` of what stands behind the counts."""
    match = _DESCRIPTION.match(text)
    if not match:
        return None, None, []
    chip, hwirq, flow, actions = match.group("chip", "hwirq", "flow", "actions")
    if hwirq is None and flow is None:
        chip = _FLOW_OF_CHIP.sub("", chip)
    return chip, hwirq, actions.split(", ") if actions else []


def _malformed(irq, expected, found):
    return Unavailable(
        "malformed",
        f"{PATH}: expected {expected} counts, one per CPU of the header, in the row of IRQ {irq}, found {found}",
    )
