"""What a person may believe, from the letters that were sent to the address they have.

As a rule it is what the last letter said. A try of which it is not known whether it arrived adds a second possibility,
and the next letter has to be right whichever of them holds. A letter that went to an address the person no longer has
counts for nothing: the reader of the new address has read none.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam
from sqlmodel import col, select

from services.notifications.deliveries.delivery import Delivery, Reason
from services.notifications.rules.contents import KINDS, About
from services.notifications.rules.kind import Case, Due, Said
from shared.database import Session


async def deliveries_of(session: Session, subjects: Collection[UUID]) -> dict[UUID, list[Delivery]]:
    """All deliveries about these subjects, in the order in which they were sent."""
    found: dict[UUID, list[Delivery]] = defaultdict(list)
    for delivery in await session.scalars(_OF_SUBJECTS, {"keys": list(subjects)}):
        found[delivery.subject].append(delivery)
    return found


def beliefs_of(
    about: About, case: Case, deliveries: Sequence[Delivery], *, mark: str | None, since: datetime
) -> list[Said | None]:
    """What the person of a case may believe, the likeliest first; `None` stands for knowing nothing.

    Args:
        deliveries: all about the subject of the case, in the order in which they were sent.
        mark: of the address that the person has now.
        since: when this database began.
    """
    here = [delivery for delivery in deliveries if _went_to(delivery, case.recipient, mark)]
    sent = [_said(case, delivery) for delivery in here if delivery.state == "sent"]
    last = sent[-1] if sent else KINDS[about].assumed(case, since)
    doubtful = [said for delivery in here for said in delivery.may_have_said or ()]
    return [last, *(said for said in doubtful if said != last)]


def _went_to(delivery: Delivery, recipient: str, mark: str | None) -> bool:
    """Two persons found to be one keep what they were told at one address; of old, only the person is known."""
    return delivery.recipient == recipient if delivery.address_mark is None else delivery.address_mark == mark


def why_dropped(case: Case, due: Due | None, beliefs: Sequence[Said | None]) -> Reason:
    """Why a letter that waits is not sent: another one is due, or none."""
    if case.is_closed:
        return "no-longer-due"
    if due:
        return "replaced"
    if any(beliefs):
        return "already-told"
    return "needless" if case.needs_no_words else "no-longer-due"


def _said(case: Any, delivery: Delivery) -> Said:
    """What a letter said; of those sent by a release that did not keep it, it follows from rule and version."""
    if delivery.said is not None:
        return delivery.said
    registered, entry = delivery.rule != "withdrawal", delivery.calendar == "REQUEST"
    told = case.told_by(delivery.activity_id, delivery.told_version, registered=registered, entry=entry)
    kept: Said = told.model_dump(mode="json")
    return kept


_OF_SUBJECTS = (
    select(Delivery)
    .where(col(Delivery.subject) == any_(bindparam("keys", type_=ARRAY(Uuid))))
    .order_by(col(Delivery.letter).asc().nulls_first(), col(Delivery.sent_at), col(Delivery.id))
    .execution_options(populate_existing=True)
)
