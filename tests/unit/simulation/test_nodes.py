"""The simulator on real nodes: they come through whatever happens, and what is wrong is noticed."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

import pytest

from portability.consent.agreement import CASE_PARTY_PURPOSE
from portability.consent.permission import DisclosureRequest
from portability.consent.receipt import Release
from portability.ledger.envelope import Envelope, kind_of, statement_id
from portability.node.cases.giving_up import ClaimsGivenUp, GivenUp, close_given_up
from portability.node.cases.loading import LoadedCase
from portability.node.cases.permission_ends import PermissionEnds
from portability.node.cases.writing import CaseWriter, Sending
from portability.node.consents import standing
from portability.node.consents.leaving import Leaving
from portability.node.log.write import Write
from portability.node.persons.prepared import take_prepared
from portability.node.records.disclosure import Discloser
from portability.recognition.case import CaseState
from portability.recognition.statements import HistoryOutcome
from portability.simulation.fate import EVERYTHING, GAVE_UP, LIED, Limits
from portability.simulation.nodes import judging, judging_acts
from portability.simulation.nodes.attributing import check_told
from portability.simulation.nodes.files import Backup, Files
from portability.simulation.nodes.life import Life
from portability.simulation.nodes.looking import Look, Witness
from portability.simulation.nodes.loop import InOrder
from portability.simulation.nodes.lying_lead import (
    ANOTHER_RESULT,
    ASKS_AGAIN,
    CLOSES_ALONE,
    LEAD_LIES,
    STOPPING,
    TWO_RESULTS,
)
from portability.simulation.nodes.run import NodeRun
from portability.simulation.nodes.witnesses import Witnesses
from portability.simulation.plan import (
    ANOTHER_DIGEST,
    CONTRADICTION,
    FORGES,
    LEAVES_OUT,
    LIES,
    OMITS,
    REPLAYS,
    UNPERMITTED,
)
from portability.simulation.promises import BrokenPromiseError
from portability.simulation.simulating import MakeRun, simulate
from portability.store import receipts
from portability.store.engine import Connection

PATIENCE = 12

LIARS = {
    OMITS: 8,
    CONTRADICTION: 51,
    REPLAYS: 57,
    UNPERMITTED: 18,
    ANOTHER_DIGEST: 49,
    FORGES: 24,
    LEAVES_OUT: 76,
    ANOTHER_RESULT: 21,
    TWO_RESULTS: 16,
    CLOSES_ALONE: 123,
    ASKS_AGAIN: 71,
}
"""By lie the first seed with which it was told; a hint that saves time, and no more."""

GIVEN_UP = 13
"""A seed with which a claim is given up after records were released and both had decided."""
USED_UP = 22
"""One with which an officer asks once more under a consent for a single use."""
LEFT_LATE = 71
"""One with which an answer waits for its peer until its permission has ended."""


def test_real_nodes_get_through_whatever_happens_to_their_databases() -> None:
    report = simulate(NodeRun, 3, first_seed=18)
    assert report.failed == ()
    assert {"crashed", "dropped", "partitioned"} <= report.faults.keys()


def test_the_same_seed_shows_the_same_run_of_real_nodes() -> None:
    one, other = NodeRun(4), NodeRun(4)
    assert one.to_the_end() == other.to_the_end() == ""
    assert one.fate.struck == other.fate.struck
    for code, life in one.lives.items():
        assert one.looks[code].said == other.looks[code].said
        assert life.code == code


def test_a_case_without_faults_needs_no_more_than_it_takes() -> None:
    run = NodeRun(2, Limits(kinds=frozenset(), steps=1))
    assert run.to_the_end() == ""
    assert run.fate.struck == []
    assert any(one.releases() for one in run.looks.values())  # else the promises hold of nothing


def test_every_lie_that_real_nodes_tell_is_tried() -> None:
    assert LIARS.keys() == {*LIES, *LEAD_LIES}


@pytest.mark.parametrize("lie", LIARS)
def test_real_nodes_detect_every_lie_of_a_peer_and_show_whose_it_is(lie: str) -> None:
    run = _first_told(lie)
    assert run.lies is not None
    lead = run.looks[run.plan.claim.lead.jurisdiction]
    assert run.fate.faults[f"lied: {lie}"] == 1
    assert (lead.own == run.lies.liar) == (lie in LEAD_LIES)
    if lie in {*LEAD_LIES} - {*STOPPING}:
        assert lead.view.state is CaseState.CLOSED


def _first_told(lie: str) -> NodeRun:
    for seed in range(LIARS[lie], LIARS[lie] + 400):
        run = NodeRun(seed)
        if run.lies is None or run.lies.lie != lie:
            continue
        assert run.to_the_end() == ""
        if run.fate.faults[f"lied: {lie}"]:
            return run
    raise AssertionError(f"nobody {lie} in any of the schedules")


def test_a_node_that_would_lie_is_honest_where_lies_are_left_out() -> None:
    whole = NodeRun(LIARS[FORGES])
    run = NodeRun(LIARS[FORGES], Limits(kinds=EVERYTHING.kinds - {LIED}, steps=1))
    assert whole.lies is not None
    assert run.lies is None
    assert run.to_the_end() == ""
    assert not any(kind.startswith(LIED) for kind in run.fate.faults)


def test_a_lie_that_nobody_can_show_breaks_a_promise() -> None:
    run = NodeRun(LIARS[FORGES])
    assert run.to_the_end() == ""
    lies, lead = run.lies, run.looks[run.plan.claim.lead.jurisdiction]
    assert lies is not None
    other = replace(lies, lie=CONTRADICTION)
    liar, honest = run.lives[lies.liar].process, run.lives[lead.own].process
    witness = Witness(process=honest, found=Look(lead.own, lead.loaded))
    loop = InOrder()
    with pytest.raises(BrokenPromiseError, match="nobody noticed"):
        loop.run_until_complete(check_told(other, list(lies.tried), liar, [witness]))
    loop.end()


def test_what_shows_one_lie_of_a_lead_shows_no_other() -> None:
    run = NodeRun(LIARS[ANOTHER_RESULT])
    assert run.to_the_end() == ""
    lies = run.lies
    assert lies is not None
    liar = run.lives[lies.liar].process
    honest = [
        Witness(process=run.lives[code].process, found=found)
        for code, found in run.looks.items()
        if code != lies.liar
    ]
    loop = InOrder()
    for lie in LEAD_LIES:
        telling = check_told(replace(lies, lie=lie), list(lies.tried), liar, honest)
        if lie == ANOTHER_RESULT:
            loop.run_until_complete(telling)
            continue
        with pytest.raises(BrokenPromiseError, match="nobody noticed"):
            loop.run_until_complete(telling)
    loop.end()


def test_a_dispute_where_nobody_lies_breaks_a_promise() -> None:
    run = NodeRun(LIARS[ANOTHER_RESULT])
    assert run.to_the_end() == ""
    assert run.lies is not None
    (asked,) = [found for code, found in run.looks.items() if code != run.lies.liar]
    judging.check_step(asked, run.lies.liar)
    with pytest.raises(BrokenPromiseError, match="an honest result is disputed"):
        judging.check_step(asked, "")


class KnowNothing(Witnesses):
    """Operators start from any backup: they ask nobody."""

    def know_more(self, code: str, backup: Backup) -> bool:
        return False


class NeverFlushed(Files):
    """A disk that says that it has written, and has not when the node crashes."""

    def crash(self) -> None:
        super().crash()
        log = self.path.with_name(self.path.name + "-wal")
        log.write_bytes(log.read_bytes()[: log.stat().st_size // 2] if log.exists() else b"")


def test_a_node_that_starts_from_any_backup_is_noticed() -> None:
    broken = _first_broken(0, partial(NodeRun, witnesses=KnowNothing))
    assert "shrunk" in broken or "two histories" in broken or "does not have" in broken


def test_a_disk_that_loses_what_it_had_written_is_noticed() -> None:
    broken = _first_broken(0, partial(NodeRun, files=NeverFlushed))
    assert "shrunk" in broken or "does not have" in broken or "two histories" in broken


_WRITE_RECEIPT = Discloser.write_receipt
_ENQUEUE = CaseWriter.enqueue


async def _of_other_data(
    self: Discloser, *what: Any, release: Release | None, **more: Any
) -> bytes:
    """A receipt with the digest of something that did not leave."""
    if release is not None and release.record_count:
        release = replace(release, payload_digest=bytes(32))
    return await _WRITE_RECEIPT(self, *what, release=release, **more)


async def _under_nothing(self: Discloser, *what: Any, permission: bytes, **more: Any) -> bytes:
    """A receipt that does not say by which permission."""
    return await _WRITE_RECEIPT(self, *what, permission=b"", **more)


async def _shown_without(
    self: Discloser,
    write: Write,
    loaded: LoadedCase,
    request: DisclosureRequest,
    *what: Any,
    **more: Any,
) -> bytes:
    """What a lead shows the others leaves no receipt."""
    if request.purpose == CASE_PARTY_PURPOSE and loaded.leads:
        return b""
    return await _WRITE_RECEIPT(self, write, loaded, request, *what, **more)


async def _without_receipts(
    self: CaseWriter, write: Write, peer: str, sent: bytes, sending: Sending
) -> None:
    """Receipts stay where they were written, and the person reads none of them."""
    if sending.kind:
        await _ENQUEUE(self, write, peer, sent, sending)


async def _to_a_third(
    self: CaseWriter, write: Write, peer: str, sent: bytes, sending: Sending
) -> None:
    """What is for one peer goes to others as well."""
    await _ENQUEUE(self, write, peer, sent, sending)
    if sending.kind == "history-response":
        for other in {"FR", "PL", "DE"} - {peer, self.jurisdiction}:
            too = replace(sending, exhibits={other: sending.exhibits[peer]})
            await _ENQUEUE(self, write, other, sent, too)


async def _tells_nobody(*_: object) -> None:
    """A withdrawal is taken in, and no case hears of it."""


async def _uses_nothing_up(connection: Connection, permission: bytes) -> receipts.Uses:
    """However often a node has used a consent, it counts none of it."""
    return replace(await _COUNT_USES(connection, permission), count=0)


async def _lets_all_leave(*_: object) -> None:
    """Whatever was released leaves whenever it can."""


async def _stays_granted(*_: object) -> list[datetime]:
    """At home a consent is never used up, whoever has used it."""
    return []


async def _acknowledges_alone(
    self: ClaimsGivenUp, write: Write, envelope: Envelope, user_handle: bytes
) -> GivenUp:
    """The person is told that the claim is given up, and nothing is kept of it."""
    return GivenUp(case_id="", closure=b"")


async def _closes_on_its_word(
    self: ClaimsGivenUp, write: Write, envelope: Envelope, user_handle: bytes
) -> GivenUp:
    """The case is closed as given up, and what the person has signed is thrown away."""
    act = statement_id(envelope.payload_type, envelope.payload)
    prepared = await take_prepared(write, act, kind_of(envelope.payload_type))
    loaded = await self._case_of(write, prepared.subject.hex(), prepared.person)
    closure = await close_given_up(write, loaded, self._writer, ())
    return GivenUp(case_id=loaded.case_id, closure=closure)


async def _forgets_an_exhibit(self: Life) -> None:
    """Before each start one of the records that it was sent is gone."""
    with closing(sqlite3.connect(self.files.path)) as connection, connection:
        connection.execute("DELETE FROM exhibits WHERE rowid = (SELECT min(rowid) FROM exhibits)")
    await _START(self)


_START = Life.start
_COUNT_USES = receipts.count_uses

FAULTY = {
    "receipt of other data": (Discloser, "write_receipt", _of_other_data, 0, "for other data"),
    "receipt under nothing": (Discloser, "write_receipt", _under_nothing, 0, "names another perm"),
    "shown without receipt": (Discloser, "write_receipt", _shown_without, 0, "0 left a receipt"),
    "receipts not sent": (CaseWriter, "enqueue", _without_receipts, 0, "the person cannot read"),
    "answers to a third": (CaseWriter, "enqueue", _to_a_third, 0, "statement was refused"),
    "tells nobody": (PermissionEnds, "tell", _tells_nobody, 36, "has told nobody"),
    "acknowledges alone": (
        ClaimsGivenUp,
        "record",
        _acknowledges_alone,
        19,
        "goes on with a claim",
    ),
    "closes on its word": (ClaimsGivenUp, "record", _closes_on_its_word, 19, "has not given up"),
    "forgets an exhibit": (Life, "start", _forgets_an_exhibit, 0, "rests on it"),
}
"""Which part of all nodes is wrong how, by which seed that is noticed, and in which words."""


@pytest.mark.parametrize("fault", FAULTY)
def test_nodes_that_are_wrong_in_one_part_are_noticed(
    fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    part, name, wrong, first, words = FAULTY[fault]
    monkeypatch.setattr(part, name, wrong)
    assert words in _first_broken(first, NodeRun)


def test_a_consent_that_is_never_used_up_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receipts, "count_uses", _uses_nothing_up)
    monkeypatch.setattr(standing, "uses_of", _stays_granted)
    assert "times, which is too often" in _first_broken(USED_UP, NodeRun)


def test_records_that_leave_after_their_permission_has_ended_are_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They were released in time, and waited for a peer; the node no more looks as they leave."""
    monkeypatch.setattr(Leaving, "check", _lets_all_leave)
    assert "after it knew that their permission ended" in _first_broken(LEFT_LATE, NodeRun)


