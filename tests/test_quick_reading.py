"""Splitting a part and parsing it give the same cells; what can't be split without doubt is parsed."""

from __future__ import annotations

import io
import random
import zipfile
from functools import cache

import pytest
from forms import form

from perfxl.errors import UnreadableFile
from perfxl.intake import grid
from perfxl.intake.cells import Grid
from perfxl.intake.grid import open_workbook
from perfxl.intake.quick import split_sheet, split_strings
from perfxl.layout import FORM_SHEET
from perfxl.template import Issuance, build

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


@cache
def workbook() -> bytes:
    return build(
        Issuance(year=2023), [form(objectives="1.制卡 5 < 6 张 & 发放。\n 2.换行\n", purpose="用于“_x0041_”。")]
    )


@cache
def parts() -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(workbook())) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(changed: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in (parts() | changed).items():
            archive.writestr(name, content)
    return file.getvalue()


def form_part() -> tuple[str, bytes]:
    book = open_workbook(workbook())
    name = next(sheet.part for sheet in book.sheets if sheet.name == FORM_SHEET)
    return name, parts()[name]


def seen(sheet: Grid) -> object:
    """Everything that a grid tells, numbers with what they show."""
    cells = {at: (repr(value), sheet.text(*at)) for at, value in sheet.cells.items()}
    return cells, sheet.merges, sheet.formulas, sheet.hidden_rows, sheet.hidden_columns, sheet.state


def read(data: bytes) -> object:
    try:
        return seen(open_workbook(data).grid(FORM_SHEET))
    except UnreadableFile as error:
        return str(error)


def parsed(data: bytes, monkeypatch: pytest.MonkeyPatch) -> object:
    with monkeypatch.context() as patched:
        patched.setattr(grid, "split_sheet", lambda part: None)
        patched.setattr(grid, "split_strings", lambda part, most: None)
        return read(data)


def sheet(cells: str, root: str = f'<worksheet xmlns="{MAIN}" xmlns:x14ac="urn:x14ac">', head: str = "") -> bytes:
    return f"{head}{root}<sheetData>{cells}</sheetData></worksheet>".encode()


def test_our_own_parts_are_split_and_give_what_the_parser_gives(monkeypatch):
    assert split_sheet(form_part()[1]) is not None
    assert split_strings(parts()["xl/sharedStrings.xml"], 10_000) is not None
    assert read(workbook()) == parsed(workbook(), monkeypatch)


@pytest.mark.parametrize(
    "cells",
    [
        '<row r="1"><c r="A1" s="1" t="s"><v>0</v></c><c r="B1"/></row>',
        '<row r="1" spans="1:2" ht="0" x14ac:dyDescent="0.25"><c r="A1"><f t="shared" ref="A1:A2" si="0">1+1</f><v>2</v></c></row>',
        '<row r="1"><c r="A1" t="inlineStr"><is><t xml:space="preserve"> a&amp;b&#x4E2D; </t></is></c></row><row r="2"/><row r="3"></row>',
        '<row r="1"><c r="A1" t="e"><v>#REF!</v></c><c r="B1" t="b"><v>1</v></c><c r="C1" t="str"><f>A1</f></c></row>',
        '<row r="1048576" hidden="1"><c r="XFD1048576"><v>1e3</v></c></row>',
        "",
    ],
)
def test_what_programs_write_is_split(cells, monkeypatch):
    part = sheet(cells)
    name = form_part()[0]

    assert split_sheet(part) is not None
    assert read(packed({name: part})) == parsed(packed({name: part}), monkeypatch)


@pytest.mark.parametrize(
    "part",
    [
        sheet('<row r="1"><c r="A1"><!-- 1 --><v>1</v></c></row>'),
        sheet('<row r="1"><c s="1" r="A1"><v>1</v></c></row>'),
        sheet('<row r="1"><c r="A1" t="inlineStr"><is><r><t>a</t></r></is></c></row>'),
        sheet('<row r="1"><c r="A1"><v>1</v></c>'),
        sheet('<c r="A1"><v>1</v></c>'),
        sheet('<row r="1"><c r="A1"><v>1</v></is></c></row>'),
        sheet('<row r="1"><row r="2"><c r="A1"><v>1</v></c></row></row>'),
        sheet('<row r="1"><c r="A1"><v>1</v></c></row></row>'),
        sheet("", root='<worksheet xmlns="urn:else">'),
        sheet("", root=f'<worksheet xmlns:x="{MAIN}" xmlns="urn:else">'),
        sheet("", head='<?xml version="1.0" encoding="gb18030"?>'),
        sheet("", head="<!DOCTYPE worksheet>"),
        sheet("").decode().encode("utf-16"),
        f'<worksheet xmlns="{MAIN}"><cols xmlns="urn:else"><sheetData></sheetData></cols></worksheet>'.encode(),
        sheet('<row r="1">' + '<c r="A1"/>' * 60_001 + "</row>"),
    ],
)
def test_what_is_written_otherwise_is_left_to_the_parser(part):
    assert split_sheet(part) is None


@pytest.mark.parametrize(
    "cells",
    [
        '<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>',
        '<row r="1"><c r="A1" t="s"><v>99999</v></c></row>',
        '<row r="1"><c r="A1" t="z"><v>1</v></c></row>',
        '<row r="1"><c r="A1"><v>1&bogus;</v></c></row>',
        '<row r="1"><c r="A1" t="str"><v>a & b</v></c></row>',
        '<row r="1"><c r="A1" t="str"><v>&#0;</v></c></row>',
        '<row r="1"><c r="A1" t="str"><v>\x01</v></c></row>',
        '<row r="1"><c r="XFE1"><v>1</v></c></row>',
        '<row r="x"><c r="A1"><v>1</v></c></row>',
    ],
)
def test_what_the_parser_refuses_is_refused_in_the_same_words(cells, monkeypatch):
    data = packed({form_part()[0]: sheet(cells)})

    assert isinstance(read(data), str)
    assert read(data) == parsed(data, monkeypatch)


def test_mutated_parts_are_never_read_otherwise_than_the_parser_reads_them(monkeypatch):
    name, whole = form_part()
    start = whole.index(b'<row r="17"')
    rows = whole[start : whole.index(b'<row r="20"')]
    chance = random.Random(11)
    split = 0
    for _ in range(150):
        part = bytearray(sheet(rows.decode()))
        for _ in range(chance.randint(1, 3)):
            at = chance.randrange(len(part))
            part[at : at + chance.randint(0, 2)] = chance.choice(
                [b"", b"<", b">", b"&", b"&amp;", b"1", b"/", b'"', b"</v>", b"<v>", b"\xff", b"\r", b"s"]
            )
        data = packed({name: bytes(part)})
        quick, slow = read(data), parsed(data, monkeypatch)
        split += not isinstance(quick, str)
        # Of a formula's text only the parser knows whether it is well-formed.
        assert quick == slow or (isinstance(slow, str) and not isinstance(quick, str))
    assert split > 10
