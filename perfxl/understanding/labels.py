"""Whether a text is a label, and which; the words stand in data/vocabulary_labels.toml."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from perfxl.text import squeeze, tidy
from perfxl.vocabulary import Vocabulary, labels, title_words

_LONGEST: Final = 40
_BEFORE: Final = re.compile(r"^(?:[*★☆●■◆※△▲]+|\(?[一二三四五六七八九十]{1,3}[)、.]|\(?\d{1,2}[)、.])+")
_AMONG: Final = re.compile(r"^其中[:,]?")
# What stands in brackets behind a label without changing what it asks for.
_ASIDE: Final = re.compile(
    r"\((?:盖章|公章|签章|签字|加盖公章|全称|选填|必填|可选|可不填|如有|包括?含?.{0,12}|请?注明.{0,12}|"
    r"[\dxX年月日.—\-~至+n]*年?度?[\dxX年月日.—\-~至+n]*|%|分|合计\d+分?|\d+分|满分\d+分?)\)$"
)
_IN_BRACKETS: Final = re.compile(r"\((?:单位:)?([^()]{1,4})\)$")
_COMMA_UNIT: Final = re.compile(r"[,、/]?(?:单位:)?([万亿千百]?元)$")
_PARTS: Final = re.compile(r"[\t\n]+|[ \u3000\xa0]{2,}")
_BRACKETED: Final = re.compile(r"[(（]([^()（）]*)[)）]", re.DOTALL)
_COLON: Final = re.compile(r"[:：]")


@dataclass(frozen=True, slots=True)
class Label:
    """A label: the name of what it labels, the words as typed, and the 金额单位 written with it (None without)."""

    name: str
    word: str
    unit: str | None = None


def head_label(text: str | None) -> Label | None:
    """The label of a field of the head, where the whole text is one."""
    return _label(text or "", "head")


def column_label(text: str | None) -> Label | None:
    """The heading of a column of an indicator table, where the whole text is one."""
    return _label(text or "", "columns")


@lru_cache(maxsize=4096)
def _label(text: str, part: str) -> Label | None:
    plain = squeeze(text[: 2 * _LONGEST]).casefold()
    if not plain or len(plain) > _LONGEST:
        return None
    known, word = labels(part), tidy(text)
    found = _known(plain, known)
    if found is not None:
        return Label(found, word)
    plain, unit = _without_unit(plain.rstrip(":"))
    found = _known(plain, known)
    return Label(found, word, unit) if found is not None else None


def _known(plain: str, known: Mapping[str, str]) -> str | None:
    """The name of that label, with what may stand around it taken away step by step."""
    for change in (_itself, _without_colon, _without_aside, _without_number, _without_among):
        plain = change(plain)
        if plain in known:
            return known[plain]
    return None


def _itself(plain: str) -> str:
    return plain


def _without_colon(plain: str) -> str:
    return plain.rstrip(":*")


def _without_aside(plain: str) -> str:
    return _ASIDE.sub("", plain)


def _without_number(plain: str) -> str:
    return _BEFORE.sub("", plain)


def _without_among(plain: str) -> str:
    return _AMONG.sub("", plain)


def _without_unit(plain: str) -> tuple[str, str | None]:
    """The text without the 金额单位 behind it, and that."""
    units = Vocabulary.load().money_units
    for pattern in (_IN_BRACKETS, _COMMA_UNIT):
        match = pattern.search(plain)
        if match is not None and match[1] in units and match.start():
            return plain[: match.start()].rstrip(":"), match[1]
    return plain, None


def labelled(text: str) -> tuple[tuple[Label, str], ...]:
    """Labels with what stands behind their colon in the same cell (``项目名称：某项目``), one or several; else nothing.

    What goes on in the next line belongs to the label before it.  Only where every part of the first line is such a
    pair, so that no sentence with a colon in it is taken apart.
    """
    whole = tidy(text)
    bracketed = _BRACKETED.fullmatch(whole)
    first, *others = (bracketed[1] if bracketed else whole).split("\n")
    pairs = [_pair(part) for part in _PARTS.split(tidy(first)) if part]
    found = [pair for pair in pairs if pair is not None]
    if not found or len(found) < len(pairs):
        alone = _pair(tidy(first))
        if alone is None:
            return ()
        found = [alone]
    for line in others:
        pair = _pair(tidy(line))
        if pair is not None:
            found.append(pair)
        elif tidy(line):
            label, value = found[-1]
            found[-1] = label, f"{value}\n{line}"
    return tuple(found)


def parted(text: str) -> tuple[str, ...]:
    """The parts of a line that wide spaces part, where one of them is a label with its content; else nothing."""
    parts = [part for part in _PARTS.split(tidy(text)) if part] if "\n" not in tidy(text) else []
    return tuple(parts) if len(parts) > 1 and any(_pair(part) is not None for part in parts) else ()


def _pair(text: str) -> tuple[Label, str] | None:
    """The first colon before which a label stands: 其中：财政拨款：80 has it at the second."""
    for colon in list(_COLON.finditer(text))[:3]:
        label = head_label(text[: colon.start()])
        if label is not None and label.name != "among" and tidy(text[colon.end() :]):
            return label, tidy(text[colon.end() :])
    return None


def names_in(text: str | None) -> list[str]:
    """What a text labels: itself, or with what stands behind its colons."""
    label = head_label(text)
    return [label.name] if label is not None else [found.name for found, _ in labelled(text or "")]


@dataclass(frozen=True, slots=True)
class Title:
    """The title of a form: the number before it (None without), its words, the year in it."""

    number: str | None
    text: str
    year: int | None


_TITLE: Final = re.compile(r"\s*(?:\[bookmark:[^\]]*\])?\s*(?:(?P<number>\d{1,6})\s*[.．、])?(?P<title>.*)", re.DOTALL)
_YEAR_BEHIND: Final = re.compile(r"\(?(?:(20\d\d)年?度?)?\)?$")
_YEAR: Final = re.compile(r"(?<!\d)(20\d\d)年(?:度|$|部门|项目|市级|省级|区级)")
_YEAR_ALONE: Final = re.compile(r"\(?(20\d\d)年(?:度)?\)?")
_LONGEST_TITLE: Final = 80


def title_of(text: str) -> Title | None:
    """The title that the whole text is; None where it is none."""
    match = _TITLE.fullmatch(text)
    if match is None or len(text) > 4 * _LONGEST_TITLE:
        return None
    plain = squeeze(match["title"])
    behind = re.search(r"\((?:续表?|20\d\d年?度?|年度|[\dxX]+年度|含[^()]*|参考[^()]*|样[^()]*)\)$", plain)
    kept = plain[: behind.start()] if behind else plain
    if not kept.endswith("表") or len(kept) > _LONGEST_TITLE or not any(word in kept for word in title_words("title")):
        return None
    year = _YEAR.search(plain) or re.search(r"\((20\d\d)年?度?\)", plain)
    return Title(match["number"], match["title"], int(year[1]) if year else None)


def year_alone(text: str) -> int | None:
    """The year of a line that says nothing else: （2026年度）."""
    match = _YEAR_ALONE.fullmatch(squeeze(text))
    return int(match[1]) if match else None


def names_project(title: str) -> bool:
    """Whether a title tells of which project it is, not only of what kind of form."""
    plain = re.sub(r"\((?:[^()]*)\)$", "", squeeze(title))
    stem = re.sub(r"绩效(?:目标|指标|信息)?(?:申报|批复|申请|审核|公开|情况)*表$", "", plain)
    stem = re.sub(r"^(?:附件?表?\d*[:、]?)?(?:20\d\d|[xX]{4}|\d{2}xx)?年?度?", "", stem)
    return bool(stem) and stem not in title_words("generic")
