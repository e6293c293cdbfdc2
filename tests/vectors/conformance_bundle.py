"""Cases about bundles as such: growing logs, erasures, persons, pages, large signatures."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from agents.bundle_files import Scope, claim_of
from portability.ledger.bundle import MANIFEST, build_manifest
from portability.ledger.directory import EndedLog, KeyEntry, KeyPurpose
from portability.ledger.merkle import consistency_proof
from portability.ledger.note import add_signature_lines, parse_signature_lines, witness_key
from portability.ledger.proof_file import format_proof_file, parse_proof_file
from portability.ledger.witness import format_add_checkpoint, origin_hash
from portability.recognition.erasure import Erasure, ErasureBasis
from portability.recognition.statements import Header
from portability.wire.erasure import erasure_statement_to_payload, erasure_statement_type
from tests.plain_tree import root_of
from tests.vectors.conformance_case import PINNED, Made, accepted, judged_by, made, refused
from tests.vectors.conformance_log import RECORD, WITNESS, WITNESS_NAME, cosigned
from tests.vectors.conformance_story import (
    CNAV,
    ES,
    FR,
    KEYS,
    NOW,
    ORIGINS,
    SOURCE,
    World,
    consented,
    plain,
    proof_path,
    settled,
    signed_head,
    statement_path,
)

NOTHING_SHOWN = "proves nothing"

# --- growing logs --------------------------------------------------------------------------------


def grown(change: Callable[[World, dict[str, bytes]], None]) -> Made:
    """France's record is proved at three entries; then its log grew to seven, as a second shows."""
    world = plain()
    early = format_proof_file(world.proof(world.only(RECORD)))
    first = world.only(RECORD)
    world.fill("FR", 3)
    world.log_envelope(world.placed[world.only("history-request")].envelope, "inss", "FR")
    files = world.files()
    files[proof_path(first)] = early
    change(world, files)
    return made(files)


def growth(world: World, old: int, new: int, *, claimed: int | None = None) -> tuple[str, bytes]:
    """The proof that the log of size ``new`` begins with that of size ``old``, and its path."""
    hashes = world.hashes("FR")

    def read(level: int, at: int) -> bytes:
        return root_of(hashes[at << level : (at + 1) << level])

    proof = consistency_proof(old, new, read)
    note = signed_head("FR", new, root_of(hashes[:new]))
    path = growth_path(old if claimed is None else claimed, new)
    return path, format_add_checkpoint(old if claimed is None else claimed, proof, note)


def growth_path(old: int, new: int) -> str:
    return f"consistency/{origin_hash(ORIGINS['FR'])}/{old}-{new}"


@accepted("tree-consistency", "Two checkpoints of one log, and the proof that it only grew.")
def _consistency() -> Made:
    def change(world: World, files: dict[str, bytes]) -> None:
        path, proof = growth(world, 3, len(world.logs["FR"]))
        files[path] = proof

    return grown(change)


@accepted("tree-grown", "Two checkpoints of one log, and nothing that says whether they fit.")
def _grown() -> Made:
    return grown(lambda _world, _files: None)


@refused("tree-consistency-shrinks", 6, NOTHING_SHOWN, "From three entries to two of them.")
def _shrinks() -> Made:
    world = plain()
    files = world.files()
    note = signed_head("FR", 2, root_of(world.hashes("FR")[:2]))
    files[growth_path(3, 2)] = format_add_checkpoint(3, (), note)
    return made(files)


@refused(
    "tree-consistency-from-zero-with-proof",
    6,
    NOTHING_SHOWN,
    "Every log begins with the empty one: there is nothing to prove, and yet there is a hash.",
)
def _from_zero() -> Made:
    world = plain()
    files = world.files()
    note = signed_head("FR", 3, root_of(world.hashes("FR")))
    files[growth_path(0, 3)] = format_add_checkpoint(0, (bytes(32),), note)
    return made(files)


@refused(
    "tree-consistency-other-root", 6, NOTHING_SHOWN, "A proof that holds for another old size."
)
def _other_root() -> Made:
    def change(world: World, files: dict[str, bytes]) -> None:
        path, proof = growth(world, 2, len(world.logs["FR"]), claimed=3)
        files[path] = proof

    return grown(change)


