"""
Step 13 of formats.md, Offline bundle: the result computed again from the records in the bundle,
under the agreement in the bundle. Its digest must be the one that every party signed.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from agents.auditor.contents import counted
from agents.auditor.differences import Difference, find_difference
from agents.auditor.questions import Answer, Holds, Question
from agents.auditor.records import check_inputs, count_inputs, replaced_since
from agents.auditor.report import NotHeldError, Step, at_step
from agents.auditor.steps import Checked
from portability.core.agreement import Pack, Rules
from portability.core.reconciliation import Reconciliation as Computed
from portability.core.reconciliation import reconcile
from portability.errors import PortabilityError
from portability.ledger.documents import load_json
from portability.recognition.held_back import as_findings, is_said_otherwise
from portability.recognition.statements import (
    Correction,
    HistoryRequest,
    HistoryResponse,
    Reconciliation,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """
    What there is to compute with, and the ids of what was erased.

    ``in_part``: the bundle is of a party that does not lead, to whom the answers of others are
    known by their ids only.
    """

    statements: Mapping[bytes, Checked]
    erased: Collection[bytes]
    in_part: bool = False


def check_result(reconciliation: Reconciliation, held: Held, pack: Pack) -> Answer:
    """
    Compute a reconciliation again from the records it names. Raises NotHeldError.

    Nothing is computed where an input was erased: the answer says so, and refuses nothing.
    """
    rules = _rules(reconciliation, pack)
    gone = erased_inputs(reconciliation, held)
    if gone:
        were = "was" if gone == 1 else "were"
        return unknown(f"cannot be computed again: {gone} of the records it uses {were} erased")
    _check_claim(reconciliation, held.statements)
    check_inputs(reconciliation, held.statements, in_part=held.in_part)
    _check_held_back(reconciliation, held.statements)
    mine = compute_again(reconciliation, held, pack)
    if mine.digest != reconciliation.digest.hex():
        found = find_difference(mine, reconciliation.result, rules)
        raise NotHeldError(
            Step.RESULT,
            "computed again from the same records, the result has another digest "
            f"({mine.digest[:16]}… instead of {reconciliation.digest.hex()[:16]}…){_at(found)}",
        )
    if _shown(reconciliation.result) != json.loads(mine.signed_text):
        raise NotHeldError(Step.RESULT, "the result that it shows is not the one of its digest")
    replaced = replaced_since(reconciliation, held.statements)
    were = "was" if replaced == 1 else "were"
    since = f"; {replaced} of them {were} corrected or withdrawn since" if replaced else ""
    return yes(
        f"yes, computed again from its {counted(len(reconciliation.inputs), 'record')} under "
        f"{pack.id}: the same digest {mine.digest[:16]}{since}"
    )


def compute_again(reconciliation: Reconciliation, held: Held, pack: Pack) -> Computed:
    """The result of the records that a reconciliation names. Raises NotHeldError."""
    inputs = count_inputs(reconciliation, held.statements)
    try:
        return reconcile(
            inputs.periods,
            pack,
            reconciliation.branch.value,
            reconciliation.as_of,
            incomplete=inputs.incomplete,
            held_back=as_findings(reconciliation.held_back),
        )
    except PortabilityError as error:
        raise NotHeldError(Step.RESULT, f"it cannot be computed again: {error.message}") from None


def _check_claim(reconciliation: Reconciliation, statements: Mapping[bytes, Checked]) -> None:
    """That it is as of the day of the award, and leaves out nobody who has given records."""
    contents = {i: one.content for i, one in statements.items()}
    requests = [one for one in contents.values() if isinstance(one, HistoryRequest)]
    if any(one.claim.award_date != reconciliation.as_of for one in requests):
        raise NotHeldError(
            Step.RESULT, f"it is as of {reconciliation.as_of}, which is not the day of the award"
        )
    for i in reconciliation.header.predecessors:
        answer = contents.get(i)
        if not isinstance(answer, HistoryResponse) or not answer.records:
            continue
        asked = contents.get(next(iter(answer.header.predecessors), b""))
        if isinstance(asked, HistoryRequest) and asked.recipient in reconciliation.absent:
            raise NotHeldError(
                Step.RESULT, f"it leaves out {asked.recipient}, on whose records it rests"
            )


def _check_held_back(reconciliation: Reconciliation, statements: Mapping[bytes, Checked]) -> None:
    """That it says whose histories are not whole, as far as the answers are here."""
    said = {
        i: one.content
        for i, one in statements.items()
        if isinstance(one.content, HistoryRequest | HistoryResponse | Correction)
    }
    if is_said_otherwise(said, reconciliation):
        raise NotHeldError(
            Step.RESULT,
            "it does not say as the answers do whose histories are held back in part",
        )


def difference_of(reconciliation: Reconciliation, mine: Computed, pack: Pack) -> Difference | None:
    """Where a signed result departs from the one computed again. Raises NotHeldError."""
    return find_difference(mine, reconciliation.result, _rules(reconciliation, pack))


def erased_inputs(reconciliation: Reconciliation, held: Held) -> int:
    """How many of the inputs, and of the answers that they came in, were erased."""
    needed = (*reconciliation.inputs, *reconciliation.header.predecessors)
    return sum(i in held.erased for i in needed)


def yes(words: str) -> Answer:
    return Answer(question=Question.RESULT, holds=Holds.YES, words=words)


def unknown(words: str) -> Answer:
    return Answer(question=Question.RESULT, holds=Holds.UNKNOWN, words=words)


def _at(found: Difference | None) -> str:
    return "" if found is None else f"; first difference: {found.told}"


def _shown(result: bytes) -> object:
    """The result as it is shown, without the digest that may be written into it."""
    shown = at_step(Step.CONTENT, lambda: load_json(result, what="result"))
    if isinstance(shown, dict):
        shown.pop("digest", None)
    return shown


def _rules(reconciliation: Reconciliation, pack: Pack) -> Rules:
    """The rules that it was made under. Raises NotHeldError if the bundle has others."""
    try:
        rules = pack.rules_on(reconciliation.as_of)
    except PortabilityError as error:
        raise NotHeldError(Step.RESULT, error.message) from None
    if (reconciliation.agreement, reconciliation.agreement_version) != (pack.id, rules.version):
        raise NotHeldError(
            Step.RESULT, "the agreement in the bundle is not the version that it names"
        )
    return rules
