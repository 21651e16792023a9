"""Rules over a whole collection: family X, and A06, which holds it against the list of approved budgets.

They look at :class:`perfxl.rules.traits.Traits`, not at forms, and are near-linear in their number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Generic, TypeVar

from perfxl.form import Entry, Indicator, TargetForm
from perfxl.issue import Place, Severity
from perfxl.rules.costs import budget_of
from perfxl.rules.facts import COST, brief, category_of, found, grouped
from perfxl.rules.lists import Approval, Approvals
from perfxl.rules.resemblance import Resemblances
from perfxl.rules.rule import CollectionRule, Context, Finding, Rule
from perfxl.rules.traits import IndicatorTrait, Said, Traits
from perfxl.text import squeeze
from perfxl.vocabulary import Vocabulary

Told = Iterator[tuple[Traits | None, Finding]]

_ROUNDING = Decimal("0.005")  # of the form's own money unit; of 万元 for sums
_LISTED = 6


def traits_of(form: TargetForm, vocabulary: Vocabulary) -> Traits:
    """What a collection's rules need to know of that form."""
    total, factor = form.budget.total, vocabulary.money_factor(form.money_unit.text)
    named = (item for item in form.applicable if item.level3.text and not item.target.blank)
    return Traits(
        file=form.file,
        form=form.key,
        code=_said(form, form.unit_code),
        unit=_said(form, form.unit_name),
        project=_said(form, form.project),
        project_no=_said(form, form.project_no),
        total=_said(form, total),
        total_yuan=None if total.amount is None or factor is None else total.amount * factor,
        indicators=tuple(_indicator(form, item, vocabulary) for item in named),
        project_code=form.project_code,
    )


def _said(form: TargetForm, entry: Entry) -> Said:
    return Said(entry.text, entry.key, entry.at, entry.value, form.explanation_for(entry.at))


def _indicator(form: TargetForm, indicator: Indicator, vocabulary: Vocabulary) -> IndicatorTrait:
    name, value = _said(form, indicator.level3), indicator.value
    comparable = (
        value.quantity is not None
        and category_of(indicator, vocabulary) != COST
        and not vocabulary.has("generic_names", indicator.level3.text)
    )
    return IndicatorTrait(name, squeeze(value.printed), comparable)


def _at(
    said: Said, facts: Mapping[str, object], *, related: Iterable[Place] = (), variant: str = "", **more: object
) -> Finding:
    """A finding at that cell."""
    return Finding(said.at, {**facts, **more}, said.value, tuple(related), variant=variant)


class ProjectRepeated(CollectionRule):
    code = "X01"
    name = "project-repeated"
    title = "项目重复报送"
    severity = Severity.ERROR
    message = "项目“{project}”重复：{first} 里已有"
    advice = "请只保留一份，另一份撤回"
    variants: ClassVar = {
        "number": ("项目序号“{number}”重复：{first} 里的“{other}”也是这个序号", "请核对两个项目的序号"),
    }
    source = "本目录"
    why = "同一个项目报了两次，汇总时金额和指标会算两遍。"
    wrong = "甲.xlsx 和 乙.xlsx 都是 353302 的“社保中心宣传费”"
    right = "“社保中心宣传费”只有一份"

    def check_all(self, collection: Sequence[Traits], context: Context) -> Told:
        projects: dict[tuple[str, str], Traits] = {}
        numbers: dict[tuple[str, str], Traits] = {}
        for one in collection:
            if not one.code.key:
                continue
            first = projects.setdefault((one.code.key, one.project.key), one) if one.project.key else one
            if first is not one and not _other_code(one, first):
                yield one, _at(one.project, {"project": brief(one.project.text), "first": first.source})
                continue
            first = numbers.setdefault((one.code.key, one.project_no.key), one) if one.project_no.key else one
            if first is not one:
                facts = {"number": one.project_no.text, "first": first.source, "other": brief(first.project.text)}
                yield one, _at(one.project_no, facts, variant="number")


def _other_code(one: Traits, other: Traits) -> bool:
    """Handed out as two projects that happen to have one name."""
    codes = squeeze(one.project_code), squeeze(other.project_code)
    return all(codes) and codes[0] != codes[1]


