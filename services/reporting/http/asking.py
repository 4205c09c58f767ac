"""Questions in the addresses of API and pages. What an address does not know is refused: see `figures.question`."""

from collections.abc import Sequence
from typing import Annotated, Literal, Self, TypedDict

from pydantic import BaseModel, ConfigDict, Field

from services.reporting.figures.drill_down import Sort
from services.reporting.figures.question import Question
from shared.identity import EVERYWHERE, Actor, NotAllowed

_NOT_THE_QUESTION = ("key", "unknown", "contradictory", "after", "limit", "sort", "public", "format")


class Filters(BaseModel):
    """What a figure is narrowed to; an empty value is as good as none."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    programme: Annotated[str, Field(description="Code; without it, all but those made up for practice.")] = ""
    phase: Annotated[str, Field(examples=["10"])] = ""
    component: Annotated[str, Field(examples=["2"])] = ""
    kind: str = ""
    scope: str = ""
    delivery: str = ""
    country: Annotated[str, Field(description="A beneficiary country, ISO 3166-1 alpha-2.", examples=["KG"])] = ""
    status: Annotated[str, Field(description="Of an output.", examples=["handed-over"])] = ""
    period: Annotated[str, Field(description="The period as one: `Q4 2022`, 2022, May 2022, 17–19 May 2022.")] = ""
    first: Annotated[str, Field(alias="from", description="The period starts: 2022, 2022-09 or 2022-09-30.")] = ""
    last: Annotated[str, Field(alias="to", description="The period ends; 2022 means its last day.")] = ""
    as_of: Annotated[
        str, Field(description="What was known by then: a day (UTC, to its end) or a moment. Without it, now.")
    ] = ""
    public: Annotated[
        bool, Field(description="Tell of people only what may leave the house. Viewers are always told so.")
    ] = False

    def within(self, actor: Actor) -> Self:
        """The same of what the actor may see: their programme, where they have one and named none.

        Raises:
            NotAllowed: the programme is not theirs, or it does not say which of several.
        """
        theirs = actor.programmes
        if theirs is None or self.programme in theirs:
            return self
        if self.programme or len(theirs) != 1:
            raise NotAllowed(f"Ask for one of your programmes: {', '.join(sorted(theirs)) or 'you have none'}.")
        return self.model_copy(update={"programme": min(theirs)})

    def typed(self) -> dict[str, str]:
        """The question's words as a form shows them, empty ones among them."""
        given = self.model_dump(by_alias=True, exclude=set(_NOT_THE_QUESTION))
        return {
            name: value if isinstance(value, str) else ",".join(filter(None, value)) for name, value in given.items()
        }

    def words(self) -> dict[str, str]:
        """The question's words."""
        return {name: word for name, word in self.typed().items() if word}

    def questions(self, actor: Actor) -> list[Question]:
        """The question by each rule that can be asked so. Raises `UnaskableQuestion`."""
        return Question.of_all_rules(self.words(), public=self.for_outsiders(actor))

    def question(self, rule: str, actor: Actor) -> Question:
        """Raises `UnknownRule`, `UnaskableQuestion`."""
        return Question.read(rule, self.words(), public=self.for_outsiders(actor))

    def for_outsiders(self, actor: Actor) -> bool:
        """Whether only what may leave the house is told: to viewers always, to others when they ask for it."""
        return self.public or not actor.may("editor", programme=self.programme or EVERYWHERE)


class Grouped(Filters):
    """A question of one rule, broken down."""

    by: Annotated[
        list[str], Field(description="One or two dimensions, repeated or with a comma.", examples=[["year"]])
    ] = []


class Asked(Grouped):
    """A question of one rule, and how it is answered."""

    format: Literal["json", "csv"] = "json"


class Which(TypedDict):
    """Which part of the list is asked for."""

    key: Sequence[str]
    unknown: bool
    contradictory: bool


class Behind(Grouped):
    """What is behind a figure, or behind one of its groups."""

    key: Annotated[
        list[str], Field(description="The group: a value for each dimension of `by`, `unknown` for what is not known.")
    ] = []
    unknown: Annotated[bool, Field(description="What may belong, instead of what does.")] = False
    contradictory: Annotated[
        bool, Field(description="Only activities whose head count and names contradict each other.")
    ] = False

    @property
    def list(self) -> Which:
        return {"key": self.key, "unknown": self.unknown, "contradictory": self.contradictory}


class AskedBehind(Behind):
    """The same, in an order, page by page, and how it is answered."""

    sort: Annotated[Sort, Field(description="`-` is descending.")] = "-starts"
    after: Annotated[str | None, Field(description="`next` of the page before.")] = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100
    format: Literal["json", "csv", "xlsx"] = "json"
