"""Which failures of a command are for the person who typed it, and in what words.

Errors of our own carry their sentence. Those of the database, Kafka and the system are put into one; anything else is
a defect of ours and keeps its traceback.
"""

import sys
from collections.abc import Callable

from deploy.local.errors import PlatformError

OURS = (
    ("shared.settings", "WrongSettings"),
    ("shared.errors", "DomainError"),
    ("shared.bus.kafka", "KafkaAway"),
    ("shared.service", "CannotGoOn"),
    ("shared.bus.dead_letters", "OnlyItsWriter"),
)
THEIRS = (
    ("sqlalchemy.exc", "DBAPIError", "the database refuses: "),
    ("asyncpg", "PostgresError", "the database refuses: "),
    ("asyncpg", "InterfaceError", "the database cannot be used: "),
    ("aiokafka.errors", "KafkaError", "Kafka refuses: "),
)


def or_one_line(command: Callable[[], object]) -> None:
    """Run a command; say what went wrong in one line."""
    try:
        command()
    except Exception as error:
        said = sentence(error)
        if said is None:
            raise
        print(f"registan: {said}", file=sys.stderr)
        sys.exit(1)


def sentence(error: BaseException) -> str | None:
    """One line for a person, or None for a defect of ours."""
    if isinstance(error, PlatformError) or any(_is(error, module, name) for module, name in OURS):
        return _one_line(error)
    for module, name, what in THEIRS:
        if _is(error, module, name):
            return what + _one_line(getattr(error, "orig", None) or error)
    if isinstance(error, OSError):
        return _one_line(error)
    return None


def _is(error: BaseException, module: str, name: str) -> bool:
    """Without importing the module: if it is not loaded, the error cannot be one of its."""
    loaded = sys.modules.get(module)
    return loaded is not None and isinstance(error, getattr(loaded, name))


def _one_line(error: object) -> str:
    return " ".join(str(error).split()) or type(error).__name__
