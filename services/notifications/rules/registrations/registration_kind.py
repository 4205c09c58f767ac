"""Registrations as a kind of thing that people are told."""

from services.notifications.rules.kind import Kind
from services.notifications.rules.registrations.finding import cases_of, touched_by
from services.notifications.rules.registrations.letter import write
from services.notifications.rules.registrations.table import RULES, assumed, due

KIND = Kind(rules=RULES, touched_by=touched_by, cases_of=cases_of, assumed=assumed, due=due, write=write)
