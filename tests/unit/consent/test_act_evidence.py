"""What is kept of the moment of signing: what it must fit, and what is refused of it."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from portability.consent.act_evidence import (
    MAX_EVIDENCE_BYTES,
    MAX_HANDLE_BYTES,
    MAX_NOTICE,
    ActEvidence,
    ShownNotice,
    read_act_evidence,
    verify_act_evidence,
    write_act_evidence,
)
from portability.consent.consent_json import write_consent
from portability.consent.document import Consent, NoticeMode
from portability.consent.payload_types import CONSENT_TYPE
from portability.errors import InvalidInputError, SignatureError
from portability.ledger.envelope import Envelope, sign_envelope, statement_id
from portability.ledger.keys import Ed25519Signer
from tests.unit.consent.world import TEMPLATE, new_consent
from tests.vectors.passkeys import EdDsa, Passkey

CONSENT = new_consent()
DOCUMENT = write_consent(CONSENT)
KEY = Passkey(holder=EdDsa("rosa"))
SIGNED = KEY.sign(CONSENT_TYPE, DOCUMENT)
HANDLE = b"an account that says nothing"
TEXT = TEMPLATE.notice(CONSENT.notice.language)[1].decode()
EVIDENCE = ActEvidence(
    nonce=bytes(range(32)),
    act=statement_id(CONSENT_TYPE, DOCUMENT),
    key_record=bytes(32),
    created_at=datetime(2026, 3, 2, 9, tzinfo=UTC),
    user_handle=HANDLE,
    request=CONSENT.request,
    notice=ShownNotice(
        language=CONSENT.notice.language,
        version=CONSENT.notice.version,
        mode=CONSENT.notice.mode,
        text=TEXT,
    ),
)
NOTICE = EVIDENCE.notice
assert NOTICE is not None


def verify(
    evidence: ActEvidence,
    *,
    signed: Envelope = SIGNED,
    consent: Consent | None = CONSENT,
    credential_id: bytes = KEY.credential_id,
    user_handle: bytes = HANDLE,
) -> None:
    verify_act_evidence(
        evidence,
        signed=signed,
        consent=consent,
        credential_id=credential_id,
        user_handle=user_handle,
    )


def test_what_was_written_is_what_is_read_and_it_holds() -> None:
    assert read_act_evidence(write_act_evidence(EVIDENCE)) == EVIDENCE
    bare = replace(EVIDENCE, user_handle=b"", request=b"", notice=None)
    assert read_act_evidence(write_act_evidence(bare)) == bare
    verify(EVIDENCE)
    verify(replace(EVIDENCE, user_handle=b""))
    verify(bare, consent=None)


def test_its_parts_have_their_greatest_lengths() -> None:
    longest = replace(NOTICE, text="x" * MAX_NOTICE)
    full = replace(EVIDENCE, user_handle=bytes(MAX_HANDLE_BYTES), notice=longest)
    written = write_act_evidence(full)
    assert read_act_evidence(written) == full
    assert read_act_evidence(written + b" " * (MAX_EVIDENCE_BYTES - len(written))) == full
    with pytest.raises(InvalidInputError, match=f"more than {MAX_EVIDENCE_BYTES} bytes"):
        read_act_evidence(written + b" " * (MAX_EVIDENCE_BYTES - len(written) + 1))
    longer = write_act_evidence(
        replace(EVIDENCE, notice=replace(longest, text="x" * (MAX_NOTICE + 1)))
    )
    with pytest.raises(InvalidInputError, match=f"text of 1 to {MAX_NOTICE} characters"):
        read_act_evidence(longer)
    with pytest.raises(InvalidInputError, match="more than 64 bytes"):
        replace(EVIDENCE, user_handle=bytes(MAX_HANDLE_BYTES + 1))
    for wrong in ({"language": "Spanish, please"}, {"version": ""}):
        with pytest.raises(InvalidInputError, match="notice"):
            replace(NOTICE, **wrong)


def test_an_empty_account_or_text_is_none() -> None:
    members = json.loads(write_act_evidence(EVIDENCE))
    for wrong in ({"user_handle": ""}, {"notice": members["notice"] | {"text": ""}}):
        with pytest.raises(InvalidInputError):
            read_act_evidence(json.dumps(members | wrong).encode())


def test_the_bytes_are_those_of_indented_json() -> None:
    odd = replace(NOTICE, text='Zoë said: "yes" \\ no\n\u2028\U0001f600\x7f')
    for evidence in (EVIDENCE, replace(EVIDENCE, notice=odd), replace(EVIDENCE, notice=None)):
        written = write_act_evidence(evidence)
        again = json.dumps(json.loads(written), indent=2, ensure_ascii=False) + "\n"
        assert written == again.encode()


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        (replace(EVIDENCE, act=bytes(32)), "of another act"),
        (replace(EVIDENCE, user_handle=b"another"), "another account"),
        (replace(EVIDENCE, request=b""), "another request"),
        (replace(EVIDENCE, notice=None), "lacks the text"),
        (replace(EVIDENCE, notice=replace(NOTICE, text=f"{TEXT} ")), "not the one"),
        (replace(EVIDENCE, notice=replace(NOTICE, mode=NoticeMode.READ_ALOUD)), "in another way"),
        (replace(EVIDENCE, notice=replace(NOTICE, language="fr")), "in another way"),
        (replace(EVIDENCE, notice=replace(NOTICE, version="9")), "in another way"),
    ],
    ids=["act", "account", "request", "no-text", "text", "mode", "language", "version"],
)
def test_evidence_that_does_not_fit_the_act_is_refused(changed: ActEvidence, why: str) -> None:
    with pytest.raises(SignatureError, match=why):
        verify(changed)


def test_another_credential_and_an_act_without_passkey_are_refused() -> None:
    with pytest.raises(SignatureError, match="not the credential that was enrolled"):
        verify(EVIDENCE, credential_id=b"another")
    by_software = sign_envelope(CONSENT_TYPE, DOCUMENT, Ed25519Signer(bytes([1]) * 32))
    for signed in (by_software, replace(by_software, signatures=())):
        with pytest.raises(SignatureError, match="no passkey signed"):
            verify(EVIDENCE, signed=signed)


@pytest.mark.parametrize(
    ("member", "value", "field"),
    [
        ("schema", "act-evidence/2", "schema"),
        ("nonce", "AA", "nonce"),
        ("act", "00", "act"),
        ("user_handle", "", "user_handle"),
        ("user_handle", "A" * 87, "user_handle"),
        ("more", "than we know", "document"),
        ("created_at", "2026-03-02T09:00:00+00:00", "created_at"),
    ],
)
def test_a_document_that_is_not_exactly_one_of_ours_is_refused(
    member: str, value: str, field: str
) -> None:
    changed = json.loads(write_act_evidence(EVIDENCE)) | {member: value}
    with pytest.raises(InvalidInputError, match=field):
        read_act_evidence(json.dumps(changed).encode())


@pytest.mark.parametrize("text", ["", "a\rb", "a\x1bb", "x" * 65_537])
def test_a_notice_is_lines_of_plain_text(text: str) -> None:
    changed = json.loads(write_act_evidence(EVIDENCE))
    changed["notice"]["text"] = text
    with pytest.raises(InvalidInputError, match=r"notice\.text"):
        read_act_evidence(json.dumps(changed).encode())


def test_a_document_over_the_limit_is_refused_unread() -> None:
    with pytest.raises(InvalidInputError, match="bytes"):
        read_act_evidence(b" " * 262_145)
