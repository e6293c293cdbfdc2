"""Answers that turned out not to be complete: told by the node, and verified here."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from agents.agency.office import Office
from portability.consent.scope import Party
from portability.errors import ProofError
from portability.ledger.checkpoint import unverified_checkpoint
from portability.ledger.directory import NODE_LEVEL, Directory, KeyPurpose
from portability.ledger.envelope import payload_type
from portability.recognition.places import Was, was_in
from portability.recognition.statements import HistoryResponse
from portability.v1 import envelope_pb2
from portability.v1 import recognition_service_pb2 as pb
from portability.v1.recognition_service_pb2_grpc import RecognitionServiceStub
from portability.wire.proven import proven_from_pb, verify_proven
from portability.wire.statement import case_statement_from_payload
from portability.wire.statement_parts import party_from_pb
from portability.wire.strict import instant
from portability.wire.surfaced import verify_place

RESPONSE_TYPE: Final = payload_type("history-response", "protobuf")
_NAMED: Final = 3
"""Of the records that an answer lacks, so many are named in a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncompleteAnswer:
    """
    What an institution's node signed as complete at ``tree_size`` entries of its log.

    ``records`` are those it left out, by their entries there. ``is_proven``: the answer itself is
    still here and says so; once it is erased there is the node's word for what it had said.
    """

    institution: Party
    id: bytes
    log_origin: str
    tree_size: int
    records: tuple[tuple[int, bytes], ...]
    is_proven: bool
    since: datetime

    @property
    def words(self) -> str:
        """One sentence on it, and what to do."""
        entries = ", ".join(f"entry {index} ({i.hex()[:16]})" for index, i in self.records[:_NAMED])
        more = f" and {len(self.records) - _NAMED} more" if len(self.records) > _NAMED else ""
        basis, proof = "its content was erased since, and this node alone says what it was", ""
        if self.is_proven:
            basis, proof = "both are signed", "; `export` writes the proof"
        return (
            f"The answer {self.id.hex()[:16]} of {self.institution} said that it was complete at "
            f"{self.tree_size} entries of {self.log_origin}, and left out {entries}{more}; "
            f"{basis}. Ask {self.institution} why{proof}"
        )

    def to_json(self) -> dict[str, object]:
        return {
            "institution": str(self.institution),
            "answer": self.id.hex(),
            "log_origin": self.log_origin,
            "tree_size": self.tree_size,
            "left_out": [{"record": i.hex(), "leaf_index": index} for index, i in self.records],
            "proven": self.is_proven,
            "since": self.since.isoformat(),
        }


def list_incomplete_answers(office: Office, name: str) -> list[IncompleteAnswer]:
    """
    Of one case, ``cases/{case id}``, each verified.

    Raises ProofError or SignatureError where the proof is not what the node says it is.
    """
    stub = RecognitionServiceStub(office.session.channel)
    answer: pb.GetCaseResponse = office.session.call(stub.GetCase, pb.GetCaseRequest(name=name))
    return [
        verified_answer(one, office.directory, office.jurisdiction)
        for one in answer.incomplete_answers
    ]


def verified_answer(
    message: pb.IncompleteAnswer, directory: Directory, own: str
) -> IncompleteAnswer:
    """What the node of ``own`` says of an answer, verified. Raises as the list of them."""
    institution = party_from_pb(message.institution, "institution")
    records = []
    for one in message.records:
        leaf = verify_place(one.place, directory, institution)
        if leaf.statement_id != one.record or not _was_there(one.place, message, directory):
            raise _not_shown()
        records.append((int(one.place.leaf_index), one.record))
    found = IncompleteAnswer(
        institution=institution,
        id=message.statement,
        log_origin=message.log_origin,
        tree_size=message.tree_size,
        records=tuple(records),
        is_proven=message.HasField("answer"),
        since=instant(message.create_time, "create_time"),
    )
    if found.is_proven:
        _check_answer(message, found, directory, own)
    return found


def _was_there(
    place: envelope_pb2.ProvenStatement, message: pb.IncompleteAnswer, directory: Directory
) -> bool:
    """Whether a place that was verified is one that the answer speaks of, by the node's word."""
    shown_in = unverified_checkpoint(place.checkpoint).origin
    was = was_in(message.log_origin, message.tree_size, place.leaf_index, shown_in, directory)
    return was is Was.THERE


def _check_answer(
    message: pb.IncompleteAnswer, found: IncompleteAnswer, directory: Directory, own: str
) -> None:
    verified = verify_proven(
        proven_from_pb(message.answer),
        directory,
        log_jurisdiction=own,
        expected_types={RESPONSE_TYPE},
        signer=(found.institution.jurisdiction, NODE_LEVEL, KeyPurpose.NODE),
    )
    said = case_statement_from_payload(RESPONSE_TYPE, verified.payload)
    if (
        not isinstance(said, HistoryResponse)
        or verified.statement_id != found.id
        or (said.log_origin, said.tree_size) != (found.log_origin, found.tree_size)
        or any(i in said.records for _, i in found.records)
    ):
        raise _not_shown()


def _not_shown() -> ProofError:
    return ProofError(
        "the node says that an answer was not complete, and its proof does not show that"
    )
