"""What an agent takes from the machine it runs on; the composition roots supply the real ones."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """
    Clock, randomness and patience as arguments.

    ``now`` gives an aware UTC instant, ``randomness(count)`` as many random bytes, and
    ``sleep(seconds)`` returns after that time.
    """

    now: Callable[[], datetime]
    randomness: Callable[[int], bytes]
    sleep: Callable[[float], None]


def new_uuid(randomness: Callable[[int], bytes]) -> str:
    """A random UUID (RFC 9562 version 4), for request ids."""
    raw = bytearray(randomness(16))
    raw[6] = raw[6] & 0x0F | 0x40
    raw[8] = raw[8] & 0x3F | 0x80
    text = raw.hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
