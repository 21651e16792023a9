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
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Final
from unicodedata import normalize

from perfxl.ledger.model import ProjectRow, project_identity
from perfxl.ledger.tables import PROJECTS, Column, Table, Value
from perfxl.text import plain

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


def digest(tables: Iterable[tuple[Table, Sequence[Any]]]) -> str:
    """The tables in a few words: ``项目台账 9 3fa9…；指标明细 80 …``; those without rows are left out.

    The order of rows and columns, people's columns and 序号 do not matter.  It is the same for rows as they were made
    and as they are read back from a workbook.
    """
    return "；".join(f"{table.title} {len(rows)} {_table_digest(table, rows)}" for table, rows in tables if rows)


def seal_lines(projects: Iterable[ProjectRow]) -> list[Line]:
    """The lines of the hidden sheet, headings first: 单位编码, 项目编码, 项目名称, digits of each cell."""
    columns = _sealed(PROJECTS)
    lines: list[Line] = [("单位编码", "项目编码", "项目名称", "、".join(column.heading for column in columns))]
    for row in projects:
        prints = "".join(_cell_print(column, getattr(row, column.name)) for column in columns)
        lines.append((_held(row.unit_code), _held(row.project_code), _held(row.project), prints))
    return lines


def text_print(text: str) -> str:
    """The digits of a text on 总览 or 汇总; white space does not matter."""
    return blake2b(_squeezed(text).encode("utf-8", "replace"), digest_size=_TEXT_PRINT // 2).hexdigest()


def as_number(text: str) -> Decimal | None:
    """The number that a text is, also in full-width digits or with thousands separated; None for any other text."""
    tidy = normalize("NFKC", text).strip().replace(",", "")
    return Decimal(tidy) if _NUMBER.fullmatch(tidy) else None


def differences(
    written: str, lines: Sequence[Line], tables: Iterable[tuple[Table, Sequence[Any]]], skipped: frozenset[str]
) -> list[str]:
    """What is not as it was written, in Chinese, a line each kind; tables whose title is in ``skipped`` are left out.

    ``written`` is what :func:`digest` gave then, ``lines`` what :func:`seal_lines` gave (empty where they are gone).
    """
    before = _parsed(written)
    told: list[str] = []
    for table, rows in tables:
        count, then = before.get(table.title, (0, ""))
        if table.title in skipped or (count == len(rows) and (not rows or then == _table_digest(table, rows))):
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


def _sealed(table: Table) -> list[Column]:
    # 序号 is the row's position, which sorting and renumbering change, and no content.
    return [column for column in table.columns if not column.people and column.heading != "序号"]


def _held(text: str) -> str:
    from perfxl.ledger.workbook import cell_text

    return cell_text(text)[0]


def _token(column: Column, value: Value) -> str:
    """The value as a workbook gives it back, whoever has saved it since; white space is left out."""
    if value is None or value == "":
        return ""
    if column.kind in _NUMERIC:
        number = as_number(value) if isinstance(value, str) else Decimal(value)
        if number is not None:
            return plain(number) if number else "0"
    text = str(value)
    return _squeezed(_ADDED_TO_REASON.sub("", text) if column.name == "reason" else text)


@lru_cache(maxsize=65_536)
def _squeezed(text: str) -> str:
    return "".join(_held(text).split())


def _table_digest(table: Table, rows: Iterable[Any]) -> str:
    columns = _sealed(table)
    total = 0
    for row in rows:
        tokens = ((column.heading, _token(column, getattr(row, column.name))) for column in columns)
        # Blank cells are left out, so that a column which a later perfxl adds changes no digest of an older ledger.
        content = "\x1e".join(f"{heading}\x1f{token}" for heading, token in tokens if token)
        total += int.from_bytes(blake2b(content.encode("utf-8", "replace"), digest_size=8).digest())
    return f"{total % 2 ** (4 * _DIGITS):0{_DIGITS}x}"


def _cell_print(column: Column, value: Value) -> str:
    content = f"{column.heading}\x1f{_token(column, value)}".encode("utf-8", "replace")
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


def _project_edits(lines: Sequence[Line], rows: Sequence[ProjectRow]) -> list[str]:
    """Which cells, which rows are not as they were."""
    before, after = _by_identity(lines), _by_identity(seal_lines(rows))
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
