"""
The advice: the file by which a payer tells a payee what a payment is for.

JSON with the words of ISO 20022 (credit transfer initiation): ``number_of_transactions`` and
``control_sum`` bind the lines, ``original_amount`` is what was claimed. It says what has to move
and moves nothing; accounts at banks are between the institutions. The CSV has the same lines for a
spreadsheet. Both follow from the statements alone, so either side makes the same bytes.
"""

import csv
import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from portability.core.money import Money
from portability.errors import InvalidInputError, ProofError
from portability.settlement.account import Account, Netted

FORMAT: Final = "portability/payment-advice/1"
COLUMNS: Final = (
    "claim",
    "line",
    "direction",
    "kind",
    "case",
    "decision",
    "first_month",
    "months",
    "original_amount",
    "amount",
    "currency",
)


def advice_json(account: Account, netting_id: bytes, minor: int, value_date: date) -> bytes:
    """
    The advice of a payment of ``minor`` on a netting, as the bytes that its digest is of.

    Raises InvalidInputError where the account holds no such netting, or nobody pays by it.
    """
    netted = account.nettings.get(netting_id)
    payer = None if netted is None else netted.netting.payer
    if netted is None or payer is None:
        raise InvalidInputError(
            "there is no netting of that id in force by which anybody pays", field="netting"
        )
    lines = list(_lines(account, netted))
    owed = (one.minor if one.is_owed else -one.minor for one in lines)
    document = {
        "format": FORMAT,
        "netting": netting_id.hex(),
        "payer": str(payer),
        "payee": str(account.key.other(payer)),
        "currency": account.key.currency,
        "requested_execution_date": value_date.isoformat(),
        "amount": _decimal(account, minor),
        "netting_amount": _decimal(account, netted.netting.minor),
        "number_of_transactions": len(lines),
        "control_sum": _decimal(account, sum(owed)),
        "lines": [one.document for one in lines],
    }
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()


def advice_csv(advice: bytes) -> str:
    """The lines of an advice file for a spreadsheet."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(json.loads(advice)["lines"])
    return out.getvalue()


def advice_digest(account: Account, netting_id: bytes, minor: int, value_date: date) -> bytes:
    """SHA-256 of the advice file. Raises as ``advice_json``."""
    return digest_of(advice_json(account, netting_id, minor, value_date))


def digest_of(file: bytes) -> bytes:
    """SHA-256 of an advice file: what the payer signs."""
    return hashlib.sha256(file).digest()


def verify_advice(account: Account, advice_id: bytes, file: bytes) -> None:
    """Raise ProofError unless the file is the one that the payer signed for, byte for byte."""
    from_id = {i: one for netted in account.nettings.values() for i, one in netted.advices.items()}
    advice = from_id.get(advice_id)
    if advice is None:
        raise InvalidInputError("the account holds no such advice", field="advice")
    if digest_of(file) != advice.file_digest:
        raise ProofError(
            "the advice file was altered: it is not the one whose digest the payer signed; ask for "
            "it again, or make it with `settlement advice`"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """A line of a claim as the advice shows it; not ``is_owed`` where it is set off."""

    document: dict[str, object]
    minor: int
    is_owed: bool


def _lines(account: Account, netted: Netted) -> Iterator[_Line]:
    for claim_id in netted.claims:
        claimed = account.claims[claim_id]
        is_owed = claimed.claim.debtor == netted.netting.payer
        for line in claimed.claim.lines:
            minor = claimed.accepted[line.number]
            document: dict[str, object] = {
                "claim": claim_id.hex(),
                "line": line.number,
                "direction": "owed" if is_owed else "set-off",
                "kind": line.kind.value,
                "case": f"cases/{line.case_id}",
                "decision": line.decision.hex(),
                "first_month": f"{line.first_month:%Y-%m}",
                "months": line.months,
                "original_amount": _decimal(account, line.minor),
                "amount": _decimal(account, minor),
                "currency": account.key.currency,
            }
            yield _Line(document=document, minor=minor, is_owed=is_owed)


def _decimal(account: Account, minor: int) -> str:
    return Money(minor=minor, currency=account.key.currency).decimal
