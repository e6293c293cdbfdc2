"""
What two nodes say to each other to find out whether they could work together, as values.

``wire.echo`` reads them from signed bytes.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from portability.consent.scope import Party

NONCE_BYTES: Final = 32

MAX_SKEW: Final = timedelta(seconds=30)
"""Beyond it consents seem to begin late and keys seem to be used before they are valid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """A node asks another one to echo; ``created`` is in whole seconds by the sender's clock."""

    nonce: bytes
    sender: Party
    recipient: Party
    created: datetime
    protocol_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A node takes no new work; whoever asks may come again ``retry_after`` from now."""

    reason: str
    retry_after: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Echo:
    """
    The answer to a probe. ``recipient`` is whom the certificate of the call named.

    ``refusal`` is the reason for which the probe does not count at the sender, with its sentence in
    ``refusal_message``; both are empty where it does.
    """

    nonce: bytes
    sender: Party
    recipient: Party
    created: datetime
    protocol_version: int
    directory_version: int
    refusal: str = ""
    refusal_message: str = ""
    pause: Pause | None = None


def clock_skew(echo: Echo, sent: datetime, received: datetime) -> timedelta:
    """
    By how much the sender of the echo is ahead of us, negative for behind.

    The echo was made between the two instants and tells whole seconds, rounded down: what that can
    explain is no skew.
    """
    if echo.created + timedelta(seconds=1) < sent:
        return echo.created + timedelta(seconds=1) - sent
    return max(echo.created - received, timedelta())
