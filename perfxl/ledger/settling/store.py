"""Everything that a run knows of its inputs, in one SQLite database: only what is asked for comes into memory.

What was read of an input stands in ``input``, ``form`` and what hangs on them, and stays as it is; what this run makes of
it stands in temporary tables (``run``, ``counted``, ``amended`` …), so that a database that is kept serves the next run.
A form's number is its input's with its position in the last digits.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

from perfxl.intake.discover import Found
from perfxl.ledger.gathering.extract import FormFacts, at_home, with_issues
from perfxl.ledger.gathering.packing import Block, Texts, row_of, texts_of
from perfxl.ledger.gathering.parcel import FormParcel, Packed, Parcel, unpack_case, unpack_form, unpack_traits
from perfxl.ledger.model import ProjectRow, Status
from perfxl.ledger.settling.settle import Case
from perfxl.ledger.settling.state import Mark
from perfxl.ledger.tables import ISSUES, PROJECTS, SOURCES
from perfxl.rules import Traits

# A workbook has fewer sheets than this (perfxl.intake.limits).
_SHEETS: Final = 1024
_CACHE_KIB: Final = 8_000

_KEPT: Final = """CREATE TABLE IF NOT EXISTS input (
    number INTEGER PRIMARY KEY, place BLOB UNIQUE, met_size INTEGER, changed INTEGER, seen REAL,
    name BLOB, path BLOB, size INTEGER, sha256 TEXT, forms INTEGER, layout TEXT,
    edition TEXT, alone INTEGER, facts TEXT, loose INTEGER, issues_head TEXT, issues BLOB);
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT);
CREATE TABLE IF NOT EXISTS form (
    number INTEGER PRIMARY KEY, code INTEGER, unit INTEGER, project INTEGER, year INTEGER, facts TEXT);
