"""A case: everything known of one registration and its activity; and what a letter about it says, to be compared.

All answers come from the versions and the times of the events. So the same events give the same mails in whatever order
they arrive, and the sender can ask again right before it sends.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import pairwise
from typing import Any, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.notifications.facts.activity import ActivityVersion
from services.notifications.facts.registration import RegistrationVersion
from services.notifications.rules.kind import Occasion
from shared.contracts.activities import Activity

IS_REGISTERED = ("registered", "attended", "absent")
"""A nominated person was proposed by an agency and may not know of it yet."""

_MOVES = ("activity-rescheduled", "activity-cancelled", "activity-reinstated")
_UNKNOWN = "?"
V = TypeVar("V", ActivityVersion, RegistrationVersion)


class Said(BaseModel):
    """What is true of a registration, or what a letter said was true.

    Attributes:
        starts, ends, place, format: of the activity; `ends` is the first day's date where there is but one day.
        activity_id, version: the version of the activity that it speaks of.
        entry: the person's calendar has an entry once the letter is read.
    """

    model_config = ConfigDict(frozen=True)

    registered: bool
    takes_place: bool
    starts: str | None
    ends: str | None
    place: dict[str, Any] | None
    format: str
    activity_id: UUID
    version: int
    entry: bool = False

    @classmethod
    def of(cls, activity: Activity, *, registered: bool, entry: bool = False) -> "Said":
        starts = str(activity.starts) if activity.starts else None
        return cls(
            registered=registered,
            takes_place=activity.status not in ("cancelled", "merged"),
            starts=starts,
            ends=str(activity.ends) if activity.ends else starts,
            place=activity.place.model_dump(mode="json") if activity.place else None,
            format=activity.delivery,
            activity_id=activity.id,
            version=activity.version,
            entry=entry,
        )


@dataclass(frozen=True)
class Case:
    """Versions of an activity and of one registration for it, each sorted by version and not empty."""

    activity_versions: Sequence[ActivityVersion]
    registration_versions: Sequence[RegistrationVersion]

    @property
    def subject(self) -> UUID:
        return self.registration.id

    @property
    def recipient(self) -> str:
        return self.registration.person_key

    @property
    def activity_id(self) -> UUID:
        return self.registration.activity_id

    @property
    def programme(self) -> str:
        return self.registration.programme

    @cached_property
    def activity(self) -> Activity:
        """The activity as it is now."""
        return self.activity_versions[-1].activity

    @property
    def registration(self) -> RegistrationVersion:
        """The registration as it is now."""
        return self.registration_versions[-1]

    @cached_property
    def truth(self) -> Said:
        """What a letter would have to say now."""
        return Said.of(self.activity, registered=self.registration.status in IS_REGISTERED)

    @property
    def needs_no_words(self) -> bool:
        """Who was there needs no confirmation of it, and who did not come is not written to about it."""
        return self.registration.status in ("attended", "absent")

    def is_over(self, at: datetime) -> bool:
        """Whether nobody needs to be told of the activity any more."""
        over_at = self.activity_versions[-1].over_at
        return over_at is not None and over_at <= at

    @property
    def is_closed(self) -> bool:
        """Whether nobody may be written to at all: the person was erased, no names are kept, or the person is told of
        another registration for the activity."""
        erased = any(version.type == "participant-erased" for version in self.registration_versions)
        gave_way = self.registration.counted_as is not None
        return erased or gave_way or self.activity.protected or self.activity.status == "merged"

    def known_at(self, since: datetime) -> Said | None:
        """What a person who was registered by then is held to know from before; `None` for all others.

        Where the versions from before then are no longer on the topics, the first that is known says whether it changed
        something; what it was before is not known, and so differs from all that can be.
        """
        registration = _last_before(self.registration_versions, since)
        registered = registration.status in IS_REGISTERED if registration else self._was_registered_before(since)
        if not registered:
            return None
        activity = _last_before(self.activity_versions, since)
        if activity is not None:
            return Said.of(activity.activity, registered=True)
        first = self.activity_versions[0]
        known = Said.of(first.activity, registered=True)
        if first.version == 1 or first.type not in _MOVES:
            return known
        return known.model_copy(update={"takes_place": first.type != "activity-reinstated", "starts": _UNKNOWN})

    def _was_registered_before(self, since: datetime) -> bool:
        first = self.registration_versions[0]
        begins = first.version == 1 or first.type == "participant-registered"
        return not begins and first.created_at < since and first.status in IS_REGISTERED

    def place_moved_since(self, told: Said) -> bool:
        """Whether the place is another one since a letter; one that was only spelled better is the same."""
        if told.place == self.truth.place or told.activity_id != self.activity_id:
            return False
        steps = pairwise(self.activity_versions)
        return any(_is_moved(version, before) for before, version in steps if version.version > told.version)

    def activity_is_so_since(self) -> Occasion:
        """The change with which the activity came to take place, or not to, as it does now."""
        first = self.activity_versions[0]
        for before, version in pairwise(self.activity_versions):
            if _is_moved(version, before) or _when_and_how(version.activity) != _when_and_how(before.activity):
                first = version
        return Occasion(first.version, first.happened_at)

    def registration_is_so_since(self) -> Occasion:
        """The change with which the person came to be registered, or not to be."""
        first = self.registration_versions[0]
        for before, version in pairwise(self.registration_versions):
            if (version.status in IS_REGISTERED) != (before.status in IS_REGISTERED):
                first = version
        return Occasion(first.version, first.happened_at)

    def told_by(self, activity_id: UUID | None, version: int | None, *, registered: bool, entry: bool) -> Said:
        """What a letter said of which only the version is kept; where that is not known either, what is true now."""
        same = (known for known in self.activity_versions if (known.id, known.version) == (activity_id, version))
        found = next(same, self.activity_versions[-1])
        return Said.of(found.activity, registered=registered, entry=entry)


def _last_before(versions: Sequence[V], since: datetime) -> V | None:
    return next((version for version in reversed(versions) if version.happened_at < since), None)


def _is_moved(version: ActivityVersion, before: ActivityVersion) -> bool:
    """Whether it was moved to another place; a place that was corrected in passing was only spelled better."""
    return version.type in _MOVES and version.activity.place != before.activity.place


def _when_and_how(activity: Activity) -> Said:
    return Said.of(activity, registered=True).model_copy(update={"version": 0, "place": None})
