"""The add-in is built without Excel, and readers that are not ours find in it exactly what macros/ holds."""

from __future__ import annotations

import hashlib
import importlib
import io
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import olefile
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oletools.olevba import VBA_Parser, decompress_stream

from perfxl import __version__
from perfxl.addin.build import build_addin, save_addin
from perfxl.addin.compound_file import write_compound_file
from perfxl.addin.vba_project import Module, compress, encrypt, vba_project
from perfxl.assets import addin_file, macros_dir

CHECKOUT = Path(__file__).parents[1]
MODULES = sorted(macros_dir().glob("*.bas"))
RIBBON = ElementTree.fromstring((macros_dir() / "ribbon.xml").read_bytes())
# Seen in Excel, or used under this very name in published Excel add-ins.
KNOWN_ICONS = set(
    """Consolidate ControlProperties DataValidation DataValidationCircleInvalid DataValidationClearValidationCircles
    ErrorChecking FileNew FileOpen Help ReviewNextComment ReviewPreviousComment Undo""".split()
)
SUB = re.compile(r"^Public Sub (\w+)\((.*)\)$", re.MULTILINE)


@pytest.fixture(scope="module")
def addin() -> bytes:
    return build_addin()


@pytest.fixture(scope="module")
def project(addin: bytes) -> olefile.OleFileIO:
    return olefile.OleFileIO(part(addin, "xl/vbaProject.bin"))


def part(addin: bytes, name: str) -> bytes:
    return zipfile.ZipFile(io.BytesIO(addin)).read(name)


def buttons() -> list[ElementTree.Element]:
    return [element for element in RIBBON.iter() if "onAction" in element.attrib]


# --- the whole add-in ----------------------------------------------------------------------------------------------


def test_two_builds_are_equal_byte_for_byte(addin: bytes, tmp_path: Path) -> None:
    saved = save_addin(tmp_path / "perfxl.xlam").read_bytes()
    assert hashlib.sha256(saved).hexdigest() == hashlib.sha256(addin).hexdigest()


def test_the_shipped_add_in_is_built_from_the_sources_beside_it(addin: bytes) -> None:
    assert addin_file().read_bytes() == addin, "out of date; run: make addin"


def test_the_line_ends_of_a_checkout_make_no_difference(addin: bytes, tmp_path: Path) -> None:
    for source in [*MODULES, macros_dir() / "ribbon.xml"]:
        (tmp_path / source.name).write_bytes(source.read_bytes().replace(b"\n", b"\r\n"))
    assert build_addin(tmp_path) == addin


def test_olevba_gives_back_each_module_as_it_stands_in_macros(addin: bytes) -> None:
    found = {name: code for _, _, name, code in VBA_Parser("perfxl.xlam", data=addin).extract_macros()}
    assert set(found) == {"PerfxlLauncher.bas", "PerfxlRibbon.bas", "ThisWorkbook.cls", "Sheet1.cls"}
    for source in MODULES:
        text = source.read_text(encoding="ascii")
        name = re.match(r'Attribute VB_Name = "(\w+)"', text)
        assert name is not None
        assert found[f"{name[1]}.bas"].replace("\r\n", "\n") == text


def test_the_package_is_an_add_in_with_a_ribbon_of_the_2010_kind(addin: bytes) -> None:
    assert b"addin.macroEnabled.main+xml" in part(addin, "[Content_Types].xml")
    links = part(addin, "_rels/.rels").decode()
    assert 'office/2007/relationships/ui/extensibility" Target="customUI/customUI14.xml"' in links
    assert "2006/relationships/ui" not in links
    assert part(addin, "customUI/customUI14.xml") == (macros_dir() / "ribbon.xml").read_bytes()
    assert RIBBON.tag == "{http://schemas.microsoft.com/office/2009/07/customui}customUI"


def test_the_open_xml_sdk_finds_no_error(tmp_path: Path, validate_ooxml: Callable[[Path], list[str]]) -> None:
    assert validate_ooxml(save_addin(tmp_path / "perfxl.xlam")) == []


