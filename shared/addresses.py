"""E-mail addresses as people write them: one reading for every door, one key for a person, one form for a mail server.

An address is copied out of mail programs, tables and messengers, with what clings to it there: invisible characters,
`mailto:`, quotation marks, a comma. What cannot mean anything else is cleaned; all else is refused with a sentence.
What an address may look like (RFC 5321, 6531, IDNA 2008) is decided by a library, without asking the network.
"""

import re
import unicodedata
from typing import Annotated

from email_validator import EmailNotValidError, EmailSyntaxError, ValidatedEmail, validate_email
from pydantic import AfterValidator, StringConstraints

from shared.errors import DomainError

LONGEST = 254  # RFC 5321 §4.5.3.1.3, without the angle brackets


class NotAnAddress(DomainError, ValueError):
    """This is not an e-mail address: write one like name@example.org."""

    slug = "not-an-address"


class SeveralAddresses(NotAnAddress):
    """These are several e-mail addresses: write one of them."""


class WrongMailboxName(NotAnAddress):
    """Before the @ stands something that no mailbox is called: look for a dot too many, a quotation mark, a space."""


class WrongDomain(NotAnAddress):
    """After the @ stands something that no mail server is called: look for a dot too many, a missing dot, a space."""


class MixedAlphabets(NotAnAddress):
    """This address has letters of two alphabets in one word, and some only look alike: type it in one alphabet."""


def read(text: str) -> str:
    """An address as it is kept: nothing around it, the domain in the letters that people read (`имя@кыргыз.рф`).

    Raises:
        NotAnAddress: it is none, or could mean more than one; a `ValueError` whose sentence says what to do.
    """
    return _validated(_cleaned(text)).normalized


def key_of(address: str) -> str:
    """What two spellings of one address have in common: capitals do not matter, nor in which form the domain stands."""
    try:
        found = _validated(_cleaned(address))
    except NotAnAddress:  # kept since before addresses were read as they are today
        return address.strip().casefold()
    return f"{found.local_part}@{found.ascii_domain}".casefold()


def for_mail_servers(address: str) -> str:
    """The address for an envelope and for headers: an internationalised domain in its `xn--` form (RFC 5891).

    Raises:
        NotAnAddress: no mail server could be asked to take a mail for it.
    """
    found = _validated(_cleaned(address))
    return f"{found.local_part}@{found.ascii_domain}"


def _cleaned(text: str) -> str:
    """The text without what clings to an address when it is copied."""
    visible = "".join(character for character in text if not _is_invisible(character))
    while (bare := _AROUND.sub("", _MAILTO.sub(r"\1", visible))) != visible:
        visible = bare
    return visible


def _is_invisible(character: str) -> bool:
    """What is not seen and says nothing. The two joiners can be part of a domain; the library knows where."""
    if character in "\u200c\u200d":
        return False
    return unicodedata.category(character) == "Cf" or character in _INVISIBLE_LETTERS


_INVISIBLE_LETTERS = "\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0" + "".join(map(chr, range(0xFE00, 0xFE10)))
_QUOTES = "'\"`´‘’‚‛“”„‟«»‹›"
_AROUND = re.compile(rf"^[\s{_QUOTES}<(\[]+|[\s{_QUOTES}>)\].,;:]+$")
_MAILTO = re.compile(r"^mailto:([^?]*)(?:\?.*)?$", re.IGNORECASE | re.DOTALL)
_SEVERAL = re.compile(r"@[^@]*[\s,;/|<>][^@]*@")


def _validated(address: str) -> ValidatedEmail:
    if len(address) > LONGEST or address.count("@") != 1:
        raise SeveralAddresses if _SEVERAL.search(address) else NotAnAddress
    mailbox, _, domain = address.partition("@")
    if not mailbox or not domain:
        raise NotAnAddress
    if mailbox[-1] in _QUOTES:  # the half of a pair: what was meant is not ours to guess
        raise WrongMailboxName
    if any(len(_alphabets(word)) > 1 for word in (mailbox, *domain.split("."))):
        raise MixedAlphabets
    try:
        validate_email(f"name@{domain}", check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise WrongDomain from None
    try:
        return validate_email(address, check_deliverability=False, test_environment=True, strict=True)
    except EmailSyntaxError:
        raise WrongMailboxName from None


def _alphabets(word: str) -> set[str]:
    """Which of the alphabets that look alike a word is written in."""
    names = (unicodedata.name(letter, "").partition(" ")[0] for letter in word if letter.isalpha())
    return {"LATIN", "CYRILLIC", "GREEK"}.intersection(names)


EmailAddress = Annotated[str, StringConstraints(max_length=1000), AfterValidator(read)]
"""An address as a field of a command: what is typed is read, and what is kept is what was read."""
