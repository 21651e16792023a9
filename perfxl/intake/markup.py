"""How texts and counts are written in the parts of a workbook, whichever way a part is read."""

from __future__ import annotations

import re
from typing import Final

_ESCAPE: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")
_ENTITY: Final = re.compile(r"&(?:(amp|lt|gt|quot|apos)|#([0-9]{1,7})|#x([0-9A-Fa-f]{1,6}));|&")
_NAMED: Final = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_NO_CHARACTER: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def count(text: str) -> int | None:
    """A number of the file's own book-keeping (index, row), None if it is none; int() would take ``1_0`` and ``١``."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None


def unescape(text: str) -> str:
    """Text with ``_x000D_`` escapes resolved (ECMA-376 Part 1 §22.9.2.19, ST_Xstring)."""
    if "_x" not in text:
        return text
    text = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    # Two escapes may be the halves of one character; half a character alone can't be written anywhere.
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def checked(raw: bytes) -> str:
    """Bytes of a part as text: only characters that XML knows, line ends normalised (XML 1.0 §2.2, §2.11).

    Raises:
        ValueError: a parser would refuse them.
    """
    text = raw.decode("utf-8")
    if "]]>" in text or (not text.isprintable() and _NO_CHARACTER.search(text)):
        raise ValueError
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def resolved(text: str) -> str:
    """What a program has written as that text between two tags: references and escapes resolved (XML 1.0 §4.1).

    Raises:
        ValueError: a parser would refuse it.
    """
    return unescape(_ENTITY.sub(_reference, text) if "&" in text else text)


def _reference(match: re.Match[str]) -> str:
    if match[1]:
        return _NAMED[match[1]]
    digits = match[2] or match[3]
    if not digits:
        raise ValueError
    char = chr(int(digits, 10 if match[2] else 16))
    if _NO_CHARACTER.search(char):
        raise ValueError
    return char


class TextCollector:
    """Collects the text of chosen elements: rich runs joined, phonetic guides left out."""

    __slots__ = ("_parts", "taking", "_muted", "seen")

    def __init__(self) -> None:
        self._parts: list[str] = []
        self.taking = self._muted = self.seen = False

    def clear(self, _: object = None) -> None:
        self._parts.clear()
        self.taking = self._muted = self.seen = False

    def on(self, _: object = None) -> None:
        self.taking = not self._muted
        self.seen = True

    def off(self) -> None:
        self.taking = False

    def mute(self, _: object = None) -> None:
        self._muted = True

    def unmute(self) -> None:
        self._muted = False

    def add(self, data: str) -> None:
        if self.taking:
            self._parts.append(data)

    def take(self) -> str:
        """The text collected, white space kept with or without ``xml:space``: dropping it can't be undone."""
        return unescape("".join(self._parts))
