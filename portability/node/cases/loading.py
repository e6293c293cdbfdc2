"""Cases out of the database: the stored statements of one, replayed through the machine."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Final

from portability.consent.scope import Party
from portability.core.agreement import Pack
from portability.core.periods import Branch
from portability.errors import NotFoundError
from portability.ledger.envelope import Envelope, payload_type
from portability.node.agreements.texts import one_copy, read_text, shipped_text
from portability.recognition.case import Case, Opened
from portability.recognition.fallen import fallen
from portability.recognition.machine import go_on, replay
from portability.recognition.statements import CaseStatement, Claim, Reconciliation, Said
from portability.store import cases, log
from portability.store.agreements import source_of_case
from portability.store.engine import Connection
from portability.store.erased_steps import read_remainders
from portability.store.vault import Vault
from portability.wire.envelope import envelope_from_bytes
from portability.wire.log_entry import log_entry_from_bytes
from portability.wire.statement import case_statement_from_payload

Pending = Mapping[bytes, tuple[int, bytes, Envelope]]
"""Statements of the transaction under way, as ``Write.statements`` has them."""

_NONE: Final[Pending] = {}
_KEPT: Final = "case"
_BYTES_OF_ONE: Final = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldStatement:
    """
    A statement of a case as this node holds it; ``received`` is when it entered the case.

    ``peer`` is the jurisdiction that delivered it, empty for one that was made or submitted here.
    Of one that ``is_erased`` the envelope holds what is left, and no signature.
    """

    envelope: Envelope
    key_id: bytes
    received: datetime
    peer: str
    is_erased: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedCase:
    """A case with its row, its statements' envelopes and the text of the agreement it is under."""

    row: cases.CaseRow
    claim: Claim
    case: Case
    held: Mapping[bytes, HeldStatement]
    source: bytes = b""
    listed: tuple[cases.CaseStatement, ...] = ()

    @property
    def pack(self) -> Pack:
        """
        The agreement in the text that the case was opened under.

        One from before texts were kept has that of this software. Raises NoAgreementError.
        """
        agreement = self.claim.agreement
        return read_text(agreement, self.source) if self.source else shipped_text(agreement).pack

    @property
    def text(self) -> bytes:
        """That text as it was signed."""
        return self.source or shipped_text(self.claim.agreement).source

    @property
    def text_digest(self) -> bytes:
        """The SHA-256 under which that text was signed; empty for a case from before."""
        return sha256(self.source).digest() if self.source else b""

    @property
    def case_id(self) -> str:
        return self.row.case_id

    @property
    def leads(self) -> bool:
        """Whether this node's jurisdiction leads the case."""
        return self.claim.lead.jurisdiction == self.case.own

    @property
    def to_erase(self) -> tuple[bytes, ...]:
        """Statements that are here whole, although this node has said that it erased them."""
        return tuple(i for i in fallen(self.case) if i in self.held and not self.held[i].is_erased)


async def load_case(
    connection: Connection,
    vault: Vault,
    *,
    own: str,
    case_id: str,
    pending: Pending = _NONE,
) -> LoadedCase | None:
    """
    The case as its statements make it; None if there is none of that id.

    What was replayed before is gone on from, if the case has the very same statements still. Raises
    NotFoundError if the person was erased.
    """
    found = await cases.find_case_and_statements(connection, vault, case_id)
    if found is None:
        return None
    row, listed = found
    claim = claim_of(row)
    before = _replayed(vault, own, row, claim, listed)
    loaded = await _go_on(connection, vault, before, listed, pending)
    if before.listed and loaded.to_erase:  # by another process, and only in memory here
        before = _opened(own, row, claim)
        loaded = await _go_on(connection, vault, before, listed, pending)
    keep_case(vault, loaded)
    return loaded


