"""Ctrl-C while a command is still being loaded."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

PROJECT = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())
SCRIPTS: dict[str, str] = PROJECT["project"]["scripts"]
PRESSED = """
import os, signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in the background
os.kill(os.getpid(), signal.SIGINT)
"""


def run(program: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        check=False,
        env={**os.environ, **environment},
    )


@pytest.mark.parametrize("name", SCRIPTS)
def test_ctrl_c_is_answered_while_a_command_is_being_loaded(name: str, tmp_path: Path) -> None:
    """What each loads first is replaced by something that presses Ctrl-C."""
    (tmp_path / "typer.py").write_text(PRESSED)
    module, _, function = SCRIPTS[name].partition(":")
    here = os.pathsep.join((str(tmp_path), *sys.path))
    done = run(f"from {module} import {function}\n{function}()", PYTHONPATH=here)
    assert done.stderr == f"{name}: stopped\n".encode()
    assert (done.returncode, done.stdout) == (130, b"")


@pytest.mark.parametrize("name", SCRIPTS)
def test_each_script_runs_its_command(name: str) -> None:
    module, _, function = SCRIPTS[name].partition(":")
    done = run(
        f"import sys\nsys.argv[1:] = ['nonsense']\nfrom {module} import {function}\n{function}()"
    )
    assert done.returncode == 2
    assert done.stderr.startswith(f"{name}: No such command".encode())
