"""
What the witnesses of this node's log have seen of it, held against what this database has.

A database that was restored from an old backup, or a disk that was cloned, ends before what was
published. Signing on from there would be a second history, which nobody can ever take back.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

import structlog

from portability.errors import HaltedError, NotFoundError, PortabilityError
from portability.ledger.note import VerifierKey, parse_note, verify_note
from portability.ledger.tree_head import Checkpoint, parse_checkpoint_text
from portability.ledger.trust import Directory
from portability.node.log.prover import Prover
from portability.store import log_tree
from portability.store import witness as stored
from portability.store.engine import Database

ANSWER_SECONDS: Final = 3.0

log = structlog.get_logger(__name__)


class Viewer(Protocol):
    """A witness, asked what it has seen."""

    async def witnessed_checkpoint(self, origin: str) -> bytes:
        """What it last cosigned; NotFoundError for nothing, PeerUnavailableError for no answer."""


class Standing(StrEnum):
    """How a witness's view stands to this database."""

    FITS = "fits"
    NOTHING = "nothing cosigned yet"
    UNREACHABLE = "no answer"
    NOT_OURS = "shows a checkpoint that this log's key did not sign"
    AHEAD = "ahead of this database"
    DIFFERS = "of another history"


IN_DOUBT: Final = frozenset({Standing.AHEAD, Standing.DIFFERS})


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """``head`` and ``note`` are there where the witness showed a checkpoint of ours."""

    witness: str
    standing: Standing
    head: Checkpoint | None = None
    note: bytes = b""


class WitnessViews:
    """Asks the witnesses of one log. Whatever they answer, it raises nothing."""

    def __init__(
        self,
        *,
        jurisdiction: str,
        database: Database,
        directory: Callable[[], Directory],
        witness: Callable[[str], Viewer],
        clock: Callable[[], datetime],
    ) -> None:
        self._jurisdiction = jurisdiction
        self._database = database
        self._prover = Prover(database)
        self._directory = directory
        self._witness = witness
        self._clock = clock

    async def look(self) -> list[View]:
        """The view of every witness, all asked at once."""
        witnesses = self._directory().witness_vkeys(self._jurisdiction, self._clock())
        return list(await asyncio.gather(*map(self.look_at, witnesses)))

    async def look_at(self, witness: str) -> View:
        """The view of one witness; evidence is kept where it shows another history."""
        directory = self._directory()
        origin = directory.member(self._jurisdiction).log_origin
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                note = await self._witness(witness).witnessed_checkpoint(origin)
        except NotFoundError:
            return View(witness=witness, standing=Standing.NOTHING)
        except (PortabilityError, TimeoutError):
            return View(witness=witness, standing=Standing.UNREACHABLE)
        head = _signed_head(note, directory.log_vkeys(origin, self._clock()), origin)
        if head is None:
            return View(witness=witness, standing=Standing.NOT_OURS)
        return View(
            witness=witness,
            standing=await self._standing(witness, head, note),
            head=head,
            note=note,
        )

    async def _standing(self, witness: str, head: Checkpoint, note: bytes) -> Standing:
        root = await self._prover.root(head.size)
        if root is None:
            return Standing.AHEAD
        if root == head.root:
            return Standing.FITS
        await self._keep(witness, head, note)
        return Standing.DIFFERS

    async def _keep(self, witness: str, head: Checkpoint, note: bytes) -> None:
        async with self._database.write() as connection:
            own = await log_tree.read_checkpoint(connection, head.size)
            if own is None:
                own = (await log_tree.read_head(connection)).checkpoint
            await stored.add_evidence(
                connection,
                stored.Evidence(
                    origin=head.origin,
                    first_note=own,
                    second_note=note,
                    seen_by=witness,
                    create_time=self._clock(),
                ),
            )


def check_views(views: Sequence[View], own_size: int) -> None:
    """Raises HaltedError, with what to do, if one of the witnesses saw what is not here."""
    for view in views:
        if view.standing in IN_DOUBT:
            raise HaltedError(advice(view, own_size))


def advice(view: View, own_size: int) -> str:
    """Why nothing may be signed, and the operator's next step."""
    seen = "" if view.head is None else f" at {view.head.size} entries"
    found = (
        f"the witness of {view.witness} has cosigned this log{seen}, but this database ends at "
        f"{own_size}: it is older than what was published (a restored backup or a cloned disk)"
        if view.standing is Standing.AHEAD
        else f"the witness of {view.witness} has cosigned another history of this log{seen} than "
        "this database holds"
    )
    return (
        f"{found}; nothing is signed. Stop every copy of this node, run `portability node heads "
        "--config FILE`, and start the one whose database has all that the witnesses saw"
        + (
            "; if there is none any more, `portability node recover --config FILE --out DIR` says "
            "how to go on"
            if view.standing is Standing.AHEAD
            else ""
        )
    )


def tell_unreachable(views: Sequence[View]) -> Mapping[str, Standing]:
    """
    Warn of witnesses that did not answer; they are compared with when they do.

    They do not hold up the start: a federation in which each node waits for another never starts
    again after a common failure, and one witness out of order would stop every log.
    """
    missing = {one.witness: one.standing for one in views if one.standing is Standing.UNREACHABLE}
    for witness in missing:
        log.warning("witness_unreachable_at_start", peer=witness)
    return missing


def _signed_head(note: bytes, keys: Sequence[VerifierKey], origin: str) -> Checkpoint | None:
    try:
        parsed = parse_note(note)
        verify_note(parsed, keys)
        head = parse_checkpoint_text(parsed.text)
    except PortabilityError:
        return None
    return head if head.origin == origin else None
