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
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from portability.errors import InvalidInputError, NotFoundError, PortabilityError
from portability.ledger.tiles import BundleRef, parse_tile_path
from portability.node.metrics import CONTENT_TYPE, CallMetrics
from portability.node.readiness import Readiness, ReadSide

TEXT: Final = "text/plain; charset=utf-8"
BYTES: Final = "application/octet-stream"
IMMUTABLE: Final = {"cache-control": "public, max-age=31536000, immutable"}
SECONDS_AT_MOST: Final = {"cache-control": "public, max-age=2"}
NEVER: Final = {"cache-control": "no-store"}


def observe_app(*, readiness: Readiness, metrics: CallMetrics, read_side: ReadSide) -> Starlette:
    """The application of the read side."""

    async def livez(_: Request) -> Response:
        return Response("alive\n", media_type=TEXT, headers=NEVER)

    async def readyz(_: Request) -> Response:
        is_ready = await readiness.look()
        checks = {name: why or "ok" for name, why in readiness.outcomes.items()}
        body = json.dumps({"ready": is_ready, "checks": checks}, indent=2) + "\n"
        status = 200 if is_ready else 503
        return Response(body, status, media_type="application/json", headers=NEVER)

    async def show_metrics(_: Request) -> Response:
        return Response(metrics.text(), headers={"content-type": CONTENT_TYPE, **NEVER})

    async def checkpoint(_: Request) -> Response:
        return Response(await read_side.checkpoint(), media_type=TEXT, headers=SECONDS_AT_MOST)

    async def tile(request: Request) -> Response:
        ref = parse_tile_path(request.url.path.removeprefix("/"))
        read: Awaitable[bytes] = (
            read_side.bundle(ref) if isinstance(ref, BundleRef) else read_side.tile(ref)
        )
        return Response(await read, media_type=BYTES, headers=IMMUTABLE)

    return Starlette(
        routes=[
            Route("/livez", livez),
            Route("/readyz", readyz),
            Route("/metrics", show_metrics),
            Route("/checkpoint", _told(checkpoint)),
            Route("/tile/{path:path}", _told(tile)),
        ],
        exception_handlers={Exception: _failed},
    )


def _told(
    endpoint: Callable[[Request], Awaitable[Response]],
) -> Callable[[Request], Awaitable[Response]]:
    """Our own errors as HTTP statuses; never cached."""

    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except NotFoundError:
            return Response("the log has no such tile\n", 404, media_type=TEXT, headers=NEVER)
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
