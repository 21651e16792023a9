"""``perfxl doctor``: everything the add-in needs on this computer, each with a verdict and what to do.

Facts come from :mod:`perfxl.addin.office` and the :class:`~perfxl.addin.machine.Machine`; nothing is changed.  Whether the
ribbon really appears only Excel can show: docs/addin-checklist.md is for trying it.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Iterable, Iterator

from perfxl import __version__
from perfxl.addin import excel_checks, python_checks
from perfxl.addin.examining import Check, Patient, Verdict, failed, passed, warned
from perfxl.addin.install import ELSEWHERE
from perfxl.addin.machine import Machine
from perfxl.addin.remedy import EXAMINE

#: In the order in which a person would go through them.
_EXAMINATIONS: tuple[Callable[[Patient], Iterable[Check]], ...] = (
    excel_checks.excel,
    python_checks.settings,
    python_checks.interpreter,
    python_checks.versions,
    excel_checks.addin,
    excel_checks.mark_of_the_web,
    excel_checks.trust,
    excel_checks.macro_policy,
    python_checks.may_start_python,
    python_checks.paths,
    python_checks.write_access,
    excel_checks.wps,
)


def examine(machine: Machine) -> list[Check]:
    """All checks; what is wrong is told by them, never raised."""
    if machine.system != "Windows":
        return list(_elsewhere(machine))
    if not machine.variable("APPDATA"):
        return [failed("user", "用户文件夹", "Windows 没有给出 APPDATA 文件夹。", "请注销后重新登录，再运行一次。")]
    patient = Patient(machine)
    return [check for examination in _EXAMINATIONS for check in examination(patient)]


def has_failed(checks: Iterable[Check]) -> bool:
    return any(check.verdict is Verdict.FAILED for check in checks)


def as_text(checks: list[Check], only_problems: bool = False) -> str:
    """One line a check, what to do below it; counts at the end.

    Args:
        only_problems: leave out what passed, as for a message box.
    """
    lines = []
    for check in checks:
        if only_problems and check.verdict is Verdict.PASSED:
            continue
        lines.append(f"{check.verdict}  {check.title}：{check.found}")
        if check.advice:
            lines.append(f"      {check.advice}")
    counts = "，".join(f"{verdict} {sum(one.verdict is verdict for one in checks)} 项" for verdict in Verdict)
    return "\n".join([*lines, f"共 {len(checks)} 项：{counts}。"])


def as_json(checks: list[Check]) -> str:
    """The checks for programs; verdicts are passed, warned, failed."""
    rows = [
        {
            "key": check.key,
            "title": check.title,
            "verdict": check.verdict.name.lower(),
            "found": check.found,
            "advice": check.advice,
        }
        for check in checks
    ]
    whole = {"perfxl": __version__, "failed": has_failed(checks), "checks": rows}
    return json.dumps(whole, ensure_ascii=False, indent=2)


def _elsewhere(machine: Machine) -> Iterator[Check]:
    yield passed("interpreter", "Python", f"{platform.python_version()}，{machine.python.executable}。")
    yield passed("perfxl", "perfxl", f"{__version__}；校验、汇总、退回等命令可以用。")
    yield warned("system", "操作系统", f"这台电脑是 {machine.system}。", ELSEWHERE)
    yield warned(
        "excel",
        "Excel 和 WPS",
        "信任位置、宏策略、插件是否加载，只有在 Windows 上才能检查。",
        f"请在要用按钮的那台电脑上{EXAMINE}。",
    )
