"""Headers of a mail as bytes on their way: what is written is what arrives, in any mixture of scripts.

The standard library folds a header while it encodes it, and in some versions loses or adds spaces between words of
different scripts. So a text that is not plain is encoded whole, spaces included, into encoded-words (RFC 2047 §2), cut
between characters; a reader joins them without looking at what is between.
"""

import unicodedata
from base64 import b64encode
from email.message import EmailMessage

_LONGEST = 39  # bytes of text in an encoded-word: with the longest of our headers' names the line stays below 76
_SAFE = 60  # characters of a plain text that need no folding


def add_text(message: EmailMessage, name: str, text: str) -> None:
    """A header with a text, `Subject`."""
    message.set_raw(name, _encoded(_one_line(text)))


def add_mailbox(message: EmailMessage, name: str, display_name: str, address: str) -> None:
    """A header with a person's or an office's address; a name goes before it."""
    words = _encoded(_one_line(display_name), quoted=True)
    message.set_raw(name, f"{words}\r\n <{address}>" if words else address)


def _one_line(text: str) -> str:
    """The text without control characters, its words one space apart."""
    return " ".join("".join(" " if unicodedata.category(each) == "Cc" else each for each in text).split())


def _encoded(text: str, *, quoted: bool = False) -> str:
    if text.isascii() and len(text) <= _SAFE and "=?" not in text:
        return '"{}"'.format(text.replace("\\", "\\\\").replace('"', '\\"')) if quoted and text else text
    return "\r\n ".join(f"=?utf-8?b?{b64encode(piece).decode()}?=" for piece in _pieces(text))


def _pieces(text: str) -> list[bytes]:
    pieces = [b""]
    for character in text:
        encoded = character.encode("utf-8", "replace")
        if len(pieces[-1]) + len(encoded) > _LONGEST:
            pieces.append(b"")
        pieces[-1] += encoded
    return pieces
