"""``perfxl.toml``: finding the file in which a place keeps what it decides for itself, and reading it.

The file is TOML, or the table ``[tool.perfxl]`` of a ``pyproject.toml``; docs/configuration.md shows every key.  It is
held against what there is (keys, editions, rule codes, word lists), so that a slip of the pen is told and not obeyed.
"""

from __future__ import annotations

import dataclasses
import difflib
import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from perfxl.errors import PathNotFound, UsageError
from perfxl.issue import At, Severity
from perfxl.rules import catalogue
from perfxl.settings import Ignore, Settings, Thresholds
from perfxl.vocabulary import Vocabulary, editions

__all__ = ["find_settings", "load_settings"]

FILE, PROJECT_FILE = "perfxl.toml", "pyproject.toml"
_PROJECT_TABLE = "tool.perfxl"

_TOP = ("edition", "year", "select", "ignore", "severity", "thresholds", "ignores", "words")
_IGNORE = ("code", "reason", "file", "cell")
_THRESHOLDS = tuple(field.name for field in dataclasses.fields(Thresholds))
_SEVERITIES = {word: severity for severity in Severity for word in (severity.value, severity.chinese)}
# Written in percent as on the form; every other threshold is a share of one.
_PERCENTAGES = ("satisfaction", "satisfaction_floor")
_YEARS = range(2000, 2101)
_NUMBER = re.compile(r"\d+(?:\.\d+)?", re.ASCII)

_DEFAULT_HINT = '一行只写一个“名称 = 值”，文字要加英文引号，列表写成 ["A", "B"]。'
# What people type into such a file, by a pattern of the line on which it can't be read on.
_SLIPS = (
    (re.compile("[“”‘’]"), '引号请改用英文引号 "。'),
    (re.compile("[＝［］，＃]"), "等号、方括号、逗号请改用英文（半角）字符。"),
    (re.compile(r"\\"), "路径里的 \\ 请改成 /。"),
    (re.compile(r"\d\s*[%％]"), "百分数请写成小数，5% 写作 0.05。"),
    (re.compile(r"""^\s*[^\s"'#=]*[^\x00-\x7f"'#=]+[^"'#=]*="""), "等号左边只能是说明里列出的英文名称。"),
)


def find_settings(start: Path) -> Path | None:
    """The settings file that holds for what lies at ``start``, or None if there is none.

    Looked for in its folder and in each one above; the nearest wins, and in one folder ``perfxl.toml`` goes before a
    ``pyproject.toml`` with a table ``[tool.perfxl]``.

    Args:
        start: a file or a folder, usually the first input; it need not exist.
    """
    here = Path(os.path.abspath(start))
    for folder in (here, *here.parents) if os.path.isdir(here) else here.parents:
        if os.path.isfile(folder / FILE):
            return folder / FILE
        if _has_our_table(folder / PROJECT_FILE):
            return folder / PROJECT_FILE
    return None


def _has_our_table(project_file: Path) -> bool:
    """Other people's project files must not stop perfxl, be they as broken as they like."""
    try:
        content = project_file.read_bytes()
    except OSError:
        return False
    if b"perfxl" not in content:
        return False
    try:
        tool = tomllib.loads(content.decode("utf-8-sig")).get("tool")
    except (ValueError, RecursionError):
        return re.search(rb"^\s*\[+\s*tool\s*\.\s*perfxl\b", content, re.MULTILINE) is not None
    return isinstance(tool, dict) and "perfxl" in tool


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
    top = _top_of(path)
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
    )


