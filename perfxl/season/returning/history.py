"""What has become of a unit's round before, as its letter tells it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from perfxl.season.returning.packets import Packet, Present
from perfxl.season.returning.rounds import ProjectRound, Round, Since, since

__all__ = ["Story", "story_of"]


@dataclass(frozen=True, slots=True)
class Story:
    """The story in words, "" where there is none; by project the marks (仍未改, 新, "") of its findings."""

    text: str = ""
    marks: tuple[tuple[str, ...], ...] = ()


def story_of(packet: Packet, last: Round | None, sha256: Callable[[str], str]) -> Story:
    """Hold what goes to a unit against the round before.

    Args:
        sha256: gives the digest of a file by its name in the ledger.
    """
    # Within a unit a project is its code or name: the unit's own code may be what was wrong.
    now = {same[1]: present for same, present in packet.now.items() if same[1]}
    returned = last.projects if last else ()
    past = {each.identity[1]: each for each in returned if each.unit == packet.key and each.identity[1] in now}
    if not past:
        return Story()
    held = {name: since(before, now[name].findings, sha256(now[name].file)) for name, before in past.items()}
    others = sum(len(part.findings) for part in packet.parts if part.identity[1] not in held)
    marks: list[tuple[str, ...]] = []
    for part in packet.parts:
        name = part.identity[1]
        if name not in held:
            marks.append(("新",) * len(part.findings))
        elif _held_back(now[name], held[name]):  # the unit did what it was asked to
            marks.append(("",) * len(part.findings))
        else:
            marks.append(held[name].marks)
    return Story(_told(past, now, held, others), tuple(marks))


def _held_back(present: Present, told: Since) -> bool:
    return bool(present.held_back) and not told.resent


def _told(past: dict[str, ProjectRound], now: dict[str, Present], held: dict[str, Since], others: int) -> str:
    waiting = {name: now[name].held_back for name in past if _held_back(now[name], held[name])}
    unsent = [before.project for name, before in past.items() if not held[name].resent and name not in waiting]
    counts = _counts(held.values())
    returned = f"上次退回的{counts[0]}处" if counts[0] else "上次退回的项目"
    if len(unsent) == len(past):
        return f"{returned}，至今未重新报送。"
    said = ""
    if len(unsent) + len(waiting) < len(past) and (counts[0] or counts[3] or others):
        said = f"上次退回{counts[0]}处：已改{counts[1]}处，仍有{counts[2]}处，新增{counts[3] + others}处。"
    if unsent:
        said += f"未重新报送：{'、'.join(unsent)}。"
    if len(waiting) == len(past) and len(set(waiting.values())) == 1:
        return f"{returned}，{next(iter(waiting.values()))}。"
    return said + "".join(f"{past[name].project}：{text}。" for name, text in waiting.items())


def _counts(told: Iterable[Since]) -> tuple[int, int, int, int]:
    """Returned, fixed, still open, new."""
    each = list(told)
    return (
        sum(one.returned for one in each),
        sum(one.fixed for one in each),
        sum(one.still for one in each),
        sum(one.new for one in each),
    )
