"""Publish: the projects of a ledger, or of forms, as the official document.

Published is what counts in the ledger, is free of errors and is not kept out by people.  What is left out is told with the
reason: nothing goes missing on the way.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Final

from perfxl.errors import InputError, UsageError
from perfxl.ledger import (
    Condition,
    IndicatorRow,
    Ledger,
    Previous,
    Progress,
    ProjectRow,
    Standing,
    Status,
    consolidate,
)
from perfxl.ledger.settling.versions import chosen
from perfxl.ledger.tables import CUT
from perfxl.output import sound_package, write_whole
from perfxl.publish import Cover, OfficialIndicator, OfficialTable, as_pdf, official_document
from perfxl.season.diff import indicators_by_project, ledger_at, project_key
from perfxl.settings import Settings
from perfxl.text import money, squeeze, tidy

__all__ = ["LeftOut", "Publication", "Shown", "publish"]

_COVER: Final = Cover()
_TITLE: Final = "项目支出绩效目标公开表"
_NO_PDF: Final = "没有生成 PDF：这台机器上没有 LibreOffice，或它没有转换成功。请用 Word 或 WPS 打开 {name}，另存为 PDF"
_CONSENTING: Final = ("公开", "可公开", "可以公开", "同意")
# So many characters of what people wrote are quoted.
_QUOTED: Final = 20


@dataclass(frozen=True, slots=True)
class Shown:
    """A published project: its row of the ledger, and its table."""

    row: ProjectRow
    table: OfficialTable


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that was not published, and why, in Chinese without a full stop; ``wished`` where people said so."""

    name: str
    reason: str
    wished: bool = False


@dataclass(frozen=True, slots=True)
class Publication:
    """What was published and what was not.

    Attributes:
        notes: what else finance should know, a sentence each.
        written: the files that were written: document, list, .pdf.
    """

    shown: tuple[Shown, ...]
    left_out: tuple[LeftOut, ...]
    notes: tuple[str, ...]
    written: tuple[Path, ...] = ()

    @property
    def complete(self) -> bool:
        """Nothing was left out but what people keep out."""
        return bool(self.shown) and all(one.wished for one in self.left_out)

    def told(self, most: int | None = None) -> str:
        """Both lists in Chinese; of each at most so many lines."""
        total = money(sum((one.row.total for one in self.shown if one.row.total is not None), Decimal(0)))
        lines = [f"公开 {len(self.shown)} 张表，预算数合计 {total} 万元", *_listed(map(_shown_line, self.shown), most)]
        lines += [f"没有公开 {len(self.left_out)} 项"] if self.left_out else ["读到的都公开了"]
        lines += _listed((f"  {one.name}：{one.reason}" for one in self.left_out), most)
        return "\n".join((*lines, *self.notes)) + "\n"


def publish(
    sources: Sequence[str | os.PathLike[str]],
    output: Path,
    *,
    allow_errors: bool = False,
    cover: Cover | None = _COVER,
    pdf: bool = False,
    settings: Settings | None = None,
    passwords: Sequence[str] = (),
    progress: Progress | None = None,
) -> Publication:
    """Write the official document of these projects, and beside it the list of what is in it and what is not.

    Args:
        sources: one ledger workbook, or forms: files and folders.
        output: the document, .docx.
        allow_errors: forms with errors are published too.
        cover: what stands on it; issuer and title are made of the projects where they are not given.  None for tables
            alone, without cover and contents.
        pdf: write it as .pdf too, where LibreOffice is installed.
        settings, passwords, progress: as for :func:`perfxl.ledger.consolidate`.

    Raises:
        UsageError: ``output`` is no .docx.
        InputError: there is no project in the sources, or none of the sources exists.
        OutputError: it can't be written; what stood there before is untouched.
    """
    if output.suffix.lower() != ".docx":
        raise UsageError(f"{output}：公开文档只能写成 .docx，请把文件名改成以 .docx 结尾；要 PDF 请再加 --pdf")
    ledger = _ledger(sources, settings, passwords, progress)
    if not ledger.projects:
        raise InputError(
            f"{os.fspath(sources[0])}：没有读到项目，无法公开。请给出 .xlsx 总台账，或存放绩效目标表的文件夹"
        )
    publication = choose(ledger, allow_errors=allow_errors)
    return _write(publication, output, cover, pdf=pdf) if publication.shown else publication


