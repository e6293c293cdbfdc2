"""What the end-to-end tests share: a case taken as far as a test wants, on real node processes."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from agents.agency.cases import CaseView, list_statements, open_case, submit
from agents.agency.cases import Opening as CaseOpening
from agents.migrant.person import OwnReceipt, list_receipts, open_home, sign_in
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
from tests.databases import give_databases
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

    def receipts(self) -> list[OwnReceipt]:
        """What Rosa sees at her home node."""
        with open_home(self.stage.layout.profiles["es-portal"], self.stage.outside) as home:
            return list(list_receipts(sign_in(home, self.stage.layout.root / KEY_FILE)))

    def kinds(self) -> dict[str, list[str]]:
        """The kinds of statements of the case in each node's own log, in order."""
        return {
            office.jurisdiction: [entry.kind for entry in list_statements(office, self.case.name)]
            for office in self.stage.offices
        }


def persist(call: Callable[[], T], attempts: int = 12) -> T:
    """The result of a call that is safe to repeat, once the node is back."""
    for _ in range(attempts - 1):
        try:
            return call()
        except PeerUnavailableError:
            continue
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
