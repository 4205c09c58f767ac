"""What can be wrong with a file, with a cell, and with the wish to import it, each with its sentence.

The docstring says what is wrong and what to do; the detail says with what. Errors of cells become findings of the
report, all others end the import before anything is written.
"""

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
    """No row names the columns: write a row above the list with at least `title` and `phase` in it."""

    slug = "wrong-columns"


class ColumnTwice(ImportRefused):
    """Two columns mean the same: rename one of them, or remove it."""

    slug = "column-twice"


class NoRows(ImportRefused):
    """The table has a header and no rows: there is nothing to import."""

    slug = "no-rows"


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


class WomenWithoutTotal(DomainError):
    """The number of women is given and not the number of all: give both, or leave both blank."""

    slug = "women-without-total"


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


class ImportOutdated(ImportRefused):
    """The records, or the day, have changed since this report was made: look at the new report, then accept that."""

    status = 409
    slug = "import-outdated"


class RowsWithErrors(ImportRefused):
    """Some rows cannot be imported, so none was: correct them in the file, or choose to leave them out."""

    status = 409
    slug = "rows-with-errors"


class UnknownRow(ImportRefused):
    """The report has no such row: choose among those it has."""

    slug = "unknown-row"


class NothingToBeTheSameAs(ImportRefused):
    """A row can be treated as the same only as the match it is shown beside, and only if that one is imported too."""

    slug = "nothing-to-be-the-same-as"