async def _go_on(
    connection: Connection,
    vault: Vault,
    before: LoadedCase,
    listed: tuple[cases.CaseStatement, ...],
    pending: Pending,
) -> LoadedCase:
    """The case with what was said since."""
    news = listed[len(before.listed) :]
    unread = [one.statement_id for one in news if one.statement_id not in pending]
    stored = await log.read_statements(connection, vault, unread) if unread else {}
    left: Mapping[bytes, bytes] = {}
    if any(one.envelope is None for one in stored.values()):
        row = before.row
        left = await read_remainders(connection, vault, case_id=row.case_id, person=row.person)
    held = {one.statement_id: _held(one, stored, pending, left) for one in news}
    return replace(
        before,
        case=go_on(before.case, map(_said, held, held.values())),
        held={**before.held, **held},
        source=before.source or one_copy(await source_of_case(connection, before.case_id)),
        listed=listed,
    )


def keep_case(vault: Vault, loaded: LoadedCase) -> None:
    """
    Have the next one who loads the case go on from here.

    Not from where nothing was said: the transaction that opens the case may yet be rolled back, and
    the case be opened anew under another text. Later its first statement tells the two apart.
    """
    if not loaded.listed:
        return
    weight = sum(1 + len(one.envelope.payload) // _BYTES_OF_ONE for one in loaded.held.values())
    name = (_KEPT, loaded.case.own, loaded.case_id)
    vault.kept.put(name, loaded, owner=loaded.row.owner, weight=1 + weight)


def kept_case(vault: Vault, own: str, case_id: str) -> LoadedCase | None:
    """
    The case as it was last replayed in this process, if that is in memory.

    Nobody may be told anything of it that was not asked of the database since.
    """
    return vault.kept.find((_KEPT, own, case_id), LoadedCase)


def _replayed(
    vault: Vault,
    own: str,
    row: cases.CaseRow,
    claim: Claim,
    listed: tuple[cases.CaseStatement, ...],
) -> LoadedCase:
    """The case as far as it was replayed before, or as it was opened."""
    kept = kept_case(vault, own, row.case_id)
    if kept is not None and kept.claim == claim and kept.listed == listed[: len(kept.listed)]:
        return replace(kept, row=row)
    return _opened(own, row, claim)


def _opened(own: str, row: cases.CaseRow, claim: Claim) -> LoadedCase:
    case = replay(own, [Opened(case_id=row.case_id, claim=claim)])
    return LoadedCase(row=row, claim=claim, case=case, held={})


def _said(statement: bytes, held: HeldStatement) -> Said:
    said = read_case_statement(held.envelope)
    if held.is_erased and isinstance(said, Reconciliation):
        said = replace(said, is_erased=True)
    return Said(statement_id=statement, statement=said)


def claim_of(row: cases.CaseRow) -> Claim:
    """What the case is about. Raises NotFoundError if the person was erased."""
    if row.content is None:
        raise NotFoundError("there is no such case here")
    return Claim(
        branch=Branch(row.content.branch),
        agreement=row.content.agreement,
        agreement_version=row.content.agreement_version,
        claim_date=row.content.claim_date,
        award_date=row.content.award_date,
        parties=tuple(
            Party(jurisdiction=one.jurisdiction, institution=one.institution) for one in row.parties
        ),
    )


def read_case_statement(envelope: Envelope) -> CaseStatement:
    """The statement in an envelope that was verified before."""
    return case_statement_from_payload(envelope.payload_type, envelope.payload)


def _held(
    listed: cases.CaseStatement,
    stored: Mapping[bytes, log.StoredStatement],
    pending: Pending,
    left: Mapping[bytes, bytes],
) -> HeldStatement:
    is_erased = False
    if listed.statement_id in pending:
        _, entry, envelope = pending[listed.statement_id]
        key_id = log_entry_from_bytes(entry).key_id
    else:
        found = stored[listed.statement_id]
        envelope, key_id = _envelope(found, left), found.key_id
        is_erased = found.envelope is None
    return HeldStatement(
        envelope=envelope,
        key_id=key_id,
        received=listed.create_time,
        peer=listed.peer,
        is_erased=is_erased,
    )


def _envelope(found: log.StoredStatement, left: Mapping[bytes, bytes]) -> Envelope:
    """Raises NotFoundError where nothing is left of it, as of all that was said about a person."""
    if found.envelope is not None:
        return envelope_from_bytes(found.envelope)
    if found.statement_id not in left:
        raise NotFoundError("there is no such case here")
    of_its_kind = payload_type(found.kind, "protobuf")
    return Envelope(payload_type=of_its_kind, payload=left[found.statement_id], signatures=())
