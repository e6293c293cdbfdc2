"""What the next version of a directory may change: the future, and never the past."""

from dataclasses import replace
from datetime import timedelta

import pytest

from portability.errors import InvalidInputError, PreconditionError, ProofError, SignatureError
from portability.ledger.directory import (
    Directory,
    EndedLog,
    KeyPurpose,
    build_directory,
    follow_directories,
    parse_directory,
    succeed_directory,
)
from portability.ledger.enrolment import Claim, check_enrolled, open_proof, prove_possession
from portability.ledger.envelope import Envelope
from portability.ledger.keys import Ed25519Signer
from portability.ledger.merkle import EMPTY_ROOT
from portability.ledger.rotation import cut_off, enrol_key, next_version, rotate_log
from portability.ledger.succession import check_succession
from portability.ledger.tree_head import Checkpoint
from tests.unit.ledger.test_directory import ROOTS, START, directory, entry, pinned, signed, signer

LATER = START + timedelta(days=60)
YEAR = timedelta(days=365)
CNAV_KEY = signer(10).key_id
ORIGIN = "fr.node.portability.internal/log"
SECOND = "fr.node.portability.internal/log/2"
FINAL = Checkpoint(origin=ORIGIN, size=7, root=b"\x07" * 32)


def claim(number: int, purpose: KeyPurpose = KeyPurpose.INSTITUTION) -> Claim:
    institution = "cnav" if purpose is KeyPurpose.INSTITUTION else ""
    return Claim(
        jurisdiction="FR",
        institution=institution,
        purpose=purpose,
        public=signer(number).public,
    )


def following() -> Directory:
    return next_version(directory(), LATER, YEAR)


def rotated() -> Directory:
    return enrol_key(following(), claim(30), old_until=LATER + timedelta(days=7))


def ended() -> Directory:
    return rotate_log(following(), claim(32, KeyPurpose.LOG), origin=SECOND, final=FINAL)


def test_a_rotated_key_and_its_successor_overlap_and_then_the_old_one_ends() -> None:
    check_succession(directory(), rotated())
    both = {signer(10).key_id, signer(30).key_id}
    moments = {
        LATER - timedelta(seconds=1): {signer(10).key_id},
        LATER: both,
        LATER + timedelta(days=7, seconds=-1): both,
        LATER + timedelta(days=7): {signer(30).key_id},
    }
    for at, expected in moments.items():
        assert expected == set(rotated().keys("FR", "cnav", "institution", at)), at


def test_a_key_beside_the_old_one_ends_nothing() -> None:
    beside = enrol_key(following(), claim(30), old_until=None)
    assert beside.key(CNAV_KEY) == directory().key(CNAV_KEY)


def test_a_cut_off_key_is_valid_before_the_cut_off_alone() -> None:
    cut = cut_off(following(), CNAV_KEY, START + timedelta(days=30))
    check_succession(directory(), cut)
    found = cut.key(CNAV_KEY)
    assert found is not None
    assert found.is_valid(START + timedelta(days=30, seconds=-1))
    assert not found.is_valid(START + timedelta(days=30))
    with pytest.raises(InvalidInputError):
        cut_off(following(), b"x" * 32, LATER)
    for early in (START, START - timedelta(days=1)):
        with pytest.raises(InvalidInputError, match=r"that key counts from 2025-\S+ on") as raised:
            cut_off(following(), CNAV_KEY, early)
        assert raised.value.context == {"field": "at"}


def changed(**values: object) -> Directory:
    base = following()
    entries = tuple(
        replace(one, **values) if one.key_id == CNAV_KEY else one for one in base.entries
    )
    return replace(base, entries=entries)


