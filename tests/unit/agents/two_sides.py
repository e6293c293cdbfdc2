"""Rosa's case as the bundle of either party, whose own log holds what it said and received."""

from collections.abc import Collection
from dataclasses import replace

from portability.consent.scope import Party
from portability.ledger.envelope import envelope_to_json, sign_envelope, statement_id
from portability.ledger.proof_file import format_proof_file
from portability.recognition.statements import Acknowledgement
from portability.wire.log_entry import log_entry_from_bytes
from portability.wire.statement import STATEMENT_TYPES, statement_to_payload, type_of
from tests.unit.agents.rosa_case import KEYS, Log, RosasCase, bundle_of

OTHER = {"ES": "FR", "FR": "ES"}


def exported(
    case: RosasCase,
    code: str,
    *,
    without: Collection[bytes] = (),
    unsigned_for: Collection[bytes] = (),
) -> dict[str, bytes]:
    """
    The bundle that a party would export, but for the statements that it leaves out.

    The other party has signed for everything that this one said, but for ``unsigned_for``.
    """
    own = Log(code, list(case.logs[code].leaves))
    files = case.files()
    said = {
        i: placed
        for i, placed in case.placed.items()
        if placed.envelope.payload_type in STATEMENT_TYPES
    }
    place = {i: one.index for i, one in said.items() if one.log.jurisdiction == code}
    place |= {i: index for i, index in case.came.items() if i not in place}
    for i, one in said.items():
        if i not in place:
            leaf = log_entry_from_bytes(one.log.leaves[one.index])
            place[i] = own.append(one.envelope, leaf.key_id)
    for i, index in place.items():
        files[f"leaves/{i.hex()}"] = own.leaves[index]
        files[f"proofs/{i.hex()}.tlog-proof"] = format_proof_file(own.proof(index))
    for i, one in said.items():
        if one.log.jurisdiction == code and i not in unsigned_for:
            files |= acknowledged(case, OTHER[code], i)
    hidden = {i.hex() for i in without}
    return bundle_of(
        {path: data for path, data in files.items() if not any(name in path for name in hidden)}
    )


def acknowledged(case: RosasCase, by: str, *ids: bytes) -> dict[str, bytes]:
    """A node's signature that it has these statements."""
    header = replace(case.header(Party(jurisdiction=by), *ids), case_id="")
    word = Acknowledgement(header=header, position=1)
    payload = statement_to_payload(word)
    envelope = sign_envelope(type_of(word), payload, KEYS[f"{by} node"])
    name = statement_id(type_of(word), payload).hex()
    return {f"statements/{name}.json": envelope_to_json(envelope)}
