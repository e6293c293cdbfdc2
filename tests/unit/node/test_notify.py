"""What a service manager hears of a node."""

import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from portability.node.notify import VARIABLE, ServiceManager


@contextmanager
def listening(address: str) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(address)
        manager.settimeout(10)
        yield manager


def test_each_step_is_one_datagram() -> None:
    with tempfile.TemporaryDirectory() as folder, listening(f"{folder}/s") as manager:
        node = ServiceManager({VARIABLE: f"{folder}/s"})
        node.ready("FR serves at 0.0.0.0:7443")
        node.reloading(monotonic_usec=17)
        node.stopping()
        said = [manager.recv(4096).decode() for _ in range(3)]
    assert said == [
        "READY=1\nSTATUS=FR serves at 0.0.0.0:7443",
        "RELOADING=1\nMONOTONIC_USEC=17",
        "STOPPING=1\nSTATUS=finishing the calls under way",
    ]


def test_a_name_that_is_no_file_is_found(request: pytest.FixtureRequest) -> None:
    name = f"portability-{abs(hash(request.node.nodeid))}-{id(request)}"
    try:
        waiting = listening(f"\0{name}")
        with waiting as manager:
            ServiceManager({VARIABLE: f"@{name}"}).ready("FR")
            assert manager.recv(4096) == b"READY=1\nSTATUS=FR"
    except OSError:
        pytest.skip("names of sockets that are no files are Linux's alone")


@pytest.mark.parametrize("environment", [{}, {VARIABLE: ""}, {VARIABLE: "/nowhere/at/all"}])
def test_a_node_goes_on_where_nobody_listens(environment: dict[str, str]) -> None:
    ServiceManager(environment).ready("FR")
    ServiceManager(environment).stopping()
