"""What must be secret on this machine, made once and kept readable by its owner only.

A file a secret, so that a process is given the path of exactly what it needs: only the registry can sign sessions and
turn a person into a person key. Removing the folder makes new secrets; passwords of databases and of Kafka follow at
the next start.
"""

import os
import secrets as random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


@dataclass(frozen=True)
class Secrets:
    """The secrets kept in one folder; each is made when it is first asked for."""

    folder: Path

    def password(self, role: str) -> str:
        """The password of a database role; of characters that need no quoting in SQL or in a URL."""
        path = self._keep(f"{role}-database-password", lambda: random.token_urlsafe(24).encode())
        return path.read_text()

    def kafka_password(self, principal: str) -> str:
        """The password of a principal on this machine's Kafka."""
        path = self._keep(f"{principal}-kafka-password", lambda: random.token_urlsafe(24).encode())
        return path.read_text()

    @property
    def session_private_key(self) -> Path:
        """PEM (PKCS #8) of the Ed25519 key that signs sessions."""
        return self._keep("session-private-key.pem", _new_private_key)

    @property
    def session_public_key(self) -> Path:
        """PEM of the key that checks sessions."""
        private = serialization.load_pem_private_key(self.session_private_key.read_bytes(), password=None)
        public = private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        path = self._keep("session-public-key.pem", lambda: public)
        if path.read_bytes() != public:  # the private key was replaced by hand
            path.unlink()
            return self.session_public_key
        return path

    @property
    def person_key_secret(self) -> Path:
        """256 random bits in hexadecimal: the HMAC key that turns persons into person keys."""
        return self._keep("person-key-secret", lambda: random.token_hex(32).encode())

    @property
    def metrics_token(self) -> Path:
        """A scraper that shows it sees the metrics that people can be counted by."""
        return self._keep("metrics-token", lambda: random.token_urlsafe(32).encode())

    def _keep(self, name: str, make: Callable[[], bytes]) -> Path:
        path = self.folder / name
        if not path.exists():
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft = path.with_name(f".{name}.{os.getpid()}")
            draft.touch(mode=0o600)
            draft.write_bytes(make())
            draft.rename(path)  # a secret is there whole, or not at all
        return path


def _new_private_key() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
