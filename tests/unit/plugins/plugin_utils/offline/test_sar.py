# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What sar recorded: XML, text and raw files of all forms, and what is said of when packets were lost."""

import calendar
import shutil
import subprocess
import time

import pytest
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline import sar, sar_records
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.host import captures_of
from ansible_collections.linuxnet.packetloss.tests.unit.plugins.plugin_utils.offline import sar_files, whole_capture

#: 2026-11-16, a Monday, 00:00 UTC.
MONDAY = calendar.timegm((2026, 11, 16, 0, 0, 0))
HOUR, DAY = 3600, 24 * 3600


def told(losses, days=1, **more):
    """The history of a made-up host that sar recorded every 10 minutes, as XML: *losses* takes the end of a record."""
    records = [(MONDAY + end, 600, losses(MONDAY + end)) for end in range(600, days * DAY + 1, 600)]
    zone, taken = more.pop("zone_offset_s", 0), more.pop("taken", None)
    return sar.history([("sos_commands/sar/sa16.xml", sar_files.xml(records, **more))], zone, taken)


def only(begin, end, **rates):
    return lambda moment: rates if MONDAY + begin < moment <= MONDAY + end else {}


def test_a_loss_that_began_and_goes_on():
    found = told(only(10 * HOUR, DAY, rxdrop="3.10"), taken=MONDAY + DAY + 600)
    lost = found["nics"]["eth0"]["rxdrop"]
    assert lost["lost"] == 156240  # 3.10/s in 84 records of 600 s
    assert lost["plus_minus"] == 383  # 84 * (0.005 * 600 + 0.5 * 3.1)
    assert (lost["since"], lost["first"]) == ("2026-11-16T10:00:00Z", "2026-11-16T10:00:00Z")
    assert (lost["last"], lost["going_on"], lost["records"]) == ("2026-11-17T00:00:00Z", True, 84)
    assert lost["words"] == (
        "eth0: 156,240 (+-383) packets dropped on the way in (rxdrop) from Mon 2026-11-16 10:00 to Tue 2026-11-17 "
        "00:00 UTC, in 84 of 144 records, at most 3.1/s, and none before. Still going on in the last record, 10 "
        "minutes before the capture."
    )
    assert found["when"] == (
        "sar recorded from Mon 2026-11-16 00:00 to Tue 2026-11-17 00:00 UTC: 144 records, 10 minutes each. Rates have "
        "two decimals: up to 3 packets in a record are not seen."
    )
    assert found["sentences"] == [lost["words"]]
    assert found["softnet"] == found["udp"] == found["cpus"] == {}
    assert found["recorded"] == {"nics": ["eth0", "lo"], "softnet": True, "udp": True}


def test_a_loss_that_went_on_until_the_records_end():
    lost = told(only(10 * HOUR, DAY, rxdrop="3.10"), taken=MONDAY + DAY + 12 * HOUR)["nics"]["eth0"]["rxdrop"]
    end = "Going on in the last record, 12 hours before the capture; what came after is not recorded."
    assert lost["words"].endswith(end)


def test_a_loss_that_ended():
    lost = told(only(2 * HOUR, 3 * HOUR, rxfifo="0.01"), taken=MONDAY + 3 * DAY)["nics"]["eth0"]["rxfifo"]
    assert (lost["lost"], lost["plus_minus"], lost["going_on"]) == (36, 19, False)
    assert lost["since"] is None, "two hours without a loss before it are too few to say that it began then"
    assert lost["words"].endswith("Last seen 3 days before the capture; not in the records after that.")


def test_a_loss_so_small_that_its_number_is_a_guess():
    lost = told(only(2 * HOUR, 2 * HOUR + 600, rxdrop="0.01"))["nics"]["eth0"]["rxdrop"]
    assert (lost["lost"], lost["plus_minus"]) == (6, 4)
    assert "which is Mon 2026-11-16 02:10 UTC" in lost["words"], (
        "without the time of the capture the time itself is told"
    )


def test_the_time_of_day_and_the_working_days():
    def losses(moment):
        begin = time.gmtime(moment - 300)
        return {"rxdrop": "5.00"} if begin.tm_wday < 5 and 12 <= begin.tm_hour < 16 else {}

    found = told(losses, days=14, zone_offset_s=HOUR)["nics"]["eth0"]["rxdrop"]
    assert (found["hours"], found["days"]) == ([13, 17], "working days"), "in the host's own time"
    assert "nearly all of it between 13:00 and 17:00 on working days" in found["words"]
    assert found["first"] == "2026-11-16T13:00:00+01:00"


