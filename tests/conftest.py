"""Fixtures that bring real parts to the tests, and the loud telling of what had to be skipped."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from office import ooxml
from office.driver import Office
from office.driver import missing_parts as missing_office_parts
from perfxl import cli
from perfxl.assets import example_text

# What no person should ever read.
LEAK = re.compile(r"Traceback|[A-Z]\w*Error\b|Exception|site-packages|perfxl/\w+\.py|Errno")
REAL_PARTS = {"office": "LibreOffice", "validate_ooxml": "Open XML SDK"}
MARKERS = {"office": "office", "validate_ooxml": "ooxml"}


# Files of a quarter minute and more, longest first: begun last, one of them would keep one core busy alone.
LONG_FILES = (
    "test_season.py",
    "test_fuzz.py",
    "test_addin_actions_office.py",
    "test_live_agreement.py",
    "test_cluster.py",
    "test_template_live.py",
    "test_packaging.py",
    "test_addin_actions.py",
    "test_cli.py",
    "test_differential.py",
    "test_write_back.py",
    "test_hostile.py",
    "test_notes_survive.py",
    "test_repair.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first; a test that asks for a real part carries its marker, so that ``-m "not office"`` leaves it out."""
    begun = {name: order for order, name in enumerate(LONG_FILES)}
    items.sort(key=lambda item: begun.get(item.path.name, len(begun)))
    for item in items:
        for fixture, marker in MARKERS.items():
            if fixture in getattr(item, "fixturenames", ()):
                item.add_marker(marker)


def _need(fixture: str, missing: list[str]) -> None:
    """Skip the test aloud where a real part is missing; under CI that is a failure."""
    if not missing:
        return
    reason = f"没有 {REAL_PARTS[fixture]},缺 missing: {', '.join(missing)}"
    if os.environ.get("CI"):
        pytest.fail(f"{reason} (CI: 不得跳过 must not be skipped)")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def office() -> Iterator[Office]:
    """A live headless LibreOffice, one for the whole run."""
    _need("office", missing_office_parts())
    live = Office()
    yield live
    live.stop()


@pytest.fixture(scope="session")
def example() -> Path:
    """The nine published forms of 2023 as text."""
    return example_text()


@pytest.fixture
def validate_ooxml() -> Callable[[Path], list[str]]:
    """The Open XML SDK's findings about a package: ``assert validate_ooxml(path) == []``."""
    _need("validate_ooxml", ooxml.missing_parts())
    return ooxml.validate_ooxml


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the very end how many tests lacked a real part: a skip must not pass for a success."""
    skipped = terminalreporter.stats.get("skipped", [])
    for part in REAL_PARTS.values():
        reasons = {str(report.longrepr[2]) for report in skipped if f"没有 {part}" in str(report.longrepr)}
        count = sum(f"没有 {part}" in str(report.longrepr) for report in skipped)
        if count:
            terminalreporter.write_sep("!", f"跳过 {count} 项 {part} 测试 skipped", yellow=True, bold=True)
            for reason in sorted(reasons):
                terminalreporter.write_line(reason, yellow=True)


@pytest.fixture
def run(monkeypatch, capsys):
    """``run("validate", path)`` → (exit code, standard output, standard error)."""

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["perfxl", *map(str, arguments)])
        with pytest.raises(SystemExit) as stopped:
            cli.main()
        told = capsys.readouterr()
        assert not LEAK.search(told.out + told.err), told.out + told.err
        code = stopped.value.code
        assert isinstance(code, int)
        return code, told.out, told.err

    return call
