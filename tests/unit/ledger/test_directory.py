"""The directory document and the rules by which one version follows another."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from portability.core.periods import Branch
from portability.errors import InvalidInputError, PreconditionError, SignatureError
from portability.ledger.directory import (
    DIRECTORY_TYPE,
    Directory,
    Institution,
    KeyEntry,
    KeyPurpose,
    Member,
    build_directory,
    open_directory,
    parse_directory,
    succeed_directory,
)
from portability.ledger.envelope import Envelope, add_signature, sign_envelope
from portability.ledger.keys import Ed25519Signer, key_id

START = datetime(2025, 1, 1, tzinfo=UTC)
NOW = START + timedelta(days=30)


def signer(number: int) -> Ed25519Signer:
    return Ed25519Signer(bytes([number]) * 32)


ROOTS = [signer(1), signer(2), signer(3)]


def directory(**changes: object) -> Directory:
    names = {"FR": ("cnav", "Caisse nationale d'assurance vieillesse"), "ES": ("inss", 'I "N" SS')}
    base = Directory(
        version=1,
        valid_from=START,
        valid_to=START + timedelta(days=365),
        threshold=2,
        roots={root.key_id: root.public for root in ROOTS},
        members=tuple(
            Member(
                jurisdiction=code,
                endpoint=f"127.0.0.1:{5000 + place}",
                log_origin=f"{code.lower()}.node.portability.internal/log",
                server_name=f"{code.lower()}.node.portability.internal",
            )
            for place, code in enumerate(names)
        ),
        institutions=tuple(
            Institution(
                jurisdiction=code,
                id=short,
                name=name,
                branches=(Branch.OLD_AGE, Branch.SURVIVORS),
                country=code,
                contact="contact@example.org",
                supervisory_authority="Data protection authority",
            )
            for code, (short, name) in names.items()
        ),
        entries=(
            entry("FR", "cnav", KeyPurpose.INSTITUTION, 10),
            entry("FR", "", KeyPurpose.NODE, 11),
            entry("FR", "", KeyPurpose.LOG, 12),
            entry("ES", "inss", KeyPurpose.INSTITUTION, 20),
            entry("ES", "", KeyPurpose.NODE, 21),
        ),
    )
    return replace(base, **changes)


def entry(jurisdiction: str, institution: str, purpose: KeyPurpose, number: int) -> KeyEntry:
    return KeyEntry(
        jurisdiction=jurisdiction,
        institution=institution,
        purpose=purpose,
        public=signer(number).public,
        valid_from=START,
    )


def signed(payload: bytes, *signers: Ed25519Signer) -> Envelope:
    envelope = sign_envelope(DIRECTORY_TYPE, payload, signers[0])
    for one in signers[1:]:
        envelope = add_signature(envelope, one)
    return envelope


def pinned() -> list[bytes]:
    return [root.public for root in ROOTS]


def test_a_directory_reads_back_as_it_was_written() -> None:
    assert parse_directory(build_directory(directory())) == directory()


def test_a_directory_signed_by_the_threshold_is_opened() -> None:
    envelope = signed(build_directory(directory()), ROOTS[0], ROOTS[2])
    assert open_directory(envelope, pinned(), 2, NOW) == directory()


def test_a_directory_signed_by_too_few_roots_is_refused() -> None:
    envelope = signed(build_directory(directory()), ROOTS[0], ROOTS[0])
    with pytest.raises(SignatureError):
        open_directory(envelope, pinned(), 2, NOW)


def test_a_directory_not_signed_by_the_roots_that_it_names_is_refused() -> None:
    stranger = signer(9)
    other = directory(threshold=1, roots={stranger.key_id: stranger.public})
    envelope = signed(build_directory(other), ROOTS[0], ROOTS[1])
    with pytest.raises(SignatureError):
        open_directory(envelope, pinned(), 2, NOW)


@pytest.mark.parametrize("now", [START - timedelta(seconds=1), START + timedelta(days=365)])
def test_a_directory_out_of_force_is_refused(now: datetime) -> None:
    envelope = signed(build_directory(directory()), *ROOTS)
    with pytest.raises(PreconditionError):
        open_directory(envelope, pinned(), 2, now)


def test_the_first_instant_of_a_directory_counts() -> None:
    envelope = signed(build_directory(directory()), *ROOTS)
    assert open_directory(envelope, pinned(), 2, START).version == 1


def test_keys_are_found_by_holder_and_purpose_only() -> None:
    found = directory().keys("FR", "cnav", "institution", NOW)
    assert found == {signer(10).key_id: signer(10).public}
    assert directory().keys("FR", "cnav", "node", NOW) == {}
    assert directory().keys("ES", "cnav", "institution", NOW) == {}


def test_a_key_is_valid_from_its_first_instant_until_before_its_last() -> None:
    one = replace(entry("FR", "", KeyPurpose.NODE, 11), valid_to=START + timedelta(days=2))
    assert one.is_valid(START)
    assert not one.is_valid(START - timedelta(seconds=1))
    assert one.is_valid(START + timedelta(days=2, seconds=-1))
    assert not one.is_valid(START + timedelta(days=2))


def test_a_compromised_key_counts_only_before_its_cutoff() -> None:
    one = replace(entry("FR", "", KeyPurpose.NODE, 11), cutoff=START + timedelta(days=1))
    assert one.is_valid(START + timedelta(days=1, seconds=-1))
    assert not one.is_valid(START + timedelta(days=1))


def test_an_entry_is_found_by_key_id_even_when_it_is_no_longer_trusted() -> None:
    expired = replace(entry("FR", "", KeyPurpose.NODE, 11), valid_to=START + timedelta(days=1))
    held = directory(entries=(expired,))
    assert held.key(key_id(expired.public)) == expired
    assert held.keys("FR", "", "node", NOW) == {}
    assert held.key(bytes(32)) is None


def test_the_log_key_carries_the_origin_of_the_member() -> None:
    key = directory().log_vkey("FR", NOW)
    assert key.name == "fr.node.portability.internal/log"
    assert key.public == signer(12).public


def test_a_member_without_a_log_key_is_named_in_the_refusal() -> None:
    with pytest.raises(PreconditionError) as refusal:
        directory().log_vkey("ES", NOW)
    assert refusal.value.context == {"jurisdiction": "ES"}


def test_an_unknown_member_or_institution_is_a_failed_precondition() -> None:
    with pytest.raises(PreconditionError):
        directory().member("DE")
    with pytest.raises(PreconditionError):
        directory().institution("FR", "inss")
    assert directory().institution("ES", "inss").name == 'I "N" SS'


def test_the_next_version_needs_the_signatures_of_both_thresholds() -> None:
    first = build_directory(directory())
    newcomer = signer(4)
    second = build_directory(
        directory(version=2, threshold=1, roots={newcomer.key_id: newcomer.public})
    )
    current = parse_directory(first)
    followed = succeed_directory(current, first, signed(second, ROOTS[0], ROOTS[1], newcomer))
    assert followed.version == 2
    with pytest.raises(SignatureError):
        succeed_directory(current, first, signed(second, newcomer))
    with pytest.raises(SignatureError):
        succeed_directory(current, first, signed(second, ROOTS[0], ROOTS[1]))


@pytest.mark.parametrize("version", [1, 3])
def test_skipped_and_lower_versions_are_refused(version: int) -> None:
    held = build_directory(directory(version=2))
    other = build_directory(directory(version=version + 1 if version == 3 else version))
    with pytest.raises(SignatureError):
        succeed_directory(parse_directory(held), held, signed(other, *ROOTS))


def test_the_same_version_passes_only_with_the_same_bytes() -> None:
    held = build_directory(directory())
    current = parse_directory(held)
    assert succeed_directory(current, held, signed(held, *ROOTS)) is current
    with pytest.raises(SignatureError):
        succeed_directory(current, held, signed(held + b"\n", *ROOTS))


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        (b'schema = "directory/1"', b'schema = "directory/2"', "schema"),
        (b"version = 1\n", b"version = true\n", "version"),
        (b"version = 1\n", b"version = 0\n", "version"),
        (b"version = 1\n", b"version = 1\nsurprise = 1\n", "surprise"),
        (b"2025-01-01T00:00:00Z", b"2025-01-01T00:00:00", "valid_from"),
        (b"2025-01-01T00:00:00Z", b"2025-01-01T00:00:00.5Z", "valid_from"),
        (b"2025-01-01T00:00:00Z", b"2025-02-31T00:00:00Z", "valid_from"),
        (b"threshold = 2", b"threshold = 4", "threshold"),
        (b'purpose = "node"', b'purpose = "portal"', "key[2].purpose"),
        (b'"old-age"', b'"old_age"', "institution[1].branches"),
        (b'contact = "contact@example.org"\n', b"", "institution[1].contact"),
        (b'jurisdiction = "FR"', b'jurisdiction = "fr"', "member[1].jurisdiction"),
        (b'institution = "cnav"', b'institution = "cpam"', "key"),
    ],
)
def test_a_wrong_directory_is_refused_with_the_place(old: bytes, new: bytes, field: str) -> None:
    payload = build_directory(directory())
    assert old in payload
    with pytest.raises(InvalidInputError) as refusal:
        parse_directory(payload.replace(old, new, 1))
    assert refusal.value.context["field"] == field


@pytest.mark.parametrize(
    "bad", ["01" + "00" * 31, "00" * 32, "ff" * 32, "AB" * 32, "ab" * 31, " " + "ab" * 32]
)
def test_a_weak_or_misspelt_key_is_refused(bad: str) -> None:
    payload = build_directory(directory())
    good = signer(11).public.hex()
    with pytest.raises(InvalidInputError):
        parse_directory(payload.replace(good.encode(), bad.encode()))


def test_one_public_key_under_two_purposes_is_refused() -> None:
    twice = (entry("FR", "", KeyPurpose.NODE, 11), entry("FR", "", KeyPurpose.LOG, 11))
    with pytest.raises(InvalidInputError):
        build_directory(directory(entries=twice))


def test_a_root_key_that_is_also_a_members_key_is_refused() -> None:
    with pytest.raises(InvalidInputError):
        build_directory(directory(entries=(entry("FR", "", KeyPurpose.NODE, 1),)))


def test_a_name_that_would_break_the_layout_is_never_written() -> None:
    base = directory()
    spoilt = replace(base.institutions[0], name='x"\nkey = "y')
    with pytest.raises(InvalidInputError):
        build_directory(directory(institutions=(spoilt, base.institutions[1])))


@pytest.mark.parametrize("junk", [b"", b"\xff", b"= =", b"[[key]]\n", b'schema = "directory/1"'])
def test_junk_is_refused_by_our_error_alone(junk: bytes) -> None:
    with pytest.raises(InvalidInputError):
        parse_directory(junk)


def witnessed(quorum: int) -> Directory:
    witnesses = (
        entry("FR", "", KeyPurpose.WITNESS, 13),
        entry("ES", "", KeyPurpose.WITNESS, 23),
    )
    return directory(entries=(*directory().entries, *witnesses), quorum=quorum)


def test_the_quorum_of_witnesses_reads_back_and_none_is_the_default() -> None:
    assert parse_directory(build_directory(witnessed(1))) == witnessed(1)
    assert b"quorum" not in build_directory(directory())
    assert parse_directory(build_directory(directory())).quorum == 0


@pytest.mark.parametrize("quorum", [-1, 2])
def test_a_quorum_that_the_witnesses_of_a_log_cannot_reach_is_refused(quorum: int) -> None:
    with pytest.raises(InvalidInputError) as refused:
        build_directory(witnessed(quorum))
    assert refused.value.context["field"] == "quorum"


def test_nobody_is_a_witness_of_the_log_that_is_its_own() -> None:
    found = witnessed(1).witness_vkeys("FR", NOW)
    assert list(found) == ["ES"]
    assert [key.name for key in found["ES"]] == ["es.node.portability.internal/witness"]
    assert found["ES"][0].public == signer(23).public
    assert witnessed(1).witness_vkeys("FR", START - timedelta(days=1)) == {}
    assert list(witnessed(1).witness_vkeys("FR", None)) == ["ES"]


def test_the_keys_of_a_log_are_found_by_its_origin() -> None:
    origin = "fr.node.portability.internal/log"
    assert [key.public for key in directory().log_vkeys(origin, NOW)] == [signer(12).public]
    assert directory().log_vkeys("unknown.example/log", NOW) == ()


@pytest.mark.parametrize(("days", "state"), [(-1, "not in force yet"), (400, "expired")])
def test_a_wrong_clock_is_thought_of_where_a_directory_is_not_in_force(
    days: int, state: str
) -> None:
    moment = START + timedelta(days=days)
    told = f"is {state} by the clock here, which says {moment:%Y-%m-%d}; .* set the clock"
    with pytest.raises(PreconditionError, match=told):
        directory().check_in_force(moment)
