"""Forms that others drew up, read by their labels: every field is right or is reported, none is wrong."""

from __future__ import annotations

import json
import re
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from composed import drawn_pages
from hypothesis import HealthCheck, given, settings
from judge import Judged, judged
from layouts import LAYOUTS, Project, Truth, monitoring, self_evaluation, whole_department
from pages import FORMATS, Page, Table, as_docx, as_text, as_xlsx, c

from perfxl.intake.documents import read_document
from perfxl.text import squeeze
from perfxl.understanding import Outcome, Refused, Sure, Understood, understand
from perfxl.understanding.labels import column_label, head_label, labelled, parted, title_of

EXPECTED = json.loads((Path(__file__).parent / "data" / "forms.json").read_text("utf-8"))["forms"]
# The share of all fields that must be understood.  What is missing can't be told from the page: levels that are not on
# it; in a text without columns, which of three cells under one heading is the sign.
LEAST = {"docx": 0.98, "xlsx": 0.98, "html": 0.98, "text": 0.94, "rows": 0.96}


def outcomes(data: bytes) -> list[Outcome]:
    return list(understand(read_document(data, "表").blocks, "表"))


def forms(data: bytes) -> list[Understood]:
    return [one for one in outcomes(data) if isinstance(one, Understood)]


def form(page: Page) -> Understood:
    (understood,) = forms(as_docx(page))
    return understood


def held(data: bytes, truths: tuple[Truth, ...]) -> Judged:
    """All forms of a document against what is true of them."""
    total = Judged()
    found = forms(data)
    assert len(found) == len(truths)
    for understood, truth in zip(found, truths, strict=True):
        one = judged(understood, truth)
        total.fields += one.fields
        total.right += one.right
        total.wrong += one.wrong
        total.unread += one.unread
    return total


# -- the layouts


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("kind", FORMATS)
def test_no_field_of_any_layout_is_read_wrong(name, kind):
    drawn = LAYOUTS[name](Project())

    assert held(FORMATS[kind](drawn.page), drawn.truths).wrong == []


@pytest.mark.parametrize("kind", FORMATS)
def test_nearly_every_field_of_the_layouts_is_understood(kind):
    drawn = [make(Project()) for make in LAYOUTS.values()]
    results = [held(FORMATS[kind](one.page), one.truths) for one in drawn]

    assert len(results) >= 15
    assert sum(one.right for one in results) / sum(one.fields for one in results) >= LEAST[kind]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(drawn_pages())
def test_however_labels_fields_and_columns_are_shuffled_nothing_is_read_wrong(drawn):
    for make in (as_docx, as_xlsx, as_text):
        assert held(make(drawn.page), drawn.truths).wrong == []


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("kind", FORMATS)
def test_every_word_of_a_page_is_a_label_or_is_told_of(name, kind):
    """Nothing is lost: what was not taken over is listed."""
    page = LAYOUTS[name](Project()).page
    told = bare("".join(fact.text for one in forms(FORMATS[kind](page)) for fact in (*one.placed, *one.left)))

    for word in words(page):
        assert bare(word) in told or head_label(word) or column_label(word) or word.isdigit(), word


def bare(text: str) -> str:
    """Without white space, and what joins the code of a unit to its name."""
    return re.sub(r"[\[\]()-]", "", squeeze(text))


def words(page: Page) -> Iterator[str]:
    """The text of each cell and paragraph; of those with labels in them, what stands behind the colon."""
    for part in page.parts:
        cells = [cell.text for row in part.rows for cell in row] if isinstance(part, Table) else [part]
        for cell in filter(str.strip, cells):
            title = title_of(cell)
            pieces = parted(cell) or (cell,)
            for piece in pieces:
                inside = labelled(piece)
                yield from (value for _, value in inside) if inside else [title.text if title else piece]


@pytest.mark.parametrize("name", ["published", "central", "side by side", "two rows of headings", "line above"])
def test_a_cell_lost_from_a_table_shifts_nothing_into_a_wrong_place(name):
    """As where somebody deletes a cell in Word, and those behind it move up."""
    drawn = LAYOUTS[name](Project())
    place, table = next((n, part) for n, part in enumerate(drawn.page.parts) if isinstance(part, Table))

    for row, cells in enumerate(table.rows):
        for number in range(len(cells)):
            kept = [*table.rows[:row], cells[:number] + cells[number + 1 :], *table.rows[row + 1 :]]
            parts = [*drawn.page.parts[:place], Table(kept), *drawn.page.parts[place + 1 :]]
            (story,) = forms(as_docx(Page(parts)))
            assert misread(story, drawn.truths[0]) == [], cells[number].text


