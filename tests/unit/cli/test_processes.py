import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from portability.cli.processes import NodeProcesses
from portability.errors import HaltedError

READY = 'print(\'{"event": "node_ready"}\', flush=True)'
UNTIL_PARENT = "import sys; sys.stdin.buffer.read()"
"""It waits for the end of its standard input, as a node does."""


def script(*lines: str):
    def command(config: Path) -> Sequence[str]:
        return [sys.executable, "-c", "\n".join(lines)]

    return command


def configs(root: Path, *codes: str) -> dict[str, Path]:
    for code in codes:
        (root / code).mkdir()
    return {code: root / code / "node.toml" for code in codes}


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_nodes_are_stopped_however_the_context_is_left(tmp_path: Path) -> None:
    nodes = NodeProcesses(script(READY, UNTIL_PARENT))
    nodes.start(configs(tmp_path, "FR", "ES"))
    started = [nodes.node(code).process for code in ("FR", "ES")]
    assert all(process.poll() is None for process in started)
    with pytest.raises(RuntimeError, match="on purpose"), nodes:
        raise RuntimeError("on purpose")
    assert all(process.poll() is not None for process in started)


def test_a_node_that_ends_before_it_is_ready_is_named_with_its_log(tmp_path: Path) -> None:
    with (
        NodeProcesses(script("print('{}')", "raise SystemExit(2)")) as nodes,
        pytest.raises(HaltedError, match=r"node of FR stopped before it was ready.*node\.log"),
    ):
        nodes.start(configs(tmp_path, "FR"))


def test_what_a_node_said_last_is_told_with_it(tmp_path: Path) -> None:
    said = "import sys; print('portability: the port is taken; choose another', file=sys.stderr)"
    with (
        NodeProcesses(script(said, "raise SystemExit(2)")) as nodes,
        pytest.raises(HaltedError, match=r"before it was ready: the port is taken; choose another"),
    ):
        nodes.start(configs(tmp_path, "FR"))


def test_a_log_that_says_nothing_is_not_given_as_the_reason(tmp_path: Path) -> None:
    with (
        NodeProcesses(script("raise SystemExit(7)")) as nodes,
        pytest.raises(HaltedError, match=r"left no word \(exit status 7\); see whether the disk"),
    ):
        nodes.start(configs(tmp_path, "FR"))


def test_a_node_that_will_not_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portability.cli.processes._STOP_SECONDS", 0.2)
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    with NodeProcesses(script(deaf, READY, "time.sleep(60)")) as nodes:
        nodes.start(configs(tmp_path, "FR"))
        process = nodes.node("FR").process
    assert process.poll() is not None


def test_readiness_is_not_read_from_the_output_of_an_earlier_run(tmp_path: Path) -> None:
    places = configs(tmp_path, "FR")
    with NodeProcesses(script(READY, UNTIL_PARENT)) as nodes:
        nodes.start(places)
    with (
        NodeProcesses(script("raise SystemExit(1)")) as nodes,
        pytest.raises(HaltedError, match="before it was ready"),
    ):
        nodes.start(places)
    assert (tmp_path / "FR" / "node.log").read_bytes().count(b"node_ready") == 1


def test_a_node_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    parent = "\n".join(
        (
            "import pathlib, sys, time; from portability.cli.processes import NodeProcesses",
            f"code = {READY + chr(10) + UNTIL_PARENT!r}",
            "nodes = NodeProcesses(lambda _: [sys.executable, '-c', code])",
            f"nodes.start({{'FR': pathlib.Path({str(tmp_path / 'node.toml')!r})}})",
            "print(nodes.node('FR').process.pid, flush=True)",
            "time.sleep(60)",
        )
    )
    with subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        child = int(running.stdout.readline())
        assert is_alive(child)
        running.kill()
    deadline = time.monotonic() + 60
    while is_alive(child) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not is_alive(child)
