"""
A PostgreSQL connection through which everything goes statement by statement, until one goes wrong.

It stands between the node's driver and the server, inside the node's process, and understands the
protocol as far as the borders of messages: a statement is what the client sends up to a Sync or in
a simple Query, its answer ends with ReadyForQuery. Source: PostgreSQL documentation, chapters
"Message Flow" and "Message Formats".
"""

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import asyncpg

_END_OF_STATEMENT: Final = (b"S", b"Q")
_SENT_AT_ONCE: Final = (b"H", b"X")  # Flush, Terminate
_READY: Final = b"Z"
_BACKEND_KEY: Final = b"K"
SOCKET: Final = ".s.PGSQL.5432"

AFTER: Final = ("lost", "killed-after", "server-killed-after")
"""Kinds that let the server do the statement and keep its answer back."""


class Proxy:
    """
    ``cut``: the connection breaks before the statement; ``lost``: after it, and before its answer.
    ``killed``, ``killed-after``: this process dies there. ``terminated``: the server ends the
    session; ``server-killed``, ``server-killed-after``: a process of the server dies, after which
    the server recovers as from a crash. A SQLSTATE: the server refuses the statement with it.
    """

    def __init__(self, url: str, folder: Path, at: int, kind: str, tell: Callable[[str], None]):
        self._database, _, server = url.partition("@/")[2].partition("?host=")
        self._server = server
        self._folder = folder
        self._at = at
        self._kind = kind
        self._tell = tell
        self._count = 0
        self.is_armed = False
        self.url = f"postgresql+asyncpg://postgres@/{self._database}?host={folder}"

    def arm(self) -> None:
        """From here on it counts."""
        self.is_armed = True

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        listener = await asyncio.start_unix_server(self._serve, self._folder / SOCKET)
        try:
            yield
        finally:
            listener.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            theirs = await asyncio.open_unix_connection(f"{self._server}/{SOCKET}")
        except OSError:  # a server that recovers does not listen
            writer.close()
            return
        session = _Session(self, (reader, writer), theirs)
        await session.run()

    def due(self, statement: bytes) -> str:
        """What is to go wrong with this statement; empty for nothing."""
        self._count += self.is_armed
        if not self.is_armed or self._count != self._at:
            return ""
        words = re.findall(rb"[ -~]{3,}", statement)
        self._tell("fired " + b" ".join(words)[:60].decode("ascii"))
        return self._kind

    async def terminate(self, backend: int) -> None:
        other = await asyncpg.connect(
            user="postgres", database=self._database, host=self._server, ssl=False
        )
        await other.execute("SELECT pg_terminate_backend($1, 5000)", backend)
        await other.close()


class _Session:
    """One connection of the node."""

    def __init__(
        self,
        proxy: Proxy,
        ours: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        theirs: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        self._proxy = proxy
        self._from_node, self._to_node = ours
        self._from_server, self._to_server = theirs
        self._backend = 0
        self._kept_back = ""

    async def run(self) -> None:
        pumps = [asyncio.create_task(self._ask()), asyncio.create_task(self._answer())]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            self._to_node.close()
            self._to_server.close()

    async def _ask(self) -> None:
        self._to_server.write(await _startup(self._from_node))
        statement = waiting = b""
        while True:
            kind, message = await _message(self._from_node)
            statement += message
            waiting += message
            if kind not in _END_OF_STATEMENT and kind not in _SENT_AT_ONCE:
                continue
            fault = ""
            if kind in _END_OF_STATEMENT:
                fault = self._proxy.due(statement)
                statement = b""
            if fault and not await self._go_wrong(fault):
                return
            if not fault or fault in AFTER:
                self._to_server.write(waiting)
                await self._to_server.drain()
            waiting = b""

    async def _answer(self) -> None:
        while True:
            kind, message = await _message(self._from_server)
            if kind == _BACKEND_KEY:
                self._backend = int.from_bytes(message[5:9], "big")
            if not self._kept_back:
                self._to_node.write(message)
                await self._to_node.drain()
            elif kind == _READY:
                if self._kept_back == "killed-after":
                    os.kill(os.getpid(), signal.SIGKILL)
                if self._kept_back == "server-killed-after":
                    os.kill(self._backend, signal.SIGKILL)
                return

    async def _go_wrong(self, fault: str) -> bool:
        """False where the session ends with it."""
        if fault in AFTER:
            self._kept_back = fault
        elif fault == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        elif fault == "terminated":
            await self._proxy.terminate(self._backend)
        elif fault == "server-killed":
            os.kill(self._backend, signal.SIGKILL)
        elif fault != "cut":
            raising = f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{fault}'; END $$"
            query = raising.encode() + b"\0"
            self._to_server.write(b"Q" + (len(query) + 4).to_bytes(4, "big") + query)
        return fault != "cut"


async def _startup(reader: asyncio.StreamReader) -> bytes:
    """The first message has no type."""
    length = await reader.readexactly(4)
    return length + await reader.readexactly(int.from_bytes(length, "big") - 4)


async def _message(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readexactly(5)
    return head[:1], head + await reader.readexactly(int.from_bytes(head[1:], "big") - 4)
