"""`registan import`: lists of the programme's staff, with a dry run that says what each row would do.

The trailing underscore is Python's: `import` cannot be a module's name.
"""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from deploy.commands.database import database_here

if TYPE_CHECKING:
    from services.registry.sheets.files import ImportedFile
    from services.registry.sheets.report import Imported, ImportReport, RowReport, Undoing, Undone
    from shared.database import Session

app = typer.Typer(help="Take over lists, after a dry run.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Take over lists, after a dry run."""


@dataclass(frozen=True)
class _Asked:
    """What was said on the command line."""

    noun: str
    programme: str
    skip: frozenset[str]
    undecided: str | None
    leave_out_errors: bool
    commit: bool


def _importing(noun: str) -> Callable[..., None]:
    """The command that imports lists of a noun."""

    def command(
        file: Annotated[
            Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, readable=True, help="CSV or .xlsx.")
        ],
        *,
        programme: Annotated[str, typer.Option(help="Its code; may be left out when there is only one.")] = "",
        sheet: Annotated[str, typer.Option(help="A sheet of the workbook; else the first visible with a list.")] = "",
        encoding: Annotated[str, typer.Option(help="Of a CSV file, where it is not recognised.")] = "",
        column: Annotated[
            list[str] | None, typer.Option(help="HEADING=FIELD, where a heading is not understood; may be repeated.")
        ] = None,
        everywhere: Annotated[
            list[str] | None,
            typer.Option(help="FIELD=VALUE of new rows that leave it blank, like phase=10."),
        ] = None,
        skip: Annotated[list[str] | None, typer.Option(help="Leave out the row with this id; may be repeated.")] = None,
        undecided: Annotated[
            str, typer.Option(help="What to do with rows that ask: import, same, correct, keep or skip.")
        ] = "",
        leave_out_errors: Annotated[
            bool, typer.Option("--leave-out-errors", help="Import the good rows alone.")
        ] = False,
        commit: Annotated[bool, typer.Option("--commit", help="Write it; without this, nothing is written.")] = False,
        as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
    ) -> None:
        from services.registry.sheets.files import ImportedFile, Reading

        how = Reading(
            sheet=sheet or None,
            encoding=encoding or None,
            columns=_pairs(column, "--column"),
            everywhere=_pairs(everywhere, "--everywhere"),
        )
        asked = _Asked(noun, programme, frozenset(skip or ()), undecided or None, leave_out_errors, commit)
        report, done, kept = asyncio.run(_import(ImportedFile(file.name, file.read_bytes(), how), asked))
        wrong = [row for row in report.rows if row.outcome == "error" and row.code not in asked.skip]
        asks = [row for row in report.rows if row.asks and row.code not in asked.skip and asked.undecided is None]
        if as_json:
            told = {
                "report": report.model_dump(mode="json"),
                "result": done.model_dump(mode="json") if done else None,
                "id": kept,
            }
            print(json.dumps(told, ensure_ascii=False))
        else:
            _print(report, done)
            if kept:
                print(f"registan import undo {kept} says what undoing it would do.")
            if commit and asks:
                print("Rows ask what to do with them: say --undecided import, same, correct, keep or skip.")
        if (wrong and not leave_out_errors) or (commit and done is None):
            raise typer.Exit(1)

    command.__doc__ = f"""Say what importing a list of {noun} would do, row by row; with --commit, do it.

    Ends with 1 when rows have errors that were not left out.
    """
    return command


for _noun in ("activities", "organisations", "outputs"):
    app.command(_noun)(_importing(_noun))