class UnitAmbiguous(CollectionRule):
    code = "X02"
    name = "unit-ambiguous"
    title = "编码与单位名称不是一一对应"
    severity = Severity.ERROR
    message = "编码{code}在这里是“{name}”，在 {other} 等 {count} 张表里是“{usual}”"
    advice = "请统一：同一单位只用一个编码和一个全称"
    variants: ClassVar = {
        "code": (
            "“{name}”在这里的编码是{code}，在 {other} 等 {count} 张表里是{usual}",
            "请统一：同一单位只用一个编码和一个全称",
        )
    }
    source = "本目录"
    why = "一个单位两个名字，或两个编码，汇总时会算成两家。"
    wrong = "353302 在甲表是“天津市社保中心”，在乙表是“天津市社会保险基金管理中心”"
    right = "353302 都是“天津市社会保险基金管理中心”"

    def check_all(self, collection: Sequence[Traits], context: Context) -> Told:
        complete = [one for one in collection if one.code.key and one.unit.key]
        names, codes = _Usual(), _Usual()
        for one in complete:
            names.count(one.code, one.unit, one)
            codes.count(one.unit, one.code, one)
        for one in complete:
            facts: dict[str, object] = {"code": one.code.text, "name": brief(one.unit.text)}
            if usual := names.other_than(one.code, one.unit):
                yield one, _at(one.unit, facts | usual, related=_others(one.code, one.unit))
            elif usual := codes.other_than(one.unit, one.code):
                yield one, _at(one.code, facts | usual, related=_others(one.unit, one.code), variant="code")


def _others(of: Said, at: Said) -> tuple[Place, ...]:
    return (of.at,) if of.at != at.at else ()


class _Usual:
    """Which of the texts that go with a key is the usual one: the commonest, of equals the first."""

    def __init__(self) -> None:
        self._counts: dict[str, Counter[str]] = {}
        self._first: dict[tuple[str, str], tuple[Said, Traits]] = {}

    def count(self, key: Said, text: Said, form: Traits) -> None:
        self._counts.setdefault(key.key, Counter())[text.key] += 1
        self._first.setdefault((key.key, text.key), (text, form))

    def other_than(self, key: Said, text: Said) -> dict[str, object] | None:
        """The usual text with where it stands, where it is another one than this."""
        usual, count = self._counts[key.key].most_common(1)[0]
        said, form = self._first[key.key, usual]
        return None if usual == text.key else {"usual": brief(said.text), "other": form.source, "count": count}


class IndicatorsCopied(CollectionRule):
    code = "X03"
    name = "indicators-copied"
    title = "两个项目的指标几乎相同"
    severity = Severity.WARNING
    message = "“{project}”与“{other}”（{file}）的指标有{share}%相同，疑照搬"
    advice = "请按本项目的内容重新设定指标"
    source = "本目录；各地公开表（套用模板）"
    why = "不同的项目办不同的事，指标和值都一样，多半是照抄。"
    wrong = "“制卡工本费”与“邮寄费”的指标名称和值全部相同"
    right = "各项目的指标各不相同"

    def check_all(self, collection: Sequence[Traits], context: Context) -> Told:
        forms = Resemblances(
            [frozenset((item.name.key, item.target) for item in one.indicators) for one in collection],
            [one.project.key for one in collection],
            context.thresholds.overlap,
        )
        for one, other, share in forms.pairs():
            later, earlier = collection[one], collection[other]
            facts = {"project": brief(later.project.text), "other": brief(earlier.project.text)}
            yield later, _at(later.project, {**facts, "file": earlier.source, "share": int(share * 100)})


