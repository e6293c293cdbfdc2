"""What a record may say, and how each thing that it may not say is named."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from portability.core.periods import Duration, Period, PeriodType
from portability.errors import InvalidInputError
from portability.v1 import record_pb2 as pb
from portability.wire.record import (
    MAX_PAYLOAD_BYTES,
    EntitlementRecord,
    check_record,
    record_from_payload,
    record_to_payload,
    subject_commitment,
)

SALT = bytes(range(32))
PERSON = "persons/" + "ab" * 16

RECORD = EntitlementRecord(
    salt=SALT,
    subject_commitment=subject_commitment(SALT, PERSON),
    jurisdiction="FR",
    institution="cnav",
    issue_date=date(2025, 1, 15),
    supersedes=b"",
    content=Period(
        id="",
        jurisdiction="FR",
        institution="cnav",
        type=PeriodType.COMPULSORY_EMPLOYED,
        start=date(1985, 1, 1),
        end=date(2004, 12, 31),
        declared=Duration(years=20),
        scheme="01",
        relevance="111",
        calculation="111",
    ),
)


def test_a_record_reads_back_as_it_was_written() -> None:
    assert record_from_payload(record_to_payload(RECORD)) == RECORD


def test_a_record_takes_its_statement_id_as_the_period_id() -> None:
    assert record_from_payload(record_to_payload(RECORD), "ab" * 32).period.id == "ab" * 32


def test_fractions_of_a_year_survive_exactly() -> None:
    period = replace(RECORD.period, declared=Duration(years=Fraction("5.25")))
    record = replace(RECORD, content=period)
    again = record_from_payload(record_to_payload(record)).period.declared
    assert again is not None
    assert again.years == Fraction(21, 4)


def test_yearly_sums_survive() -> None:
    period = replace(
        RECORD.period,
        declared=None,
        communicated="yearly",
        by_year=((1985, Duration(days=53, day_type=6)), (1986, Duration(days=53, day_type=6))),
    )
    record = replace(RECORD, content=period)
    assert record_from_payload(record_to_payload(record)) == record


def _changed(path: str, value: object) -> bytes:
    message = pb.EntitlementRecord.FromString(record_to_payload(RECORD))
    *parents, name = path.split(".")
    target: object = message
    for parent in parents:
        target = getattr(target, parent)
    setattr(target, name, value)
    return message.SerializeToString()


WRONG_FIELDS = [
    ("schema", "entitlement-record/9", "schema"),
    ("kind", pb.RECORD_KIND_UNSPECIFIED, "kind"),
    ("kind", pb.RECORD_KIND_LIFE_CERTIFICATE, "kind"),
    ("salt", b"short", "salt"),
    ("subject_commitment", b"", "subject_commitment"),
    ("jurisdiction", "fr", "jurisdiction"),
    ("institution", "../cnav", "institution"),
    ("issue_date", "2025-13-01", "issue_date"),
    ("supersedes", b"x", "supersedes"),
    ("contribution_period.period_type", "99", "type"),
    ("contribution_period.period_type", "compulsory-employed", "period_type"),
    ("contribution_period.start_date", "1985-02-31", "start_date"),
    ("contribution_period.start_date", "19850101", "start_date"),
    ("contribution_period.end_date", "1984-12-31", "end"),
    ("contribution_period.communication", 7, "communication"),
    ("contribution_period.relevance", "12", "relevance"),
    ("contribution_period.declared.years", "-1", "declared.years"),
    ("contribution_period.declared.years", "1e3", "declared.years"),
    ("contribution_period.declared.years", "٣", "declared.years"),
    ("contribution_period.declared.day_type", 4, "day_type"),
]


@pytest.mark.parametrize(
    ("path", "value", "field"), WRONG_FIELDS, ids=[f"{row[0]}={row[1]!r}" for row in WRONG_FIELDS]
)
def test_a_wrong_field_is_named(path: str, value: object, field: str) -> None:
    for reader in (record_from_payload, check_record):
        with pytest.raises(InvalidInputError) as refused:
            reader(_changed(path, value))
        assert refused.value.context["field"] == field


def test_a_check_tells_who_a_good_record_speaks_for() -> None:
    claims = check_record(record_to_payload(RECORD))
    assert (claims.jurisdiction, claims.institution) == ("FR", "cnav")
    assert (claims.salt, claims.supersedes) == (SALT, b"")
    assert claims.subject_commitment == subject_commitment(SALT, PERSON)


def test_a_field_that_this_version_does_not_know_is_refused() -> None:
    unknown_field_2000 = b"\x82\x7d\x03abc"
    with pytest.raises(InvalidInputError, match="unknown here"):
        record_from_payload(record_to_payload(RECORD) + unknown_field_2000)


def test_a_singular_field_sent_twice_is_refused_because_readers_would_differ() -> None:
    again = pb.EntitlementRecord(institution="carsat").SerializeToString()
    with pytest.raises(InvalidInputError, match="repeated"):
        record_from_payload(record_to_payload(RECORD) + again)


def test_bytes_that_are_no_record_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="not a protobuf record"):
        record_from_payload(b"\xff\xff\xff")


def test_a_payload_over_the_limit_is_refused_with_the_limit_named() -> None:
    with pytest.raises(InvalidInputError, match=str(MAX_PAYLOAD_BYTES)):
        record_from_payload(bytes(MAX_PAYLOAD_BYTES + 1))


def test_a_sum_that_six_decimals_cannot_hold_is_not_sent() -> None:
    period = replace(RECORD.period, declared=Duration(years=Fraction(1, 3)))
    with pytest.raises(InvalidInputError) as refused:
        record_to_payload(replace(RECORD, content=period))
    assert refused.value.context["field"] == "years"


def test_hours_are_not_sent() -> None:
    period = replace(RECORD.period, declared=Duration(hours=8, day_type=6))
    with pytest.raises(InvalidInputError, match="hours"):
        record_to_payload(replace(RECORD, content=period))


def test_records_of_the_same_wording_are_each_about_their_own_person() -> None:
    records = [
        replace(
            RECORD, salt=salt, subject_commitment=subject_commitment(salt, f"persons/{salt[0]}")
        )
        for salt in (bytes([number]) * 32 for number in range(5))
    ]

    for number, record in enumerate(records * 2):
        name = bytes([number]).hex() * 32
        read = record_from_payload(record_to_payload(record), name)
        expected = replace(
            record, statement_id=bytes.fromhex(name), content=replace(RECORD.period, id=name)
        )
        assert read == expected
        assert (read.period.first, read.period.last) == (
            expected.period.first,
            expected.period.last,
        )


@pytest.mark.parametrize("at", range(24))
def test_a_head_that_is_written_otherwise_is_refused_however_often_it_was_read(at: int) -> None:
    payload = record_to_payload(RECORD)
    record_from_payload(payload)
    changed = bytearray(payload)
    changed[at] ^= 0x80

    with pytest.raises(InvalidInputError):
        record_from_payload(bytes(changed))


@pytest.mark.parametrize("at", [26, 27, 60, 61])
def test_a_salt_or_commitment_of_another_length_is_not_read_as_one_that_was(at: int) -> None:
    payload = record_to_payload(RECORD)
    record_from_payload(payload)

    for changed in (payload[:at] + payload[at + 1 :], payload[:at] + b"\0" + payload[at:]):
        with pytest.raises(InvalidInputError):
            record_from_payload(changed)
