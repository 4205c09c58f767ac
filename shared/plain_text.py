"""Text as it is kept: one spelling of each letter, and no character that a person cannot see.

What macOS writes as й in two characters is the й of everybody else, and a space of no width copied from a web page
must not make another word, another heading or another code of what looks the same.
"""

import re
import unicodedata

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\uffff"
    "\U000e0000-\U000e007f]|[\ufe00-\ufe0f]|(?<![\u0600-\u0dff\u0e00-\u0fff\U0001f000-\U0001faff])[\u200c\u200d]"
)
_SPACES = re.compile(r"[^\S\n]+")


def visible_text(text: str) -> str:
    """The text in NFC without invisible characters; line ends and spaces stay."""
    if text.isascii():
        return text.replace("\x00", "")
    return _INVISIBLE.sub("", unicodedata.normalize("NFC", text)).replace("\x00", "")


def plain_text(text: str) -> str:
    """The text on one line: NFC, nothing invisible, single spaces."""
    return " ".join(visible_text(text).split())
