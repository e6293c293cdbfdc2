"""Wrong certificates in a profile are named before a connection is tried."""

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agents.profile import Connection
from agents.session import connect
from agents.surroundings import Surroundings
from agents.tls import read_credentials
from portability.errors import ConfigurationError
from portability.federation.identity import parse_identity
from portability.node.development.authority import CERTIFICATE_LIFETIME, DevelopmentAuthority

NOW = datetime(2026, 3, 1, tzinfo=UTC)
OUTSIDE = Surroundings(now=lambda: NOW, randomness=bytes, sleep=lambda _seconds: None)


@pytest.fixture
def connection(tmp_path: Path) -> Connection:
    authority = DevelopmentAuthority(now=NOW, randomness=os.urandom)
    for name in ("cnav", "cnmp"):
        issued = authority.issue(parse_identity(f"portability://FR/agency/{name}"))
        write(tmp_path / f"{name}.pem", issued.certificate)
        write(tmp_path / f"{name}.key", issued.key)
    return Connection(
        endpoint="127.0.0.1:7001",
        jurisdiction="FR",
        server_name="fr.node.portability.internal",
        ca=write(tmp_path / "ca.pem", authority.certificate),
        certificate=tmp_path / "cnav.pem",
        key=tmp_path / "cnav.key",
    )


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    path.chmod(0o600)
    return path


def test_a_certificate_with_its_own_key_is_taken(connection: Connection) -> None:
    assert read_credentials(connection)


def test_the_key_of_another_certificate_is_named(connection: Connection, tmp_path: Path) -> None:
    wrong = replace(connection, key=tmp_path / "cnmp.key")
    with pytest.raises(ConfigurationError, match=r"cnmp\.key is not the key of .*cnav\.pem"):
        connect(wrong, OUTSIDE)


@pytest.mark.parametrize("content", [b"", b"junk", b"-----BEGIN CERTIFICATE-----\n"])
@pytest.mark.parametrize("field", ["ca", "certificate", "key"])
def test_a_file_that_is_no_such_thing_is_named(
    connection: Connection, tmp_path: Path, field: str, content: bytes
) -> None:
    junk = write(tmp_path / "junk.pem", content)
    with pytest.raises(ConfigurationError, match=rf"junk\.pem holds no .* as {field} in the"):
        read_credentials(replace(connection, **{field: junk}))


def test_two_files_in_each_others_place_are_named(connection: Connection) -> None:
    swapped = replace(connection, certificate=connection.key, key=connection.certificate)
    with pytest.raises(ConfigurationError, match=r"cnav\.pem holds no private key"):
        read_credentials(swapped)


def test_a_certificate_whose_time_is_over_is_named_with_the_clock(connection: Connection) -> None:
    late = replace(OUTSIDE, now=lambda: NOW + CERTIFICATE_LIFETIME + timedelta(days=1))
    with pytest.raises(ConfigurationError, match=r"cnav\.pem has expired on 2028-06-03, and the "):
        connect(connection, late)
    early = replace(OUTSIDE, now=lambda: NOW - timedelta(days=30))
    with pytest.raises(ConfigurationError, match=r"cnav\.pem is valid from 2026-02-28 only, and "):
        connect(connection, early)
    with connect(connection, replace(OUTSIDE, now=lambda: NOW + CERTIFICATE_LIFETIME)):
        pass
