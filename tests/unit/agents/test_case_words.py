"""What an officer reads of a case: what the state means, whose turn it is, and for what."""

from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO

import pytest
from rich.console import Console

from agents.agency import main
from agents.agency.case_words import (
    awaited,
    case_fields,
    find_entry,
    state_words,
    statements_grid,
)
from agents.agency.cases import CaseEntry, CaseView
from portability.consent.scope import Party
from portability.errors import InvalidInputError
from portability.recognition.case import CaseState
from portability.recognition.statements import (
    ClosureReason,
    Grounds,
    HistoryOutcome,
    NoticeEffect,
)
from tests.unit.recognition.story import (
    CLAIM,
    CNAV,
    INSS,
    ZUS,
    Said,
    claim_withdrawal,
    closure,
    determination,
    notice_answer,
    objection,
    permission_end,
    reconciliation,
    request,
    response,
)

WHEN = datetime(2026, 3, 2, 9, tzinfo=UTC)


def view(state: str, *turns: Party, missing: tuple[Party, ...] = ()) -> CaseView:
    return CaseView(
        name="cases/" + "0c" * 16,
        state=state,
        claim=CLAIM,
        person="persons/" + "0a" * 16,
        created=WHEN,
        digest=b"",
        awaiting=turns,
        missing=missing,
    )


def entry(one: Said, kind: str = "history-request", index: int = 0) -> CaseEntry:
    return CaseEntry(
        id=one.statement_id, kind=kind, content=one.statement, accepted=WHEN, index=index
    )


@pytest.mark.parametrize("state", CaseState)
def test_every_state_is_explained(state: CaseState) -> None:
    name = state.value.replace("-", "_")
    words = state_words(view(name), [])
    assert words.startswith(f"{name}: ")
    assert len(words) > len(name) + 10


def test_whose_history_a_result_has_in_part_is_not_called_absent() -> None:
    in_part = dict(case_fields(view("provisional", INSS, missing=(CNAV,)), [], INSS))
    assert in_part["lacks"] == "the history of FR/cnav, all or a part of it"
    assert dict(case_fields(view("agreed", INSS), [], INSS))["lacks"] == "nothing"


def test_a_case_that_ended_with_its_claim_is_not_said_to_be_decided() -> None:
    closed = view("closed")
    ends = {one: [entry(closure(reason=one), "closure")] for one in ClosureReason}
    assert (
        state_words(closed, ends[ClosureReason.SETTLED]) == "closed: every institution has decided"
    )
    signed = [entry(claim_withdrawal(), "claim-withdrawal"), *ends[ClosureReason.WITHDRAWN]]
    assert state_words(closed, signed) == "closed: the person gave the claim up"
    unsigned = (
        "closed: given up, as the node that leads it says; nothing here that the person signed "
        "says so"
    )
    assert state_words(closed, ends[ClosureReason.WITHDRAWN]) == unsigned
    assert state_words(closed, [replace(signed[0], is_signed=False), *signed[1:]]) == unsigned
    assert state_words(replace(closed, name="cases/" + "0d" * 16), signed) == unsigned


def test_what_no_key_of_the_person_is_shown_to_have_signed_is_said_to_be_so() -> None:
    said = entry(claim_withdrawal(), "claim-withdrawal")
    for one, is_told in ((said, False), (replace(said, is_signed=False), True)):
        words = " ".join(str(cell) for cell in statements_grid([one]).columns[1].cells)
        assert ("nothing shows that a key of the person signed it" in words) is is_told
        assert (one.to_json().get("signed") is False) is is_told


@pytest.mark.parametrize(
    ("seen", "asked", "turns"),
    [
        (view("collecting", CNAV), [], "FR/cnav (not asked yet: `request-history`)"),
        (view("collecting", CNAV), [request()], "FR/cnav (history)"),
        (view("collecting", INSS.node), [request()], "ES/node (result)"),
        (view("reconciling", CNAV.node), [request()], "FR/node (countersignature)"),
        (view("reconciling", INSS.node), [request()], "ES/node (result)"),
        (
            view("agreed", INSS, CNAV),
            [request()],
            "ES/inss (decision, which is yours: `determine`), FR/cnav (decision)",
        ),
        (view("agreed", INSS.node), [request()], "ES/node (closure)"),
        (view("provisional", CNAV, missing=(CNAV,)), [request()], "FR/cnav (history)"),
        (view("refused", INSS), [request()], "ES/inss (a request with a permission)"),
        (view("disputed", INSS), [request()], "ES/inss (to settle the dispute)"),
        (view("closed"), [request()], "nobody"),
    ],
)
def test_whoever_is_awaited_is_so_for_something(
    seen: CaseView, asked: list[Said], turns: str
) -> None:
    assert awaited(seen, [entry(one) for one in asked], INSS) == turns


