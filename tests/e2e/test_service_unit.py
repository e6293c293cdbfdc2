"""The systemd unit's own command line, run as the unit gives it, with all that systemd hands it."""

import os
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from portability.cli.main import status
from portability.node.development.federation import FederationLayout
from portability.node.keys import Mode, read_secret_file, signer_pem
from tests.integration.node.whole import make_layout

UNIT: Final = Path(__file__).parents[2] / "deploy/systemd/portability-node@.service"
PASSPHRASE: Final = "nobody reads this in an environment"
SECONDS: Final = 60.0


@pytest.fixture
def home(tmp_path: Path) -> FederationLayout:
    """A federation whose French node is one for production: keys encrypted, journal of its own."""
    layout = make_layout(tmp_path / "etc", "FR")
    node = layout.nodes["FR"]
    for path in sorted((node.parent / "keys").iterdir()):
        content = read_secret_file(path, Mode.DEVELOPMENT)
        if content.startswith(b"-----"):
            seed = load_pem_private_key(content, None).private_bytes_raw()  # type: ignore[union-attr]
        else:
            seed = bytes.fromhex(content.decode())
        path.write_bytes(signer_pem(seed, PASSPHRASE.encode()))
    key = node.parent / "tls/key.pem"
    key.write_bytes(read_secret_file(key, Mode.DEVELOPMENT))
    text = node.read_text(encoding="utf-8").replace('"development"', '"production"')
    text = text.replace("[keys]\n", '[keys]\npassphrase = "fd:3"\n')
    node.write_text(text.replace('"erasure"', '"own-erasure"'), encoding="utf-8")
    assert status(["node", "new-journal", "--config", str(node)]) == 0
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials/passphrase").write_text(PASSPHRASE)
    return layout


def setting(name: str) -> str:
    lines = UNIT.read_text(encoding="utf-8").replace("\\\n", "").splitlines()
    (found,) = [line.removeprefix(f"{name}=") for line in lines if line.startswith(f"{name}=")]
    return found


def exec_start(layout: FederationLayout) -> list[str]:
    """As systemd reads it, with the places of this test for those of an installation."""
    text = setting("ExecStart").replace("%i", "FR").replace("%d", str(credentials(layout)))
    text = text.replace("/opt/portability/bin/portability", f"{sys.executable} -m portability")
    return shlex.split(text.replace("/etc/portability", str(layout.root)))


def credentials(layout: FederationLayout) -> Path:
    return layout.root.parent / "credentials"


@contextmanager
def heard() -> Iterator[socket.socket]:
    """The socket to which a service tells how it is; its path must be short."""
    with (
        tempfile.TemporaryDirectory(prefix="notify-") as folder,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening,
    ):
        listening.bind(f"{folder}/s")
        listening.settimeout(SECONDS)
        yield listening


@contextmanager
def started(layout: FederationLayout, notify: socket.socket) -> Iterator["subprocess.Popen[bytes]"]:
    environment = {name: value for name, value in os.environ.items() if "PORTABILITY" not in name}
    process = subprocess.Popen(
        exec_start(layout),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=environment | {"NOTIFY_SOCKET": notify.getsockname()},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_the_unit_starts_a_node_that_says_when_it_serves_reads_again_and_stops(
    home: FederationLayout,
) -> None:
    assert setting("Type") == "notify"
    with heard() as notify, started(home, notify) as process:

        def told() -> dict[str, str]:
            lines = notify.recv(4096).decode().splitlines()
            return dict(line.split("=", 1) for line in lines)

        ready = told()
        assert ready["READY"] == "1"
        assert ready["STATUS"].startswith("FR serves at ")
        assert setting("ExecReload") == "/bin/kill -HUP $MAINPID"
        process.send_signal(signal.SIGHUP)
        reloading = told()
        assert reloading["RELOADING"] == "1"
        assert int(reloading["MONOTONIC_USEC"]) > 0
        assert told() == ready
        process.send_signal(signal.SIGTERM)
        assert told()["STOPPING"] == "1"
        assert process.wait(float(setting("TimeoutStopSec").removesuffix("s"))) == 0


def test_what_no_further_start_mends_ends_with_the_status_that_keeps_it_down(
    home: FederationLayout,
) -> None:
    assert setting("Restart") == "on-failure"
    (credentials(home) / "passphrase").write_text("another one than that of the keys")
    with heard() as notify, started(home, notify) as process:
        _, said = process.communicate(timeout=SECONDS)
        assert process.returncode == int(setting("RestartPreventExitStatus"))
        assert said.count(b"\n") == 1
        assert b"does not open with its passphrase" in said
