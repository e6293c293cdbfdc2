"""What a verified statement says, in one line for people. A line is never parsed again."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, cast

from agents.auditor.kinds import Content
from agents.record_words import record_line
from agents.refusal_words import refusal_words
from portability.consent.act_evidence import ActEvidence
from portability.consent.acts import Pause, Refusal, Resume
from portability.consent.assisted import AssistantRecord, AssistedEvidence
from portability.consent.confirmation import Confirmation
from portability.consent.document import Consent
from portability.consent.ending import ConsentEnd
from portability.consent.identity_evidence import IdentityAssessment
from portability.consent.key_acts import KeyAddition, KeyRemoval
from portability.consent.opening import AccessOpening
from portability.consent.receipt import DisclosureReceipt, Outcome
from portability.consent.registration import PasskeyRegistration
from portability.consent.scope import Party
from portability.consent.statements import ConsentRequest, ConsentStatus, SubjectKey
from portability.consent.template import Template
from portability.consent.withdrawal import Withdrawal
from portability.recognition.complaint import ComplaintAct, ComplaintStep
from portability.recognition.erasure import (
    Erasure,
    ErasureAcknowledgement,
    ErasureNotice,
    ErasureRefusal,
    LegalHold,
)
from portability.recognition.identity import IdentityResolution
from portability.recognition.record_objection import RecordObjection
from portability.recognition.stated_facts import StatedFacts
from portability.recognition.statements import (
    Acknowledgement,
    ClaimWithdrawal,
    Closure,
    Correction,
    Countersignature,
    Determination,
    Dispute,
    HistoryOutcome,
    HistoryRequest,
    HistoryResponse,
    NoticeAnswer,
    Objection,
    PermissionEnd,
    Reconciliation,
    Reminder,
    Reopening,
    Summary,
)
from portability.wire.record import EntitlementRecord

_SHORT: Final = 16
_OUTCOMES: Final = {
    Outcome.RELEASED: "released",
    Outcome.PARTIAL: "released in part",
    Outcome.REFUSED: "refused",
}


def says(content: Content | ConsentStatus | Acknowledgement) -> str:
    """One line; empty for a kind that has none."""
    line = _LINES.get(type(content))
    return "" if line is None else line(content)


def short(statement: bytes) -> str:
    """The beginning of an id, enough to find it."""
    return statement.hex()[:_SHORT]


def _request(request: HistoryRequest) -> str:
    return (
        f"{request.header.sender} asks {request.recipient} for the history from "
        f"{request.from_date} to {request.to_date}, for a claim of {request.claim.branch}"
    )


def _response(response: HistoryResponse) -> str:
    if response.outcome is HistoryOutcome.RECORDS:
        more = "; it has more, which may not be shown as it is" if response.held_back else ""
        count = counted(len(response.records), "record")
        return f"{response.header.sender} answers with {count}{more}"
    outcomes = {
        HistoryOutcome.NONE: "that it holds nothing",
        HistoryOutcome.NOT_BEFORE: f"that its history comes on {response.not_before} or later",
        HistoryOutcome.REFUSED: "that there is no permission in force",
    }
    return f"{response.header.sender} answers {outcomes[response.outcome]}"


def _reconciliation(found: Reconciliation) -> str:
    parts = (
        (found.missing, "without that of {}, not given so far"),
        (found.held_back, "of that of {} a part is held back"),
        (found.not_insured, "{} has none"),
    )
    lacks = "".join(f"; {words.format(_parties(who))}" for who, words in parts if who)
    return (
        f"the history of {counted(len(found.inputs), 'record')} under {found.agreement} as of "
        f"{found.as_of}: digest {short(found.digest)}{lacks}"
    )


def _parties(parties: Sequence[Party]) -> str:
    return listed([str(one) for one in parties])


def _determination(found: Determination) -> str:
    is_paid = found.payable is not None and found.payable.minor > 0
    pays = f"pays {found.payable} a month as {found.paid_as}" if is_paid else "pays nothing"
    provisional = f", provisionally{_between(found)}" if found.provisional else ""
    # nothing is counted where the right rests on no periods
    share = f": {found.own} of {found.total} {found.unit}" if found.total else ""
    return f"{pays}{provisional}{share}"


def _between(found: Determination) -> str:
    """What a provisional decision lacks, and between what amounts the right lies."""
    low, high = found.lower_bound, found.upper_bound
    between = "" if low is None or high is None else f" between {low} and {high}"
    missing = ", ".join(map(str, found.missing))
    return f"{between}, without all that {missing} has to say" if missing else between


def told_refusal(receipt: DisclosureReceipt) -> str:
    """What a receipt of a refusal says."""
    cause = receipt.cause
    return "refused" if cause is None else f"refused, {refusal_words(cause)}"


def _acknowledgement(one: Acknowledgement) -> str:
    named = counted(len(one.header.predecessors), "statement")
    return f"{one.header.sender} has received {named}, {one.header.created:%Y-%m-%d %H:%M} UTC"


def _reminder(one: Reminder) -> str:
    last = "; it is the last, differences are for the authorities now" if one.escalated else ""
    return (
        f"reminds {one.recipient} of the {one.step} that was due on {one.due} "
        f"(reminder {one.number}){last}"
    )


def _correction(one: Correction) -> str:
    changes = [
        f"{counted(len(ids), 'record')} {what}"
        for ids, what in ((one.replaced, "taken out"), (one.added, "added"))
        if ids
    ]
    more = "; what takes its place may not be shown as it is" if one.held_back else ""
    return f"corrects the history: {' and '.join(changes)} ({_plain(one.reason)}){more}"


def _permission_end(one: PermissionEnd) -> str:
    return f"the permission {short(one.permission)} is {one.how} since {one.at:%Y-%m-%d}"


def _notice_answer(one: NoticeAnswer) -> str:
    ceased = f"; {counted(len(one.ceased), 'answer')} no longer counted" if one.ceased else ""
    return f"says what it did about a notice: {one.effect}{_cited(one.citation)}{ceased}"


def _objection(one: Objection) -> str:
    to = short(one.header.predecessors[0])
    return f"the person objects to the decision {to}, taken in by {one.header.sender}"


def _claim_withdrawal(one: ClaimWithdrawal) -> str:
    return f"the person gives the claim up, before {listed([str(party) for party in one.parties])}"


def _reopening(one: Reopening) -> str:
    return f"the case is reopened: {_plain(one.cause)}"


def _plain(code: object) -> str:
    return str(code).replace("-", " ")


def _receipt(receipt: DisclosureReceipt) -> str:
    asked = f"{receipt.requester} asked {receipt.provider} on {receipt.requested_at:%Y-%m-%d}"
    outcome = _OUTCOMES[receipt.outcome]
    if receipt.outcome is Outcome.REFUSED:
        return f"{asked}: {told_refusal(receipt)}"
    more = "; more was held back" if receipt.held_back else ""
    return f"{asked}: {outcome}, {counted(receipt.record_count, 'record')}{more}"


def _consent(consent: Consent) -> str:
    providers = " and ".join(str(party) for party in consent.providers)
    return (
        f"the person lets {consent.requester.party} receive data from {providers}, from "
        f"{consent.not_before:%Y-%m-%d} to {consent.not_after:%Y-%m-%d}, at most "
        f"{counted(consent.use.max_uses, 'time')}"
    )


def _asked(request: ConsentRequest) -> str:
    providers = " and ".join(str(party) for party in request.providers)
    return f"{request.requester} asks the person to let {providers} give it data"


def _key(key: SubjectKey) -> str:
    method = str(key.method).replace("_", " ")
    return f"a person's {method}, enrolled by {key.enrolled_by} on {key.valid_from:%Y-%m-%d}"


def _pause(one: Pause) -> str:
    return f"the person pauses the consent {short(one.consent)} until {one.until:%Y-%m-%d}"


def _assistant(one: AssistantRecord) -> str:
    return f"a {one.role} of {one.organisation}, {one.unit}, who signs for persons at the counter"


def _end(one: ConsentEnd) -> str:
    return f"the consent {short(one.consent)} is ended: {_plain(one.cause)}"


def _opening(one: AccessOpening) -> str:
    return (
        f"records opened to {one.holder} until {one.until:%Y-%m-%d}: {_plain(one.ground)} "
        f"({one.citation})"
    )


def _status(status: ConsentStatus) -> str:
    return f"the consent {short(status.consent)} is {status.state} as of {status.as_of:%Y-%m-%d}"


def _erasure(one: Erasure) -> str:
    return (
        f"{counted(len(one.leaf_indexes), 'entry', 'entries')} of the log erased by decision of "
        f"{one.actor}, {_basis(one.basis)}{_cited(one.citation)}"
    )


def _erasure_refusal(one: ErasureRefusal) -> str:
    return (
        f"erasure asked for by {one.actor} and refused: {_plain(one.reason)}{_cited(one.citation)}"
    )


def _hold(one: LegalHold) -> str:
    return f"a legal hold {one.act} by {one.actor}{_cited(one.citation)}"


def _complaint(one: ComplaintStep) -> str:
    about = f"a complaint about {one.against} ({one.topic})"
    did = {
        ComplaintAct.FILED: f"{about} is made, for {one.desk} to answer",
        ComplaintAct.ANSWERED: f"{one.actor} answers {about}",
        ComplaintAct.ESCALATED: f"{about} is taken to the ombudsperson",
        ComplaintAct.CONCLUDED: f"{one.actor} concludes {about}",
    }
    return did[one.act]


def _record_objection(one: RecordObjection) -> str:
    return f"the person says that the record {short(one.record)} of {one.issuer} is wrong"


def _assessment(one: IdentityAssessment) -> str:
    return f"who the person is, as {one.assessed_by} made sure of: level {one.level}"


def _notice(one: ErasureNotice) -> str:
    return f"tells {one.recipient} of an erasure, to answer by {one.answer_by:%Y-%m-%d}"


def _erasure_answer(one: ErasureAcknowledgement) -> str:
    return f"answers a notice of erasure: {one.outcome}{_cited(one.citation)}"


def _basis(basis: object) -> str:
    return f"ground: {_plain(basis)}"


def _cited(citation: str) -> str:
    return f" ({citation})" if citation else ""


def listed(names: Sequence[str]) -> str:
    """``DE``, ``DE and FR``, ``DE, ES and FR``."""
    *first, last = names or ("nobody",)
    return f"{', '.join(first)} and {last}" if first else last


def counted(count: int, one: str, several: str = "") -> str:
    """A number with its noun in the right form."""
    return f"{count} {one}" if count == 1 else f"{count} {several or one + 's'}"


_Line = Callable[[object], str]

_LINES: Final[Mapping[type, _Line]] = {
    EntitlementRecord: cast("_Line", record_line),
    HistoryRequest: cast("_Line", _request),
    HistoryResponse: cast("_Line", _response),
    Reconciliation: cast("_Line", _reconciliation),
    Countersignature: lambda one: (
        f"computed the same result: digest {short(cast('Countersignature', one).digest)}"
    ),
    Dispute: lambda one: (
        f"disputes the result, first difference: {cast('Dispute', one).first_difference}"
    ),
    Determination: cast("_Line", _determination),
    Closure: lambda one: f"the case is closed: {cast('Closure', one).reason}",
    Reminder: cast("_Line", _reminder),
    Correction: cast("_Line", _correction),
    PermissionEnd: cast("_Line", _permission_end),
    NoticeAnswer: cast("_Line", _notice_answer),
    Objection: cast("_Line", _objection),
    ClaimWithdrawal: cast("_Line", _claim_withdrawal),
    Reopening: cast("_Line", _reopening),
    Summary: lambda _: "all decisions in one document for the person (987/2009 Art 48(1))",
    Acknowledgement: cast("_Line", _acknowledgement),
    DisclosureReceipt: cast("_Line", _receipt),
    Consent: cast("_Line", _consent),
    Withdrawal: lambda one: (
        f"the person withdraws the consent {short(cast('Withdrawal', one).consent)}"
    ),
    Pause: cast("_Line", _pause),
    Resume: lambda one: f"the person ends the pause of {short(cast('Resume', one).consent)}",
    Refusal: lambda one: f"the person says no to {short(cast('Refusal', one).request)}",
    ConsentEnd: cast("_Line", _end),
    AccessOpening: cast("_Line", _opening),
    KeyAddition: lambda _: "the person adds a passkey",
    KeyRemoval: lambda one: f"the person removes a key ({cast('KeyRemoval', one).reason})",
    PasskeyRegistration: lambda _: "how a passkey of the person was enrolled",
    ActEvidence: lambda one: f"what the person was shown for {short(cast('ActEvidence', one).act)}",
    AssistantRecord: cast("_Line", _assistant),
    AssistedEvidence: lambda one: (
        f"what happened at the counter for {short(cast('AssistedEvidence', one).act)}"
    ),
    IdentityResolution: lambda one: (
        f"an officer's word on whom {short(cast('IdentityResolution', one).request)} means: "
        f"{cast('IdentityResolution', one).outcome}"
    ),
    StatedFacts: lambda one: (
        f"what {cast('StatedFacts', one).institution} knew beside the history when it decided"
    ),
    ConsentRequest: cast("_Line", _asked),
    ConsentStatus: cast("_Line", _status),
    SubjectKey: cast("_Line", _key),
    Confirmation: lambda one: (
        f"the person confirmed the consent {short(cast('Confirmation', one).consent)} by the code "
        "that had reached them"
    ),
    ComplaintStep: cast("_Line", _complaint),
    RecordObjection: cast("_Line", _record_objection),
    IdentityAssessment: cast("_Line", _assessment),
    Erasure: cast("_Line", _erasure),
    ErasureRefusal: cast("_Line", _erasure_refusal),
    LegalHold: cast("_Line", _hold),
    ErasureNotice: cast("_Line", _notice),
    ErasureAcknowledgement: cast("_Line", _erasure_answer),
    Template: lambda one: f"what may be asked for the purpose {cast('Template', one).purpose}",
}
