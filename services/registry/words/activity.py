"""The words of activities."""

from collections.abc import Mapping

from services.registry.words import vocabulary
from services.registry.words.noun import Words, one_of
from shared.contracts.activities import Headcount, Place
from shared.web import formats
from shared.web.language import Text, lazy

FIELDS: Mapping[str, Text] = {
    "title": lazy("Title"),
    "code": lazy("Code"),
    "programme": lazy("Programme"),
    "status": lazy("Status"),
    "phase": lazy("Phase"),
    "component": lazy("Component"),
    "kind": lazy("Kind"),
    "scope": lazy("Scope"),
    "delivery": lazy("Delivery"),
    "starts": lazy("First day"),
    "ends": lazy("Last day"),
    "time_zone": lazy("Time zone"),
    "place": lazy("Place"),
    "host_country": lazy("Host country"),
    "beneficiary_countries": lazy("Beneficiary countries"),
    "co_organisers": lazy("Co-organisers"),
    "expert_organisations": lazy("Experts from"),
    "series": lazy("Series"),
    "expected": lazy("Expected participants"),
    "headcount": lazy("Headcount"),
    "protected": lazy("Protected"),
    "outputs": lazy("Outputs"),
    "sources": lazy("Sources"),
    "description": lazy("Description"),
    "status_reason": lazy("Reason"),
    "merged_into": lazy("Merged into"),
    "entered_by_mistake": lazy("Entered by mistake"),
}
EVENTS: Mapping[str, Text] = {
    "activity-created": lazy("Recorded"),
    "activity-updated": lazy("Changed"),
    "activity-rescheduled": lazy("Rescheduled"),
    "activity-cancelled": lazy("Cancelled"),
    "activity-completed": lazy("Completed"),
    "activity-merged": lazy("Merged"),
    "activity-reinstated": lazy("Put back"),
}

WORDS = Words(
    FIELDS,
    EVENTS,
    values={
        "kind": one_of(vocabulary.kinds),
        "scope": one_of(vocabulary.scopes),
        "delivery": one_of(vocabulary.deliveries),
        "status": one_of(vocabulary.statuses),
        "starts": formats.fuzzy,
        "ends": formats.fuzzy,
        "host_country": formats.country,
        "beneficiary_countries": vocabulary.country_names,
        "component": lambda value: vocabulary.component_of(None, value),
        "headcount": lambda value: vocabulary.headcount(Headcount.model_validate(value)),
        "place": lambda value: vocabulary.place(Place.model_validate(value)),
    },
    unsaid=("status_reason", "merged_into"),
)
