"""Whatever bytes come from outside, parsers raise our errors; what they accept they give back."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portability.errors import InvalidInputError, PortabilityError
from portability.ledger.bundle import build_manifest, open_bundle, parse_manifest
from portability.ledger.checkpoint import (
    Checkpoint,
    checkpoint_text,
    cosign_checkpoint,
    open_checkpoint,
    parse_checkpoint_text,
    sign_checkpoint,
)
from portability.ledger.documents import load_json, load_json_object, load_toml
from portability.ledger.encoding import (
    decode_base64,
    decode_base64url,
    decode_decimal,
    decode_either_base64,
    decode_hex,
    decode_utf8,
    encode_base64,
    encode_base64url,
    parse_time,
)
from portability.ledger.envelope import (
    Envelope,
    Signature,
    envelope_from_json,
    envelope_to_json,
    sign_envelope,
    verify_envelope,
)
from portability.ledger.keys import Ed25519Signer, check_public_key
from portability.ledger.note import (
    VerifierKey,
    add_signature_lines,
    format_vkey,
    key_label,
    log_key,
    parse_note,
    parse_vkey,
    witness_key,
)
from portability.ledger.policy import open_witnessed, parse_policy
from portability.ledger.proof_file import ProofFile, format_proof_file, parse_proof_file
from portability.ledger.tiles import (
    BundleRef,
    TileRef,
    bundle_path,
    decode_bundle,
    encode_bundle,
    parse_tile_path,
    tile_path,
)

SIGNER = Ed25519Signer(bytes(range(32)))
ORIGIN = "node-a.example/log"
LOG = log_key(ORIGIN, SIGNER.public)
HEAD = Checkpoint(origin=ORIGIN, size=3, root=bytes(range(32)))
NOTE = sign_checkpoint(HEAD, SIGNER)
CONSENT = "application/vnd.portability.consent.v1+json"
ENVELOPE = sign_envelope(CONSENT, b'{"a": 1}', SIGNER)
WITNESS = witness_key("w", SIGNER.public)
POLICY = f"log {LOG}\nwitness w {WITNESS} url\ngroup g 1 w\nquorum g\n".encode()
PROOF = format_proof_file(ProofFile(index=1, proof=(bytes(32),) * 2, checkpoint=NOTE))
MANIFEST = build_manifest("claim", {"policy": POLICY})

BYTE_PARSERS: list[tuple[Callable[[bytes], object], bytes]] = [
    (load_json, b'{"a": [1, {"b": "\\u00e9"}]}'),
    (load_json_object, b'{"a": [1, {"b": true}]}'),
    (load_toml, b'a = 1\n[b]\nc = ["d"]\n'),
    (decode_base64, b"aGVsbG8="),
    (decode_base64url, b"aGVsbG8"),
    (decode_decimal, b"1234567"),
    (decode_utf8, "é".encode()),
    (envelope_from_json, envelope_to_json(ENVELOPE)),
    (parse_note, NOTE),
    (parse_checkpoint_text, checkpoint_text(HEAD)),
    (parse_policy, POLICY),
    (parse_proof_file, PROOF),
    (parse_manifest, MANIFEST),
    (check_public_key, SIGNER.public),
    (lambda data: decode_bundle(data, 2), encode_bundle([b"one", b"two"])),
]
TEXT_PARSERS: list[tuple[Callable[[str], object], str]] = [
    (decode_either_base64, "-_8"),
    (decode_hex, "0a0b"),
    (parse_time, "2025-01-31T09:00:00Z"),
    (parse_vkey, str(LOG)),
    (parse_tile_path, "tile/0/x001/234.p/5"),
]


@st.composite
def damaged(draw: st.DrawFn, good: bytes) -> bytes:
    """A good document with a stretch of it replaced: nearer to the parser's inside than noise."""
    start = draw(st.integers(0, len(good)))
    end = draw(st.integers(start, min(len(good), start + 8)))
    return good[:start] + draw(st.binary(max_size=8)) + good[end:]


@given(data=st.data())
@pytest.mark.parametrize("number", range(len(BYTE_PARSERS)))
def test_bytes_from_outside_raise_only_our_errors(number: int, data: st.DataObject) -> None:
    parse, good = BYTE_PARSERS[number]
    parse(good)
    try:
        parse(data.draw(st.binary(max_size=200) | damaged(good)))
    except PortabilityError:
        return


@given(data=st.data())
@pytest.mark.parametrize("number", range(len(TEXT_PARSERS)))
def test_text_from_outside_raises_only_invalid_input(number: int, data: st.DataObject) -> None:
    parse, good = TEXT_PARSERS[number]
    parse(good)
    changed = damaged(good.encode()).map(lambda raw: raw.decode("utf-8", "replace"))
    try:
        parse(data.draw(st.text(max_size=60) | changed))
    except InvalidInputError:
        return


