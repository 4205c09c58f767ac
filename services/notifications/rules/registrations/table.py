"""The rules: a person who believes this, while that is true, needs this letter.

Of all that a person may believe, only the last letter counts. Each person who has to be told is told the newest
state once, not its history; and to a person who knows the truth already nothing is sent.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from services.notifications.rules.kind import Due, Rule
from services.notifications.rules.kind import Said as Kept
from services.notifications.rules.registrations.case import Case, Said

RegistrationRule = Literal["confirmation", "withdrawal", "rescheduling", "cancellation", "reinstatement"]


@dataclass(frozen=True, slots=True)
class RegistrationRules(Rule):
    """A rule about registrations.

    Attributes:
        needed: whether it is the letter for a person who believes the second, by what is known of the first.
    """

    needed: Callable[[Case, Said], bool]


def due(case: Case, beliefs: Sequence[Kept | None]) -> Due | None:
    """The letter that the person needs, if any, who may believe one of these."""
    if case.is_closed or case.registration.status == "absent":
        return None
    for belief in beliefs:
        told = Said.model_validate(belief) if belief else _knows_nothing(case)
        for rule in RULES.values():
            if rule.needed(case, told):
                about_registration = rule.name in ("confirmation", "withdrawal")
                since = case.registration_is_so_since if about_registration else case.activity_is_so_since
                return Due(rule.name, since())
    return None


def assumed(case: Case, since: datetime) -> Kept | None:
    """What the person of a case is held to know from before this database began."""
    known = case.known_at(since)
    return known.model_dump(mode="json") if known else None


def _knows_nothing(case: Case) -> Said:
    """The same as to know that one is not registered: there is nothing to take back."""
    return case.truth.model_copy(update={"registered": False})


def _was_never_told_of_being_registered(case: Case, told: Said) -> bool:
    truth = case.truth
    return truth.registered and truth.takes_place and not told.registered and not case.needs_no_words


def _counts_on_a_place_they_lost(case: Case, told: Said) -> bool:
    truth = case.truth
    return told.registered and told.takes_place and not truth.registered and truth.takes_place


def _counts_on_what_is_cancelled(case: Case, told: Said) -> bool:
    return told.registered and told.takes_place and not case.truth.takes_place


def _holds_for_cancelled_what_takes_place(case: Case, told: Said) -> bool:
    truth = case.truth
    return truth.registered and truth.takes_place and told.registered and not told.takes_place


def _counts_on_other_dates_or_another_place(case: Case, told: Said) -> bool:
    truth = case.truth
    if not (truth.registered and truth.takes_place and told.registered and told.takes_place):
        return False
    return (told.starts, told.ends) != (truth.starts, truth.ends) or _in_another_way(case, told)


def _in_another_way(case: Case, told: Said) -> bool:
    """Another place, or another format; a format that was found out is no news, unless it is that nobody travels."""
    formats = {told.format, case.truth.format}
    other_format = len(formats) > 1 and ("unknown" not in formats or "online" in formats)
    return other_format or case.place_moved_since(told)


def _table(*rules: RegistrationRules) -> dict[str, RegistrationRules]:
    return {rule.name: rule for rule in rules}


RULES = _table(
    # name                              calendar   together  a person needs it who
    RegistrationRules("confirmation", "REQUEST", "day", _was_never_told_of_being_registered),
    RegistrationRules("withdrawal", "CANCEL", "day", _counts_on_a_place_they_lost),
    RegistrationRules("cancellation", "CANCEL", "change", _counts_on_what_is_cancelled),
    RegistrationRules("reinstatement", "REQUEST", "change", _holds_for_cancelled_what_takes_place),
    RegistrationRules("rescheduling", "REQUEST", "change", _counts_on_other_dates_or_another_place),
)
