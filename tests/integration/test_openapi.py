"""The three services keep to their OpenAPI documents, whatever is asked by whatever role: no answer is a 5xx, and each
status, media type, header and body is one that the document tells of.

schemathesis makes the requests from the documents, some that fit and some that do not; ids of real things stand in most
of their addresses. In `make test` they are the same few each time, in `make test-slow` many and never tried before.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import httpx2
import pytest
import requests
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from services.notifications.app import build as build_notifications
from services.notifications.settings import NotificationsSettings
from services.registry.usecases.organisations.add import AddOrganisation, add_organisation
from services.registry.usecases.outputs.plan import PlanOutput, plan_output
from services.reporting.app import build as build_reporting
from services.reporting.settings import ReportingSettings
from shared.identity import Role
from shared.settings import ServiceName
from shared.web.application import application
from tests.conftest import DatabaseUrl
from tests.integration import facts
from tests.integration.mailing import all_deliveries, everyday, hear
from tests.office import ahead, around_today, open_office
from tests.web import browser, key_files

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
ROLES: tuple[Role, ...] = get_args(Role)
FEW, MANY = 30, 600


@dataclass(frozen=True)
class House:
    """A service in this process, and what there is in it: by the name of a parameter, values that lead somewhere."""

    app: FastAPI
    things: Mapping[str, list[str]]


@asynccontextmanager
async def registry(folder: Path, url: DatabaseUrl) -> AsyncIterator[House]:
    async with open_office(folder, url("registry")) as office:
        desk = office.desk
        held, planned = await desk.plan(**around_today()), await desk.plan(**ahead())
        registered = [await desk.register(each, f"Sample Person {each.code[:3]}") for each in (held, planned)]
        output = await desk.do(plan_output, PlanOutput(programme="SAMPLE", kind="manual", title={"en": "Sample"}))
        agency = AddOrganisation(programme="SAMPLE", name={"en": "Sample agency"})
        organisation = await desk.do(add_organisation, agency)
        things = {
            "activity_id": [str(held.id), str(planned.id)],
            "registration_id": [str(each.id) for each in registered],
            "person_id": [str(each.person_id) for each in registered],
            "output_id": [str(output.id)],
            "organisation_id": [str(organisation.id)],
            "code": ["SAMPLE", "NEW"],
            "day": [around_today()["starts"]],
        }
        yield House(office.app, things)


@asynccontextmanager
async def reporting(folder: Path, url: DatabaseUrl) -> AsyncIterator[House]:
    service = build_reporting(
        ReportingSettings(
            name="reporting",
            database_url=url("reporting"),
            kafka_bootstrap_servers="127.0.0.1:1",
            session_public_key_file=key_files(folder)[1],
        )
    )
    try:
        await facts.tell(
            service.database,
            facts.programme(),
            facts.activity("a"),
            facts.activity("b", beneficiary_countries=["TJ"], headcount={"total": 30, "women": 12}),
            facts.registration("r", "a"),
            facts.output("o"),
        )
        yield House(application(service), {"rule": ["events", "participants", "people", "outputs", "women-share"]})
    finally:
        await service.database.close()


@asynccontextmanager
async def notifications(folder: Path, url: DatabaseUrl) -> AsyncIterator[House]:
    service = build_notifications(
        NotificationsSettings(
            name="notifications",
            database_url=url("notifications"),
            kafka_bootstrap_servers="127.0.0.1:1",
            session_public_key_file=key_files(folder)[1],
            smtp_host="127.0.0.1",
            mail_from="programme@example.org",
        )
    )
    try:
        chronicle = everyday(8)
        activity = chronicle.plan()
        for number in range(1, 9):
            chronicle.register(activity, number)
        await hear(service.database, chronicle.events)
        waiting = await all_deliveries(service.database)
        things = {
            "delivery_id": [str(each.id) for each in waiting[:3]],
            "notice_id": [str(each.notice_id) for each in waiting[:1]],
        }
        yield House(application(service), things)
    finally:
        await service.database.close()


HOUSES: dict[ServiceName, Callable[[Path, DatabaseUrl], AbstractAsyncContextManager[House]]] = {
    "registry": registry,
    "reporting": reporting,
    "notifications": notifications,
}


def requests_of(house: House) -> st.SearchStrategy[Any]:
    """For any of its operations, what fits its description or, as often, does not."""
    document = schemathesis.openapi.from_dict(house.app.openapi())
    operations: list[Any] = [result.ok() for result in document.get_all_operations()]  # type: ignore[union-attr]

    def of(operation: Any) -> st.SearchStrategy[Any]:
        named = [each.name for each in operation.iter_parameters() if each.name in house.things]
        keys = st.fixed_dictionaries({name: st.sampled_from(house.things[name]) for name in named})
        known = keys.flatmap(lambda chosen: operation.as_strategy(path_parameters=chosen))
        return st.one_of(known, known, operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))

    return st.sampled_from(operations).flatmap(of)


async def answer_to(client: httpx2.AsyncClient, case: Any) -> httpx2.Response:
    asked: Any = requests.Request(**case.as_transport_kwargs(base_url=str(client.base_url))).prepare()
    headers = {name: value for name, value in asked.headers.items() if name.lower() != "content-length"}
    return await client.request(asked.method, asked.url, headers=headers, content=asked.body)


@pytest.mark.hypothesis
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("service", HOUSES)
def test_every_answer_is_one_that_the_document_tells_of(
    service: ServiceName, role: Role, tmp_path: Path, database_url: DatabaseUrl
) -> None:
    with asyncio.Runner() as runner:
        opened = HOUSES[service](tmp_path, database_url)
        house = runner.run(opened.__aenter__())
        client = browser(house.app, tmp_path, role)
        try:

            @settings(
                max_examples=FEW if settings.default and settings.default.derandomize else MANY,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
                database=None,
            )
            @given(requests_of(house))
            def each(case: Any) -> None:
                answer = runner.run(answer_to(client, case))
                case.validate_response(answer, checks=CHECKS)

            each()
        finally:
            runner.run(client.aclose())
            runner.run(opened.__aexit__(None, None, None))