CREATE TABLE IF NOT EXISTS key (form INTEGER, hash INTEGER, PRIMARY KEY (form, hash)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS member (
    form INTEGER, place INTEGER, name INTEGER, member INTEGER, comparable INTEGER, PRIMARY KEY (form, place)
    ) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS trait (form INTEGER PRIMARY KEY, head BLOB, indicators BLOB);
CREATE TABLE IF NOT EXISTS project (form INTEGER PRIMARY KEY, head TEXT, content BLOB);
CREATE TABLE IF NOT EXISTS indicator (form INTEGER PRIMARY KEY, count INTEGER, head TEXT, content BLOB);
CREATE TABLE IF NOT EXISTS issue (form INTEGER PRIMARY KEY, count INTEGER, head TEXT, content BLOB);
"""
_OF_RUN: Final = """
CREATE TEMP TABLE run (number INTEGER PRIMARY KEY, input INTEGER UNIQUE, status TEXT, reason BLOB, counted INTEGER);
CREATE TEMP TABLE left_out (form INTEGER PRIMARY KEY);
CREATE TEMP TABLE counted (number INTEGER PRIMARY KEY, form INTEGER UNIQUE, run INTEGER);
CREATE TEMP TABLE amended (
    form INTEGER PRIMARY KEY, project_head TEXT, project BLOB, count INTEGER, issues_head TEXT, issues BLOB);
CREATE TEMP TABLE late (form INTEGER, finding TEXT);
CREATE TEMP TABLE source (number INTEGER PRIMARY KEY, count INTEGER, head TEXT, content BLOB);
CREATE TEMP TABLE loose (run INTEGER PRIMARY KEY, count INTEGER, head TEXT, content BLOB);
"""
_CONTESTED: Final = f"""
CREATE TEMP TABLE contested (input INTEGER PRIMARY KEY);
INSERT INTO contested SELECT DISTINCT form / {_SHEETS} FROM key
WHERE hash IN (SELECT hash FROM key GROUP BY hash HAVING COUNT(*) > 1);
"""
_OPEN: Final = "SELECT input FROM run WHERE status IS NULL AND input {} (SELECT input FROM contested) ORDER BY number"
_CASE: Final = "SELECT path, facts, issues_head, issues FROM input WHERE number = ?"
_FORMS: Final = "SELECT number, facts FROM form WHERE number >= ? AND number < ? ORDER BY number"
# In the order of the columns of 来源清单, the path behind them.
_SOURCES: Final = """
SELECT run.number, name, status, reason, forms, counted, size, sha256, layout, edition, path
FROM run JOIN input ON input.number = run.input ORDER BY run.number
"""
_LIST_LOOSE: Final = """
INSERT INTO loose SELECT run.number, loose, issues_head, issues FROM run JOIN input ON input.number = run.input
WHERE loose AND status IN (?,?,?)
"""
# Tables that hang on forms, by the column with the form's number.
_OF_FORMS: Final = {
    "form": "number",
    **dict.fromkeys(("key", "member", "trait", "project", "indicator", "issue"), "form"),
}
# After so many inputs what was read is brought to the disk.
_COMMITTED: Final = 500
_UNMARKED: Final = Mark()
_LAST: Final = (1 << 62) - 1
# So many rows of 来源清单 go into a block.
_CHUNK: Final = 64


class Store:
    """The inputs of one run, as they are read, settled and written.

    Args:
        path: where it is kept for the next run; None for nowhere.
        key: what all that was read rests on; where it is another one, nothing of it is used.
        limit_kib: memory that SQLite may keep pages in.

    Raises:
        sqlite3.DatabaseError: also from every method: it is damaged, or can't be written.
    """

    def __init__(self, path: Path | None = None, key: str = "", limit_kib: int = _CACHE_KIB) -> None:
        self.kept = path is not None
        # An empty name: a file of SQLite's own that is gone with the connection; it is written only beyond the cache.
        self._db = sqlite3.connect("" if path is None else path, isolation_level=None, check_same_thread=False)
        if not self.kept:
            self._db.execute("PRAGMA journal_mode = OFF")
        synchronous = "NORMAL" if self.kept else "OFF"
        for pragma in (f"synchronous = {synchronous}", "temp_store = FILE", f"cache_size = -{limit_kib}"):
            self._db.execute(f"PRAGMA {pragma}")
        if self._db.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise sqlite3.DatabaseError("damaged")
        self.make(*_KEPT.split(";"), *_OF_RUN.split(";"))
        self._db.execute("BEGIN")
        if self.recall("key") != key:
            for table in ("input", "meta", *_OF_FORMS):
                self._db.execute(f"DELETE FROM {table}")
            self.remember("key", key)
        self._next = self.number("SELECT MAX(number) FROM input") + 1

    # -- what was read

    def put(self, number: int, path: Path | None, parcel: Parcel, mark: Mark = _UNMARKED) -> None:
        """Take in an input; ``number`` is its place in 来源清单, from 1."""
        known, db = json.loads(parcel.facts), self._db
        first, self._next = self._next * _SHEETS, self._next + 1
        db.execute(
            f"INSERT INTO input VALUES ({','.join('?' * 17)})",
            (
                *(
                    first // _SHEETS,
                    _bytes(mark.place) if mark.place and parcel.lasting else None,
                    mark.size,
                    mark.changed,
                    mark.seen,
                ),
                *(
                    _bytes(known["name"]),
                    _bytes("" if path is None else os.fspath(path)),
                    known["size"],
                    known["sha256"],
                ),
                *(len(parcel.forms), parcel.layout, parcel.edition, parcel.alone),
                *(parcel.facts, Block.unpacked(*parcel.issues).count, *parcel.issues),
            ),
        )
        db.execute("INSERT INTO run (number, input) VALUES (?,?)", (number, first // _SHEETS))
        db.executemany("INSERT INTO key VALUES (?,?)", [(first + _SHEETS - 1, key) for key in parcel.keys])
        for form, each in enumerate(parcel.forms, first):
            self._put_form(form, each)
        if self.kept and number % _COMMITTED == 0:
            self.commit()

    def _put_form(self, number: int, form: FormParcel) -> None:
        db = self._db
        facts = (number, form.code, form.unit, form.project, form.year, form.facts)
        db.execute("INSERT INTO form VALUES (?,?,?,?,?,?)", facts)
        db.executemany("INSERT INTO key VALUES (?,?)", [(number, key) for key in form.keys])
        members = [(number, place, *member) for place, member in enumerate(form.members)]
        db.executemany("INSERT INTO member VALUES (?,?,?,?,?)", members)
        db.execute("INSERT INTO trait VALUES (?,?,?)", (number, *form.traits))
        project, indicators, issues = form.rows
        db.execute("INSERT INTO project VALUES (?,?,?)", (number, *project))
        for table, packed in (("indicator", indicators), ("issue", issues)):
            count = Block.unpacked(*packed).count
            db.execute(f"INSERT INTO {table} VALUES (?,?,?,?)", (number, count, *packed))

    def take_known(self, number: int, found: Found, mark: Mark, *, rehash: bool) -> bool:
        """Take in an input as it was read before, if it is as it was."""
        row = self._db.execute(
            "SELECT number, met_size, changed, seen, sha256 FROM input WHERE place = ?", (_bytes(mark.place),)
        ).fetchone()
        if row is None or not mark.place:
            return False
        before = Mark(mark.place, *row[1:4])
        if rehash or not before.surely(mark):
            if not row[4] or found.digest() != row[4]:
                return False
            moved = (mark.size, mark.changed, mark.seen, row[0])
            self._db.execute("UPDATE input SET met_size = ?, changed = ?, seen = ? WHERE number = ?", moved)
        self._db.execute("INSERT INTO run (number, input) VALUES (?,?)", (number, row[0]))
        return True

    def forget_others(self) -> int:
        """Forget the inputs that this run does not take as they were; how many there were."""
        gone = self._db.execute("DELETE FROM input WHERE number NOT IN (SELECT input FROM run)").rowcount
        for table, column in _OF_FORMS.items() if gone else ():
            self._db.execute(f"DELETE FROM {table} WHERE {column} / {_SHEETS} NOT IN (SELECT number FROM input)")
        self.commit()
        return gone

    def commit(self, *, last: bool = False) -> None:
        """Bring what was read to the disk, where it is kept: a run that is broken off goes on from there.

        ``last``: nothing more is read; from here on the database is not locked but while it is asked.
        """
        if self.kept and self._db.in_transaction:
            self._db.execute("COMMIT")
            if not last:
                self._db.execute("BEGIN")

    def remember(self, name: str, value: str) -> None:
        """Keep a word for the next run."""
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?,?)", (name, value))

    def recall(self, name: str) -> str:
        """A word of the run before; "" where there is none."""
        found = self._db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return "" if found is None else str(found[0])

    # -- settling

    def accept_uncontested(self, year: int | None) -> None:
        """Accept what no other input could speak against, nor the year; see :mod:`perfxl.ledger.settling.settle`."""
        self.make(*_CONTESTED.split(";"))
        of_year = f"NOT EXISTS (SELECT 1 FROM form WHERE number >= input.number * {_SHEETS} AND "
        of_year += f"number < (input.number + 1) * {_SHEETS} AND year <> :year)"
        self._db.execute(
            "UPDATE run SET status = :accepted, reason = x'', counted = (SELECT forms FROM input WHERE number = input) "
            "WHERE input NOT IN (SELECT input FROM contested) AND "
            f"EXISTS (SELECT 1 FROM input WHERE number = run.input AND alone AND (:year IS NULL OR {of_year}))",
            {"accepted": Status.ACCEPTED, "year": year},
        )

    def open_cases(self, *, contested: bool) -> Iterator[Case]:
        """The inputs that are still to be settled, in their order: those that others speak against, or those alone."""
        query = _OPEN.format("IN" if contested else "NOT IN")
        for (number,) in self._db.execute(query).fetchall():
            yield self._case(number)

    def _case(self, number: int) -> Case:
        path, facts, *issues = self._db.execute(_CASE, (number,)).fetchone()
        first = number * _SHEETS
        forms = self._db.execute(_FORMS, (first, first + _SHEETS)).fetchall()
        case = unpack_case(facts, _text(path), (issues[0], issues[1]), (self._form(*form) for form in forms))
        case.number = number
        return case

    def _form(self, number: int, facts: str) -> FormFacts:
        return unpack_form(facts, self._row("project", number), _Stored(self, number))

    def _row(self, table: str, form: int) -> Packed:
        head, content = self._db.execute(f"SELECT head, content FROM {table} WHERE form = ?", (form,)).fetchone()
        return head, content

    def indicators_of(self, form: int) -> Block:
        return Block.unpacked(*self._row("indicator", form))

    def record(self, case: Case) -> None:
        """Keep how an input was settled."""
        counted = case.counted
        self._db.execute(
            "UPDATE run SET status = ?, reason = ?, counted = ? WHERE input = ?",
            (case.status, _bytes("；".join(case.reasons)), len(counted), case.number),
        )
        left_out = set(range(len(case.forms))) - set(counted)
        first = case.number * _SHEETS
        self._db.executemany("INSERT INTO left_out VALUES (?)", [(first + place,) for place in left_out])

    @staticmethod
    def form_number(case: Case, position: int) -> int:
        """The number of a form by its place in its input."""
        return case.number * _SHEETS + position

    def count(self) -> None:
        """Number the forms that count, once all inputs are settled; list the inputs, and what was found in no form."""
        db = self._db
        db.execute(
            "INSERT INTO counted (form, run) SELECT form.number, run.number "
            f"FROM form JOIN run ON run.input = form.number / {_SHEETS} "
            "WHERE run.status = ? AND form.number NOT IN (SELECT form FROM left_out) ORDER BY run.number, form.number",
            (Status.ACCEPTED,),
        )
        db.execute(_LIST_LOOSE, (Status.ACCEPTED, Status.PENDING, Status.REJECTED))
        for first, rows in enumerate(_chunks(map(_source_texts, db.cursor().execute(_SOURCES)))):
            block = Block.of(SOURCES, rows)
            db.execute("INSERT INTO source VALUES (?,?,?,?)", (first, block.count, block.head, block.content))

    # -- across forms

    def traits(self, forms: str, *, indicators: bool = True) -> Iterator[tuple[int, Traits]]:
        """The traits of counted forms, in their order.

        Args:
            forms: a query that gives their numbers.
        """
        wanted = "indicators" if indicators else "x'5B5D'"  # an empty list
        query = (
            f"SELECT form, head, {wanted} FROM counted JOIN trait USING (form) "
            f"WHERE form IN ({forms}) ORDER BY counted.number"
        )
        for form, *packed in self._db.cursor().execute(query):
            yield form, unpack_traits(*packed)

    def traits_with(self, form: int, place: int) -> Traits:
        """The traits of one form with one of its indicators."""
        found = self._db.execute("SELECT head, indicators FROM trait WHERE form = ?", (form,)).fetchone()
        return unpack_traits(*found, only=place)

    def select(self, query: str, *values: object) -> Iterator[tuple[Any, ...]]:
        """The rows that a query gives, one by one."""
        return self._db.cursor().execute(query, values)

    def make(self, *statements: str) -> None:
        """Make temporary tables to ask."""
        for statement in statements:
            self._db.execute(statement)

    def put_late(self, form: int | None, finding: Texts) -> None:
        """Keep a finding that came of comparing forms, with the number of its form if it stands at one."""
        self._db.execute("INSERT INTO late VALUES (?,?)", (form, json.dumps(finding)))

    def amend(self) -> Iterator[tuple[int, ProjectRow]]:
        """Add these findings to those of their forms; each form that has some, and its row as it is now."""
        found = self.select("SELECT form, finding FROM late WHERE form IS NOT NULL ORDER BY form, rowid")
        for form, late in groupby(found, key=itemgetter(0)):
            project = row_of(PROJECTS, Block.unpacked(*self._row("project", form)).rows()[0])
            rows = [at_home(json.loads(finding), project) for _, finding in late]
            amended, issues = with_issues(project, [*Block.unpacked(*self._row("issue", form)).rows(), *rows])
            block = Block.of(PROJECTS, [texts_of(PROJECTS, amended)])
            self._db.execute(
                "INSERT INTO amended VALUES (?,?,?,?,?,?)",
                (form, block.head, block.content, issues.count, issues.head, issues.content),
            )
            yield form, amended
        rows = [json.loads(finding) for (finding,) in self.select("SELECT finding FROM late WHERE form IS NULL")]
        if rows:  # what belongs to no input comes last
            block = Block.of(ISSUES, rows)
            self._db.execute("INSERT INTO loose VALUES (?,?,?,?)", (_LAST, block.count, block.head, block.content))

    # -- rows

    def blocks(self, query: str) -> Iterator[Block]:
        """The blocks whose head and content a query gives."""
        for head, content in self._db.cursor().execute(query):
            yield Block.unpacked(head, content)

    def number(self, query: str) -> int:
        """The one number that a query gives."""
        return int(self._db.execute(query).fetchone()[0] or 0)


@dataclass(frozen=True, slots=True)
class _Stored:
    """A form's indicators, fetched when they are looked at."""

    store: Store
    form: int

    def rows(self) -> list[Texts]:
        return self.store.indicators_of(self.form).rows()


def _bytes(text: str) -> bytes:
    """A text that need not be sound: names of files are not."""
    return text.encode("utf-8", "surrogatepass")


def _text(content: bytes) -> str:
    return content.decode("utf-8", "surrogatepass")


def _source_texts(row: tuple[Any, ...]) -> Texts:
    return [_text(value) if isinstance(value, bytes) else "" if value is None else str(value) for value in row]


def _chunks(rows: Iterable[Texts]) -> Iterator[list[Texts]]:
    waiting = iter(rows)
    while chunk := list(islice(waiting, _CHUNK)):
        yield chunk
