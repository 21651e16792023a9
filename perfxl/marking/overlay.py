"""Wrong cells lit where the form can't light them itself, and the lights taken out again without a trace.

A form lights its cells by conditional formats that look 校验结果 up.  Where a paste has taken these away, where the cell
holds an error value, or where the workbook has no 校验结果 of ours, each wrong cell gets one tagged rule of its own, over
two formats added to the styles.  The rule holds as long as the cell holds what was checked, so that a corrected cell
goes dark.

What is put into a part stands between two comments, the first of which keeps the bytes that stood there: taking it out
gives the part back as it was.  A program that has saved the file since drops comments; the rules are then found by
their tag, and two unused formats stay behind.

Format: ECMA-376 Part 1, §18.3.1.18 (conditionalFormatting), §18.3.1.10 (cfRule), §18.8.15 (dxfs).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from perfxl.intake.cells import CellError, CellValue, Uncomputed, joined_text
from perfxl.intake.grid import Workbook
from perfxl.issue import At, Severity, column_letters
from perfxl.marking.repack import Unsound
from perfxl.marking.spans import Span, prefix_of, spans

_NAME: Final = b"perfxl.overlay"
_PATCH: Final = re.compile(rb"<!--perfxl\.overlay ([A-Za-z0-9+/=]*)-->.*?<!--perfxl\.overlay end-->", re.DOTALL)
_END: Final = b"<!--perfxl.overlay end-->"
# The template's own colours (perfxl.template.styles): text, fill.
_COLOURS: Final = {Severity.ERROR: (b"9C0006", b"FFC7CE"), Severity.WARNING: (b"7F4F00", b"FFE4B5")}
_LITERAL_CHARACTERS: Final = 200  # Excel takes 255 in a text of a formula
# Children that stand before ours in CT_Worksheet and CT_Stylesheet.
_BEFORE_FORMATS: Final = frozenset(
    "sheetPr dimension sheetViews sheetFormatPr cols sheetData sheetCalcPr sheetProtection protectedRanges scenarios "
    "autoFilter sortState dataConsolidate customSheetViews mergeCells phoneticPr".split()
)
_BEFORE_DXFS: Final = frozenset("numFmts fonts fills borders cellStyleXfs cellXfs cellStyles".split())
_COUNT: Final = re.compile(rb"""(\scount\s*=\s*)(?:"[^"]*"|'[^']*')""")


@dataclass(frozen=True, slots=True)
class Light:
    """A cell to light: where, how grave, and the cells that must still hold what they hold now (row, column)."""

    at: At
    severity: Severity
    watched: tuple[tuple[int, int], ...]


def overlaid(book: Workbook, lights: Iterable[Light]) -> dict[str, bytes]:
    """The parts that change so that these cells are lit by the overlay, and no others: name → content.

    Raises:
        Unsound: a part that must change can't be cut, or the workbook has no styles.
    """
    gravest: dict[At, Light] = {}
    for light in lights:
        if light.at not in gravest or light.severity.rank < gravest[light.at].severity.rank:
            gravest[light.at] = light
    styles = next(iter(book.package.related(book.package.workbook_part, "styles")), None)
    if gravest and (styles is None or styles not in book.package):
        raise Unsound("no styles")
    changed: dict[str, bytes] = {}
    first = 0
    if styles is not None and styles in book.package:
        before = book.package.read(styles)
        plain = without_overlay(before)
        changed[styles], first = _with_formats(plain) if gravest else (plain, 0)
    for sheet in book.sheets:
        own = sorted((light for light in gravest.values() if light.at.sheet == sheet.name), key=lambda light: light.at)
        plain = without_overlay(book.package.read(sheet.part))
        changed[sheet.part] = _with_rules(plain, [(light, _rule(light, book)) for light in own], first)
    return {part: content for part, content in changed.items() if content != book.package.read(part)}


def without_overlay(part: bytes) -> bytes:
    """The part as it was before anything was put in; by the tag alone, where the comments are gone."""
    if _NAME not in part:
        return part
    part = _PATCH.sub(_restored, part)
    return _without_tagged(part) if _NAME in part else part


# -- what is put in


def _rule(light: Light, book: Workbook) -> str:
    """The condition: the tag, and that the cells watched are unchanged."""
    grid = book.grid(light.at.sheet)
    places = [grid.anchor(row, column) for row, column in light.watched]
    references = [f"INDEX(${column_letters(column)}:${column_letters(column)},{row})" for row, column in places]
    same = _unchanged('&"|"&'.join(references), [grid.cells.get(place) for place in places])
    return f'AND(LEN("{_NAME.decode()}")>0{same})'


