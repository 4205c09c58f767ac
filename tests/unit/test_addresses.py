"""E-mail addresses as people paste them: what is cleaned, refused (with a sentence), and the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from shared import addresses
from shared.addresses import (
    EmailAddress,
    MixedAlphabets,
    NotAnAddress,
    SeveralAddresses,
    WrongDomain,
    WrongMailboxName,
)

PLAIN = "sample.person@example.org"


@pytest.mark.parametrize(
    "written",
    [
        "sample.person@example.org\u200b",
        "\ufeffsample.person@example.org",
        "sample\u00ad.person@example.org",
        "sample.\u200eperson@exam\u2060ple.org",
        "\u202asample.person@example.org\u202c",
        "\u00a0 sample.person@example.org\t\n",
        "'sample.person@example.org'",
        "'sample.person@example.org",
        "«sample.person@example.org»",
        "<sample.person@example.org>;",
        "(sample.person@example.org)",
        "mailto:sample.person@example.org",
        "<MAILTO:sample.person@example.org?subject=Hello>",
        "sample.person@EXAMPLE.org.",
        "sample.person@example。org",
    ],
)
def test_what_clings_to_an_address_is_taken_away(written: str) -> None:
    assert addresses.read(written) == PLAIN


@pytest.mark.parametrize(
    ("written", "error"),
    [
        ("", NotAnAddress),
        ("nobody", NotAnAddress),
        ("@example.org", NotAnAddress),
        ("a@@example.org", NotAnAddress),
        ("x" * 300 + "@example.org", NotAnAddress),
        ("a@example.org, b@example.org", SeveralAddresses),
        ("a@example.org / b@example.org", SeveralAddresses),
        ("a@example.org\r\nBcc: b@example.org", SeveralAddresses),
        (".a@example.org", WrongMailboxName),
        ("a.@example.org", WrongMailboxName),
        ("a..b@example.org", WrongMailboxName),
        ("team:a@example.org", WrongMailboxName),
        ('y"22@example.org', WrongMailboxName),
        ("'a'@example.org", WrongMailboxName),
        ('"a b"@example.org', WrongMailboxName),
        ("a(comment)@example.org", WrongMailboxName),
        ("Sample Person <a@example.org>", WrongMailboxName),
        ("a\x00@example.org", WrongMailboxName),
        ("x" * 65 + "@example.org", WrongMailboxName),
        ("a@example", WrongDomain),
        ("a@localhost", WrongDomain),
        ("a@example..org", WrongDomain),
        ("a@-example.org", WrongDomain),
        ("a@.example.org", WrongDomain),
        ("a@exam ple.org", WrongDomain),
        ("a@[192.0.2.1]", WrongDomain),
        ("a@192.0.2.1", WrongDomain),
        ("a@exam_ple.org", WrongDomain),
        ("\u0430nna@example.org", MixedAlphabets),
        ("anna@ex\u0430mple.org", MixedAlphabets),
    ],
)
def test_what_cannot_be_an_address_is_refused_with_its_sentence(written: str, error: type[NotAnAddress]) -> None:
    with pytest.raises(error) as refusal:
        addresses.read(written)
    assert type(refusal.value) is error


def test_a_domain_in_its_two_forms_is_one_person_and_goes_out_in_the_one_that_servers_know() -> None:
    readable, encoded = "Office@кыргыз.рф", "office@XN--C1AIHY8CC.xn--p1ai"
    assert addresses.read(encoded) == "office@кыргыз.рф"
    assert addresses.key_of(readable) == addresses.key_of(encoded) == "office@xn--c1aihy8cc.xn--p1ai"
    assert addresses.for_mail_servers(readable) == "Office@xn--c1aihy8cc.xn--p1ai"


def test_a_mailbox_in_another_alphabet_is_an_address() -> None:
    assert addresses.for_mail_servers("имя@кыргыз.рф") == "имя@xn--c1aihy8cc.xn--p1ai"


def test_an_address_kept_from_before_has_a_key_though_it_would_be_refused_today() -> None:
    assert addresses.key_of(" Team:Y@Example.org ") == "team:y@example.org"


def test_a_field_keeps_what_was_read_and_says_the_sentence_of_what_it_refuses() -> None:
    field: TypeAdapter[str] = TypeAdapter(EmailAddress)
    assert field.validate_python("mailto:sample.person@example.org") == PLAIN
    with pytest.raises(ValidationError) as refusal:
        field.validate_python("a@example..org")
    assert WrongDomain.title() in str(refusal.value)


_PIECES = st.sampled_from(
    [*"aBя.-+_'\"@:,;<>() \u200b\u00ad\u00a0\n", "example.org", "кыргыз.рф", "mailto:", "ö", "１"]
)


@given(st.lists(_PIECES, max_size=12).map("".join) | st.text(max_size=40))
def test_whatever_is_typed_is_refused_or_read_the_same_the_second_time(written: str) -> None:
    try:
        found = addresses.read(written)
    except NotAnAddress:
        addresses.key_of(written)
        return
    assert addresses.read(found) == found
    assert addresses.key_of(found) == addresses.key_of(written) == addresses.key_of(found.upper().swapcase())
    assert addresses.for_mail_servers(found).rpartition("@")[2].isascii()
    assert not any(character.isspace() for character in found)
