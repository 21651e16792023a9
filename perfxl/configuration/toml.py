"""A settings file as tables: read, and every mistake in it told with the file, the place, what is wrong, what to write."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from perfxl.errors import PathNotFound, UsageError

__all__ = ["FILE", "PROJECT_FILE", "Table", "has_our_table", "nearest", "read_top", "shown"]

FILE: Final = "perfxl.toml"
PROJECT_FILE: Final = "pyproject.toml"
_PROJECT_TABLE: Final = "tool.perfxl"

_DEFAULT_HINT = '一行只写一个“名称 = 值”，文字要加英文引号，列表写成 ["A", "B"]。'
# What people type into such a file, by a pattern of the line on which it can't be read on.
_SLIPS = (
    (re.compile("[“”‘’]"), '引号请改用英文引号 "。'),
    (re.compile("[＝［］，＃]"), "等号、方括号、逗号请改用英文（半角）字符。"),
    (re.compile(r"\\"), "路径里的 \\ 请改成 /。"),
    (re.compile(r"\d\s*[%％]"), "百分数请写成小数，5% 写作 0.05。"),
    (re.compile(r"""^\s*[^\s"'#=]*[^\x00-\x7f"'#=]+[^"'#=]*="""), "等号左边只能是说明里列出的英文名称。"),
)


def has_our_table(project_file: Path) -> bool:
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


def read_top(path: Path, homes: Mapping[str, Iterable[str]]) -> Table:
    """The table that holds all the others; parameters and errors as :func:`perfxl.configuration.load_settings`."""
    data = _parsed(path)
    if path.name != PROJECT_FILE:
        return Table(path, "", "", data, homes)
    tool = data.get("tool", {})
    ours = tool.get("perfxl") if isinstance(tool, dict) else None
    if not isinstance(ours, dict):
        raise UsageError(f"{path}：里面没有 [{_PROJECT_TABLE}] 小节。请加上这一小节，或另建 {FILE}。")
    return Table(path, _PROJECT_TABLE, "", ours, homes)


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


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the file, with what is needed to say where something in it is wrong.

    Attributes:
        root: ``tool.perfxl`` in a pyproject.toml, else "".
        name: name within the root, "" for the root itself.
        homes: which keys belong in which table, by its name.
        number: position in a list of tables, from 1; 0 for a single table.
    """

    file: Path
    root: str
    name: str
    values: Mapping[str, Any]
    homes: Mapping[str, Iterable[str]]
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
        return self.wrong(key, "这里没有这个键", f"它应写在{home}。" if home else nearest(key, known))

    def home_of(self, key: str) -> str:
        """Where else that key belongs, in words; "" if nowhere else."""
        name = next((name for name, keys in self.homes.items() if key in keys), self.name)
        if name == self.name:
            return ""
        full = self._full(name)
        return f" [{full}] 下" if full else "文件最前面、所有 [小节] 之前"

    def text(self, key: str) -> str | None:
        """That text, None if the key is not there."""
        value = self.values.get(key)
        if value is None:
            return None
        if isinstance(value, str) and value.strip():
            return value.strip()
        raise self.wrong(key, f"应是文字，现为{shown(value)}", f'请写成 {key} = "…"，不用时整行删去。')

    def texts(self, key: str) -> tuple[str, ...]:
        """That list of texts, empty if the key is not there."""
        value = self.values.get(key, [])
        if isinstance(value, list) and all(isinstance(item, str) and item.strip() for item in value):
            return tuple(item.strip() for item in value)
        example = value if isinstance(value, str) and value.strip() else "…"
        more = "带理由放过某一处，请用 [[ignores]]。" if key == "ignore" else ""
        raise self.wrong(key, f"应是一列文字，每项不空，现为{shown(value)}", f'请写成 {key} = ["{example}"]。{more}')

    def table(self, key: str) -> Table:
        """The table of that name, empty if it is not there."""
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            advice = f"请另起一行写 [{self._full(key)}]，内容写在它下面。"
            raise self.wrong(key, f"应是一个小节，现为{shown(value)}", advice)
        return Table(self.file, self.root, key, value, self.homes)

    def tables(self, key: str) -> Iterator[Table]:
        """The tables of that list, none if it is not there."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            advice = f"请在每条前面单独写一行 [[{self._full(key)}]]（两层方括号）。"
            raise self.wrong(key, f"应是可以重复的小节，现为{shown(value)}", advice)
        for number, item in enumerate(value, 1):
            yield Table(self.file, self.root, key, item, self.homes, number)


def shown(value: object) -> str:
    """A value as it is quoted to the one who wrote it."""
    if isinstance(value, bool):
        return f" {str(value).lower()}"
    if isinstance(value, (dict, list)):
        return "小节" if isinstance(value, dict) else "列表"
    return f"“{value}”" if isinstance(value, str) else f" {value}"


def nearest(wanted: str, known: Iterable[str]) -> str:
    names = list(known)
    near = difflib.get_close_matches(wanted.lower(), names, n=1, cutoff=0.5)
    return f"是不是 {near[0]}？" if near else f"可用的有：{'、'.join(names)}。"
