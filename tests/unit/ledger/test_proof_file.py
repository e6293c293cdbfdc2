"""Proof files and policies: the worked example of formats.md §3, and quorums."""

import hashlib

import pytest

from portability.errors import InvalidInputError, ProofError
from portability.ledger.checkpoint import Checkpoint, cosign_checkpoint, sign_checkpoint
from portability.ledger.keys import Ed25519Signer
from portability.ledger.merkle import inclusion_proof, verify_inclusion
from portability.ledger.note import VerifierKey, add_signature_lines, log_key, witness_key
from portability.ledger.policy import (
    Policy,
    Witness,
    Witnessed,
    open_witnessed,
    parse_policy,
    witnessed_time,
)
from portability.ledger.proof_file import (
    ProofFile,
    format_proof_file,
    parse_proof_file,
)
from tests.unit.ledger.keys import TEST_1, TEST_2, TEST_3
from tests.unit.ledger.test_merkle import LEAVES, ROOTS, read_hash

EXAMPLE = """\
c2sp.org/tlog-proof@v1
index 4
QnGia+DYqE8L1UyMMC58s6O10fpngKQLzOKHNHfatlg=
sIaT7C5yFZcTBkHoIR5+7cy0wmQTlj7ubB4u0W/7Gl8=
037kGJdt2VdTwcc4Yrk5j6Kiz5tP8P3+izDNlSCWFLc=

node-a.example/log
7
3bib5AOAnjJXUNPSY814kpwpQreUKjS3fhIslZSnTIw=

— node-a.example/log bcDUMtMgg3yVZu35yzDbzUfDNrsFMvm5eoHClutc3hUr4d7xa4SeMmr3sfgbYk5rtfIFvZTWJoxZU\
TDKf1J0yp3ckAY=
— node-b.example/witness 0unaiwAAAABlU/EAlpyxqgVoySLxaZm0qXSK9we1tEFeVirdNq4A9saiFMZBg08V9A8udOtgs\
QrHJniV+3Z8omTF/J9yYyAaJ3iQCg==
""".encode()
LOG = log_key("node-a.example/log", TEST_1.public)
WITNESS = witness_key("node-b.example/witness", TEST_2.public)
POLICY = f"log {LOG}\nwitness b {WITNESS}\nquorum b\n".encode()
TIME = 1_700_000_000
HEAD = Checkpoint(origin=LOG.name, size=7, root=bytes.fromhex(ROOTS[7]))
WITNESSES = [Ed25519Signer(bytes([number]) * 32) for number in range(1, 6)]
NAMES = [f"w{number}" for number in range(1, 6)]
KEYS = [witness_key(name, signer.public) for name, signer in zip(NAMES, WITNESSES, strict=True)]
LINES = f"log {LOG} https://node-a.example/log\n" + "".join(
    f"witness {key.name} {key}\n" for key in KEYS
)


def cosigned(times: dict[int, int]) -> bytes:
    """The checkpoint with cosignatures of witness number → time."""
    note = sign_checkpoint(HEAD, TEST_1)
    return add_signature_lines(
        note,
        [
            cosign_checkpoint(note, NAMES[number - 1], time, WITNESSES[number - 1])
            for number, time in times.items()
        ],
    )


def policy(rules: str) -> Policy:
    return parse_policy((LINES + rules).encode())


def test_the_worked_example_comes_out_byte_for_byte() -> None:
    note = sign_checkpoint(HEAD, TEST_1)
    line = cosign_checkpoint(note, WITNESS.name, TIME, TEST_2)
    data = format_proof_file(
        ProofFile(
            index=4,
            proof=inclusion_proof(4, 7, read_hash),
            checkpoint=add_signature_lines(note, [line]),
        )
    )
    assert data == EXAMPLE
    assert len(data) == 482
    assert (
        hashlib.sha256(data).hexdigest()
        == "6d982754a541a940cf8e1ae6dd1c8f724ce878517e0597ec9eca70c6dffb7451"
    )


def verify(proof: ProofFile, leaf: bytes, policy: Policy) -> Witnessed:
    """Size and root come from the verified checkpoint, never from the proof."""
    witnessed = open_witnessed(proof.checkpoint, policy)
    head = witnessed.checkpoint
    verify_inclusion(leaf, proof.index, head.size, proof.proof, head.root)
    return witnessed


def test_the_worked_example_verifies_with_its_witnessed_time() -> None:
    proof = parse_proof_file(EXAMPLE)
    witnessed = verify(proof, LEAVES[4], parse_policy(POLICY))
    assert proof.index == 4
    assert witnessed.checkpoint == HEAD
    assert witnessed.log == LOG
    assert witnessed.time == TIME
    assert {WITNESS.name: TIME} == witnessed.cosigned


