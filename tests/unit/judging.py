# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Signals and diagnosis of a document as an audit makes them where nobody has set limits of their own."""

from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules import diagnosis, limits
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals import derive as signals


def derive(document, **own):
    """The signals of a document, with a site's *own* limits."""
    return signals.derive(document, limits.limits(own))


def diagnose(document, rules, **own):
    """The diagnosis of a document, with a site's *own* limits."""
    return diagnosis.diagnose(document, rules, limits.limits(own))


def texts(finding):
    """What a finding tells a person to do, in its order."""
    return [action["text"] for action in finding["actions"]]


def found(document):
    """The findings of a document by rule, one of each."""
    return {each["rule"]: each for each in diagnose(document, diagnosis.load_rules())["findings"]}


def told(document):
    """``{(rule, severity, packets lost)}`` of all but what is only told."""
    findings = diagnose(document, diagnosis.load_rules())["findings"]
    return {(each["rule"], each["severity"], each["lost"]) for each in findings if each["severity"] != "info"}


def first(document, rule):
    """What a person is told to do first about the finding of a rule."""
    return texts(found(document)[rule])[0]
