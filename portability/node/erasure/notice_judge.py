"""
What a peer's notice of an erasure means here, case by case; nothing is written.

Source: design.md, promise 6; GDPR Art 17(3) and 19.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from portability.errors import ErasedError
from portability.node.cases.loading import load_case
from portability.node.erasure.rules import ErasureRules
from portability.node.log.write import Write
from portability.node.persons.complaint_steps import HeldComplaint, load_complaint
from portability.recognition.disclosed import may_hold_of
from portability.store import erasure as stored
from portability.store.cases import CaseRow, find_case
from portability.store.legal_holds import list_holds
from portability.store.log import NewRow

DECISION: Final = "determination"
BY_DECISION: Final = "GDPR Art 17(3)(b): a decision under {agreement} rests on it"
"""Where the node's own rules name no provision for decisions."""


@dataclass(slots=True)
class Judged:
    """
    By case what keeps it, which of these only for as long as a hold lasts, what is to be destroyed,
    and where nothing of the peer is, or not yet.
    """

    kept: dict[str, str] = field(default_factory=dict)
    held: list[str] = field(default_factory=list)
    gone: list[CaseRow] = field(default_factory=list)
    complaints: list[HeldComplaint] = field(default_factory=list)
    unmet: list[str] = field(default_factory=list)


class NoticeJudge:
    """Judges at the node of a jurisdiction, under the rules of its operator."""

    def __init__(self, *, jurisdiction: str, rules: ErasureRules) -> None:
        self._jurisdiction = jurisdiction
        self._rules = rules

    async def judge(self, write: Write, peer: str, names: Collection[str]) -> Judged:
        """What a notice of a peer means for these cases and complaints."""
        judged = Judged()
        for case_id in names:
            case = await find_case(write.connection, write.vault, case_id)
            said = None if case is not None else await self._complaint(write, peer, case_id)
            if said is not None:
                citation = await held_by(write, said.row.person)
                judged.kept |= {case_id: citation} if citation else {}
                judged.held += [case_id] if citation else []
                judged.complaints += [] if citation else [said]
            elif case is None:
                judged.unmet.append(case_id)
            elif case.content is None or all(one.jurisdiction != peer for one in case.parties):
                continue
            elif citation := await held_by(write, case.person):
                judged.kept[case_id] = citation
                judged.held.append(case_id)
            elif citation := await self._kept_by(write, case):
                judged.kept[case_id] = citation
            elif await self._holds_of(write, peer, case):
                judged.gone.append(case)
            else:
                judged.unmet.append(case_id)
        return judged

    async def _holds_of(self, write: Write, peer: str, case: CaseRow) -> bool:
        """Whether there may be anything in a case that the peer has told of the person."""
        if case.content is None:
            return False
        loaded = await load_case(
            write.connection,
            write.vault,
            own=self._jurisdiction,
            case_id=case.case_id,
            pending=write.statements,
        )
        if loaded is None:
            return False
        return may_hold_of(loaded.case, loaded.claim, peer, loaded.held)

    async def _complaint(self, write: Write, peer: str, name: str) -> HeldComplaint | None:
        """A complaint of that name which the peer had sent here; None for any other."""
        try:
            held = await load_complaint(write.connection, write.vault, name, write)
        except ErasedError:
            return None
        return held if held is not None and held.home == peer else None

    async def _kept_by(self, write: Write, case: CaseRow) -> str:
        """The provision under which a decision keeps a case; empty for none."""
        if case.content is None:
            return ""
        late = await late_rows(write, [case.case_id])
        is_decided = any(row.kind == DECISION for row in late)
        if not is_decided and not await stored.has_kind(write.connection, case.case_id, DECISION):
            return ""
        own = [rule.citation for rule in self._rules.retentions if rule.kind == DECISION]
        return own[0] if own else BY_DECISION.format(agreement=case.content.agreement)


async def held_by(write: Write, person: int | None) -> str:
    """The provision under which what there is of a person is held; empty for none."""
    for hold in [] if person is None else await list_holds(write.connection, person):
        if hold.lift_time is None:
            return hold.citation
    return ""


async def late_rows(write: Write, case_ids: Collection[str]) -> list[NewRow]:
    """What this very transaction has logged in these cases: no query of statements finds it."""
    leaves = await stored.list_late_leaves(write.connection, case_ids, write.first_index)
    return [write.rows[leaf - write.first_index] for leaf in leaves]
