"""Each table of a node that settled a case is damaged in turn, and the check names it."""

import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from portability.cli.upkeep import run_fsck
from portability.errors import ConfigurationError
from portability.store.schema import metadata
from tests.demo import Demo

Damage = tuple[str, str, str]

DAMAGES: dict[str, Damage] = {
    "head: another size": ("FR", "UPDATE head SET size = size - 1", "head: it says"),
    "head: another root": ("FR", "UPDATE head SET root = zeroblob(32)", "head: it says"),
    "head: an older checkpoint": (
        "FR",
        "UPDATE head SET checkpoint = (SELECT note FROM checkpoints ORDER BY size LIMIT 1)",
        "head: its checkpoint is not the last",
    ),
    "statements: one is gone": (
        "FR",
        "DELETE FROM statements WHERE leaf_index = 3",
        "statements: leaf 3 is missing",
    ),
    "statements: the last is gone": (
        "FR",
        "DELETE FROM statements WHERE leaf_index = (SELECT max(leaf_index) FROM statements)",
        "checkpoints: there is one of size",
    ),
    "statements: another kind": (
        "FR",
        "UPDATE statements SET kind = 'consent' WHERE leaf_index = 2",
        "leaf 2: kind is not what its log entry says",
    ),
    "statements: another key id": (
        "FR",
        "UPDATE statements SET key_id = zeroblob(32) WHERE leaf_index = 2",
        "leaf 2: key_id is not",
    ),
    "statements: another id": (
        "FR",
        "UPDATE statements SET statement_id = zeroblob(32) WHERE leaf_index = 2",
        "leaf 2: statement_id is not",
    ),
    "statements: another index key": (
        "FR",
        "UPDATE statements SET statement_key = 1 WHERE leaf_index = 2",
        "leaf 2: statement_key is not",
    ),
    "statements: another time": (
        "FR",
        "UPDATE statements SET accept_time = 0 WHERE leaf_index = 2",
        "leaf 2: accept_time is not",
    ),
    "statements: another batch": (
        "FR",
        "UPDATE statements SET tree_size = tree_size + 1 WHERE leaf_index = 2",
        "leaf 2: tree_size says",
    ),
    "statements: junk for a leaf": (
        "FR",
        "UPDATE statements SET log_entry = x'00' WHERE leaf_index = 2",
        "leaf 2: its log entry cannot be read",
    ),
    "statements: a payload of another": (
        "FR",
        (
            "UPDATE statements SET envelope_ciphertext = (SELECT envelope_ciphertext FROM "
            "statements WHERE leaf_index = 4) WHERE leaf_index = 3"
        ),
        "leaf 3: its payload does not decrypt",
    ),
    "checkpoints: one is gone": (
        "FR",
        "DELETE FROM checkpoints WHERE size IN (SELECT size FROM checkpoints LIMIT 1 OFFSET 2)",
        "tree_size says",
    ),
    "checkpoints: another tree's": (
        "FR",
        (
            "UPDATE checkpoints SET note = (SELECT max(note) FROM checkpoints WHERE size = "
            "(SELECT max(size) FROM checkpoints)) WHERE size = (SELECT min(size) FROM checkpoints)"
        ),
        "was signed for another tree",
    ),
    "checkpoints: not signed": (
        "FR",
        "UPDATE checkpoints SET note = x'0a' WHERE size = (SELECT min(size) FROM checkpoints)",
        "is not signed by this log's key",
    ),
    "agreement_adoptions: another text": (
        "FR",
        "UPDATE agreement_adoptions SET digest = zeroblob(32)",
        "it is not what was signed",
    ),
    "agreement_texts: another word": (
        "FR",
        "UPDATE agreement_texts SET source = x'23'",
        "the text has another digest",
    ),
    "case_agreements: of no case": (
        "FR",
        (
            "UPDATE case_agreements SET case_id = 'another' "
            "WHERE case_id = (SELECT min(case_id) FROM case_agreements)"
        ),
        "case_agreements: the case another or its text is not here",
    ),
    "erased_steps: one made up": (
        "ES",
        (
            "INSERT INTO erased_steps SELECT case_id, zeroblob(32), zeroblob(64), x'' FROM cases "
            "LIMIT 1"
        ),
        "0000 does not decrypt, so it was altered",
    ),
    "omissions: one made up": (
        "ES",
        (
            "INSERT INTO omissions VALUES (zeroblob(32), zeroblob(32), 'a case', 'FR', 'cnav', "
            "'fr', 9, 3, x'', 0)"
        ),
        "its place in a log of FR/cnav is not proven",
    ),
    "tiles: another hash": (
        "FR",
        "UPDATE tiles SET hashes = zeroblob(length(hashes))",
        "tiles: tile 0/0 is not the one",
    ),
    "tiles: one too many": (
        "FR",
        "INSERT INTO tiles VALUES (3, 0, zeroblob(32))",
        "tiles: there are other tiles",
    ),
    "published: a size never signed": (
        "FR",
        "INSERT OR REPLACE INTO published SELECT 9999, note, create_time FROM checkpoints LIMIT 1",
        "published: no checkpoint of size 9999 was ever signed",
    ),
    "published: another tree's": (
        "FR",
        (
            "INSERT OR REPLACE INTO published SELECT (SELECT min(size) FROM checkpoints), note, "
            "create_time FROM checkpoints WHERE size = (SELECT max(size) FROM checkpoints)"
        ),
        "published: the checkpoint of size",
    ),
    "witnessed: not a note": (
        "FR",
        "INSERT OR REPLACE INTO witnessed VALUES ('x.example/log', 1, zeroblob(32), x'0a', 0)",
        "witnessed: the note of x.example/log cannot be read",
    ),
    "data_keys: another key": (
        "FR",
        "UPDATE data_keys SET key_commitment = zeroblob(32)",
        "a stored key is not the one that was committed to",
    ),
    "persons: another key": (
        "FR",
        "UPDATE persons SET key_commitment = zeroblob(32)",
        "a stored key is not the one that was committed to",
    ),
    "persons: another number": (
        "FR",
        "UPDATE persons SET identifier_ciphertext = zeroblob(60)",
        "persons: row 1 does not decrypt",
    ),
    "persons: found by another number": (
        "FR",
        "UPDATE persons SET identifier_digest = zeroblob(32)",
        "persons: row 1 is not found by the number it holds",
    ),
    "persons: found by no number": (
        "FR",
        "UPDATE persons SET identifier_digest = NULL",
        "persons: row 1 is not found by the number it holds",
    ),
    "subject_keys: gone": ("ES", "DELETE FROM subject_keys", "subject_keys has no row for it"),
    "subject_keys: another key": (
        "ES",
        "UPDATE subject_keys SET public_key = zeroblob(32)",
        "public_key in subject_keys is not what it says",
    ),
    "purpose_templates: gone": (
        "ES",
        "DELETE FROM purpose_templates",
        "purpose_templates has no row for it",
    ),
    "consent_requests: another template": (
        "ES",
        "UPDATE consent_requests SET template = zeroblob(32)",
        "template in consent_requests is not what it says",
    ),
    "consents: gone": ("ES", "DELETE FROM consents", "refers to a row of consents that is gone"),
    "consents: another requester": (
        "ES",
        "UPDATE consents SET requester = 'FR/cnav'",
        "requester in consents is not what it says",
    ),
    "consent_acts: gone": ("ES", "DELETE FROM consent_acts", "consent_acts has no row for it"),
    "receipts: gone": ("FR", "DELETE FROM receipts", "receipts has no row for it"),
    "receipts: a refusal made a release": (
        "FR",
        "UPDATE receipts SET outcome = 'released' WHERE outcome = 'refused'",
        "outcome in receipts is not what it says",
    ),
    "receipts: not of this node": (
        "FR",
        "UPDATE receipts SET is_local = 0",
        "it answers a request, and receipts has none for that",
    ),
    "receipts: another leaf": (
        "FR",
        (
            "UPDATE receipts SET leaf_index = 1 WHERE leaf_index = (SELECT min(leaf_index) FROM "
            "receipts)"
        ),
        "receipts: a row names leaf 1",
    ),
    "cases: content of another": (
        "FR",
        "UPDATE cases SET content_ciphertext = zeroblob(60)",
        "cases: row",
    ),
    "case_parties: another party": (
        "FR",
        "UPDATE case_parties SET institution = 'other' WHERE ordinal = 1",
        "case_parties does not name the parties of its claim",
    ),
    "case_statements: one is gone": (
        "FR",
        (
            "DELETE FROM case_statements WHERE leaf_index = (SELECT max(leaf_index) FROM "
            "case_statements)"
        ),
        "case_statements has no row for it",
    ),
    "case_statements: the other way": (
        "FR",
        "UPDATE case_statements SET direction = 'in'",
        "direction in case_statements is not what it says",
    ),
    "exhibits: of another": (
        "FR",
        "UPDATE exhibits SET proven_ciphertext = zeroblob(60)",
        "exhibits: row",
    ),
    "outbox: a gap": ("FR", "DELETE FROM outbox WHERE position = 2", "outbox: the stream of ES"),
    "outbox: a statement that is not there": (
        "FR",
        "UPDATE outbox SET statement_id = zeroblob(32) WHERE position = 3",
        "outbox: position 3 of ES names a statement not in the log",
    ),
    "inbox: a gap": ("FR", "DELETE FROM inbox WHERE position = 1", "inbox: the stream of ES"),
    "inbox: a statement that is not there": (
        "FR",
        "UPDATE inbox SET statement_id = zeroblob(32) WHERE position = 3",
        "inbox: position 3 of ES names a statement not in the log",
    ),
    "replies: of another": (
        "FR",
        "UPDATE replies SET response_ciphertext = zeroblob(60)",
        "replies: row",
    ),
    "set_aside: junk": (
        "FR",
        (
            "INSERT INTO set_aside (peer, position, statement_id, reason, message, "
            "delivery_ciphertext, create_time) "
            "VALUES ('ES', 99, zeroblob(32), 'R', 'm', zeroblob(60), 0)"
        ),
        "set_aside: row",
    ),
    "enrolment_codes: of nobody": (
        "FR",
        "INSERT INTO enrolment_codes VALUES (zeroblob(32), 9999, 0, NULL)",
        "a row of enrolment_codes refers to a row of persons that is gone",
    ),
    "pairwise_references: of nobody": (
        "FR",
        "UPDATE pairwise_references SET person = 9999",
        "a row of pairwise_references refers to a row of persons that is gone",
    ),
    "challenges: of nobody": (
        "FR",
        "INSERT INTO challenges VALUES (zeroblob(32), 9999, 0)",
        "a row of challenges refers to a row of persons that is gone",
    ),
    "sessions: of nobody": (
        "FR",
        "INSERT INTO sessions (digest, person, expire_time) VALUES (zeroblob(32), 9999, 0)",
        "a row of sessions refers to a row of persons that is gone",
    ),
    "prepared_documents: of nobody": (
        "FR",
        "INSERT INTO prepared_documents VALUES (zeroblob(32), 'k', 9999, x'', 0)",
        "a row of prepared_documents refers to a row of persons that is gone",
    ),
}
NOTHING_TO_COMPARE = {
    "settlement_statements": "nobody claims anything here; damaged in tests/integration/settlement",
    "settlement_months": "likewise",
    "acknowledgements": "when a peer says that it received something, which nobody else knows",
    "pending_work": "what is still to be done follows from no statement, and twice is safe",
    "directories": "versions under the signatures of root keys: they prove themselves",
    "evidence": "two notes that others signed: they prove themselves to whoever reads them",
    "erasures": "how far an erasure is; what it destroyed is proven by a statement of the log",
    "erasure_recipients": "who answered; their signed answers are in the log",
    "unmet_notices": "what may come yet; the notices are in the log, and random ids in them",
    "came_bare": "what a statement came without, for which nobody signs",
    "held_notices": "what a hold stands against; the notices are in the log",
    "legal_holds": "placed and lifted by signed statements, which go with the person",
    "erasure_journals": "held against the journal itself at every start",
    "maintenance": "the word of the node's operator, which nobody else knows",
    "peer_versions": "what peers said last; they say it again with every exchange",
    "undelivered": "why peers lack statements, which are in the log; kept for officers to read",
    "staged_exhibits": "parts that a peer sends again if they are not here",
    "identity_questions": "what officers are asked; their answers are in the log",
    "identity_candidates": "what agencies said of a reference, which nobody else knows",
    "accesses": "who may look at what until when; the statements that say so are in the log",
    "complaints": "who has to answer by when; what was said is in the log",
    "complaint_steps": "likewise",
    "consent_refusals": "nobody refused here; rows are compared with the signed refusals",
    "assistants": "nobody assists here",
    "assisted_acts": "likewise",
}


