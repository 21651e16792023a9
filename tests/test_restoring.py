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

from perfxl.errors import UnreadableFile
from perfxl.form import TargetForm
from perfxl.issue import At, Issue, Severity
from perfxl.layout import LATEST
from perfxl.ledger import Ledger, Status, consolidate
from perfxl.reading import content_digest, read_forms
from perfxl.rules import check
from perfxl.season.restoring import read_foreign, restore
from perfxl.season.returning import return_forms
from perfxl.template import Issuance, build, save

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
        assert read_foreign(renamed, "旧.xls")[0][0].budget.total.amount == Decimal("500.1")

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


class TestWhatCannotBeRestored:
    @pytest.mark.parametrize("content", [b"", b"no workbook", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)])
    def test_damaged(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "坏.xls"
        path.write_bytes(content)

        with pytest.raises(UnreadableFile, match=r"坏\.xls：打不开"):
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
        with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as book:
            sheet = book.add_worksheet()
            sheet.write(0, 0, "x")
            sheet.write(60_000, 16_000, "x")
        path = tmp_path / "远.xls"
        shutil.move(tmp_path / "a.xlsx", path)

        with pytest.raises(UnreadableFile, match="打不开"):
            restore(path, tmp_path / "新.xlsx")


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
