"""
Consents as most of them are, taken in together: the first answer to a request, well signed.

A person answers within minutes of the preparing. So what a document says, of which this node wrote
every byte, and the key for which it was prepared are remembered, and its signature is checked
outside of the transaction. In it, everything that may have changed meanwhile is looked up for all
at once: whether the document is still to be taken, the key still good and the request still open.
Whatever is not so plain is left to ``acts``, which knows every case and says what is wrong.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from portability.consent.document import ActLevel, Method
from portability.consent.lifecycle import Act, ActKind, Terms, standing
from portability.consent.payload_types import CONSENT_TYPE
from portability.consent.signature import reaches
from portability.errors import PortabilityError, StaleCheckpointError, StorageError
from portability.ledger.envelope import Verified, statement_id
from portability.node.consents.acts import CONSENT_KIND, GRANTED_VERSION
from portability.node.consents.answered_acts import Done
from portability.node.log.jobs import Share
from portability.node.log.write import NewStatement
from portability.node.persons.keys import SignedBy
from portability.node.persons.passkeys import check_user_handle
from portability.node.persons.prepared import PREPARED_LIFETIME
from portability.store import access, consents
from portability.wire.signed_act import Handed, SignedAct
from portability.wire.subject_key import subject_key_to_payload

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from portability.consent.document import Consent, Notice
    from portability.ledger.envelope import Envelope
    from portability.node.consents.acts import ConsentActs
    from portability.node.consents.preparing import PreparedConsent
    from portability.node.consents.shown import ShownTexts
    from portability.node.log.write import Write
    from portability.node.persons.keys import KeyInUse, PersonKeys

CheckSigned = Callable[[Handed], Awaitable[SignedAct | None]]
"""What a person signed, None if they did not."""

MAX_REMEMBERED: Final = 20_000
"""Documents that wait for their signatures: those of ten minutes, on the busiest of days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    """A document that this node wrote, and the key for which it did, with its record's payload."""

    id: bytes
    request: bytes
    template: bytes
    notice: Notice
    terms: Terms
    key: KeyInUse
    key_record: bytes
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Checked:
    """A document that came back signed; ``user_handle`` as the authenticator gave it."""

    waiting: _Waiting
    envelope: Envelope
    sign_count: int
    user_handle: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    """What is to be stored of a consent."""

    done: Done
    row: consents.ConsentRow
    use: tuple[bytes, int]


