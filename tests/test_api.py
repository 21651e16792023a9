"""The public names, what importing them costs, and the scripts in the READMEs."""

from __future__ import annotations

import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from forms import form

import perfxl
from perfxl.template import Issuance, build

ROOT = Path(__file__).parents[1]
HEAVY = ("pandas", "numpy", "openpyxl", "lxml", "xlsxwriter", "typer", "rich", "pydantic")


def test_every_public_name_is_there():
    assert {name: getattr(perfxl, name) for name in perfxl.__all__}
    assert {"read_forms", "check", "highlight", "clear", "consolidate", "TargetValue"} <= set(perfxl.__all__)


def test_the_public_functions_are_functions_and_no_modules():
    assert all(callable(getattr(perfxl, name)) for name in ("read_forms", "check", "highlight", "clear", "consolidate"))


def test_a_name_that_is_not_there_is_refused_as_python_does():
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = perfxl.nonsense


def test_importing_perfxl_brings_no_heavy_package_along():
    probe = f"import perfxl, sys; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_a_worker_that_reads_and_checks_pays_for_no_heavy_package(tmp_path):
    (tmp_path / "a.xlsx").write_bytes(build(Issuance(), [form()]))
    work = f"from perfxl import check, read_forms; check(read_forms({str(tmp_path / 'a.xlsx')!r}).forms)"
    probe = f"import sys; {work}; print([name for name in {(*HEAVY, 'email', 'unittest')!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_the_script_in_the_readme_runs(tmp_path, monkeypatch, capsys, readme):
    (script,) = re.findall(r"```python\n(.*?)```", (ROOT / readme).read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "收到").mkdir()
    (tmp_path / "收到" / "353302.xlsx").write_bytes(build(Issuance(), [form(total="900")]))
    monkeypatch.chdir(tmp_path)

    exec(compile(script, readme, "exec"), {})

    told = capsys.readouterr().out
    assert "A01" in told
    assert "900" in told
    assert (tmp_path / "退回" / "353302.xlsx").exists()
    assert (tmp_path / "总台账.xlsx").exists()


def test_the_ledger_s_tables_are_data_frames_with_decimals(tmp_path):
    (tmp_path / "a.xlsx").write_bytes(build(Issuance(), [form(total="0.1", fiscal="0.1", other="0")]))

    tables = perfxl.consolidate(tmp_path).tables()

    assert list(tables) == ["项目台账", "指标明细", "问题清单", "来源清单"]
    (total,) = tables["项目台账"]["预算数"]
    assert total == Decimal("0.1")
    assert isinstance(total, Decimal)
