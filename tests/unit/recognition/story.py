"""Statements of a whole case, made by hand; their ids follow from their content."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from hashlib import sha256

from portability.consent.scope import Party
from portability.core.money import Money
from portability.core.periods import Branch
from portability.recognition.case import Opened
from portability.recognition.statements import (
    CaseStatement,
    Claim,
    ClaimWithdrawal,
    Closure,
    ClosureReason,
    Correction,
    CorrectionReason,
    Countersignature,
    Determination,
    Dispute,
    Header,
    HistoryOutcome,
    HistoryRequest,
    HistoryResponse,
    NoticeAnswer,
    NoticeEffect,
    Objection,
    PermissionEnd,
    PermissionEnding,
    Reconciliation,
    Reminder,
    Reopening,
    ReopeningCause,
    Said,
    Step,
    Summary,
)
from portability.recognition.summary import summary_document

CASE_ID = "0c" * 16
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
INSS = Party(jurisdiction="ES", institution="inss")
CNAV = Party(jurisdiction="FR", institution="cnav")
ZUS = Party(jurisdiction="PL", institution="zus")
CLAIM = Claim(
    branch=Branch.OLD_AGE,
    agreement="eu-883-2004",
    agreement_version="2025-1",
    claim_date=date(2026, 1, 1),
    award_date=date(2026, 2, 1),
    parties=(INSS, CNAV),
)


def said(statement: CaseStatement) -> Said:
    return Said(statement_id=sha256(repr(statement).encode()).digest(), statement=statement)


def header(sender: Party, *predecessors: Said, salt: int = 0) -> Header:
    return Header(
        salt=bytes([salt]) * 32,
        case_id=CASE_ID,
        sender=sender,
        created=NOW,
        predecessors=tuple(one.statement_id for one in predecessors),
    )


def opened(claim: Claim = CLAIM) -> Opened:
    return Opened(case_id=CASE_ID, claim=claim)


def request(
    recipient: Party = CNAV,
    *after: Said,
    claim: Claim = CLAIM,
    salt: int = 0,
    permission: bytes = b"",
) -> Said:
    return said(
        HistoryRequest(
            header=header(claim.lead, *after, salt=salt),
            recipient=recipient,
            person_reference="ab" * 32,
            claim=claim,
            permission=permission,
            purpose="pension-claim",
            datatypes=("contribution-period",),
            fields=("start_date", "end_date"),
            from_date=date(1960, 1, 1),
            to_date=date(2026, 1, 1),
        )
    )


def response(
    to: Said, outcome: HistoryOutcome = HistoryOutcome.RECORDS, *, salt: int = 0, record: int = 1
) -> Said:
    asked = to.statement
    assert isinstance(asked, HistoryRequest)
    has_records = outcome is HistoryOutcome.RECORDS
    later = outcome is HistoryOutcome.NOT_BEFORE
    return said(
        HistoryResponse(
            header=header(asked.recipient.node, to, salt=salt),
            outcome=outcome,
            records=(sha256(bytes([record])).digest(),) if has_records else (),
            not_before=date(2026, 6, 1) if later else None,
            log_origin="fr.example/log",
            tree_size=7,
            granted_fields=(),
            payload_digest=bytes([salt]) * 32 if has_records else b"",
        )
    )


def reconciliation(
    *responses: Said,
    claim: Claim = CLAIM,
    digest: int = 5,
    supersedes: bytes = b"",
    salt: int = 0,
    missing: tuple[Party, ...] = (),
    not_insured: tuple[Party, ...] = (),
    held_back: tuple[Party, ...] = (),
) -> Said:
    return said(
        Reconciliation(
            header=header(claim.lead.node, *responses, salt=salt),
            agreement=claim.agreement,
            agreement_version=claim.agreement_version,
            branch=claim.branch,
            as_of=claim.award_date,
            inputs=(),
            result=b"{}",
            digest=bytes([digest]) * 32,
            supersedes=supersedes,
            missing=missing,
            not_insured=not_insured,
            held_back=held_back,
        )
    )


def countersignature(of: Said, by: Party = CNAV, *, salt: int = 0) -> Said:
    assert isinstance(of.statement, Reconciliation)
    return said(Countersignature(header=header(by.node, of, salt=salt), digest=of.statement.digest))


def dispute(of: Said, by: Party = CNAV) -> Said:
    return said(
        Dispute(
            header=header(by.node, of), digest=bytes(32), first_difference="the total of FR differs"
        )
    )


def determination(
    on: Said,
    by: Party,
    *,
    supersedes: bytes = b"",
    payable: int = 100_000,
    salt: int = 0,
    grounds: tuple[Said, ...] = (),
) -> Said:
    return said(
        Determination(
            header=header(by, on, *grounds, salt=salt),
            unit="months",
            own=240,
            total=360,
            meets_minimum_alone=True,
            meets_minimum=True,
            independent=Money(minor=80_000, currency="EUR"),
            theoretical=Money(minor=150_000, currency="EUR"),
            pro_rata=Money(minor=100_000, currency="EUR"),
            payable=Money(minor=payable, currency="EUR"),
            paid_as="pro-rata",
            basis=("883/2004 Art 52(1)(b)",),
            provisional=bool(_missing(on)),
            missing=_missing(on),
            supersedes=supersedes,
        )
    )


def _missing(on: Said) -> tuple[Party, ...]:
    return on.statement.lacking if isinstance(on.statement, Reconciliation) else ()


def reminder(
    of: Said, to: Party, *, step: Step = Step.HISTORY, number: int = 1, claim: Claim = CLAIM
) -> Said:
    return said(
        Reminder(
            header=header(claim.lead.node, of),
            recipient=to,
            step=step,
            number=number,
            due=date(2026, 5, 1),
        )
    )


def correction(
    of: Said,
    by: Party = CNAV,
    *,
    replaced: tuple[bytes, ...] = (),
    added: tuple[bytes, ...] = (bytes([77]) * 32,),
) -> Said:
    return said(
        Correction(
            header=header(by, of), replaced=replaced, added=added, reason=CorrectionReason.ERROR
        )
    )


def permission_end(
    permission: bytes, *requests: Said, by: Party = INSS, act: bytes = bytes([8]) * 32
) -> Said:
    return said(
        PermissionEnd(
            header=header(by.node, *requests),
            permission=permission,
            how=PermissionEnding.WITHDRAWN,
            at=NOW,
            act=act,
        )
    )


def notice_answer(
    to: Said,
    by: Party,
    effect: NoticeEffect = NoticeEffect.NOTED,
    *,
    citation: str = "",
    ceased: tuple[Said, ...] = (),
) -> Said:
    return said(
        NoticeAnswer(
            header=header(by.node, to),
            effect=effect,
            citation=citation,
            ceased=tuple(one.statement_id for one in ceased),
        )
    )


def objection(to: Said, by: Party = INSS) -> Said:
    return said(Objection(header=header(by, to), grounds="amount"))


def claim_withdrawal(claim: Claim = CLAIM, **changes: object) -> Said:
    """By the person, taken in by the lead's node."""
    given_up = ClaimWithdrawal(
        header=header(claim.lead.node), claim_date=claim.claim_date, parties=claim.parties
    )
    return said(replace(given_up, **changes))  # type: ignore[arg-type]


