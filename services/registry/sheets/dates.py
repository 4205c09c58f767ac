"""A cell as a date: texts are read as everywhere; what Excel holds as a date is known as far as it is shown."""

from datetime import date, datetime

from services.registry.sheets.tables import Cell
from shared.contracts.fuzzy_dates import FuzzyDate
from shared.written_dates import NotADate, Period, read_period

_YEARS = range(1900, 2200)  # the programme knows its own; here a year only has to be told from a number


def period(cell: Cell, *, year: int | None = None, zone: str | None = None) -> Period:
    """A cell as when something takes place, known as far as it says.

    Raises:
        NotADate, DateCanBeReadTwoWays, DateWithoutYear, InstantWithoutZone
    """
    match cell:
        case FuzzyDate():
            return Period(cell)
        case datetime():
            return Period(FuzzyDate.of(cell.date()))
        case date():
            return Period(FuzzyDate.of(cell))
        case int() if not isinstance(cell, bool) and cell in _YEARS:
            return Period(FuzzyDate.parse(str(cell)))
        case int() | float():
            raise NotADate(f"The cell holds the number {cell}: give it a date format in the workbook.")
    return read_period(str(cell), year=year, zone=zone)
