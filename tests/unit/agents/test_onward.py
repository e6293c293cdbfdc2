"""What a lead shows with a result, and who corrects shows the lead: each has its receipt."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import pytest

from agents.auditor.inquiring import inquire
from agents.auditor.inquiry import Disputed, Inquiry
from agents.auditor.onward import check_onward
from agents.auditor.permissions import Evidence
from agents.auditor.questions import Answer, Holds
from agents.auditor.replay import case_ids, replay
from agents.auditor.report import NotHeldError
from agents.auditor.sides import side_of
from agents.auditor.steps import Checked
from agents.auditor.verification import Examined, examine_bundle
from portability.consent.agreement import scope_on
from portability.consent.payload_types import RECEIPT_TYPE
from portability.consent.receipt import DisclosureReceipt
from portability.ledger.bundle import MANIFEST
from portability.ledger.directory import EndedLog
from portability.recognition.erasure import Erasure, ErasureBasis
from portability.recognition.statements import Correction, CorrectionReason, Reconciliation
from portability.wire.erasure import erasure_statement_to_payload, erasure_statement_type
from portability.wire.receipt import receipt_from_payload, receipt_to_payload
from portability.wire.record import RECORD_TYPE, record_from_payload, record_to_payload
from tests.unit.agents.rosa_case import (
    CASE_ID,
    CNAV,
    ES,
    HOUR,
    INSS,
    NOW,
    RosasCase,
    add_answer,
    add_consent,
    add_records,
    add_request,
    add_result,
    bundle_of,
    claim,
    receipt,
    released_digest,
    settled,
    trust,
)
from tests.unit.agents.two_sides import exported

MISSING = "it shows FR/cnav 5 records of others, and no receipt was left of it"
OTHER = "it shows FR/cnav 5 records of others, and the receipt that was left of it is for other"
Change = Callable[[DisclosureReceipt], DisclosureReceipt | None]


@dataclass
class Lying(RosasCase):
    """A lead that writes another receipt of what it shows, or none."""

    change: Change = lambda one: one

    def log(self, kind: str, payload: bytes, key: str, log: str, *, hour: int = HOUR) -> bytes:
        if kind == RECEIPT_TYPE and key == "ES node":
            changed = self.change(receipt_from_payload(payload))
            if changed is None:
                return b""
            payload = receipt_to_payload(changed)
        return super().log(kind, payload, key, log, hour=hour)


def lying(change: Change, results: int = 1) -> Lying:
    """The whole case; with several results, each replaces the one before."""
    case = Lying(change=change)
    french, spanish = add_records(case, "fr", CNAV), add_records(case, "es", INSS)
    consent = add_consent(case)
    response = add_answer(case, add_request(case, consent), consent, french)
    for _ in range(results):
        add_result(case, response, french, spanish)
    return case


def examined(case: RosasCase, code: str = "ES", without: Iterable[bytes] = ()) -> Examined:
    return examine_bundle(exported(case, code, without=list(without)), trust(), NOW)


def of_lead(case: RosasCase) -> bytes:
    """The receipt of what the lead has shown."""
    (found,) = [
        i for i in case.of_kind("disclosure-receipt") if case.placed[i].log is case.logs["ES"]
    ]
    return found


def causes(found: Examined) -> list[str]:
    return [one.cause for one in found.report.causes]


def asked(*sides: Examined) -> Inquiry:
    return inquire(CASE_ID, [side_of(f"{at}", one, CASE_ID) for at, one in enumerate(sides)])


def test_what_was_shown_on_and_receipted_holds_in_any_reading() -> None:
    found = examined(settled())
    assert causes(found) == []
    assert replay(found.found, CASE_ID, {}).holds
    assert asked(found, examined(settled(), "FR")).clear


def hidden(code: str) -> Examined:
    """The lead has written the receipt and leaves it out; France never had it."""
    case = settled()
    return examined(case, code, without=[of_lead(case)])


def never_written(code: str) -> Examined:
    return examined(lying(lambda _: None), code)


@pytest.mark.parametrize("lie", [hidden, never_written])
def test_a_lead_that_shows_no_receipt_of_what_it_has_shown_is_named(
    lie: Callable[[str], Examined],
) -> None:
    found, france = lie("ES"), lie("FR")
    (cause,) = causes(found)
    assert cause.startswith(MISSING)
    assert "ask ES/node for that receipt" in cause
    (one,) = [one for one in found.report.statements if one.fault is not None]
    assert (one.kind, one.signer) == ("reconciliation", "ES/node")
    assert "supervisory authority" in found.report.next_step

    first = replay(found.found, case_ids(found.found)[0], {}).first
    assert first is not None
    assert (first.kind, first.by, first.why) == ("reconciliation", "ES/node", cause)

    for sides in ([found], [found, france], [france, found]):
        told = asked(*sides)
        assert [(one.against, cause in one.words) for one in told.findings] == [("ES/node", True)]
        answers = {one.question: one.holds for one in told.rulings}
        assert answers[Disputed.PERMISSION] is Holds.NO
        assert answers[Disputed.COMPUTED] is Holds.YES  # it computed what the records give


def test_whom_the_records_went_to_has_no_receipt_of_it_and_is_not_asked_for_one() -> None:
    for found in (hidden("FR"), never_written("FR")):
        assert causes(found) == []
        assert asked(found).clear


@pytest.mark.parametrize(
    "change",
    [
        lambda one: replace(one, payload_digest=hashlib.sha256(b"something else").digest()),
        lambda one: replace(one, record_count=one.record_count - 1),
    ],
    ids=["digest", "count"],
)
def test_a_receipt_of_other_data_than_the_result_rests_on_is_none(change: Change) -> None:
    (cause,) = causes(examined(lying(change)))
    assert cause.startswith(OTHER)


@pytest.mark.parametrize(
    "change",
    [
        lambda one: replace(one, requester=INSS),
        lambda one: replace(one, request=bytes(32)),
        lambda one: replace(one, provider=CNAV),
    ],
    ids=["for another", "of another answer", "of another"],
)
def test_a_receipt_of_another_showing_stands_for_nothing(change: Change) -> None:
    assert any(one.startswith(MISSING) for one in causes(examined(lying(change))))


def test_each_result_that_rests_on_an_answer_was_shown_with_a_receipt_of_its_own() -> None:
    left: list[DisclosureReceipt] = []

    def first_only(one: DisclosureReceipt) -> DisclosureReceipt | None:
        left.append(one)
        return one if len(left) == 1 else None

    assert [one[: len(MISSING)] for one in causes(examined(lying(first_only, results=2)))].count(
        MISSING
    ) == 1
    assert MISSING not in str(causes(examined(lying(lambda one: one, results=2))))


@pytest.mark.parametrize(
    ("kind", "excused"), [("disclosure-receipt", True), ("entitlement", False)]
)
def test_a_receipt_that_was_erased_since_is_not_held_against_the_lead(
    kind: str, *, excused: bool
) -> None:
    case = settled() if excused else lying(lambda _: None)
    gone = of_lead(case) if excused else case.of_kind(kind)[-1]
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
    assert any("no receipt was left" in one for one in causes(found)) is not excused
    if excused:
        assert causes(found) == []
        answers = {one.question: one.holds for one in asked(found).rulings}
        assert answers[Disputed.PERMISSION] is Holds.UNKNOWN


# --- after a loss --------------------------------------------------------------------------------


def after_loss(*, start: int, hours_later: int) -> list[NotHeldError | Answer]:
    """
    What is said of a lead without receipt, whose log goes on from that entry after a loss; it had
    taken in what is in its log so many hours before it signed the result.
    """
    found = examined(lying(lambda _: None))
    assert found.trusted is not None
    directory = found.trusted.directory
    end = EndedLog(
        jurisdiction="ES",
        origin="es.node.example/before",
        public=bytes(32),
        size=10_000,
        root=bytes(32),
        kept=start,
        kept_root=bytes(32),
    )

    def earlier(one: Checked) -> Checked:
        if isinstance(one.content, Reconciliation) or not hours_later:
            return one
        leaf = replace(one.logged.leaf, accepted_hour=HOUR - hours_later)
        return replace(one, logged=replace(one.logged, leaf=leaf))

    pack = found.packs["eu-883-2004"]
    evidence = Evidence(
        case_id=CASE_ID,
        statements={i: earlier(one) for i, one in found.found.checked.items()},
        person_keys={},
        statuses=(),
        directory=replace(directory, ended_logs=(end,)),
        agreement=scope_on(pack, claim().award_date),
    )
    return [told for _, told in check_onward(evidence, (), "ES")]


def test_a_statement_that_a_log_may_have_back_from_a_peer_can_lack_its_receipt() -> None:
    (told,) = after_loss(start=0, hours_later=0)
    assert isinstance(told, Answer)
    assert told.holds is Holds.UNKNOWN
    assert "may be among what the log of ES has lost" in told.words


@pytest.mark.parametrize(("start", "hours_later"), [(9_000, 0), (0, 2)])
def test_a_loss_behind_or_long_before_a_statement_excuses_nobody(
    start: int, hours_later: int
) -> None:
    (told,) = after_loss(start=start, hours_later=hours_later)
    assert isinstance(told, NotHeldError)
    assert told.fault.cause.startswith(MISSING)


# --- corrections ---------------------------------------------------------------------------------


def corrected(*, receipted: bool, digest: bytes = b"") -> RosasCase:
    """France replaces one of its records after its answer, and shows Spain the new one."""
    case = RosasCase()
    french = add_records(case, "fr", CNAV)
    consent = add_consent(case)
    response = add_answer(case, add_request(case, consent), consent, french)
    old = record_from_payload(case.placed[french[-1]].envelope.payload)
    salted = replace(old, salt=case.salt(), supersedes=french[-1], issue_date=NOW.date())
    salted = replace(salted, subject_commitment=old.subject_commitment)
    new = case.log(RECORD_TYPE, record_to_payload(salted), "cnav", "FR")
    header = case.header(CNAV, response)
    if receipted:
        left = receipt(
            case,
            response,
            permission=b"",
            provider=CNAV,
            requester=INSS,
            digest=digest or released_digest(case, header.salt, [new]),
            records=1,
            purpose="case-party-disclosure",
        )
        case.log(RECEIPT_TYPE, receipt_to_payload(left), "FR node", "FR")
    said = Correction(
        header=header, replaced=(french[-1],), added=(new,), reason=CorrectionReason.ERROR
    )
    case.say(said, "cnav")
    return case


@pytest.mark.parametrize("code", ["ES", "FR"])
def test_who_corrects_a_record_leaves_a_receipt_of_the_new_one_at_both_ends(code: str) -> None:
    assert causes(examined(corrected(receipted=True), code)) == []
    (cause,) = causes(examined(corrected(receipted=False), code))
    assert cause.startswith("it shows ES/inss 1 record of others, and no receipt was left of it")
    (other,) = causes(examined(corrected(receipted=True, digest=bytes(32)), code))
    assert "is for other data" in other
    against = {one.against for one in asked(examined(corrected(receipted=False), code)).findings}
    assert against == {"FR/cnav"}
