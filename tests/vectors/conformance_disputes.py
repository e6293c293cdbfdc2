"""
Cases for ``dispute``: the bundles of both parties of one case, of which one leaves something out or
computed something else; what one hides, the other's holds its signature for.
"""

from collections.abc import Collection
from dataclasses import replace

from portability.core.money import parse_money
from portability.ledger.envelope import envelope_to_json, kind_of, sign_envelope, statement_id
from portability.ledger.proof_file import format_proof_file
from portability.recognition.statements import Acknowledgement, Reconciliation
from portability.wire.log_entry import log_entry_from_bytes
from portability.wire.statement import STATEMENT_TYPES, statement_to_payload, type_of
from tests.vectors.conformance_case import Made, disputed, made, with_other
from tests.vectors.conformance_replay import on_facts
from tests.vectors.conformance_story import (
    ES,
    FR,
    KEYS,
    NOW,
    Placed,
    World,
    leaf_path,
    proof_path,
    settled,
)
from tests.vectors.conformance_trust import consent_with

PEER = {"ES": FR, "FR": ES}


def side_of(
    world: World, code: str, *, hides: Collection[str] = (), unsigned_for: Collection[str] = ()
) -> dict[str, bytes]:
    """
    The bundle of one party: what was said stands in its own log, whoever said it, and the other has
    signed for what it got, but for these kinds. ``hides`` are kinds that it leaves out.
    """
    own = World(logs={**world.logs, code: list(world.logs[code])})
    files = world.files()
    said = {
        i: one for i, one in world.placed.items() if one.envelope.payload_type in STATEMENT_TYPES
    }
    for i, one in said.items():
        if one.log == code:
            own.placed[i] = one
        else:
            leaf = log_entry_from_bytes(world.logs[one.log][one.index])
            kind = kind_of(one.envelope.payload_type)
            index = own.append(code, kind, i, leaf.key_id)
            own.placed[i] = Placed(one.envelope, code, index)
    for i, one in own.placed.items():
        files[leaf_path(i)] = own.logs[code][one.index]
        files[proof_path(i)] = format_proof_file(own.proof(i))
        kind = kind_of(one.envelope.payload_type)
        if said[i].log == code and kind not in unsigned_for:
            files |= _acknowledged(world, code, i)
    hidden = {i.hex() for i, one in said.items() if kind_of(one.envelope.payload_type) in hides}
    return {path: data for path, data in files.items() if not any(one in path for one in hidden)}


def _acknowledged(world: World, code: str, i: bytes) -> dict[str, bytes]:
    """The other node's signature that it has a statement."""
    by = PEER[code]
    word = Acknowledgement(header=replace(world.header(by, i), case_id=""), position=1)
    payload = statement_to_payload(word)
    envelope = sign_envelope(type_of(word), payload, KEYS[f"{by.jurisdiction} node"])
    name = statement_id(type_of(word), payload).hex()
    return {f"statements/{name}.json": envelope_to_json(envelope)}


@disputed(
    "nothing",
    "computed",
    "nobody: what",
    "Both bundles show the same, and nothing stands against anybody.",
    fails=False,
)
def _nothing() -> Made:
    world = settled()
    return with_other(side_of(world, "ES"), side_of(world, "FR"))


@disputed(
    "one-side",
    "received",
    "is signed for by who got it",
    "The bundle of one party alone, with the other's signatures for what arrived.",
    fails=False,
)
def _one_side() -> Made:
    return made(side_of(settled(), "ES"))


@disputed(
    "unproven",
    "received",
    "closure",
    "Nobody has signed for the closure, and the bundle of who should have it is not there.",
    fails=False,
)
def _unproven() -> Made:
    return made(side_of(settled(), "ES", unsigned_for=("closure",)))


@disputed(
    "hidden-request",
    "against FR",
    "its own bundle leaves out the history-request",
    "France hides a request for which it has signed.",
)
def _hidden() -> Made:
    world = settled()
    return with_other(side_of(world, "ES"), side_of(world, "FR", hides=("history-request",)))


@disputed(
    "consent-expired",
    "permission",
    "no: ES/inss asked FR/cnav",
    "An answer was released in the second in which the consent had ended.",
)
def _expired() -> Made:
    return made(side_of(settled(consent_with(not_after=NOW)), "ES"))


@disputed(
    "other-digest",
    "computed",
    "ES/node, in the reconciliation",
    "The lead has signed a digest that the records do not give.",
)
def _other_digest() -> Made:
    def change(said: Reconciliation) -> Reconciliation:
        return replace(said, digest=bytes(32))

    return made(side_of(settled({"reconciliation": change}), "ES"))


@disputed(
    "other-amount",
    "computed",
    "by Treaty Art 15",
    "An institution has decided on another amount than the facts give that it has signed.",
)
def _other_amount() -> Made:
    world, _ = on_facts(lambda said: replace(said, independent=parse_money("650.00 EUR")))
    return made(side_of(world, "FR"))
