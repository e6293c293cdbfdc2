"""
Step 10 of formats.md, Offline bundle, and what shows between records: what is shown of each, what
each answer showed, and which record its issuer replaced.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

from agents.auditor.report import Change, NotHeldError, Replaced, Step, at_step
from agents.auditor.steps import Checked
from portability.core.record_kinds import RecordKind
from portability.core.supersession import superseded_by
from portability.ledger.envelope import Envelope
from portability.recognition.statements import (
    Correction,
    HistoryRequest,
    HistoryResponse,
    Reconciliation,
)
from portability.wire.envelope import envelope_to_bytes
from portability.wire.record import (
    Counted,
    EntitlementRecord,
    count_periods,
    limited_to,
    select_disclosures,
)

Statements = Mapping[bytes, Checked]

Released = tuple[Envelope, Sequence[str]]
"""What left of a record: its envelope, and the disclosures that were shown with it."""


def check_replacements(statements: Statements) -> Iterator[tuple[bytes, NotHeldError]]:
    """Each record that replaces one that is not its issuer's own, or is of another kind."""
    records = records_in(statements)
    for i, record in records.items():
        target = records.get(record.supersedes)
        if target is None:
            continue
        if target.issuer != record.issuer:
            yield (
                i,
                NotHeldError(
                    Step.CONTENT,
                    f"it replaces a record of {target.issuer}, which only {target.issuer} may "
                    "(987/2009 Art 5(1))",
                ),
            )
        elif record.kind not in (RecordKind.INVALIDATION, target.kind):
            yield (
                i,
                NotHeldError(
                    Step.CONTENT, f"it corrects a {target.kind}, but is itself a {record.kind}"
                ),
            )


def find_replaced(statements: Statements) -> dict[bytes, Replaced]:
    """Each record that its own issuer has corrected or withdrawn since, as the bundle shows."""
    return {
        i: Replaced(
            how=Change.WITHDRAWN if by.kind is RecordKind.INVALIDATION else Change.CORRECTED,
            by=by.statement_id.hex(),
            issuer=str(by.issuer),
            on=by.issue_date.isoformat(),
        )
        for i, by in superseded_by(records_in(statements).values()).items()
    }


def records_in(statements: Statements) -> dict[bytes, EntitlementRecord]:
    """What every record says, as far as it is shown."""
    return {
        i: one.content
        for i, one in statements.items()
        if isinstance(one.content, EntitlementRecord)
    }


def released_digest(response: HistoryResponse, statements: Statements) -> bytes:
    """SHA-256 of the salt in the response's header followed by what it released."""
    return digest_of(response.header.salt, shown_with(response, response.records, statements))


def digest_of(salt: bytes, released: Iterable[Released]) -> bytes:
    """SHA-256 of a salt and what was released: each envelope, then ``~`` and each disclosure."""
    digest = hashlib.sha256(salt)
    for envelope, disclosures in released:
        digest.update(envelope_to_bytes(envelope))
        for text in disclosures:
            digest.update(b"~" + text.encode())
    return digest.digest()


def shown_with(
    said: HistoryResponse | Correction, records: Iterable[bytes], statements: Statements
) -> list[Released]:
    """Records as an answer or a correction shows them, as far as the bundle has them."""
    shown = {one.record: one.fields for one in said.shown}
    return [
        (found.envelope, select_disclosures(found.disclosures, shown.get(i, ())))
        for i in records
        if (found := statements.get(i)) is not None
    ]


def released_by(
    response: HistoryResponse, statements: Statements
) -> Iterator[tuple[bytes, EntitlementRecord]]:
    """The records of an answer as it showed them, as far as the bundle has them."""
    shown = {one.record: one.fields for one in response.shown}
    for i in response.records:
        found = statements.get(i)
        if found is not None and isinstance(found.content, EntitlementRecord):
            record = found.content
            yield i, limited_to(record, shown[i]) if i in shown else record


def check_inputs(
    reconciliation: Reconciliation, statements: Statements, *, in_part: bool = False
) -> None:
    """
    Every period that an answer or a correction brought in is an input; none is left out.

    But for those that were replaced, and, ``in_part``, as far as the answers are here. Raises
    NotHeldError also for one that counts although its author had its replacement before it.
    """
    brought, replaced = _brought(reconciliation, statements, in_part=in_part)
    inputs = set(reconciliation.inputs)
    left_out = sorted(i for i in brought - replaced - inputs if _must_count(i, statements))
    if left_out:
        raise NotHeldError(
            Step.RESULT, f"it leaves out the record {left_out[0].hex()[:16]} disclosed for it"
        )
    records = records_in(statements)
    known = [records[i] for i in dict.fromkeys((*sorted(inputs), *sorted(brought))) if i in records]
    for i, by in superseded_by(known).items():
        if i in inputs:
            raise NotHeldError(
                Step.RESULT,
                f"it counts the record {i.hex()[:16]}, which {by.issuer} had replaced by "
                f"{by.statement_id.hex()[:16]}",
            )


def count_inputs(reconciliation: Reconciliation, statements: Statements) -> Counted:
    """
    The inputs as answers and corrections showed them. Raises NotHeldError for one that is missing.
    """
    shown: dict[bytes, set[str]] = {}
    for response in _responses(reconciliation, statements):
        for one in response.shown:
            shown.setdefault(one.record, set()).update(one.fields)
    records = []
    for i in reconciliation.inputs:
        found = statements.get(i)
        if found is None or not isinstance(found.content, EntitlementRecord):
            raise NotHeldError(
                Step.RESULT, f"the record {i.hex()} that it uses is missing or was not verified"
            )
        record = found.content
        records.append(limited_to(record, shown[i]) if i in shown else record)
    return at_step(Step.RESULT, lambda: count_periods(records, reconciliation.branch))


def replaced_since(reconciliation: Reconciliation, statements: Statements) -> int:
    """How many of its inputs their issuers have replaced, as far as the bundle shows."""
    replaced = superseded_by(records_in(statements).values())
    return sum(i in replaced for i in reconciliation.inputs)


def _brought(
    reconciliation: Reconciliation, statements: Statements, *, in_part: bool
) -> tuple[set[bytes], set[bytes]]:
    """The records that what it builds on brought in, and those that corrections took out."""
    brought: set[bytes] = set()
    replaced: set[bytes] = set()
    for i in reconciliation.header.predecessors:
        found = statements.get(i)
        content = None if found is None else found.content
        if isinstance(content, HistoryResponse):
            brought.update(content.records)
        elif isinstance(content, Correction):
            brought.update(content.added)
            replaced.update(content.replaced)
        elif not _is_missing(content, reconciliation) and not (in_part and content is None):
            raise NotHeldError(Step.RESULT, "a history that it builds on is not in the bundle")
    return brought, replaced


def _is_missing(content: object, reconciliation: Reconciliation) -> bool:
    """A request whose answer the result was computed without."""
    return isinstance(content, HistoryRequest) and content.recipient in reconciliation.missing


def _responses(
    reconciliation: Reconciliation, statements: Statements
) -> Iterator[HistoryResponse | Correction]:
    for i in reconciliation.header.predecessors:
        found = statements.get(i)
        if found is not None and isinstance(found.content, HistoryResponse | Correction):
            yield found.content


def _must_count(i: bytes, statements: Statements) -> bool:
    """Whether a released record is a period that its issuer has not replaced."""
    found = statements.get(i)
    if found is None or not isinstance(found.content, EntitlementRecord):
        return True
    if found.content.kind is not RecordKind.CONTRIBUTION_PERIOD:
        return False
    return i not in superseded_by(records_in(statements).values())
