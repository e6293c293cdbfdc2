"""Who computed what of one case, and who is right: each result computed again from the records."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from agents.auditor.contents import short
from agents.auditor.differences import Difference
from agents.auditor.findings import Findings
from agents.auditor.questions import Holds
from agents.auditor.recomputing import Held, compute_again, difference_of
from agents.auditor.report import NotHeldError, Step
from agents.auditor.steps import Checked
from portability.core.agreement import Pack
from portability.recognition.statements import (
    Correction,
    Countersignature,
    Determination,
    Dispute,
    HistoryResponse,
    Reconciliation,
)

_INPUT_HERE = re.compile(r"record ([0-9a-f]{64}) is an input only here")
_RECORD_ID = re.compile(r"\b([0-9a-f]{16})[0-9a-f]{48}\b")
_NOT_COMPUTED = bytes(32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Computed:
    """
    What one party signed of a result: ``digest`` in hex, empty where it is a decision or where the
    party did not get so far as to compute. ``holds`` is whether the records in the bundles give it.
    ``disputes``: the party said that the result of another does not follow.
    """

    id: str
    kind: str
    party: str
    digest: str
    holds: Holds
    words: str
    difference: Difference | None = None
    disputes: bool = False

    def to_json(self) -> dict[str, object]:
        return {
            "id": self.id,
            "kind": self.kind,
            "party": self.party,
            "digest": self.digest,
            "holds": str(self.holds),
            "words": self.words,
            "difference": None if self.difference is None else self.difference.to_json(),
        }


def computations(found: Findings, packs: Mapping[str, Pack]) -> tuple[Computed, ...]:
    """Every result, what was said of it, and every decision on it, in the order of their log."""
    ordered = sorted(found.checked.values(), key=lambda one: (one.log, one.index, one.id))
    told: list[Computed] = []
    for one in ordered:
        if isinstance(one.content, Reconciliation):
            told += _of_result(one, one.content, found, packs)
    told += [_decision(one, found) for one in ordered if isinstance(one.content, Determination)]
    return tuple(told)


def _of_result(
    one: Checked, result: Reconciliation, found: Findings, packs: Mapping[str, Pack]
) -> Iterator[Computed]:
    again, difference, why = _again(result, found, packs)
    right = again == result.digest.hex()
    fault = found.failed.get(one.id)
    if fault is not None and fault.step is Step.RECEIPTS:
        fault = None  # what went out with it says nothing of what was computed
    yield Computed(
        id=one.id.hex(),
        kind=one.kind,
        party=str(one.signer),
        digest=result.digest.hex(),
        holds=Holds.UNKNOWN if not again else _yes_or_no(holds=right and fault is None),
        words=why or _result_words(difference, None if fault is None else fault.cause),
        difference=difference,
    )
    for other in found.checked.values():
        content = other.content
        if (
            isinstance(content, Countersignature | Dispute)
            and one.id in content.header.predecessors
        ):
            yield _examined(other, content, again, result, found)


def _again(
    result: Reconciliation, found: Findings, packs: Mapping[str, Pack]
) -> tuple[str, Difference | None, str]:
    """The digest that the records give, where the signed result departs from it, or why neither."""
    pack = packs.get(result.agreement)
    if pack is None:
        return "", None, "the agreement is in no bundle, so nothing can be computed again"
    held = Held(statements=found.checked, erased=found.erased.keys(), in_part=True)
    try:
        mine = compute_again(result, held, pack)
        return mine.digest, difference_of(result, mine, pack), ""
    except NotHeldError as error:
        return "", None, error.fault.cause


def _result_words(difference: Difference | None, cause: str | None) -> str:
    if difference is not None:
        return f"computed again from the same records it differs: {difference.told}"
    return cause or "computed again from the same records it is the same"


def _examined(
    one: Checked,
    content: Countersignature | Dispute,
    again: str,
    result: Reconciliation,
    found: Findings,
) -> Computed:
    digest = "" if content.digest == _NOT_COMPUTED else content.digest.hex()
    if isinstance(content, Countersignature):
        holds = Holds.UNKNOWN if not again else _yes_or_no(holds=digest == again)
        words = "signed the same result"
        if holds is Holds.NO:
            words = "signed a result that the records do not give"
    else:
        holds, words = _disputed(one, content, again, result, found)
    return Computed(
        id=one.id.hex(),
        kind=one.kind,
        party=str(one.signer),
        digest=digest,
        holds=holds,
        words=words,
        disputes=isinstance(content, Dispute),
    )


def _disputed(
    one: Checked, dispute: Dispute, again: str, result: Reconciliation, found: Findings
) -> tuple[Holds, str]:
    """Whether a dispute is borne out by the records in the bundles."""
    said = f"disputes it, in the words of {one.signer}: {_shortened(dispute.first_difference)}"
    left_out = _INPUT_HERE.fullmatch(dispute.first_difference)
    if left_out is not None:
        record = bytes.fromhex(left_out.group(1))
        return _left_out(one, record, result, found, said)
    fault = found.failed.get(_result_id(dispute))
    if dispute.digest == _NOT_COMPUTED and fault is not None and fault.step is Step.RESULT:
        return Holds.YES, f"{said}; of that result it holds that {fault.cause}"
    if not again:
        return Holds.UNKNOWN, said
    if dispute.digest.hex() == again:
        return Holds.YES, f"{said}; computed again, the records give what this party computed"
    if result.digest.hex() == again:
        return Holds.NO, f"{said}; computed again, the records give the result that it disputes"
    return Holds.NO, f"{said}; computed again, the records give neither party's result"


def _result_id(dispute: Dispute) -> bytes:
    return next(iter(dispute.header.predecessors), b"")


def _shortened(difference: str) -> str:
    """With ids as they are shown everywhere else."""
    return _RECORD_ID.sub(r"\1", difference)


def _left_out(
    one: Checked, record: bytes, result: Reconciliation, found: Findings, said: str
) -> tuple[Holds, str]:
    brought = [
        other
        for other in found.checked.values()
        if other.signer.jurisdiction == one.signer.jurisdiction
        and record in _brought_by(other.content)
        and other.id in result.header.predecessors
    ]
    if record in result.inputs:
        return Holds.NO, f"{said}; but the result names that record among its inputs"
    if brought:
        kind = "answer" if isinstance(brought[0].content, HistoryResponse) else "correction"
        told = f"its own {kind} {short(brought[0].id)} had disclosed that record"
        return Holds.YES, f"{said}; {told}"
    return Holds.NO, f"{said}; but no answer of its own that the result rests on names that record"


def _brought_by(content: object) -> tuple[bytes, ...]:
    """The records that an answer or a correction brings into a case."""
    if isinstance(content, HistoryResponse):
        return content.records
    return content.added if isinstance(content, Correction) else ()


def _decision(one: Checked, found: Findings) -> Computed:
    fault = found.failed.get(one.id)
    answers = [answer for answer in found.judged.get(one.id, ()) if answer.words]
    holds = answers[0].holds if answers else Holds.UNKNOWN
    words = answers[0].words.removeprefix("yes, ") if answers else "it could not be looked at"
    return Computed(
        id=one.id.hex(),
        kind=one.kind,
        party=str(one.signer),
        digest="",
        holds=holds if fault is None else Holds.NO,
        words=words if fault is None else fault.cause,
    )


def _yes_or_no(*, holds: bool) -> Holds:
    return Holds.YES if holds else Holds.NO
