"""Makes the pictures of docs/season.md from a season that the tests' bureau plays: python scripts/season_pictures.py

Needs LibreOffice and poppler, and the packages of the tests.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from test_season import play  # noqa: E402

IMAGES = ROOT / "docs" / "images"
RESOLUTION = "80"


def as_pdf(file: Path) -> Path:
    command = ["soffice", "--headless", "--convert-to", "pdf", "--outdir", file.parent, file]
    subprocess.run(command, check=True, capture_output=True)
    return file.with_suffix(".pdf")


def picture(name: str, pdf: Path, words: str) -> None:
    """The first page on which those words stand."""
    text = subprocess.run(["pdftotext", "-layout", pdf, "-"], check=True, capture_output=True, text=True).stdout
    page = next(str(number) for number, page in enumerate(text.split("\f"), 1) if words in page)
    target = IMAGES / name
    subprocess.run(["pdftoppm", "-r", RESOLUTION, "-f", page, "-l", page, "-singlefile", "-png", pdf, target], check=True)


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        play(folder, units=20, projects=70, seed=7)
        handed = as_pdf(next((folder / "下发").glob("353002_*.xlsx")))
        picture("season-guide", handed, "填报说明")
        picture("season-form", handed, "预算规模")
        ledger = as_pdf(folder / "第一轮.xlsx")
        for shown, words in (("overview", "常见问题"), ("summary", "按主管部门和单位汇总"), ("progress", "报送情况"), ("missing", "未报清单")):
            picture(f"season-{shown}", ledger, words)
        returned = next((folder / "退回" / "第1轮").glob("*/退回说明.docx"))
        picture("season-cover-note", as_pdf(returned), "通知")
        picture("season-results", as_pdf(next(returned.parent.glob("*.xlsx"))), "校验时的内容")


if __name__ == "__main__":
    main()
