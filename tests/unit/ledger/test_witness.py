"""What a witness answers, in the order that the specification gives."""

import hashlib

import pytest

from portability.errors import InvalidInputError
from portability.ledger.checkpoint import (
    Checkpoint,
    cosign_checkpoint,
    sign_checkpoint,
)
from portability.ledger.encoding import encode_base64
from portability.ledger.merkle import EMPTY_ROOT, consistency_proof
from portability.ledger.note import (
    NoteSignature,
    VerifierKey,
    add_signature_lines,
    log_key,
    parse_note,
    parse_signature_lines,
    sign_note,
    verify_note,
    witness_key,
)
from portability.ledger.witness import (
    MALFORMED,
    NOT_CONSISTENT,
    NOT_SIGNED,
    OK,
    OTHER_SIZE,
    UNKNOWN_ORIGIN,
    WitnessAnswer,
    answer_add_checkpoint,
    format_add_checkpoint,
    origin_hash,
    parse_add_checkpoint,
)
from tests.unit.ledger.keys import TEST_1, TEST_2, TEST_3
from tests.unit.ledger.test_merkle import ROOTS, read_hash

ORIGIN = "node-a.example/log"
LOG = log_key(ORIGIN, TEST_1.public)
WITNESS = witness_key("node-b.example/witness", TEST_2.public)
TIME = 1_700_000_000


def head(size: int, root: bytes | None = None) -> Checkpoint:
    return Checkpoint(origin=ORIGIN, size=size, root=root or bytes.fromhex(ROOTS[size]))


def body(old: int, new: Checkpoint, proof: tuple[bytes, ...] | None = None) -> bytes:
    steps = consistency_proof(min(old, new.size), new.size, read_hash) if proof is None else proof
    return format_add_checkpoint(old, steps, sign_checkpoint(new, TEST_1))


def cosign(note: bytes) -> list[NoteSignature]:
    return [cosign_checkpoint(note, WITNESS.name, TIME, TEST_2)]


def ask(
    request: bytes,
    last: Checkpoint | None,
    keys: tuple[VerifierKey, ...] = (LOG,),
) -> WitnessAnswer:
    return answer_add_checkpoint(parse_add_checkpoint(request), keys, last, cosign)


def test_the_published_request_comes_out_byte_for_byte() -> None:
    data = body(3, head(7))
    assert len(data) == 370
    assert (
        hashlib.sha256(data).hexdigest()
        == "817bc7b48f9c798efd2ab4966250faa9b1dee3c33b5715f037457b3112b97f57"
    )
    assert origin_hash(ORIGIN) == "1a94b9612cb2dd3c8c855065030b96490b5bf99c6a2796b59285a968e1325ef0"


@pytest.mark.parametrize(
    ("old", "last"), [(0, None), (0, head(0)), (3, head(3)), (4, head(4)), (7, head(7))]
)
def test_a_consistent_checkpoint_is_cosigned(old: int, last: Checkpoint | None) -> None:
    request = body(old, head(7))
    answer = ask(request, last)
    assert (OK, head(7)) == (answer.status, answer.cosigned)
    note = parse_add_checkpoint(request).data
    whole = add_signature_lines(note, parse_signature_lines(answer.body))
    found = verify_note(parse_note(whole), [LOG, WITNESS])
    assert [(entry.key, entry.time) for entry in found] == [(LOG, None), (WITNESS, TIME)]


def test_the_first_checkpoint_may_be_that_of_the_empty_tree() -> None:
    assert (OK, head(0)) == (
        ask(body(0, head(0)), None).status,
        ask(body(0, head(0)), None).cosigned,
    )


def test_refusals_come_in_the_order_of_the_specification() -> None:
    forged = format_add_checkpoint(9, (bytes(32),), sign_checkpoint(head(7), TEST_3))
    assert ask(forged, head(4), keys=()).status == UNKNOWN_ORIGIN
    assert ask(forged, head(4)).status == NOT_SIGNED
    assert ask(body(9, head(7), (bytes(32),)), head(4)).status == MALFORMED
    assert ask(body(3, head(7), (bytes(32),)), head(4)).status == OTHER_SIZE
    assert ask(body(4, head(7), (bytes(32),)), head(4)).status == NOT_CONSISTENT


def test_a_trusted_key_with_a_bad_line_or_of_another_type_does_not_count() -> None:
    note = sign_checkpoint(head(7), TEST_1)
    bad = NoteSignature(name=LOG.name, label=LOG.label, signature=bytes(64))
    spoilt = format_add_checkpoint(0, (), add_signature_lines(note, [bad]))
    assert ask(spoilt, None).status == NOT_SIGNED
    witness_for_log = witness_key(ORIGIN, TEST_1.public)
    assert ask(body(0, head(7)), None, keys=(witness_for_log,)).status == NOT_SIGNED


