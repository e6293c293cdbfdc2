"""
`clocks`: who held the files of one quarter and for how long, as one node tells it.

The same command for institutions, which get their own cases, and for auditors, who get all.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final

import typer

from agents.durations import lasted_words
from agents.printing import Printer
from agents.profile import PROFILE_VARIABLE, find_profile, load_profile
from agents.session import Session, connect
from agents.surroundings import Surroundings
from portability.errors import InvalidInputError
from portability.v1 import recognition_service_pb2 as pb
from portability.v1.recognition_service_pb2_grpc import RecognitionServiceStub

_QUARTER: Final = re.compile(r"([0-9]{4})-Q([1-4])")


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldCell:
    """
    One country and one kind of step; empty for all. ``cases`` and ``median`` are None where it is
    withheld, ``percentile_90`` also where there are too few cases for it.
    """

    jurisdiction: str
    step: str
    cases: int | None
    median: timedelta | None
    percentile_90: timedelta | None

    def to_json(self) -> dict[str, object]:
        return {
            "jurisdiction": self.jurisdiction,
            "step": self.step,
            "withheld": self.cases is None,
            "cases": self.cases,
            "median_seconds": _seconds(self.median),
            "percentile_90_seconds": _seconds(self.percentile_90),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldSummary:
    """The table of a quarter; cells about fewer than ``fewest`` persons are withheld."""

    quarter: str
    fewest: int
    cells: tuple[HeldCell, ...]

    def to_json(self) -> dict[str, object]:
        return {
            "quarter": self.quarter,
            "fewest": self.fewest,
            "cells": [one.to_json() for one in self.cells],
        }


def add_clocks(app: typer.Typer, outside: Surroundings) -> None:
    """Register ``clocks``."""

    @app.command("clocks")
    def clocks(
        quarter: Annotated[
            str, typer.Argument(metavar="QUARTER", help="A quarter that is over, as 2026-Q1.")
        ],
        *,
        profile: Annotated[
            Path | None,
            typer.Option(
                "--profile", envvar=PROFILE_VARIABLE, metavar="FILE", help="Your profile."
            ),
        ] = None,
        json: Annotated[
            bool, typer.Option("--json", help="Write one JSON document to standard output.")
        ] = False,
    ) -> None:
        """Show who held files, and how long, over all cases that ended in a quarter."""
        found = load_profile(find_profile(profile))
        with connect(found.connection, outside) as session:
            summary = fetch_summary(session, quarter)
        printer = Printer(as_json=json)
        printer.document(summary.to_json())
        tell_summary(printer, summary)


def fetch_summary(session: Session, quarter: str) -> HeldSummary:
    """Ask a node. Raises InvalidInputError for what is no quarter, or is not over."""
    match = _QUARTER.fullmatch(quarter)
    if match is None:
        raise InvalidInputError(
            f"{quarter!r} is not a quarter; write it as 2026-Q1", field="quarter"
        )
    year, number = map(int, match.groups())
    answer: pb.GetHeldSummaryResponse = session.call(
        RecognitionServiceStub(session.channel).GetHeldSummary,
        pb.GetHeldSummaryRequest(year=year, quarter=number),
    )
    cells = tuple(_cell(one) for one in answer.cells)
    return HeldSummary(quarter=quarter, fewest=answer.fewest, cells=cells)


def tell_summary(printer: Printer, summary: HeldSummary) -> None:
    """Print a summary; nothing when one JSON document is asked for."""
    if not summary.cells:
        printer.line(f"No case that you may see ended in {summary.quarter}.")
        return
    printer.table(("country", "step", "cases", "median", "90th percentile"), _rows(summary.cells))
    if any(one.cases is None for one in summary.cells):
        printer.line(
            f"Withheld: what tells of fewer than {summary.fewest} persons, and what that could be "
            "worked out from."
        )


def _rows(cells: Iterable[HeldCell]) -> Iterable[tuple[str, ...]]:
    for one in cells:
        withheld = one.cases is None
        yield (
            one.jurisdiction or "all countries",
            one.step or "all steps",
            "withheld" if withheld else str(one.cases),
            _words(one.median),
            _words(one.percentile_90) if withheld or one.percentile_90 else "too few cases",
        )


def _words(lasted: timedelta | None) -> str:
    return "" if lasted is None else lasted_words(lasted)


def _seconds(lasted: timedelta | None) -> int | None:
    return None if lasted is None else int(lasted.total_seconds())


def _cell(cell: pb.HeldCell) -> HeldCell:
    tail = cell.HasField("percentile_90_seconds")
    return HeldCell(
        jurisdiction=cell.jurisdiction,
        step=cell.step,
        cases=None if cell.withheld else cell.cases,
        median=None if cell.withheld else timedelta(seconds=cell.median_seconds),
        percentile_90=timedelta(seconds=cell.percentile_90_seconds) if tail else None,
    )
