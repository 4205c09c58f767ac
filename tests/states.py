"""Hypothesis strategies for the single states of the public language; `tests.strategies` makes histories of them.

Everything is of the programme SAMPLE and visibly made up. States are what is first recorded, so each has version 1.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import get_args
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from shared.contracts import Activity, Contact, Organisation, Output, Programme, Registration
from shared.contracts.activities import ActivityStatus, Headcount, Place
from shared.contracts.base import Money, OrganisationReference
from shared.contracts.fuzzy_dates import FuzzyDate
from shared.contracts.outputs import Handover, OutputKind, Translation
from shared.contracts.participants import Role
from shared.contracts.programmes import Component, Contribution, Phase, SpentInPeriod

PROGRAMME = "SAMPLE"
COUNTRY_CODES = ("KZ", "KG", "TJ", "TM", "UZ")
PHASES = ("8", "9", "10")
COMPONENTS = ("1", "2", "3", "4", "general")
PEOPLE = st.integers(1, 3)
"""Few, so that most of them take part more than once."""
_BEGINNING = datetime(2022, 1, 1, tzinfo=UTC)


IDS: SearchStrategy[UUID] = st.integers(0, 2**122 - 1).map(
    lambda n: UUID(int=(n >> 74) << 80 | 0x7 << 76 | ((n >> 62) & 0xFFF) << 64 | 0x2 << 62 | n & (2**62 - 1))
)
"""Identifiers of UUIDv7's form."""
MOMENTS = st.integers(0, 3 * 365 * 24 * 3600).map(lambda seconds: _BEGINNING + timedelta(seconds=seconds))
DAYS = st.dates(date(2011, 1, 1), date(2026, 12, 31))
COUNTRIES = st.sampled_from(COUNTRY_CODES)
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=6)
"""Text as people type it, in any script; without NUL, which no PostgreSQL text can hold."""
LOCALISED = st.dictionaries(st.sampled_from(("en", "ru", "ky")), TEXTS, min_size=1, max_size=2)
REFERENCES = st.builds(OrganisationReference, name=TEXTS, id=st.none() | IDS.map(str))
MONEY = st.builds(Money, amount=st.integers(0, 50_000_000), currency=st.sampled_from(("EUR", "USD")))


@st.composite
def fuzzy_dates(draw: DrawFn, around: SearchStrategy[date] = DAYS) -> FuzzyDate:
    """Dates of every precision, windows open to either side among them."""
    day = draw(around)
    later = day + timedelta(days=draw(st.integers(0, 60)))
    forms = (
        f"{day:%Y}",
        f"{day:%Y-%m}",
        f"{day}",
        f"{day}/{later}",
        f"{day:%Y-%m}/{later:%Y-%m}",
        f"../{day}",
        f"{day}/..",
    )
    return FuzzyDate.parse(draw(st.sampled_from(forms)))


@st.composite
def headcounts(draw: DrawFn) -> Headcount:
    by_country = draw(st.dictionaries(COUNTRIES, st.integers(0, 40), max_size=4))
    total = sum(by_country.values()) + draw(st.integers(0, 10))
    return Headcount(
        total=total,
        women=draw(st.none() | st.integers(0, total)),
        by_country=by_country,
        precision=draw(st.sampled_from(("exact", "at-least", "estimated"))),
    )


@st.composite
def spans(draw: DrawFn) -> dict[str, FuzzyDate | None]:
    """A start and an end that do not contradict each other, as far as either is known."""
    starts = draw(st.none() | fuzzy_dates())
    ends = draw(st.none() | fuzzy_dates())
    if starts and ends and starts.earliest and ends.latest and ends.latest < starts.earliest:
        starts, ends = ends, starts
    return {"starts": starts, "ends": ends}


@st.composite
def activities(
    draw: DrawFn,
    activity_ids: SearchStrategy[UUID] = IDS,
    statuses: Sequence[ActivityStatus] = ("planned", "confirmed", "held"),
) -> Activity:
    """An activity as it is first recorded: planned, confirmed or, from an old record, already held."""
    activity_id = draw(activity_ids)
    recorded = draw(MOMENTS)
    return Activity(
        id=activity_id,
        version=1,
        created_at=recorded,
        updated_at=recorded,
        code=f"sample-{activity_id}",
        programme=PROGRAMME,
        phase=draw(st.sampled_from(PHASES)),
        component=draw(st.none() | st.sampled_from(COMPONENTS)),
        kind=draw(st.sampled_from(("workshop", "training", "study-visit", "steering-group", "meeting", "other"))),
        scope=draw(st.sampled_from(("national", "bilateral", "regional", "international", "unknown"))),
        delivery=draw(st.sampled_from(("in-person", "online", "hybrid", "unknown"))),
        title=draw(LOCALISED),
        description=draw(st.just({}) | LOCALISED),
        **draw(spans()),
        time_zone=draw(st.sampled_from((None, "Asia/Bishkek", "Asia/Tashkent"))),
        place=draw(st.none() | st.builds(Place, name=LOCALISED, country=st.none() | COUNTRIES)),
        beneficiary_countries=tuple(draw(st.lists(COUNTRIES, unique=True, max_size=5))),
        host_country=draw(st.none() | COUNTRIES),
        co_organisers=tuple(draw(st.lists(REFERENCES, max_size=1))),
        expert_organisations=tuple(draw(st.lists(REFERENCES, max_size=1))),
        series=draw(st.none() | TEXTS),
        headcount=draw(st.none() | headcounts()),
        protected=draw(st.booleans()),
        status=draw(st.sampled_from(statuses)),
        outputs=tuple(draw(st.lists(TEXTS, max_size=1))),
        sources=("https://example.org/sample",),
    )


