"""A registration: one person's part in one activity, from nomination to attendance, without the person's name."""

import secrets
from collections.abc import Iterable
from datetime import date, datetime
from typing import ClassVar, Self
from uuid import UUID

from sqlalchemy import Date, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from services.registry.models.activity import Activity
from services.registry.models.base import Aggregate, Json, Table, fields_of
from services.registry.models.countries import Country
from services.registry.models.errors.activity import ActivityCancelled
from services.registry.models.errors.registration import (
    AlreadyAttended,
    AlreadyRegistered,
    AlreadyTakenOut,
    DayOutsideActivity,
    DayStillAhead,
    NotTakenOut,
    RegistrationErased,
    RegistrationNotFound,
    RegistrationWithdrawn,
)
from shared.contracts.base import Code, Gender, OrganisationReference
from shared.contracts.participants import RegistrationStatus, Role
from shared.identifiers import new_id
from shared.spelling import searchable


class RegistrationBase(SQLModel):
    """What a registration says besides who it is."""

    role: Role = Field(default="participant", sa_type=Text)
    gender: Gender = Field(default="unknown", sa_type=Text)
    country: Country | None = Field(default=None, sa_type=Text)
    organisation: OrganisationReference | None = Field(default=None, sa_type=Json(OrganisationReference))


class RegistrationView(Aggregate, RegistrationBase):
    """A registration as the API shows it to a reader of the activity: without a name."""

    id: UUID
    activity_id: UUID
    programme: Code
    status: RegistrationStatus
    days_attended: tuple[date, ...] = ()
    counted_as: UUID | None = None
    entered_by_mistake: bool = False


