"""What a ledger held when perfxl wrote it, kept in the ledger itself, so that hand edits can be told afterwards.

Two seals.  A string in the defined name :data:`DIGEST_NAME`: of every table its number of rows and a digest that does
not mind their order.  And a very hidden sheet, :data:`SEAL_SHEET`: of every project a few digits a cell, so that an edit
can be named by project and heading, and a few of every text on the pages that stand before the tables.  People's columns
are in neither: to fill them in is no edit.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache
from hashlib import blake2b
from typing import Final
from unicodedata import normalize

from perfxl.ledger.gathering.cells import cell_text
from perfxl.ledger.model import project_identity
from perfxl.ledger.tables import PROJECTS, SOURCES, Column, Table

DIGEST_NAME: Final = "perfxl_摘要"
SEAL_SHEET: Final = "perfxl_校验"
# A string constant of a formula holds 255 characters; digits a cell, digits a text, digits a table.
_PRINT, _TEXT_PRINT, _DIGITS = 4, 12, 12
_NUMERIC: Final = {"count", "money", "number", "year"}
_NUMBER: Final = re.compile(r"[+-]?\d{1,100}(?:\.\d{1,100})?", re.ASCII)
# Where the workbook says that something had to be shortened, it says so in this column, behind the reason itself.
_ADDED_TO_REASON: Final = re.compile("；?有内容超过单元格上限.*", re.DOTALL)
_NAMED: Final = 3
#: Column of the hidden sheet, counted from 0, with the digits of the texts; the first four hold the lines.
TEXT_COLUMN: Final = 4

Line = tuple[str, str, str, str]
# Where a project's row has 单位编码, 项目编码 and 项目名称.
_NAMES_AT: Final = tuple(
    [column.name for column in PROJECTS.columns].index(name) for name in ("unit_code", "project_code", "project")
)


@dataclass(frozen=True, slots=True)
class TableDigest:
    """How many rows a table has, and the sum of what :func:`row_digest` makes of them."""

    count: int
    total: int

    @classmethod
    def of(cls, table: Table, rows: Iterable[Sequence[str]]) -> TableDigest:
        """Of rows as texts (:mod:`perfxl.ledger.gathering.packing`)."""
        digests = [row_digest(table, row) for row in rows]
        return cls(len(digests), sum(digests))

    def __str__(self) -> str:
        return f"{self.count} {self.total % 2 ** (4 * _DIGITS):0{_DIGITS}x}"


def digest(tables: Iterable[tuple[Table, TableDigest]]) -> str:
    """The tables in a few words: ``项目台账 9 3fa9…；指标明细 80 …``; those without rows are left out.

    The order of rows and columns, people's columns and 序号 do not matter.  It is the same for rows as they were made
    and as they are read back from a workbook.
    """
    return "；".join(f"{table.title} {of_rows}" for table, of_rows in tables if of_rows.count)


def seal_heading() -> Line:
    """The first line of the hidden sheet."""
    return "单位编码", "项目编码", "项目名称", "、".join(column.heading for _, column in _sealed(PROJECTS))


def seal_line(project: Sequence[str]) -> Line:
    """A project's line in the hidden sheet: 单位编码, 项目编码, 项目名称, digits of each cell.

    Args:
        project: its row as texts (:mod:`perfxl.ledger.gathering.packing`).
    """
    prints = "".join(_cell_print(column, project[place]) for place, column in _sealed(PROJECTS))
    unit, code, name = (cell_text(project[place])[0] for place in _NAMES_AT)
    return unit, code, name, prints


def text_print(text: str) -> str:
    """The digits of a text on 总览 or 汇总; white space does not matter."""
    return blake2b(_squeezed(text).encode("utf-8", "replace"), digest_size=_TEXT_PRINT // 2).hexdigest()


def as_number(text: str) -> Decimal | None:
    """The number that a text is, also in full-width digits or with thousands separated; None for any other text."""
    tidy = normalize("NFKC", text).strip().replace(",", "")
    return Decimal(tidy) if _NUMBER.fullmatch(tidy) else None


def differences(
    written: str,
    lines: Sequence[Line],
    tables: Iterable[tuple[Table, Sequence[Sequence[str]]]],
    skipped: frozenset[str],
) -> list[str]:
    """What is not as it was written, in Chinese, a line each kind; tables whose title is in ``skipped`` are left out.

    Args:
        written: what :func:`digest` gave then.
        lines: the hidden sheet's, headings first; empty where they are gone.
        tables: with their rows as texts (:mod:`perfxl.ledger.gathering.packing`).
    """
    before = _parsed(written)
    told: list[str] = []
    for table, rows in tables:
        count, then = before.get(table.title, (0, ""))
        if table.title in skipped or (not count and not rows):
            continue
        if str(TableDigest.of(table, rows)) == f"{count} {then}":
            continue
        detail = _project_edits(lines, rows) if table.title == PROJECTS.title and lines else []
        if detail:
            told += detail
        elif count != len(rows):
            told.append(f"{table.title}：写出时 {count} 行，现在 {len(rows)} 行")
        else:
            told.append(f"{table.title}：有内容被改动")
    return told


def listed(items: Sequence[str], word: str) -> str:
    """The first few by name, the others counted: ``甲、乙、丙等 5 处``."""
    rest = f"等 {len(items)} {word}" if len(items) > _NAMED else ""
    return "、".join(items[:_NAMED]) + rest


@cache
def _sealed(table: Table) -> tuple[tuple[int, Column], ...]:
    """The columns that are sealed, with their positions."""
    # 序号 is the row's position, which sorting and renumbering change, and no content.
    return tuple(
        (place, column) for place, column in enumerate(table.columns) if not column.people and column.heading != "序号"
    )


def _token(column: Column, text: str) -> str:
    """The value as a workbook gives it back, whoever has saved it since; white space is left out."""
    if column.kind in _NUMERIC:
        return _figure(text) if text else ""
    return _squeezed(_ADDED_TO_REASON.sub("", text) if column.name == "reason" else text)


def _figure(text: str) -> str:
    """A number's text without noughts at its end."""
    short = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if short in ("", "-", "-0") else short


