"""Notes and vkeys at their limits and just past them, character by character."""

import pytest

from portability.errors import InvalidInputError, ProofError
from portability.ledger.checkpoint import cosign_checkpoint, open_checkpoint
from portability.ledger.note import (
    NoteSignature,
    VerifierKey,
    add_signature_lines,
    parse_note,
    parse_signature_lines,
    parse_vkey,
    sign_note,
    signature_line,
    verify_note,
)
from tests.unit.ledger.keys import TEST_1, TEST_2
from tests.unit.ledger.test_note import LOG, NOTE, ORIGIN, WITNESS

LINE = signature_line(NoteSignature(name="n", label=b"\1\2\3\4", signature=b"\5"))
LARGEST = 1_000_000
"""Bytes of a note, as in golang.org/x/mod/sumdb/note; so is the number of its signatures, 100."""


def note_of(size: int) -> bytes:
    """A note of exactly so many bytes."""
    return b"a" * (size - len(LINE) - 2) + b"\n\n" + LINE


def test_a_note_has_at_most_a_million_bytes() -> None:
    assert len(parse_note(note_of(LARGEST)).text) == LARGEST - len(LINE) - 1
    with pytest.raises(InvalidInputError, match="over 1000000 bytes"):
        parse_note(note_of(LARGEST + 1))


def test_a_note_has_at_most_a_hundred_signatures() -> None:
    assert len(parse_note(b"text\n\n" + LINE * 100).signatures) == 100
    assert len(parse_signature_lines(LINE * 100)) == 100
    with pytest.raises(InvalidInputError, match="1 to 100 signatures"):
        parse_note(b"text\n\n" + LINE * 101)


def test_the_text_of_a_note_may_be_one_empty_line_and_never_nothing() -> None:
    note = sign_note(b"\n", ORIGIN, TEST_1)
    assert parse_note(note).text == b"\n"
    verify_note(parse_note(note), [LOG])
    for without in (LINE, b"\n" + LINE, b"x" + LINE):
        with pytest.raises(InvalidInputError, match="no empty line before its signatures"):
            parse_note(without)


@pytest.mark.parametrize("byte", sorted(set(range(0x20)) - {0x0A}))
def test_no_control_character_stands_in_a_note(byte: int) -> None:
    with pytest.raises(InvalidInputError, match="control character"):
        parse_note(b"te" + bytes([byte]) + b"xt\n\n" + LINE)


@pytest.mark.parametrize("byte", [0x20, 0x2B, 0x7E, 0x7F])
def test_what_is_no_control_character_stands_in_a_note(byte: int) -> None:
    assert bytes([byte]) in parse_note(b"te" + bytes([byte]) + b"xt\n\n" + LINE).text


@pytest.mark.parametrize("text", ["", "name", "name+530d903a", "+", "name+"])
def test_a_vkey_in_fewer_than_three_parts_is_told_its_form(text: str) -> None:
    with pytest.raises(InvalidInputError, match=r"not NAME\+LABEL\+KEY"):
        parse_vkey(text)


def test_a_vkey_without_a_key_is_of_no_type() -> None:
    with pytest.raises(InvalidInputError, match="type that is not supported"):
        parse_vkey("a+00000000+")


def test_a_witness_signs_no_note_that_is_not_a_checkpoint() -> None:
    with pytest.raises(InvalidInputError, match="checkpoint"):
        cosign_checkpoint(sign_note(b"I owe you\n", "n", TEST_1), WITNESS.name, 1, TEST_2)


def test_without_post_quantum_signatures_a_witness_of_that_type_is_a_stranger(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("portability.ledger.note.is_mldsa_supported", lambda: False)
    large = VerifierKey(name="w", kind=6, public=bytes(1312))
    line = NoteSignature(name=large.name, label=large.label, signature=bytes(8 + 2420))
    note = add_signature_lines(NOTE, [cosign_checkpoint(NOTE, WITNESS.name, 5, TEST_2), line])
    found = verify_note(parse_note(note), [LOG, WITNESS, large])
    assert [one.key for one in found] == [LOG, WITNESS]
    with pytest.raises(ProofError, match="none of the keys"):
        verify_note(parse_note(note), [large])
    assert open_checkpoint(note, LOG, ORIGIN).size == 7
