"""What lies in a .zip: its entries under the names people gave them, and their bytes; nothing is ever unpacked to disk.

Names are decided per archive: Chinese Windows writes them in GBK without saying so, others in UTF-8, some without
saying so either.  Format: APPNOTE.TXT of PKWARE, 4.4 and appendix D.
"""

from __future__ import annotations

import contextlib
import io
import os
import posixpath
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO, Final

from perfxl.intake.foreign import LOCKED, SEND_AGAIN, WRONG_PASSWORD
from perfxl.intake.limits import Limits
from perfxl.intake.package import unreadable

_TORN: Final = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError, struct.error,
)  # fmt: skip
_ENTRY: Final = b"PK\x01\x02"
_UTF8_NAME, _ENCRYPTED = 0x800, 0x1
# Parts of every OOXML package and OpenDocument file: a zip with one of them is a document and no archive.
_DOCUMENT_MARKS: Final = frozenset(("[content_types].xml", "mimetype", "ofd.xml"))
_DEVICES: Final = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?:\..*)?", re.IGNORECASE)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_CHINESE_FROM: Final = "\u2000"


@dataclass(frozen=True, slots=True)
class Member:
    """An entry of an archive: its place in the directory, its name with ``/``, and why it must not be read."""

    index: int
    name: str
    refusal: str | None = None


def list_archive(source: Path | bytes, limits: Limits) -> list[Member] | None:
    """The files in an archive, in its order; None for what is no archive, is damaged, or over a limit."""
    try:
        with _opened(source, limits) as archive:
            infos = archive.infolist()
    except _TORN:
        return None
    if any(info.filename.lower() in _DOCUMENT_MARKS for info in infos):
        return None
    # What is inflated is held to the sizes declared here, so that their sum bounds the work.
    if len(infos) > limits.archive_members or sum(info.file_size for info in infos) > limits.archive_total:
        return None
    names = _names(infos)
    taken: dict[str, int] = {}
    members: list[Member] = []
    for index, (info, name) in enumerate(zip(infos, names, strict=True)):
        if info.is_dir() or name.endswith("/"):
            continue
        taken[name.casefold()] = number = taken.get(name.casefold(), 0) + 1
        stem, suffix = posixpath.splitext(_CONTROL.sub("�", name))
        shown = f"{stem}〔{number}〕{suffix}" if number > 1 else stem + suffix
        members.append(Member(index, shown, _refusal(info, name)))
    return members


def read_member(path: Path, inside: Sequence[int], name: str, passwords: Sequence[str], limits: Limits) -> bytes:
    """The bytes of an entry, by its place in the archive, or in the archive at a place in the archive.

    Raises:
        UnreadableFile: damaged, encrypted, over a limit, or gone.
    """
    source: Path | bytes = path
    for index in inside[:-1]:
        source = _nested(source, index, name, tuple(passwords), limits)
    return _member(source, inside[-1], name, passwords, limits)


# The files of one archive are read one after the other: it is inflated once for all of them.
@lru_cache(maxsize=1)
def _nested(source: Path | bytes, index: int, name: str, passwords: tuple[str, ...], limits: Limits) -> bytes:
    return _member(source, index, name, passwords, limits)


def _member(source: Path | bytes, index: int, name: str, passwords: Sequence[str], limits: Limits) -> bytes:
    try:
        with _opened(source, limits) as archive:
            info = archive.infolist()[index]
            if info.file_size > limits.file_bytes:
                raise unreadable(name, f"文件超过 {limits.file_bytes >> 20} MB，不像绩效目标表", SEND_AGAIN)
            if not info.flag_bits & _ENCRYPTED:
                return archive.read(info)
            for password in passwords:
                for encoding in ("utf-8", "gb18030"):
                    try:
                        return archive.read(info, password.encode(encoding))
                    except (RuntimeError, zipfile.BadZipFile, zlib.error):  # the check of one byte may let others by
                        continue
    except (*_TORN, IndexError):
        raise unreadable(name, "在压缩包里已损坏，无法读取", "请重新压缩，或直接提交 .xlsx 工作簿") from None
    raise unreadable(name, *(WRONG_PASSWORD if passwords else LOCKED))


@contextlib.contextmanager
def _opened(source: Path | bytes, limits: Limits) -> Iterator[zipfile.ZipFile]:
    """The archive, its directory known to be bounded before zipfile makes an object for each of its entries.

    Raises one of ``_TORN`` where there is none within the limits.
    """
    if isinstance(source, Path) and not stat.S_ISREG(os.stat(source).st_mode):
        raise OSError
    with open(source, "rb") if isinstance(source, Path) else io.BytesIO(source) as stream:
        if stream.seek(0, os.SEEK_END) > limits.archive_bytes:
            raise OSError
        if _entries(stream) > 50 * limits.archive_members:  # workbooks stored in it have entries of their own
            raise OSError
        with zipfile.ZipFile(stream) as archive:
            yield archive


def _entries(stream: IO[bytes]) -> int:
    """How many directory entries there can be at most."""
    stream.seek(0)
    count, kept = 0, b""
    while block := stream.read(1 << 20):
        count += (kept + block).count(_ENTRY)
        kept = block[-3:]
    return count


def _names(infos: Sequence[zipfile.ZipInfo]) -> list[str]:
    """The entries' names as they were written, ``\\`` made ``/``."""
    raw = {
        index: info.orig_filename.encode("cp437", "replace")
        for index, info in enumerate(infos)
        if not info.flag_bits & _UTF8_NAME
    }
    encoding = _encoding(list(raw.values()))
    return [
        (raw[index].decode(encoding, "replace") if index in raw else info.orig_filename).replace("\\", "/")
        for index, info in enumerate(infos)
    ]


def _encoding(names: Sequence[bytes]) -> str:
    """What all names of an archive are written in.

    Two Chinese characters of GBK are often valid UTF-8 too, but then of two bytes each (越权 reads as ԽȨ): Chinese in
    UTF-8 takes three.
    """
    fitting = [encoding for encoding in ("utf-8", "gb18030") if all(_decodes(name, encoding) for name in names)]
    if "utf-8" in fitting:
        beyond = [ch for name in names for ch in name.decode("utf-8") if not ch.isascii()]
        if "gb18030" not in fitting or all(ch >= _CHINESE_FROM for ch in beyond):
            return "utf-8"
    return "gb18030" if "gb18030" in fitting else "cp437"


def _decodes(name: bytes, encoding: str) -> bool:
    try:
        name.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _refusal(info: zipfile.ZipInfo, name: str) -> str | None:
    """Why an entry is not read whatever it holds."""
    parts = name.split("/")
    if name.startswith("/") or ".." in parts or re.match(r"[A-Za-z]:", name) or _CONTROL.search(name):
        return "名称指向压缩包之外或含有不可见字符，没有打开"
    if any(_DEVICES.fullmatch(part.rstrip(" .")) or ":" in part for part in parts):
        return "名称是系统保留的设备名，没有打开"
    if stat.S_ISLNK(info.external_attr >> 16):
        return "是链接，没有打开"
    return None
