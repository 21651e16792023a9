"""The pipeline over many files and the master ledger (总台账).

    model.py        the rows; tables.py the tables they make, with their headings
    pipeline.py     from the files to the ledger: the whole street

  reading, in as many processes as there are processors
    inputs.py       one file, read and checked; extract.py its forms as rows
    packing.py      rows as text; measure.py how wide and high they are; parcel.py one file, ready to be sent
    workers.py      batches go out, parcels come back; worker.py the process that reads them;
                    cluster.py the same on other computers

  settling, in one store
    store.py        all that was read, in SQLite; state.py what of it still holds the next time
    settling.py     all inputs settled: settle.py which of them count, and why; crossing.py rules about collections
    contests.py     which forms are about the same project; versions.py which of them counts
    compare.py      two versions of a project, field by field (matching.py pairs what belongs together)
    progress.py     who has sent what, and who is missing, unit by unit (units.py)

  writing, row by row
    rows.py         the rows of a table wherever they are; stored.py those in the store
    export.py       tables as DataFrames and as files: flat_files.py .csv .json .parquet, databases.py .sqlite .duckdb
    workbook.py     the ledger as .xlsx; sheet_rows.py its rows as XML, package.py the package that they go into
    pages.py        its two pages: overview.py, and summary_sheet.py, sums by department (figures.py adds up, late_rows.py
                    streams; packed_text.py holds what waits to be written)
    previous.py     a ledger read back (found.py: its tables, wherever people moved them); notes.py carries on what people
                    wrote; seal.py tells what else they changed; keeping.py keeps their file

Every input ends in one status, and what is counted is counted once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perfxl.ledger.model import (
        Condition,
        IndicatorRow,
        IssueRow,
        NoteRow,
        ProjectRow,
        SourceRow,
        Standing,
        Status,
        Totals,
        VersionRow,
    )
    from perfxl.ledger.pipeline import Ledger, Progress, consolidate
    from perfxl.ledger.previous import Previous, read_ledger
    from perfxl.ledger.workers import Effort

# Loaded when they are asked for: a worker needs few of the modules.
_HOME = {
    "Effort": "workers",
    "Ledger": "pipeline",
    "Previous": "previous",
    "Progress": "pipeline",
    "consolidate": "pipeline",
    "read_ledger": "previous",
}

__all__ = [
    "Condition",
    "Effort",
    "IndicatorRow",
    "IssueRow",
    "Ledger",
    "NoteRow",
    "Previous",
    "Progress",
    "ProjectRow",
    "SourceRow",
    "Standing",
    "Status",
    "Totals",
    "VersionRow",
    "consolidate",
    "read_ledger",
]


def __getattr__(name: str) -> object:
    if name in __all__:
        return getattr(import_module(f"perfxl.ledger.{_HOME.get(name, 'model')}"), name)
    raise AttributeError(f"module 'perfxl.ledger' has no attribute {name!r}")
