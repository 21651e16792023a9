"""Every limit on what is read from outside, in one place, by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_MEGABYTE: Final = 1024 * 1024


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
    """

    file_bytes: int = 64 * _MEGABYTE
    parts: int = 2_000
    part_bytes: int = 128 * _MEGABYTE
    total_bytes: int = 256 * _MEGABYTE
    inflate_ratio: float = 0.005
    ratio_from: int = _MEGABYTE
    sheets: int = 200
    cells: int = 200_000
    rows: int = 1_048_576
    columns: int = 16_384
    merges: int = 20_000
    shared_strings: int = 500_000
    xml_depth: int = 100
    xml_elements: int = 4_000_000
    foreign_bytes: int = 20 * _MEGABYTE
    worker_seconds: int = 30
    worker_memory: int = 400 * _MEGABYTE
    answer_bytes: int = 64 * _MEGABYTE
    archive_bytes: int = 512 * _MEGABYTE
    archive_members: int = 2_000
    archive_total: int = 1024 * _MEGABYTE
    archive_depth: int = 1
