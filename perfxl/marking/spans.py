"""Where elements stand in an XML part, as byte offsets: what is cut out or put in leaves every other byte alone.

Only UTF-8 is cut: in other encodings the parser's offsets are not those of the file's characters.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from xml.parsers import expat

from perfxl.intake.package import MAIN
from perfxl.marking.repack import Unsound

TAG: Final = re.compile(rb"""<([^\s/>]+)((?:[^>"']|"[^"]*"|'[^']*')*?)/?>""")


@dataclass(slots=True)
class Span:
    """One element: local name, attributes, depth (1 = the root), and where it stands.

    The start tag ends at ``opened``; the end tag begins at ``closing`` and ends at ``end``.  All three are the same
    place for an empty element (``<a/>``).
    """

    name: str
    attributes: dict[str, str]
    depth: int
    start: int
    opened: int = 0
    closing: int = 0
    end: int = 0


def spans(part: bytes, names: Collection[str] = ()) -> list[Span]:
    """The root, its children, and all spreadsheet elements of those names, in the order of the part.

    Raises:
        Unsound: the part is malformed, or no UTF-8.
    """
    found: list[Span] = []
    open_: list[Span | None] = []
    qualified = {f"{space} {name}" for space in MAIN for name in names}
    parser = expat.ParserCreate(namespace_separator=" ")

    def starts(name: str, attributes: dict[str, str]) -> None:
        span = None
        if len(open_) < 2 or name in qualified:
            span = Span(name.rpartition(" ")[2], attributes, len(open_) + 1, parser.CurrentByteIndex)
            found.append(span)
        open_.append(span)

    def ends(_name: str) -> None:
        span = open_.pop()
        if span is None:
            return
        tag = TAG.match(part, span.start)
        if tag is None:
            raise Unsound("no element where the parser saw one")
        span.opened = span.closing = span.end = tag.end()
        if not tag[0].endswith(b"/>"):  # of an empty element the parser names no place of an end tag
            span.closing = parser.CurrentByteIndex
            span.end = part.index(b">", span.closing) + 1

    parser.XmlDeclHandler, parser.StartElementHandler, parser.EndElementHandler = _declared, starts, ends
    parser.StartDoctypeDeclHandler = _refuse_dtd
    if part[:2] in (b"\xfe\xff", b"\xff\xfe"):
        raise Unsound("no UTF-8")
    try:
        parser.Parse(part, True)
    except expat.ExpatError:
        raise Unsound("malformed") from None
    return found


def _refuse_dtd(*_: object) -> None:
    raise Unsound("a DTD")


def _declared(_version: str, encoding: str | None, _standalone: int) -> None:
    if (encoding or "utf-8").lower() not in ("utf-8", "us-ascii"):
        raise Unsound("no UTF-8")


def prefix_of(part: bytes, span: Span) -> bytes:
    """What stands before the element's name: ``x:`` or nothing."""
    tag = TAG.match(part, span.start)
    name = tag[1] if tag is not None else b""
    return name[: name.rfind(b":") + 1]
