"""Files and folders → the files to read, each once, in an order that doesn't change from run to run.

Nothing is passed over in silence: what is not read is listed with the reason, so that every input can be accounted for.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, NamedTuple

from perfxl.errors import PathNotFound, UnreadableFile
from perfxl.intake.archive import list_archive, read_member
from perfxl.intake.limits import Limits
from perfxl.intake.package import display, read_file
from perfxl.output import is_kept_former, is_trace

_DIGITS: Final = re.compile(r"([0-9]{1,18})")

#: Suffixes of workbooks.  Those that can't be read go on to Package all the same, which says what to do with them.
WORKBOOK_SUFFIXES: Final = frozenset((".xlsx", ".xlsm", ".xltx", ".xls", ".et", ".ods", ".xlsb"))

#: Archives that are not opened go on to Package too: a form may lie in them, so nobody may take them for settled.
_ARCHIVES: Final = frozenset((".zip", ".rar", ".7z", ".gz", ".tgz", ".tar"))
_READ: Final = WORKBOOK_SUFFIXES | _ARCHIVES
#: Suffixes of documents that are no workbooks, but in which forms may stand.
DOCUMENT_SUFFIXES: Final = frozenset(
    (".docx", ".docm", ".doc", ".wps", ".rtf", ".odt", ".txt", ".html", ".htm", ".mht")
)
_NO_WORKBOOK: Final = "不是工作簿"
_FOLDER: Final = "文件夹"  # what is gone into, and never listed as such
_OLD: Final = "perfxl 替换前留的备份"
_SYSTEM_FILES: Final = frozenset(("thumbs.db", "desktop.ini", ".ds_store", "__macosx"))


@dataclass(frozen=True, slots=True)
class Found:
    """A file met on the way.

    Attributes:
        path: where it is.
            For a file in an archive, the archive.
        name: how it is shown: relative to the folder given, with ``/``; unique among the files found.  A file in an
            archive stands below it: ``压缩包.zip/成员.xlsx``.
        skip: why it is not read, in Chinese; None for a workbook to read.
        inside: for a file in an archive, its place in the directory of each archive on the way.
        document: it is no workbook, but a document in which forms may stand.
    """

    path: Path
    name: str
    skip: str | None = None
    inside: tuple[int, ...] = ()
    document: bool = False

    @property
    def base(self) -> str:
        """The last part of the name, which messages start with."""
        return self.name.rpartition("/")[2]

    def read(self, *, passwords: Sequence[str] = (), limits: Limits | None = None) -> bytes:
        """Its bytes, at most one more than ``limits.file_bytes``; ``passwords`` are for encrypted archives.

        Raises:
            PathNotFound: it is gone.
            UnreadableFile: it can't be read.
        """
        limits = limits or Limits()
        if self.inside:
            return read_member(self.path, self.inside, self.base, passwords, limits)
        return read_file(self.path, self.base, limits.file_bytes)

    def digest(self) -> str:
        """SHA-256 of its bytes as they lie there, 64 hex digits; "" for what is no file, or can't be read."""
        try:
            if self.inside:
                return hashlib.sha256(self.read()).hexdigest()
            if self.path.is_symlink() or not self.path.is_file():
                return ""
            with self.path.open("rb") as stream:
                return hashlib.file_digest(stream, "sha256").hexdigest()
        except (OSError, UnreadableFile):
            return ""


class _Met(NamedTuple):
    """Something met on the way: where it is, why it is skipped, and where it really is."""

    path: Path
    skip: str | None
    real: str


