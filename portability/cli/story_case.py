"""The demo's fourth and fifth step: Spain asks, France answers, both compute, each decides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce

from agents.agency.cases import (
    CaseView,
    Opening,
    Question,
    list_statements,
    open_case,
    request_history,
)
from agents.agency.determinations import Decided, determine
from agents.agency.records import list_records
from portability.agreements import pack_source
from portability.cli.numbers import entitlement_rows
from portability.cli.stage import (
    AGREEMENT,
    CLAIM_DATE,
    FIRST_DAY,
    Stage,
    await_case,
    rosas_case,
    scheme_of,
    template,
)
from portability.cli.story_histories import Histories
from portability.cli.telling import Listing, Told
from portability.cli.timeline import Bar
from portability.core.agreement import Pack
from portability.core.benefits import settle
from portability.core.money import Money
from portability.core.pack_parser import parse_pack
from portability.core.periods import Branch, Period
from portability.core.reconciliation import Reconciliation, reconcile
from portability.recognition.statements import HistoryOutcome, HistoryResponse


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What INSS asks of CNAV in one case; ``permission`` is a consent's id, or empty for none."""

    person: str
    permission: bytes
    branch: Branch = Branch.OLD_AGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The case at INSS, and CNAV's answer in it."""

    case: CaseView
    response: HistoryResponse


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """Both decisions, what they come to, and the result that both parties hold."""

    case: CaseView
    decisions: tuple[Decided, ...]
    payable_total: Mapping[str, str]


def ask(stage: Stage, asking: Asking) -> Answered:
    """Open a case, ask CNAV for the history in it, and wait for the answer."""
    grant = template().may_ask[0]
    opened = open_case(
        stage.inss,
        Opening(
            person=asking.person,
            branch=asking.branch,
            agreement=AGREEMENT,
            claim_date=CLAIM_DATE,
            award_date=_award_date(),
            participants=(stage.cnav.party,),
        ),
    )
    ((recipient, reference),) = opened.references
    question = Question(
        recipient=recipient,
        reference=reference,
        permission=asking.permission,
        purpose=template().purpose,
        datatypes=grant.datatypes,
        fields=grant.fields,
        from_date=FIRST_DAY,
        to_date=_award_date(),
    )
    request_history(stage.inss, opened.case, question)
    case = await_case(stage.inss, opened.case.name, lambda found: found.state != "collecting")
    responses = [
        entry.content
        for entry in list_statements(stage.inss, case.name)
        if isinstance(entry.content, HistoryResponse)
    ]
    return Answered(case=case, response=responses[0])


def ask_france(stage: Stage, histories: Histories, consent: bytes) -> tuple[Answered, Told]:
    """Spain asks within the consent; France's gate lets the records out."""
    answered = ask(stage, Asking(person=histories.persons["ES"], permission=consent))
    asked_for = {row.id for row in histories.records["FR"]}
    response = answered.response
    return answered, Told(
        title="Spain opens a case and asks France",
        lines=(
            "France's gate checks caller, consent, agreement, scope, dates and uses,",
            "and writes the receipt in the transaction that releases;",
            f"{len(response.records)} signed records arrive, each with its proof from France's log",
        ),
        facts={"case": answered.case.name, "records": [found.hex() for found in response.records]},
        checks={
            "France answered with exactly the records that it holds": (
                response.outcome is HistoryOutcome.RECORDS and set(response.records) == asked_for
            )
        },
    )


def settle_case(stage: Stage, histories: Histories, answered: Answered) -> tuple[Settled, Told]:
    """Both parties compute, compare digests, decide each for itself, and close."""
    name = answered.case.name
    spain = await_case(stage.inss, name, lambda case: case.state == "agreed")
    france = await_case(stage.cnav, name, lambda case: case.state == "agreed")
    pack = parse_pack(pack_source(AGREEMENT), f"{AGREEMENT}.toml")
    periods = _periods(stage, histories)
    recomputed = reconcile(periods, pack, Branch.OLD_AGE.value, _award_date())
    decisions = (
        determine(stage.cnav, france, scheme_of("FR")),
        determine(stage.inss, spain, scheme_of("ES")),
    )
    closed = [
        await_case(office, name, lambda case: case.state == "closed") for office in stage.offices
    ]
    total = _total(decisions)
    digests = {spain.digest.hex(), france.digest.hex(), recomputed.digest}
    settled = Settled(case=closed[-1], decisions=decisions, payable_total=total)
    return settled, Told(
        title="Both compute the same result, and each decides its own part",
        lines=(f"result digest {recomputed.digest}",),
        facts={
            "digest": recomputed.digest,
            "determinations": [decided.to_json() for decided in decisions],
            "payable_total": dict(total),
        },
        checks={
            "France, Spain and this demo computed one and the same digest": len(digests) == 1,
            f"what is paid is what the case file expects: {_words(total)} a month": _is_expected(
                total
            ),
            "the case is closed on both sides": all(case.state == "closed" for case in closed),
        },
        bars=_bars(recomputed),
        listings=tuple(_listing(decided, periods, pack) for decided in decisions),
    )


def _award_date() -> date:
    return rosas_case().award_date


def _periods(stage: Stage, histories: Histories) -> list[Period]:
    """Every record of both institutions, verified on the way."""
    return [
        record.content.period
        for office in stage.offices
        for record in list_records(office, histories.persons[office.jurisdiction])
    ]


def _bars(found: Reconciliation) -> tuple[Bar, ...]:
    return tuple(
        Bar(
            jurisdiction=item.jurisdiction,
            start=None if piece.first is None else date.fromordinal(piece.first),
            end=None if piece.last is None else date.fromordinal(piece.last),
            state=piece.state.value,
        )
        for item in sorted(found.periods, key=lambda item: item.jurisdiction, reverse=True)
        for piece in item.pieces
    )


def _listing(decided: Decided, periods: Sequence[Period], pack: Pack) -> Listing:
    """The numbers of one decision with their articles, computed here from the records."""
    party = decided.content.header.sender
    scheme = scheme_of(party.jurisdiction)
    settlement = settle(periods, (scheme,), pack, Branch.OLD_AGE, _award_date())
    rows = entitlement_rows(settlement.entitlement(party.jurisdiction), settlement.rules)
    return Listing(
        heads=(str(party), "number", "rests on"),
        rows=tuple((row.what, row.number, row.rests_on) for row in rows),
        widths=(3, 0, 2),
    )


def _total(decisions: Sequence[Decided]) -> dict[str, str]:
    amounts = [one.content.payable for one in decisions if one.content.payable is not None]
    totals: dict[str, list[Money]] = {}
    for amount in amounts:
        totals.setdefault(amount.currency, []).append(amount)
    return {
        currency: reduce(Money.__add__, found).decimal for currency, found in sorted(totals.items())
    }


def _is_expected(total: Mapping[str, str]) -> bool:
    return rosas_case().expect.get("payable_total") == dict(total)


def _words(total: Mapping[str, str]) -> str:
    return " and ".join(f"{amount} {currency}" for currency, amount in total.items())