@pytest.fixture(scope="module")
def settled(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two nodes that settled a case, refused some requests, and were stopped."""
    root = tmp_path_factory.mktemp("settled") / "federation"
    return Path(shutil.copytree(demo.folder, root, ignore=shutil.ignore_patterns("bundle*")))


def damaged(settled: Path, tmp_path: Path, code: str, statement: str) -> Path:
    """The configuration of a copy of a node, after one SQL statement that no node would make."""
    root = tmp_path / "copy"
    shutil.copytree(settled, root)
    connection = sqlite3.connect(root / code / "node.db")
    with connection:
        changed = connection.execute(statement).rowcount
    connection.close()
    assert changed > 0, "the damage changed nothing"
    return root / code / "node.toml"


@pytest.mark.parametrize("code", ["FR", "ES"])
def test_a_node_that_settled_a_case_is_clean(
    settled: Path, code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (settled / code / "node.db").read_bytes()
    assert run_fsck(settled / code / "node.toml", as_json=False) == 0
    assert capsys.readouterr().out.startswith("clean: ")
    assert (settled / code / "node.db").read_bytes() == before


@pytest.mark.parametrize("what", sorted(DAMAGES))
def test_damage_is_named(
    settled: Path, tmp_path: Path, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, statement, sentence = DAMAGES[what]
    config = damaged(settled, tmp_path, code, statement)
    assert run_fsck(config, as_json=False) == 1
    said = capsys.readouterr().out
    assert said.startswith("DIFFERENT: ")
    assert sentence in said
    assert said.count("\n") == 1


def test_a_key_that_is_gone_without_an_erasure_is_damage(
    settled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = damaged(settled, tmp_path, "FR", "UPDATE persons SET wrapped_key = NULL")
    assert run_fsck(config, as_json=True) == 1
    found = json.loads(capsys.readouterr().out)
    assert not found["clean"]
    assert "its payload is gone, and no erasure says so" in found["difference"]
    assert found["erased"] > 0


def test_every_table_is_damaged_or_has_a_reason_why_not() -> None:
    named = {what.partition(":")[0] for what in DAMAGES}
    assert named | set(NOTHING_TO_COMPARE) == set(metadata.tables)
    assert not named & set(NOTHING_TO_COMPARE)


def test_torn_pages_are_found(
    settled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "copy"
    shutil.copytree(settled, root, ignore=shutil.ignore_patterns("bundle*"))
    path = root / "FR" / "node.db"
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 4096] = bytes(4096)
    path.write_bytes(bytes(data))
    assert run_fsck(root / "FR" / "node.toml", as_json=False) == 1
    assert "DIFFERENT: " in capsys.readouterr().out


def test_a_database_that_is_not_there_is_not_made(settled: Path, tmp_path: Path) -> None:
    root = tmp_path / "copy"
    shutil.copytree(settled, root, ignore=shutil.ignore_patterns("node.db*", "bundle*"))
    with pytest.raises(ConfigurationError, match="not there"):
        run_fsck(root / "FR" / "node.toml", as_json=False)
    assert not (root / "FR" / "node.db").exists()


def test_keys_of_another_node_open_nothing(settled: Path, tmp_path: Path) -> None:
    root = tmp_path / "copy"
    shutil.copytree(settled, root, ignore=shutil.ignore_patterns("bundle*"))
    shutil.copy(root / "ES" / "node.db", root / "FR" / "node.db")
    with pytest.raises(ConfigurationError, match="wrapping key"):
        run_fsck(root / "FR" / "node.toml", as_json=False)
