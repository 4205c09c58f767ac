"""`participants`: how many times somebody took part; who came to three activities is counted three times."""

from dataclasses import replace

from services.reporting.rules.rule import Rule
from services.reporting.subjects import REGISTRATIONS
from services.reporting.subjects.activities import held

PARTICIPANTS_V1 = Rule(
    name="participants",
    version=1,
    subject=REGISTRATIONS,
    measure="participants.v1",
    title={"en": "Participants", "ru": "Участники"},
    sentence={
        "en": "Attendances of participants at all activities that were held: those registered as attended, and where "
        "the head count is larger, the others as unknown. A person who came twice counts twice. Trainers, experts, "
        "interpreters, observers and organisers do not count.",
        "ru": "Участия во всех проведённых мероприятиях: отмеченные как присутствовавшие, а если общее число больше — "
        "остальные как неизвестные. Пришедший дважды учитывается дважды. Тренеры, эксперты, переводчики, наблюдатели и "
        "организаторы не учитываются.",
    },
    conditions=held,
)

PARTICIPANTS_V2 = replace(
    PARTICIPANTS_V1,
    version=2,
    measure="participants",
    sentence={
        "en": "Attendances of participants at all activities that were held: those registered as attended, and the "
        "rest of the head count, with the genders and countries that it tells. A person who came twice counts twice. "
        "Trainers, experts, interpreters, observers and organisers do not count.",
        "ru": "Участия во всех проведённых мероприятиях: отмеченные как присутствовавшие и остальные из общего числа — "
        "с полом и странами, которые о них известны. Пришедший дважды учитывается дважды. Тренеры, эксперты, "
        "переводчики, наблюдатели и организаторы не учитываются.",
    },
)