@refused(
    "tree-consistency-unknown-start",
    6,
    "starts from a checkpoint that the bundle does not hold",
    "A proof that says nothing about any checkpoint that something rests on.",
)
def _unknown_start() -> Made:
    def change(world: World, files: dict[str, bytes]) -> None:
        path, proof = growth(world, 2, len(world.logs["FR"]))
        files[path] = proof

    return grown(change)


@refused(
    "tree-consistency-renamed",
    6,
    "is named after other checkpoints",
    "The name of the file says other sizes than the proof in it.",
)
def _renamed() -> Made:
    def change(world: World, files: dict[str, bytes]) -> None:
        _, proof = growth(world, 3, len(world.logs["FR"]))
        files[growth_path(3, 4)] = proof

    return grown(change)


# --- logs that ended ----------------------------------------------------------------------------


def rotated(*, size: int) -> Made:
    """France's log ended, by the directory at ``size``, and went on under another key and name."""
    world = plain()
    entries = tuple(
        replace(entry, valid_to=NOW + timedelta(hours=1))
        if entry.public == KEYS["FR log"].public
        else entry
        for entry in world.directory.entries
    )
    fresh = KeyEntry(
        jurisdiction="FR",
        institution="",
        purpose=KeyPurpose.LOG,
        public=KEYS["stranger"].public,
        valid_from=NOW + timedelta(minutes=30),
    )
    ended = EndedLog(
        jurisdiction="FR",
        origin=ORIGINS["FR"],
        public=KEYS["FR log"].public,
        size=size,
        root=root_of(world.hashes("FR")[:size]),
    )
    members = tuple(
        replace(one, log_origin="fr.node.example/log-2") if one.jurisdiction == "FR" else one
        for one in world.directory.members
    )
    world.directory = replace(
        world.directory, entries=(*entries, fresh), ended_logs=(ended,), members=members
    )
    return made(world.files())


@accepted("log-rotated", "The log went on under another key; what it held before stays proven.")
def _rotated() -> Made:
    return rotated(size=3)


@refused(
    "log-continued-after-its-end",
    4,
    "ended at 2 entries, and this is another head of it",
    "By the directory the log ended before this checkpoint.",
)
def _continued() -> Made:
    return rotated(size=2)


# --- erasures ------------------------------------------------------------------------------------


def erased(
    *, key: str = "FR node", log: str = "FR", index: int | None = None, count: int = 1
) -> Made:
    """The record is gone but for its leaf; an erasure in a log says so."""
    world = plain()
    record = world.only(RECORD)
    place = world.placed[record].index if index is None else index
    sender = {"FR": FR, "ES": ES}[log]
    said = Erasure(
        header=Header(
            salt=world.salt(),
            case_id="",
            sender=sender,
            created=NOW + timedelta(hours=1),
            predecessors=(),
        ),
        actor=CNAV,
        basis=ErasureBasis.NO_LONGER_NEEDED,
        citation="Regulation (EU) 2016/679 Art 17(1)(a)",
        leaf_indexes=(place,),
        erasures=count,
    )
    kind = erasure_statement_type(said)
    proof = world.log(kind, erasure_statement_to_payload(said), key, log)
    files = world.files()
    del files[statement_path(record)]
    files[f"erasures/{proof.hex()}.json"] = files.pop(statement_path(proof))
    return made(files)


NOT_PROVEN = "the statement itself is missing, and no erasure of it is proven"


@accepted("erased-record", "A record was erased; its leaf, its proof and the erasure are left.")
def _erased() -> Made:
    return erased()


@refused("erasure-of-other-leaf", 1, NOT_PROVEN, "An erasure that names another entry.")
def _other_leaf() -> Made:
    return erased(index=0)


@refused("erasure-in-other-log", 1, NOT_PROVEN, "Spain says what was erased in France.")
def _other_log() -> Made:
    return erased(key="ES node", log="ES")


@refused(
    "erasure-signed-by-institution",
    8,
    "it is signed by a key for the purpose institution, not node",
    "An erasure that the node did not sign.",
)
def _by_institution() -> Made:
    return erased(key="cnav")


# --- persons, and pages for people ---------------------------------------------------------------