@pytest.mark.parametrize(
    ("spoilt", "field"),
    [
        (replace(following(), entries=following().entries[1:]), "key"),
        (changed(jurisdiction="ES", institution="inss"), "key"),
        (changed(valid_from=START - timedelta(days=1)), "valid_from"),
        (changed(valid_to=LATER - timedelta(hours=1)), "valid_to"),
        (
            replace(
                following(), entries=(*following().entries, entry("FR", "", KeyPurpose.WITNESS, 40))
            ),
            "valid_from",
        ),
        (
            replace(following(), roots={signer(10).key_id: signer(10).public}, threshold=1),
            "root",
        ),
        (
            replace(
                following(), members=(replace(following().members[0], log_origin="other/log"),)
            ),
            "log_origin",
        ),
    ],
)
def test_a_version_that_changes_what_was_is_refused(spoilt: Directory, field: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        check_succession(directory(), spoilt)
    assert refusal.value.context["field"] == field


def test_a_root_key_never_becomes_another_key() -> None:
    used = replace(entry("FR", "", KeyPurpose.WITNESS, 1), valid_from=LATER)
    spoilt = replace(
        following(),
        roots={signer(4).key_id: signer(4).public},
        threshold=1,
        entries=(*following().entries, used),
    )
    with pytest.raises(InvalidInputError, match="was a root key"):
        check_succession(directory(), spoilt)


def test_an_end_that_is_past_is_not_moved_and_one_to_come_is() -> None:
    after = next_version(rotated(), LATER + timedelta(days=1), YEAR)
    longer = replace(
        after,
        entries=tuple(
            replace(one, valid_to=LATER + timedelta(days=14)) if one.key_id == CNAV_KEY else one
            for one in after.entries
        ),
    )
    check_succession(rotated(), longer)
    too_late = replace(longer, valid_from=LATER + timedelta(days=8))
    with pytest.raises(InvalidInputError, match="cut-off"):
        check_succession(rotated(), too_late)


def test_a_cut_off_may_move_back_and_never_forth() -> None:
    first = cut_off(following(), CNAV_KEY, LATER)
    after = next_version(first, LATER + timedelta(days=1), YEAR)
    check_succession(first, cut_off(after, CNAV_KEY, LATER - timedelta(days=3)))
    for wrong in (LATER + timedelta(seconds=1), None):
        entries = tuple(
            replace(one, cutoff=wrong) if one.key_id == CNAV_KEY else one for one in after.entries
        )
        with pytest.raises(InvalidInputError, match="cut-off"):
            check_succession(first, replace(after, entries=entries))


def test_signatures_of_both_thresholds_do_not_help_a_version_that_changes_what_was() -> None:
    first = build_directory(directory())
    dropped = replace(following(), entries=following().entries[1:])
    with pytest.raises(InvalidInputError, match="for ever"):
        succeed_directory(
            parse_directory(first), first, signed(build_directory(dropped), ROOTS[0], ROOTS[1])
        )


def chain() -> tuple[list[Directory], list[Envelope]]:
    versions = [directory(), rotated()]
    newcomer = signer(4)
    third = next_version(rotated(), LATER + timedelta(days=1), YEAR)
    versions.append(replace(third, threshold=1, roots={newcomer.key_id: newcomer.public}))
    envelopes = [
        signed(build_directory(one), ROOTS[0], ROOTS[1], *([newcomer] if number == 2 else []))
        for number, one in enumerate(versions)
    ]
    return versions, envelopes


def test_versions_are_followed_in_order_from_the_pinned_keys_on() -> None:
    versions, envelopes = chain()
    assert follow_directories(envelopes, pinned(), 2) == tuple(versions)
    assert follow_directories([*envelopes[:1], *envelopes], pinned(), 2) == tuple(versions)


def test_who_pins_newer_keys_begins_at_the_version_that_they_have_signed() -> None:
    versions, envelopes = chain()
    assert follow_directories(envelopes, [signer(4).public], 1) == (versions[2],)
    with pytest.raises(SignatureError):
        follow_directories(envelopes[:2], [signer(4).public], 1)


@pytest.mark.parametrize("order", [(0, 2), (1, 0), (0, 1, 0)])
def test_skipped_and_lower_versions_break_a_chain(order: tuple[int, ...]) -> None:
    _, envelopes = chain()
    with pytest.raises(SignatureError):
        follow_directories([envelopes[one] for one in order], pinned(), 2)


# --- the end of a log ----------------------------------------------------------------------------


def test_a_rotated_log_reads_back_and_each_key_speaks_for_its_own_origin() -> None:
    after = parse_directory(build_directory(ended()))
    check_succession(directory(), after)
    assert after == ended()
    assert after.member("FR").log_origin == SECOND
    assert after.log_origins("FR") == (ORIGIN, SECOND)
    assert [one.public for one in after.log_vkeys(ORIGIN, START)] == [signer(12).public]
    assert [one.public for one in after.log_vkeys(SECOND, LATER)] == [signer(32).public]
    assert after.log_vkey("FR", LATER).name == SECOND
    assert after.log_vkeys(SECOND, START) == ()
    assert after.log_vkeys(ORIGIN, LATER + timedelta(hours=1)) == ()
    assert len(after.log_vkeys(ORIGIN, None)) == 1
    with pytest.raises(PreconditionError):
        after.log_vkey("FR", START)


def test_nothing_comes_after_the_end_of_a_log() -> None:
    after = ended()
    after.check_log_end(FINAL)
    after.check_log_end(replace(FINAL, size=6))
    after.check_log_end(Checkpoint(origin=SECOND, size=99, root=b"\x01" * 32))
    for late in (replace(FINAL, size=8), replace(FINAL, root=b"\x08" * 32)):
        with pytest.raises(ProofError, match="ended at 7 entries"):
            after.check_log_end(late)


def test_the_end_of_a_log_stays_as_it_was_stated() -> None:
    after = next_version(ended(), LATER + timedelta(days=1), YEAR)
    check_succession(ended(), after)
    moved = replace(after.ended_logs[0], size=8)
    for spoilt in ((), (moved,)):
        with pytest.raises(InvalidInputError, match="end of the log"):
            check_succession(ended(), replace(after, ended_logs=spoilt))


def test_a_log_ends_under_an_enrolled_key_that_ends_too() -> None:
    base = following()
    log = EndedLog(
        jurisdiction="FR", origin="old/log", public=signer(12).public, size=1, root=b"\x01" * 32
    )
    stranger = replace(log, public=signer(50).public)
    for one, why in ((log, "no valid_to"), (stranger, "not enrolled")):
        with pytest.raises(InvalidInputError, match=why):
            build_directory(replace(base, ended_logs=(one,)))


@pytest.mark.parametrize(
    ("new", "origin", "final"),
    [
        (claim(32), SECOND, FINAL),
        (claim(32, KeyPurpose.LOG), SECOND, replace(FINAL, origin="es.node/log")),
        (claim(32, KeyPurpose.LOG), ORIGIN, FINAL),
        (claim(12, KeyPurpose.LOG), SECOND, FINAL),
    ],
)
def test_a_log_is_rotated_to_a_new_key_and_a_new_origin_from_its_own_end(
    new: Claim, origin: str, final: Checkpoint
) -> None:
    with pytest.raises(InvalidInputError):
        rotate_log(following(), new, origin=origin, final=final)


KEPT = Checkpoint(origin=ORIGIN, size=3, root=b"\x03" * 32)


def lossy(kept: Checkpoint = KEPT) -> Directory:
    new = claim(32, KeyPurpose.LOG)
    return rotate_log(following(), new, origin=SECOND, final=FINAL, kept=kept)


def test_a_directory_says_for_ever_which_entries_of_a_log_are_lost() -> None:
    read = parse_directory(build_directory(lossy()))
    (end,) = read.ended_logs
    assert (end.goes_on_from, end.lost) == (KEPT, range(3, 7))
    assert (end.size, end.root) == (FINAL.size, FINAL.root)
    assert parse_directory(build_directory(ended())).ended_logs[0].goes_on_from == FINAL
    check_succession(directory(), read)
    third = next_version(read, LATER + timedelta(days=30), YEAR)
    silent = replace(read.ended_logs[0], kept=None, kept_root=None)
    with pytest.raises(InvalidInputError, match="gone or another"):
        check_succession(read, replace(third, ended_logs=(silent,)))


def test_all_entries_of_a_log_can_be_lost() -> None:
    (end,) = lossy(Checkpoint(origin=ORIGIN, size=0, root=EMPTY_ROOT)).ended_logs
    assert end.lost == range(7)


@pytest.mark.parametrize(
    "kept", [replace(KEPT, size=7), replace(KEPT, size=8), replace(KEPT, origin=SECOND)]
)
def test_what_is_kept_of_a_log_is_less_than_all_of_it(kept: Checkpoint) -> None:
    with pytest.raises(InvalidInputError, match="no earlier state"):
        lossy(kept)


@pytest.mark.parametrize("change", [{"kept": None}, {"kept_root": None}, {"kept": 7}, {"kept": -1}])
def test_a_loss_that_contradicts_itself_is_refused(change: dict[str, int | None]) -> None:
    found = lossy()
    (end,) = found.ended_logs
    with pytest.raises(InvalidInputError, match="kept fewer entries"):
        build_directory(replace(found, ended_logs=(replace(end, **change),)))


def test_a_log_key_is_not_enrolled_without_a_new_origin() -> None:
    with pytest.raises(InvalidInputError, match="origin"):
        enrol_key(following(), claim(32, KeyPurpose.LOG), old_until=None)


def test_a_version_begins_with_a_whole_hour() -> None:
    with pytest.raises(InvalidInputError):
        next_version(directory(), LATER + timedelta(minutes=1), YEAR)
    with pytest.raises(InvalidInputError):
        next_version(directory(), LATER, timedelta())


# --- enrolment -----------------------------------------------------------------------------------


def proof(number: int, purpose: KeyPurpose = KeyPurpose.INSTITUTION) -> Envelope:
    one = claim(number, purpose)
    return prove_possession(
        signer(number), jurisdiction="FR", institution=one.institution, purpose=purpose
    )


def test_a_proof_says_what_its_key_is_to_be_enrolled_for() -> None:
    assert open_proof(proof(30)) == claim(30)


def test_only_new_keys_must_be_proven() -> None:
    check_enrolled(rotated(), directory(), [proof(30)])
    check_enrolled(following(), directory(), [])
    first = [
        prove_possession(
            signer(number), jurisdiction=code, institution=institution, purpose=purpose
        )
        for code, institution, purpose, number in (
            ("FR", "cnav", KeyPurpose.INSTITUTION, 10),
            ("FR", "", KeyPurpose.NODE, 11),
            ("FR", "", KeyPurpose.LOG, 12),
            ("ES", "inss", KeyPurpose.INSTITUTION, 20),
            ("ES", "", KeyPurpose.NODE, 21),
        )
    ]
    check_enrolled(directory(), None, first)
    with pytest.raises(SignatureError, match=signer(12).key_id.hex()[:16]):
        check_enrolled(directory(), None, [*first[:2], *first[3:]])


def test_a_proof_for_another_name_or_purpose_enrols_nothing() -> None:
    elsewhere = prove_possession(
        signer(30), jurisdiction="ES", institution="inss", purpose=KeyPurpose.INSTITUTION
    )
    for others in ([], [proof(31)], [elsewhere], [proof(30, KeyPurpose.NODE)]):
        with pytest.raises(SignatureError, match="nobody has proven"):
            check_enrolled(rotated(), directory(), others)


def test_a_proof_that_another_key_signed_is_none() -> None:
    good = proof(30)
    forged = replace(good, signatures=proof(31).signatures)
    with pytest.raises(SignatureError):
        open_proof(forged)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"enrolment/1"', b'"enrolment/2"'),
        (b'"institution"\n', b'"portal"\n'),
        (b'institution = "cnav"', b'institution = ""'),
        (b'jurisdiction = "FR"', b'jurisdiction = "FR"\nx = 1'),
        (signer(30).public.hex().encode(), b"01" + b"00" * 31),
    ],
)
def test_what_is_no_proof_is_refused(old: bytes, new: bytes) -> None:
    good = proof(30)
    assert old in good.payload
    with pytest.raises(InvalidInputError):
        open_proof(replace(good, payload=good.payload.replace(old, new)))


def test_a_weak_key_proves_nothing_though_its_forgery_verifies() -> None:
    class Weak(Ed25519Signer):
        """A key of small order, for which anyone can sign."""

        def __init__(self) -> None:
            super().__init__(bytes(32))
            self.public = b"\x01" + bytes(31)

        def sign(self, message: bytes) -> bytes:
            return self.public + bytes(32)

    with pytest.raises(InvalidInputError, match="small order"):
        prove_possession(
            Weak(), jurisdiction="FR", institution="cnav", purpose=KeyPurpose.INSTITUTION
        )
