"""The commands of a season as they are typed: exit codes, what they say, and words for what can go wrong."""

from __future__ import annotations

import json
import random
from pathlib import Path

import openpyxl
import pytest
from bureau import Bureau, bureau, contents, sheets_of, typed_into

from perfxl import cli
from perfxl.ledger import read_ledger
from perfxl.reading import read_forms


@pytest.fixture
def town(tmp_path, monkeypatch) -> Bureau:
    """A bureau of two units and three projects, its lists in the folder where the commands run."""
    monkeypatch.chdir(tmp_path)
    made = bureau(2, 3, seed=5)
    made.write_roster(tmp_path / "名册.xlsx")
    made.write_approved(tmp_path / "批复.csv")
    return made


LISTS = ("--roster", "名册.xlsx", "--approved", "批复.csv")


def send(town: Bureau, wrong: bool = False) -> None:
    """The first unit fills in what it was handed and sends it."""
    Path("收到").mkdir(exist_ok=True)
    unit = town.units[0]
    (path,) = Path("下发").glob(f"{unit.code}_*.xlsx")
    cells = {project.code: contents(project, random.Random(1)) for project in town.of(unit)}
    if wrong:
        cells[town.of(unit)[0].code]["B5"] = None
    sheets = sheets_of(path)
    typed = {sheets[code]: cells[code] for code in sheets}
    Path("收到", path.name).write_bytes(typed_into(path.read_bytes(), typed))


def test_hand_out_says_what_it_understood_before_it_uses_it(run, town):
    code, out, _ = run("template", "--from", "批复.csv", "--roster", "名册.xlsx", "-o", "下发", "--year", 2027)

    assert code == 0
    assert out.index("批复金额＝“批复金额（元）”") < out.index("共 2 个单位、3 张表")
    assert [len(read_forms(path).forms) for path in sorted(Path("下发").iterdir())] == [len(town.of(u)) for u in town.units]


def test_hand_out_again_keeps_what_a_clerk_is_working_in_and_says_so(run, town):
    run("template", "--from", "批复.csv", "-o", "下发")
    path = next(Path("下发").iterdir())
    path.write_bytes(path.read_bytes() + b"\0")

    code, out, _ = run("template", "--from", "批复.csv", "-o", "下发")
    assert (code, path.name in out) == (1, True)


def test_a_season_by_its_commands(run, town):
    run("template", "--from", "批复.csv", "--roster", "名册.xlsx", "-o", "下发", "--year", 2027)
    send(town, wrong=True)

    code, out, _ = run("consolidate", "收到", *LISTS, "-o", "总台账.xlsx")
    assert code == 1 and "未报清单" in out
    assert {row.unit_code for row in read_ledger("总台账.xlsx").missing} == {town.units[1].code}

    code, out, _ = run("return", "总台账.xlsx", "-o", "退回", "--sources", "收到", "--contact", "王敏")
    assert (code, out.startswith("第1轮退回：1 个单位、1 个项目")) == (0, True)
    assert len(list(Path("退回").rglob("退回说明.docx"))) == 1

    Path("旧.xlsx").write_bytes(Path("总台账.xlsx").read_bytes())
    send(town)
    run("consolidate", "收到", *LISTS, "-o", "总台账.xlsx")
    code, out, _ = run("diff", "旧.xlsx", "总台账.xlsx", "-o", "比较.xlsx", "--format", "json")
    assert (code, [one["verdict"] for one in json.loads(out)["projects"]]) == (0, ["changed"])
    assert openpyxl.load_workbook("比较.xlsx").sheetnames


