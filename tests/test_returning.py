"""Return: what goes back to each unit, and what the second round knows of the first."""

from __future__ import annotations

import datetime
import io
import json
import zipfile
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import docx
import pytest
from forms import SOUND, form

from perfxl.form import TargetForm
from perfxl.ledger import Ledger, Status, consolidate
from perfxl.ledger.model import Condition, NoteRow, VersionRow
from perfxl.reading import read_forms
from perfxl.rules import Approval, RosterEntry
from perfxl.season.returning import Returned, return_forms
from perfxl.season.returning.rounds import Finding, ProjectRound, since
from perfxl.template import Issuance, build, save

UNIT = "天津市社会保险基金管理中心"
FOLDER = f"353302_{UNIT}"
WRONG_SUM = {"total": "500.00", "fiscal": "480.00"}


def send(folder: Path, name: str, *forms: TargetForm) -> Path:
    """A unit sends in a workbook."""
    folder.mkdir(exist_ok=True)
    return save(folder / name, build(Issuance(year=2027), forms))


def give_back(ledger: Ledger, tmp_path: Path, **options: object) -> Returned:
    return return_forms(ledger, tmp_path / "退回", sources=tmp_path / "收到", **options)  # type: ignore[arg-type]


def note_text(path: Path) -> str:
    """Everything that a cover note says: paragraphs, then the table's rows."""
    document = docx.Document(str(path))
    rows = [" | ".join(cell.text for cell in row.cells) for table in document.tables for row in table.rows]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *rows])


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def received(tmp_path: Path) -> Path:
    """One project with a wrong sum, one of another unit without a mistake."""
    folder = tmp_path / "收到"
    send(folder, "社保卡.xlsx", form(**WRONG_SUM))
    send(
        folder, "好.xlsx", form(SOUND.replace("卡", "证"), unit_code="353303", unit_name="好单位", project="证件工本费")
    )
    return folder


