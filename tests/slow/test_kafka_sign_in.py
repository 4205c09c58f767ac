"""Certificates (mTLS) and tokens of an identity provider (SASL/OAUTHBEARER) open a real Kafka, for every client that we
have: administration, producer, reader and consumer group; and whoever has another authority's stays outside.

The Kafka is that of `registan up`, with two listeners more. The identity provider is this test's: it gives a signed
token for a client's id and secret, and Kafka checks the signature by its published key.
"""

import base64
import json
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import unquote_plus

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from pydantic import SecretStr

from deploy.local.kafka import Kafka
from deploy.local.ports import LOOPBACK, free_port
from shared.bus.consumer import Listener
from shared.bus.kafka import Bus, KafkaAway
from shared.bus.reader import whole
from shared.bus.topics import reconcile
from shared.contracts import ACTIVITIES
from shared.database import Database
from shared.settings import KafkaSettings
from tests.certificates import Authority
from tests.conftest import DatabaseUrl
from tests.integration.bus import activity_event, applied, eventually, mark, marks_table, publish, running

GROUP = "reporting"
SECRETS = {"registry": "a secret", "reporting": "another: secret/+%", "operator": "a third"}


class IdentityProvider:
    """RFC 6749 §4.4 for the clients in `SECRETS`, and a JWK Set (RFC 7517)."""

    def __init__(self) -> None:
        self._key = RSAKey.generate_key(2048, {"kid": "sample", "use": "sig", "alg": "RS256"})
        provider = self

        class Answers(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._say(200, {"keys": [provider._key.as_dict(private=False)]})

            def do_POST(self) -> None:
                pair = base64.b64decode(self.headers["Authorization"].removeprefix("Basic ")).decode()
                self.rfile.read(int(self.headers["Content-Length"]))
                client, _, secret = pair.partition(":")
                if SECRETS.get(client) != unquote_plus(secret):
                    return self._say(401, {"error": "invalid_client"})
                return self._say(200, {"access_token": provider.token(client), "expires_in": 300})

            def _say(self, status: int, said: Any) -> None:
                body = json.dumps(said).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *words: Any) -> None: ...

        self._server = ThreadingHTTPServer((LOOPBACK, 0), Answers)
        self.address = f"http://{LOOPBACK}:{self._server.server_port}"
        Thread(target=self._server.serve_forever, daemon=True).start()

    def token(self, client: str) -> str:
        now = int(time.time())
        claims = {"sub": client, "aud": "kafka", "scope": "kafka", "iat": now, "exp": now + 300}
        return jwt.encode({"alg": "RS256", "kid": "sample"}, claims, self._key)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class GuardedKafka(Kafka):
    """With a listener for certificates, and one for tokens."""

    def open_to(self, authority: Authority, provider: IdentityProvider, folder: Path) -> None:
        self.authority, self.provider = authority, provider
        self.tls, self.oauth = free_port(), free_port()
        server = authority.issue("broker", LOOPBACK)
        self._store = folder / "broker.pem"
        self._store.write_bytes(server.key.read_bytes() + server.certificate.read_bytes())

    def _settings(self) -> dict[str, str]:
        given = super()._settings()
        more = f",TLS://{LOOPBACK}:{self.tls},OAUTH://{LOOPBACK}:{self.oauth}"
        module = "org.apache.kafka.common.security.oauthbearer"
        own = {
            "listeners": given["listeners"] + more,
            "advertised.listeners": given["advertised.listeners"] + more,
            "listener.security.protocol.map": given["listener.security.protocol.map"] + ",TLS:SSL,OAUTH:SASL_SSL",
            "listener.name.tls.ssl.client.auth": "required",
            "listener.name.tls.ssl.principal.mapping.rules": "RULE:^CN=([^,]+).*$/$1/",
            "listener.name.oauth.sasl.enabled.mechanisms": "OAUTHBEARER",
            "listener.name.oauth.oauthbearer.sasl.jaas.config": f"{module}.OAuthBearerLoginModule required;",
            "listener.name.oauth.oauthbearer.sasl.server.callback.handler.class": (
                f"{module}.OAuthBearerValidatorCallbackHandler"
            ),
            "listener.name.oauth.sasl.oauthbearer.jwks.endpoint.url": f"{self.provider.address}/jwks",
            "listener.name.oauth.sasl.oauthbearer.expected.audience": "kafka",
        }
        for listener in ("tls", "oauth"):
            prefix = f"listener.name.{listener}.ssl"
            own |= {f"{prefix}.keystore.type": "PEM", f"{prefix}.keystore.location": str(self._store)}
            own |= {f"{prefix}.truststore.type": "PEM"}
            own |= {f"{prefix}.truststore.location": str(self.authority.certificate)}
        return given | own

    def _java(self, main: str, *options: str) -> tuple[str | Path, ...]:
        allowed = f"-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls={self.provider.address}/jwks"
        return super()._java(main, allowed, *options)

    def by_certificate(self, principal: str, authority: Authority | None = None) -> KafkaSettings:
        issued = (authority or self.authority).issue(principal)
        return KafkaSettings(
            bootstrap_servers=f"{LOOPBACK}:{self.tls}",
            security_protocol="SSL",
            ca_file=self.authority.certificate,
            certificate_file=issued.certificate,
            key_file=issued.key,
        )

    def by_token(self, principal: str, provider: IdentityProvider | None = None) -> KafkaSettings:
        return KafkaSettings(
            bootstrap_servers=f"{LOOPBACK}:{self.oauth}",
            security_protocol="SASL_SSL",
            sasl_mechanism="OAUTHBEARER",
            username=principal,
            password=SecretStr(SECRETS[principal]),
            oauth_token_url=f"{(provider or self.provider).address}/token",
            ca_file=self.authority.certificate,
        )


@pytest.fixture
def kafka(open_folder: Path) -> Iterator[GuardedKafka]:
    kafka = GuardedKafka(open_folder / "kafka", open_folder / "kafka.log", free_port())
    provider = IdentityProvider()
    kafka.open_to(Authority(open_folder), provider, open_folder)
    kafka.prepare()
    kafka.start()
    try:
        kafka.wait_until_ready()
        yield kafka
    finally:
        kafka.child.kill()
        provider.close()


@pytest.mark.parametrize("by", ["by_certificate", "by_token"])
async def test_every_client_signs_in_and_who_is_unknown_does_not(
    kafka: GuardedKafka, database_url: DatabaseUrl, open_folder: Path, by: str
) -> None:
    signing_in = getattr(kafka, by)
    await reconcile(Bus(signing_in("operator")), [(GROUP, ACTIVITIES)])
    registry, reporting = Bus(signing_in("registry")), Bus(signing_in("reporting"))
    event = activity_event()
    await publish(registry, event.to_record())
    assert [record.key.decode() async for record in whole(registry, ACTIVITIES.name)] == [event.key]
    database = Database(database_url("reporting"))
    try:
        await marks_table(database)
        async with running(Listener(reporting, database, group=GROUP, topics=[ACTIVITIES], handle=mark)):
            await eventually(lambda: applied(database, event))
    finally:
        await database.close()

    (open_folder / "other").mkdir()
    other = IdentityProvider()  # whose signature Kafka does not know
    strangers = {
        "by_certificate": lambda: kafka.by_certificate("registry", Authority(open_folder / "other")),
        "by_token": lambda: kafka.by_token("registry", other),
    }
    with pytest.raises(KafkaAway):
        await Bus(strangers[by]()).ping()
    other.close()
