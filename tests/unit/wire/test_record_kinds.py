"""Each kind of record: what it may say, and how each thing that it may not say is named."""

import json
from dataclasses import replace
from datetime import date
from hashlib import sha256

import pytest

from portability.core.attestations import EU_LEGISLATION_ARTICLES
from portability.core.periods import Branch
from portability.core.record_kinds import FIELDS, RecordKind, needed_fields
from portability.core.supersession import in_force, superseded_by
from portability.errors import InvalidInputError, ProofError
from portability.ledger.disclosure import make_disclosure
from portability.ledger.encoding import encode_base64url as b64
from portability.v1 import record_pb2 as pb
from portability.wire.envelope import (
    envelope_from_bytes,
    envelope_to_bytes,
    held_bytes,
    held_disclosures,
)
from portability.wire.record import (
    EntitlementRecord,
    ShownInPart,
    check_record,
    count_periods,
    days_of,
    limited_to,
    names_shown,
    names_stated,
    record_from_payload,
    record_to_payload,
    reference_digest,
    salt_record,
    select_disclosures,
    values_shown,
)
from portability.wire.record.contents import MESSAGES
from tests.unit.wire.record_samples import RECORDS, SALTED
from tests.unit.wire.test_intake import SIGNED
from tests.unit.wire.test_record import RECORD

ID = "ab" * 32


def fresh(size: int) -> bytes:
    """Bytes that differ at each call, for salts."""
    fresh.count += 1  # type: ignore[attr-defined]
    return sha256(b"salt %d" % fresh.count).digest()[:size]  # type: ignore[attr-defined]


fresh.count = 0  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", RecordKind, ids=str)
def test_each_kind_reads_back_as_it_was_written(kind: RecordKind) -> None:
    record = RECORDS[kind]
    assert record.kind is kind
    assert record_from_payload(record_to_payload(record)) == record


@pytest.mark.parametrize("kind", SALTED, ids=str)
def test_each_kind_reads_back_from_its_disclosures(kind: RecordKind) -> None:
    record = RECORDS[kind]
    made = salt_record(record, fresh)
    again = record_from_payload(made.payload, "", made.disclosures)
    assert again == replace(record, is_salted=True)
    assert names_shown(made.disclosures) == FIELDS[kind]
    check_record(made.payload, made.disclosures)


@pytest.mark.parametrize("kind", RecordKind, ids=str)
def test_names_of_fields_are_those_of_the_contract(kind: RecordKind) -> None:
    fields = MESSAGES[kind].DESCRIPTOR.fields
    assert tuple(field.name for field in fields) == FIELDS[kind]


WRONG = [
    (RecordKind.AWARDED_ENTITLEMENT, "branch", "pensions", "branch"),
    (RecordKind.AWARDED_ENTITLEMENT, "benefit_kind", "", "benefit_kind"),
    (RecordKind.AWARDED_ENTITLEMENT, "award_date", "", "award_date"),
    (RecordKind.AWARDED_ENTITLEMENT, "end_date", "2024-12-31", "end_date"),
    (RecordKind.AWARDED_ENTITLEMENT, "gross_amount.minor_units", -1, "gross_amount"),
    (RecordKind.AWARDED_ENTITLEMENT, "gross_amount.minor_units", 10**15 + 1, "gross_amount"),
    (RecordKind.AWARDED_ENTITLEMENT, "gross_amount.currency", "euro", "gross_amount"),
    (RecordKind.AWARDED_ENTITLEMENT, "payment_period", "once", "payment_period"),
    (RecordKind.AWARDED_ENTITLEMENT, "payment_period", "fortnight", "payment_period"),
    (RecordKind.AWARDED_ENTITLEMENT, "paid_as", "none", "paid_as"),
    (RecordKind.AWARDED_ENTITLEMENT, "decision_digest", b"short", "decision_digest"),
    (RecordKind.AWARDED_ENTITLEMENT, "next_review_date", "2025-01-19", "next_review_date"),
    (RecordKind.APPLICABLE_LEGISLATION, "applicable_state", "ES", "applicable_state"),
    (RecordKind.APPLICABLE_LEGISLATION, "agreement", "EU law", "agreement"),
    (RecordKind.APPLICABLE_LEGISLATION, "article", "12", "article"),
    (RecordKind.APPLICABLE_LEGISLATION, "article", "17(1)", "article"),
    (RecordKind.APPLICABLE_LEGISLATION, "end_date", "2025-01-31", "end_date"),
    (RecordKind.APPLICABLE_LEGISLATION, "activity", "works", "activity"),
    (RecordKind.APPLICABLE_LEGISLATION, "activity_digest", b"x", "activity_digest"),
    (RecordKind.LIFE_CERTIFICATE, "alive_date", "2025-02-29", "alive_date"),
    (RecordKind.LIFE_CERTIFICATE, "evidence", "hearsay", "evidence"),
    (RecordKind.LIFE_CERTIFICATE, "evidence_level", "certain", "evidence_level"),
    (RecordKind.LIFE_CERTIFICATE, "country", "Spain", "country"),
    (RecordKind.QUALIFICATION, "condition", "rich", "condition"),
    (RecordKind.QUALIFICATION, "branch", "", "branch"),
    (RecordKind.QUALIFICATION, "valid_until_date", "2025-02-28", "valid_until_date"),
    (RecordKind.QUALIFICATION, "article", "because", "article"),
    (RecordKind.INVALIDATION, "reason", "no longer liked", "reason"),
    (RecordKind.INVALIDATION, "article", "", "article"),
]


