"""The cheap look for entry points: it never overlooks a package, and rarely asks in vain."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from perfxl.installed import may_offer

GROUP = "perfxl.rules"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("sys.path", [str(tmp_path)])
    return tmp_path


def offering(metadata: Path, group: str) -> None:
    metadata.mkdir(parents=True)
    (metadata / "entry_points.txt").write_text(f"[{group}]\nmine = rules_of_ours:RULES\n", encoding="utf-8")


@pytest.mark.parametrize("name", ["ours-1.0.dist-info", "ours.egg-info", "EGG-INFO"])
def test_a_package_that_offers_something_is_found_however_it_was_installed(site, name):
    offering(site / name, GROUP)
    assert may_offer(GROUP)


def test_packages_that_offer_something_else_or_nothing_are_not_asked(site):
    offering(site / "other-2.0.dist-info", "console_scripts")
    (site / "plain-1.0.dist-info").mkdir()
    (site / "entry_points.txt").write_text(f"[{GROUP}]\n")  # beside the packages, so nobody's
    assert not may_offer(GROUP)


def test_what_only_python_can_look_into_counts_as_a_yes(site, monkeypatch):
    with zipfile.ZipFile(site / "wheels.zip", "w") as archive:
        archive.writestr("ours-1.0.dist-info/entry_points.txt", f"[{GROUP}]\n")
    monkeypatch.setattr("sys.path", [str(site / "wheels.zip")])
    assert may_offer(GROUP)


def test_a_folder_that_is_not_there_and_python_s_own_zip_offer_nothing(site, monkeypatch):
    from perfxl import installed

    (site / installed._STDLIB_ZIP).write_bytes(b"")
    monkeypatch.setattr("sys.path", [str(site / "gone"), str(site / installed._STDLIB_ZIP)])
    assert not may_offer(GROUP)