@dataclass(frozen=True, slots=True)
class _Source:
    base: Path  # names are relative to it
    entries: tuple[_Entry, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    path: Path
    skip: str | None
    member: str = ""  # its name in the archive, with those of the archives on the way
    inside: tuple[int, ...] = ()


def discover(
    sources: Iterable[str | os.PathLike[str]], *, limits: Limits | None = None, documents: bool = False
) -> list[Found]:
    """The files at and below the sources: by source, then by folder and name without regard to case.

    A .zip is listed with what lies in it, also in one .zip below; itself it is skipped.

    A file reached twice is listed once, at its first place.  Links are not followed: one that leads to a file inside
    the same folder is that file; one that leads outside is listed as skipped.

    Args:
        documents: documents in which forms may stand (.docx, .txt …) are not skipped either.

    Raises:
        PathNotFound: a source does not exist.
    """
    given = [sources] if isinstance(sources, (str, os.PathLike)) else sources
    seen: set[str] = set()
    walked: list[_Source] = []
    for source in given:
        path = Path(source)
        if not os.path.exists(path):
            raise PathNotFound(_not_found(source))
        base, found = (path, _walk(path)) if os.path.isdir(path) else (path.parent, iter([_given(path)]))
        entries: list[_Entry] = []
        for met in found:
            if (key := os.path.normcase(met.real)) not in seen:
                seen.add(key)
                entries += _with_members(met.path, met.skip, limits or Limits())
        walked.append(_Source(base, tuple(entries)))
    named = _named(walked)
    return [as_document(one) for one in named] if documents else named


def _given(path: Path) -> _Met:
    """A file that somebody names; a link that is skipped is listed as itself, any other is the file that it leads to."""
    skip = _reason(path)
    return _Met(path, skip, os.path.abspath(path) if skip is not None and path.is_symlink() else os.path.realpath(path))


def as_document(found: Found) -> Found:
    """A file that was skipped for being no workbook, as the document that it is."""
    suffix = os.path.splitext(found.base)[1].lower()
    wanted = found.skip == _NO_WORKBOOK and suffix in DOCUMENT_SUFFIXES
    return replace(found, skip=None, document=True) if wanted else found


def discover_present(
    sources: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    limits: Limits | None = None,
    documents: bool = False,
) -> tuple[list[Found], dict[str, str]]:
    """The files there are, and by name in Chinese why there is nothing at the other sources: one slip stops nothing.

    Raises:
        PathNotFound: nothing at any of them.
    """
    given = [sources] if isinstance(sources, (str, os.PathLike)) else list(sources)
    present = [source for source in given if os.path.exists(source)]
    missing = {display(os.fspath(source)): _not_found(source) for source in given if source not in present}
    if missing and not present:
        raise PathNotFound("\n".join(missing.values()))
    return discover(present, limits=limits, documents=documents), missing


def _not_found(source: str | os.PathLike[str]) -> str:
    return f"{display(os.fspath(source))}：找不到这个文件或文件夹。请核对路径后再试。"


def _walk(root: Path) -> Iterator[_Met]:
    """What lies below a folder, in order; links into the folder itself left out."""
    home = os.path.realpath(root)
    waiting = [iter(_entries_of(root, home, home))]
    while waiting:
        met = next(waiting[-1], None)
        if met is None:
            waiting.pop()
        elif met.skip is _FOLDER:
            waiting.append(iter(_entries_of(met.path, met.real, home)))
        else:
            yield met


def _entries_of(folder: Path, real: str, home: str) -> Iterator[_Met]:
    """What stands in a folder, in order; a folder that is to be gone into as such."""
    try:
        with os.scandir(folder) as scanned:
            entries = [entry for entry in scanned if not is_trace(entry.name)]  # of a run: they come and go
    except OSError:
        yield _Met(folder, "没有权限打开这个文件夹", real)
        return
    for entry in sorted(entries, key=lambda entry: natural_key(entry.name)):
        path, place = folder / entry.name, os.path.join(real, entry.name)
        if entry.is_symlink() or (os.name == "nt" and _is_link(path)):
            if (reason := _link_reason(path, home)) is not None:
                yield _Met(path, reason, os.path.abspath(path))
        elif entry.is_dir():
            yield _Met(path, _name_reason(entry.name) or _FOLDER, place)
        elif is_kept_former(entry.name):
            yield _Met(path, _OLD, place)  # one that somebody names himself is read
        else:
            yield _Met(path, _file_reason(entry.name) if entry.is_file() else _reason(path), place)


def natural_key(name: str) -> tuple[list[tuple[int, int, str]], str]:
    """Sort key by which 97 comes before 100, and names of one spelling stay together."""
    parts = [part for part in _DIGITS.split(name.casefold()) if part]
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts], name


def _is_link(path: Path) -> bool:
    # A Windows junction is no symlink, yet leads elsewhere; its own name doesn't survive resolution.
    if path.is_symlink():
        return True
    return (
        os.name == "nt"
        and path.is_dir()
        and os.path.realpath(path) != os.path.join(os.path.realpath(path.parent), path.name)
    )


