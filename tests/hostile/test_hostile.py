"""Each kind of hostile or odd file gets its verdict, alone and among sound forms, within bounds of memory."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from hostile.kinds import KINDS, Kind, Verdict
from hostile.packages import before_end, edited, sound
from perfxl.form import TargetForm
from perfxl.ledger import Ledger, Status, consolidate
from perfxl.reading import read_forms, typed_entries
from perfxl.validation import validate

REFUSED = {Status.UNREADABLE, Status.REJECTED}
MEMORY = 600 << 20


def shown(form: TargetForm) -> list[tuple[str, str | None, str]]:
    """Everything typed, as a person sees it."""
    return [(entry.at.a1, entry.text or None, entry.fault) for entry in typed_entries(form)]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    folder = tmp_path_factory.mktemp("sound")
    (folder / "01.xlsx").write_bytes(sound())
    return consolidate(folder, year=2027)


def ledger_of(kind: Kind, folder: Path) -> Ledger:
    (folder / kind.file).write_bytes(kind.make())
    return consolidate(folder, year=2027, passwords=[kind.password] if kind.password else [])


def test_there_are_at_least_eighty_kinds_under_names_of_their_own() -> None:
    assert len(KINDS) >= 80
    assert len({kind.name for kind in KINDS}) == len(KINDS)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_each_kind_gets_its_verdict(kind: Kind, tmp_path: Path, plain: Ledger) -> None:
    ledger = ledger_of(kind, tmp_path)

    name = f"{kind.file}/{kind.member}" if kind.member else kind.file
    row = {row.file: row for row in ledger.sources}[name]
    if kind.verdict in (Verdict.REFUSED, Verdict.SKIPPED):
        assert ledger.projects == () and ledger.indicators == ()
        assert row.status in (REFUSED if kind.verdict is Verdict.REFUSED else {Status.SKIPPED})
        assert kind.words in row.reason
        # What was not read can be named by its digest; what can't even be inflated, by its archive's.
        assert row.sha256 or ledger.sources[row.number - 2].sha256
        return
    assert row.status is Status.ACCEPTED, row.reason
    doubts = {issue.cell: issue.message for issue in ledger.issues if issue.severity in ("错误", "警告")}
    if kind.verdict is Verdict.TOLD:
        assert kind.at in doubts and kind.at not in {issue.cell for issue in plain.issues}
        assert any(kind.words in issue.message for issue in ledger.issues if issue.cell == kind.at)
        return
    assert doubts == {}
    assert [replace(row, file="") for row in ledger.projects] == [replace(row, file="") for row in plain.projects]
    assert [replace(row, file="") for row in ledger.indicators] == [replace(row, file="") for row in plain.indicators]


def test_validate_says_the_same_as_the_ledger(tmp_path: Path) -> None:
    told = [kind for kind in KINDS if kind.verdict in (Verdict.TOLD, Verdict.REFUSED) and not kind.password][::5]
    for kind in told:
        (tmp_path / kind.file).write_bytes(kind.make())

    checked = {one.file: one for one in validate(tmp_path, year=2027).checked}

    for kind in told:
        one = checked[f"{kind.file}/{kind.member}" if kind.member else kind.file]
        if kind.verdict is Verdict.REFUSED:
            assert one.status.failed and (one.error or one.issues), kind.name
        else:
            assert kind.at in {issue.at.a1 for issue in one.issues if issue.at is not None}, kind.name


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten sound forms among all files that must not be counted; those that say the same as the first come twice."""
    folder = tmp_path_factory.mktemp("mixed")
    for number in range(10):
        (folder / f"{number:02d}.xlsx").write_bytes(sound(number))
    for kind in KINDS:
        if kind.verdict is not Verdict.TOLD and not kind.password:
            (folder / kind.file).write_bytes(kind.make())
    return folder


@pytest.fixture(scope="module")
def before(mixed: Path) -> dict[Path, tuple[bytes, int]]:
    return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in mixed.iterdir()}


@pytest.fixture(scope="module")
def ledger(mixed: Path, before: dict[Path, tuple[bytes, int]]) -> Ledger:
    return consolidate(mixed, year=2027)


