"""
What the home node keeps of the moment in which a person signed with a passkey.

The assertion travels in the act's own envelope; beside it stay the text that was shown, the request
that it was about and the account that the authenticator named. The home node signs and logs this;
the person and auditors see it, nobody else does. Source: formats.md, §7 (Evidence).
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from portability.consent.document import Consent, NoticeMode, check_instant
from portability.consent.passkey import read_assertion
from portability.consent.reading import Members, check_hash, check_name, open_document, refuse
from portability.errors import InvalidInputError, SignatureError
from portability.ledger.encoding import encode_base64url, format_time
from portability.ledger.envelope import Envelope, statement_id

SCHEMA: Final = "act-evidence/1"
MAX_EVIDENCE_BYTES: Final = 262_144
MAX_HANDLE_BYTES: Final = 64
"""Of a user handle (w3.org/TR/webauthn-3 §5.4.3)."""

MAX_NOTICE: Final = 65_536
"""Characters of the text that was shown."""
_TEXT: Final = json.JSONEncoder(ensure_ascii=False).encode


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownNotice:
    """The exact text that the person saw or heard before signing."""

    language: str
    version: str
    mode: NoticeMode
    text: str

    def __post_init__(self) -> None:
        check_name(self.language, field="notice.lang")
        check_name(self.version, field="notice.version")


@dataclass(frozen=True, slots=True, kw_only=True)
class ActEvidence:
    """
    ``act`` is the statement id of what was signed, ``key_record`` that of the passkey's record.

    ``user_handle`` is empty where the authenticator returned none; ``request`` and ``notice`` are
    there for a consent. Raises InvalidInputError for parts that cannot be.
    """

    nonce: bytes
    act: bytes
    key_record: bytes
    created_at: datetime
    user_handle: bytes = b""
    request: bytes = b""
    notice: ShownNotice | None = None

    def __post_init__(self) -> None:
        for name in ("nonce", "act", "key_record"):
            check_hash(getattr(self, name), field=name)
        check_instant(self.created_at, field="created_at")
        if len(self.user_handle) > MAX_HANDLE_BYTES:
            raise refuse("user_handle", f"has more than {MAX_HANDLE_BYTES} bytes")
        if self.request:
            check_hash(self.request, field="request")


def write_act_evidence(evidence: ActEvidence) -> bytes:
    """The exact bytes, to be signed as they are."""
    members: dict[str, str] = {
        "schema": SCHEMA,
        "nonce": encode_base64url(evidence.nonce),
        "act": evidence.act.hex(),
        "key_record": evidence.key_record.hex(),
        "created_at": format_time(evidence.created_at),
    }
    if evidence.user_handle:
        members["user_handle"] = encode_base64url(evidence.user_handle)
    if evidence.request:
        members["request"] = evidence.request.hex()
    lines = _lines(members, "  ")
    if evidence.notice is not None:
        shown = {
            "lang": evidence.notice.language,
            "version": evidence.notice.version,
            "mode": str(evidence.notice.mode),
            "text": evidence.notice.text,
        }
        lines.append('  "notice": {\n' + ",\n".join(_lines(shown, "    ")) + "\n  }")
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode("utf-8")


def _lines(members: Mapping[str, str], margin: str) -> list[str]:
    """As ``json.dumps`` indents them, which makes up such text piece by piece and takes thrice."""
    return [f'{margin}"{name}": {_TEXT(text)}' for name, text in members.items()]


def read_act_evidence(payload: bytes) -> ActEvidence:
    """The evidence in these bytes. Raises InvalidInputError naming the place."""
    root = open_document(payload, SCHEMA, most=MAX_EVIDENCE_BYTES, what="act evidence")
    handle = root.base64url("user_handle", most=MAX_HANDLE_BYTES) if "user_handle" in root else b""
    evidence = ActEvidence(
        nonce=root.nonce("nonce"),
        act=root.hash("act"),
        key_record=root.hash("key_record"),
        created_at=root.time("created_at"),
        user_handle=handle,
        request=root.hash("request") if "request" in root else b"",
        notice=_notice(root.object("notice")) if "notice" in root else None,
    )
    root.finish()
    return evidence


def verify_act_evidence(
    evidence: ActEvidence,
    *,
    signed: Envelope,
    consent: Consent | None,
    credential_id: bytes = b"",
    user_handle: bytes = b"",
) -> None:
    """
    Raise SignatureError unless this is evidence of that act, by that credential and account.

    ``signed`` is the act, its signature verified before; ``consent`` its content where it is one.
    ``credential_id`` and ``user_handle`` are those enrolled, empty where they are not known.
    """
    if evidence.act != statement_id(signed.payload_type, signed.payload):
        raise SignatureError("the evidence is of another act")
    try:
        assertion = read_assertion(signed.signatures[0].sig)
    except (InvalidInputError, IndexError):
        raise SignatureError("the evidence is of an act that no passkey signed") from None
    if credential_id and assertion.credential_id != credential_id:
        raise SignatureError("the passkey that signed is not the credential that was enrolled")
    if evidence.user_handle and user_handle and evidence.user_handle != user_handle:
        raise SignatureError("the authenticator named another account than the one enrolled")
    if consent is not None:
        _check_shown(evidence, consent)


def _check_shown(evidence: ActEvidence, consent: Consent) -> None:
    if evidence.request != consent.request:
        raise SignatureError("the evidence shows another request than the one consented to")
    notice = evidence.notice
    if notice is None:
        raise SignatureError("the evidence of a consent lacks the text that was shown")
    signed = consent.notice
    if hashlib.sha256(notice.text.encode("utf-8")).digest() != signed.sha256:
        raise SignatureError("the text that was shown is not the one that the consent names")
    shown = (notice.language, notice.version, notice.mode)
    if shown != (signed.language, signed.version, signed.mode):
        raise SignatureError("the text was shown in another way than the consent says")


def _notice(item: Members) -> ShownNotice:
    notice = ShownNotice(
        language=item.code("lang"),
        version=item.code("version"),
        mode=item.one_of("mode", NoticeMode),
        text=item.passage("text", most=MAX_NOTICE),
    )
    item.finish()
    return notice
