"""
Agreements that know posting and the place of work only, such as contribution-only ones.

Their packs give ``posting_limit_months``, or ``applicable_legislation = "home"`` where everybody
stays insured at home; the sources of these values are what a decision cites.
"""

from dataclasses import replace
from types import MappingProxyType

from portability.core.agreement import Pack, Rules
from portability.core.legislation.decision import Decision
from portability.core.legislation.facts import WORKING, Situation
from portability.core.legislation.posting import by_exception, by_posting, posting_obstacles
from portability.core.legislation.several import undetermined
from portability.errors import InvalidInputError

HOME = "home"
_RULES = "applicable_legislation"
_LIMIT = "posting_limit_months"


def decide_by_convention(situation: Situation, pack: Pack, rules: Rules) -> tuple[Rules, Decision]:
    """
    The rules with what they cite, and the decision.

    Raises NoAgreementError if the pack holds neither value, InvalidInputError if a value of the
    case is missing.
    """
    key = _LIMIT if _LIMIT in rules.more else _RULES
    source = pack.dated(key, situation.day).source
    names = ("one_legislation", "exception", "posting", "posting_self_employed", "place_of_work")
    cited = dict.fromkeys((*names, "projection", "voluntary", HOME), source)
    rules = replace(rules, articles=MappingProxyType({**rules.articles, **cited}))
    found = by_exception(situation)
    if found is None and rules.more.get(_RULES) == HOME:
        found = _at_home(situation, rules)
    if found is None and _LIMIT in rules.more:
        found = by_posting(situation, rules)
    return rules, found or _by_place(situation, rules)


def _at_home(situation: Situation, rules: Rules) -> Decision:
    nationality = situation.nationality
    if nationality not in rules.parties:
        raise InvalidInputError(
            f"nationality: say of which party; {rules.agreement} insures everybody at home",
            field="nationality",
        )
    return Decision(
        competent=nationality,
        rule=HOME,
        steps=(HOME,),
        reasons=((f"a national of {nationality} is insured there", HOME),),
    )


def _by_place(situation: Situation, rules: Rules) -> Decision:
    reasons: tuple[tuple[str, str], ...] = ()
    if situation.posting is not None and _LIMIT in rules.more:
        reasons = tuple(
            (f"posting does not apply: {text}", "posting")
            for text in posting_obstacles(situation.posting, rules)
        )
    places = {item.jurisdiction for item in situation.activities if item.work in WORKING}
    inside = places & set(rules.parties)
    if len(inside) != 1:
        found = undetermined(
            situation,
            f"work in {' and '.join(sorted(inside)) or 'none of the parties'}",
            "Ask the authorities of the parties to agree whose law applies.",
            rules.cite("one_legislation")[0],
            "one_legislation",
        )
        return replace(found, reasons=(*reasons, *found.reasons))
    place = min(inside)
    return Decision(
        competent=place,
        rule="place-of-work",
        steps=("place_of_work",),
        reasons=(*reasons, (f"works in {place} only", "place_of_work")),
    )