def of_person(world: World) -> Made:
    files = world.files()
    manifest = build_manifest(claim_of(files, Scope.PERSON), files)
    return Made(bundle={**files, MANIFEST: manifest}, arguments=PINNED)


@accepted("person-with-case", "What a node holds of a person who has a case.")
def _person() -> Made:
    return of_person(settled())


@accepted("person-without-case", "What a node holds of a person of whom it has a record only.")
def _person_without_case() -> Made:
    world = plain()
    del world.placed[world.only("history-request")]
    return of_person(world)


@refused(
    "bundle-person-called-case",
    13,
    "the bundle holds no request, so there is no case",
    "A record alone, under the claim of a case.",
)
def _called_case() -> Made:
    world = plain()
    del world.placed[world.only("history-request")]
    return made(world.files())


PAGE = b"<!DOCTYPE html>\n<title>Summary</title>\n<p>All is well, says whoever wrote this page.\n"


@accepted("whole-with-page", "A page for people is listed, and nothing of it is believed.")
def _with_page() -> Made:
    return made({**consented().files(), "summary.html": PAGE})


@refused(
    "bundle-page-changed",
    1,
    "is not the file that was listed: it was changed",
    "The page for people says something else than when the bundle was written.",
)
def _page_changed() -> Made:
    whole = made({**plain().files(), "summary.html": PAGE})
    return replace(whole, bundle={**whole.bundle, "summary.html": PAGE + b"<p>Or not.\n"})


# --- ML-DSA-44 -----------------------------------------------------------------------------------

LINES = SOURCE / "mldsa-cosignatures"
"""
Cosignature lines of type 06 of France's and of Spain's checkpoint in the smallest bundle.

They are kept, since libraries put fresh randomness into such signatures. The key's seed is 32
times 0x2A.
"""
LARGE_NAME = "pq.example/witness"


def large_vkey() -> str:
    return (SOURCE / "mldsa-witness.vkey").read_text("ascii").strip()


def largely_cosigned(files: dict[str, bytes]) -> dict[str, bytes]:
    """Every checkpoint with an ML-DSA-44 line below the log's."""
    lines = {
        name.decode("ascii"): parse_signature_lines(line + b"\n")
        for name, _, line in (one.partition(b" ") for one in LINES.read_bytes().splitlines())
    }

    def add(data: bytes) -> bytes:
        proof = parse_proof_file(data)
        origin = proof.checkpoint.split(b"\n")[0].decode("ascii")
        note = add_signature_lines(proof.checkpoint, lines[origin])
        return format_proof_file(replace(proof, checkpoint=note))

    return {path: add(data) if path.startswith("proofs/") else data for path, data in files.items()}


@accepted("witness-ml-dsa", "The quorum is a witness with an ML-DSA-44 key.")
def _large() -> Made:
    policy = f"witness pq {large_vkey()}\nquorum pq\n"
    return judged_by(largely_cosigned(plain().files()), policy)


@refused(
    "witness-ml-dsa-other-checkpoint",
    5,
    f"the note carries a signature of {LARGE_NAME} that does not verify",
    "An ML-DSA-44 cosignature of another log's checkpoint.",
)
def _large_changed() -> Made:
    world = plain()
    files = largely_cosigned(world.files())
    record, request = world.only(RECORD), world.only("history-request")
    french, spanish = (parse_proof_file(files[proof_path(one)]) for one in (record, request))
    line = spanish.checkpoint.rsplit("— ".encode(), 1)[1]
    own = french.checkpoint.rsplit("— ".encode(), 1)[0]
    note = own + "— ".encode() + line
    files[proof_path(record)] = format_proof_file(replace(french, checkpoint=note))
    return judged_by(files, f"witness pq {large_vkey()}\nquorum pq\n")


@accepted("witness-two-kinds", "A quorum of two: one Ed25519 key, one ML-DSA-44 key.")
def _two_kinds() -> Made:
    files = largely_cosigned(cosigned(plain().files()))
    policy = (
        f"witness w {witness_key(WITNESS_NAME, WITNESS.public)}\nwitness pq {large_vkey()}\n"
        "group both all w pq\nquorum both\n"
    )
    return judged_by(files, policy)
