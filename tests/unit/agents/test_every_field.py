"""
One party, with its own real keys, lies in one field of one of its statements: who notices.

Every field of every kind of statement is changed in turn. Either an honest node refuses or disputes
what it says, or the bundle names whoever signed it; or it is listed in ``MEANS_NOTHING``, with the
reason why nobody else has to know. Nobody else is ever blamed. A new field has no entry there, and
fails here until somebody has said which of the two it is.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any, Final

import pytest

from agents.auditor.inquiring import inquire
from agents.auditor.sides import side_of
from agents.auditor.verification import Examined, examine_bundle
from portability.ledger.bundle import MANIFEST
from portability.ledger.envelope import envelope_to_json, kind_of, sign_envelope, statement_id
from portability.recognition.statements import Acknowledgement
from portability.wire.statement import STATEMENT_TYPES, statement_to_payload, type_of
from tests.unit.agents import lying_case as stories
from tests.unit.agents.lying_case import Lie, LyingCase, NobodyReadsItError, told
from tests.unit.agents.other_values import names_of, others, with_value
from tests.unit.agents.rosa_case import CASE_ID, KEYS, NOW, bundle_of, trust

Story = Callable[[LyingCase], None]

TOLD: Final[Mapping[str, tuple[Story, str, int]]] = {
    "history-request": (stories.settled, "history-request", 0),
    "entitlement": (stories.settled, "entitlement", 0),
    "consent-status": (stories.answered, "consent-status", 0),
    "identity-resolution": (stories.answered, "identity-resolution", 0),
    "history-response": (stories.settled, "history-response", 0),
    "receipt of a consent": (stories.answered, "disclosure-receipt", 0),
    "receipt of a result": (stories.computed, "disclosure-receipt", 1),
    "receipt of a correction": (stories.told_of, "disclosure-receipt", 2),
    "reconciliation": (stories.settled, "reconciliation", 0),
    "countersignature": (stories.settled, "countersignature", 0),
    "dispute": (stories.disputed, "dispute", 0),
    "national-facts": (stories.settled, "national-facts", 0),
    "determination": (stories.settled, "determination", 0),
    "summary": (stories.settled, "summary", 0),
    "closure": (stories.settled, "closure", 0),
    "reminder": (stories.reminded, "reminder", 0),
    "objection": (stories.objected, "objection", 0),
    "objection of a person": (stories.objected_by_person, "objection", 0),
    "reopening": (stories.objected, "reopening", 0),
    "correction": (stories.told_of, "correction", 0),
    "answer to a correction": (stories.told_of, "notice-answer", 0),
    "result once more": (stories.corrected, "reconciliation", 1),
    "permission-end": (stories.stopped, "permission-end", 0),
    "answer to an end": (stories.stopped, "notice-answer", 0),
    "answer of another": (stories.stopped, "notice-answer", 1),
    "what is kept": (stories.kept, "notice-answer", 0),
    "claim-withdrawal": (stories.given_up, "claim-withdrawal", 0),
    "closure as given up": (stories.given_up, "closure", 0),
}
"""By a name: the story, the kind of statement in it that lies, and the how manieth of that kind."""

A_SALT: Final = "random, so that an id tells nothing; another is as good"
DATED_BACK: Final = "the log's hour counts, which nobody dates back; later than that is noticed"
ITS_OWN_WORD: Final = "a fact that its signer alone knows; README.md, Trust model: not defended"
ORDER: Final = "their order says nothing"

MEANS_NOTHING: Final[Mapping[str, str]] = {
    "*.header.salt": A_SALT,
    "*.header.created": DATED_BACK,
    "history-request.datatypes": "a question: no more leaves than was permitted",
    "history-request.fields": "a question: no more leaves than was permitted",
    "history-request.from_date": "a question: no more leaves than was permitted",
    "history-request.to_date": "a question: no more leaves than was permitted",
    "history-request.claim.claim_date": ITS_OWN_WORD,
    "history-request.claim.award_date": ITS_OWN_WORD,
    "history-response.tree_size": "before the receipt right before it is no other moment",
    "history-response.held_back": ITS_OWN_WORD,
    "entitlement.salt": A_SALT,
    "entitlement.subject_commitment": ITS_OWN_WORD,
    "entitlement.issue_date": ITS_OWN_WORD,
    "entitlement.supersedes": "what nobody has is replaced by nothing",
    "entitlement.content": ITS_OWN_WORD,
    "consent-status.salt": A_SALT,
    "consent-status.version": "a counter of the home node, which the receipt repeats",
    "identity-resolution.salt": A_SALT,
    "identity-resolution.subject_commitment": ITS_OWN_WORD,
    "identity-resolution.basis": ITS_OWN_WORD,
    "identity-resolution.created": DATED_BACK,
    "receipt of a consent.id": "a name",
    "receipt of a consent.status_version": "the word of another version is sought, and told as "
    "not found",
    "receipt of a consent.requested_at": DATED_BACK,
    "receipt of a consent.previous": "may be of another case; auditors who see all see the chain",
    "receipt of a result.id": "a name",
    "receipt of a result.reason_text_key": "the key of words for a reason that is right",
    "receipt of a result.requested_at": DATED_BACK,
    "receipt of a result.fields": "whatever the records state is in it",
    "receipt of a correction.fields": "whatever the record states is in it",
    "receipt of a result.outcome": "the fields and days stand beside it",
    "receipt of a result.from_date": "all days of what left lie in it",
    "receipt of a result.to_date": "all days of what left lie in it",
    "receipt of a result.erase_by": "a term of national law, no later than any that is named",
    "receipt of a result.previous": "a mandate has no chain",
    "receipt of a result.held_back": "to others everything is shown or nothing",
    "receipt of a correction.id": "a name",
    "receipt of a correction.reason_text_key": "the key of words for a reason that is right",
    "receipt of a correction.requested_at": DATED_BACK,
    "receipt of a correction.outcome": "the fields and days stand beside it",
    "receipt of a correction.from_date": "all days of what left lie in it",
    "receipt of a correction.to_date": "all days of what left lie in it",
    "receipt of a correction.erase_by": "a term of national law, no later than any that is named",
    "receipt of a correction.previous": "a mandate has no chain",
    "receipt of a correction.held_back": "the correction says it, which the lead reads",
    "dispute.digest": "where a record is left out nobody computes, and the record is what counts",
    "dispute.first_difference": "words; who computed rightly is computed again",
    "national-facts.nonce": A_SALT,
    "national-facts.created": DATED_BACK,
    "determination.header.predecessors": "decisions of earlier versions name no countersignature",
    "determination.facts": "decisions of earlier versions name none; they name the decision",
    "summary.header.predecessors": ORDER,
    "result once more.header.predecessors": ORDER,
    "closure.header.predecessors": ORDER,
    "reminder.due": "a later day than the agreement gives takes nothing from anybody",
    "objection.grounds": ITS_OWN_WORD,
    "objection.act": "it counts as the institution's word, with or without a paper behind it",
    "correction.added": "a record that nobody has ever shown counts nowhere",
    "correction.reason": "that a record came late or was wrong changes nothing that is computed",
    "answer to a correction.effect": "that a case is reopened is said by the reopening",
    "closure as given up.header.predecessors": "earlier versions cannot name the document",
    "acknowledgement.header.predecessors": "for what nobody sent it says nothing of anybody",
    "acknowledgement.position": "a place in the stream of two nodes, which both count themselves",
}
"""What may be said otherwise without anybody noticing, and why that takes nothing from anybody."""


@cache
def honest(name: str) -> Any:
    """The statement as it is when nobody lies."""
    story, kind, nth = TOLD[name]
    heard: list[Any] = []

    def listen(said: Any) -> Any:
        heard.append(said)
        return said

    with pytest.raises(NobodyReadsItError):
        told(story, Lie(kind=kind, nth=nth, change=listen))
    return heard[0]


PLACES: Final = [(name, field) for name in TOLD for field, _ in names_of(honest(name))]


def why_not(name: str, field: str) -> str:
    """Why nobody has to notice it; empty if somebody has to."""
    return MEANS_NOTHING.get(f"{name}.{field}") or MEANS_NOTHING.get(f"*.{field}", "")


@pytest.mark.parametrize(("name", "field"), PLACES)
def test_a_lie_in_one_field_is_noticed_or_means_nothing_and_blames_nobody_else(
    name: str, field: str
) -> None:
    values = others(field, dict(names_of(honest(name)))[field])
    assert values, f"say in other_values.py how {name} could lie in {field}"
    unnoticed = [one for one in values if not is_noticed(name, field, one)]
    if f"{name}.{field}" in MEANS_NOTHING:
        assert unnoticed, "each of these is noticed by now: take it out of MEANS_NOTHING"
    elif not why_not(name, field):
        assert unnoticed == [], "nobody notices that, and nothing says that it means nothing"


def is_noticed(name: str, field: str, value: Any) -> bool:
    """Whether an honest node refuses it, or a bundle names its signer, who alone is blamed."""
    story, kind, nth = TOLD[name]

    def change(said: Any) -> Any:
        return with_value(said, field, value)

    is_basis = field in {"as_of", "inputs", "held_back"}
    try:
        case = told(story, Lie(kind=kind, nth=nth, change=change, computed=is_basis))
    except NobodyReadsItError:
        return True
    if case.at_once:
        return True
    examined = {code: examine_bundle(case.bundle(code), trust(), NOW) for code in ("ES", "FR")}
    blamed = {who for one in examined.values() for who in blamed_by(one, case)}
    found = inquire(CASE_ID, [side_of(code, one, CASE_ID) for code, one in examined.items()])
    blamed |= {one.against.partition("/")[0] for one in found.findings}
    liar = case.placed[case.lied].log.jurisdiction if case.lied in case.placed else "ES"
    assert blamed <= {liar, AS_A_WHOLE, *ALSO_LIES.get(name, ())}, (
        value,
        case.refused,
        found.findings,
    )
    return bool(blamed.difference(ALSO_LIES.get(name, ())) or case.refused)


ALSO_LIES: Final = {"dispute": ("ES",)}
"""Who has given cause to what is changed here."""

AS_A_WHOLE: Final = "the case as a whole"


def blamed_by(examined: Examined, case: LyingCase) -> list[str]:
    """The jurisdictions of whoever signed what does not hold."""
    found = examined.found
    signed = {i: one.signer.jurisdiction for i, one in found.checked.items()}
    signed |= {i: one.log.jurisdiction for i, one in case.placed.items()}
    blamed = [signed.get(i, "ES") for i in found.failed]
    return blamed + [AS_A_WHOLE for _ in found.faults]


@pytest.mark.parametrize("name", [name for name in TOLD if hasattr(honest(name), "header")])
def test_what_is_dated_after_its_own_log_took_it_in_is_noticed(name: str) -> None:
    created = honest(name).header.created
    assert is_noticed(name, "header.created", created + timedelta(days=300))


def test_every_kind_of_statement_of_a_case_is_in_the_table() -> None:
    elsewhere = {"acknowledgement"}
    assert {kind for _, kind, _ in TOLD.values()} >= {*map(kind_of, STATEMENT_TYPES)} - elsewhere


def test_no_reason_is_given_for_a_field_that_is_not_there() -> None:
    known = {f"{name}.{field}" for name, field in PLACES}
    known |= {f"acknowledgement.{field}" for field, _ in names_of(ACKNOWLEDGED)}
    assert {one for one in MEANS_NOTHING if not one.startswith("*")} <= known


# --- signatures for what arrived, which are no statements of the case ----------------------------

ACKNOWLEDGED: Final = Acknowledgement(
    header=replace(honest("countersignature").header, case_id="", predecessors=()), position=1
)


@pytest.mark.parametrize("field", [field for field, _ in names_of(ACKNOWLEDGED)])
def test_a_lie_in_a_signature_of_receipt_is_noticed_or_means_nothing(field: str) -> None:
    values = others(field, dict(names_of(signed_for(told(stories.settled, None))))[field])
    assert values
    unnoticed = [one for one in values if not is_signature_noticed(field, one)]
    assert bool(unnoticed) is bool(why_not("acknowledgement", field)), unnoticed


def signed_for(case: LyingCase) -> Acknowledgement:
    """France has the request."""
    header = replace(ACKNOWLEDGED.header, predecessors=(case.request,))
    return replace(ACKNOWLEDGED, header=header)


def is_signature_noticed(field: str, value: Any) -> bool:
    case = told(stories.settled, None)
    said = with_value(signed_for(case), field, value)
    payload = statement_to_payload(said)
    files = dict(case.bundle("ES"))
    del files[MANIFEST]
    name = statement_id(type_of(said), payload).hex()
    files[f"statements/{name}.json"] = envelope_to_json(
        sign_envelope(type_of(said), payload, KEYS["FR node"])
    )
    examined = examine_bundle(bundle_of(files), trust(), NOW)
    assert {*examined.found.failed} <= {bytes.fromhex(name)}
    return not examined.report.verified
