"""
What the parts of a node stand on: the few things that nearly every one of them is given.

Each package makes its own parts of it (``parts.py`` there), naming for each part what that part
uses; no part holds the foundation itself.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from portability.federation.pacing import Sleep
from portability.ledger.keys import Signer
from portability.ledger.trust import Directory
from portability.node.faults import Fault
from portability.node.log.prover import Prover
from portability.node.log.sequencer import Sequencer
from portability.recognition.echo import Pause
from portability.recognition.versions import LATEST
from portability.store.engine import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """
    What a node cannot make up for itself.

    ``monotonic`` gives seconds that never go back, ``sleep`` takes seconds, ``fault`` is called at
    the named points of ``node.faults``.
    """

    clock: Callable[[], datetime]
    monotonic: Callable[[], float]
    randomness: Callable[[int], bytes]
    fault: Fault
    sleep: Sleep = asyncio.sleep


class Bell:
    """
    Rung by calling it; heard by whoever answers it, and by nobody before.

    Whoever fills the outbox rings, and was made before the sender: a sender that starts looks for
    itself, so that no ring is missed.
    """

    def __init__(self) -> None:
        self._answer: Callable[[], None] = lambda: None

    def __call__(self) -> None:
        self._answer()

    def answer_with(self, answer: Callable[[], None]) -> None:
        """Call this at each ring from now on."""
        self._answer = answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Foundation:
    """
    Whose node it is and what all of it works with; ``node_key`` is the node's own.

    ``wake_outbox`` is rung when something was put into the outbox. While there is a ``pause``
    nothing new is begun. ``protocol_version`` is the latest that this node speaks.
    """

    jurisdiction: str
    node_key: Signer
    directory: Callable[[], Directory]
    database: Database
    sequencer: Sequencer
    prover: Prover
    world: World
    wake_outbox: Bell = field(default_factory=Bell)
    pause: Callable[[], Pause | None] = lambda: None
    protocol_version: int = LATEST

    def is_paused(self) -> bool:
        return self.pause() is not None
