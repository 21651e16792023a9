"""The benchmarks' own parts, at small sizes: forms, corpora, the truth about them, and what is said of a measurement.

That an engine is quick is measured by ``make bench``; here it is only shown that what it measures is right.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import corpus, results, rows, single
from benchmarks.consolidation import NAIVE_OPENPYXL, PANDAS_CALAMINE, Engine
from benchmarks.contents import FEWEST, MOST, Contents, forms
from benchmarks.measure import Failed, run
from benchmarks.plots import Line, log_log
from benchmarks.programs import PROGRAMS, saved_by, typed_cells
from benchmarks.truth import Wrong, read_truth, verify
from perfxl.form import TargetForm
from perfxl.issue import At
from perfxl.ledger import consolidate
from perfxl.reading import content_digest, read_package
from perfxl.rules import check
from perfxl.template import Issuance, build

FORMS = 12


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus of a dozen forms, with a file sent twice, one cut short, and one that is no form."""
    folder = tmp_path_factory.mktemp("corpus") / "small"
    corpus.make(FORMS, folder, outcasts=True)
    return folder


@pytest.fixture(scope="module")
def ledger(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """perfxl's ledger of it."""
    path = tmp_path_factory.mktemp("ledger") / "ledger.xlsx"
    consolidate([small / "forms"]).write(path)
    return path


def one_form(package: bytes) -> TargetForm:
    reading = read_package(package, "样例.xlsx")
    assert not reading.issues
    (form,) = reading.forms
    return form


def mistaken(code: str) -> Contents:
    """The first form with that planted mistake."""
    return next(form for form in forms(2000) if form.planted and form.planted[0].code == code)


# -- what the forms say


def test_a_form_follows_from_seed_and_number() -> None:
    assert list(forms(30)) == list(forms(30))
    assert list(forms(30))[:20] == list(forms(20))
    assert list(forms(30, seed=2)) != list(forms(30))


def test_forms_are_as_many_and_as_long_as_said() -> None:
    every = list(forms(1000))
    counts = [len(form.rows) for form in every if not form.planted]
    assert min(counts) == FEWEST
    assert max(counts) == MOST
    assert 14.5 < sum(counts) / len(counts) < 15.5
    assert 0.18 < sum(bool(form.planted) for form in every) / len(every) < 0.24
    assert len({form.purpose for form in every}) > 250
    assert len({row.level3 for form in every for row in form.rows}) > 10_000


def test_the_amounts_add_up_but_where_a_mistake_is_planted() -> None:
    for form in forms(200):
        adds_up = form.total == form.fiscal + form.other
        assert adds_up == (not form.planted or form.planted[0].code not in ("A01", "A02")), form.number


# -- as programs save them


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_saves_what_was_typed(program: str) -> None:
    contents = next(forms(1))
    form = one_form(saved_by(program, contents))
    assert (form.unit_code.text, form.unit_name.text) == (contents.unit_code, contents.unit_name)
    assert (form.budget.total.amount, form.budget.other.amount) == (contents.total, contents.other)
    assert [entry.text for entry in form.objectives] == list(contents.objectives)
    assert [indicator.target.text for indicator in form.indicators] == [row.target for row in contents.rows]


@pytest.mark.parametrize("number", (1, 2, 3))
def test_the_form_is_the_one_that_perfxl_would_build(number: int) -> None:
    contents = list(forms(number))[-1]
    (excel, wps, script) = (one_form(saved_by(program, contents)) for program in ("excel", "wps", "openpyxl"))
    built = one_form(build(Issuance(year=2023), [excel]))
    assert content_digest(excel) == content_digest(wps) == content_digest(script) == content_digest(built)
    assert check(built).issues == check(replace(excel, key=built.key)).issues


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_same_contents_give_the_same_bytes(program: str) -> None:
    contents = next(forms(1))
    assert saved_by(program, contents) == saved_by(program, contents)


@pytest.mark.parametrize("program", ["excel", "wps"])
def test_what_is_written_is_a_valid_workbook(
    program: str, tmp_path: Path, validate_ooxml: Callable[[Path], list[str]]
) -> None:
    path = tmp_path / "form.xlsx"
    path.write_bytes(saved_by(program, next(forms(1))))
    assert validate_ooxml(path) == []


def test_blank_cells_are_not_typed() -> None:
    contents = mistaken("S01")
    assert "B5" not in typed_cells(contents)
    assert typed_cells(contents)["C4"] == contents.total


# -- what is known of them


@pytest.mark.parametrize("code", ["S01", "A01", "A02", "T03", "S08", "V05", "V01", "T07", "I04"])
def test_a_planted_mistake_is_all_that_is_found(code: str) -> None:
    contents = mistaken(code)
    (planted,) = contents.planted
    (issue,) = check(one_form(saved_by("excel", contents)))
    assert isinstance(issue.at, At)
    assert (issue.code, issue.at.a1, issue.severity.chinese) == (planted.code, planted.cell, planted.severity)


def test_nothing_is_found_in_a_sound_form() -> None:
    sound = [form for form in forms(60) if not form.planted]
    assert [one for form in sound[::6] for one in check(one_form(saved_by("wps", form)))] == []


def test_the_truth_is_kept_with_the_corpus(small: Path) -> None:
    sent = read_truth(small)
    assert [one.contents for one in sent if one.contents] == list(forms(FORMS))
    assert [one.status for one in sent if not one.contents] == ["重复", "无法读取", "未采用"]
    for one in sent:
        assert (small / "forms" / one.file).stat().st_size == one.size


def test_the_ledger_of_perfxl_is_the_truth(small: Path, ledger: Path) -> None:
    indicators = sum(len(form.rows) for form in forms(FORMS))
    assert verify(ledger, small, "perfxl") > indicators * 18


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [('"total": "', '"total": "9', "预算数"), ("V05", "V04", "问题清单"), ('"body": "', '"body": "1', "指标值")],
)
def test_a_ledger_that_is_not_the_truth_is_told(
    old: str, new: str, where: str, small: Path, ledger: Path, tmp_path: Path
) -> None:
    truth = (small / "truth.jsonl").read_text(encoding="utf-8")
    assert old in truth
    (tmp_path / "truth.jsonl").write_text(truth.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(Wrong, match=where):
        verify(ledger, tmp_path, "perfxl")


@pytest.mark.parametrize("engine", [NAIVE_OPENPYXL, PANDAS_CALAMINE], ids=lambda engine: engine.name)
def test_the_scripts_find_the_truth_too(engine: Engine, tmp_path: Path) -> None:
    corpus.make(6, tmp_path / "six")
    measured = engine.consolidate(tmp_path / "six", tmp_path / "ledger.xlsx")
    assert measured.cpu > 0


def test_a_run_without_its_answer_does_not_count(small: Path, tmp_path: Path) -> None:
    idle = Engine("idle", lambda forms, ledger: ["this"])
    with pytest.raises(Failed, match=r"benchmarks\.truth"):
        idle.consolidate(small, tmp_path / "ledger.xlsx")


def test_a_smaller_corpus_shares_the_files_of_a_larger_one(tmp_path: Path) -> None:
    corpus.make(5, tmp_path / "five")
    three = corpus.first_of(tmp_path / "five", 3, tmp_path / "three")
    assert [one.contents for one in read_truth(three)] == list(forms(3))
    file = read_truth(three)[1].file
    changed = corpus.rewrite(three / "forms", file, "wps", list(forms(5))[4])
    assert (three / "forms" / file).stat().st_size == changed.size
    assert (tmp_path / "five" / "forms" / file).stat().st_size == read_truth(tmp_path / "five")[1].size


@pytest.mark.parametrize("engine", ["perfxl", "xlsxwriter"])
def test_many_rows_are_all_written(engine: str, tmp_path: Path) -> None:
    assert rows.write(engine, 1000, tmp_path / "rows.xlsx") > 0
    assert rows.check(1000, tmp_path / "rows.xlsx") == 18_000
    with pytest.raises(Failed, match="1000 rows instead of 999"):
        rows.check(999, tmp_path / "rows.xlsx")


def test_one_workbook_is_read_and_marked() -> None:
    assert [len(entry(1).figures) for entry in (single.reading, single.marking, single.stray_cell)] == [3, 1, 1]


# -- measuring


def test_a_command_is_measured_with_its_children() -> None:
    busy = "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass\n"
    code = f"import subprocess, sys; held = b'x' * 30_000_000; subprocess.run([sys.executable, '-c', {busy!r}]); print('完')"
    measured = run([sys.executable, "-c", code])
    assert measured.cpu >= 0.3
    assert measured.parent > 25
    assert measured.together > measured.parent
    assert measured.output == "完\n"


def test_a_command_that_fails_is_not_measured() -> None:
    with pytest.raises(Failed, match="ended with 3"):
        run([sys.executable, "-c", "raise SystemExit(3)"])
    assert run([sys.executable, "-c", "raise SystemExit(3)"], accepted=(0, 3)).wall > 0


@pytest.mark.parametrize(
    ("measured", "least", "most", "met"),
    [
        (35.0, 35, None, True),
        (34.9, 35, None, False),
        (1.1, 0.85, 1.15, True),
        (1.2, 0.85, 1.15, False),
        (2.1, None, 2, False),
    ],
)
def test_a_figure_says_whether_it_is_met(measured: float, least: float | None, most: float | None, met: bool) -> None:
    figure = results.Figure("速度", measured, least=least, most=most)
    assert figure.met is met
    assert figure.cells[-1] == ("met" if met else "NOT MET")


def test_results_count_what_is_met() -> None:
    listing = results.Listing(("forms", "s"), [["24", "1.5"]])
    figures = [results.Figure("quick", 40, least=35), results.Figure("small", 200, most=150, unit="MB")]
    page = results.as_markdown(
        [results.Section("Runs", "Some runs.", listing, figures, ["a.png"])], "short", "a machine"
    )
    assert "1 of 2 figures are met" in page
    assert "| small | 200.0 MB | ≤ 150 MB | NOT MET |" in page
    assert "![Runs](a.png)" in page


def test_a_plot_is_drawn(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    name = log_log(tmp_path / "a.png", "Cost", "forms", "seconds", [Line("perfxl", [(24, 0.5), (240, 1.5)])])
    assert (tmp_path / name).stat().st_size > 5000
