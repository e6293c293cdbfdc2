"""A ping as an operator sees it: each thing that can be wrong between two whole nodes, in words."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from portability.errors import ConfigurationError
from portability.federation.identity import parse_identity
from portability.federation.ping import Step, Verdict, Way
from portability.ledger.directory import (
    DIRECTORY_TYPE,
    Directory,
    KeyPurpose,
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
from portability.node.config import load_config
from portability.node.development.authority import DevelopmentAuthority, Issued
from portability.node.development.federation import FederationLayout
from portability.node.keys import Mode, load_signer, read_secret_file, signer_pem, write_secret_file
from portability.node.parts import open_parts
from portability.node.peers.pinging import ping_peer
from portability.node.server import serving
from tests.integration.node.whole import node, use_database, world

pytestmark = pytest.mark.asyncio


async def ping(layout: FederationLayout, peer: str = "FR") -> Way:
    """From Spain, whose node does not run."""
    return await ping_peer(load_config(layout.nodes["ES"]), peer, world())


def last(way: Way) -> Step:
    """What stopped it, or the one thing that failed."""
    failed = [one for one in way.steps if one.verdict is Verdict.FAILED]
    assert len(failed) == 1, way.steps
    assert not way.is_open
    return failed[0]


@asynccontextmanager
async def node_at(
    layout: FederationLayout, code: str, clock: Callable[[], datetime]
) -> AsyncIterator[None]:
    """A node whose clock is not everybody's."""
    config = load_config(layout.nodes[code])
    async with open_parts(config, replace(world(), clock=clock)) as parts, serving(parts):
        yield


def private_directory(
    layout: FederationLayout, code: str, change: Callable[[Directory], Directory]
) -> None:
    """Have one node use another text of the directory than everybody else."""
    known = parse_directory(envelope_from_json(layout.directory.read_bytes()).payload)
    roots = [
        load_signer(path, Mode.DEVELOPMENT)
        for path in sorted((layout.root / "ca").glob("directory-root-*.pem"))
    ]
    envelope = sign_envelope(DIRECTORY_TYPE, build_directory(change(known)), roots[0])
    path = layout.root / code / "directory.json"
    path.write_bytes(envelope_to_json(add_signature(envelope, roots[1])))
    config = layout.nodes[code]
    text = config.read_text(encoding="utf-8")
    config.write_text(
        text.replace('file = "../directory.json"', 'file = "directory.json"'), encoding="utf-8"
    )


def issued_at(layout: FederationLayout, uri: str, moment: datetime) -> Issued:
    """A certificate of the federation's own authority, made at another time."""
    authority = DevelopmentAuthority(now=moment, randomness=os.urandom)
    key = read_secret_file(layout.root / "ca" / "key.pem", Mode.DEVELOPMENT)
    authority._key = load_pem_private_key(key, password=None)  # type: ignore[assignment]
    return authority.issue(parse_identity(uri))


def use_certificate(layout: FederationLayout, code: str, issued: Issued) -> None:
    folder = layout.root / code / "tls"
    (folder / "certificate.pem").write_bytes(issued.certificate)
    (folder / "key.pem").unlink()
    write_secret_file(folder / "key.pem", issued.key, is_development=True)


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
async def test_an_open_way_passes_every_step(
    layout: FederationLayout, engine: str, request: pytest.FixtureRequest
) -> None:
    if engine == "postgresql":
        server = request.getfixturevalue("postgres_server")
        for code in ("FR", "ES"):
            use_database(layout, code, server.create_database()[1])
    async with node(layout, "FR"):
        way = await ping(layout)
    assert way.is_open
    assert {one.verdict for one in way.steps} == {Verdict.PASSED}
    assert [one.name for one in way.steps] == [
        "directory",
        "connection",
        "peer-certificate",
        "own-certificate",
        "echo",
        "own-entry",
        "directory-version",
        "clock",
        "protocol",
        "work",
    ]


async def test_a_country_that_is_no_member_is_told_with_those_that_are(
    layout: FederationLayout,
) -> None:
    found = last(await ping(layout, "PL"))
    assert (found.name, found.words) == (
        "directory",
        "version 1 names no member PL; it names FR",
    )


async def test_a_peer_that_is_down_is_told_with_its_address(layout: FederationLayout) -> None:
    found = last(await ping(layout))
    assert found.name == "connection"
    assert "nothing listens at 127.0.0.1:" in found.words
    assert "whether the node is down" in found.next_step


async def test_a_name_without_an_address_is_told(layout: FederationLayout) -> None:
    def elsewhere(known: Directory) -> Directory:
        members = [replace(one, endpoint="fr.node.invalid:7000") for one in known.members]
        return replace(known, members=tuple(members))

    private_directory(layout, "ES", elsewhere)
    found = last(await ping(layout))
    assert (found.name, found.words) == (
        "connection",
        "the name in fr.node.invalid:7000 has no address",
    )


