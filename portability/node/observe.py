"""
The read side over HTTP, for this machine alone: health, metrics, checkpoint and tiles.

It answers without TLS on a loopback address; a reverse proxy or CDN publishes checkpoint and tiles
from it. Nothing it serves is about a person. Source: c2sp.org/tlog-tiles.
"""

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Final, Protocol

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from portability.errors import InvalidInputError, NotFoundError, PortabilityError
from portability.ledger.tiles import BundleRef, parse_tile_path
from portability.ledger.witness import MAX_BODY_BYTES, WitnessAnswer
from portability.node.calls.metrics import CONTENT_TYPE, CallMetrics
from portability.node.readiness import Readiness, ReadSide

TEXT: Final = "text/plain; charset=utf-8"
BYTES: Final = "application/octet-stream"
IMMUTABLE: Final = {"cache-control": "public, max-age=31536000, immutable"}
SECONDS_AT_MOST: Final = {"cache-control": "public, max-age=2"}
NEVER: Final = {"cache-control": "no-store"}


class WitnessDesk(Protocol):
    """What this node is to other logs: a witness."""

    async def add_checkpoint(self, body: bytes) -> WitnessAnswer:
        """The answer to a request; what it cosigns is durable."""

    async def last_under(self, digest: str) -> bytes:
        """What was last cosigned, by the hex SHA-256 of the origin. Raises NotFoundError."""


def observe_app(
    *,
    readiness: Readiness,
    metrics: CallMetrics,
    read_side: ReadSide,
    witness: WitnessDesk | None = None,
    count: Callable[[], Awaitable[None]] | None = None,
) -> Starlette:
    """
    The application of the read side, with that of a C2SP witness where one is given.

    ``count`` counts what the metrics tell of the database, before they are shown.
    """
    return Starlette(
        routes=[
            *_health_routes(readiness, metrics, count),
            *_log_routes(read_side),
            *(_witness_routes(witness) if witness is not None else ()),
        ],
        exception_handlers={Exception: _failed},
    )


def _health_routes(
    readiness: Readiness, metrics: CallMetrics, count: Callable[[], Awaitable[None]] | None
) -> tuple[Route, ...]:
    async def livez(_: Request) -> Response:
        return Response("alive\n", media_type=TEXT, headers=NEVER)

    async def readyz(_: Request) -> Response:
        is_ready = await readiness.look()
        checks = {name: why or "ok" for name, why in readiness.outcomes.items()}
        told = {"ready": is_ready, "checks": checks, "details": readiness.details()}
        body = json.dumps(told, indent=2) + "\n"
        status = 200 if is_ready else 503
        return Response(body, status, media_type="application/json", headers=NEVER)

    async def show_metrics(_: Request) -> Response:
        if count is not None:
            await count()
        return Response(metrics.text(), headers={"content-type": CONTENT_TYPE, **NEVER})

    return (
        Route("/livez", livez),
        Route("/readyz", readyz),
        Route("/metrics", show_metrics),
    )


def _log_routes(read_side: ReadSide) -> tuple[Route, ...]:
    """c2sp.org/tlog-tiles: the checkpoint, and the tiles that hold the log under it."""

    async def checkpoint(_: Request) -> Response:
        return Response(await read_side.checkpoint(), media_type=TEXT, headers=SECONDS_AT_MOST)

    async def tile(request: Request) -> Response:
        ref = parse_tile_path(request.url.path.removeprefix("/"))
        read: Awaitable[bytes] = (
            read_side.bundle(ref) if isinstance(ref, BundleRef) else read_side.tile(ref)
        )
        return Response(await read, media_type=BYTES, headers=IMMUTABLE)

    return (
        Route("/checkpoint", _told(checkpoint)),
        Route("/tile/{path:path}", _told(tile)),
    )


def _witness_routes(witness: WitnessDesk) -> tuple[Route, ...]:
    """c2sp.org/tlog-witness: ``add-checkpoint``, and what was last cosigned for a log."""

    async def add_checkpoint(request: Request) -> Response:
        body = bytearray()
        async for piece in request.stream():
            body += piece
            if len(body) > MAX_BODY_BYTES:
                break  # too long whatever follows: the answer says so
        answer = await witness.add_checkpoint(bytes(body))
        headers = {"content-type": answer.content_type, **NEVER}
        return Response(answer.body, answer.status, headers=headers)

    async def last(request: Request) -> Response:
        note = await witness.last_under(request.path_params["digest"])
        return Response(note, media_type=TEXT, headers=NEVER)

    return (
        Route("/add-checkpoint", _told(add_checkpoint), methods=["POST"]),
        Route("/{digest}/checkpoint", _told(last)),
    )


def _told(
    endpoint: Callable[[Request], Awaitable[Response]],
) -> Callable[[Request], Awaitable[Response]]:
    """Our own errors as HTTP statuses; never cached."""

    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except NotFoundError:
            return Response("there is no such file\n", 404, media_type=TEXT, headers=NEVER)
        except InvalidInputError as error:
            return Response(f"{error.message}\n", 404, media_type=TEXT, headers=NEVER)
        except PortabilityError:
            return Response("try again later\n", 503, media_type=TEXT, headers=NEVER)

    return answer


async def _failed(_: Request, __: Exception) -> Response:
    return Response("internal error\n", 500, media_type=TEXT, headers=NEVER)


class ObserveServer:
    """
    Runs the application in the node's own loop. ``port`` is known once it is made; ``close`` it.

    Raises OSError for an address that is taken.
    """

    def __init__(self, app: Starlette, *, host: str, port: int) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._server = _Server(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                lifespan="off",
                ws="none",
                server_header=False,
                timeout_graceful_shutdown=1,
            )
        )
        self._socket = socket.create_server((host, port), family=family)
        self.port: int = self._socket.getsockname()[1]
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._server.serve(sockets=[self._socket]), name="observe")

    async def close(self) -> None:
        """Answer what was asked, then stop."""
        self._server.should_exit = True
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)
        self._socket.close()


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the node's, which stops this server itself."""
        yield
