# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Transactions of a host, from the controller: applied, then confirmed over a new connection, or waited for until they
went back. That the host does not answer for a while is expected, and no error before its time is over.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.planning.rounds import MARGIN_S, ended, poll
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reading_errors import reading_error
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.shapes import NUMBER, OR_NONE, TEXT, wrong

#: Seconds between two attempts, and for which one call waits for something to happen on the host.
PAUSE_S, WAIT_S = 1, 20

#: Where the answer to ``applied`` was lost nobody knows its window: it is at most this long, as the module has it.
LONGEST_WINDOW_S = 180


#: What an answer has to have before anything is made of it: a host may answer anything.
ONE = {
    "id": (TEXT, OR_NONE),
    "phase": (TEXT, OR_NONE),
    "changes": [{"knob": TEXT, "subject": (TEXT, OR_NONE), "from": dict, "to": dict, "memory": (dict, OR_NONE)}],
    "commands": [TEXT],
    "notes": [TEXT],
}
TOLD = {
    **ONE,
    "why": (TEXT, OR_NONE),
    "left_s": (*NUMBER, OR_NONE),
    "age_s": (*NUMBER, OR_NONE),
    "created": TEXT,
    "reason": (dict, OR_NONE),
}
ANSWERS = {"applied": {**ONE, "window": NUMBER, "timer": (TEXT, OR_NONE)}, "listed": {"transactions": [TOLD]}}


