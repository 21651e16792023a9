"""The pipeline over many files and the master ledger (总台账).

    model.py        the rows; tables.py the tables they make, with their headings
    extract.py      one form, checked, as rows
    settle.py       which inputs and forms count, and why
    contests.py     which forms are about the same project; versions.py which of them counts
    compare.py      two versions of a project, field by field (matching.py pairs what belongs together)
    progress.py     who has sent what, and who is missing, unit by unit (units.py)
    consolidate.py  the pipeline, and the ledger it gives
    export.py       tables as DataFrames, .csv, .json, .parquet
    workbook.py     the ledger as .xlsx; pages.py its two pages: overview.py, and summary_sheet.py, sums by department
    previous.py     a ledger read back (found.py: its tables, wherever people moved them); notes.py carries on what people
                    wrote; seal.py tells what else they changed; keeping.py keeps their file

Every input ends in one status, and what is counted is counted once.
"""

from perfxl.ledger.consolidate import Ledger, Progress, consolidate
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
from perfxl.ledger.previous import Previous, read_ledger

__all__ = [
    "Condition",
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
