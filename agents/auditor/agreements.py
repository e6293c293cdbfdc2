"""
The agreement in a bundle: the source of its pack, signed by a node of the federation.

Until agreements are signed by a threshold of the parties' own keys, the node that writes a bundle
signs the pack that it applied. What it says is then held against the digest that all have signed.
"""

from collections.abc import Mapping
from functools import partial
from typing import Final

from agents.auditor.report import NotHeldError, Step, at_step
from agents.auditor.steps import check_hints
from agents.bundle_files import AGREEMENTS, Files, under
from portability.core.agreement import Pack
from portability.core.pack_parser import parse_pack
from portability.ledger.directory import Directory, KeyPurpose
from portability.ledger.envelope import envelope_from_json, payload_type, verify_envelope

AGREEMENT_TYPE: Final = payload_type("agreement", "toml")


def read_agreements(files: Files, directory: Directory) -> dict[str, Pack]:
    """Every pack in the bundle by its id. Raises NotHeldError."""
    keys = {
        entry.key_id: entry.public
        for entry in directory.entries
        if entry.purpose is KeyPurpose.NODE
    }
    packs = {}
    for path in under(files, AGREEMENTS):
        name = path.removeprefix(f"{AGREEMENTS}/").removesuffix(".json")
        pack = at_step(Step.RESULT, partial(_open_pack, files[path], name, keys))
        if pack.id != name:
            raise NotHeldError(Step.RESULT, f"{path} holds the agreement {pack.id}")
        packs[pack.id] = pack
    return packs


def _open_pack(data: bytes, name: str, keys: Mapping[bytes, bytes]) -> Pack:
    envelope = envelope_from_json(data)
    verified = verify_envelope(envelope, {AGREEMENT_TYPE}, keys)
    check_hints(envelope, verified.key_ids, step=Step.RESULT)
    return parse_pack(verified.payload, f"{name}.toml")