def test_no_time_of_day_is_told_of_one_day_nor_of_a_loss_at_all_hours():
    afternoon = told(only(13 * HOUR, 17 * HOUR, rxdrop="5.00"))["nics"]["eth0"]["rxdrop"]
    always = told(lambda moment: {"rxdrop": "5.00"}, days=3)["nics"]["eth0"]["rxdrop"]
    assert afternoon["hours"] is always["hours"] is always["days"] is None


def test_hours_round_midnight():
    def losses(moment):
        return {"rxdrop": "1.00"} if time.gmtime(moment - 300).tm_hour in (23, 0) else {}

    assert told(losses, days=3)["nics"]["eth0"]["rxdrop"]["hours"] == [23, 1]


def test_weekends():
    def losses(moment):
        return {"rxdrop": "1.00"} if time.gmtime(moment - 300).tm_wday >= 5 else {}

    found = told(losses, days=14)["nics"]["eth0"]["rxdrop"]
    assert (found["hours"], found["days"]) == (None, "weekends")


def test_all_places():
    found = told(only(0, HOUR, dropd="2.00", squeezd="7.00", idgmerr="1.50", rxerr="0.25"))
    assert found["softnet"]["dropped"]["lost"] == 7200
    assert (found["softnet"]["squeezed"]["lost"], found["softnet"]["squeezed"]["unit"]) == (25200, "times")
    assert found["udp"]["idgmerr"]["lost"] == 5400
    assert found["nics"]["eth0"]["rxerr"]["lost"] == 900
    assert {cpu: one["lost"] for cpu, one in found["cpus"].items()} == {"1": 7200}
    assert [sentence.split(":")[0] for sentence in found["sentences"]] == ["eth0", "all CPUs", "the host", "all CPUs"]


@pytest.mark.parametrize("form", sar_files.XML_FORMS)
def test_xml_of_all_versions(form):
    found = told(only(10 * HOUR, 11 * HOUR, rxdrop="3.10", dropd="0.50"), form=form)
    assert found["nics"]["eth0"]["rxdrop"]["lost"] == 11160
    assert found["to"] == "2026-11-17T00:00:00Z"
    assert ("softnet" in form.places) == found["recorded"]["softnet"] == bool(found["softnet"])
    assert found["problems"] == []


@pytest.mark.parametrize("form", sar_files.TEXT_FORMS)
def test_text_in_all_forms_of_date_and_time(form):
    records = [(MONDAY + end, 600, {"rxdrop": "3.10", "dropd": "0.50"}) for end in range(HOUR, 3 * HOUR, 600)]
    found = sar.history([("sos_commands/sar/sar16", sar_files.text(records, form))], 0)
    assert found["nics"]["eth0"]["rxdrop"]["lost"] == round(3.1 * 600 * len(records))
    assert found["softnet"]["dropped"]["lost"] == 300 * len(records)
    assert (found["from"], found["to"]) == ("2026-11-16T00:50:00Z", "2026-11-16T02:50:00Z")
    assert found["problems"] == []


def test_a_text_over_midnight():
    records = [(MONDAY + end, 600, {"rxdrop": "1.00"}) for end in range(23 * HOUR, 26 * HOUR, 600)]
    found = sar.history([("sar16", sar_files.text(records))], -2 * HOUR)
    assert found["records"] == found["nics"]["eth0"]["rxdrop"]["records"] == len(records)
    assert (found["from"], found["to"]) == ("2026-11-16T22:50:00-02:00", "2026-11-17T01:50:00-02:00")


def test_text_whose_zone_is_not_known_says_so():
    records = [(MONDAY + end, 600, {"rxdrop": "1.00"}) for end in range(600, HOUR, 600)]
    found = sar.history([("sar16", sar_files.text(records))], None, taken=MONDAY)
    assert found["to"] == "2026-11-16T00:50:00"
    assert "by the host's clock" in found["sentences"][0]
    assert "before the capture" not in found["sentences"][0]