def misread(story: Understood, truth: Truth) -> list[str]:
    """What was read and is wrong; what was not read at all may have been lost with the damage."""
    return [one for one in judged(story, truth).wrong if "读成“”" not in one and "没有读到" not in one]


@pytest.mark.parametrize(
    "name", ["published", "central", "side by side", "dates and sums", "line above", "no first level"]
)
def test_a_line_lost_from_a_text_puts_nothing_into_a_wrong_place(name):
    drawn = LAYOUTS[name](Project())
    lines = as_text(drawn.page).decode().split("\n")

    for number in range(len(lines)):
        damaged = "\n".join(lines[:number] + lines[number + 1 :]).encode()
        (story,) = forms(damaged)
        assert misread(story, drawn.truths[0]) == [], lines[number]


# -- the story


def test_what_a_form_holds_is_told_with_its_place_and_how_it_was_known():
    story = form(LAYOUTS["central"](Project()).page)

    facts = {fact.field: fact for fact in story.placed}
    assert str(facts["项目名称"].at) == "第1个表格第1行第2格"
    assert (facts["项目名称"].label, facts["项目名称"].sure) == ("项目名称", Sure.CERTAIN)
    assert facts["金额单位"].sure is Sure.INFERRED
    assert facts["第1条 一级指标"].text == "成本指标"


def test_what_our_form_has_no_place_for_is_listed_and_not_dropped():
    story = form(LAYOUTS["long then annual"](Project()).page)

    left = {fact.text: fact.why for fact in story.left}
    assert "没有这一栏" in left["新增项目□  延续项目☑"]
    assert "年度目标" in left["三年内完成城区老旧管网改造，供水漏损率降到9%以下。"]
    assert any("更换管网总长度" in text and "年度指标" in why for text, why in left.items())
    assert all(fact.sure is Sure.CERTAIN for fact in story.left)


def test_a_text_without_a_label_is_to_be_looked_at():
    page = LAYOUTS["central"](Project()).page

    story = form(replace(page, parts=["请于9月底前报送", *page.parts]))

    assert [fact.text for fact in story.doubtful] == ["请于9月底前报送", "附件2"]


def test_a_carried_level_and_an_inferred_one_are_told():
    story = form(LAYOUTS["no first level"](Project()).page)

    inferred = [fact for fact in story.placed if fact.field.endswith("一级指标")]
    assert [fact.text for fact in inferred] == ["产出指标", "效益指标", "满意度指标"]
    assert {fact.sure for fact in inferred} == {Sure.INFERRED}


def test_a_level_that_only_one_edition_has_says_the_edition():
    assert form(LAYOUTS["central"](Project()).page).form.edition == "mof-2021"
    assert form(LAYOUTS["published"](Project()).page).form.edition is None


def test_the_year_beside_the_title_is_the_form_s():
    assert form(LAYOUTS["central"](Project()).page).form.year == 2026
    assert form(LAYOUTS["published"](Project()).page).form.year is None


def test_a_column_with_an_unknown_heading_is_told_and_does_not_hide_the_others():
    story = changed("two rows of headings", 指标值确定依据="采信办法")

    assert story.form.indicators[0].level3.text == "更换管网长度"
    assert {fact.why for fact in story.doubtful} == {"看不懂这一栏的标题"}


def test_an_answer_that_reads_like_a_label_is_an_answer():
    story = changed("long then annual", **{"新增项目□  延续项目☑": "其他"})

    assert story.form.budget.other.amount == 50
    assert any(fact.text == "其他" and fact.label == "项目属性" for fact in story.left)


@pytest.mark.thorough
def test_a_document_of_a_thousand_forms_takes_no_more_memory_than_one_of_a_hundred():
    def most(count: int) -> int:
        parts = [
            part
            for number in range(count)
            for part in LAYOUTS["published"](replace(Project(), name=f"项目{number}")).page.parts
        ]
        document = read_document(as_docx(Page(parts)), "表")
        tracemalloc.start()
        assert sum(1 for _ in understand(document.blocks, "表")) == count
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return peak

    most(10)  # what is made once
    assert most(1000) < 1.5 * most(200)


