"""Shipped files are found the same way in a checkout and in an installed wheel."""

from __future__ import annotations

from pathlib import Path

import pytest

from perfxl import assets
from perfxl.errors import PerfxlError

CHECKOUT = Path(__file__).parents[1]


def test_a_checkout_gives_its_own_top_level_folders() -> None:
    assert assets.template_file() == CHECKOUT / "templates" / "target_form.xlsx"
    assert assets.macros_dir() == CHECKOUT / "macros"
    assert assets.addin_file() == CHECKOUT / "macros" / "perfxl.xlam"
    assert assets.example_text() == CHECKOUT / "examples" / "000_907cb3cacd27948e.txt"
    assert assets.example_text().read_text(encoding="utf-8").strip()


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An installed package with nothing in it, beside another package's folder named macros."""
    package = tmp_path / "site-packages" / "perfxl"
    package.mkdir(parents=True)
    (package.parent / "macros").mkdir()
    monkeypatch.setattr(assets, "_PACKAGE", package)
    return package


def test_an_installed_package_gives_what_it_carries_inside(package: Path) -> None:
    (package / "macros").mkdir()
    assert assets.macros_dir() == package / "macros"


def test_an_incomplete_installation_is_told_and_other_packages_folders_are_not_taken(package: Path) -> None:
    with pytest.raises(PerfxlError, match=r"安装不完整：缺少文件 macros。请重新安装"):
        assets.macros_dir()
    with pytest.raises(PerfxlError, match=r"templates/target_form\.xlsx"):
        assets.template_file()
