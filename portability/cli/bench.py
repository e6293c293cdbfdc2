"""
`portability bench`: what the node does, beside the limit that bounds it, in one run.

Each round measures the limit and the work one after the other, and the ratio is that of the
medians: machines are noisy, and figures of different runs say little.
"""

import json
import secrets
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from typing import Any, Final

import typer
import uvloop

from agents.agency.load import (
    SUBMIT_RECORD,
    Run,
    call_concurrently,
    open_load_channel,
    stream_batches,
)
from agents.session import connect
from agents.surroundings import Surroundings
from portability.cli.bench_node import BenchNode, bench_node, peak_memory_mib
from portability.cli.bench_records import (
    CORES,
    Issuing,
    in_batches,
    make_submissions,
    verification_limit,
)
from portability.errors import ProofError
from portability.ledger.checkpoint import open_checkpoint
from portability.ledger.envelope import statement_id
from portability.ledger.merkle import leaf_hash, verify_inclusion
from portability.v1 import persons_service_pb2, persons_service_pb2_grpc
from portability.v1 import records_service_pb2 as pb
from portability.wire.log_entry import log_entry_from_bytes
from portability.wire.proven import split_hashes

ECHO: Final = "/portability.bench.Echo/Echo"
IN_FLIGHT: Final = 4
LIMIT_SECONDS: Final = 1.5
SAMPLE: Final = 200
MAX_PERSONS: Final = 400
RECORDS_PER_PERSON: Final = 250

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What to measure: ``records`` in each of ``rounds``, by ``concurrency`` or in ``batch``es."""

    database: str | None
    records: int
    rounds: int
    concurrency: int
    batch: int


def bench_append(options: Options, say: Say) -> dict[str, Any]:
    """
    Single signed records from concurrent callers, each durable and proved in its answer.

    The limit is a bare echo of the same messages over the same mutual TLS.
    """
    with bench_node(options.database) as node:
        rounds = _prepare(node, options, say)
        requests = [[_single(one) for one in submissions] for submissions in rounds]
        limits, rates = uvloop.run(_append_rounds(node, requests, options, say))
        return _result("append", node, options, rates, limits, concurrency=options.concurrency)


def bench_ingest(options: Options, say: Say) -> dict[str, Any]:
    """
    Streamed batches, each durable and every record of it proved in its answer.

    The limit is raw Ed25519 verification of the same records on all cores. ``concurrency`` is how
    many batches are unanswered at a time.
    """
    with bench_node(options.database) as node:
        rounds = _prepare(node, options, say)
        at_rest = peak_memory_mib(node.pid)
        limits, rates = [], []
        for submissions in rounds:
            limits.append(verification_limit(LIMIT_SECONDS))
            run = uvloop.run(_ingest_round(node, submissions, options))
            rates.append(len(submissions) / run.seconds)
            say(f"limit {limits[-1]:,.0f}/s   ingest {rates[-1]:,.0f}/s")
        result = _result(
            "ingest",
            node,
            options,
            rates,
            limits,
            concurrency=IN_FLIGHT,
            batch=options.batch,
        )
        return {**result, "rss_before_mib": at_rest, "peak_rss_mib": peak_memory_mib(node.pid)}


def _prepare(node: BenchNode, options: Options, say: Say) -> list[list[bytes]]:
    """Enrol persons and sign all records before anything is measured."""
    total = options.records * options.rounds
    persons = _enrol(node, min(max(total // RECORDS_PER_PERSON, 1), MAX_PERSONS))
    institution = node.profile.acting_institution()
    say(f"signing {total:,} records about {len(persons)} persons")
    issuing = Issuing(
        key=institution.signing_key,
        jurisdiction=node.profile.connection.jurisdiction,
        institution=institution.id,
        persons=tuple(persons),
    )
    made = make_submissions(issuing, total)
    return [made[at : at + options.records] for at in range(0, total, options.records)]


def _enrol(node: BenchNode, count: int) -> list[str]:
    outside = Surroundings(
        now=lambda: datetime.now(UTC), randomness=secrets.token_bytes, sleep=time.sleep
    )
    with connect(node.profile.connection, outside) as session:
        stub = persons_service_pb2_grpc.PersonsServiceStub(session.channel)
        return [
            session.call(
                stub.CreatePerson,
                persons_service_pb2.CreatePersonRequest(
                    request_id=str(uuid.uuid4()),
                    identifier=persons_service_pb2.NationalIdentifier(
                        jurisdiction=node.profile.connection.jurisdiction,
                        value=f"BENCH{number:08}",
                    ),
                    identity_level="high",
                ),
            ).person
            for number in range(count)
        ]


def _single(submission: bytes) -> bytes:
    parsed = pb.RecordSubmission.FromString(submission)
    return pb.SubmitRecordRequest(submission=parsed).SerializeToString()


async def _append_rounds(
    node: BenchNode, rounds: Sequence[Sequence[bytes]], options: Options, say: Say
) -> tuple[list[float], list[float]]:
    echo = await open_load_channel(node.profile.connection, node.echo_endpoint)
    records = await open_load_channel(node.profile.connection)
    limits, rates = [], []
    for requests in rounds:
        limit = await call_concurrently(
            echo, ECHO, requests, options.concurrency, time.perf_counter
        )
        limits.append(len(requests) / limit.seconds)
        run = await call_concurrently(
            records, SUBMIT_RECORD, requests, options.concurrency, time.perf_counter
        )
        rates.append(len(requests) / run.seconds)
        say(f"echo {limits[-1]:,.0f}/s   append {rates[-1]:,.0f}/s")
        _check_singles(node, requests, run)
    await echo.close()
    await records.close()
    return limits, rates


async def _ingest_round(node: BenchNode, submissions: Sequence[bytes], options: Options) -> Run:
    batches = in_batches(submissions, options.batch)
    channel = await open_load_channel(node.profile.connection)
    run = await stream_batches(channel, batches, IN_FLIGHT, time.perf_counter)
    await channel.close()
    _check_batches(node, submissions, run)
    return run


def _check_singles(node: BenchNode, requests: Sequence[bytes], run: Run) -> None:
    for position in range(0, len(requests), max(len(requests) // SAMPLE, 1)):
        submission = pb.SubmitRecordRequest.FromString(requests[position]).submission
        answer = pb.SubmitRecordResponse.FromString(run.answers[position])
        _check(node, submission, answer.acknowledgement, answer.checkpoint)


def _check_batches(node: BenchNode, submissions: Sequence[bytes], run: Run) -> None:
    """Every record was accepted; of each batch, one proof holds."""
    first = 0
    for data in run.answers:
        answer = pb.SubmitRecordsResponse.FromString(data)
        place = first + len(answer.acknowledgements) // 2
        submission = pb.RecordSubmission.FromString(submissions[place])
        _check(node, submission, answer.acknowledgements[place - first], answer.checkpoint)
        first += len(answer.acknowledgements)
    if first != len(submissions):
        raise ProofError(f"{first} of {len(submissions)} records were acknowledged")


def _check(
    node: BenchNode,
    submission: pb.RecordSubmission,
    acknowledgement: pb.RecordAcknowledgement,
    checkpoint: bytes,
) -> None:
    """A figure counts only if what it counts is durable and proved. Raises ProofError."""
    directory = node.profile.directory.open(datetime.now(UTC))
    jurisdiction = node.profile.connection.jurisdiction
    key = directory.log_vkey(jurisdiction, datetime.now(UTC))
    head = open_checkpoint(checkpoint, key, directory.member(jurisdiction).log_origin)
    envelope = submission.envelope
    leaf = log_entry_from_bytes(acknowledgement.log_entry)
    if leaf.statement_id != statement_id(envelope.payload_type, envelope.payload):
        raise ProofError("an acknowledgement is for another record")
    verify_inclusion(
        leaf_hash(acknowledgement.log_entry),
        acknowledgement.leaf_index,
        head.size,
        split_hashes(acknowledgement.inclusion_proof),
        head.root,
    )


def _result(
    bench: str,
    node: BenchNode,
    options: Options,
    rates: Sequence[float],
    limits: Sequence[float],
    **parameters: int,
) -> dict[str, Any]:
    rate, limit = median(rates), median(limits)
    return {
        "bench": bench,
        "rate": round(rate, 1),
        "limit": round(limit, 1),
        "unit": "records/s",
        "ratio": round(rate / limit, 3),
        "parameters": {
            "database": node.database,
            "records": options.records,
            "rounds": options.rounds,
            "cores": CORES,
            **parameters,
        },
    }


def show(
    bench: Callable[[Options, Say], dict[str, Any]], options: Options, *, as_json: bool
) -> int:
    """Run a bench and print its result: a document, or a few lines; progress goes to the side."""
    result = bench(options, lambda line: typer.echo(line, err=True))
    if as_json:
        typer.echo(json.dumps(result))
        return 0
    unit, database = result["unit"], result["parameters"]["database"]
    typer.echo(
        f"{result['bench']} on {database}, {CORES} cores: {result['rate']:,.0f} {unit}; "
        f"limit in the same run {result['limit']:,.0f} {unit}; ratio {result['ratio']:.3f}"
    )
    if result.get("peak_rss_mib"):
        typer.echo(
            f"peak memory of the node {result['peak_rss_mib']} MiB, "
            f"{result['rss_before_mib']} MiB before the first record"
        )
    return 0
