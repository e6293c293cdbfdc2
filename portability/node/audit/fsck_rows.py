"""
What a logged statement says about rows elsewhere, and whether they say the same.

Each kind that is kept in a table of its own must have its row there; the row must be what the
signed payload says.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from portability.consent.acts import read_pause, read_refusal, read_resume
from portability.consent.confirmation import read_confirmation
from portability.consent.consent_reader import read_consent, read_withdrawal
from portability.consent.ending import read_consent_end
from portability.consent.opening import read_opening
from portability.consent.payload_types import (
    ACCESS_OPENING_TYPE,
    CONFIRMATION_TYPE,
    CONSENT_END_TYPE,
    CONSENT_REQUEST_TYPE,
    CONSENT_TYPE,
    PAUSE_TYPE,
    RECEIPT_TYPE,
    REFUSAL_TYPE,
    RESUME_TYPE,
    SUBJECT_KEY_TYPE,
    TEMPLATE_TYPE,
    WITHDRAWAL_TYPE,
)
from portability.consent.template import parse_template
from portability.errors import ProofError
from portability.ledger.envelope import Envelope
from portability.recognition.statements import CaseStatement, HistoryRequest, HistoryResponse
from portability.store import scan
from portability.store.engine import Connection
from portability.wire.consent import consent_request_from_payload
from portability.wire.receipt import receipt_from_payload
from portability.wire.statement import STATEMENT_TYPES, statement_from_payload
from portability.wire.subject_key import subject_key_from_payload

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A statement whose envelope was opened and is the one that was logged."""

    statement_id: bytes
    leaf_index: int
    envelope: Envelope


def _template(payload: bytes) -> Row:
    return {"purpose": parse_template(payload).purpose}


def _consent_request(payload: bytes) -> Row:
    said = consent_request_from_payload(payload)
    return {"requester": str(said.requester), "template": said.template}


def _consent(payload: bytes) -> Row:
    said = read_consent(payload)
    return {"consent_request": said.request, "requester": str(said.requester.party)}


def _subject_key(payload: bytes) -> Row:
    said = subject_key_from_payload(payload)
    return {
        "public_key": said.public_key,
        "key_id": said.key_id,
        "method": str(said.method),
        "credential_id": said.credential_id or None,
    }


def _refusal(payload: bytes) -> Row:
    return {"consent_request": read_refusal(payload).request}


def _opening(payload: bytes) -> Row:
    said = read_opening(payload)
    return {
        "holder": str(said.holder),
        "create_time": said.created_at,
        "expire_time": said.until,
    }


def _receipt(payload: bytes) -> Row:
    said = receipt_from_payload(payload)
    return {
        "permission": said.permission or None,
        "request": said.request,
        "provider": str(said.provider),
        "requester": str(said.requester),
        "outcome": str(said.outcome),
    }


EXPECTED: Final[Mapping[str, tuple[str, Callable[[bytes], Row]]]] = {
    TEMPLATE_TYPE: ("purpose_templates", _template),
    CONSENT_REQUEST_TYPE: ("consent_requests", _consent_request),
    CONSENT_TYPE: ("consents", _consent),
    SUBJECT_KEY_TYPE: ("subject_keys", _subject_key),
    RECEIPT_TYPE: ("receipts", _receipt),
    REFUSAL_TYPE: ("consent_refusals", _refusal),
    ACCESS_OPENING_TYPE: ("accesses", _opening),
}
"""Payload type to the table that keeps it, and what the row must say."""


_ACTS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    WITHDRAWAL_TYPE: lambda payload: read_withdrawal(payload).consent,
    PAUSE_TYPE: lambda payload: read_pause(payload).consent,
    RESUME_TYPE: lambda payload: read_resume(payload).consent,
    CONSENT_END_TYPE: lambda payload: read_consent_end(payload).consent,
    CONFIRMATION_TYPE: lambda payload: read_confirmation(payload).consent,
}
"""Acts on a consent, and which consent each is on."""


