"""Text as people see it: comparing what they type, laying it out, writing numbers for them.

The text as typed is never changed by any of this.
"""

from __future__ import annotations

import unicodedata
from decimal import Decimal

# str.strip() knows U+3000 and U+00A0 but none of these, which Word and WeChat leave behind.
INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"


def tidy(text: str) -> str:
    """The text without white space and invisible characters at its ends."""
    while True:
        shorter = text.strip().strip(INVISIBLE)
        if shorter == text:
            return text
        text = shorter


def squeeze(text: str) -> str:
    """The text for comparing: NFKC, without any white space or invisible character."""
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    for char in INVISIBLE:
        plain = plain.replace(char, "")
    # What has gone may have kept a letter from the accent behind it.
    return plain if unicodedata.is_normalized("NFKC", plain) else squeeze(plain)


def display_width(text: str) -> int:
    """Columns that the text takes on screen: 2 for each wide (CJK) character, 1 for any other."""
    return sum(2 if unicodedata.east_asian_width(ch) in "WFA" else 1 for ch in text)


def lines_needed(text: str, width: float) -> int:
    """Lines that the text takes when wrapped in a cell ``width`` characters wide (at least 1)."""
    room = max(int(width) - 2, 2)  # a cell keeps about two characters for its indent and padding
    return sum(_rows(line, room) for line in text.split("\n"))


def _rows(line: str, room: int) -> int:
    """Lines that one paragraph takes; a wide character that doesn't fit leaves the last column empty."""
    rows, used = 1, 0
    for char in line:
        taken = display_width(char)
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