@pytest.mark.parametrize(("old", "last", "size"), [(3, None, 0), (0, head(3), 3), (2, head(3), 3)])
def test_another_size_is_told_in_the_answer(old: int, last: Checkpoint | None, size: int) -> None:
    answer = ask(body(old, head(7)), last)
    assert (OTHER_SIZE, b"%d\n" % size, "text/x.tlog.size", None) == (
        answer.status,
        answer.body,
        answer.content_type,
        answer.cosigned,
    )


def test_what_is_not_consistent_is_refused_and_not_remembered() -> None:
    other = bytes(32)
    proof = consistency_proof(3, 7, read_hash)
    for request, last in (
        (body(3, head(7), proof[:-1]), head(3)),
        (body(3, head(7), proof), head(3, other)),
        (body(0, head(7), proof), None),
        (body(0, head(0, other)), None),
        (body(7, head(7, other)), head(7)),
        (body(7, head(7), proof), head(7)),
    ):
        answer = ask(request, last)
        assert (answer.status, answer.cosigned) == (NOT_CONSISTENT, None)
        assert answer.body.endswith(b"\n")


def test_two_roots_for_one_size_are_a_fork_whatever_old_size_was_sent() -> None:
    other = head(7, bytes(32))
    for old, status in ((7, NOT_CONSISTENT), (3, OTHER_SIZE)):
        answer = ask(body(old, other, ()), head(7))
        assert (status, True) == (answer.status, answer.is_fork)
    assert not ask(body(3, head(7), ()), head(3)).is_fork
    assert not ask(body(7, head(7)), head(7)).is_fork


def test_extension_lines_of_other_logs_are_cosigned_with_the_text() -> None:
    text = f"{ORIGIN}\n0\n{encode_base64(EMPTY_ROOT)}\nextension\n".encode()
    note = sign_note(text, ORIGIN, TEST_1)
    answer = ask(format_add_checkpoint(0, (), note), None)
    assert answer.status == OK
    whole = add_signature_lines(note, parse_signature_lines(answer.body))
    assert len(verify_note(parse_note(whole), [LOG, WITNESS])) == 2


GOOD = body(3, head(7))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"old 3", b"old 03"),
        (b"old 3", b"old  3"),
        (b"old 3", b"old -3"),
        (b"old 3", b"new 3"),
        (b"old 3", b"old"),
        (b"old 3\n", b"old 3\n\n"),
        (b"\n\nnode", b"\nnode"),
        (b"\n7\n", b"\n07\n"),
        (b"old 3\n", b"old 3\n" + (encode_base64(bytes(32)) + "\n").encode() * 61),
        (b"old 3\n", b"old 3\nAAAA\n"),
        (b"old 3\n", b"old 3\n!!!!\n"),
        (b"old 3\n", b"old 3\n" + b"A" * 1_100_000),
        (GOOD, b""),
    ],
)
def test_a_malformed_request_is_refused(old: bytes, new: bytes) -> None:
    assert old in GOOD
    with pytest.raises(InvalidInputError):
        parse_add_checkpoint(GOOD.replace(old, new, 1))


def test_sixty_three_proof_lines_are_read_and_no_more() -> None:
    proof = tuple(bytes([number]) * 32 for number in range(63))
    request = parse_add_checkpoint(body(3, head(7), proof))
    assert (3, proof, head(7)) == (request.old_size, request.proof, request.checkpoint)
    with pytest.raises(InvalidInputError, match="at most 63 hashes"):
        parse_add_checkpoint(body(3, head(7), (*proof, bytes(32))))


def test_a_request_is_as_long_as_the_longest_note_and_4096_bytes_for_the_proof() -> None:
    longest = b"old 3\n".ljust(1_000_000 + 4096, b"A")
    with pytest.raises(InvalidInputError, match="the request is not 'old SIZE'"):
        parse_add_checkpoint(longest)
    with pytest.raises(InvalidInputError, match="the request is over 1004096 bytes"):
        parse_add_checkpoint(longest + b"A")


def test_a_request_that_is_refused_for_another_reason_accuses_nobody_of_a_fork() -> None:
    for request, keys in (
        (body(3, head(7)), ()),
        (format_add_checkpoint(3, (), sign_checkpoint(head(7), TEST_3)), (LOG,)),
        (body(9, head(7), ()), (LOG,)),
    ):
        assert not ask(request, head(3), keys=keys).is_fork
