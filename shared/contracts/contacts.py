"""Topic `registan.contacts.v1`: how a person can be reached. **Private**: the registry writes, notifications reads.

A tombstone on this topic erases the person everywhere within the topic's compaction bound of one day.
"""

from typing import Annotated

from pydantic import Field

from shared.contracts.base import Code, Language, Versioned


class Contact(Versioned):
    """A person's name and address within one programme."""

    person_key: Annotated[str, Field(description="As on the participants' topic; the key of the record on Kafka.")]
    programme: Code
    name: str
    email: str | None = None
    language: Language = "en"
