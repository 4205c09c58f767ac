"""The words of accounts: what a role is called, what it is for, and what administrators do."""

from collections.abc import Mapping, Sequence

from shared.contracts.access import Grant
from shared.web import formats
from shared.web.language import Text, _, lazy

ROLES: Mapping[str, Text] = {
    "viewer": lazy("viewer"),
    "coordinator": lazy("country coordinator"),
    "editor": lazy("editor"),
    "admin": lazy("administrator"),
}
ACTS: Mapping[str, Text] = {
    "added": lazy("Added"),
    "enabled": lazy("Enabled again"),
    "disabled": lazy("Disabled"),
    "rights-changed": lazy("Rights changed"),
    "link-made": lazy("One-time link made, password forgotten"),
    "token-created": lazy("Token created"),
    "token-revoked": lazy("Token revoked"),
}


def rights(grants: Sequence[Grant] | None) -> str:
    """`country coordinator: Kyrgyzstan; BOMCA`."""
    if not grants:
        return _("nothing")
    countries = ", ".join(formats.country(code) or code for code in grants[0].countries)
    programmes = ", ".join(each.programme for each in grants if each.programme) or _("all programmes")
    return f"{ROLES[grants[0].role]}: " + "; ".join(filter(None, (countries, programmes)))
