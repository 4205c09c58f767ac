"""The rules: when this happens, those people are told that, and their calendars are changed so.

A rule's name is also the name of its template and a part of a delivery's key. At most the last occasion of each rule is
due: whoever has not been told yet is told the newest state once, not its history.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from services.notifications.rules.case import TAKES_PART, Case, Change, Occasion, RuleName, Told

Superfluous = Literal["already-told", "never-told"]


@dataclass(frozen=True, slots=True)
class Rule:
    """What is told to one person.

    Attributes:
        occasion: what happened, if it did and this person is to be told of it.
        superfluous: why it need not be said to somebody who was told that much before, if so.
        calendar: the iTIP method (RFC 5546) of the calendar attachment.
        about: whose version the occasion is.
    """

    name: RuleName
    occasion: Callable[[Case], Occasion | None]
    superfluous: Callable[[Occasion, Sequence[Told]], Superfluous | None]
    calendar: Literal["REQUEST", "CANCEL"]
    about: Literal["registration", "activity"]


@dataclass(frozen=True, slots=True)
class Due:
    """A rule that applies to a case, and the occasion on which it does."""

    rule: RuleName
    occasion: Occasion


def due(case: Case) -> list[Due]:
    """What the person of this registration is to be told, by all that is known."""
    if case.is_closed:
        return []
    found = [(rule, rule.occasion(case)) for rule in RULES.values()]
    return [
        Due(rule.name, occasion)
        for rule, occasion in found
        if occasion is not None and not case.is_over(occasion.happened_at)
    ]


def _came_to_be_registered(case: Case) -> Occasion | None:
    """A correction of the attendance, back to registered, is no news to the person."""
    found = case.came_to_be("registered")
    if found is None or not case.takes_place:
        return None
    first, before = found
    news = before.status in ("nominated", "withdrawn") if before else first.type == "participant-registered"
    return Occasion(first.version, first.happened_at) if news else None


def _was_withdrawn(case: Case) -> Occasion | None:
    found = case.came_to_be("withdrawn")
    if found is None or not case.takes_place:
        return None
    first, before = found
    news = before.status in TAKES_PART if before else first.type == "participant-withdrawn"
    return Occasion(first.version, first.happened_at) if news else None


def _changed(change: Change) -> Callable[[Case], Occasion | None]:
    """Whoever took part at that moment, and still does; who was registered afterwards was told the new state then."""

    def occasion(case: Case) -> Occasion | None:
        last, since = case.last_change, case.takes_part_since
        if last is None or since is None or case.takes_place == (change == "cancellation"):
            return None
        kind, happened = last
        return happened if kind == change and since <= happened.happened_at else None

    return occasion


def _never(_occasion: Occasion, _told: Sequence[Told]) -> Superfluous | None:
    return None


def _unless_that_version_was_told(occasion: Occasion, told: Sequence[Told]) -> Superfluous | None:
    """A mail that waited may have told the newer dates already: a mail speaks of the activity as it is when sent."""
    return "already-told" if any(mail.version >= occasion.version for mail in told) else None


def _only_if_told_before(_occasion: Occasion, told: Sequence[Told]) -> Superfluous | None:
    """Nobody is taken off a list they never heard of being on."""
    return None if told and told[-1].rule != "withdrawal" else "never-told"


def _only_if_told_of_the_cancellation(occasion: Occasion, told: Sequence[Told]) -> Superfluous | None:
    if not told or told[-1].rule != "cancellation":
        return "never-told"
    return _unless_that_version_was_told(occasion, told)


def _table(*rules: Rule) -> dict[RuleName, Rule]:
    return {rule.name: rule for rule in rules}


RULES = _table(
    # name              who, on what occasion              unless                              calendar   about
    Rule("confirmation", _came_to_be_registered, _never, "REQUEST", "registration"),
    Rule("withdrawal", _was_withdrawn, _only_if_told_before, "CANCEL", "registration"),
    Rule("rescheduling", _changed("rescheduling"), _unless_that_version_was_told, "REQUEST", "activity"),
    Rule("cancellation", _changed("cancellation"), _unless_that_version_was_told, "CANCEL", "activity"),
    Rule("reinstatement", _changed("reinstatement"), _only_if_told_of_the_cancellation, "REQUEST", "activity"),
)
