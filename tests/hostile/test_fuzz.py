"""Structure-aware fuzzing: XML of a filled form is mutated, and each mutation must keep the meaning, be refused, or be told.

``PERFXL_FUZZ_SECONDS`` sets how long (60 under CI, else 5), ``PERFXL_FUZZ_SEED`` where it starts: at the mutation of that
seed.
"""

from __future__ import annotations

import itertools
import os
import random
import re
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal, InvalidOperation

import pytest

from hostile.packages import form_part, packed, parts, sound
from perfxl.errors import InputError
from perfxl.form import Entry, TargetForm
from perfxl.intake.limits import Limits
from perfxl.issue import Severity
from perfxl.reading import Reading, read_package, typed_entries
from perfxl.rules import check

SECONDS = float(os.environ.get("PERFXL_FUZZ_SECONDS") or (60 if os.environ.get("CI") else 5))
SEED = int(os.environ.get("PERFXL_FUZZ_SEED") or 6)
LIMITS = Limits(cells=5_000, shared_strings=5_000)
# What a form sent in may take, of processor time.
SLOWEST = 20.0

Mutation = Callable[[str, random.Random], str]
_TAG = re.compile(r"<[A-Za-z][^>]*>")
_ATTRIBUTE = re.compile(r'([\w:]+)="([^"]*)"')
_CELL = re.compile(r'<c r="[^"]*"[^>]*?(?:/>|>.*?</c>)', re.DOTALL)
_VALUE = re.compile(r"<v>([^<]*)</v>")
_ODD = (
    "", " ", "0", "-1", "1", "2147483648", "4294967295", "1e308", "1e999", "NaN", "inf", "1_000", "١٢", "１２", "true", "#REF!", "A1:XFD1048576",
    "XFD1048576", "A0", "ZZZZ9", "&#0;", "&#x1F600;", "_x0000_", "_xD800_", "n", "s", "str", "b", "e", "d", "inlineStr", "50%", "2026-01-01",
    "rId1", "rId999", "../../x", "\u202e", "a" * 40_000,
)  # fmt: skip


def _some(pattern: re.Pattern[str], text: str, chance: random.Random) -> re.Match[str] | None:
    found = list(pattern.finditer(text))
    return chance.choice(found) if found else None


def _put(text: str, match: re.Match[str] | None, made: Callable[[re.Match[str]], str]) -> str:
    return text if match is None else text[: match.start()] + made(match) + text[match.end() :]


def attribute_changed(text: str, chance: random.Random) -> str:
    return _put(text, _some(_ATTRIBUTE, text, chance), lambda match: f'{match[1]}="{chance.choice(_ODD)}"')


def attribute_gone(text: str, chance: random.Random) -> str:
    return _put(text, _some(_ATTRIBUTE, text, chance), lambda _: "")


def value_changed(text: str, chance: random.Random) -> str:
    return _put(text, _some(_VALUE, text, chance), lambda _: f"<v>{chance.choice(_ODD)}</v>")


def value_swapped(text: str, chance: random.Random) -> str:
    return _put(text, _some(_VALUE, text, chance), lambda _: f"<v>{chance.randrange(150)}</v>")


def cell_gone(text: str, chance: random.Random) -> str:
    return _put(text, _some(_CELL, text, chance), lambda _: "")


def cell_twice(text: str, chance: random.Random) -> str:
    return _put(text, _some(_CELL, text, chance), lambda match: match[0] * 2)


def cell_moved(text: str, chance: random.Random) -> str:
    row, letter = chance.randrange(1, 80), chance.choice("ABCDEFGHIJKLMN")
    return _put(
        text, _some(_CELL, text, chance), lambda match: re.sub(r'r="[^"]*"', f'r="{letter}{row}"', match[0], count=1)
    )


def value_wrapped(text: str, chance: random.Random) -> str:
    around = chance.choice(
        (("<f>1+1</f>", ""), ("<x>", "</x>"), ("<!--", "-->"), ("<![CDATA[", "]]>"), ("<v>7</v>", ""))
    )
    return _put(text, _some(_VALUE, text, chance), lambda match: around[0] + match[0] + around[1])


def tag_gone(text: str, chance: random.Random) -> str:
    return _put(text, _some(_TAG, text, chance), lambda _: "")


