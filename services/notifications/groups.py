"""The consumer groups of notifications, and what each listens to.

Apart from `app.py`, because `registan migrate` makes their dead-letter topics without loading the service.
"""

from collections.abc import Mapping, Sequence

from shared.contracts import ACCESS, ACTIVITIES, CONTACTS, PARTICIPANTS, PROGRAMMES, Topic

FACTS = "notifications"
ACCOUNTS = "notifications.access"

GROUPS: Mapping[str, Sequence[Topic]] = {
    FACTS: (PROGRAMMES, ACTIVITIES, PARTICIPANTS, CONTACTS),
    ACCOUNTS: (ACCESS,),
}
