"""The mark of the fuzzing, so that it can be asked for (``-m fuzz``) or left out (``-m "not fuzz"``)."""

from __future__ import annotations

import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "fuzz: mutates packages for PERFXL_FUZZ_SECONDS (60 under CI, else 5)")
