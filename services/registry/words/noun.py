"""How a noun is spoken of: its fields, its events, and how a value of a field is said.

A test holds these words against the noun's contract, so that no field and no event is without.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.web.language import Text, _

Say = Callable[[Any], str]


def plainly(value: Any) -> str:
    """A value as JSON has it, where its field needs no words of its own."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return "; ".join(each["name"] if isinstance(each, dict) else str(each) for each in value)
    if isinstance(value, dict):
        return " / ".join(str(each) for each in value.values())
    return str(value)


def one_of(words: Callable[[], Mapping[str, str]]) -> Say:
    """How a value is said that is one of a list of words."""
    return lambda value: words().get(value, str(value))


@dataclass(frozen=True)
class Words:
    """The words of one noun.

    Attributes:
        fields: the fields of its public state, in the order in which people read them.
        events: what happened to it, by the event's type.
        values: how the value of a field is said, where that is not plain.
        unsaid: fields whose change is not spelled out: they hold a key, or are said elsewhere.
    """

    fields: Mapping[str, Text]
    events: Mapping[str, Text]
    values: Mapping[str, Say] = field(default_factory=dict)
    unsaid: Collection[str] = ()

    def say(self, name: str, value: Any) -> str:
        """A field of the public state (as JSON) in words."""
        if value in (None, "", [], {}):
            return _("not known")
        return self.values.get(name, plainly)(value)
