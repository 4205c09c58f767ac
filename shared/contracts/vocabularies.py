"""Vocabularies that may grow: a word this version does not know is read as the word that stands for everything else.

A closed list of words is the one thing in a contract that real life keeps adding to (a webinar is a new kind of
activity). So a vocabulary that has a catch-all word may grow within version 1, and an old subscriber reads the new word
as that one. A vocabulary without a catch-all (a status, a role) is closed until version 2: nobody could guess what an
unknown status means.
"""

from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema


@dataclass(frozen=True, slots=True)
class Otherwise:
    """Marks a `Literal` as open: read from JSON, an unknown word becomes `word`.

    In Python the vocabulary stays closed, so that a typing error in our own code is an error and not "other".
    """

    word: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        known = handler(source)
        known_or_word = core_schema.with_default_schema(known, default=self.word, on_error="default")
        return core_schema.json_or_python_schema(
            json_schema=core_schema.chain_schema([core_schema.str_schema(), known_or_word]),
            python_schema=known,
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        if schema["type"] != "json-or-python":
            raise TypeError("Otherwise belongs on a Literal and nowhere else")
        words = handler(schema["python_schema"])["enum"]
        return {
            "type": "string",
            "description": f"One of `x-words`, which may grow: a word you do not know means `{self.word}`.",
            "x-words": words,
            "x-otherwise": self.word,
        }
