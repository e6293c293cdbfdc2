"""Cases about what is kept beside a person's acts: evidence of passkeys, pauses, other ends."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from portability.consent.act_evidence import ActEvidence, ShownNotice, write_act_evidence
from portability.consent.acts import Pause, Resume, write_pause, write_resume
from portability.consent.consent_reader import read_consent
from portability.consent.document import NoticeMode
from portability.consent.ending import ConsentEnd, EndCause, write_consent_end
from portability.consent.payload_types import (
    ACT_EVIDENCE_TYPE,
    CONSENT_END_TYPE,
    PASSKEY_REGISTRATION_TYPE,
    PAUSE_TYPE,
    RESUME_TYPE,
)
from portability.consent.registration import PasskeyRegistration, Registration
from portability.consent.statements import SubjectKey
from portability.consent.template import parse_template
from portability.ledger.envelope import sign_envelope, statement_id
from portability.v1 import keys_service_pb2
from portability.wire.subject_key import passkey_registration_to_payload
from tests.vectors.authenticator import Authenticator
from tests.vectors.conformance_case import Made, accepted, made, refused
from tests.vectors.conformance_passkeys import HONEST, OTHER, changes
from tests.vectors.conformance_story import (
    HOUR,
    KEYS,
    NOW,
    SOURCE,
    UUID7,
    World,
    consented,
    statement_path,
)
from tests.vectors.passkeys import ORIGIN, RP_ID, Passkey

HANDLE = hashlib.sha256(b"an account that says nothing").digest()
CHALLENGE = hashlib.sha256(b"a challenge of the node").digest()
EvidenceChange = Callable[[ActEvidence], ActEvidence]


def device(**said: object) -> Authenticator:
    """The authenticator that made the person's passkey."""
    honest: dict[str, object] = {"holder": HONEST, "rp_id": RP_ID, "origin": ORIGIN}
    return Authenticator(**honest | said)  # type: ignore[arg-type]


def registration(made_by: Authenticator, *, answers: bytes = CHALLENGE) -> bytes:
    """The home node's evidence of it."""
    options = keys_service_pb2.CreatePasskeyOptionsResponse(challenge=answers, user_handle=HANDLE)
    returned = made_by.register(options)
    return passkey_registration_to_payload(
        PasskeyRegistration(
            salt=hashlib.sha256(b"the salt of a registration").digest(),
            challenge=CHALLENGE,
            registration=Registration(
                client_data=returned.client_data_json,
                attestation_object=returned.attestation_object,
            ),
            transports=tuple(returned.transports),
            user_handle=HANDLE,
            key_addition=b"",
            created_at=NOW - timedelta(days=1),
        )
    )


def kept(
    payload: bytes,
    *,
    named: bool = True,
    evidence: EvidenceChange = lambda said: said,
    signer: str = "ES node",
    passkey: Passkey | None = None,
) -> World:
    """An honest release on a consent by passkey, with the evidence of both; but for these."""
    name = statement_id(PASSKEY_REGISTRATION_TYPE, payload)
    used = passkey or Passkey(holder=HONEST)
    said = changes(used)
    plain_key = said["key"]

    def key(honest: SubjectKey) -> SubjectKey:
        return replace(
            plain_key(honest),
            credential_id=device().credential_id,
            aaguid=bytes(16),
            registration=name if named else bytes(32),
        )

    world = consented({**said, "key": key})
    world.log(PASSKEY_REGISTRATION_TYPE, payload, signer, "ES")
    consent = world.only("consent")
    signed = read_consent(world.placed[consent].envelope.payload)
    template = parse_template((SOURCE / "template.toml").read_bytes())
    _, text = template.notice(signed.notice.language)
    shown = ActEvidence(
        nonce=world.salt(),
        act=consent,
        key_record=world.only("subject-key"),
        created_at=NOW - timedelta(hours=1),
        user_handle=HANDLE,
        request=signed.request,
        notice=ShownNotice(
            language=signed.notice.language,
            version=signed.notice.version,
            mode=signed.notice.mode,
            text=text.decode(),
        ),
    )
    world.log(ACT_EVIDENCE_TYPE, write_act_evidence(evidence(shown)), "ES node", "ES")
    return world


def files_of(world: World) -> dict[str, bytes]:
    """The bundle, with the evidence in its own folder."""
    files = world.files()
    for kind in ("passkey-registration", "act-evidence"):
        path = statement_path(world.only(kind))
        files[path.replace("statements/", "evidence/")] = files.pop(path)
    return files


HONEST_ONE = registration(device())


@accepted("evidence-of-passkey", "How a passkey was enrolled, and what was shown for the consent.")
def _whole() -> Made:
    return made(files_of(kept(HONEST_ONE)))


def _refused(name: str, cause: str, note: str, make: Callable[[], World], step: int = 11) -> None:
    refused(f"evidence-{name}", step, cause, note)(lambda: made(files_of(make())))


