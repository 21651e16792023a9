"""Publish: what goes into the official document, what is left out and why, and what the document is made of."""

from __future__ import annotations

import re
import tracemalloc
import zipfile
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pytest
from forms import form, other
from published import text_of

from perfxl.errors import InputError, UsageError
from perfxl.ledger import Ledger, consolidate, read_ledger
from perfxl.publish import Cover, OfficialIndicator, OfficialTable, as_pdf, official_document, pdf
from perfxl.publish.tables import pages_taken
from perfxl.reading import Reading
from perfxl.season.publishing import choose, publish
from perfxl.template import Issuance, build

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
WRONG = {"total": "500", "fiscal": "1"}  # A01: the parts don't add up


def ledger_of(*forms, year: int | None = None) -> Ledger:
    readings = [
        Reading(one.file or "", f"{number}", 1, (replace(one, file=f"{number}.xlsx"),))
        for number, one in enumerate(forms)
    ]
    return Ledger.of(readings, year=year)


def projects(publication) -> list[str]:
    return [f"{one.table.number}.{one.table.project}" for one in publication.shown]


def reasons(publication) -> dict[str, str]:
    return {one.name.rpartition(" ")[2]: one.reason for one in publication.left_out}


def table(**changes) -> OfficialTable:
    made = {
        "number": "7",
        "unit_code": "353302",
        "unit_name": "某中心",
        "project": "甲项目",
        "total": "10.00",
        "fiscal": "10.00",
        "other": "",
        "purpose": "做某事。",
        "objectives": "1.甲\n2.乙",
        "indicators": tuple(
            OfficialIndicator(level, "数量指标", f"指标{number}", "描述", "≥1个")
            for number, level in enumerate(("产出指标", "产出指标", "效益指标"))
        ),
    }
    return OfficialTable(**(made | changes))


def body_of(content: bytes, tmp_path: Path) -> ElementTree.Element:
    path = tmp_path / "公开.docx"
    path.write_bytes(content)
    with zipfile.ZipFile(path) as package:
        return ElementTree.fromstring(package.read("word/document.xml"))


def texts(element: ElementTree.Element) -> list[str]:
    return ["".join(one.text or "" for one in paragraph.iter(f"{W}t")) for paragraph in element.iter(f"{W}p")]


