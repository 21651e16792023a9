"""The published document in the hands of others: the Open XML SDK finds nothing, LibreOffice lays it out as reckoned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from perfxl.ledger import Ledger
from perfxl.publish import Cover, OfficialIndicator, OfficialTable, as_pdf, official_document
from perfxl.publish.document import headings
from perfxl.publish.pdf import heading_pages
from perfxl.reading import read_forms
from perfxl.season.publishing import choose
from perfxl.season.returning.cover_note import Line, Note, cover_note

COVER = Cover("天津市社会保险基金管理中心", "2023年项目支出绩效目标公开表", "2023年2月")


@pytest.fixture(scope="module")
def nine(example: Path) -> list[OfficialTable]:
    return [one.table for one in choose(Ledger.of([read_forms(example)]), allow_errors=True).shown]


def odd(tables: list[OfficialTable]) -> list[OfficialTable]:
    """Several units, texts of every kind, a row higher than a page, a table without indicators."""
    marks = OfficialIndicator("产出指标", "<数量>", 'a & "b"', "一行\n\n两行\t三格", "\x0b≥1\ud800")
    return [
        tables[0],
        replace(tables[1], unit_code="353303", unit_name="另一\n中心", indicators=(marks, marks)),
        replace(tables[2], unit_code="", unit_name="", objectives="很长的目标。" * 900, indicators=()),
        replace(tables[3], project="很长的项目名称" * 20, purpose="", total=""),
    ]


@pytest.mark.parametrize("cover", [COVER, None, Cover()], ids=["cover", "tables only", "empty cover"])
@pytest.mark.parametrize("change", [list, odd], ids=["nine", "odd"])
def test_the_document_is_valid(
    nine: list[OfficialTable],
    change: Callable[[list[OfficialTable]], list[OfficialTable]],
    cover: Cover | None,
    tmp_path: Path,
    validate_ooxml: Callable[[Path], list[str]],
) -> None:
    path = tmp_path / "公开.docx"
    path.write_bytes(official_document(change(nine), cover))

    assert validate_ooxml(path) == []


def test_a_cover_note_is_valid_too(tmp_path: Path, validate_ooxml: Callable[[Path], list[str]]) -> None:
    lines = tuple(Line(project, "绩效目标表!F19", "没有计量单位", "请选单位", "新") for project in ("甲", "甲", "乙"))
    path = tmp_path / "退回说明.docx"
    path.write_bytes(cover_note(Note("某中心", 2027, "", 2, 3, 0, lines, issuer="某局")))

    assert validate_ooxml(path) == []


def test_the_contents_name_the_pages_on_which_the_tables_stand(office: object, nine: list[OfficialTable]) -> None:
    made = as_pdf(nine, COVER)

    assert made is not None
    listed = headings(nine)
    assert heading_pages(made, [heading.text for heading in listed]) == [heading.page for heading in listed]
    assert [heading.page for heading in listed] == [1, 2, 3, 4, 6, 7, 8, 9, 10]  # the fourth takes two


def test_long_tables_of_several_units_are_found_in_the_outline(office: object, nine: list[OfficialTable]) -> None:
    tables = odd(nine)

    made = as_pdf(tables, COVER)

    assert made is not None
    pages = heading_pages(made, [heading.text for heading in headings(tables)])
    assert len(pages) == 2 * len(tables) - 1  # one has no unit
    assert pages == sorted(pages)