def test_whose_history_is_held_back_in_part_decides_and_then_the_lead_asks_once_more() -> None:
    asked = request()
    result = reconciliation(response(asked), held_back=(CNAV,))
    before = [entry(asked), entry(result, "reconciliation", 1)]
    seen = replace(view("provisional", INSS, CNAV, missing=(CNAV,)), digest=bytes([5]) * 32)
    assert awaited(seen, before, INSS) == (
        "ES/inss (decision, which is yours: `determine`), FR/cnav (decision)"
    )
    decided = [entry(determination(result, one), "determination") for one in (INSS, CNAV)]
    after = replace(seen, awaiting=(INSS,))
    assert awaited(after, [*before, *decided], INSS) == (
        "ES/inss (ask the person to allow whole periods, then `request-history` again)"
    )
    assert awaited(after, [*before, *decided], CNAV) == (
        "ES/inss (a request under a wider permission)"
    )


def test_of_whom_every_request_came_to_nothing_is_to_be_asked_again_and_stands_there() -> None:
    """An erased answer and a refusal need a permission again, which nobody else can ask for."""
    asked, other = request(), request(ZUS)
    given = response(asked)
    ended = notice_answer(
        permission_end(bytes([7]) * 32, asked), INSS.node, NoticeEffect.ERASED, ceased=(given,)
    )
    erased = [entry(asked), entry(other), entry(given), entry(ended)]
    again = "refused, or what it gave counts no more: ask the person, then `request-history` again"
    seen = view("collecting", ZUS)
    assert awaited(seen, erased[:3], INSS) == f"{ZUS} (history)"
    assert awaited(seen, erased, INSS) == f"{ZUS} (history), FR/cnav ({again})"
    refused = [entry(asked), entry(response(asked, HistoryOutcome.REFUSED))]
    silent = view("provisional", CNAV, missing=(CNAV,))
    assert awaited(silent, refused, INSS) == f"FR/cnav ({again})"
    assert awaited(silent, refused, CNAV) == "FR/cnav (a request with a permission)"
    later = entry(request(salt=9))
    assert awaited(silent, [*refused, later], INSS) == "FR/cnav (history)"
    announced = [entry(asked), entry(response(asked, HistoryOutcome.NOT_BEFORE))]
    assert awaited(silent, announced, INSS) == "FR/cnav (history)"
    assert awaited(view("collecting", CNAV), announced, CNAV) == (
        "FR/cnav (history; if `identity list` shows the request, say first whom it means)"
    )


def test_whose_decision_the_person_objects_to_is_told_why_it_decides_again() -> None:
    asked = request()
    decided = determination(reconciliation(response(asked)), CNAV)
    against = objection(decided)
    known = [entry(asked), entry(decided, "determination"), entry(against, "objection")]
    seen = replace(view("agreed", CNAV), objections=(against.statement_id,))
    why = "the person objects to the one before"
    assert awaited(seen, known, INSS) == f"FR/cnav (decision; {why})"
    assert awaited(seen, known, CNAV) == (f"FR/cnav (decision, which is yours: `determine`; {why})")
    assert awaited(replace(seen, objections=()), known, INSS) == "FR/cnav (decision)"


def test_grounds_that_are_no_code_are_answered_with_those_that_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    wrong = ["object", "cases/" + "0c" * 16, "ab", "--grounds", "the amount is wrong"]
    assert main.status(wrong) == 2
    said = capsys.readouterr()
    assert said.out == ""
    for code in Grounds:
        assert f"'{code}'" in said.err


def test_each_statement_has_its_hour_its_id_and_says_what_it_says() -> None:
    asked = request()
    said = [entry(asked), entry(response(asked), "history-response", 1)]
    screen = Console(width=80, file=StringIO())
    screen.print(statements_grid(said))
    lines = screen.file.getvalue().splitlines()  # type: ignore[attr-defined]  # it is a StringIO
    name = asked.statement_id.hex()[:16]
    assert lines[0].split(maxsplit=1)[1].strip() == (
        f"2026-03-02 09h UTC  {name}  history-request by ES/inss"
    )
    assert "asks FR/cnav for the history" in " ".join(lines)
    assert "1 record" in lines[-1]


def test_a_statement_is_found_by_how_its_id_begins() -> None:
    said = [entry(request(salt=salt)) for salt in range(20)]
    full = said[3].id.hex()
    assert find_entry(said, full[:16], "DETERMINATION") is said[3]
    assert find_entry(said, full.upper(), "DETERMINATION") is said[3]
    alike = next(one for one in "0123456789abcdef" if sum(e.id.hex()[0] == one for e in said) > 1)
    for beginning, how in (("", "no"), ("zz", "no"), (alike, "several")):
        with pytest.raises(InvalidInputError, match=f"of {how} statement"):
            find_entry(said, beginning, "DETERMINATION")


def test_a_state_that_a_newer_node_tells_is_shown_as_it_is() -> None:
    assert state_words(replace(view("agreed"), state="something"), []) == "something"
