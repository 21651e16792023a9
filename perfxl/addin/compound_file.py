"""Writing a compound file: the container, older than zip, in which a VBA project is kept.

Source: [MS-CFB] Compound File Binary File Format, version 3 (sectors of 512 bytes).  Sections are given where used.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

_SECTOR = 512
_MINI_SECTOR = 64
_MINI_CUTOFF = 4096  # shorter streams live in the mini stream
_PER_SECTOR = _SECTOR // 4
_DIFAT_IN_HEADER = 109
_DIFAT_PER_SECTOR = _PER_SECTOR - 1  # the last place links to the next DIFAT sector

# 2.1: sector numbers with a meaning of their own
_DIFAT_SECTOR, _FAT_SECTOR, _END_OF_CHAIN, _FREE = 0xFFFFFFFC, 0xFFFFFFFD, 0xFFFFFFFE, 0xFFFFFFFF
_NO_ENTRY = 0xFFFFFFFF
_UNUSED, _STORAGE, _STREAM, _ROOT = 0, 1, 2, 5  # 2.6.1, object types
_BLACK = 1
_MAX_NAME = 31


@dataclass(slots=True)
class _Entry:
    """A directory entry (2.6.1); left, right and child are numbers of entries."""

    name: str
    kind: int
    content: bytes = b""
    children: dict[str, _Entry] = field(default_factory=dict)
    left: int = _NO_ENTRY
    right: int = _NO_ENTRY
    child: int = _NO_ENTRY
    start: int = 0
    size: int = 0

    def packed(self) -> bytes:
        name = self.name.encode("utf-16-le") + b"\0\0" if self.name else b""
        return (
            struct.pack("<64sHBB3I", name, len(name), self.kind, _BLACK, self.left, self.right, self.child)
            + bytes(36)  # class identifier, state bits and both times: none
            + struct.pack("<IQ", self.start, self.size)
        )


def write_compound_file(streams: Mapping[str, bytes]) -> bytes:
    """A compound file with these streams; equal input gives equal bytes.

    Args:
        streams: content by path; "VBA/dir" is the stream dir in the storage VBA.

    Raises:
        ValueError: a name is empty, longer than 31 UTF-16 units or holds one of ``/ \\ : !``, or a path is both a
            stream and a storage, or two names differ in case only.
    """
    entries = _directory(streams)
    sectors, fat = bytearray(), array("I")
    mini_stream, mini_fat = bytearray(), array("I")
    for entry in entries:
        if entry.kind != _STREAM:
            continue
        entry.size = len(entry.content)
        if not entry.content:
            entry.start = _END_OF_CHAIN
        elif entry.size < _MINI_CUTOFF:
            entry.start = _append(mini_stream, mini_fat, entry.content, _MINI_SECTOR)
        else:
            entry.start = _append(sectors, fat, entry.content, _SECTOR)
    root = entries[0]
    root.size = len(mini_stream)
    root.start = _append(sectors, fat, mini_stream, _SECTOR)
    mini_fat_start = _append(sectors, fat, _words(mini_fat), _SECTOR, _FREE)
    directory = b"".join(entry.packed() for entry in entries)
    while len(directory) % _SECTOR:
        directory += _Entry("", _UNUSED).packed()
    directory_start = _append(sectors, fat, directory, _SECTOR)
    return _assemble(sectors, fat, directory_start, mini_fat_start, -(-len(mini_fat) // _PER_SECTOR))


def _directory(streams: Mapping[str, bytes]) -> list[_Entry]:
    """All entries, the root first, linked into one search tree a storage (2.6.4)."""
    root = _Entry("Root Entry", _ROOT)
    for path, content in streams.items():
        *storages, name = path.split("/")
        place = root
        for storage in storages:
            place = place.children.setdefault(_checked(storage), _Entry(storage, _STORAGE))
            if place.kind == _STREAM:
                raise ValueError(f"{path!r}: {storage!r} is a stream")
        if _checked(name) in place.children:
            raise ValueError(f"{path!r} is there already")
        place.children[name] = _Entry(name, _STREAM, content)
    entries = [root]
    for entry in entries:  # grows while it is walked, storage by storage
        ordered = sorted(entry.children.values(), key=lambda one: _order(one.name))
        if any(_order(one.name) == _order(other.name) for one, other in pairwise(ordered)):
            raise ValueError(f"names in {entry.name!r} differ in case only")
        first = len(entries)
        entries += ordered
        entry.child = _link(entries, first, len(entries))
    return entries


def _checked(name: str) -> str:
    if not name or len(name.encode("utf-16-le")) // 2 > _MAX_NAME or set(name) & set("\\:!"):
        raise ValueError(f"{name!r} can't be a name in a compound file")
    return name


def _order(name: str) -> tuple[int, str]:
    """Shorter names come first, then upper-cased UTF-16 code units decide (2.6.4)."""
    return len(name.encode("utf-16-le")), name.upper()


def _link(entries: list[_Entry], first: int, end: int) -> int:
    """Make the sorted entries first … end-1 a balanced tree; gives its top.  All black is a valid colouring (2.6.4)."""
    if first >= end:
        return _NO_ENTRY
    middle = (first + end) // 2
    entries[middle].left = _link(entries, first, middle)
    entries[middle].right = _link(entries, middle + 1, end)
    return middle


def _append(sectors: bytearray, fat: array[int], content: bytes | bytearray, size: int, padding: int = 0) -> int:
    """Put content into new sectors at the end, chained in the allocation table; the first sector's number."""
    if not content:
        return _END_OF_CHAIN
    start = len(fat)
    count = -(-len(content) // size)
    sectors += content
    sectors += bytes([padding & 0xFF]) * (count * size - len(content))
    fat.extend(range(start + 1, start + count))
    fat.append(_END_OF_CHAIN)
    return start


def _assemble(sectors: bytearray, fat: array[int], directory: int, mini_fat: int, mini_fat_sectors: int) -> bytes:
    """Header, sectors, and at the end the allocation table with its own index, the DIFAT (2.2, 2.3, 2.5)."""
    used = len(fat)
    fat_count = difat_count = 0
    while (fat_count + difat_count + used) > fat_count * _PER_SECTOR:
        fat_count = -(-(used + fat_count + difat_count) // _PER_SECTOR)
        difat_count = -(-max(0, fat_count - _DIFAT_IN_HEADER) // _DIFAT_PER_SECTOR)
    fat_sectors = range(used, used + fat_count)
    difat_sectors = range(used + fat_count, used + fat_count + difat_count)
    fat.extend([_FAT_SECTOR] * fat_count + [_DIFAT_SECTOR] * difat_count)
    fat.extend([_FREE] * (fat_count * _PER_SECTOR - len(fat)))
    header = struct.pack(
        "<8s16s5H6s9I",
        bytes.fromhex("d0cf11e0a1b11ae1"),
        b"",  # class identifier: none
        0x3E,  # minor and major version
        3,
        0xFFFE,  # little-endian
        9,  # sectors of 2⁹ bytes, mini sectors of 2⁶
        6,
        b"",
        0,  # directory sectors are not counted in version 3
        fat_count,
        directory,
        0,  # transaction signature
        _MINI_CUTOFF,
        mini_fat,
        mini_fat_sectors,
        difat_sectors.start if difat_count else _END_OF_CHAIN,
        difat_count,
    )
    in_header, beyond = fat_sectors[:_DIFAT_IN_HEADER], fat_sectors[_DIFAT_IN_HEADER:]
    header += _words(_padded(in_header, _DIFAT_IN_HEADER))
    difat = b"".join(
        _words(_padded(beyond[i * _DIFAT_PER_SECTOR : (i + 1) * _DIFAT_PER_SECTOR], _DIFAT_PER_SECTOR))
        + struct.pack("<I", number + 1 if number + 1 in difat_sectors else _END_OF_CHAIN)
        for i, number in enumerate(difat_sectors)
    )
    return header + bytes(sectors) + _words(fat) + difat


def _padded(numbers: Iterable[int], count: int) -> list[int]:
    listed = list(numbers)
    return listed + [_FREE] * (count - len(listed))


def _words(numbers: Iterable[int]) -> bytes:
    listed = list(numbers)
    return struct.pack(f"<{len(listed)}I", *listed)
