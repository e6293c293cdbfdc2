"""
Corrections held against the log of whoever issued the records: its own bundle has both.

The issuer alone replaces a record, and only its own log shows by what (987/2009 Art 5(1)). Of
another party's bundle, which need not hold the new record, none of this can be said.
"""

from collections.abc import Iterator, Mapping

from agents.auditor.contents import short
from agents.auditor.report import NotHeldError, Step
from agents.auditor.steps import Checked
from portability.core.record_kinds import RecordKind
from portability.recognition.statements import (
    CaseStatement,
    Correction,
    CorrectionReason,
    HistoryRequest,
)
from portability.recognition.versions import HELD_BACK, version_needed
from portability.wire.record import EntitlementRecord

Statements = Mapping[bytes, Checked]


def check_corrected(
    statements: Statements, case_id: str, exporter: str
) -> Iterator[tuple[bytes, NotHeldError]]:
    """
    Each correction that says less of a record than the log of its issuer does.

    ``statements`` are of the bundle of ``exporter``, of which nothing was erased.
    """
    for one in statements.values():
        said = one.content
        if not isinstance(said, Correction) or said.header.case_id != case_id:
            continue
        if one.log == said.header.sender.jurisdiction == exporter:
            cause = _fault(one, said, statements)
            if cause:
                yield one.id, NotHeldError(Step.RESULT, cause)


def _fault(one: Checked, said: Correction, statements: Statements) -> str:
    issuer = said.header.sender
    for old in said.replaced:
        if old not in statements:
            continue
        new, kind = _successor(old, one, statements)
        if kind is None:
            return f"it takes {short(old)} out, which {issuer} has replaced by nothing"
        if kind is RecordKind.INVALIDATION or new in said.added:
            continue
        if said.reason is CorrectionReason.INVALIDATED:
            return f"it says that {short(old)} is invalid; {issuer} has put {short(new)} there"
        is_period = kind is RecordKind.CONTRIBUTION_PERIOD
        if is_period and not said.held_back and _is_told_more(one, said, statements):
            return (
                f"it puts nothing in the place of {short(old)}, nor says that more may not be "
                f"shown; {issuer} has put {short(new)} there"
            )
    return ""


def _successor(old: bytes, one: Checked, statements: Statements) -> tuple[bytes, RecordKind | None]:
    """What the issuer has put in the place of a record, and of which kind; None for nothing."""
    for i, other in statements.items():
        content = other.content
        if not isinstance(content, EntitlementRecord) or other.signer != one.signer:
            continue
        if content.supersedes == old:
            return i, content.kind
    return b"", None


def _is_told_more(one: Checked, said: Correction, statements: Statements) -> bool:
    """
    Whether the lead reads that more may not be shown: it had said itself what is as new by then.

    What an institution of the lead itself corrects it need not be shown by anybody.
    """
    requests = (other.content for other in statements.values())
    lead = next((r.claim.lead for r in requests if isinstance(r, HistoryRequest)), None)
    if lead is None or lead.jurisdiction == said.header.sender.jurisdiction:
        return lead is not None
    return any(
        isinstance(other.content, CaseStatement)
        and other.signer.jurisdiction == lead.jurisdiction
        and version_needed(other.content) >= HELD_BACK
        and other.log == one.log
        and other.index < one.index
        for other in statements.values()
    )
