"""The catalogue: every rule by its code, and which of them run under given settings."""

from __future__ import annotations

import difflib
import re
from functools import cache

from perfxl.errors import UsageError
from perfxl.rules import (
    aim,
    amount,
    cleanliness,
    collection,
    goal,
    indicator,
    structure,
    taxonomy,
    value,
    weight,
)
from perfxl.rules.own import own_rules
from perfxl.rules.rule import Rule
from perfxl.settings import Settings

FAMILIES = {
    "S": "结构与表头",
    "T": "指标体系",
    "I": "指标名称与描述",
    "V": "指标值",
    "A": "金额勾稽",
    "G": "目标文字",
    "X": "跨工作簿",
    "N": "文字清洁",
    "W": "权重（有该列才查）",
}
_MODULES = (structure, taxonomy, indicator, value, aim, amount, goal, collection, cleanliness, weight)


@cache
def built_in() -> tuple[Rule, ...]:
    """perfxl's own sixty rules, by family and number."""
    rules = (one for module in _MODULES for one in module.RULES)
    return tuple(sorted(rules, key=lambda one: (list(FAMILIES).index(one.code[0]), one.code)))


@cache
def catalogue() -> tuple[Rule, ...]:
    """Every rule, by family and number; then what other installed packages add.

    Raises:
        UsageError: such a package is no good; names it.
    """
    return (*built_in(), *own_rules())


def rule(code: str) -> Rule:
    """The rule of that code, in capitals or not.

    Raises:
        UsageError: no such rule; the message names the nearest.
    """
    by_code = {one.code: one for one in catalogue()}
    wanted = code.strip().upper()
    if wanted not in by_code:
        family = [known for known in by_code if known[0] == wanted[:1]]
        near = difflib.get_close_matches(wanted, family or by_code, n=1, cutoff=0.3)
        hint = f"是不是 {near[0]}（{by_code[near[0]].title}）？" if near else ""
        raise UsageError(f"没有规则“{code}”。{hint}运行 perfxl rules 可列出全部规则。")
    return by_code[wanted]


def selected(settings: Settings) -> tuple[Rule, ...]:
    """The rules that run: those selected by code or prefix, without those ignored.

    Without a selection, all that are on by default; a rule that is off by default runs where its whole code is selected.

    Raises:
        UsageError: a code or prefix that no rule has.
    """
    for prefix in (*settings.select, *settings.ignore):
        if not any(one.code.startswith(prefix) for one in catalogue()):
            rule(prefix)  # says which is the nearest
    for code in (*settings.severities, *(ignored.code for ignored in settings.ignores)):
        rule(code)
    return tuple(one for one in catalogue() if _runs(one, settings))


def _runs(one: Rule, settings: Settings) -> bool:
    if settings.ignore and one.code.startswith(settings.ignore):
        return False
    return one.code in settings.select or (
        one.default and (not settings.select or one.code.startswith(settings.select))
    )


def explain(code: str) -> str:
    """All about one rule, in Chinese, for ``perfxl rule A05``.

    Raises:
        UsageError: no such rule.
    """
    one = rule(code)
    return "\n".join((f"{one.code} {one.title}（{one.name}）", *(f"{what}：{text}" for what, text in facts_of(one))))


def facts_of(one: Rule) -> list[tuple[str, str]]:
    """What there is to say of a rule, each with its heading."""
    facts = [
        ("级别", one.severity.chinese + ("" if one.default else "（默认不查，在 perfxl.toml 里写 select 打开）")),
        ("问题", _without_facts(one.message)),
        *(("或", _without_facts(message)) for message, _ in one.variants.values()),
        ("为什么", one.why),
        ("错例", one.wrong),
        ("正例", one.right),
        ("怎样改", _without_facts(one.advice)),
        *(("或", _without_facts(advice)) for advice in _other_advice(one)),
        ("依据", one.source),
        ("起始版本", one.since),
    ]
    if one.requires:
        facts.append(("先决", f"同一处已报 {'、'.join(one.requires)} 的错误时不再报"))
    return facts


def _other_advice(one: Rule) -> list[str]:
    """What the variants advise, each once."""
    advice = dict.fromkeys(_without_facts(advice) for _, advice in one.variants.values())
    return [text for text in advice if text != _without_facts(one.advice)]


def _without_facts(template: str) -> str:
    return re.sub(r"\{\w+\}", "…", template)
