"""Whether a section is a target form; if not, what it is, by name."""

from __future__ import annotations

from typing import Final

from perfxl.text import squeeze, tidy
from perfxl.understanding.labels import column_label
from perfxl.understanding.model import Refused
from perfxl.understanding.sections import Section
from perfxl.vocabulary import title_words

_TARGETS: Final = ("目标表", "目标申报表", "目标申请表", "目标批复表", "目标审核表", "目标公开表")
_SHOWN: Final = 40
_EVALUATION: Final = "绩效自评表"
_MONITORING: Final = "绩效运行监控表"
_OVERALL: Final = "部门（单位）整体支出绩效目标表"


def verdict(section: Section) -> Refused | None:
    """Why a section is no target form of a project; None where it is one."""
    title = squeeze(section.title[0].text) if section.title is not None else ""
    if not (section.heading or section.listed or section.has("overall") or _is_form_without_indicators(section)):
        return _refused(section, Refused.OTHER, "不是绩效目标表，没有读取")
    if any(word in title for word in title_words("overall")):
        return _refused(section, _OVERALL, f"这是{_OVERALL}，不是项目的绩效目标表", "整体支出的表请按原来的渠道报送")
    if section.has("overall") and not section.has("project") and not section.listed:
        return _refused(section, _OVERALL, f"这是{_OVERALL}，不是项目的绩效目标表", "整体支出的表请按原来的渠道报送")
    results = _results(section)
    if results:
        kind = _MONITORING if any(word in title for word in title_words("monitoring")) else _EVALUATION
        named = "、".join(f"“{word}”" for word in results[:3])
        return _refused(section, kind, f"这是{kind}（有{named}栏），不是绩效目标表", "请提供当年的绩效目标表")
    if not title.endswith(_TARGETS):
        for name, kind in (("monitoring", _MONITORING), ("self_evaluation", _EVALUATION)):
            if any(word in title for word in title_words(name)):
                return _refused(section, kind, f"从标题看是{kind}，不是绩效目标表", "请提供当年的绩效目标表")
    return None


def _is_form_without_indicators(section: Section) -> bool:
    """A project and its objectives, or a title that says so: any list has a heading 项目名称."""
    objectives = section.has("objectives", "objectives_annual")
    return section.has("project", "program") and (objectives or section.title is not None)


def _results(section: Section) -> list[str]:
    results = [*section.indicators.results]
    for cell in section.listed[0].filled if section.listed else ():
        label = column_label(cell.text)
        if label is not None and label.name == "result":
            results.append(label.word)
    return [tidy(word).replace("\n", "") for word in dict.fromkeys(results)]


def _refused(section: Section, kind: str, reason: str, advice: str = "") -> Refused:
    assert section.first is not None
    cell = section.title[1] if section.title is not None else section.first
    name = " ".join((section.title[0].text if section.title is not None else cell.text or cell.fault).split())
    return Refused(name[:_SHOWN], cell.at, kind, reason, advice)