class Grants:
    """Remembers what was prepared, and takes in together what came back signed."""

    def __init__(
        self, *, acts: ConsentActs, keys: PersonKeys, shown: ShownTexts, check: CheckSigned
    ) -> None:
        self._acts = acts
        self._shown = shown
        self._keys = keys
        self._check = check
        self._waiting: OrderedDict[bytes, _Waiting] = OrderedDict()

    def remember(self, prepared: PreparedConsent) -> None:
        """Remember a consent that was prepared. To forget one costs time and nothing else."""
        document, key, consent = prepared.to_sign.statement_id, prepared.key, prepared.consent
        if key is None or not _is_plain(consent, key):
            return
        self._waiting[document] = _Waiting(
            id=document,
            request=consent.request,
            template=consent.purpose.template,
            notice=consent.notice,
            terms=Terms(not_after=consent.not_after, max_uses=consent.use.max_uses),
            key=key,
            key_record=subject_key_to_payload(key.record),
            since=consent.created_at,
        )
        self._forget_old(consent.created_at)

    async def share(self, envelope: Envelope, user_handle: bytes) -> Share[Done] | None:
        """How this consent is taken in together with others; None if that is not so plain."""
        waiting = self._waiting.get(statement_id(envelope.payload_type, envelope.payload))
        if waiting is None or len(envelope.signatures) != 1:
            return None
        handed = Handed(waiting.id, envelope.signatures[0].sig, waiting.key_record)
        signed = await self._check(handed)
        if signed is None:
            return None
        item = _Checked(
            waiting=waiting,
            envelope=envelope,
            sign_count=signed.sign_count,
            user_handle=user_handle,
        )
        return Share(take=self._take, item=item)

    def _forget(self, documents: Sequence[bytes]) -> None:
        for one in documents:
            self._waiting.pop(one, None)

    def _forget_old(self, now: datetime) -> None:
        """What nobody can hand in any more, and the oldest where they are too many."""
        while self._waiting:
            oldest = next(iter(self._waiting.values()))
            if len(self._waiting) <= MAX_REMEMBERED and now < oldest.since + PREPARED_LIFETIME:
                return
            self._waiting.popitem(last=False)

    async def _take(self, write: Write, items: Sequence[_Checked]) -> list[Done | None]:
        """First everything that can go wrong with one of them, then the writes of all."""
        open_ones = await _open_ones(write, items)
        # a document that is handed in twice is taken once
        asked = [open_ones.pop(item.waiting.id, None) for item in items]
        taken = [
            None if one is None else await self._grant(write, item, one)
            for item, one in zip(items, asked, strict=True)
        ]
        kept = [one for one in taken if one is not None]
        if kept:
            documents = [one.row.statement_id for one in kept]
            await consents.take_prepared_documents(write.connection, documents)
            await consents.add_consents(write.connection, [one.row for one in kept])
            await access.note_key_uses(write.connection, [one.use for one in kept], now=write.now)
            write.after_commit(partial(self._forget, documents))
        return [None if one is None else one.done for one in taken]

    async def _grant(
        self, write: Write, item: _Checked, asked: consents.Answerable
    ) -> _Taken | None:
        """Log the consent and its evidence; None, and nothing logged, if something is wrong."""
        mark = write.mark()
        try:
            return await self._logged(write, item, asked)
        except (StorageError, StaleCheckpointError):
            raise  # the transaction as a whole is in question
        except PortabilityError:
            write.undo_to(mark)
            return None

    async def _logged(self, write: Write, item: _Checked, asked: consents.Answerable) -> _Taken:
        waiting = item.waiting
        if item.user_handle:
            check_user_handle(write.vault, asked.name, item.user_handle)
        row = await write.log(
            NewStatement(
                envelope=item.envelope,
                statement_id=waiting.id,
                kind=CONSENT_KIND,
                key_id=waiting.key.row.key_id,
                person=asked.person,
            ),
            is_new=True,  # a prepared document is taken once, so it cannot have been handed in
        )
        await self._keys.keep_evidence(
            write,
            _signed_by(item),
            asked.person,
            request=waiting.request,
            notice=await self._shown.find(write, waiting.template, waiting.notice),
        )
        where = standing(
            (Act(kind=ActKind.REQUEST, at=asked.ask_time), Act(kind=ActKind.GRANT, at=write.now)),
            waiting.terms,
            now=write.now,
        )
        return _Taken(
            done=Done(statement_id=waiting.id, state=where.state, fresh=True),
            row=consents.ConsentRow(
                statement_id=waiting.id,
                leaf_index=row.leaf_index,
                person=asked.person,
                consent_request=waiting.request,
                requester=asked.requester,
                status_version=GRANTED_VERSION,
                create_time=write.now,
            ),
            use=(waiting.key.row.key_id, item.sign_count),
        )


def _is_plain(consent: Consent, key: KeyInUse) -> bool:
    """Whether it replaces no other, and a passkey of the person signs it, as surely as it says."""
    claimed = consent.assurance
    return (
        consent.supersedes is None
        and key.record.method is Method.PASSKEY
        and claimed.act is ActLevel.A3
        and reaches(consent, key.record, identity=claimed.identity, act=claimed.act)
    )


async def _open_ones(write: Write, items: Sequence[_Checked]) -> dict[bytes, consents.Answerable]:
    """Those of which document, request and key are as they were; one for each request."""
    documents = {item.waiting.id for item in items}
    found = await consents.list_answerable(write.connection, documents, now=write.now)
    by_key = {(one.digest, one.key_id, one.key_record): one for one in found}
    open_ones: dict[bytes, consents.Answerable] = {}
    requests: set[bytes] = set()
    for waiting in (item.waiting for item in items):
        key = waiting.key.row
        one = by_key.get((waiting.id, key.key_id, key.key_record))
        if one is None or one.kind != CONSENT_KIND or one.consent_request != waiting.request:
            continue
        if one.consent_request not in requests:
            requests.add(one.consent_request)
            open_ones[one.digest] = one
    return open_ones


def _signed_by(item: _Checked) -> SignedBy:
    key = item.waiting.key
    verified = Verified(
        statement_id=item.waiting.id,
        payload_type=CONSENT_TYPE,
        payload=item.envelope.payload,
        key_ids=(key.row.key_id,),
    )
    return SignedBy(verified=verified, record=key.record, row=key.row, user_handle=item.user_handle)
