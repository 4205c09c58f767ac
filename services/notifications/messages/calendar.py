"""The calendar entry of a mail (iCalendar, RFC 5545; scheduling by mail, RFC 5546 and 6047).

An entry belongs to a registration and keeps its UID through all changes. SEQUENCE is the sum of the activity's and the
registration's versions: it grows when either changes, so calendar programs take the newer mail for the newer state in
whatever order they read them. Activities have days and no hours, so entries last whole days and need no time zone.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from icalendar import Calendar, Event, vCalAddress

Method = Literal["REQUEST", "CANCEL"]


@dataclass(frozen=True, slots=True)
class Entry:
    """What stands in a person's calendar.

    Attributes:
        days: first and last day; an entry that is taken away may no longer have any.
        written_at: when this state of the entry was written (DTSTAMP).
        organiser: the programme's address, which a calendar program answers to.
        attendee: the person's address; calendar programs ignore an invitation to somebody else.
    """

    method: Method
    uid: str
    sequence: int
    summary: str
    location: str | None
    days: tuple[date, date] | None
    written_at: datetime
    organiser: str
    attendee: str


def encode(entry: Entry) -> bytes:
    """The entry as a text/calendar object."""
    calendar = Calendar()
    calendar.add("prodid", "-//Registan//notifications//EN")
    calendar.add("version", "2.0")
    calendar.add("method", entry.method)
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", entry.written_at)
    event.add("status", "CONFIRMED" if entry.method == "REQUEST" else "CANCELLED")
    event.add("summary", entry.summary)
    event.add("organizer", vCalAddress(f"mailto:{entry.organiser}"))
    attendee = vCalAddress(f"mailto:{entry.attendee}")
    attendee.params["RSVP"] = "FALSE"  # taking part is decided by the registration, not by a button
    event.add("attendee", attendee)
    if entry.days:
        first, last = entry.days
        event.add("dtstart", first)
        if last < date.max:
            event.add("dtend", last + timedelta(days=1))  # exclusive, RFC 5545 §3.6.1
        else:  # the calendar has no day after it
            event.add("duration", timedelta(days=(last - first).days + 1))
    if entry.location:
        event.add("location", entry.location)
    calendar.add_component(event)
    return bytes(calendar.to_ical())
