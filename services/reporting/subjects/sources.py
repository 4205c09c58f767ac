"""Where a figure is counted: in the facts of now, or in those of a past moment, by the same names.

Of now, head counts are read as the projection left them; of a past moment, they are counted again from the
registrations of then.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import (
    ColumnElement,
    Date,
    DateTime,
    FromClause,
    Select,
    Table,
    Text,
    bindparam,
    column,
    func,
    select,
    true,
)

from services.reporting.facts import tables
from services.reporting.facts.counts import attendances_of, cells_of
from services.reporting.facts.tables import known_at

Moment = ColumnElement[datetime] | None


@dataclass(frozen=True)
class Sources:
    """Selections of facts, all of the same moment."""

    activities: FromClause
    registrations: FromClause
    cells: FromClause
    attendances: FromClause
    organisations: FromClause
    released: FromClause
    outputs: FromClause


@cache
def sources(*, past: bool) -> Sources:
    """The facts of now, or of the moment that the statement's parameter `as_of` gives."""
    as_of = bindparam("as_of", type_=DateTime(timezone=True)) if past else None
    registrations = _known(tables.registration, as_of)
    return Sources(
        activities=_activities(as_of),
        registrations=registrations,
        cells=tables.cell if as_of is None else cells_of(registrations).subquery("cell"),
        attendances=tables.attendance if as_of is None else attendances_of(registrations).subquery("attendance"),
        organisations=_known(tables.organisation, as_of),
        released=_known(tables.released, as_of),
        outputs=_outputs(as_of),
    )


def phases(as_of: Moment) -> Select[tuple[str, str, object]]:
    """Programme, phase, and the first day of the phase's active implementation, where the programme's tree says it."""
    programme = _known(tables.programme, as_of)
    told = (column("code", Text), column("active_since", Date))
    phase = (
        func.jsonb_to_recordset(programme.c.phases).table_valued(*told, name="phase").render_derived(with_types=True)
    )
    columns = (programme.c.code.label("programme"), phase.c.code.label("phase"), phase.c.active_since)
    return select(*columns).select_from(programme.join(phase, true()))


def _activities(as_of: Moment) -> FromClause:
    """Activities, with what the rules need of their programme."""
    activity, programme = _known(tables.activity, as_of), _known(tables.programme, as_of)
    phase = phases(as_of).subquery("phase")
    of_phase = (phase.c.programme == activity.c.programme) & (phase.c.phase == activity.c.phase)
    joined = activity.outerjoin(programme, programme.c.code == activity.c.programme).outerjoin(phase, of_phase)
    of_programme = (func.coalesce(programme.c.synthetic, False).label("synthetic"), phase.c.active_since)
    return select(*activity.c, *of_programme).select_from(joined).subquery("activity")


def _outputs(as_of: Moment) -> FromClause:
    output, programme = _known(tables.output, as_of), _known(tables.programme, as_of)
    joined = output.outerjoin(programme, programme.c.code == output.c.programme)
    synthetic = func.coalesce(programme.c.synthetic, False).label("synthetic")
    return select(*output.c, synthetic).select_from(joined).subquery("output")


def _known(table: Table, as_of: Moment) -> FromClause:
    return select(table).where(known_at(table, as_of)).subquery(table.name)
