"""Every limit on what is read from outside, in one place, by name; ``[limits]`` of perfxl.toml sets others."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any, Final, Literal

_MEGABYTE: Final = 1024 * 1024

Kind = Literal["count", "size", "ratio", "seconds"]


@dataclass(frozen=True, slots=True)
class Bounds:
    """Between which values a limit may be set, both included: below ``least`` sound forms would be refused."""

    kind: Kind
    least: float
    most: float | None = None


def _limit(default: float, kind: Kind, least: float, most: float | None = None) -> Any:
    return field(default=default, metadata={"bounds": Bounds(kind, least, most)})


def _count(default: int, *, least: int, most: int | None = None) -> Any:
    return _limit(default, "count", least, most)


def _size(default: int, *, least: int, most: int | None = None) -> Any:
    """Of a size, given here in MB."""
    return _limit(default * _MEGABYTE, "size", least * _MEGABYTE, most and most * _MEGABYTE)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a file is read before it is refused; a form of 60 indicators stays a hundred times below each.

    Sizes are bytes.

    Attributes:
        file_bytes: of a workbook, also of one inside an archive.
        parts, part_bytes, total_bytes: of an OOXML package: parts, one part inflated, all parts read inflated.
        inflate_ratio, ratio_from: the least compressed/inflated ratio accepted for a part above ``ratio_from``
            (measured: 0.005 above 1 MB flags none of 4,870 real workbooks).
        sheets, cells, rows, columns, merges, shared_strings: of a workbook; cells and merges of one sheet.
        xml_depth, xml_elements: of one XML part.
        foreign_bytes: of a workbook that only the process apart reads (.xls, .et, .ods, .xlsb, encrypted ones).
        worker_seconds, worker_memory: what the process apart may take: processor time, and address space.
        answer_bytes: how much it may answer.
        archive_bytes, archive_members, archive_total: of a .zip: its size, its entries, all of them inflated.
        archive_depth: archives in archives that are opened: 1 is the archive in the archive.
        document_part: of the main part of a .docx, which is read piece by piece: a thousand forms take some 100 MB.
        office_seconds: what LibreOffice may take to convert a document.
    """

    file_bytes: int = _size(64, least=1)
    parts: int = _count(2_000, least=100)
    part_bytes: int = _size(128, least=4)
    total_bytes: int = _size(256, least=8)
    inflate_ratio: float = _limit(0.005, "ratio", 0.0005, 0.02)
    ratio_from: int = _size(1, least=1)
    sheets: int = _count(200, least=10)
    cells: int = _count(200_000, least=5_000)
    rows: int = _count(1_048_576, least=1_000, most=1_048_576)
    columns: int = _count(16_384, least=100, most=16_384)
    merges: int = _count(20_000, least=500)
    shared_strings: int = _count(500_000, least=5_000)
    xml_depth: int = _count(100, least=30, most=1_000)
    xml_elements: int = _count(4_000_000, least=100_000)
    foreign_bytes: int = _size(20, least=1)
    worker_seconds: int = _limit(30, "seconds", 5)
    worker_memory: int = _size(400, least=300)
    answer_bytes: int = _size(64, least=4)
    archive_bytes: int = _size(512, least=1)
    archive_members: int = _count(2_000, least=10)
    archive_total: int = _size(1024, least=1)
    archive_depth: int = _count(1, least=0, most=3)
    document_part: int = _size(1024, least=16)
    office_seconds: int = _limit(120, "seconds", 20)

    def for_documents(self) -> Limits:
        """The same for a package whose main part is never in memory whole."""
        return replace(self, part_bytes=self.document_part, total_bytes=2 * self.document_part)


#: Between which values each limit may be set, by its name.
BOUNDS: Final[dict[str, Bounds]] = {one.name: one.metadata["bounds"] for one in fields(Limits)}