def test_another_leaf_or_index_is_refused() -> None:
    proof = parse_proof_file(EXAMPLE)
    with pytest.raises(ProofError):
        verify(proof, LEAVES[5], parse_policy(POLICY))
    moved = parse_proof_file(EXAMPLE.replace(b"index 4", b"index 5"))
    with pytest.raises(ProofError):
        verify(moved, LEAVES[4], parse_policy(POLICY))


def test_an_extra_line_is_kept_apart_and_changes_nothing() -> None:
    data = EXAMPLE.replace(b"\nindex", b"\nextra aGVsbG8=\nindex")
    proof = parse_proof_file(data)
    assert proof.extra == b"hello"
    assert data == format_proof_file(proof)
    verify(proof, LEAVES[4], parse_policy(POLICY))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"@v1", b"@v2"),
        (b"index 4", b"index 04"),
        (b"index 4\n", b""),
        (b"index 4", b"Index 4"),
        (b"index 4", b"extra aGVsbG9=\nindex 4"),
        (b"index 4", b"index 4\nextra aGVsbG8="),
        (b"index 4", b"extra aGVsbG8=\nextra aGVsbG8=\nindex 4"),
        (b"QnGia", b"QnGi"),
        (b"QnGia+DYqE8L1UyMMC58s6O10fpngKQLzOKHNHfatlg=", b"AAAA"),
        (b"\n", b"\r\n"),
        (b"\n\nnode-a", b"\nnode-a"),
        (b"index 4\n", b"index 4\n" + b"QnGia+DYqE8L1UyMMC58s6O10fpngKQLzOKHNHfatlg=\n" * 63),
        (EXAMPLE, b"c2sp.org/tlog-proof@v1\n\n"),
        (EXAMPLE, b""),
        (b"node-a.example/log\n7", b"a" * 2_000_001 + b"\n7"),
    ],
)
def test_a_malformed_proof_file_is_refused(old: bytes, new: bytes) -> None:
    assert old in EXAMPLE
    with pytest.raises(InvalidInputError):
        parse_proof_file(EXAMPLE.replace(old, new))


@pytest.mark.parametrize(
    ("rules", "time"),
    [
        ("quorum w2", 200),
        ("group g any w1 w2 w3\nquorum g", 100),
        ("group g 2 w1 w2 w3\nquorum g", 200),
        ("group g all w1 w2 w3\nquorum g", 300),
        ("group x 2 w1 w2 w5\ngroup y any w3 w4\ngroup g all x y\nquorum g", 300),
        ("group x any w1 w5\ngroup g 1 x w2\nquorum g", 100),
        ("quorum none", None),
    ],
)
def test_the_witnessed_time_is_when_the_quorum_was_first_fulfilled(
    rules: str, time: int | None
) -> None:
    note = cosigned({3: 300, 1: 100, 2: 200})
    assert time == open_witnessed(note, policy(rules)).time


@pytest.mark.parametrize(
    "rules",
    [
        "quorum w4",
        "group g all w1 w4\nquorum g",
        "group g 2 w3 w4 w5\nquorum g",
        "group x all w4 w5\ngroup g any x\nquorum g",
    ],
)
def test_a_missed_quorum_is_refused(rules: str) -> None:
    with pytest.raises(ProofError, match="quorum is missed"):
        open_witnessed(cosigned({3: 300, 1: 100, 2: 200}), policy(rules))


def test_of_two_cosignatures_by_one_witness_the_earlier_counts_once() -> None:
    note = cosigned({1: 400})
    plain = sign_checkpoint(HEAD, TEST_1)
    again = add_signature_lines(note, [cosign_checkpoint(plain, "w1", 150, WITNESSES[0])])
    assert open_witnessed(again, policy("quorum w1")).cosigned == {"w1": 150}
    with pytest.raises(ProofError, match="quorum"):
        open_witnessed(again, policy("group g 2 w1 w2\nquorum g"))


def test_a_cosignature_from_the_future_does_not_count() -> None:
    note = cosigned({1: 100, 2: 10_000})
    rule = policy("group g any w2\nquorum g")
    assert open_witnessed(note, rule, not_after=10_000).time == 10_000
    with pytest.raises(ProofError, match=r"1 known witnesses cosigned; 1 more did, .* clock"):
        open_witnessed(note, rule, not_after=9_999)


def test_a_cosignature_of_another_checkpoint_refuses_the_note() -> None:
    other = Checkpoint(origin=LOG.name, size=6, root=bytes.fromhex(ROOTS[6]))
    line = cosign_checkpoint(sign_checkpoint(other, TEST_1), "w1", 100, WITNESSES[0])
    note = add_signature_lines(sign_checkpoint(HEAD, TEST_1), [line])
    with pytest.raises(ProofError, match="does not verify"):
        open_witnessed(note, policy("quorum w1"))