@st.composite
def registrations(
    draw: DrawFn, activity_ids: SearchStrategy[UUID] = IDS, roles: Sequence[Role] = get_args(Role)
) -> Registration:
    """A registration as it is first recorded, of one of a few people."""
    recorded = draw(MOMENTS)
    return Registration(
        id=draw(IDS),
        version=1,
        created_at=recorded,
        updated_at=recorded,
        activity_id=draw(activity_ids),
        programme=PROGRAMME,
        person_key=f"sample-person-{draw(PEOPLE)}",
        role=draw(st.sampled_from(roles)),
        gender=draw(st.sampled_from(("female", "male", "other", "unknown"))),
        country=draw(st.none() | COUNTRIES),
        organisation=draw(st.none() | REFERENCES),
        status=draw(st.sampled_from(("nominated", "registered"))),
    )


@st.composite
def organisations(draw: DrawFn) -> Organisation:
    recorded = draw(MOMENTS)
    return Organisation(
        id=draw(IDS),
        version=1,
        created_at=recorded,
        updated_at=recorded,
        programme=PROGRAMME,
        name=draw(LOCALISED),
        short_name=draw(st.just({}) | LOCALISED),
        kind=draw(st.sampled_from(("border-guard", "customs", "police", "donor", "partner", "unknown"))),
        country=draw(st.none() | COUNTRIES),
        parent_id=draw(st.none() | IDS),
    )


TRANSLATIONS = st.lists(
    st.builds(Translation, language=st.sampled_from(("kk", "ky", "tg")), on=st.none() | fuzzy_dates()),
    min_size=1,
    max_size=2,
).map(tuple)
HANDOVERS = st.lists(
    st.builds(Handover, to=REFERENCES, country=st.none() | COUNTRIES, on=st.none() | fuzzy_dates()),
    min_size=1,
    max_size=2,
).map(tuple)


@st.composite
def outputs(draw: DrawFn, activity_ids: SearchStrategy[UUID] = IDS) -> Output:
    """An output as it is first recorded."""
    output_id = draw(IDS)
    recorded = draw(MOMENTS)
    return Output(
        id=output_id,
        version=1,
        created_at=recorded,
        updated_at=recorded,
        code=f"sample-{output_id}",
        programme=PROGRAMME,
        phase=draw(st.none() | st.sampled_from(PHASES)),
        component=draw(st.none() | st.sampled_from(COMPONENTS)),
        kind=draw(st.sampled_from(get_args(OutputKind))),
        title=draw(LOCALISED),
        activities=tuple(draw(st.lists(activity_ids, unique=True, max_size=2))),
        series=draw(st.none() | TEXTS),
        expected=draw(st.none() | fuzzy_dates()),
        status="planned",
        sources=("https://example.org/sample",),
    )


@st.composite
def phases(draw: DrawFn, code: str) -> Phase:
    codes = draw(st.lists(st.sampled_from(COMPONENTS), unique=True, max_size=3))
    return Phase(
        code=code,
        name=draw(st.just({}) | LOCALISED),
        **draw(spans()),
        active_implementation_since=draw(st.none() | fuzzy_dates()),
        budget=draw(st.none() | MONEY),
        contributions=tuple(draw(st.lists(st.builds(Contribution, donor=TEXTS, money=MONEY), max_size=1))),
        delivered=tuple(draw(st.lists(st.builds(SpentInPeriod, period=fuzzy_dates(), money=MONEY), max_size=1))),
        lead=draw(st.none() | TEXTS),
        partners=tuple(draw(st.lists(TEXTS, max_size=1))),
        components=tuple(Component(code=part, name=draw(LOCALISED)) for part in codes),
    )


@st.composite
def programmes(draw: DrawFn) -> Programme:
    """The programme's tree with all its phases, so that each activity hangs on one."""
    recorded = draw(MOMENTS)
    return Programme(
        code=PROGRAMME,
        version=1,
        created_at=recorded,
        updated_at=recorded,
        name=draw(LOCALISED),
        donor=draw(st.none() | TEXTS),
        languages=("en", "ru"),
        countries=COUNTRY_CODES,
        synthetic=True,
        phases=tuple(draw(phases(code)) for code in PHASES),
    )


@st.composite
def contacts(draw: DrawFn) -> Contact:
    number = draw(PEOPLE)
    recorded = draw(MOMENTS)
    return Contact(
        person_key=f"sample-person-{number}",
        version=1,
        created_at=recorded,
        updated_at=recorded,
        programme=PROGRAMME,
        name=f"Sample Person {number}",
        email=draw(st.sampled_from((None, f"sample.person.{number}@example.org"))),
        language=draw(st.sampled_from(("en", "ru"))),
    )
