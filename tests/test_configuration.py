"""perfxl.toml: found where it lies nearest, obeyed as written, refused where it is mistaken."""

from __future__ import annotations

import dataclasses
import re
from decimal import Decimal
from pathlib import Path

import pytest
from forms import form
from furniture import FORM, packed, parts_of
from hostile import oldbooks

from perfxl.configuration import Obeyed, find_settings, load_settings, settings_of_run
from perfxl.errors import InputError, PathNotFound, UsageError
from perfxl.intake.limits import BOUNDS, Bounds, Limits
from perfxl.issue import Severity
from perfxl.reading import read_package
from perfxl.rules import catalogue
from perfxl.rules.registry import selected
from perfxl.settings import Ignore, Settings, Thresholds
from perfxl.template import build
from perfxl.vocabulary import Vocabulary

DOC = (Path(__file__).parents[1] / "docs" / "configuration.md").read_text(encoding="utf-8")


def section(heading: str) -> str:
    """That section of the documentation."""
    return DOC.split(f"\n## {heading}\n")[1].split("\n## ")[0]


@pytest.fixture
def load(tmp_path):
    """Settings from the text of a file."""

    def load(text: str | bytes, name: str = "perfxl.toml") -> Settings:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load_settings(path)

    return load


@pytest.fixture
def complaint(load, tmp_path):
    """What is said about a wrong file, without the folder's name."""

    def complaint(text: str | bytes, name: str = "perfxl.toml") -> str:
        with pytest.raises(UsageError) as caught:
            load(text, name)
        told = str(caught.value)
        assert told.startswith(str(tmp_path / name)), "names the file"
        return told.removeprefix(f"{tmp_path}/")

    return complaint


# --- finding ---------------------------------------------------------------------------------------------------------