class TestWhatIsPublished:
    def test_projects_stand_by_unit_and_number(self):
        ledger = ledger_of(
            form(unit_code="353302", project="乙", project_no="10"),
            form(unit_code="353302", project="甲", project_no="9"),
            form(unit_code="100001", unit_name="另一中心", project="丙", project_no="11"),
        )

        assert projects(choose(ledger)) == ["11.丙", "9.甲", "10.乙"]

    def test_where_a_form_has_no_number_all_are_counted_anew_and_it_is_told(self):
        publication = choose(ledger_of(form(project="甲", project_no="9"), form(project="乙", project_no=None)))

        assert projects(publication) == ["1.甲", "2.乙"]
        assert any("重新编号" in note for note in publication.notes)

    def test_two_units_may_each_begin_at_one(self):
        ledger = ledger_of(form(project_no="1"), other("乙.xlsx", project_no="1"))

        assert [one.partition(".")[0] for one in projects(choose(ledger, allow_errors=True))] == ["1", "1"]

    def test_forms_with_errors_are_left_out_unless_they_are_allowed(self):
        ledger = ledger_of(form(project="甲", project_no="1"), form(project="乙", project_no="2", **WRONG))

        assert projects(choose(ledger)) == ["1.甲"]
        assert "1 处错误" in reasons(choose(ledger))["乙"]
        assert projects(choose(ledger, allow_errors=True)) == ["1.甲", "2.乙"]
        assert (
            "2.353302天津市社会保险基金管理中心 乙 500.00 万元（有 1 处错误）"
            in choose(ledger, allow_errors=True).told()
        )

    @pytest.mark.parametrize("said", ["否", "不公开", "涉密", "待定", "是，但要先问"])
    def test_what_people_wrote_keeps_a_project_out(self, said):
        ledger = ledger_of(form(project="甲"), form(project="乙"))
        marked = replace(ledger, projects=(ledger.projects[0], replace(ledger.projects[1], public=said)))

        publication = choose(marked, allow_errors=True)

        assert [one.row.project for one in publication.shown] == ["甲"]
        assert said in reasons(publication)["乙"]
        assert publication.complete

    @pytest.mark.parametrize("said", ["", " ", "是", "√", "公开", "可以公开"])
    def test_a_yes_or_nothing_publishes_it(self, said):
        ledger = ledger_of(form())
        marked = replace(ledger, projects=(replace(ledger.projects[0], public=said),))

        assert len(choose(marked).shown) == 1

    def test_amounts_are_printed_in_wan_yuan_and_a_blank_stays_blank(self):
        (one,) = choose(
            ledger_of(form(money_unit="元", total="13,260", fiscal="13260", other=None)), allow_errors=True
        ).shown

        assert (one.table.total, one.table.fiscal, one.table.other) == ("1.326", "1.326", "")

    def test_rows_that_say_there_is_no_indicator_are_not_published(self):
        rows = "产出指标 | 数量指标 | 人数 | 人数 | ≥1人\n效益指标 | 生态效益指标 | 不适用 | 不适用 | 不适用"

        (one,) = choose(ledger_of(form(rows)), allow_errors=True).shown

        assert [row.level3 for row in one.table.indicators] == ["人数"]

    def test_a_project_whose_indicators_are_not_all_in_the_ledger_is_left_out(self):
        ledger = ledger_of(form(project="甲"), other("乙.xlsx"))
        short = replace(ledger, indicators=ledger.indicators[1:])

        assert list(reasons(choose(short, allow_errors=True)).values()) == [
            "台账里有 5 条指标，应有 6 条，请重新汇总后再公开"
        ]

    def test_projects_that_can_not_be_told_apart_are_left_out(self):
        ledger = ledger_of(form(project="甲"))
        twice = replace(ledger, projects=(*ledger.projects, *ledger.projects))

        assert not choose(twice, allow_errors=True).shown
        assert all("分不清" in one.reason for one in choose(twice, allow_errors=True).left_out)

    def test_what_waits_for_a_choice_and_what_could_not_be_read_is_told(self, tmp_path):
        for name, purpose in (("甲", "一。"), ("甲2", "二。")):
            (tmp_path / f"{name}.xlsx").write_bytes(build(Issuance(), [form(project="甲", purpose=purpose)]))
        (tmp_path / "坏.xlsx").write_bytes(b"PK not a workbook")

        told = choose(consolidate(tmp_path)).told()

        assert "甲：报了几份内容不同的表" in told
        assert "坏.xlsx：无法读取" in told
        assert "没有公开 2 项" in told

    def test_a_long_list_is_cut_on_the_terminal_and_whole_in_the_file(self, tmp_path):
        forms = [other(f"{chr(0x4E00 + number)}.xlsx", project=f"项目{number:02d}") for number in range(12)]
        publication = choose(ledger_of(*forms), allow_errors=True)

        assert "共 12 项，全部列在清单里" in publication.told(5)
        assert len(publication.told().splitlines()) == 1 + 12 + 1


