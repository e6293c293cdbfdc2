"""Records of random content: what is written reads back; random bytes raise our errors only."""

from contextlib import suppress
from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portability.core.attestations import (
    EU_LEGISLATION_ARTICLES,
    Activity,
    ApplicableLegislation,
    AwardedAs,
    AwardedEntitlement,
    BenefitKind,
    Condition,
    EvidenceLevel,
    LifeCertificate,
    LifeEvidence,
    PaymentPeriod,
    Qualification,
)
from portability.core.money import Money
from portability.core.periods import Branch, Duration, Period, PeriodType
from portability.core.record_kinds import FIELDS
from portability.errors import PortabilityError
from portability.ledger.disclosure import disclosures_from_json, disclosures_to_json
from portability.wire.envelope import held_disclosures
from portability.wire.record import (
    Content,
    check_record,
    limited_to,
    names_shown,
    record_from_payload,
    record_to_payload,
    salt_record,
)
from tests.unit.wire.test_record import RECORD
from tests.unit.wire.test_record_kinds import fresh

DAYS = st.dates(min_value=date(1930, 1, 1), max_value=date(2050, 12, 31))
SPANS = st.tuples(DAYS, DAYS).map(sorted)
DIGESTS = st.just(b"") | st.binary(min_size=32, max_size=32)
COUNTS = st.integers(0, 999) | st.integers(0, 99_999).map(lambda n: Fraction(n, 100))


@st.composite
def periods(draw: st.DrawFn) -> Period:
    start, end = draw(SPANS)
    is_dated = draw(st.booleans())
    masks = st.none() | st.sampled_from(["000", "111", "101"])
    return Period(
        id="",
        jurisdiction="FR",
        institution="cnav",
        type=draw(st.sampled_from(PeriodType)),
        start=start if is_dated else None,
        end=end if is_dated else None,
        declared=draw(st.none() | st.builds(Duration, months=COUNTS, weeks=COUNTS)),
        scheme=draw(st.none() | st.sampled_from(["00", "04", "99"])),
        relevance=draw(masks),
        calculation=draw(masks),
        refunded=draw(st.booleans()),
    )


@st.composite
def awards(draw: st.DrawFn) -> AwardedEntitlement:
    start, end = draw(SPANS)
    is_once = draw(st.booleans())
    again = [period for period in PaymentPeriod if period is not PaymentPeriod.ONCE]
    kinds = [kind for kind in BenefitKind if kind is not BenefitKind.LUMP_SUM]
    return AwardedEntitlement(
        branch=draw(st.sampled_from(Branch)),
        benefit_kind=BenefitKind.LUMP_SUM if is_once else draw(st.sampled_from(kinds)),
        award_date=start,
        start_date=start,
        end_date=draw(st.none() | st.just(end)),
        gross_amount=Money(minor=draw(st.integers(0, 10**15)), currency="JPY"),
        payment_period=PaymentPeriod.ONCE if is_once else draw(st.sampled_from(again)),
        paid_as=draw(st.sampled_from(AwardedAs)),
        decision_digest=draw(DIGESTS),
        next_review_date=draw(st.none() | st.just(end)),
    )


@st.composite
def attestations(draw: st.DrawFn) -> ApplicableLegislation:
    start, end = draw(SPANS)
    return ApplicableLegislation(
        applicable_state="FR",
        agreement="eu-883-2004",
        article=draw(st.sampled_from(EU_LEGISLATION_ARTICLES)),
        start_date=start,
        end_date=draw(st.none() | st.just(end)),
        activity=draw(st.sampled_from(Activity)),
        activity_digest=draw(DIGESTS),
        host_states=tuple(sorted(draw(st.sets(st.sampled_from(["BE", "DE", "ES", "PT"]))))),
    )


@st.composite
def qualifications(draw: st.DrawFn) -> Qualification:
    start, end = draw(SPANS)
    return Qualification(
        condition=draw(st.sampled_from(Condition)),
        branch=draw(st.sampled_from(Branch)),
        as_of_date=start,
        valid_until_date=draw(st.none() | st.just(end)),
        article=draw(st.sampled_from(["national law", "883/2004 Art 61", "987/2009 Art 54(1)"])),
    )


CERTIFICATES = st.builds(
    LifeCertificate,
    alive_date=DAYS,
    evidence=st.sampled_from(LifeEvidence),
    evidence_level=st.sampled_from(EvidenceLevel),
    country=st.sampled_from(["FR", "MA"]),
)
CONTENTS = st.one_of(periods(), awards(), attestations(), qualifications(), CERTIFICATES)


@given(CONTENTS)
def test_any_content_reads_back_as_it_was_written(content: Content) -> None:
    record = replace(RECORD, content=content)
    payload = record_to_payload(record)
    assert record_from_payload(payload) == record
    assert check_record(payload).institution == "cnav"


@given(CONTENTS, st.data())
def test_any_part_of_a_salted_record_reads_back(content: Content, data: st.DataObject) -> None:
    record = replace(RECORD, content=content)
    made = salt_record(record, fresh)
    whole = record_from_payload(made.payload, "", made.disclosures)
    assert whole == replace(record, is_salted=True)
    some = data.draw(st.lists(st.sampled_from(made.disclosures), unique=True))
    part = record_from_payload(made.payload, "", some)
    assert part == limited_to(whole, names_shown(some))
    withheld = {name for name in FIELDS[record.kind] if name not in names_shown(some)}
    assert not any(f'"{name}"' in repr(part.content) for name in withheld)
    assert disclosures_from_json(disclosures_to_json(["none", *some])) == ("none", *some)


@given(st.binary(max_size=400), st.lists(st.text(max_size=80), max_size=3))
def test_random_bytes_and_disclosures_raise_our_errors_only(
    payload: bytes, disclosures: list[str]
) -> None:
    for read in (
        lambda: record_from_payload(payload, "", disclosures),
        lambda: check_record(payload),
    ):
        with pytest.raises(PortabilityError):
            read()
    with suppress(PortabilityError):
        held_disclosures(payload)
    with pytest.raises(PortabilityError):
        disclosures_from_json(payload)


@given(CONTENTS, st.data())
def test_a_record_with_flipped_bytes_reads_or_raises_our_errors(
    content: Content, data: st.DataObject
) -> None:
    payload = bytearray(record_to_payload(replace(RECORD, content=content)))
    for _ in range(data.draw(st.integers(1, 4))):
        payload[data.draw(st.integers(0, len(payload) - 1))] = data.draw(st.integers(0, 255))
    for read in (record_from_payload, check_record):
        with suppress(PortabilityError):
            read(bytes(payload))
