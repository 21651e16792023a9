"""Which of several forms for one project counts, and the list of all of them (版本清单).

Finance's own choice (取用) goes first, then the highest 报送次数.  Among equals a copy that was returned and corrected goes
before the very workbook that it was made from, which its mark proves.  What is still open is 待定: file names and the
time of the last saving are shown as a hint and decide nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from perfxl.ledger.model import Standing, VersionRow
from perfxl.ledger.settling.compare import compare_forms
from perfxl.ledger.settling.contests import Entry, contests_of
from perfxl.text import squeeze

if TYPE_CHECKING:
    from perfxl.ledger.settling.settle import Case

_NAMED = 3  # so many files are named in a reason, the others counted
_CONSENT = frozenset(("是", "√", "✓", "✔", "☑", "对", "要", "Y", "y", "yes", "YES", "1", "选", "选定"))
_CONSENTING = ("用", "取用", "采用", "选用", "以此", "以本")
_LAST_WORDS = re.compile(
    r"最终[版稿]?|终稿|定稿|修改[版稿后]?|更正|重报|[Vv]\s*\d+|第\s*[\d一二三四五六七八九]+\s*[次版稿]|[(（]\d+[)）]"
)


def chosen(adopted: str) -> bool:
    """What people wrote under 取用 clearly means this version; doubtful words and words that don't agree do not."""
    said = [squeeze(line) for line in adopted.splitlines() if squeeze(line)]
    return bool(said) and all(word in _CONSENT or word.startswith(_CONSENTING) for word in said)


def settle_versions(cases: Sequence[Case], wishes: Mapping[str, str]) -> list[list[Entry]]:
    """Decide each contest; the forms that do not count are told to their cases.

    Args:
        wishes: what people wrote under 取用, by the digest of the version.

    Returns:
        the contests between different contents, each its versions from the oldest to the newest.
    """
    settled = []
    for contest in contests_of(cases):
        versions = _without_twins(contest)
        if len(versions) > 1:
            _decide(versions, wishes)
            settled.append(sorted(versions, key=_age))
        else:
            versions[0].standing = Standing.COUNTED
        _tell(versions)
    return settled


def version_rows(contests: Iterable[Sequence[Entry]]) -> Iterator[VersionRow]:
    """The rows of 版本清单, 取用 still blank."""
    for versions in contests:
        before: Entry | None = None
        for number, entry in enumerate(versions, 1):
            form, project = entry.form, entry.form.project
            yield VersionRow(
                unit_code=project.unit_code,
                unit_name=project.unit_name,
                project_code=project.project_code,
                project=project.project,
                year=project.year,
                version=number,
                adopted="",
                standing=entry.standing,
                ground=entry.ground,
                hint=_hint(entry) if entry.standing is Standing.PENDING else "",
                submission=project.submission,
                total=project.total,
                errors=project.errors,
                changes=_changes(before, entry),
                file=entry.case.name,
                sheet=form.sheet,
                digest=form.digest,
            )
            before = entry


def _without_twins(contest: list[Entry]) -> list[Entry]:
    """One entry for each content: an original rather than a marked copy, else the first."""
    first: dict[str, Entry] = {}
    for entry in sorted(contest, key=lambda one: one.case.marked_copy):
        kept = first.setdefault(entry.form.digest, entry)
        if kept is not entry:
            kept.twins.append(entry)
    return list(first.values())


def _decide(versions: list[Entry], wishes: Mapping[str, str]) -> None:
    said = {entry.form.digest: wishes.get(entry.form.digest, "") for entry in versions}
    picked = [entry for entry in versions if chosen(said[entry.form.digest])]
    top = max(entry.form.submission for entry in versions)
    if len(picked) == 1:
        later = top > picked[0].form.submission
        again = f"；之后又收到报送次数 {top} 的一版，请重新确认取用哪一版" if later else ""
        _count(picked[0], versions, f"取用：人工选定{again}")
        return
    newest = [entry for entry in versions if entry.form.submission == top]
    left = newest if len(newest) == 1 else _not_reworked_since(newest)
    if len(left) == 1 and not picked:
        _count(left[0], versions, f"报送次数最大（{top}）" if len(newest) == 1 else "退回后修改过的")
        return
    why = "取用选了几个版本" if picked else f"报送次数同为 {top}"
    if any(entry.form.submission_unread for entry in versions):
        why += "（有的写得认不出，按 1 算）"
    for entry in versions:
        if entry in left or entry in picked:
            entry.standing = Standing.PENDING
            wish = said[entry.form.digest]
            doubt = f"“取用”栏的“{wish}”看不出要不要；" if wish and not chosen(wish) else ""
            entry.ground = f"{why}，内容不同；{doubt}请在要用的一版“取用”栏填“是”"
        else:
            entry.ground = f"报送次数 {entry.form.submission}，另有 {top}"


def _count(winner: Entry, versions: Iterable[Entry], ground: str) -> None:
    winner.standing, winner.ground = Standing.COUNTED, ground
    for entry in versions:
        if entry is not winner:
            entry.ground = f"以{winner.name}为准：{ground}"


def _not_reworked_since(entries: list[Entry]) -> list[Entry]:
    """Without those that a returned and corrected copy among the others was made from."""
    parents = {entry.case.mark for entry in entries if entry.case.reworked}
    return [entry for entry in entries if entry.case.reworked or entry.case.fingerprint not in parents]


def _age(entry: Entry) -> tuple[int, bool]:
    return entry.form.submission, entry.case.reworked


def _tell(versions: list[Entry]) -> None:
    """Tell each case which of its forms do not count, and why."""
    counted = next((entry for entry in versions if entry.standing is Standing.COUNTED), None)
    for entry in versions:
        for twin in entry.twins:
            _drop(twin, f"与{entry.name}的填报内容相同，以{entry.name}为准")
            entry.case.reasons.append(f"{twin.name}的填报内容与本文件相同")
        if entry.standing is Standing.PENDING:
            others = _list([other.name for other in versions if other is not entry])
            entry.case.hold(entry.position, f"{_which(entry)}与{others}是同一项目，{entry.ground}")
        elif entry.standing is Standing.SUPERSEDED:
            _drop(entry, f"与{(counted or versions[0]).name}是同一项目，{entry.ground}")
    if counted is not None and len(versions) > 1:
        others = _list([entry.name for entry in versions if entry is not counted])
        counted.case.reasons.append(f"{_which(counted)}与{others}是同一项目，以本表为准（{counted.ground}）")


def _drop(entry: Entry, reason: str) -> None:
    which = _which(entry)
    entry.case.drop(entry.position, f"{which}未计入：{reason}" if which else reason)


def _which(entry: Entry) -> str:
    return f"工作表“{entry.form.sheet}”" if len(entry.case.forms) > 1 else ""


def _hint(entry: Entry) -> str:
    words = _LAST_WORDS.findall(entry.case.name)
    parts = [f"文件名有“{'”“'.join(words)}”"] if words else []
    if entry.case.saved:
        parts.append(f"最后保存于 {entry.case.saved}")
    return "；".join(parts)


def _changes(before: Entry | None, entry: Entry) -> str:
    if before is None:
        return ""
    old, new = before.form, entry.form
    changes = compare_forms(old.project, old.indicator_rows, new.project, new.indicator_rows)
    return "\n".join(change.text for change in changes) or "只有报送次数、说明等不同"


def _list(names: Sequence[str]) -> str:
    shown = "、".join(names[:_NAMED])
    return f"{shown}等 {len(names)} 个" if len(names) > _NAMED else shown
