"""perfxl: budget performance-target forms (绩效目标表), from a clerk's workbook to finance's ledger.

read → form → check → write:

    reading = perfxl.read_forms("353302.xlsx")
    report = perfxl.check(reading.forms)
    perfxl.highlight("353302.xlsx", report, to="退回/353302.xlsx")
    perfxl.consolidate(["收到/"]).write("总台账.xlsx")

These are the public names.  They are loaded when first used, so that ``import perfxl`` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from perfxl.version import __version__

if TYPE_CHECKING:
    from perfxl.errors import (
        CapacityError,
        InputError,
        OutputError,
        PathNotFound,
        PerfxlError,
        UnreadableFile,
        UsageError,
    )
    from perfxl.exchange import dump_forms, form_schema, load_forms
    from perfxl.form import Budget, Entry, Indicator, TargetForm
    from perfxl.issue import At, AtLine, Issue, Report, Severity
    from perfxl.ledger import Ledger, consolidate
    from perfxl.marking import clear, highlight
    from perfxl.reading import Reading, read_forms
    from perfxl.rules import check
    from perfxl.settings import Settings
    from perfxl.target import TargetValue
    from perfxl.template import Issuance

_HOME = {
    "At": "issue",
    "AtLine": "issue",
    "Budget": "form",
    "CapacityError": "errors",
    "Entry": "form",
    "Indicator": "form",
    "InputError": "errors",
    "Issuance": "template",
    "Issue": "issue",
    "Ledger": "ledger",
    "OutputError": "errors",
    "PathNotFound": "errors",
    "PerfxlError": "errors",
    "Reading": "reading",
    "Report": "issue",
    "Settings": "settings",
    "Severity": "issue",
    "TargetForm": "form",
    "TargetValue": "target",
    "UnreadableFile": "errors",
    "UsageError": "errors",
    "check": "rules",
    "clear": "marking",
    "consolidate": "ledger",
    "dump_forms": "exchange",
    "find_settings": "configuration",
    "form_schema": "exchange",
    "highlight": "marking",
    "load_forms": "exchange",
    "load_settings": "configuration",
    "read_forms": "reading",
}

__all__ = [
    "At",
    "AtLine",
    "Budget",
    "CapacityError",
    "Entry",
    "Indicator",
    "InputError",
    "Issuance",
    "Issue",
    "Ledger",
    "OutputError",
    "PathNotFound",
    "PerfxlError",
    "Reading",
    "Report",
    "Settings",
    "Severity",
    "TargetForm",
    "TargetValue",
    "UnreadableFile",
    "UsageError",
    "__version__",
    "check",
    "clear",
    "consolidate",
    "dump_forms",
    "find_settings",
    "form_schema",
    "highlight",
    "load_forms",
    "load_settings",
    "read_forms",
]


def __getattr__(name: str) -> object:
    if name in _HOME:
        return getattr(import_module(f"perfxl.{_HOME[name]}"), name)
    raise AttributeError(f"module 'perfxl' has no attribute {name!r}")