@app.command()
def undo(
    key: Annotated[
        UUID | None, typer.Argument(metavar="ID", help="Of the import; left out, the last imports are listed.")
    ] = None,
    *,
    commit: Annotated[bool, typer.Option("--commit", help="Undo it; without this, nothing is written.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Say what undoing an import would do, and what stands in the way; with --commit, undo it.

    Ends with 1 when something was built on the import.
    """
    if key is None:
        for line in asyncio.run(_imports_done()):
            print(line)
        return
    undoing, done = asyncio.run(_undo(key, commit=commit))
    if as_json:
        told = {"undoing": undoing.model_dump(mode="json"), "result": done.model_dump(mode="json") if done else None}
        print(json.dumps(told, ensure_ascii=False))
    elif done is not None:
        print(f"{done.taken_out} taken out, {done.restored} as before the import.")
    else:
        for row in undoing.rows:
            for obstacle in row.obstacles:
                name = row.row.title or row.row.code or str(row.row.id)
                print(f"row {row.row.row}, {name}: {obstacle.reason} {obstacle.remedy}")
        print(f"{undoing.taken_out} would be taken out, {undoing.restored} would be as before the import.")
        print("Something stands in the way; nothing can be undone." if undoing.in_the_way else "--commit undoes it.")
        if undoing.told:
            print(f"{undoing.told} people may have been told of it and would be told what is true then.")
    if undoing.in_the_way and done is None:
        raise typer.Exit(1)


async def _undo(key: UUID, *, commit: bool) -> "tuple[Undoing, Undone | None]":
    from services.registry.usecases.imports.undo import UndoImport, preview_undo, undo_import
    from shared.clock import SystemClock
    from shared.identity import SYSTEM

    database, clock = database_here("registry"), SystemClock()
    try:
        async with database.transaction() as session:
            undoing = await preview_undo(session, key, actor=SYSTEM, clock=clock)
            if not commit or undoing.in_the_way:
                return undoing, None
            command = UndoImport(token=undoing.token)
            return undoing, await undo_import(session, key, command, actor=SYSTEM, clock=clock)
    finally:
        await database.close()


async def _imports_done() -> list[str]:
    from services.registry.usecases.imports.find import IMPORTS
    from shared.identity import SYSTEM

    database = database_here("registry")
    try:
        async with database.transaction() as session:
            page = await IMPORTS.find(session, None, actor=SYSTEM)
            found = [each.upload for each in page.items]
            return [
                f"{each.id}  {each.created_at:%Y-%m-%d %H:%M}  {each.noun}  {each.name}"
                + ("  (undone)" if each.undone else "")
                for each in found
            ]
    finally:
        await database.close()


def _pairs(given: list[str] | None, option: str) -> dict[str, str]:
    """Raises: typer.BadParameter."""
    pairs = [each.partition("=") for each in given or ()]
    if wrong := next((left for left, sign, _right in pairs if not sign), None):
        raise typer.BadParameter(f"“{wrong}” has no =", param_hint=option)
    return {left.strip(): right.strip() for left, _sign, right in pairs}


async def _import(file: "ImportedFile", asked: _Asked) -> "tuple[ImportReport, Imported | None, str | None]":
    """The report, what was done and the id under which it can be undone."""
    from rich.console import Console

    from services.registry.usecases.imports.accept import AcceptImport, import_rows, preview_import
    from services.registry.usecases.imports.upload import keep_done
    from shared.clock import SystemClock
    from shared.identity import SYSTEM

    database = database_here("registry")
    clock = SystemClock()
    try:
        with Console(stderr=True).status("reading") as status:

            def progress(done: int, of: int) -> None:
                status.update(f"{done} of {of} rows")

            async with database.transaction() as session:
                code = asked.programme or await _only_programme(session)
                report = await preview_import(session, file, code, clock=clock, noun=asked.noun, progress=progress)
            rows = {row.row for row in report.rows if row.code in asked.skip}
            unknown = asked.skip - {row.code for row in report.rows}
            if unknown:
                raise typer.BadParameter(f"no row has the id {min(unknown)}", param_hint="--skip")
            wrong = any(row.outcome == "error" and row.row not in rows for row in report.rows)
            asks = any(row.asks and row.row not in rows for row in report.rows) and asked.undecided is None
            if not asked.commit or asks or (wrong and not asked.leave_out_errors):
                return report, None, None
            command = AcceptImport.model_validate(
                {
                    "token": report.token,
                    "choices": dict.fromkeys(rows, "skip"),
                    "undecided": asked.undecided,
                    "leave_out_errors": asked.leave_out_errors,
                }
            )
            async with database.transaction() as session:
                done = await import_rows(
                    session, file, code, command, actor=SYSTEM, clock=clock, noun=asked.noun, progress=progress
                )
                kept = await keep_done(session, done, code, noun=asked.noun, name=file.name, actor=SYSTEM, clock=clock)
                key = str(kept.id)
            return report, done, key
    finally:
        await database.close()


async def _only_programme(session: "Session") -> str:
    """The programme that everybody means.

    Raises:
        typer.BadParameter: there are several.
    """
    from sqlmodel import col, select

    from services.registry.models import Programme
    from services.registry.models.errors.programme import UnknownProgramme

    codes = (await session.exec(select(Programme.code).order_by(col(Programme.code)))).all()
    if not codes:
        raise UnknownProgramme("No programme is defined yet.")
    if len(codes) > 1:
        raise typer.BadParameter(f"say which of {', '.join(codes)}", param_hint="--programme")
    return codes[0]


_SHOWN = 40  # rows of one outcome; all are in --json
_WHAT = {"error": "error", "likely-duplicate": "likely known", "changed": "changes"}


def _print(report: "ImportReport", done: "Imported | None") -> None:
    """What needs attention row by row, and the rest in numbers."""
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    sheet = f", sheet “{report.sheet}”" if report.sheet else ""
    console.print(f"{report.file} ({report.form}{sheet}) for {report.programme}", markup=False, soft_wrap=True)
    for note in report.notes:
        reason = f" {note.reason}" if note.reason != note.remedy else ""
        console.print(f"note: {note.remedy}{reason}", markup=False, soft_wrap=True)
    for sample in report.samples:
        console.print(f"reads as {sample}; choose one with --encoding", markup=False, soft_wrap=True)
    if report.unknown_columns:
        console.print(
            f"columns that are not understood and not imported: {', '.join(report.unknown_columns)}",
            markup=False,
            soft_wrap=True,
        )
    table = Table(box=None, pad_edge=False)
    for name in ("row", "what", "id", "why"):
        table.add_column(name, justify="right" if name == "row" else "left", overflow="fold")
    for outcome, what in _WHAT.items():
        rows = [row for row in report.rows if row.outcome == outcome]
        for row in rows[:_SHOWN]:
            table.add_row(str(row.row), what, _plain(row.code), _plain("\n".join(_reasons(row))))
        if len(rows) > _SHOWN:
            table.add_row("", what, "", f"and {len(rows) - _SHOWN} more; --json has all")
    if table.row_count:
        console.print(table)
    if done is None:
        counts = ", ".join(f"{count} {outcome}" for outcome, count in report.counts.items() if count)
        nothing = "Nothing was written; --commit writes it."
        total = "1 row" if len(report.rows) == 1 else f"{len(report.rows)} rows"
        console.print(f"{total}: {counts}. {nothing}", markup=False, soft_wrap=True)
        if report.told:
            console.print(f"{report.told} people would be written to.")
        return
    merged = f", {done.merged} merged" if done.merged else ""
    left_out = f", {len(done.left_out)} left out" if done.left_out else ""
    console.print(f"{done.created} created, {done.changed} changed{merged}, {done.unchanged} unchanged{left_out}.")


def _reasons(row: "RowReport") -> list[str]:
    if row.match:
        where = f"row {row.match.row}" if row.match.row else row.match.code
        alike = f"{row.match.likeness} % like {where}: {row.match.title} ({row.match.starts or 'day unknown'})"
        return [f"{alike}; asks: {', '.join(row.asks)}"]
    told = [f"{row.told} people will be written to"] if row.told else []
    changes = [
        f"{change.field}: {change.before or 'unknown'} → {change.after or 'unknown'}"
        + (" (a colleague has changed it since)" if change.conflict else "")
        for change in row.changes
    ]
    notes = [note.remedy for note in row.notes]
    errors = [f"{each.column or 'row'}: {' '.join(dict.fromkeys((each.reason, each.remedy)))}" for each in row.errors]
    return errors + changes + told + notes


def _plain(text: str) -> str:
    """A text of a file, which must not be taken for rich's markup."""
    from rich.markup import escape

    return escape(text)
