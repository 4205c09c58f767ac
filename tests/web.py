"""A service's site inside the test process: real application, real keys, and browsers and programs to visit it with."""

from collections.abc import Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI
from pydantic import SecretStr

from shared.clock import SystemClock
from shared.contracts.access import Access, Grant
from shared.database import Database
from shared.identifiers import new_id
from shared.identity import Role, tokens
from shared.identity.access import record_access
from shared.identity.sessions import COOKIE, SessionSigner
from shared.service import Service
from shared.settings import ServiceName, ServiceSettings
from shared.web.application import application
from shared.web.identity import CSRF_HEADER, csrf_token

NOWHERE = "postgresql://nobody:nothing@127.0.0.1:1/nowhere"
PAGE = {"accept": "text/html"}
METRICS_TOKEN = "a-token-of-this-test-run-that-prometheus-shows"
SCRAPER = {"authorization": f"Bearer {METRICS_TOKEN}"}


@cache
def _keys() -> tuple[bytes, bytes]:
    private = Ed25519PrivateKey.generate()
    encoding = serialization.Encoding.PEM
    return (
        private.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
        private.public_key().public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo),
    )


def key_files(folder: Path) -> tuple[Path, Path]:
    """The private and the public key of sessions, the same ones for all services of a test run."""
    private, public = folder / "session-private-key.pem", folder / "session-public-key.pem"
    private.write_bytes(_keys()[0])
    public.write_bytes(_keys()[1])
    return private, public


def metrics_token_file(folder: Path) -> Path:
    file = folder / "metrics-token"
    file.write_text(METRICS_TOKEN)
    return file


def settings_of(name: ServiceName, folder: Path, database_url: str = NOWHERE, **more: Any) -> ServiceSettings:
    return ServiceSettings(
        name=name,
        database_url=SecretStr(database_url),
        port=0,
        kafka_bootstrap_servers="127.0.0.1:1",
        session_public_key_file=key_files(folder)[1],
        metrics_token_file=metrics_token_file(folder),
        **more,
    )


def site_of(settings: ServiceSettings, routers: Sequence[Any] = (), **state: object) -> FastAPI:
    """The application of a service that consists of these routers."""
    database = Database(settings.database_url.get_secret_value(), pool_size=4)
    static = Path(__file__).parents[1] / "services" / settings.name / "http" / "static"
    own = static if static.exists() else None
    return application(Service(settings=settings, database=database, http=routers, static=own, state=state))


def built(name: ServiceName, folder: Path, monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    """The service as it is put together for production, with settings that lead nowhere."""
    private, public_key = key_files(folder)
    secret = folder / "person-key-secret"
    secret.write_text("0" * 64)
    for variable, value in {
        f"{name.upper()}_DATABASE_URL": NOWHERE,
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
        "SESSION_PUBLIC_KEY_FILE": str(public_key),
        "SESSION_PRIVATE_KEY_FILE": str(private),
        "PERSON_KEY_SECRET_FILE": str(secret),
        "MAILBOX_DIRECTORY": str(folder),
        "SMTP_HOST": "127.0.0.1",
    }.items():
        monkeypatch.setenv(f"REGISTAN_{variable}", value)
    return application(import_module(f"services.{name}.app").build())


def visitor(app: FastAPI, **headers: str) -> httpx2.AsyncClient:
    """Somebody who is not signed in."""
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx2.AsyncClient(transport=transport, base_url="http://registan.test", headers=headers)


def browser(app: FastAPI, folder: Path, role: Role = "editor", user_id: UUID | None = None) -> httpx2.AsyncClient:
    """Somebody signed in, whose requests carry the proof that our own pages make them."""
    session = SessionSigner(key_files(folder)[0]).sign(user_id or new_id(), role, SystemClock().now())
    client = visitor(app, **{CSRF_HEADER: csrf_token(session)})
    client.cookies.set(COOKIE, session)
    return client


async def granted(app: FastAPI, folder: Path, *grants: Grant) -> httpx2.AsyncClient:
    """Somebody signed in with an account of which the service has been told these grants."""
    account = Access(
        id=new_id(),
        kind="user",
        role="viewer",
        grants=grants,
        version=1,
        created_at=SystemClock().now(),
        updated_at=SystemClock().now(),
    )
    service: Service = app.state.service
    async with service.database.transaction() as session:
        await record_access(session, account)
    return browser(app, folder, "viewer", account.id)


async def program(app: FastAPI, role: Role = "editor") -> httpx2.AsyncClient:
    """A program with a token that the service's database knows."""
    secret, now = tokens.new_token(), SystemClock().now()
    service: Service = app.state.service
    async with service.database.transaction() as session:
        await record_access(
            session,
            Access(
                id=new_id(),
                kind="token",
                role=role,
                token_hash=tokens.digest(secret),
                version=1,
                created_at=now,
                updated_at=now,
            ),
        )
    return visitor(app, authorization=f"Bearer {secret}")
