"""
The gate is the only way from the store to a peer, shown by the code's own structure.

What leaves for a peer leaves through the outbox. Here every place that puts something into it is
listed with its reason, and records get there only through ``release``, which takes what the gate
granted and nothing else. A new way out makes these tests fail, and asks its author for a reason.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import portability
from portability.node.records.release import release, release_held

ROOT = Path(portability.__file__).parent

ENQUEUES = {
    "federation/versions.py",  # what was withheld from a peer, once it can understand it
    "node/cases/answer.py",  # the receipt of an answer, with nothing, to the consent's home node
    "node/cases/corrections.py",  # the receipt of a new record, with nothing, to the lead
    "node/cases/writing.py",  # statements of cases, with the exhibits that `Sending` names
    "node/consents/acts.py",  # a person's withdrawal, with the record of the key that signed it
    "node/peers/recall.py",  # back to their places in a stream, what this node had lost of it
    "node/peers/withholding.py",  # what belongs to no case, without exhibits, for those below
    "simulation/nodes/liars.py",  # lies of simulated nodes, which no node that serves can tell
    "simulation/nodes/lying_lead.py",  # likewise
}
SENDS = {
    "node/erasure/proofs.py",  # notices that data was erased: random ids of cases
    "node/erasure/notices.py",  # answers to such notices, likewise
    "node/settlement/book.py",  # amounts between institutions, on ids of decisions
    "node/agreements/book.py",  # which text of an agreement this node has signed
    "node/persons/complaints_abroad.py",  # the person's own words, to whom they complain about
}
NAMES_EXHIBITS = {
    "node/cases/answer.py",  # the records that `release` let go
    "node/cases/result.py",  # likewise, to the other parties of the case
    "node/cases/corrections.py",  # likewise, a record in place of one that the lead has
    "node/cases/giving_up.py",  # as the next
    "node/cases/objections.py",  # the record of the key with which the person signed
    "node/cases/submission.py",  # the consent that a request relies on, and what that rests on
    "node/cases/writing.py",  # nothing with it: the constant for everything else
}
DELIVERS = {
    "federation/outbox.py",  # the sender of what is in the outbox
    "federation/peer.py",  # its client
}


def _trees() -> Iterator[tuple[str, ast.AST]]:
    for path in sorted(ROOT.rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if not name.startswith(("v1/", "store/")):
            yield name, ast.parse(path.read_bytes())


@cache
def _calls() -> dict[str, set[str]]:
    """What is called by which modules, by the last part of its name."""
    found: dict[str, set[str]] = {}
    for name, tree in _trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                found.setdefault(_name(node.func), set()).add(name)
    return found


def _callers(called: str) -> set[str]:
    """The modules in which something of that name is called."""
    return _calls().get(called, set())


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def test_only_these_modules_put_anything_into_the_outbox() -> None:
    assert _callers("enqueue") == ENQUEUES


def test_only_these_modules_send_what_belongs_to_no_case() -> None:
    assert _callers("send") == SENDS


def test_only_these_modules_say_what_goes_with_a_statement() -> None:
    assert _callers("Sending") == NAMES_EXHIBITS


def test_only_the_outbox_delivers_to_a_peer() -> None:
    assert _callers("DeliverStatements") | _callers("deliver") == DELIVERS


def test_only_the_pages_of_what_is_in_the_outbox_go_before_it() -> None:
    assert _callers("StageExhibits") | _callers("stage_exhibits") == {
        "federation/exhibit_pages.py",
        "federation/peer.py",
    }


def test_records_are_released_for_what_the_gate_granted_and_nothing_else() -> None:
    for function in (release, release_held):
        assert "Granted" in str(function.__annotations__["granted"])
    assert _callers("release") | _callers("release_held") == {
        "node/cases/answer.py",
        "node/cases/result.py",
        "node/cases/corrections.py",
    }


def test_whoever_releases_has_asked_the_gate() -> None:
    asks = _callers("decide")
    assert "node/records/disclosure.py" in asks  # which calls the gate itself
    assert {"node/cases/answer.py", "node/cases/result.py"} <= asks
