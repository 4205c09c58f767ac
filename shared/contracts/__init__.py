"""The public language of Registan: the envelope, a file per topic, and the schemas generated from them.

A contract is separate from any table on purpose: tables may change on any day, a contract only grows. A reader of an
event of version 1 today can read one written in ten years.
"""

from shared.contracts.access import Access
from shared.contracts.activities import Activity
from shared.contracts.contacts import Contact
from shared.contracts.envelope import Event, MalformedRecord, Record, UnknownEventType
from shared.contracts.organisations import Organisation
from shared.contracts.outputs import Output
from shared.contracts.participants import Registration
from shared.contracts.programmes import Programme
from shared.contracts.topics import (
    ACCESS,
    ACTIVITIES,
    CONTACTS,
    ORGANISATIONS,
    OUTPUTS,
    PARTICIPANTS,
    PROGRAMMES,
    PUBLIC,
    TOPICS,
    Topic,
)

__all__ = [
    "ACCESS",
    "ACTIVITIES",
    "CONTACTS",
    "ORGANISATIONS",
    "OUTPUTS",
    "PARTICIPANTS",
    "PROGRAMMES",
    "PUBLIC",
    "TOPICS",
    "Access",
    "Activity",
    "Contact",
    "Event",
    "MalformedRecord",
    "Organisation",
    "Output",
    "Programme",
    "Record",
    "Registration",
    "Topic",
    "UnknownEventType",
]