def write(path: Path, text: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_the_nearest_file_above_the_first_input_wins(tmp_path):
    far = write(tmp_path / "perfxl.toml")
    near = write(tmp_path / "2027" / "perfxl.toml")
    form = write(tmp_path / "2027" / "收到" / "353302.xlsx")
    assert find_settings(form) == near
    assert find_settings(form.parent) == near
    assert find_settings(tmp_path / "2026" / "还没有.xlsx") == far


def test_in_one_folder_perfxl_toml_goes_before_pyproject(tmp_path):
    project = write(tmp_path / "pyproject.toml", "[tool.perfxl]\nyear = 2027\n")
    assert find_settings(tmp_path) == project
    own = write(tmp_path / "perfxl.toml")
    assert find_settings(tmp_path) == own


def test_a_nearer_pyproject_goes_before_a_farther_perfxl_toml(tmp_path):
    write(tmp_path / "perfxl.toml")
    project = write(tmp_path / "内" / "pyproject.toml", "[tool]\nperfxl.year = 2027\n")
    assert find_settings(tmp_path / "内") == project


@pytest.mark.parametrize(
    "foreign", ["[tool.ruff]\n", "perfxl = 1\n", "# perfxl\ntool = 3\n", "this is no TOML, says perfxl", ""]
)
def test_a_pyproject_that_is_not_about_perfxl_is_passed_over(tmp_path, foreign):
    above = write(tmp_path / "perfxl.toml")
    write(tmp_path / "内" / "pyproject.toml", foreign)
    assert find_settings(tmp_path / "内") == above


def test_a_broken_pyproject_that_is_about_perfxl_is_found_so_that_it_can_be_told(tmp_path):
    project = write(tmp_path / "pyproject.toml", "[tool.perfxl]\nyear = \n")
    assert find_settings(tmp_path) == project
    with pytest.raises(UsageError, match="第2行写法不对"):
        load_settings(project)


def test_a_folder_of_that_name_is_no_settings_file(tmp_path):
    above = write(tmp_path / "perfxl.toml")
    (tmp_path / "内" / "perfxl.toml").mkdir(parents=True)
    assert find_settings(tmp_path / "内") == above


def test_up_to_the_root_and_no_further():
    root = Path(Path.cwd().anchor)
    found = find_settings(root / "这里没有这样的文件夹" / "353302.xlsx")
    assert found is None or found.parent == root


@pytest.fixture
def season(tmp_path, monkeypatch):
    """2027/收到/甲区/表.xlsx, and a folder of one's own to stand in."""
    (tmp_path / "我的").mkdir()
    monkeypatch.chdir(tmp_path / "我的")
    write(tmp_path / "2027" / "收到" / "甲区" / "表.xlsx")
    return tmp_path / "2027"


def test_settings_of_a_run_are_those_at_the_output_then_those_where_one_stands_then_those_above_the_forms(season):
    above = write(season / "perfxl.toml")
    assert settings_of_run([season / "收到"]) == Obeyed(above)
    own = write(Path.cwd() / "perfxl.toml")
    assert settings_of_run([season / "收到"]) == Obeyed(own)
    at_output = write(season / "台账" / "perfxl.toml")
    assert settings_of_run([season / "收到"], season / "台账" / "总台账.xlsx") == Obeyed(at_output)
    assert settings_of_run([season / "收到"], season / "总台账.xlsx") == Obeyed(above)


@pytest.mark.parametrize("source", ["收到", "收到/甲区", "收到/甲区/表.xlsx"])
def test_settings_that_came_with_the_forms_are_passed_over_and_named(season, source):
    own = write(season / "perfxl.toml")
    sent = write((season / source if source == "收到" else season / "收到" / "甲区") / "perfxl.toml")
    assert settings_of_run([season / source]) == Obeyed(own, (sent,))
    assert settings_of_run([season / source], sent.with_name("总台账.xlsx")) == Obeyed(own, (sent,))


def test_settings_in_the_folder_where_one_stands_are_ones_own_whatever_else_lies_there(season, monkeypatch):
    sent = write(season / "收到" / "perfxl.toml")
    monkeypatch.chdir(season / "收到")
    assert settings_of_run([Path()]) == Obeyed(sent)
    monkeypatch.chdir(season / "收到" / "甲区")
    assert settings_of_run([Path("..")]) == Obeyed(None, (sent,))


def test_a_link_to_the_folder_of_the_forms_makes_no_difference(season):
    sent = write(season / "收到" / "perfxl.toml")
    (season.parent / "链").symlink_to(season / "收到")
    ledger = season / "收到" / "总台账.xlsx"
    assert settings_of_run([season.parent / "链"], ledger).passed_over[0] == sent


def test_a_run_without_settings_has_none(season):
    assert settings_of_run([season / "收到"]).path == find_settings(season)


# --- what is said is done --------------------------------------------------------------------------------------------


def test_the_example_of_the_documentation_means_what_it_says(load):
    example = re.search(r"```toml\n(.*?)```", DOC, re.DOTALL)[1]
    taxonomy = {one.code: Severity.WARNING for one in catalogue() if one.code.startswith("T")}
    assert len(taxonomy) == 8
    assert load(example) == Settings(
        edition="tianjin-2023",
        year=2027,
        thresholds=Thresholds(cost_shortfall=Decimal("0.10"), satisfaction=Decimal(85)),
        select=(),
        ignore=("N", "G02"),
        severities={**taxonomy, "V09": Severity.ERROR},
        ignores=(
            Ignore("A04", "单价含税，预算不含税，已与单位核实", "353302*.xlsx", "F20"),
            Ignore("V09", "本市投诉件数按上限考核，见 2026 年预算编制通知"),
        ),
        words={"measures": ("网格", "点位"), "generic_names": ("日常工作完成情况",)},
    )


def test_the_documented_thresholds_and_lists_are_those_there_are(load):
    defaults = {field.name: field.default for field in dataclasses.fields(Thresholds)}
    told = re.findall(r"^\| `(\w+)` \| ([\d.]+) \|", section("数值界限"), re.MULTILINE)
    assert {name: Decimal(default) for name, default in told} == defaults
    lists = re.findall(r"^\| `(\w+)` \|", section("常加词的词表"), re.MULTILINE)
    assert lists
    assert set(lists) <= set(Vocabulary.lists())
    written = "".join(f"{name} = {default}\n" for name, default in defaults.items())
    assert load("[thresholds]\n" + written).thresholds == Thresholds(), "every default is within its own bounds"


def test_the_documented_limits_are_those_there_are_with_their_defaults_and_bounds(load):
    told = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \| (.*?) \|", section("读取上限"), re.MULTILINE)
    assert [name for name, *_ in told] == list(BOUNDS)
    assert load("[limits]\n" + "".join(f"{name} = {as_toml(value)}\n" for name, value, *_ in told)).limits == Limits()
    for name, _, least, most in told:
        limit = {"least": BOUNDS[name].least, "most": BOUNDS[name].most}
        for value, which in ((least, "least"), (most, "most")):
            if value != "—":
                assert getattr(load(f"[limits]\n{name} = {as_toml(value)}\n").limits, name) == limit[which], name
            else:
                assert limit[which] is None, name


def as_toml(value: str) -> str:
    """A value of the documentation's table as it is written in the file."""
    return f'"{value}"' if value.endswith("MB") else value.replace(",", "")


@pytest.mark.parametrize(
    ("written", "limit", "meant"),
    [
        ('file_bytes = "8 MB"', "file_bytes", 8 << 20),
        ('worker_memory = "0.5gb"', "worker_memory", 512 << 20),
        ("total_bytes = 134217728", "total_bytes", 128 << 20),
        ("cells = 20_000", "cells", 20_000),
        ("inflate_ratio = 0.01", "inflate_ratio", 0.01),
        ("archive_depth = 0", "archive_depth", 0),
    ],
)
def test_a_limit_is_a_count_a_size_or_a_ratio_and_the_others_stay(load, written, limit, meant):
    limits = load(f"[limits]\n{written}\n").limits
    assert limits == dataclasses.replace(Limits(), **{limit: meant})


def test_a_limit_set_is_obeyed(load):
    book = build(forms=[form()])
    with pytest.raises(InputError, match="内容超过 5000 格"):
        read_package(many_cells(book), "表.xlsx", limits=load("[limits]\ncells = 5000").limits)
    assert read_package(many_cells(book), "表.xlsx").forms


def many_cells(book: bytes) -> bytes:
    """The workbook with 6,000 cells more below the table."""
    rows = "".join(f'<row r="{row}">{"<c><v>1</v></c>" * 60}</row>' for row in range(200, 300))
    parts = parts_of(book)
    return packed(parts | {FORM: parts[FORM].replace(b"</sheetData>", rows.encode() + b"</sheetData>")})


@pytest.mark.parametrize("make", [lambda book: book, lambda _: oldbooks.xls(oldbooks.book())], ids=["xlsx", "xls"])
def test_a_form_reads_within_the_narrowest_limits_that_can_be_set(make):
    limits = Limits(**{name: narrowest(bounds) for name, bounds in BOUNDS.items()})
    full = build(forms=[form("\n".join(["产出指标 | 数量指标 | 数量 | 说明 | ≥ | 3 | 张"] * 60))])
    assert read_package(make(full), "表", limits=limits).forms


def narrowest(bounds: Bounds) -> float | None:
    return bounds.most if bounds.kind == "ratio" else int(bounds.least)


def test_an_empty_file_changes_nothing(load):
    assert load("") == Settings()
    assert load("[tool.perfxl]\n", "pyproject.toml") == Settings()


def test_pyproject_is_read_at_its_own_table(load):
    text = '[project]\nname = "别的"\n[tool.perfxl]\nyear = 2027\n[tool.perfxl.thresholds]\noverlap = 0.9\n'
    assert load(text, "pyproject.toml") == Settings(year=2027, thresholds=Thresholds(overlap=Decimal("0.9")))


@pytest.mark.parametrize("written", ["0.10", '"0.10"', "0.1000000000000000055511151231257827", "1", "0", "1e-3"])
def test_a_number_is_kept_exactly_as_written(load, written):
    kept = load(f"[thresholds]\noverlap = {written}\n").thresholds.overlap
    assert str(kept) == str(Decimal(written.strip('"')))


def test_a_file_from_notepad_with_its_mark_is_read(load):
    assert load("year = 2027\r\n".encode("utf-8-sig")).year == 2027


def test_codes_may_be_small_letters_and_prefixes(load):
    settings = load('select = ["a04", " v0 ", "T"]\n')
    assert settings.select == ("A04", "V0", "T")


@pytest.mark.parametrize(
    ("word", "severity"), [("error", "error"), ("警告", "warning"), ("提示", "info"), ("Info", "info")]
)
def test_a_severity_in_either_language(load, word, severity):
    assert load(f'[severity]\nV01 = "{word}"\n').severities == {"V01": Severity(severity)}


def test_one_code_goes_before_its_family_wherever_it_stands(load):
    severities = load('[severity]\nN01 = "错误"\nN = "提示"\n').severities
    assert severities["N01"] is Severity.ERROR
    assert severities["N02"] is Severity.INFO


def test_a_place_is_written_as_reports_name_it(load):
    ignore = load('[[ignores]]\ncode = "v09"\nreason = "因为"\nfile = \'区县\\*.xlsx\'\ncell = "$f$20"\n').ignores[0]
    assert ignore == Ignore("V09", "因为", "区县/*.xlsx", "F20")


def test_a_cell_may_name_its_sheet_where_a_workbook_holds_several_forms(load):
    text = '[[ignores]]\ncode = "A04"\nreason = "因为"\ncell = "{}"\n'
    assert load(text.format("制卡费!f20")).ignores[0].cell == "制卡费!F20"
    assert load(text.format("'制卡 费'!F20")).ignores[0].cell == "制卡 费!F20"


def test_a_rule_that_is_off_by_default_is_added_to_all_others_as_documented(load):
    line = re.search(r"`(select = \[\"S\".*?\])`", DOC)[1]
    assert {one.code for one in selected(load(line))} == {one.code for one in selected(Settings())} | {"I08"}


# --- what is mistaken is refused -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("yaer = 2027", "perfxl.toml 的 yaer：这里没有这个键。是不是 year？"),
        ("[threshold]\n", "perfxl.toml 的 threshold：这里没有这个键。是不是 thresholds？"),
        (
            "[thresholds]\nsatifaction = 85",
            "perfxl.toml 的 [thresholds] satifaction：这里没有这个键。是不是 satisfaction？",
        ),
        ("[words]\nmeasure = []", "perfxl.toml 的 [words] measure：这里没有这个键。是不是 measures？"),
        (
            '[[ignores]]\ncode = "A04"\nreasons = "x"',
            "perfxl.toml 的 [[ignores]] 第1处 reasons：这里没有这个键。是不是 reason？",
        ),
    ],
)
def test_a_misspelt_key_is_told_with_the_nearest_right_one(complaint, text, told):
    assert complaint(text) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[thresholds]\nyear = 2027", "[thresholds] year：这里没有这个键。它应写在文件最前面、所有 [小节] 之前。"),
        ('[severity]\nyear = "x"', "[severity] year：这里没有这个键。它应写在文件最前面、所有 [小节] 之前。"),
        ("satisfaction = 85", " satisfaction：这里没有这个键。它应写在 [thresholds] 下。"),
        ("generic_names = []", " generic_names：这里没有这个键。它应写在 [words] 下。"),
    ],
)
def test_a_key_in_the_wrong_place_is_told_where_it_belongs(complaint, text, told):
    assert complaint(text).endswith(told)


