# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The script is run by a real shell, on a folder in the place of /proc/irq."""

import subprocess

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.keep import irqbalance_policy as policy

BAN = "ban=true\n"
PCI = "/sys/bus/pci/devices/"


def nic(address, *actions, **more):
    irqs = {str(number): {"action": action} for number, action in enumerate(actions)}
    return dict({"pci": address and {"address": address}, "irqs": irqs}, **more), list(irqs)


@pytest.fixture
def shell(tmp_path):
    """Runs a policy script as irqbalance does: ``shell(text, device, {irq: handlers}, irq)``."""

    def run(text, device, handlers, irq):
        for number, names in handlers.items():
            for name in names:
                (tmp_path / "irq" / number / name).mkdir(parents=True, exist_ok=True)
            (tmp_path / "irq" / number).mkdir(parents=True, exist_ok=True)
            (tmp_path / "irq" / number / "smp_affinity").write_text("f\n")
        script = tmp_path / "policy"
        script.write_text(text.replace("/proc/irq", f"{tmp_path}/irq"))
        script.chmod(0o755)
        # The words of Python 3.6.
        command = ["/bin/sh", "-c", f"exec {script} {device} {irq}"]
        done = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        output, errors = done.communicate(timeout=60)
        assert errors == b""
        return output.decode(), done.returncode

    return run


@pytest.mark.parametrize(
    "name, facts, expected",
    [
        ("igb0", nic("0000:41:00.0", "igb0-rx-0", "igb0-rx-1", "igb0-tx-0"), ["*-rx-[0-9]*", "*-tx-[0-9]*", "[*]"]),
        ("eth0", nic("0000:41:00.0", "i40e-eth0-TxRx-11"), ["[*]", "i[0-9]*e-*-TxRx-[0-9]*"]),
        ("vio0", nic("0000:00:06.0", "virtio3-input.0"), ["[*]", "virtio[0-9]*-input.[0-9]*"]),
        (
            "eth0",
            nic("0000:3b:00.0", "mlx5_comp0@pci:0000:3b:00.0"),
            ["[*]", "mlx[0-9]*_comp[0-9]*@pci:[0-9]*:[0-9]*b:[0-9]*.[0-9]*"],
        ),
        # Two ports of a function are told apart by their names.
        (
            "eth6",
            nic("0000:04:00.0", "eth6-0", "eth6-1", irqs_shared_with=["eth7"]),
            ["[*]", "eth6-[0-9]*"],
        ),
        # Nothing that the shell could run or expand.
        ("e$(x)", nic("0000:41:00.0", "e$(x)-`y` 0", irqs_shared_with=["f"]), ["[*]", "e??x?-?y??[0-9]*"]),
    ],
)
def test_patterns(name, facts, expected):
    address = facts[0]["pci"]["address"]
    assert policy.patterns(name, *facts) == sorted(f"{address}/{pattern}" for pattern in expected)


def test_an_interrupt_on_no_function_is_known_by_its_name_alone():
    assert policy.patterns("eth0", *nic(None, "eth0-rx-0")) == ["sys/eth0-rx-[0-9]*"]


def test_exactly_the_interrupts_of_the_queues_of_the_nics_are_banned(shell):
    igb0 = nic("0000:41:00.0", "igb0-rx-0", "igb0-tx-0")
    vio0 = nic("0000:00:06.0", "virtio3-input.0", "virtio3-output.0")
    text = policy.script({"igb0": policy.patterns("igb0", *igb0), "vio0": policy.patterns("vio0", *vio0)})
    # Other numbers than at the time of writing, another virtio, the interface under the name that it had at first.
    handlers = {
        "43": ["igb0"],
        "44": ["eth2-rx-3"],
        "45": ["igb0-tx-1"],
        "55": ["virtio9-config"],
        "56": ["virtio9-input.2"],
        "60": [],
    }
    asked = [
        ("0000:41:00.0", "43", ""),
        ("0000:41:00.0", "44", BAN),
        ("0000:41:00.0", "45", BAN),
        ("0000:42:00.0", "44", ""),
        ("0000:00:06.0", "55", ""),
        ("0000:00:06.0", "56", BAN),
        ("0000:00:05.0", "56", ""),
        # The interface is not up yet: nobody handles it.
        ("0000:41:00.0", "60", BAN),
        ("0000:42:00.0", "60", ""),
    ]
    for address, irq, expected in asked:
        assert shell(text, PCI + address, handlers, irq) == (expected, 0), (address, irq)
    assert shell(text, "/sys", handlers, "44") == ("", 0)


def test_the_script_can_be_read_again():
    nics = {"igb0": ["0000:41:00.0/*-rx-[0-9]*", "0000:41:00.0/[*]"], "e1": ["0000:42:00.0/[*]"]}
    assert policy.of_script(policy.script(nics, "/etc/it's/policy")) == (nics, "/etc/it's/policy")
    assert policy.of_script(policy.script(nics)) == (nics, None)
    assert policy.of_script(None) == ({}, None)


def test_a_script_that_was_there_decides_all_others_with_its_exit_code(shell, tmp_path):
    (tmp_path / "their's").write_text('#!/bin/sh\necho "numa_node=1"\nexit "$(($2 - 40))"\n')
    (tmp_path / "their's").chmod(0o755)
    text = policy.script({"igb0": ["0000:41:00.0/*-rx-[0-9]*"]}, f"{tmp_path}/their's")
    handlers = {"43": ["igb0"], "44": ["igb0-rx-0"]}
    assert shell(text, PCI + "0000:41:00.0", handlers, "43") == ("numa_node=1\n", 3)
    assert shell(text, PCI + "0000:41:00.0", handlers, "44") == (BAN, 0)


