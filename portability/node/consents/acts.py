"""
The person's acts: the taking in of what was signed.

Only the exact bytes of a document that was prepared here, signed by a key that is enrolled for
that very person, become an act; who delivers them does not matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from portability.consent.acts import read_pause, read_refusal, read_resume
from portability.consent.consent_reader import read_consent, read_withdrawal
from portability.consent.document import Method
from portability.consent.lifecycle import OPEN_STATES, ActKind
from portability.consent.payload_types import (
    CONSENT_TYPE,
    PAUSE_TYPE,
    PERSON_ACT_TYPES,
    REFUSAL_TYPE,
    RESUME_TYPE,
    WITHDRAWAL_TYPE,
)
from portability.consent.signature import claims_truly, reaches, verify_person
from portability.errors import InvalidInputError, NotFoundError, PreconditionError
from portability.ledger.envelope import kind_of, statement_id
from portability.node.consents.answered_acts import Done, first_answer
from portability.node.consents.assistants import note_help
from portability.node.consents.preparing import check_allows, check_refusable
from portability.node.consents.standing import (
    SUPERSEDED_BY,
    StoredConsent,
    consent_standing,
    load_consent,
    load_request,
    request_standing,
    standing_of,
)
from portability.node.log.write import NewStatement
from portability.node.persons.keys import SignedBy
from portability.recognition.statements import PermissionEnding
from portability.store import access, consents, delivery

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from datetime import datetime

    from portability.consent.document import Consent
    from portability.consent.statements import SubjectKey
    from portability.ledger.envelope import Envelope
    from portability.node.cases.permission_ends import TellCases
    from portability.node.consents.shown import ShownTexts
    from portability.node.log.write import LoggedRow, Write
    from portability.node.persons.keys import PersonKeys

GRANTED_VERSION: Final = 2
"""Of the status of a consent that was asked for, then granted."""

CONSENT_KIND: Final = kind_of(CONSENT_TYPE)
WITHDRAWAL_KIND: Final = kind_of(WITHDRAWAL_TYPE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Act:
    """What was signed, for whom it was prepared, and where it stands in the log."""

    signed: SignedBy
    person: int
    leaf_index: int

    @property
    def id(self) -> bytes:
        return self.signed.verified.statement_id

    @property
    def payload(self) -> bytes:
        return self.signed.verified.payload


class ConsentActs:
    """Each method runs inside a transaction that is under way."""

    def __init__(
        self,
        *,
        keys: PersonKeys,
        shown: ShownTexts,
        jurisdiction: str,
        wake_outbox: Callable[[], None],
        tell_cases: TellCases,
    ) -> None:
        self._keys = keys
        self._jurisdiction = jurisdiction
        self._wake_outbox = wake_outbox
        self._shown = shown
        self._tell_cases = tell_cases
        self._takes: Mapping[str, Callable[[Write, _Act], Awaitable[Done]]] = {
            CONSENT_TYPE: self._grant,
            WITHDRAWAL_TYPE: self._withdraw,
            PAUSE_TYPE: self._pause,
            RESUME_TYPE: self._resume,
            REFUSAL_TYPE: self._refuse,
        }

    async def record(self, write: Write, envelope: Envelope, user_handle: bytes = b"") -> Done:
        """
        Take in what the person signed; ``user_handle`` as a passkey's authenticator gave it.

        Raises SignatureError if no enrolled key of that person signed it, PreconditionError for a
        document that was not prepared here, was recorded for somebody else's key or is too old.
        """
        if envelope.payload_type not in PERSON_ACT_TYPES:
            raise InvalidInputError(
                "the payload type is neither a consent nor an act on one", field="payload_type"
            )
        act_id = statement_id(envelope.payload_type, envelope.payload)
        prepared = await _take_prepared(write, act_id, envelope.payload_type)
        if prepared is None:
            return await first_answer(write, envelope, act_id)
        signed = await self._keys.verify(
            write, envelope, PERSON_ACT_TYPES, person=prepared.person, user_handle=user_handle
        )
        return await self._taken(write, envelope, signed, prepared)

    async def record_assisted(self, write: Write, envelope: Envelope, key: SubjectKey) -> Done:
        """
        Take in a consent that worker and witness signed for a person; ``key`` holds both keys.

        Raises SignatureError unless both signed, PreconditionError as ``record``.
        """
        act_id = statement_id(envelope.payload_type, envelope.payload)
        prepared = await _take_prepared(write, act_id, envelope.payload_type)
        if prepared is None:
            return await first_answer(write, envelope, act_id)
        verified = verify_person(envelope, {CONSENT_TYPE}, key)
        row = await access.find_subject_key(write.connection, key.key_id)
        if row is None:
            raise PreconditionError("the keys of this act are not enrolled here; prepare it again")
        signed = SignedBy(verified=verified, record=key, row=row, user_handle=b"")
        return await self._taken(write, envelope, signed, prepared)

    async def _taken(
        self,
        write: Write,
        envelope: Envelope,
        signed: SignedBy,
        prepared: consents.PreparedDocument,
    ) -> Done:
        row = await self._log(write, envelope, signed, prepared)
        act = _Act(signed=signed, person=prepared.person, leaf_index=row.leaf_index)
        return await self._takes[envelope.payload_type](write, act)

    async def _log(
        self,
        write: Write,
        envelope: Envelope,
        signed: SignedBy,
        prepared: consents.PreparedDocument,
    ) -> LoggedRow:
        return await write.log(
            NewStatement(
                envelope=envelope,
                statement_id=prepared.digest,
                kind=prepared.kind,
                key_id=signed.verified.key_ids[0],
                person=prepared.person,
            ),
            is_new=True,  # a prepared document is taken once, so it cannot have been handed in
        )

    async def _grant(self, write: Write, act: _Act) -> Done:
        document = read_consent(act.payload)
        _check_key(document, act.signed.record)
        asked = await consents.find_consent_request(write.connection, document.request)
        if asked is None:
            raise PreconditionError("the request that the consent answers is gone")
        if await consents.find_refusal(write.connection, document.request) is not None:
            raise PreconditionError("the request was refused; the requester has to ask again")
        await self._supersede(write, document, act.id, act.leaf_index)
        row = consents.ConsentRow(
            statement_id=act.id,
            leaf_index=act.leaf_index,
            person=act.person,
            consent_request=document.request,
            requester=asked.requester,
            status_version=GRANTED_VERSION,
            create_time=write.now,
        )
        await consents.add_consent(write.connection, row)
        await self._keys.keep_evidence(
            write,
            act.signed,
            act.person,
            request=document.request,
            notice=await self._shown.find(write, document.purpose.template, document.notice),
        )
        await note_help(write, act.signed, act.id, act.person)
        where = standing_of(StoredConsent(row=row, document=document, request=asked), write.now)
        return Done(statement_id=act.id, state=where.state, fresh=True)

    async def _supersede(self, write: Write, document: Consent, act_id: bytes, leaf: int) -> None:
        """End the consent that this one replaces; refuse if another one came in between."""
        before = await consents.find_consent_by_request(write.connection, document.request)
        in_force = b""
        if before is not None:
            consent = await load_consent(write.connection, write.vault, before.statement_id)
            if consent is not None:
                where = await consent_standing(write.connection, consent, write.now)
                in_force = before.statement_id if where.state in OPEN_STATES else b""
        if in_force != (document.supersedes or b"") and in_force:
            raise PreconditionError(
                "another consent was given on this request meanwhile; prepare the document again"
            )
        if in_force:
            act = consents.ConsentAct(
                statement_id=act_id,
                leaf_index=leaf,
                consent=in_force,
                kind=SUPERSEDED_BY,
                create_time=write.now,
            )
            await consents.add_consent_act(write.connection, act)

    async def _withdraw(self, write: Write, act: _Act) -> Done:
        """At once, and pushed to the node of everybody who may have received something."""
        consent = await _consent(write, read_withdrawal(act.payload).consent)
        await check_allows(write, consent, ActKind.WITHDRAW, "withdrawn any more")
        for peer in _peers_of(consent.document, self._jurisdiction):
            await delivery.enqueue(
                write.connection,
                peer=peer,
                statement_id=act.id,
                exhibits=(act.signed.row.key_record,),
                not_before=write.now,
                now=write.now,
            )
        write.after_commit(self._wake_outbox)
        done = await self._acted(write, act, consent, WITHDRAWAL_KIND)
        ending = PermissionEnding.WITHDRAWN
        await self._tell_cases(write, consent.row.statement_id, ending, act.id)
        return done

    async def _pause(self, write: Write, act: _Act) -> Done:
        """Peers learn of it when they next ask where the consent stands, before any use."""
        pause = read_pause(act.payload)
        consent = await _consent(write, pause.consent)
        await check_allows(write, consent, ActKind.PAUSE, "paused")
        return await self._acted(write, act, consent, kind_of(PAUSE_TYPE), until=pause.until)

    async def _resume(self, write: Write, act: _Act) -> Done:
        consent = await _consent(write, read_resume(act.payload).consent)
        await check_allows(write, consent, ActKind.RESUME, "resumed")
        return await self._acted(write, act, consent, kind_of(RESUME_TYPE))

    async def _refuse(self, write: Write, act: _Act) -> Done:
        """Nobody is told: to the requester it looks as if there had been no answer."""
        asked = await load_request(write.connection, write.vault, read_refusal(act.payload).request)
        if asked is None:
            raise NotFoundError("there is no such request here")
        where, _ = await request_standing(write.connection, write.vault, asked, write.now)
        check_refusable(where.state)
        await self._keys.keep_evidence(write, act.signed, act.person)
        await consents.add_refusal(
            write.connection,
            consents.RefusalRow(
                statement_id=act.id,
                leaf_index=act.leaf_index,
                person=act.person,
                consent_request=asked.row.statement_id,
                create_time=write.now,
            ),
        )
        where, _ = await request_standing(write.connection, write.vault, asked, write.now)
        return Done(statement_id=act.id, state=where.state, fresh=True)

    async def _acted(
        self,
        write: Write,
        act: _Act,
        consent: StoredConsent,
        kind: str,
        *,
        until: datetime | None = None,
    ) -> Done:
        """Keep an act on a consent, with its evidence; where the consent stands now."""
        await self._keys.keep_evidence(write, act.signed, act.person)
        await consents.add_consent_act(
            write.connection,
            consents.ConsentAct(
                statement_id=act.id,
                leaf_index=act.leaf_index,
                consent=consent.row.statement_id,
                kind=kind,
                create_time=write.now,
                until=until,
            ),
        )
        where = await consent_standing(write.connection, consent, write.now)
        return Done(statement_id=act.id, state=where.state, fresh=True)


async def _take_prepared(
    write: Write, act_id: bytes, payload_type: str
) -> consents.PreparedDocument | None:
    prepared = await consents.take_prepared_document(write.connection, digest=act_id, now=write.now)
    is_meant = prepared is not None and prepared.kind == kind_of(payload_type)
    return prepared if is_meant else None


async def _consent(write: Write, consent_id: bytes) -> StoredConsent:
    consent = await load_consent(write.connection, write.vault, consent_id)
    if consent is None:
        raise NotFoundError("there is no such consent here")
    return consent


def _check_key(document: Consent, record: SubjectKey) -> None:
    claimed = document.assurance
    is_so = claims_truly(document, record)
    if record.method is not Method.PAPER:
        is_so = is_so and reaches(document, record, identity=claimed.identity, act=claimed.act)
    if not is_so:
        raise PreconditionError(
            "the document was prepared for another of the person's keys; prepare it again"
        )


def _peers_of(consent: Consent, own: str) -> list[str]:
    parties = (consent.requester.party, *consent.providers)
    return [peer for peer in dict.fromkeys(one.jurisdiction for one in parties) if peer != own]