async def check_rows(connection: Connection, held: Sequence[Held], jurisdiction: str) -> None:
    """Raise ProofError naming the first statement of a page whose row is missing or another."""
    for payload_type, (table, expected) in EXPECTED.items():
        found = [
            one
            for one in held
            if one.envelope.payload_type == payload_type and not _is_revocation(one)
        ]
        if found:
            rows = await scan.read_linked(connection, table, [one.statement_id for one in found])
            for one in found:
                _compare(table, one, expected(one.envelope.payload), rows.get(one.statement_id))
    await _check_revocations(connection, held)
    await _check_acts(connection, held)
    await _check_cases(connection, held, jurisdiction)


def _is_revocation(one: Held) -> bool:
    """A subject key record that says that a key has ended."""
    if one.envelope.payload_type != SUBJECT_KEY_TYPE:
        return False
    return subject_key_from_payload(one.envelope.payload).revoked_at is not None


async def _check_revocations(connection: Connection, held: Sequence[Held]) -> None:
    """A key that has ended, by the record that says so, has ended in its row, too."""
    found = {
        one: subject_key_from_payload(one.envelope.payload) for one in held if _is_revocation(one)
    }
    if not found:
        return
    rows = await scan.read_revoked(connection, [one.statement_id for one in found])
    for one, said in found.items():
        _compare("subject_keys", one, {"key_id": said.key_id}, rows.get(one.statement_id))


async def _check_acts(connection: Connection, held: Sequence[Held]) -> None:
    """Where the consent is kept, each act on it is, too."""
    found = {
        one: read(one.envelope.payload)
        for one in held
        if (read := _ACTS.get(one.envelope.payload_type)) is not None
    }
    if not found:
        return
    known = await scan.read_linked(connection, "consents", list(found.values()))
    acts = await scan.read_linked(connection, "consent_acts", [one.statement_id for one in found])
    for one, consent in found.items():
        if consent in known:
            _compare("consent_acts", one, {"consent": consent}, acts.get(one.statement_id))


async def _check_cases(connection: Connection, held: Sequence[Held], jurisdiction: str) -> None:
    in_cases: dict[Held, CaseStatement] = {}
    for one in held:
        if one.envelope.payload_type in STATEMENT_TYPES:
            what = statement_from_payload(one.envelope.payload_type, one.envelope.payload)
            if isinstance(what, CaseStatement):
                in_cases[one] = what
    if not in_cases:
        return
    ids = [one.statement_id for one in in_cases]
    rows = await scan.read_linked(connection, "case_statements", ids)
    parties = await scan.read_parties(
        connection, {what.header.case_id for what in in_cases.values()}
    )
    for one, what in in_cases.items():
        is_own = what.header.sender.jurisdiction == jurisdiction
        expected = {"case_id": what.header.case_id, "direction": "out" if is_own else "in"}
        _compare("case_statements", one, expected, rows.get(one.statement_id))
        if isinstance(what, HistoryRequest):
            named = [(party.jurisdiction, party.institution) for party in what.claim.parties]
            if parties.get(what.header.case_id) != named:
                raise _difference(one, "case_parties does not name the parties of its claim")
    await _check_releases(connection, in_cases, jurisdiction)


async def _check_releases(
    connection: Connection, said: Mapping[Held, CaseStatement], jurisdiction: str
) -> None:
    """No receipt, no data: each answer of this node has a receipt for the request it answers."""
    answers = {
        one: what.header.predecessors[0]
        for one, what in said.items()
        if isinstance(what, HistoryResponse) and what.header.sender.jurisdiction == jurisdiction
    }
    receipted = await scan.receipted(connection, list(answers.values())) if answers else set()
    for one, request in answers.items():
        if request not in receipted:
            raise _difference(one, "it answers a request, and receipts has none for that")


def _compare(table: str, one: Held, expected: Row, row: Row | None) -> None:
    if row is None:
        raise _difference(one, f"{table} has no row for it")
    for name, value in expected.items():
        if row[name] != value:
            raise _difference(one, f"{name} in {table} is not what it says")


def _difference(one: Held, what: str) -> ProofError:
    return ProofError(f"leaf {one.leaf_index} ({one.statement_id.hex()[:16]}): {what}")
