"""`people`: how many different persons took part. People who are only a number cannot be told apart, nor added."""

from dataclasses import replace

from services.reporting.rules.rule import Rule
from services.reporting.subjects import REGISTRATIONS
from services.reporting.subjects.activities import held

PEOPLE_V1 = Rule(
    name="people",
    version=1,
    subject=REGISTRATIONS,
    measure="people.v1",
    title={"en": "Different people", "ru": "Разные люди"},
    sentence={
        "en": "Different persons who attended at least one activity that was held, as participants. People known only "
        "as a head count cannot be told apart and are shown beside. Two records that were found to be one person count "
        "once since they were merged.",
        "ru": "Разные люди, участвовавшие хотя бы в одном проведённом мероприятии. Те, о ком известно только общее "
        "число, неразличимы и показаны отдельно. Две записи об одном человеке считаются один раз с тех пор, как их "
        "объединили.",
    },
    conditions=held,
)

PEOPLE_V2 = replace(PEOPLE_V1, version=2, measure="people")
