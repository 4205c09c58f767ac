"""What happened to one of a noun, in words; and what becomes of a form that others have overtaken meanwhile.

What somebody else changed is taken over where the person changed nothing, field by field; so saving again overwrites
only what the person meant to write.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.registry.http.pages.frame import names_of
from services.registry.journal import HistoryEntry, history, state_at
from services.registry.models import existing
from services.registry.models.base import programme_of
from services.registry.nouns import Noun
from shared.database import Session
from shared.identity import Actor
from shared.web.forms import Form
from shared.web.language import Text, _


@dataclass(frozen=True)
class ChangeInWords:
    """A field that was changed."""

    field: Text
    before: str
    after: str


@dataclass(frozen=True)
class EntryInWords:
    """Something that happened, as a page tells of it."""

    entry: HistoryEntry
    what: Text
    who: str
    changes: Sequence[ChangeInWords]


async def history_of(
    session: Session, noun: Noun, key: UUID | str, actor: Actor, *, after: int = 0
) -> list[EntryInWords]:
    """What happened after a version, oldest first. Names of colleagues are for editors of the programme."""
    happened = await history(session, noun, key, actor=actor, after=after)
    programme = programme_of(await existing(session, noun.model, key, actor=actor))
    edits = actor.may("editor", programme=programme)
    names = await names_of(session, {each.actor_id for each in happened}) if edits else {}
    kinds = {"user": _("a colleague"), "token": _("a program"), "system": _("the system")}
    return [
        EntryInWords(
            each,
            noun.words.events.get(each.type, each.type),
            names.get(each.actor_id, kinds[each.actor_kind]),
            _in_words(noun, each),
        )
        for each in happened
    ]


def _in_words(noun: Noun, entry: HistoryEntry) -> list[ChangeInWords]:
    """What was changed, in the order in which fields are read. Of a new record all is new: nothing is listed."""
    if entry.version == 1:
        return []
    words = noun.words
    changed = {change.field: change for change in entry.changes if change.field not in words.unsaid}
    return [
        ChangeInWords(label, words.say(name, changed[name].before), words.say(name, changed[name].after))
        for name, label in words.fields.items()
        if name in changed
    ]


@dataclass(frozen=True)
class Meanwhile:
    """What others did after somebody opened a form, and the form that goes on from there."""

    happened: Sequence[EntryInWords]
    form: Form
    nothing_left: bool


Values = Mapping[str, str | Sequence[str]]


async def catch_up(
    session: Session,
    noun: Noun,
    key: UUID | str,
    typed: Form,
    *,
    actor: Actor,
    values_of: Callable[[Any], Values],
    boxes: Collection[str] = (),
) -> Meanwhile:
    """Put what was typed upon the newest version: fields that the person did not touch show what is true now.

    Args:
        values_of: public state → the texts of the form's fields.
        boxes: the form's fields that a browser does not send when nothing is ticked.
    """
    now = noun.contract(await existing(session, noun.model, key, actor=actor))
    seen = int(typed.value("seen_version") or now.version)
    then = await state_at(session, noun, key, seen, actor=actor)
    before, present = Form(values_of(then) if then else {}), Form(values_of(now))
    unticked = {name for name in boxes if before.all(name) or present.all(name)}
    merged = {
        name: present.all(name) if _same(typed.all(name), before.all(name)) else typed.all(name)
        for name in dict.fromkeys([*typed.values, *unticked])
    }
    merged["seen_version"] = [str(now.version)]
    nothing_left = all(_same(given, present.all(name)) for name, given in merged.items() if name in present.values)
    return Meanwhile(await history_of(session, noun, key, actor, after=seen), Form(merged), nothing_left)


def _same(one: Sequence[str], other: Sequence[str]) -> bool:
    """Line ends of browsers are `\\r\\n`, and an empty field says as much as none."""
    return sorted(text.replace("\r\n", "\n") for text in one if text) == sorted(text for text in other if text)
