"""
What is kept of erasures and holds beside the log, and whether the signed statements say the same.

The journal, which is outside of the database, is compared at every start; here it is the database
alone that must not contradict itself.
"""

from collections.abc import Mapping
from typing import Any, Final

from portability.errors import PortabilityError, ProofError
from portability.recognition.erasure import (
    Erasure,
    ErasureAcknowledgement,
    ErasureNotice,
    ErasureOutcome,
    ErasureRefusal,
    ErasureStatement,
    HoldAct,
    LegalHold,
)
from portability.store import log
from portability.store import scan_tables as tables
from portability.store.engine import Connection
from portability.store.erasure_rows import DECIDED, PROVEN, REFUSED
from portability.store.vault import Vault
from portability.wire.envelope import envelope_from_bytes
from portability.wire.erasure import ERASURE_TYPES, erasure_statement_from_payload

Row = Mapping[str, Any]

_SAID_IN: Final = {
    "legal_holds": "statement_id",
    "erasures": "statement_id",
    "erasure_recipients": "notice",
}
_KINDS: Final = ("legal-hold", "erasure", "erasure-refusal", "erasure-notice")
_TABLES: Final[Mapping[type, str]] = {
    Erasure: "erasures",
    ErasureRefusal: "erasures",
    ErasureNotice: "erasure_recipients",
}
"""Where a statement of this node's own has its row."""


