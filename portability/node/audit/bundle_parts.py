"""
The parts of an offline bundle that every export has: statements with proofs, and whom to trust.

Statements that this node logged come with proofs from its own log; what others sent comes with
theirs, verbatim. Of what was erased the leaf and its proof are left. Source: formats.md, Offline
bundle.
"""

from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Final

from portability.ledger.bundle import EVIDENCE_KINDS
from portability.ledger.checkpoint import unverified_checkpoint
from portability.ledger.directory import parse_directory
from portability.ledger.directory_policy import directory_policy
from portability.ledger.disclosure import disclosures_to_json
from portability.ledger.envelope import (
    Envelope,
    envelope_to_json,
    payload_type,
    sign_envelope,
    statement_id,
)
from portability.ledger.keys import Signer
from portability.ledger.proof_file import ProofFile, format_proof_file
from portability.ledger.witness import format_add_checkpoint, origin_hash
from portability.node.log.prover import HeldLeaf, Prover
from portability.wire.proven import Proven

AGREEMENT_TYPE: Final = payload_type("agreement", "toml")
ERASURE_KIND: Final = "erasure"
_FOLDERS: Final = {ERASURE_KIND: "erasures", **dict.fromkeys(EVIDENCE_KINDS, "evidence")}
PIECE_BYTES: Final = 1024 * 1024

Files = dict[str, bytes]


def pieces_of(files: Mapping[str, bytes]) -> Iterable[tuple[str, bytes]]:
    """Each file in pieces of at most 1 MiB, an empty one as one empty piece."""
    for path, content in sorted(files.items()):
        for at in range(0, max(len(content), 1), PIECE_BYTES):
            yield path, content[at : at + PIECE_BYTES]


def leaf_files(held: Iterable[HeldLeaf]) -> Files:
    """What this node's log holds: statement, leaf and proof; leaf and proof of what was erased."""
    files: Files = {}
    for one in held:
        name = one.statement_id.hex()
        proof = ProofFile(index=one.leaf_index, proof=one.proof, checkpoint=one.checkpoint)
        files[f"proofs/{name}.tlog-proof"] = format_proof_file(proof)
        files[f"leaves/{name}"] = one.log_entry
        if one.envelope is not None:
            folder = _FOLDERS.get(one.kind, "statements")
            files[f"{folder}/{name}.json"] = envelope_to_json(one.envelope)
        if one.disclosures:
            files[f"disclosures/{name}.json"] = disclosures_to_json(one.disclosures)
    return files


def exhibit_files(proven: Iterable[Proven]) -> Files:
    """What others logged and sent, with the proofs that came with it."""
    files: Files = {}
    for one in proven:
        name = statement_id(one.envelope.payload_type, one.envelope.payload).hex()
        proof = ProofFile(index=one.leaf_index, proof=one.proof, checkpoint=one.checkpoint)
        files[f"statements/{name}.json"] = envelope_to_json(one.envelope)
        files[f"proofs/{name}.tlog-proof"] = format_proof_file(proof)
        files[f"leaves/{name}"] = one.log_entry
        if one.disclosures:
            files[f"disclosures/{name}.json"] = disclosures_to_json(one.disclosures)
    return files


def signed_files(envelopes: Iterable[Envelope]) -> Files:
    """What peers signed and nobody logs: their acknowledgements."""
    return {
        f"statements/{statement_id(one.payload_type, one.payload).hex()}.json": envelope_to_json(
            one
        )
        for one in envelopes
    }


class TrustFiles:
    """
    Directory, policy, agreements and consistency proofs.

    ``directories`` gives every version in order, so that whoever pinned the root keys of an old one
    can follow; the last is in force.
    """

    def __init__(
        self, *, prover: Prover, directories: Callable[[], Sequence[Envelope]], node_key: Signer
    ) -> None:
        self._prover = prover
        self._directories = directories
        self._node_key = node_key

    async def collect(self, agreements: Mapping[str, bytes], held: Iterable[HeldLeaf]) -> Files:
        """For these texts, by agreement, and the checkpoints at which these leaves are proved."""
        files: Files = {}
        for signed in self._directories():
            directory = parse_directory(signed.payload)
            files[f"directory/{directory.version}.json"] = envelope_to_json(signed)
            files["policy"] = directory_policy(directory)
        for agreement, text in agreements.items():
            pack = sign_envelope(AGREEMENT_TYPE, text, self._node_key)
            files[f"agreements/{agreement}.json"] = envelope_to_json(pack)
        async for path, proof in self._consistency({one.checkpoint for one in held}):
            files[path] = proof
        return files

    async def _consistency(self, notes: Collection[bytes]) -> AsyncIterator[tuple[str, bytes]]:
        """That each of these checkpoints of our log is a prefix of the next larger one."""
        heads: dict[str, dict[int, bytes]] = {}
        for note in notes:  # a log that went on under another key has several origins
            head = unverified_checkpoint(note)
            heads.setdefault(head.origin, {})[head.size] = note
        for origin, sizes in sorted(heads.items()):
            for (old, _), (new, note) in pairwise(sorted(sizes.items())):
                proof = await self._prover.consistency(old, new)
                path = f"consistency/{origin_hash(origin)}/{old}-{new}"
                yield path, format_add_checkpoint(old, proof, note)
