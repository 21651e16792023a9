"""The published document as text, in the manner of the source of the nine forms, and what may differ from it."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def text_of(path: Path) -> str:
    """Paragraphs as lines; of a table each cell after a TAB, its further paragraphs without, and a blank line behind a row."""
    with zipfile.ZipFile(path) as package:
        body = ElementTree.fromstring(package.read("word/document.xml")).find(f"{_W}body")
    return "\n".join(line for block in body for line in _lines(block)) + "\n"


def _lines(block: ElementTree.Element) -> Iterator[str]:
    if block.tag == f"{_W}p":
        yield _paragraph(block)
    for row in block.findall(f"{_W}tr"):
        for cell in row.findall(f"{_W}tc"):
            yield "\t" + "\n".join(_paragraph(one) for one in cell.findall(f"{_W}p"))
        yield ""


def _paragraph(paragraph: ElementTree.Element) -> str:
    shown = {"t": lambda one: one.text or "", "tab": lambda _: "\t", "br": lambda _: "\n"}
    shown["bookmarkStart"] = lambda one: f"[bookmark: {one.get(f'{_W}name')}]"
    tags = ((one.tag.removeprefix(_W), one) for one in paragraph.iter())
    return "".join(shown[tag](one) for tag, one in tags if tag in shown)


#: All that may differ between the published document and its source, by name: what to write in its place.
DIFFERENCES = {
    "bookmark ids": (re.compile(r"\[bookmark: _Toc\d+\]"), "[bookmark]"),
    "spaces before a title": (re.compile(r"^ +(?=\[bookmark\])", re.MULTILINE), ""),
    "spaces within the label 其中：财政资金": (re.compile("其中：财政 +资金"), "其中：财政资金"),
    "a space before the text of a cell": (re.compile(r"^\t +", re.MULTILINE), "\t"),
    "tabs and spaces at the end of a line": (re.compile(r"(?<=[^\t\n ])[\t ]+$", re.MULTILINE), ""),
    "lines of nothing but spaces": (re.compile(r"^ +$", re.MULTILINE), ""),
    "blank lines between cells and rows": (re.compile(r"\n{2,}"), "\n"),
}


def without_differences(text: str) -> str:
    for pattern, instead in DIFFERENCES.values():
        text = pattern.sub(instead, text)
    return text
