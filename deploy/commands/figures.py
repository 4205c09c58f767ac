"""`registan figures`: the numbers, where somebody works in a terminal. Counted by the same code as on the pages."""

import asyncio
import json
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from deploy.commands.database import database_here

if TYPE_CHECKING:
    from services.reporting.figures.figure import Figure
    from services.reporting.figures.question import Question

app = typer.Typer()
Format = Literal["table", "json", "csv"]
Word = Annotated[str, typer.Option()]


@app.command()
def figures(
    *,
    rule: Annotated[str, typer.Option(help="events, thematic, capacity-building, participants, people …")] = "",
    programme: Annotated[str, typer.Option(help="Without it, all but those made up for practice.")] = "",
    phase: Word = "",
    component: Word = "",
    kind: Word = "",
    scope: Word = "",
    delivery: Word = "",
    country: Annotated[str, typer.Option(help="A beneficiary country: KG.")] = "",
    period: Annotated[str, typer.Option(help="The period as one: 'Q4 2022', 2022, 'May 2022'.")] = "",
    first: Annotated[str, typer.Option("--from", help="The period starts: 2022, 2022-09 or 2022-09-30.")] = "",
    last: Annotated[str, typer.Option("--to", help="The period ends; 2022 means its last day.")] = "",
    by: Annotated[str, typer.Option(help="One or two dimensions: year,kind.")] = "",
    as_of: Annotated[str, typer.Option(help="What was known on this day.")] = "",
    public: Annotated[bool, typer.Option("--public", help="Tell of people only what may leave the house.")] = False,
    format: Annotated[Format, typer.Option(help="table, json or csv.")] = "table",
    explain: Annotated[bool, typer.Option("--explain", help="Print the SQL that counts, instead of counting.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Count: by all rules, or by one of them and in detail."""
    words = {
        "programme": programme,
        "phase": phase,
        "component": component,
        "kind": kind,
        "scope": scope,
        "delivery": delivery,
        "country": country,
        "period": period,
        "from": first,
        "to": last,
        "as_of": as_of,
        "by": by,
    }
    if explain:
        print(_explained(rule, words, public=public), end="")
        return
    found = asyncio.run(_count(rule, words, public=public))
    match "json" if as_json else format:
        case "json":
            told = [figure.model_dump(mode="json") for figure in found]
            print(json.dumps(told[0] if rule else told, ensure_ascii=False, indent=2))
        case "csv":
            _print_sheets(found)
        case _:
            for figure in found:
                _print_table(figure)


async def _count(rule: str, words: dict[str, str], *, public: bool) -> "list[Figure]":
    from services.reporting.figures.answering import answer

    questions = _questions(rule, words, public=public)
    database = database_here("reporting")
    try:
        async with database.transaction() as session:
            return [await answer(session, question) for question in questions]
    finally:
        await database.close()


def _questions(rule: str, words: dict[str, str], *, public: bool) -> "list[Question]":
    from services.reporting.figures.question import Question, UnaskableQuestion
    from services.reporting.rules import UnknownRule

    try:
        return [Question.read(rule, words, public=public)] if rule else Question.of_all_rules(words, public=public)
    except (UnaskableQuestion, UnknownRule) as error:
        raise typer.BadParameter(error.detail) from None


def _explained(rule: str, words: dict[str, str], *, public: bool) -> str:
    from services.reporting.figures.explaining import sql_of

    return "\n".join(
        f"-- {question.rule.id}\n{sql_of(question)}" for question in _questions(rule, words, public=public)
    )


def _print_sheets(found: "list[Figure]") -> None:
    from services.reporting.figures.sheets import figure_sheet

    for place, figure in enumerate(found):
        header, _, lines = figure_sheet(figure).replace("\r\n", "\n").partition("\n")
        if not place:
            print(header)
        print(lines, end="")


def _print_table(figure: "Figure") -> None:
    """The number, its rule, what is unknown, and its groups under each other."""
    print(f"{_shown(figure.value):>8}  {figure.rule:<22} {_unknown(figure)}".rstrip())
    for group in figure.groups:
        key = "  ".join("not known" if value is None else value for value in group.key.values())
        print(f"{_shown(group.value):>16}  {key}")
    if figure.by or figure.as_of:
        print(f"{'':10}{figure.sentence['en']}")
        print(f"{'':10}as known on {figure.as_of:%Y-%m-%d %H:%M:%S} UTC" if figure.as_of else f"{'':10}as known now")
        for note in figure.notes.values():
            print(f"{'':10}{note['en']}")
        print(f"{'':10}hash {figure.hash}")


def _unknown(figure: "Figure") -> str:
    told = []
    if figure.share and figure.share.people is not None:
        told.append(f"{figure.share.women} of {figure.share.known} of known gender, {figure.share.people} in all")
    if figure.unknown.number:
        reasons = ", ".join(f"{_reason(reason)} {_shown(n)}" for reason, n in figure.unknown.reasons.items())
        told.append(f"+ {figure.unknown.number} may belong" + (f" ({reasons})" if reasons else ""))
    if figure.unknown.activities:
        told.append(f"of {figure.unknown.activities} activities the number of people is unknown")
    if figure.contradictions:
        told.append(f"in {figure.contradictions} activities head count and names contradict each other")
    return "; ".join(told)


def _reason(reason: str) -> str:
    return "known only as a number" if reason == "name" else f"unknown {reason}"


def _shown(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}" if isinstance(value, float) else str(value)