class TestThroughFiles:
    @pytest.fixture
    def received(self, tmp_path) -> Path:
        (tmp_path / "收到").mkdir()
        for number, name in enumerate(("甲", "乙"), 1):
            content = build(Issuance(year=2027), [form(project=name, project_no=f"{number}")])
            (tmp_path / "收到" / f"{name}.xlsx").write_bytes(content)
        return tmp_path / "收到"

    def test_a_ledger_and_its_forms_give_the_same_document(self, received, tmp_path):
        (ledger,) = consolidate(received).write(tmp_path / "总台账.xlsx")

        publish([ledger], tmp_path / "一.docx", allow_errors=True)
        publish([received], tmp_path / "二.docx", allow_errors=True)

        assert (tmp_path / "一.docx").read_bytes() == (tmp_path / "二.docx").read_bytes()
        assert "2027年项目支出绩效目标公开表" in text_of(tmp_path / "一.docx")

    def test_the_mark_is_written_into_the_ledger_and_stays_in_the_next(self, received, tmp_path):
        (path,) = consolidate(received).write(tmp_path / "总台账.xlsx")
        book = openpyxl.load_workbook(path)
        sheet = book["项目台账"]
        column = {cell.value: cell.column for cell in sheet[3]}
        row = next(row for row in range(4, 6) if sheet.cell(row, column["项目名称"]).value == "乙")
        sheet.cell(row, column["公开"], "否")
        book.save(path)

        previous = read_ledger(path)
        publication = publish([path], tmp_path / "公开.docx", allow_errors=True)
        again = consolidate(received, notes=previous.notes)

        assert not previous.edits
        assert projects(publication) == ["1.甲"]
        assert {row.project: row.public for row in again.projects} == {"甲": "", "乙": "否"}
        assert {row.project: row.project_no for row in previous.projects} == {"甲": "1", "乙": "2"}

    def test_a_ledger_from_before_these_columns_is_published_and_not_taken_for_edited(self, tmp_path):
        ledger = ledger_of(form(project="甲", project_no=None), form(project="乙", project_no=None))
        (path,) = ledger.write(tmp_path / "总台账.xlsx")
        book = openpyxl.load_workbook(path)
        sheet = book["项目台账"]
        for heading in ("公开", "公开序号"):
            sheet.delete_cols(next(cell.column for cell in sheet[3] if cell.value == heading))
        book.save(path)

        publication = publish([path], tmp_path / "公开.docx", allow_errors=True)

        assert projects(publication) == ["1.甲", "2.乙"]
        assert publication.notes == ()

    def test_a_ledger_edited_by_hand_is_published_as_it_is_and_that_is_told(self, received, tmp_path):
        (path,) = consolidate(received).write(tmp_path / "总台账.xlsx")
        book = openpyxl.load_workbook(path)
        column = next(cell.column for cell in book["项目台账"][3] if cell.value == "资金用途")
        book["项目台账"].cell(4, column, "改过的用途。")
        book.save(path)

        publication = publish([path], tmp_path / "公开.docx", allow_errors=True)

        assert "改过的用途。" in text_of(tmp_path / "公开.docx")
        assert any("总台账有人工改动" in note and "资金用途" in note for note in publication.notes)

    def test_a_text_that_no_cell_holds_is_not_published_cut_short(self, tmp_path):
        long = "很长的目标。" * 7000
        ledger = ledger_of(form(objectives=[f"1.{long}"]))
        (path,) = ledger.write(tmp_path / "总台账.xlsx")

        assert "只有前一部分" in next(iter(reasons(choose(read_ledger(path), allow_errors=True)).values()))
        assert choose(ledger, allow_errors=True).shown[0].table.objectives == f"1.{long}"

    def test_the_list_stands_beside_the_document(self, received, tmp_path):
        (received / "丙.xlsx").write_bytes(build(Issuance(), [form(project="丙", **WRONG)]))

        publication = publish([received], tmp_path / "公开.docx")

        told = (tmp_path / "公开-清单.txt").read_bytes()
        assert told.startswith(b"\xef\xbb\xbf") and b"\r\n" in told
        assert told.decode("utf-8-sig").replace("\r\n", "\n") == publication.told()
        assert "公开 " in publication.told() and "没有公开 " in publication.told()
        assert not publication.complete

    def test_only_docx_can_be_written(self, received, tmp_path):
        with pytest.raises(UsageError, match=r"以 \.docx 结尾"):
            publish([received], tmp_path / "公开.pdf")

    def test_without_projects_nothing_is_written(self, tmp_path):
        (tmp_path / "空").mkdir()

        with pytest.raises(InputError, match="没有读到项目"):
            publish([tmp_path / "空"], tmp_path / "公开.docx")

        assert not (tmp_path / "公开.docx").exists()

    def test_where_nothing_may_go_public_there_is_no_document(self, tmp_path):
        (tmp_path / "甲.xlsx").write_bytes(build(Issuance(), [form(**WRONG)]))

        publication = publish([tmp_path / "甲.xlsx"], tmp_path / "公开.docx")

        assert (publication.shown, publication.written) == ((), ())
        assert not (tmp_path / "公开.docx").exists()

    def test_the_command_tells_both_lists_and_how_it_ended(self, run, received, tmp_path):
        (received / "丙.xlsx").write_bytes(build(Issuance(), [form(project="丙", **WRONG)]))

        code, out, _ = run("publish", received, "-o", tmp_path / "公开.docx")
        allowed, told, _ = run("publish", received, "-o", tmp_path / "公开.docx", "--allow-errors", "--tables-only")

        assert code == 1
        assert "没有公开" in out and "公开.docx" in out
        assert allowed == 0
        assert "读到的都公开了" in told
        assert "目　录" not in text_of(tmp_path / "公开.docx")

    def test_the_command_says_so_where_nothing_may_go_public(self, run, tmp_path):
        (tmp_path / "甲.xlsx").write_bytes(build(Issuance(), [form(**WRONG)]))

        code, _, err = run("publish", tmp_path / "甲.xlsx", "-o", tmp_path / "公开.docx")

        assert code == 2
        assert "没有一张表可以公开" in err


