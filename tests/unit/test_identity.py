"""What passwords, tokens, sessions and roles promise, without any database."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar

import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OctKey

from shared.contracts.access import Grant
from shared.identifiers import new_id
from shared.identity import EVERYWHERE, SYSTEM, Actor, Role, everywhere, passwords, tokens
from shared.identity.sessions import LIFETIME, InvalidSession, SessionReader, SessionSigner
from shared.settings import WrongSettings
from tests.web import key_files

NOW = datetime(2026, 3, 2, 9, 30, 15, 123456, tzinfo=UTC)


@pytest.fixture
def signer(tmp_path: Path) -> SessionSigner:
    return SessionSigner(key_files(tmp_path)[0])


@pytest.fixture
def reader(tmp_path: Path) -> SessionReader:
    return SessionReader(key_files(tmp_path)[1])


def test_a_session_says_who_and_since_when_to_the_microsecond(signer: SessionSigner, reader: SessionReader) -> None:
    user = new_id()
    session = reader.read(signer.sign(user, "editor", NOW), NOW)
    assert (session.user_id, session.role, session.issued_at) == (user, "editor", NOW)


def test_a_session_is_over_after_twelve_hours(signer: SessionSigner, reader: SessionReader) -> None:
    cookie = signer.sign(new_id(), "viewer", NOW)
    assert reader.read(cookie, NOW + LIFETIME - timedelta(seconds=1))
    with pytest.raises(InvalidSession):
        reader.read(cookie, NOW + LIFETIME)


def test_a_session_from_the_future_is_refused(signer: SessionSigner, reader: SessionReader) -> None:
    with pytest.raises(InvalidSession):
        reader.read(signer.sign(new_id(), "viewer", NOW + timedelta(hours=1)), NOW)


def test_a_session_whose_role_was_raised_by_its_owner_is_refused(signer: SessionSigner, reader: SessionReader) -> None:
    viewer = signer.sign(new_id(), "viewer", NOW).split(".")
    admin = signer.sign(new_id(), "admin", NOW).split(".")
    with pytest.raises(InvalidSession):
        reader.read(".".join([viewer[0], admin[1], viewer[2]]), NOW)


def test_a_session_signed_with_the_public_key_as_a_shared_secret_is_refused(
    tmp_path: Path, reader: SessionReader
) -> None:
    claims = {"sub": str(new_id()), "role": "admin", "iat": NOW.timestamp(), "exp": (NOW + LIFETIME).timestamp()}
    public = key_files(tmp_path)[1].read_bytes()
    padded = public.replace(b"-----", b"")  # the library refuses PEM as a secret, an attacker's would not
    forged = jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(padded))
    with pytest.raises(InvalidSession):
        reader.read(forged, NOW)


def test_a_session_without_a_signature_is_refused(signer: SessionSigner, reader: SessionReader) -> None:
    header, claims, _signature = signer.sign(new_id(), "admin", NOW).split(".")
    for unsigned in (f"{header}.{claims}.", f"eyJhbGciOiJub25lIn0.{claims}.", f"{header}.{claims}"):
        with pytest.raises(InvalidSession):
            reader.read(unsigned, NOW)


@given(st.text(max_size=300))
def test_any_text_as_a_cookie_is_a_session_or_refused_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, cookie: str
) -> None:
    with pytest.raises(InvalidSession):
        _shared_reader(tmp_path_factory).read(cookie, NOW)


def _shared_reader(folders: pytest.TempPathFactory) -> SessionReader:
    return SessionReader(key_files(folders.getbasetemp())[1])


def test_a_session_holds_nothing_but_who_which_role_and_when(signer: SessionSigner) -> None:
    claims = jwt.decode(signer.sign(new_id(), "viewer", NOW), signer._key, algorithms=["Ed25519"]).claims
    assert set(claims) == {"sub", "role", "iat", "exp"}


@pytest.mark.parametrize("content", [None, b"", b"not a key", b"-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----"])
def test_a_key_file_that_is_no_key_is_one_clear_line(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "key.pem"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(WrongSettings, match="REGISTAN_SESSION_PUBLIC_KEY_FILE"):
        SessionReader(file)


def test_a_service_that_is_given_the_private_key_by_mistake_does_not_start(tmp_path: Path) -> None:
    private, public = key_files(tmp_path)
    with pytest.raises(WrongSettings, match="public"):
        SessionReader(private)
    with pytest.raises(WrongSettings, match="private"):
        SessionSigner(public)


async def test_a_password_matches_its_hash_and_no_other() -> None:
    stored = await passwords.hash_of("correct horse battery")
    assert stored.startswith("$argon2id$")
    assert await passwords.matches("correct horse battery", stored)
    assert not await passwords.matches("correct horse batter", stored)


async def test_no_password_matches_where_there_is_no_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_NOBODYS", await passwords.hash_of("found out"))
    assert not await passwords.matches("found out", None)


def test_the_hash_that_stands_in_where_there_is_no_account_costs_as_much_as_one_made_today() -> None:
    assert not PasswordHasher().check_needs_rehash(passwords._NOBODYS)


async def test_a_password_is_hashed_even_where_there_is_no_account_so_that_time_tells_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Watched:
        compared: ClassVar[list[str]] = []

        def verify(self, stored: str, password: str) -> bool:
            self.compared.append(stored)
            return True

    monkeypatch.setattr(passwords, "_hasher", Watched())
    assert not await passwords.matches("anything", None)
    (stand_in,) = Watched.compared
    assert stand_in.split("$")[:4] == _real_hash().split("$")[:4]  # the same work as for a real account


def _real_hash() -> str:
    return PasswordHasher().hash("another")


@pytest.mark.parametrize("password", ["", "short", "eleven char", "x" * 257, "Someone@Example.org"])
def test_a_password_that_is_guessed_first_or_hashed_for_ever_is_refused(password: str) -> None:
    with pytest.raises(passwords.UnsuitablePassword):
        passwords.judge(password, email="someone@example.org")


def test_a_token_is_recognisable_and_not_derivable_from_what_is_stored() -> None:
    secret, other = tokens.new_token(), tokens.new_token()
    assert secret.startswith("rgt_")
    assert secret != other
    assert len(secret) == len("rgt_") + 43  # 256 bits in base64
    assert secret not in tokens.digest(secret)


def test_roles_form_a_ladder() -> None:
    editor = Actor(id=new_id(), kind="user", grants=everywhere("editor"))
    assert editor.may("viewer")
    assert editor.may("editor")
    assert not editor.may("admin")
    assert SYSTEM.may("admin")


KG = Grant(role="coordinator", programme="A", countries=("KG", "TJ"))


@pytest.mark.parametrize(
    ("grants", "needed", "programme", "countries", "may"),
    [
        (everywhere("editor"), "editor", "A", (), True),
        (everywhere("editor"), "admin", "A", (), False),
        ((Grant(role="admin", programme="A"),), "admin", "A", (), True),
        ((Grant(role="admin", programme="A"),), "viewer", "B", (), False),
        ((Grant(role="admin", programme="A"),), "admin", EVERYWHERE, (), False),
        (everywhere("admin"), "admin", EVERYWHERE, (), True),
        ((KG,), "viewer", "A", ("KZ",), True),
        ((KG,), "editor", "A", ("KG",), True),
        ((KG,), "editor", "A", ("KG", "TJ"), True),
        ((KG,), "editor", "A", ("KG", "KZ"), False),
        ((KG,), "editor", "A", (), False),
        ((KG,), "editor", "A", (None,), False),
        ((KG,), "editor", "B", ("KG",), False),
        ((KG,), "editor", None, ("KG",), False),
        ((KG,), "coordinator", None, (), True),
        ((KG,), "admin", "A", ("KG",), False),
        ((KG, Grant(role="editor", programme="B")), "editor", "B", ("KZ",), True),
        ((), "viewer", None, (), False),
    ],
)
def test_what_is_granted_holds_where_it_is_granted(
    grants: tuple[Grant, ...], needed: Role, programme: str | None, countries: tuple[str | None, ...], may: bool
) -> None:
    actor = Actor(id=new_id(), kind="user", grants=grants)
    assert actor.may(needed, programme=programme, countries=countries) is may


def test_who_has_grants_for_programmes_sees_those_and_no_others() -> None:
    actor = Actor(id=new_id(), kind="user", grants=(KG, Grant(role="viewer", programme="B")))
    assert actor.programmes == frozenset({"A", "B"})
    assert Actor(id=new_id(), kind="user", grants=everywhere("viewer")).programmes is None