def test_the_open_xml_sdk_would_find_an_error_in_the_ribbon(
    tmp_path: Path, validate_ooxml: Callable[[Path], list[str]]
) -> None:
    for source in macros_dir().iterdir():
        (tmp_path / source.name).write_bytes(source.read_bytes())
    broken = (tmp_path / "ribbon.xml").read_text(encoding="utf-8").replace('size="large"', 'size="huge"')
    (tmp_path / "ribbon.xml").write_text(broken, encoding="utf-8")
    wrong = tmp_path / "wrong.xlam"
    wrong.write_bytes(build_addin(tmp_path))
    assert any("customUI" in finding for finding in validate_ooxml(wrong))


def test_the_sheet_holds_every_text_that_the_launcher_asks_for(addin: bytes) -> None:
    launcher = (macros_dir() / "perfxl_launcher.bas").read_text(encoding="ascii")
    asked = set(re.findall(r'PerfxlText\("(\w+)"\)', launcher))
    asked |= set(re.findall(r'(?:RunPython|PerfxlTrouble) = "(\w+)"', launcher))
    named = set(re.findall(r'<definedName name="perfxl_text_(\w+)">', part(addin, "xl/workbook.xml").decode()))
    assert asked == named
    texts = part(addin, "xl/sharedStrings.xml").decode()
    assert f"<t>{__version__}</t>" in texts
    assert "安装.cmd" in texts
    assert "perfxl addin install" in texts


# --- the ribbon ----------------------------------------------------------------------------------------------------


def test_every_button_has_its_callback_and_every_callback_its_button() -> None:
    callbacks = dict(SUB.findall((macros_dir() / "perfxl_ribbon.bas").read_text(encoding="ascii")))
    assert set(callbacks.values()) == {"control As IRibbonControl"}
    assert set(callbacks) == {button.attrib["onAction"] for button in buttons()}


def test_a_callback_does_nothing_but_start_its_own_command() -> None:
    source = (macros_dir() / "perfxl_ribbon.bas").read_text(encoding="ascii")
    bodies = re.findall(r'^Public Sub \w+\(.*\)\n    PerfxlRun "(\w+)"\nEnd Sub$', source, re.MULTILINE)
    assert len(bodies) == len(set(bodies)) == len(SUB.findall(source))


def test_buttons_are_told_in_chinese_and_have_icons_that_exist() -> None:
    for button in buttons():
        assert all(re.search("[\u4e00-\u9fff]", button.attrib[name]) for name in ("label", "screentip", "supertip")), (
            button.attrib
        )
        assert button.attrib["imageMso"] in KNOWN_ICONS


def test_the_drawing_of_the_ribbon_shows_every_button_as_it_is_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(CHECKOUT / "scripts")
    drawing = importlib.import_module("ribbon_drawing")
    now = drawing.ribbon_drawing((macros_dir() / "ribbon.xml").read_bytes())
    assert drawing.TARGET.read_text(encoding="utf-8") == now, "out of date; run: python scripts/ribbon_drawing.py"
    shown = set(re.findall(r"<text[^>]*>([^<]*)</text>", now))
    namespace = "{http://schemas.microsoft.com/office/2009/07/customui}"
    in_menus = {id(item) for menu in RIBBON.iter(f"{namespace}menu") for item in menu}
    assert {button.attrib["label"] for button in buttons() if id(button) not in in_menus} <= shown
    assert drawing.CAPTION in shown


def test_key_tips_are_unique_within_the_tab_and_within_each_menu() -> None:
    namespace = "{http://schemas.microsoft.com/office/2009/07/customui}"
    menus = list(RIBBON.iter(f"{namespace}menu"))
    inside = [[item.attrib["keytip"] for item in menu] for menu in menus]
    in_menus = {id(item) for menu in menus for item in menu}
    tab = next(RIBBON.iter(f"{namespace}tab"))
    outside = [one.attrib["keytip"] for one in tab.iter() if "keytip" in one.attrib and id(one) not in in_menus]
    assert len(outside) == 11 + 1  # the tab's own among them
    for tips in [*inside, outside]:
        assert len(tips) == len(set(tips))
        assert all(re.fullmatch("[A-Z0-9]{1,3}", tip) for tip in tips)
    identifiers = [one.attrib["id"] for one in RIBBON.iter() if "id" in one.attrib]
    assert len(identifiers) == len(set(identifiers))


