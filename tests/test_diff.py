"""Two collections held against each other: what came, went, was renamed, and what changed in the rest."""

from __future__ import annotations

import hashlib
import io
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from forms import SOUND, form
from hypothesis import given, settings
from hypothesis import strategies as st

from perfxl.errors import InputError, PathNotFound
from perfxl.form import TargetForm
from perfxl.ledger import Ledger
from perfxl.ledger.model import Standing, VersionRow
from perfxl.reading import Reading
from perfxl.season.diff import as_json, as_text, compare_collections, read_collection, write_workbook
from perfxl.season.diff.comparison import Comparison
from perfxl.season.diff.workbook import marked, workbook_bytes
from perfxl.template import build, save

OTHER = """
    产出指标 | 数量指标 | 巡查次数   | 全年巡查 | ≥ | 12 | 次
             | 质量指标 | 整改完成率 | 隐患整改 | ≥ | 95 | %
             | 时效指标 | 巡查周期   | 每月一次 | ≤ | 30 | 天
"""


def ledger(*forms: TargetForm) -> Ledger:
    """The ledger of these forms, each in a file of its own."""
    readings = []
    for number, one in enumerate(forms):
        name = f"{number}.xlsx"
        digest = hashlib.sha256(name.encode()).hexdigest()
        readings.append(Reading(name, digest, 1, forms=(replace(one, file=name),)))
    return Ledger.of(readings)


def compare(old: tuple[TargetForm, ...], new: tuple[TargetForm, ...]) -> Comparison:
    return compare_collections(ledger(*old), ledger(*new))


def verdicts(found: Comparison) -> list[tuple[str, str]]:
    return [(change.verdict, change.row.project) for change in found.projects]


def test_projects_come_and_go():
    one, two, three = (
        form(project="制卡"),
        form(OTHER, project="安全巡查"),
        form(project="办公楼修缮", unit_code="353303"),
    )
    found = compare((one, two), (one, three))

    assert verdicts(found) == [("dropped", "安全巡查"), ("added", "办公楼修缮")]
    assert (found.unchanged, found.old_projects, found.new_projects) == (1, 2, 2)
    assert bool(found) and not compare((one,), (one,))


@pytest.mark.parametrize(
    ("old", "new", "remark"),
    [
        # The code proves it, whatever the name is.
        (form(project="制卡", project_code="P1"), form(OTHER, project="安全巡查", project_code="P1"), ""),
        # A similar name, or the same indicators.
        (form(project="2023年社保卡制卡费"), form(OTHER, project="2024年社保卡制卡费"), "疑似改名，请核实"),
        (form(project="制卡"), form(project="服务参保人员"), "疑似改名，请核实"),
    ],
)
def test_a_project_under_another_name_is_renamed(old: TargetForm, new: TargetForm, remark: str):
    [change] = compare((old,), (new,)).renamed
    assert (change.old.project, change.new.project, change.remark) == (old.project.text, new.project.text, remark)


@pytest.mark.parametrize(
    "new",
    [
        form(OTHER, project="安全巡查"),
        form(project="社保卡制卡工本费", unit_code="353303"),  # another unit's: never guessed
        form("产出指标 | 数量指标 | 制卡数量 | 全年 | ≥1张", project="安全巡查"),
    ],
)
def test_another_project_is_no_renamed_one(new: TargetForm):
    assert [verdict for verdict, _ in verdicts(compare((form(),), (new,)))] in (
        ["added", "dropped"],
        ["dropped", "added"],
    )


def test_a_form_from_the_blank_template_is_matched_with_the_handed_out_one_by_its_name():
    assert not compare((form(project_code="P1"),), (form(project=" 社保卡制卡工本费"),)).dropped


def test_the_most_similar_ones_are_matched_first():
    old = form(OTHER, project="城区道路养护一期"), form(project="制卡")
    new = form(project="城区道路养护工程一期"), form(OTHER, project="城区道路养护一期工程")
    found = compare(old, new)
    assert [(change.old.project, change.new.project) for change in found.renamed] == [
        ("制卡", "城区道路养护工程一期"),
        ("城区道路养护一期", "城区道路养护一期工程"),
    ]


def test_of_very_many_renamed_projects_each_finds_its_own():
    whole = ledger(form())
    row, words = whole.projects[0], "桥梁 道路 排水 绿化 照明 环卫 供热 燃气 公厕 停车 河道 消防".split()

    def collection(name: str) -> Ledger:
        names = [name.format(f"{word}{work}") for word in words for work in ("养护", "改造", "检测")]
        return replace(whole, projects=tuple(replace(row, project=one, file=one) for one in names), indicators=())

    found = compare_collections(collection("2023年全区{}工程经费"), collection("2024年全区{}工程经费"))
    assert len(found.renamed) == 36
    assert all(change.old.project[5:] == change.new.project[5:] for change in found.renamed)


def test_years_are_compared_by_project():
    last = form(year=2023), form(OTHER, project="安全巡查", year=2023)
    found = compare(
        last, (form(year=2024, total="520.00", fiscal="520.00"), form(OTHER, project="安全巡查", year=2024))
    )
    assert verdicts(found) == [("changed", "社保卡制卡工本费")]
    assert found.unchanged == 1


