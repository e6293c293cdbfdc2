"""Cases about consents at a counter: who signed for the person, and that they had understood."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from portability.consent.assisted import (
    QUESTIONS,
    AssistantRecord,
    AssistantRole,
    AssistedEvidence,
    ReadBack,
    write_assistant,
    write_assisted_evidence,
)
from portability.consent.document import ActLevel, Assurance, Consent, IdentityLevel, Method
from portability.consent.payload_types import ASSISTANT_TYPE, ASSISTED_EVIDENCE_TYPE
from portability.consent.scope import Party
from portability.consent.statements import AssistantKey, SubjectKey
from portability.ledger.envelope import Envelope, add_signature, sign_envelope, statement_id
from tests.vectors.conformance_case import Made, accepted, made, refused
from tests.vectors.conformance_story import (
    INSS,
    KEYS,
    NOW,
    UUID7,
    World,
    consented,
    signer,
    statement_path,
)

TOWN_HALL = Party(jurisdiction="ES", institution="town-hall")
TOGETHER = "worker and witness"
KEYS |= {name: signer(name) for name in ("worker", "witness")}
Change = Callable[[Any], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class BothKeys:
    """The key of one act, which signs nothing by itself; a leaf names it."""

    key_id: bytes


def record(role: AssistantRole, **said: object) -> AssistantRecord:
    """The home node's word on whose key it is."""
    honest: dict[str, object] = {
        "id": UUID7,
        "nonce": hashlib.sha256(f"the nonce of a {role}".encode()).digest(),
        "role": role,
        "organisation": TOWN_HALL,
        "unit": f"counter-of-the-{role}",
        "public_key": KEYS[role.value].public,
        "valid_from": NOW - timedelta(days=20),
    }
    return AssistantRecord(**honest | said)  # type: ignore[arg-type]


WORKER, WITNESS = record(AssistantRole.WORKER), record(AssistantRole.WITNESS)
ALL_SAID_BACK = tuple(ReadBack(question=one, correct=True) for one in QUESTIONS)


def name_of(one: AssistantRecord) -> bytes:
    return statement_id(ASSISTANT_TYPE, write_assistant(one))


def attended(
    *,
    worker: AssistantRecord = WORKER,
    witness: AssistantRecord = WITNESS,
    evidence: Change = lambda said: said,
    signed_by: tuple[str, ...] = ("worker", "witness"),
    shows: tuple[AssistantRecord, ...] | None = None,
) -> World:
    """An honest release on a consent that two signed at a counter, with its evidence; but for."""

    def key(said: SubjectKey) -> SubjectKey:
        found = replace(
            said,
            method=Method.ASSISTED_WITNESSED,
            public_key=b"",
            assistants=tuple(
                AssistantKey(
                    record=name_of(one),
                    role=one.role.value,
                    public_key=KEYS[one.role.value].public,
                    organisation=one.organisation,
                )
                for one in (worker, witness)
            ),
        )
        KEYS[TOGETHER] = BothKeys(key_id=found.key_id)  # type: ignore[assignment]
        return found

    def consent(said: Consent) -> Consent:
        level = Assurance(identity=IdentityLevel.SUBSTANTIAL, act=ActLevel.A2)
        use = replace(said.use, max_uses=1)
        return replace(said, method=Method.ASSISTED_WITNESSED, assurance=level, use=use)

    def envelope(said: Envelope) -> Envelope:
        signed = sign_envelope(said.payload_type, said.payload, KEYS[signed_by[0]])
        for one in signed_by[1:]:
            signed = add_signature(signed, KEYS[one])
        return signed

    world = consented(
        {"key": key, "consent": consent, "envelope": envelope, "holder": lambda _: TOGETHER}
    )
    for one in (worker, witness) if shows is None else shows:
        world.log(ASSISTANT_TYPE, write_assistant(one), "ES node", "ES")
    kept = AssistedEvidence(
        nonce=world.salt(),
        act=world.only("consent"),
        worker=name_of(worker),
        witness=name_of(witness),
        witness_relation="colleague",
        language="es",
        mode="read-aloud",
        read_back=ALL_SAID_BACK,
        has_capacity=True,
        place="counter",
        device="office-tablet",
        copy="printed",
        started_at=NOW - timedelta(minutes=90),
        ended_at=NOW - timedelta(minutes=60),
    )
    document = write_assisted_evidence(evidence(kept))
    world.log(ASSISTED_EVIDENCE_TYPE, document, "ES node", "ES")
    return world


def files_of(world: World) -> dict[str, bytes]:
    """The bundle, with the evidence in its own folder."""
    files = world.files()
    path = statement_path(world.only("assisted-evidence"))
    files[path.replace("statements/", "evidence/")] = files.pop(path)
    return files


def _other(**said: object) -> Change:
    return lambda honest: replace(honest, **said)


@accepted(
    "evidence-of-counter", "A worker and a witness signed for the person, who had said it all back."
)
def _whole() -> Made:
    return made(files_of(attended()))


def _refused(name: str, cause: str, note: str, make: Callable[[], World], step: int = 11) -> None:
    refused(f"evidence-counter-{name}", step, cause, note)(lambda: made(files_of(make())))


_refused(
    "one-unit",
    "must be of another unit than the worker",
    "The witness sits at the worker's own counter.",
    lambda: attended(witness=record(AssistantRole.WITNESS, unit=WORKER.unit)),
)
_refused(
    "of-who-asks",
    "of the institution that asks",
    "The worker is of the institution that wants the consent.",
    lambda: attended(worker=record(AssistantRole.WORKER, organisation=INSS)),
)
_refused(
    "not-said-back",
    "did not say back: stop",
    "Nobody made sure that the person knew how to stop it.",
    lambda: attended(evidence=_other(read_back=ALL_SAID_BACK[:-1])),
)
_refused(
    "no-capacity",
    "does not understand what they do",
    "The worker found that the person did not understand, and signed all the same.",
    lambda: attended(evidence=_other(has_capacity=False)),
)
_refused(
    "other-witness",
    "names others than those who signed",
    "The evidence tells of another witness than the one who signed.",
    lambda: attended(evidence=_other(witness=bytes(32))),
)
_refused(
    "record-missing",
    "record of somebody who signed for the person is not in the bundle",
    "Nothing says whose the witness's key is.",
    lambda: attended(shows=(WORKER,)),
)
_refused(
    "other-key",
    "used other keys than their records say",
    "The witness's record is of another key than the one that signed.",
    lambda: attended(witness=record(AssistantRole.WITNESS, public_key=KEYS["stranger"].public)),
)
_refused(
    "one-signature",
    "signed by 1 of the trusted keys",
    "The witness was named and did not sign.",
    lambda: attended(signed_by=("worker",)),
    step=8,
)


@refused(
    "evidence-counter-among-statements",
    1,
    "does not belong into statements/",
    "What happened at the counter, out of its place.",
)
def _misplaced() -> Made:
    return made(attended().files())