# --- the sources ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", MODULES, ids=lambda path: path.name)
def test_a_module_is_plain_ascii_without_what_locks_out_other_offices_or_starts_a_shell(source: Path) -> None:
    text = source.read_bytes().decode("ascii")
    assert "Option Explicit" in text
    code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("'")).lower()
    for banned in ("#if", "declare ", "cmd.exe", "comspec", "powershell", "shell(", 'shell "', ".conf", "environ("):
        assert banned not in code, banned


@pytest.mark.parametrize(
    ("text", "trouble"),
    [('Attribute VB_Name = "A"\nMsgBox "错"\n', UnicodeError), ("Option Explicit\n", ValueError)],
    ids=["not ASCII", "no name"],
)
def test_a_module_that_would_be_garbled_or_has_no_name_is_refused(
    text: str, trouble: type[Exception], tmp_path: Path
) -> None:
    (tmp_path / "ribbon.xml").write_text("<customUI/>")
    (tmp_path / "bad.bas").write_text(text, encoding="utf-8")
    with pytest.raises(trouble):
        build_addin(tmp_path)


# --- what the launcher has Python do first -------------------------------------------------------------------------


def bootstrap() -> str:
    """The Python text that the launcher hands to ``-c``, put together from its VBA string pieces."""
    source = (macros_dir() / "perfxl_launcher.bas").read_text(encoding="ascii")
    body = re.search(r"PerfxlBootstrap = (.*?)\nEnd Function", source, re.DOTALL)
    assert body is not None
    return "".join(re.findall(r'"([^"]*)"', body[1]))


