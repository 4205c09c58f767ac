"""An output: a document or thing that activities lead to, from the plan to those it was made for."""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import ClassVar, Self
from uuid import UUID

from sqlalchemy import Index, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel, col, select

from services.registry.models.activity import FURTHEST_EAST, Activity
from services.registry.models.base import Aggregate, Fuzzy, Json, Line, Paragraph, Table, fields_of, one_of_a_code
from services.registry.models.countries import Country
from services.registry.models.errors.output import (
    AlreadyDrafted,
    AlreadyHandedOver,
    HandedOverBeforeDrafted,
    NobodyReceived,
    NotDropped,
    OutputDropped,
    OutputNotFound,
    StepStillAhead,
    UnknownActivity,
)
from services.registry.models.errors.programme import UnknownPhase
from services.registry.models.programme import Programme
from shared.contracts.base import Code, Language, OrganisationReference
from shared.contracts.fuzzy_dates import FuzzyDate
from shared.contracts.outputs import Handover, OutputKind, OutputStatus, Translation
from shared.database import Session
from shared.identifiers import new_id
from shared.spelling import searchable, sortable

_Title = dict[Language, Line]
_Description = dict[Language, Paragraph]
_Translations = tuple[Translation, ...]
_Handovers = tuple[Handover, ...]


class OutputBase(SQLModel):
    """What a person can say about an output."""

    phase: Code | None = Field(default=None, sa_type=Text)
    component: Code | None = Field(
        default=None, sa_type=Text, description="A component of the phase, `general`, or nothing when unknown."
    )
    kind: OutputKind = Field(sa_type=Text)
    title: _Title = Field(sa_type=Json(_Title), min_length=1, description="By language, in one at least.")
    description: _Description = Field(default={}, sa_type=Json(_Description))
    activities: tuple[UUID, ...] = Field(default=(), sa_type=ARRAY(Uuid, as_tuple=True))
    series: Line | None = Field(default=None, sa_type=Text)
    languages: tuple[Language, ...] = Field(default=(), sa_type=ARRAY(Text, as_tuple=True))
    expected: FuzzyDate | None = Field(default=None, sa_type=Fuzzy, description="When it is to be ready.")
    drafted_on: FuzzyDate | None = Field(default=None, sa_type=Fuzzy)
    translations: _Translations = Field(default=(), sa_type=Json(_Translations))
    handovers: _Handovers = Field(default=(), sa_type=Json(_Handovers))
    sources: tuple[Line, ...] = Field(default=(), sa_type=Json(tuple[str, ...]))


class OutputView(Aggregate, OutputBase):
    """An output as the API shows it."""

    id: UUID
    programme: Code
    code: Code
    status: OutputStatus
    status_reason: str | None = None
    entered_by_mistake: bool = False


