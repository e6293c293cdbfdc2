"""A case in words: what each statement says, what the state means, and whose turn it is."""

from collections.abc import Iterable, Sequence
from typing import Final

from rich.table import Table
from rich.text import Text

from agents.agency.cases import CaseEntry, CaseView
from agents.auditor.contents import says
from agents.plain_text import printable
from portability.consent.scope import Party
from portability.errors import InvalidInputError
from portability.recognition.claim_withdrawal import ends
from portability.recognition.statements import (
    ClaimWithdrawal,
    Closure,
    ClosureReason,
    Determination,
    HistoryOutcome,
    HistoryRequest,
    HistoryResponse,
    NoticeAnswer,
    Objection,
    Reconciliation,
)

SHOWN: Final = 16
"""Digits of a statement id that people compare, and may give in place of all."""

_STATES: Final = {
    "collecting": "not all histories are here yet",
    "reconciling": "the result is not countersigned by everybody yet",
    "agreed": "everybody has computed the same; the institutions decide",
    "disputed": "a party computed another result, or signed what contradicts itself; see below",
    "closed": "every institution has decided",
    "refused": "no permission is in force for a request; ask the person, then request again",
    "provisional": "agreed while a history, or part of one, is missing; decisions are provisional",
    "not_insured": "this country holds no record of the person and has no further part",
}
_GIVEN_UP: Final = "the person gave the claim up"
_UNSIGNED: Final = (
    "given up, as the node that leads it says; nothing here that the person signed says so"
)


_NOT_SHOWN: Final = "nothing shows that a key of the person signed it"


def case_fields(
    view: CaseView, said: Sequence[CaseEntry], own: Party
) -> tuple[tuple[str, str], ...]:
    """What an officer reads first, name and value."""
    lacks = ", ".join(map(str, view.missing))
    return (
        ("state", state_words(view, said)),
        ("branch", view.claim.branch.value),
        ("agreement", f"{view.claim.agreement}, version {view.claim.agreement_version}"),
        ("parties", ", ".join(map(str, view.claim.parties))),
        ("awaiting", awaited(view, said, own)),
        ("result", view.digest.hex()[:SHOWN] or "none yet"),
        ("lacks", f"the history of {lacks}, all or a part of it" if lacks else "nothing"),
    )


def state_words(view: CaseView, said: Sequence[CaseEntry]) -> str:
    """The state, and what it means."""
    if view.state == "closed" and any(map(_is_withdrawal, said)):
        is_signed = any(_gives_up(one, view) for one in said)
        return f"{view.state}: {_GIVEN_UP if is_signed else _UNSIGNED}"
    return f"{view.state}: {_STATES[view.state]}" if view.state in _STATES else view.state


def _gives_up(one: CaseEntry, view: CaseView) -> bool:
    """Whether the person signed it, and of this claim."""
    claim = view.claim
    return (
        isinstance(one.content, ClaimWithdrawal)
        and one.is_signed
        and ends(one.content, view.id, claim.claim_date, claim.parties)
    )


def _is_withdrawal(one: CaseEntry) -> bool:
    """Whether it ends the case with no decision."""
    return isinstance(one.content, Closure) and one.content.reason is ClosureReason.WITHDRAWN


def awaited(view: CaseView, said: Sequence[CaseEntry], own: Party) -> str:
    """Who has to act next, and to do what."""
    asked = {one.content.recipient for one in said if isinstance(one.content, HistoryRequest)}
    held_back, decided = _in_result(view, said)
    again, contested = _to_ask_again(said), _contested(view, said)
    turns = []
    more = again.difference(view.awaiting) if view.state == "collecting" else ()
    for one in (*view.awaiting, *sorted(more, key=str)):
        due = _due(view, one, own, is_asked=one in asked)
        if one in again and view.state in _WITHOUT_HISTORY:
            due = _AGAIN if own == view.claim.lead else "a request with a permission"
        elif one == own and own in asked and _announced(said, own):
            due = "history; if `identity list` shows the request, say first whom it means"
        elif one in contested:
            due = f"{_decides(one, own)}; the person objects to the one before"
        elif one in decided and view.state == "provisional" and not view.objections:
            due = _WIDER if one == own else "a request under a wider permission"
        elif one in held_back:
            due = _decides(one, own)
        turns.append(f"{one} ({due})")
    return ", ".join(turns) or "nobody"


