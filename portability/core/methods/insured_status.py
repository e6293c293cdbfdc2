"""
Insured status under a totalization agreement of the United States.

A minimum of US quarters must be there. Foreign coverage is used only as far as it is needed, for
invalidity all of it; where the status is not reached for invalidity, or for survivors within the
last quarters that they need, it is credited backwards (POMS GN 01703.100, 01706.030, 01708.115).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from portability.core.conversion import round_up
from portability.core.methods.claim import Claim
from portability.core.methods.coverage import (
    Certified,
    certified_quarters,
    foreign_spells,
    quarter_of,
    us_length,
)
from portability.core.methods.parameters import Crediting, EarningsBasis, Step, UsYear
from portability.core.methods.tables import UsFacts
from portability.core.overlap import Exclusions
from portability.core.periods import Branch, Period
from portability.core.scheme import Scheme
from portability.core.standing import counting_by
from portability.core.us_quarters import Pattern, Spell, credit


@dataclass(frozen=True, slots=True, kw_only=True)
class UsLaw:
    """What the pack says about the amount and the quarters of the United States."""

    crediting: Crediting
    minimum: int
    basis: EarningsBasis
    years: Mapping[int, UsYear]
    step: Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Insured:
    """
    Whether there is insured status, and on which quarters.

    ``alone`` is by US quarters, ``together`` with those ``credited`` by party; ``own`` also holds
    quarters that are certified without dates and so are not in the ``pattern``. ``limited`` says
    that more could have been credited than are needed.
    """

    pattern: Pattern
    own: int
    total: int
    alone: bool
    together: bool
    backwards: bool
    limited: bool
    credited: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InsuredStatus:
    """
    The test of one claim; ``certified`` are US quarters, ``spells`` foreign ones by party.

    ``records`` are the ids of all that it rests on.
    """

    scheme: Scheme
    facts: UsFacts
    law: UsLaw
    claim: Claim
    certified: Certified
    spells: tuple[tuple[str, Spell], ...]
    records: tuple[str, ...]

    def determine(self) -> Insured:
        """Credit forwards; if that is not enough and the branch allows it, backwards."""
        first = self._credited(backwards=False)
        if first.together or not self._may_go_backwards():
            return first
        return self._credited(backwards=True)

    def _may_go_backwards(self) -> bool:
        """For disability and currently insured status, not for a fully insured worker's death."""
        if self.claim.branch is Branch.SURVIVORS:
            return self.facts.recent is not None
        return self.claim.branch is Branch.INVALIDITY

    def _credited(self, *, backwards: bool) -> Insured:
        minimum = self.scheme.minimum
        needed = 0 if minimum is None else round_up(us_length(minimum))
        own = self.certified.domestic.count
        spells = [spell for _, spell in self.spells]
        pattern = credit(self.certified.domestic, spells, backwards=backwards)
        found = len(pattern.foreign)
        if needed and self.claim.branch is not Branch.INVALIDITY and self.facts.recent is None:
            pattern = pattern.first_foreign(needed - own, backwards=backwards)
        total = own + len(pattern.foreign)
        home = Pattern(covered=pattern.covered, foreign=())
        enough = needed if minimum is not None else self.law.minimum
        alone = 0 < own >= enough and self._recent(home)
        together = own >= self.law.minimum and total >= needed and self._recent(pattern)
        return Insured(
            pattern=pattern,
            own=own,
            total=total,
            alone=alone,
            together=alone or together,
            backwards=backwards,
            limited=len(pattern.foreign) < found,
            credited=self._by_party(pattern),
        )

    def _recent(self, pattern: Pattern) -> bool:
        """The test of recent coverage, such as 20 of 40 quarters, if the case gives one."""
        test = self.facts.recent
        if test is None:
            return True
        return pattern.within(quarter_of(self.claim.rules.day), test.within) >= test.quarters

    def _by_party(self, pattern: Pattern) -> tuple[tuple[str, int], ...]:
        """Each credited quarter belongs to the first party whose spell may stand there."""
        found: dict[str, int] = {}
        for quarter in pattern.foreign:
            code = next(code for code, spell in self.spells if quarter in spell.places)
            found[code] = found.get(code, 0) + 1
        return tuple(sorted(found.items()))


def insured_status(scheme: Scheme, facts: UsFacts, claim: Claim) -> InsuredStatus:
    """The test with what the records hold."""
    law = law_of(claim)
    usable = _usable(claim, scheme)
    own = [record for record in usable if record.jurisdiction == scheme.jurisdiction]
    return InsuredStatus(
        scheme=scheme,
        facts=facts,
        law=law,
        claim=claim,
        certified=certified_quarters(own, facts.earnings, claim.rules.day),
        spells=_spells(usable, scheme, law, claim),
        records=tuple(record.id for record in usable),
    )


def law_of(claim: Claim) -> UsLaw:
    """The values of the pack that the United States needs."""
    more = claim.rules.more
    crediting, minimum = more["crediting"], more["us_minimum_quarters"]
    basis, years, step = more["earnings_basis"], more["us_years"], more["pia_rounding"]
    assert isinstance(crediting, Crediting) and isinstance(minimum, int)  # noqa: S101, PT018  # by readers
    assert isinstance(basis, EarningsBasis) and isinstance(years, Mapping)  # noqa: S101, PT018  # by readers
    assert isinstance(step, Step)  # noqa: S101  # by its reader
    return UsLaw(crediting=crediting, minimum=minimum, basis=basis, years=years, step=step)


def _usable(claim: Claim, scheme: Scheme) -> list[Period]:
    """Records that the agreement does not leave out; days after the risk are cut elsewhere."""
    excluded = Exclusions(claim.rules, claim.branch, favoured=scheme.jurisdiction)
    return [record for record in claim.periods if excluded.reason(record) is None]


def _spells(
    usable: Sequence[Period], scheme: Scheme, law: UsLaw, claim: Claim
) -> tuple[tuple[str, Spell], ...]:
    counting = counting_by(claim.rules, claim.schemes)
    codes = sorted({record.jurisdiction for record in usable} - {scheme.jurisdiction})
    return tuple(
        (code, spell)
        for code in codes
        for spell in foreign_spells(
            [record for record in usable if record.jurisdiction == code],
            law.crediting,
            claim.rules.day,
            counting,
        )
    )