def summary(*determinations: Said, claim: Claim = CLAIM) -> Said:
    decided = {
        one.statement_id: one.statement
        for one in sorted(determinations, key=lambda one: one.statement_id)
        if isinstance(one.statement, Determination)
    }
    return said(
        Summary(
            header=header(claim.lead.node, *determinations),
            document=summary_document(claim, decided),
        )
    )


def reopening(
    *closures: Said,
    causes: tuple[Said, ...],
    cause: ReopeningCause = ReopeningCause.CORRECTION,
    claim: Claim = CLAIM,
) -> Said:
    return said(
        Reopening(
            header=header(claim.lead.node, *closures),
            cause=cause,
            causes=tuple(one.statement_id for one in causes),
        )
    )


def closure(
    *determinations: Said,
    claim: Claim = CLAIM,
    reason: ClosureReason = ClosureReason.SETTLED,
) -> Said:
    return said(Closure(header=header(claim.lead.node, *determinations), reason=reason))


def with_header(one: Said, **changes: object) -> Said:
    """The same statement with another header."""
    return said(replace(one.statement, header=replace(one.statement.header, **changes)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A case of these parties that goes well, with all that is said in it, in order."""

    claim: Claim
    requests: tuple[Said, ...]
    responses: tuple[Said, ...]
    reconciliation: Said
    countersignatures: tuple[Said, ...]
    determinations: tuple[Said, ...]
    summary: Said
    closure: Said

    @property
    def everything(self) -> list[Said]:
        return [
            *self.requests,
            *self.responses,
            self.reconciliation,
            *self.countersignatures,
            *self.determinations,
            self.summary,
            self.closure,
        ]

    def seen_by(self, jurisdiction: str) -> list[Said]:
        """What a party gets to hold: of histories only those that it asked for or answers."""
        histories = (*self.requests, *self.responses)
        hidden = [
            one
            for one in histories
            if jurisdiction != self.claim.lead.jurisdiction
            and jurisdiction
            not in {
                one.statement.header.sender.jurisdiction,
                getattr(one.statement, "recipient", self.claim.lead).jurisdiction,
            }
        ]
        return [one for one in self.everything if one not in hidden]


def in_order(*statements: Said) -> list[Said]:
    """As nodes name what they build on: by id."""
    return sorted(statements, key=lambda one: one.statement_id)


def story(*parties: Party) -> Story:
    claim = replace(CLAIM, parties=parties or CLAIM.parties)
    others = claim.parties[1:]
    requests = tuple(request(party, claim=claim) for party in others)
    responses = tuple(response(one) for one in requests)
    result = reconciliation(*in_order(*responses), claim=claim)
    determinations = tuple(determination(result, party) for party in claim.parties)
    return Story(
        claim=claim,
        requests=requests,
        responses=responses,
        reconciliation=result,
        countersignatures=tuple(countersignature(result, party) for party in others),
        determinations=determinations,
        summary=summary(*determinations, claim=claim),
        closure=closure(*determinations, claim=claim),
    )
