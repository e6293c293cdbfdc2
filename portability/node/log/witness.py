"""
The node as a witness for the logs of its peers: one decision and one row per request.

A peer asks over FederationService, anybody on this machine over HTTP, both with the same bytes.
Source: c2sp.org/tlog-witness v1.0.0; formats.md, Notes, checkpoints.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

import structlog

from portability.errors import InvalidInputError, NotFoundError
from portability.ledger.checkpoint import (
    Checkpoint,
    cosign_checkpoint,
    cosign_checkpoint_mldsa,
)
from portability.ledger.keys import Signer
from portability.ledger.mldsa import MldsaSigner
from portability.ledger.note import (
    NoteSignature,
    VerifierKey,
    add_signature_lines,
    parse_note,
    parse_signature_lines,
)
from portability.ledger.trust import Directory
from portability.ledger.witness import (
    MALFORMED,
    AddCheckpoint,
    WitnessAnswer,
    answer_add_checkpoint,
    origin_hash,
    parse_add_checkpoint,
)
from portability.store import witness as stored
from portability.store.engine import Connection, Database

log = structlog.get_logger(__name__)


class Witness:
    """
    Cosigns what only grew. Without a ``signer`` it knows no log and cosigns nothing.

    A node never witnesses its own log.
    """

    def __init__(
        self,
        *,
        database: Database,
        directory: Callable[[], Directory],
        jurisdiction: str,
        signer: Signer | None,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._directory = directory
        self._jurisdiction = jurisdiction
        self._signer = signer
        self._clock = clock

    async def add_checkpoint(self, body: bytes) -> WitnessAnswer:
        """The answer to ``add-checkpoint``. What it cosigns is durable before this returns."""
        try:
            request = parse_add_checkpoint(body)
        except InvalidInputError as error:
            return WitnessAnswer(status=MALFORMED, body=f"{error.message}\n".encode())
        now = self._clock()
        keys = self._keys(request.checkpoint.origin, now)
        if not keys:  # nothing is stored for logs that nobody knows
            return answer_add_checkpoint(request, (), None, lambda _: ())
        async with self._database.write() as connection:
            answer = await self._answer(connection, request, keys, now)
        if answer.is_fork:
            log.error("fork_seen", origin=request.checkpoint.origin)
        return answer

    async def last(self, origin: str) -> bytes:
        """
        What was last cosigned for a log: the log's line and this witness's own.

        Raises NotFoundError where nothing was.
        """
        async with self._database.read() as connection:
            found = await stored.find_witnessed(connection, origin)
        if found is None:
            raise NotFoundError("this witness has cosigned nothing of that log")
        return found.note

    async def last_under(self, digest: str) -> bytes:
        """The same by the hex SHA-256 of the origin. Raises NotFoundError."""
        for member in self._directory().members:
            if origin_hash(member.log_origin) == digest:
                return await self.last(member.log_origin)
        raise NotFoundError("this witness has cosigned nothing of that log")

    def _keys(self, origin: str, now: datetime) -> tuple[VerifierKey, ...]:
        directory = self._directory()
        own = directory.member(self._jurisdiction).log_origin
        if self._signer is None or origin == own or directory.ended_log(origin) is not None:
            return ()
        return directory.log_vkeys(origin, now)

    async def _answer(
        self,
        connection: Connection,
        request: AddCheckpoint,
        keys: tuple[VerifierKey, ...],
        now: datetime,
    ) -> WitnessAnswer:
        origin = request.checkpoint.origin
        held = await stored.lock_witnessed(connection, origin, now)
        last = None if held is None else Checkpoint(origin=origin, size=held.size, root=held.root)
        answer = answer_add_checkpoint(request, keys, last, lambda note: self._cosign(note, now))
        if answer.cosigned is not None:
            await stored.save_witnessed(
                connection,
                stored.WitnessedHead(
                    origin=origin,
                    size=answer.cosigned.size,
                    root=answer.cosigned.root,
                    note=_kept(request, keys, answer.body),
                ),
                now,
            )
        if answer.is_fork and held is not None:
            await stored.add_evidence(
                connection,
                stored.Evidence(
                    origin=origin,
                    first_note=held.note,
                    second_note=request.data,
                    seen_by=self._jurisdiction,
                    create_time=now,
                ),
            )
        return answer

    def _cosign(self, note: bytes, now: datetime) -> Iterable[NoteSignature]:
        if self._signer is None:
            return ()
        name = self._directory().member(self._jurisdiction).witness_name
        time = int(now.timestamp())
        if isinstance(self._signer, MldsaSigner):
            return (cosign_checkpoint_mldsa(note, name, time, self._signer),)
        return (cosign_checkpoint(note, name, time, self._signer),)


def _kept(request: AddCheckpoint, keys: tuple[VerifierKey, ...], lines: bytes) -> bytes:
    """The checkpoint with the log's own lines and ours; lines of others are not ours to serve."""
    known = {(key.name, key.label) for key in keys}
    signed = parse_note(request.data)
    logs = [line for line in signed.signatures if (line.name, line.label) in known]
    return add_signature_lines(signed.text + b"\n", [*logs, *parse_signature_lines(lines)])
