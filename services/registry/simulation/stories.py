"""What could happen in a programme: each activity's story from its plan to its end, drawn by chance from a seed.

The shares (how many dates are known to the day, how many genders not at all) are those of real records, roughly; the
contents are visibly made up. The same seed tells the same stories to every writer; each
writer gives its own ids.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Literal, TypeVar

from services.registry.models import PersonDetails
from services.registry.usecases.activities.plan import PlanActivity
from services.registry.usecases.activities.steps import NewSchedule
from services.registry.usecases.organisations.add import AddOrganisation
from services.registry.usecases.registrations.attendance import Mark
from services.registry.usecases.registrations.register import Participant
from shared.contracts.activities import ActivityKind, Delivery, Headcount, Place, Scope
from shared.contracts.base import Gender, OrganisationReference
from shared.contracts.organisations import OrganisationKind
from shared.contracts.participants import Role

SAMPLE = "SAMPLE"
BEGINNING = datetime(2019, 1, 15, 9, tzinfo=UTC)
"""When the programme of `sample.json` begins."""

End = Literal["held", "cancelled", "ahead"]
T = TypeVar("T")

_CAPITALS = {
    "KZ": ("Astana", "Астана", "Asia/Almaty"),
    "KG": ("Bishkek", "Бишкек", "Asia/Bishkek"),
    "TJ": ("Dushanbe", "Душанбе", "Asia/Dushanbe"),
    "TM": ("Ashgabat", "Ашхабад", "Asia/Ashgabat"),
    "UZ": ("Tashkent", "Ташкент", "Asia/Tashkent"),
}
COUNTRIES = tuple(_CAPITALS)
_AGENCIES: dict[OrganisationKind, tuple[str, str]] = {
    "border-guard": ("Sample Border Guard Service", "Учебная пограничная служба"),
    "customs": ("Sample Customs Service", "Учебная таможенная служба"),
    "migration": ("Sample Migration Service", "Учебная миграционная служба"),
    "police": ("Sample Police Academy", "Учебная академия полиции"),
    "phytosanitary": ("Sample Phytosanitary Inspection", "Учебная фитосанитарная инспекция"),
    "veterinary": ("Sample Veterinary Inspection", "Учебная ветеринарная инспекция"),
}
_KINDS: dict[ActivityKind, tuple[int, str, str]] = {
    "training": (30, "training", "учебный тренинг"),
    "workshop": (20, "workshop", "учебный семинар-практикум"),
    "study-visit": (10, "study visit", "учебная ознакомительная поездка"),
    "meeting": (10, "meeting", "учебная встреча"),
    "steering-group": (8, "steering group meeting", "учебное заседание руководящей группы"),
    "seminar": (7, "seminar", "учебный семинар"),
    "training-of-trainers": (6, "training of trainers", "учебный тренинг для тренеров"),
    "technical-assistance": (4, "technical assistance", "учебная техническая помощь"),
    "conference": (3, "conference", "учебная конференция"),
    "handover": (2, "handover", "учебная передача"),
}
_SUBJECTS = (
    ("risk analysis", "анализу рисков"),
    ("document security", "проверке документов"),
    ("crossing of goods", "пропуску товаров"),
    ("plant and animal health", "карантину растений и животных"),
    ("search with dogs", "работе с собаками"),
    ("training methods", "методике обучения"),
)
_ROLES: dict[Role, int] = {
    "participant": 88, "trainer": 5, "expert": 3, "interpreter": 2, "observer": 1, "organiser": 1,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody in a story: how they are entered, and what is marked of them in the end; `None`: nothing is."""

    entry: Participant
    mark: Mark | None


@dataclass(frozen=True, slots=True)
class Story:
    """What happens to one activity and its people, in this order.

    Attributes:
        planned_at: when it is recorded; what follows has its own distance to it.
        confirmed: whether it is confirmed after the registrations.
        moved: where it is moved then, if it is.
        over_at: when the end is recorded.
    """

    plan: PlanActivity
    planned_at: datetime
    guests: Sequence[Guest]
    confirmed: bool
    moved: NewSchedule | None
    end: End
    headcount: Headcount | None
    over_at: datetime


