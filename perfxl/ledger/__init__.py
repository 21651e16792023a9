"""The pipeline over many files and the master ledger (总台账).

    model.py      the rows; tables.py the tables they make, with their headings
    pipeline.py   from the files to the ledger: the whole street
    gathering/    every file read and checked, in as many processes as there are processors
    settling/     which of them count, and what they say together, in one store
    writing/      the tables, row by row, as a workbook and as other files
    earlier/      the ledger before this one: what people wrote into it

Every input ends in one status, and what is counted is counted once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perfxl.ledger.earlier.previous import Previous, read_ledger
    from perfxl.ledger.gathering.workers import Effort
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

# Loaded when they are asked for: a worker needs few of the modules.
_HOME = {
    "Effort": "gathering.workers",
    "Ledger": "pipeline",
    "Previous": "earlier.previous",
    "Progress": "pipeline",
    "consolidate": "pipeline",
    "read_ledger": "earlier.previous",
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
