# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The thresholds by name: the built-in ones are whole, a site's own are taken or refused with what was expected."""

import pytest
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.limits import LimitError, built_in, limits
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.loader import load_rules
from ansible_collections.linuxnet.packetloss.tests.unit.documents import cpu_times, lossy, merged
from ansible_collections.linuxnet.packetloss.tests.unit.judging import diagnose


@pytest.mark.parametrize("name", built_in())
def test_a_limit_tells_what_it_means_and_where_it_is_from(name):
    limit = built_in()[name]
    assert limit.meaning and limit.why and limit.unit
    assert limits({name: limit.value})[name] == limit.value
    assert limit.unit != "share" or 0 < limit.value < 1


def test_without_own_limits_they_are_the_built_in_ones():
    assert limits() == limits({}) == {name: limit.value for name, limit in built_in().items()}
    assert limits()["cpu_saturated"] == 0.9


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ([], "expected a mapping of names to numbers, found []"),
        ({"cpu_saturatd": 0.5}, "there is no limit 'cpu_saturatd'; did you mean cpu_saturated?"),
        ({"x": 1}, "there is no limit 'x'; there are cpu_half_busy"),
        ({"cpu_saturated": 90}, "cpu_saturated is 90, expected a share of 0 to 1: share of its time in softirq"),
        ({"cpu_saturated": "0.8"}, "cpu_saturated is '0.8', expected a share of 0 to 1"),
        ({"cpu_saturated": True}, "cpu_saturated is True, expected a share"),
        ({"cpu_saturated": float("nan")}, "cpu_saturated is nan, expected a share"),
        ({"high_packet_rate": -1}, "high_packet_rate is -1, expected a number in packets/s, 0 or more"),
    ],
)
def test_a_limit_that_cannot_be_used_is_told(own, message):
    with pytest.raises(LimitError) as error:
        limits(own)
    assert str(error.value).startswith("packetloss_limits: ") and message in str(error.value)


def test_a_rule_and_a_signal_take_the_limit_of_the_site():
    document = merged(lossy(rx_out_of_buffer=400), {"cpu_times": {"0": cpu_times(softirq=850)}})

    def ring_rules(**own):
        return {each["rule"] for each in diagnose(document, load_rules(), **own)["findings"]} & {"R3", "R4"}

    assert ring_rules() == {"R4"}
    assert ring_rules(cpu_saturated=0.8) == {"R3"}
