"""Model → public contract: the one place where what leaves the registry is decided.

Each function names its fields one by one. A column that is added to a table stays in the house until somebody writes
it down here.
"""

from datetime import datetime

from services.registry.models import (
    ActivityState,
    ErasedPerson,
    OrganisationState,
    OutputState,
    Person,
    PersonKeys,
    Programme,
    Registration,
)
from shared import contracts
from shared.contracts import CONTACTS, Event
from shared.identifiers import new_id


def programme(model: Programme) -> contracts.Programme:
    return contracts.Programme(
        code=model.code,
        name=model.name,
        short_name=model.short_name,
        donor=model.donor,
        languages=model.languages,
        countries=model.countries,
        synthetic=model.synthetic,
        phases=model.phases,
        version=model.version,
        created_at=model.created_at,
        updated_at=model.updated_at,
    )


def organisation(model: OrganisationState) -> contracts.Organisation:
    return contracts.Organisation(
        id=model.id,
        programme=model.programme,
        name=model.name,
        short_name=model.short_name,
        kind=model.kind,
        country=model.country,
        parent_id=model.parent_id,
        entered_by_mistake=model.entered_by_mistake or None,
        version=model.version,
        created_at=model.created_at,
        updated_at=model.updated_at,
    )


def activity(model: ActivityState) -> contracts.Activity:
    return contracts.Activity(
        id=model.id,
        code=model.code,
        programme=model.programme,
        phase=model.phase,
        component=model.component,
        kind=model.kind,
        scope=model.scope,
        delivery=model.delivery,
        title=model.title,
        description=model.description,
        starts=model.starts,
        ends=model.ends,
        time_zone=model.time_zone,
        place=model.place,
        beneficiary_countries=model.beneficiary_countries,
        host_country=model.host_country,
        co_organisers=model.co_organisers,
        expert_organisations=model.expert_organisations,
        series=model.series,
        expected=model.expected,
        headcount=model.headcount,
        protected=model.protected,
        status=model.status,
        status_reason=model.status_reason,
        merged_into=model.merged_into,
        entered_by_mistake=model.entered_by_mistake or None,
        outputs=model.outputs,
        sources=model.sources,
        version=model.version,
        created_at=model.created_at,
        updated_at=model.updated_at,
    )


def output(model: OutputState) -> contracts.Output:
    return contracts.Output(
        id=model.id,
        code=model.code,
        programme=model.programme,
        phase=model.phase,
        component=model.component,
        kind=model.kind,
        title=model.title,
        description=model.description,
        activities=model.activities,
        series=model.series,
        languages=model.languages,
        expected=model.expected,
        drafted_on=model.drafted_on,
        translations=model.translations,
        handovers=model.handovers,
        status=model.status,
        status_reason=model.status_reason,
        entered_by_mistake=model.entered_by_mistake or None,
        sources=model.sources,
        version=model.version,
        created_at=model.created_at,
        updated_at=model.updated_at,
    )


def registration(model: Registration) -> contracts.Registration:
    return contracts.Registration(
        id=model.id,
        activity_id=model.activity_id,
        programme=model.programme,
        person_key=model.person_key,
        role=model.role,
        gender=model.gender,
        country=model.country,
        organisation=model.organisation,
        status=model.status,
        days_attended=model.days_attended,
        counted_as=model.counted_as,
        entered_by_mistake=model.entered_by_mistake or None,
        version=model.version,
        created_at=model.created_at,
        updated_at=model.updated_at,
    )


def contact(model: Person, keys: PersonKeys) -> contracts.Contact:
    """For the private topic only, which notifications alone may read."""
    return contracts.Contact(
        person_key=keys.key(model),
        programme=model.programme,
        name=model.name,
        email=model.email,
        language=model.language or "en",
        version=model.version,
        created_at=model.created_at,
        updated_at=model.updated_at,
    )


def contact_changed(person: Person, keys: PersonKeys) -> Event:
    state = contact(person, keys)
    return _private(state.person_key, person.programme, state, person.version, person.updated_at)


def contact_erased(erased: ErasedPerson) -> Event:
    """A tombstone: each consumer that knew the person forgets them."""
    return _private(erased.person_key, erased.programme, None, erased.version, erased.erased_at)


def _private(person_key: str, programme: str, state: contracts.Contact | None, version: int, time: datetime) -> Event:
    return Event(
        id=new_id(),
        type="contact-changed",
        topic=CONTACTS,
        source=CONTACTS.source,
        time=time,
        programme=programme,
        data=state,
        key=person_key,
        sequence=version,
    )
