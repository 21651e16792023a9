"""What the last run read, and whether it still holds: the store that is kept beside the ledger.

A file is not read again where size and time of change are as they were, nor where its bytes are (SHA-256).  A time within
two seconds of the run that saw it proves nothing: clocks of file systems are that coarse.  The store may be deleted at any
time, and is made anew where anything else that the result rests on has changed, or where it is damaged.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from perfxl.intake.discover import Found
from perfxl.ledger.earlier.notes import notes_in
from perfxl.ledger.gathering.extract import Lists
from perfxl.ledger.model import NoteRow
from perfxl.rules import catalogue
from perfxl.settings import Settings
from perfxl.version import __version__

if TYPE_CHECKING:
    from perfxl.ledger.pipeline import Ledger

_COARSE: Final = 2.0  # seconds


def state_path(ledger: Path) -> Path:
    """Where the store of a ledger is kept: a hidden file beside it."""
    return ledger.with_name(f".perfxl-{ledger.name}.state")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the last run left behind.

    Attributes:
        files: the ledger's, each with its size and time of change.
        summary, failed: as the ledger told it.
        figures: the ledger in numbers, for programs.
        notes: what people's columns held.
    """

    files: tuple[tuple[str, int, int], ...]
    summary: str
    failed: bool
    figures: dict[str, object]
    notes: tuple[NoteRow, ...]

    @classmethod
    def of(cls, ledger: Ledger, written: Iterable[Path]) -> Outcome:
        """Of a ledger that has just been written."""
        return cls(
            files=tuple(map(_met, written)),
            summary=ledger.summary(),
            failed=ledger.failed,
            figures=ledger.figures(),
            notes=tuple(notes_in(ledger)),
        )

    @classmethod
    def loads(cls, text: str) -> Outcome | None:
        """What :meth:`dumps` made a text of; None where there is nothing."""
        if not text:
            return None
        files, summary, failed, figures, notes = json.loads(text)
        return cls(
            tuple((path, size, changed) for path, size, changed in files),
            summary,
            failed,
            figures,
            tuple(NoteRow(*note) for note in notes),
        )

    def dumps(self) -> str:
        """As a text."""
        notes = [astuple(note) for note in self.notes]
        return json.dumps((self.files, self.summary, self.failed, self.figures, notes))

    def stands(self) -> bool:
        """Nobody has touched the ledger since."""
        try:
            return bool(self.files) and all(_met(Path(file[0])) == file for file in self.files)
        except OSError:
            return False


def _met(path: Path) -> tuple[str, int, int]:
    status = path.stat()
    return os.path.abspath(path), status.st_size, status.st_mtime_ns


def key_of(settings: Settings, lists: Lists, passwords: Sequence[str]) -> str:
    """All that the result of reading a file rests on but the file."""
    rules = [(one.code, type(one).__module__, one.since) for one in catalogue()]
    entries = [None if given is None else given.entries for given in (lists.roster, lists.approvals)]
    content = repr((__version__, settings, entries, tuple(passwords), rules))
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Mark:
    """How a file was met.

    Attributes:
        place: where it is, and what it is called; "" for what is not to be known again.
        size, changed: of the file, or of the archive that it lies in; bytes, and nanoseconds since 1970.
        seen: when, in seconds since 1970.
    """

    place: str = ""
    size: int = 0
    changed: int = 0
    seen: float = 0.0

    @classmethod
    def of(cls, found: Found) -> Mark:
        """The file as it is now, which it must be asked before it is read."""
        seen = time.time()
        try:
            status = os.stat(found.path)
        except OSError:
            return cls()
        place = (os.path.abspath(found.path), *map(str, found.inside), found.name, found.skip or "", found.document)
        return cls("\x1f".join(map(str, place)), status.st_size, status.st_mtime_ns, seen)

    def surely(self, now: Mark) -> bool:
        """The file is as it was, without a look into it."""
        return (self.size, self.changed) == (now.size, now.changed) and self.changed / 1e9 < self.seen - _COARSE