def _write(publication: Publication, output: Path, cover: Cover | None, *, pdf: bool) -> Publication:
    tables = [one.table for one in publication.shown]
    cover = cover and _filled(cover, publication.shown)
    written = [write_whole(output, official_document(tables, cover), check=sound_package)]
    if pdf:
        made = as_pdf(tables, cover)
        if made is not None:
            written.append(write_whole(output.with_suffix(".pdf"), made))
        else:
            publication = replace(publication, notes=(*publication.notes, _NO_PDF.format(name=output.name)))
    told = publication.told().replace("\n", "\r\n").encode("utf-8-sig")
    written.append(write_whole(output.with_name(f"{output.stem}-清单.txt"), told))
    return replace(publication, written=tuple(written))


def _ledger(
    sources: Sequence[str | os.PathLike[str]],
    settings: Settings | None,
    passwords: Sequence[str],
    progress: Progress | None,
) -> Ledger | Previous:
    path = Path(sources[0])
    alone = len(sources) == 1 and path.is_file() and path.suffix.lower() == ".xlsx"
    if alone and (found := ledger_at(path)) is not None:
        return found
    return consolidate(sources, settings=settings, passwords=passwords, progress=progress)


# -- what is published


def choose(ledger: Ledger | Previous, *, allow_errors: bool = False) -> Publication:
    """What of a ledger is published, by unit and number, and what is not; nothing is written."""
    indicators = indicators_by_project(ledger)
    times = Counter(map(project_key, ledger.projects))
    rows: list[ProjectRow] = []
    left_out: list[LeftOut] = []
    for row in sorted(ledger.projects, key=_order):
        key, kept_out = project_key(row), _wish(row)
        reason = kept_out or _obstacle(row, indicators.get(key, []), times[key], allow_errors=allow_errors)
        if reason:
            left_out.append(LeftOut(_named(row), reason, wished=bool(kept_out)))
        else:
            rows.append(row)
    numbers, renumbered = _numbers(rows)
    shown = tuple(
        Shown(row, _table(row, number, indicators.get(project_key(row), [])))
        for row, number in zip(rows, numbers, strict=True)
    )
    return Publication(shown, (*left_out, *_not_counted(ledger)), (*renumbered, *_remarks(ledger)))


def _order(row: ProjectRow) -> tuple[str, str, tuple[int, int], int]:
    number = _own_number(row)
    return squeeze(row.unit_code), squeeze(row.unit_name), (0, number) if number else (1, 0), row.number


def _own_number(row: ProjectRow) -> int:
    """The form's own 序号; 0 where it has none that is a number."""
    text = squeeze(row.project_no)
    return int(text) if text.isascii() and text.isdigit() else 0


def _numbers(rows: Sequence[ProjectRow]) -> tuple[list[int], list[str]]:
    """The number of each table: its own, or where some have none or two of a unit share one, all counted anew.

    Returns:
        the numbers, and what is to be said of them.
    """
    own = [_own_number(row) for row in rows]
    of_units = {(squeeze(row.unit_code), squeeze(row.unit_name), number) for row, number in zip(rows, own, strict=True)}
    if all(own) and len(of_units) == len(own):
        return own, []
    told = ["有的表没有序号，或同一单位有几张表的序号相同：已按单位和序号从 1 起重新编号"] if any(own) else []
    return list(range(1, len(rows) + 1)), told


def _wish(row: ProjectRow) -> str:
    """Why people keep it out; doubtful words keep it out as well."""
    said = tidy(row.public)
    if not said or chosen(said) or squeeze(said).startswith(_CONSENTING):
        return ""
    return f"台账“公开”栏写着“{said[:_QUOTED]}”"


