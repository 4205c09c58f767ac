"""`/reporting/figures/{rule}`: one figure with all that belongs to it, at an address that stays."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from services.reporting.figures.answering import answer
from services.reporting.http.asking import Asked
from services.reporting.http.pages import frame, words
from services.reporting.rules import rule_named
from shared.web.identity import Viewer
from shared.web.requests import clock_of

router = APIRouter()


@router.get("/figures/{rule}")
async def figure(request: Request, actor: Viewer, rule: str, asked: Annotated[Asked, Query()]) -> Response:
    question = asked.question(rule, actor)
    async with frame.transaction(request) as session:
        programmes = await frame.trees(session)
        found = await answer(session, question)
        names = await frame.organisation_names(session, found)
    as_known_now = {**question.words, "as_of": clock_of(request).now().isoformat(timespec="seconds")}
    return frame.show(
        request,
        "figures/figure.html",
        actor=actor,
        figure=found,
        rule=rule_named(rule),
        asked=asked.typed(),
        programmes=programmes,
        chosen=next((tree for tree in programmes if tree.code == asked.programme), None),
        bars=frame.bars(found, names) if found.groups else [],
        headings=[words.dimensions()[name] for name in found.by],
        dimensions=question.rule.dimensions,
        fixed=frame.address(f"/figures/{question.rule.id}", as_known_now),
    )
