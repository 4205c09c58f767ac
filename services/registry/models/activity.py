"""An activity and the rules it keeps: what may become of it from which state, and what its fields must agree on.

Its days are fuzzy. The text is the truth; `day`, `earliest` and `latest` are derived from it for sorting and filtering,
and are set in one place.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta, timezone
from functools import cache
from importlib.resources import files
from typing import ClassVar, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Index, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from services.registry.models.base import Aggregate, Fuzzy, Json, Line, Paragraph, Table, fields_of, one_of_a_code
from services.registry.models.countries import Country, KnownPlace
from services.registry.models.errors.activity import (
    ActivityAlreadyHeld,
    ActivityCancelled,
    ActivityMerged,
    ActivityNotFound,
    ActivityStillAhead,
    CannotMerge,
    ChangedByRescheduling,
    CountryNamedTwice,
    EndsBeforeItStarts,
    HeadcountBeforeHeld,
    NotATimeZone,
    NothingToReinstate,
)
from services.registry.models.errors.registration import RegisteringOnCancelledActivity, RegisteringOnProtectedActivity
from services.registry.models.programme import Programme
from shared.contracts.activities import ActivityKind, ActivityStatus, Delivery, Headcount, Place, Scope
from shared.contracts.base import Code, Count, Language, OrganisationReference, TimeZone
from shared.contracts.fuzzy_dates import FuzzyDate
from shared.errors import NotFound
from shared.identifiers import new_id
from shared.identity import Actor
from shared.spelling import searchable, sortable

LONG_AGO = date.min
"""Where an activity of unknown day is sorted."""


@cache
def time_zones() -> frozenset[str]:
    """The names of the IANA database; `localtime` and the like are files of one machine."""
    names = (files("tzdata") / "zones").read_text().split()
    return frozenset(names) - {"Factory"}


FURTHEST_EAST = timezone(timedelta(hours=14))  # what is refused as being still ahead is ahead for everybody

_Title = dict[Language, Line]
_Description = dict[Language, Paragraph]
_Organisations = tuple[OrganisationReference, ...]


class ScheduleBase(SQLModel):
    """When and where."""

    starts: FuzzyDate | None = Field(default=None, sa_type=Fuzzy, description="First day, as far as it is known.")
    ends: FuzzyDate | None = Field(default=None, sa_type=Fuzzy, description="Last day, as far as it is known.")
    time_zone: TimeZone | None = Field(default=None, sa_type=Text, description="IANA time zone of the days.")
    place: KnownPlace | None = Field(default=None, sa_type=Json(Place))


class ActivityBase(ScheduleBase):
    """What a person can say about an activity."""

    phase: Code = Field(sa_type=Text)
    component: Code | None = Field(
        default=None, sa_type=Text, description="A component of the phase, `general`, or nothing when unknown."
    )
    kind: ActivityKind = Field(sa_type=Text)
    scope: Scope = Field(default="unknown", sa_type=Text)
    delivery: Delivery = Field(default="unknown", sa_type=Text)
    title: _Title = Field(sa_type=Json(_Title), min_length=1, description="By language, in one at least.")
    description: _Description = Field(default={}, sa_type=Json(_Description))
    beneficiary_countries: tuple[Country, ...] = Field(default=(), sa_type=ARRAY(Text, as_tuple=True))
    host_country: Country | None = Field(default=None, sa_type=Text)
    co_organisers: _Organisations = Field(default=(), sa_type=Json(_Organisations))
    expert_organisations: _Organisations = Field(default=(), sa_type=Json(_Organisations))
    expected: Count | None = Field(default=None, description="How many people are expected, before it was held.")
    series: Line | None = Field(default=None, sa_type=Text, description="What activities of one kind have in common.")
    protected: bool = Field(default=False, description="Numbers only: no names are kept.")
    outputs: tuple[Line, ...] = Field(default=(), sa_type=Json(tuple[str, ...]))
    sources: tuple[Line, ...] = Field(default=(), sa_type=Json(tuple[str, ...]))


class ActivityView(Aggregate, ActivityBase):
    """An activity as the API shows it."""

    id: UUID
    programme: Code
    code: Code
    headcount: Headcount | None = Field(
        default=None,
        description="For those who may change the activity; for others it is null, known or not: they read figures.",
    )
    status: ActivityStatus
    status_reason: str | None = None
    merged_into: UUID | None = None
    entered_by_mistake: bool = False


class ActivityState(Aggregate, ActivityBase):
    """One event that a programme holds, with its rules, wherever it is kept.

    Apart from its table, so that an import can try the rules on thousands of rows that nobody may keep.
    """

    not_found: ClassVar[type[NotFound]] = ActivityNotFound

    id: UUID = Field(primary_key=True)
    programme: str = Field(sa_type=Text, foreign_key="programme.code")
    code: str = Field(sa_type=Text)
    headcount: Headcount | None = Field(default=None, sa_type=Json(Headcount))
    status: ActivityStatus = Field(default="planned", sa_type=Text)
    status_before: ActivityStatus | None = Field(default=None, sa_type=Text)  # where reinstating leads back to
    status_reason: str | None = Field(default=None, sa_type=Text)
    merged_into: UUID | None = Field(default=None, foreign_key="activity.id", index=True)
    entered_by_mistake: bool = False
    lent_sources: tuple[str, ...] = Field(
        default=(), sa_type=Json(tuple[str, ...])
    )  # taken back when a merge is undone
    day: date = LONG_AGO
    earliest: date | None = None
    latest: date | None = None
    sort_title: str = Field(default="", sa_type=Text(collation="C"))
    search_text: str = Field(default="", sa_type=Text)

    @classmethod
    def planned(cls, programme: Programme, code: str | None, description: ActivityBase, at: datetime) -> Self:
        """A new activity.

        Raises:
            UnknownPhase, UnknownComponent: it would hang nowhere.
            EndsBeforeItStarts, CountryNamedTwice: its fields contradict each other.
            YearOutOfBounds, NotATimeZone
        """
        fields = fields_of(ActivityBase, description)
        key = new_id()
        code = code or f"{description.phase}-{description.kind}-{key.hex[-12:]}"
        activity = cls(id=key, programme=programme.code, code=code, created_at=at, updated_at=at, **fields)
        programme.check_part(activity.phase, activity.component)
        activity._refuse_schedule(programme, ScheduleBase.model_fields, at)
        activity.derive()
        return activity

    def update(
        self, programme: Programme, code: str, description: ActivityBase, headcount: Headcount | None, at: datetime
    ) -> bool:
        """Correct or complete what is known. False when nothing is new.

        Raises:
            ChangedByRescheduling: days or place change of an activity that is still to come.
            HeadcountBeforeHeld: a headcount, and it was not held.
        """
        self._refuse_cancelled_and_merged()
        new = fields_of(ActivityBase, description) | {"code": code, "headcount": headcount}
        changes = self.differing(new)
        if not changes:
            return False
        moved = sorted(changes & ScheduleBase.model_fields.keys())
        if moved and self.status != "held":
            raise ChangedByRescheduling(f"This would change {', '.join(moved)}.", field=moved[0])
        if headcount is not None and self.status != "held":
            raise HeadcountBeforeHeld(field="headcount")
        self.take(new, at)
        self._refuse_schedule(programme, moved, at)
        if changes & {"phase", "component"}:
            programme.check_part(self.phase, self.component)
        return True

    def confirm(self, at: datetime) -> bool:
        """It will take place. False when that was known."""
        self._refuse_what_is_over()
        return bool(self.take({"status": "confirmed"}, at))

    def reschedule(self, programme: Programme, to: ScheduleBase, reason: str | None, at: datetime) -> bool:
        """Move it to other days or another place. False when it stays where it was.

        Raises:
            EndsBeforeItStarts, YearOutOfBounds, NotATimeZone
        """
        self._refuse_what_is_over()
        new = fields_of(ScheduleBase, to)
        changes = self.differing(new)
        if not changes:
            return False
        self.take(new | {"status_reason": reason}, at)
        self._refuse_schedule(programme, changes, at)
        return True

    def cancel(self, reason: str, at: datetime) -> None:
        self._refuse_what_is_over()
        self.take({"status_before": self.status, "status": "cancelled", "status_reason": reason}, at)

    def take_out(self, at: datetime) -> None:
        """It never was: it was entered by mistake, and nobody was told of it."""
        self._refuse_cancelled_and_merged()
        self.take({"status_before": self.status, "status": "cancelled", "entered_by_mistake": True}, at)

    def complete(self, headcount: Headcount | None, at: datetime) -> None:
        """It has taken place.

        Raises:
            ActivityStillAhead: the earliest day on which it can be over has not come.
        """
        self._refuse_what_is_over()
        last = self.ends or self.starts
        if last is not None and last.earliest is not None and last.earliest > self.today(at):
            raise ActivityStillAhead(f"Its last day is {last}: complete it then.")
        before = self.status
        self.take({"status_before": before, "status": "held", "headcount": headcount, "status_reason": None}, at)

    def reinstate(self, reason: str, at: datetime) -> None:
        """Put back what was cancelled, or completed by mistake."""
        if self.status == "merged":
            raise ActivityMerged("Undo the merge: it gives back what the other activity took over as well.")
        if self.status not in ("cancelled", "held"):
            raise NothingToReinstate(f"It is {self.status}.")
        back = {"status": self.status_before or "planned", "status_before": None, "status_reason": reason}
        undone = {"entered_by_mistake": False} if self.entered_by_mistake else {"headcount": None}
        self.take(back | undone, at)

    def merge_into(self, kept: "ActivityState", at: datetime) -> None:
        """Leave the truth to another record of the same activity, which takes over the sources.

        Raises:
            CannotMerge: they are one record, of two programmes, or one of them counts no more.
        """
        if self.id == kept.id:
            raise CannotMerge("An activity cannot be merged into itself.")
        if self.programme != kept.programme:
            raise CannotMerge(f"One belongs to {self.programme}, the other to {kept.programme}.")
        for each in (self, kept):
            each._refuse_cancelled_and_merged()
        lent = tuple(source for source in self.sources if source not in kept.sources)
        self.take({"status_before": self.status, "status": "merged", "merged_into": kept.id, "lent_sources": lent}, at)
        kept._hold(kept.sources + lent, at)

    def undo_merge(self, kept: "ActivityState", at: datetime) -> None:
        """Stand for itself again; the other gives the sources back."""
        if self.status != "merged":
            raise NothingToReinstate(f"It is {self.status}, not merged.")
        kept._hold(tuple(source for source in kept.sources if source not in self.lent_sources), at)
        back = {"status": self.status_before or "planned", "status_before": None, "merged_into": None}
        self.take(back | {"lent_sources": ()}, at)

    def concerns(self) -> tuple[str | None, ...]:
        return self.beneficiary_countries

    def hidden_from(self, actor: Actor) -> Collection[str]:
        """Exact numbers of people are for those who may change it; others read them among the figures."""
        return () if actor.may("editor", programme=self.programme, countries=self.concerns()) else ("headcount",)

    def refuse_registrations_if_closed(self) -> None:
        """Raises: RegisteringOnCancelledActivity, RegisteringOnProtectedActivity, ActivityMerged."""
        if self.protected:
            raise RegisteringOnProtectedActivity
        if self.status == "cancelled":
            raise RegisteringOnCancelledActivity
        if self.status == "merged":
            raise ActivityMerged(f"It was merged into {self.merged_into}: register there.")

    def takes_place_on(self, day: date) -> bool:
        """Whether the day can be one of its days; what is not known excludes nothing."""
        return (self.earliest is None or self.earliest <= day) and (self.latest is None or day <= self.latest)

    def today(self, at: datetime) -> date:
        """The day at its place; where that is not known, the day of the place on earth where it is latest."""
        return at.astimezone(ZoneInfo(self.time_zone) if self.time_zone else FURTHEST_EAST).date()

    def _hold(self, sources: tuple[str, ...], at: datetime) -> None:
        """Hold these sources; it is told of even where none is new."""
        if not self.take({"sources": sources}, at):
            self.changed(at)

    def derive(self) -> None:
        last = self.ends or self.starts
        self.earliest = self.starts.earliest if self.starts else None
        self.latest = last.latest if last else None
        if self.earliest and self.latest and self.latest < self.earliest:
            raise EndsBeforeItStarts(f"It starts {self.starts} and ends {self.ends}.", field="ends")
        countries = self.beneficiary_countries
        if len(set(countries)) < len(countries):
            twice = ", ".join(sorted({code for code in countries if countries.count(code) > 1}))
            raise CountryNamedTwice(f"Named twice: {twice}.", field="beneficiary_countries")
        self.day = self.earliest or (last.earliest if last else None) or self.latest or LONG_AGO
        self.sort_title = sortable(self.title.get("en") or next(iter(self.title.values())))[:200]
        place = self.place.name.values() if self.place else ()
        self.search_text = searchable("\n".join([self.code, *self.title.values(), *place, self.series or ""]))

    def _refuse_schedule(self, programme: Programme, changed: Iterable[str], at: datetime) -> None:
        """Raises: YearOutOfBounds, NotATimeZone; of what was changed alone, since older records may hold anything."""
        for name in {"starts", "ends"}.intersection(changed):
            programme.check_date(getattr(self, name), at, field=name)
        if "time_zone" in changed and self.time_zone is not None and self.time_zone not in time_zones():
            raise NotATimeZone(f"“{self.time_zone}” is another zone on another machine.", field="time_zone")

    def _refuse_cancelled_and_merged(self) -> None:
        if self.status == "cancelled":
            raise ActivityCancelled
        if self.status == "merged":
            raise ActivityMerged(f"It was merged into {self.merged_into}.")

    def _refuse_what_is_over(self) -> None:
        self._refuse_cancelled_and_merged()
        if self.status == "held":
            raise ActivityAlreadyHeld


class Activity(ActivityState, Table, table=True):
    """An activity as it is kept."""

    __tablename__: ClassVar[str] = "activity"
    __table_args__ = (
        one_of_a_code("activity"),
        # A page of a list begins after a sort key and an id: one index for each order, read forwards or backwards.
        *(Index(f"ix_activity_{key}_id", key, "id") for key in ("day", "sort_title", "updated_at", "code")),
    )
