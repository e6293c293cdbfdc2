"""
Who held the file and for how long, over all cases of this node that ended in one quarter.

Only whole quarters that are over are told, and no other span, so that no two answers can be
subtracted from each other. A case counts in the quarter of its first closure, with the times up to
it, whatever happens to it later.
"""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from portability.consent.scope import Party
from portability.errors import InvalidInputError, NotFoundError
from portability.node.cases.clocks import held_until
from portability.node.cases.loading import load_case
from portability.recognition.held_table import Cell, HeldCase, held_table
from portability.store.case_ends import EndedCase, list_ended_cases
from portability.store.cases import CasePlace
from portability.store.engine import Database
from portability.v1 import recognition_service_pb2 as pb

FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 9998
_PAGE: Final = 200
_QUARTERS: Final = range(1, 5)
_MONTHS: Final = 3


class HeldSummaries:
    """Computes the table of a quarter from the stored cases."""

    def __init__(
        self, *, database: Database, jurisdiction: str, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._jurisdiction = jurisdiction
        self._clock = clock

    async def of_quarter(
        self, year: int, quarter: int, party: Party | None = None
    ) -> tuple[Cell, ...]:
        """
        The table of a quarter; ``party``: of the cases in which that institution takes part.

        Raises InvalidInputError for a quarter that is not over.
        """
        since, before = _span(year, quarter)
        if self._clock() < before:
            raise InvalidInputError(
                f"the quarter {year}-Q{quarter} is not over; figures that still grow would tell "
                "about the cases that come in, so ask for one before it",
                field="quarter",
            )
        return held_table([one async for one in self._cases(since, before, party)])

    async def _cases(
        self, since: datetime, before: datetime, party: Party | None
    ) -> AsyncIterator[HeldCase]:
        place = None
        if party is not None:
            place = CasePlace(jurisdiction=party.jurisdiction, institution=party.institution)
        after = ""
        while True:
            async with self._database.read() as connection:
                found = await list_ended_cases(
                    connection, since=since, before=before, party=place, after=after, limit=_PAGE
                )
            for ended in found:
                held = await self._held(ended)
                if held is not None:
                    yield held
            if len(found) < _PAGE:
                return
            after = found[-1].case_id

    async def _held(self, ended: EndedCase) -> HeldCase | None:
        """None for a case whose person was erased: nothing of it counts anywhere any more."""
        async with self._database.read() as connection:
            try:
                loaded = await load_case(
                    connection,
                    self._database.vault,
                    own=self._jurisdiction,
                    case_id=ended.case_id,
                )
            except NotFoundError:
                return None
            if loaded is None:
                return None
            person = loaded.row.person
            return HeldCase(
                person=ended.case_id if person is None else person,
                held=await held_until(connection, loaded, ended.end_time),
            )


def _span(year: int, quarter: int) -> tuple[datetime, datetime]:
    """First instant of a quarter, and of the next one, in UTC."""
    if quarter not in _QUARTERS:
        raise InvalidInputError("quarter is not 1 to 4", field="quarter")
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise InvalidInputError(f"year is not from {FIRST_YEAR} to {LAST_YEAR}", field="year")
    since = datetime(year, _MONTHS * (quarter - 1) + 1, 1, tzinfo=UTC)
    later = since + timedelta(days=31 * _MONTHS)
    return since, datetime(later.year, later.month, 1, tzinfo=UTC)


def cell_to_pb(cell: Cell) -> pb.HeldCell:
    """A cell as it leaves the node; nothing but its place where it is withheld."""
    shown = pb.HeldCell(
        jurisdiction=cell.jurisdiction,
        step=cell.step,
        withheld=cell.withheld,
        cases=cell.cases or 0,
    )
    if cell.median is not None:
        shown.median_seconds = int(cell.median.total_seconds())
    if cell.percentile_90 is not None:
        shown.percentile_90_seconds = int(cell.percentile_90.total_seconds())
    return shown
