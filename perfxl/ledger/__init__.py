"""The pipeline over many files and the master ledger (总台账).

    model.py        the rows, the tables they make, their headings
    extract.py      one form, checked, as rows
    settle.py       which inputs and forms count, and why
    consolidate.py  the pipeline, and the ledger it gives
    export.py       tables as DataFrames, .csv, .json, .parquet
    workbook.py     the ledger as .xlsx; overview.py its first page

Every input ends in one status, and what is counted is counted once.
"""

from perfxl.ledger.consolidate import Ledger, Progress, consolidate
from perfxl.ledger.model import Condition, IndicatorRow, IssueRow, ProjectRow, SourceRow, Status, Totals

__all__ = [
    "Condition",
    "IndicatorRow",
    "IssueRow",
    "Ledger",
    "Progress",
    "ProjectRow",
    "SourceRow",
    "Status",
    "Totals",
    "consolidate",
]
