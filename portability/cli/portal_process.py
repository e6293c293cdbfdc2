"""The portal's process beside the nodes: started, awaited, and always stopped."""

import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from portability.errors import HaltedError
from portability.node.config import load_config

READY_EVENT = b'"portal_ready"'
EXTRA = "babel"
_READY_SECONDS = 30.0
_STOP_SECONDS = 8.0
_POLL_SECONDS = 0.02


def portal_origin(node: Path) -> str | None:
    """Where the node's persons find their pages, by its configuration; None if it has no portal."""
    passkeys = load_config(node).passkeys
    return None if passkeys is None else passkeys.origins[0]


def is_installed() -> bool:
    """Whether the packages of the extra `portal` are there."""
    return importlib.util.find_spec(EXTRA) is not None


def portal_command(profile: Path, origin: str) -> Sequence[str]:
    """The command line of a portal that ends with its parent."""
    port = str(urlsplit(origin).port)
    here = [sys.executable, "-m", "agents.migrant.main", "portal"]
    return [*here, "--profile", str(profile), "--port", port, "--stop-with-parent"]


@contextmanager
def serving_portal(profile: Path, origin: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A portal that is ready; stopped at the end. Raises HaltedError if it does not start."""
    begins = log.stat().st_size if log.exists() else 0
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603  # our own interpreter and module
            portal_command(profile, origin),
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(os.environ),
            start_new_session=True,  # Ctrl-C reaches us alone
        )
    try:
        _await_ready(process, log, begins)
        yield process
    finally:
        _stop(process)


def _await_ready(process: subprocess.Popen[bytes], log: Path, begins: int) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while READY_EVENT not in log.read_bytes()[begins:]:
        if process.poll() is not None:
            raise HaltedError(f"the portal stopped before it was ready; the end of {log} says why")
        if time.monotonic() > deadline:
            raise HaltedError(f"the portal was not ready after {_READY_SECONDS:.0f} s; see {log}")
        time.sleep(_POLL_SECONDS)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdin is not None:
        process.stdin.close()
