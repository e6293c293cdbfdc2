"""
A bare echo over the node's own mutual TLS: the limit that appends are measured against.

It serves no product and is started by the bench only. It answers a request with the same bytes and
does nothing else, so what it costs is the transport.
"""

import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import grpc
import uvloop

from portability.node.calls.caller import Context
from portability.node.config import load_config
from portability.node.tls import server_credentials

SERVICE: Final = "portability.bench.Echo"
METHOD: Final = "Echo"


async def _echo(request: bytes, _context: Context) -> bytes:
    return request


async def serve_echo(config_file: Path) -> None:
    """Serve on a free loopback port until cancelled; print the port as one JSON line."""
    config = load_config(config_file)
    server = grpc.aio.server()
    handlers: dict[str, Any] = {METHOD: grpc.unary_unary_rpc_method_handler(_echo)}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
    port = server.add_secure_port("127.0.0.1:0", server_credentials(config))
    await server.start()
    sys.stdout.write(json.dumps({"event": "echo_ready", "port": port}) + "\n")
    sys.stdout.flush()
    await server.wait_for_termination()


def main(arguments: Sequence[str]) -> None:
    uvloop.install()
    asyncio.run(serve_echo(Path(arguments[0])))


if __name__ == "__main__":
    main(sys.argv[1:])
