"""
Named points at which a development node can be made to die, to prove that nothing is lost.

``PORTABILITY_DIE_AT=batch.written`` kills the process at the first time it gets there, without any
clean-up; ``batch.written:3`` at the third. A production node ignores it.
"""

import os
import re
import signal
from collections.abc import Callable, Mapping
from typing import Final

from portability.errors import ConfigurationError
from portability.node.keys import Mode

VARIABLE: Final = "PORTABILITY_DIE_AT"

POINTS: Final = frozenset(
    {
        "batch.begun",
        "batch.written",
        "batch.committed",
        "inbox.verified",
        "inbox.committed",
        "outbox.sent",
        "outbox.marked",
        "gate.decided",
        "erasure.decided",
        "erasure.journalled",
        "erasure.forgotten",
        "erasure.destroyed",
        "erasure.cleared",
        "erasure.proven",
    }
)

Fault = Callable[[str], None]

_SETTING: Final = re.compile(r"(?P<point>[a-z.]+)(?::(?P<time>[1-9][0-9]{0,5}))?")


def no_fault(_: str) -> None:
    """What production passes down."""


def fault_hook(mode: Mode, environment: Mapping[str, str]) -> Fault:
    """The hook that the environment asks for. Raises ConfigurationError for an unknown point."""
    setting = environment.get(VARIABLE, "")
    if not setting or mode is Mode.PRODUCTION:
        return no_fault
    match = _SETTING.fullmatch(setting)
    if match is None or match["point"] not in POINTS:
        raise ConfigurationError(
            f"{VARIABLE} names no point where a node can be made to die; "
            f"write one of {', '.join(sorted(POINTS))}, with :N for the Nth time",
            variable=VARIABLE,
        )
    return _Killer(match["point"], int(match["time"] or 1))


class _Killer:
    def __init__(self, point: str, time: int) -> None:
        self._point = point
        self._left = time

    def __call__(self, point: str) -> None:
        if point != self._point:
            return
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
