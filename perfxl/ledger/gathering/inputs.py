"""One input, read and checked, as a parcel: all that a worker does."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from perfxl.errors import InputError, NoTargetForm
from perfxl.intake.discover import Found
from perfxl.intake.elsewhere import Elsewhere
from perfxl.ledger.gathering.extract import Lists, form_rows, issue_row
from perfxl.ledger.gathering.parcel import Parcel, pack
from perfxl.ledger.model import Status
from perfxl.ledger.settling.settle import Case
from perfxl.reading import Reading, fingerprint, read_found
from perfxl.settings import Settings


def read_input(found: Found, settings: Settings, lists: Lists, passwords: Sequence[str] = ()) -> Parcel:
    """A file that was found; skipped and unreadable ones come settled.

    Raises:
        UsageError: the settings name an edition or rule that does not exist.
    """
    if found.skip is not None:
        return unread(found, Status.SKIPPED, found.skip)
    try:
        reading = read_found(found, passwords=passwords, limits=settings.limits)
    except NoTargetForm:
        return unread(found, Status.SKIPPED, "文档里没有绩效目标表")
    except InputError as error:
        # The name stands in its own column.
        return unread(found, Status.UNREADABLE, str(error).removeprefix(f"{found.base}：").rstrip("。"))
    return parcel_of(reading, settings, lists)


def unread(found: Found, status: Status, reason: str) -> Parcel:
    """A file that no form was read from."""
    case = Case(found.name, size=_size(found), sha256=found.digest())
    case.close(status, reason)
    return pack(case, ())


def absent(name: str, reason: str) -> Parcel:
    """An input that was given and is not there."""
    case = Case(name)
    case.close(Status.UNREADABLE, reason)
    return pack(case, ())


def path_of(found: Found) -> Path | None:
    """Where links to it lead; None for what is no file by itself."""
    return None if found.inside or isinstance(found, Elsewhere) else found.path


def _size(found: Found) -> int | None:
    if isinstance(found, Elsewhere):
        return found.size
    try:
        return found.path.stat().st_size if found.path.is_file() and not found.inside else None
    except OSError:
        return None


def parcel_of(reading: Reading, settings: Settings, lists: Lists) -> Parcel:
    """A file that has been read, its forms checked.

    Raises:
        UsageError: the settings name an edition or rule that does not exist.
    """
    forms = tuple(form_rows(form, settings, lists) for form in reading.forms)
    case = Case(
        name=reading.source,
        size=None if reading.own_ledger else reading.size,
        sha256="" if reading.own_ledger else reading.sha256,
        forms=forms,
        issues=tuple(issue_row(issue, None) for issue in reading.issues),
        own_ledger=reading.own_ledger,
        marked_copy=reading.marked_copy,
        reworked=reading.reworked,
        mark=reading.mark,
        saved=reading.saved,
        fingerprint=fingerprint(reading.forms),
    )
    return pack(case, forms)
