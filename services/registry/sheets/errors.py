"""What can be wrong with a file, with a cell, and with the wish to import it, each with its sentence.

The docstring says what is wrong and what to do; the detail says with what. Errors of cells become findings of the
report, all others end the import before anything is written.
"""

from collections.abc import Sequence

from shared.errors import DomainError


class ImportRefused(DomainError):
    # Without a docstring: nobody is ever told this one.

    def __init__(self, case: str = "", *, field: str | None = None) -> None:
        """The detail is the case together with what to do, which is the second half of the error's docstring."""
        what_to_do = self.title().partition(": ")[2]
        super().__init__(f"{case} {what_to_do[:1].upper()}{what_to_do[1:]}" if case else "", field=field)


class EmptyFile(ImportRefused):
    """The file is empty: choose the file that holds the list."""

    slug = "empty-file"


class FileTooLarge(ImportRefused):
    """The file is larger than an import takes: split it, and import the parts one after another."""

    status = 413
    slug = "file-too-large"


class NotATable(ImportRefused):
    """This is not a table that can be read: save the list as CSV (UTF-8) or as an Excel workbook (.xlsx)."""

    slug = "not-a-table"


class UnknownEncoding(ImportRefused):
    """The letters of the file cannot be told apart: save it as "CSV UTF-8", or as an Excel workbook (.xlsx)."""

    slug = "unknown-encoding"


class BrokenQuotes(ImportRefused):
    """A quotation mark is opened and not closed, or stands in the middle: correct that row, or save the list again."""

    slug = "broken-quotes"


class UnknownSheet(ImportRefused):
    """The workbook has no sheet of this name: choose one that it has."""

    slug = "unknown-sheet"


class WrongColumns(ImportRefused):
    """No row names the columns that are needed: write their names above the list, or say which column is what."""

    slug = "wrong-columns"

    def __init__(self, case: str = "", *, field: str | None = None, headings: Sequence[str] = ()) -> None:
        super().__init__(case, field=field)
        self.members = {"headings": list(headings)}

    @property
    def headings(self) -> Sequence[str]:
        """What stands in the row that may name the columns."""
        found: Sequence[str] = self.members.get("headings", ())
        return found


class ColumnTwice(ImportRefused):
    """Two columns mean the same: rename one of them, or remove it."""

    slug = "column-twice"


class NoRows(ImportRefused):
    """The table has a header and no rows: there is nothing to import."""

    slug = "no-rows"


class EncodingNotCertain(ImportRefused):
    """It is not certain in which encoding the file is: look at the samples, and say which of them reads right."""

    status = 409
    slug = "encoding-not-certain"


class UnknownColumn(ImportRefused):
    """The list has no such column, or nothing here is called so: choose among those that are offered."""

    slug = "unknown-column"


class TooLittleMemory(ImportRefused):
    """Reading the file takes more memory than an import may have: split it, and import the parts one after another."""

    status = 413
    slug = "too-little-memory"


class TookTooLong(ImportRefused):
    """Reading the file takes longer than an import may take: split it, and import the parts one after another."""

    status = 413
    slug = "took-too-long"


class Note(DomainError):
    # Without a docstring: its kinds say what was seen in a file and is not simply a value of a row.
    pass


class RowHidden(Note):
    """The row is hidden in the workbook and is read like the others: look whether it belongs to the list."""

    slug = "row-hidden"


class ColumnsHidden(Note):
    """Columns are hidden in the workbook and are read like the others."""

    slug = "columns-hidden"


class Filtered(Note):
    """A filter hides rows in the workbook; they are read like the others."""

    slug = "filtered"


class CellsWithComments(Note):
    """Cells have comments; their text is not read."""

    slug = "cells-with-comments"


class CellsBesideTheList(Note):
    """Something stands so far to the right that it is not read."""

    slug = "cells-beside-the-list"


class CellsWithoutHeading(Note):
    """Something stands in a column without a heading and is not read."""

    slug = "cells-without-heading"


class MergedAcross(Note):
    """Cells are merged across columns: the value is read for the first of the columns alone."""

    slug = "merged-across"


class OtherSheets(Note):
    """The workbook has more sheets with a list; one sheet is read at a time."""

    slug = "other-sheets"


class YearNotShown(Note):
    """The cell shows a day without a year; the year is the one that Excel put there when the day was typed."""

    slug = "year-not-shown"


class YearOfTheList(Note):
    """A date without a year is read as of the year that stands in the title of the list."""

    slug = "year-of-the-list"


class TotalsLeftOut(Note):
    """A row of totals is no row of the list and is left out."""

    slug = "totals-left-out"


class HeadingsAgain(Note):
    """The headings stand in the list again; the row is left out."""

    slug = "headings-again"


class RowsAboveTheHeadings(Note):
    """What stands above the headings is not read."""

    slug = "rows-above-the-headings"


class MoreCellsThanColumns(DomainError):
    """The row has more cells than there are columns, so its cells have moved: put quotation marks around the text."""

    slug = "more-cells-than-columns"


class LooksLikeARemark(DomainError):
    """Only one cell of the row is filled, as in a remark below a list: complete the row, or leave it out."""

    slug = "looks-like-a-remark"


class NamibiaOrUnknown(DomainError):
    """NA is the code of Namibia, and also “not available”: write Namibia, or leave the cell blank."""

    slug = "namibia-or-unknown"


class NeedsValue(DomainError):
    """This cell cannot be blank: fill it in."""

    slug = "needs-value"


class UnknownWord(DomainError):
    """The word is not known here: write one of those that are."""

    slug = "unknown-word"


class NotACountry(DomainError):
    """No country has this code or name: write its name in English or Russian, or its code, like KG."""

    slug = "not-a-country"


class NotANumberOfPeople(DomainError):
    """This is not a number of people: write 30, over 30, 30+ or ~30."""

    slug = "not-a-number-of-people"


class CellHoldsAnError(DomainError):
    """The cell's formula has failed: correct it in the workbook, or write the value itself."""

    slug = "cell-holds-an-error"


class CannotBeKept(DomainError):
    """The value cannot be kept as it is: correct it."""

    slug = "cannot-be-kept"


class CodeTwice(DomainError):
    """Two rows have the same id: give each activity its own, or remove one of the rows."""

    slug = "code-twice"


class HeldBefore(DomainError):
    """The activity is recorded as held: reinstate it on its page first, if that was a mistake."""

    slug = "held-before"


class MergedOnItsPage(DomainError):
    """A list cannot merge activities: merge them on the page of the one that goes."""

    slug = "merged-on-its-page"


class StepNotInItsColumn(DomainError):
    """The state tells of a step that no other cell tells of: write the translations, or who received it."""

    slug = "step-not-in-its-column"


class ImportOutdated(ImportRefused):
    """The records, or the day, have changed since this report was made: look at the new report, then accept that."""

    status = 409
    slug = "import-outdated"


class RowsWithErrors(ImportRefused):
    """Some rows cannot be imported, so none was: correct them in the file, or choose to leave them out."""

    status = 409
    slug = "rows-with-errors"


class RowsToDecide(ImportRefused):
    """Some rows are likely recorded already, or contradict a colleague: say of each what to do with it."""

    status = 409
    slug = "rows-to-decide"


class UnknownRow(ImportRefused):
    """The report has no such row: choose among those it has."""

    slug = "unknown-row"


class NothingToBeTheSameAs(ImportRefused):
    """A row can be treated as the same only as the match it is shown beside, and only if that one is imported too."""

    slug = "nothing-to-be-the-same-as"
