"""What accounts may do is taken from the registry alone, even if others may write to Kafka."""

from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import mkdtemp

import pytest
from sqlalchemy import func, select

from deploy.local.kafka import Kafka
from deploy.local.secrets import Secrets
from shared.bus import dead_letters
from shared.bus.consumer import Listener
from shared.bus.kafka import Bus
from shared.bus.relay import Relay
from shared.bus.seals import SEAL
from shared.bus.topics import reconcile
from shared.contracts import ACCESS, Record
from shared.contracts.access import Access
from shared.database import Database
from shared.identity.access import access_table, apply, event_of, genuine, record_access, seals
from shared.identity.sessions import SessionReader, SessionSigner
from tests.conftest import DatabaseUrl
from tests.integration.bus import eventually, open_bus, publish, running
from tests.integration.test_access import access

GROUP = "reporting.access"


@pytest.fixture
async def databases(database_url: DatabaseUrl) -> AsyncIterator[tuple[Database, Database]]:
    made = Database(database_url("registry")), Database(database_url("reporting"))
    yield made
    for database in made:
        await database.close()


@pytest.fixture
def signer(tmp_path: Path) -> SessionSigner:
    return SessionSigner(Secrets(tmp_path).session_private_key)


@pytest.fixture
def listener(kafka: Kafka, topic_prefix: str, databases: tuple[Database, Database], tmp_path: Path) -> Listener:
    """As reporting listens."""
    sessions = SessionReader(Secrets(tmp_path).session_public_key)
    bus = Bus(kafka.client("administrator", topic_prefix))
    return Listener(bus, databases[1], group=GROUP, topics=[ACCESS], handle=apply, genuine=genuine(sessions))


def forged(state: Access, *seal: bytes, key: str | None = None) -> Record:
    record = event_of(state).to_record()
    headers = [*record.headers, *((SEAL, one) for one in seal)]
    return Record(record.topic, (key or str(state.id)).encode(), record.value, headers)


async def test_only_what_the_registry_has_signed_is_believed(
    kafka: Kafka, topic_prefix: str, databases: tuple[Database, Database], listener: Listener, signer: SessionSigner
) -> None:
    registry, reporting = databases
    bus = await open_bus(kafka, topic_prefix, topics=False)
    await reconcile(bus, [(GROUP, ACCESS)])
    genuine_one, admin = access(role="viewer"), access(role="admin")
    async with registry.transaction() as session:
        await record_access(session, genuine_one)
    stranger = SessionSigner(Secrets(Path(mkdtemp())).session_private_key)
    our_seal, their_seal = seals(signer)[ACCESS.name], seals(stranger)[ACCESS.name]
    value = event_of(admin).to_record().value
    raised = genuine_one.model_copy(update={"role": "admin", "version": 2})

    async def as_expected() -> bool:
        letters = await dead_letters.open_letters(bus, topic=ACCESS.name, group=GROUP)
        async with reporting.transaction() as session:
            known = (await session.execute(select(func.count()).select_from(access_table))).scalar_one()
        return known == 1 and [letter.reason for letter in letters] == ["not-signed"] * 5

    async with running(Relay(bus, registry, service="registry", seals=seals(signer)), listener):
        await publish(
            bus,
            forged(admin),
            forged(admin, b""),
            forged(admin, b"\xff" * 64),
            forged(admin, their_seal(str(admin.id).encode(), value)),
            forged(raised, our_seal(str(raised.id).encode(), event_of(genuine_one).to_record().value)),
        )
        await eventually(as_expected)
    async with reporting.transaction() as session:
        rows = (await session.execute(select(access_table.c.id, access_table.c.role))).all()
    assert [tuple(row) for row in rows] == [(genuine_one.id, "viewer")]


async def test_a_letter_of_a_private_topic_is_not_sent_again_but_by_its_writer(kafka: Kafka, topic_prefix: str) -> None:
    bus = await open_bus(kafka, topic_prefix, topics=False)
    await reconcile(bus, [(GROUP, ACCESS)])
    await publish(bus, forged(access(role="admin")))
    letter = dead_letters.DeadLetter(
        0, ACCESS.name, GROUP, 0, 0, b"key", b"value", (), "not-signed", "", "", event_of(access()).time
    )
    with pytest.raises(dead_letters.OnlyItsWriter, match="registan republish"):
        await dead_letters.retry(bus, letter)
    await dead_letters.discard(bus, letter)


def test_while_a_key_is_replaced_what_either_has_signed_is_taken(tmp_path: Path) -> None:
    old, new = Secrets(tmp_path / "old"), Secrets(tmp_path / "new")
    both = tmp_path / "both.pem"
    both.write_bytes(old.session_public_key.read_bytes() + new.session_public_key.read_bytes())
    state = access()
    key, value = str(state.id).encode(), event_of(state).to_record().value
    for secrets in (old, new):
        signer = SessionSigner(secrets.session_private_key)
        seal = seals(signer)[ACCESS.name](key, value)
        assert genuine(SessionReader(both))(key, value, seal)
        cookie = signer.sign(state.id, "editor", state.updated_at)
        assert SessionReader(both).read(cookie, state.updated_at).user_id == state.id
    assert not genuine(SessionReader(old.session_public_key))(key, value, seal)
