"""Signed notes, verifier keys and checkpoints: vectors of formats.md §3 and what is refused."""

import pytest

from portability.errors import InvalidInputError, ProofError
from portability.ledger.checkpoint import (
    Checkpoint,
    checkpoint_text,
    cosign_checkpoint,
    open_checkpoint,
    parse_checkpoint_text,
    sign_checkpoint,
    unverified_checkpoint,
)
from portability.ledger.encoding import encode_base64
from portability.ledger.note import (
    MAX_NOTE_SIGNATURES,
    NoteSignature,
    VerifierKey,
    add_signature_lines,
    format_vkey,
    key_label,
    log_key,
    parse_note,
    parse_vkey,
    sign_note,
    signature_line,
    verify_note,
    witness_key,
)
from tests.unit.ledger.keys import TEST_1, TEST_2, TEST_3

FOO = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
FOO_NOTE = (
    "This is an example message.\n\n"
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXm"
    "RKuwHjG1Yu72IneyaQM=\n"
).encode()
LOG_VKEY = "node-a.example/log+6dc0d432+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea"
WITNESS_VKEY = "node-b.example/witness+d2e9da8b+BD1AF8PoQ4lakrcKp00bfrycmCzPLsSWjMDNVfEq9GYM"
ORIGIN = "node-a.example/log"
LOG = log_key(ORIGIN, TEST_1.public)
WITNESS = witness_key("node-b.example/witness", TEST_2.public)
HEAD = Checkpoint(origin=ORIGIN, size=7, root=bytes(range(32)))
NOTE = sign_checkpoint(HEAD, TEST_1)


def signed(text: bytes) -> bytes:
    """Any text as the log would sign it."""
    return sign_note(text, ORIGIN, TEST_1)


def test_the_published_note_verifies() -> None:
    key = parse_vkey(FOO)
    note = parse_note(FOO_NOTE)
    assert note.text == b"This is an example message.\n"
    (found,) = verify_note(note, [key])
    assert (key, None) == (found.key, found.time)
    assert add_signature_lines(note.text + b"\n", note.signatures) == FOO_NOTE


def test_the_published_vkeys_come_out_and_are_split_at_the_first_two_plus_signs() -> None:
    assert LOG_VKEY == str(LOG) == format_vkey(parse_vkey(LOG_VKEY))
    assert WITNESS_VKEY == str(WITNESS) == format_vkey(parse_vkey(WITNESS_VKEY))
    assert "+" in LOG_VKEY.split("+", 2)[2]
    assert str(parse_vkey(FOO)) == FOO


def test_a_vkey_for_a_post_quantum_witness_is_read() -> None:
    public = bytes(1312)
    key = VerifierKey(name="w", kind=6, public=public)
    assert key == parse_vkey(str(key))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "name+530d903a",
        FOO.replace("530d903a", "530d903b"),
        FOO.replace("530d903a", "530D903A"),
        FOO.replace("530d903a", "530d903a00"),
        FOO.replace("example.com/foo", ""),
        FOO.replace("example.com/foo", "example.com foo"),
        FOO.replace("example.com/foo", "example.com\u2028foo"),
        FOO.replace("example.com/foo", "example.com\x01foo"),
        FOO + "\n",
        FOO[:-4],
        "a+00000000+",
        f"a+{key_label('a', 2, bytes(32)).hex()}+{encode_base64(bytes([2]) + bytes(32))}",
        f"a+{key_label('a', 1, bytes(32)).hex()}+{encode_base64(bytes([1]) + bytes(32))}",
        f"a+{key_label('a', 6, bytes(32)).hex()}+{encode_base64(bytes([6]) + bytes(32))}",
    ],
)
def test_a_vkey_that_does_not_recompute_or_holds_a_bad_key_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError):
        parse_vkey(text)


def test_a_checkpoint_is_three_lines_and_opens_with_its_key_and_origin() -> None:
    assert (
        checkpoint_text(HEAD)
        == b"node-a.example/log\n7\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
    )
    assert HEAD == open_checkpoint(NOTE, LOG, ORIGIN) == unverified_checkpoint(NOTE)
    assert parse_checkpoint_text(checkpoint_text(HEAD)) == HEAD


@pytest.mark.parametrize(
    "text",
    [
        ORIGIN.encode() + b"\n07\n" + encode_base64(bytes(32)).encode() + b"\n",
        ORIGIN.encode() + b"\n+7\n" + encode_base64(bytes(32)).encode() + b"\n",
        ORIGIN.encode() + b"\n7\n" + encode_base64(bytes(31)).encode() + b"\n",
        ORIGIN.encode() + b"\n7\n" + encode_base64(bytes(32)).encode() + b"\nextension\n",
        ORIGIN.encode() + b"\n7\n",
        b"\n7\n" + encode_base64(bytes(32)).encode() + b"\n",
        ORIGIN.encode() + "\u20287\u2028".encode() + encode_base64(bytes(32)).encode() + b"\n",
        ORIGIN.encode() + b"\n9223372036854775808\n" + encode_base64(bytes(32)).encode() + b"\n",
    ],
)
def test_a_signed_text_that_is_not_exactly_a_checkpoint_is_refused(text: bytes) -> None:
    with pytest.raises(InvalidInputError):
        open_checkpoint(signed(text), LOG, ORIGIN)


