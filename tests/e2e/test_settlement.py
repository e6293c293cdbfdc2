"""
Unemployment benefits refunded between two real nodes.

Rosa last worked in Spain and lives in France again: CNAV pays as if its law had applied, and claims
the first months of INSS. Both institutions decide on unemployment in this federation.
"""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from agents.agency import main as agency
from agents.agency import settlements
from agents.agency.cases import Opening, Question, list_statements, open_case, request_history
from agents.agency.cases import submit as submit_case
from agents.agency.consents import Asked, ask_consent, register_template
from agents.agency.office import Office
from agents.agency.persons import (
    accept_reference,
    create_enrolment_code,
    create_reference,
)
from agents.migrant.person import (
    draft_consent,
    enrol,
    give_consent,
    list_requests,
    open_home,
    sign_in,
)
from portability.cli.stage import Stage, await_case, template_source
from portability.cli.story_consent import KEY_FILE
from portability.cli.story_histories import Histories, import_histories
from portability.cli.upkeep import run_fsck
from portability.consent.template import parse_template
from portability.core.money import Money
from portability.core.periods import Branch
from portability.core.time_limits import months_after
from portability.ledger.directory import DIRECTORY_TYPE, build_directory, parse_directory
from portability.ledger.envelope import (
    add_signature,
    envelope_from_json,
    envelope_to_json,
    sign_envelope,
)
from portability.node.development.federation import FederationLayout
from portability.node.keys import Mode, load_signer
from portability.recognition.statements import Determination, Header, Reconciliation
from portability.settlement.account import Account, ClaimState
from portability.settlement.admission import netting_sums
from portability.settlement.advice import advice_digest
from portability.settlement.ledger import Book, ledger_of
from portability.settlement.statements import (
    ClaimAnswer,
    Netting,
    NettingAgreement,
    PaymentAdvice,
    PaymentReceipt,
    RefundKind,
    SettlementStatement,
)
from portability.wire.statement import statement_to_payload, type_of
from tests.conftest import PostgresServer
from tests.e2e.case_run import PATIENCE, dying, persist, running_federation

AWARD = months_after(datetime.now(UTC).date().replace(day=1), -3)
PAYABLE, OWN_LAW = 110_000, 90_000
TEMPLATE = template_source().replace(b'["old-age"]', b'["unemployment"]')


def add_branch(layout: FederationLayout) -> None:
    """Every institution decides on unemployment, too; the root keys sign that."""
    found = parse_directory(envelope_from_json(layout.directory.read_bytes()).payload)
    wanted = replace(
        found,
        institutions=tuple(
            replace(one, branches=(*one.branches, Branch.UNEMPLOYMENT))
            for one in found.institutions
        ),
    )
    roots = [
        load_signer(path, Mode.DEVELOPMENT)
        for path in sorted((layout.root / "ca").glob("directory-root-*.pem"))
    ]
    envelope = sign_envelope(DIRECTORY_TYPE, build_directory(wanted), roots[0])
    layout.directory.write_bytes(envelope_to_json(add_signature(envelope, roots[1])))


@contextmanager
def decided_case(root: Path, urls: dict[str, str] | None = None) -> Iterator[tuple[Stage, str]]:
    """Two running nodes, and a case in which both institutions have decided; its name."""
    with running_federation(root, urls, add_branch) as stage:
        histories, _ = import_histories(stage)
        consent = give(stage, histories)
        name = agree(stage, histories, consent)
        for office, payable, paid_as in (
            (stage.cnav, PAYABLE, "independent"),
            (stage.inss, 0, "none"),
        ):
            decide(office, name, payable, paid_as)
        for office in stage.offices:
            await_case(office, name, lambda case: case.state == "closed")
        yield stage, name


def give(stage: Stage, histories: Histories) -> bytes:
    """Rosa allows what INSS asks of her for an unemployment claim; the consent's id."""
    spain, france = histories.persons["ES"], histories.persons["FR"]
    accept_reference(stage.cnav, france, "ES", create_reference(stage.inss, spain, "FR"))
    key_file = stage.layout.root / KEY_FILE
    with open_home(stage.layout.profiles["es-portal"], stage.outside) as home:
        enrol(home, create_enrolment_code(stage.inss, spain).code, key_file)
        rosa = sign_in(home, key_file)
        asked = Asked(
            template=parse_template(TEMPLATE),
            template_id=register_template(stage.inss, TEMPLATE),
            reference=create_reference(stage.inss, spain, "ES"),
            providers=(stage.cnav.party, stage.inss.party),
            branches=(Branch.UNEMPLOYMENT,),
            from_date=date(1980, 1, 1),
            to_date=AWARD,
            days=90,
            max_uses=5,
        )
        request = ask_consent(stage.inss, asked)
        pending = next(one for one in list_requests(rosa) if one.id == request)
        consent, _ = give_consent(rosa, draft_consent(rosa, pending))
        return consent


