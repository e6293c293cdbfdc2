"""Node processes of a federation on this machine: started, awaited, and always stopped."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from portability.errors import HaltedError

READY_EVENT = b'"node_ready"'
_READY_SECONDS = 60.0
_REASON = "portability: "
"""What the one sentence begins with in which a command of ours tells why it ends."""

_STOP_SECONDS = 8.0
_POLL_SECONDS = 0.02


def node_command(config: Path) -> Sequence[str]:
    """The command line of one node that ends with its parent."""
    here = [sys.executable, "-m", "portability"]
    return [*here, "node", "serve", "--config", str(config), "--stop-with-parent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeProcess:
    """One node. Its output, one JSON line per event, is in ``log`` from byte ``begins``."""

    jurisdiction: str
    log: Path
    begins: int
    process: subprocess.Popen[bytes]

    def is_running(self) -> bool:
        return self.process.poll() is None

    def output(self) -> bytes:
        """What this process has written so far."""
        with self.log.open("rb") as source:
            source.seek(self.begins)
            return source.read()


class NodeProcesses:
    """
    The nodes that this process started. Leaving the context stops them, however it is left.

    Each node also stops by itself when its standard input ends, so that none outlives a parent
    that was killed.
    """

    def __init__(self, command: Callable[[Path], Sequence[str]] = node_command) -> None:
        self._command = command
        self._running: dict[str, NodeProcess] = {}

    def start(
        self, configs: Mapping[str, Path], environment: Mapping[str, str] | None = None
    ) -> None:
        """Start one node per jurisdiction and wait until all are ready. Raises HaltedError."""
        for code, config in configs.items():
            if code in self._running:  # one that ended by itself
                self.stop_one(code)
            self._running[code] = self._spawn(code, config, environment)
        for code in configs:
            _await_ready(self._running[code])

    def node(self, jurisdiction: str) -> NodeProcess:
        """The node of a jurisdiction; raises KeyError if none was started."""
        return self._running[jurisdiction]

    def has_ended(self, jurisdiction: str, seconds: float) -> bool:
        """Whether a node ends within so many seconds."""
        try:
            self._running[jurisdiction].process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def await_end(self, jurisdiction: str, seconds: float) -> int:
        """The status with which a node ended by itself. Raises HaltedError if it does not."""
        try:
            return self._running[jurisdiction].process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise HaltedError(f"the node of {jurisdiction} did not end") from None

    def _spawn(
        self, jurisdiction: str, config: Path, environment: Mapping[str, str] | None
    ) -> NodeProcess:
        log = config.parent / "node.log"
        begins = log.stat().st_size if log.exists() else 0
        with log.open("ab") as output:
            process = subprocess.Popen(  # noqa: S603  # our own interpreter and module
                self._command(config),
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(environment or {})},
                start_new_session=True,  # Ctrl-C reaches us alone; we then stop them in order
            )
        return NodeProcess(jurisdiction=jurisdiction, log=log, begins=begins, process=process)

    def stop_one(self, jurisdiction: str) -> None:
        """Stop one node, as ``stop`` does all."""
        _stop([self._running.pop(jurisdiction)])

    def stop(self) -> None:
        """Ask every node to end, and end those that do not."""
        nodes, self._running = list(self._running.values()), {}
        _stop(nodes)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def _await_ready(node: NodeProcess) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while READY_EVENT not in node.output():
        if not node.is_running():
            raise HaltedError(
                f"the node of {node.jurisdiction} stopped before it was ready{why_it_ended(node)}"
            )
        if time.monotonic() > deadline:
            raise HaltedError(
                f"the node of {node.jurisdiction} was not ready after {_READY_SECONDS:.0f} s; "
                f"see {node.log}"
            )
        time.sleep(_POLL_SECONDS)


def why_it_ended(node: NodeProcess) -> str:
    """What a node that has ended said last, which is its reason, as the end of a sentence."""
    said = [line for line in node.output().splitlines() if line.strip()]
    last = said[-1].decode("utf-8", errors="replace") if said else ""
    if last.startswith(_REASON):
        return f": {last.removeprefix(_REASON)}"
    if said:
        return f"; the end of {node.log} says why"
    return (
        f" and left no word (exit status {node.process.poll()}); see whether the disk is full that "
        f"holds {node.log}"
    )


def _close(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()


def _stop(nodes: Sequence[NodeProcess]) -> None:
    for node in nodes:
        node.process.terminate()
    deadline = time.monotonic() + _STOP_SECONDS
    for node in nodes:
        try:
            node.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            node.process.kill()
            node.process.wait()
        _close(node.process)
