"""A form as it was sent: what was typed, and what is wrong with it, so that nobody types anything twice.

A blank field was not filled in: it is left out, and the command's own default or "unknown" applies. But a choice of
closed words that the command cannot do without is needed when it was sent blank: somebody saw it and chose nothing, and
a default would decide for them. Names carry the shape: `place.name.en` goes into an object, `countries[]` is a list
however many were chosen.
"""

from collections.abc import Collection, Mapping, Sequence
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from fastapi import Request
from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.datastructures import UploadFile

from shared.errors import DomainError
from shared.web.words import reason_of, sentence_of

M = TypeVar("M", bound=BaseModel)

CSRF_FIELD = "csrf"
ONCE_FIELD = "once"


_VERSION: TypeAdapter[int | None] = TypeAdapter(int | None)


class Form:
    """What a form shows: empty, filled from something known, or as it came back.

    Args:
        values: texts by the field's name.
    """

    def __init__(self, values: Mapping[str, str | Sequence[str]] | None = None) -> None:
        self._values = {
            name: [given] if isinstance(given, str) else list(given) for name, given in (values or {}).items()
        }
        self.files: dict[str, UploadFile] = {}
        self.errors: dict[str, str] = {}
        self.status = 200
        self.headers: Mapping[str, str] = {}  # of the answer that shows it
        self.once = ""  # what tells a form that was sent twice from another one that says the same

    @classmethod
    async def sent(cls, request: Request) -> "Form":
        """The form that the request carries."""
        form = cls()
        for name, given in (await request.form()).multi_items():
            typed = form._values.setdefault(name, [])
            if isinstance(given, str):
                typed.append(given.replace("\x00", "").strip())
            elif given.filename:
                form.files[name] = given
        form._values.pop(CSRF_FIELD, None)
        form.once = next(iter(form._values.pop(ONCE_FIELD, ())), "")
        return form

    def value(self, name: str) -> str:
        """The text of a field, empty where nothing was typed."""
        return next(filter(None, self._values.get(name, ())), "")

    def all(self, name: str) -> list[str]:
        """All that was chosen in a list."""
        return self._values.get(name, [])

    def fill(self, **texts: str) -> None:
        """Put texts into fields, such as what a file held that was sent."""
        self._values.update({name: [text] for name, text in texts.items()})

    @property
    def values(self) -> Mapping[str, Sequence[str]]:
        """All that was typed, by the field's name."""
        return self._values

    @property
    def seen_version(self) -> int | None:
        """The version that the form was filled from, where it says so.

        Raises:
            ValidationError: it is no number.
        """
        return _VERSION.validate_python(self.value("seen_version") or None)

    def error(self, name: str) -> str | None:
        """What is wrong with a field."""
        return self.errors.get(name)

    def parse(self, command: type[M], *, leave_out: Collection[str] = (), **known: Any) -> M:
        """Read the form as a command; `known` is what the address or the page already says, `leave_out` names the
        fields that are not of the command.

        Raises:
            ValidationError: give it to `refused` and show the form again.
        """
        data: dict[str, Any] = {}
        blank: list[list[str]] = []
        for name, given in self._values.items():
            if name in leave_out:
                continue
            filled = [text for text in given if text]
            *path, last = name.removesuffix("[]").split(".")
            if filled:
                inner = data
                for part in path:
                    if not isinstance(inner.get(part), dict):
                        inner[part] = {}
                    inner = inner[part]
                inner[last] = filled if name.endswith("[]") else filled[0]
            elif given and _must_be_chosen(command, [*path, last]):
                blank.append([*path, last])
        for *path, last in blank:  # of an object only when something else of it was filled in
            inner = data
            for part in path:
                inner = inner.get(part, {})
            if inner is data or inner:
                inner.setdefault(last, "")
        return command.model_validate(data | known)

    def refused(self, error: ValidationError | DomainError) -> "Form":
        """The same form with what is wrong beside its fields; `status` is the answer's."""
        if isinstance(error, DomainError):
            self.errors = {self._name_of(error.field or ""): sentence_of(error)}
            self.status = error.status
            self.headers = getattr(error, "headers", {})
        else:
            self.errors = {}
            for one in error.errors(include_url=False):
                path = ".".join(str(part) for part in one["loc"])
                name = self._name_of(path)
                self.errors.setdefault(name, reason_of(one) if name or not path else f"{path}: {reason_of(one)}")
            self.status = 422
        return self

    def _name_of(self, path: str) -> str:
        """The field that an error belongs to: the longest part of its path that is a field of the form, or the first
        field that is a part of it."""
        while path:
            for name in (path, f"{path}[]"):
                if name in self._values:
                    return name
            if within := next((name for name in self._values if name.startswith(f"{path}.")), None):
                return within
            path = path.rpartition(".")[0]
        return ""


def _must_be_chosen(command: type[BaseModel], path: Sequence[str]) -> bool:
    """Whether this field of the command is one of some closed words, and may not be left open."""
    field = command.model_fields.get(path[0])
    kinds = _kinds_in(field.annotation) if field else []
    if len(path) > 1:
        inner = (kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel))
        return any(_must_be_chosen(kind, path[1:]) for kind in inner)
    return NoneType not in kinds and any(get_origin(kind) is Literal for kind in kinds)


def _kinds_in(annotation: Any) -> list[Any]:
    """The parts of a union, without what is annotated to them."""
    if get_origin(annotation) is Annotated:
        return _kinds_in(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return [kind for part in get_args(annotation) for kind in _kinds_in(part)]
    return [annotation]
