"""`/reporting/figures/{rule}/activities`: what a number counted, with a way to each activity in the registry."""

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import parse_qs

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from services.reporting.figures.answering import list_address
from services.reporting.figures.drill_down import Counted, counted_for
from services.reporting.figures.question import UNKNOWN, Question
from services.reporting.http.asking import AskedBehind, Behind
from services.reporting.http.pages import frame, words
from shared.listing import BadCursor, Page
from shared.web import formats
from shared.web.forms import Form
from shared.web.identity import Viewer
from shared.web.language import lazy
from shared.web.lists import Column, Listed, ListPage
from shared.web.pages import link

router = APIRouter()


@router.get("/figures/{rule}/activities")
@router.get("/figures/{rule}/outputs")
async def behind(request: Request, actor: Viewer, rule: str, asked: Annotated[AskedBehind, Query()]) -> Response:
    question = asked.within(actor).question(rule, actor)
    more = {name: "true" for name in ("unknown", "contradictory") if getattr(asked, name)}
    address, _, query = list_address(question, asked.key, **more).partition("?")
    chosen = Form(parse_qs(query))
    listing = counted_for(question, **asked.list)
    found, total = Page[Counted]([], None), 0
    async with frame.transaction(request) as session:
        try:
            found = await listing.find(
                session, None, actor=actor, sort=asked.sort, after=asked.after, limit=asked.limit
            )
            total = await listing.count(session, None, actor=actor)
        except BadCursor as error:
            chosen.refused(error)
    page = ListPage(listing, Behind, _columns(request, question), ())
    return frame.show(
        request,
        "figures/activities.html",
        actor=actor,
        status=chosen.status,
        list=Listed(
            page, actor, frame.ROOT + address, chosen, asked.sort, found.items, total, asked.after or "", found.next
        ),
        rule=question.rule,
        asked=question.words,
        key={name: None if word == UNKNOWN else word for name, word in zip(question.by, asked.key, strict=False)},
        unknown=asked.unknown,
        contradictory=asked.contradictory,
        sheet=lambda kind: frame.API + list_address(question, asked.key, **more, format=kind),
        figure=frame.ROOT + question.address,
    )


def _columns(request: Request, question: Question) -> Sequence[Column[Counted]]:
    of_outputs = question.rule.subject.lists == "outputs"
    when: Column[Counted] = Column(lazy("When"), lambda line: formats.dates(line.starts, line.ends), order="starts")
    status: Column[Counted] = Column(lazy("Status"), lambda line: words.value_of("status", line.status))
    number: Column[Counted] = Column(lazy("Counted"), _number, look="number")
    return (
        status if of_outputs else when,
        Column(
            lazy("Output") if of_outputs else lazy("Activity"),
            lambda line: words.text(line.title),
            look="title",
            link=lambda line: link(request, "registry", f"/{question.rule.subject.lists}/{line.id}"),
        ),
        Column(lazy("Kind"), lambda line: words.value_of("kind", line.kind)),
        Column(lazy("Phase"), lambda line: line.phase),
        Column(lazy("Component"), _component),
        Column(lazy("Countries"), lambda line: ", ".join(map(formats.country, line.countries or ()))),
        *((number,) if question.rule.counting.of_people else ()),
    )


def _component(line: Counted) -> str | None:
    return words.value_of("component", "general") if line.component == "general" else line.component


def _number(line: Counted) -> str | None:
    if line.share and line.share.known is not None:
        return f"{formats.number(line.share.women or 0)} / {formats.number(line.share.known)}"
    return None if line.number is None else formats.number(line.number)
