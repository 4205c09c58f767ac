"""Signing in to Kafka with a token of an identity provider (SASL/OAUTHBEARER, RFC 7628), by the client-credentials
grant of RFC 6749 §4.4. A token is used until shortly before its end, so the provider may be away for a while.

aiokafka takes a refused token for a good one, because Kafka refuses in words (RFC 7628 §3.2.3) and not by an error
code; then it finds a cluster without a topic. So Kafka's answer is looked at here.
"""

import asyncio
import base64
import json
import ssl
import time
import urllib.parse
import urllib.request

from aiokafka import conn
from aiokafka.abc import AbstractTokenProvider
from aiokafka.errors import KafkaConnectionError, SaslAuthenticationFailed

from shared.settings import KafkaSettings

_EARLY = 60.0  # seconds before its end in which a token is no longer used
_ANSWERS_WITHIN = 5.0


class TokenProvider(AbstractTokenProvider):  # type: ignore[misc]
    """Asks the provider for tokens; one for all clients of a bus."""

    def __init__(self, settings: KafkaSettings, tls: ssl.SSLContext | None) -> None:
        assert settings.username
        assert settings.password
        assert settings.oauth_token_url
        self._url = settings.oauth_token_url
        name_and_secret = (settings.username, settings.password.get_secret_value())
        pair = ":".join(urllib.parse.quote_plus(part) for part in name_and_secret)
        self._authorization = f"Basic {base64.b64encode(pair.encode()).decode()}"
        self._tls = tls
        self._token = ""
        self._until = 0.0
        self._asking = asyncio.Lock()

    async def token(self) -> str:
        """A token that is valid now.

        Raises:
            KafkaConnectionError: the provider gives none; the client tries again.
        """
        async with self._asking:
            if time.monotonic() > self._until:
                asked_at = time.monotonic()
                self._token, lifetime = await asyncio.to_thread(self._ask)
                self._until = asked_at + max(lifetime - _EARLY, lifetime / 2)
            return self._token

    def _ask(self) -> tuple[str, float]:
        request = urllib.request.Request(  # noqa: S310  the settings name the address
            self._url,
            data=b"grant_type=client_credentials",
            headers={"Authorization": self._authorization, "Content-Type": "application/x-www-form-urlencoded"},
        )
        try:
            with urllib.request.urlopen(request, timeout=_ANSWERS_WITHIN, context=self._tls) as answer:  # noqa: S310
                given = json.load(answer)
            return str(given["access_token"]), float(given.get("expires_in", 2 * _EARLY))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise KafkaConnectionError(f"{self._url} gives no token: {error}") from None


class _Refusable(conn.OAuthAuthenticator):  # type: ignore[misc]
    """Ends the connection when Kafka does not accept the token."""

    async def step(self, payload: bytes | None) -> tuple[bytes, bool] | None:
        if payload:
            raise SaslAuthenticationFailed(f"Kafka does not accept the token: {payload.decode(errors='replace')}")
        step: tuple[bytes, bool] | None = await super().step(payload)
        return step


conn.OAuthAuthenticator = _Refusable
