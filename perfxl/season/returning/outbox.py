"""The files of a round of returns: written whole, and over nothing but what an earlier run of the round left behind."""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Set
from pathlib import Path, PurePath, PurePosixPath
from typing import Final

from perfxl.marking import copy_path, identity
from perfxl.output import output_error, write_whole

_ZIP_TIME: Final = (2020, 1, 1, 0, 0, 0)
#: The folder in a unit's own for files whose contents stand in a new workbook beside it.
ORIGINALS: Final = "原件"


class Outbox:
    """Writes below ``folder / round_name``.

    Args:
        written: what an earlier run of this round wrote: path below ``folder``, with ``/`` → SHA-256.
        zipped: one .zip in place of each folder.

    Attributes:
        digests: what this run has written, in the same form.
        kept: files of the earlier run that somebody has changed; they stay.
    """

    def __init__(self, folder: Path, round_name: str, written: Mapping[str, str], *, zipped: bool) -> None:
        self._folder = folder
        self._round = PurePath(round_name)
        self._written = written
        self._zipped = zipped
        self._taken: set[str] = set()
        self._names: set[str] = set()
        self.digests: dict[str, str] = {}
        self.kept: list[Path] = []

    def put(self, name: PurePath, files: Iterable[tuple[str, bytes]]) -> tuple[Path, tuple[Path, ...]]:
        """Write the files into a folder of that name, or into one .zip; say which folder or .zip, and what was written.

        Raises:
            OutputError: one can't be written.
        """
        name = self._own_name(name)
        self._names.add(str(name).casefold())
        if self._zipped:
            path = self._write(name.with_name(f"{name.name}.zip"), _zip(files))
            return path, (path,)
        return self._folder / self._round / name, tuple(self._write(name / file, content) for file, content in files)

    def keep(self, name: PurePath, wanted: Iterable[Set[str]]) -> tuple[Path, tuple[Path, ...]] | None:
        """Leave the folder or .zip of that name as an earlier run of this round made it.

        Args:
            wanted: files that have to be in it, each by the names that it may have.

        Returns:
            as :meth:`put`; None where no earlier run left one with all of those, and :meth:`put` has to make it.
        """
        own = self._own_name(name)
        for package in self._packages(own):
            files = [each for each in self._of(package) if (self._folder / each).is_file()]
            held = {inner for each in files for inner in _inside(self._folder / each)}
            if all(held & names for names in wanted):
                self._names.add(str(own).casefold())
                for each in files:
                    self.digests[each] = self._written[each]
                    self._taken.add(identity(self._folder / each))
                paths = tuple(self._folder / each for each in files)
                return paths[0] if paths[0].suffix == ".zip" else self._folder / package, paths
        return None

    def _packages(self, own: PurePath) -> Iterator[PurePosixPath]:
        """Where it may stand: under its name, or with a file's own folder, below a unit that nobody can tell now."""
        wanted = PurePosixPath(self._round, own)
        yield wanted
        if len(own.parts) > 1:
            parents = dict.fromkeys(PurePosixPath(each).parent for each in self._written)
            yield from (each for each in parents if each.name == own.name and each != wanted)

    def _of(self, package: PurePosixPath) -> list[str]:
        """What an earlier run wrote into a package; not what lies in folders of files below it."""
        zipped = package.with_name(f"{package.name}.zip").as_posix()
        ours = (package, package / ORIGINALS)
        return [each for each in self._written if each == zipped or PurePosixPath(each).parent in ours]

    def stale(self) -> Iterator[Path]:
        """What the earlier run wrote, this one did not, and still stands as it was."""
        for name, digest in self._written.items():
            path = self._folder / name
            if name not in self.digests and _digest(path) == digest:
                yield path

    def _own_name(self, name: PurePath) -> PurePath:
        """A name that no other unit's folder has."""
        number, own = 1, name
        while str(own).casefold() in self._names:
            number += 1
            own = name.with_name(f"{name.name}({number})")
        return own

    def _write(self, name: PurePath, content: bytes) -> Path:
        digest = hashlib.sha256(content).hexdigest()
        wanted = self._folder / self._round / name
        if identity(wanted) not in self._taken and not self._free(wanted, digest):
            self.kept.append(wanted)
        path = copy_path(self._round / name, self._folder, self._taken, lambda each: self._free(each, digest))
        if _digest(path) != digest:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise output_error(path.parent, error) from error
            write_whole(path, content)
        self.digests[path.relative_to(self._folder).as_posix()] = digest
        return path

    def _free(self, path: Path, digest: str) -> bool:
        """Nothing stands there, or what an earlier run wrote, or the very same."""
        if not os.path.lexists(path):
            return True
        found = _digest(path)
        return found is not None and found in (digest, self._written.get(path.relative_to(self._folder).as_posix()))


def _digest(path: Path) -> str | None:
    """None where there is no file that can be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None


def _inside(path: Path) -> Iterator[str]:
    """A file's name; of a .zip the names in it."""
    if path.suffix != ".zip":
        yield path.name
        return
    try:
        with zipfile.ZipFile(path) as archive:
            yield from (PurePosixPath(each).name for each in archive.namelist())
    except (OSError, zipfile.BadZipFile):
        return


def _zip(files: Iterable[tuple[str, bytes]]) -> bytes:
    stream = io.BytesIO()
    taken: set[str] = set()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files:
            path = PurePath(copy_path(PurePath(name), Path(), taken, lambda _: True))
            part = zipfile.ZipInfo(path.as_posix(), _ZIP_TIME)
            part.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(part, content)
    return stream.getvalue()
