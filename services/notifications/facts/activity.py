"""Each version of an activity as it was told: what changed between two versions decides who is written to.

A row is never changed. An event that comes twice finds its row there already, and one that comes late takes its place
among the others; so neither order nor repetition matters.
"""

from datetime import UTC, datetime, time, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.notifications.facts.base import Moment, Table
from shared.contracts.activities import Activity


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
    zone = ZoneInfo(activity.time_zone or "UTC")
    last = activity.last_day
    midnight = datetime.combine(last + timedelta(days=1), time(), zone).astimezone(UTC) if last else None
    if activity.status != "held":
        return midnight
    return min(midnight, activity.updated_at) if midnight else activity.updated_at
