"""What was met in a section and what became of it: told word by word, so that nothing is lost."""

from __future__ import annotations

from typing import Final

from perfxl.form import Entry
from perfxl.intake.tables import Cell
from perfxl.issue import Place
from perfxl.text import squeeze
from perfxl.understanding.head import Found
from perfxl.understanding.model import Fact, Sure
from perfxl.understanding.sections import Section

TWO: Final = "有几处内容不同，分不清用哪一处"


class Story:
    """The labels of a section with what stands beside them, and what was done with each.

    Attributes:
        found, loose: labels, and cells without one, as :class:`perfxl.understanding.head.Head` met them.
        placed, left: what became of them.
        start: where the form begins.
    """

    def __init__(self, section: Section) -> None:
        assert section.first is not None
        self.found = section.head.found
        self.loose = list(section.head.loose)
        self.placed: list[Fact] = []
        self.left: list[Fact] = []
        self.start: Place = section.first.at
        self._section = section
        self._used: set[int] = set()
        self._contested: set[str] = set()

    def place(self, field: str, cell: Cell, label: str = "", sure: Sure = Sure.CERTAIN, why: str = "") -> None:
        """Put into a field of our form."""
        if not cell.blank:
            self.placed.append(Fact(field, cell.fault or cell.text or "", cell.at, label, sure, why))

    def leave(self, cell: Cell, label: str, why: str, sure: Sure = Sure.CERTAIN) -> None:
        """Not taken over, and why."""
        self.left.append(Fact("", cell.fault or cell.text or "", cell.at, label, sure, why))

    def doubt(self, cell: Cell, why: str, label: str = "") -> None:
        """Not understood: somebody has to look at it."""
        self.leave(cell, label, why, Sure.UNCLEAR)

    def nothing(self, found: Found | None = None) -> Entry:
        """A field without content, at the place where it would stand."""
        if found is None:
            return Entry(raw=None, at=self.start)
        return Entry(raw=found.blank.text, at=found.blank.at) if found.blank else Entry(raw=None, at=found.cell.at)

    def missing(self, why: str) -> None:
        """Something that a form should have is nowhere."""
        self.doubt(Cell(None, self.start, 0), why)

    def has(self, *names: str) -> bool:
        """Whether one of these labels was met."""
        return self._section.has(*names)

    def contested(self, name: str) -> bool:
        """Whether labels of that name were met that say different things, so that nothing may stand in for them."""
        return name in self._contested

    def pick(self, name: str, *, several: bool = False) -> Found | None:
        """The label of that name with content, or else one without; None where two say different things."""
        mine = [found for found in self.found if found.label.name == name and id(found) not in self._used]
        self._used.update(id(found) for found in mine)
        told = [found for found in mine if found.values]
        contents = {tuple(squeeze(cell.text or cell.fault) for cell in found.values) for found in told}
        too_many = any(found.twice or (not several and len(found.values) > 1) for found in told)
        parted = not several and any(_in_parts(cell.text or "") for found in told for cell in found.values)
        if len(contents) > 1 or too_many or parted:
            self._contested.add(name)
            for found in told:
                for cell in found.values:
                    self.doubt(cell, TWO if not parted else "一格里有几段内容，分不清是不是几格", found.label.word)
            return None
        return told[0] if told else mine[0] if mine else None

    def use(self, found: Found) -> None:
        """What stands beside this label is dealt with."""
        self._used.add(id(found))

    def unused(self) -> list[Found]:
        """The labels that nobody has asked for."""
        return [found for found in self.found if id(found) not in self._used]

    def sure(self, found: Found) -> tuple[Sure, str]:
        """How sure what stands beside a label is, and why it is not certain."""
        return (Sure.INFERRED, "写在标签下面一行") if found.how == "below" else (Sure.CERTAIN, "")


def _in_parts(text: str) -> bool:
    """A TAB or a blank line inside what should be one short text: it may have been several cells."""
    return "\t" in text.strip() or "\n\n" in text.strip().replace(" ", "")
