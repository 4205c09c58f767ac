"""Figures and what is behind them as CSV (RFC 4180): each line has rule and date, so that it survives being copied."""

from collections.abc import Iterable
from datetime import datetime

from services.reporting.figures.drill_down import Counted
from services.reporting.figures.figure import Figure, Share, Unknown
from shared.exports import csv_line

ALL = "all"
UNKNOWN = "unknown"
HIDDEN = "hidden"

Value = str | int | float | None


def figure_sheet(figure: Figure) -> str:
    """One line for all, then one for each group; the unknown stands with all."""
    header = ["rule", "as_of", *figure.by, "value", "women", "gender_known", "people", "may_belong", "note", "filters"]
    about = [figure.rule, figure.as_of.isoformat() if figure.as_of else "now"]
    notes = " ".join(words["en"] for words in figure.notes.values())
    whole = [*about, *(ALL for _ in figure.by), _shown(figure.value, figure.public), *_parts(figure.share)]
    filters = "; ".join(f"{name}={value}" for name, value in figure.filters.items())
    rows = [[*whole, _may_belong(figure.unknown), notes, filters]]
    for group in figure.groups:
        key = [UNKNOWN if value is None else value for value in group.key.values()]
        rows.append([*about, *key, _shown(group.value, figure.public), *_parts(group.share), None, None, filters])
    return sheet(header, rows)


def counted_rows(counted: Iterable[Counted], rule: str, as_of: datetime | None) -> tuple[list[str], list[list[Value]]]:
    """The headings and the lines of what was counted."""
    header = ["rule", "as_of", "code", "title", "programme", "phase", "component", "kind", "starts", "ends"]
    about = [rule, as_of.isoformat() if as_of else "now"]
    rows: list[list[Value]] = [
        [
            *about,
            *(line.code, line.title.get("en") or next(iter(line.title.values())), line.programme, line.phase),
            *(line.component or UNKNOWN, line.kind, line.starts or UNKNOWN, line.ends or UNKNOWN),
            *(";".join(line.countries or ()) or UNKNOWN, line.number, str(line.id)),
        ]
        for line in counted
    ]
    return [*header, "countries", "number", "id"], rows


def _may_belong(unknown: Unknown) -> Value:
    return HIDDEN if unknown.number is None else unknown.number


def _parts(share: Share | None) -> list[Value]:
    return [share.women, share.known, share.people] if share else [None, None, None]


def _shown(value: Value, public: bool) -> Value:
    return HIDDEN if value is None and public else value


def sheet(header: list[str], rows: Iterable[Iterable[Value]]) -> str:
    return "".join(csv_line(cells) for cells in [header, *rows])