class Transactions:
    """What can be asked of the module ``transaction`` on one host.

    :param call: runs it with these arguments and returns its result; raises AnsibleError
    :param renew: gives up the connection, so that the next call makes a new one
    :param say: told what happens, in words
    :param clock: has ``monotonic()`` and ``sleep(seconds)``
    """

    def __init__(
        self,
        call: Callable[..., dict[str, Any]],
        renew: Callable[[bool], None],
        say: Callable[[str], None],
        clock: Any = time,
    ):
        self._call, self._renew, self._say, self._clock = call, renew, say, clock

    def listed(self) -> dict[str, Any]:
        """``{"transactions"}``, the newest first, or ``{"error"}``."""
        found, error = self._asked(state="listed")
        return {"error": error} if found is None else {"transactions": found["transactions"]}

    def apply(self, step: dict[str, Any], reason: dict[str, Any], bounds: dict[str, Any], token: str) -> dict[str, Any]:
        """Apply a step and confirm it: ``{"end", "transaction", "words", "told"}``.

        :param step: of a plan
        :param reason: what is kept beside the transaction, so that it is known again
        :param bounds: ``disruption``, ``never`` and ``memory_reserve`` of the policy, and ``window`` where it is given
        :param token: what confirms it; made here, so that it is known also where the answer is lost
        """
        began = self._clock.monotonic()
        try:
            armed = self._answered(
                state="applied",
                settings=step["settings"],
                expected=expected(step),
                reason=reason,
                token=token,
                **bounds,
            )
        except AnsibleConnectionFailure as error:
            self._say(f"no answer: {_line(error)}")
            return self._unanswered(reason, began, step, token)
        except AnsibleError as error:
            return _end("refused", None, [_line(error)])
        if armed.get("failed"):
            return _end("refused", None, [reading_error(armed)])
        if not armed.get("id"):
            return _end("refused", None, ["nothing was to be changed: it is so already"])
        notes = [one["words"] for one in armed.get("checks") or [] if one.get("verdict") == "note"]
        timer = {"systemd": "a timer of systemd", "process": "a process of its own"}.get(armed.get("timer"), "a timer")
        self._say(f"armed {armed['window']:g} s by {timer}")
        deadline = began + armed["window"]
        seen, in_time, refusal = self._confirmed(armed["id"], token, deadline, step.get("class"))
        return self._ended(armed["id"], seen, in_time, [*refusal, *notes], armed)

    def _confirmed(
        self, ident: str, token: str | None, deadline: float, disruption: int | None
    ) -> tuple[dict[str, Any] | None, bool, list[str]]:
        """``(last status, whether it was of before the deadline, why a confirmation was refused)``.

        Without a token it only waits until the host went back.
        """
        margin_s = MARGIN_S.get(disruption, max(MARGIN_S.values()))
        refusal: list[str] = []
        said = False
        while True:
            self._renew(False)
            seen, asked_at = None, self._clock.monotonic()
            left_s = deadline - asked_at
            if token is not None and left_s > 0:
                # At once, and not when it is known to be applied: a call may take a slow host long.
                answer, error = self._tried("confirmed", ident, left_s, token=token)
                if answer and answer.get("phase") in ("confirmed", "kept"):
                    return answer, True, []
                if answer:
                    refusal = [reading_error(answer)] if answer.get("failed") else refusal
                    seen, error = self._tried("status", ident, left_s)
            else:
                seen, error = self._tried("status", ident, left_s)
            if seen and seen.get("failed"):
                seen, error = None, reading_error(seen)
            if seen is None:
                # A connection that hangs, or a folder on the host that went with it: nothing of it is used again.
                self._renew(True)
            elif seen.get("left_s") is not None:
                # The host knows better: changes may take their time before the window begins.
                deadline = asked_at + seen["left_s"]
            left_s = deadline - self._clock.monotonic()
            if poll(seen, left_s, margin_s) in ("over", "give_up"):
                return seen, left_s > 0, refusal or ([error] if error and seen is None else [])
            if seen is None and not said:
                self._say(f"waits for a new connection, for {max(0, left_s) + margin_s:.0f} s at most: {error}")
                said = True
            self._clock.sleep(PAUSE_S)

    def _tried(
        self, state: str, ident: str, left_s: float, **arguments: Any
    ) -> tuple[dict[str, Any] | None, str | None]:
        """``(answer, which may be a failed one; None)``, or ``(None, why there is none)``."""
        try:
            return self._answered(state=state, id=ident, wait=int(max(0, min(WAIT_S, left_s))), **arguments), None
        except AnsibleError as error:
            return None, _line(error)

    def _unanswered(self, reason: dict[str, Any], began: float, step: dict[str, Any], token: str) -> dict[str, Any]:
        """The connection went before the answer came: whether it was begun at all is found out by its reason."""
        margin_s = MARGIN_S.get(step.get("class"), max(MARGIN_S.values()))
        until = began + LONGEST_WINDOW_S + margin_s
        error = None
        while self._clock.monotonic() < until:
            self._renew(True)
            found = self.listed()
            error = found.get("error")
            if error is None:
                own = next((one for one in found["transactions"] if _same(one.get("reason"), reason)), None)
                if own is None:
                    return _end("refused", None, ["the connection was lost before anything was changed"])
                deadline = self._clock.monotonic() + (own.get("left_s") or 0)
                seen, in_time, refusal = self._confirmed(own["id"], token, deadline, step.get("class"))
                return self._ended(own["id"], seen, in_time, ["the connection was lost while it began", *refusal], own)
            self._clock.sleep(PAUSE_S)
        return _end("lost", None, [f"the host does not answer any more: {error}"])

    def _ended(
        self, ident: str, seen: dict[str, Any] | None, in_time: bool, words: list[str], armed: dict[str, Any]
    ) -> dict[str, Any]:
        end = ended(seen, in_time)
        why = (seen or {}).get("why")
        said = [*words[:1], *([str(why)] if why else []), *words[1:], *((seen or {}).get("notes") or [])]
        if end == "lost":
            said.append(
                "the host does not answer; it goes back by itself, and a reboot takes back what it has not: look at its"
                " console"
            )
        told = seen if seen and seen.get("changes") else armed
        return {**_end(end, ident, said), "told": {key: told.get(key) for key in ("changes", "commands")}}

    def wait(self, ident: str, for_s: float) -> None:
        """Until a transaction that waits for its controller went back, or so many seconds and a margin are over."""
        deadline = self._clock.monotonic() + for_s
        self._confirmed(ident, None, deadline, None)

    def take_back(self, ident: str) -> dict[str, Any]:
        """``{"end", "transaction", "words"}``: taken_back, stuck, lost or failed."""
        return self._finished(ident, "taken_back", {"taken_back": "taken_back", "stuck": "stuck"})

    def keep(self, ident: str) -> dict[str, Any]:
        """``{"end", "transaction", "words"}``: kept, confirmed (why not is in the words), lost or failed."""
        found = self._finished(ident, "kept", {"kept": "kept"})
        if found["end"] == "failed" and found["phase"] in (None, "confirmed"):
            return {**found, "end": "confirmed"}
        return found

    def _finished(self, ident: str, state: str, ends: dict[str, str]) -> dict[str, Any]:
        """Ask for a state, also where the answer is cut off: what became of it is looked up then."""
        until = self._clock.monotonic() + max(MARGIN_S.values())
        words: list[str] = []
        while True:
            try:
                found = self._answered(state=state, id=ident)
                answered = True
            except AnsibleError as error:
                found, answered = {"failed": True, "msg": _line(error)}, False
            if not found.get("failed") and found.get("phase") in ends:
                # Why it was taken back is known here.
                why = found.get("why") if found["phase"] == "stuck" else None
                notes = [*([str(why)] if why else []), *(found.get("notes") or [])]
                return {**_end(ends[found["phase"]], ident, notes), "phase": found["phase"]}
            words = [reading_error(found) if found.get("failed") else f"its phase is {found.get('phase')}"]
            if answered or self._clock.monotonic() > until:
                break
            self._renew(True)
            self._clock.sleep(PAUSE_S)
        if not answered:
            return {**_end("lost", ident, words), "phase": None}
        seen = self._asked(state="status", id=ident)[0] or {}
        return {**_end(ends.get(seen.get("phase"), "failed"), ident, words), "phase": seen.get("phase")}

    def _answered(self, state: str, **arguments: Any) -> dict[str, Any]:
        """The result of the module; one that is none of it is a failed one. Raises AnsibleError."""
        found = self._call(state=state, **arguments)
        if found.get("failed"):
            return found
        fault = wrong(found, ANSWERS.get(state, TOLD))
        return {"failed": True, "msg": f"the host answered with something else: {fault}"} if fault else found

    def _asked(self, **arguments: Any) -> tuple[dict[str, Any] | None, str | None]:
        """``(result, None)``, or ``(None, why)``."""
        try:
            found = self._answered(**arguments)
        except AnsibleError as error:
            return None, _line(error)
        return (None, reading_error(found)) if found.get("failed") else (found, None)


def expected(step: dict[str, Any]) -> list[dict[str, Any]] | None:
    """What a plan rests on, for the host to compare; None where it has to decide itself."""
    if step["changes"] is None:
        return None
    return [{key: made[key] for key in ("knob", "subject", "from", "to")} for made in step["changes"]]


def _same(found: Any, reason: dict[str, Any]) -> bool:
    return isinstance(found, dict) and all(found.get(key) == value for key, value in reason.items())


def _end(end: str, ident: str | None, words: list[str]) -> dict[str, Any]:
    return {"end": end, "transaction": ident, "words": words}


def _line(error: Any) -> str:
    return " ".join(str(error).split())
