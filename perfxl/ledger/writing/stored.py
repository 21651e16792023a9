"""The tables of a ledger as rows over a store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from heapq import merge
from operator import itemgetter
from types import MappingProxyType
from typing import Final

from perfxl.ledger.gathering.packing import Block
from perfxl.ledger.model import IndicatorRow, IssueRow, ProjectRow, SourceRow
from perfxl.ledger.settling.store import Store
from perfxl.ledger.tables import INDICATORS, ISSUES, PROJECTS, SOURCES
from perfxl.ledger.writing.rows import Rows

_PROJECTS: Final = """
SELECT counted.number, IFNULL(project_head, project.head), IFNULL(amended.project, project.content)
FROM counted JOIN project USING (form) LEFT JOIN amended USING (form) ORDER BY counted.number
"""
_INDICATORS: Final = "SELECT head, {} FROM counted JOIN indicator USING (form) ORDER BY counted.number"
_COUNT_INDICATORS: Final = "SELECT SUM(count) FROM counted JOIN indicator USING (form)"
_ISSUES: Final = """
SELECT counted.run, 0, counted.number, IFNULL(issues_head, head), {}
FROM counted JOIN issue USING (form) LEFT JOIN amended USING (form) ORDER BY counted.number
"""
_ISSUE_TEXTS: Final = "IFNULL(amended.issues, content)"
_LOOSE: Final = "SELECT run, 1, 0, head, {} FROM loose ORDER BY run"
_COUNT_ISSUES: Final = """
SELECT (SELECT SUM(IFNULL(amended.count, issue.count)) FROM counted JOIN issue USING (form) LEFT JOIN amended USING (form))
    + (SELECT TOTAL(count) FROM loose)
"""
_PLACES: Final = {column.name: place for place, column in enumerate(PROJECTS.columns)}
_NUMBER: Final = _PLACES["number"]

#: What people wrote, by position of the project and by column.
Written = Mapping[int, Mapping[str, str]]


class ProjectRows(Rows[ProjectRow]):
    """项目台账."""

    table = PROJECTS

    def __init__(self, store: Store, written: Written = MappingProxyType({})) -> None:
        self._store = store
        self._written = written

    def __len__(self) -> int:
        return self._store.number("SELECT COUNT(*) FROM counted")

    def blocks(self) -> Iterator[Block]:
        for number, head, content in self._store.select(_PROJECTS):
            block = Block.unpacked(head, content)
            (row,) = block.rows()
            row[_NUMBER] = str(number)
            if (written := self._written.get(number - 1)) is not None:
                for name, text in written.items():
                    row[_PLACES[name]] = text
                yield Block.of(PROJECTS, [row])
            else:
                yield block.with_row(row, _NUMBER)


class IndicatorRows(Rows[IndicatorRow]):
    """指标明细."""

    table = INDICATORS

    def __init__(self, store: Store) -> None:
        self._store = store

    def __len__(self) -> int:
        return self._store.number(_COUNT_INDICATORS)

    def blocks(self) -> Iterator[Block]:
        return self._store.blocks(_INDICATORS.format("content"))

    def heads(self) -> Iterator[Block]:
        return self._store.blocks(_INDICATORS.format("x''"))


class IssueRows(Rows[IssueRow]):
    """问题清单: by input, what was found in its forms, then what belongs to none of them."""

    table = ISSUES

    def __init__(self, store: Store) -> None:
        self._store = store

    def __len__(self) -> int:
        return self._store.number(_COUNT_ISSUES)

    def blocks(self) -> Iterator[Block]:
        return self._merged("content", _ISSUE_TEXTS)

    def heads(self) -> Iterator[Block]:
        return self._merged("x''", "x''")

    def _merged(self, loose: str, of_forms: str) -> Iterator[Block]:
        found = merge(
            self._store.select(_ISSUES.format(of_forms)),
            self._store.select(_LOOSE.format(loose)),
            key=itemgetter(0, 1, 2),
        )
        for _, _, _, head, content in found:
            yield Block.unpacked(head, content)


class SourceRows(Rows[SourceRow]):
    """来源清单."""

    table = SOURCES

    def __init__(self, store: Store) -> None:
        self._store = store

    def __len__(self) -> int:
        return self._store.number("SELECT SUM(count) FROM source")

    def blocks(self) -> Iterator[Block]:
        return self._store.blocks("SELECT head, content FROM source ORDER BY number")