class TestWhatGoesBack:
    def test_only_units_with_errors(self, received: Path, tmp_path: Path) -> None:
        returned = give_back(consolidate(received), tmp_path)

        assert [unit.unit_code for unit in returned.units] == ["353302"]
        assert names(returned.folder) == [f"{FOLDER}/{name}" for name in ("短信.txt", "社保卡.xlsx", "退回说明.docx")]

    def test_workbook_is_the_senders_own_with_the_findings_in_it(self, received: Path, tmp_path: Path) -> None:
        ledger = consolidate(received)

        back = read_forms(give_back(ledger, tmp_path).folder / FOLDER / "社保卡.xlsx")

        assert back.marked_copy
        with (
            zipfile.ZipFile(received / "社保卡.xlsx") as sent,
            zipfile.ZipFile(tmp_path / "退回" / "第1轮" / FOLDER / "社保卡.xlsx") as marked,
        ):
            changed = [name for name in sent.namelist() if sent.read(name) != marked.read(name)]
            listed = marked.read(changed[0]).decode()
        assert len(changed) == 1
        messages = [row.message for row in ledger.issues if row.file == "社保卡.xlsx"]
        assert messages
        assert all(text in listed for text in messages)

    def test_note_says_where_what_how_when_and_whom(self, received: Path, tmp_path: Path) -> None:
        returned = give_back(
            consolidate(received),
            tmp_path,
            deadline="2026年12月10日",
            contact="王某 022-1",
            date=datetime.date(2026, 11, 23),
        )

        text = note_text(returned.folder / FOLDER / "退回说明.docx")
        for said in (
            f"{UNIT}：",
            "2027年",
            "C4 预算数",
            "“报送次数”加1",
            "于2026年12月10日前",
            "联系王某 022-1",
            "2026年11月23日",
        ):
            assert said in text

    def test_message_opens_as_text_in_windows(self, received: Path, tmp_path: Path) -> None:
        returned = give_back(consolidate(received), tmp_path)

        content = (returned.folder / FOLDER / "短信.txt").read_bytes()
        assert content.startswith(b"\xef\xbb\xbf")
        assert content.decode("utf-8-sig").startswith(f"{UNIT}：\r\n你单位报送的2027年《绩效目标表》")

    @pytest.mark.parametrize(("opinion", "goes"), [("退回：测算依据不足", True), ("同意", False), ("", False)])
    def test_opinion_of_finance_sends_a_sound_project_back(
        self, tmp_path: Path, received: Path, opinion: str, goes: bool
    ) -> None:
        (received / "社保卡.xlsx").unlink()
        ledger = consolidate(received)
        ledger = replace(ledger, projects=tuple(replace(row, opinion=opinion) for row in ledger.projects))

        returned = give_back(ledger, tmp_path)

        assert bool(returned.units) is goes
        if goes:
            assert opinion in note_text(returned.units[0].folder / "退回说明.docx")

    def test_opinion_on_a_wrong_project_stands_in_the_note(self, received: Path, tmp_path: Path) -> None:
        ledger = consolidate(received)
        ledger = replace(ledger, projects=tuple(replace(row, opinion="单价偏高") for row in ledger.projects))

        text = note_text(give_back(ledger, tmp_path).folder / FOLDER / "退回说明.docx")

        assert "审核意见：社保卡制卡工本费：单价偏高" in text

    def test_zipped_holds_the_same_files(self, received: Path, tmp_path: Path) -> None:
        returned = give_back(consolidate(received), tmp_path, zipped=True)

        assert names(returned.folder) == [f"{FOLDER}.zip"]
        with zipfile.ZipFile(returned.units[0].folder) as archive:
            assert sorted(archive.namelist()) == ["短信.txt", "社保卡.xlsx", "退回说明.docx"]
            assert read_forms_of(archive.read("社保卡.xlsx"), tmp_path)

    def test_file_that_is_no_form_goes_back_with_the_reason(self, tmp_path: Path) -> None:
        received = tmp_path / "收到"
        received.mkdir()
        (received / "扫描件.xlsx").write_bytes(b"%PDF-1.7")

        returned = give_back(consolidate(received), tmp_path)

        expected = sorted(f"未识别单位/扫描件/{name}" for name in ("扫描件.xlsx", "退回说明.docx", "短信.txt"))
        assert names(returned.folder) == expected
        assert "这是 PDF 文件，不是工作簿" in note_text(returned.folder / "未识别单位" / "扫描件" / "退回说明.docx")

    def test_form_that_nobody_filled_in_goes_to_its_unit(self, tmp_path: Path) -> None:
        given = {"fiscal": None, "other": None, "purpose": None, "project_code": "XM-1"}
        send(tmp_path / "收到", "空.xlsx", form("", objectives="", **given))

        returned = give_back(consolidate(tmp_path / "收到"), tmp_path)

        text = note_text(returned.folder / FOLDER / "空" / "退回说明.docx")
        assert text.startswith("关于退回修改《绩效目标表》的通知\n" + UNIT)
        assert "表里没有填写内容" in text
        assert "认不出单位" not in returned.told()

    def test_long_list_is_cut_to_a_page_and_says_so(self, tmp_path: Path) -> None:
        table = "\n".join(f"产出指标 | 数量指标 | 数量{n} | 说明 | ≥ | 很多 | 张" for n in range(30))
        send(tmp_path / "收到", "长.xlsx", form(table))

        text = note_text(give_back(consolidate(tmp_path / "收到"), tmp_path).folder / FOLDER / "退回说明.docx")

        assert "处见工作簿里的“校验结果”页。" in text
        assert text.count("\n社保卡制卡工本费 | ") <= 12


def read_forms_of(content: bytes, tmp_path: Path) -> bool:
    path = tmp_path / "出来.xlsx"
    path.write_bytes(content)
    return bool(read_forms(path).forms)


