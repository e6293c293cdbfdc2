"""Disclosure receipts: built from what the gate decided, names only, chained."""

import hashlib
from dataclasses import replace
from datetime import date

import pytest

from portability.consent.agreement import CASE_PARTY_DISCLOSURE
from portability.consent.causes import RefusalCause
from portability.consent.document import LegalBasisKind
from portability.consent.gate import Granted, Refused
from portability.consent.permission import LegalMandate
from portability.consent.receipt import (
    DisclosureReceipt,
    Outcome,
    Release,
    build_receipt,
)
from portability.consent.scope import Action
from portability.consent.statements import ConsentState
from portability.errors import InvalidInputError
from tests.unit.consent.test_gate import AT_SPAIN
from tests.unit.consent.world import AGREEMENT, AT_CNAV, AT_INSS, FIELDS, NOW, SCENE, Scene, grant

ID = "0195a7b0-7c00-7000-8000-000000000003"
SALT = bytes([30]) * 32
RELEASE = Release(record_count=4, payload_digest=bytes([31]) * 32)


def receipt(
    scene: Scene = SCENE,
    decision: Granted | Refused | None = None,
    release: Release | None = RELEASE,
    **more: object,
) -> DisclosureReceipt:
    return build_receipt(
        scene.request(),
        decision or scene.decide(),
        release=release,
        permission=scene.consent_id,
        receipt_id=ID,
        salt=SALT,
        now=NOW,
        **more,
    )


def test_a_release_leaves_a_receipt_with_everything_but_the_data() -> None:
    made = receipt()
    assert made == DisclosureReceipt(
        id=ID,
        salt=SALT,
        permission=SCENE.consent_id,
        status_version=2,
        provider=AT_CNAV,
        requester=AT_INSS,
        request=bytes([13]) * 32,
        reason_code="claim-old-age",
        reason_text_key="purpose.claim-old-age",
        case_digest=hashlib.sha256(SALT + b"0c" * 16).digest(),
        requested_at=NOW,
        released_at=NOW,
        outcome=Outcome.RELEASED,
        cause=None,
        datatypes=("contribution-period",),
        fields=FIELDS,
        from_date=date(1980, 1, 1),
        to_date=date(2025, 12, 31),
        record_count=4,
        payload_digest=bytes([31]) * 32,
        erase_by=date(2030, 1, 1),
        previous=b"",
        basis=SCENE.consent.legal_basis,
    )


def test_a_mandate_is_receipted_with_the_article_that_it_rests_on() -> None:
    decision = AT_SPAIN.decide_on(LegalMandate(clause=CASE_PARTY_DISCLOSURE, notified_at=NOW))
    assert decision.basis is not None
    assert decision.basis.kind is LegalBasisKind.LEGAL_OBLIGATION_NOTICE
    cited = AGREEMENT.mandate(CASE_PARTY_DISCLOSURE)
    assert cited is not None
    assert decision.basis.citation == cited.citation


def test_without_a_permission_a_refusal_names_no_law() -> None:
    assert receipt(decision=SCENE.decide_on(None), release=None).basis is None


def test_a_partial_release_names_what_left_and_not_what_was_asked() -> None:
    scene = SCENE.with_request(
        asked=grant(actions=(Action.STORE,), fields=(*FIELDS, "scheme"), from_date=date(1970, 1, 1))
    )
    made = receipt(scene)
    assert made.outcome is Outcome.PARTIAL
    assert (made.fields, made.from_date) == (FIELDS, date(1980, 1, 1))


def test_a_release_under_several_grants_names_the_days_from_the_first_to_the_last() -> None:
    grants = (
        grant(from_date=date(1990, 1, 1), to_date=date(1999, 12, 31)),
        grant(from_date=date(1981, 1, 1), to_date=date(1982, 12, 31)),
        grant(from_date=date(1995, 1, 1), to_date=date(2001, 12, 31)),
    )
    made = receipt(replace(SCENE, consent=replace(SCENE.consent, grants=grants)))
    assert made.outcome is Outcome.PARTIAL
    assert (made.from_date, made.to_date) == (date(1981, 1, 1), date(2001, 12, 31))


def test_a_refusal_leaves_a_receipt_with_its_cause_and_what_was_asked() -> None:
    scene = replace(SCENE, state=ConsentState.WITHDRAWN)
    made = receipt(scene, release=None, erase_by=date(2030, 1, 1))
    assert (made.outcome, made.cause) == (Outcome.REFUSED, RefusalCause.WITHDRAWN)
    assert (made.released_at, made.record_count, made.payload_digest) == (None, 0, b"")
    assert made.erase_by is None
    assert made.fields == FIELDS
    assert made.permission == scene.consent_id


def test_under_a_mandate_the_term_is_given_from_outside() -> None:
    mandate = LegalMandate(clause=CASE_PARTY_DISCLOSURE, notified_at=NOW)
    made = build_receipt(
        AT_SPAIN.request(),
        AT_SPAIN.decide_on(mandate),
        release=RELEASE,
        permission=b"",
        receipt_id=ID,
        salt=SALT,
        now=NOW,
        erase_by=date(2040, 1, 1),
    )
    assert (made.permission, made.erase_by) == (b"", date(2040, 1, 1))


def test_a_release_cannot_be_receipted_as_a_refusal_or_the_other_way_round() -> None:
    with pytest.raises(RuntimeError):
        receipt(release=None)
    with pytest.raises(RuntimeError):
        receipt(decision=SCENE.decide_on(None))


RELEASED = receipt()
REFUSED = receipt(decision=SCENE.decide_on(None), release=None)


@pytest.mark.parametrize(
    ("made", "changes"),
    [
        (RELEASED, {"id": "1"}),
        (RELEASED, {"salt": b""}),
        (RELEASED, {"request": b""}),
        (RELEASED, {"permission": b"short"}),
        (RELEASED, {"previous": b"short"}),
        (RELEASED, {"released_at": None}),
        (RELEASED, {"released_at": NOW.replace(microsecond=1)}),
        (RELEASED, {"requested_at": NOW.replace(microsecond=1)}),
        (RELEASED, {"payload_digest": b""}),
        (RELEASED, {"cause": RefusalCause.WITHDRAWN}),
        (RELEASED, {"to_date": date(1970, 1, 1)}),
        (RELEASED, {"record_count": -1}),
        (RELEASED, {"status_version": -1}),
        (RELEASED, {"outcome": Outcome.REFUSED}),
        (REFUSED, {"cause": None}),
        (REFUSED, {"record_count": 1}),
        (REFUSED, {"payload_digest": bytes(32)}),
        (REFUSED, {"released_at": NOW}),
    ],
)
def test_a_receipt_that_contradicts_itself_is_refused(
    made: DisclosureReceipt, changes: dict[str, object]
) -> None:
    with pytest.raises(InvalidInputError):
        replace(made, **changes)


def test_a_receipt_may_be_about_one_day_and_nothing_found() -> None:
    assert replace(RELEASED, to_date=RELEASED.from_date, record_count=0, status_version=0)


@pytest.mark.parametrize(
    "changes",
    [
        {"fields": ("start_date = 1985-01-01",)},
        {"fields": ("1,500.00 EUR",)},
        {"datatypes": ("period 1985",)},
        {"reason_code": "Rosa's pension"},
        {"reason_text_key": "purpose: old age"},
    ],
)
def test_a_receipt_that_holds_a_value_fails(changes: dict[str, object]) -> None:
    with pytest.raises(InvalidInputError):
        replace(RELEASED, **changes)
