"""What a signed-in person sees of what they allowed: where each consent stands, and its uses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from portability.consent.identifiers import check_code
from portability.node.calls.pages import page_size, read_token, write_token
from portability.node.consents.standing import consent_standing, load_consent, uses_of
from portability.node.persons.sessions import person_of_session
from portability.store import consents
from portability.v1 import consents_service_pb2 as pb
from portability.wire.consent_parts import state_to_pb
from portability.wire.proven import proven_to_pb
from portability.wire.strict import timestamp

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from portability.consent.lifecycle import Standing
    from portability.node.consents.standing import StoredConsent
    from portability.node.log.prover import Prover
    from portability.store.engine import Connection, Database
    from portability.wire.proven import Proven


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    consent: StoredConsent
    standing: Standing
    uses: Sequence[datetime]
    acts: tuple[bytes, ...]


class OwnConsents:
    """Lists a person's consents, each with a proof at the current head."""

    def __init__(
        self, *, database: Database, prover: Prover, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._prover = prover
        self._clock = clock

    async def list_consents(self, request: pb.ListOwnConsentsRequest) -> pb.ListOwnConsentsResponse:
        """Oldest first. Raises UnauthenticatedError, InvalidInputError for a bad page."""
        size, after = page_size(request.page_size), read_token(request.page_token)
        vault, now = self._database.vault, self._clock()
        shown: list[_Shown] = []
        async with self._database.read() as connection:
            person = await person_of_session(connection, vault, request.session, now)
            rows = await consents.list_consents(
                connection, person=person, after=after, limit=size + 1
            )
            for row in rows[:size]:
                consent = await load_consent(connection, vault, row.statement_id)
                if consent is not None:
                    shown.append(await _show(connection, consent, now))
        ids = [one for each in shown for one in (each.consent.row.statement_id, *each.acts)]
        unique = list(dict.fromkeys(ids))
        proven = dict(zip(unique, await self._prover.prove(unique), strict=True))
        return pb.ListOwnConsentsResponse(
            consents=[_to_pb(one, proven) for one in shown],
            next_page_token=write_token(rows[size - 1].leaf_index) if len(rows) > size else "",
        )


async def _show(connection: Connection, consent: StoredConsent, now: datetime) -> _Shown:
    acts = await consents.list_consent_acts(connection, consent.row.statement_id)
    return _Shown(
        consent=consent,
        standing=await consent_standing(connection, consent, now),
        uses=await uses_of(connection, consent.row),
        acts=tuple(act.statement_id for act in acts),
    )


def _to_pb(shown: _Shown, proven: Mapping[bytes, Proven]) -> pb.OwnConsent:
    row, standing = shown.consent.row, shown.standing
    return pb.OwnConsent(
        consent=row.statement_id,
        statement=proven_to_pb(proven[row.statement_id]),
        consent_request=row.consent_request,
        state=state_to_pb(standing.state),
        changes=[
            pb.ConsentChange(state=state_to_pb(one.state), change_time=timestamp(one.at))
            for one in standing.changes
        ],
        resume_time=None if standing.resume_at is None else timestamp(standing.resume_at),
        uses=len(shown.uses),
        last_use_time=timestamp(shown.uses[-1]) if shown.uses else None,
        acts=[proven_to_pb(proven[one]) for one in shown.acts],
        check_code=check_code(row.statement_id),
    )
