"""Contents of a workbook that can't carry marks, in a fresh template."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter
from forms import SOUND, broken, form
from hostile import oldbooks
from hypothesis import given, settings
from hypothesis import strategies as st
from test_reading import number, text, type_in

from perfxl.errors import UnreadableFile
from perfxl.form import TargetForm
from perfxl.issue import At, Issue, Severity
from perfxl.layout import LATEST
from perfxl.ledger import Ledger, Status, consolidate
from perfxl.reading import content_digest, read_forms
from perfxl.rules import check
from perfxl.season.restoring import restore, restored
from perfxl.season.returning import return_forms
from perfxl.template import Issuance, build, save
from perfxl.text import tidy

WHOLE = form(
    SOUND.replace("98     | %", "98     | % | 按常住人口"),
    department="人社局",
    contact="张三",
    phone="022-23456789",
    submission="2",
    note="全表说明",
    project_code="XM-01",
    total="500.10",
    fiscal="500.10",
    explanations={5: "用途说明"},
)


def issued(*forms: TargetForm) -> bytes:
    return build(Issuance(year=2027, batch="第一批"), forms)


@pytest.fixture
def renamed(tmp_path: Path) -> Path:
    """Read by content as any other format is; the same cells without a spreadsheet program at hand."""
    return save(tmp_path / "旧.xls", issued(WHOLE, replace(WHOLE, project_code="XM-02")))


class TestContents:
    def test_everything_typed_and_the_identity_are_taken_over(self, renamed: Path, tmp_path: Path) -> None:
        before = read_forms(shutil.copy(renamed, tmp_path / "旧.xlsx")).forms
        restore(renamed, tmp_path / "新.xlsx")

        after = read_forms(tmp_path / "新.xlsx").forms
        assert [content_digest(each) for each in after] == [content_digest(each) for each in before]
        same = [(each.sheet, each.key, each.year, each.batch, each.edition, each.project_code) for each in after]
        assert same == [
            ("绩效目标表-1", "P01", 2027, "第一批", "tianjin-2023", "XM-01"),
            ("绩效目标表-2", "P02", 2027, "第一批", "tianjin-2023", "XM-02"),
        ]

    def test_amounts_are_exact_decimals(self, renamed: Path) -> None:
        assert read_forms(renamed).forms[0].budget.total.amount == Decimal("500.1")

    def test_explanation_follows_its_indicator_over_blank_rows(self, tmp_path: Path) -> None:
        path = save(tmp_path / "空行.xlsx", issued(form("\n产出指标 | 数量指标 | 数量 | 说明 | ≥ | 3 | 张 | 因为")))

        result = restore(path, tmp_path / "新.xlsx")

        assert [(each.row, each.explanation) for each in result.forms[0].indicators] == [(LATEST.first_row, "因为")]

    def test_error_value_stays_to_be_seen(self, tmp_path: Path) -> None:
        path = save(tmp_path / "错.xlsx", with_error(issued(form(contact="张三"))))
        assert read_forms(path).forms[0].contact == replace(broken("#REF!"), at=At("绩效目标表", 3, 12))

        after = restore(path, tmp_path / "新.xlsx").forms[0].contact

        assert after is not None
        assert after.text == "#REF!"

    def test_same_input_gives_the_same_bytes(self, renamed: Path, tmp_path: Path) -> None:
        assert restore(renamed, tmp_path / "1.xlsx").content == restore(renamed, tmp_path / "2.xlsx").content

    def test_finding_moves_with_its_indicator_and_no_other(self, renamed: Path, tmp_path: Path) -> None:
        result = restore(renamed, tmp_path / "新.xlsx")
        row = result.before[1].indicators[2].row
        issue = Issue("T01", Severity.ERROR, "错", "改", form=result.before[1].key, at=At("绩效目标表-2", row, 6))

        moved = result.moved(issue)

        assert (moved.form, moved.at) == ("P02", At("绩效目标表-2", result.forms[1].indicators[2].row, 6))
        assert result.moved(replace(issue, at=At("别的表", row, 6))).at is None

    @pytest.mark.parametrize(("edition", "weights"), [("tianjin-2023", []), ("mof-2021", ["50.00", "五十"])])
    def test_explanations_notes_and_weights_are_taken_along_in_both_editions(
        self, edition: str, weights: list[str]
    ) -> None:
        """J8 stands beside an objective that moves up a row; J10 and J40 beside nothing."""
        plain = build(Issuance(edition=edition, year=2027), [WHOLE])
        written = {"B8": "隔行的目标", "J8": "目标的说明", "J10": "旁边没有目标", "J40": "旁边没有指标"}
        typed = {at: text(said) for at, said in written.items()}
        if weights:
            typed |= {"H17": number("50"), "H18": text("五十")}

        result = restored(type_in(plain, **typed), "表.xlsx")

        (before,), (after,) = result.before, result.forms
        assert [one.raw for one in after.objectives] == [one.raw for one in before.objectives]
        assert after.explanations == {5: "用途说明", 7: "目标的说明", 21: "按常住人口"}
        assert after.note is not None
        assert after.note.text == "全表说明\n第10行：旁边没有目标\n第40行：旁边没有指标"
        assert [one.weight.raw for one in after.indicators if one.weight and one.weight.raw] == weights
        assert [one.target.raw for one in after.indicators] == [one.target.raw for one in before.indicators]
        assert result.moved(Issue("G01", Severity.INFO, "x", "y", at=At("绩效目标表", 8, 2))).at == At(
            "绩效目标表", 7, 2
        )

    def test_a_sheet_of_another_year_is_left_and_told(self) -> None:
        book = issued(WHOLE, form(project="另一个"))
        part = "xl/worksheets/sheet3.xml"
        changed = rewritten(book, part, '<c r="N4"', '<c r="N4" t="str"><v>2026</v></c><c r="Z4"')

        result = restored(changed, "表.xlsx")

        assert [each.sheet for each in result.forms] == ["绩效目标表-1"]
        assert [str(issue.at) for issue in result.told if "不同" in issue.message] == ["绩效目标表-2!A1"]


# What Excel can hold in a cell, and no blank.
words = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=30)


@settings(max_examples=5, deadline=None)
@given(texts=st.lists(words, min_size=12, max_size=12), edition=st.sampled_from(["tianjin-2023", "mof-2021"]))
def test_whatever_stands_in_a_form_stands_in_the_restored_one(texts: list[str], edition: str) -> None:
    names = ("unit_code", "unit_name", "project", "project_no", "purpose", "department", "contact", "phone", "note")
    given_texts = dict(zip(names, texts, strict=False))
    filled = form(explanations={3: texts[9], 7: texts[10]}, objectives=f"{texts[10]}\n{texts[11]}", **given_texts)
    book = build(Issuance(edition=edition, year=2027), [filled])

    result = restored(book, "表.xlsx")

    assert {name: entry_text(result.forms[0], name) for name in names} == {
        name: tidy(text) for name, text in given_texts.items()
    }
    assert content_digest(result.forms[0]) == content_digest(result.before[0])


def entry_text(one: TargetForm, name: str) -> str:
    return str(getattr(one, name).text)


class TestWhatCannotBeRestored:
    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"", "文件是空的"),
            (b"no workbook", "不是工作簿"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "不是工作簿，或文件已损坏"),
        ],
    )
    def test_damaged(self, tmp_path: Path, content: bytes, words: str) -> None:
        path = tmp_path / "坏.xls"
        path.write_bytes(content)

        with pytest.raises(UnreadableFile, match=rf"坏\.xls：.*{words}.*。请"):
            restore(path, tmp_path / "新.xlsx")
        assert not (tmp_path / "新.xlsx").exists()

    def test_other_workbook(self, tmp_path: Path) -> None:
        path = tmp_path / "花名册.ods"
        with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as book:
            book.add_worksheet("甲").write("A1", "姓名")
        shutil.move(tmp_path / "a.xlsx", path)

        with pytest.raises(UnreadableFile, match="没有找到绩效目标表"):
            restore(path, tmp_path / "新.xlsx")

    def test_cell_far_out_ends_no_process_but_the_readers(self, tmp_path: Path) -> None:
        path = tmp_path / "远.xls"
        path.write_bytes(oldbooks.xls(oldbooks.book({(60_000, 250): oldbooks.Cell("x")})))

        with pytest.raises(UnreadableFile, match="打不开"):
            restore(path, tmp_path / "新.xlsx")

    def test_a_password_opens_it_and_none_is_left(self, tmp_path: Path) -> None:
        path = tmp_path / "密.xls"
        path.write_bytes(oldbooks.xls(oldbooks.book(), "秘密"))

        with pytest.raises(UnreadableFile, match="设有打开密码"):
            restore(path, tmp_path / "新.xlsx")
        restore(path, tmp_path / "新.xlsx", passwords=["秘密"])

        assert read_forms(tmp_path / "新.xlsx").in_place


class TestReturned:
    def test_foreign_workbook_goes_back_as_a_marked_template_with_the_original_beside(self, tmp_path: Path) -> None:
        received = tmp_path / "收到"
        received.mkdir()
        # As LibreOffice and WPS write it: the ledger can't take it.
        data = save(received / "旧.xls", issued(form(total="500", fiscal="480"))).read_bytes()
        ledger = refused(consolidate(received))

        returned = return_forms(ledger, tmp_path / "退回", sources=received)

        (unit,) = returned.units
        files = {path.relative_to(unit.folder).as_posix(): path for path in unit.files}
        assert set(files) == {"退回说明.docx", "短信.txt", "旧.xlsx", "原件/旧.xls"}
        assert files["原件/旧.xls"].read_bytes() == data
        assert unit.errors == len(check(read_forms(files["旧.xlsx"]).forms).errors) == 1
        assert read_forms(files["旧.xlsx"]).marked_copy

    def test_workbook_without_our_list_is_restored_with_the_ledgers_findings(self, tmp_path: Path) -> None:
        received = tmp_path / "收到"
        received.mkdir()
        source = save(received / "无.xlsx", without_results(issued(form(total="500", fiscal="480"))))

        returned = return_forms(consolidate(received), tmp_path / "退回", sources=received)

        (unit,) = returned.units
        files = {path.relative_to(unit.folder).as_posix(): path for path in unit.files}
        assert files["原件/无.xlsx"].read_bytes() == source.read_bytes()
        assert read_forms(files["无.xlsx"]).marked_copy


def refused(ledger: Ledger) -> Ledger:
    """The ledger as it is while consolidate takes no such format."""
    sources = tuple(replace(row, status=Status.UNREADABLE, reason="这是旧版 .xls 工作簿") for row in ledger.sources)
    return replace(ledger, projects=(), indicators=(), issues=(), sources=sources)


def without_results(content: bytes) -> bytes:
    """The workbook after somebody has renamed our sheet."""
    return rewritten(content, "xl/workbook.xml", 'name="校验结果"', 'name="校验结果旧"')


def with_error(content: bytes) -> bytes:
    """The workbook with an error value in the cell of 填报人."""
    sheet = zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet2.xml").decode()
    cell = re.search(r'<c r="L3"[^>]*?>.*?</c>', sheet)
    assert cell is not None
    return rewritten(content, "xl/worksheets/sheet2.xml", cell[0], '<c r="L3" t="e"><v>#REF!</v></c>')


def rewritten(content: bytes, part: str, old: str, new: str) -> bytes:
    """The package with one text of a part exchanged."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(stream, "w") as after:
        for name in before.namelist():
            data = before.read(name)
            if name == part:
                assert old.encode() in data
                data = data.replace(old.encode(), new.encode())
            after.writestr(name, data)
    return stream.getvalue()


@pytest.mark.parametrize("suffix", ["xls", "ods"])
def test_what_libreoffice_saves_is_read_as_it_was(office: object, tmp_path: Path, suffix: str) -> None:
    program = shutil.which("soffice")
    assert program is not None
    source = save(tmp_path / "表.xlsx", issued(WHOLE))
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [program, profile, "--headless", "--convert-to", suffix, "--outdir", str(tmp_path), str(source)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)

    result = restore(tmp_path / f"表.{suffix}", tmp_path / "新.xlsx")

    expected = read_forms(source).forms[0]
    assert content_digest(result.forms[0]) == content_digest(expected)
    assert result.forms[0].title.text == expected.title.text
    assert result.forms[0].project_code == "XM-01"
