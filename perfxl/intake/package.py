"""An OOXML file (.xlsx, .xlsm, .xltx) as a package of parts, opened under limits.

What a file is, is told by its content, never by its suffix.  Nothing is believed that can be measured: sizes are
those really inflated, counts those really met.  The whole file is held in memory, so no handle stays open and the
clerk can go on using the file.  Format: ECMA-376 Part 2 (package, relationships).
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import posixpath
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import unquote
from xml.parsers import expat

from perfxl.errors import PathNotFound, UnreadableFile
from perfxl.intake.foreign import (
    LOCKED,
    OPEN_DOCUMENT,
    READ_APART,
    SEND_AGAIN,
    SEND_XLSX,
    foreign_file,
    foreign_package,
)
from perfxl.intake.limits import Limits
from perfxl.intake.markup import TextCollector

Source = str | os.PathLike[str] | bytes

MAIN: Final = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
)
_RELATIONSHIPS: Final = ("http://schemas.openxmlformats.org/package/2006/relationships",)
_MEGABYTE: Final = 1024 * 1024
_MIMETYPE: Final = "mimetype"
_PIECE: Final = _MEGABYTE


class OtherFormat(UnreadableFile):
    """A workbook all the same, but encrypted or in a format that only the process apart reads.

    Attributes:
        what: which, in Chinese, such as ``这是二进制工作簿（.xlsb）``.
        encrypted: it is under a password.
    """

    def __init__(self, message: str, what: str) -> None:
        super().__init__(message)
        self.what = what
        self.encrypted = what == LOCKED[0]


@dataclass(frozen=True, slots=True)
class Relationship:
    """One arrow of the package: its id, the last word of its type (``worksheet``), the part it points to."""

    id: str
    kind: str
    target: str


class Package:
    """The parts of one OOXML workbook.

    Attributes:
        name: file name (no folder), as messages show it.
        data: the file's bytes as they were read.
        sha256: their digest, 64 hex digits.
        names: names of all parts, in the order of the file, with ``/`` and without a leading one.
        workbook_part: name of the part that lists the sheets.
    """

    __slots__ = ("name", "data", "limits", "sha256", "names", "workbook_part", "_zip", "_infos", "_inflated", "_arrows")

    def __init__(self, data: bytes, name: str, limits: Limits) -> None:
        """Use :meth:`open`."""
        self.name = name
        self.data = data
        self.limits = limits
        self.sha256 = hashlib.sha256(data).hexdigest()
        if len(data) > limits.file_bytes:
            raise self.over_limit(f"文件超过 {limits.file_bytes // _MEGABYTE} MB")
        if (refused := foreign_file(data)) is not None:
            raise self.unreadable(*refused)
        self._zip, self._infos = self._directory()
        self.names = tuple(info.filename for info in self._infos.values())
        self._inflated: dict[str, int] = {}
        self._arrows: dict[str, tuple[Relationship, ...]] = {}
        self.workbook_part = self._find_main()

    @classmethod
    def open(cls, source: Source, *, name: str | None = None, limits: Limits | None = None) -> Self:
        """The package at a path, or in bytes at hand (then ``name`` is what messages call it).

        Raises:
            PathNotFound: no such file.
            UnreadableFile: not a workbook in the OOXML format, empty, encrypted, damaged, or over a limit;
            an :class:`OtherFormat` where it is a workbook all the same.
        """
        limits = limits or Limits()
        if isinstance(source, bytes):
            return cls(source, name or "工作簿", limits)
        shown = name or display(os.path.basename(os.fspath(source)) or os.fspath(source))
        return cls(read_file(source, shown, limits.file_bytes), shown, limits)

    # -- failures: every one names the file and says what to do

    def unreadable(self, what: str, advice: str = SEND_AGAIN) -> UnreadableFile:
        """The error to raise: this file, what is wrong, what to do (both without a full stop)."""
        error = unreadable(self.name, what, advice)
        return OtherFormat(str(error), what) if (what, advice) in READ_APART else error

    def damaged(self, where: str = "") -> UnreadableFile:
        """The error for content that contradicts the format; ``where`` in Chinese, such as a sheet's name."""
        return self.unreadable(f"{where}内容已损坏，无法读取")

    def over_limit(self, what: str) -> UnreadableFile:
        """The error for a file that holds more than any form would."""
        return self.unreadable(f"{what}，不像绩效目标表", "请把内容粘贴到下发的空白模板后重新提交")

    # -- parts

    def __contains__(self, part: str) -> bool:
        return _key(part) in self._infos

    def read(self, part: str) -> bytes:
        """The inflated bytes of a part; its name is matched without regard to case, as OPC demands.

        Raises:
            UnreadableFile: no such part, damaged, or over a limit.
        """
        return b"".join(self.pieces(part, self.limits.part_bytes + 1))

    def pieces(self, part: str, size: int = _PIECE) -> Iterator[bytes]:
        """The same in pieces of that size, for a part that must not stand in memory whole; errors as they are met."""
        info = self._infos.get(_key(part))
        if info is None:
            raise self.damaged()
        limits = self.limits
        room = min(
            limits.part_bytes,
            max(limits.ratio_from, int(min(info.compress_size, len(self.data)) / limits.inflate_ratio)),
            limits.total_bytes - sum(size for key, size in self._inflated.items() if key != _key(part)),
        )
        length = 0
        try:
            with self._zip.open(info) as stream:
                while piece := stream.read(min(size, room + 1 - length)):
                    length += len(piece)
                    if length > room:
                        raise self.over_limit("解压后体积异常大")
                    yield piece
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError):
            raise self.damaged() from None
        self._inflated[_key(part)] = length

    def inflated_size(self, part: str) -> int:
        """How long the part says it is; good for telling progress, for nothing else."""
        info = self._infos.get(_key(part))
        return info.file_size if info is not None else 0

    def relationships(self, part: str = "") -> tuple[Relationship, ...]:
        """The arrows that leave a part (the package itself for ``""``); targets outside the file are left out."""
        if part not in self._arrows:
            folder, base = posixpath.split(part)
            rels = posixpath.join(folder, "_rels", f"{base}.rels")
            self._arrows[part] = self._read_relationships(rels, folder) if rels in self else ()
        return self._arrows[part]

    def related(self, part: str, kind: str) -> tuple[str, ...]:
        """Names of the parts that ``part`` points to by a type ending in ``/kind``, in the order of the file."""
        return tuple(arrow.target for arrow in self.relationships(part) if arrow.kind == kind)

    def parse(
        self,
        part: str,
        start: Mapping[str, Callable[[dict[str, str]], None]],
        end: Mapping[str, Callable[[], None]],
        text: TextCollector | None = None,
        *,
        where: str = "",
        namespaces: tuple[str, ...] = MAIN,
        content: bytes | None = None,
    ) -> None:
        """One streaming pass over an XML part: handlers by local name, for elements of the namespaces only.

        Attribute names are as in the file, namespaced ones as ``uri name``.  ``content``: the part, where it was read already.
        Within an element whose text is taken there is no other: the two texts would run together.

        Raises:
            UnreadableFile: malformed XML, a DTD, or over a limit; whatever a handler raises goes through.
        """
        content = self.read(part) if content is None else content
        starts = {f"{space} {name}": handler for space in namespaces for name, handler in start.items()}
        ends = {f"{space} {name}": handler for space in namespaces for name, handler in end.items()}
        depth = elements = 0

        def started(name: str, attributes: dict[str, str]) -> None:
            nonlocal depth, elements
            depth += 1
            elements += 1
            if depth > self.limits.xml_depth or elements > self.limits.xml_elements:
                raise self.over_limit(f"{where}内容过多或层次过深")
            if text is not None and text.taking:
                raise self.damaged(where)
            if (handler := starts.get(name)) is not None:
                handler(attributes)

        def ended(name: str) -> None:
            nonlocal depth
            depth -= 1
            if (handler := ends.get(name)) is not None:
                handler()

        self._run(content, started, ended, None if text is None else text.add, where)

    def _run(
        self,
        content: bytes,
        started: Callable[[str, dict[str, str]], None],
        ended: Callable[[str], None] | None,
        text: Callable[[str], None] | None,
        where: str,
    ) -> None:
        def refuse_dtd(*_: object) -> None:
            # No writer of workbooks makes a DTD; it is how entity bombs and file inclusion come in.
            raise self.damaged(where)

        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = started
        parser.EndElementHandler = ended
        parser.CharacterDataHandler = text
        parser.StartDoctypeDeclHandler = refuse_dtd
        try:
            parser.Parse(content, True)
        except (expat.ExpatError, ValueError, LookupError):  # the latter two: encodings that don't exist
            raise self.damaged(where) from None

    # -- opening

    def _directory(self) -> tuple[zipfile.ZipFile, dict[str, zipfile.ZipInfo]]:
        """The zip directory by part name in lower case, its entries held to what a workbook may have."""
        # Counting signatures bounds the directory before zipfile builds an object for each of its entries.
        if self.data.count(b"PK\x01\x02") > self.limits.parts:
            raise self.over_limit(f"文件里的部件超过 {self.limits.parts} 个")
        try:
            archive = zipfile.ZipFile(io.BytesIO(self.data))
        except (zipfile.BadZipFile, OSError, ValueError, struct.error, NotImplementedError, UnicodeDecodeError):
            raise self.unreadable("文件不完整或已损坏（可能没有传完）") from None
        infos: dict[str, zipfile.ZipInfo] = {}
        for info in archive.infolist():
            if info.is_dir():
                continue
            info.filename = info.filename.replace("\\", "/").lstrip("/")
            if info.flag_bits & 0x1:
                raise self.unreadable("文件设有密码", "请去掉密码后重新提交")
            # bzip2 and lzma are legal zip but no workbook's; zipfile inflates them without a bound.
            if _key(info.filename) in infos or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise self.damaged()
            infos[_key(info.filename)] = info
        return archive, infos

    def _find_main(self) -> str:
        for part in self.related("", "officeDocument"):
            if part in self and not part.lower().endswith(".bin") and self._root(part) in _WORKBOOK_ROOTS:
                return self._infos[_key(part)].filename
        verdict = foreign_package(self._infos)
        if verdict == OPEN_DOCUMENT and b"spreadsheet" not in self.read(_MIMETYPE):
            verdict = "这是 OpenDocument 文件，不是工作簿", SEND_XLSX
        raise self.unreadable(*verdict)

    def _root(self, part: str) -> str:
        roots: list[str] = []

        def started(name: str, _: dict[str, str]) -> None:
            roots.append(name)
            raise _Enough

        with contextlib.suppress(_Enough):
            self._run(self.read(part), started, None, None, "")
        return roots[0] if roots else ""

    def _read_relationships(self, rels: str, folder: str) -> tuple[Relationship, ...]:
        arrows: list[Relationship] = []

        def relationship(attributes: dict[str, str]) -> None:
            if attributes.get("TargetMode") != "External":
                kind = attributes.get("Type", "").rpartition("/")[2]
                target = self._resolve(folder, attributes.get("Target", ""))
                arrows.append(Relationship(attributes.get("Id", ""), kind, target))

        self.parse(rels, {"Relationship": relationship}, {}, namespaces=_RELATIONSHIPS)
        return tuple(arrows)

    def _resolve(self, folder: str, target: str) -> str:
        path = posixpath.normpath(posixpath.join("/", folder, unquote(target.strip()).replace("\\", "/"))).lstrip("/")
        info = self._infos.get(_key(path))
        return path if info is None else info.filename


