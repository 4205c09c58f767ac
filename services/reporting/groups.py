"""The consumer groups of reporting, and what each listens to.

Apart from `app.py`, because `registan migrate` makes their dead-letter topics without loading the service.
"""

from collections.abc import Mapping, Sequence

from shared.contracts import ACCESS, ACTIVITIES, ORGANISATIONS, OUTPUTS, PARTICIPANTS, PROGRAMMES, Topic

FACTS = "reporting"
ACCOUNTS = "reporting.access"

GROUPS: Mapping[str, Sequence[Topic]] = {
    FACTS: (PROGRAMMES, ORGANISATIONS, ACTIVITIES, PARTICIPANTS, OUTPUTS),
    ACCOUNTS: (ACCESS,),
}
