"""A case: everything known of one registration and its activity, and the questions that the rules ask of it.

All answers come from the versions and the times of the events, never from the moment of asking. So the same events give
the same mails in whatever order they arrive, and the sender can ask again right before it sends.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Literal
from uuid import UUID

from services.notifications.facts.activity import ActivityVersion
from services.notifications.facts.registration import RegistrationVersion
from shared.contracts.activities import Activity, Place
from shared.contracts.fuzzy_dates import FuzzyDate

RuleName = Literal["confirmation", "withdrawal", "rescheduling", "cancellation", "reinstatement"]
Change = Literal["rescheduling", "cancellation", "reinstatement"]

TAKES_PART = ("registered", "attended")
"""Who is told when an activity changes. A nominated person was proposed by an agency and may not know of it yet."""

Dates = tuple[FuzzyDate | None, FuzzyDate | None, str | None]


@dataclass(frozen=True, slots=True)
class Occasion:
    """The change that a person is told of: a version of the registration or of the activity, and its moment."""

    version: int
    happened_at: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """A mail that this person was sent before about the same activity.

    Attributes:
        version: the activity's version that it spoke of.
        calendar: what it did to the person's calendar.
    """

    rule: RuleName
    version: int
    calendar: Literal["REQUEST", "CANCEL"] | None


@dataclass(frozen=True)
class Case:
    """Versions of an activity and of one registration for it, each sorted by version and not empty."""

    activity_versions: Sequence[ActivityVersion]
    registration_versions: Sequence[RegistrationVersion]

    @property
    def registration_id(self) -> UUID:
        return self.registration.id

    @cached_property
    def activity(self) -> Activity:
        """The activity as it is now."""
        return self.activity_versions[-1].activity

    @property
    def registration(self) -> RegistrationVersion:
        """The registration as it is now."""
        return self.registration_versions[-1]

    @property
    def takes_place(self) -> bool:
        return self.activity.status in ("planned", "confirmed")

    def is_over(self, at: datetime) -> bool:
        """Whether nobody needs to be told of the activity any more."""
        over_at = self.activity_versions[-1].over_at
        return over_at is not None and over_at <= at

    @property
    def is_closed(self) -> bool:
        """Whether nobody may be written to at all: the person was erased, or no names are kept."""
        erased = any(version.type == "participant-erased" for version in self.registration_versions)
        return erased or self.activity.protected or self.activity.status == "merged"

    def came_to_be(self, status: str) -> tuple[RegistrationVersion, RegistrationVersion | None] | None:
        """The version with which the registration came to be what it is now, and the one before it where it is known.

        `None` when it is something else now.
        """
        if self.registration.status != status:
            return None
        versions = list(self.registration_versions)
        first = versions.pop()
        while versions and versions[-1].status == status:
            first = versions.pop()
        return first, versions[-1] if versions else None

    @property
    def takes_part_since(self) -> datetime | None:
        """Since when the person takes part without a break; `None` when they do not."""
        since = None
        for version in reversed(self.registration_versions):
            if version.status not in TAKES_PART:
                return since
            since = version.happened_at
        first = self.registration_versions[0]
        # Without the event that began it, all we know is that it was not before the registration was recorded.
        return since if first.version == 1 or first.type == "participant-registered" else first.created_at

    @cached_property
    def last_change(self) -> tuple[Change, Occasion] | None:
        """What happened to the activity last, of all that people must be told; what was before it no longer matters."""
        for i in range(len(self.activity_versions) - 1, -1, -1):
            version = self.activity_versions[i]
            before = self.activity_versions[i - 1] if i else None
            change = _change(version, before)
            if change:
                return change, Occasion(version.version, version.happened_at)
        return None

    def before(self, occasion: Occasion) -> Activity | None:
        """The activity as it was before an occasion, where that is known."""
        earlier = [version for version in self.activity_versions if version.version < occasion.version]
        return earlier[-1].activity if earlier else None


def _change(version: ActivityVersion, before: ActivityVersion | None) -> Change | None:
    match version.type:
        case "activity-cancelled":
            return "cancellation"
        case "activity-reinstated":
            # What was merged by mistake and comes back was never called off.
            return "reinstatement" if before is None or before.activity.status == "cancelled" else None
        case "activity-rescheduled":
            moved = before is None or _schedule(version.activity) != _schedule(before.activity)
            return "rescheduling" if moved else None
        case "activity-updated" if before is not None:
            # Other dates are news however they were entered; a place spelled better is not.
            return "rescheduling" if _dates(version.activity) != _dates(before.activity) else None
    return None


def _dates(activity: Activity) -> Dates:
    return activity.starts, activity.ends, activity.time_zone


def _schedule(activity: Activity) -> tuple[Dates, Place | None, str]:
    return _dates(activity), activity.place, activity.delivery
