"""
How a story is told while it happens: on a screen step by step, or as one JSON document at the end.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from portability.cli.printing import speaks_unicode, table, table_of_lines
from portability.cli.timeline import Bar, timeline
from portability.errors import ProofError

Facts = Mapping[str, object]
_MARGIN = 3
_INDENT = (0, 0, 0, _MARGIN - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A table: ``widths`` are shares of the free width, 0 for a column aligned to the right."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """
    One step of a story.

    ``lines`` are for a reader, ``facts`` for a program. ``checks`` maps what was checked, in words,
    to whether it held; the step verified if all did.
    """

    title: str
    lines: tuple[str, ...] = ()
    facts: Facts = field(default_factory=dict)
    checks: Mapping[str, bool] = field(default_factory=dict)
    bars: tuple[Bar, ...] = ()
    listings: tuple[Listing, ...] = ()

    @property
    def verified(self) -> bool:
        return all(self.checks.values())


@dataclass(slots=True)
class Teller:
    """Collects the steps; shows each on ``screen`` where there is one."""

    screen: Console | None
    steps: list[dict[str, object]] = field(default_factory=list)
    verified: bool = True
    _since: float = field(default_factory=time.monotonic)

    def tell(self, told: Told) -> None:
        """Show and keep one step. Raises ProofError if something in it does not hold."""
        now = time.monotonic()
        number, seconds = len(self.steps) + 1, round(now - self._since, 2)
        self._since = now
        self.steps.append(
            {
                "step": number,
                "title": told.title,
                "verified": told.verified,
                "seconds": seconds,
                "checks": dict(told.checks),
                **told.facts,
            }
        )
        self.verified = self.verified and told.verified
        if self.screen is not None:
            _show(self.screen, number, told, seconds)
        failed = [what for what, held in told.checks.items() if not held]
        if failed:
            raise ProofError(f"step {number} did not verify: {'; '.join(failed)}")


def _show(screen: Console, number: int, told: Told, seconds: float) -> None:
    screen.print()
    screen.print(Text(f"{number}  {told.title}", style="bold"), Text(f"({seconds} s)", style="dim"))
    for line in told.lines:
        screen.print(Padding(table_of_lines("", (line,)), _INDENT))
    if told.bars:
        picture = timeline(told.bars, width=screen.width - _MARGIN, unicode=speaks_unicode(screen))
        screen.print(Padding(picture, _INDENT))
    for listing in told.listings:
        made = table(screen, listing.heads, listing.rows, listing.widths, margin=_MARGIN)
        screen.print(Padding(made, (1, 0, 0, _MARGIN)))
    _show_checks(screen, told.checks)


def _show_checks(screen: Console, checks: Mapping[str, bool]) -> None:
    unicode = speaks_unicode(screen)
    yes, no = ("✓", "✗") if unicode else ("ok", "NOT")
    for what, held in checks.items():
        mark = Text(yes if held else no, style="green" if held else "bold red")
        screen.print(Padding(table_of_lines(mark, (what,)), (0, 0, 0, 1)))
