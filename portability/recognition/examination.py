"""
What a party checks before it countersigns: the same inputs, the same rules, the same result.

Source: design.md, Mutual recognition: equal digests are the agreement; unequal ones name the first
input or rule on which two parties differ.
"""

import json
from collections.abc import Collection, Mapping
from hashlib import sha256

from portability.core.reconciliation import Reconciliation as Computed
from portability.recognition.case import Case
from portability.recognition.statements import Claim, HistoryResponse, Reconciliation

_HEAD = ("format", "agreement", "agreement_version", "branch", "as_of")


def unnamed_inputs(case: Case, reconciliation: Reconciliation) -> tuple[bytes, ...]:
    """Records that this party sent in answers which the reconciliation rests on, and left out."""
    answers = (case.accepted.get(one) for one in reconciliation.header.predecessors)
    sent = {
        record
        for answer in answers
        if isinstance(answer, HistoryResponse) and answer.header.sender.jurisdiction == case.own
        for record in answer.records
    }
    return tuple(sorted(sent - set(reconciliation.inputs)))


def difference_before_computing(
    case: Case, claim: Claim, reconciliation: Reconciliation, held: Collection[bytes]
) -> str | None:
    """
    The first reason not even to compute, in words without personal data; None if there is none.

    ``held`` are the records that this party holds with their proofs.
    """
    if reconciliation.as_of != claim.award_date:
        return f"as of: {claim.award_date} here, {reconciliation.as_of} there"
    left_out = unnamed_inputs(case, reconciliation)
    if left_out:
        return f"record {left_out[0].hex()} is an input only here"
    missing = [one for one in reconciliation.inputs if one not in held]
    if missing:
        return f"record {missing[0].hex()} is an input only there"
    return None


def difference_of_results(mine: Computed, theirs: Reconciliation) -> str | None:
    """The first rule or input on which two results of the same inputs differ; None if none."""
    if sha256(theirs.result).digest() != theirs.digest:
        return "the result is not the one that its digest is of"
    if mine.digest == theirs.digest.hex():
        return None
    try:
        other = json.loads(theirs.result)
    except (ValueError, RecursionError):
        other = None
    if not isinstance(other, dict):
        return "the result is not a document of this format"
    return _first_difference(json.loads(mine.signed_text), other)


def _first_difference(mine: Mapping[str, object], other: Mapping[str, object]) -> str:
    for name in _HEAD:
        if mine[name] != other.get(name):
            return f"{name.replace('_', ' ')} differs; here it is {mine[name]}"
    for name, key in (("periods", "id"), ("totals", None)):
        place = _first_place(mine[name], other.get(name), key)
        if place is not None:
            return place
    return "the discrepancies found differ"


def _first_place(mine: object, other: object, key: str | None) -> str | None:
    """Where two lists of records, or two tables of totals, first differ."""
    if mine == other:
        return None
    if key is None and isinstance(mine, dict) and isinstance(other, dict):
        codes = (code for code in sorted(mine) if mine[code] != other.get(code))
        return f"the total of {next(codes, 'a party')} differs"
    if isinstance(mine, list) and isinstance(other, list):
        for here, there in zip(mine, other, strict=False):
            if here != there:
                return f"record {here[key]} counts otherwise here"
    return "the result is not a document of this format"
