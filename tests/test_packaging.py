"""What is handed out works: the sdist is whole, and the wheel does perfxl's job in an empty environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]
ASSETS = ("templates/target_form.xlsx", "macros/README.md", "macros/perfxl.xlam", "examples/000_907cb3cacd27948e.txt")


@dataclass(frozen=True)
class Built:
    """The two archives; the wheel is built from the sdist, so it proves that the sdist is complete."""

    sdist: Path
    wheel: Path


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    out = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(CHECKOUT), cwd=out)
    return Built(next(out.glob("*.tar.gz")), next(out.glob("*.whl")))


@pytest.fixture(scope="module")
def installed(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scripts folder of a fresh environment, outside the checkout, with the wheel and what it asks for."""
    home = tmp_path_factory.mktemp("installed")
    venv.create(home, with_pip=True)
    scripts = home / ("Scripts" if os.name == "nt" else "bin")
    pip = (str(scripts / "python"), "-m", "pip", "--disable-pip-version-check")
    run(*pip, "install", "-q", str(built.wheel), cwd=home)
    return scripts


def run(*command: str, cwd: Path) -> str:
    """Output of a command that must succeed, with nothing of this process's Python in its environment."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COVERAGE", "COV_"))}
    done = subprocess.run(
        command, cwd=cwd, env=clean, capture_output=True, text=True, encoding="utf-8", timeout=600, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_carries_the_package_and_its_assets_and_nothing_else(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as wheel:
        names = set(wheel.namelist())
        told = next(wheel.read(name).decode() for name in names if name.endswith("METADATA"))
    assert {f"perfxl/{name}" for name in (*ASSETS, "py.typed", "data/vocabulary.toml", "cli/__init__.py")} <= names
    assert {name.split("/")[0].split("-")[0] for name in names} == {"perfxl"}
    assert "Requires-Python: >=3.11" in told
    assert "Requires-Dist: xlwings<1,>=0.33; extra == 'excel'" in told


def test_the_sdist_is_complete_and_clean(built: Built) -> None:
    with tarfile.open(built.sdist) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    assert {*ASSETS, "LICENSE", "README.md", "Makefile", "tests/data/forms.json", "tests/office/worker.py"} <= names
    assert not [name for name in names if name.startswith((".venv", "node_modules", "demo-output", ".git/"))]


def test_every_module_of_the_checkout_is_in_the_wheel(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as wheel:
        names = set(wheel.namelist())
    modules = {path.relative_to(CHECKOUT).as_posix() for path in (CHECKOUT / "perfxl").rglob("*.py")}
    assert modules
    assert modules <= names


@pytest.mark.slow
def test_an_installed_wheel_finds_its_assets_inside_itself(installed: Path, tmp_path: Path) -> None:
    script = (
        "import json, perfxl; from pathlib import Path; from perfxl import assets; "
        "found = [assets.template_file(), assets.macros_dir() / 'README.md', assets.addin_file(), assets.example_text()]; "
        "home = Path(perfxl.__file__).parent; "
        "print(json.dumps([str(home), *(str(path) for path in found)]))"
    )
    home, *found = map(Path, json.loads(run(str(installed / "python"), "-c", script, cwd=tmp_path)))
    assert installed.parent in home.parents, "the checkout is not what runs"
    assert found == [home / name for name in ASSETS]
    assert [path.read_bytes() for path in found] == [(CHECKOUT / name).read_bytes() for name in ASSETS]


@pytest.mark.slow
def test_an_installed_wheel_runs_the_demo(installed: Path, tmp_path: Path) -> None:
    told = run(str(installed / "perfxl"), "demo", "out", cwd=tmp_path)
    assert "2405.20" in told.replace(",", "")
    assert len(list((tmp_path / "out").rglob("*.xlsx"))) >= 10, "nine forms and the ledger"


def test_the_lock_file_names_no_registry() -> None:
    packages = json.loads((CHECKOUT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert all("integrity" in entry for name, entry in packages.items() if name)
    assert not [name for name, entry in packages.items() if "resolved" in entry]
