"""What of a log is lost is said only where every witness was heard, and all saw one history."""

from datetime import UTC, datetime

import pytest

from portability.errors import ForkError, PeerUnavailableError
from portability.ledger.checkpoint import sign_checkpoint
from portability.ledger.keys import Ed25519Signer
from portability.ledger.tree_head import Checkpoint
from portability.node.log.witness_views import Standing, View
from portability.node.operating.heads import Heads
from portability.node.operating.recovery import judge_heads

ORIGIN = "fr.node.portability.internal/log"
LOG = Ed25519Signer(bytes([7]) * 32)


def head(size: int, root: int = 1) -> Checkpoint:
    return Checkpoint(origin=ORIGIN, size=size, root=bytes([root]) * 32)


def view(witness: str, standing: Standing, seen: Checkpoint | None = None) -> View:
    note = b"" if seen is None else sign_checkpoint(seen, LOG)
    return View(witness=witness, standing=standing, head=seen, note=note)


def heads(*views: View) -> Heads:
    own = head(4)
    return Heads(
        own=own,
        note=sign_checkpoint(own, LOG),
        last_time=datetime(2026, 1, 1, tzinfo=UTC),
        published=None,
        views=views,
        evidence=(),
    )


AHEAD = view("ES", Standing.AHEAD, head(9))
AWAY = view("PL", Standing.UNREACHABLE)


def test_what_the_farthest_witness_saw_is_the_end_of_the_log() -> None:
    nearer = view("PL", Standing.AHEAD, head(7, root=2))
    loss = judge_heads(heads(AHEAD, nearer))
    assert loss is not None
    assert (loss.end, loss.lost, loss.witnesses) == (head(9), range(4, 9), ("ES",))
    assert judge_heads(heads()) is None


def test_a_witness_that_does_not_answer_may_have_seen_more() -> None:
    with pytest.raises(PeerUnavailableError, match=r"witness of PL does not answer.*--without"):
        judge_heads(heads(AHEAD, AWAY))
    with pytest.raises(PeerUnavailableError, match="PL"):
        judge_heads(heads(AHEAD, AWAY), without=["ES"])


def test_one_that_never_will_again_is_named_and_left_out() -> None:
    loss = judge_heads(heads(AHEAD, AWAY), without=["PL"])
    assert loss is not None
    assert loss.lost == range(4, 9)


@pytest.mark.parametrize("without", [[], ["PL"]])
def test_another_history_is_no_loss_whoever_is_left_out(without: list[str]) -> None:
    other = view("PL", Standing.DIFFERS, head(4, root=2))
    with pytest.raises(ForkError, match="witness of PL has cosigned another history"):
        judge_heads(heads(AHEAD, other), without=without)


def test_two_histories_of_one_size_are_evidence_and_no_loss() -> None:
    other = view("PL", Standing.AHEAD, head(9, root=2))
    with pytest.raises(ForkError, match="different histories of this log at 9 entries"):
        judge_heads(heads(AHEAD, other))