def test_a_log_that_is_not_listed_or_signs_for_another_origin_is_refused() -> None:
    strange = sign_checkpoint(HEAD, TEST_3)
    line = cosign_checkpoint(strange, "w1", 100, WITNESSES[0])
    with pytest.raises(ProofError, match="none of the logs"):
        open_witnessed(add_signature_lines(strange, [line]), policy("quorum none"))
    renamed = sign_checkpoint(
        Checkpoint(origin="node-z.example/log", size=7, root=HEAD.root), TEST_1, LOG.name
    )
    with pytest.raises(ProofError, match="not the name of the key"):
        open_witnessed(renamed, policy("quorum none"))


def test_a_policy_file_is_read_with_comments_tabs_and_opaque_names() -> None:
    data = (
        f"# nodes\n\t # indented\n\n  log\t{LOG}  https://node-a.example/log \n"
        f"witness K {KEYS[0]} https://w1.example\n"
        f"witness \u212a {KEYS[1]}\n"
        "group both all K \u212a\nquorum both"
    ).encode()
    read = parse_policy(data)
    assert [log.url for log in read.logs] == [b"https://node-a.example/log"]
    assert [b"K", "\u212a".encode()] == [witness.name for witness in read.witnesses]
    assert read.witnesses[0].url == b"https://w1.example"
    assert witnessed_time(read, {KEYS[0].public: 150, KEYS[1].public: 250}) == 250


def test_a_policy_supports_many_logs_witnesses_and_groups() -> None:
    lines = []
    for number in range(64):
        signer = Ed25519Signer(bytes([number]) * 32)
        lines.append(f"log {log_key(f'log-{number}', signer.public)}")
        lines.append(f"witness w{number} {witness_key(f'w{number}', signer.public)}")
        lines.append(f"group g{number} any w{number}")
    lines.append("group all 33 " + " ".join(f"g{number}" for number in range(64)))
    lines.append("quorum all\n")
    read = parse_policy("\n".join(lines).encode())
    assert (len(read.logs), len(read.witnesses)) == (64, 64)


SAME_KEY = VerifierKey(name="other", kind=4, public=KEYS[0].public)


@pytest.mark.parametrize(
    "rules",
    [
        "",
        "quorum none\nquorum none",
        "quorum w9",
        "quorum",
        "quorum w1 w2",
        "group g any\nquorum g",
        "group g 0 w1\nquorum g",
        "group g 2 w1\nquorum g",
        "group g 01 w1\nquorum g",
        "group g +1 w1\nquorum g",
        "group g some w1\nquorum g",
        "group g any w1 w1\nquorum g",
        "group g any w9\nquorum g",
        "group g any none\nquorum g",
        "group g any h\ngroup h any g\nquorum g",
        "group g any w1\ngroup h any w1\nquorum g",
        "group w1 any w2\nquorum w1",
        "group none any w2\nquorum none",
        f"witness none {witness_key('n', TEST_2.public)}\nquorum none",
        f"witness w6 {SAME_KEY}\nquorum none",
        f"witness w1 {witness_key('n', TEST_2.public)}\nquorum none",
        f"witness w6 {log_key('n', TEST_2.public)}\nquorum none",
        f"log {witness_key('n', TEST_2.public)}\nquorum none",
        f"log {log_key('other', TEST_1.public)}\nquorum none",
        f"log {LOG} url url\nquorum none",
        "log not-a-vkey\nquorum none",
        f"log\u00a0{LOG}\nquorum none",
        "quorum none\r",
        "quorum none\x0b",
        "quorum none\x7f",
        "Quorum none",
        "log " + LINES.split()[1] + "\nquorum none",
    ],
)
def test_a_policy_that_is_not_as_specified_is_refused(rules: str) -> None:
    with pytest.raises(InvalidInputError, match="policy"):
        policy(rules)


def test_a_policy_over_the_limits_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="over"):
        parse_policy(b"#" * 1_000_001)
    chain = ["group g0 any w1"] + [f"group g{n} any g{n - 1}" for n in range(1, 1025)]
    with pytest.raises(InvalidInputError, match="more than 1024"):
        policy("\n".join(chain) + "\nquorum g1024\n")


def test_a_policy_names_the_line_that_is_wrong() -> None:
    with pytest.raises(InvalidInputError, match="line 2 of the policy") as caught:
        parse_policy(b"quorum none\nquorum nobody\n")
    assert caught.value.context["line"] == "2"


def test_a_witness_of_a_type_that_cannot_be_checked_counts_for_nothing() -> None:
    witness = Witness(name=b"pq", key=VerifierKey(name="pq", kind=6, public=bytes(1312)))
    with pytest.raises(ProofError, match="quorum"):
        open_witnessed(
            sign_checkpoint(HEAD, TEST_1),
            Policy(logs=policy("quorum none").logs, witnesses=(witness,), quorum=witness),
        )
