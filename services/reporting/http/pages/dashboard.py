"""`/reporting/`: the figures of a programme. It follows the facts by itself, through a stream of server-sent events."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import Field
from starlette.responses import Response

from services.reporting.figures.answering import answers
from services.reporting.figures.figure import Figure
from services.reporting.figures.question import Question, UnaskableQuestion, can_be_narrowed
from services.reporting.http.asking import Filters
from services.reporting.http.pages import frame
from services.reporting.live import Pulse
from services.reporting.rules import RULES, UnknownRule, rule_named
from shared.identity import Actor, NotAllowed
from shared.web.identity import Viewer
from shared.web.language import _, spoken
from shared.web.live import until_stopped
from shared.web.requests import service_of

router = APIRouter()


class Shown(Filters):
    """What the page shows."""

    rule: Annotated[str, Field(description="Which count the charts break down.")] = "events.v1"

    def typed(self) -> dict[str, str]:
        return {name: word for name, word in super().typed().items() if name != "rule"}


@dataclass(frozen=True)
class Chart:
    title: str
    figure: Figure
    bars: list[frame.Bar]


CHARTS = (
    (None, "year"),
    (None, "phase"),
    (None, "kind"),
    (None, "country"),
    ("participants.v2", "gender"),
    ("participants.v2", "participant-country"),
)
"""Rule (`None`: the one that was chosen) and dimension."""


@router.get("/")
async def dashboard(request: Request, actor: Viewer, asked: Annotated[Shown, Query()]) -> Response:
    async with frame.transaction(request) as session:
        programmes = await frame.trees(session, actor)
    if not programmes:
        return frame.show(request, "figures/nothing.html", actor=actor)
    if asked.programme:
        asked.within(actor)
    chosen, words = _of_programme(asked, programmes)
    page = partial(
        frame.show,
        request,
        "figures/dashboard.html",
        actor=actor,
        asked={**asked.typed(), "rule": asked.rule},
        programmes=programmes,
        chosen=chosen,
        periods=frame.periods(request),
    )
    try:
        question = Question.read(asked.rule, words)
        counted = await _counted_once(request, words, asked.rule, public=asked.for_outsiders(actor))
    except (UnaskableQuestion, UnknownRule) as error:
        return page(status=422, refused=error, stream=None)
    return page(
        stream=None if asked.as_of else frame.address("/live", {**words, "rule": asked.rule}),
        scope=frame.scope(question, programmes),
        **counted,
    )


async def _askable(actor: Viewer, asked: Annotated[Shown, Query()]) -> Shown:
    """What cannot be asked is refused before the stream begins."""
    asked.within(actor).question(asked.rule, actor)
    return asked


@router.get("/live", response_class=EventSourceResponse)
async def live(
    request: Request, response: Response, asked: Annotated[Shown, Depends(_askable)]
) -> AsyncIterator[ServerSentEvent]:
    """The page's figures as a stream: now, and again whenever they may have changed."""
    response.headers["cache-control"] = "no-store"
    async for revision in until_stopped(request, pulse_of(request).beats()):
        if revision is None:
            yield ServerSentEvent(comment="nothing new")
            continue
        actor: Actor = request.state.actor  # as it is now: what they may see can change while they look
        try:
            now = asked.within(actor)
        except NotAllowed:
            return
        counted = await _counted_once(request, now.words(), now.rule, public=now.for_outsiders(actor))
        page = frame.show(request, "figures/numbers.html", actor=actor, **counted)
        yield ServerSentEvent(event="figures", id=str(revision), data=bytes(page.body).decode())


def pulse_of(request: Request) -> Pulse:
    pulse: Pulse = request.app.state.pulse
    return pulse


def _of_programme(asked: Shown, programmes: list[frame.Tree]) -> tuple[frame.Tree, Mapping[str, str]]:
    """One programme at a time: the one that was asked for, else the first; its code is part of every address."""
    chosen = next((tree for tree in programmes if tree.code == asked.programme), programmes[0])
    words = asked.words()
    return chosen, words if asked.programme else {"programme": chosen.code, **words}


async def _counted_once(request: Request, words: Mapping[str, str], rule: str, *, public: bool) -> Any:
    """The numbers of the page; counted once for all who ask the same of the same facts."""
    key = (spoken(), rule, public, tuple(sorted(words.items())))
    return await pulse_of(request).once(key, partial(_counted, request, words, rule, public=public))


async def _counted(request: Request, words: Mapping[str, str], rule: str, *, public: bool) -> dict[str, object]:
    async with service_of(request).database.reading() as reading:
        figures = await answers(reading, questions(words, rule, public=public))
    charts = [_chart(figure) for figure in figures if figure.groups]
    return {"tiles": [figure for figure in figures if not figure.by], "charts": charts, "counted_by": RULES[rule]}


def questions(words: Mapping[str, str], rule: str, *, public: bool = False) -> list[Question]:
    """All that the page asks: a figure by each rule that can be narrowed in this way, then the charts of such rules."""
    charts = [(of or rule, by) for of, by in CHARTS if can_be_narrowed(rule_named(of or rule), words)]
    drawn = [Question.read(of, {**words, "by": by}, public=public) for of, by in charts]
    return [*Question.of_all_rules(words, public=public), *drawn]


def _chart(figure: Figure) -> Chart:
    titles = {
        "year": _("By year"),
        "phase": _("By phase"),
        "kind": _("By kind"),
        "country": _("By beneficiary country"),
        "gender": _("Participants by gender"),
        "participant-country": _("Participants by their country"),
    }
    (by,) = figure.by
    return Chart(titles[by], figure, frame.bars(figure))
