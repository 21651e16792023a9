"""What was found, for people (text) and for machines (JSON).

files = [Checked.of(reading, check(reading.forms)), Checked.unreadable("b.xlsx", "b.xlsx：文件是空的。…")]
print(as_text(files))
print(as_json(files))
"""

from __future__ import annotations

from perfxl.report.checked import Checked, Status
from perfxl.report.document import as_document, as_json
from perfxl.report.text import as_text

__all__ = ["Checked", "Status", "as_document", "as_json", "as_text"]
