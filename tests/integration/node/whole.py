"""Whole nodes in this process: configuration, keys, mutual TLS, services, read side."""

import os
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import grpc
import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from grpc_status import rpc_status

from portability.federation.channel import CallPolicy, TlsIdentity, open_channel
from portability.federation.identity import parse_identity
from portability.ledger.directory import (
    DIRECTORY_TYPE,
    Institution,
    KeyEntry,
    build_directory,
    parse_directory,
)
from portability.ledger.envelope import (
    add_signature,
    envelope_from_json,
    envelope_to_json,
    sign_envelope,
)
from portability.node.config import load_config
from portability.node.development.authority import DevelopmentAuthority
from portability.node.development.federation import (
    FederationLayout,
    NodePorts,
    create_federation,
    pick_ports,
)
from portability.node.faults import no_fault
from portability.node.foundation import World
from portability.node.keys import Mode, load_signer, read_secret_file
from portability.node.parts import Parts, open_parts
from portability.node.server import Running, serving
from portability.wire.status import error_from_details
from tests.databases import give_databases

QUICK = CallPolicy(attempts=1, deadline_seconds=30)


def make_layout(folder: Path, *codes: str) -> FederationLayout:
    """A federation of these jurisdictions, France and Spain if none is named; nothing runs yet."""
    ports = iter(pick_ports(2 * len(codes or "12")))
    layout = create_federation(
        folder,
        {
            code: NodePorts(listen=next(ports), observe=next(ports))
            for code in (codes or ("FR", "ES"))
        },
        now=datetime.now(UTC),
        randomness=os.urandom,
    )
    give_databases(layout.nodes.values())
    return layout


def use_database(layout: FederationLayout, code: str, url: str) -> None:
    """Have a node that was not started yet keep everything there."""
    path = layout.nodes[code]
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("sqlite+aiosqlite:///node.db", url), encoding="utf-8")


def enter_in_directory(
    layout: FederationLayout,
    *,
    institutions: tuple[Institution, ...],
    entries: tuple[KeyEntry, ...],
) -> None:
    """The first version of the directory with more in it, signed again by its root keys."""
    found = parse_directory(envelope_from_json(layout.directory.read_bytes()).payload)
    wanted = replace(
        found,
        institutions=(*found.institutions, *institutions),
        entries=(*found.entries, *entries),
    )
    roots = [
        load_signer(path, Mode.DEVELOPMENT)
        for path in sorted((layout.root / "ca").glob("directory-root-*.pem"))
    ]
    envelope = sign_envelope(DIRECTORY_TYPE, build_directory(wanted), roots[0])
    layout.directory.write_bytes(envelope_to_json(add_signature(envelope, roots[1])))


def issue(layout: FederationLayout, uri: str) -> TlsIdentity:
    """A certificate of the federation's own authority for anybody."""
    authority = DevelopmentAuthority(now=datetime.now(UTC), randomness=os.urandom)
    key = read_secret_file(layout.root / "ca" / "key.pem", Mode.DEVELOPMENT)
    authority._key = load_pem_private_key(key, password=None)  # type: ignore[assignment]
    issued = authority.issue(parse_identity(uri))
    ca = (layout.root / "ca" / "certificate.pem").read_bytes()
    return TlsIdentity(ca=ca, certificate=issued.certificate, key=issued.key)


def identity(layout: FederationLayout, profile: str) -> TlsIdentity:
    """The certificate of a profile."""
    folder = layout.root / "profiles" / profile
    return TlsIdentity(
        ca=(layout.root / "ca" / "certificate.pem").read_bytes(),
        certificate=(folder / "certificate.pem").read_bytes(),
        key=(folder / "key.pem").read_bytes(),
    )


def world() -> World:
    return World(
        clock=lambda: datetime.now(UTC),
        monotonic=time.monotonic,
        randomness=os.urandom,
        fault=no_fault,
    )


@asynccontextmanager
async def node(layout: FederationLayout, code: str) -> AsyncIterator[tuple[Parts, Running]]:
    config = load_config(layout.nodes[code])
    async with open_parts(config, world()) as parts, serving(parts) as running:
        yield parts, running


def channel_to(layout: FederationLayout, code: str, tls: TlsIdentity) -> grpc.aio.Channel:
    name = f"{code.lower()}.node.portability.internal"
    return open_channel(str(load_config(layout.nodes[code]).listen), name, tls, QUICK)


@asynccontextmanager
async def connected(layout: FederationLayout, profile: str, code: str) -> AsyncIterator[Any]:
    """A channel to the node of a jurisdiction with the certificate of a profile."""
    async with channel_to(layout, code, identity(layout, profile)) as channel:
        yield channel


async def refusal(call: Awaitable[object]) -> tuple[grpc.StatusCode, Any]:
    """(code, error of our tree) with which the node refuses; the details must agree with it."""
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await call
    error = raised.value
    status = rpc_status.from_call(error)
    assert status is not None, error.details()
    assert status.message == error.details()
    return error.code(), error_from_details(status.SerializeToString())
