"""How registrations become head counts: the same questions for the facts of now and for those of a past day."""

from sqlalchemy import ColumnElement, FromClause, Select, func, literal, select
from sqlalchemy.dialects.postgresql import distinct_on

ATTENDED = "attended"
PARTICIPANT = "participant"
HELD = "held"


def took_part(registrations: FromClause) -> ColumnElement[bool]:
    """Whether a registration stands for somebody who took part.

    Trainers, experts, interpreters, observers and organisers hold an activity; they do not take part in it. The words
    are part of the statement, because the index of those who took part is found by them.
    """
    r = registrations.c
    return (r.status == literal(ATTENDED, literal_execute=True)) & (
        r.role == literal(PARTICIPANT, literal_execute=True)
    )


def cells_of(registrations: FromClause) -> Select[*tuple[object, ...]]:
    """The rows of `cell` that follow from registrations."""
    r = registrations.c
    shared = (r.activity_id, r.gender, r.country)
    return select(*shared, func.count().label("people")).where(took_part(registrations)).group_by(*shared)


def attendances_of(registrations: FromClause) -> Select[*tuple[object, ...]]:
    """The rows of `attendance` that follow from registrations."""
    r = registrations.c
    return (
        select(
            r.activity_id,
            func.count().label("people"),
            func.count().filter(r.gender == "female").label("women"),
            func.count(r.gender).label("gender_known"),
        )
        .where(took_part(registrations))
        .group_by(r.activity_id)
    )


def firsts_of(activities: FromClause, registrations: FromClause) -> Select[*tuple[object, ...]]:
    """The rows of `first_attendance` that follow from activities and registrations."""
    a, r = activities.c, registrations.c
    person = (r.programme, r.person_key)
    earliest = (a.starts_earliest.asc().nulls_last(), a.id)
    of_phase = (
        select(r.person_key, r.programme, a.phase, a.id.label("activity_id"), a.starts_earliest)
        .join_from(registrations, activities, a.id == r.activity_id)
        .where(took_part(registrations), a.status == HELD)
        .ext(distinct_on(*person, a.phase))
        .order_by(*person, a.phase, *earliest)
        .subquery("of_phase")
    )
    f = of_phase.c
    earlier = (f.starts_earliest.asc().nulls_last(), f.activity_id)
    place = func.row_number().over(partition_by=(f.programme, f.person_key), order_by=earlier)
    return select(f.person_key, f.programme, f.phase, f.activity_id, (place == 1).label("of_programme"))


def newcomers_of(firsts: FromClause) -> Select[*tuple[object, ...]]:
    """The rows of `newcomers` that follow from first attendances."""
    f = firsts.c
    of_programme = func.count().filter(f.of_programme)
    return select(f.activity_id, of_programme.label("of_programme"), func.count().label("of_phase")).group_by(
        f.activity_id
    )