async def test_something_that_is_no_node_is_told(layout: FederationLayout) -> None:
    async def babble(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n")
        await writer.drain()
        writer.close()

    config = load_config(layout.nodes["FR"])
    server = await asyncio.start_server(babble, config.listen.host, config.listen.port)
    async with server:
        found = last(await ping(layout))
    assert found.name == "peer-certificate"
    assert "does not speak TLS as a node does" in found.words


async def test_a_certificate_of_an_unknown_authority_is_told(layout: FederationLayout) -> None:
    stranger = DevelopmentAuthority(now=datetime.now(UTC), randomness=os.urandom)
    use_certificate(layout, "FR", stranger.issue(parse_identity("portability://FR/node")))
    async with node(layout, "FR"):
        found = last(await ping(layout))
    assert found.name == "peer-certificate"
    assert "an authority that this node does not trust" in found.words
    assert "portability://FR/node" in found.words


async def test_an_expired_certificate_is_told_with_the_day(layout: FederationLayout) -> None:
    past = datetime.now(UTC) - timedelta(days=900)
    use_certificate(layout, "FR", issued_at(layout, "portability://FR/node", past))
    async with node(layout, "FR"):
        found = last(await ping(layout))
    assert found.name == "peer-certificate"
    assert "has expired since 20" in found.words


async def test_another_node_at_the_peers_address_is_told_by_its_name(
    layout: FederationLayout,
) -> None:
    def moved(known: Directory) -> Directory:
        port = load_config(layout.nodes["ES"]).listen.port
        there = replace(known.member("FR"), endpoint=f"127.0.0.1:{port}")
        return replace(known, members=(there, known.member("ES")))

    async with node(layout, "ES"):
        private_directory(layout, "ES", moved)
        found = last(await ping(layout))
    assert found.name == "peer-certificate"
    assert "not for fr.node.portability.internal" in found.words
    assert "portability://ES/node" in found.words


async def test_our_own_certificate_that_the_peer_refuses_is_told(layout: FederationLayout) -> None:
    stranger = DevelopmentAuthority(now=datetime.now(UTC), randomness=os.urandom)
    use_certificate(layout, "ES", stranger.issue(parse_identity("portability://ES/node")))
    async with node(layout, "FR"):
        found = last(await ping(layout))
    assert found.name == "own-certificate"
    assert "ends the connection as soon as it sees this node's certificate" in found.words


async def test_our_own_expired_certificate_is_told_before_anything_is_tried(
    layout: FederationLayout,
) -> None:
    past = datetime.now(UTC) - timedelta(days=900)
    use_certificate(layout, "ES", issued_at(layout, "portability://ES/node", past))
    with pytest.raises(ConfigurationError, match="certificate has expired"):
        await ping(layout)


async def test_a_peer_that_does_not_know_us_as_a_member_is_told(layout: FederationLayout) -> None:
    def without_spain(known: Directory) -> Directory:
        return replace(
            known,
            members=(known.member("FR"),),
            institutions=tuple(one for one in known.institutions if one.jurisdiction == "FR"),
            entries=tuple(one for one in known.entries if one.jurisdiction == "FR"),
            quorum=0,
        )

    private_directory(layout, "FR", without_spain)
    async with node(layout, "FR"):
        found = last(await ping(layout))
    assert found.name == "own-certificate"
    assert "may not call" in found.words
    assert "in which this node is a member" in found.next_step


async def test_an_echo_under_a_key_that_the_directory_does_not_list_is_told(
    layout: FederationLayout,
) -> None:
    def wrong_entry(known: Directory) -> Directory:
        other = Ed25519Signer(os.urandom(32)).public
        entries = [
            replace(one, public=other)
            if (one.jurisdiction, one.purpose) == ("FR", KeyPurpose.NODE)
            else one
            for one in known.entries
        ]
        return replace(known, entries=tuple(entries))

    private_directory(layout, "ES", wrong_entry)
    async with node(layout, "FR"):
        found = last(await ping(layout))
    assert found.name == "echo"
    assert "not signed by a key that version 1 of the directory lists" in found.words


async def test_our_own_key_that_the_peer_does_not_trust_is_told(layout: FederationLayout) -> None:
    key = layout.root / "ES" / "keys" / "node.pem"
    key.unlink()
    write_secret_file(key, signer_pem(os.urandom(32)), is_development=True)
    async with node(layout, "FR"):
        way = await ping(layout)
    found = last(way)
    assert found.name == "own-entry"
    assert "SIGNATURE_INVALID" in found.words
    assert way.steps[-1].name == "work", "what comes after it is still tried"


@pytest.mark.parametrize(("seconds", "way"), [(300, "ahead of"), (-300, "behind")])
async def test_a_clock_that_is_wrong_is_told_with_its_direction(
    layout: FederationLayout, seconds: int, way: str
) -> None:
    skew = timedelta(seconds=seconds)
    async with node_at(layout, "FR", lambda: datetime.now(UTC) + skew):
        found = last(await ping(layout))
    assert found.name == "clock"
    assert f"seconds {way} this node's, more than 30" in found.words


async def test_directories_of_different_versions_are_noted_and_stop_nothing(
    layout: FederationLayout,
) -> None:
    private_directory(layout, "FR", lambda known: replace(known, version=2))
    async with node(layout, "FR"):
        way = await ping(layout)
    assert way.is_open
    noted = [one for one in way.steps if one.verdict is Verdict.NOTED]
    assert [(one.name, one.next_step) for one in noted] == [
        ("directory-version", "bring the newer one to ES")
    ]


async def test_nothing_is_believed_of_a_port_that_closes_at_once(layout: FederationLayout) -> None:
    async def close(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    config = load_config(layout.nodes["FR"])
    async with await asyncio.start_server(close, config.listen.host, config.listen.port):
        found = last(await ping(layout))
    assert found.name == "peer-certificate"
