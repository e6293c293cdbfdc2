"""A node whose witness key is of ML-DSA-44 cosigns; peers, policy and auditor accept it."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from agents.auditor.witnesses import witnessed_at
from portability.errors import ConfigurationError
from portability.ledger.directory import (
    DIRECTORY_TYPE,
    KeyPurpose,
    build_directory,
    parse_directory,
)
from portability.ledger.directory_policy import directory_policy
from portability.ledger.envelope import (
    add_signature,
    envelope_from_json,
    envelope_to_json,
    sign_envelope,
)
from portability.ledger.mldsa import MLDSA_SIGNATURE_BYTES, MldsaSigner, is_mldsa_supported
from portability.ledger.note import MLDSA_WITNESS_KEY, parse_note
from portability.ledger.policy import open_witnessed, parse_policy
from portability.node.development.federation import FederationLayout
from portability.node.keys import Mode, load_signer, write_secret_file
from portability.node.parts import Parts
from portability.store.witness import latest_published
from tests.integration.node.whole import make_layout, node
from tests.integration.witness.nodes import append, until

pytestmark = pytest.mark.skipif(
    not is_mldsa_supported(), reason="the installed cryptography has no ML-DSA-44"
)

SEED = bytes(range(32))


def give_large_key(layout: FederationLayout, code: str) -> MldsaSigner:
    """The node's witness key becomes one of ML-DSA-44, in its key file and in the directory."""
    mldsa = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.mldsa")
    signer = MldsaSigner(SEED)
    private = mldsa.MLDSA44PrivateKey.from_seed_bytes(SEED)
    path = layout.root / code / "keys" / "witness.pem"
    path.unlink()
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_secret_file(path, pem, is_development=True)
    found = parse_directory(envelope_from_json(layout.directory.read_bytes()).payload)
    entries = tuple(
        replace(entry, public=signer.public)
        if (entry.jurisdiction, entry.purpose) == (code, KeyPurpose.WITNESS)
        else entry
        for entry in found.entries
    )
    roots = [
        load_signer(root, Mode.DEVELOPMENT)
        for root in sorted((layout.root / "ca").glob("directory-root-*.pem"))
    ]
    text = build_directory(replace(found, entries=entries))
    signed = add_signature(sign_envelope(DIRECTORY_TYPE, text, roots[0]), roots[1])
    layout.directory.write_bytes(envelope_to_json(signed))
    return signer


async def published(parts: Parts, size: int) -> bytes:
    """The checkpoint of that size, once the quorum has cosigned it."""
    found: list[bytes] = []

    async def is_there() -> bool:
        async with parts.foundation.database.read() as connection:
            latest = await latest_published(connection)
        found[:] = [latest.note] if latest is not None and latest.size == size else []
        return bool(found)

    await until(is_there)
    return found[0]


@pytest.mark.asyncio
async def test_a_large_cosignature_publishes_and_convinces_everybody(tmp_path: Path) -> None:
    layout = make_layout(tmp_path / "federation")
    give_large_key(layout, "ES")
    async with node(layout, "FR") as (france, _), node(layout, "ES") as (spain, _):
        await append(france, 3)
        await append(spain, 2)
        note = await published(france, 3)
        theirs = await published(spain, 2)
        directory = france.directory()
    (key,) = directory.witness_vkeys("FR", None)["ES"]
    assert key.kind == MLDSA_WITNESS_KEY
    (line,) = [one for one in parse_note(note).signatures if one.name == key.name]
    assert len(line.signature) == 8 + MLDSA_SIGNATURE_BYTES
    policy = parse_policy(directory_policy(directory))
    assert open_witnessed(note, policy).cosigned.keys() == {key.name}
    assert open_witnessed(theirs, policy).checkpoint.size == 2
    seen = witnessed_at(note, directory, "FR", datetime.now(UTC))
    assert seen is not None
    assert seen.witnesses == ("ES",)


@pytest.mark.asyncio
async def test_a_large_key_signs_nothing_but_cosignatures(tmp_path: Path) -> None:
    layout = make_layout(tmp_path / "federation")
    give_large_key(layout, "ES")
    keys = layout.root / "ES" / "keys"
    (keys / "log.pem").unlink()
    (keys / "witness.pem").rename(keys / "log.pem")
    load_pem_private_key((keys / "log.pem").read_bytes().partition(b"\n")[2], None)
    with pytest.raises(ConfigurationError, match="holds a key that is not Ed25519"):
        async with node(layout, "ES"):
            raise AssertionError("it started")