def organisations() -> list[AddOrganisation]:
    """An agency of each kind in each country."""
    return [
        AddOrganisation(
            programme=SAMPLE,
            name={"en": f"{english}, {country}", "ru": f"{russian}, {country}"},
            kind=kind,
            country=country,
        )
        for country in COUNTRIES
        for kind, (english, russian) in _AGENCIES.items()
    ]


def stories(
    seed: int,
    *,
    activities: int,
    registrations: int,
    agencies: Sequence[OrganisationReference],
    now: datetime,
    addresses: bool = False,
) -> Iterator[Story]:
    """Invent so many activities, and so many registrations for those of them that keep names.

    Args:
        agencies: the organisations that `organisations()` became, in its order.
        now: nothing happens later.
        addresses: whether people have an e-mail address (at example.org, where nobody lives).
    """
    chances = [Random(f"{seed}:{number}") for number in range(activities)]  # noqa: S311  nothing secret hangs on it
    open_to_names = [number == 0 or chance.random() > 0.05 for number, chance in enumerate(chances)]
    sizes = _shares(
        registrations,
        [chance.lognormvariate(0, 0.6) * (o or 0) for chance, o in zip(chances, open_to_names, strict=True)],
    )
    crowd = max(registrations // 4, *sizes, 1)  # somebody comes to four activities, on average
    for number, chance in enumerate(chances):
        draft = _story(chance, number, agencies, now, protected=not open_to_names[number])
        who = chance.sample(range(1, crowd + 1), sizes[number])
        guests = [_guest(chance, f"Sample Person {one}", agencies, draft.end, addresses=addresses) for one in who]
        yield replace(draft, guests=guests)


def _shares(total: int, weights: Sequence[float]) -> list[int]:
    """Split a number by weights, without losing any of it to rounding."""
    whole = sum(weights)
    shares, given, so_far = [], 0, 0.0
    for weight in weights:
        so_far += weight
        share = round(total * so_far / whole) - given
        given += share
        shares.append(share)
    return shares


def _story(
    chance: Random, number: int, agencies: Sequence[OrganisationReference], now: datetime, *, protected: bool
) -> Story:
    end: End = _one_of(chance, {"held": 85, "cancelled": 5, "ahead": 10})
    if end == "ahead":
        first = now + timedelta(days=chance.randint(5, 120))
    else:
        first = BEGINNING + (now - timedelta(days=30) - BEGINNING) * chance.random()
    days = chance.choice((1, 1, 2, 3, 3, 5))
    last = first + timedelta(days=days - 1)
    country = chance.choice(COUNTRIES)
    regional = chance.random() < 0.25
    plan = _plan(chance, number, agencies, country, regional=regional, protected=protected)
    plan.phase = "1" if first.year < 2023 else "2"
    plan.component = chance.choice(
        ("1", "2", "3", "general", None) if plan.phase == "1" else ("1", "2", "3", "4", None)
    )
    starts, ends = _known(chance, first, last, exactly=end == "ahead")
    dated = plan.model_dump() | {"starts": starts, "ends": ends}
    return Story(
        plan=PlanActivity.model_validate(dated),
        planned_at=min(first - timedelta(days=chance.randint(20, 60)), now),
        guests=(),
        confirmed=chance.random() < 0.4,
        moved=_moved(plan, starts, ends, last + timedelta(days=7)) if chance.random() < 0.05 and ends else None,
        end=end,
        headcount=_headcount(chance, plan) if protected or chance.random() < 0.1 else None,
        over_at=min(last + timedelta(days=10), now),
    )


def _plan(
    chance: Random,
    number: int,
    agencies: Sequence[OrganisationReference],
    country: str,
    *,
    regional: bool,
    protected: bool,
) -> PlanActivity:
    kind = _one_of(chance, {kind: share for kind, (share, _, _) in _KINDS.items()})
    _, english, russian = _KINDS[kind]
    about, about_russian = chance.choice(_SUBJECTS)
    city, city_russian, zone = _CAPITALS[country]
    scope: Scope = "regional" if regional else _one_of(chance, {"national": 80, "bilateral": 8, "unknown": 12})
    delivery: Delivery = _one_of(chance, {"in-person": 75, "online": 10, "hybrid": 5, "unknown": 10})
    return PlanActivity(
        programme=SAMPLE,
        phase="1",
        kind=kind,
        scope=scope,
        delivery=delivery,
        title={
            "en": f"Sample {english} {number + 1} on {about}",
            "ru": f"{russian.capitalize()} {number + 1} по {about_russian}",
        },
        time_zone=zone,
        place=Place(name={"en": city, "ru": city_russian}, country=country) if chance.random() < 0.8 else None,
        beneficiary_countries=tuple(sorted(chance.sample(COUNTRIES, chance.randint(2, 5)))) if regional else (country,),
        host_country=country,
        co_organisers=(chance.choice(agencies),) if chance.random() < 0.5 else (),
        protected=protected,
        sources=(f"https://example.org/sample/{number + 1}",),
    )


def _known(chance: Random, first: datetime, last: datetime, *, exactly: bool) -> tuple[str | None, str | None]:
    """The days as far as anybody knows them."""
    how = "day" if exactly else _one_of(chance, {"day": 70, "month": 15, "year": 5, "window": 5, "unknown": 5})
    match how:
        case "day":
            return f"{first:%Y-%m-%d}", f"{last:%Y-%m-%d}"
        case "month":
            return f"{first:%Y-%m}", None
        case "year":
            return f"{first:%Y}", None
        case "window":
            return f"{first:%Y-%m-%d}/{last:%Y-%m-%d}", None
    return None, None


def _moved(plan: PlanActivity, starts: str | None, ends: str | None, last: datetime) -> NewSchedule:
    return NewSchedule.model_validate(
        {"starts": starts, "ends": f"{last:%Y-%m-%d}", "time_zone": plan.time_zone, "place": plan.place}
        | {"reason": "The sample venue is closed."}
    )


def _headcount(chance: Random, plan: PlanActivity) -> Headcount:
    total = chance.randint(8, 40)
    by_country = dict.fromkeys(plan.beneficiary_countries, total // 6)
    women = chance.choice((None, total // 4))
    precision = _one_of(chance, {"exact": 70, "at-least": 20, "estimated": 10})
    return Headcount.model_validate({"total": total, "women": women, "by_country": by_country, "precision": precision})


def _guest(chance: Random, name: str, agencies: Sequence[OrganisationReference], end: End, *, addresses: bool) -> Guest:
    """One of the crowd, who is always the same person; what becomes of the registration is a matter of chance."""
    person = Random(name)  # noqa: S311
    gender: Gender = _one_of(person, {"male": 55, "female": 28, "unknown": 16, "other": 1})
    agency = person.randrange(len(agencies))
    at_work = person.random() > 0.1
    entry = Participant(
        person=PersonDetails(
            name=name,
            email=f"{name.lower().replace(' ', '.')}@example.org" if addresses else None,
            language=person.choice(("en", "ru")),
        ),
        role=_one_of(chance, _ROLES),
        gender=gender,
        country=COUNTRIES[agency * len(COUNTRIES) // len(agencies)] if person.random() > 0.05 else None,
        organisation=agencies[agency] if at_work else None,
        status="nominated" if chance.random() < 0.05 else "registered",
    )
    if end != "held":
        return Guest(entry, None)
    return Guest(entry, _one_of(chance, _MARKS))


_MARKS: dict[Mark | None, int] = {"attended": 84, "absent": 10, None: 6}


def _one_of(chance: Random, shares: dict[T, int]) -> T:
    return chance.choices(list(shares), weights=list(shares.values()))[0]
