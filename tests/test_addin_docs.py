"""The pages for clerks and for the IT department name what there is: buttons, commands, scripts, settings, policies."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import pytest
import typer

from perfxl import __version__
from perfxl.addin.build import _TEXTS
from perfxl.addin.bundle_scripts import bundle_scripts
from perfxl.addin.install import ADDIN_NAME
from perfxl.assets import macros_dir, template_file
from perfxl.cli import app
from perfxl.rules import catalogue_page

DOCS = Path(__file__).parents[1] / "docs"
PAGES = {name: (DOCS / name).read_text(encoding="utf-8") for name in ("clerk.md", "addin-it.md", "addin-checklist.md")}
CLERK, IT, CHECKLIST = PAGES.values()
RIBBON = ElementTree.fromstring((macros_dir() / "ribbon.xml").read_bytes())
ADDIN_SOURCES = "".join(path.read_text(encoding="utf-8") for path in (DOCS.parent / "perfxl" / "addin").glob("*.py"))


def buttons_on_the_tab() -> set[str]:
    """Labels of what is always seen, not those in menus."""
    namespace = "{http://schemas.microsoft.com/office/2009/07/customui}"
    in_menus = {id(item) for menu in RIBBON.iter(f"{namespace}menu") for item in menu}
    return {one.attrib["label"] for one in RIBBON.iter(f"{namespace}button") if id(one) not in in_menus}


def section(page: str, heading: str) -> str:
    return re.split(r"^#+ ", page.split(heading, 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


def first_cells(table: str) -> list[str]:
    rows = [line for line in table.splitlines() if line.startswith("|")]
    return [row.split("|")[1].strip() for row in rows[2:]]


@pytest.mark.parametrize("name", PAGES)
def test_every_link_and_picture_of_a_page_is_there(name: str) -> None:
    linked = re.findall(r"\]\(([^)#]+)\)", PAGES[name])
    assert linked
    assert [one for one in linked if not (DOCS / one).exists()] == []


def test_the_clerk_first_reads_that_nothing_needs_installing() -> None:
    assert CLERK.splitlines()[2].startswith("**什么都不用装。**")


def test_the_clerks_page_explains_every_button_of_the_tab() -> None:
    told = {label for cell in first_cells(section(CLERK, "## 三")) for label in cell.split("、")}
    assert told == buttons_on_the_tab()


@pytest.mark.parametrize("button", sorted(buttons_on_the_tab()))
def test_the_checklist_tries_every_button(button: str) -> None:
    assert f"“{button}”" in CHECKLIST


def test_the_clerks_page_quotes_what_the_form_and_the_rules_really_say() -> None:
    with zipfile.ZipFile(BytesIO(template_file().read_bytes())) as package:
        form = "".join(package.read(name).decode() for name in package.namelist() if name.endswith(".xml"))
    said = form + catalogue_page() + ADDIN_SOURCES
    quoted = [phrase for cell in first_cells(section(CLERK, "## 四")) for phrase in cell.split("，")]
    quoted += ["填报说明", "填表提示", "情况说明", "填报信息", "报送次数", "已改待核", "正在处理，请稍候"]
    assert len(quoted) > 10
    assert [phrase for phrase in quoted if phrase not in said] == []


def test_the_it_page_quotes_what_the_launcher_really_says() -> None:
    quoted = re.findall(r"“([^”]+)”", "".join(first_cells(section(IT, "## 七"))))
    said = "".join(_TEXTS.values())
    launcher = [one for one in quoted if one not in ("绩效目标", "写不进去")]
    assert len(launcher) >= 6
    assert [one for one in launcher if one not in said] == []


@pytest.mark.parametrize("name", ["addin-it.md", "addin-checklist.md"])
def test_every_command_on_a_page_is_one_of_ours_with_its_options(name: str) -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    written = [
        line.split() for line in re.findall(r"(?<!import )perfxl (addin [a-z]+[^`\n|>]*|doctor[^`\n|>]*)", PAGES[name])
    ]
    assert len(written) > 2
    for words in written:
        command = commands["addin"].commands[words[1]] if words[0] == "addin" else commands[words[0]]
        known = {option for parameter in command.params for option in parameter.opts}
        assert [word for word in words if word.startswith("-") and word not in known] == [], words


def test_the_it_page_names_the_scripts_settings_and_places_that_there_are() -> None:
    assert [name for name in bundle_scripts() if f"| `{name}`" not in IT and f"、`{name}` |" not in IT] == []
    launcher = (macros_dir() / "perfxl_launcher.bas").read_text(encoding="ascii")
    asked = set(re.findall(r'PerfxlSetting\(settings, "(\w+)"', launcher))
    told = {cell.strip("`") for cell in first_cells(section(IT, "### 设置文件 addin.ini"))}
    assert told == asked | {"version"}
    assert rf"%APPDATA%\Microsoft\Excel\XLSTART\{ADDIN_NAME}" in IT
    assert f"perfxl-{__version__}-win64" in IT


def test_every_policy_on_the_it_page_is_one_that_the_doctor_looks_at() -> None:
    named = re.findall(r"`([\w\\ -]+)`", section(IT, "## 五"))
    values = {name.rsplit("\\", 1)[-1] for name in named if re.search("[A-Z]", name)}
    assert {"AllLocationsDisabled", "VBAOff", "RequireAddinSig", "AddinList"} <= values
    known = ADDIN_SOURCES.lower()
    assert [value for value in values if value.lower() not in known and not value.startswith("wshom")] == []