class ErasureCheck:
    """Checks the tables of erasures of one node, whose log has ``size`` entries."""

    def __init__(self, connection: Connection, vault: Vault, *, own: str, size: int) -> None:
        self._own = own
        self._connection = connection
        self._vault = vault
        self._size = size
        self._commitments: dict[str, bytes] = {}

    async def check(self) -> None:
        """Raise ProofError naming the first row that its statement does not give."""
        async for row in tables.scan_table(self._connection, "persons"):
            self._commitments[row["name"]] = row["key_commitment"]
        async for row in tables.scan_table(self._connection, "erasures"):
            await self._check_erasure(row)
        async for row in tables.scan_table(self._connection, "erasure_recipients"):
            await self._check_recipient(row)
        async for row in tables.scan_table(self._connection, "legal_holds"):
            await self._check_hold(row)
        await self._check_complete()

    async def _check_erasure(self, row: Row) -> None:
        what = f"erasures: {row['name']}"
        if not 0 <= row["revision"] <= self._size:
            raise ProofError(f"{what}: revision is not a size that this log had")
        if row["owner"] and row["key_commitment"] != self._commitments.get(row["owner"]):
            raise ProofError(f"{what}: key_commitment is not that of the person's key")
        is_said = row["stage"] in (PROVEN, REFUSED)
        if is_said != (row["statement_id"] is not None):
            raise ProofError(f"{what}: its stage and its statement do not fit")
        if (row["stage"] in DECIDED[1:]) != (row["destroy_time"] is not None):
            raise ProofError(f"{what}: its stage and destroy_time do not fit")
        if row["stage"] != REFUSED and row["refusal"]:
            raise ProofError(f"{what}: refusal is set for what was not refused")
        if is_said:
            await self._compare(what, row)

    async def _compare(self, what: str, row: Row) -> None:
        said = await self._said(row["statement_id"])
        if said is None:
            return  # a refusal went with its person
        if row["stage"] == PROVEN and isinstance(said, Erasure):
            expected = (str(said.actor), said.basis.value, said.citation)
        elif row["stage"] == REFUSED and isinstance(said, ErasureRefusal):
            expected = (str(said.actor), said.basis.value, said.citation)
            if row["refusal"] != said.reason.value:
                raise ProofError(f"{what}: refusal is not what its statement says")
        else:
            raise ProofError(f"{what}: statement_id is that of another kind of statement")
        if (row["actor"], row["basis"], row["citation"]) != expected:
            raise ProofError(f"{what}: actor, basis or citation is not what its statement says")

    async def _check_recipient(self, row: Row) -> None:
        what = f"erasure_recipients: {row['jurisdiction']}/{row['institution']} of {row['erasure']}"
        _check_filled(what, row)
        if row["notice"] is None:
            return
        notice = await self._said(row["notice"])
        if not isinstance(notice, ErasureNotice):
            raise ProofError(f"{what}: notice is no notice of this log")
        told = notice.recipient.jurisdiction, notice.recipient.institution
        if told != (row["jurisdiction"], row["institution"]):
            raise ProofError(f"{what}: its notice went to another")
        if not set(row["case_ids"].split()) <= set(notice.cases):
            raise ProofError(f"{what}: case_ids are not in its notice")
        if notice.answer_by != row["answer_by"]:
            raise ProofError(f"{what}: answer_by is not what its notice says")
        if row["answer"] is not None:
            await self._check_answer(what, row)

    async def _check_answer(self, what: str, row: Row) -> None:
        said = await self._said(row["answer"])
        if not isinstance(said, ErasureAcknowledgement) or row["notice"] not in (
            said.header.predecessors
        ):
            raise ProofError(f"{what}: answer is none to its notice")
        is_kept = bool(set(row["case_ids"].split()) & set(said.kept_cases))
        outcome = said.outcome
        if outcome is ErasureOutcome.KEPT and not is_kept:
            outcome = ErasureOutcome.ERASED
        if (row["outcome"], row["citation"]) != (outcome.value, said.citation if is_kept else ""):
            raise ProofError(f"{what}: outcome or citation is not what its answer says")

    async def _check_hold(self, row: Row) -> None:
        what = f"legal_holds: {row['name']}"
        rows = await log.read_statements(self._connection, self._vault, [row["statement_id"]])
        placed = rows.get(row["statement_id"])
        said = await self._said(row["statement_id"])
        if placed is None or not isinstance(said, LegalHold) or said.act is not HoldAct.PLACED:
            raise ProofError(f"{what}: no hold was placed by its statement")
        expected = (str(said.actor), said.citation, placed.person, placed.accept_time)
        found = (row["placed_by"], row["citation"], row["person"], row["place_time"])
        if found != expected:
            raise ProofError(f"{what}: it is not what its statement says")
        if (row["lift_time"] is None) != (row["lift_citation"] == ""):
            raise ProofError(f"{what}: lift_time and lift_citation do not fit")

    async def _check_complete(self) -> None:
        """Every hold and every erasure that was said here has its row."""
        rows = {
            table: {row[column]: row async for row in tables.scan_table(self._connection, table)}
            for table, column in _SAID_IN.items()
        }
        for kind in _KINDS:
            for row in await tables.find_rows(self._connection, "statements", "kind", [kind]):
                said = await self._said(row["statement_id"])
                if said is None or said.header.sender.jurisdiction != self._own:
                    continue
                if isinstance(said, LegalHold):
                    _check_hold_row(row, said, rows["legal_holds"])
                elif row["statement_id"] not in rows[_TABLES[type(said)]]:
                    raise _missing(row, _TABLES[type(said)])

    async def _said(self, name: bytes) -> ErasureStatement | None:
        """A statement of the log about an erasure; None if its content is gone."""
        rows = await log.read_statements(self._connection, self._vault, [name])
        found = rows.get(name)
        if found is None or found.envelope is None:
            return None
        envelope = envelope_from_bytes(found.envelope)
        if envelope.payload_type not in ERASURE_TYPES:
            return None
        try:
            return erasure_statement_from_payload(envelope.payload_type, envelope.payload)
        except PortabilityError:
            raise ProofError(f"leaf {found.leaf_index}: it cannot be read") from None


def _check_filled(what: str, row: Row) -> None:
    """What belongs together is there together."""
    if (row["notice"] is None) != (row["answer_by"] is None):
        raise ProofError(f"{what}: notice and answer_by do not fit")
    has_answer = row["answer"] is not None
    if has_answer != (row["answer_time"] is not None) or has_answer != bool(row["outcome"]):
        raise ProofError(f"{what}: answer, outcome and answer_time do not fit")


def _check_hold_row(row: Row, said: LegalHold, holds: Mapping[bytes, Row]) -> None:
    """A hold that was placed is kept; one that was lifted says so."""
    if said.act is HoldAct.PLACED:
        if row["statement_id"] not in holds:
            raise _missing(row, "legal_holds")
        return
    hold = holds.get(said.header.predecessors[0])
    if hold is None:
        raise _missing(row, "legal_holds")
    if (hold["lift_time"], hold["lift_citation"]) != (row["accept_time"], said.citation):
        raise ProofError(f"legal_holds: {hold['name']}: it was lifted otherwise than it says")


def _missing(row: Row, table: str) -> ProofError:
    return ProofError(f"leaf {row['leaf_index']}: {table} has no row for it")
