"""What python-calamine does not tell of a sheet: error values, formulas, number formats, merges, what is hidden.

Without it an error value would pass for a blank cell, 100% for 1, and a hidden row for one that everybody has seen.
:mod:`perfxl.intake.biff` and :mod:`perfxl.intake.opendocument` find it out, in the process apart only, so that a damaged
file may raise anything there.
"""

from __future__ import annotations

import zipfile
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from perfxl.intake.cells import State
from perfxl.intake.limits import Limits


@dataclass(slots=True)
class Remarks:
    """What there is to be known of one sheet; rows and columns counted from 1.

    Attributes:
        cells: (row, column, kind, content); kinds: ``error`` with its code, ``uncomputed``, ``format`` with the format
            code, ``shown`` with the text that the file itself says is shown.
        formulas: (row, column).
        merges: (top, left, bottom, right).
        hidden_rows: the rows that nobody sees.
        hidden_columns: (first, last) of each run of such columns.
        state: ``visible``, ``hidden`` or ``veryHidden``.
    """

    cells: list[tuple[int, int, str, str]] = field(default_factory=list)
    formulas: list[tuple[int, int]] = field(default_factory=list)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    state: State = "visible"


Sheets = defaultdict[str, Remarks]


def read_part(archive: zipfile.ZipFile, name: str, limits: Limits) -> bytes:
    """A part of a zip package; ValueError where it is over the limit."""
    with archive.open(name) as stream:
        content = stream.read(limits.part_bytes + 1)
    if len(content) > limits.part_bytes:
        raise ValueError
    return content


def parse_xml(content: bytes, started: Any, ended: Any = None, text: Any = None) -> None:
    """One pass over XML by expat's handlers, names as ``uri local``; ValueError for a DTD."""

    def refuse_dtd(*_: object) -> None:
        raise ValueError

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = started
    parser.EndElementHandler = ended
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = refuse_dtd
    parser.Parse(content, True)
