"""What an institution would decide on an agreed history, computed for it to check and to sign."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, TypeVar

from portability.consent.scope import Party
from portability.core.deciding import (
    INDEPENDENT,
    Decision,
    OwnClaim,
    check_counting,
    decide,
    rests_on_periods,
)
from portability.core.entitlement import PaidAs
from portability.core.measure import Counting
from portability.core.money import Money, Rounding
from portability.core.national_facts import NationalFacts, read_national_facts
from portability.core.periods import Duration, Period
from portability.core.scheme import MissingAnswer, Scheme
from portability.core.units import Unit
from portability.errors import InvalidInputError, PreconditionError
from portability.node.cases.loading import LoadedCase
from portability.recognition.case import CaseState
from portability.recognition.decision_check import determination_of
from portability.recognition.presence import set_apart
from portability.recognition.progress import Progress
from portability.recognition.stated_facts import StatedFacts, documents_of
from portability.recognition.statements import Determination, Header, Reconciliation
from portability.v1 import recognition_service_pb2 as pb
from portability.wire.record import declared_from_pb
from portability.wire.statement_parts import money_from_pb

E = TypeVar("E", bound=StrEnum)

_NOTHING: Final = Duration()
_PAID_AS: Final = frozenset(kind.value for kind in PaidAs) - {PaidAs.UNKNOWN.value}


def check_state(state: CaseState) -> None:
    """Raises PreconditionError where an institution of this node cannot determine (yet)."""
    if state is CaseState.NOT_INSURED:
        raise PreconditionError(
            "this country holds no record of the person and has no part in the decision; there is "
            "nothing to determine here",
            subject="case",
        )
    if state not in {CaseState.AGREED, CaseState.PROVISIONAL}:
        raise PreconditionError(
            f"the case is {state}; an institution determines once all parties have countersigned",
            subject="case",
        )


def scheme_from_pb(message: pb.SchemeFacts, jurisdiction: str) -> Scheme:
    """What national law gives. Raises InvalidInputError that names the field."""
    return Scheme(
        jurisdiction=jurisdiction,
        unit=_member(Unit, message.unit, "scheme.unit"),
        counting=_member(Counting, message.counting, "scheme.counting")
        if message.counting
        else None,
        minimum=(
            declared_from_pb(message.minimum, "scheme.minimum")
            if message.HasField("minimum")
            else None
        ),
        full_career=(
            declared_from_pb(message.full_career, "scheme.full_career")
            if message.HasField("full_career")
            else None
        ),
        independent=_amount(message, "independent"),
        theoretical=_amount(message, "theoretical"),
        rounding=_member(Rounding, message.rounding or Rounding.HALF_UP, "scheme.rounding"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaps:
    """Whose histories a result lacks, and the most that each may still certify."""

    missing: tuple[Party, ...] = ()
    at_most: Duration = _NOTHING

    @property
    def answers(self) -> tuple[MissingAnswer, ...]:
        """One for each jurisdiction."""
        codes = dict.fromkeys(one.jurisdiction for one in self.missing)
        return tuple(MissingAnswer(jurisdiction=code, at_most=self.at_most) for code in codes)


NO_GAPS: Final = Gaps()


def gaps_from_pb(
    message: pb.PrepareDeterminationRequest, loaded: LoadedCase, view: Progress
) -> Gaps:
    """
    Raises InvalidInputError that names the field where it must be set and is not: where no right
    rests on periods, as with family benefits, nothing that is certified can matter.
    """
    if not view.missing:
        return NO_GAPS
    claim = loaded.claim
    if not message.HasField("missing_at_most"):
        if not rests_on_periods(loaded.pack, claim.branch, claim.award_date):
            return Gaps(missing=view.missing)
        raise InvalidInputError(
            "a history is not complete, so the decision is provisional: say in missing_at_most, an "
            "officer by --missing-at-most-years, the most that each such country may still certify",
            field="missing_at_most",
        )
    at_most = declared_from_pb(message.missing_at_most, "missing_at_most")
    return Gaps(missing=view.missing, at_most=at_most)


def facts_from_pb(
    message: pb.PrepareDeterminationRequest,
    header: Header,
    periods: Sequence[Period],
    gaps: Gaps,
    nonce: bytes,
) -> tuple[StatedFacts, NationalFacts]:
    """
    What the institution knows beside the history, of its documents and of the call: as it is to be
    signed, and as it is read for these periods. ``header`` is that of the decision.

    Raises InvalidInputError that names the field, in a document with key and line.
    """
    jurisdiction = header.sender.jurisdiction
    given = message.HasField("scheme")
    scheme = scheme_from_pb(message.scheme, jurisdiction) if given else None
    own = read_national_facts(message.facts, "facts", periods)
    pack = read_national_facts(message.scheme_pack, "scheme_pack", periods)
    if given and any(one.jurisdiction == jurisdiction for one in own.over(pack).schemes):
        raise InvalidInputError(
            "the scheme is given twice; leave it out of the call or out of the documents",
            field="scheme",
        )
    stated = StatedFacts(
        nonce=nonce,
        decision=header.salt,
        case_id=header.case_id,
        institution=header.sender,
        created=header.created,
        documents=documents_of(scheme, message.facts, message.scheme_pack),
        at_most=gaps.at_most if gaps.missing else None,
    )
    return stated, stated.read(periods)


def determine(
    loaded: LoadedCase,
    view: Progress,
    periods: Sequence[Period],
    facts: NationalFacts,
    header: Header,
    *,
    gaps: Gaps = NO_GAPS,
    named: bytes = b"",
) -> tuple[Determination, tuple[str, ...]]:
    """
    The institution's determination on the agreed inputs, and every number of it in words.

    It is provisional, with bounds, where histories are missing (987/2009 Art 7 and 50). ``named``
    is the id under which the facts are signed. Raises PreconditionError where the amount cannot be
    calculated from what was given, InvalidInputError where it is counted as the state never does.
    """
    claim, party = loaded.claim, header.sender
    agreed = loaded.case.accepted[view.reconciliation_id]
    apart = set_apart(claim, agreed, party) if isinstance(agreed, Reconciliation) else ""
    own = OwnClaim(
        pack=loaded.pack,
        branch=claim.branch,
        award_date=claim.award_date,
        jurisdiction=party.jurisdiction,
        apart=apart,
    )
    check_counting(own, facts)
    found = decide(own, periods, facts, gaps.answers)
    if found.paid_as not in _PAID_AS:
        raise PreconditionError(
            "the amount cannot be calculated from what was given; add the theoretical or the "
            "independent amount to the scheme",
            subject="scheme",
        )
    decided = replace(
        determination_of(found, header),
        provisional=bool(gaps.missing),
        missing=gaps.missing,
        supersedes=view.standing.get(party, b""),
        facts=named,
    )
    notes = (*_left_out(found, facts, own), *_bounds(found, gaps), *_difference(loaded, decided))
    return decided, (*found.lines, *notes)


def _left_out(found: Decision, facts: NationalFacts, claim: OwnClaim) -> list[str]:
    """The national amounts that were given for a right on own periods alone that is not open."""
    if found.independent is not None or found.meets_minimum_alone:
        return []
    rules = claim.pack.rules_on(claim.award_date)
    articles = "; ".join(rules.cite(INDEPENDENT)) if INDEPENDENT in rules.articles else ""
    return [
        f"the independent amount given, {one.independent}, is not due and does not count: the own "
        f"periods alone open no right{articles and f' ({articles})'}"
        for one in facts.schemes
        if one.jurisdiction == claim.jurisdiction and one.independent is not None
    ]


def _bounds(found: Decision, gaps: Gaps) -> list[str]:
    """The least and the most that can result once the missing have answered."""
    if found.bound is None:
        return []
    names = " and ".join(map(str, gaps.missing))
    between = f"between {found.bound.lower} and {found.bound.upper}"
    return [f"provisional, without all that {names} has to say: {between} ({found.bound.article})"]


def _difference(loaded: LoadedCase, decided: Determination) -> list[str]:
    """What a decision changes against the one that it replaces, a month."""
    earlier = loaded.case.accepted.get(decided.supersedes)
    if not isinstance(earlier, Determination):
        return []
    kind = "provisional" if earlier.provisional else "earlier"
    was, now = earlier.payable or "nothing", decided.payable or "nothing"
    changed = change_words(earlier.payable, decided.payable)
    return [f"recalculated: {now} a month instead of the {kind} {was}{changed}"]


def change_words(was: Money | None, now: Money | None) -> str:
    """By how much the one differs from the other; empty where they cannot be compared."""
    if was is None or now is None or was.currency != now.currency:
        return ""
    if was == now:
        return ", the same"
    return f", {now - was} more" if was < now else f", {was - now} less"


def _amount(message: pb.SchemeFacts, field: str) -> Money | None:
    if not message.HasField(field):
        return None
    return money_from_pb(getattr(message, field), f"scheme.{field}")


def _member(kind: type[E], text: str, field: str) -> E:
    try:
        return kind(text)
    except ValueError:
        known = ", ".join(kind)
        raise InvalidInputError(f"{field} is not one of {known}", field=field) from None
