"""
Judges in other languages: where they are, and how they are asked.

`.ci/run` builds and installs them outside of the tree and says where by an environment variable.
Elsewhere they lie where the README's lines put them. Nothing here installs anything.
"""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

HERE: Final = Path(__file__).parent
GO_VARIABLE: Final = "PORTABILITY_GO_JUDGE"
NPM_VARIABLE: Final = "PORTABILITY_NPM_JUDGES"
SECONDS: Final = 120


def go_judge() -> Path:
    """The built judge; skips where there is none, with the reason."""
    found = Path(os.environ.get(GO_VARIABLE) or HERE / "go" / "judge")
    if not found.is_file():
        pytest.skip(_why(found, "the Go judge is not built: `go build` in tests/judges/go"))
    return found


def npm_judges() -> Path:
    """The folder with ``node_modules``; skips where there is none, with the reason."""
    found = Path(os.environ.get(NPM_VARIABLE) or HERE / "npm")
    if shutil.which("node") is None or not (found / "node_modules").is_dir():
        pytest.skip(_why(found, "the npm judges are not installed: `npm ci` in tests/judges/npm"))
    return found


def ask(*command: str | Path, given: str = "", **environment: str) -> tuple[int, str, str]:
    """Status, standard output and standard error of a judge."""
    done = subprocess.run(
        [*map(str, command)],
        input=given,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
        env={**os.environ, **environment},
    )
    return done.returncode, done.stdout, done.stderr


def _why(found: Path, otherwise: str) -> str:
    """Why a judge could not be installed, where somebody has tried and left word."""
    note = found.with_name(f"{found.name}.reason")
    return note.read_text().strip() if note.is_file() else otherwise
