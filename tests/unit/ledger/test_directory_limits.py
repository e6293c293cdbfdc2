"""What a directory may hold, at the limit and just past it, and what contradicts itself."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from portability.errors import InvalidInputError
from portability.ledger.directory import (
    Directory,
    KeyEntry,
    KeyPurpose,
    build_directory,
    parse_directory,
)
from portability.ledger.rotation import next_version, rotate_log
from portability.ledger.trust import check_consistent
from tests.unit.ledger.test_directory import NOW, ROOTS, START, directory, entry, signer
from tests.unit.ledger.test_succession import FINAL, LATER, SECOND, YEAR, claim

MLDSA_PUBLIC = bytes(range(256)) * 5 + bytes(32)
"""As long as an ML-DSA-44 key: 1,312 bytes."""


def ended(size: int = 7) -> Directory:
    later = next_version(directory(), LATER, YEAR)
    final = replace(FINAL, size=size)
    return rotate_log(later, claim(32, KeyPurpose.LOG), origin=SECOND, final=final)


@pytest.mark.parametrize("table", ["root", "member", "institution", "key", "ended_log"])
def test_a_word_that_is_not_known_is_refused_in_every_table(table: str) -> None:
    payload = build_directory(ended()).decode()
    head = f"[[{table}]]\n"
    with pytest.raises(InvalidInputError) as refusal:
        parse_directory(payload.replace(head, f"{head}surprise = 1\n", 1).encode())
    assert refusal.value.context["field"] == f"{table}[1].surprise"


@pytest.mark.parametrize("size", [0, 2**63 - 1])
def test_a_log_ends_at_any_size_that_a_log_can_have(size: int) -> None:
    assert parse_directory(build_directory(ended(size))).ended_logs[0].size == size


@pytest.mark.parametrize("size", [-1, 2**63])
def test_a_log_ends_at_no_other_size(size: int) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        build_directory(ended(size))
    assert refusal.value.context["field"] == "ended_log[1].size"


@pytest.mark.parametrize("field", ["version", "threshold"])
def test_a_number_of_the_directory_is_from_1_to_31_bits(field: str) -> None:
    assert parse_directory(build_directory(directory(version=2**31 - 1))).version == 2**31 - 1
    for number in (0, 2**31):
        with pytest.raises(InvalidInputError) as refusal:
            parse_directory(
                build_directory(directory(version=2, threshold=2)).replace(
                    f"{field} = 2".encode(), f"{field} = {number}".encode()
                )
            )
        assert refusal.value.context["field"] == field


def large(purpose: KeyPurpose, public: bytes = MLDSA_PUBLIC) -> KeyEntry:
    return replace(entry("ES", "", purpose, 1), public=public)


def test_a_post_quantum_key_may_be_enrolled_for_a_witness_and_nothing_else() -> None:
    held = directory(entries=(*directory().entries, large(KeyPurpose.WITNESS)))
    read = parse_directory(build_directory(held))
    assert read == held
    ((key,),) = read.witness_vkeys("FR", NOW).values()
    assert key.public == MLDSA_PUBLIC
    for wrong in (
        large(KeyPurpose.NODE),
        large(KeyPurpose.WITNESS, MLDSA_PUBLIC[1:]),
        large(KeyPurpose.WITNESS, MLDSA_PUBLIC + MLDSA_PUBLIC[:656]),
    ):
        with pytest.raises(InvalidInputError) as refusal:
            build_directory(directory(entries=(*directory().entries, wrong)))
        assert refusal.value.context["field"] == "key[6].public"


def with_key(**changes: object) -> Directory:
    """The directory in which the node key of ES, its last key, is another one."""
    *others, last = directory().entries
    return directory(entries=(*others, replace(last, **changes)))


@pytest.mark.parametrize(
    ("spoilt", "field", "why"),
    [
        (directory(threshold=0), "threshold", "between 1 and the number of root keys"),
        (directory(threshold=4), "threshold", "between 1 and the number of root keys"),
        (directory(valid_to=START), "valid_to", "ends before it begins"),
        (with_key(jurisdiction="DE"), "key", "not a member's node"),
        (with_key(institution="inss"), "key", "not a member's node"),
        (with_key(valid_to=START), "key", "a key ends before it begins"),
        (with_key(cutoff=START), "key", "a key ends before it begins"),
        (with_key(cutoff=START, valid_to=NOW), "key", "a key ends before it begins"),
    ],
)
def test_a_directory_that_contradicts_itself_is_refused(
    spoilt: Directory, field: str, why: str
) -> None:
    with pytest.raises(InvalidInputError, match=why) as refusal:
        check_consistent(spoilt)
    assert refusal.value.context["field"] == field


@pytest.mark.parametrize(
    "least",
    [
        directory(threshold=1),
        directory(threshold=len(ROOTS)),
        directory(valid_to=START + timedelta(seconds=1)),
        with_key(valid_to=START + timedelta(seconds=1)),
        with_key(cutoff=START + timedelta(seconds=1)),
    ],
)
def test_what_only_just_makes_sense_is_accepted(least: Directory) -> None:
    assert parse_directory(build_directory(least)) == least


def test_a_directory_made_from_another_knows_its_own_keys_alone() -> None:
    first = directory()
    newcomer = entry("ES", "", KeyPurpose.LOG, 22)
    second = replace(first, entries=(newcomer,))
    assert second.key(newcomer.key_id) == newcomer
    assert first.key(newcomer.key_id) is None
    assert second.key(signer(11).key_id) is None


@pytest.mark.parametrize(
    ("cutoff", "end", "valid"),
    [
        (None, NOW, True),
        (NOW, NOW - timedelta(seconds=1), True),
        (NOW, NOW, True),
        (NOW, NOW + timedelta(seconds=1), False),
    ],
)
def test_of_a_time_known_to_the_hour_all_must_lie_before_the_cut_off(
    cutoff: datetime | None, end: datetime, *, valid: bool
) -> None:
    key = replace(entry("FR", "", KeyPurpose.NODE, 11), cutoff=cutoff)
    assert key.is_valid_until(end) is valid


def test_a_key_signed_for_one_log_so_the_end_of_another_does_not_name_it() -> None:
    after = ended()
    (end,) = after.ended_logs
    other = replace(end, origin="fr.node.portability.internal/log/0")
    for ends in ((end, other), (other, end)):
        with pytest.raises(InvalidInputError, match="the key of another log that ended") as refusal:
            check_consistent(replace(after, ended_logs=ends))
        assert refusal.value.context["field"] == "ended_log"