@pytest.fixture(scope="module")
def mixed() -> Comparison:
    old = (
        form(project="制卡"),
        form(OTHER, project="安全巡查", total="30.00", fiscal="30.00"),
        form("", project="旧系统运维", unit_code="353303", unit_name="信息中心", total="8.00", fiscal="8.00"),
        form(project="不变", unit_code="353304"),
    )
    new = (
        form(
            SOUND.replace("| 469483", "| 470000").replace("| 98 ", "| 97 "),
            project="制卡",
            total="480.00",
            fiscal="480.00",
        ),
        form(OTHER.replace("12 | 次", "12 | 场"), project="安全生产巡查", total="300000.00", fiscal="30.00"),
        form("", project="数据中心建设", unit_code="353303", unit_name="信息中心", total=None, fiscal="=1+1"),
        form(project="不变", unit_code="353304"),
    )
    return compare(old, new)


def test_the_text_tells_the_figures_first_and_then_unit_by_unit(mixed: Comparison):
    assert (
        as_text(mixed)
        == """\
原来：4 个项目，1038.00 万元
现在：4 个项目，300980.00 万元
新增：1 个项目，0.00 万元
减少：1 个项目，8.00 万元
改名：1 个项目，其中疑似 1 个，请核实
预算调整：2 个项目，合计 +299950.00 万元，其中疑似金额单位变了 1 个
指标值：收紧 1 处，放宽 1 处，单位改变 1 处
有改动：1 个项目
没有变化：1 个项目

353302 天津市社会保险基金管理中心
  改名 “安全巡查” → “安全生产巡查”（疑似改名，请核实）
    预算数 30.00 → 300000.00 万元（疑似金额单位变了）
    指标“巡查次数”的指标值 ≥12次 → ≥12场（单位变了）
  有改动 “制卡”
    预算数 500.00 → 480.00 万元
    财政资金 500.00 → 480.00 万元
    指标“制卡数量”的指标值 ≥469483张 → ≥470000张（更紧）
    指标“持卡人口覆盖率”的指标值 ≥98% → ≥97%（更松）

353303 信息中心
  新增 “数据中心建设” 预算数没有写明
  减少 “旧系统运维” 8.00 万元
"""
    )


def test_no_difference_is_said_in_words():
    assert "两份内容没有差别" in as_text(compare((form(),), (form(),)))


def test_the_json_holds_every_change_with_exact_amounts(mixed: Comparison):
    document = json.loads(as_json(mixed))
    assert document["targets"] == {"tighter": 1, "looser": 1, "unit": 1}
    renamed, changed, added, dropped = document["projects"]
    assert (renamed["verdict"], renamed["old_project"], renamed["difference"]) == ("renamed", "安全巡查", "299970.00")
    assert (added["before"], added["after"], dropped["before"], dropped["after"]) == (None, None, "8.00", None)
    assert changed["changes"][2] == {
        "field": "指标值",
        "indicator": "制卡数量",
        "before": "≥469483张",
        "after": "≥470000张",
        "kind": "tighter",
        "text": "指标“制卡数量”的指标值 ≥469483张 → ≥470000张（更紧）",
    }


def test_a_project_whose_versions_are_pending_is_not_just_gone():
    old, new = ledger(form()), ledger(form(OTHER, project="安全巡查"))
    version = VersionRow(
        "353302", "", "", "社保卡制卡工本费", 2023, 1, "", Standing.PENDING, "", "", 1, None, 0, "", "", "", "d"
    )
    [change] = compare_collections(old, replace(new, versions=(version,))).dropped
    assert change.remark == "另一份里有几个版本待定，未计入"


# --- workbook --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "gone", "come"),
    [
        ("≥469483张", "≥470000张", ["469483"], ["470000"]),
        ("用于制卡", "用于制卡和结算", [], ["和结算"]),
        ("", "新写的", [], ["新写的"]),
        ("同样", "同样", [], []),
        ("头" + "甲" * 600 + "尾", "头" + "乙" * 600 + "尾", ["甲" * 600], ["乙" * 600]),
    ],
)
def test_only_the_changed_words_are_marked(before: str, after: str, gone: list[str], come: list[str]):
    pieces = marked(before, after)
    assert ["".join(text for text, _ in side) for side in pieces] == [before, after]
    assert [[text for text, changed in side if changed] for side in pieces] == [gone, come]


