"""A node never goes back behind a directory that it took over, whatever file it finds."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from portability.cli.upkeep import run_fsck
from portability.errors import ConfigurationError
from portability.ledger.directory import (
    DIRECTORY_TYPE,
    Directory,
    build_directory,
    parse_directory,
)
from portability.ledger.envelope import (
    add_signature,
    envelope_from_json,
    envelope_to_json,
    sign_envelope,
)
from portability.ledger.keys import Ed25519Signer
from portability.node.development.federation import FederationLayout
from portability.node.lookout import reload_directory
from portability.store.directories import list_directories
from tests.integration.directory.versions import change, current, following, put, signed
from tests.integration.node.whole import make_layout, node, use_database

pytestmark = pytest.mark.asyncio


@pytest.fixture
def layout(tmp_path: Path) -> FederationLayout:
    return make_layout(tmp_path / "federation")


@pytest.fixture
def on_both(layout: FederationLayout, database_url: str) -> FederationLayout:
    """Once on each engine, for what the database itself must do."""
    use_database(layout, "FR", database_url)
    return layout


async def run_once(layout: FederationLayout) -> None:
    async with node(layout, "FR"):
        pass


async def test_a_version_is_durable_as_soon_as_it_is_in_use(on_both: FederationLayout) -> None:
    async with node(on_both, "FR") as (parts, _):
        change(on_both)
        await reload_directory(parts)
        assert parts.directory().version == 2
        async with parts.foundation.database.read() as connection:
            kept = await list_directories(connection)
    assert [one.version for one in kept] == [1, 2]
    assert [parse_directory(envelope_from_json(one.envelope).payload) for one in kept][1] == (
        current(on_both)
    )


async def test_a_restart_with_an_older_directory_is_refused_in_one_sentence(
    on_both: FederationLayout,
) -> None:
    async with node(on_both, "FR") as (parts, _):
        before = change(on_both)
        await reload_directory(parts)
    latest = on_both.directory.read_bytes()
    on_both.directory.write_bytes(before)
    with pytest.raises(ConfigurationError) as refusal:
        await run_once(on_both)
    assert "it is version 1, and this node has taken over version 2 already" in (
        refusal.value.message
    )
    on_both.directory.write_bytes(latest)
    await run_once(on_both)


async def test_bundles_hold_every_version_though_the_file_holds_the_last_alone(
    layout: FederationLayout,
) -> None:
    await run_once(layout)
    change(layout)
    async with node(layout, "FR") as (parts, _):
        change(layout)
        await reload_directory(parts)
        known = [parse_directory(one.payload).version for one in parts.directory.history()]
    assert known == [1, 2, 3]
    async with node(layout, "FR") as (parts, _):
        assert len(parts.directory.history()) == 3


async def test_root_keys_may_change_without_a_new_pin_at_a_node_that_was_there(
    layout: FederationLayout,
) -> None:
    newcomer = Ed25519Signer(b"\x52" * 32)

    def handed_over(found: Directory) -> Directory:
        return replace(found, threshold=1, roots={newcomer.key_id: newcomer.public})

    async with node(layout, "FR") as (parts, _):
        second = handed_over(following(layout))
        old = envelope_from_json(signed(layout, second))
        layout.directory.write_bytes(envelope_to_json(add_signature(old, newcomer)))
        await reload_directory(parts)
        assert parts.directory().version == 2
        third = build_directory(following(layout))
        envelope = sign_envelope(DIRECTORY_TYPE, third, newcomer)  # the pinned ones sign no more
        layout.directory.write_bytes(envelope_to_json(envelope))
    async with node(layout, "FR") as (parts, _):
        assert parts.directory().version == 3
    assert await asyncio.to_thread(run_fsck, layout.nodes["FR"], as_json=True) == 0
    with pytest.raises(ConfigurationError, match="0 of the trusted keys"):
        async with node(layout, "ES"):  # which never saw the version that both have signed
            pass


async def test_another_text_of_the_version_in_use_is_refused(layout: FederationLayout) -> None:
    await run_once(layout)
    other = replace(current(layout), valid_to=current(layout).valid_to + timedelta(days=1))
    put(layout, other)
    with pytest.raises(ConfigurationError, match="another text of version 1"):
        await run_once(layout)


async def test_a_skipped_version_is_refused_at_a_start_and_while_running(
    layout: FederationLayout,
) -> None:
    async with node(layout, "FR") as (parts, _):
        put(layout, following(layout, versions=2))
        await reload_directory(parts)
        assert parts.directory().version == 1
    with pytest.raises(ConfigurationError, match="does not follow version 1"):
        await run_once(layout)


async def test_a_folder_of_versions_lets_a_node_catch_up_that_was_away(
    layout: FederationLayout,
) -> None:
    await run_once(layout)
    folder = layout.root / "directory"
    folder.mkdir()
    (folder / "1.json").write_bytes(layout.directory.read_bytes())
    for version in (2, 3):
        (folder / f"{version}.json").write_bytes(signed(layout, following(layout, version - 1)))
    path = layout.nodes["FR"]
    path.write_text(path.read_text().replace("../directory.json", "../directory"))
    async with node(layout, "FR") as (parts, _):
        assert parts.directory().version == 3
        (folder / "4.json").write_bytes(signed(layout, following(layout, 3)))
        await reload_directory(parts)
        assert parts.directory().version == 4
    (folder / "4.json").unlink()
    with pytest.raises(ConfigurationError, match="version 4 already"):
        await run_once(layout)


async def test_a_version_that_changes_what_was_is_not_taken_over(layout: FederationLayout) -> None:
    async with node(layout, "FR") as (parts, _):
        change(layout, lambda found: replace(found, entries=found.entries[1:]))
        await reload_directory(parts)
        assert parts.directory().version == 1
