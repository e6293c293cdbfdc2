"""
How long the stream to a peer stands still, and why: the peer failed, or asks to come again, or this
node has still to do or to be sure of something itself.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from portability.errors import MaintenanceError, PortabilityError
from portability.federation.going_alone import NotYetError
from portability.federation.pacing import Backoff, Waker, spread

LONGEST_WAIT: Final = timedelta(hours=1)
"""For a peer in maintenance, whatever it says: it may be over sooner."""

OWN_PAUSE: Final = Backoff(first=timedelta(milliseconds=100), most=timedelta(seconds=2))
"""For what this node itself has yet to do: all that is for the peer waits behind it."""

WAITS_HERE: Final = "WAITS_HERE"
"""Why a stream stands still where its peer is at no fault."""

LONG: Final = 40
"""After so many waits for this node itself, about a minute, an operator should know."""

_DIGITS: Final = 10

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Stream:
    """What the sender of one peer remembers of how far it is."""

    waker: Waker
    task: asyncio.Task[None] | None = None
    failures: int = 0
    own_waits: int = 0
    reason: str = ""
    hold_until: datetime | None = None
    hold: timedelta = timedelta()
    """How long it was to stand still when that was decided."""
    asked: datetime | None = None
    is_compared: bool = False
    is_caught_up: bool = False
    heard: int = 0
    """Up to where the peer has said, but not signed, that it has the stream."""

    def left(self, now: datetime) -> timedelta:
        """
        How long no attempt is made yet. None is put off for longer than was decided: what is more
        comes from a clock that was set back meanwhile, by a day perhaps.
        """
        left = timedelta() if self.hold_until is None else self.hold_until - now
        return left if timedelta() < left <= self.hold else timedelta()

    def standing(self, now: datetime) -> tuple[int, str, datetime | None]:
        """Failures in a row, why the last attempt failed, and until when no other is made."""
        return self.failures, self.reason, self.hold_until if self.left(now) else None

    def stand_still(self, wait: timedelta, reason: str, now: datetime) -> None:
        """Make no attempt for a while, and say why."""
        self.reason, self.hold, self.hold_until = reason, wait, now + wait


class Standstill:
    """Says how long a stream waits, notes it there and in the log."""

    def __init__(
        self,
        *,
        clock: Callable[[], datetime],
        randomness: Callable[[int], bytes],
        backoff: Backoff,
    ) -> None:
        self._clock = clock
        self._randomness = randomness
        self._backoff = backoff

    def after(self, peer: str, stream: Stream, error: PortabilityError) -> float:
        """Seconds until the next attempt, as the error asks for it."""
        if isinstance(error, MaintenanceError):
            return self._come_again(peer, stream, error)
        if isinstance(error, NotYetError):
            return self._wait_here(peer, stream)
        return self.back_off(peer, stream, error.reason)

    def back_off(self, peer: str, stream: Stream, reason: str) -> float:
        """Seconds until the next attempt, after a failure."""
        stream.failures += 1
        stream.is_caught_up = False
        wait = self._backoff.delay(stream.failures, self._randomness)
        stream.stand_still(wait, reason, self._clock())
        delay = wait.total_seconds()
        log.warning(
            "peer_backed_off",
            peer=peer,
            reason=reason,
            failures=stream.failures,
            delay_ms=round(delay * 1000),
        )
        return delay

    def _come_again(self, peer: str, stream: Stream, error: MaintenanceError) -> float:
        """Wait as long as the peer says and up to half of it more, so that not all come at once."""
        asked = timedelta(seconds=_seconds(error))
        wait = min(asked, LONGEST_WAIT) * (1 + spread(self._randomness) / 2)
        stream.is_caught_up = False
        stream.stand_still(wait, error.reason, self._clock())
        log.info("peer_in_maintenance", peer=peer, delay_ms=round(wait.total_seconds() * 1000))
        return wait.total_seconds()

    def _wait_here(self, peer: str, stream: Stream) -> float:
        """
        Wait for this node itself. The peer is asked again before anything is said to have stayed
        here: what left before the wait may have arrived meanwhile.
        """
        stream.own_waits += 1
        stream.is_caught_up = False
        wait = OWN_PAUSE.delay(stream.own_waits, self._randomness)
        stream.stand_still(wait, WAITS_HERE, self._clock())
        tell = log.info if stream.own_waits % LONG else log.warning  # all else waits behind it
        delay_ms = round(wait.total_seconds() * 1000)
        tell("stream_waits_here", peer=peer, waits=stream.own_waits, delay_ms=delay_ms)
        return wait.total_seconds()


def _seconds(error: MaintenanceError) -> int:
    """After how many seconds the peer asks to come again; at least one."""
    told = error.context.get("retry_after_seconds", "")
    return max(int(told), 1) if told.isdecimal() and len(told) < _DIGITS else 1
