"""Makes the pictures of docs/season.md and docs/clerk.md, from a season that the tests' bureau plays, from a published
form and from the ribbon's XML: python scripts/pictures.py

Needs LibreOffice and poppler, and the packages of the tests.
"""

from __future__ import annotations

import io
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import ribbon_drawing  # noqa: E402
from test_season import play  # noqa: E402

from perfxl.assets import example_text  # noqa: E402
from perfxl.marking import highlight  # noqa: E402
from perfxl.reading import read_forms  # noqa: E402
from perfxl.rules import check  # noqa: E402
from perfxl.template import Issuance, build  # noqa: E402

IMAGES = ROOT / "docs" / "images"
RESOLUTION = "80"
# The written part of the page alone, large enough to be read.
CLOSE_UP = "-r 150 -x 60 -y 90 -W 1640 -H 645".split()


def as_pdf(file: Path) -> Path:
    command = ["soffice", "--headless", "--convert-to", "pdf", "--outdir", file.parent, file]
    subprocess.run(command, check=True, capture_output=True)
    return file.with_suffix(".pdf")


def picture(name: str, pdf: Path, words: str, *area: str) -> None:
    """The first page on which those words stand, or an area of it, as pdftoppm takes it."""
    text = subprocess.run(["pdftotext", "-layout", pdf, "-"], check=True, capture_output=True, text=True).stdout
    page = next(str(number) for number, page in enumerate(text.split("\f"), 1) if words in page)
    how = ["-r", RESOLUTION, *area, "-f", page, "-l", page, "-singlefile", "-png"]
    subprocess.run(["pdftoppm", *how, pdf, IMAGES / name], check=True)


def as_on_screen(package: bytes) -> bytes:
    """The workbook with its form printed as it looks on screen: in colour, the hint column too."""
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(result, "w") as new:
        for item in old.infolist():
            content = (
                old.read(item)
                .replace(b' blackAndWhite="1"', b"")
                .replace(b'orientation="portrait"', b'orientation="landscape"')
            )
            new.writestr(item, re.sub(rb"\$A\$1:\$G\$\d+<", b"$A$1:$I$23<", content))
    return result.getvalue()


def clerk_pictures(folder: Path) -> None:
    """A published form while it is filled in, with its live hints, and as it comes back."""
    form = next(form for form in read_forms(example_text()).forms if form.project_no.text == "99")
    filled = folder / "填报.xlsx"
    filled.write_bytes(build(Issuance(year=2027), [form]))
    forms = read_forms(filled).forms
    returned = highlight(filled, check(forms), forms=forms, to=folder / "退回.xlsx")
    for name, path in (("clerk-typing", filled), ("clerk-returned", returned)):
        path.write_bytes(as_on_screen(path.read_bytes()))
        picture(name, as_pdf(path), "预算规模", *CLOSE_UP)


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    ribbon_drawing.main()
    with tempfile.TemporaryDirectory() as name:
        clerk_pictures(Path(name))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        play(folder, units=20, projects=70, seed=7)
        handed = as_pdf(next((folder / "下发").glob("353002_*.xlsx")))
        picture("season-guide", handed, "填报说明")
        picture("season-form", handed, "预算规模")
        ledger = as_pdf(folder / "第一轮.xlsx")
        for shown, words in (
            ("overview", "常见问题"),
            ("summary", "按主管部门和单位汇总"),
            ("progress", "报送情况"),
            ("missing", "未报清单"),
        ):
            picture(f"season-{shown}", ledger, words)
        returned = next((folder / "退回" / "第1轮").glob("*/退回说明.docx"))
        picture("season-cover-note", as_pdf(returned), "通知")
        picture("season-results", as_pdf(next(returned.parent.glob("*.xlsx"))), "校验时的内容")


if __name__ == "__main__":
    main()
