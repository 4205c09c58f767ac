"""`people`: how many different persons took part. People who are only a number cannot be told apart, nor added."""

from dataclasses import replace

from services.reporting.rules.rule import Rule
from services.reporting.subjects import REGISTRATIONS
from services.reporting.subjects.activities import held
from shared.web.language import lazy

PEOPLE_V1 = Rule(
    name="people",
    version=1,
    subject=REGISTRATIONS,
    measure="people.v1",
    title=lazy("Different people"),
    sentence=lazy(
        "Different persons who attended at least one activity that was held, as participants. People known only "
        "as a head count cannot be told apart and are shown beside. Two records that were found to be one person count "
        "once since they were merged."
    ),
    conditions=held,
)

PEOPLE_V2 = replace(PEOPLE_V1, version=2, measure="people")