@pytest.mark.parametrize(
    ("kind", "path", "value", "field"),
    WRONG,
    ids=[f"{one[0]} {one[1]}={one[2]!r}" for one in WRONG],
)
def test_a_wrong_field_of_any_kind_is_named(
    kind: RecordKind, path: str, value: object, field: str
) -> None:
    message = pb.EntitlementRecord.FromString(record_to_payload(RECORDS[kind]))
    *parents, name = f"{kind.name.lower()}.{path}".split(".")
    target: object = message
    for parent in parents:
        target = getattr(target, parent)
    setattr(target, name, value)
    for reader in (record_from_payload, check_record):
        with pytest.raises(InvalidInputError) as refused:
            reader(message.SerializeToString())
        assert refused.value.context["field"] == field


@pytest.mark.parametrize("states", [("ES", "DE"), ("DE", "DE"), ("FR",), ("Spain",)])
def test_host_states_are_others_each_once_and_in_order(states: tuple[str, ...]) -> None:
    message = pb.EntitlementRecord.FromString(
        record_to_payload(RECORDS[RecordKind.APPLICABLE_LEGISLATION])
    )
    del message.applicable_legislation.host_states[:]
    message.applicable_legislation.host_states.extend(states)
    with pytest.raises(InvalidInputError) as refused:
        record_from_payload(message.SerializeToString())
    assert refused.value.context["field"] == "host_states"


def test_an_agreement_of_another_union_names_its_own_articles() -> None:
    message = pb.EntitlementRecord.FromString(
        record_to_payload(RECORDS[RecordKind.APPLICABLE_LEGISLATION])
    )
    message.applicable_legislation.agreement = "us-fr"
    message.applicable_legislation.article = "6(2)(a)"
    assert "6(2)(a)" not in EU_LEGISLATION_ARTICLES
    record_from_payload(message.SerializeToString())


def test_an_invalidation_names_what_it_withdraws_and_is_never_salted() -> None:
    with pytest.raises(InvalidInputError) as refused:
        record_from_payload(
            record_to_payload(replace(RECORDS[RecordKind.INVALIDATION], supersedes=b""))
        )
    assert refused.value.context["field"] == "supersedes"
    made = salt_record(RECORDS[RecordKind.INVALIDATION], fresh)
    with pytest.raises(InvalidInputError) as refused:
        record_from_payload(made.payload, "", made.disclosures)
    assert refused.value.context["field"] == "field_digests"


def _salted(change: str) -> bytes:
    made = salt_record(RECORD, fresh)
    message = pb.EntitlementRecord.FromString(made.payload)
    digests = list(message.field_digests)
    changed = {
        "one missing": digests[1:],
        "one more": sorted([*digests, bytes(32)]),
        "one twice": sorted([digests[0], *digests[1:-1], digests[0]]),
        "not in order": [*digests[1:], digests[0]],
        "one short": [digests[0][:31], *digests[1:]],
    }
    del message.field_digests[:]
    message.field_digests.extend(changed[change])
    return message.SerializeToString()


@pytest.mark.parametrize(
    "change", ["one missing", "one more", "one twice", "not in order", "one short"]
)
def test_a_salted_record_has_one_digest_for_each_field_in_order(change: str) -> None:
    """So neither their number nor their order says what is stated."""
    with pytest.raises(InvalidInputError) as refused:
        record_from_payload(_salted(change))
    assert refused.value.context["field"] == "field_digests"


