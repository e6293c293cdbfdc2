"""Signed records for benches, and the raw verification limit that ingest is measured against."""

import multiprocessing
import os
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from portability.core.periods import Period, PeriodType
from portability.custody.files import KeyRules, Mode
from portability.custody.loading import load_signer
from portability.custody.places import KeyPlace
from portability.ledger.envelope import pae, sign_envelope
from portability.ledger.keys import Ed25519Signer, Signer, load_public_key
from portability.v1 import records_service_pb2 as pb
from portability.wire.envelope import envelope_to_pb
from portability.wire.record import (
    RECORD_TYPE,
    EntitlementRecord,
    record_to_payload,
    subject_commitment,
)

FIRST_YEAR: Final = 1980
MONTHS: Final = 540
CHUNK: Final = 2_000
CORES: Final = os.cpu_count() or 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuing:
    """Whose records are made, and about whom."""

    key: KeyPlace
    jurisdiction: str
    institution: str
    persons: tuple[str, ...]


def make_submissions(issuing: Issuing, count: int) -> list[bytes]:
    """``count`` serialised RecordSubmissions, each a month of work, made on all cores."""
    jobs = [(issuing, at, min(CHUNK, count - at)) for at in range(0, count, CHUNK)]
    with _pool() as pool:
        return [one for made in pool.map(_make, jobs) for one in made]


def in_batches(submissions: Sequence[bytes], size: int) -> list[bytes]:
    """Serialised SubmitRecordsRequests of at most ``size`` submissions each."""
    return [
        pb.SubmitRecordsRequest(
            submissions=[pb.RecordSubmission.FromString(one) for one in submissions[at : at + size]]
        ).SerializeToString()
        for at in range(0, len(submissions), size)
    ]


def verification_limit(seconds: float) -> float:
    """Ed25519 verifications of such records a second, on all cores at once."""
    with _pool() as pool:
        list(pool.map(_verify_for, [0.05] * CORES))  # the processes are up before it counts
        return sum(pool.map(_verify_for, [seconds] * CORES))


def signature_costs(seconds: float) -> tuple[float, float]:
    """Seconds that one verification and one signature of such a record take on one core."""
    signer = Ed25519Signer(os.urandom(32))
    issuing = Issuing(key=Path(), jurisdiction="FR", institution="bench", persons=("persons/0",))
    made = pb.RecordSubmission.FromString(_submission(issuing, signer, 0))
    message = pae(made.envelope.payload_type, made.envelope.payload)
    count, begun = 0, time.perf_counter()
    while (spent := time.perf_counter() - begun) < seconds / 2:
        for _ in range(100):
            signer.sign(message)
        count += 100
    return 1 / _verify_for(seconds / 2), spent / count


def _pool() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(CORES, mp_context=multiprocessing.get_context("spawn"))


def _make(job: tuple[Issuing, int, int]) -> list[bytes]:
    issuing, first, count = job
    signer = load_signer(issuing.key, KeyRules(Mode.DEVELOPMENT))
    return [_submission(issuing, signer, number) for number in range(first, first + count)]


def sign_records(issuing: Issuing, signer: Signer, first: int, count: int) -> list[bytes]:
    """Serialised envelopes of records, without the submission around them."""
    made = (_submission(issuing, signer, number) for number in range(first, first + count))
    parsed = (pb.RecordSubmission.FromString(one) for one in made)
    return [one.envelope.SerializeToString() for one in parsed]


def _submission(issuing: Issuing, signer: Signer, number: int) -> bytes:
    person = issuing.persons[number % len(issuing.persons)]
    month = number // len(issuing.persons) % MONTHS
    salt = os.urandom(32)
    record = EntitlementRecord(
        salt=salt,
        subject_commitment=subject_commitment(salt, person),
        jurisdiction=issuing.jurisdiction,
        institution=issuing.institution,
        issue_date=date(2025, 1, 15),
        supersedes=b"",
        content=Period(
            id="",
            jurisdiction=issuing.jurisdiction,
            institution=issuing.institution,
            type=PeriodType.COMPULSORY_EMPLOYED,
            start=_first_of(month),
            end=_first_of(month + 1) - timedelta(days=1),
            scheme="01",
            relevance="111",
            calculation="111",
        ),
    )
    envelope = sign_envelope(RECORD_TYPE, record_to_payload(record), signer)
    submission = pb.RecordSubmission(person=person, envelope=envelope_to_pb(envelope))
    return submission.SerializeToString()


def _first_of(month: int) -> date:
    return date(FIRST_YEAR + month // 12, month % 12 + 1, 1)


def _verify_for(seconds: float) -> float:
    """Verifications a second in this process: nothing but the library's own call, in a loop."""
    signer = Ed25519Signer(os.urandom(32))
    issuing = Issuing(key=Path(), jurisdiction="FR", institution="bench", persons=("persons/0",))
    made = pb.RecordSubmission.FromString(_submission(issuing, signer, 0))
    message = pae(made.envelope.payload_type, made.envelope.payload)
    signature = made.envelope.signatures[0].sig
    verify = load_public_key(signer.public).verify
    count, begun = 0, time.perf_counter()
    while (spent := time.perf_counter() - begun) < seconds:
        for _ in range(100):
            verify(signature, message)
        count += 100
    return count / spent