def agree(stage: Stage, histories: Histories, consent: bytes) -> str:
    """An unemployment case whose history both sides have agreed on; its name."""
    opened = open_case(
        stage.inss,
        Opening(
            person=histories.persons["ES"],
            branch=Branch.UNEMPLOYMENT,
            agreement="eu-883-2004",
            claim_date=AWARD,
            award_date=AWARD,
            participants=(stage.cnav.party,),
        ),
    )
    grant = parse_template(TEMPLATE).may_ask[0]
    question = Question(
        recipient=stage.cnav.party,
        reference=opened.references[0][1],
        permission=consent,
        purpose=parse_template(TEMPLATE).purpose,
        datatypes=grant.datatypes,
        fields=grant.fields,
        from_date=date(1980, 1, 1),
        to_date=AWARD,
    )
    request_history(stage.inss, opened.case, question)
    for office in reversed(stage.offices):
        await_case(office, opened.case.name, lambda case: case.state == "agreed")
    return opened.case.name


def decide(office: Office, name: str, payable: int, paid_as: str) -> None:
    """The institution's own decision, by its own software; Spain says what its law would pay."""
    result = next(
        one.id for one in list_statements(office, name) if isinstance(one.content, Reconciliation)
    )
    decision = Determination(
        header=Header(
            salt=office.new_salt(),
            case_id=name.removeprefix("cases/"),
            sender=office.party,
            created=office.outside.now().replace(microsecond=0),
            predecessors=(result,),
        ),
        unit="months",
        own=120,
        total=360,
        meets_minimum_alone=True,
        meets_minimum=True,
        independent=Money(minor=payable or OWN_LAW, currency="EUR"),
        theoretical=None,
        pro_rata=None,
        payable=Money(minor=payable, currency="EUR"),
        paid_as=paid_as,
        basis=("883/2004 Art 65(5)(a)",),
    )
    submit_case(office, office.sign(type_of(decision), statement_to_payload(decision)))


def asked(stage: Stage, name: str) -> settlements.Asked:
    return settlements.Asked(
        case=name,
        kind=RefundKind.UNEMPLOYMENT,
        debtor=stage.inss.party,
        first_month=AWARD,
        months=3,
    )


def account(office: Office) -> Account:
    (found,) = persist(lambda: settlements.load_accounts(office))
    return found


def until(what: Callable[[], bool]) -> None:
    """Nodes deliver in their own time."""
    deadline = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@dataclass
class Books:
    """Both offices settle one claim, step by step, whatever happens to the nodes meanwhile."""

    stage: Stage
    name: str
    claim: bytes = b""
    netting: bytes = b""
    advice: bytes = b""

    def say(self, office: Office, statement: SettlementStatement) -> bytes:
        return persist(lambda: settlements.say(office, statement))

    def header(self, office: Office, *predecessors: bytes) -> Header:
        return Header(
            salt=office.new_salt(),
            case_id="",
            sender=office.party,
            created=office.outside.now().replace(microsecond=0),
            predecessors=predecessors,
        )

    def do_claim(self) -> None:
        office = self.stage.cnav
        prepared = persist(lambda: settlements.prepare_claim(office, asked(self.stage, self.name)))
        assert prepared.claim.minor == 3 * OWN_LAW  # held to what Spanish law would pay
        self.claim = self.say(office, prepared.claim)

    def do_answer(self) -> None:
        office = self.stage.inss
        until(lambda: bool(persist(lambda: settlements.load_accounts(office))))
        self.say(office, ClaimAnswer(header=self.header(office, self.claim), disputes=()))

    def do_net(self) -> None:
        office = self.stage.cnav
        until(lambda: account(office).state(self.claim) is ClaimState.ACKNOWLEDGED)
        ending = account(office).claims[self.claim].ending
        own, theirs = netting_sums(account(office), office.party, (ending,))
        self.netting = self.say(
            office,
            Netting(
                header=self.header(office, ending),
                counterparty=self.stage.inss.party,
                currency="EUR",
                owed_to_sender=own,
                owed_by_sender=theirs,
            ),
        )

    def do_agree(self) -> None:
        office = self.stage.inss
        until(lambda: self.netting in account(office).nettings)
        self.say(office, NettingAgreement(header=self.header(office, self.netting)))

    def do_pay(self) -> None:
        office, minor = self.stage.inss, 3 * OWN_LAW
        digest = advice_digest(account(office), self.netting, minor, AWARD)
        self.advice = self.say(
            office,
            PaymentAdvice(
                header=self.header(office, self.netting),
                minor=minor,
                value_date=AWARD,
                file_digest=digest,
            ),
        )

    def do_confirm(self) -> None:
        office = self.stage.cnav
        until(lambda: self.advice in account(office).of_kind(PaymentAdvice))
        self.say(office, PaymentReceipt(header=self.header(office, self.advice), minor=3 * OWN_LAW))
        until(lambda: account(self.stage.inss).state(self.claim) is ClaimState.SETTLED)