class TestTheFileItself:
    @pytest.mark.parametrize(
        ("change", "told"),
        [
            (lambda path: path.write_bytes(b"PK"), "社保卡.xlsx：汇总以后改动过"),
            (lambda path: path.unlink(), "社保卡.xlsx：找不到了"),
        ],
    )
    def test_changed_or_vanished_is_told_and_the_note_is_written(
        self, received: Path, tmp_path: Path, change: object, told: str
    ) -> None:
        ledger = consolidate(received)
        change(received / "社保卡.xlsx")  # type: ignore[operator]

        returned = give_back(ledger, tmp_path)

        assert told in returned.told()
        assert names(returned.folder) == [f"{FOLDER}/短信.txt", f"{FOLDER}/退回说明.docx"]
        assert "随附的工作簿" not in note_text(returned.folder / FOLDER / "退回说明.docx")

    def test_is_found_beside_the_ledger_or_one_folder_below(self, received: Path, tmp_path: Path) -> None:
        consolidate(received).write(tmp_path / "总台账.xlsx")

        returned = return_forms(tmp_path / "总台账.xlsx", tmp_path / "退回")

        assert not returned.problems
        assert "社保卡.xlsx" in [path.name for path in returned.units[0].files]

    def test_name_in_the_ledger_leads_nowhere_else(self, received: Path, tmp_path: Path) -> None:
        (tmp_path / "秘密.xlsx").write_bytes((received / "社保卡.xlsx").read_bytes())
        ledger = consolidate(received)
        moved = "../秘密.xlsx"
        ledger = replace(
            ledger,
            projects=tuple(replace(row, file=moved) for row in ledger.projects),
            sources=tuple(replace(row, file=moved, path=None) for row in ledger.sources if row.file == "社保卡.xlsx"),
        )

        assert "找不到了" in give_back(ledger, tmp_path).told()


class TestRounds:
    def test_same_ledger_again_is_the_same_round_byte_for_byte(self, received: Path, tmp_path: Path) -> None:
        ledger = consolidate(received)
        first = give_back(ledger, tmp_path)
        before = {name: (first.folder / name).read_bytes() for name in names(first.folder)}

        again = give_back(ledger, tmp_path)

        assert (again.round, again.again) == (1, True)
        assert {name: (again.folder / name).read_bytes() for name in names(again.folder)} == before
        assert not again.kept

    def test_second_round_tells_corrected_open_and_new(self, tmp_path: Path) -> None:
        received = tmp_path / "收到"
        send(received, "社保卡.xlsx", form(**WRONG_SUM, purpose=None))
        give_back(consolidate(received), tmp_path)
        send(received, "社保卡.xlsx", form(total="500.00", fiscal="470.00", submission="2", unit_name=None))

        second = give_back(consolidate(received), tmp_path)

        assert second.round == 2
        assert second.folder.name == "第2轮"
        history = second.units[0].history
        assert history == "上次退回3处：已改1处，仍有2处，新增1处。"
        text = note_text(next(second.folder.rglob("退回说明.docx")))
        assert history in text
        amount, name = (next(line for line in text.splitlines() if cell in line) for cell in ("C4 ", "D2 "))
        assert amount.endswith("仍未改")
        assert name.endswith("新")

    def test_project_whose_unit_code_was_wrong_is_known_again(self, tmp_path: Path) -> None:
        received, other = (
            tmp_path / "收到",
            form(SOUND.replace("卡", "证"), project="证件工本费", objectives="1.办证。"),
        )
        send(received, "两个.xlsx", other, form(unit_code="399999", **WRONG_SUM))
        give_back(consolidate(received), tmp_path)
        send(received, "两个.xlsx", other, form(**WRONG_SUM, submission="2"))

        second = give_back(consolidate(received), tmp_path)

        text = note_text(second.folder / FOLDER / "退回说明.docx")
        assert next(line for line in text.splitlines() if "C4 " in line).endswith("仍未改")

    def test_project_that_was_not_sent_again_is_said_to_be(self, received: Path, tmp_path: Path) -> None:
        give_back(consolidate(received), tmp_path)
        send(
            received, "又一份.xlsx", form(SOUND.replace("卡", "册"), unit_code="353304", unit_name="丙", project="册子")
        )

        second = give_back(consolidate(received), tmp_path)

        assert second.round == 2
        assert "至今未重新报送" in second.units[0].history

    def test_corrected_project_is_returned_no_more(self, received: Path, tmp_path: Path) -> None:
        give_back(consolidate(received), tmp_path)
        send(received, "社保卡.xlsx", form(submission="2"))

        second = give_back(consolidate(received), tmp_path)

        assert second.units == ()
        assert "没有需要退回的" in second.told()

    def test_note_that_somebody_edited_stays(self, received: Path, tmp_path: Path) -> None:
        ledger = consolidate(received)
        note = give_back(ledger, tmp_path).folder / FOLDER / "退回说明.docx"
        note.write_bytes(b"edited")

        again = give_back(ledger, tmp_path)

        assert note.read_bytes() == b"edited"
        assert again.kept == (note,)
        assert (note.parent / "退回说明(2).docx").is_file()

    def test_what_a_round_no_longer_needs_is_told_and_stays(self, received: Path, tmp_path: Path) -> None:
        ledger = consolidate(received)
        note = (
            give_back(
                replace(ledger, projects=tuple(replace(row, opinion="退回") for row in ledger.projects)), tmp_path
            ).folder
            / "353303_好单位"
            / "退回说明.docx"
        )

        again = give_back(ledger, tmp_path)

        assert note in again.stale
        assert note.is_file()

    def test_damaged_record_is_kept_and_the_rounds_go_on(self, received: Path, tmp_path: Path) -> None:
        ledger = consolidate(received)
        give_back(ledger, tmp_path)
        record = tmp_path / "退回" / "退回记录.json"
        record.write_text("{", encoding="utf-8")

        second = give_back(ledger, tmp_path)

        assert "内容已损坏" in second.told()
        assert (tmp_path / "退回" / "退回记录（损坏1）.json").read_text(encoding="utf-8") == "{"
        assert second.round == 2
        assert json.loads(record.read_text(encoding="utf-8"))["rounds"][-1]["number"] == 2

    def test_run_that_was_broken_off_is_gone_on_with(self, received: Path, tmp_path: Path) -> None:
        ledger = consolidate(received)

        def break_off(*_: object) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            give_back(ledger, tmp_path, progress=break_off)
        again = give_back(ledger, tmp_path)

        assert (again.round, again.kept) == (1, ())
        assert len(names(again.folder)) == 3

    def test_missing_record_is_told(self, received: Path, tmp_path: Path) -> None:
        ledger = consolidate(received)
        give_back(ledger, tmp_path)
        (tmp_path / "退回" / "退回记录.json").unlink()

        assert "退回记录.json：找不到了" in give_back(ledger, tmp_path).told()


