"""What understanding gives: forms with the story of each field, and tables that are no target form."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from perfxl.form import TargetForm
from perfxl.issue import Place


class Sure(StrEnum):
    """How sure it is that something was read right."""

    CERTAIN = "确定"
    INFERRED = "推断"
    UNCLEAR = "请核对"


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that stands in the source, and what became of it.

    Attributes:
        field: in Chinese the field of our form that holds it now; "" for what was not taken over.
        text: as typed.
        at: where it stands.
        label: the words by which it was known; "" where there were none.
        sure: how sure that is.
        why: in Chinese how it was known, or why it was not taken over; "" where the label beside it says all.
    """

    field: str
    text: str
    at: Place
    label: str = ""
    sure: Sure = Sure.CERTAIN
    why: str = ""


@dataclass(frozen=True, slots=True)
class Understood:
    """A target form.

    Attributes:
        placed: what the form holds, in the order of our form.
        left: what stands in the source and not in the form, in the source's order.
    """

    form: TargetForm
    placed: tuple[Fact, ...]
    left: tuple[Fact, ...]

    @property
    def doubtful(self) -> tuple[Fact, ...]:
        """What somebody has to look at: what was read with doubt, and what was not understood."""
        return tuple(fact for fact in (*self.placed, *self.left) if fact.sure is Sure.UNCLEAR)


@dataclass(frozen=True, slots=True)
class Refused:
    """A table that is no target form.

    Attributes:
        name: what it is called, or how it begins.
        reason, advice: in Chinese, without full stops.
        kind: what it is (绩效自评表 …); ``OTHER`` where it has nothing to do with target forms.
    """

    OTHER: ClassVar[str] = "其他表格或文字"
    name: str
    at: Place
    kind: str
    reason: str
    advice: str = ""


Outcome = Understood | Refused
