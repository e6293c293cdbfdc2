"""The portal as a process: one server on loopback, behind whatever ends TLS for it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
import threading
import traceback
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import uvicorn

from agents.migrant.home import Home
from agents.migrant.portal.app import create_app
from agents.migrant.portal.languages import shipped_languages
from agents.migrant.portal.settings import HelpDesk, Settings
from agents.profile import Profile, load_profile
from agents.session import connect
from portability.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from starlette.applications import Starlette

    from agents.surroundings import Surroundings
    from portability.ledger.directory import Directory

LOOPBACK: Final = "127.0.0.1"
READY: Final = "portal_ready"
MOST_AT_ONCE: Final = 256
_STOP_SECONDS: Final = 3
_CHUNK: Final = 4096
_FRAMES: Final = 8


def run_portal(
    profile: Path,
    outside: Surroundings,
    *,
    port: int,
    origin: str,
    help_desk: HelpDesk,
    stop_with_parent: bool,
) -> int:
    """
    Serve the portal of the node that the profile names until SIGTERM or Ctrl-C.

    Raises ConfigurationError for a profile or origin that is unusable, or a port that is taken.
    """
    found = load_profile(profile)
    directory = _FreshDirectory(found, outside)
    directory.current()  # a directory that is no good is told now
    with connect(found.connection, outside) as session:
        settings = Settings(
            origin=origin or f"http://localhost:{port}",
            home=lambda: Home(
                session=session,
                jurisdiction=found.connection.jurisdiction,
                directory=directory.current(),
                outside=outside,
            ),
            languages=shipped_languages(),
            help_desk=help_desk,
        )
        with open_socket(port) as taken:
            server = portal_server(create_app(settings, outside, report=write_fault))
            asyncio.run(_serve(server, taken, settings.origin, stop_with_parent=stop_with_parent))
    return 0


def write_fault(path: str, error: Exception) -> None:
    """One line on standard error: which page, what kind of error and where, never its text."""
    frames = traceback.extract_tb(error.__traceback__)
    where = [f"{Path(one.filename).name}:{one.lineno}" for one in frames]
    fault = {"event": "page_failed", "path": path, "error_type": type(error).__name__}
    sys.stderr.write(json.dumps({**fault, "frames": where[-_FRAMES:]}) + "\n")


def open_socket(port: int) -> socket.socket:
    """A port of this machine alone; 0 takes any. Raises ConfigurationError for one in use."""
    try:
        return socket.create_server((LOOPBACK, port))
    except OSError:
        raise ConfigurationError(
            f"port {port} cannot be used; name another one with --port", field="port"
        ) from None


def portal_server(app: Starlette) -> uvicorn.Server:
    """The server; it writes no line per request, since paths hold the ids of documents."""
    return _Server(
        uvicorn.Config(
            app,
            access_log=False,
            log_level="warning",
            server_header=False,
            proxy_headers=False,
            lifespan="off",
            ws="none",
            limit_concurrency=MOST_AT_ONCE,
            timeout_graceful_shutdown=_STOP_SECONDS,
        )
    )


class _FreshDirectory:
    """The directory, read again when its file has changed."""

    def __init__(self, profile: Profile, outside: Surroundings) -> None:
        self._profile = profile
        self._now: Callable[[], datetime] = outside.now
        self._read: tuple[int, Directory] | None = None

    def current(self) -> Directory:
        """Raises as ``DirectoryTrust.open``."""
        stamp = self._profile.directory.file.stat().st_mtime_ns
        if self._read is None or self._read[0] != stamp:
            self._read = (stamp, self._profile.directory.open(self._now()))
        return self._read[1]


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are those of the process, which stops this server itself."""
        yield


async def _serve(
    server: uvicorn.Server, taken: socket.socket, origin: str, *, stop_with_parent: bool
) -> None:
    loop = asyncio.get_running_loop()

    def stop() -> None:
        server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    if stop_with_parent:
        _stop_when_input_ends(lambda: loop.call_soon_threadsafe(stop))
    # the socket listens already: whoever comes now is answered as soon as the server runs
    sys.stdout.write(json.dumps({"event": READY, "origin": origin}) + "\n")
    sys.stdout.flush()
    await server.serve(sockets=[taken])


def _stop_when_input_ends(stop: Callable[[], object]) -> None:
    """Standard input is a pipe from the parent: its end is the parent's end, however it came."""

    def wait() -> None:
        while os.read(sys.stdin.fileno(), _CHUNK):
            pass
        stop()

    threading.Thread(target=wait, name="parent", daemon=True).start()
