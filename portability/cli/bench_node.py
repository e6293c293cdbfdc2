"""A node and a bare echo in processes of their own, for the length of a bench."""

import json
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from agents.profile import Profile, load_profile
from portability.cli.bench_databases import database_server, given_databases
from portability.errors import ConfigurationError
from portability.node.development.federation import NodePorts, create_federation, pick_ports

JURISDICTION: Final = "FR"


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchNode:
    """
    ``database`` is ``sqlite`` or ``postgresql``; ``pid`` is the node's process.

    ``profile`` is an agency's, by the file ``agency``, and ``portal`` that of the home portal with
    its pages at ``origin``.
    """

    profile: Profile
    agency: Path
    portal: Profile
    origin: str
    echo_endpoint: str
    database: str
    pid: int


@contextmanager
def bench_node(database: str | None) -> Iterator[BenchNode]:
    """
    A fresh federation of one node over ``database``, with an echo beside it; all gone at the end.

    ``database`` is what `--database` takes: see ``bench_databases``, whose errors are raised here.
    Raises ConfigurationError where a node does not come up.
    """
    with ExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="portability-bench-")))
        listen, observe, portal = pick_ports(3)
        layout = create_federation(
            root / "federation",
            {JURISDICTION: NodePorts(listen=listen, observe=observe, portal=portal)},
            now=datetime.now(UTC),
            randomness=secrets.token_bytes,
        )
        config = layout.nodes[JURISDICTION]
        server = stack.enter_context(database_server(database))
        engine = stack.enter_context(given_databases(layout.nodes, server))
        node = stack.enter_context(
            _process("portability", "node", "serve", "--config", str(config))
        )
        echo = stack.enter_context(_process("portability.node.echo", str(config)))
        profile = next(path for name, path in layout.profiles.items() if "-agency-" in name)
        yield BenchNode(
            profile=load_profile(profile),
            agency=profile,
            portal=load_profile(layout.profiles[f"{JURISDICTION.lower()}-portal"]),
            origin=f"http://localhost:{portal}",
            echo_endpoint=f"127.0.0.1:{echo[1]['port']}",
            database=engine,
            pid=node[0].pid,
        )


def peak_memory_mib(pid: int) -> float | None:
    """The largest resident size that a process has had; None where the system does not tell."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return None
    for line in status.splitlines():
        if line.startswith("VmHWM:"):
            return round(int(line.split()[1]) / 1024, 1)
    return None


@contextmanager
def _process(
    module: str, *arguments: str
) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """A Python process that prints one JSON line when it is ready; ended in the end."""
    process = subprocess.Popen(  # noqa: S603  # our own modules with our own arguments
        [sys.executable, "-m", module, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        line = process.stdout.readline() if process.stdout else ""
        if not line:
            raise ConfigurationError(
                f"{module} ended before it was ready; start it by itself to see why"
            )
        yield process, json.loads(line)
    finally:
        process.terminate()
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()
