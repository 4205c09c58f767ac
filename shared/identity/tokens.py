"""Secrets of machines and of one-time links: 256 random bits, of which only the SHA-256 is ever stored.

A fast hash is enough here, unlike for passwords: nobody can guess 256 random bits. The prefixes `rgt_` and `rgs_` let
scanners of source code recognise a token that was committed by mistake.
"""

import hashlib
import secrets

PREFIX = "rgt_"
SUBSCRIBER_PREFIX = "rgs_"


def new_token() -> str:
    """The secret of a machine's token; shown once and then forgotten."""
    return PREFIX + secrets.token_urlsafe(32)


def new_subscriber_token() -> str:
    """The secret of a subscriber, who reads topics and nothing else."""
    return SUBSCRIBER_PREFIX + secrets.token_urlsafe(32)


def new_link_secret() -> str:
    """The secret of a one-time sign-in link."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """What is stored in a secret's place: SHA-256, hexadecimal."""
    return hashlib.sha256(secret.encode()).hexdigest()
