"""The registry's pages as people use them: what they show, what their forms do, and what they refuse, by role."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest_asyncio

from services.registry.usecases.activities.steps import MERGE, STEPS
from services.registry.usecases.organisations.add import (
    AddOrganisation,
    UpdateOrganisation,
    add_organisation,
    update_organisation,
)
from services.registry.usecases.registrations.steps import WITHDRAW
from services.registry.usecases.steps import Nothing
from shared.identifiers import new_id
from tests.conftest import DatabaseUrl
from tests.office import ACTIVITIES, TODAY, Office, ahead, around_today, open_office
from tests.pages import english_in


@pytest_asyncio.fixture
async def office(database_url: DatabaseUrl, tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path, database_url("registry")) as opened:
        yield opened


async def test_an_editor_plans_an_activity_and_a_form_sent_twice_plans_it_once(office: Office) -> None:
    blank = await office.editor.open(f"{ACTIVITIES}/new")
    fields = blank.form(f"{ACTIVITIES}/new").fields | {
        "title.en": ["Sample seminar"],
        "part": ["SAMPLE/1/1"],
        "kind": ["seminar"],
        "starts": ["2030-05"],
        "beneficiary_countries[]": ["KG", "KZ"],
        "sources": ["https://example.org/a\r\nA letter"],
        "place.name.en": ["Osh"],
        "host_country": ["KG"],
    }
    first = await office.editor.send(f"{ACTIVITIES}/new", fields)
    again = await office.editor.send(f"{ACTIVITIES}/new", fields)
    for page in (first, again):
        assert "The activity is planned." in page.text
        for words in ("May 2030", "Osh, Kyrgyzstan", "Sample component", "A letter", "not known"):
            assert words in page.text, words
    assert "1 activity" in (await office.editor.open(f"{ACTIVITIES}?kind=seminar")).text


async def test_what_is_wrong_in_a_plan_stands_beside_its_field_and_nothing_typed_is_lost(office: Office) -> None:
    blank = await office.editor.open(f"{ACTIVITIES}/new")
    typed = {"title__ru": "Пример", "part": "SAMPLE/1", "starts": "2030-05-17", "ends": "2030-05-01"}
    page = await office.editor.fill(blank, f"{ACTIVITIES}/new", 422, **typed)
    assert page.form(f"{ACTIVITIES}/new").fields["title.ru"] == ["Пример"]
    assert "This is needed" in page.text, "the kind"
    page = await office.editor.fill(page, f"{ACTIVITIES}/new", 422, kind="workshop")
    assert 'id="ends-about"' in page.html
    assert page.form(f"{ACTIVITIES}/new").fields["ends"] == ["2030-05-01"]
    page = await office.editor.fill(page, f"{ACTIVITIES}/new", 422, ends="", starts="17 May")
    assert "has no year: write the year as well" in page.text
    assert 'id="starts-about"' in page.html
    page = await office.editor.fill(page, f"{ACTIVITIES}/new", 422, starts="09.12.9999")
    assert "is not between" in page.text
    await office.editor.fill(page, f"{ACTIVITIES}/new", starts="30 Nov – 2 Dec 2030")
    planned = await office.editor.open(f"{ACTIVITIES}?since=4 кв. 2030&until=2030-Q4")
    assert "Пример" in planned.text


async def test_saving_a_form_untouched_changes_nothing_and_each_field_of_it_can_be_changed(office: Office) -> None:
    activity = await office.desk.plan(
        **around_today(),
        title={"en": "Sample", "ky": "Үлгү"},
        beneficiary_countries=["KZ", "KG"],
        co_organisers=[{"name": "Sample Agency"}],
        place={"name": {"en": "Osh"}, "country": "KG"},
        status="held",
        headcount={"total": 20, "women": 8, "by_country": {"KG": 5}, "precision": "at-least"},
    )
    edit = f"{ACTIVITIES}/{activity.id}/edit"
    form = await office.editor.open(edit)
    await office.editor.fill(form, edit)
    assert (await office.read(activity)).version == 1, "looking and saving writes nothing"
    form = await office.editor.open(edit)
    page = await office.editor.fill(form, edit, headcount__women="9", outputs="A handbook", starts="2020")
    changed = await office.read(activity)
    assert changed.headcount and (changed.headcount.women, changed.headcount.by_country) == (9, {"KG": 5})
    assert changed.title == {"en": "Sample", "ky": "Үлгү"}
    assert "Outputs: not known → A handbook" in page.text, "the history says what was changed"


async def test_of_two_who_edit_at_once_the_second_sees_what_the_first_did_and_overwrites_only_their_own(
    office: Office,
) -> None:
    activity = await office.desk.plan(**ahead())
    edit = f"{ACTIVITIES}/{activity.id}/edit"
    first, second = await office.editor.open(edit), await office.admin.open(edit)
    await office.editor.fill(first, edit, series="Sample series", title__en="Renamed")
    page = await office.admin.fill(second, edit, 412, outputs="A handbook", title__en="Named otherwise")
    assert "Sample workshop → Renamed" in page.text
    kept = page.form(edit).fields
    assert (kept["title.en"], kept["series"], kept["outputs"]) == (
        ["Named otherwise"],
        ["Sample series"],
        ["A handbook"],
    )
    await office.admin.fill(page, edit)
    now = await office.read(activity)
    assert (now.title, now.series, now.outputs) == ({"en": "Named otherwise"}, "Sample series", ("A handbook",))


async def test_cancelling_says_first_how_many_are_told_and_needs_a_reason(office: Office) -> None:
    activity = await office.desk.plan(**ahead())
    await office.desk.register(activity, email="one@example.org")
    await office.desk.register(activity, "Sample Person 2", email="two@example.org")
    await office.desk.register(activity, "Sample Person 3")
    await office.desk.register(activity, "Sample Person 4", email="four@example.org", status="nominated")
    cancel = f"{ACTIVITIES}/{activity.id}/cancel"
    asked = await office.editor.open(cancel)
    assert "2 registered people will be told by mail." in asked.text
    assert "1 has no e-mail address" in asked.text
    refused = await office.editor.fill(asked, cancel, 422)
    assert "This is needed" in refused.text
    page = await office.editor.fill(refused, cancel, reason="No room")
    assert "This activity is cancelled. The reason given: No room" in page.text
    assert "Nobody can be registered for a cancelled activity" in page.text
    back = f"{ACTIVITIES}/{activity.id}/reinstate"
    await office.editor.fill(await office.editor.open(back), back, reason="A room was found")
    assert (await office.read(activity)).status == "planned"


async def test_an_activity_is_confirmed_moved_and_held_step_by_step(office: Office) -> None:
    activity = await office.desk.plan(**ahead())
    url = f"{ACTIVITIES}/{activity.id}"
    page = await office.editor.fill(await office.editor.open(url), f"{url}/confirm")
    assert "The activity is confirmed." in page.text
    early = await office.editor.open(f"{url}/complete")
    refused = await office.editor.fill(early, f"{url}/complete", 409, headcount__total="12")
    assert refused.form(f"{url}/complete").fields["headcount.total"] == ["12"]
    moved = await office.editor.open(f"{url}/reschedule")
    assert "No mail will be sent." in moved.text
    day = str(TODAY - timedelta(days=1))
    nameless = await office.editor.fill(moved, f"{url}/reschedule", 422, starts=day, ends=day, place__country="KG")
    assert "Name the place" in nameless.text
    await office.editor.fill(nameless, f"{url}/reschedule", place__name__ru="Ош")
    held = await office.editor.open(f"{url}/complete")
    wrong = await office.editor.fill(held, f"{url}/complete", 422, headcount__total="5", headcount__women="6")
    assert "more than" in wrong.text
    done = await office.editor.fill(wrong, f"{url}/complete", headcount__women="2", headcount__precision="estimated")
    assert "about 5, of them 2 women" in done.text
    now = await office.read(activity)
    assert (now.status, now.host_country, now.place and now.place.name) == ("held", None, {"ru": "Ош"})


async def test_a_step_on_an_older_version_shows_what_happened_meanwhile(office: Office) -> None:
    activity = await office.desk.plan(**ahead())
    cancel = f"{ACTIVITIES}/{activity.id}/cancel"
    asked = await office.editor.open(cancel)
    await office.admin.fill(
        await office.admin.open(f"{ACTIVITIES}/{activity.id}"), f"{ACTIVITIES}/{activity.id}/confirm"
    )
    page = await office.editor.fill(asked, cancel, 412, reason="No room")
    assert "planned → confirmed" in page.text
    assert page.form(cancel).fields["reason"] == ["No room"]
    await office.editor.fill(page, cancel)
    assert (await office.read(activity)).status == "cancelled"


async def test_the_list_is_filtered_searched_sorted_and_saved_as_it_is_shown(office: Office) -> None:
    for number in range(55):
        await office.desk.plan(
            title={"en": f"Sample {number:02}"}, starts=f"20{number:02}", ends=None, code=f"S-{number:02}"
        )
    await office.desk.plan(title={"en": "=Sample meeting", "ru": "Встреча"}, kind="meeting", starts=None, ends=None)
    page = await office.viewer.open(ACTIVITIES)
    assert "56 activities" in page.text and "date unknown" not in page.text
    following = next(link for link in page.links if "after=" in link)
    assert "date unknown" in (await office.viewer.open(following)).text
    found = await office.viewer.open(f"{ACTIVITIES}?text=ВСТРЕЧА&phase=&kind=")
    assert "1 activity" in found.text and "=Sample meeting" in found.text
    assert "Sample 00" in (await office.viewer.open(f"{ACTIVITIES}?sort=title")).text
    nothing = await office.viewer.open(f"{ACTIVITIES}?text=nowhere")
    assert "No activity fits" in nothing.text
    assert (await office.viewer.open(f"{ACTIVITIES}?since=never", 422)).status == 422
    saved = await office.viewer.client.get(f"{ACTIVITIES}.csv?kind=meeting")
    lines = saved.text.splitlines()
    assert lines[0].startswith('\ufeff"id","title_en","title_ru"')
    assert len(lines) == 2 and "'=Sample meeting" in lines[1], "Excel runs no formula of ours"
    part = await office.viewer.client.get(f"{ACTIVITIES}?kind=meeting&scope=", headers={"hx-request": "true"})
    assert part.headers["hx-push-url"] == f"{ACTIVITIES}?kind=meeting"


async def test_viewers_see_no_names_no_small_numbers_and_no_way_to_change(office: Office) -> None:
    activity = await office.desk.plan(**around_today())
    registration = await office.desk.register(activity, "Sample Canary", email="canary@example.org", gender="female")
    page = await office.viewer.open(f"{ACTIVITIES}/{activity.id}")
    assert "registered: 1" not in page.text and "Numbers of people are among the figures" in page.text
    assert "registered: 1" in (await office.editor.open(f"{ACTIVITIES}/{activity.id}")).text
    assert "Canary" not in page.html and "canary" not in page.html
    url = f"{ACTIVITIES}/{activity.id}"
    assert [form.action for form in page.forms if form.method == "post"] == ["/registry/language", "/registry/sign-out"]
    assert not [link for link in page.links if link.startswith(f"{url}/")]
    editing = [f"{url}/{step}" for step in ("edit", "cancel", "complete", "attendance", "registrations/new")]
    for address in (*editing, f"{ACTIVITIES}/new", f"/registry/registrations/{registration.id}", "/registry/import"):
        assert "role does not allow" in (await office.viewer.open(address, 403)).text
        await office.viewer.send(address, {}, 403)
    await office.editor.send(f"/registry/registrations/{registration.id}/erase", {}, 403)


async def test_every_page_is_whole_in_both_languages_and_none_speaks_english_to_a_russian_reader(
    office: Office,
) -> None:
    activity = await office.desk.plan(**around_today(), title={"ru": "Пример"})
    registration = await office.desk.register(activity, "Пример Человек", email="one@example.org")
    cancelled = await office.desk.cancel(await office.desk.plan(title={"ru": "Пример"}), reason="Нет зала")
    held = await office.desk.plan(**around_today(), title={"ru": "Пример"}, status="held", protected=True)
    url = f"{ACTIVITIES}/{activity.id}"
    steps = ("edit", "cancel", "reschedule", "complete", "attendance", "registrations/new", "registrations/list")
    addresses = [
        *(ACTIVITIES, f"{ACTIVITIES}?text=ничего", f"{ACTIVITIES}/new", url, *(f"{url}/{step}" for step in steps)),
        *(f"{ACTIVITIES}/{cancelled.id}", f"{ACTIVITIES}/{cancelled.id}/reinstate", f"{ACTIVITIES}/{held.id}"),
        *(f"{ACTIVITIES}/{held.id}/edit", f"{ACTIVITIES}/{held.id}/attendance", "/registry/import"),
        *("/registry/programmes", "/registry/organisations", f"/registry/registrations/{registration.id}"),
    ]
    for language in ("en", "ru"):
        office.admin.client.cookies.set("registan_language", language)
        for address in addresses:
            page = await office.admin.open(address)
            assert page.mistakes == [], address
            if language == "ru":
                assert english_in(page) == set(), address


async def test_the_page_of_each_noun_says_what_happened_to_it(office: Office) -> None:
    parent = await office.desk.do(add_organisation, AddOrganisation(programme="SAMPLE", name={"en": "Sample Agency"}))
    described = AddOrganisation(programme="SAMPLE", name={"en": "Sample Unit"}, kind="customs", parent_id=parent.id)
    unit = await office.desk.do(add_organisation, described)
    await office.desk.do(
        update_organisation, UpdateOrganisation(organisation_id=unit.id, name={"en": "Sample Unit"}, kind="police")
    )
    registration = await office.desk.register(await office.desk.plan(**around_today()))
    await office.desk.do(WITHDRAW.take, WITHDRAW.of(registration.id))
    await office.desk.define(donor="Sample Donor")
    told = {
        f"organisations/{unit.id}": "Kind: customs → police",
        f"registrations/{registration.id}": "Status: registered → withdrawn",
        "programmes/SAMPLE": "Donor: not known → Sample Donor",
    }
    for address, change in told.items():
        page = await office.editor.open(f"/registry/{address}")
        assert change in page.text, address
        assert page.mistakes == [], address
    above = await office.viewer.open(f"/registry/organisations/{parent.id}")
    assert f"/registry/organisations/{unit.id}" not in above.links, "it is a unit no more"
    assert f"/registry/organisations/{parent.id}" in (await office.viewer.open("/registry/organisations")).links


async def test_a_merged_record_leads_to_the_one_that_is_kept(office: Office) -> None:
    gone, kept = await office.desk.plan(**around_today()), await office.desk.plan(**around_today())
    await office.desk.do(MERGE.take, MERGE.of(gone.id, into=kept.id))
    page = await office.viewer.open(f"{ACTIVITIES}/{gone.id}")
    assert f"{ACTIVITIES}/{kept.id}" in page.links
    url = f"{ACTIVITIES}/{gone.id}"
    await office.editor.fill(await office.editor.open(url), f"{url}/undo-merge")
    assert (await office.read(gone)).status == "planned"


async def test_a_record_is_merged_into_the_one_whose_address_is_given(office: Office) -> None:
    gone, kept = await office.desk.plan(**around_today(), sources=["https://example.org/a"]), await office.desk.plan()
    url = f"{ACTIVITIES}/{gone.id}/merge"
    assert url in (await office.editor.open(f"{ACTIVITIES}/{gone.id}")).links
    nowhere = {"": 422, "no address": 422, f"https://example.org{ACTIVITIES}/{new_id()}": 404}
    for address, answer in nowhere.items():
        page = await office.editor.fill(await office.editor.open(url), url, answer, into=address)
        assert page.form(url), "what is wrong is said beside the field"
    page = await office.editor.fill(
        await office.editor.open(url), url, into=f"https://example.org{ACTIVITIES}/{kept.id}?text=x", reason="One day"
    )
    assert "The activity is merged." in page.text
    assert (await office.read(kept)).sources == ("https://example.org/a",)


async def test_each_step_has_an_address_of_its_own_and_no_other_word_is_one(office: Office) -> None:
    activity = await office.desk.plan(**ahead())
    for step in STEPS:
        await office.viewer.send(f"{ACTIVITIES}/{activity.id}/{step.name}", {}, 403)
        if step.given is not Nothing:
            assert (await office.editor.open(f"{ACTIVITIES}/{activity.id}/{step.name}")).mistakes == []
    await office.editor.send(f"{ACTIVITIES}/{activity.id}/explode", {}, 404)
