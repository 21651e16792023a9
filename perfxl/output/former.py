"""What stood where a file is written, kept beside it under a name with the date."""

from __future__ import annotations

import contextlib
import datetime
import filecmp
import os
import re
from collections.abc import Iterator
from contextvars import ContextVar
from itertools import count
from pathlib import Path
from typing import Final

from perfxl.output.temporary import remove, take_name, twin

_NAME_BYTES: Final = 255  # of most file systems; Windows counts UTF-16 units, of which there are never more
_BACKUP: Final = "备份"
_KEPT: Final = re.compile(rf".+（{_BACKUP}）\d{{4}}-\d\d-\d\d(?:\(\d+\))?(?:\.\w+)?")
_wanted: ContextVar[tuple[datetime.date, list[Path]] | None] = ContextVar("_wanted", default=None)


@contextlib.contextmanager
def keep_former(day: datetime.date | None) -> Iterator[list[Path]]:
    """Within the block, a file that is replaced stays beside the new one: ``总台账（备份）2026-11-23.xlsx``.

    Args:
        day: the date for the names; None keeps nothing.

    Yields:
        the files kept so far.
    """
    kept: list[Path] = []
    token = _wanted.set(None if day is None else (day, kept))
    try:
        yield kept
    finally:
        _wanted.reset(token)


def dated_names(path: Path, what: str, day: datetime.date) -> Iterator[Path]:
    """``总台账（备份）2026-11-23.xlsx``, then with (2), (3) …: all beside ``path``, and no longer than a name may be."""
    for number in count(1):
        ending = f"（{what}）{day.isoformat()}{f'({number})' if number > 1 else ''}{path.suffix}"
        stem = path.stem
        while len(os.fsencode(f"{stem}{ending}")) > _NAME_BYTES:
            stem = stem[:-1]
        yield path.with_name(f"{stem}{ending}")


def is_kept_former(name: str) -> bool:
    """The name of a file that :func:`keep_former` kept."""
    return _KEPT.fullmatch(name) is not None


@contextlib.contextmanager
def kept_if_wanted(place: Path, successor: Path) -> Iterator[None]:
    """Keep what stands there, if :func:`keep_former` asks for it and it is not the same as what replaces it.

    Nothing is kept if the block, which does the replacing, fails.

    Raises:
        OSError: it can't be kept.
    """
    wanted = _wanted.get()
    if wanted is None or not place.exists() or filecmp.cmp(place, successor, shallow=False):
        yield
        return
    day, kept = wanted
    copy = twin(place)
    try:
        name = next(name for name in dated_names(place, _BACKUP, day) if take_name(copy, name))
    finally:
        remove(copy)
    try:
        yield
    except BaseException:
        if os.path.lexists(successor):
            remove(name)
        raise
    kept.append(name)
