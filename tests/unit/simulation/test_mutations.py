"""Mutations of the protocol, each caught by a promise, in a table that is shown as it is made."""

import sys
import textwrap

import pytest

from portability.simulation.party import HonestParty
from portability.simulation.run import Run
from tests.unit.simulation.mutants import MUTANTS

PATIENCE = 60
"""Seeds within which a mutant must be noticed, from the one where it was first."""

AT_LEAST = 15
WIDE = 100


def test_every_mutation_of_the_protocol_is_caught(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [(mutant, *_caught(mutant, first)) for mutant, first in MUTANTS.items()]
    with capsys.disabled():
        sys.stdout.write("\n" + "".join(_row(*row) for row in rows))
    assert len(rows) >= AT_LEAST
    assert [mutant.__name__ for mutant, _, broken in rows if not broken] == []


def _caught(mutant: type[HonestParty], first: int) -> tuple[int, str]:
    """The first seed that notices it, and which promise is broken then."""
    for seed in range(first, first + PATIENCE):
        broken = Run(seed, make_party=mutant).to_the_end()
        if broken:
            return seed, broken
    return first, ""


def _row(mutant: type[HonestParty], seed: int, broken: str) -> str:
    what = " ".join((mutant.__doc__ or "").split())
    told = textwrap.shorten(broken or "NOBODY NOTICED", WIDE)
    return f"{mutant.__name__:<28} seed {seed:>2}  {what}\n{'':<28}   caught: {told}\n"
