"""
Statements between institutions about money: the signed payloads and their strict reading.

The payload type says which it is: ``refund-claim``, ``claim-answer``, ``claim-concession``,
``netting``, ``netting-agreement``, ``payment-advice``, ``payment-receipt``.
Source: settlement.proto.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Final, TypeVar, cast

from google.protobuf.message import Message

from portability.consent.scope import Party
from portability.ledger.envelope import payload_type
from portability.settlement.statements import (
    MAX_LINES,
    MAX_MINOR,
    ClaimAnswer,
    ClaimConcession,
    ClaimLine,
    DisputeReason,
    ExchangeRate,
    LineDispute,
    Netting,
    NettingAgreement,
    PaymentAdvice,
    PaymentReceipt,
    RefundClaim,
    RefundKind,
    SettlementStatement,
)
from portability.v1 import settlement_pb2 as pb
from portability.v1 import statement_pb2
from portability.wire.consent_parts import party_to_pb
from portability.wire.erasure import check_citation
from portability.wire.statement_parts import (
    CASE_ID,
    NAME,
    header_from_pb,
    header_to_pb,
    matching,
    party_from_pb,
    refuse,
)
from portability.wire.strict import civil_date, exactly, hash_or_empty, parse_strictly, read_by_type

MAX_PAYLOAD_BYTES: Final = 1024 * 1024
MAX_RATES: Final = 32

_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_RATE: Final = re.compile(r"(?:0|[1-9][0-9]{0,9})(?:\.[0-9]{1,10})?")
_T = TypeVar("_T")


def settlement_statement_type(statement: SettlementStatement) -> str:
    """The payload type under which the statement is signed."""
    return _TYPES[type(statement)]


def settlement_statement_to_payload(statement: SettlementStatement) -> bytes:
    """The bytes to sign. From then on only these bytes are stored, sent and checked."""
    return _WRITERS[type(statement)](statement).SerializeToString()


def settlement_statement_from_payload(signed_type: str, payload: bytes) -> SettlementStatement:
    """
    What a verified payload says.

    Raises InvalidInputError that names the field, UnsupportedVersionError for a later protocol.
    """
    return read_by_type(
        _READERS,
        signed_type,
        payload,
        what="a statement about money",
        most=MAX_PAYLOAD_BYTES,
        advice="; split it up",
    )


def kind_from_pb(value: int, field: str = "kind") -> RefundKind:
    return _KINDS[value] if value in _KINDS else refuse(field, "is not one that is known here")


def kind_to_pb(kind: RefundKind) -> pb.RefundKind:
    return cast("pb.RefundKind", pb.RefundKind.Value(f"REFUND_KIND_{kind.name}"))


def institution_from_pb(message: statement_pb2.Party, field: str) -> Party:
    """An institution; a node owes nothing."""
    found = party_from_pb(message, field)
    return found if found.institution else refuse(field, "is no institution; name it as ES/inss")


def currency_from_pb(text: str, field: str = "currency") -> str:
    return matching(_CURRENCY, text, field)


def month_from_pb(text: str, field: str = "first_month") -> date:
    """The first day of a month."""
    found = civil_date(text, field)
    return found if found.day == 1 else refuse(field, "is not the first day of a month")


def rates_from_pb(messages: Sequence[pb.ExchangeRate]) -> tuple[ExchangeRate, ...]:
    if len(messages) > MAX_RATES or len({one.currency for one in messages}) != len(messages):
        refuse("rates", f"does not hold at most {MAX_RATES} currencies, each once")
    return tuple(
        ExchangeRate(
            currency=currency_from_pb(one.currency, "rates"),
            per_euro=_rate(one.per_euro),
            published=civil_date(one.published_date, "rates"),
        )
        for one in messages
    )


def rates_to_pb(rates: Sequence[ExchangeRate]) -> list[pb.ExchangeRate]:
    return [
        pb.ExchangeRate(
            currency=one.currency,
            per_euro=_decimal(one.per_euro),
            published_date=one.published.isoformat(),
        )
        for one in rates
    ]


def _rate(text: str) -> Fraction:
    found = Fraction(matching(_RATE, text, "rates"))
    return found if found > 0 else refuse("rates", "holds a rate that is not more than nought")


def _decimal(exact: Fraction) -> str:
    """A rate as a decimal, which is how it was read; InvalidInputError for any other fraction."""
    for places in range(11):
        scaled = exact * 10**places
        if scaled.denominator == 1:
            digits = f"{scaled.numerator:0{places + 1}d}"
            return digits if not places else f"{digits[:-places]}.{digits[-places:]}"
    return refuse("rates", "is not a decimal of at most ten places")


def _amount(value: int, field: str, *, least: int = 0) -> int:
    if not least <= value <= MAX_MINOR:
        refuse(field, f"is not an amount of {least} to {MAX_MINOR} minor units")
    return value


# --- writing -------------------------------------------------------------------------------------


def _write_claim(said: RefundClaim) -> pb.RefundClaim:
    return pb.RefundClaim(
        header=header_to_pb(said.header),
        debtor=party_to_pb(said.debtor),
        agreement=said.agreement,
        currency=said.currency,
        lines=[
            pb.ClaimLine(
                number=line.number,
                kind=kind_to_pb(line.kind),
                case_id=line.case_id,
                decision=line.decision,
                counterpart=line.counterpart,
                first_month=line.first_month.isoformat(),
                months=line.months,
                minor_units=line.minor,
                exported_months=line.exported_months,
            )
            for line in said.lines
        ],
        rates=rates_to_pb(said.rates),
    )


def _write_answer(said: ClaimAnswer) -> pb.ClaimAnswer:
    return pb.ClaimAnswer(
        header=header_to_pb(said.header),
        disputes=[
            pb.LineDispute(
                line=one.line,
                reason=one.reason.value,
                accepted_minor_units=one.accepted,
                detail=one.detail,
            )
            for one in said.disputes
        ],
    )


def _write_concession(said: ClaimConcession) -> pb.ClaimConcession:
    return pb.ClaimConcession(header=header_to_pb(said.header))


def _write_netting(said: Netting) -> pb.Netting:
    return pb.Netting(
        header=header_to_pb(said.header),
        counterparty=party_to_pb(said.counterparty),
        currency=said.currency,
        owed_to_sender_minor_units=said.owed_to_sender,
        owed_by_sender_minor_units=said.owed_by_sender,
    )


def _write_agreement(said: NettingAgreement) -> pb.NettingAgreement:
    return pb.NettingAgreement(header=header_to_pb(said.header))


def _write_advice(said: PaymentAdvice) -> pb.PaymentAdvice:
    return pb.PaymentAdvice(
        header=header_to_pb(said.header),
        minor_units=said.minor,
        value_date=said.value_date.isoformat(),
        file_digest=said.file_digest,
    )


def _write_receipt(said: PaymentReceipt) -> pb.PaymentReceipt:
    return pb.PaymentReceipt(header=header_to_pb(said.header), minor_units=said.minor)


# --- reading -------------------------------------------------------------------------------------


def _read_claim(payload: bytes) -> RefundClaim:
    message = parse_strictly(pb.RefundClaim, payload, "refund claim")
    if not 1 <= len(message.lines) <= MAX_LINES:
        refuse("lines", f"does not hold 1 to {MAX_LINES} lines")
    return RefundClaim(
        header=header_from_pb(message.header, in_case=False),
        debtor=institution_from_pb(message.debtor, "debtor"),
        agreement=matching(NAME, message.agreement, "agreement"),
        currency=currency_from_pb(message.currency),
        lines=tuple(map(_read_line, message.lines)),
        rates=rates_from_pb(message.rates),
    )


def _read_line(message: pb.ClaimLine) -> ClaimLine:
    return ClaimLine(
        number=message.number,
        kind=kind_from_pb(message.kind),
        case_id=matching(CASE_ID, message.case_id, "case_id"),
        decision=exactly(message.decision, 32, "decision"),
        counterpart=hash_or_empty(message.counterpart, "counterpart"),
        first_month=month_from_pb(message.first_month),
        months=message.months,
        minor=_amount(message.minor_units, "minor_units", least=1),
        exported_months=message.exported_months,
    )


def _read_answer(payload: bytes) -> ClaimAnswer:
    message = parse_strictly(pb.ClaimAnswer, payload, "claim answer")
    if len(message.disputes) > MAX_LINES:
        refuse("disputes", f"holds more than {MAX_LINES} lines")
    return ClaimAnswer(
        header=header_from_pb(message.header, in_case=False),
        disputes=tuple(map(_read_dispute, message.disputes)),
    )


def _read_dispute(message: pb.LineDispute) -> LineDispute:
    if message.reason not in _REASONS:
        refuse("reason", f"is not one of {', '.join(_REASONS)}")
    return LineDispute(
        line=message.line,
        reason=_REASONS[message.reason],
        accepted=_amount(message.accepted_minor_units, "accepted_minor_units"),
        detail=check_citation(message.detail, "detail"),
    )


def _read_concession(payload: bytes) -> ClaimConcession:
    message = parse_strictly(pb.ClaimConcession, payload, "claim concession")
    return ClaimConcession(header=header_from_pb(message.header, in_case=False))


def _read_netting(payload: bytes) -> Netting:
    message = parse_strictly(pb.Netting, payload, "netting")
    return Netting(
        header=header_from_pb(message.header, in_case=False),
        counterparty=institution_from_pb(message.counterparty, "counterparty"),
        currency=currency_from_pb(message.currency),
        owed_to_sender=_sum(message.owed_to_sender_minor_units, "owed_to_sender_minor_units"),
        owed_by_sender=_sum(message.owed_by_sender_minor_units, "owed_by_sender_minor_units"),
    )


def _sum(value: int, field: str) -> int:
    return value if value >= 0 else refuse(field, "is a negative sum")


def _read_agreement(payload: bytes) -> NettingAgreement:
    message = parse_strictly(pb.NettingAgreement, payload, "netting agreement")
    return NettingAgreement(header=header_from_pb(message.header, in_case=False))


def _read_advice(payload: bytes) -> PaymentAdvice:
    message = parse_strictly(pb.PaymentAdvice, payload, "payment advice")
    return PaymentAdvice(
        header=header_from_pb(message.header, in_case=False),
        minor=_sum(message.minor_units, "minor_units"),
        value_date=civil_date(message.value_date, "value_date"),
        file_digest=exactly(message.file_digest, 32, "file_digest"),
    )


def _read_receipt(payload: bytes) -> PaymentReceipt:
    message = parse_strictly(pb.PaymentReceipt, payload, "payment receipt")
    return PaymentReceipt(
        header=header_from_pb(message.header, in_case=False),
        minor=_sum(message.minor_units, "minor_units"),
    )


_Reader = Callable[[bytes], SettlementStatement]
_Writer = Callable[[SettlementStatement], Message]
_ALL: Final = cast(
    "tuple[tuple[type[SettlementStatement], str, _Reader, _Writer], ...]",  # each its own kind
    (
        (RefundClaim, "refund-claim", _read_claim, _write_claim),
        (ClaimAnswer, "claim-answer", _read_answer, _write_answer),
        (ClaimConcession, "claim-concession", _read_concession, _write_concession),
        (Netting, "netting", _read_netting, _write_netting),
        (NettingAgreement, "netting-agreement", _read_agreement, _write_agreement),
        (PaymentAdvice, "payment-advice", _read_advice, _write_advice),
        (PaymentReceipt, "payment-receipt", _read_receipt, _write_receipt),
    ),
)

SETTLEMENT_TYPES: Final[Mapping[str, type[SettlementStatement]]] = {
    payload_type(name, "protobuf"): kind for kind, name, _, _ in _ALL
}
"""Every payload type of a statement about money, with what it is read into."""

_TYPES: Final = {kind: payload_type(name, "protobuf") for kind, name, _, _ in _ALL}
_READERS: Final = {payload_type(name, "protobuf"): reader for _, name, reader, _ in _ALL}
_WRITERS: Final = {kind: writer for kind, _, _, writer in _ALL}
_KINDS: Final = {int(kind_to_pb(kind)): kind for kind in RefundKind}
_REASONS: Final = {reason.value: reason for reason in DisputeReason}
