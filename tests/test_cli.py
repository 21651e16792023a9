"""The terminal door: exit codes, streams, and words for everything that can go wrong."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import zipfile
from importlib import resources
from pathlib import Path

import jsonschema
import openpyxl
import pytest
from forms import form
from test_package import ole2

from perfxl.reading import read_forms
from perfxl.rules import catalogue
from perfxl.template import Issuance, build

FORM = "绩效目标表"


@pytest.fixture
def received(tmp_path) -> Path:
    """A folder as finance gets it: one sound form, one with warnings, one with an error, and junk."""
    folder = tmp_path / "收到"
    (folder / "甲区").mkdir(parents=True)
    sound = form(project="甲", title="甲绩效目标表", project_no="1")
    warned = form(project="乙", title="别的项目绩效目标表", project_no="2")
    wrong = form(project="丙", title="丙绩效目标表", project_no="3", total="900")
    for name, one in (("甲区/甲.xlsx", sound), ("乙.xlsx", warned), ("丙.xlsx", wrong)):
        (folder / name).write_bytes(build(Issuance(), [one]))
    (folder / "~$丙.xlsx").write_bytes(b"lock")
    (folder / "说明.txt").write_text("不是表", encoding="utf-8")
    return folder


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


# -- exit codes and streams


def test_warnings_alone_leave_the_exit_code_at_zero(run, received):
    code, out, err = run("validate", received / "甲区", received / "乙.xlsx")

    assert code == 0
    assert "乙.xlsx" in out
    assert err == ""


def test_an_error_makes_the_exit_code_one_and_is_told_on_standard_output(run, received):
    code, out, err = run("validate", received)

    assert code == 1
    assert "A01" in out
    assert "C4" in out
    assert "~$丙.xlsx" in err
    assert "说明.txt" in err


def test_a_file_that_can_not_be_read_does_not_stop_the_others(run, received):
    (received / "坏.xlsx").write_bytes(b"<html>not a workbook</html>")

    code, out, _ = run("validate", received / "甲区", received / "坏.xlsx")

    assert code == 1
    assert "坏.xlsx" in out
    assert "甲.xlsx" in out


@pytest.mark.parametrize(
    "arguments",
    [
        ("validate", "没有这个文件夹"),
        ("consolidate", "没有这个文件夹", "-o", "x.xlsx"),
        ("clear", "没有这个文件夹"),
        ("validate",),
        ("validate", ".", "--format", "xml"),
        ("validate", ".", "--nonsense"),
        ("validate", ".", "--mark", "--mark-in", "x"),
        ("template", "-o", "x.docx"),
        ("template", "-o", "x.xlsx", "--edition", "tianjing"),
        ("template", "-o", "x.xlsx", "--year", "27"),
        ("rule", "A99"),
        ("nonsense",),
    ],
)
def test_a_wrong_call_is_told_in_chinese_and_exits_with_two(run, tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)

    code, out, err = run(*arguments)

    assert (code, out) == (2, "")
    assert re.search(r"[\u4e00-\u9fff]", err)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_without_workbooks_is_told(run, tmp_path):
    code, _, err = run("validate", tmp_path)

    assert code == 2
    assert "没有可以校验的工作簿" in err


def test_an_unknown_rule_names_the_nearest(run):
    _, _, err = run("rule", "A55")

    assert "A05" in err


@pytest.mark.parametrize("command", ["template", "import", "validate", "fix", "clear", "consolidate", "rules", "rule", "demo"])
def test_every_command_has_its_help_in_chinese(run, command):
    code, out, _ = run(command, "--help")

    assert code == 0
    assert "用法：perfxl" in out
    assert "Usage" not in out


def test_the_command_line_works_as_a_process_of_its_own():
    done = subprocess.run([sys.executable, "-m", "perfxl", "--version"], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"perfxl \d+\.\d+\.\d+\n", done.stdout)


def test_a_terminal_that_knows_no_chinese_stops_nothing(received):
    done = subprocess.run(
        [sys.executable, "-m", "perfxl", "validate", str(received)],
        capture_output=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "PYTHONIOENCODING": "ascii", "LC_ALL": "C"},
    )

    assert done.returncode == 1
    assert "预算" in done.stdout.decode("utf-8")


# -- validate


def test_json_keeps_every_cell_and_fits_the_shipped_schema(run, received):
    schema = json.loads(resources.files("perfxl").joinpath("data/report.schema.json").read_text(encoding="utf-8"))

    _, out, _ = run("validate", received, "--format", "json")
    report = json.loads(out)

    jsonschema.validate(report, schema)
    found = {(one["file"], issue["code"], issue["cell"]) for one in report["files"] for issue in one["issues"]}
    assert ("丙.xlsx", "A01", "C4") in found


def test_the_report_can_go_to_a_file(run, received, tmp_path):
    code, out, _ = run("validate", received, "-o", tmp_path / "报告.txt")

    assert (code, out) == (1, "")
    assert "A01" in (tmp_path / "报告.txt").read_text(encoding="utf-8")


def test_mark_changes_nothing_but_the_result_sheet(run, received):
    path = received / "丙.xlsx"
    before = parts(path)

    run("validate", received, "--mark")

    after = parts(path)
    assert [name for name in before if before[name] != after[name]] == ["xl/worksheets/sheet3.xml"]
    assert list(after) == list(before)


def test_mark_in_leaves_the_originals_alone_and_keeps_folders(run, received, tmp_path):
    before = {path: path.read_bytes() for path in received.rglob("*.xlsx")}

    run("validate", received, "--mark-in", tmp_path / "退回")

    assert {path: path.read_bytes() for path in before} == before
    copies = sorted(str(path.relative_to(tmp_path / "退回")) for path in (tmp_path / "退回").rglob("*.xlsx"))
    assert copies == ["丙.xlsx", "乙.xlsx", "甲区/甲.xlsx"]


def test_clear_undoes_mark(run, received):
    path = received / "丙.xlsx"
    before = read_forms(path)
    run("validate", path, "--mark")
    marked = parts(path)["xl/worksheets/sheet3.xml"]

    code, out, _ = run("clear", path)

    assert (code, "1 个" in out) == (0, True)
    assert b"A01" in marked
    assert b"A01" not in parts(path)["xl/worksheets/sheet3.xml"]
    assert read_forms(path).forms == before.forms


IGNORED = '[[ignores]]\ncode = "A01"\nreason = "已与预算科核实"\n'


def test_settings_above_the_folder_of_the_forms_are_obeyed_and_named(run, received):
    settings = received.parent / "perfxl.toml"
    settings.write_text(IGNORED, encoding="utf-8")

    code, out, told = run("validate", received)

    assert code == 0
    assert "已与预算科核实" in out
    assert f"按设置 {settings}" in told


@pytest.mark.parametrize("command", [["validate"], ["consolidate", "-o", "收到/总台账.xlsx"]])
def test_settings_that_came_with_the_forms_silence_nothing(run, received, monkeypatch, command):
    (received / "perfxl.toml").write_text(IGNORED, encoding="utf-8")
    monkeypatch.chdir(received.parent)

    code, out, told = run(*command, received)

    assert code == 1
    assert "已与预算科核实" not in out
    assert f"没有采用 {received / 'perfxl.toml'}：" in told
    assert "按设置" not in told


def test_a_settings_file_can_be_named(run, received, tmp_path):
    (tmp_path / "我们的.toml").write_text('ignore = ["A"]\n', encoding="utf-8")

    code, out, _ = run("validate", received, "--config", tmp_path / "我们的.toml")

    assert code == 0
    assert "A01" not in out


# -- fix


def test_fix_mends_a_copy_and_lists_each_change(run, tmp_path):
    source = tmp_path / "收到" / "甲.xlsx"
    source.parent.mkdir()
    source.write_bytes(build(Issuance(), [form("产出指标 | 质量指标 | 合格率 | 抽检 | >=95百分比")]))
    before = source.read_bytes()

    code, out, _ = run("fix", source, "--to", tmp_path / "改好")

    (mended,) = read_forms(tmp_path / "改好" / "甲.xlsx").forms
    assert code == 0
    assert "V03" in out
    assert mended.indicators[0].target.text == "≥95%"
    assert source.read_bytes() == before


def test_fix_says_which_files_it_left_alone(run, received, tmp_path):
    (received / "坏.xlsx").write_bytes(b"")

    code, _, err = run("fix", received, "--to", tmp_path / "改好")

    assert code == 1
    assert "坏.xlsx：没有改" in err


# -- bad workbooks


def rejected(run, path: Path) -> str:
    code, out, _ = run("validate", path)
    assert code == 1
    assert path.name in out
    return out


def test_an_empty_file_is_named(run, tmp_path):
    path = tmp_path / "空.xlsx"
    path.write_bytes(b"")

    assert "空" in rejected(run, path)


def test_a_password_protected_workbook_is_named_as_such(run, tmp_path):
    path = tmp_path / "加密.xlsx"
    path.write_bytes(ole2("Root Entry", "EncryptedPackage"))

    assert "密码" in rejected(run, path)


def test_a_workbook_without_a_form_is_rejected(run, tmp_path):
    book = openpyxl.Workbook()
    book.save(tmp_path / "别的.xlsx")

    assert "没有找到绩效目标表" in rejected(run, tmp_path / "别的.xlsx")


def through_openpyxl(source: Path, change) -> Path:
    book = openpyxl.load_workbook(source)
    change(book[FORM])
    book.save(source)
    return source


def test_a_form_of_another_version_is_rejected_with_both_versions(run, received):
    path = through_openpyxl(received / "乙.xlsx", lambda sheet: sheet.__setitem__("N2", "9"))

    out = rejected(run, path)
    assert "9" in out
    assert "版本" in out


def test_an_inserted_row_is_told_with_where_the_label_went(run, received):
    path = through_openpyxl(received / "乙.xlsx", lambda sheet: sheet.move_range("A4:L80", rows=1))

    out = rejected(run, path)
    assert "版面" in out or "表头" in out


def test_a_retyped_label_is_an_error_at_its_cell(run, received):
    path = through_openpyxl(received / "乙.xlsx", lambda sheet: sheet.__setitem__("A3", "项目"))

    out = rejected(run, path)
    assert "S07" in out
    assert "A3" in out


# -- the other commands


def test_template_writes_what_finance_decides(run, tmp_path):
    path = tmp_path / "表.xlsx"
    decided = ("--edition", "mof-2021", "--year", 2027, "--deadline", "12月10日", "--contact", "张三", "--batch", "一上")

    code, out, _ = run("template", "-o", path, *decided)

    (read,) = read_forms(path).forms
    assert (code, str(path) in out) == (0, True)
    assert (read.edition, read.year, read.batch) == ("mof-2021", 2027, "一上")


def test_import_makes_a_workbook_a_form(run, tmp_path, example):
    code, out, _ = run("import", example, "-o", tmp_path / "导入")

    assert code == 0
    assert "共导入 9 张表" in out
    assert len(list((tmp_path / "导入").glob("*-*.xlsx"))) == 9


def test_import_never_overwrites(run, tmp_path, example):
    run("import", example, "-o", tmp_path)
    first = {path.name: path.read_bytes() for path in tmp_path.glob("*.xlsx")}

    run("import", example, "-o", tmp_path)

    assert {name: (tmp_path / name).read_bytes() for name in first} == first
    assert len(list(tmp_path.glob("*-*(2).xlsx"))) == 9


def test_import_of_what_is_no_document_is_told(run, tmp_path):
    (tmp_path / "信.txt").write_text("您好", encoding="utf-8")

    code, _, err = run("import", tmp_path / "信.txt", "-o", tmp_path / "导入")

    assert code != 0
    assert "信.txt" in err


@pytest.mark.parametrize("suffix", [".xlsx", ".csv", ".json", ".parquet"])
def test_consolidate_writes_the_ledger_in_each_form(run, received, tmp_path, suffix):
    code, out, _ = run("consolidate", received, "-o", tmp_path / f"总台账{suffix}")

    assert code == 1, "one form has errors"
    assert "共 3 个项目" in out
    assert list(tmp_path.glob(f"总台账*{suffix}"))


@pytest.mark.parametrize("target", ["没有的文件夹/总台账.xlsx", "."])
def test_a_ledger_that_can_not_be_written_is_told(run, received, tmp_path, monkeypatch, target):
    monkeypatch.chdir(tmp_path)

    code, out, err = run("consolidate", received, "-o", target)

    assert (code, out) == (2, "")
    assert re.search(r"[\u4e00-\u9fff]", err)


def test_rules_lists_every_code_and_rule_explains_one(run):
    _, listed, _ = run("rules")
    _, told, _ = run("rule", "a05")

    assert [line.split()[0] for line in listed.splitlines()] == [rule.code for rule in catalogue()]
    assert "A05" in told


# -- progress


def test_progress_is_shown_on_a_terminal_and_only_there(run, received, monkeypatch):
    assert run("consolidate", received, "-o", received.parent / "总台账.xlsx")[2] == ""

    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    _, out, err = run("consolidate", received, "-o", received.parent / "总台账.xlsx")
    assert "/5" in err
    assert "/5" not in out

    assert run("consolidate", received, "-o", received.parent / "总台账.xlsx", "--quiet")[2] == ""


# -- the demonstration


def test_demo_tells_the_totals_and_the_findings(run, tmp_path):
    code, out, _ = run("demo", tmp_path / "演示")

    assert code == 0
    assert "共 9 个项目，80 条指标，预算合计 2405.20 万元" in out
    for amount in "1324.00 84.10 500.00 125.00 12.60 10.00 245.00 26.50 78.00".split():
        assert f"{amount} 万元" in out
    assert re.search(r"99-.*G18（A05、A04）.*469483张.*9999\.99 倍.*6\.05 元", out)
    assert len(re.findall(r"100-.*（I02）", out)) == 2
    assert re.search(r"103-.*（V13）", out)
    errors, _, warnings = out.partition("需要修改或说明")
    assert re.search(r"98-.*（A04）.*90\.00.*84\.10", warnings)
    assert "98-" not in errors
    assert "A03" not in out


def test_demo_can_be_run_again_in_its_own_folder_only(run, tmp_path):
    run("demo", tmp_path / "演示")
    assert run("demo", tmp_path / "演示")[0] == 0
    assert len(list((tmp_path / "演示").glob("1-*/*.xlsx"))) == 9

    (tmp_path / "演示" / "1-填好的工作簿" / "我的笔记.txt").write_text("勿删", encoding="utf-8")
    assert run("demo", tmp_path / "演示")[0] == 2
    assert (tmp_path / "演示" / "1-填好的工作簿" / "我的笔记.txt").exists()

    (tmp_path / "别人的").mkdir()
    (tmp_path / "别人的" / "文件.docx").write_bytes(b"x")
    code, _, err = run("demo", tmp_path / "别人的")
    assert code == 2
    assert "别人的" in err


def test_nothing_touches_the_network(tmp_path):
    watch = (
        "import sys\n"
        "def refuse(event, arguments):\n"
        "    if event.startswith('socket.'): raise SystemExit(f'network: {event}')\n"
        "sys.addaudithook(refuse)\n"
        f"sys.argv = ['perfxl', 'demo', {str(tmp_path / '演示')!r}]\n"
        "from perfxl.cli import main\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", watch], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert "2405.20" in done.stdout


def test_the_watch_for_the_network_would_notice():
    watch = (
        "import sys\n"
        "def refuse(event, arguments):\n"
        "    if event.startswith('socket.'): raise SystemExit(f'network: {event}')\n"
        "sys.addaudithook(refuse)\n"
        "import socket\n"
        "socket.getaddrinfo('localhost', 80)\n"
    )
    done = subprocess.run([sys.executable, "-c", watch], capture_output=True, text=True, check=False)

    assert "network:" in done.stderr


def test_an_example_folder_survives_a_copy(received, tmp_path):
    """What finance does all day: the ledger of a copied folder is the ledger of the folder."""
    import perfxl

    shutil.copytree(received, tmp_path / "副本")

    assert perfxl.consolidate(received).projects == perfxl.consolidate(tmp_path / "副本").projects
