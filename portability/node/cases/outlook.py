"""
What a correction would change, before anything of it is stored: case by case, number by number.

Periods and totals are computed again from the inputs that this node holds; amounts in
``outlook_amounts``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from portability.core.correction import Change, compare_histories
from portability.core.record_kinds import RecordKind
from portability.core.scheme import Scheme
from portability.errors import PortabilityError
from portability.node.cases.corrections import Affected
from portability.node.cases.inputs import as_answered, compute, own_inputs, received_records
from portability.node.cases.loading import LoadedCase
from portability.node.cases.outlook_amounts import Histories, amounts, standing_decisions
from portability.node.cases.stating import facts_of_person
from portability.node.records.of_person import HeldRecord
from portability.node.records.release import show_only
from portability.recognition.case import CaseState
from portability.recognition.corrections import shown_of
from portability.recognition.presence import told
from portability.recognition.progress import progress
from portability.recognition.stated_facts import StatedFacts
from portability.recognition.statements import Correction
from portability.store.engine import Connection
from portability.store.vault import Vault

CORRECTION_RULE: Final = "correction"

NO_RESULT: Final = "no result rests on the record yet; the next one will be computed without it"
NOT_AN_INPUT: Final = "the result does not rest on the record; who decided is told all the same"
NOT_SHOWN: Final = (
    "the record may not be shown to the lead of the case, so the old one ceases to count and "
    "nothing takes its place"
)
SAID_SO: Final = (
    f"{NOT_SHOWN}; the case says that the history is incomplete, and decisions stay provisional"
)
NOT_SAID: Final = (
    f"{NOT_SHOWN}; its node is behind in the protocol and cannot be told that, so tell the "
    "institution that leads the case in another way"
)
ADDED_SINCE: Final = "records of the lead that were added since the result begin to count, too: {}"
NOT_HELD: Final = "not every input of the result is held here, so nothing can be computed again"
AS_DECIDED: Final = "the theoretical and independent amounts of its decision"
ON_FACTS: Final = "the national facts signed with its decision"
AS_GIVEN: Final = "the amounts given to this preview"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What would change in one case; ``told`` are the jurisdictions whose nodes must answer."""

    affected: Affected
    draft: Correction
    reopens: bool
    changes: tuple[Change, ...]
    article: str
    told: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """
    A record that would replace another one.

    ``own`` are all records of the person at this node, replaced ones too; ``scheme`` is what
    national law gives the issuer of the record, for the amounts of its own decision. ``stated`` are
    the facts behind decisions that were signed at this node.
    """

    new: HeldRecord
    own: Mapping[bytes, HeldRecord]
    scheme: Scheme | None
    stated: Sequence[StatedFacts] = ()


async def look_ahead(
    connection: Connection,
    vault: Vault,
    affected: Affected,
    draft: Correction,
    proposed: Proposed,
) -> Outlook:
    """The difference that a record makes in one case."""
    loaded, new = affected.loaded, proposed.new
    outlook = _without_changes(affected, draft)
    current = affected.facts.current
    if current is None:
        return replace(outlook, notes=(NO_RESULT,))
    if new.supersedes not in current.inputs:
        return replace(outlook, notes=(NOT_AN_INPUT,))
    held = {**await received_records(connection, vault, loaded), **proposed.own}
    if any(one not in held for one in current.inputs):
        return replace(outlook, notes=(NOT_HELD,))
    own = await own_inputs(connection, vault, loaded) if loaded.leads else ()
    histories = _histories(affected, held, own, new if draft.added else None, new.supersedes)
    successor = new.statement_id.hex() if draft.added else None
    superseded = {new.supersedes.hex(): successor}
    stated = await facts_of_person(connection, vault, loaded.row.person)
    proposed = replace(proposed, stated=tuple(stated.values()))
    changes, notes = _changes(loaded, histories, proposed, superseded, outlook.article)
    if successor is None and new.record.kind is not RecordKind.INVALIDATION:
        notes = [_not_shown(new, draft), *notes]
    if histories.since:
        notes = [ADDED_SINCE.format(histories.since), *notes]
    return replace(outlook, changes=tuple(changes), notes=tuple(notes))


def _without_changes(affected: Affected, draft: Correction) -> Outlook:
    """Who is told of a correction, and by what article, before anything is computed again."""
    loaded = affected.loaded
    rules = loaded.pack.rules_on(loaded.claim.award_date)
    concerned = dict.fromkeys(told(loaded.case, loaded.claim, affected.facts, draft))
    return Outlook(
        affected=affected,
        draft=draft,
        reopens=progress(loaded.case).state is CaseState.CLOSED,
        changes=(),
        article=rules.cite(CORRECTION_RULE)[0],
        told=tuple(one for one in concerned if one != loaded.case.own),
        notes=(),
    )


def _not_shown(new: HeldRecord, draft: Correction) -> str:
    if new.record.kind is not RecordKind.CONTRIBUTION_PERIOD:
        return NOT_SHOWN
    return SAID_SO if draft.held_back else NOT_SAID


def _histories(
    affected: Affected,
    held: Mapping[bytes, HeldRecord],
    own: Sequence[HeldRecord],
    new: HeldRecord | None,
    replaced: bytes,
) -> Histories:
    """
    ``new`` is None where the correction adds nothing to the case. ``own`` are the records of the
    lead, which brings all that are in force into each result; elsewhere they are not known.
    """
    current = affected.facts.current
    inputs = () if current is None else current.inputs
    basis = () if current is None else current.header.predecessors
    basis = tuple(i for i in basis if i in affected.loaded.case.accepted)
    shown = as_answered(affected.loaded, basis, {i: held[i] for i in inputs})
    before = [shown[i] for i in inputs]
    after = [one for one in before if one.statement_id != replaced]
    known = {*inputs, replaced}
    since = [one for one in own if one.statement_id not in known]
    after += since
    if new is not None and new.record.kind is RecordKind.CONTRIBUTION_PERIOD:
        names = shown_of(affected.facts, replaced)
        after.append(new if names is None else show_only(new, names))
    after.sort(key=lambda one: one.statement_id)
    return Histories(before=before, after=after, since=len(since))


def _changes(
    loaded: LoadedCase,
    histories: Histories,
    proposed: Proposed,
    superseded: Mapping[str, str | None],
    article: str,
) -> tuple[list[Change], list[str]]:
    report = compare_histories(
        compute(loaded.claim, histories.before, loaded.pack),
        compute(loaded.claim, histories.after, loaded.pack),
        superseded,
        article,
    )
    changes = list(report.changes)
    notes = []
    for party, decision in standing_decisions(loaded):
        given = proposed.scheme if party == proposed.new.issuer else None
        stated = next((one for one in proposed.stated if one.is_behind(decision.header)), None)
        try:
            found = amounts(loaded, histories, decision, given, stated)
        except PortabilityError as error:
            notes.append(f"{party}: its amounts cannot be computed again here: {error.message}")
            continue
        if found is None:
            notes.append(f"{party}: its amounts rest on more than is known here")
            continue
        changes += found
        how = ON_FACTS if stated is not None else AS_DECIDED
        how = AS_GIVEN if given is not None else how
        notes.append(f"{party}: what it would pay is computed from {how}; it decides again")
    return changes, notes
