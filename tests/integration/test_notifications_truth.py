"""After any sequence of changes, holds, failures and corrections, each person who can be reached knows the truth, once.

A world of two activities and three people is lived through by chance, with a real database and a real mail server. At
the end sending goes on, and the last letter that lies in each mailbox is held against what is true. Each rule is taken
away in turn, and so is each safeguard around them: without any one of them the same test finds somebody misled.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import icalendar
import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from services.notifications.channels.channel import Channel
from services.notifications.deliveries import beliefs, leases, planning
from services.notifications.deliveries.desk import NothingToSay, hold, send_again
from services.notifications.deliveries.sender import Sender
from services.notifications.messages.letter import Letter
from services.notifications.rules.registrations import table
from shared.contracts import Activity, Contact, Registration
from shared.database import Database
from shared.identity import Actor, everywhere
from tests.chronicle import Chronicle
from tests.conftest import DatabaseUrl
from tests.integration.mailing import HandSetClock, all_deliveries, forget_everything, hear, manner, notifications
from tests.integration.smtp_server import HANG_UP, SmtpServer
from tests.integration.test_notifications_sender import channel_to

ACTOR = Actor(id=uuid4(), kind="user", grants=everywhere("editor"))
STEPS = (
    *("send",) * 8,
    *("register", "move", "let go on") * 3,
    *("cancel", "reinstate", "withdraw", "come back", "correct an address", "move while one is sent") * 2,
    *("move elsewhere", "correct the dates", "make it online", "attend", "unmark", "hold", "tell again"),
    *("refuse for good", "refuse for now", "hang up", "die before the note", "take an address away", "erase"),
)
PLACES = [{"name": {"en": name}, "country": "KG"} for name in ("Bishkek", "Osh", "Naryn")]


class Died(BaseException):
    """A sender that is gone before it can note anything."""


@dataclass
class World:
    """What is true, and what lies in the mailboxes."""

    database: Database
    server: SmtpServer
    clock: HandSetClock = field(default_factory=HandSetClock)
    chronicle: Chronicle = field(default_factory=Chronicle)
    activities: list[Activity] = field(default_factory=list)
    contacts: dict[int, Contact] = field(default_factory=dict)
    registrations: dict[tuple[int, int], Registration] = field(default_factory=dict)
    erased: set[int] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    unheard: int = 0
    deadly: bool = False
    doubtful: bool = False
    meanwhile: tuple[str, int, int] | None = None

    def begin(self) -> None:
        self.chronicle.programme()
        self.activities = [self.chronicle.plan(place=PLACES[0], delivery="in-person")]
        self.contacts = {number: self.chronicle.contact(number) for number in (1, 2)}

    async def hear(self) -> None:
        news = self.chronicle.events[self.unheard :]
        self.unheard = len(self.chronicle.events)
        if news:
            await hear(self.database, news, self.clock)

    def sender(self) -> Sender:
        return Sender(self.database, _Disturbed(self, channel_to(self.server.port)), manner(self.clock))

    async def send(self) -> None:
        """A sender works until nothing is left, or until it dies, which is found out when its lease is over."""
        try:
            while await self.sender().send_next():
                self.clock.move(seconds=1)
        except Died:
            self.clock.move(minutes=5)

    async def let_happen(self, step: str, who: int, chance: int) -> None:  # noqa: PLR0912
        which = 0
        self.clock.move(seconds=7)
        activity = self.activities[which]
        registration = self.registrations.get((which, who))
        tell = self.chronicle
        day = {"starts": tell.day(20 + chance), "ends": tell.day(21 + chance)}
        ahead = activity.status in ("planned", "confirmed")
        match step:
            case "register" if registration is None and ahead and who not in self.erased:
                self.registrations[which, who] = tell.register(activity, who)
            case "move" if ahead:
                self.activities[which] = tell.change(activity, "rescheduled", **day)
            case "move elsewhere" if ahead:
                self.activities[which] = tell.change(activity, "rescheduled", place=PLACES[chance % 3])
            case "correct the dates" if ahead:
                self.activities[which] = tell.change(activity, "updated", **day)
            case "make it online" if ahead:
                self.activities[which] = tell.change(activity, "updated", delivery="online")
            case "cancel" if ahead:
                self.activities[which] = tell.cancel(activity)
            case "reinstate" if not ahead:
                fields = {"status": "planned", "status_reason": None}
                self.activities[which] = tell.change(activity, "reinstated", **fields)
            case "withdraw" | "come back" | "attend" | "unmark" if registration and who not in self.erased:
                self._change_registration((which, who), step)
            case "correct an address" if who not in self.erased:
                new = f"sample.{who}.{len(tell.events)}@example.org"
                self.contacts[who] = tell.change_contact(self.contacts[who], email=new)
            case "take an address away" if who not in self.erased:
                self.contacts[who] = tell.change_contact(self.contacts[who], email=None)
            case "erase" if who not in self.erased and chance < 2:
                self._erase(who)
            case "hold" | "let go on":
                async with self.database.transaction() as session:
                    await hold(session, step == "hold", actor=ACTOR, clock=self.clock)
            case "refuse for good" | "refuse for now":
                code = "550" if step == "refuse for good" else "450"
                self.server.to_recipient.append(f"{code} 5.1.1 not you")
            case "hang up":
                self.server.to_data.append(HANG_UP)
            case "die before the note":
                self.deadly = True
            case "move while one is sent":
                self.meanwhile = ("move", who, chance)
            case "send":
                await self.send()
            case "tell again":
                await hear(self.database, self.chronicle.events, self.clock)
        await self.hear()

    def _change_registration(self, key: tuple[int, int], step: str) -> None:
        registration = self.registrations[key]
        steps = {
            ("registered", "withdraw"): ("withdrawn", "withdrawn"),
            ("withdrawn", "come back"): ("registered", "registered"),
            ("registered", "attend"): ("attended", "attended"),
            ("attended", "unmark"): ("updated", "registered"),
        }
        if found := steps.get((registration.status, step)):
            kind, status = found
            self.registrations[key] = self.chronicle.change_registration(registration, kind, status=status)

    def _erase(self, who: int) -> None:
        self.erased.add(who)
        self.chronicle.erase(self.contacts[who])
        for key, registration in list(self.registrations.items()):
            if key[1] == who:
                nobody = f"nobody-{registration.id}"
                self.chronicle.change_registration(registration, "erased", person_key=nobody)
                del self.registrations[key]

    async def come_to_rest(self) -> None:
        """Nobody disturbs any more: sending goes on, what was refused for good is sent again, and time passes."""
        self.server.to_recipient.clear()
        self.server.to_data.clear()
        self.deadly, self.meanwhile = False, None
        async with self.database.transaction() as session:
            await hold(session, False, actor=ACTOR, clock=self.clock)
        for _ in range(3):
            self.clock.move(hours=5)
            await self.send()
            for delivery in await all_deliveries(self.database):
                if delivery.state == "bounced":
                    with suppress(NothingToSay):
                        await self._send_again(delivery.id)

    async def _send_again(self, delivery_id: UUID) -> None:
        async with self.database.transaction() as session:
            await send_again(session, delivery_id, actor=ACTOR, manner=manner(self.clock))

    def check(self) -> None:
        for (which, who), registration in self.registrations.items():
            address = self.contacts[who].email
            if address is not None:
                self._check_mailbox(registration, self.activities[which], address)

    def _check_mailbox(self, registration: Registration, activity: Activity, address: str) -> None:
        """The last letter in a mailbox about a registration says what is true."""
        letters = [letter for letter in self._letters(address) if letter.uid.startswith(str(registration.id))]
        registered = registration.status in ("registered", "attended")
        takes_place = activity.status != "cancelled"
        if not letters:
            told_nothing = not registered or not takes_place or registration.status == "attended"
            assert told_nothing, f"registered and never told: {address}"
            return
        assert letters[0].kind == "You are registered", "the first letter is an invitation"
        last = letters[-1]
        if not takes_place:
            assert last.kind in ("Cancelled", "You are no longer registered"), f"does not know it is cancelled: {last}"
        elif not registered:
            assert last.kind in ("Cancelled", "You are no longer registered"), f"does not know of no place: {last}"
        elif registration.status == "registered" or last.kind in ("You are registered", "New dates or place"):
            assert last.kind not in ("Cancelled", "You are no longer registered"), f"does not know of a place: {last}"
            assert last.starts == str(activity.starts), f"has other dates: {last}"
            place = activity.place.name["en"] if activity.place else ""
            assert ("Where: online" if activity.delivery == "online" else place) in last.text, f"goes elsewhere: {last}"
        for one, other in pairwise(letters if not self.doubtful else []):
            assert (one.kind, one.text) != (other.kind, other.text) or one.message_id == other.message_id, "told twice"

    def _letters(self, address: str) -> Iterator["Received"]:
        for mail in self.server.mails:
            if mail["To"] == address:
                yield Received.of(mail)


@dataclass
class _Disturbed:
    """A channel that works, and around which things happen."""

    world: World
    channel: Channel
    sender: str = "programme@example.org"

    async def send(self, letter: Letter, *, to: str, delivery_id: UUID) -> None:
        if (disturbance := self.world.meanwhile) is not None:
            self.world.meanwhile = None
            await self.world.let_happen(*disturbance)
        self.world.doubtful |= bool(self.world.server.to_data) or self.world.deadly
        await self.channel.send(letter, to=to, delivery_id=delivery_id)
        if self.world.deadly:
            self.world.deadly = False
            raise Died


@dataclass(frozen=True)
class Received:
    kind: str
    text: str
    uid: str
    starts: str
    message_id: str

    @classmethod
    def of(cls, mail: EmailMessage) -> "Received":
        body = mail.get_body(("plain",))
        calendar = next(part for part in mail.walk() if part.get_content_type() == "text/calendar")
        assert body is not None
        entry: Any = icalendar.Calendar.from_ical(calendar.get_content()).walk("VEVENT")[0]
        return cls(
            str(mail["Subject"]).partition(":")[0],
            body.get_content(),
            str(entry["UID"]),
            entry["DTSTART"].dt.isoformat(),
            str(mail["Message-ID"]),
        )


Step = tuple[str, int, int]


async def live(database: Database, server: SmtpServer, steps: list[Step]) -> int:
    """Live through a world; how many mails were sent.

    Raises:
        AssertionError: somebody does not know the truth, or was told it twice.
    """
    await forget_everything(database)
    server.mails.clear()
    world = World(database, server)
    world.begin()
    await world.hear()
    for step in [("register", 1, 0), *steps]:
        await world.let_happen(*step)
    await world.come_to_rest()
    world.check()
    sent = len(server.mails)
    await hear(database, world.chronicle.events, world.clock)
    await world.send()
    assert len(server.mails) == sent, "a history that is told again sends something"
    return sent


@pytest.fixture
async def database(database_url: DatabaseUrl) -> Any:
    async with notifications(database_url) as opened:
        yield opened


@pytest.fixture
async def server() -> Any:
    async with SmtpServer().open() as opened:
        yield opened


@settings(
    max_examples=30,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # a world takes a second: to shrink one would take an hour
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(STEPS), st.sampled_from((1, 1, 2)), st.integers(0, 9)), min_size=8, max_size=30
    )
)
async def test_after_anything_that_can_happen_each_person_who_can_be_reached_knows_the_truth_once(
    database: Database, server: SmtpServer, steps: list[Step]
) -> None:
    event(f"{await live(database, server, steps)} mails")


async def _nothing(*_given: Any, **_named: Any) -> None:
    return None


def _without_rule(name: str) -> Callable[[pytest.MonkeyPatch], None]:
    return lambda patch: patch.delitem(table.RULES, name)


SABOTAGES: dict[str, tuple[Callable[[pytest.MonkeyPatch], None], tuple[str, ...]]] = {
    "without the confirmation": (_without_rule("confirmation"), ("send",)),
    "without the withdrawal": (_without_rule("withdrawal"), ("send", "withdraw")),
    "without the rescheduling": (_without_rule("rescheduling"), ("send", "move")),
    "without the cancellation": (_without_rule("cancellation"), ("send", "cancel")),
    "without the reinstatement": (_without_rule("reinstatement"), ("send", "cancel", "send", "reinstate")),
    "what is tried is not written down before": (
        lambda patch: patch.setattr(leases, "note_try", _nothing),
        ("die before the note", "send", "cancel"),
    ),
    "nothing is asked again after a letter": (
        lambda patch: patch.setattr(planning, "look_again", _nothing),
        ("move while one is sent", "send"),
    ),
    "letters to a former address count": (
        lambda patch: patch.setattr(beliefs, "_went_to", lambda *_: True),
        ("send", "correct an address"),
    ),
    "a refusal counts as a letter": (
        lambda patch: patch.setattr(leases, "_undone", lambda *_: {}),
        ("refuse for now", "send", "cancel"),
    ),
}
"""What is taken away, and a course of events in which somebody is misled without it."""


@pytest.mark.parametrize("sabotage", SABOTAGES)
async def test_without_any_one_rule_or_safeguard_somebody_is_misled(
    database: Database, server: SmtpServer, monkeypatch: pytest.MonkeyPatch, sabotage: str
) -> None:
    take_away, course = SABOTAGES[sabotage]
    steps = [(step, 1, 7) for step in course]
    await live(database, server, steps)
    take_away(monkeypatch)
    with pytest.raises(AssertionError):
        await live(database, server, steps)


async def test_a_move_a_cancellation_and_its_taking_back_behind_a_hold_end_with_the_new_dates(
    database: Database, server: SmtpServer
) -> None:
    """What was lost once: each of the three mails thought that another one had said it."""
    await live(
        database,
        server,
        [("send", 1, 0), ("hold", 1, 0), ("move", 1, 7), ("cancel", 1, 0), ("reinstate", 1, 0), ("let go on", 1, 0)],
    )
    assert [str(mail["Subject"]).partition(":")[0] for mail in server.mails] == [
        "You are registered",
        "New dates or place",
    ]
