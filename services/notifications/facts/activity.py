"""Each version of an activity as it was told: what changed between two versions decides who is written to.

A row is never changed. An event that comes twice finds its row there already, and one that comes late takes its place
among the others; so neither order nor repetition matters.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.notifications.facts.base import Moment, Table, in_utc
from shared.contracts.activities import Activity

_OTHER_ON_EACH_MACHINE = ("localtime", "Factory", "posixrules")


class ActivityVersion(Table, table=True):
    """The public state of an activity after one change.

    Attributes:
        type: why it changed, the event's type.
        happened_at: when, the event's time.
        over_at: from when on the activity is over; `None` when nothing says that it will ever be.
        state: the contract `Activity` as JSON; it holds nothing personal.
    """

    __tablename__ = "activity_version"

    id: UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    type: str
    happened_at: datetime = Field(sa_type=Moment)
    over_at: datetime | None = Field(sa_type=Moment)
    state: dict[str, Any] = Field(sa_type=JSONB)

    @cached_property
    def activity(self) -> Activity:
        return Activity.model_validate(self.state)


def over_at(activity: Activity) -> datetime | None:
    """The moment from which on nobody needs to be told of the activity: the midnight after its last possible day.

    What is recorded as held is over when it was recorded so, at the latest: an old record may know no day at all.
    """
    midnight = _midnight_after(activity.last_day, activity.time_zone) if activity.last_day else None
    if activity.status != "held":
        return midnight
    recorded = in_utc(activity.updated_at)
    return min(midnight, recorded) if midnight else recorded


def _midnight_after(last: date, time_zone: str | None) -> datetime | None:
    """The end of a day where it is; the last day of the calendar has none, and nothing says that it will be over."""
    name = time_zone if time_zone not in _OTHER_ON_EACH_MACHINE else None
    try:
        return datetime.combine(last + timedelta(days=1), time(), ZoneInfo(name or "UTC")).astimezone(UTC)
    except OverflowError:
        return None