@given(data=st.data())
def test_nothing_damaged_verifies_as_something_else(data: st.DataObject) -> None:
    try:
        opened = open_checkpoint(data.draw(damaged(NOTE)), LOG, ORIGIN)
    except PortabilityError:
        pass
    else:
        assert opened == HEAD
    try:
        envelope = envelope_from_json(data.draw(damaged(envelope_to_json(ENVELOPE))))
        verified = verify_envelope(envelope, [CONSENT], {SIGNER.key_id: SIGNER.public})
    except PortabilityError:
        pass
    else:
        assert ENVELOPE.payload == verified.payload


@given(data=st.binary(max_size=100))
def test_base64_gives_back_the_bytes(data: bytes) -> None:
    assert data == decode_base64(encode_base64(data))
    assert data == decode_base64url(encode_base64url(data))
    assert data == decode_either_base64(encode_base64(data))
    assert data == decode_either_base64(encode_base64url(data))


@given(text=st.text("ABab01+/-_= \n", max_size=12))
def test_accepted_text_is_the_one_that_encoding_gives(text: str) -> None:
    for decode, encode in ((decode_base64, encode_base64), (decode_base64url, encode_base64url)):
        try:
            data = decode(text)
        except InvalidInputError:
            continue
        assert text == encode(data)


@given(
    name=st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=40),
    payload=st.binary(max_size=100),
    signatures=st.lists(
        st.builds(
            Signature,
            sig=st.binary(max_size=64),
            key_id_hint=st.text(st.characters(exclude_categories=["Cs"]), max_size=10),
        ),
        min_size=1,
        max_size=4,
    ),
)
def test_an_envelope_comes_back_from_its_file_form(
    name: str, payload: bytes, signatures: list[Signature]
) -> None:
    envelope = Envelope(payload_type=name, payload=payload, signatures=tuple(signatures))
    assert envelope == envelope_from_json(envelope_to_json(envelope))


NAMES = st.text(
    st.characters(exclude_characters="+", exclude_categories=["Cs", "Cc", "Z"]), min_size=1
).filter(lambda name: not name.startswith("\ufeff"))


@given(name=NAMES, size=st.integers(0, 2**63 - 1), root=st.binary(min_size=32, max_size=32))
def test_a_checkpoint_comes_back_from_its_signed_form(name: str, size: int, root: bytes) -> None:
    head = Checkpoint(origin=name, size=size, root=root)
    note = sign_checkpoint(head, SIGNER)
    key = log_key(name, SIGNER.public)
    assert head == open_checkpoint(note, key, name)
    assert key == parse_vkey(format_vkey(key))


@given(name=NAMES, key=st.binary(min_size=1312, max_size=1312))
def test_a_vkey_comes_back_whatever_its_base64_holds(name: str, key: bytes) -> None:
    vkey = VerifierKey(name=name, kind=6, public=key)
    assert vkey == parse_vkey(format_vkey(vkey))
    assert key_label(name, 6, key) == vkey.label


@given(time=st.integers(0, 2**63 - 1))
def test_any_time_that_a_witness_signs_is_read_back(time: int) -> None:
    line = cosign_checkpoint(NOTE, "w", time, SIGNER)
    witnessed = open_witnessed(add_signature_lines(NOTE, [line]), parse_policy(POLICY))
    assert time == witnessed.time


@given(
    index=st.integers(0, 2**63 - 1),
    proof=st.lists(st.binary(min_size=32, max_size=32), max_size=63),
    extra=st.none() | st.binary(max_size=50),
)
def test_a_proof_file_comes_back(index: int, proof: list[bytes], extra: bytes | None) -> None:
    value = ProofFile(index=index, proof=tuple(proof), checkpoint=NOTE, extra=extra)
    assert value == parse_proof_file(format_proof_file(value))


@given(level=st.integers(0, 63), index=st.integers(0, 2**63 - 1), width=st.integers(1, 256))
def test_a_tile_path_comes_back(level: int, index: int, width: int) -> None:
    tile = TileRef(level=level, index=index, width=width)
    bundle = BundleRef(index=index, width=width)
    assert tile == parse_tile_path(tile_path(tile))
    assert bundle == parse_tile_path(bundle_path(bundle))


@given(entries=st.lists(st.binary(max_size=40), max_size=256))
def test_a_bundle_of_entries_comes_back(entries: list[bytes]) -> None:
    assert entries == decode_bundle(encode_bundle(entries), len(entries))


@given(
    claim=st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    files=st.dictionaries(
        st.from_regex(r"[a-z0-9_]{1,8}(/[a-z0-9_]{1,8}){0,2}", fullmatch=True),
        st.binary(max_size=20),
        max_size=5,
    ),
)
def test_an_offline_bundle_comes_back_whatever_it_claims(
    claim: str, files: dict[str, bytes]
) -> None:
    manifest = open_bundle({**files, "bundle.toml": build_manifest(claim, files)})
    assert claim == manifest.claim
    assert set(files) == set(manifest.digests)