STEPS: Sequence[tuple[Callable[[Books], None], tuple[str, str] | None]] = (
    (Books.do_claim, ("ES", "inbox.committed")),
    (Books.do_answer, ("ES", "batch.committed")),
    (Books.do_net, ("FR", "outbox.sent")),
    (Books.do_agree, None),
    (Books.do_pay, ("FR", "inbox.verified")),
    (Books.do_confirm, None),
)


def settle(stage: Stage, name: str, *, killed: Sequence[str]) -> None:
    """Every step, some while a node dies at a named point; nothing is lost and nothing doubled."""
    books = Books(stage=stage, name=name)
    for step, death in STEPS:
        with ExitStack() as stack:
            died = None
            if death is not None and step.__name__ in killed:
                died = stack.enter_context(dying(stage, *death))
            step(books)
            assert died is None or died.wait(PATIENCE), f"never died in {step.__name__}"
    at_france, at_spain = (account(office) for office in stage.offices)
    assert dict(at_france.accepted) == dict(at_spain.accepted)
    assert len(at_france.accepted) == len(STEPS)
    assert ledger_of(at_france) == ledger_of(at_spain)
    assert ledger_of(at_france).balance(stage.cnav.party, Book.TRANSFERS) == 3 * OWN_LAW
    for config in stage.layout.nodes.values():
        assert run_fsck(config, as_json=True) == 0


def test_a_claim_is_settled_though_nodes_are_killed_between_its_steps(tmp_path: Path) -> None:
    with decided_case(tmp_path / "federation") as (stage, name):
        settle(stage, name, killed=["do_claim", "do_net", "do_pay"])


def test_a_claim_is_settled_on_a_database_server_though_a_node_is_killed(
    tmp_path: Path, postgres_server: PostgresServer
) -> None:
    urls = {code: postgres_server.create_database()[1] for code in ("FR", "ES")}
    with decided_case(tmp_path / "federation", urls) as (stage, name):
        settle(stage, name, killed=["do_answer"])


def test_officers_settle_by_their_own_commands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with decided_case(tmp_path / "federation") as (stage, name):
        profiles = stage.layout.profiles

        def run(who: str, *arguments: str, status: int = 0) -> str:
            given = ["settlement", *arguments, "--profile", str(profiles[who])]
            assert agency.status(given) == status, capsys.readouterr().err
            captured = capsys.readouterr()
            return captured.out if status == 0 else captured.err

        def until_listed(who: str, text: str) -> str:
            until(lambda: text in run(who, "list"))
            return run(who, "list")

        cnav, inss = "fr-agency-cnav", "es-agency-inss"
        months = ("--from-month", f"{AWARD:%Y-%m}", "--months", "3")
        claim = ("claim", name, "--kind", "unemployment-refund", "--debtor", "ES/inss", *months)
        refused = run(cnav, *claim, "--amount", "2700.01 EUR", status=2)
        assert "883/2004 Art 65(6) allows 2700.00 EUR" in refused
        said = run(cnav, *claim)
        assert "held to the debtor's own law (883/2004 Art 65(6))" in said
        i = said.split("claim ")[-1][:12]
        assert "claims" in run(cnav, *claim, status=2)  # the same months again
        until_listed(inss, i)
        disputed = ("--line", "1", "--reason", "above-own-law", "--accept", "1800.00 EUR")
        run(inss, "dispute", i, *disputed, "--detail", "two months of benefit")
        until_listed(cnav, "disputed")
        run(cnav, "concede", i)
        proposed = run(cnav, "net", "--with", "ES/inss")
        assert "ES/inss pays 1800.00 EUR" in proposed
        until_listed(inss, "yours to agree to")
        assert "agreed" in run(inss, "net", "--with", "FR/cnav")
        netting = proposed.split("netting ")[1][:12]
        paid = json.loads(
            run(
                inss,
                "pay",
                netting,
                "--value-date",
                "2027-01-15",
                "--folder",
                str(tmp_path),
                "--json",
            )
        )
        file = Path(paid["files"][0])
        assert json.loads(file.read_bytes())["control_sum"] == "1800.00"
        until_listed(cnav, "announced")
        advice = str(paid["advice"])
        assert "is the advice that ES/inss signed" in run(
            cnav, "advice", advice, "--check", str(file)
        )
        file.write_bytes(file.read_bytes().replace(b"1800.00", b"9800.00"))
        altered = run(cnav, "advice", advice, "--check", str(file), status=1)
        assert "the advice file was altered" in altered
        run(cnav, "confirm", advice)
        assert "settled" in run(cnav, "list")
        assert "All entries and all books balance." in run(cnav, "ledger", "--with", "ES/inss")
