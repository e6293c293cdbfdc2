"""
Signed notes and verifier keys.

A note is a text and signature lines below its last empty line. A signature line names a key by name
and a 4-byte label, which is no more than a label: anyone can make a second key that has it.

Source: c2sp.org/signed-note v1.0.0; formats.md, Notes, checkpoints.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from portability.errors import InvalidInputError, ProofError, SignatureError
from portability.ledger.cosignature import verify_cosignature, verify_mldsa_cosignature
from portability.ledger.encoding import decode_base64, decode_hex, decode_utf8, encode_base64
from portability.ledger.keys import Signer, check_public_key, verify_signature
from portability.ledger.mldsa import MLDSA_KEY_BYTES, is_mldsa_supported

LOG_KEY: Final = 0x01
"""Ed25519 over the text: logs."""
WITNESS_KEY: Final = 0x04
"""Ed25519 cosignature v1: witnesses."""
MLDSA_WITNESS_KEY: Final = 0x06
"""ML-DSA-44 cosignature: witnesses."""

LABEL_BYTES: Final = 4
MAX_NOTE_BYTES: Final = 1_000_000
MAX_NOTE_SIGNATURES: Final = 100
"""Both as in golang.org/x/mod/sumdb/note; the specification asks for at least 16 signatures."""

_DASH: Final = "— "
_CONTROLS: Final = frozenset(range(0x20)) - {0x0A}


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifierKey:
    """A public key under the name by which notes call it; ``kind`` is its type byte."""

    name: str
    kind: int
    public: bytes

    @property
    def label(self) -> bytes:
        """The first 4 bytes of SHA-256(name ‖ 0x0A ‖ kind ‖ key)."""
        return key_label(self.name, self.kind, self.public)

    def __str__(self) -> str:
        return format_vkey(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteSignature:
    """One signature line, as it stands."""

    name: str
    label: bytes
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A note that was read, not verified; ``text`` ends in a newline, which is signed too."""

    text: bytes
    signatures: tuple[NoteSignature, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteVerification:
    """A key that signed; ``time`` in POSIX seconds for cosignatures."""

    key: VerifierKey
    time: int | None = None


def key_label(name: str, kind: int, public: bytes) -> bytes:
    data = name.encode("utf-8") + b"\n" + bytes([kind]) + public
    return hashlib.sha256(data).digest()[:LABEL_BYTES]


def log_key(name: str, public: bytes) -> VerifierKey:
    """The verifier key (type 01) of a log. Raises InvalidInputError for a key that is refused."""
    return _checked(VerifierKey(name=name, kind=LOG_KEY, public=public))


def witness_key(name: str, public: bytes) -> VerifierKey:
    """The verifier key (type 04) of a witness. Raises InvalidInputError likewise."""
    return _checked(VerifierKey(name=name, kind=WITNESS_KEY, public=public))


def mldsa_witness_key(name: str, public: bytes) -> VerifierKey:
    """The verifier key (type 06) of a witness with an ML-DSA-44 key, 1,312 bytes."""
    return _checked(VerifierKey(name=name, kind=MLDSA_WITNESS_KEY, public=public))


def any_witness_key(name: str, public: bytes) -> VerifierKey:
    """The verifier key of a witness, of the type that its length says. Raises likewise."""
    is_large = len(public) == MLDSA_KEY_BYTES
    return mldsa_witness_key(name, public) if is_large else witness_key(name, public)


def format_vkey(key: VerifierKey) -> str:
    """Name ``+`` hex8(label) ``+`` base64(kind ‖ key)."""
    return f"{key.name}+{key.label.hex()}+{encode_base64(bytes([key.kind]) + key.public)}"


def parse_vkey(text: str) -> VerifierKey:
    """Read a vkey. InvalidInputError if its label does not recompute or its key is refused."""
    name, _, rest = text.partition("+")
    label, found_both, encoded = rest.partition("+")
    if not found_both:
        raise InvalidInputError("the vkey is not NAME+LABEL+KEY", field="vkey")
    data = decode_base64(encoded, what="vkey")
    key = _checked(VerifierKey(name=name, kind=int.from_bytes(data[:1], "big"), public=data[1:]))
    if decode_hex(label, what="vkey", length=LABEL_BYTES) != key.label:
        raise InvalidInputError("the label in the vkey is not that of its key", field="vkey")
    return key


def sign_note(text: bytes, name: str, signer: Signer) -> bytes:
    """The text with one signature of type 01."""
    key = log_key(name, signer.public)
    line = NoteSignature(name=name, label=key.label, signature=signer.sign(text))
    return add_signature_lines(text + b"\n", [line])


def signature_line(signature: NoteSignature) -> bytes:
    """``— <name> <base64(label ‖ signature)>`` and a newline."""
    encoded = encode_base64(signature.label + signature.signature)
    return f"{_DASH}{signature.name} {encoded}\n".encode()


def add_signature_lines(note: bytes, signatures: Iterable[NoteSignature]) -> bytes:
    """The same note with more signatures below those that it has."""
    return note + b"".join(map(signature_line, signatures))


def parse_signature_lines(data: bytes) -> tuple[NoteSignature, ...]:
    """Read lines of signatures, each ended by a newline. Raises InvalidInputError."""
    lines = decode_utf8(data, what="note").split("\n")
    if lines.pop():
        raise InvalidInputError("the note does not end in a newline", field="note")
    if not 1 <= len(lines) <= MAX_NOTE_SIGNATURES:
        raise InvalidInputError(
            f"the note does not have 1 to {MAX_NOTE_SIGNATURES} signatures", field="note"
        )
    return tuple(map(_parse_line, lines))


def parse_note(data: bytes) -> Note:
    """Take a note apart at its last empty line. Raises InvalidInputError; verifies nothing."""
    if len(data) > MAX_NOTE_BYTES:
        raise InvalidInputError(f"the note is over {MAX_NOTE_BYTES} bytes", field="note")
    decode_utf8(data, what="note")
    if not _CONTROLS.isdisjoint(data):
        raise InvalidInputError("the note holds a control character", field="note")
    split = data.rfind(b"\n\n")
    if split < 0:
        raise InvalidInputError("the note has no empty line before its signatures", field="note")
    return Note(text=data[: split + 1], signatures=parse_signature_lines(data[split + 2 :]))


def verify_note(note: Note, keys: Iterable[VerifierKey]) -> tuple[NoteVerification, ...]:
    """
    Who among these keys signed, in the order of the lines.

    Lines of unknown (name, label) pairs are ignored. Raises ProofError when a line of a known pair
    does not verify, and when no key at all is known.
    """
    known = {(key.name, key.label): key for key in keys if _can_verify(key)}
    found = []
    for line in note.signatures:
        key = known.get((line.name, line.label))
        if key is not None:
            found.append(_verify_line(note.text, line.signature, key))
    if not found:
        raise ProofError("the note is signed by none of the keys that are trusted for it")
    return tuple(found)


def _verify_line(text: bytes, signature: bytes, key: VerifierKey) -> NoteVerification:
    try:
        if key.kind == LOG_KEY:
            verify_signature(key.public, text, signature)
            return NoteVerification(key=key)
        if key.kind == WITNESS_KEY:
            time = verify_cosignature(text, signature, key.public)
        else:
            time = verify_mldsa_cosignature(text, key.name, signature, key.public)
    except SignatureError:
        raise ProofError(
            f"the note carries a signature of {key.name} that does not verify", name=key.name
        ) from None
    return NoteVerification(key=key, time=time)


def _can_verify(key: VerifierKey) -> bool:
    """A type that is not supported here is as unknown as an unknown key."""
    return key.kind in (LOG_KEY, WITNESS_KEY) or is_mldsa_supported()


def _parse_line(line: str) -> NoteSignature:
    dash, name, encoded = line[: len(_DASH)], *line[len(_DASH) :].partition(" ")[::2]
    if dash != _DASH:
        raise InvalidInputError("a signature line does not start with a dash", field="note")
    _check_name(name)
    data = decode_base64(encoded, what="note signature")
    if len(data) <= LABEL_BYTES:
        raise InvalidInputError("a signature line holds no signature", field="note")
    return NoteSignature(name=name, label=data[:LABEL_BYTES], signature=data[LABEL_BYTES:])


def _checked(key: VerifierKey) -> VerifierKey:
    _check_name(key.name)
    if key.name.startswith("\ufeff"):  # its vkey, and notes that begin with it, could not be read
        raise InvalidInputError("a key name starts with a byte order mark", field="name")
    if key.kind in (LOG_KEY, WITNESS_KEY):
        check_public_key(key.public)
    elif key.kind != MLDSA_WITNESS_KEY or len(key.public) != MLDSA_KEY_BYTES:
        raise InvalidInputError("the vkey is of a type that is not supported", field="vkey")
    return key


def _check_name(name: str) -> None:
    unfit = any(char.isspace() or char == "+" or char < " " for char in name)
    if not name or unfit:
        raise InvalidInputError(
            "a key name is empty or has a space, plus sign or control character", field="name"
        )
