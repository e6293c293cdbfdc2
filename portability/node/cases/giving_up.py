"""
Claims that persons give up: the exact document, and what was signed, into its case, which it ends.

The document is a statement of the case, so that every party sees the person's own signature, and
the lead's node closes the case on it in the same transaction. The closure names it where all
parties have said that they speak version 4 of the protocol. At one that does not, a closure that
names what cannot be read there would wait for ever: then it names nothing and closes the case
everywhere, and the document is withheld from that party alone until it is upgraded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from portability.errors import InvalidInputError, NotFoundError
from portability.ledger.envelope import kind_of, statement_id
from portability.node.cases.loading import load_case, read_case_statement
from portability.node.cases.writing import CaseWriter, Heard, Sending
from portability.node.persons.prepared import keep_prepared, take_prepared, was_handed_in
from portability.node.persons.sessions import person_of_session
from portability.recognition.claim_withdrawal import (
    CLAIM_WITHDRAWAL_TYPE,
    check_may_give_up,
    claim_withdrawal,
    write_claim_withdrawal,
)
from portability.recognition.facts import read_facts
from portability.recognition.statements import Closure, ClosureReason
from portability.recognition.versions import GIVEN_UP
from portability.store import cases

if TYPE_CHECKING:
    from collections.abc import Sequence

    from portability.ledger.envelope import Envelope
    from portability.node.cases.loading import LoadedCase
    from portability.node.log.write import Write
    from portability.node.persons.keys import PersonKeys
    from portability.node.persons.prepared import Prepared


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenUp:
    """The case that was closed, and the statement id of the closure."""

    case_id: str
    closure: bytes


class ClaimsGivenUp:
    """Each method runs inside a transaction that is under way."""

    def __init__(self, *, keys: PersonKeys, writer: CaseWriter) -> None:
        self._keys = keys
        self._writer = writer

    async def prepare(self, write: Write, session: str, case_id: str) -> Prepared:
        """
        The document that gives a claim up, before all institutions in it.

        Raises UnauthenticatedError, NotFoundError for a case that is not about the person, and
        PreconditionError for a claim that is led elsewhere, or over already.
        """
        person = await person_of_session(write.connection, write.vault, session, write.now)
        loaded = await self._case_of(write, case_id, person)
        check_may_give_up(loaded.case, loaded.claim)
        header = self._writer.header(case_id, write.now, [])
        document = write_claim_withdrawal(claim_withdrawal(header, loaded.claim))
        return await keep_prepared(
            write,
            self._keys,
            CLAIM_WITHDRAWAL_TYPE,
            document,
            person=person,
            subject=bytes.fromhex(case_id),
        )

    async def record(self, write: Write, envelope: Envelope, user_handle: bytes) -> GivenUp:
        """
        Take in what the person signed, and close the case on it. Repeating it changes nothing.

        Raises SignatureError if no enrolled key of that person signed it, PreconditionError for a
        document that was not prepared here or is too old, or for a case that was settled since.
        """
        if envelope.payload_type != CLAIM_WITHDRAWAL_TYPE:
            raise InvalidInputError(
                "the payload type is not a claim withdrawal", field="payload_type"
            )
        act = statement_id(envelope.payload_type, envelope.payload)
        if await was_handed_in(write, act):
            return await self._done_before(write, act)
        prepared = await take_prepared(write, act, kind_of(CLAIM_WITHDRAWAL_TYPE))
        signed = await self._keys.verify(
            write,
            envelope,
            {CLAIM_WITHDRAWAL_TYPE},
            person=prepared.person,
            user_handle=user_handle,
        )
        loaded = await self._case_of(write, prepared.subject.hex(), prepared.person)
        check_may_give_up(loaded.case, loaded.claim)
        heard = Heard(
            envelope=envelope,
            statement_id=act,
            key_id=signed.row.key_id,
            statement=read_case_statement(envelope),
            peer="",
        )
        exhibits = dict.fromkeys(_others(loaded), (signed.row.key_record,))
        loaded, _ = await self._writer.take(write, loaded, heard, Sending(exhibits=exhibits))
        await self._keys.keep_evidence(write, signed, prepared.person)
        return GivenUp(case_id=loaded.case_id, closure=await self._close(write, loaded, act))

    async def _done_before(self, write: Write, act: bytes) -> GivenUp:
        (case_id, *_) = await cases.find_cases_of_statement(write.connection, act)
        loaded = await self._load(write, case_id)
        if loaded is None:
            raise NotFoundError("there is no such case here")
        closures = read_facts(loaded.case).closures
        if not closures:  # this node was restored, and has only that back as yet
            return GivenUp(case_id=case_id, closure=await self._close(write, loaded, act))
        return GivenUp(case_id=case_id, closure=min(closures))

    async def _close(self, write: Write, loaded: LoadedCase, act: bytes) -> bytes:
        return await close_given_up(write, loaded, self._writer, (act,))

    async def _case_of(self, write: Write, case_id: str, person: int) -> LoadedCase:
        loaded = await self._load(write, case_id)
        if loaded is None or loaded.row.person != person:
            raise NotFoundError("there is no such claim of yours here")
        return loaded

    async def _load(self, write: Write, case_id: str) -> LoadedCase | None:
        return await load_case(
            write.connection,
            write.vault,
            own=self._writer.jurisdiction,
            case_id=case_id,
            pending=write.statements,
        )


async def close_given_up(
    write: Write, loaded: LoadedCase, writer: CaseWriter, withdrawals: Sequence[bytes]
) -> bytes:
    """Close the case since the person gave the claim up; the statement id of the closure."""
    named = withdrawals
    for peer in _others(loaded):
        if not await writer.is_read(write.connection, peer, GIVEN_UP):
            named = ()
    header = writer.header(loaded.case_id, write.now, named)
    closure = writer.sign(Closure(header=header, reason=ClosureReason.WITHDRAWN))
    await writer.take(write, loaded, closure)
    return closure.statement_id


def _others(loaded: LoadedCase) -> tuple[str, ...]:
    own = loaded.case.own
    return tuple(one for one in loaded.claim.jurisdictions if one != own)
