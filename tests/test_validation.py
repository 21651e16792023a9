"""Every file of some folders is looked at; none stops another, whatever is wrong with it."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from forms import form

from perfxl.errors import PathNotFound, UsageError
from perfxl.ledger import consolidate
from perfxl.reading import read_forms
from perfxl.report import Status
from perfxl.template import build
from perfxl.validation import clear, mark, mark_in, validate


@pytest.fixture(scope="module")
def sound() -> bytes:
    return build(forms=[form()])


@pytest.fixture(scope="module")
def wrong() -> bytes:
    return build(forms=[form(total="900")])


def without_results(workbook: bytes) -> bytes:
    """The same with 校验结果 under another name and styles that can't be added to: it can be read, but not marked."""
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as old, zipfile.ZipFile(result, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "xl/workbook.xml":
                content = content.replace('name="校验结果"'.encode(), 'name="改名了"'.encode())
            if name == "xl/styles.xml":
                content = content.decode().replace('encoding="UTF-8"', 'encoding="UTF-16"').encode("utf-16")
            new.writestr(name, content)
    return result.getvalue()


@pytest.fixture
def folder(tmp_path, sound, wrong) -> Path:
    """Two forms, of which 乙 has an error, and a broken file between them in the order of names."""
    place = tmp_path / "收到"
    (place / "区").mkdir(parents=True)
    (place / "a.xlsx").write_bytes(sound)
    (place / "b坏.xlsx").write_bytes(b"")
    (place / "区" / "c.xlsx").write_bytes(wrong)
    (place / "说明.docx").write_bytes(b"")
    return place


def lit(path: Path) -> str | None:
    """What 校验结果 says of the workbook as a whole."""
    from perfxl.intake.grid import open_workbook
    from perfxl.layout import RESULT_SHEET, RESULTS

    return open_workbook(path).grid(RESULT_SHEET).text(*RESULTS.status_cell)


def test_every_file_has_its_status_and_what_is_passed_over_its_reason(folder):
    validated = validate(folder)

    assert {one.file: one.status for one in validated.checked} == {
        "a.xlsx": Status.OK,
        "b坏.xlsx": Status.UNREADABLE,
        "区/c.xlsx": Status.ERRORS,
    }
    assert validated.skipped == (("说明.docx", "不是工作簿"),)
    assert validated.failed


def test_a_sound_form_alone_does_not_fail(folder):
    assert not validate(folder / "a.xlsx").failed


def test_a_source_that_does_not_exist_stops_no_other(folder):
    validated = validate([folder / "a.xlsx", folder / "没有.xlsx"])

    statuses = {Path(one.file).name: one.status for one in validated.checked}
    assert statuses == {"a.xlsx": Status.OK, "没有.xlsx": Status.UNREADABLE}
    assert validated.failed


def test_nothing_but_sources_that_do_not_exist_is_a_wrong_call(tmp_path):
    with pytest.raises(PathNotFound) as failure:
        validate([tmp_path / "一.xlsx", tmp_path / "二.xlsx"])

    assert "一.xlsx" in str(failure.value)
    assert "二.xlsx" in str(failure.value)


def test_an_edition_that_does_not_exist_is_told_before_any_file_is_read(folder):
    with pytest.raises(UsageError, match="nowhere-1999"):
        validate(folder, edition="nowhere-1999")


def test_our_own_ledger_is_passed_over(folder):
    consolidate(folder).write(folder / "总台账.xlsx")

    assert ("总台账.xlsx", "是 perfxl 生成的台账，不是绩效目标表") in validate(folder).skipped


def test_the_year_of_the_batch_is_for_forms_that_do_not_say(tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(build(forms=[form(year=None)]))

    def codes(**options: int) -> set[str]:
        return {issue.code for one in validate(path, **options).checked for issue in one.issues}

    assert "S06" in codes()
    assert "S06" not in codes(year=2023)


def test_progress_counts_every_input(folder):
    seen: list[tuple[int, int, str]] = []

    validate(folder, progress=lambda *step: seen.append(step))

    assert [step[:2] for step in seen] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert [step[2] for step in seen] == ["a.xlsx", "b坏.xlsx", "区/c.xlsx", "说明.docx"]


def test_a_workbook_that_can_not_be_marked_stops_no_other(folder, wrong):
    kept = without_results(wrong)
    (folder / "a.xlsx").write_bytes(kept)

    marked = mark(validate(folder))

    assert [one.copy is not None for one in marked] == [False, True]
    assert "a.xlsx" in marked[0].error
    assert (folder / "a.xlsx").read_bytes() == kept
    assert "错误 1 处" in str(lit(folder / "区" / "c.xlsx"))


def test_copies_are_marked_beside_each_other_as_the_originals_lie(folder, tmp_path, wrong):
    marked = mark_in(validate(folder), tmp_path / "退回")

    assert sorted(str(one.copy.relative_to(tmp_path)) for one in marked if one.copy) == [
        "退回/a.xlsx",
        "退回/区/c.xlsx",
    ]
    assert (folder / "区" / "c.xlsx").read_bytes() == wrong
    assert read_forms(tmp_path / "退回" / "区" / "c.xlsx").marked_copy


def test_clearing_one_that_fails_stops_no_other(folder):
    mark(validate(folder))
    marked = lit(folder / "区" / "c.xlsx")

    results, skipped = clear([folder, folder / "没有.xlsx"])

    assert {Path(one.name).name: bool(one.error) for one in results} == {
        "没有.xlsx": True,
        "a.xlsx": False,
        "b坏.xlsx": True,
        "c.xlsx": False,
    }
    assert skipped == (("说明.docx", "不是工作簿"),)
    assert lit(folder / "区" / "c.xlsx") != marked


def test_there_is_nothing_to_clear_where_nothing_is(tmp_path):
    with pytest.raises(PathNotFound):
        clear(tmp_path / "没有")
