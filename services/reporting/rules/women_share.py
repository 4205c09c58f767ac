"""`women-share`: a share says nothing without its base, so it always comes with those whose gender is not known."""

from dataclasses import replace

from services.reporting.rules.rule import Rule
from services.reporting.subjects import REGISTRATIONS
from services.reporting.subjects.activities import held

WOMEN_SHARE_V1 = Rule(
    name="women-share",
    version=1,
    subject=REGISTRATIONS,
    measure="women-share.v1",
    title={"en": "Share of women", "ru": "Доля женщин"},
    sentence={
        "en": "Women among the participants whose gender is known, attendances at all activities that were held. "
        "Participants of unknown gender are not in the base and are shown beside.",
        "ru": "Доля женщин среди участников, чей пол известен, по участиям во всех проведённых мероприятиях. "
        "Участники, чей пол неизвестен, в основу не входят и показаны отдельно.",
    },
    conditions=held,
)

WOMEN_SHARE_V2 = replace(
    WOMEN_SHARE_V1,
    version=2,
    measure="women-share",
    sentence={
        "en": "Women among the participants whose gender is known, by name or from the head count, attendances at all "
        "activities that were held. Participants of unknown gender are not in the base and are shown beside.",
        "ru": "Доля женщин среди участников, чей пол известен по списку или из общего числа, по участиям во всех "
        "проведённых мероприятиях. Участники, чей пол неизвестен, в основу не входят и показаны отдельно.",
    },
)
