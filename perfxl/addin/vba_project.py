"""A VBA project from module sources: the content of vbaProject.bin.

Written without performance cache, as [MS-OVBA] allows: Office compiles the sources when it first runs them.
Source: [MS-OVBA] Office VBA File Format Structure; sections are given where used.
"""

from __future__ import annotations

import hashlib
import struct
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from perfxl.addin.compound_file import write_compound_file

_CHUNK = 4096
_MIN_MATCH = 3
_CODE_PAGE = 1252  # sources are ASCII, which is the same in all code pages
_LANGUAGE = 0x0409
_NO_CACHE = struct.pack("<HHBH", 0x61CC, 0xFFFF, 0, 1)  # 2.3.4.1: version 0xFFFF says that no cache follows
_VISIBLE = b"\xff"
WORKBOOK = "0{00020819-0000-0000-C000-000000000046}"  # base classes of document modules
WORKSHEET = "0{00020820-0000-0000-C000-000000000046}"
_REFERENCES = {
    "stdole": r"*\G{00020430-0000-0000-C000-000000000046}#2.0#0#C:\Windows\System32\stdole2.tlb#OLE Automation",
    "Office": r"*\G{2DF8D04C-5BFA-101B-BDE5-00AA0044DE52}#2.0#0"
    r"#C:\Program Files\Common Files\Microsoft Shared\OFFICE16\MSO.DLL#Microsoft Office 16.0 Object Library",
}


@dataclass(frozen=True, slots=True)
class Module:
    """A module.

    Attributes:
        name: as the project shows it; a document module's is the code name of its workbook or sheet.
        source: the whole text as a .bas file holds it, the ``Attribute`` lines too; lines end in any way.
        is_document: it belongs to the workbook or to a sheet.
    """

    name: str
    source: str
    is_document: bool = False

    def stored(self) -> bytes:
        """The text as the project keeps it: lines ended by CR LF.

        Raises:
            ValueError: a character is not ASCII; it would change with the reader's code page.
        """
        return "".join(f"{line}\r\n" for line in self.source.splitlines()).encode("ascii")


def document_module(name: str, base: str) -> Module:
    """The empty module that every workbook and sheet must have.

    Args:
        name: the code name.
        base: ``WORKBOOK`` or ``WORKSHEET``.
    """
    attributes = {
        "Name": f'"{name}"',
        "Base": f'"{base}"',
        "GlobalNameSpace": "False",
        "Creatable": "False",
        "PredeclaredId": "True",
        "Exposed": "True",
        "TemplateDerived": "False",
        "Customizable": "True",
    }
    source = "".join(f"Attribute VB_{key} = {value}\n" for key, value in attributes.items())
    return Module(name, source, is_document=True)


def vba_project(name: str, modules: Sequence[Module]) -> bytes:
    """The vbaProject.bin of a visible project without protection; equal input gives equal bytes.

    Args:
        name: of the project, ASCII.
        modules: the document modules of the workbook and of every sheet must be among them.

    Raises:
        ValueError: a name or a source is not ASCII.
    """
    streams = {f"VBA/{module.name}": compress(module.stored()) for module in modules}
    streams["VBA/_VBA_PROJECT"] = _NO_CACHE
    streams["VBA/dir"] = compress(_dir(name, modules))
    streams["PROJECT"] = _project(name, modules).encode("ascii")
    streams["PROJECTwm"] = b"".join(_both(module.name) for module in modules) + b"\0\0"
    return write_compound_file(streams)


# --- compression, 2.4.1 --------------------------------------------------------------------------------------------


def compress(data: bytes) -> bytes:
    """A compressed container (2.4.1.1.1).

    Raises:
        ValueError: the last, incomplete chunk can't be made smaller.  The format would keep it with zeros added, so
            its length were lost.  Program text is never like that.
    """
    chunks = (_compress_chunk(data[start : start + _CHUNK]) for start in range(0, len(data), _CHUNK))
    return b"\x01" + b"".join(chunks)


def _compress_chunk(chunk: bytes) -> bytes:
    tokens = b"".join(_token_sequences(chunk))
    if len(tokens) < _CHUNK:
        return struct.pack("<H", 0xB000 | (len(tokens) - 1)) + tokens
    if len(chunk) < _CHUNK:
        raise ValueError("the last chunk can't be compressed")
    return struct.pack("<H", 0x3000 | (_CHUNK - 1)) + chunk  # 2.4.1.3.10, kept raw


def _token_sequences(chunk: bytes) -> Iterator[bytes]:
    """Groups of up to eight tokens, each behind a byte of flags: 1 for a copy, 0 for a literal (2.4.1.1.7)."""
    seen: dict[bytes, list[int]] = {}
    at = 0
    while at < len(chunk):
        flags, tokens = 0, b""
        for bit in range(8):
            if at >= len(chunk):
                break
            offset, length = _longest_match(chunk, at, seen)
            if length:
                flags |= 1 << bit
                tokens += _copy_token(at, offset, length)
            else:
                length = 1
                tokens += chunk[at : at + 1]
            for position in range(at, at + length):
                seen.setdefault(chunk[position : position + _MIN_MATCH], []).append(position)
            at += length
        yield bytes([flags]) + tokens


