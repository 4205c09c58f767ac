"""A form keeps what was typed and says what is wrong beside it."""

from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field, ValidationError, field_validator
from starlette.requests import Request

from shared.errors import DomainError, Stale
from shared.web import language
from shared.web.forms import Form


class Place(BaseModel):
    name: dict[str, str]
    country: str | None = None


class Count(BaseModel):
    total: int | None = None
    precision: Literal["exact", "estimated"] = "exact"


class Entering(BaseModel):
    name: str = "nobody"
    status: Literal["registered", "nominated"] = "registered"
    language: Annotated[Literal["en", "ru"] | None, Field(description="of mails")] = None
    count: Count | None = None


class Plan(BaseModel):
    title: Annotated[str, Field(min_length=3)]
    place: Place | None = None
    countries: Annotated[list[str], Field(min_length=1)] = ["KG"]
    people: Annotated[int, Field(ge=1)] | None = None

    @field_validator("title")
    @classmethod
    def not_shouted(cls, title: str) -> str:
        if title.isupper():
            raise ValueError("do not shout")
        return title


async def sent(body: str) -> Form:
    """The form that a browser sends."""

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body.encode(), "more_body": False}

    headers = [(b"content-type", b"application/x-www-form-urlencoded")]
    return await Form.sent(Request({"type": "http", "method": "POST", "headers": headers}, receive))


async def test_names_carry_the_shape_and_blank_fields_were_not_filled_in() -> None:
    form = await sent("title=+Risk+analysis+&csrf=x&place.name.en=Osh&place.name.ru=%D0%9E%D1%88&people=")
    plan = form.parse(Plan)
    assert plan == Plan(title="Risk analysis", place=Place(name={"en": "Osh", "ru": "Ош"}))


async def test_a_list_is_a_list_however_many_were_chosen() -> None:
    assert (await sent("title=abc&countries[]=UZ")).parse(Plan).countries == ["UZ"]
    assert (await sent("title=abc&countries[]=UZ&countries[]=TJ")).parse(Plan).countries == ["UZ", "TJ"]
    assert (await sent("title=abc&countries[]=")).parse(Plan).countries == ["KG"]


async def test_what_the_address_says_is_stronger_than_what_the_form_says() -> None:
    assert (await sent("title=abc&people=3")).parse(Plan, people=7).people == 7


async def test_each_error_stands_beside_its_field_and_the_text_stays() -> None:
    form = await sent("title=ab&people=many&place.country=KG")
    with pytest.raises(ValidationError) as refusal:
        form.parse(Plan)
    form.refused(refusal.value)
    assert form.status == 422
    assert form.error("title") == "This is too short."
    assert form.error("people") == "Write a whole number."
    assert form.error("place.country") == "This is needed: fill it in."
    assert form.value("people") == "many"


async def test_an_error_of_a_field_that_the_form_does_not_have_names_it() -> None:
    form = await sent("people=1")
    with pytest.raises(ValidationError) as refusal:
        form.parse(Plan)
    assert form.refused(refusal.value).errors == {"": "title: This is needed: fill it in."}


async def test_a_rule_of_our_own_speaks_for_itself() -> None:
    form = await sent("title=RISK")
    with pytest.raises(ValidationError) as refusal:
        form.parse(Plan)
    assert form.refused(refusal.value).error("title") == "Do not shout."


async def test_a_domain_error_stands_beside_its_field_or_above_all() -> None:
    form = (await sent("title=abc")).refused(DomainError("There is one already.", field="title"))
    assert form.error("title") == "There is one already."
    form = form.refused(Stale())
    assert form.status == 412
    assert form.error("") == Stale.title()


async def test_in_russian_the_sentence_of_the_error_comes_first() -> None:
    with language.speaking("ru"):
        form = (await sent("title=abc")).refused(Stale("You saw version 3."))
    said = form.error("")
    assert said is not None
    assert said.startswith("Кто-то изменил")
    assert said.endswith("(You saw version 3.)")


@pytest.mark.parametrize(
    "body", ["title=x&title.en=y", "title.en=y&title=x", "a.b.c=1&a.b=2&a=3", "=1&.=2&[]=3&..[]=4"]
)
async def test_names_that_contradict_each_other_are_refused_and_nothing_worse(body: str) -> None:
    form = await sent(body)
    with pytest.raises(ValidationError) as refusal:
        form.parse(Plan)
    assert form.refused(refusal.value).errors


async def test_a_character_that_no_database_keeps_is_not_taken() -> None:
    assert (await sent("title=a%00bc")).value("title") == "abc"


async def test_a_choice_that_was_seen_and_left_blank_is_not_decided_by_a_default() -> None:
    form = await sent("name=&status=&language=&count.total=&count.precision=")
    with pytest.raises(ValidationError) as raised:
        form.parse(Entering)
    assert form.refused(raised.value).errors == {"status": "This is needed: fill it in."}

    form = await sent("status=nominated&count.total=3&count.precision=")
    with pytest.raises(ValidationError) as raised:
        form.parse(Entering)
    assert form.refused(raised.value).errors == {"count.precision": "This is needed: fill it in."}

    assert (await sent("status=nominated&count.total=&count.precision=")).parse(Entering).count is None
    assert (await sent("name=Sample")).parse(Entering) == Entering(name="Sample")  # a form that does not ask for it
