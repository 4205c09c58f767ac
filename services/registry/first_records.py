"""What an empty registry begins with: a real programme and its real activities, through the same use cases as any.

They are in `services/registry/records`, with a word on where they come from and what was decided about their gaps.
"""

import json
from importlib.resources import files
from pathlib import Path

from sqlmodel import select

from services.registry import records
from services.registry.models import Programme
from services.registry.sheets.files import ImportedFile
from services.registry.usecases.imports.accept import AcceptImport, import_rows
from services.registry.usecases.outputs.find import activities_by_code
from services.registry.usecases.outputs.plan import PlanOutput, plan_output
from services.registry.usecases.programmes.define import define_programme, read_programme
from shared.clock import Clock, SystemClock
from shared.database import Database, Session
from shared.identity import SYSTEM
from shared.settings import ServiceSettings, load

_FOLDER = Path(str(files(records)))
PROGRAMME = _FOLDER / "bomca.json"
ACTIVITIES = _FOLDER / "activities.csv"
OUTPUTS = _FOLDER / "outputs.json"


async def load_if_empty() -> str | None:
    """A line about what was loaded; nothing where a programme was defined before."""
    settings = load(ServiceSettings, "registry")
    database = Database(settings.database_url.get_secret_value())
    try:
        async with database.transaction() as session:
            return await load_records(session, clock=SystemClock())
    finally:
        await database.close()


async def load_records(session: Session, *, clock: Clock) -> str | None:
    """Define the programme, import its activities and record its outputs, all or nothing."""
    if (await session.exec(select(Programme.code).limit(1))).first() is not None:
        return None
    programme = await define_programme(session, read_programme(PROGRAMME), actor=SYSTEM, clock=clock)
    file = ImportedFile(ACTIVITIES.name, ACTIVITIES.read_bytes())
    done = await import_rows(session, file, programme.code, AcceptImport(undecided="import"), actor=SYSTEM, clock=clock)
    outputs = json.loads(OUTPUTS.read_text())
    for output in outputs:
        activities = await activities_by_code(session, programme.code, output.pop("activities", []))
        command = PlanOutput(programme=programme.code, activities=activities, **output)
        await plan_output(session, command, actor=SYSTEM, clock=clock)
    return f"{done.created} activities and {len(outputs)} outputs of {programme.code} are loaded, each with its source"
