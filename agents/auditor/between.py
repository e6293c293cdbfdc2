"""
Steps 11 to 13 of formats.md, Offline bundle: what shows between statements only.

A bundle of a person may hold several cases; each is judged by itself.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from agents.auditor.corrected import check_corrected
from agents.auditor.decisions import check_determination
from agents.auditor.evidence import check_evidence, evidence_note
from agents.auditor.findings import Findings
from agents.auditor.identities import check_identities
from agents.auditor.interjected import check_dates, check_interjected
from agents.auditor.omissions import check_omissions, check_places
from agents.auditor.onward import check_onward
from agents.auditor.permissions import Evidence, check_receipts
from agents.auditor.questions import Answer, Holds, Question
from agents.auditor.receipt_words import check_granted_fields, check_receipt_words
from agents.auditor.receipts import check_answers, check_chains
from agents.auditor.recomputing import Held, check_result, unknown
from agents.auditor.records import check_replacements, find_replaced
from agents.auditor.report import NotHeldError, Step, at_step, fault
from agents.auditor.results import (
    check_countersigned,
    check_given_up,
    exporter_of,
    replay_case,
)
from agents.auditor.steps import Checked
from agents.auditor.superseded import find_superseded
from agents.auditor.timely import check_timely
from agents.bundle_files import Scope
from portability.consent.agreement import AgreementScope, scope_on
from portability.consent.receipt import DisclosureReceipt
from portability.core.agreement import Pack
from portability.ledger.directory import Directory
from portability.recognition.presence import set_apart
from portability.recognition.statements import (
    CaseStatement,
    Determination,
    HistoryRequest,
    Reconciliation,
)

Statements = Mapping[bytes, Checked]

_ELSEWHERE: Final = Answer(
    question=Question.PERMISSION,
    holds=Holds.NOT_ASKED,
    words="its request is not here: of another case, or an auditor's own reading",
)


def check_between(
    found: Findings, directory: Directory, packs: Mapping[str, Pack], scope: Scope
) -> None:
    """Judge every case in the bundle, then what no case holds."""
    cases = _cases(found.checked)
    if scope is Scope.CASE and len(cases) > 1:
        found.faults.append(
            fault(Step.RESULT, f"the bundle claims one case and holds statements of {len(cases)}")
        )
    if scope is Scope.CASE and not cases and not found.erased:
        cases = [""]
    for case_id in cases:
        _check_case(case_id, found, directory, packs)
    for i, outcome in (*check_evidence(found), *check_identities(found)):
        found.judge(i, outcome)
    found.notes += evidence_note(found)
    held = {i: one for i, one in found.checked.items() if i not in found.failed}
    found.replaced = find_replaced(held) | find_superseded(held)
    receipts = [
        (one, one.content)
        for _, one in sorted(found.checked.items())
        if isinstance(one.content, DisclosureReceipt)
    ]
    for i, error in check_chains(receipts, found.erased):
        found.fail(i, error)
    for one, _ in receipts:
        if one.id not in found.judged:
            found.judge(one.id, _ELSEWHERE)


def _check_case(
    case_id: str, found: Findings, directory: Directory, packs: Mapping[str, Pack]
) -> None:
    statements = {i: one for i, one in found.checked.items() if _case(one) in {"", case_id}}
    replayed = replay_case(statements, found.exporter, found.erased.keys())
    for i, error in replayed.refused:
        found.fail(i, error)
    found.faults += replayed.faults
    if replayed.known is not None:
        found.known[case_id] = replayed.known
    contents = [one.content for one in statements.values()]
    request = next((one for one in contents if isinstance(one, HistoryRequest)), None)
    evidence = Evidence(
        case_id=case_id,
        statements=statements,
        person_keys=found.person_keys(),
        statuses=tuple(found.statuses.values()),
        directory=directory,
        agreement=_scope(request, packs),
        erased=found.erased.keys(),
    )
    for i, error in check_replacements(statements):
        found.fail(i, error)
    exporter = found.exporter or exporter_of(statements)
    _check_releases(evidence, found, exporter)
    of_lead = replayed.of_lead and replayed.leads
    for i, error in (
        *check_receipt_words(evidence),
        *check_interjected(evidence, packs, of_lead=of_lead),
        *check_dates(evidence),
        *_against_own_log(evidence, packs, exporter, of_lead=of_lead),
    ):
        found.fail(i, error)
    held = Held(statements=statements, erased=found.erased.keys(), in_part=not replayed.leads)
    erased = {one.logged.leaf.kind for one in found.erased.values()}
    given_up = check_given_up(statements, found.failed, erased, of_lead=replayed.of_lead)
    for i, outcome in (*_results(held, packs), *given_up):
        found.judge(i, outcome)
    if replayed.progress is not None:
        in_force = replayed.progress.reconciliation_id
        found.faults += check_countersigned(in_force, statements)
        if replayed.progress.digest:
            found.digests.append(replayed.progress.digest.hex())
        seen = "" if replayed.leads else f", as {replayed.seen_by} sees it, which does not lead it"
        found.notes.append(f"by these statements the case is {replayed.progress.state}{seen}")


def _against_own_log(
    evidence: Evidence, packs: Mapping[str, Pack], exporter: str, *, of_lead: bool
) -> Iterator[tuple[bytes, NotHeldError]]:
    """What the log of whoever made the bundle shows; of what was erased nobody can say."""
    if evidence.erased:
        return
    if of_lead:
        yield from check_timely(evidence.statements, evidence.case_id, packs)
    yield from check_corrected(evidence.statements, evidence.case_id, exporter)


def _check_releases(evidence: Evidence, found: Findings, exporter: str) -> None:
    """Steps 11 and 12: each release on a permission, and with its receipt."""
    for i, error in (
        *check_answers(evidence),
        *check_omissions(evidence),
        *check_places(evidence),
        *check_granted_fields(evidence),
    ):
        found.fail(i, error)
    gone = [one.logged for one in found.erased.values()]
    for i, outcome in (*check_receipts(evidence), *check_onward(evidence, gone, exporter)):
        found.judge(i, outcome)


def _results(
    held: Held, packs: Mapping[str, Pack]
) -> Iterator[tuple[bytes, Answer | NotHeldError]]:
    for one in held.statements.values():
        content = one.content
        try:
            if isinstance(content, Reconciliation):
                yield one.id, check_result(content, held, _pack(content, packs))
            elif isinstance(content, Determination):
                if content.result in held.erased:
                    yield one.id, unknown("the result that it rests on was erased, as is proven")
                    continue
                rests_on = _rests_on(content, held.statements)
                pack = _pack(rests_on, packs)
                apart = _apart(content, rests_on, held.statements)
                yield one.id, check_determination(content, rests_on, held, pack, apart)
        except NotHeldError as error:
            yield one.id, error


def _apart(determination: Determination, rests_on: Reconciliation, statements: Statements) -> str:
    """The institution whose own periods alone a decision counts; empty where it counts all."""
    contents = (one.content for one in statements.values())
    claims = (one.claim for one in contents if isinstance(one, HistoryRequest))
    claim = next(claims, None)
    return "" if claim is None else set_apart(claim, rests_on, determination.header.sender)


def _rests_on(determination: Determination, statements: Statements) -> Reconciliation:
    for i in determination.header.predecessors:
        found = statements.get(i)
        if found is not None and isinstance(found.content, Reconciliation):
            return found.content
    raise NotHeldError(Step.RESULT, "the reconciliation that it rests on is not in the bundle")


def _pack(reconciliation: Reconciliation, packs: Mapping[str, Pack]) -> Pack:
    pack = packs.get(reconciliation.agreement)
    if pack is None:
        raise NotHeldError(
            Step.RESULT, f"the agreement {reconciliation.agreement} is not in the bundle"
        )
    return pack


def _scope(request: HistoryRequest | None, packs: Mapping[str, Pack]) -> AgreementScope | None:
    pack = packs.get(request.claim.agreement) if request else None
    if request is None or pack is None:
        return None
    return at_step(Step.PERMISSION, lambda: scope_on(pack, request.claim.award_date))


def _cases(statements: Statements) -> list[str]:
    return sorted({case for one in statements.values() if (case := _case(one))})


def _case(one: Checked) -> str:
    """The id of the case that a statement is of, empty for what is of none."""
    return one.content.header.case_id if isinstance(one.content, CaseStatement) else ""
