"""
What peers signed for stays when a person is erased, since it says nothing about anybody.

It names statements by ids, each the digest of a payload with 32 random bytes, which the leaves of
the log name for ever, too; and a case, a reference or a person by nothing.
"""

from collections.abc import Sequence

import pytest

from portability.consent.scope import Party
from portability.errors import ProofError
from portability.federation.acknowledged import MOST_SIGNED_FOR, SignedFor, check_answer
from portability.federation.refusals import keep_refusals
from portability.ledger.envelope import add_signature, sign_envelope
from portability.ledger.keys import Ed25519Signer
from portability.recognition.statements import Acknowledgement, Header
from portability.store import log, log_tree, scan_tables
from portability.v1 import envelope_pb2
from portability.v1 import federation_service_pb2 as pb
from portability.wire.envelope import envelope_from_bytes, envelope_from_pb, envelope_to_pb
from portability.wire.log_entry import log_entry_from_bytes
from portability.wire.statement import statement_from_payload, statement_to_payload, type_of
from tests.conftest import NOW
from tests.integration.recognition.test_delivery import deliveries, finish, start
from tests.integration.recognition.world import FEDERATION, NODE_KEYS, Federation, Node, Rosa

STRANGER = Ed25519Signer(bytes([99]) * 32)


async def logged(node: Node) -> set[bytes]:
    async with node.database.read() as connection:
        size = (await log_tree.read_head(connection)).size
        entries = await log.read_log_entries(connection, 0, size)
    return {log_entry_from_bytes(one).statement_id for one in entries}


@pytest.mark.asyncio
async def test_what_peers_signed_for_names_nothing_but_leaves_of_the_log(
    federation: Federation, rosa: Rosa
) -> None:
    opened = await start(federation, rosa)
    await finish(federation, opened.case.name)
    case = opened.case.name.removeprefix("cases/")
    told = [case, rosa.reference, rosa.at_spain, rosa.at_france, "cnav", "inss"]
    needles = [one.encode() for one in told]
    needles += [bytes.fromhex(one.removeprefix("persons/")) for one in told[:4]]
    for node in federation.nodes:
        known = await logged(node)
        async with node.database.read() as connection:
            rows = [row async for row in scan_tables.scan_table(connection, "acknowledgements")]
        assert rows
        for row in rows:
            envelope = envelope_from_bytes(row["envelope"])
            said = statement_from_payload(envelope.payload_type, envelope.payload)
            assert set(said.header.predecessors) <= known
            assert row["statement_id"] in said.header.predecessors
            assert said.header.case_id == ""
            assert [one for one in needles if one in row["envelope"]] == []


def acknowledged(ids: Sequence[bytes]) -> envelope_pb2.Envelope:
    """Spain signs that it has these, up to position 3."""
    statement = Acknowledgement(
        header=Header(
            salt=bytes(32),
            case_id="",
            sender=Party(jurisdiction="ES"),
            created=NOW,
            predecessors=tuple(ids),
        ),
        position=3,
    )
    payload = statement_to_payload(statement)
    return envelope_to_pb(sign_envelope(type_of(statement), payload, NODE_KEYS["ES"]))


def named(count: int) -> list[bytes]:
    return [number.to_bytes(32, "big") for number in range(1, count + 1)]


def taken(envelope: envelope_pb2.Envelope) -> SignedFor:
    answer = pb.DeliverStatementsResponse(accepted_position=3, acknowledgement=envelope)
    return check_answer(answer, "ES", 3, FEDERATION, NOW)


def test_a_peer_signs_for_no_more_than_a_call_can_hold() -> None:
    """What it signed is kept with each statement that it names."""
    found = taken(acknowledged(named(MOST_SIGNED_FOR)))
    assert len(found.said.header.predecessors) == MOST_SIGNED_FOR
    with pytest.raises(ProofError, match="more than a call"):
        taken(acknowledged(named(MOST_SIGNED_FOR + 1)))


@pytest.mark.parametrize("hint", ["", "Rosa", "R" * 1_000, STRANGER.key_id.hex()])
def test_whatever_a_hint_says_is_neither_kept_nor_a_reason_to_refuse_what_was_signed(
    hint: str,
) -> None:
    """Nobody signs a hint, and none decides anything; checks of the database would stumble."""
    plain = acknowledged(named(1))
    hinted = acknowledged(named(1))
    hinted.signatures[0].keyid = hint
    assert taken(hinted).envelope == taken(plain).envelope == envelope_from_pb(plain)


@pytest.mark.parametrize("is_first", [True, False])
def test_of_several_signatures_the_one_that_counts_is_kept(*, is_first: bool) -> None:
    """As of a node that signs by its old key and by its new one while the directory changes."""
    plain = acknowledged(named(1))
    both = envelope_to_pb(add_signature(envelope_from_pb(plain), STRANGER))
    if not is_first:
        both.signatures.reverse()
    assert taken(both).envelope == envelope_from_pb(plain)


@pytest.mark.asyncio
async def test_a_refusal_that_a_peer_repeats_is_noted_once_and_its_words_are_not_logged(
    federation: Federation, rosa: Rosa, caplog: pytest.LogCaptureFixture
) -> None:
    await start(federation, rosa)
    sent = await deliveries(federation.spain, "FR")
    said = [pb.RefusedDelivery(position=one.position, reason="rosa") for one in sent]
    others = [pb.RefusedDelivery(position=2**63)]
    await keep_refusals(federation.spain.database, "FR", sent, (said + others) * 500, NOW)
    noted = [line for line in caplog.text.splitlines() if "statement_refused_by_peer" in line]
    assert len(noted) == len(sent)
    assert "rosa" not in "".join(noted)
