"""How registrations become head counts: the same two questions for the facts of now and for those of a past day."""

from sqlalchemy import FromClause, Select, func, select

ATTENDED = "attended"
PARTICIPANT = "participant"


def cells_of(registrations: FromClause) -> Select[*tuple[object, ...]]:
    """The rows of `cell` that follow from registrations."""
    r = registrations.c
    shared = (r.activity_id, r.gender, r.country, r.organisation, r.role, r.status)
    return select(*shared, func.count().label("people")).group_by(*shared)


def attendances_of(registrations: FromClause) -> Select[*tuple[object, ...]]:
    """The rows of `attendance` that follow from registrations.

    Trainers, experts, interpreters, observers and organisers hold an activity; they do not take part in it.
    """
    r = registrations.c
    return (
        select(
            r.activity_id,
            func.count().label("people"),
            func.count().filter(r.gender == "female").label("women"),
            func.count(r.gender).label("gender_known"),
        )
        .where(r.status == ATTENDED, r.role == PARTICIPANT)
        .group_by(r.activity_id)
    )