def _link_reason(link: Path, home: str) -> str | None:
    """Why a link is skipped; None where it leads to what the walk meets anyway."""
    target = os.path.realpath(link)
    if not os.path.exists(target):
        return "链接已失效，指向的文件不存在"
    inside = target == home or target.startswith(os.path.join(home, ""))
    return None if inside else "链接指向所给文件夹之外"


def _name_reason(name: str) -> str | None:
    lower = name.lower()
    if lower.startswith(("~$", ".~lock")):
        return "打开文件时产生的临时锁文件"
    if lower in _SYSTEM_FILES:
        return "系统文件"
    return "隐藏的文件或文件夹" if lower.startswith(".") else None


def _reason(path: Path) -> str | None:
    """Why a file is not read, told by its name and kind; None for a workbook."""
    if (reason := _file_reason(path.name)) is not None:
        return reason
    try:
        regular = stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return None  # Package says what is wrong with it
    return None if regular else "不是普通文件"


def reason_by_name(parts: Sequence[str]) -> str | None:
    """Why a file is not read, told by its name and those of its folders; None for a workbook."""
    return next(filter(None, map(_name_reason, parts[:-1])), None) or _file_reason(parts[-1])


def _file_reason(name: str) -> str | None:
    if (reason := _name_reason(name)) is not None:
        return reason
    return None if os.path.splitext(name)[1].lower() in _READ else _NO_WORKBOOK


# -- archives


def _with_members(path: Path, skip: str | None, limits: Limits) -> Iterator[_Entry]:
    """A file, and if it is an archive what lies in it.  One that can't be listed is left for Package to name."""
    if skip is not None or path.suffix.lower() != ".zip":
        yield _Entry(path, skip)
        return
    yield from _members(_Entry(path, None), path, limits)


def _members(archive: _Entry, source: Path | bytes, limits: Limits) -> Iterator[_Entry]:
    members = list_archive(source, limits)
    if members is None:
        yield archive
        return
    yield replace(archive, skip=f"压缩包，里面的 {len(members)} 个文件另列" if members else "压缩包是空的")
    for member in members:
        parts = member.name.split("/")
        reason = member.refusal or reason_by_name(parts)
        name = f"{archive.member}/{member.name}" if archive.member else member.name
        entry = _Entry(archive.path, reason, name, (*archive.inside, member.index))
        if reason is None and parts[-1].lower().endswith(".zip"):
            yield from _nested(entry, limits)
        else:
            yield entry


def _nested(archive: _Entry, limits: Limits) -> Iterator[_Entry]:
    if len(archive.inside) > limits.archive_depth:
        yield archive
        return
    try:
        content = read_member(archive.path, archive.inside, archive.member, (), limits)
    except UnreadableFile:
        yield archive  # read again with the passwords there are, it says what is wrong
        return
    yield from _members(archive, content, limits)


def _named(walked: list[_Source]) -> list[Found]:
    """The files under unique names: where those of two sources clash, their folders' names are put before, as far up
    as needed."""
    lengths = [0] * len(walked)
    while True:
        names = [list(_names(source, length)) for source, length in zip(walked, lengths, strict=True)]
        if len(walked) < 2:
            break
        owners: defaultdict[str, set[int]] = defaultdict(set)
        for i, shown in enumerate(names):
            for name in shown:
                owners[name.casefold()].add(i)
        clashing = {i for sharing in owners.values() if len(sharing) > 1 for i in sharing}
        longer = {i for i in clashing if lengths[i] < len(walked[i].base.absolute().parts) - 1}
        if not longer:
            break
        for i in longer:
            lengths[i] += 1
    return [
        Found(entry.path, name, entry.skip, entry.inside)
        for source, shown in zip(walked, names, strict=True)
        for entry, name in zip(source.entries, shown, strict=True)
    ]


def _names(source: _Source, length: int) -> Iterator[str]:
    """Display names of a source's files, with the last ``length`` parts of its folder before them."""
    absolute = source.base.absolute()
    prefix = absolute.parts[len(absolute.parts) - length :]
    # As text: Path.relative_to costs more than to read the folder did.
    base = os.fspath(source.base)
    start = 0 if base == os.curdir else len(os.path.join(base, ""))
    for entry in source.entries:
        below = os.fspath(entry.path)[start:].replace(os.sep, "/")
        parts = (*prefix, *filter(None, (below, entry.member)))
        yield display("/".join(parts))