_refused(
    "registration-other-challenge",
    "another document or another kind of act",
    "The authenticator answered another challenge than the node gave.",
    lambda: kept(registration(device(), answers=bytes(32))),
)
_refused(
    "registration-other-origin",
    "on a page of another origin",
    "The passkey was made on another page.",
    lambda: kept(registration(device(origin=f"{ORIGIN}.elsewhere.example"))),
)
_refused(
    "registration-cross-origin",
    "inside of another site's page",
    "The passkey was made in a frame of another site.",
    lambda: kept(registration(device(client={"crossOrigin": True}))),
)
_refused(
    "registration-no-uv",
    "without verifying that it was the person",
    "The passkey was made by a touch.",
    lambda: kept(registration(device(flags=1))),
)
_refused(
    "registration-of-assertion",
    "did not sign in answer to a request",
    "A sign-in in place of a registration.",
    lambda: kept(registration(device(client={"type": "webauthn.get"}))),
)
_refused(
    "registration-other-key",
    "of another passkey than the key record says",
    "The registration is of somebody else's passkey.",
    lambda: kept(registration(device(holder=OTHER))),
)
_refused(
    "registration-unnamed",
    "no key record in the bundle names this registration",
    "A registration that the key record does not name.",
    lambda: kept(HONEST_ONE, named=False),
)
_refused(
    "signed-by-institution",
    "for the purpose institution, not node",
    "Evidence is the home node's to sign.",
    lambda: kept(HONEST_ONE, signer="inss"),
    step=8,
)


def _other(**said: Any) -> EvidenceChange:
    return lambda honest: replace(honest, **said)


def _notice(**said: Any) -> EvidenceChange:
    def change(honest: ActEvidence) -> ActEvidence:
        assert honest.notice is not None
        return replace(honest, notice=replace(honest.notice, **said))

    return change


_ACTS: Mapping[str, tuple[EvidenceChange, str, str]] = {
    "other-act": (
        _other(act=bytes(32)),
        "that it is evidence of is not in the bundle",
        "Evidence of an act that nobody shows.",
    ),
    "other-key-record": (
        _other(key_record=bytes(32)),
        "that it is evidence of is not in the bundle",
        "Evidence that names no key record.",
    ),
    "other-account": (
        _other(user_handle=bytes(32)),
        "named another account than the one enrolled",
        "The authenticator named another account.",
    ),
    "other-request": (
        _other(request=bytes(32)),
        "another request than the one consented to",
        "Another request was shown than the one signed.",
    ),
    "no-notice": (
        _other(notice=None),
        "lacks the text that was shown",
        "A consent without the text that was shown.",
    ),
    "other-notice": (
        _notice(text="We would like to know a little more about you.\n"),
        "is not the one that the consent names",
        "The portal showed another text than the one whose digest was signed.",
    ),
    "other-mode": (
        _notice(mode=NoticeMode.READ_ALOUD),
        "shown in another way than the consent says",
        "Read aloud, where the consent says that it was on a screen.",
    ),
}
for _name, (_change, _cause, _note) in _ACTS.items():
    _refused(_name, _cause, _note, lambda change=_change: kept(HONEST_ONE, evidence=change))


@refused(
    "webauthn-credential-not-enrolled",
    8,
    "of another credential than the key record names",
    "The right key under a credential id that was not enrolled.",
)
def _credential() -> Made:
    class Renamed(Passkey):
        @property
        def credential_id(self) -> bytes:
            return b"another credential"

    return made(files_of(kept(HONEST_ONE, passkey=Renamed(holder=HONEST))))


@refused(
    "evidence-among-statements", 1, "does not belong into statements/", "Evidence out of its place."
)
def _misplaced() -> Made:
    return made(kept(HONEST_ONE).files())


@refused(
    "evidence-of-no-kind", 1, "does not belong into evidence/", "A consent among the evidence."
)
def _foreign() -> Made:
    world = kept(HONEST_ONE)
    files = files_of(world)
    path = statement_path(world.only("consent"))
    files[path.replace("statements/", "evidence/")] = files.pop(path)
    return made(files)


# --- pauses and other ends -----------------------------------------------------------------------

YESTERDAY = NOW - timedelta(days=1)


def _paused(world: World, consent: bytes) -> None:
    document = write_pause(
        Pause(
            id=UUID7,
            nonce=world.salt(),
            consent=consent,
            created_at=YESTERDAY,
            until=NOW + timedelta(days=30),
        )
    )
    envelope = sign_envelope(PAUSE_TYPE, document, KEYS["person"])
    world.log_envelope(envelope, "person", "ES", hour=HOUR - 24)


def _resumed(world: World, consent: bytes) -> None:
    _paused(world, consent)
    document = write_resume(
        Resume(id=UUID7, nonce=world.salt(), consent=consent, created_at=NOW - timedelta(hours=2))
    )
    envelope = sign_envelope(RESUME_TYPE, document, KEYS["person"])
    world.log_envelope(envelope, "person", "ES", hour=HOUR - 2)


def _ended(world: World, consent: bytes) -> None:
    document = write_consent_end(
        ConsentEnd(
            id=UUID7,
            nonce=world.salt(),
            consent=consent,
            cause=EndCause.WITHDRAWN_AT_COUNTER,
            created_at=YESTERDAY,
        )
    )
    world.log(CONSENT_END_TYPE, document, "ES node", "ES", hour=HOUR - 24)


@refused("consent-paused", 11, "the person had paused the consent before", "Released in a pause.")
def _pause() -> Made:
    return made(consented(between=_paused).files())


@accepted("consent-resumed", "The person ended the pause before the release.")
def _resume() -> Made:
    return made(consented(between=_resumed).files())


@refused(
    "consent-ended",
    11,
    "the consent had been ended before: withdrawn-at-counter",
    "Withdrawn by the person's word at a counter, before the release.",
)
def _end() -> Made:
    return made(consented(between=_ended).files())