def test_in_pyproject_places_are_named_as_they_are_written_there(complaint):
    told = complaint("[tool.perfxl.thresholds]\nyear = 2027", "pyproject.toml")
    assert told == "pyproject.toml 的 [tool.perfxl.thresholds] year：这里没有这个键。它应写在 [tool.perfxl] 下。"
    assert "没有 [tool.perfxl] 小节" in complaint("[project]\n", "pyproject.toml")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('ignore = ["AO4"]', "ignore：没有规则“AO4”。是不是 A04？运行 perfxl rules"),
        ('select = ["V99"]', "select：没有规则“V99”。是不是 V09？运行 perfxl rules"),
        ('select = ["Q01"]', "select：没有规则“Q01”。如果是自定义规则，请先安装它的程序包。"),
        ('[severity]\nV00 = "错误"', "[severity] V00：没有规则“V00”。是不是 V"),
        ('[severity]\n"" = "错误"', "：没有规则“”。"),
        ('[[ignores]]\ncode = "V"\nreason = "x"', "第1处 code：“V”是一类规则，不是一条。这里要写全，如 V01。"),
    ],
)
def test_a_rule_that_does_not_exist_is_told(complaint, text, told):
    assert told in complaint(text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('edition = "tianjin-2032"', "edition：没有名为“tianjin-2032”的口径。是不是 tianjin-2023？"),
        ("edition = 2023", 'edition：应是文字，现为 2023。请写成 edition = "…"，不用时整行删去。'),
        ('edition = ""', "edition：应是文字，现为“”。"),
        ('year = "2027"', "year：应是四位年度，现为“2027”。请写成 year = 2027，不加引号。"),
        ("year = 27", "year：应是四位年度，现为 27。"),
        ("year = true", "year：应是四位年度，现为 true。"),
        ('ignore = "N"', 'ignore：应是一列文字，每项不空，现为“N”。请写成 ignore = ["N"]。'),
        ('[[ignore]]\ncode = "A04"', "带理由放过某一处，请用 [[ignores]]。"),
        ('select = [""]', "select：应是一列文字，每项不空，现为列表。"),
        ("thresholds = 3", "thresholds：应是一个小节，现为 3。请另起一行写 [thresholds]"),
        ('[ignores]\ncode = "A04"', "ignores：应是可以重复的小节，现为小节。请在每条前面单独写一行 [[ignores]]"),
        ('[severity]\nV01 = "严重"', '[severity] V01：应是级别，现为“严重”。请写 "错误"、"警告" 或 "提示"。'),
        ("[severity]\nV01 = 1", "[severity] V01：应是级别，现为 1。"),
        ('[[ignores]]\nreason = "x"', "[[ignores]] 第1处 code：没有写。请写明放过哪条规则"),
        ('[[ignores]]\ncode = "A04"', "[[ignores]] 第1处 reason：没有写。请写明为什么放过"),
        ('[[ignores]]\ncode = "A04"\nreason = " "', "[[ignores]] 第1处 reason：应是文字，现为“ ”。"),
        ('[[ignores]]\ncode = "A04"\nreason = "x"\ncell = "F20:F22"', "第1处 cell：“F20:F22”不是一个单元格的地址。"),
        ("[words]\nmeasures = [1]", "[words] measures：应是一列文字"),
    ],
)
def test_a_value_of_the_wrong_kind_is_told_with_the_right_way_to_write_it(complaint, text, told):
    assert told in complaint(text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("file_bytes = 64", "file_bytes：不能小于 1 MB，现为 64。再小，正常的表也会读不了。请改大，或整行删去。"),
        ('file_bytes = "64"', 'file_bytes：应是大小，带单位 KB、MB 或 GB，现为“64”。请写成 file_bytes = "64 MB"。'),
        ("file_bytes = 64.5", "file_bytes：应是大小"),
        ('cells = "许多"', "cells：应是整数，现为“许多”。请写成 cells = 1000。"),
        ("cells = 10", "cells：不能小于 5000，现为 10。"),
        ("cells = true", "cells：应是整数，现为 true。"),
        ("columns = 20000", "columns：不能大于 16384，现为 20000。请改小，或整行删去。"),
        ("worker_seconds = 0.5", "worker_seconds：应是秒数，整数，现为 0.5。"),
        ("inflate_ratio = 0.5", "inflate_ratio：不能大于 0.02，现为 0.5。"),
        ('inflate_ratio = "1%"', "inflate_ratio：应是小数，现为“1%”。"),
        ("inflate_ratio = nan", "inflate_ratio：应是小数，现为 NaN。"),
        ("file_size = 1", "file_size：这里没有这个键。是不是 file_bytes？"),
        ("year = 2027", "year：这里没有这个键。它应写在文件最前面、所有 [小节] 之前。"),
    ],
)
def test_a_wrong_limit_is_told_with_the_right_way_to_write_it(complaint, text, told):
    assert told in complaint(f"[limits]\n{text}")


