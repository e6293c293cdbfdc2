"""Records in words, for officers, persons and auditors alike; never parsed again."""

from portability.core.attestations import (
    ApplicableLegislation,
    AwardedEntitlement,
    Invalidation,
    LifeCertificate,
    Qualification,
)
from portability.core.findings import words
from portability.core.periods import Period
from portability.core.record_kinds import FIELDS
from portability.wire.record import EntitlementRecord, ShownInPart


def record_line(record: EntitlementRecord) -> str:
    """What a record says, in one line."""
    content = record.content
    match content:
        case Period():
            line = _period(content)
        case AwardedEntitlement():
            line = _award(content)
        case ApplicableLegislation():
            line = _legislation(content)
        case LifeCertificate():
            line = (
                f"alive on {content.alive_date} in {content.country} "
                f"({_plain(content.evidence)}, level {content.evidence_level})"
            )
        case Qualification():
            until = f", until {content.valid_until_date}" if content.valid_until_date else ""
            line = (
                f"condition met for {content.branch}: {_plain(content.condition)}, as of "
                f"{content.as_of_date}{until} ({content.article})"
            )
        case Invalidation():
            line = (
                f"withdraws {record.supersedes.hex()[:16]}: {_plain(content.reason)} "
                f"({content.article})"
            )
        case ShownInPart():
            line = _part(content)
    return line


def _period(period: Period) -> str:
    kind = _plain(period.type.label)
    if period.start is None and period.end is None:
        days = "undated"
    else:
        days = f"{period.start or 'unknown'} to {period.end or 'unknown'}"
    declared = f", {words(period.declared)} as certified" if period.declared else ""
    return f"{kind} in {period.jurisdiction}, {days}{declared}"


def _award(award: AwardedEntitlement) -> str:
    each = "once" if award.payment_period == "once" else f"a {award.payment_period}"
    until = f" to {award.end_date}" if award.end_date else ""
    return (
        f"{award.branch} {_plain(award.benefit_kind)} of {award.gross_amount} {each}, from "
        f"{award.start_date}{until}, {award.paid_as} (decided {award.award_date})"
    )


def _legislation(found: ApplicableLegislation) -> str:
    hosts = f", working in {', '.join(found.host_states)}" if found.host_states else ""
    return (
        f"legislation of {found.applicable_state} applies from {found.start_date} to "
        f"{found.end_date or 'further notice'}, {_plain(found.activity)}{hosts} "
        f"({found.agreement} Art {found.article})"
    )


def _part(part: ShownInPart) -> str:
    stated = [
        f"{_plain(name)} {value}" for name, value in part.values if isinstance(value, str) and value
    ]
    withheld = ", ".join(_plain(name) for name in FIELDS[part.kind] if name not in part.names)
    return f"{_plain(part.kind)}: {', '.join(stated) or 'nothing shown'}; withheld: {withheld}"


def _plain(code: str) -> str:
    return str(code).replace("-", " ").replace("_", " ")
