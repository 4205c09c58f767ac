"""`/rules`: what each published number means."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from services.reporting.rules import CURRENT, RULES
from shared.web.identity import Viewer
from shared.web.language import in_each

router = APIRouter(tags=["rules"])


class RuleView(BaseModel):
    """A counting rule."""

    id: str
    name: str
    version: int
    current: Annotated[bool, Field(description="Whether no newer version replaces it.")]
    subject: str
    counts: str
    title: dict[str, str]
    sentence: dict[str, str]
    dimensions: tuple[str, ...]


class Rules(BaseModel):
    items: list[RuleView]
    next: None = None


@router.get("/rules", summary="List the counting rules")
async def list_rules(actor: Viewer) -> Rules:
    """Each rule with its sentence in English and Russian, and what its figures can be broken down by."""
    return Rules(
        items=[
            RuleView(
                id=rule.id,
                name=rule.name,
                version=rule.version,
                current=rule.id in CURRENT,
                subject=rule.subject.name,
                counts=rule.measure.partition(".")[0],
                title=in_each(rule.title),
                sentence=in_each(rule.sentence),
                dimensions=rule.dimensions,
            )
            for rule in RULES.values()
        ]
    )