class TargetsDiffer(CollectionRule):
    code = "X04"
    name = "targets-differ"
    title = "同名指标的值不同"
    severity = Severity.INFO
    message = "同名指标“{name}”在各项目的值不同：{values}"
    advice = "请核对口径是否一致"
    source = "本目录；2023年样表（服务对象满意度有95%、90%两种）"
    why = "同一指标各项目要求不同，可能是口径不一，也可能有一处填错。"
    wrong = "甲项目“服务对象满意度 ≥95%”，乙项目“服务对象满意度 ≥90%”"
    right = "两个项目都是“服务对象满意度 ≥95%”，或者确有不同的理由"

    def check_all(self, collection: Sequence[Traits], context: Context) -> Told:
        by_name: dict[str, list[Sighting[tuple[Traits, IndicatorTrait]]]] = {}
        for one in collection:
            for item in one.indicators:
                if item.comparable:
                    by_name.setdefault(item.name.key, []).append((one.project.key, item.target, (one, item)))
        for same in by_name.values():
            if (values := differing(same)) is not None:
                yield self.finding(values)

    def finding(self, values: Differing[tuple[Traits, IndicatorTrait]]) -> tuple[Traits, Finding]:
        """The finding about indicators of one name, with the form at which it stands."""
        one, item = values.odd
        shown = [
            f"{said.target}（{count}处，如“{brief(form.project.text)}”）" for (form, said), count in values.commonest
        ]
        listing = "、".join(shown) + ("等" if values.more else "")
        return one, _at(item.name, {"name": brief(item.name.text), "values": listing})


S = TypeVar("S")
T = TypeVar("T")
#: An indicator of some name: its project, its value, and whatever leads to it.
Sighting = tuple[Hashable, Hashable, S]


@dataclass(frozen=True, slots=True)
class Differing(Generic[S]):
    """What the values of one indicator are in the projects.

    Attributes:
        odd: the first that has not the usual value.
        commonest: the first with each of the commonest values, and how many there are.
        more: there are other values.
    """

    odd: S
    commonest: tuple[tuple[S, int], ...]
    more: bool

    def mapped(self, lead: Callable[[S], T]) -> Differing[T]:
        """The same with what ``lead`` makes of each indicator."""
        return Differing(lead(self.odd), tuple((lead(one), count) for one, count in self.commonest), self.more)


def differing(same: Sequence[Sighting[S]]) -> Differing[S] | None:
    """How indicators of one name differ from project to project; None where they don't, or only within each."""
    counts = Counter(value for _, value, _ in same)
    if len(counts) < 2:
        return None
    values: dict[Hashable, set[Hashable]] = {}
    first: dict[Hashable, S] = {}
    for project, value, sighted in same:
        values.setdefault(project, set()).add(value)
        first.setdefault(value, sighted)
    if len({frozenset(targets) for targets in values.values()}) < 2:
        return None
    ranked = counts.most_common(_LISTED)
    odd = next(sighted for _, value, sighted in same if value != ranked[0][0])
    return Differing(odd, tuple((first[value], count) for value, count in ranked), len(counts) > _LISTED)


