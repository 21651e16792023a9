"""What can't be changed in the file itself says why not and what to do instead, and goes back to its sender all the same."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from forms import form
from hostile import oldbooks, packages

from perfxl.errors import OutputError
from perfxl.ledger import consolidate
from perfxl.marking import clear, highlight
from perfxl.reading import read_forms
from perfxl.rules import check
from perfxl.season.returning import return_forms
from perfxl.template import Issuance, build

WRONG = {(4, 5): oldbooks.Cell(480.0, "0.00")}  # 财政资金: the sum is wrong


def archive(**members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        for name, content in members.items():
            made.writestr(f"{name}.xlsx", content)
    return stream.getvalue()


def nested(inner: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        made.writestr("内/里.zip", inner)
    return stream.getvalue()


FORMATS: dict[str, tuple[Callable[[], bytes], str]] = {
    "旧.xls": (lambda: oldbooks.xls(oldbooks.book(WRONG)), "这是旧版 Excel/WPS 格式（.xls/.et）"),
    "旧.et": (lambda: oldbooks.xls(oldbooks.book(WRONG)), "这是旧版 Excel/WPS 格式（.xls/.et）"),
    "旧.xlsb": (lambda: oldbooks.xlsb(oldbooks.book(WRONG)), "这是二进制工作簿（.xlsb）"),
    "旧.ods": (packages.ods, "这是 OpenDocument 文件（.ods 等）"),
    "旧.xlsx": (lambda: oldbooks.xls(oldbooks.book(WRONG)), "这是旧版 Excel/WPS 格式（.xls/.et）"),
    "密.xlsx": (lambda: packages.locked("秘密"), "文件设有打开密码"),
}


@pytest.fixture(params=FORMATS)
def other(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / str(request.param)
    path.write_bytes(FORMATS[path.name][0]())
    return path


def instead(path: Path, doing: str) -> str:
    password = " --password 口令" if path.name.startswith("密") else ""
    return (
        f"{path.name}：{FORMATS[path.name][1]}，不能在原文件里{doing}，原文件没有改动。请先运行"
        f" perfxl restore “{path.name}”{password} -o “{path.stem}-新.xlsx”，内容会放进一份新的模板，再{doing}新的工作簿。"
    )


def test_marking_says_why_not_and_what_instead(run, other: Path) -> None:
    before = other.read_bytes()
    for option in (["--mark"], ["--mark-in", other.parent / "标注"]):
        code, _, told = run("validate", other, "--password", "秘密", *option)
        assert (code, instead(other, "标注") in told) == (1, True)
    assert [path.name for path in other.parent.iterdir()] == [other.name]
    assert other.read_bytes() == before


def test_clearing_says_why_not_and_what_instead(run, other: Path) -> None:
    before = other.read_bytes()
    code, _, told = run("clear", other)
    assert (code, instead(other, "清除标注") in told) == (1, True)
    assert other.read_bytes() == before


def test_fixing_says_why_not_and_what_instead(run, other: Path) -> None:
    code, _, told = run("fix", other, "--to", other.parent / "改好", "--password", "秘密")
    assert (code, instead(other, "修正") in told) == (1, True)
    assert not (other.parent / "改好").exists()


def test_a_script_is_told_the_same(other: Path) -> None:
    with pytest.raises(OutputError, match="不能在原文件里标注"):
        highlight(other, [])
    with pytest.raises(OutputError, match="不能在原文件里清除标注"):
        clear(other)


def test_what_is_advised_can_be_done(run, other: Path) -> None:
    new = other.with_name(f"{other.stem}-新.xlsx")
    assert run("restore", other, "--password", "秘密", "-o", new)[0] == 0
    assert run("validate", new, "--mark", "--quiet")[0] == (0 if other.name in ("旧.ods", "密.xlsx") else 1)
    assert len(check(read_forms(new).forms).errors) == (0 if other.name in ("旧.ods", "密.xlsx") else 1)


def test_a_workbook_in_an_archive_is_told_by_its_place(run, tmp_path: Path) -> None:
    path = tmp_path / "收.zip"
    path.write_bytes(archive(表=packages.sound()))
    before = path.read_bytes()

    marked, cleared = run("validate", path, "--mark")[2], run("clear", path)[2]
    fixed = run("fix", path, "--to", tmp_path / "改好")[2]

    for told, doing in ((marked, "标注"), (cleared, "清除标注"), (fixed, "修正")):
        advice = f"请先解压，再{doing}解压出来的工作簿。"
        assert f"收.zip/表.xlsx：在压缩包里，不能在原文件里{doing}，压缩包没有改动。{advice}" in told
    assert path.read_bytes() == before


# -- what goes back to the senders


def wrong_form() -> bytes:
    return build(Issuance(year=2027), [form(total="500", fiscal="480")])


def given_back(folder: Path, **options: object) -> dict[str, Path]:
    """What goes back of a folder whose forms are of one unit, by name; read off the ledger's file as finance has it."""
    ledger = folder.parent / "总台账.xlsx"
    passwords = options.get("passwords", ())
    consolidate(folder, year=2027, passwords=passwords).write(ledger)  # type: ignore[arg-type]
    (unit,) = return_forms(ledger, folder.parent / "退回", sources=folder, **options).units  # type: ignore[arg-type]
    return {path.relative_to(unit.folder).as_posix(): path for path in unit.files}


