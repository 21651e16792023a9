"""Own rules: what other installed packages add to the catalogue through the entry point group ``perfxl.rules``.

docs/own-rules.md tells how to write one.  A package that breaks the rules for rules is told by its name; a form is
never at fault for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NoReturn

from perfxl.errors import UsageError
from perfxl.form import TargetForm
from perfxl.installed import may_offer
from perfxl.issue import Place, Severity
from perfxl.rules.rule import CollectionRule, Context, Finding, Rule

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = ["GROUP", "RESERVED", "own_rules"]

GROUP = "perfxl.rules"
# First letters of the catalogue's families, filled or still to be filled: select = ["A"] must never mean others' rules.
RESERVED = "AGINSTVWX"

_CODE = re.compile(r"[A-Z]{1,3}\d{2,3}", re.ASCII)
_TEXTS = ("name", "title", "message", "advice", "source", "why", "wrong", "right")


def own_rules() -> tuple[Rule, ...]:
    """One instance of each rule that installed packages offer, by code.

    An entry point of the group names a subclass of :class:`Rule`, or a list or tuple of them.  Looking costs one walk
    over the installed packages, so ask once.

    Raises:
        UsageError: a package can't be loaded, or what it offers is no proper rule; names the package.
    """
    if not may_offer(GROUP):
        return ()
    # Here and not above: it takes longer to load than most rules to run.
    from importlib.metadata import entry_points

    found: dict[str, tuple[str, Rule]] = {}
    for point in entry_points(group=GROUP):
        package = _package(point)
        for offered in _offered(point, package):
            one = _sound(offered, package)
            if one.code in found:
                _refuse(package, f"规则码 {one.code} 与程序包 {found[one.code][0]} 的重复", "请给其中一条换一个码")
            found[one.code] = (package, one)
    return tuple(found[code][1] for code in sorted(found))


def _package(point: EntryPoint) -> str:
    """What the package is called where it gets installed and removed."""
    return point.dist.name if point.dist is not None else point.module


def _refuse(package: str, problem: str, advice: str, cause: Exception | None = None) -> NoReturn:
    remedy = f"{advice}；急用时可先卸载：pip uninstall {package}。"
    raise UsageError(f"自定义规则程序包 {package}：{problem}。{remedy}") from cause


def _offered(point: EntryPoint, package: str) -> Iterator[type[Rule]]:
    try:
        loaded = point.load()
    except Exception as error:  # whatever a stranger's module does while it is imported
        _refuse(package, f"{point.value} 导入不了", "请让编写者核对入口点和它依赖的程序包", error)
    for one in loaded if isinstance(loaded, (list, tuple)) else (loaded,):
        if not (isinstance(one, type) and issubclass(one, Rule) and one is not Rule):
            named = one.__name__ if isinstance(one, type) else f"{point.name} 给出的 {type(one).__name__}"
            _refuse(package, f"{named} 不是规则", "请让编写者给出 perfxl.rules.Rule 的子类，或它们的列表")
        yield one


def _sound(offered: type[Rule], package: str) -> Rule:
    """An instance of the rule, once it has all that a rule must have."""
    code = getattr(offered, "code", None)
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        problem = f"{offered.__name__} 的规则码“{code or ''}”不合规"
        _refuse(package, problem, "请让编写者改成一至三个大写字母加两三位数字，如 B01")
    if issubclass(offered, CollectionRule):
        _refuse(package, f"规则 {code} 是跨表的规则，不能自定义", "请让编写者改用 perfxl.rules.Rule，一次只看一张表")
    if code[0] in RESERVED:
        letters = "、".join(RESERVED)
        _refuse(package, f"规则码 {code} 用了 perfxl 自己的字母（{letters}）", "请让编写者换用别的字母，如 B01")
    lacking = list(_lacking(offered))
    if lacking:
        _refuse(package, f"规则 {code} 没有写好 {'、'.join(lacking)}", "请让编写者补上")
    try:
        return _guarded(offered, package)()
    except Exception as error:
        _refuse(package, f"规则 {code} 建不起来", "请让编写者去掉 __init__ 里的内容", error)


def _lacking(offered: type[Rule]) -> Iterator[str]:
    """Names of what is not there or of the wrong kind."""
    for name in _TEXTS:
        text = getattr(offered, name, None)
        if not isinstance(text, str) or not text.strip():
            yield name
    for name, kind in (("severity", Severity), ("requires", tuple), ("variants", Mapping)):
        if not isinstance(getattr(offered, name, None), kind):
            yield name
    if offered.check is Rule.check:
        yield "check"


def _guarded(offered: type[Rule], package: str) -> type[Rule]:
    """The rule with its check watched: a mistake in it must not look like perfxl's own, or like the form's."""

    def check(self: Rule, form: TargetForm, context: Context) -> Iterator[Finding]:
        try:
            for finding in offered.check(self, form, context):
                _try(self, finding)
                yield finding
        except Exception as error:
            remedy = f'请联系编写者；急用时在 perfxl.toml 里写 ignore = ["{self.code}"] 先停用它。'
            problem = f"检查 {form.file or form.name} 时出错"
            raise UsageError(f"自定义规则 {self.code}（程序包 {package}）：{problem}。{remedy}") from error

    return type(offered.__name__, (offered,), {"check": check, "__module__": offered.__module__})


def _try(rule: Rule, finding: Finding) -> None:
    """Raise here, where the package is known, if the finding has no proper place or its sentence lacks a fact."""
    if not all(isinstance(place, Place) for place in (finding.at, *finding.related) if place is not None):
        raise TypeError("a finding stands at an address, such as entry.at")
    for template in rule.variants[finding.variant] if finding.variant else (rule.message, rule.advice):
        template.format_map(finding.facts)
