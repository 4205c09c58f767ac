"""What the words of notifications are called on a page, in the reader's language."""

from collections.abc import Mapping

from services.notifications.deliveries.delivery import Delivery
from shared.web import formats
from shared.web.language import _
from shared.web.vocabulary import text

__all__ = ["LOOKS", "can_be_sent_again", "rules", "states", "text", "why", "written_in"]


def rules() -> dict[str, str]:
    return {
        "confirmation": _("Registration confirmed"),
        "withdrawal": _("Registration withdrawn"),
        "rescheduling": _("Activity moved"),
        "cancellation": _("Activity cancelled"),
        "reinstatement": _("Activity takes place after all"),
    }


def states() -> dict[str, str]:
    return {
        "planned": _("waiting"),
        "leased": _("being sent"),
        "sent": _("sent"),
        "bounced": _("refused"),
        "failed": _("given up"),
        "cancelled": _("cancelled"),
        "expired": _("expired"),
    }


LOOKS: Mapping[str, str] = {
    "planned": "waiting",
    "leased": "waiting",
    "sent": "good",
    "bounced": "bad",
    "failed": "bad",
}
"""Which look of a badge repeats the word; whatever is not named here looks neutral."""


def why(delivery: Delivery, *, has_address: bool, held: bool) -> str:
    """What a mail waits for, or why it was not sent; empty where the state says it all."""
    if delivery.state == "planned":
        return _waits_for(delivery, has_address=has_address, held=held)
    reasons = {
        "by-hand": _("cancelled by hand"),
        "no-longer-due": _("what it says is no longer true"),
        "replaced": _("another mail says how things stand now"),
        "already-told": _("the person's last mail says how things stand"),
        "needless": _("the person was there before it was sent"),
        "never-told": _("the person was never told of the registration"),
        "over": _("the activity is over"),
        "refused": _("the mail server refuses the address"),
        "not-an-address": _("what is entered is not an e-mail address"),
        "given-up": _("the mail server did not take it for days"),
        "unwritable": _("the mail could not be written"),
    }
    words = reasons.get(delivery.reason or "", "")
    return f"{words} ({delivery.answer})" if words and delivery.answer else words


def _waits_for(delivery: Delivery, *, has_address: bool, held: bool) -> str:
    if delivery.asks:
        return _("waits to be released")
    if not has_address:
        return _("no address is known")
    if held:
        return _("all sending is held")
    return _("is tried again") if delivery.attempts else ""


def can_be_sent_again(delivery: Delivery) -> bool:
    return delivery.state in ("bounced", "failed") or delivery.reason == "by-hand"


def written_in(language: str) -> str:
    """The heading over a letter, `The letter: English`."""
    return _("The letter: %s") % formats.language(language)
