"""What was returned in which round (退回记录.json), and what has become of it since: corrected, still open, new."""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from perfxl.ledger.model import SourceRow, Status
from perfxl.output import output_error, write_whole

__all__ = [
    "RECORD_NAME",
    "Finding",
    "Opinions",
    "ProjectRound",
    "Record",
    "Round",
    "Since",
    "read_record",
    "since",
    "submission_digest",
]

RECORD_NAME: Final = "退回记录.json"
_KIND: Final = "perfxl-returns"
_VERSION: Final = 1
_NUMBERS: Final = re.compile(r"[0-9０-９.,，]+")

Mark = Literal["仍未改", "新"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding as it was returned.

    ``cell`` is an address without the sheet, "" for the form as a whole; ``label`` is the field's name on the form.
    """

    code: str
    severity: str
    cell: str
    label: str
    message: str
    advice: str
    value: str


@dataclass(frozen=True, slots=True)
class ProjectRound:
    """A project in one round.

    ``identity`` as :func:`perfxl.ledger.model.project_identity`, ``sha256`` of its file; ``opinion`` is the 审核意见 that
    went with it.
    """

    identity: tuple[str, str]
    unit: str
    project: str
    sha256: str
    findings: tuple[Finding, ...]
    opinion: str = ""


@dataclass(frozen=True, slots=True)
class Round:
    """One round of returns.

    Attributes:
        number: from 1.
        digest: tells what had been sent in when it was made, see :func:`submission_digest`.
        projects: what was returned.
        files: what was written: path below the folder of returns, with ``/`` → SHA-256.
    """

    number: int
    digest: str
    projects: tuple[ProjectRound, ...]
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Record:
    """The rounds so far, in order."""

    rounds: tuple[Round, ...] = ()

    def standing(self, digest: str) -> Round | None:
        """The last round, if nothing was sent in since: it is made again instead of a new one."""
        return self.rounds[-1] if self.rounds and self.rounds[-1].digest == digest else None

    @property
    def next_number(self) -> int:
        return 1 + max((each.number for each in self.rounds), default=0)

    def before(self, number: int) -> tuple[Round, ...]:
        """The rounds before that one."""
        return tuple(each for each in self.rounds if each.number < number)

    def with_round(self, made: Round) -> Record:
        """The record with this round last."""
        return Record((*(each for each in self.rounds if each.number < made.number), made))

    def save(self, folder: Path) -> Path:
        """Write 退回记录.json into the folder.

        Raises:
            OutputError: it can't be written.
        """
        content = {"kind": _KIND, "version": _VERSION, "rounds": [asdict(each) for each in self.rounds]}
        return write_whole(folder / RECORD_NAME, (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode())


class Opinions:
    """What 审核意见 went out in these rounds, and with which file."""

    def __init__(self, rounds: Iterable[Round]) -> None:
        self._sent: defaultdict[tuple[str, str, str], dict[str, int]] = defaultdict(dict)
        for each in rounds:
            for project in each.projects:
                if project.opinion and project.identity[1]:
                    self._sent[project.unit, project.identity[1], project.opinion][project.sha256] = each.number

    def answered(self, unit: str, identity: tuple[str, str], opinion: str, sha256: str) -> int:
        """The round in which an opinion went out about another file than this, 0 if it did not: then it stands."""
        sent = self._sent.get((unit, identity[1], opinion), {})
        return 0 if not sha256 or sha256 in sent else max(sent.values(), default=0)


def submission_digest(sources: Iterable[SourceRow]) -> str:
    """What had been sent in: neither a file's new name nor what people write into the ledger makes another round."""
    sent = {row.sha256 or row.file for row in sources if row.status is not Status.SKIPPED}
    return hashlib.sha256("\x1e".join(sorted(sent)).encode("utf-8", "surrogatepass")).hexdigest()


def read_record(folder: Path) -> tuple[Record, tuple[str, ...]]:
    """The record in that folder, and in Chinese what finance should know of it.

    A damaged one is kept under another name, and the rounds begin anew; where there is none although rounds stand
    there, that is told.

    Raises:
        OutputError: a damaged one can't be renamed.
    """
    path = folder / RECORD_NAME
    if not path.exists():
        if any(folder.glob("第*轮")):
            return _without_record(folder), (
                f"{RECORD_NAME}：找不到了，认不出以前退回过什么，本次不与上一轮比较。有备份的，请放回 {folder.name} 后再退回一次",
            )
        return Record(), ()
    try:
        return _parsed(json.loads(path.read_text(encoding="utf-8"))), ()
    except OSError as error:
        raise output_error(path, error) from error
    except (ValueError, KeyError, TypeError):
        kept = _kept_name(path)
        try:
            path.rename(kept)
        except OSError as error:
            raise output_error(path, error) from error
        return _without_record(folder), (
            f"{RECORD_NAME}：内容已损坏，认不出以前退回过什么，本次不与上一轮比较。原来的已改名为 {kept.name}，请核对",
        )


def _without_record(folder: Path) -> Record:
    """A record that only keeps the numbers which folders bear: what stands in them belongs to rounds gone by."""
    numbers = [int(match[1]) for each in folder.glob("第*轮") if (match := re.fullmatch(r"第(\d+)轮", each.name))]
    return Record(tuple(Round(number, "", ()) for number in sorted(numbers)))


def _kept_name(path: Path) -> Path:
    number = 1
    while (kept := path.with_name(f"{path.stem}（损坏{number}）{path.suffix}")).exists():
        number += 1
    return kept


def _parsed(content: Any) -> Record:
    """The record of what JSON gave; ValueError, KeyError or TypeError where it is none."""
    if not isinstance(content, dict) or content["kind"] != _KIND or content["version"] != _VERSION:
        raise ValueError("no record of ours")
    return Record(tuple(_round(each) for each in content["rounds"]))


def _round(content: dict[str, Any]) -> Round:
    projects = tuple(
        ProjectRound(
            (str(each["identity"][0]), str(each["identity"][1])),
            str(each["unit"]),
            str(each["project"]),
            str(each["sha256"]),
            tuple(Finding(**{name: str(value) for name, value in one.items()}) for one in each["findings"]),
            str(each.get("opinion", "")),
        )
        for each in content["projects"]
    )
    files = {str(name): str(digest) for name, digest in content["files"].items()}
    return Round(int(content["number"]), str(content["digest"]), projects, files)


@dataclass(frozen=True, slots=True)
class Since:
    """A project held against the round before.

    Attributes:
        returned: how many findings were returned then.
        fixed, still, new: how many are gone, stand yet, have come.
        marks: one for each of the present findings.
        resent: it has been sent in again.
    """

    returned: int
    fixed: int
    still: int
    new: int
    marks: tuple[Mark, ...]
    resent: bool


def since(before: ProjectRound, findings: Sequence[Finding], sha256: str) -> Since:
    """What has become of the findings of the round before.

    The same finding is one of the same rule at the same cell, else one of the same rule with the same words, whatever
    the numbers in them: rows move.
    """
    open_again = _matched(before.findings, findings)
    marks: tuple[Mark, ...] = tuple("仍未改" if place in open_again else "新" for place in range(len(findings)))
    still = len(open_again)
    return Since(
        returned=len(before.findings),
        fixed=len(before.findings) - still,
        still=still,
        new=len(findings) - still,
        marks=marks,
        resent=sha256 != before.sha256,
    )


def _matched(old: Sequence[Finding], new: Sequence[Finding]) -> set[int]:
    """Places in ``new`` of what stood in ``old``; each of the old ones is used once."""
    keys: tuple[Callable[[Finding], Hashable], ...] = (
        lambda one: (one.code, one.cell, _wording(one)),
        lambda one: (one.code, one.cell) if one.cell else None,
        lambda one: (one.code, _wording(one)),
    )
    left = list(old)
    found: set[int] = set()
    for key in keys:
        for place, finding in enumerate(new):
            if place in found or (wanted := key(finding)) is None:
                continue
            same = next((one for one in left if key(one) == wanted), None)
            if same is not None:
                left.remove(same)
                found.add(place)
    return found


def _wording(finding: Finding) -> str:
    return _NUMBERS.sub("#", finding.message)