@pytest.mark.parametrize("kind", ["xml", "text"])
def test_a_restart_is_never_bridged(kind):
    before = [(MONDAY + end, 600, {}) for end in range(600, 12 * HOUR, 600)]
    after = [(MONDAY + end, 600, {"rxdrop": "2.00"}) for end in range(13 * HOUR + 600, 14 * HOUR, 600)]
    boot = MONDAY + 13 * HOUR - 100
    if kind == "xml":
        content = sar_files.xml(before + after, restarts=[boot])
    else:
        content = sar_files.text(before, after=[(boot, after)])
    found = sar.history([("sa16.xml", content)], 0)
    lost = found["nics"]["eth0"]["rxdrop"]
    assert found["restarts"] == ["2026-11-16T12:58:20Z"]
    assert found["records"] == len(before) + len(after)
    assert lost["lost"] == 1200 * len(after)
    assert lost["first"] == "2026-11-16T13:00:00Z", "the hour of the restart is in no record"
    assert "none before the restart of Mon 2026-11-16 12:58" in lost["words"]
    assert "with 1 restart in between" in found["when"]


def test_a_day_that_is_there_twice_counts_once():
    records = [(MONDAY + end, 600, {"rxdrop": "1.00"}) for end in range(600, HOUR, 600)]
    files = [("sar16", sar_files.text(records)), ("sa16.xml", sar_files.xml(records))]
    assert sar.history(files, 0)["nics"]["eth0"]["rxdrop"]["lost"] == 600 * len(records)


def test_text_in_an_unknown_zone_beside_xml_is_not_used():
    records = [(MONDAY + end, 600, {"rxdrop": "1.00"}) for end in range(600, HOUR, 600)]
    later = [(MONDAY + DAY + end, 600, {"rxdrop": "9.00"}) for end in range(600, HOUR, 600)]
    found = sar.history([("sa16.xml", sar_files.xml(records)), ("sar17", sar_files.text(later))])
    assert found["nics"]["eth0"]["rxdrop"]["lost"] == 600 * len(records)
    assert found["problems"] == ["sar17: times of day in an unknown zone, beside others in UTC, so it is not used"]


def test_days_follow_one_another():
    days = [
        (f"sa{16 + day}.xml", sar_files.xml([(MONDAY + day * DAY + 600, 600, {"rxdrop": "1.00"})])) for day in (1, 0)
    ]
    found = sar.history(days, 0)
    assert (found["from"], found["records"]) == ("2026-11-16T00:00:00Z", 2)
    assert found["nics"]["eth0"]["rxdrop"]["last"] == "2026-11-17T00:10:00Z"


def test_a_file_that_is_cut_has_what_stands_before_the_cut():
    records = [(MONDAY + end, 600, {"rxdrop": "1.00"}) for end in range(600, 3 * HOUR, 600)]
    whole = sar_files.xml(records)
    cut = whole[: whole.index('time="01:40:00"') + 400]
    found = sar.history([("sa16.xml", cut)], 0)
    assert found["nics"]["eth0"]["rxdrop"]["records"] in (9, 10)
    assert found["problems"][0].startswith("sa16.xml: not read to the end: ")


def test_a_rate_that_no_wire_can_carry_is_left_out():
    found = told(only(0, 600, rxdrop="30744573456182586.00"))
    assert found["nics"] == {}
    assert found["problems"] == ["1 rates that no wire can carry were left out: a counter jumped"]


@pytest.mark.parametrize("rate", ["", "1", "1.234", "-1.00", "nan", "1e9.00", "{{ 7 * 7 }}", "9" * 40 + ".00"])
def test_what_is_no_rate_is_told(rate):
    found = told(only(0, 600, rxdrop=rate))
    assert found["nics"] == {}
    assert found["problems"] == [f"sos_commands/sar/sa16.xml: rxdrop is no rate with two decimals: {rate[:40]!r}"]


def test_a_name_that_is_none():
    found = told(only(0, 600, rxdrop="1.00"), interface="e" * 40)
    assert found["nics"] == {}
    assert found["problems"] == [f"sos_commands/sar/sa16.xml: no name of an interface or CPU: {'e' * 40!r}"]


def test_a_name_with_markup_is_a_name():
    assert list(told(only(0, 600, rxdrop="1.00"), interface="a&lt;&amp;{{b}}")["nics"]) == ["a<&{{b}}"]


def test_entities_of_a_stranger_are_not_expanded():
    bomb = '<!DOCTYPE x [<!ENTITY a "boom"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>\n'
    found = sar.read([("sa16.xml", sar_files.xml([(MONDAY, 600, {"rxdrop": "1.00"})], interface="&b;", before=bomb))])
    assert found.intervals == {}
    assert found.problems == ["sa16.xml: not read to the end: an entity is declared: 'a'"]


