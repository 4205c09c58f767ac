"""Keep an uploaded file between its dry run and its acceptance, which are two requests and may meet two processes.

It is examined once for each way of reading it, and what was found out is kept beside it. How far an examination is
stands in the database too, so that any process can tell; taking the file away ends it.
"""

import asyncio
from contextlib import suppress
from uuid import UUID

from sqlalchemy import update
from sqlmodel import col

from services.registry.models import Upload
from services.registry.models.programme import programme_in_use
from services.registry.models.upload import UploadNotFound
from services.registry.sheets.errors import EmptyFile, FileTooLarge
from services.registry.sheets.files import ImportedFile, Reading
from services.registry.sheets.report import Imported
from services.registry.sheets.tables import LARGEST_FILE
from services.registry.usecases.imports.accept import AcceptImport, examine_import, import_rows
from services.registry.usecases.rights import allow
from shared.apart import Apart
from shared.clock import Clock
from shared.database import Database, Session
from shared.errors import DomainError
from shared.identifiers import new_id
from shared.identity import Actor

_TOLD_EACH = 0.5  # seconds


async def keep_upload(
    session: Session, file: ImportedFile, programme: str, *, noun: str = "activities", actor: Actor, clock: Clock
) -> Upload:
    """Keep a file to be examined.

    Raises:
        UnknownProgramme, EmptyFile, FileTooLarge
    """
    if not file.content:
        raise EmptyFile
    if len(file.content) > LARGEST_FILE:
        raise FileTooLarge(f"It has {len(file.content) / 1e6:.1f} MB; {LARGEST_FILE / 1e6:.0f} MB can be taken.")
    await programme_in_use(session, programme, actor=actor)
    allow(actor, "editor", programme=programme)
    upload = Upload(
        id=new_id(),
        actor_id=actor.id,
        name=file.name[:200],
        programme=programme,
        noun=noun,
        reading=file.how.model_dump(mode="json", exclude_defaults=True),
        content=file.content,
        created_at=clock.now(),
    )
    session.add(upload)
    return upload


async def kept_upload(session: Session, upload_id: UUID, *, actor: Actor, lock: bool = False) -> Upload:
    """A file that was kept for a programme of which the actor is an editor, or the actor's own list of participants.

    Raises: UploadNotFound
    """
    found = await session.get(Upload, upload_id, with_for_update=lock, populate_existing=lock)
    if found is None or not (actor.may("editor", programme=found.programme) or _is_own_list(found, actor)):
        raise UploadNotFound
    return found


def _is_own_list(upload: Upload, actor: Actor) -> bool:
    return upload.activity_id is not None and upload.actor_id == actor.id


async def keep_done(
    session: Session,
    done: Imported,
    programme: str,
    *,
    noun: str,
    name: str,
    actor: Actor,
    clock: Clock,
    activity_id: UUID | None = None,
) -> Upload:
    """Keep what an import did that was not examined here first, so that it can be undone as any."""
    upload = Upload(
        id=new_id(),
        actor_id=actor.id,
        name=name[:200],
        programme=programme,
        noun=noun,
        content=b"",
        result=done.model_dump(mode="json"),
        activity_id=activity_id,
        created_at=clock.now(),
    )
    session.add(upload)
    return upload


async def examine_upload(
    database: Database, upload_id: UUID, *, actor: Actor, clock: Clock, apart: Apart | None
) -> None:
    """Find out what importing it would do, and keep that; nothing happens where it is known or the import was done.

    Raises:
        UploadNotFound: it was taken away, before or while it was examined.
        What `examine_import` does.
    """
    async with database.transaction() as session:
        upload = await kept_upload(session, upload_id, actor=actor)
    if upload.page is not None or upload.result is not None:
        return
    seen = (0, 0)

    def progress(done: int, total: int) -> None:
        nonlocal seen
        seen = done, total

    async def examine() -> None:
        async with database.transaction() as session:
            judged = await examine_import(
                session,
                file_of(upload),
                upload.programme,
                clock=clock,
                noun=upload.noun,
                apart=apart,
                progress=progress,
            )
        await _write(database, upload_id, report=judged.whole, page=judged.page)

    async def tell() -> None:
        while True:
            await asyncio.sleep(_TOLD_EACH)
            await _write(database, upload_id, done=seen[0], total=seen[1])

    work, telling = asyncio.create_task(examine()), asyncio.create_task(tell())
    try:
        await asyncio.wait((work, telling), return_when=asyncio.FIRST_COMPLETED)
        await (work if work.done() else telling)
    finally:
        for task in (work, telling):
            task.cancel()
            with suppress(asyncio.CancelledError, DomainError):
                await task


async def _write(database: Database, upload_id: UUID, **values: object) -> None:
    async with database.transaction() as session:
        changed = await session.execute(
            update(Upload).where(col(Upload.id) == upload_id).values(**values).returning(col(Upload.id))
        )
        if changed.one_or_none() is None:
            raise UploadNotFound


async def cancel_upload(database: Database, upload_id: UUID, *, actor: Actor) -> None:
    """Take a file away that was not imported; its examination stops. Nothing happens where it is gone already."""
    async with database.transaction() as session:
        with suppress(UploadNotFound):
            upload = await kept_upload(session, upload_id, actor=actor, lock=True)
            if upload.result is None:
                await session.delete(upload)


async def read_otherwise(session: Session, upload_id: UUID, how: Reading, *, actor: Actor) -> None:
    """Have it read in another way: another sheet, encoding, mapping of columns, corrected cells.

    Raises:
        UploadNotFound: it is not kept, or was imported.
    """
    upload = await kept_upload(session, upload_id, actor=actor, lock=True)
    if upload.result is not None:
        raise UploadNotFound
    upload.reading = how.model_dump(mode="json", exclude_defaults=True)
    upload.report = upload.page = None


async def accept_upload(
    session: Session,
    upload_id: UUID,
    command: AcceptImport,
    *,
    actor: Actor,
    clock: Clock,
    apart: Apart | None = None,
) -> Imported:
    """Import a file that was kept; once: accepted again, it answers what it did the first time.

    Raises:
        UploadNotFound
        What `import_rows` does.
    """
    upload = await kept_upload(session, upload_id, actor=actor, lock=True)
    if upload.result is not None:
        return Imported.model_validate(upload.result)
    done = await import_rows(
        session, file_of(upload), upload.programme, command, actor=actor, clock=clock, noun=upload.noun, apart=apart
    )
    upload.content, upload.report, upload.page = b"", None, None
    upload.result = done.model_dump(mode="json")
    return done


def file_of(upload: Upload) -> ImportedFile:
    return ImportedFile(upload.name, upload.content, Reading.model_validate(upload.reading or {}))
