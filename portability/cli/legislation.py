"""The legislation that applies to a person, on a screen."""

from collections.abc import Iterable, Iterator, Mapping

from rich.console import Console
from rich.text import Text

from portability.cli.numbers import cited
from portability.cli.printing import printable, table
from portability.core.legislation.result import LegislationResult
from portability.core.ruling import Ruling


def show_legislation(target: Console, result: LegislationResult) -> None:
    """Print the decision, then every jurisdiction with what was found there."""
    found, case = result.determination, result.case
    day = found.situation.day
    target.print(Text(printable(case.title), style="bold"))
    target.print(
        Text(
            f"applicable legislation under {found.rules.agreement} as of {found.rules.version}, "
            f"on {day}\nsource: {printable(case.source)}\n",
            style="dim",
        )
    )
    for line in _summary(result):
        target.print(Text(line, style="bold"))
    show_rulings(target, result.rulings)
    target.print()


def _summary(result: LegislationResult) -> Iterator[str]:
    """The decision, how long it holds and whether it is final; one sentence each."""
    document = result.to_json()
    competent = result.determination.decision.competent
    decided = "the facts do not decide it" if competent is None else competent
    yield f"legislation that applies: {decided}"
    named = (
        ("until", "until"),
        ("state", "the decision is"),
        ("objections_until", "objections until"),
        ("provisionally", "while the states disagree"),
        ("retroactively", "competent from the beginning"),
        ("commission_from", "the Administrative Commission may be asked from"),
        ("reconciled_by", "to be reconciled by"),
    )
    for key, words in named:
        if key in document:
            yield f"{words}: {document[key]}"


def facts_in_words(facts: Mapping[str, object]) -> Iterator[str]:
    """What a decision says about the claim as a whole, a line for each fact with its articles."""
    for key, words in _FACTS.items():
        if key in facts:
            articles = facts.get(_BASIS.get(key, ""), ())
            rests_on = f" ({cited(_listed(articles))})" if articles else ""
            yield f"{words}: {' and '.join(_listed(facts[key]))}{rests_on}"


_FACTS: Mapping[str, str] = {
    "competent": "competent",
    "last_activity": "last activity",
    "priority": "pays first",
    "changes_to": "pays first from the next month",
    "changes_on": "from",
    "claim_date": "claimed on",
    "state": "the decision on priority is",
    "position_until": "the other institution may answer until",
    "provisionally": "pays while the institutions disagree",
}
_BASIS: Mapping[str, str] = {
    "competent": "competent_basis",
    "changes_to": "change_basis",
    "claim_date": "claim_basis",
    "state": "state_basis",
    "provisionally": "provisional_basis",
}


def _listed(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


def show_rulings(target: Console, rulings: Iterable[Ruling]) -> None:
    """A table for each jurisdiction: what was found, the number, what it rests on."""
    for ruling in rulings:
        cells = [(line.text, line.number, cited(line.articles)) for line in ruling.lines]
        target.print()
        target.print(table(target, (ruling.jurisdiction, "number", "rests on"), cells, (3, 0, 2)))
