"""One input, read and checked, as it goes between processes and into the store: texts and numbers, nothing to be run.

What the run must know of each input to settle all of them is little and stands by itself; the rows go along unopened.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, replace
from decimal import Decimal
from hashlib import blake2b
from pathlib import Path
from typing import IO, Any, Final

from perfxl.issue import At, AtLine, AtTable, Place
from perfxl.ledger.gathering.extract import FormFacts, FormRows, Rowed
from perfxl.ledger.gathering.packing import Block, compact, inflated, row_of, texts_of
from perfxl.ledger.model import Status
from perfxl.ledger.settling.settle import Case
from perfxl.ledger.tables import ISSUES, PROJECTS
from perfxl.rules.traits import IndicatorTrait, Said, Traits
from perfxl.text import squeeze

_PLACES: Final[dict[str, Any]] = {"A": At, "L": AtLine, "T": AtTable}
_LETTERS: Final = {kind: letter for letter, kind in _PLACES.items()}
# What a case is beside its forms, its findings, its path and its status.
_OF_CASE: Final = tuple("name size sha256 own_ledger marked_copy reworked mark saved fingerprint reasons".split())
_OF_FORM: Final = tuple("approved_as submission submission_unread digest unfilled edition layout".split())
_LENGTHS: Final = struct.Struct("<II")

#: Head and content of a block.
Packed = tuple[str, bytes]
#: Of an indicator its name, its name and value, as numbers; whether two projects may be compared by it.
Member = tuple[int, int, bool]


@dataclass(frozen=True, slots=True)
class FormParcel:
    """One form of an input.

    Attributes:
        facts: what tells it from its versions, JSON.
        keys: numbers that it shares with any form that may be about the same project.
        code, unit, project: its 单位编码, 单位名称 and 项目名称 as numbers for comparing; None where blank.
        year: as in its row.
        members: its indicators, for the rules about collections.
        traits: what those rules need to know of its head, and of its indicators, JSON.
        rows: its rows in 项目台账, 指标明细 and 问题清单.
    """

    facts: str
    keys: list[int]
    code: int | None
    unit: int | None
    project: int | None
    year: int | None
    members: list[Member]
    traits: tuple[bytes, bytes]
    rows: tuple[Packed, ...]


@dataclass(frozen=True, slots=True)
class Parcel:
    """One input.

    Attributes:
        facts: what settles it, its forms left out, JSON.
        alone: all its forms count, unless another input or the year speaks against it.
        keys: numbers that it shares with any input that may be a copy of it.
        layout, edition: for 来源清单.
        issues: the findings that belong to none of its forms.
        lasting: read again, it would be the same.
    """

    facts: str
    alone: bool
    keys: list[int]
    layout: str
    edition: str
    issues: Packed
    forms: tuple[FormParcel, ...]
    lasting: bool = True

    def compacted(self) -> Parcel:
        """The same in fewer bytes."""
        forms = tuple(
            replace(
                form,
                traits=(compact(form.traits[0]), compact(form.traits[1])),
                rows=tuple((head, compact(content)) for head, content in form.rows),
            )
            for form in self.forms
        )
        return replace(self, forms=forms)


def pack(case: Case, forms: Sequence[FormRows]) -> Parcel:
    """An input that has been read and is settled at most by itself, with its forms."""
    facts = {name: getattr(case, name) for name in _OF_CASE}
    facts["status"] = case.status
    issues = [texts_of(ISSUES, row) for row in case.issues]
    return Parcel(
        facts=json.dumps(facts),
        alone=case.status is None
        and bool(forms)
        and not (issues or case.own_ledger or any(form.unfilled for form in forms)),
        keys=_keys_of_file(case) if forms else [],
        layout="、".join(sorted({form.layout for form in forms if form.layout})),
        edition="、".join(sorted({form.edition for form in forms})),
        issues=_packed(Block.of(ISSUES, issues)),
        forms=tuple(_pack_form(case, form) for form in forms),
        lasting=case.status is not Status.UNREADABLE or bool(case.sha256),
    )


def _pack_form(case: Case, form: FormRows) -> FormParcel:
    traits, project = form.traits, form.traits.project.key
    return FormParcel(
        facts=json.dumps({name: getattr(form, name) for name in _OF_FORM}),
        keys=_keys_of_form(case, form),
        code=number_of("code", traits.code.key) if traits.code.key else None,
        unit=number_of("unit", traits.unit.key) if traits.unit.key else None,
        project=number_of("project", project) if project else None,
        year=form.year,
        members=[
            (number_of("name", item.name.key), number_of("member", item.name.key, item.target), item.comparable)
            for item in traits.indicators
        ],
        traits=_pack_traits(traits),
        rows=(
            _packed(Block.of(PROJECTS, [texts_of(PROJECTS, form.project)])),
            _packed(form.indicators),
            _packed(form.issues),
        ),
    )


def unpack_case(facts: str, path: str, issues: Packed, forms: Iterable[FormFacts]) -> Case:
    """The input again; its forms are given."""
    known = json.loads(facts)
    status = known.pop("status")
    return Case(
        **known,
        path=Path(path) if path else None,
        forms=tuple(forms),
        issues=tuple(row_of(ISSUES, texts) for texts in Block.unpacked(*issues).rows()),
        status=None if status is None else Status(status),
    )


def unpack_form(facts: str, project: Packed, indicators: Rowed) -> FormFacts:
    """The form again, as far as it is settled by."""
    known = json.loads(facts)
    approved_as = known.pop("approved_as")
    return FormFacts(
        **known,
        project=row_of(PROJECTS, Block.unpacked(*project).rows()[0]),
        approved_as=None if approved_as is None else (approved_as[0], approved_as[1]),
        indicators=indicators,
    )


def _packed(block: Block) -> Packed:
    return block.head, block.content


# -- what inputs share


def number_of(*parts: str) -> int:
    """Texts as a number (63 bits) that is the same for the same texts only, as far as anybody will ever see."""
    content = "\x1f".join(parts).encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(content, digest_size=8).digest()) >> 1


def _keys_of_file(case: Case) -> list[int]:
    """Its bytes and what was typed in it; of a copy that somebody worked in, the original's."""
    return [number_of("bytes", case.sha256), number_of("content", case.mark if case.reworked else case.fingerprint)]


