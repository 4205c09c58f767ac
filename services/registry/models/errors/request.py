"""What is refused about a request or a list of rows."""

from shared.errors import DomainError


class RowsRefused(DomainError):
    """Some rows cannot be accepted, so none was: correct those named, and send all again.

    Attributes:
        rows: the number of each refused row, counted from 0, with what is wrong in it.
    """

    slug = "rows-refused"

    def __init__(self, rows: list[tuple[int, DomainError]]) -> None:
        numbers = ", ".join(str(number + 1) for number, _ in rows)
        super().__init__(f"Nothing was written because of row {numbers}.")
        self.rows = rows


class KeyReused(DomainError):
    """The Idempotency-Key was used for another request: take a new key for a new request."""

    slug = "idempotency-key-reused"
