"""
`portability bench reconcile`: long histories made into one, and how the cost grows with them.

The histories are rows of one month each, from several countries, over the same years but five years
apart; the kinds of periods change every two years, so that most of the rules on overlapping
periods are met. Rows that declare a sum take longer than those that give dates alone: ``median_ms``
is of the former. The limit is what no agreed digest can do without: the same rows brought into
order, written as JSON and hashed. All times are of the processor, of one process, with the garbage
collector off, as timeit has it: it would go through whatever else the process holds.

Even the limit grows faster than n log n says, once the rows no longer fit into the memory next to
the processor; its exponent over the same sizes, ``exponent_limit``, is what to compare with.
"""

import gc
import json
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from statistics import linear_regression, median
from typing import Any, Final

import typer

from portability.agreements import pack_source
from portability.core.agreement import Pack
from portability.core.pack_parser import parse_pack
from portability.core.periods import Branch, Duration, Period, PeriodType
from portability.core.reconciliation import reconcile

AGREEMENT: Final = "eu-883-2004"
AS_OF: Final = date(2025, 1, 1)
COUNTRIES: Final = ("FR", "DE", "IT", "ES", "PL")
MEASURED: Final = (2, 3, 5)
YEARS: Final = 45
MONTHS: Final = 12
APART: Final = 5 * MONTHS
SAME_KIND: Final = 2 * MONTHS
KINDS: Final = ("11", "11", "20", "12", "41", "11", "30", "45")  # P5000 codes
SMALLEST: Final = 1_000
STEPS: Final = 4

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How often to measure, and how many rows the longest history has."""

    rounds: int
    largest: int


def monthly_rows(countries: int, months: int, *, sums: bool) -> list[Period]:
    """Rows of ``months`` months from each country; the last ones end before ``AS_OF``."""
    declared = Duration(months=1) if sums else None
    return [
        Period(
            id=sha256(f"{code} {number}".encode()).hexdigest(),
            jurisdiction=code,
            type=PeriodType.parse(KINDS[(number // SAME_KIND + 3 * place) % len(KINDS)]),
            start=_month(number + place * APART),
            end=date.fromordinal(_month(number + place * APART - 1).toordinal() - 1),
            declared=declared,
        )
        for place, code in enumerate(COUNTRIES[:countries])
        for number in range(1, months + 1)
    ]


def _month(before: int) -> date:
    """The first day of a month, counted back from ``AS_OF``."""
    year, month = divmod(AS_OF.year * MONTHS + AS_OF.month - 1 - before, MONTHS)
    return date(year, month + 1, 1)


def bench_reconcile(options: Options, say: Say) -> dict[str, Any]:
    """Medians by number of countries, the limit, and the exponent of growth."""
    pack = parse_pack(pack_source(AGREEMENT), AGREEMENT)
    with_sums = _by_countries(pack, options, say, sums=True)
    dates_only = _by_countries(pack, options, say, sums=False)
    rows = monthly_rows(MEASURED[0], YEARS * MONTHS, sums=True)
    limit = _median_ms([_floor(rows)], options.rounds)[0]
    growth, limits = _growth(pack, options, say)
    fastest = with_sums[str(MEASURED[0])]
    return {
        "bench": "reconcile",
        "rate": round(len(rows) / fastest * 1000, 1),
        "limit": round(len(rows) / limit * 1000, 1),
        "unit": "rows/s",
        "ratio": round(limit / fastest, 3),
        "median_ms": with_sums,
        "median_ms_dates_only": dates_only,
        "limit_ms": round(limit, 3),
        "exponent": fit_exponent(growth),
        "exponent_limit": fit_exponent(limits),
        "exponent_n_log_n": fit_exponent({size: size * math.log(size) for size in growth}),
        "growth_ms": {str(size): round(ms, 3) for size, ms in growth.items()},
        "growth_limit_ms": {str(size): round(ms, 3) for size, ms in limits.items()},
        "parameters": {
            "agreement": AGREEMENT,
            "years": YEARS,
            "rows": {str(count): count * YEARS * MONTHS for count in MEASURED},
            "rounds": options.rounds,
            "largest": options.largest,
            "records": len(rows),
            "concurrency": 1,
            "database": None,
            "clock": "cpu",
            "garbage_collector": "off",
            "cores": 1,
        },
    }


def _by_countries(pack: Pack, options: Options, say: Say, *, sums: bool) -> dict[str, float]:
    histories = [monthly_rows(count, YEARS * MONTHS, sums=sums) for count in MEASURED]
    times = _median_ms([_work(pack, rows) for rows in histories], options.rounds)
    for count, rows, found in zip(MEASURED, histories, times, strict=True):
        say(f"{count} countries, {len(rows):,} rows{' with sums' * sums}: {found:.2f} ms")
    return {str(count): round(found, 3) for count, found in zip(MEASURED, times, strict=True)}


def _growth(pack: Pack, options: Options, say: Say) -> tuple[dict[int, float], dict[int, float]]:
    """Milliseconds by number of rows, for all countries and ever longer histories; the limit's."""
    sizes = list(_sizes(options.largest))
    histories = [monthly_rows(len(COUNTRIES), size // len(COUNTRIES), sums=True) for size in sizes]
    works = [_work(pack, rows) for rows in histories] + [_floor(rows) for rows in histories]
    times = _median_ms(works, max(options.rounds // 3, 3))
    rows = [len(history) for history in histories]
    growth = dict(zip(rows, times[: len(rows)], strict=True))
    limits = dict(zip(rows, times[len(rows) :], strict=True))
    for size, found in growth.items():
        say(f"{size:,} rows: {found:.1f} ms; limit {limits[size]:.1f} ms")
    return growth, limits


def _sizes(largest: int) -> Iterator[int]:
    """Sizes that grow by one factor, up to ``largest``."""
    factor = (largest / SMALLEST) ** (1 / STEPS)
    return (round(SMALLEST * factor**step) for step in range(STEPS + 1))


def _work(pack: Pack, rows: Sequence[Period]) -> Callable[[], object]:
    return lambda: reconcile(rows, pack, Branch.OLD_AGE.value, AS_OF)


def _floor(rows: Sequence[Period]) -> Callable[[], object]:
    return lambda: _limit(rows)


def _limit(rows: Sequence[Period]) -> str:
    """The digest of the rows as they are: in order, as JSON, hashed."""
    ordered = sorted((row.id, row.jurisdiction, row.first, row.last) for row in rows)
    return sha256(json.dumps(ordered, separators=(",", ":")).encode()).hexdigest()


def _median_ms(works: Sequence[Callable[[], object]], rounds: int) -> list[float]:
    """The median time of each work, after one run that counts for nothing; in turns."""
    times: list[list[float]] = [[] for _ in works]
    for work in works:
        work()
    for _ in range(rounds):
        for work, found in zip(works, times, strict=True):
            found.append(_cpu_ms(work))
    return [median(found) for found in times]


def _cpu_ms(work: Callable[[], object]) -> float:
    gc.collect()
    gc.disable()
    try:
        begin = time.process_time()
        work()
        return (time.process_time() - begin) * 1000
    finally:
        gc.enable()


def fit_exponent(times: Mapping[int, float]) -> float:
    """The slope of the line through the logarithms of times by size, by least squares."""
    slope, _ = linear_regression(list(map(math.log, times)), list(map(math.log, times.values())))
    return round(slope, 3)


def show(options: Options, *, as_json: bool) -> int:
    """Run the bench and print a document, or a few lines; progress goes to the side."""
    result = bench_reconcile(options, lambda line: typer.echo(line, err=True))
    if as_json:
        typer.echo(json.dumps(result))
        return 0
    for count, found in result["median_ms"].items():
        typer.echo(
            f"{count} countries, {result['parameters']['rows'][count]:,} rows: {found:.2f} ms "
            f"in the median, {result['median_ms_dates_only'][count]:.2f} ms with dates alone"
        )
    typer.echo(
        f"order, JSON and SHA-256 of the rows of {MEASURED[0]} countries: "
        f"{result['limit_ms']:.2f} ms; ratio {result['ratio']:.3f}"
    )
    typer.echo(
        f"growth up to {max(map(int, result['growth_ms'])):,} rows: exponent "
        f"{result['exponent']:.2f}; the limit has {result['exponent_limit']:.2f}, "
        f"n log n {result['exponent_n_log_n']:.2f}"
    )
    return 0
