"""Sessions: a signed statement of the registry that a browser belongs to a user (JWT, EdDSA with Ed25519, RFC 8037).

Only the registry holds the private key; every service checks with the public one, so no service asks another and a
stolen key of reporting signs nobody in. The cookie says who and since when, nothing personal; whether the account is
still allowed in is asked of the table `access` at each request. The same key signs what the registry tells of accounts.

The file of the public key may hold several: while a key is replaced, what either has signed is taken.
"""

import hashlib
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from joserfc import jwt
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import OKPKey

from shared.identity.roles import Role
from shared.settings import WrongSettings

COOKIE = "registan_session"
"""Its name over http; over https it is kept to this one host (see `host_only`)."""
LIFETIME = timedelta(hours=12)

_ALGORITHM = "Ed25519"  # RFC 9864: fully specified, unlike its predecessor EdDSA


def host_only(name: str, *, secure: bool) -> str:
    """A cookie's name that browsers take over TLS only, and from this very host (RFC 6265bis §4.1.3.2): no neighbour
    under the same domain can set one in its place."""
    return f"__Host-{name}" if secure else name


class InvalidSession(Exception):
    """The session was not signed by the registry, or its time is over."""


@dataclass(frozen=True, slots=True)
class SignedSession:
    """What a valid cookie says.

    Attributes:
        version: of the account when it was signed; `None` in the cookies of the release before.
    """

    user_id: UUID
    role: Role
    issued_at: datetime
    version: int | None = None


class SessionSigner:
    """Signs sessions; only the registry has the key.

    Args:
        private_key_file: PEM (PKCS #8) of an Ed25519 key.

    Raises:
        WrongSettings: the file cannot be read or holds no such key.
    """

    def __init__(self, private_key_file: Path) -> None:
        [self._key, *_] = _keys_from(private_key_file, "REGISTAN_SESSION_PRIVATE_KEY_FILE", private=True)

    def sign(
        self,
        user_id: UUID,
        role: Role,
        at: datetime,
        *,
        version: int | None = None,
        others_ended: datetime | None = None,
    ) -> str:
        """A session that starts at `at` and ends `LIFETIME` later.

        Args:
            version: of the account. Once its sessions are ended, those of a lower version are over, whatever any
                clock said when they were signed.
            others_ended: when the account's other sessions were ended, for services of the release before, which ask
                for the time. It is later where a clock was ahead then; the session counts as begun after it.
        """
        claims = {
            "sub": str(user_id),
            "role": role,
            # To the microsecond: a session may start right after the others were ended.
            "iat": max(at, others_ended or at).timestamp(),
            "exp": (at + LIFETIME).timestamp(),
            **({} if version is None else {"version": version}),
        }
        return jwt.encode({"alg": _ALGORITHM}, claims, self._key, algorithms=[_ALGORITHM])

    def seal(self, message: bytes) -> bytes:
        """An Ed25519 signature of 64 bytes (RFC 8032)."""
        private = self._key.private_key
        assert isinstance(private, Ed25519PrivateKey)
        return private.sign(message)

    @property
    def fingerprint(self) -> str:
        """By which two keys are told apart; it gives nothing away."""
        return hashlib.sha256(_public(self._key).public_bytes_raw()).hexdigest()


class SessionReader:
    """Checks sessions.

    Args:
        public_key_file: PEM (SubjectPublicKeyInfo) of the registry's key.

    Raises:
        WrongSettings: the file cannot be read or holds no such key.
    """

    def __init__(self, public_key_file: Path) -> None:
        self._keys = _keys_from(public_key_file, "REGISTAN_SESSION_PUBLIC_KEY_FILE", private=False)

    def read(self, cookie: str, now: datetime) -> SignedSession:
        """What the cookie says.

        Raises:
            InvalidSession: not signed with the registry's key, altered, from the future, or over.
        """
        try:
            claims = self._claims(cookie)
            issued_at = datetime.fromtimestamp(claims["iat"], UTC)
            ends_at = datetime.fromtimestamp(claims["exp"], UTC)
            version = claims.get("version")
            session = SignedSession(
                UUID(claims["sub"]), claims["role"], issued_at, None if version is None else int(version)
            )
        except (JoseError, KeyError, TypeError, ValueError, OverflowError, OSError) as error:
            raise InvalidSession(f"the cookie is no session: {type(error).__name__}") from None
        if session.role not in get_args(Role) or not now < ends_at <= now + LIFETIME + _SKEW:
            raise InvalidSession("the session is over, or not yet begun")
        return session

    def _claims(self, cookie: str) -> dict[str, Any]:
        for key in self._keys[:-1]:
            with suppress(BadSignatureError):
                return jwt.decode(cookie, key, algorithms=[_ALGORITHM]).claims
        return jwt.decode(cookie, self._keys[-1], algorithms=[_ALGORITHM]).claims

    def sealed(self, message: bytes, seal: bytes) -> bool:
        """Whether the registry has signed it."""
        for key in self._keys:
            with suppress(InvalidSignature):
                _public(key).verify(seal, message)
                return True
        return False


_SKEW = timedelta(minutes=1)  # two machines' clocks are never quite the same


def _public(key: OKPKey) -> Ed25519PublicKey:
    public = key.public_key
    assert isinstance(public, Ed25519PublicKey)
    return public


def _keys_from(file: Path, variable: str, *, private: bool) -> list[OKPKey]:
    try:
        blocks = re.findall(rb"-----BEGIN .*?-----END [^-]*-----", file.read_bytes(), re.DOTALL)
        keys = [OKPKey.import_key(block) for block in blocks]
    except OSError as error:
        raise WrongSettings(f"{variable}: {file} cannot be read: {error.strerror}") from None
    except (ValueError, JoseError):
        raise WrongSettings(f"{variable}: {file} holds no Ed25519 key in PEM") from None
    if not keys:
        raise WrongSettings(f"{variable}: {file} holds no Ed25519 key in PEM")
    if any(key.curve_name != "Ed25519" or key.is_private != private for key in keys):
        raise WrongSettings(f"{variable}: {file} must hold the {'private' if private else 'public'} Ed25519 key")
    return keys