def finding(code: str, cell: str, message: str) -> Finding:
    return Finding(code, "错误", cell, "", message, "", "")


@pytest.mark.parametrize(
    ("now", "marks"),
    [
        (finding("A01", "C4", "差 20.00 万元"), ("仍未改",)),
        (finding("A01", "C4", "差 1 万元"), ("仍未改",)),  # other numbers
        (finding("A01", "C9", "差 20.00 万元"), ("仍未改",)),  # the row has moved
        (finding("A01", "C9", "没有填"), ("新",)),
        (finding("A02", "C4", "差 20.00 万元"), ("新",)),
    ],
)
def test_finding_is_known_again_by_rule_and_cell_or_words(now: Finding, marks: tuple[str, ...]) -> None:
    before = ProjectRound(("1", "甲"), "1", "甲", "aa", (finding("A01", "C4", "差 20.00 万元"),))

    assert since(before, [now], "bb").marks == marks


def test_one_finding_is_not_known_again_twice() -> None:
    before = ProjectRound(("1", "甲"), "1", "甲", "aa", (finding("T01", "F17", "缺单位"),))

    told = since(before, [finding("T01", "F17", "缺单位"), finding("T01", "F18", "缺单位")], "aa")

    assert (told.returned, told.fixed, told.still, told.new, told.resent) == (1, 0, 1, 1, False)


