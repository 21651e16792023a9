"""What was found, for people: text; for machines: JSON (:mod:`perfxl.report.document`, loaded where it is asked for).

files = [Checked.of(reading, check(reading.forms)), Checked.unreadable("b.xlsx", "b.xlsx：文件是空的。…")]
print(as_text(files))
"""

from __future__ import annotations

from perfxl.report.checked import Checked, Status
from perfxl.report.text import as_text

__all__ = ["Checked", "Status", "as_text"]