def test_a_consent_for_a_single_use_is_used_once_and_then_refused() -> None:
    run = NodeRun(USED_UP)
    assert run.to_the_end() == ""
    lead = run.looks[run.plan.claim.lead.jurisdiction]
    assert {one.max_uses for one in run.given.values()} == {1}
    outcomes = {one.outcome for one in lead.facts.responses.values()}
    assert outcomes >= {HistoryOutcome.RECORDS, HistoryOutcome.REFUSED}


def test_a_claim_that_is_given_up_ends_everywhere() -> None:
    run = NodeRun(GIVEN_UP)
    assert run.to_the_end() == ""
    assert run.fate.faults[GAVE_UP] == 1
    assert run.looks.keys() == set(run.plan.claim.jurisdictions)
    assert all(one.facts.given_up and one.facts.withdrawn for one in run.looks.values())


def test_what_is_done_about_a_claim_after_it_was_given_up_breaks_a_promise() -> None:
    run = NodeRun(GIVEN_UP)
    assert run.to_the_end() == ""
    lead = run.plan.claim.lead.jurisdiction
    (asked,) = run.looks.keys() - {lead}
    with pytest.raises(BrokenPromiseError, match=f"{lead} decided on a claim"):
        judging_acts.check_after_given_up(_as_if_given_up_before(run.looks[lead]))
    with pytest.raises(BrokenPromiseError, match=f"{asked} released records for a claim"):
        judging_acts.check_after_given_up(_as_if_given_up_before(run.looks[asked]))


def _as_if_given_up_before(found: Look) -> Look:
    """The same case, with what the person signed in front of everything else."""
    held = found.loaded.held
    first = dict.fromkeys((*found.facts.given_up, *held))
    return Look(found.own, replace(found.loaded, held={i: held[i] for i in first}))


def _first_broken(first: int, make_run: MakeRun) -> str:
    for seed in range(first, first + PATIENCE):
        broken = make_run(seed, EVERYTHING).to_the_end()
        if broken:
            return broken
    raise AssertionError("nobody noticed")