@dataclass(frozen=True, slots=True)
class _Table:
    """A table of the file, with what is needed to say where something in it is wrong.

    Attributes:
        root: ``tool.perfxl`` in a pyproject.toml, else "".
        name: name within the root, "" for the root itself.
        number: position in a list of tables, from 1; 0 for a single table.
    """

    file: Path
    root: str
    name: str
    values: Mapping[str, Any]
    number: int = 0

    def wrong(self, key: str, problem: str, advice: str) -> UsageError:
        section = self._full(self.name)
        place = f"[[{section}]] 第{self.number}处 " if self.number else f"[{section}] " if section else ""
        return UsageError(f"{self.file} 的 {place}{key}：{problem}。{advice}")

    def _full(self, name: str) -> str:
        return ".".join(part for part in (self.root, name) if part)

    def allow(self, known: Iterable[str]) -> None:
        """Refuse any other key."""
        for key in self.values:
            if key not in known:
                raise self.unknown(key, known)

    def unknown(self, key: str, known: Iterable[str]) -> UsageError:
        """No such key: it belongs elsewhere, or it is misspelt."""
        home = self.home_of(key)
        return self.wrong(key, "这里没有这个键", f"它应写在{home}。" if home else _nearest(key, known))

    def home_of(self, key: str) -> str:
        """Where else that key belongs, in words; "" if nowhere else."""
        if self.name and key in _TOP:
            return f" [{self.root}] 下" if self.root else "文件最前面、所有 [小节] 之前"
        if self.name != "thresholds" and key in _THRESHOLDS:
            return f" [{self._full('thresholds')}] 下"
        if self.name != "words" and key in Vocabulary.lists():
            return f" [{self._full('words')}] 下"
        return ""

    def text(self, key: str) -> str | None:
        """That text, None if the key is not there."""
        value = self.values.get(key)
        if value is None:
            return None
        if isinstance(value, str) and value.strip():
            return value.strip()
        raise self.wrong(key, f"应是文字，现为{_shown(value)}", f'请写成 {key} = "…"，不用时整行删去。')

    def texts(self, key: str) -> tuple[str, ...]:
        """That list of texts, empty if the key is not there."""
        value = self.values.get(key, [])
        if isinstance(value, list) and all(isinstance(item, str) and item.strip() for item in value):
            return tuple(item.strip() for item in value)
        example = value if isinstance(value, str) and value.strip() else "…"
        more = "带理由放过某一处，请用 [[ignores]]。" if key == "ignore" else ""
        raise self.wrong(key, f"应是一列文字，每项不空，现为{_shown(value)}", f'请写成 {key} = ["{example}"]。{more}')

    def table(self, key: str) -> _Table:
        """The table of that name, empty if it is not there."""
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            advice = f"请另起一行写 [{self._full(key)}]，内容写在它下面。"
            raise self.wrong(key, f"应是一个小节，现为{_shown(value)}", advice)
        return _Table(self.file, self.root, key, value)

    def tables(self, key: str) -> Iterator[_Table]:
        """The tables of that list, none if it is not there."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            advice = f"请在每条前面单独写一行 [[{self._full(key)}]]（两层方括号）。"
            raise self.wrong(key, f"应是可以重复的小节，现为{_shown(value)}", advice)
        for number, item in enumerate(value, 1):
            yield _Table(self.file, self.root, key, item, number)


def _shown(value: object) -> str:
    """A value as it is quoted to the one who wrote it."""
    if isinstance(value, bool):
        return f" {str(value).lower()}"
    if isinstance(value, (dict, list)):
        return "小节" if isinstance(value, dict) else "列表"
    return f"“{value}”" if isinstance(value, str) else f" {value}"


def _nearest(wanted: str, known: Iterable[str]) -> str:
    names = list(known)
    near = difflib.get_close_matches(wanted.lower(), names, n=1, cutoff=0.5)
    return f"是不是 {near[0]}？" if near else f"可用的有：{'、'.join(names)}。"


def _edition(top: _Table) -> str | None:
    edition = top.text("edition")
    if edition is None or edition in editions():
        return edition
    raise top.wrong("edition", f"没有名为“{edition}”的口径", _nearest(edition, editions()))


def _year(top: _Table) -> int | None:
    year = top.values.get("year")
    if year is None or (isinstance(year, int) and not isinstance(year, bool) and year in _YEARS):
        return year
    raise top.wrong("year", f"应是四位年度，现为{_shown(year)}", "请写成 year = 2027，不加引号。")


def _thresholds(table: _Table) -> Thresholds:
    table.allow(_THRESHOLDS)
    given = Thresholds(**{name: _threshold(table, name) for name in table.values})
    if given.satisfaction_floor > given.satisfaction:
        default = " " if "satisfaction_floor" in table.values else "（默认值）"
        problem = f"{given.satisfaction_floor}{default}高于 satisfaction 的 {given.satisfaction}"
        raise table.wrong("satisfaction_floor", problem, "请写上 satisfaction_floor，使它不高于 satisfaction。")
    return given


def _threshold(table: _Table, name: str) -> Decimal:
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
    raise table.wrong(name, f"应是{wanted}，现为{_shown(value)}", f"80% 请写 {'80' if percent else '0.8'}。")


def _severities(table: _Table) -> dict[str, Severity]:
    """A prefix means every rule that begins with it; a longer one goes before a shorter."""
    found: dict[str, Severity] = {}
    for key in sorted(table.values, key=len):
        code = _code(table, key, key)
        word = table.values[key]
        if not isinstance(word, str) or word.strip().lower() not in _SEVERITIES:
            raise table.wrong(key, f"应是级别，现为{_shown(word)}", '请写 "错误"、"警告" 或 "提示"。')
        severity = _SEVERITIES[word.strip().lower()]
        found.update({one.code: severity for one in catalogue() if one.code.startswith(code)})
    return found


def _ignore(table: _Table) -> Ignore:
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


def _cell(table: _Table) -> str | None:
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


def _words(table: _Table) -> dict[str, tuple[str, ...]]:
    table.allow(Vocabulary.lists())
    return {name: table.texts(name) for name in table.values}


def _code(table: _Table, key: str, text: str, *, whole: bool = False) -> str:
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


def _top_of(path: Path) -> _Table:
    data = _parsed(path)
    if path.name != PROJECT_FILE:
        return _Table(path, "", "", data)
    tool = data.get("tool", {})
    ours = tool.get("perfxl") if isinstance(tool, dict) else None
    if not isinstance(ours, dict):
        raise UsageError(f"{path}：里面没有 [{_PROJECT_TABLE}] 小节。请加上这一小节，或另建 {FILE}。")
    return _Table(path, _PROJECT_TABLE, "", ours)


def _parsed(path: Path) -> dict[str, Any]:
    try:
        source = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise PathNotFound(f"{path}：找不到这个文件。请核对路径和文件名。") from None
    except OSError as error:
        raise UsageError(f"{path}：打不开。请检查它是不是文件、有没有读取权限，再试一次。") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}：不是 UTF-8 编码。请在记事本里“另存为”，编码选 UTF-8。") from error
    try:
        return tomllib.loads(source, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise _unreadable(path, source, str(error)) from error


def _unreadable(path: Path, source: str, told: str) -> UsageError:
    """Which line can't be read, and what to do; the parser's own words are English and stay out of it."""
    lines = source.splitlines() or [""]
    named = re.search(r"at line (\d+)", told)
    number = min(int(named[1]) if named else _line_that_never_ends(lines), len(lines))
    line = lines[number - 1].strip()
    if re.search("overwrite|declare|mutate", told):
        hint = "这个键或小节前面已经写过，请合并到一处。"
    else:
        hint = next((hint for slip, hint in _SLIPS if slip.search(line)), _DEFAULT_HINT)
    return UsageError(f"{path} 第{number}行写法不对：{line[:60]}。{hint}")


def _line_that_never_ends(lines: list[str]) -> int:
    """Where a text or list begins that is open at the end of the file: behind the longest part that can be read."""
    for count in range(len(lines) - 1, 0, -1):
        try:
            tomllib.loads("\n".join(lines[:count]))
        except (ValueError, RecursionError):
            continue
        return count + 1
    return 1