@pytest.mark.parametrize("number", ["1.5", "-0.1", "nan", "inf", "true", '"5%"', '"０.５"', '""', "[]", "2026-01-01"])
def test_a_share_is_a_number_from_0_to_1(complaint, number):
    assert "[thresholds] overlap：应是 0 到 1 之间的数，现为" in complaint(f"[thresholds]\noverlap = {number}")


@pytest.mark.parametrize("number", ["0.9", "101"])
def test_satisfaction_is_written_in_percent(complaint, number):
    assert complaint(f"[thresholds]\nsatisfaction = {number}").endswith(
        f"应是百分数，0 或 1 到 100，现为 {number}。80% 请写 80。"
    )


def test_the_floor_of_satisfaction_may_not_lie_above_its_warning(complaint, load):
    assert "satisfaction_floor：80（默认值）高于 satisfaction 的 75。" in complaint("[thresholds]\nsatisfaction = 75")
    assert "satisfaction_floor：95 高于 satisfaction 的 90。" in complaint("[thresholds]\nsatisfaction_floor = 95")
    assert load("[thresholds]\nsatisfaction = 75\nsatisfaction_floor = 75\n").thresholds.satisfaction == 75


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "year = 2027\nedition = tianjin-2023\n",
            "第2行写法不对：edition = tianjin-2023。一行只写一个“名称 = 值”，文字要加英文引号",
        ),
        ("edition = “tianjin-2023”", "第1行写法不对：edition = “tianjin-2023”。引号请改用英文引号"),
        ("year ＝ 2027", "第1行写法不对：year ＝ 2027。等号、方括号、逗号请改用英文（半角）字符。"),
        ("[thresholds]\noverlap = 80%", "第2行写法不对：overlap = 80%。百分数请写成小数"),
        ("\n年度 = 2027", "第2行写法不对：年度 = 2027。等号左边只能是说明里列出的英文名称。"),
        ('[[ignores]]\nfile = "C:\\收到"', '第2行写法不对：file = "C:\\收到"。路径里的 \\ 请改成 /。'),
        ("year = 2027\nyear = 2028\n# 完", "第2行写法不对：year = 2028。这个键或小节前面已经写过"),
        ("year = 2027\nyear = 2028", "第2行写法不对：year = 2028。这个键或小节前面已经写过"),
        ("year = 2027\nignore = [\n'N',\n", "第2行写法不对：ignore = [。"),
        ('ignore = ["N', '第1行写法不对：ignore = ["N。'),
        ("year = 1" + "0" * 5000, "第1行写法不对：year = 10"),
        ("select = " + "[" * 5000, "第1行写法不对：select = [["),
    ],
)
def test_what_is_no_toml_is_told_with_its_line_and_in_chinese(complaint, text, told):
    message = complaint(text)
    assert told in message
    assert not re.search(r"line|column|document|expected|[Ii]nvalid|Cannot", message)


def test_a_file_in_another_encoding_is_told(complaint):
    assert "不是 UTF-8 编码" in complaint('edition = "天津"'.encode("gbk"))


def test_a_file_that_is_not_there_or_is_a_folder_is_told(tmp_path):
    with pytest.raises(PathNotFound, match="找不到这个文件"):
        load_settings(tmp_path / "perfxl.toml")
    with pytest.raises(UsageError, match="打不开"):
        load_settings(tmp_path)
