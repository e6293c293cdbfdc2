"""
The composition root of a node: real clock, real randomness, real signals; start, wait, stop.

Exit status 0 after a stop that was asked for. A node that stops in doubt raises HaltedError, so
that whoever started it sees that it did not end well.
"""

import asyncio
import gc
import json
import os
import secrets
import signal
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import structlog
import uvloop

from portability.node.config import NodeConfig, load_config
from portability.node.faults import fault_hook
from portability.node.foundation import World
from portability.node.logging import configure_logging
from portability.node.lookout import reload_directory
from portability.node.notify import ServiceManager
from portability.node.parts import Parts, open_parts
from portability.node.records.workers import load_verifying
from portability.node.server import Running, serving

HALT_CHECK_SECONDS: Final = 0.2

log = structlog.get_logger(__name__)

_RARELY: Final = (20_000, 20, 20)
"""
Objects made, and rounds, between two searches for garbage cycles: what a case makes is freed by
counting references, and the searches took a fifth of its time.
"""


def run(config_file: Path, *, stop_with_parent: bool = False) -> int:
    """
    Serve one node until SIGTERM or Ctrl-C, or until standard input ends where that is asked for.

    Raises ConfigurationError for what does not fit, StorageError for a database that refuses,
    HaltedError for a node that stopped in doubt.
    """
    config = load_config(config_file)
    configure_logging(level=config.log_level)
    load_verifying()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_until_signalled(config, stop_with_parent=stop_with_parent))


async def serve(
    config: NodeConfig,
    *,
    stop: asyncio.Event,
    world: World | None = None,
    announce: Callable[[Parts, Running], None] | None = None,
) -> int:
    """
    Serve until ``stop`` is set; ``announce`` is called once the node is ready for calls.

    Raises as ``run``.
    """
    async with (
        open_parts(config, world or real_world(config)) as parts,
        serving(parts) as running,
    ):
        gc.freeze()  # what is here now stays: no use in looking at it again and again
        gc.set_threshold(*_RARELY)
        (announce or print_ready)(parts, running)
        await _stopped_or_halted(parts, stop)
        log.info("node_stopping", jurisdiction=config.jurisdiction)
    if parts.foundation.sequencer.halted is not None:
        raise parts.foundation.sequencer.halted
    return 0


def real_world(config: NodeConfig) -> World:
    """The clock, randomness and faults of this machine."""
    return World(
        clock=lambda: datetime.now(UTC),
        monotonic=time.monotonic,
        randomness=secrets.token_bytes,
        fault=fault_hook(config.mode, os.environ),
    )


def print_ready(parts: Parts, running: Running) -> None:
    """One JSON line on standard output: where the node listens."""
    line = {
        "event": "node_ready",
        "jurisdiction": parts.config.jurisdiction,
        "listen": str(running.listen),
        "observe": str(running.observe),
        "ready": running.readiness.is_ready,
        "pid": os.getpid(),
    }
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


async def _until_signalled(config: NodeConfig, *, stop_with_parent: bool) -> int:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    manager = ServiceManager(os.environ)

    def end() -> None:
        manager.stopping()
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)
    if stop_with_parent:
        _stop_when_input_ends(loop, stop)

    reloading: set[asyncio.Task[None]] = set()

    def reload(parts: Parts, status: str) -> None:
        work = _reload_and_tell(parts, manager, status)
        task = loop.create_task(work, name="reload")
        reloading.add(task)  # the loop itself holds on to no task
        task.add_done_callback(reloading.discard)

    def announce(parts: Parts, running: Running) -> None:
        status = f"{config.jurisdiction} serves at {running.listen}"
        loop.add_signal_handler(signal.SIGHUP, reload, parts, status)
        print_ready(parts, running)
        manager.ready(status)  # the loop can take SIGHUP and SIGTERM from here on

    return await serve(config, stop=stop, announce=announce)


async def _reload_and_tell(parts: Parts, manager: ServiceManager, status: str) -> None:
    manager.reloading(monotonic_usec=time.monotonic_ns() // 1_000)
    try:
        await reload_directory(parts)
    finally:
        manager.ready(status)  # a directory that does not count is told in the log, and left


def _stop_when_input_ends(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """Standard input is a pipe from the parent: its end is the parent's end, however it came."""

    def wait() -> None:
        while os.read(sys.stdin.fileno(), 4096):
            pass
        loop.call_soon_threadsafe(stop.set)

    threading.Thread(target=wait, name="parent", daemon=True).start()


async def _stopped_or_halted(parts: Parts, stop: asyncio.Event) -> None:
    while not stop.is_set() and parts.foundation.sequencer.halted is None:
        try:
            await asyncio.wait_for(stop.wait(), HALT_CHECK_SECONDS)
        except TimeoutError:
            continue
    if parts.foundation.sequencer.halted is not None:
        log.error("node_halted", why=parts.foundation.sequencer.halted.message)