def test_a_ledger_edited_by_hand_is_kept_beside_the_new_one(run, town):
    run("template", "--from", "批复.csv", "-o", "下发")
    send(town)
    run("consolidate", "收到", "-o", "总台账.xlsx")
    book = openpyxl.load_workbook("总台账.xlsx")
    heading = next(cell for cell in book["项目台账"][3] if cell.value == "预算数")
    book["项目台账"].cell(4, heading.column).value = 1
    book.save("总台账.xlsx")

    _, out, _ = run("consolidate", "收到", "-o", "总台账.xlsx")

    (kept,) = Path().glob("总台账（人工修改）*.xlsx")
    assert kept.name in out and "预算数" in out
    assert read_ledger(kept).projects[0].total == 1


def test_a_file_that_is_no_ledger_is_not_overwritten(run, town):
    Path("收到").mkdir()
    Path("总台账.xlsx").write_bytes(Path("名册.xlsx").read_bytes())

    code, _, err = run("consolidate", "收到", *LISTS, "-o", "总台账.xlsx")

    assert (code, "没有覆盖" in err) == (2, True)
    assert Path("总台账.xlsx").read_bytes() == Path("名册.xlsx").read_bytes()


def test_a_ledger_that_is_open_is_not_written(run, town):
    run("template", "--from", "批复.csv", "-o", "下发")
    send(town)
    run("consolidate", "收到", "-o", "总台账.xlsx")
    before = Path("总台账.xlsx").read_bytes()
    Path("~$总台账.xlsx").write_bytes(b"")

    code, _, err = run("consolidate", "收到", "-o", "总台账.xlsx")
    assert (code, "正在" in err, Path("总台账.xlsx").read_bytes() == before) == (2, True, True)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("template", "--from", "无.xlsx", "-o", "下发"), "找不到"),
        (("template", "-o", "下发"), "--from"),
        (("consolidate", "收到", "-o", "总台账.doc"), ".xlsx"),
        (("return", "无.xlsx", "-o", "退回"), "找不到"),
        (("diff", "名册.xlsx", "名册.xlsx"), "无法比较"),
        (("diff", "批复.csv", "名册.xlsx", "-o", "比较.txt"), ".xlsx"),
        (("restore", "名册.xlsx", "-o", "新.doc"), ".xlsx"),
        (("restore", "名册.xlsx", "-o", "新.xlsx"), "绩效目标表"),
    ],
)
def test_a_wrong_call_is_told_in_words(run, town, arguments, words):
    Path("收到").mkdir(exist_ok=True)
    code, _, err = run(*arguments)
    assert (code, words in err) == (2, True), err


def test_restore_puts_the_contents_into_a_fresh_template(run, town):
    run("template", "--from", "批复.csv", "-o", "下发")
    send(town)
    (source,) = Path("收到").iterdir()

    code, out, _ = run("restore", source, "-o", "新.xlsx")

    assert (code, "新.xlsx" in out) == (0, True)
    old, new = (read_forms(path).forms[0] for path in (source, Path("新.xlsx")))
    assert [item.target.text for item in new.indicators] == [item.target.text for item in old.indicators]


def test_a_mistake_of_ours_is_told_in_words_and_kept_for_those_who_can_read_it(run, monkeypatch, tmp_path):
    def fails(**_: object) -> int:
        raise KeyError("secret")

    monkeypatch.setattr(cli, "app", fails)
    monkeypatch.setattr(cli.tempfile, "tempdir", str(tmp_path))
    code, _, err = run("validate", "收到", "--password", "pass-1", "--password=pass-2")

    (log,) = tmp_path.glob("perfxl-error-*.log")
    assert (code, "secret" in err, str(log) in err) == (2, False, True)
    assert "KeyError: 'secret'" in log.read_text(encoding="utf-8")
    assert "pass-" not in log.read_text(encoding="utf-8")


def test_who_mends_perfxl_sees_the_traceback(monkeypatch, capsys):
    def fails(**_: object) -> int:
        raise KeyError("secret")

    monkeypatch.setattr(cli, "app", fails)
    monkeypatch.setenv("PERFXL_DEBUG", "1")
    with pytest.raises(SystemExit):
        cli.main()

    assert "Traceback" in capsys.readouterr().err