def test_another_origin_even_one_that_looks_alike_is_refused() -> None:
    lookalike = signed(checkpoint_text(HEAD).replace(b".example", ".example\u2028".encode()))
    for note, origin in ((NOTE, "node-a.example"), (lookalike, ORIGIN)):
        with pytest.raises(ProofError, match="another log"):
            open_checkpoint(note, LOG, origin)


def test_a_checkpoint_without_the_logs_valid_signature_is_refused() -> None:
    other = sign_checkpoint(HEAD, TEST_2)
    with pytest.raises(ProofError, match="none of the keys"):
        open_checkpoint(other, LOG, ORIGIN)
    forged = NOTE.replace(b"\n7\n", b"\n8\n")
    with pytest.raises(ProofError, match="does not verify"):
        open_checkpoint(forged, LOG, ORIGIN)
    with pytest.raises(ProofError, match="not by a witness"):
        open_checkpoint(NOTE, WITNESS, ORIGIN)


def test_one_bad_line_of_a_known_key_refuses_the_note_despite_a_good_one() -> None:
    bad = NoteSignature(name=ORIGIN, label=LOG.label, signature=bytes(64))
    with pytest.raises(ProofError, match="does not verify"):
        open_checkpoint(add_signature_lines(NOTE, [bad]), LOG, ORIGIN)


def test_lines_of_unknown_names_or_labels_are_ignored() -> None:
    strangers = [
        NoteSignature(name=ORIGIN, label=b"\0\0\0\0", signature=b"x"),
        NoteSignature(name="stranger", label=LOG.label, signature=bytes(64)),
    ]
    note = add_signature_lines(NOTE, strangers)
    assert open_checkpoint(note, LOG, ORIGIN) == HEAD
    assert open_checkpoint(add_signature_lines(NOTE, strangers * 20), LOG, ORIGIN) == HEAD


def test_a_cosignature_tells_the_time_that_its_witness_signed() -> None:
    line = cosign_checkpoint(NOTE, WITNESS.name, 1_700_000_000, TEST_2)
    note = parse_note(add_signature_lines(NOTE, [line]))
    assert [(found.key, found.time) for found in verify_note(note, [LOG, WITNESS])] == [
        (LOG, None),
        (WITNESS, 1_700_000_000),
    ]


def test_a_cosignature_with_another_time_length_or_range_is_refused() -> None:
    line = cosign_checkpoint(NOTE, WITNESS.name, 1_700_000_000, TEST_2).signature
    huge = (2**63).to_bytes(8, "big") + TEST_2.sign(
        b"cosignature/v1\ntime %d\n%b" % (2**63, checkpoint_text(HEAD))
    )
    for wrong in (bytes(8) + line[8:], line[:-1], line + b"\0", huge):
        bad = NoteSignature(name=WITNESS.name, label=WITNESS.label, signature=wrong)
        with pytest.raises(ProofError, match="does not verify"):
            verify_note(parse_note(add_signature_lines(NOTE, [bad])), [LOG, WITNESS])


@pytest.mark.parametrize("time", [-1, 2**63])
def test_a_cosignature_is_not_made_for_an_impossible_time(time: int) -> None:
    with pytest.raises(InvalidInputError, match="time"):
        cosign_checkpoint(NOTE, WITNESS.name, time, TEST_2)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"text\n",
        b"text\n\n",
        NOTE[:-1],
        NOTE + b"\n",
        NOTE.replace(b"\n\n", b"\n"),
        NOTE.replace("—".encode(), b"-"),
        NOTE.replace(b" node-a.example/log ", b"  node-a.example/log "),
        NOTE.replace(b" node-a.example/log ", b" node-a.example/log  "),
        NOTE.replace("— ".encode(), "—\u00a0".encode()),
        NOTE.replace(b"7", b"\x07"),
        NOTE.replace(b"\n", b"\r\n"),
        NOTE.replace(b"7", b"\xff"),
        b"\xef\xbb\xbf" + NOTE,
        b"text\n\n" + "— name AAAAAA==\n".encode(),
        b"text\n\n" + "— na+me AAAAAAA=\n".encode(),
        b"text\n\n" + "— name AAAAA A=\n".encode(),
        b"a" * 1_000_000 + NOTE,
        b"text\n\n" + "— name AAAAAAA=\n".encode() * (MAX_NOTE_SIGNATURES + 1),
    ],
)
def test_a_malformed_note_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInputError):
        parse_note(data)


def test_the_last_empty_line_separates() -> None:
    text = b"a\n\nb\n"
    note = parse_note(signed(text))
    assert text == note.text
    verify_note(note, [LOG])


def test_a_note_is_not_signed_under_an_unfit_name() -> None:
    for name in ("", "a b", "a+b", "a\u3000b", "\ufeffa"):
        with pytest.raises(InvalidInputError):
            sign_note(b"text\n", name, TEST_3)


def test_a_signature_line_starts_with_an_em_dash() -> None:
    line = signature_line(NoteSignature(name="n", label=b"\1\2\3\4", signature=b"\5"))
    assert line == b"\xe2\x80\x94 n AQIDBAU=\n"