def start(tmp_path: Path, files: dict[str, str], seconds: str = "30") -> subprocess.CompletedProcess[str]:
    """Start Python as the launcher does, in a folder with awkward characters, on a perfxl made of these files."""
    home, exchange = tmp_path / "50% 折扣 a&b'c=d", tmp_path / "交换 %TEMP%"
    for name, text in files.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    exchange.mkdir()
    (tmp_path / "os_hijack.py").write_text("raise SystemExit(9)")
    told = {"PERFXL_EXCHANGE": str(exchange), "PERFXL_TIMEOUT": seconds, "PERFXL_PYTHONPATH": str(home)}
    # -S: the perfxl of this very environment stays out of sight.
    command = [sys.executable, "-S", "-E", "-P", "-X", "utf8", "-c", bootstrap(), "validate_form", "--from_xl=1"]
    return subprocess.run(
        command,
        cwd=tmp_path,
        env={"SYSTEMROOT": os.environ.get("SYSTEMROOT", ""), **told},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


RIBBON_ENTRY = "perfxl/addin/ribbon.py"
EMPTY = {"perfxl/__init__.py": "", "perfxl/addin/__init__.py": ""}


@pytest.mark.parametrize(
    ("files", "code"),
    [
        pytest.param({**EMPTY, RIBBON_ENTRY: "def main(): return 0"}, 0, id="all there"),
        pytest.param({}, 3, id="no perfxl"),
        pytest.param({"perfxl/__init__.py": ""}, 4, id="perfxl older than the add-in"),
        pytest.param(EMPTY, 4, id="add-in without its entry"),
        pytest.param({**EMPTY, RIBBON_ENTRY: "import os_hijack"}, 1, id="the current folder is not looked into"),
    ],
)
def test_python_says_by_its_exit_code_what_it_lacks(tmp_path: Path, files: dict[str, str], code: int) -> None:
    assert start(tmp_path, files).returncode == code


def test_pythons_complaint_is_kept_in_the_exchange_folder(tmp_path: Path) -> None:
    start(tmp_path, {**EMPTY, RIBBON_ENTRY: "import sys\ndef main(): raise ValueError('坏了', sys.argv)"})
    kept = (tmp_path / "交换 %TEMP%" / "stderr.txt").read_text(encoding="utf-8")
    assert "ValueError: ('坏了', ['-c', 'validate_form', '--from_xl=1'])" in kept


def test_a_python_that_hangs_ends_itself(tmp_path: Path) -> None:
    hangs = {**EMPTY, RIBBON_ENTRY: "import time\ndef main(): time.sleep(50)"}
    assert start(tmp_path, hangs, seconds="0.2").returncode == 1
    assert "Timeout" in (tmp_path / "交换 %TEMP%" / "stderr.txt").read_text(encoding="utf-8")


# --- [MS-OVBA] compression -----------------------------------------------------------------------------------------

program_text = st.lists(
    st.sampled_from(["Public Sub ", "End Sub\r\n", "PerfxlRun ", '"validate_form"\r\n', "    ", "x = x + 1\r\n", "'"])
).map(lambda pieces: "".join(pieces).encode())


@given(st.one_of(program_text, st.binary(max_size=3600)), st.integers(1, 60))
@settings(max_examples=60, deadline=None)
def test_oletools_decompresses_what_was_compressed(piece: bytes, times: int) -> None:
    data = (piece * times)[: 40 * 4096]
    assert decompress_stream(bytearray(compress(data))) == data


@pytest.mark.parametrize("size", [0, 1, 2, 3, 4095, 4096, 4097, 8192, 300_000])
def test_texts_of_every_size_come_back(size: int) -> None:
    text = b"".join(b"Public Sub Button%d(control As IRibbonControl)\r\n" % i for i in range(size // 40 + 1))[:size]
    packed = compress(text)
    assert decompress_stream(bytearray(packed)) == text
    assert size < 4096 or len(packed) < size * 0.4


def test_noise_is_kept_raw_and_refused_where_its_length_would_be_lost() -> None:
    noise = b"".join(hashlib.sha256(bytes([i])).digest() for i in range(128))
    assert decompress_stream(bytearray(compress(noise))) == noise
    with pytest.raises(ValueError, match="can't be compressed"):
        compress(noise[:4000])


# --- [MS-CFB] compound file ----------------------------------------------------------------------------------------

names = st.text("abcdefghijklmnopqrstuvwxyz_0123456789表", min_size=1, max_size=31)
contents = st.one_of(
    st.binary(max_size=200),
    st.sampled_from([63, 64, 65, 511, 512, 513, 4095, 4096, 4097, 70_000]).map(lambda size: b"\xa5" * size),
)


@given(st.dictionaries(names, contents, max_size=40), st.dictionaries(names, contents, max_size=12))
@settings(max_examples=60, deadline=None)
def test_olefile_reads_every_stream_that_was_written(outside: dict[str, bytes], inside: dict[str, bytes]) -> None:
    streams = {**{f"s{name}"[:31]: content for name, content in outside.items()}}
    streams |= {f"VBA/{name}": content for name, content in inside.items()}
    assert read_back(write_compound_file(streams)) == streams


@pytest.mark.parametrize("size", [7_100_000, 15_600_000], ids=["one DIFAT sector", "several"])
def test_a_file_beyond_the_109_allocation_sectors_of_the_header_reads_back(size: int) -> None:
    streams = {"big": os.urandom(4096) * (size // 4096), "small": b"x"}
    written = write_compound_file(streams)
    assert olefile.OleFileIO(written).num_difat_sectors == (1 if size < 8_000_000 else 2)
    assert read_back(written) == streams


@given(st.sets(st.text("abcdefghij_", min_size=1, max_size=5), min_size=1, max_size=60))
@settings(max_examples=40, deadline=None)
def test_each_name_is_found_by_going_down_the_tree(wanted: set[str]) -> None:
    """[MS-CFB] 2.6.4: a shorter name stands left of a longer one, else upper case decides; Windows searches so."""
    file = olefile.OleFileIO(write_compound_file(dict.fromkeys(wanted, b"")))
    for name in wanted:
        number = file.root.sid_child
        while (entry := file.direntries[number]).name != name:
            left = (len(name), name.upper()) < (len(entry.name), entry.name.upper())
            number = entry.sid_left if left else entry.sid_right
            assert number != olefile.NOSTREAM, name


def read_back(written: bytes) -> dict[str, bytes]:
    """What olefile finds; it must find nothing to complain of."""
    with olefile.OleFileIO(written, raise_defects=olefile.DEFECT_POTENTIAL) as file:
        assert not file.parsing_issues
        return {"/".join(path): file.openstream(path).read() for path in file.listdir()}


@pytest.mark.parametrize(
    "names",
    [["x" * 32], [""], ["a:b"], ["a", "a/b"], ["Dir", "dir"]],
    ids=["too long", "empty", "a colon", "stream and storage", "case only"],
)
def test_names_that_a_compound_file_can_not_hold_are_refused(names: list[str]) -> None:
    with pytest.raises(ValueError, match=r"name|stream|case"):
        write_compound_file(dict.fromkeys(names, b""))


# --- the project's own words ---------------------------------------------------------------------------------------


def decrypt(hexadecimal: str) -> tuple[int, bytes]:
    """[MS-OVBA] 2.4.3.3: the project key and the data."""
    raw = bytes.fromhex(hexadecimal)
    seed, version, key = raw[0], raw[1] ^ raw[0], raw[2] ^ raw[0]
    assert version == 2
    plain, before, at = key, raw[1], 3
    clear = bytearray()
    for byte in raw[at:]:
        clear.append(byte ^ ((before + plain) & 0xFF))
        plain, before, at = clear[-1], raw[at - 1], at + 1
    clear = clear[(seed & 6) // 2 :]
    length, data = int.from_bytes(clear[:4], "little"), bytes(clear[4:])
    assert length == len(data)
    return key, data


PROTECTION = {"CMG": bytes(4), "DPB": bytes(1), "GC": b"\xff"}  # not protected, no password, visible


def test_the_projects_protection_says_unprotected_and_visible(project: olefile.OleFileIO) -> None:
    lines = project.openstream("PROJECT").read().decode("ascii")
    said = dict(re.findall(r'^(\w+)="(.*)"\r$', lines, re.MULTILINE))
    key = sum(said["ID"].encode()) & 0xFF
    assert {name: decrypt(said[name]) for name in PROTECTION} == {n: (key, data) for n, data in PROTECTION.items()}


def test_the_examples_of_the_specification_decrypt_the_same_way() -> None:
    """[MS-OVBA] 3.1.6"""
    key = sum(b"{917DED54-440B-4FD1-A5C1-74ACF261E600}") & 0xFF
    assert decrypt("0705D8E3D8EDDBF1DBF1DBF1DBF1") == (key, PROTECTION["CMG"])
    assert decrypt("0E0CD1ECDFF4E7F5E7F5E7") == (key, PROTECTION["DPB"])
    assert decrypt("1517CAF1D6F9D7F9D706") == (key, PROTECTION["GC"])


@given(st.binary(min_size=1, max_size=40), st.integers(0, 255))
def test_what_is_encrypted_decrypts_for_every_seed(data: bytes, seed: int) -> None:
    assert decrypt(encrypt(data, "{917DED54-440B-4FD1-A5C1-74ACF261E600}", seed))[1] == data


def test_the_project_lists_its_modules_in_all_its_streams(project: olefile.OleFileIO) -> None:
    modules = ["ThisWorkbook", "Sheet1", "PerfxlLauncher", "PerfxlRibbon"]
    lines = project.openstream("PROJECT").read().decode("ascii").split("\r\n")
    assert [line for line in lines if line.startswith(("Document=", "Module="))] == [
        *(f"Document={name}/&H00000000" for name in modules[:2]),
        *(f"Module={name}" for name in modules[2:]),
    ]
    both = b"".join(f"{name}\0".encode() + f"{name}\0".encode("utf-16-le") for name in modules)
    assert project.openstream("PROJECTwm").read() == both + b"\0\0"
    assert project.openstream("VBA/_VBA_PROJECT").read()[:4] == b"\xcc\x61\xff\xff"
    listed = decompress_stream(bytearray(project.openstream("VBA/dir").read()))
    assert all(f"\x19\0{chr(len(name))}\0\0\0{name}".encode() in listed for name in modules)


def test_a_module_of_several_hundred_kilobytes_comes_back() -> None:
    source = 'Attribute VB_Name = "Long"\n' + "".join(f"' line {i} of a long module\n" for i in range(12_000))
    parsed = VBA_Parser("vbaProject.bin", data=vba_project("big", [Module("Long", source)]))
    assert [code.replace("\r\n", "\n") for _, _, _, code in parsed.extract_macros()] == [source]