class OutputState(Aggregate, OutputBase):
    """An output with its rules, wherever it is kept: an import tries them on rows that nobody may keep."""

    not_found = OutputNotFound

    id: UUID = Field(primary_key=True)
    programme: str = Field(sa_type=Text, foreign_key="programme.code")
    code: str = Field(sa_type=Text)
    status: OutputStatus = Field(default="planned", sa_type=Text)
    status_before: OutputStatus | None = Field(default=None, sa_type=Text)  # where taking it up again leads back to
    status_reason: str | None = Field(default=None, sa_type=Text)
    entered_by_mistake: bool = False
    sort_title: str = Field(default="", sa_type=Text(collation="C"))
    search_text: str = Field(default="", sa_type=Text)

    @classmethod
    def planned(
        cls, programme: Programme, code: str | None, description: OutputBase, at: datetime, *, drafted: bool = False
    ) -> Self:
        """A new output, in the state that its dates, translations and handovers tell of.

        Args:
            drafted: its draft exists, since a day that is not known.

        Raises:
            UnknownPhase, UnknownComponent: it would belong nowhere.
            What `draft`, `translate` and `hand_over` raise about days and recipients.
        """
        key = new_id()
        code = code or f"{description.kind}-{key.hex[-12:]}"
        fields = fields_of(OutputBase, description)
        output = cls(id=key, programme=programme.code, code=code, created_at=at, updated_at=at, **fields)
        output.status = output._reached(drafted=drafted or output.drafted_on is not None)
        output._refuse(programme, fields, at)
        output.derive()
        return output

    def update(self, programme: Programme, code: str, description: OutputBase, at: datetime) -> bool:
        """Correct or complete what is known. False when nothing is new."""
        self._refuse_dropped()
        drafted = self.status != "planned" or description.drafted_on is not None
        changed = self.take(fields_of(OutputBase, description) | {"code": code}, at)
        self.status = self._reached(drafted=drafted)
        self._refuse(programme, changed, at)
        return bool(changed)

    def draft(self, on: FuzzyDate | None, languages: Iterable[Language], at: datetime) -> None:
        """A first text or version exists."""
        self._refuse_dropped()
        if self.status != "planned":
            raise AlreadyDrafted
        known = tuple(dict.fromkeys((*self.languages, *languages)))
        self.take({"status": "drafted", "drafted_on": on, "languages": known}, at)
        self._refuse_ahead(at)

    def translate(self, languages: Iterable[Language], on: FuzzyDate | None, at: datetime) -> bool:
        """It exists in further languages. False when each of them was known."""
        self._refuse_dropped()
        known = {each.language for each in self.translations}
        new = tuple(Translation(language=each, on=on) for each in dict.fromkeys(languages) if each not in known)
        status = "handed-over" if self.handovers else "translated"
        if not new:
            return False
        self.take({"status": status, "translations": self.translations + new}, at)
        self._refuse_ahead(at)
        return True

    def hand_over(
        self, to: OrganisationReference | None, country: Country | None, on: FuzzyDate | None, at: datetime
    ) -> None:
        """It was given to those it was made for; as often as it is given."""
        self._refuse_dropped()
        handover = Handover(to=to, country=country, on=on)
        self.take({"status": "handed-over", "handovers": (*self.handovers, handover)}, at)
        self._refuse_ahead(at)

    def drop(self, reason: str, at: datetime) -> None:
        """It will not be made after all."""
        self._refuse_dropped()
        if self.handovers:
            raise AlreadyHandedOver
        self.take({"status_before": self.status, "status": "dropped", "status_reason": reason}, at)

    def take_out(self, at: datetime) -> None:
        """It never was: it was entered by mistake."""
        self._refuse_dropped()
        self.take({"status_before": self.status, "status": "dropped", "entered_by_mistake": True}, at)

    def take_up(self, at: datetime) -> None:
        """It will be made after all; or what was entered by mistake was none."""
        if self.status != "dropped":
            raise NotDropped(f"It is {self.status}.")
        back = {"status": self.status_before or "planned", "status_before": None, "status_reason": None}
        self.take(back | {"entered_by_mistake": False}, at)

    def derive(self) -> None:
        """Derive what is derived, and see that the fields do not contradict each other."""
        if any(each.to is None and each.country is None for each in self.handovers):
            raise NobodyReceived(field="handovers")
        for field, on in self._later_days():
            if _before(on, self.drafted_on):
                raise HandedOverBeforeDrafted(f"It was drafted {self.drafted_on}, this was {on}.", field=field)
        self.sort_title = sortable(self.title.get("en") or next(iter(self.title.values())))[:200]
        self.search_text = searchable(" ".join([self.code, *self.title.values()]))

    def _reached(self, *, drafted: bool) -> OutputStatus:
        """The furthest step that what is known tells of."""
        if self.handovers:
            return "handed-over"
        if self.translations:
            return "translated"
        return "drafted" if drafted else "planned"

    def _later_days(self) -> list[tuple[str, FuzzyDate | None]]:
        """The days of translations and handovers, each with its field."""
        return [
            *(("translations", each.on) for each in self.translations),
            *(("handovers", each.on) for each in self.handovers),
        ]

    def _refuse_dropped(self) -> None:
        if self.status == "dropped":
            raise OutputDropped

    def _refuse(self, programme: Programme, changed: Collection[str], at: datetime) -> None:
        """Raises: UnknownPhase, UnknownComponent, YearOutOfBounds, StepStillAhead; of what was changed alone."""
        if {"phase", "component"}.intersection(changed) and self.phase is not None:
            programme.check_part(self.phase, self.component)
        if self.phase is None and self.component is not None:
            raise UnknownPhase("A component belongs to a phase: say which.", field="phase")
        days = [("expected", self.expected), ("drafted_on", self.drafted_on), *self._later_days()]
        for field, on in days:
            if field in changed:
                programme.check_date(on, at, field=field)
        self._refuse_ahead(at)

    def _refuse_ahead(self, at: datetime) -> None:
        """Raises: StepStillAhead."""
        for field, on in [("drafted_on", self.drafted_on), *self._later_days()]:
            if on and on.earliest and on.earliest > at.astimezone(FURTHEST_EAST).date():
                raise StepStillAhead(f"{on} has not come yet.", field=field)


def _before(one: FuzzyDate | None, other: FuzzyDate | None) -> bool:
    """Whether a day certainly lies before another one, as far as both are known."""
    latest: date | None = one.latest if one else None
    earliest: date | None = other.earliest if other else None
    return latest is not None and earliest is not None and latest < earliest


class Output(OutputState, Table, table=True):
    """An output as it is kept."""

    __tablename__: ClassVar[str] = "output"
    __table_args__ = (
        one_of_a_code("output"),
        *(Index(f"ix_output_{key}_id", key, "id") for key in ("sort_title", "updated_at", "code", "status")),
        Index("ix_output_activities", "activities", postgresql_using="gin"),
    )


async def check_activities(session: Session, programme: str, activities: Iterable[UUID]) -> None:
    """See that each activity is one of the programme's.

    Raises:
        UnknownActivity
    """
    named = set(activities)
    if not named:
        return
    query = select(Activity.id).where(Activity.programme == programme, col(Activity.id).in_(named))
    for key in named - set((await session.exec(query)).all()):
        raise UnknownActivity(f"{programme} has no activity {key}.", field="activities")