class TestTheDocument:
    def test_the_same_tables_give_the_same_bytes_without_a_clock(self, tmp_path):
        content = official_document([table()], Cover("甲", "乙", "丙"))
        body_of(content, tmp_path)

        assert content == official_document([table()], Cover("甲", "乙", "丙"))
        with zipfile.ZipFile(tmp_path / "公开.docx") as package:
            assert {part.date_time for part in package.infolist()} == {(2020, 1, 1, 0, 0, 0)}
            assert not re.search(rb"20[2-9]\d-\d\d-\d\d", package.read("docProps/core.xml"))

    def test_contents_are_filled_in_and_lead_to_the_headings(self, tmp_path):
        tables = [table(number=str(number), project=f"项目{number}") for number in (97, 98)]
        body = body_of(official_document(tables, Cover("某中心", "公开表")), tmp_path)

        links = body.findall(f".//{W}hyperlink")
        entries = ["".join(one.text or "" for one in link.iter(f"{W}t")) for link in links]
        assert entries == ["97.项目97绩效目标表1", "98.项目98绩效目标表2"]
        marks = [mark.get(f"{W}name") for mark in body.iter(f"{W}bookmarkStart")]
        assert [link.get(f"{W}anchor") for link in links] == marks
        fields = [one.text or "" for one in body.iter(f"{W}instrText")]
        assert 'TOC \\o "1-2"' in fields[0]
        assert [f"PAGEREF {mark} \\h" in text for mark, text in zip(marks, fields[1:], strict=True)] == [True, True]

    def test_several_units_have_their_names_above_their_tables_and_in_the_contents(self, tmp_path):
        tables = [table(), table(number="8"), table(unit_code="353303", unit_name="另一中心")]
        told = texts(body_of(official_document(tables, Cover("某局", "公开表")), tmp_path))

        assert [one for one in told if one.startswith("35330")][:2] == ["353302某中心1", "353303另一中心3"]
        assert told.count("353302某中心") == 1 + 2  # the heading, and the unit line of each table

    def test_one_unit_alone_has_no_heading_of_its_own(self, tmp_path):
        assert texts(body_of(official_document([table(), table(number="8")]), tmp_path)).count("353302某中心") == 2

    def test_heading_rows_are_repeated_and_no_row_is_parted(self, tmp_path):
        _, indicators = body_of(official_document([table()]), tmp_path).iter(f"{W}tbl")
        rows = indicators.findall(f"{W}tr")

        assert [row.find(f"{W}trPr/{W}tblHeader") is not None for row in rows] == [True, False, False, False]
        assert all(row.find(f"{W}trPr/{W}cantSplit") is not None for row in rows)

    def test_a_row_that_would_leave_half_a_page_empty_may_be_parted(self, tmp_path):
        head, _ = body_of(official_document([table(objectives="很长的目标。" * 600)]), tmp_path).iter(f"{W}tbl")
        *others, objectives = head.findall(f"{W}tr")

        assert objectives.find(f"{W}trPr/{W}cantSplit") is None
        assert all(row.find(f"{W}trPr/{W}cantSplit") is not None for row in others)

    def test_equal_first_levels_below_one_another_are_one_cell(self, tmp_path):
        _, indicators = body_of(official_document([table()]), tmp_path).iter(f"{W}tbl")
        firsts = [row.find(f"{W}tc") for row in indicators.findall(f"{W}tr")[1:]]

        merged = [cell.find(f"{W}tcPr/{W}vMerge") for cell in firsts]
        assert [None if one is None else one.get(f"{W}val", "continue") for one in merged] == [
            "restart",
            "continue",
            None,
        ]
        assert [texts(cell) for cell in firsts] == [["产出指标"], [""], ["效益指标"]]

    def test_texts_are_kept_whatever_they_hold(self, tmp_path):
        path = tmp_path / "公开.docx"
        path.write_bytes(official_document([table(purpose='a<b>&"c"\t 两 格\n第二行\x0b\x00', objectives="")]))

        assert '\ta<b>&"c"\t 两 格\n第二行\\u000B\\u0000\n' in text_of(path)

    def test_a_form_without_indicators_has_the_headings_alone(self, tmp_path):
        _, indicators = body_of(official_document([table(indicators=())]), tmp_path).iter(f"{W}tbl")

        assert len(indicators.findall(f"{W}tr")) == 1

    def test_official_fonts_are_named_with_what_stands_in_for_them(self, tmp_path):
        body_of(official_document([table()]), tmp_path)
        with zipfile.ZipFile(tmp_path / "公开.docx") as package:
            fonts = ElementTree.fromstring(package.read("word/fontTable.xml"))

        named = {one.get(f"{W}name"): one.find(f"{W}altName") for one in fonts}
        assert {"方正小标宋简体", "仿宋_GB2312", "黑体"} <= named.keys()
        assert named["仿宋_GB2312"].get(f"{W}val") == "仿宋"

    def test_many_tables_are_never_in_memory_together(self, tmp_path):
        tables = [table(number=f"{number}", objectives=f"目标{number}" * 200) for number in range(300)]
        tracemalloc.start()
        content = official_document(tables)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

        (tmp_path / "公开.docx").write_bytes(content)
        with zipfile.ZipFile(tmp_path / "公开.docx") as package:
            assert peak < package.getinfo("word/document.xml").file_size / 2

    @pytest.mark.parametrize(("rows", "pages"), [(3, 1), (26, 1), (27, 2), (59, 2), (60, 3)])
    def test_pages_are_reckoned_from_the_rows(self, rows, pages):
        one = OfficialIndicator("产出指标", "数量指标", "指标", "描述", "≥1个")

        assert pages_taken(table(indicators=(one,) * rows), 32) == pages


