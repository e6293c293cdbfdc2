"""Erasures in words, for officers and for persons, and as JSON."""

from collections.abc import Iterator
from datetime import datetime

from portability.ledger.encoding import format_time
from portability.recognition.erasure import ErasureBasis, ErasureOutcome, RefusalReason
from portability.v1 import erasures_service_pb2 as pb
from portability.v1 import statement_pb2
from portability.wire.erasure import basis_from_pb, outcome_from_pb, reason_from_pb
from portability.wire.strict import instant

ARTICLES = {
    ErasureBasis.NO_LONGER_NEEDED: "no longer needed (GDPR Art 17(1)(a))",
    ErasureBasis.CONSENT_WITHDRAWN: "consent withdrawn (GDPR Art 17(1)(b))",
    ErasureBasis.OBJECTION: "the person objects (GDPR Art 17(1)(c))",
    ErasureBasis.UNLAWFUL: "processed unlawfully (GDPR Art 17(1)(d))",
    ErasureBasis.LEGAL_OBLIGATION: "a law or a court demands it (GDPR Art 17(1)(e))",
    ErasureBasis.NOTICE: "erased where it came from (GDPR Art 19)",
}

GROUNDS = tuple(one.value for one in ARTICLES if one is not ErasureBasis.NOTICE)
"""What somebody may give as a ground."""

_REASONS = {
    RefusalReason.LEGAL_HOLD: "a legal hold is in force",
    RefusalReason.STATUTORY_RETENTION: "a law demands that the data be kept",
}

_STAGES = {
    pb.ERASURE_STAGE_FENCED: "out of reach; its destruction is under way and goes on by itself",
    pb.ERASURE_STAGE_DESTROYED: "destroyed; the proof follows, together with others",
    pb.ERASURE_STAGE_PROVEN: "destroyed, and proven in the log",
}

_OUTCOMES = {
    ErasureOutcome.STOPPED: "held nothing any more, and does nothing more with it",
    ErasureOutcome.ERASED: "erased it",
    ErasureOutcome.KEPT: "keeps it by law",
}


def is_refused(state: pb.ErasureState) -> bool:
    return state.stage == pb.ERASURE_STAGE_REFUSED


def describe_erasure(state: pb.ErasureState) -> Iterator[str]:
    """What became of an erasure, and who has not answered."""
    if is_refused(state):
        yield f"Not erased: {_REASONS[reason_from_pb(state.refusal)]} ({state.citation})."
        yield f"The refusal is in the log as {state.statement.hex()}."
        return
    ground = ARTICLES[basis_from_pb(state.basis)]
    if state.stage == pb.ERASURE_STAGE_REQUESTED:
        yield f"{state.name}: asked for on {format_time(_time(state))}: {ground}."
        yield "Nothing is decided yet."
        return
    cited = f"; {state.citation}" if state.citation else ""
    yield f"{state.name}: {_STAGES.get(state.stage, 'at a stage unknown here')}."
    yield f"Decided by {_party(state.actor)}, {format_time(_time(state))}: {ground}{cited}."
    if state.statement:
        yield f"Proven by the log entry of statement {state.statement.hex()}."
    if not state.recipients:
        yield "Nobody else had received data of this person from here."
    for one in state.recipients:
        yield f"{_party(one.recipient)}: {_answer(one)}."


def erasure_json(state: pb.ErasureState) -> dict[str, object]:
    """As one JSON document."""
    return {
        "name": state.name,
        "stage": pb.ErasureStage.Name(state.stage).removeprefix("ERASURE_STAGE_").lower(),
        "actor": _party(state.actor),
        "basis": str(basis_from_pb(state.basis)),
        "citation": state.citation,
        "refusal": str(reason_from_pb(state.refusal)) if state.refusal else "",
        "statement": state.statement.hex(),
        "decided": format_time(_time(state)),
        "recipients": [
            {
                "recipient": _party(one.recipient),
                "notice": one.notice.hex(),
                "outcome": str(outcome_from_pb(one.outcome)) if one.outcome else "",
                "citation": one.citation,
                "overdue": one.overdue,
            }
            for one in state.recipients
        ],
    }


def _answer(one: pb.ErasureRecipient) -> str:
    if one.outcome:
        cited = f" ({one.citation})" if one.citation else ""
        return f"{_OUTCOMES[outcome_from_pb(one.outcome)]}{cited}"
    if not one.notice:
        return "will be told once the erasure is proven"
    by = format_time(instant(one.answer_by, "answer_by"))
    return f"HAS NOT ANSWERED, and should have by {by}" if one.overdue else f"to answer by {by}"


def _party(message: statement_pb2.Party) -> str:
    return "/".join(part for part in (message.jurisdiction, message.institution) if part)


def _time(state: pb.ErasureState) -> datetime:
    return instant(state.create_time, "create_time")
