"""
Consent at a counter: a worker and an independent witness sign the same document for the person.

The level is A2 at most: one exchange, at most 90 days. A worker alone reaches A1, and for what a
paper says A0. What was read back, where and by whom is kept beside it. Source: formats.md, §7.1.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from portability.consent.consent_json import to_bytes
from portability.consent.document import check_instant
from portability.consent.reading import (
    Members,
    check_distinct,
    check_hash,
    check_name,
    check_uuid7,
    open_document,
    refuse,
)
from portability.consent.scope import Party
from portability.errors import PreconditionError
from portability.ledger.encoding import encode_base64url, format_time
from portability.ledger.keys import check_public_key

LONGEST: Final = timedelta(days=90)
QUESTIONS: Final = ("purpose", "recipient", "data", "end", "stop")
"""What the person says in their own words before anybody signs for them."""

ASSISTANT_PREFIX: Final = b"portability-assistant/1\n"
"""Before the public key, where an assistant's key signs for itself at its enrolment."""

_ASSISTANT: Final = "assistant-key/1"
_EVIDENCE: Final = "assisted-evidence/1"
_MAX_BYTES: Final = 32_768


class AssistantRole(StrEnum):
    """What an assistant may sign as."""

    WORKER = "worker"
    WITNESS = "witness"


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistantRecord:
    """The home node's signed word on whose key it is; a random id stands for the name."""

    id: str
    nonce: bytes
    role: AssistantRole
    organisation: Party
    unit: str
    public_key: bytes
    valid_from: datetime

    def __post_init__(self) -> None:
        check_uuid7(self.id, field="id")
        check_hash(self.nonce, field="nonce")
        check_name(self.unit, field="unit")
        check_public_key(self.public_key)
        check_instant(self.valid_from, field="valid_from")
        if not self.organisation.institution:
            raise refuse("organisation", "does not name an institution")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadBack:
    """Whether the person had the answer to a question right, in their own words."""

    question: str
    correct: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistedEvidence:
    """
    What happened at the counter. ``act`` is the statement id of what was signed.

    ``worker`` and ``witness`` are the statement ids of their records; ``place``, ``device``,
    ``copy`` and ``witness_relation`` are codes and never free text. Without a witness both of
    theirs are empty; ``scan`` is the SHA-256 of the scanned paper, where there is one.
    """

    nonce: bytes
    act: bytes
    worker: bytes
    witness: bytes = b""
    witness_relation: str = ""
    scan: bytes = b""
    language: str
    mode: str
    read_back: tuple[ReadBack, ...]
    has_capacity: bool
    place: str
    device: str
    copy: str
    started_at: datetime
    ended_at: datetime

    def __post_init__(self) -> None:
        for name in ("nonce", "act", "worker"):
            check_hash(getattr(self, name), field=name)
        for name in ("language", "mode", "place", "device", "copy"):
            check_name(getattr(self, name), field=name)
        if bool(self.witness) != bool(self.witness_relation):
            raise refuse("witness_relation", "is told of a witness, and of nobody else")
        if self.witness:
            check_hash(self.witness, field="witness")
            check_name(self.witness_relation, field="witness_relation")
        if self.scan:
            check_hash(self.scan, field="scan")
        check_distinct([one.question for one in self.read_back], field="read_back")
        for one in self.read_back:
            check_name(one.question, field="read_back")
        check_instant(self.started_at, field="started_at")
        check_instant(self.ended_at, field="ended_at")
        if self.ended_at < self.started_at:
            raise refuse("ended_at", "is before started_at")


def check_independence(worker: AssistantRecord, witness: AssistantRecord, requester: Party) -> None:
    """
    Raise PreconditionError unless the two are two, and neither is of whoever asks.

    A request names an institution and no unit of it, so the whole institution is kept out.
    """
    if (worker.role, witness.role) != (AssistantRole.WORKER, AssistantRole.WITNESS):
        raise PreconditionError("the two who sign must be enrolled as a worker and as a witness")
    if worker.public_key == witness.public_key:
        raise PreconditionError("worker and witness are one; somebody else has to attend")
    if requester in {worker.organisation, witness.organisation}:
        raise PreconditionError(
            "neither worker nor witness may be of the institution that asks; go to the counter of "
            "another"
        )
    if (worker.organisation, worker.unit) == (witness.organisation, witness.unit):
        raise PreconditionError("the witness must be of another unit than the worker")


