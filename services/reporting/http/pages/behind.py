"""`/reporting/figures/{rule}/activities`: what a number counted, with a way to each activity in the registry."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from services.reporting.figures.answering import list_address
from services.reporting.figures.drill_down import drill_down
from services.reporting.figures.question import UNKNOWN
from services.reporting.http.asking import AskedBehind
from services.reporting.http.pages import frame
from shared.web.identity import Viewer

router = APIRouter()


@router.get("/figures/{rule}/activities")
@router.get("/figures/{rule}/outputs")
async def behind(request: Request, actor: Viewer, rule: str, asked: Annotated[AskedBehind, Query()]) -> Response:
    question = asked.within(actor).question(rule, actor)
    async with frame.transaction(request) as session:
        page = await drill_down(session, question, **asked.list, cursor=asked.after, limit=asked.limit)
    of_people = question.rule.counting.of_people
    more = {name: "true" for name in ("unknown", "contradictory") if getattr(asked, name)}
    following = list_address(question, asked.key, **more, after=page.next) if page.next else None
    return frame.show(
        request,
        "figures/activities.html",
        actor=actor,
        page=page,
        rule=question.rule,
        asked=question.words,
        key={name: None if word == UNKNOWN else word for name, word in zip(question.by, asked.key, strict=False)},
        unknown=asked.unknown,
        contradictory=asked.contradictory,
        of_people=of_people,
        next=frame.ROOT + following if following else None,
        sheet=frame.API + list_address(question, asked.key, **more, format="csv"),
        figure=frame.ROOT + question.address,
    )