def test_the_workbook_lists_projects_and_fields(mixed: Comparison, tmp_path: Path):
    book = openpyxl.load_workbook(write_workbook(tmp_path / "比较.xlsx", mixed), rich_text=True)
    assert book.sheetnames == ["概况", "项目变化", "逐项变化"]
    projects = [[cell.value for cell in row] for row in book["项目变化"].iter_rows(min_row=4)]
    assert [row[0] for row in projects] == ["改名", "有改动", "新增", "减少"]
    assert [row[5:8] for row in projects] == [[30, 300000, 299970], [500, 480, -20], [None, None, 0], [8, None, -8]]
    assert book["项目变化"].auto_filter.ref == "A3:J7"

    fields = book["逐项变化"]
    row = next(row for row in fields.iter_rows(min_row=4) if str(row[5].value) == "≥469483张")
    struck = [one.text for one in row[5].value if not isinstance(one, str) and one.font.strike]
    new = [one.text for one in row[6].value if not isinstance(one, str) and one.font.b]
    assert (struck, new, row[7].value) == (["469483"], ["470000"], "更紧")


def test_the_workbook_is_valid_and_the_same_every_time(
    mixed: Comparison, tmp_path: Path, validate_ooxml: Callable[[Path], list[str]]
):
    assert workbook_bytes(mixed) == workbook_bytes(mixed)
    assert validate_ooxml(write_workbook(tmp_path / "比较.xlsx", mixed)) == []


def test_what_people_typed_is_text_in_the_workbook():
    hostile = form(purpose="=HYPERLINK(1)\x0b<b>&", contact="+86", project="=1+1")
    book = openpyxl.load_workbook(io.BytesIO(workbook_bytes(compare((form(project="=1+1"),), (hostile,)))))
    cells = [cell for row in book["逐项变化"].iter_rows(min_row=4) for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert "=HYPERLINK(1)\\u000B<b>&" in {cell.value for cell in cells}


def test_nothing_different_is_a_workbook_too():
    book = openpyxl.load_workbook(io.BytesIO(workbook_bytes(compare((form(),), (form(),)))))
    assert book["逐项变化"].max_row == 3


# --- reading ---------------------------------------------------------------------------------------------------


def test_forms_in_a_file_or_folder_are_a_collection(tmp_path: Path):
    workbook = save(tmp_path / "填报.xlsx", build(forms=(form(), form(OTHER, project="安全巡查"))))
    alone = read_collection(workbook)
    assert [row.project for row in alone.projects] == ["社保卡制卡工本费", "安全巡查"]
    assert not compare_collections(alone, read_collection(tmp_path))


def test_what_holds_no_form_is_refused_in_words(tmp_path: Path):
    book = openpyxl.Workbook()
    book.save(tmp_path / "别的表.xlsx")
    with pytest.raises(InputError, match=r"别的表\.xlsx"):
        read_collection(tmp_path / "别的表.xlsx")
    with pytest.raises(InputError, match="没有读到项目，无法比较"):
        read_collection(tmp_path)
    with pytest.raises(PathNotFound, match="请检查路径"):
        read_collection(tmp_path / "不存在")


def test_a_comparison_is_not_taken_for_a_ledger(mixed: Comparison, tmp_path: Path):
    with pytest.raises(InputError, match="没有读到项目，无法比较"):
        read_collection(write_workbook(tmp_path / "比较.xlsx", mixed))


def test_a_ledger_workbook_holds_the_same_as_the_ledger(tmp_path: Path):
    whole = ledger(form(), form(OTHER, project="安全巡查", total="0.123456", fiscal="0.123456"))
    whole.write(tmp_path / "总台账.xlsx")
    read = read_collection(tmp_path / "总台账.xlsx")
    found = compare_collections(whole, read)
    assert not found and found.unchanged == 2


# --- what must hold for any two --------------------------------------------------------------------------------

NAMES = ("制卡", "制卡费", "社保卡制卡费", "2024年社保卡制卡费", "安全巡查", "")


@st.composite
def collections(draw: st.DrawFn) -> tuple[TargetForm, ...]:
    return tuple(
        form(
            draw(st.sampled_from((SOUND, OTHER, OTHER.replace("12 |", "24 |"), ""))),
            project=draw(st.sampled_from(NAMES)),
            project_code=draw(st.sampled_from(("", "", "P1", "P2"))),
            unit_code=draw(st.sampled_from(("353302", "353303"))),
            total=draw(st.sampled_from(("500", "480.5", "5000000", None))),
        )
        for _ in range(draw(st.integers(0, 4)))
    )


@settings(max_examples=60, deadline=None)
@given(collections(), collections())
def test_exchanging_the_two_exchanges_what_is_found(old: tuple[TargetForm, ...], new: tuple[TargetForm, ...]):
    one, other = ledger(*old), ledger(*new)
    there, back = compare_collections(one, other), compare_collections(other, one)

    assert Counter(change.row for change in there.added) == Counter(change.row for change in back.dropped)
    assert Counter(change.row for change in there.dropped) == Counter(change.row for change in back.added)
    assert {(c.old, c.new) for c in there.renamed} == {(c.new, c.old) for c in back.renamed}
    assert there.targets()["tighter"] == back.targets()["looser"]
    assert there.targets()["unit"] == back.targets()["unit"]
    assert len(there.added) + len(there.renamed) + len(there.changed) + there.unchanged == there.new_projects
    gained = sum((c.difference for c in there.projects), Decimal(0))
    assert there.old_total + gained == there.new_total
    assert not compare_collections(one, one)
    json.loads(as_json(there))
