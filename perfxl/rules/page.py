"""The catalogue as a page of documentation: docs/rules.md is made by this and never edited by hand."""

from __future__ import annotations

from collections.abc import Iterator

from perfxl.rules.registry import FAMILIES, built_in, facts_of

_HEAD = """\
# 规则目录

本页由规则本身生成（`perfxl.rules.catalogue_page()`），请勿手工修改。
每条规则都写明查什么、为什么、错例、正例、怎样改和依据；在终端运行 `perfxl rule 规则码` 看到的是同样的内容。

- 错误：退回必改。警告：修改，或在“情况说明”栏说明。提示：供参考。
- 同一条规则视情形可以有不同的级别，这里列的是它通常的级别。
- 规则码从不重复使用。“本目录”是指没有成文依据、由 perfxl 提出，其中的界限可在 `perfxl.toml` 里调整。
- “先决”列出的规则在同一处已经报错时，这一条不再报：一处错误只说一次。
- 目标是否符合职能与规划、指标是否关键、依据是否充分，须由人判断，perfxl 不作断言。
"""


def catalogue_page() -> str:
    """The whole page, in Markdown."""
    return "\n".join([_HEAD, *_overview(), *_families()]) + "\n"


def _overview() -> Iterator[str]:
    yield "| 规则 | 级别 | 查什么 |"
    yield "|---|---|---|"
    for one in built_in():
        yield f"| [{one.code}](#{one.code.lower()}) | {one.severity.chinese} | {one.title} |"
    yield ""


def _families() -> Iterator[str]:
    for letter, family in FAMILIES.items():
        yield f"## {letter} {family}"
        yield ""
        for one in built_in():
            if one.code.startswith(letter):
                yield f'<a id="{one.code.lower()}"></a>'
                yield ""
                yield f"### {one.code} {one.title}"
                yield ""
                yield f"`{one.name}`"
                yield ""
                yield from (f"- {what}：{_plain(text)}" for what, text in facts_of(one))
                yield ""


def _plain(text: str) -> str:
    """The text with what Markdown would take for its own kept as it is."""
    return "".join(f"\\{char}" if char in "\\*_<>[]`|" else char for char in text)
