"""Cases about consents that a person signed with a passkey."""

from collections.abc import Callable
from dataclasses import replace

from portability.consent.document import ActLevel, Assurance, Consent, IdentityLevel, Method
from portability.consent.payload_types import WITHDRAWAL_TYPE
from portability.consent.statements import SubjectKey
from portability.ledger.encoding import encode_base64url
from portability.ledger.envelope import Envelope, statement_id
from tests.vectors.conformance_case import Made, accepted, made, refused
from tests.vectors.conformance_story import KEYS, Changes, consented
from tests.vectors.passkeys import ORIGIN, RP_ID, EdDsa, Passkey

HONEST = EdDsa("the person of the conformance set")
OTHER = EdDsa("somebody else")
KEYS["passkey"] = Passkey(holder=HONEST)  # type: ignore[assignment]


def signed_by(passkey: Passkey, hint: str = Passkey(holder=HONEST).key_id.hex()) -> Made:
    """The honest release, but that the consent is signed by this passkey."""
    return made(consented(changes(passkey, hint)).files())


def changes(passkey: Passkey, hint: str = Passkey(holder=HONEST).key_id.hex()) -> Changes:
    def key(said: SubjectKey) -> SubjectKey:
        return replace(
            said,
            method=Method.PASSKEY,
            public_key=b"",
            cose_key=HONEST.cose,
            relying_party_id=RP_ID,
            origins=(ORIGIN,),
        )

    def consent(said: Consent) -> Consent:
        level = Assurance(identity=IdentityLevel.SUBSTANTIAL, act=ActLevel.A3)
        return replace(said, method=Method.PASSKEY, assurance=level)

    def envelope(said: Envelope) -> Envelope:
        signed = passkey.sign(said.payload_type, said.payload)
        (signature,) = signed.signatures
        return replace(signed, signatures=(replace(signature, key_id_hint=hint),))

    return {"key": key, "consent": consent, "envelope": envelope, "holder": lambda _: "passkey"}


def _honest(**said: object) -> Passkey:
    return Passkey(holder=HONEST, **said)  # type: ignore[arg-type]


@accepted("webauthn-signed", "A consent signed with a passkey, the person present and verified.")
def _signed() -> Made:
    return signed_by(_honest(counter=9))


@accepted("webauthn-counter-zero", "A synced passkey, which counts nothing.")
def _counter() -> Made:
    return signed_by(_honest(counter=0, flags=5 | 8 | 16))


@accepted(
    "webauthn-no-keyid", "A browser signs and knows no key id, so the envelope gives no hint."
)
def _no_keyid() -> Made:
    return signed_by(_honest(counter=9), hint="")


@accepted("webauthn-unknown-member", "The browser added a member, as browsers do.")
def _member() -> Made:
    added = "do not compare clientDataJSON against a template"
    return signed_by(_honest(client={"other_keys_can_be_added_here": added}))


def _case(name: str, cause: str, note: str, passkey: Callable[[], Passkey]) -> None:
    refused(name, 8, cause, note)(lambda: signed_by(passkey()))


FRAMED = "the passkey signed inside of another site's page"
OTHER_ACT = "the passkey signed another document or another kind of act"

_case(
    "webauthn-cross-origin",
    FRAMED,
    "The page was in a frame of another site.",
    lambda: _honest(client={"crossOrigin": True}),
)
_case(
    "webauthn-top-origin",
    FRAMED,
    "The browser names the site that framed the page.",
    lambda: _honest(client={"topOrigin": "https://elsewhere.example"}),
)
_case(
    "webauthn-other-origin",
    "the passkey signed on a page of another origin",
    "A page whose address only begins like the portal's.",
    lambda: _honest(client={"origin": f"{ORIGIN}.elsewhere.example"}),
)
_case(
    "webauthn-other-rp",
    "the passkey is bound to another relying party",
    "A credential of another site.",
    lambda: _honest(rp_id="elsewhere.example"),
)
_case(
    "webauthn-no-uv",
    "the passkey signed without verifying that it was the person",
    "A touch, but neither finger, face nor code.",
    lambda: _honest(flags=1),
)
_case(
    "webauthn-other-credential",
    "the signature does not verify under the public key",
    "Signed with a credential that is not the one of the person's key record.",
    lambda: Passkey(holder=OTHER),
)
_case(
    "webauthn-withdrawal-as-grant",
    OTHER_ACT,
    "The challenge is that of a withdrawal with the same bytes.",
    lambda: _honest(
        challenge=lambda _, payload: encode_base64url(statement_id(WITHDRAWAL_TYPE, payload))
    ),
)
_case(
    "webauthn-challenge-junk",
    OTHER_ACT,
    "The right challenge with padding: a lenient decoder takes it, the text is another one.",
    lambda: _honest(
        challenge=lambda kind, payload: encode_base64url(statement_id(kind, payload)) + "="
    ),
)