@pytest.mark.parametrize(
    ("sent", "marked"),
    [
        (archive(表=wrong_form()), "表.xlsx"),
        (archive(**{"甲区/乙单位/表": wrong_form(), "别的": packages.sound(3)}), "表.xlsx"),
        (archive(**{"../表": b"x", "表": wrong_form()}), "表.xlsx"),
        (nested(archive(表=wrong_form())), "表.xlsx"),
    ],
    ids=["alone", "in folders", "beside a bad name", "archive in an archive"],
)
def test_a_workbook_in_an_archive_goes_back_marked(sent: bytes, marked: str, tmp_path: Path) -> None:
    folder = tmp_path / "收到"
    folder.mkdir()
    (folder / "收.zip").write_bytes(sent)

    files = given_back(folder)

    assert set(files) == {"退回说明.docx", "短信.txt", marked}
    assert read_forms(files[marked]).marked_copy
    assert len(check(read_forms(files[marked]).forms).errors) == 1
    assert (folder / "收.zip").read_bytes() == sent


def test_an_archive_that_was_changed_since_is_told_and_not_marked(tmp_path: Path) -> None:
    folder = tmp_path / "收到"
    folder.mkdir()
    (folder / "收.zip").write_bytes(archive(表=wrong_form()))
    ledger = consolidate(folder, year=2027)
    (folder / "收.zip").write_bytes(archive(表=packages.sound()))

    returned = return_forms(ledger, tmp_path / "退回", sources=folder)

    assert returned.problems == ("收.zip/表.xlsx：汇总以后改动过，没有标注。请先用现在的文件重新汇总，再退回",)
    assert {path.suffix for path in returned.units[0].files} == {".docx", ".txt"}


@pytest.mark.parametrize("name", ["旧.xls", "旧.xlsx", "密.xls"])
def test_another_format_goes_back_as_a_marked_template_with_the_original_beside(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "收到"
    folder.mkdir()
    sent = oldbooks.xls(oldbooks.book(WRONG), "秘密" if name.startswith("密") else "")
    (folder / name).write_bytes(sent)

    files = given_back(folder, passwords=["秘密"])

    new = f"{Path(name).stem}.xlsx"
    assert set(files) == {"退回说明.docx", "短信.txt", new, f"原件/{name}"}
    assert files[f"原件/{name}"].read_bytes() == sent
    assert read_forms(files[new]).marked_copy
