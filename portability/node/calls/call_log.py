"""
One canonical line and one count for every call that ended.

They are written a moment later and together: rendering a line costs several times as much between
two calls as among its like. A node that is killed loses at most that moment of its call log, and
nothing else, for what it must remember is in its database.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import structlog

from portability.node.calls.caller import Call
from portability.node.calls.metrics import UNKNOWN_ROLE, CallMetrics

WRITE_SECONDS: Final = 0.05
WRITE_COUNT: Final = 512

Finished = tuple[Call, str, str, float, float]
"""The call, its code and reason, how long it took, and when it ended (POSIX seconds)."""


class CallLog:
    """``clock`` gives POSIX seconds."""

    def __init__(
        self, metrics: CallMetrics, *, jurisdiction: str, clock: Callable[[], float]
    ) -> None:
        self._metrics = metrics
        self._jurisdiction = jurisdiction
        self._clock = clock
        self._waiting: list[Finished] = []
        self._timer: asyncio.TimerHandle | None = None
        self._log = structlog.get_logger(__name__)

    def finished(self, call: Call, code: str, reason: str, seconds: float) -> None:
        """Remember that a call ended."""
        self._waiting.append((call, code, reason, seconds, self._clock()))
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(WRITE_SECONDS, self.write)
        elif len(self._waiting) >= WRITE_COUNT:
            self.write()

    def write(self) -> None:
        """Write what is waiting. Called once more when the node stops."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        waiting, self._waiting = self._waiting, []
        log = self._log.bind(jurisdiction=self._jurisdiction)
        for call, code, reason, seconds, when in waiting:
            caller = call.caller
            role = caller.role.value if caller else UNKNOWN_ROLE
            self._metrics.finished(call.method, code, role, seconds)
            log.info(
                "rpc_finished",
                method=call.method,
                peer=caller.uri if caller else "",
                code=code,
                reason=reason,
                duration_ms=round(seconds * 1000, 3),
                request_id=call.request_id,
                timestamp=datetime.fromtimestamp(when, UTC).isoformat(timespec="microseconds"),
            )