def _to_ask_again(said: Sequence[CaseEntry]) -> set[Party]:
    """Of whom every request was refused, or answered by what counts no longer."""
    ceased = {
        i for one in said if isinstance(one.content, NoticeAnswer) for i in one.content.ceased
    }
    open_, answered = set[bytes](), set[bytes]()
    for one in said:
        content = one.content
        if isinstance(content, HistoryResponse):
            answered.update(content.header.predecessors)
            counts = content.outcome is not HistoryOutcome.REFUSED and one.id not in ceased
            open_.update(content.header.predecessors if counts else ())
    asked: dict[Party, bool] = {}
    for one in said:
        if isinstance(one.content, HistoryRequest):
            is_over = one.id in answered and one.id not in open_
            asked[one.content.recipient] = asked.get(one.content.recipient, True) and is_over
    return {party for party, is_over in asked.items() if is_over}


def _announced(said: Sequence[CaseEntry], own: Party) -> bool:
    """Whether this side has said so far that it answers later, as while it must find the person."""
    answers = [
        one.content
        for one in said
        if isinstance(one.content, HistoryResponse) and one.content.header.sender == own.node
    ]
    return bool(answers) and answers[-1].outcome is HistoryOutcome.NOT_BEFORE


def _contested(view: CaseView, said: Sequence[CaseEntry]) -> set[Party]:
    """Whose decisions the person objects to, as far as that is not answered."""
    objected = {
        i
        for one in said
        if one.id in view.objections and isinstance(one.content, Objection)
        for i in one.content.header.predecessors
    }
    return {one.content.header.sender for one in said if one.id in objected}


def _in_result(view: CaseView, said: Sequence[CaseEntry]) -> tuple[set[Party], set[Party]]:
    """Of the result in force: who holds back a part of the history, and who has decided on it."""
    results = {
        one.id: one.content
        for one in said
        if isinstance(one.content, Reconciliation) and one.content.digest == view.digest
    }
    held_back = {party for one in results.values() for party in one.held_back}
    decided = {
        one.content.header.sender
        for one in said
        if isinstance(one.content, Determination) and one.content.result in results
    }
    return (held_back, decided) if held_back else (set(), set())


_WIDER: Final = "ask the person to allow whole periods, then `request-history` again"
_AGAIN: Final = (
    "refused, or what it gave counts no more: ask the person, then `request-history` again"
)
_WITHOUT_HISTORY: Final = frozenset({"collecting", "provisional"})
_BEFORE_A_RESULT: Final = frozenset({"collecting", "reconciling"})
_DUE: Final = {
    "reconciling": "countersignature",
    "refused": "a request with a permission",
    "disputed": "to settle the dispute",
}


def _due(view: CaseView, party: Party, own: Party, *, is_asked: bool) -> str:
    if party == view.claim.lead.node:
        return "result" if view.state in _BEFORE_A_RESULT else "closure"
    if view.state == "collecting" or party in view.missing:
        return "history" if is_asked else "not asked yet: `request-history`"
    return _DUE.get(view.state, _decides(party, own))


def _decides(party: Party, own: Party) -> str:
    return "decision, which is yours: `determine`" if party == own else "decision"


def statements_grid(said: Iterable[CaseEntry]) -> Table:
    """
    Of each statement its leaf and hour in this node's log, how its id begins, its kind and who
    signed it; below that, what it says.
    """
    grid = Table.grid(padding=(0, 2))
    grid.add_column(justify="right", no_wrap=True, style="dim")
    grid.add_column(overflow="fold")
    for one in said:
        when, signer = f"{one.accepted:%Y-%m-%d %H}h UTC", str(one.content.header.sender)
        head = f"{when}  {one.id.hex()[:SHOWN]}  {one.kind} by {signer}"
        grid.add_row(str(one.index), Text(printable(head), style="bold"))
        words = says(one.content) if one.is_signed else f"{says(one.content)}; {_NOT_SHOWN}"
        grid.add_row("", Text(printable(words)))
    return grid


def find_entry(said: Sequence[CaseEntry], beginning: str, option: str) -> CaseEntry:
    """
    The one statement of a case whose id begins so, as it is shown. Raises InvalidInputError naming
    the option for none or several.
    """
    found = [one for one in said if beginning and one.id.hex().startswith(beginning.lower())]
    if len(found) != 1:
        how = "several statements" if found else "no statement"
        raise InvalidInputError(
            f"{option}: the id of {how} of the case begins with {beginning}; `case` shows them",
            field=option,
        )
    return found[0]
