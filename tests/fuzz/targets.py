"""Every parser that reads bytes from outside, with documents that it accepts to begin from."""

import atexit
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final

from google.protobuf.message import DecodeError

from agents.agency.csv_import import read_csv
from agents.agency.p5000 import read_p5000
from agents.agency.record_files import read_record_file
from agents.auditor.watch_place import PLACES, Place, load_places, save_places
from agents.profile import load_profile
from portability.agreements import pack_source
from portability.consent.act_evidence import read_act_evidence, write_act_evidence
from portability.consent.consent_reader import read_consent, read_withdrawal
from portability.consent.cose import verify_cose_signature
from portability.consent.payload_types import (
    CONSENT_REQUEST_TYPE,
    CONSENT_STATUS_TYPE,
    CONSENT_TYPE,
    RECEIPT_TYPE,
    SUBJECT_KEY_TYPE,
    WITHDRAWAL_TYPE,
)
from portability.consent.scope import Party
from portability.consent.signature import verify_person
from portability.consent.template import parse_template
from portability.core.case import parse_case
from portability.core.legislation.reader import parse_legislation_case
from portability.core.national_facts import read_national_facts
from portability.core.pack_parser import parse_pack
from portability.custody.places import parse_place
from portability.errors import PortabilityError, SignatureError
from portability.federation.identity import parse_identity
from portability.ledger.bundle import build_manifest, parse_manifest
from portability.ledger.checkpoint import cosign_checkpoint, open_checkpoint, unverified_checkpoint
from portability.ledger.cosignature import cosign, verify_cosignature
from portability.ledger.directory import KeyPurpose, build_directory, parse_directory
from portability.ledger.disclosure import (
    disclosures_from_json,
    disclosures_to_json,
    make_disclosure,
    parse_disclosure,
)
from portability.ledger.documents import load_json, load_toml
from portability.ledger.enrolment import open_proof, prove_possession
from portability.ledger.envelope import (
    Envelope,
    Signature,
    envelope_from_json,
    envelope_to_json,
)
from portability.ledger.keys import Ed25519Signer, check_public_key
from portability.ledger.note import (
    add_signature_lines,
    log_key,
    parse_note,
    parse_signature_lines,
    parse_vkey,
    signature_line,
    witness_key,
)
from portability.ledger.policy import open_witnessed, parse_policy
from portability.ledger.proof_file import ProofFile, format_proof_file, parse_proof_file
from portability.ledger.puncturable import PuncturableKey
from portability.ledger.tiles import decode_bundle, encode_bundle, parse_tile_path
from portability.ledger.witness import format_add_checkpoint, parse_add_checkpoint
from portability.node.calls.pages import read_token
from portability.node.config import load_config
from portability.node.erasure.journal import ErasureJournal, create_journal
from portability.recognition.adoption import AgreementAdoption
from portability.recognition.echo import Echo, Pause, Probe
from portability.recognition.identity import IdentityOutcome, IdentityResolution
from portability.v1 import envelope_pb2 as envelope_pb
from portability.v1 import records_service_pb2 as records_pb
from portability.wire.adoption import adoption_from_payload, adoption_to_payload
from portability.wire.consent import consent_request_from_payload, consent_status_from_payload
from portability.wire.echo import (
    echo_from_payload,
    echo_to_payload,
    probe_from_payload,
    probe_to_payload,
)
from portability.wire.envelope import (
    envelope_from_bytes,
    envelope_to_bytes,
    envelope_to_pb,
    held_bytes,
    held_disclosures,
)
from portability.wire.erasure import (
    ERASURE_TYPES,
    erasure_statement_from_payload,
    erasure_statement_to_payload,
    erasure_statement_type,
)
from portability.wire.identity import resolution_from_payload, resolution_to_payload
from portability.wire.intake import Issuer, check_submissions
from portability.wire.log_entry import log_entry_from_bytes
from portability.wire.proven import Proven, proven_from_pb, proven_to_pb, verify_proven
from portability.wire.receipt import receipt_from_payload
from portability.wire.record import (
    RECORD_TYPE,
    check_record,
    record_from_payload,
    salt_record,
)
from portability.wire.settlement import (
    SETTLEMENT_TYPES,
    settlement_statement_from_payload,
    settlement_statement_to_payload,
    settlement_statement_type,
)
from portability.wire.statement import STATEMENT_TYPES, statement_from_payload
from portability.wire.status import error_from_details
from portability.wire.subject_key import subject_key_from_payload
from tests.unit.agents.rosa_case import (
    EXAMPLES,
    KEYS,
    NOW,
    ORIGINS,
    RosasCase,
    make_directory,
    settled,
    withdraw,
)
from tests.unit.consent.test_act_evidence import EVIDENCE as ACT_EVIDENCE
from tests.unit.consent.test_passkey import record as passkey_record
from tests.unit.settlement.books import SPAIN, Books, header
from tests.unit.wire.test_erasure import ERASURE, KEPT, LIFTED, NOTICE, PLACED, REFUSAL
from tests.vectors.passkeys import EdDsa, Es256, Holder, Passkey, Rs256

