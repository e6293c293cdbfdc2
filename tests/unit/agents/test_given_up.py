"""A claim that is closed as given up: only by what the person signed, and the lead must show it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from agents.auditor.inquiring import inquire
from agents.auditor.replay import Follows, Replay, case_ids, replay
from agents.auditor.report import Verdict
from agents.auditor.sides import side_of
from agents.auditor.verification import Examined, examine_bundle
from portability.ledger.bundle import MANIFEST
from portability.recognition.claim_withdrawal import claim_withdrawal
from portability.recognition.erasure import Erasure, ErasureBasis
from portability.recognition.statements import ClaimWithdrawal, Closure, ClosureReason
from portability.wire.erasure import erasure_statement_to_payload, erasure_statement_type
from tests.unit.agents.rosa_case import (
    CASE_ID,
    CNAV,
    ES,
    INSS,
    NOW,
    RosasCase,
    add_consent,
    add_records,
    add_request,
    bundle_of,
    claim,
    trust,
)
from tests.unit.agents.two_sides import exported

Change = Callable[[ClaimWithdrawal], ClaimWithdrawal]

UNSIGNED = "it closes the claim as given up, and nothing that the person signed says so"
ALONE = "given up on the word of ES alone"


def asked() -> tuple[RosasCase, bytes]:
    """The lead has asked France, and nobody has answered."""
    case = RosasCase()
    add_records(case, "fr", CNAV)
    add_records(case, "es", INSS)
    return case, add_request(case, add_consent(case))


def closed(*, named: tuple[bytes, ...] = (), case: RosasCase | None = None) -> RosasCase:
    """By the lead's node as given up, whether or not somebody did."""
    found = case or asked()[0]
    header = found.header(ES, *named)
    found.say(Closure(header=header, reason=ClosureReason.WITHDRAWN), "ES node")
    return found


def given_up(
    *, by: str = "rosa", change: Change = lambda one: one, names: bool = True
) -> RosasCase:
    """As the protocol has it: a document of the person, and the closure on it."""
    case, _ = asked()
    signed = case.say(change(claim_withdrawal(case.header(ES), claim())), by)
    return closed(named=(signed,) if names else (), case=case)


def examined(case: RosasCase, code: str = "ES") -> Examined:
    return examine_bundle(exported(case, code), trust(), NOW)


def told(found: Examined) -> Replay:
    (case_id,) = case_ids(found.found)
    return replay(found.found, case_id, {})


def why_closed(found: Examined) -> str:
    """Why the closure does not hold; empty where it does."""
    (one,) = [one for one in found.report.statements if one.kind == "closure"]
    assert (one.verdict is Verdict.NOT_VERIFIED) is (one.fault is not None)
    return "" if one.fault is None else one.fault.cause


def other_date(one: ClaimWithdrawal) -> ClaimWithdrawal:
    return replace(one, claim_date=date(2024, 10, 2))


def other_case(one: ClaimWithdrawal) -> ClaimWithdrawal:
    return replace(one, header=replace(one.header, case_id="fedcba9876543210" * 2))


@pytest.mark.parametrize("names", [True, False])
@pytest.mark.parametrize("code", ["ES", "FR"])
def test_a_claim_that_the_person_gave_up_holds_also_where_the_closure_cannot_name_it(
    code: str, *, names: bool
) -> None:
    found = examined(given_up(names=names), code)
    assert found.report.verified, found.report.causes
    followed = told(found)
    assert (followed.holds, followed.state) == (True, "closed")
    assert {one.follows for one in followed.steps if one.kind == "closure"} == {Follows.YES}


def test_a_lead_that_closes_a_claim_as_given_up_must_show_what_the_person_signed() -> None:
    found = examined(closed())
    assert not found.report.verified
    assert UNSIGNED in why_closed(found)
    assert "987/2009 Art 46(3)" in why_closed(found)
    first = told(found).first
    assert first is not None
    assert (first.kind, first.by) == ("closure", "ES/node")
    assert UNSIGNED in first.why


def test_a_closure_that_names_something_else_is_not_made_good_by_that() -> None:
    case, request = asked()
    assert UNSIGNED in why_closed(examined(closed(named=(request,), case=case)))


@pytest.mark.parametrize(
    "lie", [given_up(by="stranger", names=False), given_up(change=other_date, names=False)]
)
def test_a_document_that_does_not_hold_itself_excuses_nobody(lie: RosasCase) -> None:
    assert UNSIGNED in why_closed(examined(lie))


def test_a_document_of_another_case_excuses_nobody() -> None:
    found = examined(given_up(change=other_case, names=False))
    assert UNSIGNED in why_closed(found)


def test_in_a_dispute_it_stands_against_the_lead_where_its_own_bundle_is_there() -> None:
    spain, france = (side_of(code, examined(closed(), code), CASE_ID) for code in ("ES", "FR"))
    for sides in ([spain], [spain, france], [france, spain]):
        found = inquire(CASE_ID, sides)
        assert [one.against for one in found.findings] == ["ES/node"], found.findings
        assert UNSIGNED in found.findings[0].words


def test_another_party_may_not_have_the_document_so_its_bundle_accuses_nobody() -> None:
    """It may speak an earlier version of the protocol, and then is not told for now."""
    found = examined(closed(), "FR")
    assert found.report.verified, found.report.causes
    (closure,) = [one for one in told(found).steps if one.kind == "closure"]
    assert closure.follows is Follows.UNKNOWN
    assert ALONE in closure.why
    assert inquire(CASE_ID, [side_of("FR", found, CASE_ID)]).clear


def test_the_document_in_one_bundle_does_for_the_other() -> None:
    """France shows it, and Spain's own may be older: it is asked for a new one."""
    case = given_up(names=False)
    (document,) = case.of_kind("claim-withdrawal")
    files = exported(case, "ES", without=[document], unsigned_for=[document])
    spain = examine_bundle(files, trust(), NOW)
    assert UNSIGNED in why_closed(spain)
    both = [side_of("ES", spain, CASE_ID), side_of("FR", examined(case, "FR"), CASE_ID)]
    found = inquire(CASE_ID, both)
    assert found.clear, found.findings
    assert {one.too_early for one in found.letters if one.kind == "claim-withdrawal"} == {("ES",)}


@pytest.mark.parametrize(
    ("erases", "excused"), [("claim-withdrawal", True), ("entitlement", False)]
)
def test_a_document_that_was_erased_since_is_not_held_against_the_lead(
    erases: str, *, excused: bool
) -> None:
    case = given_up(names=False) if excused else closed()
    gone = case.of_kind(erases)[-1]
    said = Erasure(
        header=replace(case.header(ES), case_id=""),
        actor=INSS,
        basis=ErasureBasis.NO_LONGER_NEEDED,
        citation="Regulation (EU) 2016/679 Art 17(1)(a)",
        leaf_indexes=(case.placed[gone].index,),
        erasures=1,
    )
    case.log(erasure_statement_type(said), erasure_statement_to_payload(said), "ES node", "ES")
    files = exported(case, "ES")
    del files[MANIFEST], files[f"statements/{gone.hex()}.json"]
    found = examine_bundle(bundle_of(files), trust(), NOW)
    assert found.report.verified is excused, found.report.causes
    assert (UNSIGNED in why_closed(found)) is not excused
    (closure,) = [one for one in told(found).steps if one.kind == "closure"]
    assert closure.follows is (Follows.UNKNOWN if excused else Follows.NO)