@lru_cache(maxsize=4_096)
def _squeezed(text: str) -> str:
    return "".join(cell_text(text)[0].split())


def row_digest(table: Table, row: Sequence[str], *, plain: bool = False) -> int:
    """What a row, as texts (:mod:`perfxl.ledger.gathering.packing`), adds to its table's digest.

    ``plain``: no text in it must be changed to stand in a cell.
    """
    content = _plain_content(table, row) if plain else ""
    # Blank cells are left out, so that a column which a later perfxl adds changes no digest of an older ledger.
    content = content or "\x1e".join(
        f"{column.heading}\x1f{token}" for place, column in _sealed(table) if (token := _token(column, row[place]))
    )
    return int.from_bytes(blake2b(content.encode("utf-8", "replace"), digest_size=8).digest())


@cache
def _heads(table: Table) -> tuple[tuple[int, str, bool], ...]:
    """Of each sealed column its position, its heading with a mark behind it, and whether it holds numbers."""
    return tuple((place, f"{column.heading}\x01", column.kind in _NUMERIC) for place, column in _sealed(table))


def _plain_content(table: Table, row: Sequence[str]) -> str:
    """The content of a plain row, white space taken out of all cells at once; "" where that could go wrong."""
    if table is SOURCES:  # a reason may have been added to
        return ""
    tokens = [
        head + (_figure(text) if numeric else text) for place, head, numeric in _heads(table) if (text := row[place])
    ]
    # U+0000 and U+0001 are no white space, as U+001E and U+001F are.
    content = "".join("\x00".join(tokens).split())
    if "\x01\x00" in content or content.endswith("\x01"):  # a cell with nothing but white space
        return ""
    return content.replace("\x00", "\x1e").replace("\x01", "\x1f")


def _cell_print(column: Column, text: str) -> str:
    content = f"{column.heading}\x1f{_token(column, text)}".encode("utf-8", "replace")
    return blake2b(content, digest_size=_PRINT // 2).hexdigest()


def _parsed(written: str) -> dict[str, tuple[int, str]]:
    before: dict[str, tuple[int, str]] = {}
    for part in written.split("；"):
        title, _, rest = part.partition(" ")
        count, _, code = rest.partition(" ")
        if count.isascii() and count.isdigit():
            before[title] = int(count), code
    return before


@dataclass(frozen=True, slots=True)
class _Sealed:
    """A project's cells in digits, by heading."""

    project: str
    prints: Mapping[str, str]


def _project_edits(lines: Sequence[Line], rows: Sequence[Sequence[str]]) -> list[str]:
    """Which cells, which rows are not as they were."""
    before, after = _by_identity(lines), _by_identity([seal_heading(), *map(seal_line, rows)])
    changed: list[str] = []
    added: list[str] = []
    removed: list[str] = []
    for identity in [*before, *(identity for identity in after if identity not in before)]:
        old, new = list(before.get(identity, ())), list(after.get(identity, ()))
        for one in [one for one in old if one in new]:
            old.remove(one)
            new.remove(one)
        for then, now in zip(old, new, strict=False):
            headings = [name for name, code in then.prints.items() if now.prints.get(name, code) != code]
            changed += [f"“{now.project}”的{heading}" for heading in headings]
        removed += [f"“{one.project}”" for one in old[len(new) :]]
        added += [f"“{one.project}”" for one in new[len(old) :]]
    told = (("改动", changed, "处"), ("多出", added, "行"), ("少了", removed, "行"))
    return [
        f"{PROJECTS.title}：{what} {len(items)} {word}（{listed(items, word)}）" for what, items, word in told if items
    ]


def _by_identity(lines: Sequence[Line]) -> dict[tuple[str, str], list[_Sealed]]:
    found: defaultdict[tuple[str, str], list[_Sealed]] = defaultdict(list)
    headings = lines[0][3].split("、") if lines else []
    for unit_code, project_code, project, prints in lines[1:]:
        codes = [prints[at : at + _PRINT] for at in range(0, len(prints), _PRINT)]
        sealed = _Sealed(project or "（未填项目名称）", dict(zip(headings, codes, strict=False)))
        found[project_identity(unit_code, project, project_code)].append(sealed)
    return dict(found)
