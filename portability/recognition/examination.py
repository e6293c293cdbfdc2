"""
What a party checks before it countersigns: the same inputs, the same rules, the same result.

Source: design.md, Mutual recognition: equal digests are the agreement; unequal ones name the first
input or rule on which two parties differ.
"""

import json
from collections.abc import Collection
from hashlib import sha256
from typing import Final

from portability.core.reconciliation import Reconciliation as Computed
from portability.recognition.case import Case
from portability.recognition.held_back import is_said_otherwise
from portability.recognition.statements import (
    Claim,
    Correction,
    HistoryResponse,
    Reconciliation,
)

_HEAD: Final = {
    name: place
    for place, name in enumerate(("format", "agreement", "agreement_version", "branch", "as_of"))
}
"""What is compared first: a difference there explains all others."""


def unnamed_inputs(case: Case, reconciliation: Reconciliation) -> tuple[bytes, ...]:
    """
    Records that this party put into the case and that the reconciliation leaves out.

    They came with our answers and our corrections, as far as it rests on them.
    """
    named = [case.accepted.get(one) for one in reconciliation.header.predecessors]
    ours = [one for one in named if one is not None and one.header.sender.jurisdiction == case.own]
    sent: set[bytes] = set()
    replaced: set[bytes] = set()
    for one in ours:
        if isinstance(one, HistoryResponse):
            sent.update(one.records)
        elif isinstance(one, Correction):
            sent.update(one.added)
            replaced.update(one.replaced)
    return tuple(sorted(sent - replaced - set(reconciliation.inputs)))


def difference_before_computing(
    case: Case, claim: Claim, reconciliation: Reconciliation, held: Collection[bytes]
) -> str | None:
    """
    The first reason not even to compute, in words without personal data; None if there is none.

    ``held`` are the records that this party holds with their proofs.
    """
    if reconciliation.as_of != claim.award_date:
        return f"as of: {claim.award_date} here, {reconciliation.as_of} there"
    if is_said_otherwise(case.accepted, reconciliation):
        return "whether the history of this country is whole is not said as it was answered"
    # what this party has replaced since, or what is no period, is rightly no input
    left_out = [one for one in unnamed_inputs(case, reconciliation) if one in held]
    if left_out:
        return f"record {left_out[0].hex()} is an input only here"
    missing = [one for one in reconciliation.inputs if one not in held]
    if missing:
        return f"record {missing[0].hex()} is an input only there"
    return None


def difference_of_results(mine: Computed, theirs: Reconciliation) -> str | None:
    """Where two results of the same inputs first differ; None if they do not."""
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
    return (
        f"the results differ at {_first_place(json.loads(mine.signed_text), other) or 'its form'}"
    )


def _first_place(mine: object, other: object, path: str = "") -> str:
    """The path to the first value that differs: names and positions, never a value."""
    if isinstance(mine, dict) and isinstance(other, dict):
        names = sorted(mine, key=lambda name: (_HEAD.get(name, len(_HEAD)), name))
        for name in names:
            if name not in other or mine[name] != other[name]:
                return _first_place(mine[name], other.get(name), f"{path}.{name}".lstrip("."))
    if isinstance(mine, list) and isinstance(other, list):
        for place, (here, there) in enumerate(zip(mine, other, strict=False)):
            if here != there:
                return _first_place(here, there, f"{path}[{place}]")
    return path