def test_of_a_folder_of_scripts_the_first_that_has_a_policy_decides(shell, tmp_path):
    folder = tmp_path / "policies.d"
    folder.mkdir()
    for name, body, mode in (
        ("10-not", "echo ban=true; exit 1", 0o755),
        ("20-no-program", "echo ban=true", 0o644),
        ("30-yes", 'echo "balance_level=core"', 0o755),
        ("40-late", "echo ban=true", 0o755),
    ):
        (folder / name).write_text(f"#!/bin/sh\n{body}\n")
        (folder / name).chmod(mode)
    text = policy.script({"igb0": ["0000:41:00.0/*-rx-[0-9]*"]}, str(folder))
    assert shell(text, PCI + "0000:41:00.0", {"43": ["igb0"]}, "43") == ("balance_level=core\n", 0)


# --- the option -----------------------------------------------------------------------------------------------------

ARGS = "IRQBALANCE_ARGS"
SET = f'IRQBALANCE_ARGS="{policy.OPTION}"\n'


@pytest.mark.parametrize(
    "text, value",
    [
        ("", policy.OPTION),
        ("# a comment\n#IRQBALANCE_ARGS=\n", policy.OPTION),
        ("# no end of line", policy.OPTION),
        ("IRQBALANCE_ARGS=\n", policy.OPTION),
        ('IRQBALANCE_ARGS=""', policy.OPTION),
        ('A=1\nIRQBALANCE_ARGS="--powerthresh=2 --banirq=9"\nB=2\n', f"--powerthresh=2 --banirq=9 {policy.OPTION}"),
        ("IRQBALANCE_ARGS=--banirq=9 -j", f"--banirq=9 -j {policy.OPTION}"),
        ("IRQBALANCE_ARGS='-l /etc/mine'\n", f"-l /etc/mine {policy.OPTION}"),
        ("IRQBALANCE_ARGS=a\nIRQBALANCE_ARGS=b\n", f"b {policy.OPTION}"),
    ],
)
def test_the_option_goes_behind_what_stands_there_and_comes_off_again(text, value):
    made = policy.with_option(text, ARGS)
    assert policy.value_of(made, ARGS) == value
    assert policy.with_option(made, ARGS) == made
    assert policy.without_option(made, ARGS) == text
    assert [line for line in text.splitlines() if line not in made] == []


def test_options_of_an_earlier_file_are_taken_over_and_given_back():
    made = policy.with_option("#\n", ARGS, "--journal")
    assert policy.value_of(made, ARGS) == f"--journal {policy.OPTION}"
    assert policy.without_option(made, ARGS) == "#\n"


def test_what_somebody_added_meanwhile_stays():
    made = policy.with_option("IRQBALANCE_ARGS=--banirq=9\n", ARGS)
    changed = made.replace("--banirq=9 --pol", "--banirq=9 --banirq=10 --pol")
    assert policy.without_option(changed, ARGS) == 'IRQBALANCE_ARGS="--banirq=9 --banirq=10"\n'
    changed = policy.with_option("", ARGS).replace("--pol", "--banirq=10 --pol")
    assert policy.without_option(changed, ARGS) == 'IRQBALANCE_ARGS="--banirq=10"\n'
    assert policy.without_option(SET.replace('="', '="-j '), ARGS) == 'IRQBALANCE_ARGS="-j"\n'


@pytest.mark.parametrize("text", ["IRQBALANCE_ARGS=\"a 'b c'\"\n", "IRQBALANCE_ARGS=a \\\nb\n", "IRQBALANCE_ARGS=$X\n"])
def test_a_line_that_cannot_be_edited_safely_is_left_to_the_administrator(text):
    with pytest.raises(policy.CannotEdit, match=f"{ARGS} .* add {policy.OPTION} to it yourself"):
        policy.with_option(text, ARGS)


@pytest.mark.parametrize(
    "value, expected",
    [
        ("--policyscript=/a", "/a"),
        ("-j --policyscript /a -d", "/a"),
        ("-l /a", "/a"),
        ("-l/a --policy='/b'", "/b"),
        (f"--policyscript=/a {policy.OPTION}", "/a"),
        (policy.OPTION, None),
        ("--powerthresh=1", None),
        ("", None),
        (None, None),
    ],
)
def test_which_script_was_there(value, expected):
    assert policy.policy_before(value) == expected


def test_the_unit_tells_the_variable_and_the_files():
    unit = (
        "[Service]\nEnvironmentFile=-/usr/lib/irqbalance/defaults.env\nEnvironmentFile=-/etc/default/irqbalance\n"
        "ExecStart=/usr/sbin/irqbalance --foreground $IRQBALANCE_ARGS\n"
    )
    files = ["/usr/lib/irqbalance/defaults.env", "/etc/default/irqbalance"]
    assert policy.of_unit([unit]) == (ARGS, files)
    dropin = "[Service]\nEnvironmentFile=\nEnvironmentFile=/etc/sysconfig/irqb\nExecStart=\nExecStart=/x ${OPTIONS}\n"
    assert policy.of_unit([unit, dropin]) == ("OPTIONS", ["/etc/sysconfig/irqb"])
    assert policy.of_unit([unit, "ExecStart=\nExecStart=/usr/sbin/irqbalance -f\n"]) is None
    assert policy.of_unit([]) is None