def test_nothing_is_told_where_nothing_was_recorded():
    assert sar.history([]) is None
    assert sar.history([("sa16.xml", sar_files.xml([]))], 0) is None
    assert sar.history([("sar16", "")], 0) is None
    assert sar.history([("sar16", "Linux 5.10.0 (web1) \t13/13/26 \t_x86_64_\t(2 CPU)\n")], 0) is None


NIC = {"layer": "ring", "subject": {"type": "nic", "name": "eth0"}}
OTHER = {"layer": "ring", "subject": {"type": "nic", "name": "eth7"}}
UDP = {"layer": "udp", "subject": {"type": "protocol", "name": "Udp"}}
BACKLOG = {"layer": "backlog", "subject": {"type": "cpu", "name": "1"}}


def test_the_words_for_a_finding():
    found = told(only(10 * HOUR, DAY, rxdrop="3.10", dropd="1.00"))
    assert sar.sentence_of(found, NIC) == "By sar, " + found["nics"]["eth0"]["rxdrop"]["words"]
    assert sar.sentence_of(found, BACKLOG) == "By sar, " + found["softnet"]["dropped"]["words"]
    assert sar.sentence_of(found, UDP) == (
        "sar recorded none of it from 2026-11-16T00:00:00Z to 2026-11-17T00:00:00Z: it was earlier, or too rare to be "
        "seen."
    )
    assert sar.sentence_of(found, OTHER) is None, "sar does not know this interface"
    assert sar.sentence_of(found, {**NIC, "layer": "netfilter"}) is None
    assert sar.sentence_of(None, NIC) is None


@pytest.fixture(scope="module")
def raw(tmp_path_factory):
    """A real file: what sadc writes here."""
    sadc = shutil.which("sadc", path="/usr/lib/sysstat:/usr/lib64/sa:/usr/lib/sa")
    if sadc is None or not shutil.which("sadf"):
        pytest.skip("sysstat is not installed: no sadc or no sadf")
    path = tmp_path_factory.mktemp("sar") / "sa16"
    for arguments in (["-S", "SNMP", "1", "3"], ["-"], ["-S", "SNMP", "1", "3"]):
        options = arguments[:-1] if arguments[-1] == "-" else arguments
        subprocess.run([sadc, *options, str(path)], check=True, stdin=subprocess.DEVNULL)
    return path


def test_all_three_say_the_same(raw):
    data = raw.read_bytes()
    xml = sar_records.xml_of_raw(data)
    text = subprocess.run(
        ["sar", "-A", "-f", str(raw)], env={"LC_ALL": "C", "TZ": "UTC"}, capture_output=True, text=True, check=True
    ).stdout
    of_xml, of_text = sar_records.read_xml(xml, "sa16.xml"), sar_records.read_text(text, "sar", 0)
    assert of_xml.problems == of_text.problems == []
    assert len(of_xml.restarts) == 1
    assert of_xml.restarts == of_text.restarts
    assert of_xml.seen == of_text.seen
    assert ("nics", "lo", "rxdrop") in of_xml.seen
    assert ("udp", "", "idgmerr") in of_xml.seen
    assert of_xml.intervals.keys() == of_text.intervals.keys()
    assert of_xml.series == of_text.series
    assert sar.history([("sa16", data)], 0)["records"] == len(of_xml.intervals)


def test_a_raw_file_in_a_sosreport_is_read_where_nobody_made_text_of_it(raw, tmp_path):
    top = "sosreport-web1-2026-11-16-abcdefg"
    alone = {f"{top}/sos_commands/x": b"", f"{top}/var/log/sa/sa16": raw.read_bytes()}
    beside = {**alone, f"{top}/sos_commands/sar/sa16.xml": sar_files.xml([(MONDAY + 600, 600, {})]).encode("ascii")}
    histories = []
    for capture in (alone, beside):
        path = tmp_path / "sosreport.tar"
        path.write_bytes(whole_capture.pack(capture.items(), "tar"))
        (captured,) = captures_of(str(path))
        histories.append(sar.history_of(captured))
    assert [(history["records"], len(history["restarts"])) for history in histories] == [(4, 1), (1, 0)]


def test_a_raw_file_that_is_none():
    found = sar.read([("sa16", b"\x96\xd5\x75\x21 nothing of the kind")])
    assert found.intervals == {}
    assert "only sadf can read it" in found.problems[0]
