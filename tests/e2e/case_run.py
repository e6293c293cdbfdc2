"""What the end-to-end tests share: a case taken as far as a test wants, on real node processes."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from copy import copy
from pathlib import Path
from typing import Self, TypeVar

from agents.agency.cases import CaseView, list_statements, open_case, submit
from agents.agency.cases import Opening as CaseOpening
from agents.migrant.person import SeenReceipt, list_receipts, open_home, sign_in
from portability.cli.demo import set_stage
from portability.cli.federation import make_federation
from portability.cli.processes import NodeProcesses
from portability.cli.stage import AGREEMENT, CLAIM_DATE, FIRST_DAY, Stage, rosas_case, template
from portability.cli.story_consent import KEY_FILE, give
from portability.cli.story_histories import Histories, import_histories
from portability.core.periods import Branch
from portability.errors import PeerUnavailableError
from portability.ledger.envelope import Envelope
from portability.node.development.federation import FederationLayout
from portability.recognition.statements import Header, HistoryRequest
from portability.wire.statement import statement_to_payload, type_of
from tests.databases import PostgresServer, give_databases
from tests.integration.node.whole import use_database

T = TypeVar("T")
DIE_AT = "PORTABILITY_DIE_AT"
PATIENCE = 60


@contextmanager
def running_federation(
    root: Path,
    urls: Mapping[str, str] | None = None,
    prepare: Callable[[FederationLayout], None] = lambda _: None,
) -> Iterator[Stage]:
    """
    Two nodes as processes, with an office of each institution.

    ``urls`` are databases in place of the files beside the nodes; ``prepare`` may change what was
    made before anything runs.
    """
    layout = make_federation(root)
    give_databases(layout.nodes.values())
    for code, url in (urls or {}).items():
        use_database(layout, code, url)
    prepare(layout)
    with NodeProcesses() as nodes:
        nodes.start(layout.nodes)
        with set_stage(layout, nodes) as stage:
            yield stage


class Snapshot:
    """
    A federation at a moment at which none of its nodes runs, to be gone on with again and again.

    ``server`` is where its nodes have databases of these ``names``, if not in files.
    """

    def __init__(
        self, layout: FederationLayout, server: PostgresServer | None, names: Sequence[str]
    ) -> None:
        self.layout = layout
        self._server = server
        self._names = names
        self._copy = layout.root.with_name(f"{layout.root.name}-then")
        for code in layout.nodes:
            shutil.copytree(layout.root / code, self._copy / code)
        for name in names:
            self._put(name, f"{name}_then")

    @contextmanager
    def brought_back(self, deaths: Mapping[str, str]) -> Iterator[Stage]:
        """All nodes run on from that moment; some of them kill themselves at a point."""
        for code in self.layout.nodes:
            shutil.rmtree(self.layout.root / code)
            shutil.copytree(self._copy / code, self.layout.root / code)
        for name in self._names:
            self._put(f"{name}_then", name)
        with NodeProcesses() as nodes:
            for code, config in self.layout.nodes.items():
                nodes.start({code: config}, {DIE_AT: deaths[code]} if code in deaths else None)
            with set_stage(self.layout, nodes) as stage:
                yield stage

    def _put(self, source: str, target: str) -> None:
        if self._server is not None:
            self._server.run(f"DROP DATABASE IF EXISTS {target}")
            self._server.run(f"CREATE DATABASE {target} TEMPLATE {source}")


class OpenCase:
    """Rosa's records and consent are in, a case is open at INSS, and nobody was asked yet."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.histories: Histories
        self.histories, _ = import_histories(stage)
        with open_home(stage.layout.profiles["es-portal"], stage.outside) as home:
            consented, _ = give(stage, home, self.histories)
        self.consent = consented.consent
        opened = open_case(
            stage.inss,
            CaseOpening(
                person=self.histories.persons["ES"],
                branch=Branch.OLD_AGE,
                agreement=AGREEMENT,
                claim_date=CLAIM_DATE,
                award_date=rosas_case().award_date,
                participants=(stage.cnav.party,),
            ),
        )
        self.case: CaseView = opened.case
        self.reference = opened.references[0][1]

    def on(self, stage: Stage) -> Self:
        """The same case where its federation runs again."""
        again = copy(self)
        again.stage = stage
        return again

    def request(self) -> Envelope:
        """INSS's signed request to CNAV: one envelope, to be handed in as often as it takes."""
        grant = template().may_ask[0]
        office = self.stage.inss
        request = HistoryRequest(
            header=Header(
                salt=office.new_salt(),
                case_id=self.case.id,
                sender=office.party,
                created=office.outside.now().replace(microsecond=0),
            ),
            recipient=self.stage.cnav.party,
            person_reference=self.reference,
            claim=self.case.claim,
            permission=self.consent,
            purpose=template().purpose,
            datatypes=grant.datatypes,
            fields=grant.fields,
            from_date=FIRST_DAY,
            to_date=rosas_case().award_date,
        )
        return office.sign(type_of(request), statement_to_payload(request))

    def hand_in(self, envelope: Envelope) -> None:
        """Until the node has acknowledged it, as an officer's software would."""
        persist(lambda: submit(self.stage.inss, envelope))

    def receipts(self) -> list[SeenReceipt]:
        """What Rosa sees at her home node."""
        with open_home(self.stage.layout.profiles["es-portal"], self.stage.outside) as home:
            return list(list_receipts(sign_in(home, self.stage.layout.root / KEY_FILE)))

    def kinds(self) -> dict[str, list[str]]:
        """The kinds of statements of the case in each node's own log, in order."""
        return {
            office.jurisdiction: [entry.kind for entry in list_statements(office, self.case.name)]
            for office in self.stage.offices
        }


def persist(call: Callable[[], T]) -> T:
    """The result of a call that is safe to repeat, once the node is back."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with suppress(PeerUnavailableError):
            return call()
        time.sleep(0.05)
    return call()


@contextmanager
def dying(stage: Stage, jurisdiction: str, point: str) -> Iterator[threading.Event]:
    """
    Restart one node so that it kills itself at ``point``, and start it again once it has.

    The event is set when it died there; the context waits for the node to be back.
    """
    nodes, config = stage.nodes, {jurisdiction: stage.layout.nodes[jurisdiction]}
    nodes.stop_one(jurisdiction)
    nodes.start(config, {DIE_AT: point})
    with revived(stage, jurisdiction) as died:
        yield died


@contextmanager
def revived(stage: Stage, jurisdiction: str) -> Iterator[threading.Event]:
    """
    Start one node again once it has ended by itself.

    The event is set when it was killed; the context waits for the node to be back.
    """
    nodes, config = stage.nodes, {jurisdiction: stage.layout.nodes[jurisdiction]}
    died = threading.Event()

    def revive() -> None:
        if nodes.await_end(jurisdiction, PATIENCE) == -9:
            died.set()
        nodes.start(config)

    reviver = threading.Thread(target=revive, daemon=True)
    reviver.start()
    yield died
    reviver.join(PATIENCE)
    assert not reviver.is_alive()