def tag_renamed(text: str, chance: random.Random) -> str:
    name = chance.choice(("c", "v", "row", "f", "is", "t", "mergeCell", "col", "si", "sheet", "xf", "x"))
    return _put(text, _some(_TAG, text, chance), lambda match: re.sub(r"^<[\w:]+", f"<{name}", match[0]))


def spot_changed(text: str, chance: random.Random) -> str:
    at = chance.randrange(len(text))
    return text[:at] + chance.choice("<>&\"'/\x00\ufffe0A ") + text[at + 1 :]


def cut(text: str, chance: random.Random) -> str:
    first, last = sorted(chance.randrange(len(text)) for _ in range(2))
    return text[:first] + text[last:] if chance.random() < 0.5 else text[:last]


def inserted(text: str, chance: random.Random) -> str:
    piece = chance.choice(
        (
            '<mergeCell ref="A17:G18"/>', '<mergeCell ref="A1:XFD1048576"/>', '<row r="18" hidden="1"/>', '<c r="C4"><v>7</v></c>',
            '<col min="1" max="16384" hidden="1"/>', "<si><t>x</t></si>", '<workbookPr date1904="1"/>', "<sheetData/>", "<!DOCTYPE a>",
        )
    )  # fmt: skip
    return _put(text, _some(_TAG, text, chance), lambda match: match[0] + piece)


MUTATIONS: tuple[Mutation, ...] = (
    attribute_changed, attribute_gone, value_changed, value_swapped, cell_gone, cell_twice, cell_moved, value_wrapped,
    tag_gone, tag_renamed, spot_changed, cut, inserted,
)  # fmt: skip
PARTS = (
    form_part(),
    form_part(),
    form_part(),
    "xl/sharedStrings.xml",
    "xl/styles.xml",
    "xl/workbook.xml",
    "xl/_rels/workbook.xml.rels",
    "_rels/.rels",
)


def content(form: TargetForm) -> dict[str, tuple[str, str]]:
    """Everything typed by its cell: what is read there, and its fault."""
    typed = {
        entry.at.a1: (f"{entry.text}|{entry.number if entry.number is not None else ''}", entry.fault)
        for entry in typed_entries(form)
    }
    return typed | {f"J{row}": (text, "") for row, text in form.explanations.items()}


def mutated(chance: random.Random) -> tuple[bytes, list[tuple[str, str]]]:
    changed = parts()
    done = []
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        part, mutation = chance.choice(PARTS), chance.choice(MUTATIONS)
        after = mutation(changed[part].decode("utf-8", "surrogatepass"), chance)
        changed[part] = after.encode("utf-8", "surrogatepass")
        done.append((mutation.__name__, part))
    return packed(changed, zipfile.ZIP_STORED), done


class Oracle:
    """Says whether a value that is read really stands in the file, by a reading of its own: regular expressions only.

    The typed cells of the mutated file are looked up by their address in the text of the sheet.  A value that perfxl
    accepts at a cell must be the text that the mutated XML has for that cell, or perfxl must tell of the cell.
    """

    def __init__(self, data: bytes) -> None:
        inflated = parts(data)
        sheet = inflated[form_part()].decode("utf-8", "replace")
        self._sheet = re.sub(r"<!--.*?-->|<!\[CDATA\[.*?\]\]>", "", sheet, flags=re.DOTALL)
        strings = inflated["xl/sharedStrings.xml"].decode("utf-8", "replace")
        self._strings = [
            "".join(re.findall(r"<t(?: [^>]*)?>([^<]*)</t>", item, re.DOTALL))
            for item in re.findall(r"<si(?: [^>]*)?>(.*?)</si>", strings, re.DOTALL)
        ]

    def stores(self, address: str, number: Decimal) -> bool:
        """Whether the number stands at the address as digits, or as a date."""
        pattern = rf'<c [^>]*?\br="{address}"[^>]*?>(.*?)</c>'
        stored = re.findall(r"<v[^>]*>(.*?)</v>", " ".join(re.findall(pattern, self._sheet, re.DOTALL | re.IGNORECASE)))
        return any(text.strip() == "2026-01-01" or _equal(text.strip(), number) for text in stored)

    def stands(self, address: str, text: str, *, certain: bool = False) -> bool:
        """Whether the text may stand at the address; with ``certain``, whether it does as a shared string."""
        for match in re.finditer(rf'<c [^>]*?\br="{address}"[^>]*?>(.*?)</c>', self._sheet, re.DOTALL | re.IGNORECASE):
            kind = re.search(r'\bt="(\w+)"', match[0][: match[0].index(">")])
            stored = re.search(r"<v[^>]*>(.*?)</v>", match[1], re.DOTALL)
            if kind is None or kind[1] != "s":
                if certain:
                    continue
                return True  # a number or text of its own: shown as the format has it
            if stored and stored[1].strip().isdigit() and int(stored[1]) < len(self._strings):
                line = text.replace("&", "").strip()
                return line[:8] in _unescaped(self._strings[int(stored[1])])
        return False


