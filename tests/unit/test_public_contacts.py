"""Which texts hold an address or a number, and which only look like it."""

import pytest

from services.registry.models.public_contact import PersonalContact, contacts_in, contacts_of, refuse_personal


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Workshop; contact sample.person@example.org", ["sample.person@example.org"]),
        ("mailto:Office@Example.org.", ["office@example.org"]),
        ("Манас аэропорт Test Two two@example.org Customs", ["two@example.org"]),
        ("Call +996 555 12-34-56 for details", ["+996555123456"]),
        ("тел. 12-34-56", ["123456"]),
        ("Звонить: 0555 12 34 56", ["0555123456"]),
        ("8 (800) 555-35-35", ["88005553535"]),
        ("00996 312 123 456", ["00996312123456"]),
    ],
)
def test_addresses_and_numbers_are_found(text: str, found: list[str]) -> None:
    assert contacts_in(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "https://example.org/@office/2022?mail=a@example.org",
        "EUR 21 650 050",
        "Budget of 8 650 050 000 som",
        "17.05.2022–19.05.2022",
        "2022-05-17/2022-05-19",
        "UQ-2022-000123",
        "BOMCA 10-2-0417",
        "C(2021) 4233, 12-34-56",
        "EU/2021/423-456",
        "ISO 8601-2:2019",
        "Decision No 1082/2013/EU",
        "30 people, 12 women",
        "1 200 000",
        "@ the airport",
        "24/7",
    ],
)
def test_pages_codes_dates_and_amounts_are_none(text: str) -> None:
    assert contacts_in(text) == []


def test_a_state_names_the_field_and_what_is_allowed_passes() -> None:
    state = {"id": "0", "title": {"en": "Write to office@example.org"}, "sources": ("https://a.example/b@c.example",)}
    assert contacts_of(state) == {"office@example.org": "title"}
    refuse_personal(state, {"office@example.org"})
    with pytest.raises(PersonalContact, match=r"office@example\.org") as refused:
        refuse_personal(state)
    assert refused.value.field == "title"


def test_a_long_text_is_looked_at_in_a_moment() -> None:
    assert contacts_in("a" * 200_000 + "@" * 20_000 + "1 " * 100_000) == []
