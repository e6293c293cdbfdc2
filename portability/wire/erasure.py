"""
Statements about erasures: the signed payloads and their strict reading.

Source: erasure.proto; formats.md, The log leaf, and erasure.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final, TypeVar, cast

from google.protobuf.message import Message

from portability.ledger.encoding import MAX_NUMBER
from portability.ledger.envelope import payload_type
from portability.recognition.erasure import (
    Erasure,
    ErasureAcknowledgement,
    ErasureBasis,
    ErasureNotice,
    ErasureOutcome,
    ErasureRefusal,
    ErasureStatement,
    HoldAct,
    LegalHold,
    RefusalReason,
)
from portability.v1 import erasure_pb2 as pb
from portability.wire.consent_parts import party_to_pb
from portability.wire.statement_parts import (
    CASE_ID,
    MAX_ITEMS,
    header_from_pb,
    header_to_pb,
    matching,
    party_from_pb,
    refuse,
)
from portability.wire.strict import instant, parse_strictly, read_by_type, timestamp

MAX_PAYLOAD_BYTES: Final = 4 * 1024 * 1024
MAX_CITATION: Final = 200
MAX_LEAVES: Final = 250_000
"""In one erasure; a career in monthly rows is under a thousand."""

_NUMBER: Final = re.compile(r"[0-9]{7}")
_E = TypeVar("_E")


def check_citation(text: str, field: str = "citation") -> str:
    """
    A provision or an order, in one line; it is signed and kept, so it must say nothing of a person.

    Raises InvalidInputError also for seven digits in a row, which numbers of persons have and
    citations of laws do not.
    """
    if len(text) > MAX_CITATION or (text and not text.isprintable()):
        refuse(field, f"is not one line of at most {MAX_CITATION} printable characters")
    if _NUMBER.search(text):
        refuse(field, "holds a long number; cite the provision, and nothing about the person")
    return text


def erasure_statement_type(statement: ErasureStatement) -> str:
    """The payload type under which the statement is signed."""
    return _TYPES[type(statement)]


def erasure_statement_to_payload(statement: ErasureStatement) -> bytes:
    """The bytes to sign. From then on only these bytes are stored, sent and checked."""
    return _WRITERS[type(statement)](statement).SerializeToString()


def erasure_statement_from_payload(signed_type: str, payload: bytes) -> ErasureStatement:
    """
    What a verified payload says.

    Raises InvalidInputError that names the field, UnsupportedVersionError for a later protocol.
    """
    return read_by_type(
        _READERS,
        signed_type,
        payload,
        what="a statement about an erasure",
        most=MAX_PAYLOAD_BYTES,
    )


def basis_from_pb(value: int, field: str = "basis") -> ErasureBasis:
    return _known(_BASES, value, field)


def basis_to_pb(basis: ErasureBasis) -> pb.ErasureBasis:
    return cast("pb.ErasureBasis", _number(pb.ErasureBasis, "ERASURE_BASIS", basis))


def outcome_to_pb(outcome: ErasureOutcome) -> pb.ErasureOutcome:
    return cast("pb.ErasureOutcome", _number(pb.ErasureOutcome, "ERASURE_OUTCOME", outcome))


def outcome_from_pb(value: int, field: str = "outcome") -> ErasureOutcome:
    return _known(_OUTCOMES, value, field)


def reason_to_pb(reason: RefusalReason) -> pb.ErasureRefusalReason:
    kind = pb.ErasureRefusalReason
    return cast("pb.ErasureRefusalReason", _number(kind, "ERASURE_REFUSAL_REASON", reason))


def reason_from_pb(value: int, field: str = "reason") -> RefusalReason:
    return _known(_REASONS, value, field)


# --- writing -------------------------------------------------------------------------------------


def _write_erasure(said: Erasure) -> pb.Erasure:
    return pb.Erasure(
        header=header_to_pb(said.header),
        actor=party_to_pb(said.actor),
        basis=basis_to_pb(said.basis),
        citation=said.citation,
        leaf_indexes=said.leaf_indexes,
        erasures=said.erasures,
    )


def _write_refusal(said: ErasureRefusal) -> pb.ErasureRefusal:
    return pb.ErasureRefusal(
        header=header_to_pb(said.header),
        actor=party_to_pb(said.actor),
        basis=basis_to_pb(said.basis),
        reason=reason_to_pb(said.reason),
        citation=said.citation,
    )


def _write_hold(said: LegalHold) -> pb.LegalHold:
    return pb.LegalHold(
        header=header_to_pb(said.header),
        actor=party_to_pb(said.actor),
        act=cast("pb.LegalHoldAct", _number(pb.LegalHoldAct, "LEGAL_HOLD_ACT", said.act)),
        citation=said.citation,
    )


def _write_notice(said: ErasureNotice) -> pb.ErasureNotice:
    return pb.ErasureNotice(
        header=header_to_pb(said.header),
        recipient=party_to_pb(said.recipient),
        cases=said.cases,
        answer_by=timestamp(said.answer_by),
    )


def _write_acknowledgement(said: ErasureAcknowledgement) -> pb.ErasureAcknowledgement:
    return pb.ErasureAcknowledgement(
        header=header_to_pb(said.header),
        outcome=outcome_to_pb(said.outcome),
        citation=said.citation,
        kept_cases=said.kept_cases,
    )


# --- reading -------------------------------------------------------------------------------------


def _read_erasure(payload: bytes) -> Erasure:
    message = parse_strictly(pb.Erasure, payload, "erasure")
    said = Erasure(
        header=header_from_pb(message.header, in_case=False),
        actor=party_from_pb(message.actor, "actor"),
        basis=basis_from_pb(message.basis),
        citation=check_citation(message.citation),
        leaf_indexes=_leaves(message.leaf_indexes),
        erasures=message.erasures,
    )
    if not said.erasures:
        refuse("erasures", "must be at least one")
    if (said.basis is ErasureBasis.NOTICE) != (len(said.header.predecessors) == 1):
        refuse("predecessors", "must name the notice, and only where the ground is one")
    return said


def _read_refusal(payload: bytes) -> ErasureRefusal:
    message = parse_strictly(pb.ErasureRefusal, payload, "erasure refusal")
    return ErasureRefusal(
        header=header_from_pb(message.header, in_case=False),
        actor=party_from_pb(message.actor, "actor"),
        basis=basis_from_pb(message.basis),
        reason=reason_from_pb(message.reason),
        citation=_stated(message.citation),
    )


def _read_hold(payload: bytes) -> LegalHold:
    message = parse_strictly(pb.LegalHold, payload, "legal hold")
    said = LegalHold(
        header=header_from_pb(message.header, in_case=False),
        actor=party_from_pb(message.actor, "actor"),
        act=_known(_ACTS, message.act, "act"),
        citation=_stated(message.citation),
    )
    if (said.act is HoldAct.LIFTED) != (len(said.header.predecessors) == 1):
        refuse("predecessors", "must name the placing of a hold that is lifted, and nothing else")
    return said


def _read_notice(payload: bytes) -> ErasureNotice:
    message = parse_strictly(pb.ErasureNotice, payload, "erasure notice")
    said = ErasureNotice(
        header=header_from_pb(message.header, in_case=False),
        recipient=party_from_pb(message.recipient, "recipient"),
        cases=_cases(message.cases, "cases"),
        answer_by=instant(message.answer_by, "answer_by"),
    )
    _answers_one(said.header.predecessors, "the erasure")
    return said


def _read_acknowledgement(payload: bytes) -> ErasureAcknowledgement:
    message = parse_strictly(pb.ErasureAcknowledgement, payload, "erasure acknowledgement")
    said = ErasureAcknowledgement(
        header=header_from_pb(message.header, in_case=False),
        outcome=outcome_from_pb(message.outcome),
        citation=check_citation(message.citation),
        kept_cases=_cases(message.kept_cases, "kept_cases"),
    )
    _answers_one(said.header.predecessors, "the notice")
    if (said.outcome is ErasureOutcome.KEPT) != bool(said.citation and said.kept_cases):
        refuse("citation", "and the cases must be given for what is kept, and for nothing else")
    return said


def _stated(citation: str) -> str:
    if not citation:
        refuse("citation", "is missing")
    return check_citation(citation)


def _leaves(indexes: Sequence[int]) -> tuple[int, ...]:
    found = tuple(indexes)
    if len(found) > MAX_LEAVES or list(found) != sorted(set(found)):
        refuse("leaf_indexes", f"does not hold at most {MAX_LEAVES} indexes in order, each once")
    if found and found[-1] > MAX_NUMBER:
        refuse("leaf_indexes", "names a leaf that no log can have")
    return found


def _cases(ids: Sequence[str], field: str) -> tuple[str, ...]:
    if len(ids) > MAX_ITEMS or len(set(ids)) != len(ids):
        refuse(field, f"does not hold at most {MAX_ITEMS} cases, each once")
    return tuple(matching(CASE_ID, one, field) for one in ids)


def _answers_one(predecessors: Sequence[bytes], what: str) -> None:
    if len(predecessors) != 1:
        refuse("predecessors", f"must name {what}, and nothing else")


def _known(table: Mapping[int, _E], value: int, field: str) -> _E:
    if value not in table:
        refuse(field, "is none that is known here")
    return table[value]


def _number(kind: Any, prefix: str, value: StrEnum) -> int:
    return cast("int", kind.Value(f"{prefix}_{value.name}"))


_BASES: Final = {int(basis_to_pb(one)): one for one in ErasureBasis}
_OUTCOMES: Final = {int(outcome_to_pb(one)): one for one in ErasureOutcome}
_REASONS: Final = {int(reason_to_pb(one)): one for one in RefusalReason}
_ACTS: Final = {_number(pb.LegalHoldAct, "LEGAL_HOLD_ACT", one): one for one in HoldAct}

_Reader = Callable[[bytes], ErasureStatement]
_Writer = Callable[[ErasureStatement], Message]

_KINDS: Final = cast(
    "tuple[tuple[type[ErasureStatement], str, _Reader, _Writer], ...]",  # each takes its own kind
    (
        (Erasure, "erasure", _read_erasure, _write_erasure),
        (ErasureRefusal, "erasure-refusal", _read_refusal, _write_refusal),
        (LegalHold, "legal-hold", _read_hold, _write_hold),
        (ErasureNotice, "erasure-notice", _read_notice, _write_notice),
        (
            ErasureAcknowledgement,
            "erasure-acknowledgement",
            _read_acknowledgement,
            _write_acknowledgement,
        ),
    ),
)

ERASURE_TYPES: Final[Mapping[str, type[ErasureStatement]]] = {
    payload_type(name, "protobuf"): kind for kind, name, _, _ in _KINDS
}
"""Every payload type of a statement about an erasure, with what it is read into."""

_TYPES: Final = {kind: payload_type(name, "protobuf") for kind, name, _, _ in _KINDS}
_READERS: Final = {payload_type(name, "protobuf"): reader for _, name, reader, _ in _KINDS}
_WRITERS: Final = {kind: writer for kind, _, _, writer in _KINDS}
