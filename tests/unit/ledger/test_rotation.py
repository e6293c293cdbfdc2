"""Making the next version of a directory: what it changes, what it leaves, and what may follow."""

from dataclasses import replace
from datetime import timedelta

import pytest

from portability.errors import InvalidInputError, SignatureError
from portability.ledger.directory import (
    Directory,
    KeyPurpose,
    build_directory,
    follow_directories,
    parse_directory,
    succeed_directory,
)
from portability.ledger.rotation import check_next, cut_off, enrol_key, next_version, rotate_log
from portability.ledger.succession import check_succession
from tests.unit.ledger.test_directory import ROOTS, directory, entry, pinned, signed, signer
from tests.unit.ledger.test_succession import (
    CNAV_KEY,
    FINAL,
    LATER,
    ORIGIN,
    SECOND,
    YEAR,
    chain,
    claim,
    following,
    rotated,
)

WEEK = timedelta(days=7)


def test_a_new_key_ends_those_of_its_holder_and_purpose_and_no_others() -> None:
    old = {one.key_id: one for one in directory().entries}
    for one in rotated().entries[:-1]:
        expected = LATER + WEEK if one.key_id == CNAV_KEY else None
        assert one == replace(old[one.key_id], valid_to=expected)


def test_an_end_that_was_set_already_and_is_earlier_stays() -> None:
    sooner = enrol_key(following(), claim(30), old_until=LATER + WEEK)
    again = enrol_key(sooner, claim(31), old_until=LATER + 2 * WEEK)
    found = {one.key_id: one.valid_to for one in again.entries}
    assert found[CNAV_KEY] == LATER + WEEK
    assert found[signer(30).key_id] == LATER + 2 * WEEK


def test_only_a_log_key_follows_a_log_key_and_only_where_there_is_one() -> None:
    es_log = replace(claim(32, KeyPurpose.LOG), jurisdiction="ES")
    es_end = replace(FINAL, origin="es.node.portability.internal/log")
    two = following()
    beside = replace(
        two, entries=(*two.entries, replace(entry("FR", "", KeyPurpose.LOG, 15), valid_from=LATER))
    )
    for base, new, final in (
        (two, claim(32), FINAL),
        (two, es_log, es_end),
        (beside, claim(32, KeyPurpose.LOG), FINAL),
    ):
        with pytest.raises(InvalidInputError, match="one log key is to follow one other"):
            rotate_log(base, new, origin=SECOND, final=final)


def test_the_old_key_of_a_log_counts_to_the_end_of_the_hour_in_which_the_log_ended() -> None:
    after = rotate_log(following(), claim(32, KeyPurpose.LOG), origin=SECOND, final=FINAL)
    last = LATER + timedelta(minutes=59, seconds=59)
    assert [key.public for key in after.log_vkeys(ORIGIN, last)] == [signer(12).public]
    assert after.log_vkeys(ORIGIN, last + timedelta(seconds=1)) == ()


# --- what may follow -----------------------------------------------------------------------------


def test_the_version_that_follows_is_one_more_and_leaves_what_was() -> None:
    check_next(directory(), following())
    gone = replace(following(), entries=following().entries[1:])
    with pytest.raises(InvalidInputError, match="for ever"):
        check_next(directory(), gone)


@pytest.mark.parametrize("version", [1, 2, 4, 5])
def test_no_other_number_follows(version: int) -> None:
    held = directory(version=2)
    check_next(held, replace(following(), version=3))
    with pytest.raises(InvalidInputError, match=f"version {version} does not follow version 2"):
        check_next(held, replace(following(), version=version))


@pytest.mark.parametrize("version", [2, 3, 5])
def test_who_brings_another_version_is_told_which_one_is_next(version: int) -> None:
    held = build_directory(directory(version=3))
    other = build_directory(directory(version=version, threshold=1))
    with pytest.raises(SignatureError) as refusal:
        succeed_directory(parse_directory(held), held, signed(other, *ROOTS))
    assert refusal.value.context == {"expected": "4", "found": str(version)}


def ending(at: timedelta) -> Directory:
    """The version after the rotation, in which the old key ends so long after it begins."""
    after = next_version(rotated(), LATER + WEEK, YEAR)
    entries = tuple(
        replace(one, valid_to=after.valid_from + at) if one.key_id == CNAV_KEY else one
        for one in after.entries
    )
    return replace(after, entries=entries)


def test_an_end_on_the_first_instant_of_a_version_is_not_past_yet() -> None:
    check_succession(rotated(), ending(timedelta(days=1)))
    check_succession(rotated(), ending(timedelta()))
    with pytest.raises(InvalidInputError, match="past"):
        check_succession(rotated(), ending(-timedelta(seconds=1)))


def test_a_cut_off_stays_from_version_to_version() -> None:
    first = cut_off(following(), CNAV_KEY, LATER)
    check_succession(first, next_version(first, LATER + WEEK, YEAR))


def test_a_key_that_was_enrolled_is_no_root_key_beside_good_ones_either() -> None:
    used = {one.key_id: one.public for one in (*ROOTS, signer(11))}
    with pytest.raises(InvalidInputError, match="root key was enrolled"):
        check_succession(directory(), replace(following(), roots=used))


def test_a_refusal_names_a_key_by_what_a_person_can_find_in_the_file() -> None:
    gone = replace(following(), entries=following().entries[1:])
    named = f"the institution key {CNAV_KEY.hex()[:16]} of FR/cnav is gone"
    with pytest.raises(InvalidInputError, match=named):
        check_succession(directory(), gone)
    assert str(claim(10)) == f"the institution key {CNAV_KEY.hex()[:16]} of FR/cnav"
    node = signer(11).key_id.hex()[:16]
    assert str(claim(11, KeyPurpose.NODE)) == f"the node key {node} of FR"


# --- a chain of versions -------------------------------------------------------------------------


def test_a_version_that_comes_twice_counts_once_wherever_it_stands() -> None:
    versions, envelopes = chain()
    twice = [one for one in envelopes for _ in range(2)]
    assert follow_directories(twice, pinned(), 2) == tuple(versions)


def test_the_first_version_must_be_signed_by_the_roots_that_it_names_too() -> None:
    stranger = signer(9)
    payload = build_directory(directory(threshold=1, roots={stranger.key_id: stranger.public}))
    with pytest.raises(SignatureError):
        follow_directories([signed(payload, ROOTS[0], ROOTS[1])], pinned(), 2)
    whole = signed(payload, ROOTS[0], ROOTS[1], stranger)
    assert follow_directories([whole], pinned(), 2)[0].threshold == 1
