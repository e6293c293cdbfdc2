"""
The summary of all decisions, which the institution in contact sends to the person.

A portable document in the manner of form P1 (987/2009 Art 48(1); Decision P1): who decided, on what
periods, what is paid and by which articles, and what of it is provisional. It says nothing that the
determinations do not, so every party checks it by writing it again.
"""

import json
from collections.abc import Mapping
from typing import Final

from portability.core.money import Money
from portability.recognition.statements import Claim, Determination

FORMAT: Final = "summary/1"


def summary_document(claim: Claim, determinations: Mapping[bytes, Determination]) -> bytes:
    """
    JSON text, indented so that a court can read it; one layout for one content.

    ``determinations`` by statement id; amounts are monthly.
    """
    ordered = sorted(determinations.items(), key=lambda item: item[1].header.sender)
    document = {
        "format": FORMAT,
        "article": "987/2009 Art 48(1)",
        "branch": claim.branch.value,
        "agreement": claim.agreement,
        "agreement_version": claim.agreement_version,
        "claim_date": claim.claim_date.isoformat(),
        "award_date": claim.award_date.isoformat(),
        "contact": str(claim.lead),
        "decisions": [_decision(i, one) for i, one in ordered],
        "payable_total": _totals(determinations),
    }
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()


def _decision(statement_id: bytes, one: Determination) -> dict[str, object]:
    return {
        "institution": str(one.header.sender),
        "determination": statement_id.hex(),
        "replaces": one.supersedes.hex() or None,
        "unit": one.unit,
        "own": one.own,
        "total": one.total,
        "independent": _amount(one.independent),
        "theoretical": _amount(one.theoretical),
        "pro_rata": _amount(one.pro_rata),
        "payable": _amount(one.payable),
        "paid_as": one.paid_as,
        "basis": list(one.basis),
    }


def _amount(money: Money | None) -> str | None:
    return None if money is None else str(money)


def _totals(determinations: Mapping[bytes, Determination]) -> dict[str, str]:
    sums: dict[str, int] = {}
    for one in determinations.values():
        if one.payable is not None:
            sums[one.payable.currency] = sums.get(one.payable.currency, 0) + one.payable.minor
    return {
        currency: str(Money(minor=sums[currency], currency=currency)) for currency in sorted(sums)
    }
