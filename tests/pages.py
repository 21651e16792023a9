"""Pages of paragraphs and tables, written out by hand as .docx, .xlsx, text and .html: a test sees only what it put in."""

from __future__ import annotations

import html
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from xml.sax.saxutils import escape

import xlsxwriter

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
_RELS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/></Relationships>'
)


@dataclass(frozen=True)
class Cell:
    text: str
    width: int = 1
    height: int = 1


Row = list[Cell]


@dataclass(frozen=True)
class Table:
    """Rows of cells; what a cell of an earlier row covers is left out."""

    rows: list[Row]


@dataclass(frozen=True)
class Page:
    parts: list[str | Table]


def c(text: str, w: int = 1, h: int = 1) -> Cell:
    return Cell(text, w, h)


def placed(table: Table) -> Iterator[list[tuple[int, Cell | None, int]]]:
    """Each row as (column, cell, width); None for what goes on a cell above."""
    below: dict[int, tuple[int, int]] = {}  # column → width, rows still covered
    for row in table.rows:
        line: list[tuple[int, Cell | None, int]] = []
        cells, column, new = list(row), 0, {}
        while cells or any(at >= column for at in below):
            if column in below:
                width, left = below[column]
                line.append((column, None, width))
                if left > 1:
                    new[column] = (width, left - 1)
                column += width
            elif cells:
                cell = cells.pop(0)
                line.append((column, cell, cell.width))
                if cell.height > 1:
                    new[column] = (cell.width, cell.height - 1)
                column += cell.width
            else:
                break
        below = new
        yield line


# -- .docx


def paragraph(text: str) -> str:
    runs = "<w:br/>".join(f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in text.split("\n"))
    return f"<w:p><w:r>{runs}</w:r></w:p>"


def word_table(table: Table) -> str:
    rows = []
    for line in placed(table):
        cells = ""
        for _, cell, width in line:
            span = f'<w:gridSpan w:val="{width}"/>' if width > 1 else ""
            merge = "<w:vMerge/>" if cell is None else '<w:vMerge w:val="restart"/>' if cell.height > 1 else ""
            text = "".join(map(paragraph, (cell.text if cell else "").split("\n")))
            cells += f"<w:tc><w:tcPr>{span}{merge}</w:tcPr>{text}</w:tc>"
        rows.append(f"<w:tr>{cells}</w:tr>")
    return f"<w:tbl>{''.join(rows)}</w:tbl>"


def docx(body: str, *, parts: dict[str, str] | None = None) -> bytes:
    """A document with that body, as XML."""
    buffer = io.BytesIO()
    names = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
    document = f'<w:document xmlns:w="{_W}" {names}><w:body>{body}<w:sectPr/></w:body></w:document>'
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {
            "[Content_Types].xml": _TYPES,
            "_rels/.rels": _RELS,
            "word/document.xml": document,
            **(parts or {}),
        }.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def word_body(page: Page) -> str:
    return "".join(word_table(part) + "<w:p/>" if isinstance(part, Table) else paragraph(part) for part in page.parts)


def as_docx(page: Page) -> bytes:
    return docx(word_body(page))


# -- .xlsx


def as_xlsx(page: Page) -> bytes:
    """All on one sheet, one part below the other; a paragraph is a cell merged over the page."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False})
    sheet = book.add_worksheet("Sheet1")
    row = 0
    for part in page.parts:
        lines = list(placed(part)) if isinstance(part, Table) else [[(0, Cell(part, 5), 5)]]
        for line in lines:
            for column, cell, width in line:
                if cell is None or not cell.text:
                    continue
                if width > 1 or cell.height > 1:
                    sheet.merge_range(row, column, row + cell.height - 1, column + width - 1, cell.text)
                else:
                    sheet.write_string(row, column, cell.text)
            row += 1
    book.close()
    return buffer.getvalue()


# -- text


def as_text(page: Page) -> bytes:
    """Cells one a line after a TAB, rows parted by a blank line: as the published text has it."""
    lines: list[str] = []
    for part in page.parts:
        if isinstance(part, Table):
            for line in placed(part):
                lines += ["\t" + (cell.text if cell else "") for _, cell, _ in line]
                lines.append("")
        else:
            lines.append(part)
    return ("\n".join(lines) + "\n").encode()


def as_rows(page: Page) -> bytes:
    """Rows of cells parted by TABs, as Excel copies them: covered cells are blank, those of several lines in quotes."""
    lines: list[str] = []
    for part in page.parts:
        if not isinstance(part, Table):
            lines.append(part)
            continue
        for line in placed(part):
            cells: list[str] = []
            for _, cell, width in line:
                text = cell.text if cell else ""
                cells += [f'"{text}"' if "\n" in text else text, *[""] * (width - 1)]
            lines.append("\t".join(cells))
    return ("\n".join(lines) + "\n").encode()


# -- .html


def as_html(page: Page) -> bytes:
    parts = []
    for part in page.parts:
        if isinstance(part, Table):
            rows = ""
            for row in part.rows:
                cells = "".join(
                    f'<td colspan="{cell.width}" rowspan="{cell.height}">{html.escape(cell.text).replace(chr(10), "<br/>")}</td>'
                    for cell in row
                )
                rows += f"<tr>{cells}</tr>\n"
            parts.append(f"<table>{rows}</table>")
        else:
            parts.append(f"<p>{html.escape(part)}</p>")
    return f"<!DOCTYPE html><html><head><meta charset='utf-8'><title>表</title></head><body>{''.join(parts)}</body></html>".encode()


FORMATS = {"docx": as_docx, "xlsx": as_xlsx, "text": as_text, "rows": as_rows, "html": as_html}