def _obstacle(row: ProjectRow, indicators: Sequence[IndicatorRow], same: int, *, allow_errors: bool) -> str:
    """Why it can't be published; "" where it can."""
    if row.condition is Condition.WRONG and not allow_errors:
        return f"有 {row.errors} 处错误，请先改正；要带着错误公开，请加 --allow-errors"
    if same > 1:
        return "台账里另有同单位、同名称的项目，分不清各自的指标，请改正项目名称后重新汇总"
    if len(indicators) != row.indicators:
        return f"台账里有 {len(indicators)} 条指标，应有 {row.indicators} 条，请重新汇总后再公开"
    texts = [text for one in indicators for text in (one.level3, one.description, one.target)]
    if any(text.endswith(CUT) for text in (row.purpose, row.objectives, *texts)):
        return "有内容太长，台账里只有前一部分，请直接用收到的表公开"
    return ""


def _table(row: ProjectRow, number: int, indicators: Iterable[IndicatorRow]) -> OfficialTable:
    total, fiscal, other = ("" if amount is None else money(amount) for amount in (row.total, row.fiscal, row.other))
    return OfficialTable(
        number=str(number),
        unit_code=row.unit_code,
        unit_name=row.unit_name,
        project=row.project,
        total=total,
        fiscal=fiscal,
        other=other,
        purpose=row.purpose,
        objectives=row.objectives,
        indicators=tuple(
            OfficialIndicator(one.level1, one.level2, one.level3, one.description, one.target)
            for one in sorted(indicators, key=lambda one: one.number)
        ),
    )


def _not_counted(ledger: Ledger | Previous) -> Iterator[LeftOut]:
    """What came and counts nowhere: projects that wait for a choice, files that gave no form."""
    pending = {row.identity: row for row in ledger.versions if row.standing is Standing.PENDING}
    for row in pending.values():
        reason = "报了几份内容不同的表，还没有选定，请在台账“版本清单”的“取用”栏选定后重新汇总"
        yield LeftOut(f"{row.unit_code}{row.unit_name} {row.project}", reason)
    for source in ledger.sources:
        if source.status in (Status.REJECTED, Status.UNREADABLE):
            yield LeftOut(source.file, f"{source.status}：{source.reason}")


def _remarks(ledger: Ledger | Previous) -> Iterator[str]:
    missing = sum(row.projects for row in ledger.missing)
    if missing:
        yield f"另有 {missing} 项没有报送，见台账“未报清单”"
    if isinstance(ledger, Previous) and ledger.edits:
        yield "总台账有人工改动，公开的是台账现在的内容，请核对：" + "；".join(ledger.edits)


# -- words


def _filled(cover: Cover, shown: Sequence[Shown]) -> Cover:
    """With the unit, or what the units have in common, and the year of the batch, where nobody said."""
    rows = [one.row for one in shown]
    years = sorted({row.year for row in rows if row.year is not None})
    units, departments = ({getattr(row, name) for row in rows} for name in ("unit_name", "department"))
    common = next((names.pop() for names in (units, departments) if len(names) == 1), "")
    year = f"{'、'.join(map(str, years))}年" if years else ""
    return replace(cover, issuer=cover.issuer or common, title=cover.title or f"{year}{_TITLE}")


def _named(row: ProjectRow) -> str:
    return f"{row.unit_code}{row.unit_name} {row.project or '（没有项目名称）'}"


def _shown_line(one: Shown) -> str:
    errors = f"（有 {one.row.errors} 处错误）" if one.row.errors else ""
    amount = f"{one.table.total} 万元" if one.table.total else "没有预算数"
    return f"  {one.table.number}.{one.table.unit} {one.table.project} {amount}{errors}"


def _listed(lines: Iterable[str], most: int | None) -> list[str]:
    every = list(lines)
    if most is None or len(every) <= most:
        return every
    return [*every[:most], f"  ……共 {len(every)} 项，全部列在清单里"]
