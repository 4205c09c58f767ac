"""The kinds of things that people are told: what is added here is planned, shown, asked about and sent like others."""

from collections.abc import Mapping
from typing import Literal

from services.notifications.rules.kind import Kind, Rule
from services.notifications.rules.registrations import registration_kind
from services.notifications.rules.registrations.table import RegistrationRule

About = Literal["registration"]
RuleName = RegistrationRule

KINDS: Mapping[About, Kind] = {
    "registration": registration_kind.KIND,
}
RULES: Mapping[str, Rule] = {name: rule for kind in KINDS.values() for name, rule in kind.rules.items()}
