"""Registrations: the people who took part, by name and by head count. They are counted where they took part, so the
rows are the activities, and what is counted within a row is told apart by further dimensions.
"""

from dataclasses import replace

from services.reporting.subjects.activities import ACTIVITIES
from services.reporting.subjects.heads import HEADS_V1, WOMEN_V1
from services.reporting.subjects.heads_and_names import HEADS_V2, PEOPLE_V2, WOMEN_V2
from services.reporting.subjects.people import PEOPLE_V1
from services.reporting.subjects.tally import rows

REGISTRATIONS = replace(
    ACTIVITIES,
    name="registrations",
    rows=rows,
    measures={
        "participants": HEADS_V2,
        "people": PEOPLE_V2,
        "women-share": WOMEN_V2,
        "participants.v1": HEADS_V1,
        "people.v1": PEOPLE_V1,
        "women-share.v1": WOMEN_V1,
    },
)