def _keys_of_form(case: Case, form: FormRows) -> list[int]:
    """All by which :mod:`perfxl.ledger.settling.contests` could join it to another, and rule X01."""
    row, found = form.project, []
    if form.approved_as is not None:
        found.append(number_of("approval", *form.approved_as))
    names = {squeeze(row.project_code), squeeze(row.project)} - {""}
    units = {squeeze(row.unit_code), squeeze(row.unit_name)} - {""}
    found += [number_of("project", unit, name) for unit in sorted(units) for name in sorted(names)]
    traits = form.traits
    if traits.code.key and traits.project_no.key:
        found.append(number_of("number", traits.code.key, traits.project_no.key))
    return list(dict.fromkeys(found))


# -- traits


def _pack_traits(traits: Traits) -> tuple[bytes, bytes]:
    head: list[object] = [traits.file, traits.form, traits.project_code, _text(traits.total_yuan)]
    head += [_pack_said(said) for said in (traits.code, traits.unit, traits.project, traits.project_no, traits.total)]
    indicators = [(*_pack_said(item.name), item.target, item.comparable) for item in traits.indicators]
    return _json(head), _json(indicators)


def _json(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _text(number: Decimal | None) -> str | None:
    return None if number is None else str(number)


def _pack_said(said: Said) -> list[Any]:
    return [said.text, said.key, [_LETTERS[type(said.at)], *astuple(said.at)], said.value, said.explanation]


def unpack_traits(head: bytes, indicators: bytes, *, only: int | None = None) -> Traits:
    """The traits again, with all indicators or one."""
    file, form, project_code, yuan, *cells = json.loads(inflated(head).decode("utf-8", "surrogatepass"))
    code, unit, project, project_no, total = map(_unpack_said, cells)
    items = json.loads(inflated(indicators).decode("utf-8", "surrogatepass"))
    if only is not None:
        items = items[only : only + 1]
    return Traits(
        file=file,
        form=form,
        code=code,
        unit=unit,
        project=project,
        project_no=project_no,
        total=total,
        total_yuan=None if yuan is None else Decimal(yuan),
        indicators=tuple(IndicatorTrait(_unpack_said(said), target, comparable) for *said, target, comparable in items),
        project_code=project_code,
    )


def _unpack_said(packed: Sequence[Any]) -> Said:
    text, key, place, value, explanation = packed
    at: Place = _PLACES[place[0]](*place[1:])
    return Said(text, key, at, value, explanation)


# -- between processes


def send(stream: IO[bytes], parcel: Parcel) -> None:
    """Put a parcel into a pipe: the lengths of its head and of the rest, the head as JSON, the rest."""
    bodies = [parcel.issues[1]]
    forms = []
    for form in parcel.forms:
        bodies += [*form.traits, *(content for _, content in form.rows)]
        heads = [head for head, _ in form.rows]
        forms.append((form.facts, form.keys, form.code, form.unit, form.project, form.year, form.members, heads))
    lengths = [len(body) for body in bodies]
    flags = parcel.alone, parcel.lasting
    head = [parcel.facts, flags, parcel.keys, parcel.layout, parcel.edition, parcel.issues[0], forms, lengths]
    packed = json.dumps(head).encode()
    stream.write(b"".join((_LENGTHS.pack(len(packed), sum(lengths)), packed, *bodies)))
    stream.flush()


def receive(stream: IO[bytes]) -> Parcel | None:
    """The next parcel out of a pipe; None where it ends before the parcel does."""
    lengths = stream.read(_LENGTHS.size)
    if len(lengths) < _LENGTHS.size:
        return None
    head_length, rest_length = _LENGTHS.unpack(lengths)
    packed, rest = stream.read(head_length), stream.read(rest_length)
    if len(packed) + len(rest) < head_length + rest_length:
        return None
    facts, (alone, lasting), keys, layout, edition, issues, forms, sizes = json.loads(packed)
    bodies = _cut(rest, sizes)
    of_file = (issues, next(bodies))
    received = tuple(_received(form, bodies) for form in forms)
    return Parcel(facts, alone, keys, layout, edition, of_file, received, lasting)


def _received(form: Sequence[Any], bodies: Iterator[bytes]) -> FormParcel:
    facts, keys, code, unit, project, year, members, heads = form
    traits = next(bodies), next(bodies)
    of_project, of_indicators, of_issues = ((head, next(bodies)) for head in heads)
    rows = of_project, of_indicators, of_issues
    return FormParcel(facts, keys, code, unit, project, year, members, traits, rows)


def _cut(content: bytes, sizes: Iterable[int]) -> Iterator[bytes]:
    start = 0
    for size in sizes:
        yield content[start : start + size]
        start += size