def test_marked_workbook_sent_back_untouched_counts_as_nothing_new(received: Path, tmp_path: Path) -> None:
    returned = give_back(consolidate(received), tmp_path)
    back = received / "社保卡（退回）.xlsx"
    back.write_bytes((returned.folder / FOLDER / "社保卡.xlsx").read_bytes())

    statuses = {row.file: row.status for row in consolidate(received).sources}

    assert statuses["社保卡（退回）.xlsx"] is Status.SKIPPED


def test_note_is_a_sound_document_with_fixed_times(received: Path, tmp_path: Path) -> None:
    note = give_back(consolidate(received), tmp_path).folder / FOLDER / "退回说明.docx"

    with zipfile.ZipFile(io.BytesIO(note.read_bytes())) as archive:
        assert {part.date_time[0] for part in archive.infolist()} == {2020}
        assert 'w:eastAsia="仿宋_GB2312"' in archive.read("word/styles.xml").decode()
        assert "dcterms" not in archive.read("docProps/core.xml").decode()


SOUND_2027 = SOUND.replace("2023年", "2027年")
BOOKLET = {"title": "册子绩效目标表", "unit_code": "353304", "unit_name": "丙单位", "project": "册子"}


def booklet(**changes: object) -> TargetForm:
    """A sound form of another unit, unless ``changes`` say otherwise."""
    return form(SOUND_2027.replace("卡", "册"), **{**BOOKLET, **changes})


def not_taken(ledger: Ledger, *files: str) -> Ledger:
    """The ledger as if those files were of a format that it can't read."""
    return replace(
        ledger,
        projects=tuple(row for row in ledger.projects if row.file not in files),
        issues=tuple(row for row in ledger.issues if row.file not in files),
        versions=(),
        sources=tuple(
            replace(row, status=Status.UNREADABLE, reason="这是旧版 .xls 工作簿") if row.file in files else row
            for row in ledger.sources
        ),
    )


class TestOldFormats:
    def test_unit_that_has_sent_it_anew_as_xlsx_gets_nothing(self, tmp_path: Path) -> None:
        received = tmp_path / "收到"
        send(received, "旧.xls", form(**WRONG_SUM))
        give_back(not_taken(consolidate(received), "旧.xls"), tmp_path)
        send(received, "新.xlsx", form(submission="2"))

        second = give_back(not_taken(consolidate(received), "旧.xls"), tmp_path)

        assert second.units == ()

    def test_xls_and_xlsx_together_count_a_project_once(self, tmp_path: Path) -> None:
        received = tmp_path / "收到"
        send(received, "旧.xls", form(**WRONG_SUM), booklet(unit_code="353302", unit_name=UNIT, **WRONG_SUM))
        send(received, "新.xlsx", form(**WRONG_SUM, submission="2", project_code="XM-1"))
        ledger = consolidate([received / "新.xlsx"])
        old = consolidate([received / "旧.xls"])
        ledger = replace(ledger, sources=(*ledger.sources, *not_taken(old, "旧.xls").sources))

        (unit,) = give_back(ledger, tmp_path).units

        assert unit.projects == 2

    def test_the_same_project_in_two_of_them_counts_once(self, tmp_path: Path) -> None:
        received = tmp_path / "收到"
        send(received, "旧.xls", form(**WRONG_SUM))
        send(received, "旧旧.ods", form(**WRONG_SUM, purpose=None))

        (unit,) = give_back(not_taken(consolidate(received), "旧.xls", "旧旧.ods"), tmp_path).units

        assert unit.projects == 1

    def test_is_held_against_the_lists(self, tmp_path: Path) -> None:
        received = tmp_path / "收到"
        send(received, "旧.xls", form(SOUND_2027))
        ledger = not_taken(consolidate(received), "旧.xls")
        lists = {
            "roster": [RosterEntry("353302", UNIT)],
            "approvals": [Approval("353302", "社保卡制卡工本费", Decimal(4_000_000))],
        }

        (without,) = return_forms(ledger, tmp_path / "甲", sources=received).units
        (held,) = return_forms(ledger, tmp_path / "乙", sources=received, **lists).units  # type: ignore[arg-type]

        assert (without.errors, held.errors) == (0, 1)
        assert "有1个项目需要重新报送。" in note_text(without.folder / "退回说明.docx")
        assert "批复" in note_text(held.folder / "退回说明.docx")

    def test_sound_form_beside_a_wrong_one_is_not_counted(self, tmp_path: Path) -> None:
        received = tmp_path / "收到"
        send(received, "旧.xls", form(**WRONG_SUM), booklet(unit_code="353302", unit_name=UNIT))

        (unit,) = give_back(not_taken(consolidate(received), "旧.xls"), tmp_path).units

        assert unit.projects == 1
        assert "有1个项目需要修改" in note_text(unit.folder / "退回说明.docx")


