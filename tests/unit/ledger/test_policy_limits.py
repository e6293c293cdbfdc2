"""Policy and proof files at their limits and just past them, byte by byte."""

import pytest

from portability.errors import InvalidInputError, ProofError
from portability.ledger.checkpoint import Checkpoint, sign_checkpoint
from portability.ledger.note import NoteSignature, add_signature_lines, log_key, witness_key
from portability.ledger.policy import parse_policy, witnessed_time
from portability.ledger.proof_file import ProofFile, format_proof_file, parse_proof_file
from tests.unit.ledger.keys import TEST_1, TEST_2

LOG = log_key("node-a.example/log", TEST_1.public)
WITNESS = witness_key("node-b.example/witness", TEST_2.public)
NOTE = sign_checkpoint(Checkpoint(origin=LOG.name, size=7, root=bytes(32)), TEST_1)
NONE = b"quorum none\n"
ALLOWED = {0x09, 0x0A, *range(0x20, 0x7F), *range(0x80, 0x100)}
"""The bytes of a policy file: c2sp.org/tlog-policy."""


def test_a_policy_has_at_most_a_million_bytes() -> None:
    assert parse_policy(b"#" * (1_000_000 - 1 - len(NONE)) + b"\n" + NONE).quorum is None
    with pytest.raises(InvalidInputError, match="over 1000000 bytes"):
        parse_policy(b"#" * (1_000_001 - 1 - len(NONE)) + b"\n" + NONE)


def test_a_comment_holds_every_byte_that_is_allowed_and_no_other() -> None:
    for byte in range(0x100):
        data = b"# a" + bytes([byte]) + b"# b\n" + NONE
        if byte in ALLOWED:
            assert parse_policy(data).quorum is None
        else:
            with pytest.raises(InvalidInputError, match="control character"):
                parse_policy(data)


def test_a_policy_defines_at_most_1024_witnesses_and_groups() -> None:
    chain = [f"witness w {WITNESS}", "group g1 any w"]
    chain += [f"group g{number} any g{number - 1}" for number in range(2, 1024)]
    assert len(chain) == 1024
    whole = "\n".join([*chain, "quorum g1023\n"])
    assert witnessed_time(parse_policy(whole.encode()), {WITNESS.public: 5}) == 5
    with pytest.raises(InvalidInputError, match="more than 1024"):
        parse_policy("\n".join([*chain, "group g1024 any g1023", "quorum g1024\n"]).encode())


@pytest.mark.parametrize("line", [f"log {LOG}", f"witness w {WITNESS}"])
def test_a_log_or_witness_has_one_url_at_most(line: str) -> None:
    for good in (line, f"{line} one"):
        assert parse_policy(f"{good}\nquorum none\n".encode()).quorum is None
    with pytest.raises(InvalidInputError, match="line 1 of the policy: is not a log, witness"):
        parse_policy(f"{line} one two\nquorum none\n".encode())


def test_a_missed_quorum_speaks_of_clocks_only_where_one_may_be_wrong() -> None:
    policy = parse_policy(f"witness w {WITNESS}\nquorum w\n".encode())
    with pytest.raises(ProofError) as refusal:
        witnessed_time(policy, {})
    assert refusal.value.message == "the quorum is missed: 0 known witnesses cosigned"
    with pytest.raises(ProofError, match="cosigned; 2 more did, by their clocks"):
        witnessed_time(policy, {}, late=2)


# --- proof files ---------------------------------------------------------------------------------


def test_a_proof_has_at_most_63_hashes() -> None:
    hashes = tuple(bytes([number]) * 32 for number in range(63))
    longest = ProofFile(index=4, proof=hashes, checkpoint=NOTE)
    assert parse_proof_file(format_proof_file(longest)) == longest
    with pytest.raises(InvalidInputError, match="more than 63 hashes"):
        parse_proof_file(
            format_proof_file(ProofFile(index=4, proof=(*hashes, bytes(32)), checkpoint=NOTE))
        )


def proof_file_of(size: int) -> bytes:
    """A proof file of exactly so many bytes: half a long signature, half an extra line."""
    signature = bytes(720_000)
    name, extra = "w", b""
    while True:
        line = NoteSignature(name=name, label=b"\1\2\3\4", signature=signature)
        note = add_signature_lines(NOTE, [line])
        data = format_proof_file(ProofFile(index=4, proof=(), checkpoint=note, extra=extra))
        missing = size - len(data)
        if not missing:
            return data
        name, extra = name + "w" * (missing % 4), extra + bytes(missing // 4 * 3)


def test_a_proof_file_has_at_most_two_million_bytes() -> None:
    largest = proof_file_of(2_000_000)
    assert len(largest) == 2_000_000
    assert parse_proof_file(largest).index == 4
    with pytest.raises(InvalidInputError, match="over 2000000 bytes"):
        parse_proof_file(proof_file_of(2_000_001))


@pytest.mark.parametrize("rest", [b"", b"text\n", NOTE[:-1]])
def test_what_follows_the_proof_is_a_note(rest: bytes) -> None:
    good = format_proof_file(ProofFile(index=4, proof=(), checkpoint=NOTE))
    assert parse_proof_file(good).checkpoint == NOTE
    with pytest.raises(InvalidInputError) as refusal:
        parse_proof_file(good.removesuffix(NOTE) + rest)
    assert refusal.value.context["field"] == "note"
