"""One part of a zip package exchanged for another content, every other byte of the archive left as it stands.

Nothing is inflated and deflated again: what stands before and after the part's entry is copied byte by byte, with its
local headers, data descriptors, padding and Zip64 fields.  Only the offsets in the central directory and the end
records move along.  Record layouts: APPNOTE.TXT 6.3 §4.3 (PKWARE); the numbers below are byte offsets in them.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_END: Final = b"PK\x05\x06"
_LOCAL_BYTES: Final = 30
_CENTRAL_BYTES: Final = 46
_ZIP64_EXTRA: Final = 0x0001
_IN_ZIP64: Final = 0xFFFFFFFF
_DESCRIPTOR_FLAG: Final = 0x0008
_DEFLATED: Final = 8
_UTF8_FLAG: Final = 0x0800


class Unsound(Exception):
    """The archive contradicts itself, so one part can't be exchanged without touching others."""


@dataclass(slots=True)
class _Record:
    """One record of the central directory; ``offset`` is where its local header stands."""

    fixed: bytearray
    name: bytes
    extra: bytearray
    comment: bytes
    offset: int
    offset_in_extra: int | None

    @property
    def part(self) -> str:
        """The part's name, as :class:`perfxl.intake.package.Package` compares it."""
        utf8 = struct.unpack_from("<H", self.fixed, 8)[0] & _UTF8_FLAG
        return self.name.decode("utf-8" if utf8 else "cp437", "replace").replace("\\", "/").lstrip("/").lower()

    def move(self, by: int) -> None:
        self.offset += by
        if self.offset_in_extra is not None:
            struct.pack_into("<Q", self.extra, self.offset_in_extra, self.offset)
        else:
            struct.pack_into("<L", self.fixed, 42, self.offset)

    def describe(self, content: bytes, packed: bytes) -> None:
        """Take on the new content: deflated, its sizes in the record itself."""
        flags = struct.unpack_from("<H", self.fixed, 8)[0] & ~_DESCRIPTOR_FLAG
        struct.pack_into("<HH", self.fixed, 8, flags, _DEFLATED)
        struct.pack_into("<LLL", self.fixed, 16, zlib.crc32(content), len(packed), len(content))
        self.extra = bytearray(b"".join(field for kind, field in _extra_fields(self.extra) if kind != _ZIP64_EXTRA))
        struct.pack_into("<H", self.fixed, 30, len(self.extra))
        self.offset_in_extra = None
        struct.pack_into("<L", self.fixed, 42, self.offset)

    def packed(self) -> bytes:
        return bytes(self.fixed) + self.name + bytes(self.extra) + self.comment


def replace_part(data: bytes, part: str, content: bytes) -> bytes:
    """The archive ``data`` with ``content`` as its part ``part``; the same input gives the same bytes.

    Raises:
        Unsound: the archive has no such part, or contradicts itself.
    """
    try:
        return _replaced(data, part.lower(), content)
    except struct.error:
        raise Unsound("record cut short") from None


def _replaced(data: bytes, part: str, content: bytes) -> bytes:
    end, start, size, count = _directory_place(data)
    records = list(_records(data[start : start + size], count))
    changed = next((record for record in records if record.part == part), None)
    if changed is None:
        raise Unsound("no such part")
    begins = changed.offset
    if data[begins : begins + 4] != b"PK\x03\x04":
        raise Unsound("local header not where the directory says")
    # The gap up to the next entry is this entry's data descriptor; it goes with the entry.
    stops = min((record.offset for record in records if record.offset > begins), default=start)
    stops = min(stops, start)
    if _entry_end(data, changed) > stops:
        raise Unsound("entries overlap")
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    packed = packer.compress(content) + packer.flush()
    local = _local_header(data, changed, content, packed)
    grown = len(local) + len(packed) - (stops - begins)
    changed.describe(content, packed)
    for record in records:
        if record.offset > begins:
            record.move(grown)
    directory = b"".join(record.packed() for record in records)
    tail = _moved_tail(data, start + size, end, start + grown, len(directory))
    return data[:begins] + local + packed + data[stops:start] + directory + tail