def _longest_match(chunk: bytes, at: int, seen: dict[bytes, list[int]]) -> tuple[int, int]:
    """Offset back and length of the longest earlier match at a position; (0, 0) if there is none of three bytes."""
    _, longest = _offset_bits(at)
    room = min(longest, len(chunk) - at)
    best_offset = best = 0
    if room < _MIN_MATCH:
        return 0, 0
    for start in reversed(seen.get(chunk[at : at + _MIN_MATCH], ())):
        length = _MIN_MATCH
        while length < room and chunk[start + length] == chunk[at + length]:
            length += 1
        if length > best:
            best_offset, best = at - start, length
            if best == room:
                break
    return best_offset, best


def _offset_bits(at: int) -> tuple[int, int]:
    """How many bits of a copy token are its offset at a place in the chunk, and the longest copy (2.4.1.3.19.1)."""
    bits = max((at - 1).bit_length(), 4)
    return bits, (0xFFFF >> bits) + _MIN_MATCH


def _copy_token(at: int, offset: int, length: int) -> bytes:
    bits, _ = _offset_bits(at)
    return struct.pack("<H", (offset - 1) << (16 - bits) | (length - _MIN_MATCH))


# --- the dir stream, 2.3.4.2 ---------------------------------------------------------------------------------------


def _dir(name: str, modules: Sequence[Module]) -> bytes:
    records = [
        _record(0x01, struct.pack("<I", 1)),  # a project of Windows
        _record(0x02, struct.pack("<I", _LANGUAGE)),
        _record(0x14, struct.pack("<I", _LANGUAGE)),
        _record(0x03, struct.pack("<H", _CODE_PAGE)),
        _record(0x04, name.encode("ascii")),
        _record(0x05, b"") + _record(0x40, b""),  # description
        _record(0x06, b"") + _record(0x3D, b""),  # help files
        _record(0x07, bytes(4)),  # help context
        _record(0x08, bytes(4)),  # flags
        struct.pack("<HIIH", 0x09, 4, 1, 1),  # version; the record's size leaves its minor part out
        _record(0x0C, b"") + _record(0x3C, b""),  # constants
        *(_reference(name, library) for name, library in _REFERENCES.items()),
        _record(0x0F, struct.pack("<H", len(modules))),
        _record(0x13, b"\xff\xff"),
        *map(_module_record, modules),
        _record(0x10, b""),
    ]
    return b"".join(records)


def _record(number: int, content: bytes) -> bytes:
    return struct.pack("<HI", number, len(content)) + content


def _named(number: int, unicode_number: int, text: str) -> bytes:
    """A text twice: in the code page, and as UTF-16."""
    return _record(number, text.encode("ascii")) + _record(unicode_number, text.encode("utf-16-le"))


def _reference(name: str, library: str) -> bytes:
    content = struct.pack("<I", len(library)) + library.encode("ascii") + bytes(6)
    return _named(0x16, 0x3E, name) + _record(0x0D, content)


def _module_record(module: Module) -> bytes:
    return b"".join(
        (
            _named(0x19, 0x47, module.name),
            _named(0x1A, 0x32, module.name),  # name of its stream
            _named(0x1C, 0x48, ""),
            _record(0x31, bytes(4)),  # the source starts at once: no cache before it
            _record(0x1E, bytes(4)),
            _record(0x2C, b"\xff\xff"),
            _record(0x22 if module.is_document else 0x21, b""),
            _record(0x2B, b""),
        )
    )


def _both(name: str) -> bytes:
    """An entry of PROJECTwm (2.3.3): a module's name in the code page and in UTF-16, each ended by zero."""
    return f"{name}\0".encode("ascii") + f"{name}\0".encode("utf-16-le")


# --- the PROJECT stream, 2.3.1 -------------------------------------------------------------------------------------


def _project(name: str, modules: Sequence[Module]) -> str:
    identifier = _identifier(name)
    lines = [
        f'ID="{identifier}"',
        *(f"Document={one.name}/&H00000000" if one.is_document else f"Module={one.name}" for one in modules),
        f'Name="{name}"',
        'HelpContextID="0"',
        'VersionCompatible32="393222000"',
        f'CMG="{encrypt(bytes(4), identifier, 0xA6)}"',  # protection: none
        f'DPB="{encrypt(bytes(1), identifier, 0x5A)}"',  # password: none
        f'GC="{encrypt(_VISIBLE, identifier, 0x0E)}"',
        "",
        "[Host Extender Info]",
        "&H00000001={3832D640-CF90-11CF-8E43-00A0C911005A};VBE;&H00000000",
        "",
        "[Workspace]",
        *(f"{module.name}=0, 0, 0, 0, C" for module in modules),
    ]
    return "".join(f"{line}\r\n" for line in lines)


def _identifier(name: str) -> str:
    """A class identifier that depends on the project's name alone."""
    digest = hashlib.sha256(f"perfxl VBA project {name}".encode()).digest()
    return f"{{{str(uuid.UUID(bytes=digest[:16], version=4)).upper()}}}"


def encrypt(data: bytes, identifier: str, seed: int) -> str:
    """Data obscured by the project's identifier, as hexadecimal digits (2.4.3.2).

    Args:
        data: what CMG, DPB or GC say.
        identifier: the project's, in braces.
        seed: any byte; a fixed one makes the result reproducible.
    """
    key = sum(identifier.encode("ascii")) & 0xFF
    written = bytearray([seed, seed ^ 2, seed ^ key])
    plain = key
    for byte in bytes((seed & 6) // 2) + struct.pack("<I", len(data)) + data:
        written.append(byte ^ (written[-2] + plain & 0xFF))
        plain = byte
    return written.hex().upper()