def _equal(text: str, number: Decimal) -> bool:
    try:
        return abs(Decimal(text) - number) <= abs(number) * Decimal("1e-14")
    except InvalidOperation:
        return False


def _unescaped(text: str) -> str:
    return (
        text.replace("&amp;", "").replace("&gt;", ">").replace("&lt;", "<").replace("&quot;", '"').replace("\r\n", "\n")
    )


def judge(data: bytes, reading: Reading, truth: dict[str, tuple[str, str]]) -> str:
    """What became of the mutation: kept, told, or changed in the file itself; AssertionError for a wrong value."""
    if len(reading.forms) != 1:
        assert reading.issues, "no form, and nobody says why"
        return "refused"
    found = content(reading.forms[0])
    if found == truth:
        return "kept"
    told = {issue.at.a1 for issue in reading.issues if issue.at is not None and hasattr(issue.at, "a1")}
    merged = any("合并" in issue.message for issue in reading.issues)
    oracle = Oracle(data)
    for address in found.keys() | truth.keys():
        text, fault = found.get(address, ("", ""))
        if (text, fault) == truth.get(address) or fault or address in told:
            continue
        words, _, number = text.rpartition("|")
        before, _, amount = truth.get(address, ("", ""))[0].rpartition("|")
        if number:
            assert oracle.stores(address, Decimal(number)), (address, text, truth.get(address))
        elif words:
            assert oracle.stands(address, words), (address, text, truth.get(address))
        elif before and not amount and not merged:
            assert not oracle.stands(address, before, certain=True), (address, "lost", truth.get(address))
    return "changed"


@pytest.fixture(scope="module")
def truth() -> dict[str, tuple[str, str]]:
    return content(read_package(sound(), "表.xlsx").forms[0])


@pytest.mark.fuzz
def test_no_mutation_crashes_hangs_or_gets_a_wrong_value_accepted(truth: dict[str, tuple[str, str]]) -> None:
    outcomes = Counter[str]()
    end = time.monotonic() + SECONDS
    for seed in itertools.count(SEED):
        if time.monotonic() >= end:
            break
        outcomes[outcome_of(seed, truth)] += 1
    print(f"\n{outcomes.total()} mutations: {dict(outcomes)}")


def outcome_of(seed: int, truth: dict[str, tuple[str, str]]) -> str:
    """What becomes of the mutation of that seed; AssertionError where it must not."""
    data, done = mutated(random.Random(seed))
    started = time.process_time()
    try:
        reading = read_package(data, "表.xlsx", limits=LIMITS)
        outcome = judge(data, reading, truth)
        check(reading.forms)
    except InputError as error:
        outcome = "refused"
        assert re.fullmatch(r"表\.xlsx：.+。.+。", str(error), re.DOTALL), (seed, done)
    except Exception as error:
        raise AssertionError(f"PERFXL_FUZZ_SEED={seed}: {done}") from error
    assert time.process_time() - started < SLOWEST, f"PERFXL_FUZZ_SEED={seed}: {done}"
    return outcome


def test_mutations_are_kept_refused_and_changed(truth: dict[str, tuple[str, str]]) -> None:
    """None of the three is what always happens."""
    assert {outcome_of(seed, truth) for seed in range(40)} == {"kept", "refused", "changed"}


def test_the_oracle_knows_a_wrong_value() -> None:
    reading = read_package(sound(), "表.xlsx")
    truth = content(reading.forms[0])
    form = reading.forms[0]
    lying = replace(form, purpose=Entry(raw="别的用途", at=form.purpose.at))
    with pytest.raises(AssertionError):
        judge(sound(), Reading("表.xlsx", "", 0, (lying,)), truth)
    assert judge(sound(), reading, truth) == "kept"
    assert not any(issue.severity is Severity.ERROR for issue in reading.issues)