class TestVersions:
    def test_newer_one_that_was_set_aside_is_no_missing_one(self, received: Path, tmp_path: Path) -> None:
        give_back(consolidate(received), tmp_path)
        send(received, "社保卡（2）.xlsx", form(submission="2"))
        both = consolidate(received)
        old = next(row for row in both.versions if row.file == "社保卡.xlsx")

        second = give_back(consolidate(received, notes=[adopted(old)]), tmp_path)

        history = second.units[0].history
        assert history == "上次退回的2处，已收到新的报送（报送次数 2），但按“取用”仍用原来的一版。"
        assert "仍未改" not in note_text(second.units[0].folder / "退回说明.docx")

    def test_unit_is_asked_which_of_two_files_counts(self, tmp_path: Path) -> None:
        received = tmp_path / "收到"
        send(received, "甲.xlsx", booklet())
        send(received, "乙.xlsx", booklet(total="400.00", fiscal="400.00"))

        returned = give_back(consolidate(received), tmp_path)

        assert names(returned.folder) == ["353304_丙单位/短信.txt", "353304_丙单位/退回说明.docx"]
        (unit,) = returned.units
        assert (unit.projects, unit.pending) == (0, 1)
        text = note_text(unit.folder / "退回说明.docx")
        assert text.startswith("关于确认《绩效目标表》的通知\n丙单位：")
        assert "两份内容不同的表" in text
        assert "只报" in (unit.folder / "短信.txt").read_text(encoding="utf-8-sig")
        assert "不能汇总" not in returned.told()
        assert "1 个项目请单位确认" in returned.told()

    def test_two_sheets_of_one_project_are_told_beside_what_is_wrong(self, tmp_path: Path) -> None:
        received = tmp_path / "收到"
        send(received, "丙.xlsx", booklet(), booklet(total="400.00", fiscal="400.00"), sound_other(**WRONG_SUM))

        (unit,) = give_back(consolidate(received), tmp_path).units

        text = note_text(unit.folder / "退回说明.docx")
        assert "同一项目有两张表（两份内容不同的表）" in text
        assert "请只报一张" in text
        assert (unit.projects, unit.pending) == (1, 1)

    def test_two_sheets_of_which_the_higher_counts_need_no_letter(self, tmp_path: Path) -> None:
        received = tmp_path / "收到"
        send(received, "丙.xlsx", booklet(), booklet(total="400.00", submission="2"))
        ledger = consolidate(received)
        ledger = replace(ledger, projects=tuple(replace(row, condition=Condition.CLEAN) for row in ledger.projects))

        assert give_back(ledger, tmp_path).units == ()


def sound_other(**changes: object) -> TargetForm:
    return form(SOUND.replace("卡", "证"), **{**BOOKLET, "project": "证件", "title": "证件绩效目标表", **changes})


def adopted(version: VersionRow) -> NoteRow:
    """Finance writes 是 under 取用 of that version."""
    return NoteRow(
        version.unit_code,
        version.unit_name,
        version.project_code,
        version.project,
        "取用",
        "是",
        version.digest,
        "版本清单",
    )


