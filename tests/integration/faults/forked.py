"""Children of this process: prepared by it, so that each starts at once and dies alone."""

import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.integration.faults.system_calls import Verdict, hand_over_file_calls, supervise

SECONDS: Final = 90
"""A child that takes longer hangs, and is ended by its alarm."""

Tell = Callable[[str], None]


class HungError(Exception):
    """A child did not come to an end."""


def in_child(body: Callable[[Tell], None]) -> list[str]:
    """What ``body`` tells, line by line, up to its end or its death."""
    return _run(body, None)


def in_watched_child(
    body: Callable[[Tell], None], folder: Path, verdict: Callable[[int], Verdict]
) -> list[str]:
    """As ``in_child``; ``verdict``, made for its process id, is asked about each file operation."""
    return _run(body, (folder, verdict))


def _run(
    body: Callable[[Tell], None], watched: tuple[Path, Callable[[int], Verdict]] | None
) -> list[str]:
    reading, writing = os.pipe()
    here, there = socket.socketpair()
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        _be_child(body, writing, there if watched else None)
    os.close(writing)
    there.close()
    if watched:
        _, descriptors, _, _ = socket.recv_fds(here, 1, 1)
        try:
            supervise(descriptors[0], watched[0], watched[1](child))
        finally:
            os.close(descriptors[0])
    here.close()
    with os.fdopen(reading, "rb") as source:
        lines = source.read().decode().splitlines()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGALRM:
        raise HungError(lines)
    return lines


def _be_child(body: Callable[[Tell], None], writing: int, to: socket.socket | None) -> None:
    """Never returns: nothing of the parent's is cleaned up twice."""

    def tell(line: str) -> None:
        os.write(writing, f"{line}\n".encode())

    try:
        signal.alarm(SECONDS)
        if to is not None:
            listener = hand_over_file_calls()
            socket.send_fds(to, [b"l"], [listener])
            os.close(listener)
        body(tell)
    except BaseException:  # noqa: BLE001  # whatever it is, it is told
        tell(f"crashed {traceback.format_exc()!r}")
    finally:
        os._exit(0)
