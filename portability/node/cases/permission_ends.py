"""
Permissions that end, told to the cases that rest on them: in every state of a case, at once.

A withdrawal is told in the transaction that takes it in. That time ends a consent is noticed by the
driver, which looks when the consent runs out. What follows is for the machine: each recipient says
under its signature what it erased, and what it keeps by which law.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from portability.consent.payload_types import WITHDRAWAL_TYPE
from portability.errors import NotFoundError
from portability.ledger.encoding import HASH_BYTES
from portability.ledger.envelope import kind_of
from portability.node.cases.loading import load_case
from portability.node.consents.standing import (
    INVALIDATED,
    TERMINATED,
    WITHDRAWN_WITHOUT_KEY,
    load_consent,
)
from portability.recognition.facts import read_facts
from portability.recognition.statements import PermissionEnd, PermissionEnding
from portability.store import cases, consents, delivery

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from portability.node.cases.loading import LoadedCase
    from portability.node.cases.writing import CaseWriter
    from portability.node.consents.standing import StoredConsent
    from portability.node.log.write import Write
    from portability.store.delivery import PendingWork
    from portability.store.engine import Connection

LOOK: Final = "permission-end"
"""The kind of work that waits, per case and consent, for the end of the consent's time."""
WATCH: Final = "watch-permissions"
"""
Once for a case whose ends nobody watches: it had asked before they were, for which a migration of
the database makes it, or its requests came back from a peer. There is one per case, under this id:
"""
WATCH_ID: Final = bytes(HASH_BYTES)

_BY_ACT: Final = {
    kind_of(WITHDRAWAL_TYPE): PermissionEnding.WITHDRAWN,
    WITHDRAWN_WITHOUT_KEY: PermissionEnding.WITHDRAWN,
    INVALIDATED: PermissionEnding.INVALIDATED,
    TERMINATED: PermissionEnding.TERMINATED,
}
"""By kind of an act that ends a consent, how that is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A consent that ended: how, when, and by which signed act (empty: by time)."""

    consent: bytes
    how: PermissionEnding
    at: datetime
    act: bytes


class TellCases(Protocol):
    """Tells the cases that rest on a consent that it has ended, and by which signed act."""

    async def __call__(
        self, write: Write, consent_id: bytes, how: PermissionEnding, act: bytes
    ) -> None: ...


async def no_cases(write: Write, consent_id: bytes, how: PermissionEnding, act: bytes) -> None:
    """For a node that leads none."""


class PermissionEnds:
    """All but ``step``, which makes one, run inside a transaction that is under way."""

    def __init__(self, *, writer: CaseWriter) -> None:
        self._writer = writer

    async def watch(self, write: Write, case_id: str, consent: StoredConsent) -> None:
        """Have the case looked at when the time of a consent is over."""
        await self._writer.defer(
            write, LOOK, case_id, consent.row.statement_id, consent.document.not_after
        )

    async def watch_again(self, write: Write, case_id: str) -> None:
        """Have all permissions of a case watched, of which requests came back after a loss."""
        await self._writer.defer(write, WATCH, case_id, WATCH_ID, write.now)

    async def tell(
        self, write: Write, consent_id: bytes, how: PermissionEnding, act: bytes
    ) -> None:
        """Say in every case led here that rests on a consent that it has ended now."""
        consent = await load_consent(write.connection, write.vault, consent_id)
        if consent is None:
            return
        for row in await cases.list_person_cases(write.connection, write.vault, consent.row.person):
            loaded = None if row.content is None else await self._load(write, row.case_id)
            if loaded is not None:
                ended = Ended(consent=consent_id, how=how, at=write.now, act=act)
                await self._say(write, loaded, ended)

    def step(self, work: PendingWork) -> Callable[[Write], Awaitable[None]]:
        """Look at a case whose permission was to end about now."""

        async def look(write: Write) -> None:
            await delivery.remove_pending_work(write.connection, work)
            loaded = await self._load(write, work.case_id)
            consent = await load_consent(write.connection, write.vault, work.statement_id)
            if loaded is None or consent is None:
                return
            end = consent.document.not_after
            if write.now < end:
                await self.watch(write, work.case_id, consent)
            else:
                how = PermissionEnding.EXPIRED
                ended = Ended(consent=work.statement_id, how=how, at=end, act=b"")
                await self._say(write, loaded, ended)

        return look

    def catch_up(self, work: PendingWork) -> Callable[[Write], Awaitable[None]]:
        """Watch the permissions of a case that nobody watched, and tell it of those that ended."""

        async def look(write: Write) -> None:
            await delivery.remove_pending_work(write.connection, work)
            loaded = await self._load(write, work.case_id)
            if loaded is None or not loaded.leads:
                return
            requests = read_facts(loaded.case).requests.values()
            for permission in sorted({one.permission for one in requests} - {b""}):
                consent = await load_consent(write.connection, write.vault, permission)
                if consent is not None:
                    await self._watch_or_say(write, work.case_id, consent)

        return look

    async def say_if_over(self, write: Write, case_id: str, permission: bytes) -> None:
        """
        Say in a case led here what its driver has not come to yet: that a permission has ended.

        Whoever answered may know it before: a clock is ahead, or this node was away.
        """
        consent = await load_consent(write.connection, write.vault, permission)
        if consent is None:
            return
        ended = await how_it_ended(write.connection, consent, write.now)
        loaded = await self._load(write, case_id)
        if ended is not None and loaded is not None:
            await self._say(write, loaded, ended)

    async def _watch_or_say(self, write: Write, case_id: str, consent: StoredConsent) -> None:
        ended = await how_it_ended(write.connection, consent, write.now)
        loaded = await self._load(write, case_id)
        if ended is None:
            await self.watch(write, case_id, consent)
        elif loaded is not None:
            await self._say(write, loaded, ended)

    async def _say(self, write: Write, loaded: LoadedCase, ended: Ended) -> None:
        facts = read_facts(loaded.case)
        rest = sorted(i for i, one in facts.requests.items() if one.permission == ended.consent)
        is_told = any(one.permission == ended.consent for one in facts.ends.values())
        if not rest or is_told or not loaded.leads:
            return
        end = PermissionEnd(
            header=self._writer.header(loaded.case_id, write.now, rest),
            permission=ended.consent,
            how=ended.how,
            at=ended.at.replace(microsecond=0),
            act=ended.act,
        )
        await self._writer.take(write, loaded, self._writer.sign(end))

    async def _load(self, write: Write, case_id: str) -> LoadedCase | None:
        """None also for a case whose person was erased: there is nothing left to end."""
        try:
            return await load_case(
                write.connection,
                write.vault,
                own=self._writer.jurisdiction,
                case_id=case_id,
                pending=write.statements,
            )
        except NotFoundError:
            return None


async def how_it_ended(
    connection: Connection, consent: StoredConsent, now: datetime
) -> Ended | None:
    """How a consent has come to its end, by an act or by time, whichever was first."""
    consent_id, over = consent.row.statement_id, consent.document.not_after
    for act in await consents.list_consent_acts(connection, consent_id):
        if act.kind in _BY_ACT and act.create_time < over:
            return Ended(
                consent=consent_id,
                how=_BY_ACT[act.kind],
                at=act.create_time,
                act=act.statement_id,
            )
    if now < over:
        return None
    return Ended(consent=consent_id, how=PermissionEnding.EXPIRED, at=over, act=b"")
