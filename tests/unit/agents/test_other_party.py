"""The bundle of a party that does not lead: of third countries it knows no more than ids."""

from dataclasses import replace

from agents.auditor.inquiring import inquire
from agents.auditor.replay import Follows, case_ids, replay
from agents.auditor.sides import Side, side_of
from agents.auditor.verification import examine_bundle
from portability.consent.scope import Party
from portability.recognition.statements import Countersignature, HistoryRequest, Reconciliation
from portability.wire.statement import statement_from_payload
from tests.unit.agents.rosa_case import (
    CASE_ID,
    CNAV,
    ES,
    FR,
    INSS,
    NOW,
    RosasCase,
    add_answer,
    add_consent,
    add_records,
    add_request,
    add_result,
    claim,
    trust,
)
from tests.unit.agents.two_sides import exported

DRV = Party(jurisdiction="DE", institution="drv")
GERMAN_ANSWER = bytes(range(32))
"""Of a history response that Germany gave to the lead alone: it holds nothing of the person."""


def content(case: RosasCase, i: bytes) -> object:
    envelope = case.placed[i].envelope
    return statement_from_payload(envelope.payload_type, envelope.payload)


def three_countries() -> RosasCase:
    """France and Spain agree on a result in which Germany, which was asked too, has no part."""
    case = RosasCase()
    french, spanish = add_records(case, "fr", CNAV), add_records(case, "es", INSS)
    consent = add_consent(case)
    first = add_request(case, consent)
    asked = content(case, first)
    assert isinstance(asked, HistoryRequest)
    del case.placed[first]
    parties = replace(claim(), parties=(INSS, CNAV, DRV))
    request = case.say(replace(asked, header=case.header(INSS), claim=parties), "inss")
    response = add_answer(case, request, consent, french)
    alone = add_result(case, response, french, spanish)
    result = content(case, alone)
    assert isinstance(result, Reconciliation)
    for kind in ("reconciliation", "countersignature", "determination", "closure"):
        for i in case.of_kind(kind):
            del case.placed[i]
    named = case.header(ES, response, GERMAN_ANSWER)
    name = case.say(replace(result, header=named, not_insured=(DRV,)), "ES node")
    case.say(Countersignature(header=case.header(FR, name), digest=result.digest), "FR node")
    return case


def test_a_party_can_prove_its_case_without_what_others_told_the_lead() -> None:
    examined = examine_bundle(exported(three_countries(), "FR"), trust(), NOW)
    assert examined.report.verified, examined.report.causes
    assert any("as FR sees it, which does not lead it" in one for one in examined.report.notes)
    (case_id,) = case_ids(examined.found)
    told = replay(examined.found, case_id, {})
    assert told.holds
    assert (told.seen_by, told.state) == ("FR", "agreed")
    (result,) = [one for one in told.steps if one.kind == "reconciliation"]
    assert result.follows is Follows.YES
    assert "1 of what it names is known here by the id only" in result.why


def test_the_lead_cannot_leave_out_what_it_was_told() -> None:
    examined = examine_bundle(exported(three_countries(), "ES"), trust(), NOW)
    assert not examined.report.verified
    (case_id,) = case_ids(examined.found)
    first = replay(examined.found, case_id, {}).first
    assert first is not None
    assert first.kind == "reconciliation"
    assert GERMAN_ANSWER.hex()[:16] in first.why


def test_in_a_dispute_only_the_lead_answers_for_what_was_told_to_the_lead_alone() -> None:
    """Germany's answer is in neither bundle: that is right of France's and wrong of Spain's."""
    case = three_countries()
    french, spanish = side(case, "FR"), side(case, "ES")
    assert inquire(CASE_ID, [french]).clear
    for given in ([spanish], [spanish, french], [french, spanish]):
        found = inquire(CASE_ID, given)
        assert {one.against for one in found.findings} == {"ES"}, found.findings
        assert f"leaves out {GERMAN_ANSWER.hex()[:16]}, which the reconciliation " in (
            found.findings[0].words
        )


def test_a_party_without_it_is_not_blamed_where_the_result_of_the_lead_is_a_lie() -> None:
    case = three_countries()
    (signed,) = case.of_kind("countersignature")
    (true,) = case.of_kind("reconciliation")
    result = content(case, true)
    assert isinstance(result, Reconciliation)
    del case.placed[signed]
    del case.placed[true]
    named = case.header(ES, *result.header.predecessors)
    case.say(replace(result, header=named, digest=bytes(32)), "ES node")
    found = inquire(CASE_ID, [side(case, "FR")])
    assert {one.against for one in found.findings} == {"ES/node"}, found.findings


def side(case: RosasCase, code: str) -> Side:
    return side_of(code, examine_bundle(exported(case, code), trust(), NOW), CASE_ID)