class BudgetUnlikeApproval(CollectionRule):
    code = "A06"
    name = "budget-unlike-approval"
    title = "申报金额与批复不符"
    severity = Severity.ERROR
    message = "“{project}”批复 {approved} 元，申报 {declared} 元，差 {difference} 元"
    advice = "请以批复为准，核对预算数和金额单位"
    variants: ClassVar = {
        "unlisted": ("“{project}”不在{code}的批复清单里", "请核对单位编码和项目名称；未批复的项目请撤回"),
        "near": (
            "“{project}”与{code}批复清单里的“{listed}”（{approved}）名称相近，疑似同一项目",
            "请确认：是同一项目的，把项目名称改为“{listed}”；不是的，未批复的项目请撤回",
        ),
        "renamed": (
            "项目名称“{project}”与批复清单不一致，项目编码相同的是“{listed}”",
            "请把项目名称改为“{listed}”",
        ),
        "moved": (
            "“{project}”批复在{listed}，表内的单位编码是{code}",
            "请把单位编码改为{listed}；确已调整的，请财政部门改批复清单",
        ),
        "missing": ("批复清单里的“{project}”（{code}，{approved}）没有申报", "请补报这个项目"),
        "control": (
            "{code}各项目合计申报 {declared} 元，控制数为 {approved} 元，差 {difference} 元",
            "请核对各项目的预算数",
        ),
    }
    source = "中发〔2018〕34号（绩效目标与预算同步批复）；本目录"
    why = "绩效目标随预算批复，金额和项目要一一对得上。"
    wrong = "批复 5000000.00 元，申报 480.00 万元"
    right = "批复 5000000.00 元，申报 500.00 万元"
    requires = ("S02", "S03", "S05", "A02")

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        approvals, code = context.approvals, form.unit_code
        unit = code if code.key else form.unit_name
        if approvals is None or not unit.key or not form.project.key or not approvals.projects:
            return
        budget = budget_of(form, context.vocabulary)
        yuan = None if budget is None else budget.yuan
        match = approvals.match(
            code.key, form.project.key, form.project_code, unit=form.unit_name.key, amount_yuan=yuan
        )
        approved = match.approval
        facts: dict[str, object] = {"project": brief(form.project.text), "code": brief(unit.text)}
        if approved is None:
            if match.near is not None:
                facts |= {"listed": brief(match.near.project), "approved": _worth(match.near)}
            variant = "unlisted" if match.near is None else "near"
            yield found(form.project, facts, related=(code.at, form.unit_name.at), variant=variant)
            return
        if code.key and squeeze(approved.code) not in ("", code.key):
            yield found(code, facts, related=(form.unit_name.at,), variant="moved", listed=approved.code)
        if squeeze(approved.project) not in ("", form.project.key):
            facts["listed"] = brief(approved.project)
            yield found(form.project, facts, severity=Severity.WARNING, variant="renamed")
        if budget is None or approved.amount_yuan is None:
            return
        if abs(budget.yuan - approved.amount_yuan) > _ROUNDING * budget.factor:
            facts |= _amounts(approved, approved.amount_yuan, budget.yuan)
            yield found(form.budget.total, facts, related=(form.money_unit.at, form.project.at))

    def check_all(self, collection: Sequence[Traits], context: Context) -> Told:
        """What is approved and was not sent at all, and sums that are not the control figure.

        A project that a form may be is not missing: the form itself asks for that to be confirmed.
        """
        approvals = context.approvals
        if approvals is None:
            return
        sent = {approved.key for one in collection if (approved := _approval_of(one, approvals)) is not None}
        for key, approved in approvals.projects.items():
            if key not in sent:
                facts = {**_named(approved), "approved": _worth(approved)}
                yield None, Finding(None, facts, variant="missing")
        declared = _declared(collection, approvals)
        for owner, control in approvals.controls.items():
            own, figure = declared.get(owner, []), control.amount_yuan
            total = sum((yuan for yuan in own if yuan is not None), Decimal(0))
            if figure is not None and None not in own and abs(total - figure) > _ROUNDING * 10000 * len(own):
                yield None, Finding(None, _amounts(control, figure, total), variant="control")


def _approval_of(one: Traits, approvals: Approvals) -> Approval | None:
    match = approvals.match(
        one.code.key, one.project.key, one.project_code, unit=one.unit.key, amount_yuan=one.total_yuan
    )
    return match.approval or match.near


def _declared(collection: Iterable[Traits], approvals: Approvals) -> dict[str, list[Decimal | None]]:
    """预算数 of each form in 元, by all that the list may call its unit."""
    found: dict[str, list[Decimal | None]] = {}
    for one in collection:
        for owner in approvals.owners(one.code.key, one.unit.key):
            found.setdefault(owner, []).append(one.total_yuan)
    return found


def _named(approved: Approval) -> dict[str, object]:
    return {
        "project": brief(approved.project or approved.project_code),
        "code": approved.code or brief(approved.unit),
    }


def _worth(approved: Approval) -> str:
    return "清单没写金额" if approved.amount_yuan is None else f"{grouped(approved.amount_yuan)} 元"


def _amounts(approved: Approval, yuan: Decimal, declared: Decimal) -> dict[str, object]:
    """What was approved, ``yuan``, against what was declared."""
    return {
        **_named(approved),
        "approved": grouped(yuan),
        "declared": grouped(declared),
        "difference": grouped(abs(declared - yuan)),
    }


RULES: tuple[Rule, ...] = (
    ProjectRepeated(),
    UnitAmbiguous(),
    IndicatorsCopied(),
    TargetsDiffer(),
    BudgetUnlikeApproval(),
)
