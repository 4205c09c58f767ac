"""What a row of a list makes of an organisation: a new one, or a correction; units name what they belong to."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import true

from services.registry.models import Organisation, OrganisationBase, OrganisationState, Programme
from services.registry.models.errors.organisation import UnknownOrganisation
from services.registry.sheets.likeness import Sighting, sighting
from services.registry.sheets.report import Match
from services.registry.sheets.rows import Problem, Reading
from services.registry.usecases.imports.importable import Importable, fields_that_differ
from services.registry.usecases.organisations.sheet import ORGANISATIONS_SHEET, key_of
from shared import contracts
from shared.identifiers import new_id


def _read(row: str) -> OrganisationState:
    return OrganisationState.model_validate(json.loads(row))


def _codes_of(state: OrganisationState) -> list[str]:
    names = [*state.name.values(), *state.short_name.values()]
    return [str(state.id), *(key_of(name, country) for name in names for country in (state.country, None))]


def _prepare(
    readings: Sequence[Reading], states: Sequence[OrganisationState], activities: Mapping[str, UUID]
) -> list[Reading]:
    """Parents by their keys, and before their units: a parent is recorded, or another row of the list."""
    known = {code: state.id for state in states for code in _codes_of(state)}
    ids: dict[str, UUID] = {}
    rows: dict[UUID, Reading] = {}
    for reading in readings:
        own = known.get(reading.code) or new_id()
        reading.given["id"] = own
        rows.setdefault(own, reading)
        for name in (*reading.given.get("name", {}).values(), *reading.given.get("short_name", {}).values()):
            ids.setdefault(key_of(name, None), own)
    for reading in readings:
        named = reading.given.pop("parent", None)
        if written := reading.given.pop("parent_id", None) or named:
            parent = known.get(written) or known.get(key_of(written, None)) or ids.get(key_of(written, None))
            if parent is None or parent == reading.given["id"]:
                error = UnknownOrganisation(f"Neither the programme nor the list has “{written}”.", field="parent_id")
                reading.problems.append(Problem(error, "parent", written))
            else:
                reading.given["parent_id"] = parent
    placed: dict[int, Reading] = {}

    def place(reading: Reading, above: tuple[int, ...] = ()) -> None:
        if reading.number in placed or reading.number in above:
            return
        parent = rows.get(reading.given.get("parent_id"))  # type: ignore[arg-type]
        if parent is not None and len(above) < 50:
            place(parent, (*above, reading.number))
        placed[reading.number] = reading

    for reading in readings:
        place(reading)
    return list(placed.values())


def _listed(
    given: Mapping[str, Any], code: str, recorded: OrganisationState | None, programme: Programme, at: datetime
) -> OrganisationState:
    known = {name: getattr(recorded, name) for name in OrganisationBase.model_fields} if recorded else {}
    data = known | {name: value for name, value in given.items() if name in OrganisationBase.model_fields}
    for name in ("name", "short_name"):
        data[name] = known.get(name, {}) | given.get(name, {})
    if recorded is None:
        made: dict[str, Any] = {"id": given["id"], "version": 1, "created_at": at, "updated_at": at}
    else:
        made = {name: getattr(recorded, name) for name in ("id", "version", "created_at", "updated_at")}
    return OrganisationState.model_validate({**data, **made, "programme": programme.code})


def _differences(recorded: OrganisationState, listed: OrganisationState) -> dict[str, tuple[Any, Any]]:
    return fields_that_differ(recorded, listed, OrganisationBase.model_fields)


def _steps(organisation: Any, programme: Programme, listed: OrganisationState, at: datetime) -> Iterator[str]:
    if organisation.update(OrganisationBase.model_validate(listed.model_dump()), at):
        yield "organisation-updated"


def _sighting(key: Any, state: OrganisationState) -> Sighting[Any]:
    titles = (*state.name.values(), *state.short_name.values())
    return sighting(key, titles=titles, kind=state.kind, countries=(state.country,), starts=None, ends=None)


def _match(state: OrganisationState) -> Match:
    name = state.name.get("en") or next(iter(state.name.values()))
    return Match(likeness=0, code=str(state.id), title=name, starts=None, id=state.id)


ORGANISATIONS = Importable(
    sheet=ORGANISATIONS_SHEET,
    model=Organisation,
    read=_read,
    codes_of=_codes_of,
    prepare=_prepare,
    among=lambda table, codes: true(),  # names are compared in every spelling; a programme has some hundreds
    listed=_listed,
    created=lambda programme, listed, at: listed,
    differences=_differences,
    steps=_steps,
    refuse=lambda recorded, listed, named: None,
    remarks=lambda given, listed, recorded, at: [],
    sighting=_sighting,
    match=_match,
    counts=lambda table: true(),
    needed=("name",),
    may_move=lambda state: False,
    mergeable=False,
    created_event="organisation-added",
    topic=contracts.ORGANISATIONS,
    columns_of={
        "name": ("name", "name_en", "name_ru"),
        "short_name": ("short_name", "short_name_en"),
        "parent_id": ("parent",),
    },
)
"""An organisation to the import."""