def check_alone(worker: AssistantRecord, requester: Party) -> None:
    """Raise PreconditionError unless who signs alone is a worker, and not of whoever asks."""
    if worker.role is not AssistantRole.WORKER:
        raise PreconditionError("whoever signs alone must be enrolled as a worker")
    if worker.organisation == requester:
        raise PreconditionError(
            "the worker may not be of the institution that asks; go to the counter of another"
        )


def check_understood(answers: Sequence[ReadBack], *, has_capacity: bool) -> None:
    """Raise PreconditionError unless the person said all of it back rightly."""
    right = {one.question for one in answers if one.correct}
    missing = [question for question in QUESTIONS if question not in right]
    if missing:
        raise PreconditionError(
            f"the person did not say back: {', '.join(missing)}; explain it again, or let it be",
            missing=" ".join(missing),
        )
    if not has_capacity:
        raise PreconditionError(
            "the worker found that the person does not understand what they do; nothing is signed "
            "for them"
        )


def write_assistant(record: AssistantRecord) -> bytes:
    """The exact bytes, to be signed as they are."""
    return to_bytes(
        {
            "schema": _ASSISTANT,
            "id": record.id,
            "nonce": encode_base64url(record.nonce),
            "role": str(record.role),
            "organisation": {
                "node": record.organisation.jurisdiction,
                "institution": record.organisation.institution,
            },
            "unit": record.unit,
            "public_key": record.public_key.hex(),
            "valid_from": format_time(record.valid_from),
        }
    )


def read_assistant(data: bytes) -> AssistantRecord:
    """The record that these bytes hold. Raises InvalidInputError."""
    root = open_document(data, _ASSISTANT, most=_MAX_BYTES)
    organisation = root.object("organisation")
    record = AssistantRecord(
        id=root.uuid7("id"),
        nonce=root.nonce("nonce"),
        role=root.one_of("role", AssistantRole),
        organisation=Party(
            jurisdiction=organisation.country("node"), institution=organisation.code("institution")
        ),
        unit=root.code("unit"),
        public_key=root.hash("public_key"),
        valid_from=root.time("valid_from"),
    )
    organisation.finish()
    root.finish()
    return record


def write_assisted_evidence(evidence: AssistedEvidence) -> bytes:
    """The exact bytes, to be signed as they are."""
    attended = {
        "witness": evidence.witness.hex(),
        "witness_relation": evidence.witness_relation,
    }
    return to_bytes(
        {
            "schema": _EVIDENCE,
            "nonce": encode_base64url(evidence.nonce),
            "act": evidence.act.hex(),
            "worker": evidence.worker.hex(),
            **(attended if evidence.witness else {}),
            **({"scan": evidence.scan.hex()} if evidence.scan else {}),
            "language": evidence.language,
            "mode": evidence.mode,
            "read_back": [
                {"question": one.question, "answer": "right" if one.correct else "wrong"}
                for one in evidence.read_back
            ],
            "capacity": "present" if evidence.has_capacity else "absent",
            "place": evidence.place,
            "device": evidence.device,
            "copy": evidence.copy,
            "started_at": format_time(evidence.started_at),
            "ended_at": format_time(evidence.ended_at),
        }
    )


def read_assisted_evidence(data: bytes) -> AssistedEvidence:
    """The evidence that these bytes hold. Raises InvalidInputError."""
    root = open_document(data, _EVIDENCE, most=_MAX_BYTES)
    evidence = AssistedEvidence(
        nonce=root.nonce("nonce"),
        act=root.hash("act"),
        worker=root.hash("worker"),
        witness=root.hash("witness") if "witness" in root else b"",
        witness_relation=root.code("witness_relation") if "witness_relation" in root else "",
        scan=root.hash("scan") if "scan" in root else b"",
        language=root.code("language"),
        mode=root.code("mode"),
        read_back=tuple(map(_answer, root.objects("read_back"))),
        has_capacity=_either(root.code("capacity"), "present", "absent", "capacity"),
        place=root.code("place"),
        device=root.code("device"),
        copy=root.code("copy"),
        started_at=root.time("started_at"),
        ended_at=root.time("ended_at"),
    )
    root.finish()
    return evidence


def _answer(item: Members) -> ReadBack:
    answer = ReadBack(
        question=item.code("question"),
        correct=_either(item.code("answer"), "right", "wrong", "answer"),
    )
    item.finish()
    return answer


def _either(text: str, yes: str, no: str, field: str) -> bool:
    if text not in {yes, no}:
        raise refuse(field, f"is neither {yes} nor {no}")
    return text == yes
