"""`/reporting/figures/{rule}`: one figure with all that belongs to it, at an address that stays."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from services.reporting.figures.answering import answer
from services.reporting.figures.question import UnaskableQuestion
from services.reporting.http.asking import Asked
from services.reporting.http.pages import frame, words
from services.reporting.rules import rule_named
from shared.web.identity import Viewer
from shared.web.requests import clock_of

router = APIRouter()


@router.get("/figures/{rule}")
async def figure(request: Request, actor: Viewer, rule: str, asked: Annotated[Asked, Query()]) -> Response:
    asked = asked.within(actor)
    counted = rule_named(rule)
    async with frame.transaction(request) as session:
        programmes = await frame.trees(session, actor)
        page = partial(
            frame.show,
            request,
            "figures/figure.html",
            actor=actor,
            rule=counted,
            asked=asked.typed(),
            by=[name for name in ",".join(asked.by).split(",") if name],
            programmes=programmes,
            chosen=next((tree for tree in programmes if tree.code == asked.programme), None),
            periods=frame.periods(request),
            dimensions=counted.dimensions,
        )
        try:
            question = asked.question(rule, actor)
        except UnaskableQuestion as error:
            return page(status=422, refused=error)
        found = await answer(session, question)
        names = await frame.organisation_names(session, found)
    as_known_now = {**question.words, "as_of": clock_of(request).now().isoformat(timespec="seconds")}
    return page(
        figure=found,
        scope=frame.scope(question, programmes),
        bars=frame.bars(found, names) if found.groups else [],
        headings=[words.dimensions()[name] for name in found.by],
        fixed=frame.address(f"/figures/{question.rule.id}", as_known_now),
    )