class TestPdf:
    def test_without_libreoffice_there_is_the_document_and_a_word_of_what_to_do(self, tmp_path, monkeypatch):
        monkeypatch.setattr(pdf, "converted", lambda *_: None)
        (tmp_path / "甲.xlsx").write_bytes(build(Issuance(), [form()]))

        publication = publish([tmp_path / "甲.xlsx"], tmp_path / "公开.docx", pdf=True)

        assert [path.name for path in publication.written] == ["公开.docx", "公开-清单.txt"]
        assert any("没有生成 PDF" in note and "另存为 PDF" in note for note in publication.notes)

    def test_the_command_ends_as_not_all_done(self, run, tmp_path, monkeypatch):
        monkeypatch.setattr(pdf, "converted", lambda *_: None)
        (tmp_path / "甲.xlsx").write_bytes(build(Issuance(), [form()]))

        code, out, _ = run("publish", tmp_path / "甲.xlsx", "-o", tmp_path / "公开.docx", "--pdf")
        without, _, _ = run("publish", tmp_path / "甲.xlsx", "-o", tmp_path / "公开.docx")

        assert (code, without) == (1, 0)
        assert "没有生成 PDF" in out

    def test_page_numbers_that_libreoffice_says_otherwise_are_put_right(self, monkeypatch):
        given: list[bytes] = []

        def converted(document: bytes, *_: object) -> bytes:
            given.append(document)
            return outline(("7.甲项目绩效目标表", 11), ("8.甲项目绩效目标表", 13), pages=(10, 11, 12, 13))

        monkeypatch.setattr(pdf, "converted", converted)

        as_pdf([table(), table(number="8")], Cover("某中心", "公开表"))

        assert len(given) == 2
        assert given[1] == official_document([table(), table(number="8")], Cover("某中心", "公开表"), [1, 3])

    def test_an_outline_that_does_not_tell_all_headings_is_left_alone(self):
        told = outline(("7.甲", 11), pages=(10, 11))

        assert pdf.heading_pages(told, ["7.甲"]) == [1]
        assert pdf.heading_pages(told, ["7.甲", "8.乙"]) == []
        assert pdf.heading_pages(b"%PDF-1.7", ["7.甲"]) == []
        assert pdf.heading_pages(b"%PDF-1.7", []) == []


def outline(*titles: tuple[str, int], pages: tuple[int, ...]) -> bytes:
    """As much of a .pdf as tells on which page its headings stand."""
    kids = " ".join(f"{page} 0 R" for page in pages)
    items = "".join(
        f"<</Title<FEFF{title.encode('utf-16-be').hex().upper()}>/Dest[{page} 0 R/XYZ 0 0 0]>>"
        for title, page in titles
    )
    return f"%PDF-1.7 <</Type/Pages/Kids[ {kids} ]>>{items}".encode()
