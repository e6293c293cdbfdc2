"""The demo's story, told once for all tests that look at what is left of it."""

import fcntl
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SECONDS: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """Its folder, which nobody changes for good; its document; what it said of errors."""

    folder: Path
    document: dict[str, object]
    errors: str


def tell_once(common: Path) -> Demo:
    """Of the processes that share the folder ``common`` one tells it, and the others wait."""
    folder, out, errors = (common / name for name in ("demo", "demo.json", "demo.errors"))
    with (common / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not out.exists():
            _tell(folder, out, errors)
    return Demo(folder=folder, document=json.loads(out.read_bytes()), errors=errors.read_text())


def _tell(folder: Path, out: Path, errors: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "portability.cli.main", "demo", "--dir", str(folder), "--json"],
        capture_output=True,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=SECONDS,
        env={**os.environ, "LC_ALL": "C"},
    )
    assert ended.returncode == 0, ended.stderr.decode()
    errors.write_bytes(ended.stderr)
    out.write_bytes(ended.stdout)