# -- doubt: where two things are possible, neither is taken


def changed(name: str, **texts: str) -> Understood:
    """A layout with some of its cells' texts replaced: old=new, by position in ``texts``."""
    page = LAYOUTS[name](Project()).page
    parts = [
        Table([[replace(cell, text=texts.get(cell.text, cell.text)) for cell in row] for row in part.rows])
        if isinstance(part, Table)
        else part
        for part in page.parts
    ]
    return form(Page(parts))


def test_two_project_names_are_no_project_name():
    story = changed("central", 实施单位="项目名称")

    assert story.form.project.blank
    assert {fact.text for fact in story.doubtful} >= {"城区供水管网改造", "[353302]市供水服务中心"}


def test_nothing_stands_in_for_a_field_that_says_two_things():
    story = changed("long then annual", **{"项目负责人": "年度目标"})

    assert story.form.objectives == ()
    assert {fact.text for fact in story.doubtful} >= {"张某", "\n".join(Project().objectives)}


@pytest.mark.parametrize("name", ["某项目（一期）", "（某）项目", "项目：分项", "备注"])
def test_a_name_stays_as_typed_whatever_stands_in_it(name):
    assert (
        changed(
            "labels and contents in one cell", **{"项目名称：城区供水管网改造": f"项目名称：{name}"}
        ).form.project.raw
        == name
    )


def test_halves_without_a_word_on_their_years_are_not_taken():
    story = changed(
        "side by side",
        **{
            "中期目标（2025年—2027年）": "目标一",
            "年度目标": "目标二",
            "中期资金总额：": "甲",
            "年度资金总额：": "资金总额",
        },
    )

    assert story.form.indicators == ()
    assert any("更换管网长度" in fact.text and "并排" in fact.why for fact in story.doubtful)


def test_a_form_without_a_unit_of_money_says_so():
    page = LAYOUTS["published"](Project()).page
    rows = page.parts[1].rows
    story = form(Page([page.parts[0], Table([[c("353302市供水服务中心", w=7)], *rows[1:]])]))

    assert story.form.money_unit.blank
    assert any("金额单位" in fact.why for fact in story.doubtful)


def test_a_shifted_row_is_left_and_no_level_is_carried_past_it():
    page = LAYOUTS["published"](Project()).page
    rows = list(page.parts[1].rows)
    rows[-3] = [c("社会效益指标"), c("受益居民户数"), c("≥8000户", w=2), c(""), c("", w=2)]

    story = form(Page([page.parts[0], Table(rows)]))

    assert "受益居民户数" not in [row.level3.text for row in story.form.indicators]
    assert any("错了栏" in fact.why for fact in story.doubtful)


def test_an_amount_with_its_unit_is_worked_out_in_the_unit_of_the_form():
    story = form(LAYOUTS["units with the amounts"](Project()).page)

    fiscal = story.form.budget.fiscal
    assert (fiscal.raw, fiscal.amount) == ("2,000,000.00元", 200)
    assert any("换算" in fact.why for fact in story.placed if fact.field == "财政资金")


def test_a_number_beside_amounts_with_units_is_not_taken_to_be_in_theirs():
    """250万 and 50: nobody says that the other is no 50元."""
    page = LAYOUTS["units with the amounts"](Project()).page
    title, _, table = page.parts
    rows = [[replace(cell, text=cell.text.replace("50万元", "50")) for cell in row] for row in table.rows]

    story = form(Page([title, Table(rows)]))

    assert (story.form.money_unit.text, story.form.budget.fiscal.amount) == ("万元", 200)
    assert story.form.budget.other.blank
    assert any(fact.text == "50" for fact in story.doubtful)


def test_an_amount_that_is_no_number_stays_as_typed_and_is_to_be_looked_at():
    story = changed("central", **{"250.00": "约250万"})

    assert (story.form.budget.total.raw, story.form.budget.total.amount) == ("约250万", None)
    assert any(fact.text == "约250万" for fact in story.doubtful)


