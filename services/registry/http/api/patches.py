"""Changing a part: a JSON Merge Patch (RFC 7396) is laid over the present state, and the whole is checked as one.

So the rules of a description are written once, and a client that does not know a field leaves it as it is.
"""

from typing import Annotated, Any, TypeVar

from fastapi import Body
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

M = TypeVar("M", bound=BaseModel)

Patch = Annotated[
    dict[str, Any],
    Body(description="JSON Merge Patch (RFC 7396): fields left out stay as they are, `null` makes a field unknown."),
]


def patched(kind: type[M], present: BaseModel, patch: dict[str, Any]) -> M:
    """The description that `patch` makes of the present state.

    Raises:
        RequestValidationError: the whole is not a description; each error names the field.
    """
    state = present.model_dump(mode="json", include=set(kind.model_fields))
    try:
        return kind.model_validate(_merged(state, patch))
    except ValidationError as error:
        raise RequestValidationError([{**each, "loc": ("body", *each["loc"])} for each in error.errors()]) from None


def patch_of(kind: type[BaseModel]) -> dict[str, Any]:
    """What OpenAPI says of such a patch: the fields of the description, none of them required."""
    schema = kind.model_json_schema(ref_template="#/components/schemas/{model}")
    for name in ("$defs", "required", "title"):
        schema.pop(name, None)
    for each in schema["properties"].values():
        each.pop("default", None)
    content = {"application/merge-patch+json": {"schema": schema}, "application/json": {"schema": schema}}
    return {"requestBody": {"required": True, "content": content}}


def _merged(state: Any, patch: Any) -> Any:
    if not isinstance(patch, dict):
        return patch
    merged = dict(state) if isinstance(state, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = _merged(merged.get(name), value)
    return merged
