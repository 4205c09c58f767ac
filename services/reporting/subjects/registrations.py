"""Registrations: the people who took part, by name and by head count. They are counted where they took part, so the
rows are the activities, and what is counted within a row is told apart by further dimensions.
"""

from dataclasses import replace

from services.reporting.subjects.activities import ACTIVITIES
from services.reporting.subjects.heads import HEADS_V1, WOMEN_V1
from services.reporting.subjects.people import PEOPLE_V1

REGISTRATIONS = replace(
    ACTIVITIES,
    name="registrations",
    measures={"participants": HEADS_V1, "people": PEOPLE_V1, "women-share": WOMEN_V1},
)
