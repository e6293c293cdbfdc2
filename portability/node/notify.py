"""
What a node tells the service manager that started it: that it serves, reads again, or stops.

One datagram for each to the socket that ``NOTIFY_SOCKET`` names. Source: sd_notify(3).
"""

import socket
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

VARIABLE: Final = "NOTIFY_SOCKET"


class ServiceManager:
    """Whoever waits for word of this process; nobody, where the variable is not set."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._address = environment.get(VARIABLE, "")

    def ready(self, status: str) -> None:
        """It serves, and ``status`` says where; also at the end of reading again."""
        self._tell("READY=1", f"STATUS={status}")

    def reloading(self, *, monotonic_usec: int) -> None:
        """It reads again, since this many microseconds of CLOCK_MONOTONIC; ``ready`` follows."""
        self._tell("RELOADING=1", f"MONOTONIC_USEC={monotonic_usec}")

    def stopping(self) -> None:
        """It takes nothing new, and finishes what is under way."""
        self._tell("STOPPING=1", "STATUS=finishing the calls under way")

    def _tell(self, *lines: str) -> None:
        """A node serves whether it is heard or not, so that what cannot be sent is left."""
        if not self._address:
            return
        address = self._address
        if address.startswith("@"):  # a name of Linux that is no file
            address = f"\0{address[1:]}"
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as way:
            way.setblocking(False)  # noqa: FBT003  # its only parameter
            way.sendto("\n".join(lines).encode(), address)