class Registration(Aggregate, RegistrationBase, Table, table=True):
    """One person's part in one activity."""

    __tablename__: ClassVar[str] = "registration"
    __table_args__ = (
        Index(
            "uq_registration_activity_person",
            "activity_id",
            "person_id",
            unique=True,
            postgresql_where=text("counted_as IS NULL"),
        ),
    )
    not_found = RegistrationNotFound

    id: UUID = Field(primary_key=True)
    activity_id: UUID = Field(foreign_key="activity.id")
    programme: str = Field(sa_type=Text)
    person_id: UUID | None = Field(default=None, foreign_key="person.id", index=True)  # empty once erased
    person_key: str = Field(sa_type=Text)
    status: RegistrationStatus = Field(sa_type=Text)
    days_attended: tuple[date, ...] = Field(default=(), sa_type=ARRAY(Date, as_tuple=True))
    search_text: str = Field(default="", sa_type=Text)
    counted_as: UUID | None = None  # the registration that counts instead, where two of one person met
    entered_by_mistake: bool = False
    status_before: RegistrationStatus | None = Field(default=None, sa_type=Text)  # back to which an undo leads
    merged_from: UUID | None = Field(default=None, index=True)  # the person who was merged away, until it is undone
    moved_from: UUID | None = None  # the activity that was merged away, until the merge is undone

    @classmethod
    def entered(
        cls,
        activity: Activity,
        details: RegistrationBase,
        *,
        person_id: UUID,
        person_key: str,
        status: RegistrationStatus,
        at: datetime,
    ) -> Self:
        entered = cls(
            id=new_id(),
            activity_id=activity.id,
            programme=activity.programme,
            person_id=person_id,
            person_key=person_key,
            status=status,
            created_at=at,
            updated_at=at,
            **fields_of(RegistrationBase, details),
        )
        entered.derive()
        return entered

    def derive(self) -> None:
        self.search_text = searchable(self.organisation.name) if self.organisation else ""

    def register(self, details: RegistrationBase, at: datetime) -> None:
        """Accept who was nominated, or take back who had withdrawn."""
        if self.counted_as is not None:
            raise AlreadyRegistered(f"The person is registered already: the registration {self.counted_as}.")
        if self.status not in ("nominated", "withdrawn"):
            raise AlreadyRegistered(f"The registration {self.id} is {self.status}.")
        new = {"status": "registered", "entered_by_mistake": False, "status_before": None}
        self.take(fields_of(RegistrationBase, details) | new, at)

    def update(self, details: RegistrationBase, at: datetime) -> bool:
        """Correct role, gender, country or organisation. False when nothing is new."""
        return bool(self.take(fields_of(RegistrationBase, details), at))

    def withdraw(self, at: datetime) -> bool:
        """False when the person had withdrawn before."""
        if self.status == "attended":
            raise AlreadyAttended
        return bool(self.take({"status": "withdrawn"}, at))

    def take_out(self, at: datetime) -> None:
        """It never was: it was entered by mistake."""
        if self.entered_by_mistake:
            raise AlreadyTakenOut
        if self.counted_as is not None:
            raise RegistrationWithdrawn(f"The registration {self.counted_as} counts instead: take that one out.")
        self.take({"status_before": self.status, "status": "withdrawn", "entered_by_mistake": True}, at)

    def put_back(self, at: datetime) -> None:
        """It was no mistake: it is what it was before."""
        if not self.entered_by_mistake:
            raise NotTakenOut
        back = {"status": self.status_before or "registered", "status_before": None}
        self.take(back | {"entered_by_mistake": False}, at)

    def attend(self, activity: Activity, days: Iterable[date], at: datetime) -> bool:
        """They came: on these days and no others, or on days nobody knows when none is named. False when known.

        Raises:
            DayOutsideActivity, DayStillAhead: a day cannot be one of attendance.
            RegistrationWithdrawn, ActivityCancelled: there was nothing to attend.
        """
        self._refuse_attendance(activity)
        attended = tuple(sorted(set(days)))
        for day in attended:
            if not activity.takes_place_on(day):
                raise DayOutsideActivity(
                    f"{day} is not a day of the activity ({activity.starts} to {activity.ends or activity.starts}).",
                    field="days",
                )
            if day > activity.today(at):
                raise DayStillAhead(f"{day} is still to come.", field="days")
        return self._attendance("attended", attended, at)

    def absent(self, activity: Activity, at: datetime) -> bool:
        """They were expected and did not come. False when known."""
        self._refuse_attendance(activity)
        return self._attendance("absent", (), at)

    def unmark(self, activity: Activity, at: datetime) -> bool:
        """Nothing is known about attendance after all. False when nothing was."""
        self._refuse_attendance(activity)
        if self.status not in ("attended", "absent"):
            return False
        return self._attendance("registered", (), at)

    def move(self, activity_id: UUID, origin: UUID | None, at: datetime) -> None:
        """Follow the activity into a merge, or back out of it."""
        self.activity_id, self.moved_from = activity_id, origin
        self.changed(at)

    def follow(self, person_id: UUID, person_key: str, merged_from: UUID, at: datetime, *, beside: Self | None) -> None:
        """Belong to the person its own was merged into; give way to the one that they have already, if any."""
        self.person_id, self.person_key, self.merged_from = person_id, person_key, merged_from
        if beside is not None:
            self._give_way(beside)
        self.changed(at)

    def return_to(self, person_id: UUID, person_key: str, at: datetime) -> None:
        """Belong to its own person again, as it was before."""
        self.person_id, self.person_key, self.merged_from = person_id, person_key, None
        self._count_again()
        self.changed(at)

    def give_way(self, other: Self, at: datetime) -> None:
        """Count no more: the same person has another registration for the activity."""
        self._give_way(other)
        self.changed(at)

    def count_again(self, at: datetime) -> None:
        self._count_again()
        self.changed(at)

    def _give_way(self, other: Self) -> None:
        self.status_before, self.status, self.counted_as = self.status, "withdrawn", other.id

    def _count_again(self) -> None:
        if self.counted_as is not None and self.status_before is not None:
            self.status, self.status_before, self.counted_as = self.status_before, None, None

    def erase(self, person_key: str, at: datetime) -> None:
        """Forget who it was; what is left is a number."""
        self.person_id, self.person_key, self.merged_from = None, person_key, None
        self.changed(at)

    def concerns(self) -> tuple[str | None, ...]:
        return (self.country,)

    def refuse_if_erased(self) -> None:
        if self.person_id is None:
            raise RegistrationErased

    def _attendance(self, status: RegistrationStatus, days: tuple[date, ...], at: datetime) -> bool:
        return bool(self.take({"status": status, "days_attended": days}, at))

    def _refuse_attendance(self, activity: Activity) -> None:
        if activity.status == "cancelled":
            raise ActivityCancelled
        if self.status == "withdrawn":
            raise RegistrationWithdrawn(f"The registration {self.id} is withdrawn: register the person again first.")


def fresh_person_key() -> str:
    """A key that belongs to nobody: of the same form as the others, and random."""
    return secrets.token_urlsafe(32)
