"""The sender against a real mail server: each mail once, whatever the server says, and whenever the sender dies."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import icalendar
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from services.notifications.channels.channel import ChannelAway
from services.notifications.channels.smtp import SmtpChannel
from services.notifications.deliveries import leases
from services.notifications.deliveries.sender import LEASE, LONGEST_PAUSE, MOST_ATTEMPTS, Sender, pause_after
from services.notifications.deliveries.upkeep import Upkeep
from services.notifications.settings import NotificationsSettings
from shared.clock import SystemClock
from shared.database import Database
from shared.settings import ServiceName
from shared.telemetry import metrics
from tests.chronicle import Chronicle, chronicles
from tests.conftest import DatabaseUrl
from tests.integration.mailing import (
    HandSetClock,
    all_deliveries,
    everyday,
    forget_everything,
    hear,
    manner,
    notifications,
    rows,
)
from tests.integration.smtp_server import HANG_UP, TAKE_LONG, SmtpServer
from tests.strategies import shuffled


@pytest.fixture
async def database(database_url: DatabaseUrl) -> AsyncIterator[Database]:
    async with notifications(database_url) as opened:
        yield opened


@pytest.fixture
async def server() -> AsyncIterator[SmtpServer]:
    async with SmtpServer().open() as opened:
        yield opened


@pytest.fixture
def clock() -> HandSetClock:
    return HandSetClock()


def channel_to(port: int, *, send_within: float = 10, **settings: Any) -> SmtpChannel:
    return SmtpChannel(
        NotificationsSettings(
            name="notifications",
            database_url="postgresql://nobody@localhost/unused",
            kafka_bootstrap_servers="unused",
            session_public_key_file=Path("unused"),
            smtp_host="127.0.0.1",
            smtp_port=port,
            mail_from="programme@example.org",
            **settings,
        ),
        send_within=send_within,
    )


def registered(people: int = 1) -> Chronicle:
    chronicle = everyday(people)
    activity = chronicle.plan()
    for number in range(1, people + 1):
        chronicle.register(activity, number)
    return chronicle


async def send_all(sender: Sender) -> None:
    while await sender.send_next():
        pass


async def test_a_registration_is_confirmed_by_one_mail_with_a_calendar_entry(
    database: Database, server: SmtpServer, clock: HandSetClock
) -> None:
    chronicle = registered()
    await hear(database, chronicle.events, clock)
    sender = Sender(database, channel_to(server.port, mail_reply_to="office@example.org"), manner(clock))
    await send_all(sender)
    await hear(database, chronicle.events, clock)
    await send_all(sender)
    (mail,) = server.mails
    assert mail["To"] == "sample.person.1@example.org"
    assert mail["From"] == "programme@example.org"
    assert mail["Reply-To"] == "office@example.org"
    assert mail["Subject"] == "You are registered: Sample workshop"
    assert mail["Auto-Submitted"] == "auto-generated"
    (delivery,) = await all_deliveries(database)
    assert mail["Message-ID"] == f"<{delivery.id}@example.org>"
    text, invitation, attachment = [part for part in mail.walk() if not part.is_multipart()]
    assert "Dear Sample Person 1," in text.get_content()
    assert invitation.get_content_type() == "text/calendar"
    assert invitation.get_param("method") == "REQUEST"
    for part in (invitation.get_content(), attachment.get_content().decode()):
        assert icalendar.Calendar.from_ical(part)["METHOD"] == "REQUEST"
    assert (delivery.state, delivery.told_version, delivery.calendar) == ("sent", 1, "REQUEST")


async def test_everybody_is_told_of_a_change_once_and_who_came_later_is_not(
    database: Database, server: SmtpServer, clock: HandSetClock
) -> None:
    chronicle = registered(2)
    sender = Sender(database, channel_to(server.port), manner(clock))
    await hear(database, chronicle.events, clock)
    await send_all(sender)
    activity = next(event.data for event in chronicle.events if event.type == "activity-created")
    chronicle.contact(3)
    moved = chronicle.change(activity, "rescheduled", starts="2099-05-04", ends="2099-05-05")  # type: ignore[arg-type]
    chronicle.register(moved, 3)
    chronicle.cancel(moved)
    await hear(database, chronicle.events[:-1], clock)
    await send_all(sender)
    await hear(database, chronicle.events, clock)
    await send_all(sender)
    subjects = sorted((str(mail["To"]).split("@")[0], str(mail["Subject"]).split(":")[0]) for mail in server.mails)
    assert subjects == [
        ("sample.person.1", "Cancelled"),
        ("sample.person.1", "New dates or place"),
        ("sample.person.1", "You are registered"),
        ("sample.person.2", "Cancelled"),
        ("sample.person.2", "New dates or place"),
        ("sample.person.2", "You are registered"),
        ("sample.person.3", "Cancelled"),
        ("sample.person.3", "You are registered"),
    ]


async def test_what_is_withdrawn_before_it_was_confirmed_is_never_mentioned(
    database: Database, server: SmtpServer, clock: HandSetClock
) -> None:
    chronicle = registered()
    await hear(database, chronicle.events, clock)
    chronicle.withdraw(chronicle.events[-1].data)  # type: ignore[arg-type]
    await hear(database, chronicle.events, clock)
    await send_all(Sender(database, channel_to(server.port), manner(clock)))
    assert server.mails == []
    assert [row.reason for row in await all_deliveries(database)] == ["no-longer-due"]


async def test_a_mail_waits_for_the_address_and_goes_when_it_is_known(
    database: Database, server: SmtpServer, clock: HandSetClock
) -> None:
    chronicle = everyday(0)
    nowhere = chronicle.contact(1, email=None)
    chronicle.register(chronicle.plan(), 1)
    sender = Sender(database, channel_to(server.port), manner(clock))
    await hear(database, chronicle.events, clock)
    await send_all(sender)
    assert server.mails == []
    chronicle.change_contact(nowhere, email="sample.person.1@example.org")
    await hear(database, chronicle.events[-1:], clock)
    await send_all(sender)
    assert server.recipients() == ["sample.person.1@example.org"]


async def test_who_has_no_address_stands_in_nobodys_way(database: Database, clock: HandSetClock) -> None:
    chronicle = everyday(0)
    activity = chronicle.plan()
    for number in range(1, 301):
        chronicle.contact(number, email=None if number < 300 else "sample.person@example.org")
        chronicle.register(activity, number)
    await hear(database, chronicle.events, clock, ask_above=1000)
    async with database.transaction() as session:
        await session.execute(text("SET LOCAL enable_seqscan = off"))  # few rows are read whole, many are not
        asked = text(f"EXPLAIN (ANALYZE, FORMAT JSON) {leases.LEASE.text}")
        times = ("now", "until", "furthest_attempt", "furthest_lease")
        [explained] = await session.scalars(asked, dict.fromkeys(times, clock.now()))
    assert 1 <= looked_at(explained[0]["Plan"]) < 20


def looked_at(node: dict[str, Any]) -> int:
    """How many rows the steps of a plan had in their hands, those included that they did not take."""
    mine = sum(node.get(name, 0) for name in ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Join Filter"))
    return int(mine * node["Actual Loops"]) + sum(map(looked_at, node.get("Plans", ())))


async def test_a_temporary_refusal_is_tried_again_after_a_growing_pause(
    database: Database, server: SmtpServer, clock: HandSetClock
) -> None:
    await hear(database, registered().events, clock)
    sender = Sender(database, channel_to(server.port), manner(clock))
    server.to_recipient.extend(["450 4.2.1 later {address}"] * 2)
    await send_all(sender)
    (first,) = await all_deliveries(database)
    assert (first.state, first.attempts, first.answer) == ("planned", 1, 450)
    assert first.next_attempt_at > clock.now()
    clock.at = first.next_attempt_at
    await send_all(sender)
    (second,) = await all_deliveries(database)
    assert second.next_attempt_at - clock.now() > (first.next_attempt_at - clock.now())
    clock.at = second.next_attempt_at
    await send_all(sender)
    assert len(server.mails) == 1
    assert [row[3] for row in await rows(database)] == ["sent"]


@pytest.mark.parametrize("ahead", [timedelta(hours=9), timedelta(days=365)])
async def test_a_clock_that_was_ahead_locks_no_mail_away(
    database: Database, server: SmtpServer, clock: HandSetClock, ahead: timedelta
) -> None:
    """Neither one that was planned by it, nor one that was refused, nor one whose sender died."""
    chronicle = everyday(0)
    activity = chronicle.plan(starts=chronicle.day(500), ends=chronicle.day(502))
    clock.at += ahead
    for number in (1, 2):
        chronicle.contact(number)
        chronicle.register(activity, number)
    await hear(database, chronicle.events, clock)
    sender = Sender(database, channel_to(server.port), manner(clock))
    server.to_recipient.append("450 4.2.1 later {address}")
    assert await sender.send_next()
    async with database.transaction() as session:
        assert await leases.lease(session, now=clock.now(), lasting=LEASE, longest_pause=LONGEST_PAUSE)
    chronicle.contact(3)
    chronicle.register(activity, 3)
    await hear(database, chronicle.events, clock)
    assert not server.mails
    clock.at -= ahead
    await send_all(sender)
    assert len(server.mails) == 3


async def test_a_mail_in_another_senders_hands_is_left_there_though_its_clock_is_somewhat_ahead(
    database: Database, server: SmtpServer, clock: HandSetClock
) -> None:
    await hear(database, registered().events, clock)
    async with database.transaction() as session:
        ahead = clock.now() + timedelta(minutes=30)
        assert await leases.lease(session, now=ahead, lasting=LEASE, longest_pause=LONGEST_PAUSE)
    assert not await Sender(database, channel_to(server.port), manner(clock)).send_next()


async def test_who_refuses_for_the_time_being_for_ever_is_given_up(
    database: Database, server: SmtpServer, clock: HandSetClock
) -> None:
    await hear(database, registered().events, clock)
    sender = Sender(database, channel_to(server.port), manner(clock))
    server.to_data.extend(["451 4.3.0 later"] * (MOST_ATTEMPTS + 5))
    for _ in range(MOST_ATTEMPTS + 5):
        await send_all(sender)
        clock.move(hours=6)
    assert await rows(database) == [("confirmation", "sample-person-1", 1, "failed", "given-up")]
    assert len(server.to_data) == 5


@pytest.mark.parametrize("where", ["to_recipient", "to_data"])
async def test_a_permanent_refusal_ends_it(
    database: Database, server: SmtpServer, clock: HandSetClock, where: str
) -> None:
    await hear(database, registered().events, clock)
    sender = Sender(database, channel_to(server.port), manner(clock))
    getattr(server, where).append("550 5.1.1 nobody of that name")
    for _ in range(3):
        await send_all(sender)
        clock.move(hours=6)
    assert server.mails == []
    (delivery,) = await all_deliveries(database)
    assert (delivery.state, delivery.reason, delivery.answer) == ("bounced", "refused", 550)


async def test_an_address_that_cannot_be_written_bounces_and_does_not_stop_the_others(
    database: Database, server: SmtpServer, clock: HandSetClock
) -> None:
    chronicle = everyday(1)
    for number, address in ((2, "имя@example.org"), (3, "a@b\r\nRCPT TO:<c@d>")):
        chronicle.contact(number, email=address)
    activity = chronicle.plan()
    for number in (3, 2, 1):
        chronicle.register(activity, number)
    await hear(database, chronicle.events, clock)
    await send_all(Sender(database, channel_to(server.port), manner(clock)))
    states = {row.recipient: row.state for row in await all_deliveries(database)}
    assert states["sample-person-1"] == "sent"
    assert states["sample-person-2"] == "bounced"
    assert states["sample-person-3"] == "bounced"
    assert server.recipients() == ["sample.person.1@example.org"]


async def test_a_mail_to_an_internationalised_domain_goes_out_in_the_form_that_servers_know(
    database: Database, server: SmtpServer, clock: HandSetClock
) -> None:
    chronicle = everyday(0)
    chronicle.contact(1, email="office@кыргыз.рф")
    chronicle.register(chronicle.plan(title={"en": "IBM «Манас» — тренинг №5 – Oş"}), 1)
    await hear(database, chronicle.events, clock)
    await send_all(Sender(database, channel_to(server.port), manner(clock)))
    [mail] = server.mails
    assert mail["To"] == "office@xn--c1aihy8cc.xn--p1ai"
    assert mail["Subject"] == "You are registered: IBM «Манас» — тренинг №5 – Oş"
    [_, invitation, _] = [part for part in mail.walk() if not part.is_multipart()]
    assert "ATTENDEE;RSVP=FALSE:mailto:office@xn--c1aihy8cc.xn--p1ai" in invitation.get_content()


async def test_the_same_address_in_another_spelling_gets_no_second_mail(
    database: Database, server: SmtpServer, clock: HandSetClock
) -> None:
    chronicle = everyday(0)
    contact = chronicle.contact(1, email="office@кыргыз.рф")
    chronicle.register(chronicle.plan(), 1)
    await hear(database, chronicle.events, clock)
    sender = Sender(database, channel_to(server.port), manner(clock))
    await send_all(sender)
    chronicle.change_contact(contact, email="Office@xn--c1aihy8cc.xn--p1ai")
    await hear(database, chronicle.events, clock)
    await send_all(sender)
    assert len(server.mails) == 1


async def test_an_address_that_is_corrected_after_a_bounce_is_written_to_once_it_is_entered(
    database: Database, server: SmtpServer, clock: HandSetClock
) -> None:
    chronicle = everyday(0)
    contacts = [chronicle.contact(number, email=email) for number, email in ((1, "v1@example..org"), (2, "v2@b.org"))]
    activity = chronicle.plan()
    for number in (1, 2):
        chronicle.register(activity, number)
    await hear(database, chronicle.events, clock)
    sender = Sender(database, channel_to(server.port), manner(clock))
    server.to_recipient.append("550 5.1.1 nobody of that name")
    await send_all(sender)
    assert {(row.state, row.reason) for row in await all_deliveries(database)} == {
        ("bounced", "not-an-address"),
        ("bounced", "refused"),
    }
    for number, contact in enumerate(contacts, 1):
        chronicle.change_contact(contact, email=f"v{number}@example.org")
    await hear(database, chronicle.events, clock)
    await send_all(sender)
    assert server.recipients() == ["v1@example.org", "v2@example.org"]
    chronicle.cancel(activity)
    await hear(database, chronicle.events, clock)
    await send_all(sender)
    assert [str(mail["Subject"]).partition(":")[0] for mail in server.mails] == ["You are registered"] * 2 + [
        "Cancelled"
    ] * 2


async def test_a_mail_server_that_is_away_makes_the_sender_wait_and_costs_no_attempt(
    database: Database, clock: HandSetClock
) -> None:
    await hear(database, registered().events, clock)
    server = SmtpServer()
    async with server.open():
        pass  # now its port is closed
    sender = Sender(database, channel_to(server.port), manner(clock))
    for _ in range(3):
        with pytest.raises(ChannelAway):
            await sender.send_next()
    (delivery,) = await all_deliveries(database)
    assert (delivery.state, delivery.attempts) == ("planned", 0)
    async with server.open():
        await send_all(sender)
    assert len(server.mails) == 1


@pytest.mark.parametrize("mishap", [HANG_UP, TAKE_LONG])
async def test_a_mail_whose_fate_is_unknown_is_repeated_with_the_same_message_id(
    database: Database, server: SmtpServer, clock: HandSetClock, mishap: str
) -> None:
    await hear(database, registered().events, clock)
    server.to_data.append(mishap)
    await send_all(Sender(database, channel_to(server.port, send_within=0.5), manner(clock)))
    assert [row[3] for row in await rows(database)] == ["planned"]
    clock.move(minutes=2)
    await send_all(Sender(database, channel_to(server.port), manner(clock)))
    first, second = server.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert [row[3] for row in await rows(database)] == ["sent"]


_DIES_BEFORE_ITS_NOTE = """
import asyncio, os, sys
from services.notifications.deliveries.sender import Sender
from shared.database import Database
from tests.integration.mailing import HandSetClock, manner
from tests.integration.test_notifications_sender import channel_to