Parse = Callable[[bytes], object]

SIGNER: Final = Ed25519Signer(bytes(range(32)))
DIRECTORY: Final = make_directory()
LOG: Final = log_key(ORIGINS["FR"], KEYS["FR log"].public)
WITNESS: Final = witness_key("w", SIGNER.public)
POLICY: Final = f"log {LOG}\nwitness w {WITNESS} url\ngroup g 1 w\nquorum g\n".encode()
CNAV: Final = Issuer(
    jurisdiction="FR",
    institution="cnav",
    keys={KEYS["cnav"].key_id: KEYS["cnav"].public},
    known=frozenset({KEYS["cnav"].key_id}),
)
SHORT_FILES: Final = 6_000
"""Bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """``seeds`` are accepted by ``parse``, which may raise nothing but errors of our own tree."""

    parse: Parse
    seeds: Callable[[], Sequence[bytes]]


@cache
def story() -> RosasCase:
    """Rosa's whole case, and a withdrawal."""
    case = settled()
    (consent,) = (
        found for found, one in case.placed.items() if one.envelope.payload_type == CONSENT_TYPE
    )
    withdraw(case, consent, hour=int(NOW.timestamp()) // 3600)
    return case


def envelopes() -> list[Envelope]:
    """One of each type, the smallest."""
    found: dict[str, Envelope] = {}
    for one in (*(placed.envelope for placed in story().placed.values()), *unlogged()):
        known = found.get(one.payload_type)
        if known is None or len(one.payload) < len(known.payload):
            found[one.payload_type] = one
    return list(found.values())


def unlogged() -> list[Envelope]:
    return list(story().unlogged.values())


def payloads(*payload_types: str) -> Callable[[], list[bytes]]:
    """Signed in Rosa's case."""
    return lambda: [one.payload for one in envelopes() if one.payload_type in payload_types]


def text(parse: Callable[[str], object]) -> Parse:
    """For what arrives as a string: in a protobuf field, a path, an argument."""
    return lambda data: parse(data.decode("utf-8", "replace"))


@cache
def own_folder() -> Path:
    """Of this process, and gone with it."""
    folder = Path(tempfile.mkdtemp(prefix="portability-fuzz-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def in_file(read: Callable[[Path], object], name: str) -> Parse:
    """For what is read from a file by its path."""

    def parse(data: bytes) -> None:
        folder = own_folder()
        file = folder / name
        file.write_bytes(data)
        file.chmod(0o600)
        read(file)

    return parse


def numbered(types: Sequence[str], read: Callable[[str, bytes], object]) -> Parse:
    """The first byte says which of the types, as the payload type of an envelope would."""

    def parse(data: bytes) -> None:
        if data:
            read(types[data[0] % len(types)], data[1:])

    return parse


def decoded(read: Callable[[bytes], object]) -> Parse:
    """For messages that gRPC decodes before our code sees them."""

    def parse(data: bytes) -> None:
        try:
            read(data)
        except DecodeError:
            return

    return parse


def _verify(data: bytes) -> None:
    proven = proven_from_pb(envelope_pb.ProvenStatement.FromString(data))
    verify_proven(
        proven,
        DIRECTORY,
        log_jurisdiction="FR",
        expected_types=[RECORD_TYPE],
        signer=("FR", "cnav", "institution"),
    )


@cache
def _by_passkeys() -> list[tuple[bytes, bytes]]:
    """A key of each kind, and its signature."""
    holders: list[Holder] = [EdDsa("rosa"), Es256(), Rs256()]
    return [(one.cose, one.sign(b"message")) for one in holders]


def _verify_cose(data: bytes) -> None:
    for _, signature in _by_passkeys():
        try:
            verify_cose_signature(data, b"message", signature)
        except SignatureError:
            continue
        return
    raise SignatureError("by none of them")


def _assertion(data: bytes) -> None:
    """What came from the browser, in the place of a signature."""
    envelope = Envelope(payload_type=CONSENT_TYPE, payload=b"{}", signatures=(Signature(sig=data),))
    verify_person(envelope, {CONSENT_TYPE}, passkey_record())


def _proven() -> list[bytes]:
    found = next(iter(story().placed.values()))
    proof = found.log.proof(found.index)
    proven = Proven(
        envelope=found.envelope,
        log_entry=found.log.leaves[found.index],
        leaf_index=found.index,
        proof=proof.proof,
        checkpoint=proof.checkpoint,
    )
    return [proven_to_pb(proven).SerializeToString()]


def _records() -> list[bytes]:
    salted = record_from_payload(payloads(RECORD_TYPE)()[0])
    return [*payloads(RECORD_TYPE)(), salt_record(salted, SALTS).payload]


def SALTS(length: int) -> bytes:  # noqa: N802  # a constant randomness
    return bytes(range(length))


def _submissions() -> list[bytes]:
    (one,) = (one for one in envelopes() if one.payload_type == RECORD_TYPE)
    message = records_pb.RecordSubmission(
        person=f"persons/{'a' * 32}", envelope=envelope_to_pb(one)
    )
    return [message.SerializeToString()]


def _statements() -> list[bytes]:
    return [
        bytes([number]) + payload
        for number, kind in enumerate(STATEMENT_TYPES)
        for payload in payloads(kind)()
    ]


def _erasures() -> list[bytes]:
    types = list(ERASURE_TYPES)
    return [
        bytes([types.index(erasure_statement_type(one))]) + erasure_statement_to_payload(one)
        for one in (ERASURE, REFUSAL, PLACED, LIFTED, NOTICE, KEPT)
    ]


NODE_ES: Final = Party(jurisdiction="ES")
NODE_FR: Final = Party(jurisdiction="FR")
NOON: Final = datetime(2026, 3, 2, 12, tzinfo=UTC)


def _probes() -> list[bytes]:
    probe = Probe(
        nonce=bytes(32), sender=NODE_ES, recipient=NODE_FR, created=NOON, protocol_version=2
    )
    return [probe_to_payload(probe)]


def _echoes() -> list[bytes]:
    echo = Echo(
        nonce=bytes(32),
        sender=NODE_FR,
        recipient=NODE_ES,
        created=NOON,
        protocol_version=2,
        directory_version=1,
    )
    paused = replace(echo, pause=Pause(reason="a new disk", retry_after=timedelta(minutes=5)))
    refused = replace(echo, refusal="SIGNATURE_INVALID", refusal_message="another key")
    return [echo_to_payload(one) for one in (echo, paused, refused)]


def _resolutions() -> list[bytes]:
    matched = IdentityResolution(
        salt=bytes(32),
        institution=Party(jurisdiction="FR", institution="cnav"),
        request=bytes(32),
        outcome=IdentityOutcome.MATCHED,
        subject_commitment=bytes(32),
        basis="document",
        created=NOON,
    )
    nobody = replace(matched, outcome=IdentityOutcome.NONE, subject_commitment=b"")
    return [resolution_to_payload(one) for one in (matched, nobody)]


def _settlements() -> list[bytes]:
    types = list(SETTLEMENT_TYPES)
    books = Books()
    claim = books.claim(SPAIN, "a", 30_000)
    books.concede(books.answer(claim, (1, 20_000)))
    netting = books.net(SPAIN, claim)
    books.confirm(books.advise(netting, 20_000), 20_000)
    return [
        bytes([types.index(settlement_statement_type(one.statement))])
        + settlement_statement_to_payload(one.statement)
        for one in books.said
    ]


def _adoptions() -> list[bytes]:
    said = AgreementAdoption(
        header=header(SPAIN.node), agreement="eu-883-2004", agreement_version="1", digest=bytes(32)
    )
    return [adoption_to_payload(said)]


NATIONAL = b"""
residence = "FR"
exchange_rate = { GBP = 0.8 }
[[child]]
name = "Ciara"
residence = "GB"
[[right]]
jurisdiction = "GB"
basis = "activity"
amount = "144.00 GBP"
[scheme.FR]
unit = "months"
minimum = { years = 15 }
full_career = { years = 43 }
formula = "proportional"
full_amount = "3225.00 EUR"
"""


def _examples(*, of_legislation: bool) -> list[bytes]:
    """Case files, without the longest, on which a fuzzer is only slow."""
    files = [
        file
        for file in sorted(EXAMPLES.glob("*.toml"))
        if file.name.startswith("legislation-") == of_legislation
        and file.name != "purpose-claim-old-age.toml"
        and file.stat().st_size < SHORT_FILES
    ]
    return [file.read_bytes() for file in files]


def _note() -> bytes:
    return story().logs["FR"].checkpoint()


def _witnessed() -> bytes:
    return add_signature_lines(_note(), [cosign_checkpoint(_note(), "w", 1, SIGNER)])


def _journal() -> list[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal"
        create_journal(path, bytes(16))
        return [path.read_bytes()]


def _places() -> list[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        place = Place(note=_note(), since={"stale": NOW}, seen=_note())
        save_places(Path(folder), {ORIGINS["FR"]: place})
        return [(Path(folder) / PLACES).read_bytes()]


def _config() -> list[bytes]:
    from tests.integration.node.whole import make_layout  # noqa: PLC0415  # keys, certificates

    with tempfile.TemporaryDirectory() as folder:
        layout = make_layout(Path(folder) / "f")
        return [
            layout.nodes["FR"].read_bytes(),
            layout.profiles["fr-agency-cnav"].read_bytes(),
            layout.profiles["es-portal"].read_bytes(),
        ]


def _disclosure() -> str:
    return make_disclosure(bytes(32), "start", "1990-01-01")


def _files(*names: str) -> Callable[[], list[bytes]]:
    return lambda: [(EXAMPLES / name).read_bytes() for name in names]


TARGETS: Final[dict[str, Target]] = {
    "json": Target(parse=load_json, seeds=lambda: [b'{"a": [1, {"b": "\\u00e9"}]}']),
    "toml": Target(parse=load_toml, seeds=lambda: [b'a = 1\n[b]\nc = ["d", 2025-01-31]\n']),
    "envelope-json": Target(
        parse=envelope_from_json, seeds=lambda: [envelope_to_json(one) for one in envelopes()[:2]]
    ),
    "envelope": Target(
        parse=envelope_from_bytes, seeds=lambda: [envelope_to_bytes(one) for one in envelopes()[:2]]
    ),
    "held": Target(
        parse=held_disclosures,
        seeds=lambda: [held_bytes(envelope_to_bytes(envelopes()[0]), [_disclosure()])],
    ),
    "record": Target(parse=record_from_payload, seeds=_records),
    "record-check": Target(parse=check_record, seeds=payloads(RECORD_TYPE)),
    "submission": Target(
        parse=decoded(lambda data: check_submissions([data], CNAV)), seeds=_submissions
    ),
    "statement": Target(
        parse=numbered(list(STATEMENT_TYPES), statement_from_payload), seeds=_statements
    ),
    "erasure": Target(
        parse=numbered(list(ERASURE_TYPES), erasure_statement_from_payload), seeds=_erasures
    ),
    "settlement": Target(
        parse=numbered(list(SETTLEMENT_TYPES), settlement_statement_from_payload),
        seeds=_settlements,
    ),
    "probe": Target(parse=probe_from_payload, seeds=_probes),
    "echo": Target(parse=echo_from_payload, seeds=_echoes),
    "identity-resolution": Target(parse=resolution_from_payload, seeds=_resolutions),
    "adoption": Target(parse=adoption_from_payload, seeds=_adoptions),
    "log-entry": Target(parse=log_entry_from_bytes, seeds=lambda: [story().logs["FR"].leaves[0]]),
    "proven": Target(parse=decoded(_verify), seeds=_proven),
    "status-details": Target(parse=error_from_details, seeds=lambda: [b"\x08\x03\x12\x01x"]),
    "consent": Target(parse=read_consent, seeds=payloads(CONSENT_TYPE)),
    "passkey": Target(
        parse=_assertion,
        seeds=lambda: [Passkey(holder=EdDsa("rosa")).sign(CONSENT_TYPE, b"{}").signatures[0].sig],
    ),
    "act-evidence": Target(
        parse=read_act_evidence, seeds=lambda: [write_act_evidence(ACT_EVIDENCE)]
    ),
    "cose-key": Target(parse=_verify_cose, seeds=lambda: [cose for cose, _ in _by_passkeys()]),
    "withdrawal": Target(parse=read_withdrawal, seeds=payloads(WITHDRAWAL_TYPE)),
    "consent-request": Target(
        parse=consent_request_from_payload, seeds=payloads(CONSENT_REQUEST_TYPE)
    ),
    "consent-status": Target(
        parse=consent_status_from_payload, seeds=payloads(CONSENT_STATUS_TYPE)
    ),
    "subject-key": Target(parse=subject_key_from_payload, seeds=payloads(SUBJECT_KEY_TYPE)),
    "receipt": Target(parse=receipt_from_payload, seeds=payloads(RECEIPT_TYPE)),
    "template": Target(parse=parse_template, seeds=_files("purpose-claim-old-age.toml")),
    "directory": Target(parse=parse_directory, seeds=lambda: [build_directory(DIRECTORY)]),
    "pack": Target(
        parse=lambda data: parse_pack(data, "pack.toml"),
        seeds=lambda: [pack_source("eu-883-2004")],
    ),
    "case": Target(
        parse=lambda data: parse_case(data, "case.toml"),
        seeds=lambda: _examples(of_legislation=False),
    ),
    "national-facts": Target(
        parse=lambda data: read_national_facts(data, "facts.toml"), seeds=lambda: [NATIONAL]
    ),
    "legislation": Target(
        parse=lambda data: parse_legislation_case(data, "case.toml"),
        seeds=lambda: _examples(of_legislation=True),
    ),
    "note": Target(parse=parse_note, seeds=lambda: [_note(), _witnessed()]),
    "signature-lines": Target(
        parse=parse_signature_lines,
        seeds=lambda: [signature_line(cosign_checkpoint(_note(), "w", 1, SIGNER))],
    ),
    "checkpoint": Target(
        parse=lambda data: (unverified_checkpoint(data), open_checkpoint(data, LOG, LOG.name)),
        seeds=lambda: [_note()],
    ),
    "witnessed": Target(
        parse=lambda data: open_witnessed(data, parse_policy(POLICY)), seeds=lambda: [_witnessed()]
    ),
    "cosignature": Target(
        parse=lambda data: verify_cosignature(b"text", data, SIGNER.public),
        seeds=lambda: [cosign(b"text", 1, SIGNER)],
    ),
    "enrolment": Target(
        parse=lambda data: open_proof(envelope_from_json(data)),
        seeds=lambda: [
            envelope_to_json(
                prove_possession(
                    SIGNER, jurisdiction="FR", institution="cnav", purpose=KeyPurpose.INSTITUTION
                )
            )
        ],
    ),
    "policy": Target(parse=parse_policy, seeds=lambda: [POLICY]),
    "proof-file": Target(
        parse=parse_proof_file,
        seeds=lambda: [
            format_proof_file(ProofFile(index=1, proof=(bytes(32),) * 2, checkpoint=_note()))
        ],
    ),
    "tile-path": Target(
        parse=text(parse_tile_path),
        seeds=lambda: [b"tile/0/x001/234.p/5", b"tile/entries/x001/x234/067"],
    ),
    "entry-bundle": Target(
        parse=lambda data: decode_bundle(data, 2), seeds=lambda: [encode_bundle([b"one", b"two"])]
    ),
    "vkey": Target(parse=text(parse_vkey), seeds=lambda: [str(LOG).encode()]),
    "witness-request": Target(
        parse=parse_add_checkpoint,
        seeds=lambda: [format_add_checkpoint(1, (bytes(32),), _note())],
    ),
    "disclosure": Target(parse=text(parse_disclosure), seeds=lambda: [_disclosure().encode()]),
    "disclosures": Target(
        parse=disclosures_from_json, seeds=lambda: [disclosures_to_json([_disclosure()])]
    ),
    "manifest": Target(
        parse=parse_manifest, seeds=lambda: [build_manifest("claim", {"policy": POLICY})]
    ),
    "identity": Target(parse=text(parse_identity), seeds=lambda: [b"portability://FR/agency/cnav"]),
    "public-key": Target(parse=check_public_key, seeds=lambda: [SIGNER.public]),
    "page-token": Target(parse=text(read_token), seeds=lambda: [b"1234"]),
    "p5000": Target(
        parse=lambda data: read_p5000(data, "file.json"), seeds=_files("rosa/rosa-fr.p5000.json")
    ),
    "csv": Target(
        parse=lambda data: read_csv(data, "file.csv", "FR"), seeds=_files("rosa/rosa-fr.csv")
    ),
    "record-file": Target(
        parse=in_file(read_record_file, "record"),
        seeds=lambda: [file.read_bytes() for file in sorted((EXAMPLES / "records").iterdir())],
    ),
    "profile": Target(parse=in_file(load_profile, "profile.toml"), seeds=lambda: _config()[1:]),
    "node-config": Target(parse=in_file(load_config, "node.toml"), seeds=lambda: _config()[:1]),
    "key-place": Target(
        parse=text(lambda place: parse_place(place, Path("/"))),
        seeds=lambda: [
            b"keys/log.pem",
            b"pkcs11:token=node;object=log?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=env:PIN",
        ],
    ),
    "forgetting-key": Target(
        parse=PuncturableKey.from_bytes,
        seeds=lambda: [PuncturableKey.new(bytes(32)).without("a").to_bytes()],
    ),
    "erasure-journal": Target(parse=in_file(ErasureJournal, "journal"), seeds=_journal),
    "watch-place": Target(
        parse=in_file(lambda file: load_places(file.parent), PLACES), seeds=_places
    ),
}


def try_on(target: Target, data: bytes) -> None:
    """What is not of our own tree comes out, and is a finding."""
    try:
        target.parse(data)
    except PortabilityError:
        return