class _Enough(Exception):
    """Ends a parse that has seen what it came for."""


_WORKBOOK_ROOTS: Final = frozenset(f"{space} workbook" for space in MAIN)


def _key(part: str) -> str:
    return part.lower()


def display(name: str) -> str:
    """A file name that can be printed: bytes that are no UTF-8 become �."""
    return os.fsencode(name).decode("utf-8", "replace")


def unreadable(name: str, what: str, advice: str) -> UnreadableFile:
    """The error in three beats: which file, what is wrong, what to do."""
    return UnreadableFile(f"{name}：{what}。{advice}。")


def read_file(path: str | os.PathLike[str], name: str, limit: int) -> bytes:
    """The bytes of a regular file, at most ``limit + 1`` of them: one more than allowed shows that it is too long.

    Raises:
        PathNotFound: no such file.
        UnreadableFile: a folder or device, or it may not be read.
    """
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise unreadable(name, "这不是一个文件", "请指定具体的文件")
        with open(path, "rb") as stream:
            return stream.read(limit + 1)
    except (FileNotFoundError, NotADirectoryError):
        raise PathNotFound(f"{name}：找不到这个文件。请核对路径和文件名。") from None
    except (OSError, ValueError):
        raise unreadable(name, "打不开，可能没有权限或正被别的程序占用", "请关闭占用它的程序、核对权限后再试") from None
