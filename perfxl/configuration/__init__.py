"""``perfxl.toml``: finding the file in which a place keeps what it decides for itself, and reading it.

The file is TOML, or the table ``[tool.perfxl]`` of a ``pyproject.toml``; docs/configuration.md shows every key.  It is
held against what there is (keys, editions, rule codes, word lists), so that a slip of the pen is told and not obeyed.
"""

from __future__ import annotations

import dataclasses
import difflib
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from perfxl.configuration.toml import FILE, PROJECT_FILE, Table, has_our_table, nearest, read_top, shown
from perfxl.intake.limits import BOUNDS, Bounds, Kind, Limits
from perfxl.issue import At, Severity
from perfxl.rules import catalogue
from perfxl.settings import Ignore, Settings, Thresholds
from perfxl.vocabulary import Vocabulary, editions

__all__ = ["Obeyed", "find_settings", "load_settings", "settings_of_run"]

_TOP = ("edition", "year", "select", "ignore", "severity", "thresholds", "ignores", "words", "limits")
_IGNORE = ("code", "reason", "file", "cell")
_THRESHOLDS = tuple(field.name for field in dataclasses.fields(Thresholds))
_SEVERITIES = {word: severity for severity in Severity for word in (severity.value, severity.chinese)}
# Written in percent as on the form; every other threshold is a share of one.
_PERCENTAGES = ("satisfaction", "satisfaction_floor")
_YEARS = range(2000, 2101)
_NUMBER = re.compile(r"\d+(?:\.\d+)?", re.ASCII)
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(KB|MB|GB)", re.ASCII | re.IGNORECASE)
# What a limit of each kind is, and how it is written.
_KINDS: Mapping[Kind, tuple[str, str]] = {
    "count": ("整数", "1000"),
    "seconds": ("秒数，整数", "30"),
    "ratio": ("小数", "0.005"),
    "size": ("大小，带单位 KB、MB 或 GB", '"64 MB"'),
}
_UNITS = {"KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30}


@dataclass(frozen=True, slots=True)
class Obeyed:
    """The settings file that a run obeys, None if there is none, and those that it passes over."""

    path: Path | None
    passed_over: tuple[Path, ...] = ()


def settings_of_run(sources: Sequence[Path], output: Path | None = None) -> Obeyed:
    """The settings file for a run over files that others have sent.

    Looked for at the output, then in the current folder, then at the first source, each time also in every folder above.
    What lies in a source's own folder or below may have been sent along, and could silence the findings: it is passed
    over, unless the current folder is the very one.

    Args:
        sources: files and folders with forms.
        output: where the result goes; it need not exist.
    """
    here = _real(Path.cwd())
    received = [_real(one if one.is_dir() else one.parent) for one in map(Path.absolute, sources)]
    passed_over: dict[Path, None] = {}
    for start in (*filter(None, (output,)), Path.cwd(), *sources[:1]):
        for path in _above(start):
            folder = _real(path.parent)
            if folder == here or not any(folder.is_relative_to(one) for one in received):
                return Obeyed(path, tuple(passed_over))
            passed_over[path] = None
    return Obeyed(None, tuple(passed_over))


def _real(folder: Path) -> Path:
    """The folder itself, by whatever links it was reached."""
    return Path(os.path.realpath(folder))


def find_settings(start: Path) -> Path | None:
    """The nearest settings file at ``start``, or None if there is none.

    Looked for in its folder and in each one above; the nearest wins, and in one folder ``perfxl.toml`` goes before a
    ``pyproject.toml`` with a table ``[tool.perfxl]``.

    Args:
        start: a file or a folder; it need not exist.
    """
    return next(_above(start), None)


def _above(start: Path) -> Iterator[Path]:
    """Every settings file in the folder of ``start`` and above, the nearest first."""
    here = Path(os.path.abspath(start))
    for folder in (here, *here.parents) if os.path.isdir(here) else here.parents:
        if os.path.isfile(folder / FILE):
            yield folder / FILE
        elif has_our_table(folder / PROJECT_FILE):
            yield folder / PROJECT_FILE


def load_settings(path: Path) -> Settings:
    """The settings that the file holds; what it doesn't say keeps its default.

    Args:
        path: a TOML file; one named ``pyproject.toml`` is read at its table ``[tool.perfxl]``.

    Returns:
        Codes are in capitals; a prefix in ``[severity]`` stands written out as the codes it means.

    Raises:
        PathNotFound: there is no such file.
        UsageError: it can't be read, or a key, code, edition or value in it is wrong; names file, key and remedy.
    """
    top = read_top(path, _homes())
    top.allow(_TOP)
    return Settings(
        edition=_edition(top),
        year=_year(top),
        thresholds=_thresholds(top.table("thresholds")),
        select=tuple(_code(top, "select", code) for code in top.texts("select")),
        ignore=tuple(_code(top, "ignore", code) for code in top.texts("ignore")),
        severities=_severities(top.table("severity")),
        ignores=tuple(_ignore(table) for table in top.tables("ignores")),
        words=_words(top.table("words")),
        limits=_limits(top.table("limits")),
    )


def _homes() -> dict[str, Iterable[str]]:
    """Which keys belong in which table."""
    return {"": _TOP, "thresholds": _THRESHOLDS, "words": Vocabulary.lists(), "limits": BOUNDS}


def _edition(top: Table) -> str | None:
    edition = top.text("edition")
    if edition is None or edition in editions():
        return edition
    raise top.wrong("edition", f"没有名为“{edition}”的口径", nearest(edition, editions()))


def _year(top: Table) -> int | None:
    year = top.values.get("year")
    if year is None or (isinstance(year, int) and not isinstance(year, bool) and year in _YEARS):
        return year
    raise top.wrong("year", f"应是四位年度，现为{shown(year)}", "请写成 year = 2027，不加引号。")


def _thresholds(table: Table) -> Thresholds:
    table.allow(_THRESHOLDS)
    given = Thresholds(**{name: _threshold(table, name) for name in table.values})
    if given.satisfaction_floor > given.satisfaction:
        default = " " if "satisfaction_floor" in table.values else "（默认值）"
        problem = f"{given.satisfaction_floor}{default}高于 satisfaction 的 {given.satisfaction}"
        raise table.wrong("satisfaction_floor", problem, "请写上 satisfaction_floor，使它不高于 satisfaction。")
    return given


def _threshold(table: Table, name: str) -> Decimal:
    """The number exactly as written; a float would have lost that."""
    value, percent = table.values[name], name in _PERCENTAGES
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        value = Decimal(value.strip())
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        number = Decimal(value)
        # 0.9 for 90 % would switch the rule off without a word.
        if number.is_finite() and (number == 0 or (1 <= number <= 100 if percent else 0 < number <= 1)):
            return number
    wanted = "百分数，0 或 1 到 100" if percent else " 0 到 1 之间的数"
    raise table.wrong(name, f"应是{wanted}，现为{shown(value)}", f"80% 请写 {'80' if percent else '0.8'}。")


def _severities(table: Table) -> dict[str, Severity]:
    """A prefix means every rule that begins with it; a longer one goes before a shorter."""
    found: dict[str, Severity] = {}
    for key in sorted(table.values, key=len):
        code = _code(table, key, key)
        word = table.values[key]
        if not isinstance(word, str) or word.strip().lower() not in _SEVERITIES:
            raise table.wrong(key, f"应是级别，现为{shown(word)}", '请写 "错误"、"警告" 或 "提示"。')
        severity = _SEVERITIES[word.strip().lower()]
        found.update({one.code: severity for one in catalogue() if one.code.startswith(code)})
    return found


def _ignore(table: Table) -> Ignore:
    table.allow(_IGNORE)
    code, reason = table.text("code"), table.text("reason")
    if code is None:
        raise table.wrong("code", "没有写", '请写明放过哪条规则，如 code = "A04"。')
    if reason is None:
        raise table.wrong("reason", "没有写", '请写明为什么放过，如 reason = "…"；报告会照样写出来。')
    file = table.text("file")
    # Reports name files with "/" wherever they were made.
    file = file.replace("\\", "/") if file else None
    return Ignore(_code(table, "code", code, whole=True), reason, file, _cell(table))


def _cell(table: Table) -> str | None:
    """``F20``, or ``Sheet!F20`` where a workbook holds several forms."""
    text = table.text("cell")
    if text is None:
        return None
    sheet, _, address = text.rpartition("!")
    try:
        at = At.parse(sheet.strip("'"), address.upper())
        return str(at) if sheet else at.a1
    except ValueError:
        raise table.wrong("cell", f"“{text}”不是一个单元格的地址", '请写成 cell = "F18"，一条只写一格。') from None


def _words(table: Table) -> dict[str, tuple[str, ...]]:
    table.allow(Vocabulary.lists())
    return {name: table.texts(name) for name in table.values}


def _limits(table: Table) -> Limits:
    table.allow(BOUNDS)
    given: dict[str, Any] = {name: _limit(table, name) for name in table.values}
    return Limits(**given)


def _limit(table: Table, name: str) -> int | float:
    """A count, a number of bytes or seconds, or a ratio, within its bounds."""
    bounds, value = BOUNDS[name], table.values[name]
    given = shown(value)
    if bounds.kind == "size" and isinstance(value, str) and (size := _SIZE.fullmatch(value.strip())) is not None:
        value = int(Decimal(size[1]) * _UNITS[size[2].upper()])
    number = Decimal(value) if isinstance(value, (int, Decimal)) and not isinstance(value, bool) else Decimal("NaN")
    if not number.is_finite() or (bounds.kind != "ratio" and number % 1):
        kind, example = _KINDS[bounds.kind]
        raise table.wrong(name, f"应是{kind}，现为{given}", f"请写成 {name} = {example}。")
    if number < Decimal(str(bounds.least)):
        advice = "再小，正常的表也会读不了。请改大，或整行删去。"
        raise table.wrong(name, f"不能小于 {_written(bounds, bounds.least)}，现为{given}", advice)
    if bounds.most is not None and number > Decimal(str(bounds.most)):
        raise table.wrong(name, f"不能大于 {_written(bounds, bounds.most)}，现为{given}", "请改小，或整行删去。")
    return float(number) if bounds.kind == "ratio" else int(number)


def _written(bounds: Bounds, value: float) -> str:
    """A bound as it is written in the file."""
    return f"{int(value) >> 20} MB" if bounds.kind == "size" else str(value)


def _code(table: Table, key: str, text: str, *, whole: bool = False) -> str:
    """A rule code, or unless ``whole`` a prefix of some, in capitals."""
    code = text.strip().upper()
    known = [one.code for one in catalogue()]
    begun = [one for one in known if code and one.startswith(code)]
    if code in known or (begun and not whole):
        return code
    if table.name == "severity" and table.home_of(text):
        raise table.unknown(text, known)
    if begun:
        raise table.wrong(key, f"“{text}”是一类规则，不是一条", f"这里要写全，如 {begun[0]}。")
    near = difflib.get_close_matches(code, [one for one in known if one[0] == code[:1]], n=1, cutoff=0.3)
    hint = f"是不是 {near[0]}？" if near else "如果是自定义规则，请先安装它的程序包。"
    raise table.wrong(key, f"没有规则“{text}”", f"{hint}运行 perfxl rules 可列出全部规则。")
