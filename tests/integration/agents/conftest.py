"""Two real nodes as processes, and the agents' commands run against them."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pytest

from agents.agency import main as agency
from agents.auditor import main as auditor
from agents.migrant import main as migrant
from portability.cli.processes import NodeProcesses
from portability.node.development.federation import (
    FederationLayout,
    NodePorts,
    create_federation,
    pick_ports,
)
from tests.databases import give_databases

JURISDICTIONS = ("FR", "ES")


@pytest.fixture(scope="module")
def federation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FederationLayout]:
    """France and Spain, running."""
    ports = iter(pick_ports(2 * len(JURISDICTIONS)))
    layout = create_federation(
        tmp_path_factory.mktemp("federation"),
        {code: NodePorts(listen=next(ports), observe=next(ports)) for code in JURISDICTIONS},
        now=datetime.now(UTC),
        randomness=os.urandom,
    )
    give_databases(layout.nodes.values())
    with NodeProcesses() as nodes:
        nodes.start(layout.nodes)
        yield layout


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    status: int
    out: str
    err: str

    def json(self) -> dict[str, object]:
        assert self.status == 0, self.err
        found = json.loads(self.out)
        return found if isinstance(found, dict) else {"items": found}


Run = Callable[..., Said]


@pytest.fixture
def run(
    federation: FederationLayout,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Run:
    """Run a command of an agent under a profile of the federation: ``run("es-portal", ...)``."""
    monkeypatch.chdir(federation.root)

    def call(profile: str, *arguments: str | Path, as_json: bool = True) -> Said:
        module = program(profile)
        extra = ["--json"] if as_json else []
        given = ["--profile", str(federation.profiles[profile])] if profile != "offline" else []
        status = module.status([*map(str, arguments), *given, *extra])
        captured = capfd.readouterr()
        assert "Traceback" not in captured.err
        return Said(status=status, out=captured.out, err=captured.err)

    return call


def program(profile: str) -> ModuleType:
    if "agency" in profile:
        return agency
    return migrant if "portal" in profile else auditor