def _directory_place(data: bytes) -> tuple[int, int, int, int]:
    """(offset of the end record, offset of the directory, its size, number of its records)."""
    end = data.rfind(_END)
    if end < 0:
        raise Unsound("no end record")
    count, size, start = struct.unpack_from("<HLL", data, end + 10)
    stops = end
    if end >= 20 and data[end - 20 : end - 16] == b"PK\x06\x07":
        wide = struct.unpack_from("<Q", data, end - 12)[0]
        count, size, start = struct.unpack_from("<QQQ", data, wide + 32)
        stops = wide
    if start + size != stops:
        raise Unsound("directory not where the end record says")
    return end, start, size, count


def _records(directory: bytes, count: int) -> Iterator[_Record]:
    position = 0
    for _ in range(count):
        fixed = bytearray(directory[position : position + _CENTRAL_BYTES])
        if fixed[:4] != b"PK\x01\x02":
            raise Unsound("broken directory")
        name_size, extra_size, comment_size = struct.unpack_from("<HHH", fixed, 28)
        name_at = position + _CENTRAL_BYTES
        extra_at = name_at + name_size
        comment_at = extra_at + extra_size
        position = comment_at + comment_size
        extra = bytearray(directory[extra_at:comment_at])
        offset, in_extra = _offset(fixed, extra)
        yield _Record(fixed, directory[name_at:extra_at], extra, directory[comment_at:position], offset, in_extra)
    if position != len(directory):
        raise Unsound("broken directory")


def _offset(fixed: bytearray, extra: bytearray) -> tuple[int, int | None]:
    """Offset of the local header, and where in the Zip64 field it stands if it does."""
    offset: int = struct.unpack_from("<L", fixed, 42)[0]
    if offset != _IN_ZIP64:
        return offset, None
    at = 0
    for kind, field in _extra_fields(extra):
        if kind == _ZIP64_EXTRA:
            # The field holds only those values that the record has no room for: inflated, packed size, offset.
            before = sum(size == _IN_ZIP64 for size in struct.unpack_from("<LL", fixed, 20))
            at += 4 + 8 * before
            return struct.unpack_from("<Q", extra, at)[0], at
        at += len(field)
    raise Unsound("offset missing")


def _extra_fields(extra: bytes | bytearray) -> Iterator[tuple[int, bytes]]:
    """(id, whole field) of an extra area; a rest too short to be a field has id -1."""
    position = 0
    while position + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, position)
        yield kind, bytes(extra[position : position + 4 + size])
        position += 4 + size
    if position < len(extra):
        yield -1, bytes(extra[position:])


def _entry_end(data: bytes, record: _Record) -> int:
    name_size, extra_size = struct.unpack_from("<HH", data, record.offset + 26)
    packed: int = struct.unpack_from("<L", record.fixed, 20)[0]
    body: int = record.offset + _LOCAL_BYTES + name_size + extra_size
    # A part of 4 GB is far over what the reader lets through: its size can't really stand in Zip64.
    return body if packed == _IN_ZIP64 else body + packed


def _local_header(data: bytes, record: _Record, content: bytes, packed: bytes) -> bytes:
    fixed = bytearray(data[record.offset : record.offset + _LOCAL_BYTES])
    name_size, extra_size = struct.unpack_from("<HH", fixed, 26)
    name_at = record.offset + _LOCAL_BYTES
    name = data[name_at : name_at + name_size]
    extra = b"".join(
        field
        for kind, field in _extra_fields(data[name_at + name_size : name_at + name_size + extra_size])
        if kind != _ZIP64_EXTRA
    )
    flags = struct.unpack_from("<H", fixed, 6)[0] & ~_DESCRIPTOR_FLAG
    struct.pack_into("<HH", fixed, 6, flags, _DEFLATED)
    struct.pack_into("<LLL", fixed, 14, zlib.crc32(content), len(packed), len(content))
    struct.pack_into("<H", fixed, 28, len(extra))
    return bytes(fixed) + name + extra


def _moved_tail(data: bytes, after: int, end: int, start: int, size: int) -> bytes:
    """The end records (Zip64's first, where there are any), told where the directory now stands."""
    tail = bytearray(data[after:])
    end_at = end - after
    if end_at:
        struct.pack_into("<QQ", tail, 40, size, start)
        struct.pack_into("<Q", tail, end_at - 12, start + size)
    for at, value in ((end_at + 12, size), (end_at + 16, start)):
        if struct.unpack_from("<L", tail, at)[0] != _IN_ZIP64:
            struct.pack_into("<L", tail, at, value)
    return bytes(tail)
