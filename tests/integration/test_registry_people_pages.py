"""Registering people, marking who came, and importing lists on the registry's pages."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest_asyncio
from sqlmodel import select

from services.registry.models import Activity, Upload
from services.registry.purge import KEPT_FOR, Purge
from tests.conftest import DatabaseUrl
from tests.office import ACTIVITIES, TODAY, Office, ahead, around_today, open_office
from tests.pages import Page, english_in
from tests.registry import SetClock
from tests.spreadsheets import workbook


@pytest_asyncio.fixture
async def office(database_url: DatabaseUrl, tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path, database_url("registry")) as opened:
        yield opened


async def test_a_person_is_registered_and_a_form_sent_twice_registers_them_once(office: Office) -> None:
    activity = await office.desk.plan(**ahead())
    register = f"{ACTIVITIES}/{activity.id}/registrations/new"
    blank = await office.editor.open(register)
    assert "is sent one confirmation" in blank.text
    wrong = await office.editor.fill(blank, register, 422, person__name="Sample Person 1", person__email="one@")
    assert "This is not an e-mail address" in wrong.text
    fields = wrong.form(register).fields | {"person.email": ["one@example.org"], "status": ["registered"]}
    fields |= {"organisation": ["Sample Agency"], "country": ["KG"], "gender": ["female"]}
    for _ in range(2):
        page = await office.editor.send(register, fields)
        assert "The person is registered." in page.text
        assert "Sample Person 1" in page.text and "Sample Agency" in page.text
    (one,) = await office.people(activity)
    assert one.person and (one.person.email, one.registration.gender) == ("one@example.org", "female")
    again = await office.editor.fill(await office.editor.open(register), register, 409, **_typed(fields))
    assert "already registered" in again.text


def _typed(fields: dict[str, list[str]]) -> dict[str, str]:
    return {name.replace(".", "__"): values[0] for name, values in fields.items() if name not in ("once", "csrf")}


async def test_somebody_who_sounds_like_a_known_person_is_asked_about_and_not_guessed(office: Office) -> None:
    before, activity = await office.desk.plan(**around_today()), await office.desk.plan(**ahead())
    known = await office.desk.register(before, "Образец Первый", email="first@example.org")
    register = f"{ACTIVITIES}/{activity.id}/registrations/new"
    blank = await office.editor.open(register)
    asked = await office.editor.fill(blank, register, person__name="Pervyi Obrazets", status="registered")
    assert "Is this person already recorded?" in asked.text
    assert await office.people(activity) == []
    await office.editor.fill(asked, register, same_as=str(known.person_id))
    (one,) = await office.people(activity)
    assert one.registration.person_id == known.person_id, "one person, however the name was spelled"
    blank = await office.editor.open(register)
    asked = await office.editor.fill(blank, register, person__name="Pervyi Obrazets", status="nominated")
    await office.editor.fill(asked, register, same_as="new")
    assert len({each.registration.person_id for each in await office.people(activity)}) == 2


async def test_twenty_five_people_are_pasted_from_excel_looked_at_and_registered_at_once(office: Office) -> None:
    activity = await office.desk.plan(**ahead())
    paste = f"{ACTIVITIES}/{activity.id}/registrations/list"
    rows = ["Страна\tФИО\tПол\tE-mail\tКомментарий"]
    words = "Берёза Ворона Гранат Дорога Ежевика Жемчуг Зеркало Ирис Калина Лагуна Малина Небо Облако Парус Радуга"
    names = [*words.split(), *["Сирень", "Туман", "Утёс", "Фиалка", "Хвоя", "Цапля", "Чайка", "Шалаш", "Эхо"]]
    rows += [f"Кыргызстан\t{name} {names[n - 7]}\tж\tsample{n}@example.org\t" for n, name in enumerate(names)]
    rows.append("KZ\tSample Person Last\tm\t\t")
    preview = await office.editor.fill(await office.editor.open(paste), paste, rows="\r\n".join(rows))
    assert "25 people are ready; nothing is registered yet" in preview.text
    assert "24 mails will be sent." in preview.text
    assert "left out: Комментарий" in preview.text
    assert await office.people(activity) == []
    accepting = next(form.fields for form in preview.forms if "accept" in form.fields)
    for _ in range(2):
        page = await office.editor.send(paste, accepting)
        assert "25 people are registered." in page.text
    people = await office.people(activity)
    assert len(people) == 25
    assert {each.registration.country for each in people} == {"KG", "KZ"}


async def test_a_row_that_is_wrong_is_named_and_nobody_is_registered(office: Office) -> None:
    activity = await office.desk.plan(**ahead())
    await office.desk.register(activity, "Sample Person One", email="one@example.org")
    paste = f"{ACTIVITIES}/{activity.id}/registrations/list"
    rows = (
        "Sample Person One\tone@example.org\nSample Person Two\ttwo@\tSample Agency\tAtlantis\tx\nSample Person Three"
    )
    page = await office.editor.fill(await office.editor.open(paste), paste, 422, rows=rows)
    for words in (
        "2 rows need your attention",
        "already registered",
        "not an e-mail address",
        "“Atlantis” is no",
        "“x” is",
    ):
        assert words in page.text, words
    forced = page.form(paste).fields | {"accept": ["true"]}
    await office.editor.send(paste, forced, 422)
    assert len(await office.people(activity)) == 1
    empty = await office.editor.fill(await office.editor.open(paste), paste, 422)
    assert "There is no row" in empty.text


async def test_nobody_is_registered_where_names_are_not_kept_and_the_page_says_why(office: Office) -> None:
    protected = await office.desk.plan(**ahead(), protected=True)
    url = f"{ACTIVITIES}/{protected.id}"
    assert "Names are not kept for a protected activity" in (await office.editor.open(url)).text
    register = f"{url}/registrations/new"
    typed = {"person__name": "Sample Person 1", "status": "registered"}
    page = await office.editor.fill(await office.editor.open(register), register, 409, **typed)
    assert "Nobody is registered by name for a protected activity" in page.text
    assert "Give a headcount" in (await office.editor.open(f"{url}/attendance")).text


async def test_a_registration_is_corrected_withdrawn_and_erased(office: Office) -> None:
    activity = await office.desk.plan(**ahead())
    registration = await office.desk.register(activity, "Sample Persn 1", email="one@example.org")
    url = f"/registry/registrations/{registration.id}"
    form = await office.editor.open(url)
    page = await office.editor.fill(form, url, person__name="Sample Person 1", role="trainer", country="KZ")
    assert "Sample Person 1" in page.text and "trainer" in page.text
    stale = await office.admin.fill(form, url, 412, role="expert")
    assert "Somebody changed this meanwhile" in stale.text
    page = await office.editor.fill(await office.editor.open(url), f"{url}/withdraw")
    assert "withdrawn: 1" in page.text
    page = await office.admin.fill(await office.admin.open(url), f"{url}/erase")
    assert "Sample Person 1" not in page.text and "erased" in page.text


async def test_attendance_is_marked_in_a_grid_and_saved_at_once(office: Office) -> None:
    activity = await office.desk.plan(**around_today(1))
    people = [await office.desk.register(activity, f"Sample Person {n}") for n in range(3)]
    url = f"{ACTIVITIES}/{activity.id}/attendance"
    grid = await office.editor.open(url)
    yesterday, today = str(TODAY - timedelta(days=1)), str(TODAY)
    filled = await office.editor.fill(grid, url, mark=yesterday)
    marks = [f"marks.{each.id}[]" for each in people]
    assert all(filled.form(url).fields[name] == [yesterday] for name in marks), "a heading ticks its column"
    assert (await office.people(activity))[0].registration.status == "registered", "and saves nothing"
    typed = {marks[0]: [yesterday, today], marks[1]: ["absent"], marks[2]: []}
    fields = {name: values for name, values in filled.form(url).fields.items() if name != "mark"} | typed
    page = await office.editor.send(url, fields)
    assert "The attendance is saved." in page.text
    for words in ("attended: 1", "absent: 1", "registered: 1"):
        assert words in page.text
    stale = await office.admin.send(url, fields | {"once": ["other"], marks[2]: ["absent"]}, 422)
    assert "Somebody changed this row meanwhile" in stale.text
    first = (await office.people(activity))[0].registration
    assert [str(day) for day in first.days_attended] == [yesterday, today]


async def test_where_days_are_not_known_it_is_marked_that_somebody_came(office: Office) -> None:
    activity = await office.desk.plan(starts=str(TODAY.year), ends=None)
    person = await office.desk.register(activity)
    url = f"{ACTIVITIES}/{activity.id}/attendance"
    fields = (await office.editor.open(url)).form(url).fields | {f"marks.{person.id}[]": ["came"]}
    await office.editor.send(url, fields)
    assert (await office.people(activity))[0].registration.status == "attended"


LIST = """id;title;kind;phase;starts;participants;colour
S-1;Sample seminar on documents;seminar;1;2021-05-17;over 30;red
S-2;Sample meeting of services;meeting;1;;;
S-3;Sample study visit;study visit;9;2021-13-01;many;
"""


async def upload(office: Office, text: str, status: int = 200) -> Page:
    page = await office.editor.open("/registry/import")
    fields = page.form("/registry/import").fields
    fields.pop("file")
    file = {"file": ("list.csv", text.encode(), "text/csv")}
    return await office.editor.send("/registry/import", fields, status, files=file)


async def recorded(office: Office) -> set[str]:
    async with office.desk.database.transaction() as session:
        return set((await session.exec(select(Activity.code))).all())


async def test_a_list_is_shown_row_by_row_and_written_only_when_it_is_accepted(office: Office) -> None:
    await office.desk.plan(
        code="OLD", title={"en": "Sample seminar on documents"}, kind="seminar", starts="2021-05-17", ends=None
    )
    report = await upload(office, LIST)
    for words in (
        "Rows with errors 1",
        "Likely recorded already 1",
        "New in the list 1",
        "left out: colour",
        "Nothing is written yet",
    ):
        assert words in report.text, words
    assert "2021-13-01" in report.text and "“many”" in report.text
    assert await recorded(office) == {"OLD"}
    office.editor.client.cookies.set("registan_language", "ru")
    russian = await office.editor.open(next(form.action for form in report.forms if "token" in form.fields))
    office.editor.client.cookies.set("registan_language", "en")
    assert (russian.mistakes, english_in(russian)) == ([], {"women"}), "a heading of the list stays as it was typed"
    action = next(form.action for form in report.forms if "token" in form.fields)
    refused = await office.editor.fill(report, action, 409)
    assert "choose to leave them out" in refused.text
    result = await office.editor.fill(refused, action, leave_out_errors="true", choices__2="skip")
    assert "1 row recorded, 0 changed." in result.text and "Left out: rows 2, 4" in result.text
    assert await recorded(office) == {"OLD", "S-2"}
    again = await office.editor.send(action, report.form(action).fields)
    assert "What the import did" in again.text, "sent again, it shows what was done"


async def test_a_report_that_is_no_longer_true_is_shown_anew_instead_of_being_written(office: Office) -> None:
    good = "\n".join(LIST.splitlines()[:3])
    report = await upload(office, good)
    await office.desk.plan(code="S-1", title={"en": "Sample seminar"}, kind="seminar")
    action = next(form.action for form in report.forms if "token" in form.fields)
    anew = await office.editor.fill(report, action, 409)
    assert "have changed since this report was made" in anew.text
    await office.editor.fill(anew, action)
    assert await recorded(office) == {"S-1", "S-2"}


async def test_a_file_that_is_no_list_is_refused_beside_the_field(office: Office) -> None:
    for text, words in (("", "The file is empty"), ("a;b\n1;2\n", "No row names the columns"), ("%PDF-1", "PDF")):
        page = await upload(office, text, 422)
        assert words in page.text, text
    unsent = await office.editor.open("/registry/import")
    fields = {name: values for name, values in unsent.form("/registry/import").fields.items() if name != "file"}
    assert "No file is chosen" in (await office.editor.send("/registry/import", fields, 422)).text


async def test_an_uploaded_file_is_forgotten_after_two_days(office: Office) -> None:
    await upload(office, "\n".join(LIST.splitlines()[:3]))
    clock = SetClock(office.desk.clock.now())
    purge = Purge(office.desk.database, clock)
    await purge.once()
    async with office.desk.database.transaction() as session:
        assert len((await session.exec(select(Upload.id))).all()) == 1
    clock.move(hours=KEPT_FOR.total_seconds() / 3600 + 1)
    await purge.once()
    async with office.desk.database.transaction() as session:
        assert (await session.exec(select(Upload.id))).all() == []


async def test_a_blank_choice_registers_nobody_and_tells_nobody(office: Office) -> None:
    activity = await office.desk.plan(**ahead())
    register = f"{ACTIVITIES}/{activity.id}/registrations/new"
    blank = await office.editor.open(register)
    typed = {"person__name": "Sample Person 1", "person__email": "one@example.org"}
    refused = await office.editor.fill(blank, register, 422, **typed)
    assert "This is needed" in refused.text
    assert not await office.people(activity)
    for left in ("gender", "role"):
        refused = await office.editor.fill(blank, register, 422, status="registered", **typed, **{left: ""})
        assert "This is needed" in refused.text
    address = f"{ACTIVITIES}/{activity.id}/registrations/list"
    rows = "Name\tE-mail\nSample Person\tone@example.org"
    refused = await office.editor.fill(await office.editor.open(address), address, 422, rows=rows, status="")
    assert "This is needed" in refused.text
    assert not await office.people(activity)


async def test_a_cell_that_begins_with_a_quotation_mark_is_a_cell(office: Office) -> None:
    activity = await office.desk.plan(**ahead())
    paste = f"{ACTIVITIES}/{activity.id}/registrations/list"
    rows = 'name\temail\torganisation\nTest One\tone@example.org\t"Манас аэропорт\nTest Two\ttwo@example.org\tCustoms'
    preview = await office.editor.fill(await office.editor.open(paste), paste, rows=rows)
    assert "2 people are ready" in preview.text
    assert "“Манас аэропорт" in preview.text or '"Манас аэропорт' in preview.text


async def test_footers_whole_lines_and_numbers_are_no_names(office: Office) -> None:
    activity = await office.desk.plan(**ahead())
    paste = f"{ACTIVITIES}/{activity.id}/registrations/list"
    rows = "ФИО\tE-mail\n1. Асанов Бакыт\ta@example.org\nПетров Олег; p@example.org; ГПС\t\nВсего: 24\t"
    page = await office.editor.fill(await office.editor.open(paste), paste, 422, rows=rows)
    assert "1 row needs your attention" in page.text
    assert "totals" in page.text
    assert "Асанов Бакыт" in page.text and "1. Асанов" not in page.html.split("<textarea")[0]


async def test_a_signed_attendance_sheet_is_read_from_its_workbook_with_its_days(office: Office) -> None:
    activity = await office.desk.plan(**around_today(), status="held")
    assert activity.starts is not None
    day = activity.starts.earliest
    paste = f"{ACTIVITIES}/{activity.id}/registrations/list"
    cells: list[list[object]] = [
        ["Список участников"],
        ["№", "Фамилия Имя Отчество", "Ведомство", "Должность", "Телефон", f"{day:%d.%m.%Y}", "Подпись"],
        [1, "Асанов Бакыт Омурович", "ГПС", "инспектор", "+996 555 123456", "+", ""],
        [2, "Петрова Анна", "ГТС", "эксперт", "", "", ""],
        ["", "Итого: 2"],
    ]
    file = workbook({"Лист": cells})
    fields = (await office.editor.open(paste)).form(paste).fields
    page = await office.editor.send(
        paste, fields, files={"file": (file.name, file.content, "application/octet-stream")}
    )
    assert "2 people are ready" in page.text
    assert "Должность" in page.text
    accepting = next(form.fields for form in page.forms if "accept" in form.fields)
    await office.editor.send(paste, accepting)
    people = await office.people(activity)
    assert {len(each.registration.days_attended) for each in people} == {0, 1}