def test_content_in_clear_and_digests_exclude_each_other() -> None:
    message = pb.EntitlementRecord.FromString(salt_record(RECORD, fresh).payload)
    message.contribution_period.period_type = "11"
    for payload in (message.SerializeToString(), _empty()):
        with pytest.raises(InvalidInputError):
            record_from_payload(payload)


def _empty() -> bytes:
    message = pb.EntitlementRecord.FromString(record_to_payload(RECORD))
    message.ClearField("contribution_period")
    return message.SerializeToString()


def test_two_salted_records_of_one_content_have_nothing_in_common() -> None:
    first, second = (salt_record(RECORD, fresh) for _ in range(2))
    digests = [
        set(pb.EntitlementRecord.FromString(one.payload).field_digests) for one in (first, second)
    ]
    assert not digests[0] & digests[1]


def test_fields_that_are_not_shown_are_known_to_be_withheld() -> None:
    made = salt_record(RECORD, fresh)
    some = select_disclosures(made.disclosures, {"start_date", "refunded"})
    record = record_from_payload(made.payload, ID, some)
    assert isinstance(record.content, ShownInPart)
    assert values_shown(record) == {"start_date": "1985-01-01", "refunded": False}
    assert record.kind is RecordKind.CONTRIBUTION_PERIOD
    with pytest.raises(InvalidInputError, match="whole"):
        _ = record.period
    with pytest.raises(InvalidInputError, match="missing"):
        check_record(made.payload, some)


def test_whoever_is_limited_sees_what_the_limited_disclosures_say() -> None:
    for kind in SALTED:
        made = salt_record(RECORDS[kind], fresh)
        whole = record_from_payload(made.payload, ID, made.disclosures)
        for name in FIELDS[kind]:
            few = select_disclosures(made.disclosures, {name})
            assert limited_to(whole, {name}) == record_from_payload(made.payload, ID, few)
        assert limited_to(whole, FIELDS[kind]) is whole
    assert limited_to(RECORD, ()) is RECORD, "a record in clear hides nothing"


def test_a_disclosure_of_another_record_or_value_is_not_in_this_one() -> None:
    made, other = salt_record(RECORD, fresh), salt_record(RECORD, fresh)
    forged = make_disclosure(bytes(32), "start_date", "1975-01-01")
    for text in (other.disclosures[0], forged):
        with pytest.raises(ProofError):
            record_from_payload(made.payload, "", [text])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("start_date", "1985-02-31"),
        ("start_date", 1985),
        ("refunded", 1),
        ("declared", {"years": ""}),
        ("declared", {"decades": "2"}),
        ("by_year", "all"),
        ("communication", "COMMUNICATION_GUESSED"),
    ],
)
def test_a_disclosed_value_of_another_form_is_refused_by_name(name: str, value: object) -> None:
    made = salt_record(RECORD, fresh)
    odd = make_disclosure(fresh(32), name, value)
    message = pb.EntitlementRecord.FromString(made.payload)
    kept = [one for one in made.disclosures if names_shown([one]) != (name,)]
    digests = sorted(sha256(one.encode()).digest() for one in (*kept, odd))
    del message.field_digests[:]
    message.field_digests.extend(digests)
    with pytest.raises(InvalidInputError) as refused:
        record_from_payload(message.SerializeToString(), "", [*kept, odd])
    assert refused.value.context["field"] == name


def test_a_salt_that_could_be_guessed_is_refused() -> None:
    """RFC 9901 asks for 16 bytes; here a digest must confirm no guess for decades."""
    short = b64(json.dumps([b64(bytes(16)), "scheme", "01"]).encode())
    message = pb.EntitlementRecord.FromString(salt_record(RECORD, fresh).payload)
    kept = sorted([*list(message.field_digests)[1:], sha256(short.encode()).digest()])
    del message.field_digests[:]
    message.field_digests.extend(kept)
    with pytest.raises(InvalidInputError, match="32 bytes"):
        record_from_payload(message.SerializeToString(), "", [short])


def test_two_fields_with_one_salt_are_refused() -> None:
    made = salt_record(RECORD, bytes)
    with pytest.raises(InvalidInputError, match="one salt"):
        check_record(made.payload, made.disclosures)