@pytest.mark.parametrize(
    ("written", "code", "name"),
    [
        ("353302市中心", "353302", "市中心"),
        ("[015001]市中心", "015001", "市中心"),
        ("314002-市中心", "314002", "市中心"),
        ("（353302）市中心", "353302", "市中心"),
        ("120急救中心", "", "120急救中心"),
        ("市中心", "", "市中心"),
        ("353302", "353302", ""),
    ],
)
def test_code_and_name_of_a_unit_are_told_apart(written, code, name):
    story = changed("central", **{"[353302]市供水服务中心": written})

    assert (story.form.unit_code.text, story.form.unit_name.text) == (code, name)


def test_two_units_with_a_project_of_the_same_name_are_two_forms_of_a_list():
    headings = ["单位名称", "项目名称", "一级指标", "二级指标", "三级指标", "指标值"]
    row = ["办公经费", "产出指标", "数量指标", "办公人数", "≥10人"]
    rows = [headings, ["甲中心", *row], ["甲中心", *row], ["乙中心", *row]]

    found = forms(as_docx(Page(["项目支出绩效目标表", Table([[c(text) for text in line] for line in rows])])))

    assert [(one.form.unit_name.text, len(one.form.indicators)) for one in found] == [("甲中心", 2), ("乙中心", 1)]


# -- what is no target form


@pytest.mark.parametrize(
    ("page", "kind"),
    [
        (self_evaluation, "绩效自评表"),
        (whole_department, "部门（单位）整体支出绩效目标表"),
        (monitoring, "绩效运行监控表"),
    ],
)
def test_a_table_that_is_no_target_form_is_refused_by_name(page, kind):
    (refused,) = outcomes(as_docx(page(Project())))

    assert isinstance(refused, Refused)
    assert (refused.kind, kind in refused.reason) == (kind, True)


def test_forms_among_other_tables_are_found_and_the_others_told():
    price_list = Table([[c("货物"), c("单价")], [c("水表"), c("120")]])
    pages = [LAYOUTS["published"](Project()).page, self_evaluation(Project()), LAYOUTS["central"](Project()).page]
    parts = ["编制说明", price_list, *pages[0].parts, price_list, *pages[1].parts, *pages[2].parts, price_list]

    found = outcomes(as_docx(Page(parts)))

    kinds = [one.kind if isinstance(one, Refused) else "form" for one in found]
    assert kinds == [Refused.OTHER, "form", Refused.OTHER, "绩效自评表", "form", Refused.OTHER]
    assert [one.form.indicators[0].level3.text for one in found if isinstance(one, Understood)] == [
        "更换管网长度",
        "项目总成本",
    ]


# -- the published text


def test_the_nine_published_forms_equal_the_parsed_ones(example):
    found = forms(example.read_bytes())

    assert [one.form.project_no.text for one in found] == [item["project_no"] for item in EXPECTED]
    for one, item in zip(found, EXPECTED, strict=True):
        head = one.form
        assert (head.title.text, head.project.text) == (item["title"], item["project_name"])
        assert (head.unit_code.text, head.unit_name.text) == (item["unit_code"], item["unit_name"])
        assert (head.budget.total.text, head.budget.fiscal.text) == (item["budget_total"], item["budget_fiscal"])
        assert (head.money_unit.text, head.purpose.text) == (item["money_unit"], item["purpose"])
        assert [objective.text for objective in head.objectives] == [goal["raw"].strip() for goal in item["goals"]]
        assert not one.doubtful


def test_the_eighty_published_indicators_equal_the_parsed_ones(example):
    for one, item in zip(forms(example.read_bytes()), EXPECTED, strict=True):
        read = [
            (row.carried, row.level2.text, row.level3.text, row.description.text, row.target.text, str(row.level1.at))
            for row in one.form.indicators
        ]
        assert read == [
            (row["first"], row["second"], row["third"], row["description"], row["value_text"], f"第{row['line']}行")
            for row in item["indicators"]
        ]


def test_white_space_of_the_published_text_stays_as_typed(example):
    found = {one.form.project_no.text: one.form for one in forms(example.read_bytes())}

    assert found["97"].budget.other.raw == " "
    assert found["97"].objectives[0].raw.endswith("正常运转。" + "\t" * 6)
    assert found["104"].indicators[0].level3.raw == " 群众满意度"
