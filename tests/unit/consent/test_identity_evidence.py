"""On what identity rests: papers are one way, and whoever has none reaches the same levels."""

import json
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portability.consent.document import IdentityLevel
from portability.consent.identity_evidence import (
    EvidenceKind,
    IdentityAssessment,
    Piece,
    level_of,
    missing_for_more,
    read_assessment,
    write_assessment,
)
from portability.consent.scope import Party
from portability.errors import InvalidInputError
from tests.unit.consent.world import NOW

WORDS = (EvidenceKind.VOUCHING, EvidenceKind.COMMUNITY_RECORD)
PIECES = st.builds(
    Piece, kind=st.sampled_from(EvidenceKind), source=st.sampled_from(["a", "b", "c", "d", "e"])
)


def pieces(*found: str) -> tuple[Piece, ...]:
    """Each ``kind`` or ``kind@source``; sources differ unless they are named."""
    parts = [one.partition("@") for one in found]
    return tuple(
        Piece(kind=EvidenceKind(kind), source=source or f"source-{place}")
        for place, (kind, _, source) in enumerate(parts)
    )


@pytest.mark.parametrize(
    ("found", "level"),
    [
        (("self-declared",), IdentityLevel.LOW),
        (("self-declared", "telephone-reached", "address-reached"), IdentityLevel.LOW),
        (("passport",), IdentityLevel.SUBSTANTIAL),
        (("vouching", "vouching"), IdentityLevel.SUBSTANTIAL),
        (("contribution-record", "vouching"), IdentityLevel.SUBSTANTIAL),
        (("vouching@mosque", "community-record@mosque"), IdentityLevel.LOW),
        (("passport", "residence-permit"), IdentityLevel.HIGH),
        (
            ("contribution-record", "school-record", "vouching", "employer-record"),
            IdentityLevel.HIGH,
        ),
        (("vouching",) * 6, IdentityLevel.SUBSTANTIAL),
    ],
)
def test_a_level_rests_on_how_much_is_said_by_how_many(
    found: tuple[str, ...], level: IdentityLevel
) -> None:
    assert level_of(pieces(*found)) is level


def test_every_level_is_reached_without_a_document_that_has_a_picture() -> None:
    papers = {kind for kind in EvidenceKind if level_of(pieces(kind)) is not IdentityLevel.LOW}
    others = [kind for kind in EvidenceKind if kind not in papers]
    reached = {level_of(pieces(*some)) for some in combinations(others, 4)}
    assert papers
    assert reached == {*IdentityLevel}


@given(st.lists(PIECES, max_size=8, unique=True), PIECES)
def test_more_evidence_never_makes_less_sure(found: list[Piece], more: Piece) -> None:
    assert level_of([*found, more]).rank >= level_of(found).rank


@given(st.lists(st.sampled_from(WORDS), max_size=16))
def test_word_of_mouth_alone_never_makes_the_highest_level(kinds: list[EvidenceKind]) -> None:
    found = [Piece(kind=kind, source=f"source-{place}") for place, kind in enumerate(kinds)]
    assert level_of(found) is not IdentityLevel.HIGH


@given(st.lists(PIECES, max_size=8, unique=True))
def test_what_is_missing_is_told_below_the_highest_level_and_nowhere_else(
    found: list[Piece],
) -> None:
    assert bool(missing_for_more(found)) == (level_of(found) is not IdentityLevel.HIGH)


def assessment() -> IdentityAssessment:
    return IdentityAssessment(
        id="01890a5d-ac96-774b-bcce-b302099a8057",
        nonce=bytes([1]) * 32,
        subject_commitment=bytes([2]) * 32,
        assessed_by=Party(jurisdiction="ES", institution="imserso"),
        evidence=pieces("vouching", "contribution-record"),
        created_at=NOW,
    )


def test_an_assessment_reads_back_and_cannot_claim_another_level() -> None:
    written = write_assessment(assessment())
    assert read_assessment(written) == assessment()
    members = json.loads(written)
    assert members["level"] == "substantial"
    for lie in ({"level": "high"}, {"name": "Rosa"}, {"evidence": []}):
        with pytest.raises(InvalidInputError):
            read_assessment(json.dumps(members | lie).encode())
