"""Which sentences people can be shown, and which of them a language lacks.

`python -m tests.translations` prints what is missing, ready to be filled in and pasted into the `.po` file it names.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import normalize, read_po

from shared.errors import DomainError
from shared.settings import SERVICES
from shared.web.language import CATALOGUES, LANGUAGES

ROOT = Path(__file__).resolve().parents[1]
Sentence = str | tuple[str, ...]

FILES = [CATALOGUES / f"{language}.po" for language in LANGUAGES[1:]]
FOLDERS = ("shared", *(f"services/{name}" for name in SERVICES))

_KEYWORDS = {
    **dict.fromkeys(("_", "gettext", "lazy")),
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
}
_CONTEXT = "\x04"  # as gettext itself joins a context and its message


def missing(po_file: Path) -> list[Sentence]:
    """The sentences that a catalogue does not translate."""
    return sorted(sentences() - set(_complete(catalogue(po_file))), key=str)


def unused(po_file: Path) -> list[Sentence]:
    """What a catalogue translates and nobody says."""
    known = [_in(message.context, _sentence(message.id)) for message in catalogue(po_file) if message.id]
    return [sentence for sentence in known if sentence not in sentences()]


@cache
def sentences() -> frozenset[Sentence]:
    return frozenset(_sentences())


def _sentences() -> Iterator[Sentence]:
    for folder in FOLDERS:
        for file in sorted((ROOT / folder).rglob("*.html")):
            yield from _extracted(file, "jinja2.ext:babel_extract")
        for file in sorted((ROOT / folder).rglob("*.py")):
            yield from _extracted(file, "python")
        yield from _titles_of_errors(folder.replace("/", "."))


def _extracted(file: Path, method: str) -> Iterator[Sentence]:
    options = {"trimmed": "true", "newstyle_gettext": "true"} if method != "python" else {}
    with file.open("rb") as source:
        for _line, message, _comments, context in extract(method, source, _KEYWORDS, (), options):
            yield _in(context, message)


def _titles_of_errors(package: str) -> Iterator[str]:
    """A domain error's docstring is shown to people."""
    try:
        root = import_module(package)
    except ModuleNotFoundError:
        return
    for module in walk_packages(root.__path__, f"{package}."):
        if "migrations" not in module.name and ".history" not in module.name:
            import_module(module.name)
    classes = [DomainError]
    while classes:
        error = classes.pop()
        classes.extend(error.__subclasses__())
        if error.__module__.startswith(f"{package}.") and error.__doc__:
            yield error.title()


def catalogue(po_file: Path) -> Catalog:
    with po_file.open("rb") as source:
        return read_po(source, locale=po_file.stem)


def _complete(known: Catalog) -> Iterator[Sentence]:
    """Sentences whose every form is translated."""
    for message in known:
        forms = message.string if isinstance(message.string, tuple | list) else (message.string,)
        if message.id and all(forms) and not message.fuzzy:
            yield _in(message.context, _sentence(message.id))


def _in(context: str | None, sentence: Sentence) -> Sentence:
    return f"{context}{_CONTEXT}{sentence}" if context else sentence


def _sentence(message_id: str | Sequence[str]) -> Sentence:
    return message_id if isinstance(message_id, str) else tuple(message_id)


def _entry(sentence: Sentence) -> str:
    """A `.po` entry to be filled in."""
    if isinstance(sentence, str):
        context, _mark, message = sentence.rpartition(_CONTEXT)
        return (f"msgctxt {normalize(context)}\n" if context else "") + f'msgid {normalize(message)}\nmsgstr ""\n'
    one, many = sentence
    forms = "".join(f'msgstr[{form}] ""\n' for form in range(3))
    return f"msgid {normalize(one)}\nmsgid_plural {normalize(many)}\n{forms}"


if __name__ == "__main__":
    for file in FILES:
        for gap in missing(file):
            print(f"# {file.relative_to(ROOT)}\n{_entry(gap)}")  # noqa: T201
