"""The way around the three services: one table, because the header looks the same in each."""

from dataclasses import dataclass

from fastapi import Request

from shared.identity import EVERYWHERE, Actor, Role
from shared.settings import ServiceName
from shared.web.language import _
from shared.web.requests import addresses_of, service_of


@dataclass(frozen=True)
class Entry:
    """A place in the header.

    Attributes:
        label: the words of the link, in the reader's language.
        url: where it leads.
        here: whether the page that is shown lies there.
        badge: where it is said how much waits there, a part of a page; empty where nothing can.
    """

    label: str
    url: str
    here: bool
    badge: str = ""


def entries_for(request: Request, actor: Actor | None) -> list[Entry]:
    """The places that this actor may go to; nobody may go anywhere before signing in."""
    if actor is None:
        return []
    places: tuple[tuple[str, ServiceName, str, Role, str | None], ...] = (
        (_("Activities"), "registry", "/activities", "viewer", None),
        (_("Outputs"), "registry", "/outputs", "viewer", None),
        (_("Import"), "registry", "/import", "editor", None),
        (_("Programme"), "registry", "/programmes", "viewer", None),
        (_("Figures"), "reporting", "/", "viewer", None),
        (_("Messages"), "notifications", "/", "coordinator", None),
        (_("Accounts"), "registry", "/accounts", "admin", EVERYWHERE),
    )
    settings = service_of(request).settings
    entries = []
    for label, service, path, role, where in places:
        if actor.may(role, programme=where):
            own = service == settings.name
            here = own and request.url.path.startswith(f"/{service}{path}")
            prefix = "" if own else addresses_of(settings)[service]
            badge = f"{prefix}/{service}/fragments/badge" if service == "notifications" else ""
            entries.append(Entry(label, f"{prefix}/{service}{path}", here, badge))
    return entries
