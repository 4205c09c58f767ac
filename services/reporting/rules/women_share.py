"""`women-share`: a share says nothing without its base, so it always comes with those whose gender is not known."""

from dataclasses import replace

from services.reporting.rules.rule import Rule
from services.reporting.subjects import REGISTRATIONS
from services.reporting.subjects.activities import held
from shared.web.language import lazy

WOMEN_SHARE_V1 = Rule(
    name="women-share",
    version=1,
    subject=REGISTRATIONS,
    measure="women-share.v1",
    title=lazy("Share of women"),
    sentence=lazy(
        "Women among the participants whose gender is known, attendances at all activities that were held. "
        "Participants of unknown gender are not in the base and are shown beside."
    ),
    conditions=held,
)

WOMEN_SHARE_V2 = replace(
    WOMEN_SHARE_V1,
    version=2,
    measure="women-share",
    sentence=lazy(
        "Women among the participants whose gender is known, by name or from the head count, attendances at all "
        "activities that were held. Participants of unknown gender are not in the base and are shown beside."
    ),
)
