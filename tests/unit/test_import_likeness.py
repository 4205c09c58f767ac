"""When two records are taken for one activity, and when not."""

import pytest

from services.registry.sheets.likeness import LIKELY, Known, Sighting, likeness, sighting
from shared.contracts.fuzzy_dates import FuzzyDate


def seen(
    title: str,
    *,
    starts: str | None = "2022-05-17",
    ends: str | None = None,
    countries: str = "KG",
    kind: str = "workshop",
    key: str = "",
) -> Sighting[str]:
    return sighting(
        key or title,
        titles=title.split("|"),
        kind=kind,
        countries=countries.split(),
        starts=FuzzyDate.parse(starts) if starts else None,
        ends=FuzzyDate.parse(ends) if ends else None,
    )


RISK = "Regional workshop on strategic risk analysis"


@pytest.mark.parametrize(
    "other",
    [
        seen(RISK),
        seen("Strategic risk analysis: a regional workshop"),
        seen(RISK, starts="2022-05-18"),  # the day of the news
        seen(RISK, starts="2022-05"),
        seen(RISK, starts=None),
        seen(RISK, countries=""),
        seen(RISK, kind="seminar"),
        seen("Региональный семинар по анализу рисков|" + RISK),
    ],
)
def test_the_same_event_told_by_another_source_is_likely_the_same(other: Sighting[str]) -> None:
    assert likeness(seen(RISK), other) >= LIKELY


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "Working meetings on compatibility of Tajik law with the Revised Kyoto Convention General Annex",
            "Working meetings on Tajikistan's compliance with the Revised Kyoto Convention",
        ),
        (
            "Series of national workshops on HR management, financial planning and control",
            "National workshops on human resource management and financial planning and control (Dushanbe and Bishkek)",
        ),
        (
            "Children's creative contest on people working at borders",
            "Children's contest on the work of people serving at borders",
        ),
        (
            "Technical assistance mission on implementing chapters of the National IBM Strategy",
            "Technical assistance on implementing chapters of Kyrgyzstan's national integrated border management "
            "strategy",
        ),
    ],
)
def test_real_events_that_two_documents_name_differently_are_recognised(one: str, other: str) -> None:
    assert likeness(seen(one), seen(other)) >= LIKELY


@pytest.mark.parametrize(
    "other",
    [
        seen(RISK, starts="2022-06-17"),
        seen(RISK, countries="TJ"),
        seen("Handover of dog kennels to the customs service", kind="handover"),
    ],
)
def test_other_days_another_country_or_another_title_make_another_event(other: Sighting[str]) -> None:
    assert likeness(seen(RISK), other) < LIKELY


def test_the_second_workshop_is_not_the_first() -> None:
    first = seen("First regional workshop on joint investigation teams")
    second = seen("Second regional workshop on joint investigation teams", starts=None)
    assert likeness(first, second) < LIKELY


def test_likeness_has_no_direction() -> None:
    one, other = seen(RISK, ends="2022-05-19", countries="KG KZ"), seen("Workshop on risk analysis", countries="KG")
    assert likeness(one, other) == likeness(other, one)


def test_the_most_alike_is_found_among_thousands() -> None:
    known = Known(seen(f"Sample workshop {number} on dog handling", starts="2022-05") for number in range(5000))
    known.add(seen("Workshop on risk analysis for the region", key="b"))
    known.add(seen(RISK + ", Kyrgyzstan", key="c"))
    found = known.most_like(seen(RISK))
    assert found is not None
    assert found[0] == "c"
    assert known.most_like(seen("Handover of kennels", starts="2019-01-01", kind="handover")) is None


def test_an_event_within_a_long_one_of_the_same_name_is_found() -> None:
    known = Known([seen(RISK, starts="2022-05-01", ends="2022-05-31", key="a")])
    assert known.most_like(seen(RISK, starts="2022-05-20", ends="2022-05-22")) is not None


def test_whoever_names_no_country_is_compared_with_those_of_all_and_those_of_all_with_it() -> None:
    kazakh, nowhere = seen(RISK, countries="KZ", key="a"), seen(RISK, countries="", key="b")
    assert Known([kazakh]).most_like(nowhere) is not None
    assert Known([nowhere]).most_like(kazakh) is not None
    assert Known([kazakh]).most_like(seen(RISK, countries="KG TJ")) is None


def test_of_equals_the_one_known_first_is_found_whichever_day_and_country_it_has() -> None:
    both = seen(RISK, starts=None, countries="KG KZ")
    first, second = seen(RISK, starts="2022-05-18", countries="KZ", key="a"), seen(RISK, starts="2022-05-17", key="b")
    assert likeness(both, first) == likeness(both, second) >= LIKELY
    for known in ([first, second], [second, first]):
        assert Known(known).most_like(both) == (known[0].key, likeness(both, first))
