"""Text as people see it: comparing what they type, laying it out, writing numbers for them.

The text as typed is never changed by any of this.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from functools import lru_cache

# str.strip() knows U+3000 and U+00A0 but none of these, which Word and WeChat leave behind.
INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"
# The block of Chinese characters that forms are written in (CJK Unified Ideographs).
FIRST_HANZI, LAST_HANZI = "\u4e00", "\u9fff"
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
# Longer texts hardly come twice.
_SHORT = 40


def is_hanzi(char: str) -> bool:
    """The character is a Chinese one; "" is none."""
    return FIRST_HANZI <= char <= LAST_HANZI


def tidy(text: str) -> str:
    """The text without white space and invisible characters at its ends."""
    while True:
        shorter = text.strip().strip(INVISIBLE)
        if shorter == text:
            return text
        text = shorter


def squeeze(text: str) -> str:
    """The text for comparing: NFKC, without any white space or invisible character."""
    return _squeezed(text) if len(text) > _SHORT else _squeezed_short(text)


def _squeezed(text: str) -> str:
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    for char in INVISIBLE:
        plain = plain.replace(char, "")
    # What has gone may have kept a letter from the accent behind it.
    return plain if unicodedata.is_normalized("NFKC", plain) else _squeezed(plain)


# Labels, terms and units are compared in every form.
_squeezed_short = lru_cache(maxsize=4096)(_squeezed)


def printable(text: str) -> str:
    """The text as a part of an Office file can hold it: what XML has no place for is shown as ``\\u000B``."""
    return _NOT_XML.sub(lambda match: f"\\u{ord(match[0]):04X}", text.replace("\r\n", "\n").replace("\r", "\n"))


def encodable(text: str) -> str:
    """The text with ``?`` for half of a surrogate pair, which a damaged file can hold and which has no UTF-8."""
    return text.encode("utf-8", "replace").decode("utf-8")


class _Wide(dict[int, str | None]):
    """For :meth:`str.translate`: keeps the characters that take two columns, drops all others."""

    def __missing__(self, code: int) -> str | None:
        kept = chr(code) if unicodedata.east_asian_width(chr(code)) in "WFA" else None
        self[code] = kept
        return kept


_WIDE = _Wide()


def display_width(text: str) -> int:
    """Columns that the text takes on screen: 2 for each wide (CJK) character, 1 for any other."""
    return len(text) if text.isascii() else len(text) + len(text.translate(_WIDE))


def lines_needed(text: str, width: float) -> int:
    """Lines that the text takes when wrapped in a cell ``width`` characters wide (at least 1)."""
    room = max(int(width) - 2, 2)  # a cell keeps about two characters for its indent and padding
    return sum(_rows(line, room) for line in text.split("\n"))


def _rows(line: str, room: int) -> int:
    """Lines that one paragraph takes; a wide character that doesn't fit leaves the last column empty."""
    width = display_width(line)
    # At most one column of each line stays empty: mostly that settles it without looking at every character.
    least, most = -(-width // room), -(-width // (room - 1))
    if least == most:
        return max(least, 1)
    rows, used = 1, 0
    for char in line:
        taken = 2 if _WIDE[ord(char)] else 1
        if used + taken > room:
            rows, used = rows + 1, 0
        used += taken
    return rows


def plain(number: Decimal) -> str:
    """A number without exponent and without noughts at its end."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def money(amount: Decimal) -> str:
    """An amount with two decimals, or with more where it has more."""
    text = plain(amount)
    decimals = len(text.partition(".")[2])
    return text if decimals >= 2 else f"{amount:.2f}"
