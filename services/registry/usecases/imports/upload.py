"""Keep an uploaded file between its dry run and its acceptance, which are two requests and may meet two processes."""

import asyncio
from uuid import UUID

from services.registry.models import Upload
from services.registry.models.programme import programme_in_use
from services.registry.models.upload import UploadNotFound
from services.registry.sheets.files import ImportedFile, read_table
from services.registry.sheets.layout import known_columns, layout_of
from services.registry.sheets.report import Imported, ImportReport
from services.registry.usecases.imports.accept import AcceptImport, import_activities, preview_import
from shared.clock import Clock
from shared.database import Session
from shared.identifiers import new_id
from shared.identity import Actor


async def keep_upload(session: Session, file: ImportedFile, programme: str, *, actor: Actor, clock: Clock) -> Upload:
    """Keep a file that can be read as a list of activities.

    Raises:
        UnknownProgramme, and what `preview_import` raises about the file.
    """
    await asyncio.to_thread(lambda: layout_of(read_table(file, known_columns)))
    await programme_in_use(session, programme)
    upload = Upload(
        id=new_id(),
        actor_id=actor.id,
        name=file.name[:200],
        programme=programme,
        sheet=file.sheet,
        content=file.content,
        created_at=clock.now(),
    )
    session.add(upload)
    return upload


async def preview_upload(session: Session, upload: Upload, *, clock: Clock) -> ImportReport:
    """What accepting an upload would do now."""
    return await preview_import(session, _file(upload), upload.programme, clock=clock)


async def accept_upload(
    session: Session, upload_id: UUID, command: AcceptImport, *, actor: Actor, clock: Clock
) -> Imported:
    """Import a file that was kept; once: accepted again, it answers what it did the first time.

    Raises:
        UploadNotFound
        What `import_activities` does.
    """
    upload = await session.get(Upload, upload_id, with_for_update=True, populate_existing=True)
    if upload is None:
        raise UploadNotFound
    if upload.result is not None:
        return Imported.model_validate(upload.result)
    done = await import_activities(session, _file(upload), upload.programme, command, actor=actor, clock=clock)
    upload.content, upload.result = b"", done.model_dump(mode="json")
    return done


def _file(upload: Upload) -> ImportedFile:
    return ImportedFile(upload.name, upload.content, upload.sheet)