class Deadly:
    sender = "programme@example.org"
    async def send(self, letter, **where):
        await channel_to(int(sys.argv[2])).send(letter, **where)
        os._exit(9)

asyncio.run(Sender(Database(sys.argv[1]), Deadly(), manner(HandSetClock())).send_next())
"""


async def test_a_sender_that_dies_after_the_acceptance_and_before_its_note_repeats_the_mail_once(
    database: Database, server: SmtpServer
) -> None:
    await hear(database, registered().events, HandSetClock())
    url = database.dsn
    dies = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _DIES_BEFORE_ITS_NOTE, url, str(server.port), cwd=Path(__file__).parents[2]
    )
    assert await asyncio.wait_for(dies.wait(), 60) == 9
    assert len(server.mails) == 1
    clock = HandSetClock()
    heir = Sender(database, channel_to(server.port), manner(clock))
    await send_all(heir)
    assert len(server.mails) == 1, "the lease of the dead one still holds"
    clock.move(minutes=5)
    await send_all(heir)
    await send_all(heir)
    first, second = server.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert await rows(database) == [("confirmation", "sample-person-1", 1, "sent", None)]


async def test_many_senders_send_each_mail_once(database: Database, server: SmtpServer, clock: HandSetClock) -> None:
    await hear(database, registered(30).events, clock, ask_above=100)
    await asyncio.gather(*(send_all(Sender(database, channel_to(server.port), manner(clock))) for _ in range(5)))
    assert server.recipients() == sorted(f"sample.person.{number}@example.org" for number in range(1, 31))


async def test_a_mail_that_is_no_longer_true_when_its_turn_comes_is_not_sent(
    database: Database, server: SmtpServer, clock: HandSetClock
) -> None:
    await hear(database, registered().events, clock)
    clock.move(days=30)
    await send_all(Sender(database, channel_to(server.port), manner(clock)))
    assert server.mails == []
    assert await rows(database) == [("confirmation", "sample-person-1", 1, "expired", "over")]


async def test_what_waits_for_an_address_until_the_activity_is_over_expires(
    database: Database, clock: HandSetClock
) -> None:
    chronicle = everyday(0)
    chronicle.register(chronicle.plan(), 1)
    await hear(database, chronicle.events, clock)
    upkeep = Upkeep(database, clock)
    await upkeep.once()
    assert [row[3] for row in await rows(database)] == ["planned"]
    assert metrics.COUNTS.get_sample_value("registan_deliveries", {"state": "planned", "channel": "email"}) == 1
    clock.move(days=30)
    await upkeep.once()
    assert await rows(database) == [("confirmation", "sample-person-1", 1, "expired", "over")]
    assert metrics.COUNTS.get_sample_value("registan_deliveries", {"state": "planned", "channel": "email"}) == 0
    assert metrics.COUNTS.get_sample_value("registan_deliveries", {"state": "expired", "channel": "email"}) == 1


async def test_a_running_sender_is_woken_by_the_event_and_stops_when_told(
    database: Database, server: SmtpServer
) -> None:
    stop = asyncio.Event()
    running = asyncio.create_task(Sender(database, channel_to(server.port), manner(SystemClock())).run(stop))
    chronicle = registered()
    clock = HandSetClock(SystemClock().now())
    await hear(database, chronicle.events, clock)
    async with asyncio.timeout(60):
        while [row[3] for row in await rows(database)] != ["sent"]:
            await asyncio.sleep(0.02)
    stop.set()
    await asyncio.wait_for(running, 60)
    assert len(server.mails) == 1


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(chronicle=chronicles(), data=st.data())
async def test_a_history_that_is_told_again_in_any_order_sends_no_second_mail(
    database: Database, server: SmtpServer, chronicle: Chronicle, data: st.DataObject
) -> None:
    await forget_everything(database)
    clock = HandSetClock()
    sender = Sender(database, channel_to(server.port), manner(clock))
    for happened in chronicle.events:
        await hear(database, [happened], clock)
        await send_all(sender)
    sent = len(server.mails)
    event(f"{(sent and 'some') or 'no'} mails")
    for again in data.draw(shuffled(chronicle.events)):
        await hear(database, [again], clock)
        await send_all(sender)
    assert len(server.mails) == sent
    server.mails.clear()


async def test_neither_name_nor_address_is_ever_logged(
    database: Database,
    server: SmtpServer,
    clock: HandSetClock,
    capfd: pytest.CaptureFixture[str],
    log_as_service: Callable[[ServiceName], None],
) -> None:
    log_as_service("notifications")
    chronicle = everyday(0)
    chronicle.contact(1, name="Canary Canaryan", email="canary@example.org")
    chronicle.contact(2, name="Canary Canaryan", email="canary\r\n@example.org")
    activity = chronicle.plan()
    chronicle.register(activity, 1)
    chronicle.register(activity, 2)
    await hear(database, chronicle.events, clock)
    sender = Sender(database, channel_to(server.port), manner(clock))
    server.to_recipient.append("450 4.2.1 <{address}> later")
    server.to_recipient.append("550 5.1.1 <{address}> unknown")
    for _ in range(4):
        await send_all(sender)
        clock.move(hours=6)
    logged = capfd.readouterr()
    assert "mail_refused" in logged.err
    assert "canary" not in (logged.err + logged.out).lower()


def test_pauses_grow_and_are_bounded() -> None:
    assert pause_after(1) < timedelta(seconds=40)
    assert pause_after(100) <= timedelta(hours=5)
    assert all(pause_after(n + 1) > pause_after(n) * 0.9 for n in range(1, 8))
