"""Cases about envelopes, leaves, trees, checkpoints and witnesses."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

from portability.consent.payload_types import TEMPLATE_TYPE
from portability.ledger.checkpoint import Checkpoint, checkpoint_text, cosign_checkpoint
from portability.ledger.directory import Directory
from portability.ledger.encoding import encode_base64
from portability.ledger.envelope import Envelope, Signature, add_signature
from portability.ledger.merkle import node_hash
from portability.ledger.note import (
    NoteSignature,
    add_signature_lines,
    log_key,
    sign_note,
    witness_key,
)
from portability.ledger.proof_file import ProofFile, format_proof_file, parse_proof_file
from portability.wire.log_entry import log_entry_from_bytes, log_entry_to_bytes
from tests.vectors.conformance_case import Made, accepted, judged_by, made, refused
from tests.vectors.conformance_story import (
    CNAV,
    KEYS,
    NOW,
    ORIGINS,
    ROOTS,
    SOURCE,
    World,
    add_record,
    consented,
    leaf_path,
    plain,
    proof_path,
    sign_directory,
    signed_head,
    signer,
    statement_path,
)

RECORD = "entitlement"
SIGNED_BY_NOBODY = "the envelope is signed by 0 of the trusted keys, 1 needed"
WITNESS = signer("witness")
WITNESS_NAME = "w.example/witness"
FAR_FUTURE = 253_402_300_799  # the last second of the year 9999
SEEN = int((NOW + timedelta(minutes=10)).timestamp())
ONE_WITNESS = f"witness w {witness_key(WITNESS_NAME, WITNESS.public)}\nquorum w\n"


def logged_by_force(change: Callable[[Envelope], Envelope]) -> Made:
    """A log that takes in an envelope which it should have refused."""
    world = plain()
    name = world.only(RECORD)
    envelope: Envelope = change(world.placed[name].envelope)
    honest = World()
    honest.fill("FR", 2)
    honest.fill("ES", 2)
    honest.log_envelope(envelope, "cnav", "FR")
    request = world.placed[world.only("history-request")]
    honest.log_envelope(request.envelope, "inss", "ES")
    return made(honest.files())


def envelope_text(change: Callable[[bytes], bytes]) -> Made:
    """The honest bundle with the JSON of one envelope rewritten."""
    world = plain()
    files = world.files()
    path = statement_path(world.only(RECORD))
    files[path] = change(files[path])
    return made(files)


def with_proof(world: World, change: Callable[[ProofFile], ProofFile], kind: str = RECORD) -> Made:
    """The honest bundle with the proof of one statement rewritten."""
    files = world.files()
    path = proof_path(world.only(kind))
    files[path] = format_proof_file(change(parse_proof_file(files[path])))
    return made(files)


def with_note(text: bytes, *, key: str = "FR log", name: str = ORIGINS["FR"]) -> Made:
    """The honest bundle with the checkpoint of one proof replaced by a signed text."""
    note = sign_note(text, name, KEYS[key])
    return with_proof(plain(), lambda proof: replace(proof, checkpoint=note))


def fr_head(world: World) -> Checkpoint:
    lines = world.checkpoint("FR").decode().split("\n")
    root = bytes(world_root(world))
    return Checkpoint(origin=lines[0], size=int(lines[1]), root=root)


def world_root(world: World) -> bytes:
    left, right, last = world.hashes("FR")
    return node_hash(node_hash(left, right), last)


# --- envelopes -----------------------------------------------------------------------------------


@refused("envelope-payload-changed", 8, SIGNED_BY_NOBODY, "One bit of the salt is another one.")
def _payload_changed() -> Made:
    def change(envelope: Envelope) -> Envelope:
        data = bytearray(envelope.payload)
        data[10] ^= 1
        return replace(envelope, payload=bytes(data))

    return logged_by_force(change)


@refused("envelope-type-changed", 8, SIGNED_BY_NOBODY, "A record's bytes under a request's type.")
def _type_changed() -> Made:
    other = "application/vnd.portability.consent-request.v1+protobuf"
    return logged_by_force(lambda envelope: replace(envelope, payload_type=other))


@refused(
    "envelope-type-unknown",
    8,
    "it is of a kind (wish) that no key may sign here",
    "A type of statement that nobody defined, signed by an institution.",
)
def _type_unknown() -> Made:
    world = plain()
    kind = "application/vnd.portability.wish.v1+protobuf"
    world.log(kind, b"grant this", "cnav", "FR")
    return made(world.files())


@refused(
    "envelope-pae-character-length",
    8,
    SIGNED_BY_NOBODY,
    "The signature is over a PAE whose length counts characters, not bytes.",
)
def _pae_character_length() -> Made:
    payload = (SOURCE / "template.toml").read_bytes()
    text = payload.decode()
    wrong = f"DSSEv1 {len(TEMPLATE_TYPE)} {TEMPLATE_TYPE} {len(text)} {text}".encode()
    world = plain()
    signature = Signature(sig=KEYS["inss"].sign(wrong), key_id_hint=KEYS["inss"].key_id.hex())
    envelope = Envelope(payload_type=TEMPLATE_TYPE, payload=payload, signatures=(signature,))
    world.log_envelope(envelope, "inss", "ES")
    return made(world.files())


@refused(
    "envelope-no-signature",
    8,
    "the envelope needs a list of 1 to 64 signatures",
    "The list of signatures is empty.",
)
def _no_signature() -> Made:
    def change(data: bytes) -> bytes:
        members = json.loads(data)
        return json.dumps(members | {"signatures": []}, indent=2).encode()

    return envelope_text(change)


@refused(
    "envelope-same-key-twice-threshold",
    3,
    "the envelope is signed by 1 of the trusted keys, 2 needed",
    "Two keys must have signed the directory; one of them did, twice.",
)
def _same_key_twice() -> Made:
    world = plain()
    world.directory = two_roots(world)
    envelope = sign_directory(world.directory, ROOTS[0])
    world.directories = [(1, add_signature(envelope, ROOTS[0]))]
    return made(world.files(), *two_pinned())


@accepted("envelope-two-keys-threshold", "Two keys must have signed the directory, and both did.")
def _two_keys() -> Made:
    world = plain()
    world.directory = two_roots(world)
    world.directories = [(1, sign_directory(world.directory, ROOTS[0], ROOTS[1]))]
    return made(world.files(), *two_pinned())


def two_roots(world: World) -> Directory:
    roots = {root.key_id: root.public for root in ROOTS[:2]}
    return replace(world.directory, roots=roots, threshold=2)


def two_pinned() -> tuple[str, ...]:
    keys = [("--root-key", root.public.hex()) for root in ROOTS[:2]]
    return (*keys[0], *keys[1], "--threshold", "2")


@refused(
    "envelope-keyid-lies",
    8,
    "its envelope names another key than the one that signed",
    "The signature is right, its hint names the key of somebody else.",
)
def _keyid_lies() -> Made:
    def change(data: bytes) -> bytes:
        return data.replace(KEYS["cnav"].key_id.hex().encode(), KEYS["inss"].key_id.hex().encode())

    return envelope_text(change)


@refused(
    "envelope-base64-junk", 8, "payload is not base64", "A stray character in the payload's base64."
)
def _base64_junk() -> Made:
    return envelope_text(lambda data: data.replace(b'"payload": "', b'"payload": "*'))


@refused(
    "envelope-json-duplicate-member",
    8,
    "twice",
    "The envelope says its payload twice; readers differ on which one counts.",
)
def _duplicate_member() -> Made:
    return envelope_text(lambda data: data.replace(b"{", b'{\n  "payload": "AA==",', 1))


@accepted("envelope-unknown-member", "A member that the specification lets readers ignore.")
def _unknown_member() -> Made:
    return envelope_text(lambda data: data.replace(b"{", b'{\n  "comment": "ignored",', 1))


@accepted("envelope-extra-signature", "A second signature by a key that nobody knows.")
def _extra_signature() -> Made:
    def change(data: bytes) -> bytes:
        members = json.loads(data)
        members["signatures"].append({"keyid": "", "sig": encode_base64(bytes(64))})
        return json.dumps(members, indent=2).encode()

    return envelope_text(change)


# --- leaves and trees ----------------------------------------------------------------------------


@refused(
    "leaf-other-statement",
    7,
    "the log leaf is that of another statement",
    "Leaf and proof are true, but those of another statement.",
)
def _other_statement() -> Made:
    world = plain()
    files = world.files()
    name, other = world.only(RECORD), world.only("history-request")
    files[leaf_path(name)] = files[leaf_path(other)]
    files[proof_path(name)] = files[proof_path(other)]
    return made(files)


def with_leaf(**changes: object) -> Made:
    world = plain()
    leaves = world.logs["FR"]
    leaves[-1] = log_entry_to_bytes(replace(log_entry_from_bytes(leaves[-1]), **changes))
    return made(world.files())


@refused(
    "leaf-kind-mismatch",
    7,
    "the log leaf says that it is of another kind",
    "The leaf calls a record a receipt.",
)
def _kind_mismatch() -> Made:
    return with_leaf(kind="disclosure-receipt")


@refused("leaf-key-mismatch", 8, SIGNED_BY_NOBODY, "The leaf names another institution's key.")
def _key_mismatch() -> Made:
    return with_leaf(key_id=KEYS["inss"].key_id)


@refused("leaf-missing", 7, "its log leaf is missing", "The bundle leaves out a leaf.")
def _leaf_missing() -> Made:
    world = plain()
    files = world.files()
    del files[leaf_path(world.only(RECORD))]
    return made(files)


@refused(
    "leaf-not-in-log",
    6,
    "the inclusion proof does not lead to the root",
    "The leaf says an earlier hour than the one in the log.",
)
def _leaf_not_in_log() -> Made:
    world = plain()
    files = world.files()
    path = leaf_path(world.only(RECORD))
    entry = log_entry_from_bytes(files[path])
    files[path] = log_entry_to_bytes(replace(entry, accepted_hour=entry.accepted_hour - 1))
    return made(files)


@refused("tree-index-negative", 6, "index", "The proof is for leaf -1.")
def _index_negative() -> Made:
    world = plain()
    files = world.files()
    path = proof_path(world.only(RECORD))
    files[path] = files[path].replace(b"index 2\n", b"index -1\n")
    return made(files)


@refused(
    "tree-index-beyond-size",
    6,
    "the proof is for an index that the tree does not have",
    "The proof is for leaf 3 of a tree of 3.",
)
def _index_beyond() -> Made:
    return with_proof(plain(), lambda proof: replace(proof, index=3))


@refused(
    "tree-proof-too-long",
    6,
    "the proof has 2 hashes, 1 are needed",
    "One hash more than the path has.",
)
def _too_long() -> Made:
    return with_proof(plain(), lambda proof: replace(proof, proof=(*proof.proof, bytes(32))))


@refused(
    "tree-proof-too-short", 6, "the proof has 0 hashes, 1 are needed", "The path's hash is missing."
)
def _too_short() -> Made:
    return with_proof(plain(), lambda proof: replace(proof, proof=()))


@refused("tree-hash-31-bytes", 6, "hash", "A hash of the path lacks its last byte.")
def _hash_31() -> Made:
    return with_proof(plain(), lambda proof: replace(proof, proof=(proof.proof[0][:31],)))


@refused(
    "tree-odd-node-duplicated",
    6,
    "the proof has 2 hashes, 1 are needed",
    "The log pairs its odd last leaf with itself, as some other trees do, and signs that root.",
)
def _odd_duplicated() -> Made:
    world = plain()
    left, right, last = world.hashes("FR")
    root = node_hash(node_hash(left, right), node_hash(last, last))
    note = signed_head("FR", 3, root)
    path = (last, node_hash(left, right))
    return with_proof(world, lambda proof: replace(proof, proof=path, checkpoint=note))


@refused(
    "tree-leaf-hash-without-prefix",
    6,
    "the inclusion proof does not lead to the root",
    "The log hashes its last leaf without the byte that tells leaves from nodes.",
)
def _no_prefix() -> Made:
    world = plain()
    left, right, _ = world.hashes("FR")
    bare = hashlib.sha256(world.logs["FR"][-1]).digest()
    note = signed_head("FR", 3, node_hash(node_hash(left, right), bare))
    return with_proof(world, lambda proof: replace(proof, checkpoint=note))


@refused(
    "tree-proof-missing",
    6,
    "its proof of inclusion in a log is missing",
    "The bundle leaves out a proof.",
)
def _proof_missing() -> Made:
    world = plain()
    files = world.files()
    del files[proof_path(world.only(RECORD))]
    return made(files)


@accepted("tree-of-one", "Each log has one leaf: the proof is empty and the root is its hash.")
def _tree_of_one() -> Made:
    return made(plain(filler=0).files())


@accepted("tree-of-three-hundred", "A path that crosses two levels of tiles.")
def _tree_of_many() -> Made:
    return made(plain(filler=300).files())


# --- checkpoints ---------------------------------------------------------------------------------


@refused(
    "checkpoint-wrong-root",
    6,
    "the inclusion proof does not lead to the root",
    "The log signed the root of another tree.",
)
def _wrong_root() -> Made:
    note = signed_head("FR", 3, bytes(32))
    return with_proof(plain(), lambda proof: replace(proof, checkpoint=note))


@refused(
    "checkpoint-wrong-size",
    6,
    "the proof has 1 hashes, 2 are needed",
    "The log signed the right root with another size.",
)
def _wrong_size() -> Made:
    world = plain()
    note = signed_head("FR", 4, world_root(world))
    return with_proof(world, lambda proof: replace(proof, checkpoint=note))


@refused(
    "checkpoint-wrong-origin",
    4,
    "the checkpoint's origin is not the name of the key that signed it",
    "France's log signed a checkpoint that names Spain's.",
)
def _wrong_origin() -> Made:
    return with_note(checkpoint_text(replace(fr_head(plain()), origin=ORIGINS["ES"])))


@refused(
    "checkpoint-no-known-signature",
    4,
    "the note is signed by none of the keys that are trusted for it",
    "A stranger's key signed under the log's name.",
)
def _no_known_signature() -> Made:
    return with_note(checkpoint_text(fr_head(plain())), key="stranger")


@refused(
    "checkpoint-known-key-bad-signature",
    4,
    "the note carries a signature of fr.node.example/log that does not verify",
    "A bit of the log's signature is another one.",
)
def _bad_signature() -> Made:
    key = log_key(ORIGINS["FR"], KEYS["FR log"].public)
    text = checkpoint_text(fr_head(plain()))
    signature = bytearray(KEYS["FR log"].sign(text))
    signature[0] ^= 1
    line = NoteSignature(name=key.name, label=key.label, signature=bytes(signature))
    note = add_signature_lines(text + b"\n", [line])
    return with_proof(plain(), lambda proof: replace(proof, checkpoint=note))


@refused("checkpoint-size-leading-zero", 4, "checkpoint size", "The size is written 03.")
def _leading_zero() -> Made:
    return with_note(checkpoint_text(fr_head(plain())).replace(b"\n3\n", b"\n03\n"))


@refused(
    "checkpoint-extension-line",
    4,
    "the checkpoint has extension lines, which are not accepted here",
    "A fourth line that our logs never write.",
)
def _extension_line() -> Made:
    return with_note(checkpoint_text(fr_head(plain())) + b"and more\n")


@refused(
    "checkpoint-u2028-in-origin",
    4,
    "the checkpoint's origin is not the name of the key that signed it",
    "Readers that split at every Unicode line break would take the origin for the log's.",
)
def _u2028() -> Made:
    head = replace(fr_head(plain()), origin=ORIGINS["FR"] + "\u2028and more")
    return with_note(checkpoint_text(head))


@refused(
    "checkpoint-split-view",
    "fork",
    ORIGINS["FR"],
    "France's log showed two trees of one size, each to one reader.",
)
def _split_view() -> Made:
    world = plain()
    add_record(world, CNAV)
    files = world.files()
    world.logs["FR"][0], world.logs["FR"][1] = world.logs["FR"][1], world.logs["FR"][0]
    path = proof_path(world.only(RECORD))
    files[path] = world.files()[path]  # of the same leaf, in the tree that others saw
    return made(files)


@accepted("checkpoint-unknown-extra-signature", "A line by a key that nobody knows is ignored.")
def _unknown_extra() -> Made:
    line = NoteSignature(name="stranger.example", label=b"1234", signature=bytes(64))
    return with_proof(
        plain(),
        lambda proof: replace(proof, checkpoint=add_signature_lines(proof.checkpoint, [line])),
    )


# --- witnesses -----------------------------------------------------------------------------------


def cosigned(files: Mapping[str, bytes], time: int = SEEN) -> dict[str, bytes]:
    """Every checkpoint with the witness's line below the log's."""

    def add(data: bytes) -> bytes:
        proof = parse_proof_file(data)
        line = cosign_checkpoint(proof.checkpoint, WITNESS_NAME, time, WITNESS)
        note = add_signature_lines(proof.checkpoint, [line])
        return format_proof_file(replace(proof, checkpoint=note))

    return {path: add(data) if path.startswith("proofs/") else data for path, data in files.items()}


def with_line(change: Callable[[ProofFile], NoteSignature]) -> Made:
    """Every checkpoint cosigned, but the line on that of the record rewritten."""
    world = plain()
    files = cosigned(world.files())
    path = proof_path(world.only(RECORD))
    honest = world.proof(world.only(RECORD))
    line = change(honest)
    note = add_signature_lines(honest.checkpoint, [line])
    files[path] = format_proof_file(replace(honest, checkpoint=note))
    return judged_by(files, ONE_WITNESS)


BAD_COSIGNATURE = f"the note carries a signature of {WITNESS_NAME} that does not verify"


@accepted("witness-quorum-reached", "The verifier's own policy asks for a witness, which signed.")
def _quorum_reached() -> Made:
    return judged_by(cosigned(plain().files()), ONE_WITNESS)


@accepted("witness-two-of-three", "Two of three witnesses are enough for this policy.")
def _two_of_three() -> Made:
    names = [signer(f"witness {number}") for number in range(3)]
    lines = "".join(
        f"witness w{number} {witness_key(f'w{number}.example', key.public)}\n"
        for number, key in enumerate(names)
    )
    files = plain().files()
    for path in [path for path in files if path.startswith("proofs/")]:
        proof = parse_proof_file(files[path])
        note = add_signature_lines(
            proof.checkpoint,
            [
                cosign_checkpoint(proof.checkpoint, f"w{number}.example", SEEN, names[number])
                for number in (0, 2)
            ],
        )
        files[path] = format_proof_file(replace(proof, checkpoint=note))
    return judged_by(files, lines + "group g 2 w0 w1 w2\nquorum g\n")


@refused(
    "witness-quorum-missed",
    5,
    "the quorum is missed: 0 known witnesses cosigned",
    "The verifier's own policy asks for a witness, and none signed.",
)
def _quorum_missed() -> Made:
    return judged_by(plain().files(), ONE_WITNESS)


@refused(
    "witness-one-key-two-names",
    2,
    "lists the public key of another witness line",
    "The bundle's policy counts one key as two witnesses.",
)
def _one_key_two_names() -> Made:
    files = plain().files()
    both = "".join(
        f"witness {name} {witness_key(f'{name}.example', WITNESS.public)}\n" for name in "ab"
    )
    files["policy"] = (both + "group g 2 a b\nquorum g\n").encode()
    return made(files)


@refused(
    "witness-other-checkpoint",
    5,
    BAD_COSIGNATURE,
    "The witness's line is from the checkpoint of another log.",
)
def _other_checkpoint() -> Made:
    other = plain().checkpoint("ES")
    return with_line(lambda _: cosign_checkpoint(other, WITNESS_NAME, SEEN, WITNESS))


@refused(
    "witness-time-changed", 5, BAD_COSIGNATURE, "The time before the witness's signature is later."
)
def _time_changed() -> Made:
    def change(proof: ProofFile) -> NoteSignature:
        line = cosign_checkpoint(proof.checkpoint, WITNESS_NAME, SEEN, WITNESS)
        return replace(line, signature=(SEEN + 1).to_bytes(8, "big") + line.signature[8:])

    return with_line(change)


@refused(
    "witness-from-future",
    5,
    "the quorum is missed: 0 known witnesses cosigned",
    "The witness says that it signed at the end of the year 9999.",
)
def _from_future() -> Made:
    return judged_by(cosigned(plain().files(), FAR_FUTURE), ONE_WITNESS)


@refused(
    "witness-policy-two-quorums",
    2,
    "the policy has 2 quorum lines, exactly one is needed",
    "The bundle's policy says twice what is enough.",
)
def _two_quorums() -> Made:
    files = plain().files()
    files["policy"] += b"quorum none\n"
    return made(files)


@refused(
    "witness-log-key-as-witness",
    2,
    "has a key of a type that does not fit its line",
    "The bundle's policy takes a log's own key for a witness.",
)
def _log_key_as_witness() -> Made:
    files = plain().files()
    key = log_key(ORIGINS["FR"], KEYS["FR log"].public)
    files["policy"] = f"witness w {key}\nquorum w\n".encode()
    return made(files)


@accepted("whole-release", "A release under a consent, with everything that it rests on.")
def _whole_release() -> Made:
    return made(consented().files())
