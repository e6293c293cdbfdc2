"""
`portability bench recognition`: whole cases between nodes, beside the cryptography in them.

A case is measured from its opening until every party has countersigned one result: the consent is
checked, 45 years in monthly rows of each country are released, verified by each other country and
reconciled, and everything is durable and provable at every node. The floor is what no
implementation can leave out: each record's signature verified by each other party, each statement
of the protocol signed once and verified by who receives it. It is measured in the same run, on one
core for one case at a time, on all cores for many.

``rate`` and ``limit`` are cases a second, one case at a time between the first number of countries:
one over the median time of a case, and one over the floor on one core. ``ratio`` is time over
floor, so that lower is better. ``throughput_ratio`` is of many cases at once: cases a second over
those that the floor allows on all cores, so that higher is better.

With n countries a record is verified n-1 times, so that the floor grows with n(n-1): what is to be
linear is the time for each record delivered, which is printed for each number of countries.
``per_record_growth`` is that time between the most countries over that between the fewest: 1 is
linear, less is better than that, and null says that one number of countries has nothing to compare.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from statistics import median
from typing import Any, Final

import typer

from agents.agency.cases import Opening, Question, follow_case, open_case, request_history
from portability.cli.bench_cases import (
    AWARD,
    COUNTRIES,
    Countries,
    Migrant,
    countries,
    make_migrants,
    question_of,
)
from portability.cli.bench_databases import database_server
from portability.cli.bench_records import CORES, signature_costs
from portability.cli.bench_spent import processor_time, step_times
from portability.core.periods import Branch
from portability.errors import InvalidInputError, PeerUnavailableError

AGREEMENT: Final = "eu-883-2004"
FLOOR_SECONDS: Final = 1.0
PATIENCE_SECONDS: Final = 300
WAIT: Final = timedelta(seconds=10)

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """
    ``cases`` one after the other for each number of ``countries``; ``concurrency`` at once, between
    the first number of them; ``rows`` records of each country. ``database`` is what `--database`
    takes, see ``bench_databases``.
    """

    database: str | None
    cases: int
    concurrency: int
    rows: int
    countries: tuple[int, ...] = (2, 3, 5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """Seconds from the opening of a case until it was asked, answered, and agreed."""

    asked: float
    answered: float
    agreed: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """Seconds that one verification and one signature take on one core."""

    verify: float
    sign: float

    def of_case(self, parties: int, rows: int) -> float:
        """Seconds on one core for a case between so many parties, each with so many records."""
        peers = parties - 1
        records = parties * peers * rows
        # request and answer of each peer, receipts of each release, result, countersignatures
        statements = 2 * peers + 2 * peers + 1 + peers
        received = statements + peers * peers  # result and countersignatures reach everybody
        return (records + received) * self.verify + statements * self.sign


def read_counts(text: str) -> tuple[int, ...]:
    """``2,3,5``. Raises InvalidInputError for anything but numbers from 2 to 5."""
    most = len(COUNTRIES)
    parts = [one.strip() for one in text.split(",")]
    if not all(one.isdecimal() and 2 <= int(one) <= most for one in parts):  # noqa: PLR2004  # two make a case
        raise InvalidInputError(
            f"--countries takes numbers from 2 to {most}, such as 2,3,5", field="countries"
        )
    return tuple(map(int, parts))


def bench_recognition(options: Options, say: Say) -> dict[str, Any]:
    """Measure; every case must end in agreement, or it raises."""
    found: list[dict[str, Any]] = []
    many: dict[str, Any] = {}
    engine = ""
    with database_server(options.database) as server:
        for count in options.countries:
            with countries(count, server=server) as where:
                at_once = 0 if many else options.concurrency
                persons = _prepare(where, options.cases + at_once, options, say)
                found.append(_one_at_a_time(where, persons[: options.cases], options, say))
                if at_once:
                    many = _many_at_once(where, persons[options.cases :], options, say)
                engine = where.database
    return _result(options, found, many, engine)


def _prepare(where: Countries, needed: int, options: Options, say: Say) -> list[Migrant]:
    """So many persons, and one more whose case is settled before anything is measured."""
    parties = len(where.offices)
    say(f"{parties} countries: making {needed + 1} persons with {options.rows} records in each")
    persons = make_migrants(where, needed + 1, options.rows)
    _settle(where, persons.pop())  # connections are open, code is loaded
    return persons


def _result(
    options: Options, found: Sequence[dict[str, Any]], many: Mapping[str, Any], engine: str
) -> dict[str, Any]:
    first = found[0]
    return {
        "bench": "recognition",
        "rate": round(1 / first["median_seconds"], 3),
        "limit": round(1 / first["floor_seconds"], 3),
        "unit": "cases/s",
        "ratio": first["ratio"],
        "throughput_ratio": many["ratio"],
        "per_record_growth": per_record_growth(
            {one["countries"]: one["microseconds_per_record_delivered"] for one in found}
        ),
        "one_at_a_time": found,
        "at_once": many,
        "parameters": {
            "database": engine,
            "countries": options.countries,
            "cases": options.cases,
            "concurrency": options.concurrency,
            "rows": options.rows,
            "records": first["countries"] * options.rows,
            "cores": CORES,
            "answer_delay": "none",
        },
    }


def per_record_growth(microseconds: Mapping[int, float]) -> float | None:
    """Between the most countries, over that between the fewest; None if that is one number."""
    fewest, most = min(microseconds), max(microseconds)
    if fewest == most:
        return None
    return round(microseconds[most] / microseconds[fewest], 3)


def _one_at_a_time(
    where: Countries, persons: Sequence[Migrant], options: Options, say: Say
) -> dict[str, Any]:
    parties = len(where.offices)
    floors, timed = [], []
    with processor_time(where.pids) as spent, step_times(where.observed) as steps:
        for person in persons:
            floors.append(_floor().of_case(parties, options.rows))
            timed.append(_settle(where, person))
        went = _went(spent(), steps(), len(persons))
    took, floor = median(one.agreed for one in timed), median(floors)
    delivered = parties * (parties - 1) * options.rows
    say(f"{parties} countries: {took:.3f} s a case, floor {floor:.3f} s")
    return {
        "countries": parties,
        "median_seconds": round(took, 6),
        "floor_seconds": round(floor, 6),
        "ratio": round(took / floor, 2),
        "microseconds_per_record_delivered": round(took / delivered * 1e6, 1),
        "seconds_until": {
            "asked": round(median(one.asked for one in timed), 6),
            "answered": round(median(one.answered for one in timed), 6),
            "agreed": round(took, 6),
        },
        **went,
    }


def _went(
    spent: Mapping[str, float], steps: Mapping[str, Mapping[str, float]], settled: int
) -> dict[str, Any]:
    """Where the time of each of so many cases went, at each node."""
    return {
        "processor_seconds_of_node": {
            code: round(seconds / settled, 4) for code, seconds in spent.items()
        },
        "seconds_of_steps": {
            code: {name: round(seconds / settled, 4) for name, seconds in found.items()}
            for code, found in steps.items()
        },
    }


def _many_at_once(
    where: Countries, persons: Sequence[Migrant], options: Options, say: Say
) -> dict[str, Any]:
    parties = len(where.offices)
    before = _floor().of_case(parties, options.rows)
    with processor_time(where.pids) as spent, step_times(where.observed) as steps:
        begun = time.perf_counter()
        with ThreadPoolExecutor(len(persons)) as pool:
            list(pool.map(lambda one: _settle(where, one), persons))
        rate = len(persons) / (time.perf_counter() - begun)
        went = _went(spent(), steps(), len(persons))
    limit = CORES / median((before, _floor().of_case(parties, options.rows)))
    say(f"{len(persons)} cases at once: {rate:.2f}/s, floor {limit:.2f}/s on {CORES} cores")
    return {
        "cases": len(persons),
        "cases_per_second": round(rate, 3),
        "floor_per_second": round(limit, 3),
        "ratio": round(rate / limit, 3),
        **went,
    }


def _settle(where: Countries, one: Migrant) -> Timed:
    """Open a case and follow it until it is agreed; when each stage was reached."""
    begun = time.perf_counter()
    case_name = _ask_all(where, one)
    asked = time.perf_counter() - begun
    answered, known = 0.0, 0
    while time.perf_counter() - begun < PATIENCE_SECONDS:
        case, known = follow_case(where.lead, case_name, known, WAIT)
        if not answered and case.state != "collecting":
            answered = time.perf_counter() - begun
        if case.state == "agreed":
            agreed = time.perf_counter() - begun
            return Timed(asked=asked, answered=answered, agreed=agreed)
    raise PeerUnavailableError(
        f"a case was still {case.state} after {PATIENCE_SECONDS} s; look at the nodes' logs"
    )


def _ask_all(where: Countries, one: Migrant) -> str:
    """Open a case and ask every other country for its history; the name of the case."""
    allowed = question_of(where).may_ask[0]
    opened = open_case(
        where.lead,
        Opening(
            person=one.person,
            branch=Branch.OLD_AGE,
            agreement=AGREEMENT,
            claim_date=AWARD,
            award_date=AWARD,
            participants=tuple(office.party for office in where.others),
        ),
    )
    question = Question(
        recipient=where.lead.party,
        reference="",
        permission=one.consent,
        purpose=question_of(where).purpose,
        datatypes=allowed.datatypes,
        fields=allowed.fields,
        from_date=AWARD.replace(year=1970),
        to_date=AWARD,
    )
    for recipient, reference in opened.references:
        request_history(
            where.lead, opened.case, replace(question, recipient=recipient, reference=reference)
        )
    return opened.case.name


def _floor() -> Floor:
    verify, sign = signature_costs(FLOOR_SECONDS)
    return Floor(verify=verify, sign=sign)


def show(options: Options, *, as_json: bool) -> int:
    """Run the bench and print it; progress goes to standard error."""
    result = bench_recognition(options, lambda line: typer.echo(line, err=True))
    if as_json:
        typer.echo(json.dumps(result))
        return 0
    for one in result["one_at_a_time"]:
        until = one["seconds_until"]
        typer.echo(
            f"{one['countries']} countries, {options.rows} rows each: "
            f"{one['median_seconds']:.3f} s a case in the median, "
            f"floor {one['floor_seconds']:.3f} s, ratio {one['ratio']:.2f}"
        )
        typer.echo(
            f"  asked after {until['asked']:.3f} s, answered after {until['answered']:.3f} s, "
            f"agreed after {until['agreed']:.3f} s; "
            f"{one['microseconds_per_record_delivered']:.0f} µs a record delivered"
        )
        _show_where_it_went(one)
    if (growth := result["per_record_growth"]) is not None:
        typer.echo(
            f"from {min(options.countries)} to {max(options.countries)} countries the time for "
            f"each record delivered becomes {growth:.2f} times as much; 1 is linear"
        )
    many = result["at_once"]
    typer.echo(
        f"{many['cases']} cases at once: {many['cases_per_second']:.2f} a second, floor "
        f"{many['floor_per_second']:.2f} on {CORES} cores, ratio {many['ratio']:.2f}"
    )
    _show_where_it_went(many)
    typer.echo(
        "all are for one case; `deliver` waits for the peer, whose `verify` and `take` are in it, "
        "and steps of several cases or parties overlap"
    )
    typer.echo("answers leave at once here; in service each waits on purpose, see [answers]")
    return 0


def _show_where_it_went(found: Mapping[str, Any]) -> None:
    used = found["processor_seconds_of_node"].items()
    typer.echo("  processor: " + ", ".join(f"{code} {seconds:.3f} s" for code, seconds in used))
    for code, steps in found["seconds_of_steps"].items():
        longest = sorted(steps.items(), key=lambda step: -step[1])
        told = (f"{name} {seconds * 1000:.0f} ms" for name, seconds in longest)
        typer.echo(f"  steps at {code}: " + ", ".join(told))
