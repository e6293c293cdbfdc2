"""A whole node and its institution whose keys never leave a token."""

import asyncio
import re
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest

from agents.agency.main import status as agency
from portability.custody.files import FileWrappingKey, KeyRules, Mode, read_storage_key
from portability.custody.loading import load_signer
from portability.custody.places import parse_place
from portability.errors import ConfigurationError
from portability.ledger.checkpoint import unverified_checkpoint
from portability.ledger.directory import Directory, KeyEntry, KeyPurpose
from portability.ledger.enrolment import check_enrolled, prove_possession
from portability.node.config import load_config, load_keys
from portability.node.development.federation import FederationLayout
from tests.integration.custody.softhsm import SoftHsm
from tests.integration.directory.versions import current, put
from tests.integration.node.whole import make_layout, node, use_database

pytestmark = pytest.mark.asyncio

TOKEN = "a node"
PURPOSES = {
    "node": KeyPurpose.NODE,
    "log": KeyPurpose.LOG,
    "witness": KeyPurpose.WITNESS,
    "cnav": KeyPurpose.INSTITUTION,
}


@pytest.fixture(scope="module")
def token(softhsm: SoftHsm) -> SoftHsm:
    softhsm.add_token(TOKEN)
    for label in PURPOSES:
        softhsm.make_signer(TOKEN, label)
    softhsm.make_aes(TOKEN, "wrapping")
    return softhsm


@pytest.fixture
def layout(tmp_path: Path, token: SoftHsm) -> FederationLayout:
    """France's keys, and those of CNAV, are in the token and enrolled from there."""
    made = make_layout(tmp_path / "federation")
    config = made.nodes["FR"]
    text = config.read_text(encoding="utf-8")
    for name in ("node", "log", "witness"):
        text = text.replace(f'"keys/{name}.pem"', f'"{token.uri(TOKEN, name)}"')
    text = text.replace('"keys/wrapping.key"', f'"{token.uri(TOKEN, "wrapping")}"')
    config.write_text(text, encoding="utf-8")
    profile = made.profiles["fr-agency-cnav"]
    named = f'signing_key = "{token.uri(TOKEN, "cnav")}"'
    profile.write_text(re.sub(r'signing_key = ".*"', named, profile.read_text()), encoding="utf-8")
    put(made, enrolled(current(made), token))
    (made.root / "agreements" / "FR-eu-883-2004.json").unlink()  # signed by the key in the file
    return made


def enrolled(directory: Directory, token: SoftHsm) -> Directory:
    """The directory with the keys of the token in place of those of the files, each proven."""
    signers = {
        purpose: load_signer(
            parse_place(token.uri(TOKEN, label), Path()), KeyRules(Mode.PRODUCTION)
        )
        for label, purpose in PURPOSES.items()
    }

    def swapped(entry: KeyEntry) -> KeyEntry:
        if entry.jurisdiction != "FR" or entry.institution not in ("", "cnav"):
            return entry
        return replace(entry, public=signers[entry.purpose].public)

    found = replace(directory, entries=tuple(map(swapped, directory.entries)))
    before = replace(
        directory, entries=tuple(one for one in directory.entries if one in found.entries)
    )
    proofs = [
        prove_possession(
            signer,
            jurisdiction="FR",
            institution="cnav" if purpose is KeyPurpose.INSTITUTION else "",
            purpose=purpose,
        )
        for purpose, signer in signers.items()
    ]
    check_enrolled(found, before, proofs)
    return found


async def test_a_node_and_its_institution_work_with_keys_that_never_leave_a_token(
    layout: FederationLayout, database_url: str
) -> None:
    use_database(layout, "FR", database_url)
    file = str(files("portability.examples").joinpath("rosa", "rosa-fr.p5000.json"))
    profile = ["--profile", str(layout.profiles["fr-agency-cnav"])]
    for _ in range(2):  # the second time from the database that the first one left
        async with node(layout, "FR") as (france, running):
            assert await running.readiness.look(), running.readiness.outcomes
            enrol = ["enrol-person", "--from", file, *profile]
            assert await asyncio.to_thread(agency, enrol) == 0
            assert await asyncio.to_thread(agency, ["import", file, *profile]) == 0
            size = unverified_checkpoint(await france.foundation.prover.checkpoint()).size
    assert size > 0


async def test_a_wrapping_key_of_another_place_opens_no_database(
    layout: FederationLayout,
) -> None:
    async with node(layout, "FR"):
        pass
    config = layout.nodes["FR"]
    text = config.read_text(encoding="utf-8")
    wrapping = next(line for line in text.splitlines() if line.startswith("wrapping"))
    config.write_text(text.replace(wrapping, 'wrapping = "keys/wrapping.key"'), encoding="utf-8")
    with pytest.raises(ConfigurationError, match="wrapping key does not open"):
        async with node(layout, "FR"):
            pass


async def test_the_keys_of_a_token_and_of_files_stand_beside_each_other(
    layout: FederationLayout,
) -> None:
    config = load_config(layout.nodes["FR"])
    keys, storage = load_keys(config)
    assert len({keys.node.public, keys.log.public}) == 2
    assert not isinstance(storage.wrapping, FileWrappingKey)
    assert storage.index == read_storage_key(config.keys.index, KeyRules(Mode.DEVELOPMENT))