def test_among_ten_sound_forms_the_ledger_is_that_of_the_ten_and_every_file_is_listed(
    mixed: Path, ledger: Ledger, tmp_path: Path
) -> None:
    for number in range(10):
        (tmp_path / f"{number:02d}.xlsx").write_bytes(sound(number))
    ten = consolidate(tmp_path, year=2027)

    assert len(ten.projects) == 10
    assert ledger.projects == ten.projects
    assert ledger.indicators == ten.indicators
    files = {path.relative_to(mixed).as_posix() for path in mixed.rglob("*") if path.is_file()}
    assert files <= {row.file for row in ledger.sources}
    assert [row.file for row in ledger.sources if row.status is Status.ACCEPTED] == [f"{n:02d}.xlsx" for n in range(10)]


_CONFINED = """
import json, pathlib, re, resource, sys
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[2]), int(sys.argv[2])))
from perfxl.ledger import consolidate
ledger = consolidate(sys.argv[1], year=2027)
# Not its own ru_maxrss: that begins with what the process held from which it was forked.
own = int(re.search(r"VmHWM:\\s*(\\d+)", pathlib.Path("/proc/self/status").read_text())[1])
peak = max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
print(json.dumps([peak, [[row.file, row.status] for row in ledger.sources]]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="resource limits as Linux has them")
def test_no_file_takes_600_megabytes(mixed: Path, ledger: Ledger) -> None:
    command = [sys.executable, "-c", _CONFINED, str(mixed), str(MEMORY)]

    confined = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)

    assert confined.returncode == 0, confined.stderr
    peak, statuses = json.loads(confined.stdout)
    assert peak * 1024 < MEMORY
    assert dict(map(tuple, statuses)) == {row.file: row.status for row in ledger.sources}


def test_originals_are_not_touched(mixed: Path, before: dict[Path, tuple[bytes, int]], ledger: Ledger) -> None:
    assert len(ledger.sources) > len(before)
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in mixed.iterdir()} == before


def test_an_encrypted_form_is_read_but_can_not_be_marked_in_place(tmp_path: Path) -> None:
    kind = next(kind for kind in KINDS if kind.name == "locked-given")
    path = tmp_path / "表.xlsx"
    path.write_bytes(kind.make())
    reading = read_forms(path, passwords=["不对", kind.password])
    (tmp_path / "原.xlsx").write_bytes(sound())
    assert shown(reading.forms[0]) == shown(read_forms(tmp_path / "原.xlsx").forms[0])
    assert (reading.in_place, read_forms(tmp_path / "原.xlsx").in_place) == (False, True)


def test_a_merged_value_is_read_once(tmp_path: Path) -> None:
    kind = next(kind for kind in KINDS if kind.name == "merged-value")
    (tmp_path / "表.xlsx").write_bytes(kind.make())
    (form,) = read_forms(tmp_path / "表.xlsx").forms
    assert form.indicators[0].target.text == "≥"


def just_below_the_limits() -> bytes:
    """Half a million texts of eighty characters: some 120 MB, of which nothing is over a limit."""
    chance = random.Random(6)
    words = [
        "".join(chance.choices("绩效目标预算资金项目指标数量质量时效成本效益社会满意度", k=40)) for _ in range(300)
    ]
    texts = "".join(f"<si><t>{chance.choice(words)}{chance.choice(words)}</t></si>" for _ in range(499_000))
    return edited(strings=before_end("sst", texts))


@pytest.mark.thorough
@pytest.mark.skipif(sys.platform != "linux", reason="resource limits as Linux has them")
def test_a_file_just_below_the_limits_takes_no_600_megabytes_either(tmp_path: Path) -> None:
    """Where the computer itself sets that bound, the file is refused and the run goes on."""
    (tmp_path / "多.xlsx").write_bytes(just_below_the_limits())
    (tmp_path / "好.xlsx").write_bytes(sound())
    command = [sys.executable, "-c", _CONFINED, str(tmp_path), str(MEMORY)]

    confined = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)

    assert confined.returncode == 0, confined.stderr
    peak, statuses = json.loads(confined.stdout)
    assert 100 << 20 < peak * 1024 < MEMORY
    assert statuses == [["多.xlsx", Status.UNREADABLE], ["好.xlsx", Status.ACCEPTED]]
