"""What can be counted: a subject a file, each with its rows, its day, its dimensions, filters and measures.

A new subject is a row here; a rule then names it and one of its measures.
"""

from services.reporting.subjects.activities import ACTIVITIES
from services.reporting.subjects.outputs import OUTPUTS
from services.reporting.subjects.registrations import REGISTRATIONS
from services.reporting.subjects.subject import Subject

SUBJECTS: tuple[Subject, ...] = (
    ACTIVITIES,
    REGISTRATIONS,
    OUTPUTS,
)

__all__ = ["ACTIVITIES", "OUTPUTS", "REGISTRATIONS", "SUBJECTS", "Subject"]