class TestOpinions:
    @staticmethod
    def judged(received: Path, opinion: str) -> Ledger:
        ledger = consolidate(received)
        rows = (replace(row, opinion=opinion) if row.project == "证件工本费" else row for row in ledger.projects)
        return replace(ledger, projects=tuple(rows))

    @pytest.mark.parametrize(
        ("then", "resent", "goes"),
        [
            ("退回：测算依据不足", True, False),
            ("退回：单价偏高", True, True),
            ("退回：测算依据不足", False, True),
        ],
    )
    def test_sends_back_once_what_was_sent_in_anew(
        self, received: Path, tmp_path: Path, then: str, resent: bool, goes: bool
    ) -> None:
        give_back(self.judged(received, "退回：测算依据不足"), tmp_path)
        if resent:
            changes = {"unit_code": "353303", "unit_name": "好单位", "project": "证件工本费", "submission": "2"}
            send(received, "好.xlsx", form(SOUND.replace("卡", "证"), **changes))
        send(received, "社保卡.xlsx", form(submission="2"))

        second = give_back(self.judged(received, then), tmp_path)

        assert second.round == 2
        assert bool(second.units) is goes
        assert ("好单位《证件工本费》：审核意见“退回：测算依据不足”已随第1轮退回" in second.told()) is not goes
        assert not second.problems


class TestRefused:
    @pytest.mark.parametrize(
        ("name", "content", "advice"),
        [
            ("空.xlsx", b"", "请用下发的模板填好，另存为 .xlsx"),
            ("坏.xlsx", b"\x00\x01\x02" * 100, "请用下发的模板重新填好"),
            ("扫描件.xlsx", b"%PDF-1.7", "不要报文档、图片或扫描件"),
            ("全部.rar", b"Rar!\x1a\x07\x00", "请解压"),
        ],
    )
    def test_note_tells_the_sender_what_the_sender_can_do(
        self, tmp_path: Path, name: str, content: bytes, advice: str
    ) -> None:
        (tmp_path / "收到").mkdir()
        (tmp_path / "收到" / name).write_bytes(content)

        (unit,) = give_back(consolidate(tmp_path / "收到"), tmp_path).units

        text = note_text(unit.folder / "退回说明.docx")
        assert advice in text
        assert "填报人" not in text
        assert "索取" not in text


class TestTheSameRoundAgain:
    @pytest.mark.parametrize("zipped", [False, True])
    def test_good_package_stays_where_a_source_file_is_gone(self, received: Path, tmp_path: Path, zipped: bool) -> None:
        ledger = consolidate(received)
        first = give_back(ledger, tmp_path, zipped=zipped)
        before = {name: (first.folder / name).read_bytes() for name in names(first.folder)}
        (received / "社保卡.xlsx").unlink()

        again = give_back(ledger, tmp_path, zipped=zipped)

        assert {name: (again.folder / name).read_bytes() for name in names(again.folder)} == before
        assert "社保卡.xlsx：找不到了" in again.told()
        assert f"{UNIT}：这一轮以前生成的退回里有标注好的工作簿，原样保留" in again.told()
        assert not again.stale
        assert again.units[0].folder == first.units[0].folder
        assert give_back(ledger, tmp_path, zipped=zipped).stale == ()

    def test_file_that_is_no_form_stays_too(self, tmp_path: Path) -> None:
        given = {"fiscal": None, "other": None, "purpose": None, "project_code": "XM-1"}
        send(tmp_path / "收到", "空.xlsx", form("", objectives="", **given))
        ledger = consolidate(tmp_path / "收到")
        before = names(give_back(ledger, tmp_path).folder)
        (tmp_path / "收到" / "空.xlsx").unlink()

        again = give_back(ledger, tmp_path)

        assert names(again.folder) == before
        assert not again.stale

    def test_choice_among_versions_alone_is_no_new_round(self, received: Path, tmp_path: Path) -> None:
        send(received, "社保卡（另）.xlsx", form(total="400.00", fiscal="300.00"))
        ledger = consolidate(received)
        give_back(ledger, tmp_path)

        again = give_back(consolidate(received, notes=[adopted(ledger.versions[0])]), tmp_path)

        assert (again.round, again.again) == (1, True)

    def test_new_file_is_a_new_round(self, received: Path, tmp_path: Path) -> None:
        give_back(consolidate(received), tmp_path)
        send(received, "社保卡（另）.xlsx", form(total="400.00", fiscal="300.00"))

        assert give_back(consolidate(received), tmp_path).round == 2
