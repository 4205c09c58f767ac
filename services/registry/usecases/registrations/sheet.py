"""A participant as a row of a list: its columns, and what people call them; the signed attendance sheet is one."""

from typing import Any

from services.registry.sheets import cells
from services.registry.sheets.sheet import Column, Sheet, called


def together(values: dict[str, Any]) -> dict[str, Any]:
    """A name that stands in several columns, put together."""
    parts = [values.pop(name) for name in ("family_name", "given_name", "patronymic") if name in values]
    return {"name": " ".join(parts), **values} if parts and "name" not in values else values


PEOPLE = Sheet(
    noun="participants",
    code="",
    needed=(("name", "family_name"),),
    together=together,
    fewest=1,
    one_cell_is_a_row=True,
    columns={
        "name": Column(
            cells.line,
            called(
                "full name | participant | name and surname | surname and name | фио | ф.и.о. | ф. и. о. | имя"
                " | участник | имя и фамилия | фамилия и имя | фамилия имя | фамилия имя отчество"
                " | фамилия, имя, отчество"
                " | фио участника | ф.и.о. участника | аты жөнү | ism familiya"
            ),
        ),
        "email": Column(
            cells.line,
            called(
                "e-mail | mail | e-mail address | email address | эл. почта | электронная почта | почта | эл. адрес"
                " | адрес электронной почты | электронный адрес"
            ),
        ),
        "organisation": Column(
            cells.line,
            called(
                "organization | agency | institution | employer | организация | ведомство | учреждение | место работы"
                " | орган | название организации | агентство"
            ),
        ),
        "country": Column(cells.line, called("страна | өлкө | mamlakat"), means=cells.NAMIBIA),
        "gender": Column(cells.line, called("sex | пол | м/ж | жынысы | jinsi"), means=("?", "unknown", "неизвестно")),
        "language": Column(cells.line, called("язык | language of mails | язык писем")),
        "role": Column(cells.line, called("роль")),
        "status": Column(cells.line, called("state | статус | состояние")),
        "days": Column(cells.items, called("days attended | дни присутствия")),
        "phone": Column(
            cells.line,
            called("telephone | tel | mobile | phone number | телефон | тел. | номер телефона | контактный телефон"),
        ),
        "family_name": Column(cells.line, called("surname | last name | фамилия | familiya")),
        "given_name": Column(cells.line, called("first name | given name | имя участника | ism")),
        "patronymic": Column(cells.line, called("отчество | middle name")),
        "activity": Column(cells.line, called("event | activity code | activity id | мероприятие | код мероприятия")),
    },
)
