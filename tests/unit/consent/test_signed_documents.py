"""Every JSON document that somebody signs: one spelling, nothing overlooked, no part unchecked."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from portability.consent.act_evidence import (
    ActEvidence,
    ShownNotice,
    read_act_evidence,
    write_act_evidence,
)
from portability.consent.acts import (
    Pause,
    Refusal,
    Resume,
    read_pause,
    read_refusal,
    read_resume,
    write_pause,
    write_refusal,
    write_resume,
)
from portability.consent.assisted import (
    AssistantRecord,
    AssistantRole,
    AssistedEvidence,
    ReadBack,
    read_assistant,
    read_assisted_evidence,
    write_assistant,
    write_assisted_evidence,
)
from portability.consent.confirmation import Confirmation, read_confirmation, write_confirmation
from portability.consent.consent_json import write_consent, write_withdrawal
from portability.consent.consent_reader import read_consent, read_withdrawal
from portability.consent.document import ExpressedBy, NoticeMode, Representation, Role
from portability.consent.ending import ConsentEnd, EndCause, read_consent_end, write_consent_end
from portability.consent.identity_evidence import (
    EvidenceKind,
    IdentityAssessment,
    Piece,
    read_assessment,
    write_assessment,
)
from portability.consent.key_acts import (
    KeyAddition,
    KeyEndReason,
    KeyRemoval,
    read_key_addition,
    read_key_removal,
    write_key_addition,
    write_key_removal,
)
from portability.consent.opening import AccessOpening, Ground, read_opening, write_opening
from portability.consent.reading import MAX_ITEMS, MAX_TEXT, Members, open_document
from portability.consent.registration import Registration
from portability.consent.withdrawal import Withdrawal
from portability.errors import InvalidInputError
from tests.unit.consent.world import AT_INSS, CONSENT, NOW, ROSA
from tests.unit.signed_documents import (
    Kind,
    check_every_part_is_checked,
    check_is_made_for_readers,
    check_reads_back,
    check_refuses_another_schema,
    check_refuses_missing_members,
    check_refuses_unknown_members,
)

HEAD: dict[str, Any] = {
    "id": "01890a5d-ac96-774b-bcce-b302099a8057",
    "nonce": bytes([1]) * 32,
    "created_at": NOW,
}
ABOUT = bytes([2]) * 32
LATER = NOW + timedelta(days=7)


EVIDENCE = AssistedEvidence(
    nonce=bytes([1]) * 32,
    act=ABOUT,
    worker=bytes([3]) * 32,
    witness=bytes([4]) * 32,
    witness_relation="mediator",
    scan=bytes([5]) * 32,
    language="ar",
    mode="read-aloud",
    read_back=(
        ReadBack(question="purpose", correct=True),
        ReadBack(question="stop", correct=False),
    ),
    has_capacity=True,
    place="madrid-3",
    device="desk-1",
    copy="paper",
    started_at=NOW,
    ended_at=NOW,
)
KINDS = {
    "pause": Kind(
        example=Pause(**HEAD, consent=ABOUT, until=LATER), write=write_pause, read=read_pause
    ),
    "resume": Kind(example=Resume(**HEAD, consent=ABOUT), write=write_resume, read=read_resume),
    "refusal": Kind(example=Refusal(**HEAD, request=ABOUT), write=write_refusal, read=read_refusal),
    "withdrawal": Kind(
        example=Withdrawal(**HEAD, consent=ABOUT, reason="no-longer-wanted"),
        write=write_withdrawal,
        read=read_withdrawal,
        optional=frozenset({"reason"}),
    ),
    "confirmation": Kind(
        example=Confirmation(**HEAD, consent=ABOUT),
        write=write_confirmation,
        read=read_confirmation,
    ),
    "end": Kind(
        example=ConsentEnd(**HEAD, consent=ABOUT, cause=EndCause.AUTHORITY),
        write=write_consent_end,
        read=read_consent_end,
    ),
    "assistant": Kind(
        example=AssistantRecord(
            id=HEAD["id"],
            nonce=HEAD["nonce"],
            role=AssistantRole.WITNESS,
            organisation=AT_INSS,
            unit="desk-1",
            public_key=ROSA.public,
            valid_from=NOW,
        ),
        write=write_assistant,
        read=read_assistant,
    ),
    "assisted evidence": Kind(
        example=EVIDENCE,
        write=write_assisted_evidence,
        read=read_assisted_evidence,
        optional=frozenset({"scan"}),
    ),
    "assessment": Kind(
        example=IdentityAssessment(
            **HEAD,
            subject_commitment=ABOUT,
            assessed_by=AT_INSS,
            evidence=(
                Piece(kind=EvidenceKind.VOUCHING, source="teacher"),
                Piece(kind=EvidenceKind.CONTRIBUTION_RECORD, source="inss"),
            ),
        ),
        write=write_assessment,
        read=read_assessment,
    ),
    "key addition": Kind(
        example=KeyAddition(
            **HEAD,
            challenge=ABOUT,
            registration=Registration(client_data=b"{}", attestation_object=b"\xa0"),
            transports=("usb", "nfc"),
        ),
        write=write_key_addition,
        read=read_key_addition,
        optional=frozenset({"transports"}),
    ),
    "key removal": Kind(
        example=KeyRemoval(**HEAD, key=ABOUT, reason=KeyEndReason.LOST),
        write=write_key_removal,
        read=read_key_removal,
    ),
    "opening": Kind(
        example=AccessOpening(
            **HEAD,
            subject_commitment=ABOUT,
            holder=AT_INSS,
            ground=Ground.COURT,
            citation="Auto nº 12/2026, señora Zoë",
            until=LATER,
        ),
        write=write_opening,
        read=read_opening,
    ),
    "act evidence": Kind(
        example=ActEvidence(
            nonce=HEAD["nonce"],
            act=ABOUT,
            key_record=bytes([3]) * 32,
            created_at=NOW,
            user_handle=b"rosa",
            request=bytes([4]) * 32,
            notice=ShownNotice(
                language="es", version="3", mode=NoticeMode.READ_ALOUD, text='Sí: "todo"\ny más\n'
            ),
        ),
        write=write_act_evidence,
        read=read_act_evidence,
        optional=frozenset({"user_handle", "request", "notice"}),
    ),
    "consent": Kind(example=CONSENT, write=write_consent, read=read_consent),
    "consent for a ward": Kind(
        example=replace(
            CONSENT,
            supersedes=ABOUT,
            expressed_by=ExpressedBy(
                role=Role.GUARDIAN,
                proof=Representation(
                    sha256=bytes([5]) * 32, not_after=CONSENT.not_after, acts=("consent",)
                ),
            ),
        ),
        write=write_consent,
        read=read_consent,
        optional=frozenset({"supersedes"}),
    ),
}
NAMED = [pytest.param(kind, id=name) for name, kind in KINDS.items()]


@pytest.mark.parametrize("kind", NAMED)
def test_a_document_reads_back_as_it_was_written(kind: Kind) -> None:
    check_reads_back(kind)
    check_is_made_for_readers(kind)


@pytest.mark.parametrize("kind", NAMED)
def test_a_member_that_is_not_known_is_refused_wherever_it_stands(kind: Kind) -> None:
    check_refuses_unknown_members(kind)


@pytest.mark.parametrize("kind", NAMED)
def test_no_member_may_be_missing_that_is_not_optional(kind: Kind) -> None:
    check_refuses_missing_members(kind)


@pytest.mark.parametrize("kind", NAMED)
def test_a_document_of_another_schema_is_refused(kind: Kind) -> None:
    check_refuses_another_schema(kind)


def test_what_is_too_long_or_of_another_schema_is_named_as_people_name_it() -> None:
    for what, named in (("", "thing/1"), ("thing", "thing")):
        with pytest.raises(InvalidInputError, match=f"^{named} has more than 5 bytes"):
            open_document(b" " * 6, "thing/1", most=5, what=what)
        with pytest.raises(InvalidInputError, match=f"{named} is not well-formed"):
            open_document(b"{", "thing/1", most=5, what=what)


def test_a_line_of_text_and_a_list_have_their_greatest_lengths() -> None:
    kind = KINDS["opening"]
    longest = replace(kind.example, citation="x" * MAX_TEXT)
    assert kind.read(kind.write(longest)) == longest
    with pytest.raises(InvalidInputError, match="citation"):
        replace(kind.example, citation="x" * (MAX_TEXT + 1))
    with pytest.raises(InvalidInputError, match="transports"):
        replace(KINDS["key addition"].example, transports=("a wire",))
    items = Members({"list": [{}] * MAX_ITEMS, "more": [{}] * (MAX_ITEMS + 1)})
    assert len(items.objects("list")) == MAX_ITEMS
    with pytest.raises(InvalidInputError, match=f"more than {MAX_ITEMS}"):
        items.objects("more")


@pytest.mark.parametrize("kind", NAMED)
def test_every_part_of_a_document_is_checked_when_it_is_made(kind: Kind) -> None:
    check_every_part_is_checked(kind)
