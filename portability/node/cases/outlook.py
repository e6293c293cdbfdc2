"""
What a correction would change, before anything of it is stored: case by case, number by number.

Periods and totals are computed again from the inputs that this node holds. Amounts are computed
again from what each decision rests on, and shown only where that gives the decision as it is.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from portability.consent.scope import Party
from portability.core.correction import Change, compare_histories, compare_settlements
from portability.core.measure import Counting
from portability.core.record_kinds import RecordKind
from portability.core.scheme import Scheme
from portability.core.settling import settle
from portability.core.units import Unit
from portability.errors import PortabilityError
from portability.node.cases.corrections import Affected
from portability.node.cases.inputs import as_answered, compute, own_inputs, received_records
from portability.node.cases.loading import LoadedCase
from portability.node.records.of_person import HeldRecord
from portability.node.records.release import show_only
from portability.recognition.case import CaseState
from portability.recognition.corrections import shown_of
from portability.recognition.presence import set_apart, told
from portability.recognition.progress import progress
from portability.recognition.statements import Correction, Determination, Reconciliation
from portability.store.engine import Connection
from portability.store.vault import Vault
from portability.wire.record import count_periods

CORRECTION_RULE: Final = "correction"

NO_RESULT: Final = "no result rests on the record yet; the next one will be computed without it"
NOT_AN_INPUT: Final = "the result does not rest on the record; who decided is told all the same"
NOT_SHOWN: Final = (
    "the record may not be shown to the lead of the case, so the old one ceases to count and "
    "nothing takes its place"
)
ADDED_SINCE: Final = "{} more records of the lead, added since the result, begin to count as well"
NOT_HELD: Final = "not every input of the result is held here, so nothing can be computed again"
AS_DECIDED: Final = (
    "amounts are computed from the theoretical and independent amounts as they were decided; each "
    "institution decides again"
)


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
    national law gives the issuer of the record, for the amounts of its own decision.
    """

    new: HeldRecord
    own: Mapping[bytes, HeldRecord]
    scheme: Scheme | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Histories:
    """
    The inputs of a result as they are, and as they would be; ``since`` counts those that came
    after the result and are in the next one anyway.
    """

    before: Sequence[HeldRecord]
    after: Sequence[HeldRecord]
    since: int = 0


async def look_ahead(
    connection: Connection,
    vault: Vault,
    affected: Affected,
    draft: Correction,
    proposed: Proposed,
) -> Outlook:
    """The difference that a record makes in one case."""
    loaded, new = affected.loaded, proposed.new
    facts = affected.facts
    rules = loaded.pack.rules_on(loaded.claim.award_date)
    outlook = Outlook(
        affected=affected,
        draft=draft,
        reopens=progress(loaded.case).state is CaseState.CLOSED,
        changes=(),
        article=rules.cite(CORRECTION_RULE)[0],
        told=tuple(
            one
            for one in dict.fromkeys(told(loaded.case, loaded.claim, facts, draft))
            if one != loaded.case.own
        ),
        notes=(),
    )
    if facts.current is None:
        return replace(outlook, notes=(NO_RESULT,))
    if new.supersedes not in facts.current.inputs:
        return replace(outlook, notes=(NOT_AN_INPUT,))
    held = {**await received_records(connection, vault, loaded), **proposed.own}
    if any(one not in held for one in facts.current.inputs):
        return replace(outlook, notes=(NOT_HELD,))
    own = await own_inputs(connection, vault, loaded) if loaded.leads else ()
    histories = _histories(affected, held, own, new if draft.added else None, new.supersedes)
    successor = new.statement_id.hex() if draft.added else None
    superseded = {new.supersedes.hex(): successor}
    changes, notes = _changes(loaded, histories, proposed, superseded, outlook.article)
    if successor is None and new.record.kind is not RecordKind.INVALIDATION:
        notes = [NOT_SHOWN, *notes]
    if histories.since:
        notes = [ADDED_SINCE.format(histories.since), *notes]
    return replace(outlook, changes=tuple(changes), notes=tuple(notes))


def _histories(
    affected: Affected,
    held: Mapping[bytes, HeldRecord],
    own: Sequence[HeldRecord],
    new: HeldRecord | None,
    replaced: bytes,
) -> _Histories:
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
    return _Histories(before=before, after=after, since=len(since))


def _changes(
    loaded: LoadedCase,
    histories: _Histories,
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
    decided = _decided(loaded)
    notes = [AS_DECIDED] if proposed.scheme is None and decided else []
    for party, decision in decided:
        given = proposed.scheme if party == proposed.new.issuer else None
        try:
            found = _amounts(loaded, histories, party, decision, given)
        except PortabilityError as error:
            notes.append(f"{party}: its amounts cannot be computed again here: {error.message}")
            continue
        if found is None:
            notes.append(f"{party}: its amounts rest on more than is known here")
        else:
            changes += found
    return changes, notes


def _decided(loaded: LoadedCase) -> list[tuple[Party, Determination]]:
    """The decisions that stand, in the order of the parties."""
    standing = progress(loaded.case).standing
    found = ((party, loaded.case.accepted[standing[party]]) for party in standing)
    known = {party: one for party, one in found if isinstance(one, Determination)}
    return [(party, known[party]) for party in loaded.claim.parties if party in known]


def _amounts(
    loaded: LoadedCase,
    histories: _Histories,
    party: Party,
    decided: Determination,
    given: Scheme | None,
) -> list[Change] | None:
    """What changes in one decision; None where its numbers do not follow from what is known."""
    claim, pack = loaded.claim, loaded.pack
    scheme = replace(
        given or _scheme_of(party, decided), institution=_apart(loaded, party, decided)
    )
    before, after = (
        settle(
            count_periods((one.record for one in records), claim.branch).periods,
            [scheme],
            pack,
            claim.branch,
            claim.award_date,
        )
        for records in (histories.before, histories.after)
    )
    if not before.entitlements:
        return None
    was = before.entitlement(scheme.jurisdiction)
    if given is None and (was.pro_rata, was.payable) != (decided.pro_rata, decided.payable):
        return None
    report = compare_settlements(before, after, {})
    return list(_placed(report.changes, scheme.label, party))


def _apart(loaded: LoadedCase, party: Party, decided: Determination) -> str:
    """The institution whose own periods alone a decision counts; empty where it counts all."""
    result = loaded.case.accepted.get(decided.result)
    return set_apart(loaded.claim, result, party) if isinstance(result, Reconciliation) else ""


def _placed(changes: Sequence[Change], label: str, party: Party) -> Iterator[Change]:
    """The numbers of one scheme, under the name of whose decision it is."""
    for one in changes:
        if one.place.startswith(f"{label}."):
            yield replace(one, place=f"{party}{one.place.removeprefix(label)}")


def _scheme_of(party: Party, decided: Determination) -> Scheme:
    """What a decision rests on, as far as it says so itself."""
    return Scheme(
        jurisdiction=party.jurisdiction,
        unit=Unit(decided.unit),
        counting=Counting.EXACT,
        independent=decided.independent,
        theoretical=decided.theoretical,
    )
