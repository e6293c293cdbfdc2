"""On what identity rests: papers are one way, and whoever has none reaches the same levels."""

import json
import re
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portability.consent.document import IdentityLevel
from portability.consent.identity_evidence import (
    MAX_PIECES,
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


def more(kind: EvidenceKind, count: int) -> list[Piece]:
    return [Piece(kind=kind, source=f"new-{place}") for place in range(count)]


@given(st.lists(PIECES, max_size=8, unique=True))
def test_what_is_missing_leads_to_the_next_level_and_nothing_less_does(found: list[Piece]) -> None:
    level, told = level_of(found), missing_for_more(found)
    if level is IdentityLevel.HIGH:
        assert told == ""
        return
    following = tuple(IdentityLevel)[level.rank + 1]
    assert told.startswith(f"for {following}: ")
    counted = re.search(r"([0-9]+) more", told)
    records = int(counted[1]) if counted else 1
    assert (
        records == 1 or level_of([*found, *more(EvidenceKind.BIRTH_RECORD, records - 1)]) is level
    )
    assert level_of([*found, *more(EvidenceKind.BIRTH_RECORD, records)]) is following
    people = records - ("at least one of them a record" in told)
    mixed = [
        *more(EvidenceKind.VOUCHING, people),
        *more(EvidenceKind.SCHOOL_RECORD, records)[people:],
    ]
    if "vouch" in told:
        assert level_of([*found, *mixed]) is following
    else:
        assert level_of([*found, *more(EvidenceKind.VOUCHING, 4)]) is level
    if "picture" in told:
        assert level_of([*found, *more(EvidenceKind.PASSPORT, 1)]) is following


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ((), "for substantial: 2 more records or people who vouch, each"),
        (("birth-record",), "for substantial: another record, or another person who vouches, each"),
        (("vouching",) * 2, "for high: 2 more records or people who vouch, at least one of them"),
        (("vouching",) * 3, "for high: one record or document besides what people say"),
        (("vouching",) * 4, "for high: one record or document besides what people say"),
        (("passport", "vouching"), "for high: another record, or another person who vouches, each"),
    ],
)
def test_words_alone_are_told_that_a_record_has_to_come(found: tuple[str, ...], told: str) -> None:
    assert missing_for_more(pieces(*found)).startswith(told)


@pytest.mark.parametrize(
    ("found", "level"),
    [
        (("birth-record", "school-record", "health-record"), IdentityLevel.SUBSTANTIAL),
        (("vouching", "vouching", "birth-record"), IdentityLevel.SUBSTANTIAL),
        (("passport", "birth-record"), IdentityLevel.SUBSTANTIAL),
        (("passport", "birth-record", "vouching"), IdentityLevel.HIGH),
        (("birth-record", "telephone-reached", "address-reached"), IdentityLevel.LOW),
        (
            ("self-declared", "telephone-reached", "address-reached", "self-declared"),
            IdentityLevel.LOW,
        ),
        (("birth-record", "school-record", "passport@source-0"), IdentityLevel.SUBSTANTIAL),
        (("vouching",) * 4 + ("self-declared",), IdentityLevel.SUBSTANTIAL),
    ],
)
def test_hints_add_nothing_and_are_no_more_than_word(
    found: tuple[str, ...], level: IdentityLevel
) -> None:
    assert level_of(pieces(*found)) is level


def test_an_assessment_rests_on_one_to_sixteen_pieces_none_of_them_twice() -> None:
    many = tuple(
        Piece(kind=EvidenceKind.VOUCHING, source=f"source-{place}") for place in range(MAX_PIECES)
    )
    assert replace(assessment(), evidence=many).evidence == many
    for wrong in ((), many[:1] * 2, (*many, Piece(kind=EvidenceKind.PASSPORT, source="es"))):
        with pytest.raises(InvalidInputError, match="evidence"):
            replace(assessment(), evidence=wrong)
    with pytest.raises(InvalidInputError, match="source"):
        Piece(kind=EvidenceKind.VOUCHING, source="my teacher")


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
