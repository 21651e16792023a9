"""The report says the same to people (text) and to machines (JSON)."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from importlib.resources import files as resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from forms import form

from perfxl.form import TargetForm
from perfxl.issue import At, AtLine, Issue, Place, Severity
from perfxl.layout import FORM_SHEET
from perfxl.reading import Reading
from perfxl.report import Checked, Status, as_text
from perfxl.report.document import ReportDocument, as_document, as_json, schema

ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO


def issue(code: str, place: str | Place | None, severity: Severity = ERROR, **more: Any) -> Issue:
    at = At.parse(FORM_SHEET, place) if isinstance(place, str) else place
    return Issue(code, severity, at=at, **({"message": f"{code}有误", "advice": "请改", "form": "F01"} | more))


def checked(*found: Issue, forms: tuple[TargetForm, ...] | None = None, file: str = "甲区/99.xlsx") -> Checked:
    read = (form(),) if forms is None else forms
    own = tuple(one for one in found if one.form is None)
    reading = Reading(file, "0" * 64, 1, read, own)
    return Checked.of(reading, [one for one in found if one.form is not None])


UNREADABLE = Checked.unreadable("乙区/坏.xlsx", "坏.xlsx：文件是空的（0 字节）。请向填报人重新索取。")
REJECTED = checked(issue("S07", None, form=None, message="没有找到绩效目标表", advice="请用下发的模板"), forms=())
UNIT_SLIP = issue(
    "A05",
    "G20",
    also=("A04",),
    message="单位疑似错位",
    advice="改为“元”",
    value="万元",
    related=(At.parse(FORM_SHEET, "F17"), At.parse(FORM_SHEET, "C4")),
)


def no_sign(a1: str, value: str, **more: Any) -> Issue:
    return issue(
        "V01", a1, WARNING, message=f"“{value}”缺符号，不知是达到还是不超过", advice="补≥或=", value=value, **more
    )


# -- status


@pytest.mark.parametrize(
    ("one", "status", "failed"),
    [
        (checked(), "ok", False),
        (checked(issue("N01", "C17", INFO)), "ok", False),
        (checked(issue("N01", "C17", INFO), issue("V01", "E17", WARNING)), "issues", False),
        (checked(issue("V01", "E17", WARNING), issue("V05", "E17")), "errors", True),
        (checked(issue("S07", "A1", form=None)), "errors", True),
        (REJECTED, "rejected", True),
        (checked(forms=()), "rejected", True),
        (UNREADABLE, "unreadable", True),
    ],
)
def test_a_files_status_follows_from_what_was_found(one: Checked, status: str, failed: bool) -> None:
    assert (one.status, one.status.failed) == (Status(status), failed)


# -- text


def test_a_block_reads_as_a_message_to_the_unit() -> None:
    found = [
        issue("N01", "C17", INFO, message="C17有多余空白"),
        no_sign("F18", "100%"),
        UNIT_SLIP,
        no_sign("F17", "469483张"),
        issue("N01", "C19", INFO, message="C19有多余空白"),
        issue("A01", "G4", INFO, message="其他资金没有填写，按 0 处理"),
        issue(
            "T07", None, WARNING, message="缺满意度指标", advice="补设或说明不适用", explanation="本项目不直接面向群众"
        ),
    ]
    assert as_text([checked(*found)], titles={"N01": "多余空白", "A01": "预算数不等于财政资金加其他资金"}) == (
        "■ 甲区/99.xlsx\n"
        "【社保卡制卡工本费】353302 天津市社会保险基金管理中心\n"
        "错误 1 处，必须修改：\n"
        "  G20（A05、A04）单位疑似错位\n"
        "    → 改为“元”\n"
        "警告 3 处，请修改，或在“情况说明”栏说明：\n"
        "  V01 “…”缺符号，不知是达到还是不超过，共 2 处：F18“100%”、F17“469483张”\n"
        "    → 补≥或=\n"
        "  整张表（T07）缺满意度指标\n"
        "    → 补设或说明不适用\n"
        "    已说明：本项目不直接面向群众\n"
        "提示 3 处：A01 其他资金没有填写 1 处；N01 多余空白 2 处\n"
        "\n"
        "合计：1 个文件，1 张表；错误 1 处，警告 3 处，提示 3 处。\n"
    )


def test_what_the_settings_pass_over_is_told_with_its_reason() -> None:
    passed_over = replace(issue("S02", "B2", INFO), ignored="旧编码，明年停用")
    told = as_text([checked(passed_over)])
    assert "按设置不计 1 处：\n  B2（S02）旧编码，明年停用\n" in told
    assert "提示 1 处" not in told.partition("合计")[0]


def test_infos_are_listed_when_asked_for() -> None:
    one = checked(issue("N01", "C17", INFO, message="C17有多余空白"))
    assert "C17（N01）C17有多余空白" not in as_text([one])
    assert "提示 1 处，供参考：\n  C17（N01）C17有多余空白\n" in as_text([one], show_infos=True)


def test_findings_that_differ_in_more_than_the_value_stay_apart() -> None:
    found = [
        issue("A03", "F17", message="成本合计10万元，预算9万元"),
        issue("A03", "F18", message="成本合计20万元，预算9万元"),
        no_sign("F19", "12份", explanation="按惯例"),
        no_sign("F20", "13份"),
    ]
    text = as_text([checked(*found)])
    assert "共 2 处" not in text
    assert all(one.message in text for one in found)


def test_alike_findings_share_what_they_quote_alike() -> None:
    def wrong(a1: str, name: str) -> Issue:
        return issue("I07", a1, message=f"“{name}”的单位应为“%”", advice=f"请把“{name}”的单位改为“%”")

    text = as_text([checked(wrong("G17", "合格率"), wrong("G18", "覆盖率"))])
    assert "  I07 “…”的单位应为“%”，共 2 处：G17“合格率”、G18“覆盖率”\n    → 请把“…”的单位改为“%”\n" in text


def test_alike_findings_with_advice_of_their_own_stay_apart() -> None:
    found = [issue("T03", f"B{row}", message=f"“{row}”不应列在这里", advice=f"移到“{row}组”") for row in (17, 18)]
    text = as_text([checked(*found)])
    assert "→ 移到“17组”" in text
    assert "→ 移到“18组”" in text


def test_alike_findings_without_a_value_name_their_cells() -> None:
    text = as_text([checked(*(issue("S08", a1, message="缺二级指标") for a1 in ("B17", "B19")))])
    assert "  S08 缺二级指标，共 2 处：B17、B19\n" in text


def test_an_error_is_never_shown_as_explained() -> None:
    assert "已说明" not in as_text([checked(issue("A01", "C4", explanation="四舍五入"))])


def test_a_clean_form_and_its_neighbour_are_told_apart() -> None:
    forms = (form(), form(key="F02", sheet="第二张", project="另一个项目"))
    text = as_text([checked(issue("V05", At("第二张", 17, 6), form="F02"), forms=forms)])
    first, second = text.split("【另一个项目】")
    assert first.endswith("没有发现问题。\n")
    assert "  F17（V05）" in second


def test_a_cell_of_another_sheet_and_a_line_are_named_in_full() -> None:
    text = as_text([checked(issue("S07", At("旧表", 1, 1), form=None), issue("V01", AtLine(12)))])
    assert "旧表!A1（S07）" in text
    assert "第12行（V01）" in text


def test_files_without_a_form_say_why_and_are_counted() -> None:
    text = as_text([REJECTED, UNREADABLE])
    assert (
        "■ 甲区/99.xlsx\n不能作为绩效目标表读取，已退回：\n  整个文件（S07）没有找到绩效目标表\n    → 请用下发的模板\n"
        in text
    )
    assert "■ 乙区/坏.xlsx\n读不了：文件是空的（0 字节）。请向填报人重新索取。\n" in text
    assert text.endswith(
        "合计：2 个文件，0 张表；错误 1 处，警告 0 处，提示 0 处；1 个文件不是绩效目标表；1 个文件读不了。\n"
    )


def test_nothing_from_a_cell_can_steer_the_terminal_or_break_the_line() -> None:
    hostile = "甲\x1b[31m\n乙\u202e丙\ud800"
    text = as_text([checked(no_sign("F17", hostile), no_sign("F18", hostile + "丁"))])
    assert "甲[31m 乙丙" in text
    assert not set("\x1b\u202e") & set(text)
    text.encode("utf-8")


def test_long_values_are_cut_where_they_only_tell_cells_apart() -> None:
    text = as_text([checked(no_sign("F17", "长" * 100), no_sign("F18", "短"))])
    assert f"F17“{'长' * 23}…”、F18“短”" in text


# -- JSON


SCHEMA = json.loads(resources("perfxl").joinpath("data/report.schema.json").read_text(encoding="utf-8"))
EVERYTHING = [
    checked(UNIT_SLIP, no_sign("F17", "张"), issue("T07", None, WARNING), issue("N01", "C17", INFO, explanation="空")),
    checked(issue("V01", AtLine(3))),
    REJECTED,
    UNREADABLE,
]


def validator() -> jsonschema.Draft202012Validator:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    return jsonschema.Draft202012Validator(SCHEMA)


def test_the_shipped_schema_is_the_one_that_the_report_declares() -> None:
    """``PERFXL_WRITE_DOCS=1 pytest tests/test_report.py`` writes it anew."""
    if os.environ.get("PERFXL_WRITE_DOCS"):
        text = json.dumps(schema(), ensure_ascii=False, indent=2) + "\n"
        Path("perfxl/data/report.schema.json").write_text(text, encoding="utf-8")
    assert schema() == SCHEMA


def test_a_report_is_read_again_as_it_was() -> None:
    assert ReportDocument.model_validate_json(as_json(EVERYTHING)) == ReportDocument.of(EVERYTHING)


def test_every_report_keeps_to_the_shipped_schema() -> None:
    document = json.loads(as_json(EVERYTHING))
    assert list(validator().iter_errors(document)) == []
    assert document == as_document(EVERYTHING)
    assert SCHEMA["$id"] == f"urn:perfxl:report:{document['version']}"


@pytest.mark.parametrize(
    "change",
    [
        lambda file: file.update(status="fine"),
        lambda file: file.update(error="坏"),
        lambda file: file["issues"][0].update(severity="fatal"),
        lambda file: file["issues"][0].update(cell="17F"),
        lambda file: file["issues"][0].update(code="a5"),
        lambda file: file["issues"][0].pop("cell"),
        lambda file: file["issues"][0]["related"][0].pop("cell"),
        lambda file: file["forms"][0].pop("project"),
    ],
)
def test_the_schema_refuses_what_is_no_report(change: Any) -> None:
    document = json.loads(as_json(EVERYTHING))
    change(document["files"][0])
    assert list(validator().iter_errors(document)) != []


def test_the_schema_lets_new_fields_in() -> None:
    document = json.loads(as_json(EVERYTHING)) | {"later": 1}
    document["files"][0]["issues"][0]["later"] = 1
    assert validator().is_valid(document)


def test_an_issue_in_json_keeps_its_cell_and_all_codes() -> None:
    file = json.loads(as_json([checked(UNIT_SLIP)]))["files"][0]
    assert file == {
        "file": "甲区/99.xlsx",
        "status": "errors",
        "error": None,
        "forms": [{"sheet": FORM_SHEET, "project": "社保卡制卡工本费"}],
        "issues": [
            {
                "code": "A05",
                "also": ["A04"],
                "severity": "error",
                "sheet": FORM_SHEET,
                "cell": "G20",
                "line": None,
                "message": "单位疑似错位",
                "advice": "改为“元”",
                "value": "万元",
                "related": [
                    {"sheet": FORM_SHEET, "cell": "F17", "line": None},
                    {"sheet": FORM_SHEET, "cell": "C4", "line": None},
                ],
                "explanation": "",
                "ignored": "",
                "repair": None,
            }
        ],
    }


@pytest.mark.parametrize(
    ("one", "place"),
    [
        (issue("T07", None), (FORM_SHEET, None, None)),
        (issue("T07", None, form="F09"), (None, None, None)),
        (issue("S07", None, form=None), (None, None, None)),
        (issue("V01", AtLine(3)), (None, None, 3)),
    ],
)
def test_what_has_no_cell_says_so(one: Issue, place: tuple[str | None, str | None, int | None]) -> None:
    found = json.loads(as_json([checked(one)]))["files"][0]["issues"][0]
    assert (found["sheet"], found["cell"], found["line"]) == place


def test_json_can_be_written_whatever_the_cells_held() -> None:
    text = as_json([checked(no_sign("F17", "坏\ud800\x00字"))])
    assert "坏?\\u0000字" in text
    text.encode("utf-8")
