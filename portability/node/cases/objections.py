"""
Objections that persons sign themselves: the exact document, and what was signed, into its case.

The document is the statement of the case, so that what counts carries the person's own signature;
the record of their key goes with it to every party.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from portability.errors import InvalidInputError, NotFoundError, PreconditionError
from portability.ledger.encoding import HASH_BYTES
from portability.ledger.envelope import kind_of, statement_id
from portability.node.cases.loading import load_case, read_case_statement
from portability.node.cases.writing import CaseWriter, Heard, Sending
from portability.node.persons.prepared import keep_prepared, take_prepared, was_handed_in
from portability.node.persons.sessions import person_of_session
from portability.recognition.facts import read_facts
from portability.recognition.objection_document import (
    OBJECTION_TYPE,
    write_objection_document,
)
from portability.recognition.statements import Determination, Grounds, Objection
from portability.store import cases
from portability.wire.strict import exactly

if TYPE_CHECKING:
    from portability.ledger.envelope import Envelope
    from portability.node.cases.loading import LoadedCase
    from portability.node.log.write import Write
    from portability.node.persons.keys import PersonKeys
    from portability.node.persons.prepared import Prepared


class Objections:
    """Each method runs inside a transaction that is under way."""

    def __init__(self, *, keys: PersonKeys, writer: CaseWriter) -> None:
        self._keys = keys
        self._writer = writer

    async def prepare(
        self, write: Write, session: str, determination: bytes, grounds: str
    ) -> Prepared:
        """
        The document that contests a decision.

        Raises UnauthenticatedError, NotFoundError for a decision that is not about the person,
        InvalidInputError, and PreconditionError for one that cannot be contested now.
        """
        person = await person_of_session(write.connection, write.vault, session, write.now)
        contested = exactly(determination, HASH_BYTES, "determination")
        if grounds not in {*Grounds}:
            raise InvalidInputError(
                f"grounds is none of: {', '.join(Grounds)}; take `other` for anything else",
                field="grounds",
            )
        loaded = await self._case_of(write, contested, person)
        check_contestable(loaded, contested)
        objection = Objection(
            header=self._writer.header(loaded.case_id, write.now, [contested]),
            grounds=grounds,
            by_person=True,
        )
        document = write_objection_document(objection)
        return await keep_prepared(
            write,
            self._keys,
            OBJECTION_TYPE,
            document,
            person=person,
            subject=contested,
        )

    async def record(self, write: Write, envelope: Envelope, user_handle: bytes) -> str:
        """
        Take in what the person signed; the id of its case. Repeating it changes nothing.

        Raises SignatureError if no enrolled key of that person signed it, PreconditionError for a
        document that was not prepared here or is too old, or a decision that was replaced since.
        """
        if envelope.payload_type != OBJECTION_TYPE:
            raise InvalidInputError("the payload type is not an objection", field="payload_type")
        act = statement_id(envelope.payload_type, envelope.payload)
        if await was_handed_in(write, act):
            return (await cases.find_cases_of_statement(write.connection, act))[0]
        prepared = await take_prepared(write, act, kind_of(OBJECTION_TYPE))
        signed = await self._keys.verify(
            write, envelope, {OBJECTION_TYPE}, person=prepared.person, user_handle=user_handle
        )
        loaded = await self._case_of(write, prepared.subject, prepared.person)
        check_contestable(loaded, prepared.subject)
        heard = Heard(
            envelope=envelope,
            statement_id=act,
            key_id=signed.row.key_id,
            statement=read_case_statement(envelope),
            peer="",
        )
        to = [one for one in loaded.claim.jurisdictions if one != self._writer.jurisdiction]
        sending = Sending(exhibits=dict.fromkeys(to, (signed.row.key_record,)))
        await self._writer.take(write, loaded, heard, sending)
        await self._keys.keep_evidence(write, signed, prepared.person)
        return loaded.case_id

    async def _case_of(self, write: Write, determination: bytes, person: int) -> LoadedCase:
        for case_id in await cases.find_cases_of_statement(write.connection, determination):
            loaded = await load_case(
                write.connection,
                write.vault,
                own=self._writer.jurisdiction,
                case_id=case_id,
                pending=write.statements,
            )
            if loaded is not None and loaded.row.person == person:
                return loaded
        raise NotFoundError("there is no such decision about you here")


def check_contestable(loaded: LoadedCase, determination: bytes) -> None:
    """Raises PreconditionError unless it is a decision that stands, and nobody contests it yet."""
    facts = read_facts(loaded.case)
    if not isinstance(loaded.case.accepted.get(determination), Determination):
        raise NotFoundError("there is no such decision about you here")
    if determination not in facts.standing.values():
        raise PreconditionError(
            "the decision was replaced meanwhile; look at the new one, and contest that",
            subject="determination",
        )
    if facts.withdrawn:
        raise PreconditionError(
            "the claim was withdrawn, so no decision on it stands", subject="case"
        )
    current = facts.current
    if current is not None and facts.determinations[determination].header.sender in (
        current.not_insured
    ):
        raise PreconditionError(
            "the institution has no part in this claim any more, so its decision counts no longer; "
            "contest one of the others",
            subject="determination",
        )
    contested = {facts.objected[i].header.predecessors[0] for i in facts.objections}
    if determination in contested:
        raise PreconditionError(
            "the decision is contested already; the institution has to decide again",
            subject="determination",
        )
