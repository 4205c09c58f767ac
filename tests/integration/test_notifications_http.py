"""The desk over HTTP: what waits and how many, decided by who saw the number; names are for editors only."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from sqlalchemy import text

from services.notifications.app import build
from services.notifications.channels.smtp import SmtpChannel
from services.notifications.deliveries.sender import Sender
from services.notifications.settings import NotificationsSettings
from shared.database import Database
from shared.identity import Role
from shared.web.application import application
from tests.conftest import DatabaseUrl
from tests.integration.mailing import HandSetClock, all_deliveries, everyday, hear, manner
from tests.integration.smtp_server import SmtpServer
from tests.web import PAGE, browser, key_files

API = "/notifications/api/v1"
OPEN = ("/notifications/api/openapi.json", "/notifications/static", "/notifications/language")


@dataclass
class Desk:
    """Notifications on a database of its own, with a mail server and a mailbox, and nothing that runs by itself."""

    app: FastAPI
    folder: Path
    database: Database
    server: SmtpServer
    settings: NotificationsSettings

    def visit(self, role: Role = "editor", *, page: bool = False) -> httpx2.AsyncClient:
        client = browser(self.app, self.folder, role)
        if page:
            client.headers.update(PAGE)
        return client

    async def send(self) -> None:
        sender = Sender(self.database, SmtpChannel(self.settings), manner(HandSetClock()))
        while await sender.send_next():
            pass


@pytest.fixture
async def desk(database_url: DatabaseUrl, tmp_path: Path) -> AsyncIterator[Desk]:
    async with SmtpServer().open() as server:
        settings = NotificationsSettings(
            name="notifications",
            database_url=database_url("notifications"),
            kafka_bootstrap_servers="127.0.0.1:1",
            session_public_key_file=key_files(tmp_path)[1],
            smtp_host="127.0.0.1",
            smtp_port=server.port,
            mail_from="programme@example.org",
            mailbox_directory=tmp_path,
        )
        service = build(settings)
        try:
            yield Desk(application(service), tmp_path, service.database, server, settings)
        finally:
            await service.database.close()


async def many_registered(desk: Desk, people: int = 8) -> None:
    chronicle = everyday(people)
    activity = chronicle.plan()
    for number in range(1, people + 1):
        chronicle.register(activity, number)
    await hear(desk.database, chronicle.events)


async def only_notice(client: httpx2.AsyncClient) -> dict[str, Any]:
    (notice,) = (await client.get(f"{API}/notices")).json()["items"]
    assert isinstance(notice, dict)
    return notice


async def test_a_notice_to_many_goes_out_only_after_somebody_released_that_many(desk: Desk) -> None:
    await many_registered(desk)
    await desk.send()
    assert desk.server.mails == []
    async with desk.visit() as client:
        notice = await only_notice(client)
        assert (notice["asks"], notice["waiting"], notice["sent"]) == (8, 8, 0)
        wrong = await client.post(f"{API}/notices/{notice['id']}/release", json={"expected": 7})
        assert wrong.status_code == 409
        assert wrong.json()["detail"] == "You saw 7; there are 8 now."
        await desk.send()
        assert desk.server.mails == []
        right = await client.post(f"{API}/notices/{notice['id']}/release", json={"expected": 8})
        assert right.json() == {"mails": 8}
        await desk.send()
        assert len(desk.server.mails) == 8
        assert (await client.get(f"{API}/notices")).json()["items"] == []
        assert (await client.get(f"{API}/notices/{notice['id']}")).json()["sent"] == 8


async def test_while_sending_is_held_nothing_goes_out_and_afterwards_all_does(desk: Desk) -> None:
    await many_registered(desk, 3)
    async with desk.visit() as client:
        assert (await client.put(f"{API}/sending", json={"held": True})).json()["held"] is True
        await desk.send()
        assert desk.server.mails == []
        assert (await client.get(f"{API}/sending")).json()["held"] is True
        await client.put(f"{API}/sending", json={"held": False})
        await desk.send()
    assert len(desk.server.mails) == 3


async def test_a_cancelled_notice_is_never_sent_even_when_it_is_told_again(desk: Desk) -> None:
    chronicle = everyday(2)
    activity = chronicle.plan()
    for number in (1, 2):
        chronicle.register(activity, number)
    await hear(desk.database, chronicle.events)
    async with desk.visit() as client:
        notice = await only_notice(client)
        assert (await client.post(f"{API}/notices/{notice['id']}/cancel", json={"expected": 2})).status_code == 200
    await hear(desk.database, chronicle.events)
    await desk.send()
    assert desk.server.mails == []
    assert {row.reason for row in await all_deliveries(desk.database)} == {"by-hand"}


async def test_one_mail_is_cancelled_and_the_others_go(desk: Desk) -> None:
    await many_registered(desk, 2)
    async with desk.visit() as client:
        first, second = (await client.get(f"{API}/deliveries")).json()["items"]
        assert (await client.post(f"{API}/deliveries/{first['id']}/cancel")).status_code == 204
        assert (await client.post(f"{API}/deliveries/{first['id']}/cancel")).status_code == 409
        await desk.send()
        assert desk.server.recipients() == [second["recipient"]["address"]]
        assert (await client.get(f"{API}/deliveries/counts")).json() == {"sent": 1, "cancelled": 1}


async def test_a_viewer_learns_whether_mails_go_out_and_neither_who_gets_one_nor_how_many(desk: Desk) -> None:
    """A mail is a row of one person: so many mails about an activity are so many people."""
    await many_registered(desk, 2)
    async with desk.visit() as client:
        notice = await only_notice(client)
        (first, _second) = (await client.get(f"{API}/deliveries")).json()["items"]
    keys = {
        "notice_id": notice["id"],
        "delivery_id": first["id"],
        "activity_id": first["activity_id"],
        "kind": "csv",
        "person_key": "k" * 43,
        "name": "0",
        "number": "0",
    }
    told, walked = set(), 0
    for client in (desk.visit("viewer"), desk.visit("viewer", page=True)):
        for context in iter_route_contexts(desk.app.routes):
            path = str(context.path)
            if not path.startswith("/notifications/") or path.startswith(OPEN):
                continue
            for method in context.methods or ():
                body = {"json": {"expected": 2, "held": True}} if "/api/" in path else {"data": {"expected": "2"}}
                answer = await client.request(method, path.format(**keys), **({} if method == "GET" else body))
                walked += 1
                if answer.status_code != 403:
                    told.add((method, path))
    assert walked > 40
    assert told == {("GET", f"{API}/sending")}
    assert {row.state for row in await all_deliveries(desk.database)} == {"planned"}


async def test_an_editor_reads_the_letter_before_it_goes(desk: Desk) -> None:
    await many_registered(desk, 1)
    async with desk.visit() as client:
        (item,) = (await client.get(f"{API}/deliveries")).json()["items"]
        letter = (await client.get(f"{API}/deliveries/{item['id']}/letter")).json()
    assert letter["subject"] == "You are registered: Sample workshop"
    assert letter["calendar"] == "REQUEST"
    assert [row.state for row in await all_deliveries(desk.database)] == ["planned"]


async def test_the_list_is_filtered_and_read_page_by_page_without_gaps(desk: Desk) -> None:
    await many_registered(desk, 7)
    seen: list[str] = []
    async with desk.visit() as client:
        after: dict[str, str] = {}
        while True:
            answer = (await client.get(f"{API}/deliveries", params={"limit": 3, "state": "planned", **after})).json()
            seen += [item["id"] for item in answer["items"]]
            if answer["next"] is None:
                break
            after = {"after": answer["next"]}
        assert len(seen) == len(set(seen)) == 7
        assert (await client.get(f"{API}/deliveries", params={"state": "sent"})).json()["items"] == []
        for wrong in ("x", "AAAA", "eHh4IHl5eQ=="):
            assert (await client.get(f"{API}/deliveries", params={"after": wrong})).status_code == 400
        assert (await client.get(f"{API}/deliveries", params={"state": "unheard-of"})).status_code == 422


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_the_pages_lead_from_the_number_to_the_mails_and_release_them(desk: Desk, language: str) -> None:
    await many_registered(desk)
    async with desk.visit(page=True) as reader:
        reader.headers["accept-language"] = language
        start = await reader.get("/notifications/")
        assert start.status_code == 200
        notice_id = (await all_deliveries(desk.database))[0].notice_id
        address = f"/notifications/notices/{notice_id}"
        assert address in start.text
        page = await reader.get(address)
        assert ("Send 8 mails" if language == "en" else "Отправить 8 писем") in page.text
        assert "Sample Person 1" in page.text
        assert "You are registered: Sample workshop" in page.text
        done = await reader.post(f"{address}/release", data={"expected": "8"})
        assert (done.status_code, done.headers["location"]) == (303, "/notifications/")
        await desk.send()
        assert len(desk.server.mails) == 8
        for path in ("/mails", "/mails?state=sent&rule=confirmation", "/mails?sort=-happened"):
            assert (await reader.get(f"/notifications{path}")).status_code == 200
        refused = await reader.get("/notifications/mails?state=nonsense")
        assert refused.status_code == 422 and "Sample Person" not in refused.text


async def test_a_page_whose_number_is_no_longer_right_releases_nothing(desk: Desk) -> None:
    await many_registered(desk)
    notice_id = (await all_deliveries(desk.database))[0].notice_id
    async with desk.visit(page=True) as reader:
        answer = await reader.post(f"/notifications/notices/{notice_id}/release", data={"expected": "9"})
    assert answer.status_code == 409
    assert all(row.asks for row in await all_deliveries(desk.database))


async def test_the_switch_on_the_page_holds_and_resumes(desk: Desk) -> None:
    await many_registered(desk, 2)
    async with desk.visit(page=True) as reader:
        await reader.post("/notifications/hold")
        await desk.send()
        assert desk.server.mails == []
        page = await reader.get("/notifications/")
        assert "2 mails would go out then." in page.text
        await reader.post("/notifications/resume")
        await desk.send()
        assert len(desk.server.mails) == 2


async def test_the_mailbox_shows_mails_as_text_and_nothing_beside_them(desk: Desk) -> None:
    await many_registered(desk, 1)
    await desk.send()
    (mail,) = desk.server.mails
    mail.add_attachment("<script>alert(1)</script>", subtype="html", filename="../../page.html")
    (desk.folder / "20260101T000000.000000Z-abc.eml").write_bytes(mail.as_bytes())
    (desk.folder / "secret.txt").write_text("secret")
    async with desk.visit(page=True) as reader:
        inbox = await reader.get("/notifications/mailbox")
        assert "You are registered: Sample workshop" in inbox.text
        shown = await reader.get("/notifications/mailbox/20260101T000000.000000Z-abc.eml")
        assert "Dear Sample Person 1," in shown.text
        assert "METHOD:REQUEST" in shown.text
        assert "<script>alert" not in shown.text
        part = await reader.get("/notifications/mailbox/20260101T000000.000000Z-abc.eml/parts/3")
        assert part.headers["content-disposition"] == 'attachment; filename=".._.._page.html"'
        assert part.headers["content-type"] == "application/octet-stream"
        for name in ("secret.txt", "..%2Fsecret.txt", "%2e%2e", "none.eml", ".hidden.eml"):
            assert (await reader.get(f"/notifications/mailbox/{name}")).status_code == 404
        assert (await reader.get("/notifications/mailbox/20260101T000000.000000Z-abc.eml/parts/99")).status_code == 404


async def test_unknown_notices_and_mails_are_not_found(desk: Desk) -> None:
    nothing = "018f0000-0000-7000-8000-000000000000"
    async with desk.visit() as client:
        assert (await client.get(f"{API}/notices/{nothing}")).status_code == 404
        assert (await client.post(f"{API}/notices/{nothing}/release", json={"expected": 1})).status_code == 404
        assert (await client.get(f"{API}/deliveries/{nothing}/letter")).status_code == 404
        assert (await client.post(f"{API}/deliveries/{nothing}/cancel")).status_code == 404


async def test_an_erased_person_is_shown_as_erased(desk: Desk) -> None:
    chronicle = everyday(0)
    contact = chronicle.contact(1)
    chronicle.register(chronicle.plan(), 1)
    await hear(desk.database, chronicle.events)
    await desk.send()
    chronicle.erase(contact)
    await hear(desk.database, chronicle.events[-1:])
    async with desk.visit() as client, desk.visit(page=True) as reader:
        (item,) = (await client.get(f"{API}/deliveries")).json()["items"]
        assert item["recipient"] == {"name": None, "address": None}
        page = await reader.get("/notifications/mails")
        assert "Sample Person" not in page.text
        assert "erased" in page.text
    async with desk.database.transaction() as session:
        dump = await session.execute(text("SELECT string_agg(delivery::text, ' ') FROM delivery"))
    assert "example.org" not in dump.scalar_one()


async def test_numbers_agree_where_some_people_have_no_address(desk: Desk) -> None:
    chronicle = everyday(7)
    chronicle.contact(8, email=None)
    activity = chronicle.plan()
    for number in range(1, 9):
        chronicle.register(activity, number)
    await hear(desk.database, chronicle.events)
    async with desk.visit() as client, desk.visit(page=True) as reader:
        notice = await only_notice(client)
        assert (notice["asks"], notice["going"], notice["without_address"]) == (8, 7, 1)
        page = (await reader.get(f"/notifications/notices/{notice['id']}")).text
        assert "Send 7 mails" in page
        assert "They go as soon as an address is entered." in page
        done = await client.post(f"{API}/notices/{notice['id']}/release", json={"expected": 8})
        assert done.json() == {"mails": 7}
        await desk.send()
        assert len(desk.server.mails) == 7


async def test_a_notice_shows_its_letter_in_each_language_that_will_be_used(desk: Desk) -> None:
    chronicle = everyday(0)
    for number, language in ((1, "ru"), (2, "en"), (3, "ru")):
        chronicle.contact(number, language=language)
    activity = chronicle.plan()
    registrations = [chronicle.register(activity, number) for number in (1, 2, 3)]
    await hear(desk.database, chronicle.events)
    await desk.send()
    async with desk.visit(page=True) as reader, desk.visit() as client:
        await client.put(f"{API}/sending", json={"held": True})
        courses = (
            ("rescheduled", {"starts": chronicle.day(40), "ends": chronicle.day(41)}, "New dates or place"),
            ("cancelled", {"status": "cancelled"}, "Cancelled"),
        )
        for kind, fields, words in courses:
            activity = chronicle.change(activity, kind, **fields)
            await hear(desk.database, chronicle.events)
            await _both_languages_are_shown(client, reader, words)
        await client.put(f"{API}/sending", json={"held": False})
        await desk.send()
        await client.put(f"{API}/sending", json={"held": True})
        activity = chronicle.change(activity, "reinstated", status="planned", status_reason=None)
        await hear(desk.database, chronicle.events)
        await _both_languages_are_shown(client, reader, "Takes place after all")
        await client.put(f"{API}/sending", json={"held": False})
        await desk.send()
        await client.put(f"{API}/sending", json={"held": True})
        for registration in registrations:
            chronicle.withdraw(registration)
        await hear(desk.database, chronicle.events)
        await _both_languages_are_shown(client, reader, "You are no longer registered")


async def _both_languages_are_shown(client: httpx2.AsyncClient, reader: httpx2.AsyncClient, words: str) -> None:
    notice = await only_notice(client)
    page = (await reader.get(f"/notifications/notices/{notice['id']}")).text
    assert "The letter: English" in page
    assert "The letter: Russian" in page
    assert f"{words}: Sample workshop" in page
    assert ": Учебный семинар" in page
    assert "2 of the people below read this" in page


async def test_what_was_refused_is_sent_again_by_one_and_all_together(desk: Desk) -> None:
    await many_registered(desk, 3)
    desk.server.to_recipient.extend(["550 5.1.1 nobody of that name"] * 3)
    await desk.send()
    async with desk.visit() as client, desk.visit(page=True) as reader, desk.visit("viewer") as viewer:
        items = (await client.get(f"{API}/deliveries", params={"state": "bounced"})).json()["items"]
        assert len(items) == 3
        one = f"{API}/deliveries/{items[0]['id']}/send-again"
        assert (await viewer.post(one)).status_code == 403
        assert (await client.post(one)).json() == {"id": items[0]["id"], "rule": "confirmation"}
        assert (await client.post(one)).status_code == 409
        await desk.send()
        assert len(desk.server.mails) == 1
        assert "Send 2 mails again" in (await reader.get("/notifications/")).text
        wrong = await client.post(f"{API}/deliveries/send-again", json={"expected": 3})
        assert wrong.status_code == 409
        done = await reader.post(f"/notifications/notices/{items[0]['notice_id']}/send-again", data={"expected": "2"})
        assert done.status_code == 303
        await desk.send()
        assert len(desk.server.mails) == 3
        assert (await client.get(f"{API}/deliveries/counts")).json() == {"sent": 3}


async def test_a_mail_that_has_nothing_left_to_tell_is_not_sent_again(desk: Desk) -> None:
    chronicle = everyday(1)
    registration = chronicle.register(chronicle.plan(), 1)
    await hear(desk.database, chronicle.events)
    desk.server.to_recipient.append("550 5.1.1 nobody of that name")
    await desk.send()
    chronicle.withdraw(registration)
    await hear(desk.database, chronicle.events)
    [row] = await all_deliveries(desk.database)
    async with desk.visit() as client:
        refused = await client.post(f"{API}/deliveries/{row.id}/send-again")
        assert (refused.status_code, refused.json()["type"].rpartition(":")[2]) == (409, "nothing-to-say")
        assert (await client.post(f"{API}/deliveries/send-again", json={"expected": 1})).json() == {"mails": 0}
    assert [row.state for row in await all_deliveries(desk.database)] == ["bounced"]


async def test_what_was_cancelled_by_hand_can_be_sent_after_all(desk: Desk) -> None:
    await many_registered(desk, 1)
    async with desk.visit() as client:
        [item] = (await client.get(f"{API}/deliveries")).json()["items"]
        await client.post(f"{API}/deliveries/{item['id']}/cancel")
        assert (await client.post(f"{API}/deliveries/{item['id']}/send-again")).status_code == 200
    await desk.send()
    assert len(desk.server.mails) == 1


async def test_a_sister_service_shows_what_waits_and_a_stranger_may_not(desk: Desk) -> None:
    await many_registered(desk)
    activity_id = (await all_deliveries(desk.database))[0].activity_id
    async with desk.visit(page=True) as reader:
        badge = await reader.get("/notifications/fragments/badge", headers={"origin": "http://127.0.0.1:8001"})
        assert ">8<" in badge.text
        assert badge.headers["access-control-allow-origin"] == "http://127.0.0.1:8001"
        stranger = await reader.get("/notifications/fragments/badge", headers={"origin": "https://example.com"})
        assert "access-control-allow-origin" not in stranger.headers
        address = f"/notifications/fragments/activities/{activity_id}"
        strip = (await reader.get(address)).text
        assert "8 mails wait to be released" in strip
        assert "Read and send" in strip
        assert "have not got their confirmation" in (await reader.get(f"{address}?attendance=1")).text
        assert "Sample Person" not in strip
        nothing = await reader.get("/notifications/fragments/activities/018f0000-0000-7000-8000-000000000000")
        assert nothing.text.strip() == ""