def test_a_period_counts_where_all_is_shown_that_the_branch_needs() -> None:
    made = salt_record(RECORD, fresh)
    shown = {
        branch: record_from_payload(
            made.payload, ID, select_disclosures(made.disclosures, needed_fields(branch))
        )
        for branch in (Branch.OLD_AGE, Branch.SICKNESS)
    }
    for branch, record in shown.items():
        counted = count_periods([record], branch)
        assert [one.start for one in counted.periods] == [date(1985, 1, 1)]
        assert counted.periods[0].scheme is None, "withheld, and not needed"
        assert not counted.incomplete
    counted = count_periods([shown[Branch.SICKNESS]], Branch.OLD_AGE)
    assert not counted.periods
    assert counted.incomplete[0].withheld == ("relevance", "calculation")
    assert counted.incomplete[0].id == ID


def test_other_kinds_are_no_periods() -> None:
    others = [one for kind, one in RECORDS.items() if kind is not RecordKind.CONTRIBUTION_PERIOD]
    assert count_periods(others, Branch.OLD_AGE) == ((), ())


def test_a_plain_record_leaves_with_what_it_states() -> None:
    assert "end_date" not in names_stated(RECORDS[RecordKind.AWARDED_ENTITLEMENT])
    bare = replace(RECORD, content=replace(RECORD.period, declared=None))
    assert "communication" not in names_stated(bare)
    assert "communication" in names_stated(RECORD)


def test_each_kind_is_about_certain_days() -> None:
    first, last = date(1980, 1, 1), date(2026, 12, 31)
    days = {kind: days_of(one, first, last) for kind, one in RECORDS.items()}
    assert days[RecordKind.AWARDED_ENTITLEMENT] == (date(2025, 1, 1), last)
    assert days[RecordKind.APPLICABLE_LEGISLATION] == (date(2025, 2, 1), date(2026, 1, 31))
    assert days[RecordKind.LIFE_CERTIFICATE] == (date(2025, 3, 3), date(2025, 3, 3))
    assert days[RecordKind.QUALIFICATION] == (date(2025, 3, 1), date(2025, 6, 1))
    made = salt_record(RECORD, fresh)
    part = record_from_payload(made.payload, ID, select_disclosures(made.disclosures, {"scheme"}))
    assert days_of(part, first, last) == (first, last)


@pytest.mark.parametrize("salted", [False, True], ids=["in clear", "salted"])
def test_an_open_period_before_or_after_the_days_asked_about_lies_not_within_them(
    salted: bool,  # noqa: FBT001  # a case of the table
) -> None:
    """It ended before it started, which no grant can: whoever held one gave no answer at all."""

    def days(start: date | None, end: date | None) -> tuple[date, date]:
        content = replace(RECORD.period, declared=None, start=start, end=end)
        record = replace(RECORD, content=content)
        if salted:
            made = salt_record(record, fresh)
            shown = select_disclosures(made.disclosures, {"start_date", "end_date"})
            record = record_from_payload(made.payload, ID, shown)
        return days_of(record, date(1980, 1, 1), date(1989, 12, 31))

    assert days(date(1985, 1, 1), None) == (date(1985, 1, 1), date(1989, 12, 31))
    assert days(date(1995, 1, 1), None) == (date(1995, 1, 1), date.max)
    assert days(None, date(1985, 1, 1)) == (date(1980, 1, 1), date(1985, 1, 1))
    assert days(None, date(1975, 1, 1)) == (date.min, date(1975, 1, 1))


def _issued(number: int, *, replaces: int = 0, by: str = "cnav") -> EntitlementRecord:
    return replace(
        RECORD,
        institution=by,
        statement_id=bytes([number]) * 32,
        supersedes=bytes([replaces]) * 32 if replaces else b"",
    )


def test_an_issuer_replaces_its_own_records_and_nobody_elses() -> None:
    first, second, third = _issued(1), _issued(2, replaces=1), _issued(3, replaces=2)
    assert in_force([first, second, third]) == [third]
    foreign = _issued(4, replaces=1, by="carsat")
    assert in_force([first, foreign]) == [first, foreign]
    rival = _issued(5, replaces=1)
    assert superseded_by([first, second, rival])[first.statement_id] is second


def test_a_reference_is_checked_by_whoever_knows_it() -> None:
    assert reference_digest(b"salt", "2025/1") == sha256(b"salt2025/1").digest()


def test_what_the_store_keeps_is_the_envelope_with_its_disclosures() -> None:
    held = held_bytes(envelope_to_bytes(SIGNED), ["one", "two"])
    assert envelope_from_bytes(held) == SIGNED
    assert held_disclosures(held) == ("one", "two")
    assert held_disclosures(envelope_to_bytes(SIGNED)) == ()
    with pytest.raises(InvalidInputError):
        held_disclosures(b"\xff")