def _unchanged(joined: str, values: Sequence[CellValue]) -> str:
    if any(isinstance(value, CellError) for value in values):
        return f",ISERROR({joined})"
    if any(isinstance(value, Uncomputed) for value in values):
        return ""  # nobody knows what it will show
    text = "|".join(map(joined_text, values))
    if len(text) <= _LITERAL_CHARACTERS and text.isprintable() and "_x" not in text:
        literal = text.replace('"', '""')
        return f',EXACT({joined}&"","{literal}")'
    # Programs count a character outside the first plane as one or as two.
    return f",LEN({joined})=" + str(len(text)) if max(text) <= "\uffff" else f",LEN({joined})>0"


def _with_rules(part: bytes, rules: Sequence[tuple[Light, str]], first: int) -> bytes:
    """The part of a sheet with a rule a cell; the formats stand from index ``first`` on, error then warning."""
    if not rules:
        return part
    found = spans(part, {"cfRule"})
    x = prefix_of(part, found[0])
    # After all others: a rule of the form itself that holds has lit the cell already.
    stated = [span.attributes.get("priority", "") for span in found if span.name == "cfRule"]
    priority = max((int(text) for text in stated if text.isascii() and text.isdigit()), default=0)
    elements = []
    for number, (light, formula) in enumerate(rules, priority + 1):
        condition = formula.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").encode()
        style = first + list(_COLOURS).index(light.severity)
        elements.append(
            b'<%sconditionalFormatting sqref="%s"><%scfRule type="expression" dxfId="%d" priority="%d"><%sformula>%s'
            b"</%sformula></%scfRule></%sconditionalFormatting>"
            % (x, light.at.a1.encode(), x, style, number, x, condition, x, x, x)
        )
    return _patched(part, [(_after(found, _BEFORE_FORMATS), b"".join(elements))])


def _with_formats(part: bytes) -> tuple[bytes, int]:
    """The styles with a differential format for each of :data:`_COLOURS` at the end; the index of the first."""
    found = spans(part, {"dxf"})
    x = prefix_of(part, found[0])
    ours = b"".join(
        b'<%sdxf><%sfont><%scolor rgb="FF%s"/></%sfont><%sfill><%spatternFill><%sbgColor rgb="FF%s"/></%spatternFill>'
        b"</%sfill></%sdxf>" % (x, x, x, text, x, x, x, x, fill, x, x, x)
        for text, fill in _COLOURS.values()
    )
    inside = next((span for span in found if span.name == "dxfs" and span.depth == 2), None)
    here = 0 if inside is None else sum(span.name == "dxf" and inside.start < span.start < inside.end for span in found)
    count = here + len(_COLOURS)
    if inside is None or inside.opened == inside.end:
        element = b'<%sdxfs count="%d">%s</%sdxfs>' % (x, count, ours, x)
        place = _after(found, _BEFORE_DXFS) if inside is None else (inside.start, inside.end)
        return _patched(part, [(place, element)]), here
    opening = _COUNT.sub(b'\\g<1>"%d"' % count, part[inside.start : inside.opened])
    places = [((inside.start, inside.opened), opening), ((inside.closing, inside.closing), ours)]
    return _patched(part, places), here


def _after(found: Sequence[Span], names: frozenset[str]) -> tuple[int, int]:
    """The place behind those children of the root that must come first."""
    before = [span.end for span in found if span.depth == 2 and span.name in names]
    place = max(before, default=found[0].opened)
    return place, place


def _patched(part: bytes, changes: Sequence[tuple[tuple[int, int], bytes]]) -> bytes:
    """The part with these bytes in place of others, each kept beside what replaces them."""
    pieces, position = [], 0
    for (start, end), content in changes:
        kept = base64.b64encode(part[start:end])
        pieces += [part[position:start], b"<!--%s %s-->" % (_NAME, kept), content, _END]
        position = end
    return b"".join([*pieces, part[position:]])


# -- what is taken out


def _restored(match: re.Match[bytes]) -> bytes:
    try:
        return base64.b64decode(match[1], validate=True)
    except ValueError:
        return match[0]


def _without_tagged(part: bytes) -> bytes:
    """The part without rules that bear the tag; a list of rules that is then empty goes as a whole."""
    found = spans(part, {"conditionalFormatting", "cfRule"})
    lists = [span for span in found if span.name == "conditionalFormatting"]
    gone: list[tuple[int, int]] = []
    for whole in lists:
        rules = [span for span in found if span.name == "cfRule" and whole.start < span.start < whole.end]
        ours = [rule for rule in rules if _NAME in part[rule.start : rule.end]]
        gone += [(whole.start, whole.end)] if ours and len(ours) == len(rules) else [(r.start, r.end) for r in ours]
    for start, end in reversed(gone):
        part = part[:start] + part[end:]
    return part
