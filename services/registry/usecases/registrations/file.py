"""A file of participants as the text that a person could have pasted: read apart, looked at like any pasted list."""

from collections.abc import Sequence

from services.registry.sheets import cells
from services.registry.sheets.errors import EncodingNotCertain, RowHidden
from services.registry.sheets.files import ImportedFile, read_table
from services.registry.sheets.layout import knows
from services.registry.sheets.rows import with_merged
from services.registry.sheets.tables import CellError
from services.registry.usecases.registrations.sheet import PEOPLE
from shared.apart import Progress

_NUMBERED_UP_TO = 5000


class PeopleInFile:
    """Reads one file; made in a process apart."""

    def text(self, file: ImportedFile, progress: Progress) -> tuple[str, Sequence[str]]:
        """The rows with a tab between their cells, and what was seen in the file besides.

        Raises:
            EncodingNotCertain, and what `read_table` does.
        """
        table = read_table(file, knows(PEOPLE))
        if table.samples:
            raise EncodingNotCertain(f"{'; '.join(table.samples)}.", field="file")
        lines: list[str] = []
        for row in with_merged(table, table.rows):
            if row.number <= _NUMBERED_UP_TO:  # the rows of the text have the numbers of those in the file
                lines += [""] * (row.number - 1 - len(lines))
            shown = ["" if cell is None or isinstance(cell, CellError) else cells.line(cell) for cell in row.cells]
            lines.append("\t".join(shown))
        notes = [f"{note.title()} {note.detail}" for note in table.notes]
        hidden = [
            str(number) for number, some in table.row_notes.items() if any(isinstance(n, RowHidden) for n in some)
        ]
        if hidden:
            notes.append(f"{RowHidden.title()} ({', '.join(hidden[:20])})")
        return "\n".join(lines), notes
