"""Agreements between nodes that speak over mutual TLS: signed, exchanged, refused, migrated."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from agents.agency.cases import (
    CaseView,
    Opened,
    Opening,
    Question,
    open_case,
    request_history,
)
from agents.agency.imported import PersonIdentifier
from agents.agency.office import Office, open_office
from agents.agency.persons import enrol_person
from portability.agreements import pack_source
from portability.cli.agreements import show_agreements, sign_agreements
from portability.cli.processes import NodeProcesses
from portability.cli.stage import real_surroundings
from portability.consent.scope import Party
from portability.core.periods import Branch
from portability.errors import ConfigurationError, NoAgreementError
from portability.ledger.directory import parse_directory
from portability.ledger.envelope import envelope_from_json, envelope_to_json
from portability.node.agreements.book import sign_adoption
from portability.node.agreements.files import read_adoptions
from portability.node.agreements.texts import text_of
from portability.node.development.federation import FederationLayout
from portability.node.keys import Mode, load_signer
from tests.integration.node.whole import make_layout

EU = "eu-883-2004"
CNAV = Party(jurisdiction="FR", institution="cnav")
TABLE = '[agreements]\nfolder = "../agreements"\nrequire_signed = true\n'
PATIENCE = 60


@contextmanager
def running(layout: FederationLayout) -> Iterator[Office]:
    """Both nodes as processes, and the office of INSS."""
    with NodeProcesses() as nodes:
        nodes.start(layout.nodes)
        with open_office(layout.profiles["es-agency-inss"], real_surroundings()) as office:
            yield office


def adoption(layout: FederationLayout, code: str) -> Path:
    return layout.root / "agreements" / f"{code}-{EU}.json"


def before_signatures(layout: FederationLayout, code: str) -> None:
    """The configuration of a node from before agreements were signed."""
    path = layout.nodes[code]
    text = path.read_text(encoding="utf-8")
    assert TABLE in text
    path.write_text(text.replace(TABLE, ""), encoding="utf-8")


def sign_other_text(layout: FederationLayout, code: str) -> None:
    """A node signs a text of the agreement that is not the one here."""
    heard = sign_adoption(
        text_of(EU, pack_source(EU) + b"\n# another word\n"),
        code,
        load_signer(layout.root / code / "keys" / "node.pem", Mode.DEVELOPMENT),
        salt=bytes(32),
        now=datetime.now(UTC).replace(microsecond=0),
    )
    adoption(layout, code).write_bytes(envelope_to_json(heard.envelope))


def open_one(office: Office) -> Opened:
    number = PersonIdentifier(jurisdiction="ES", value="28/12345678-40")
    person = enrol_person(office, number, "substantial")
    return open_case(
        office,
        Opening(
            person=person,
            branch=Branch.OLD_AGE,
            agreement=EU,
            claim_date=date(2024, 11, 4),
            award_date=date(2025, 1, 1),
            participants=(CNAV,),
        ),
    )


def ask(office: Office, opened: Opened) -> CaseView:
    """Ask CNAV for the history, without any permission."""
    question = Question(
        recipient=CNAV,
        reference=opened.references[0][1],
        permission=b"",
        purpose="claim-old-age",
        datatypes=("contribution-period",),
        fields=("period_type", "start_date", "end_date", "declared", "communication"),
        from_date=date(1980, 1, 1),
        to_date=date(2024, 12, 31),
    )
    request_history(office, opened.case, question)
    return opened.case


def test_a_federation_that_is_made_settles_under_what_all_have_signed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layout = make_layout(tmp_path)
    with running(layout) as office:
        case = open_one(office).case
        assert show_agreements(layout.nodes["ES"], as_json=False) == 0
    said = capsys.readouterr().out
    assert f"{EU} " in said
    assert "ES, FR" in said
    assert "cases need an agreement that both sides have signed" in said
    with sqlite3.connect(layout.root / "ES" / "node.db") as database:
        rows = database.execute("SELECT case_id, digest FROM case_agreements").fetchall()
    database.close()
    assert rows == [(case.id, text_of(EU, pack_source(EU)).digest)]


def test_a_pack_that_the_peer_has_not_signed_is_refused_until_it_signs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layout = make_layout(tmp_path)
    adoption(layout, "FR").unlink()
    with running(layout) as office:
        with pytest.raises(NoAgreementError, match="FR has not signed the agreement eu-883-2004"):
            open_one(office)
        assert sign_agreements(layout.nodes["FR"], [EU], as_json=False) == 0
        assert "FR has signed eu-883-2004, version 2012-06-28, sha256" in capsys.readouterr().out
        assert sign_agreements(layout.nodes["FR"], [EU], as_json=False) == 0  # and changes nothing
        deadline = time.monotonic() + PATIENCE
        while True:  # until the signature has come over the wire
            try:
                open_one(office)
            except NoAgreementError:
                assert time.monotonic() < deadline
                time.sleep(0.1)
            else:
                break
        with pytest.raises(NoAgreementError, match="known are"):
            sign_agreements(layout.nodes["FR"], ["no-such-pack"], as_json=False)
        with pytest.raises(NoAgreementError, match="FR is not a party to the agreement us-de"):
            sign_agreements(layout.nodes["FR"], ["us-de"], as_json=False)


def test_a_pack_signed_in_another_text_is_refused_whatever_the_configuration(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layout = make_layout(tmp_path)
    sign_other_text(layout, "FR")
    path = layout.nodes["ES"]
    text = path.read_text(encoding="utf-8").replace("require_signed = true\n", "")
    path.write_text(text, encoding="utf-8")
    with running(layout) as office:
        with pytest.raises(NoAgreementError, match="FR has signed another text of the agreement"):
            open_one(office)
        assert show_agreements(path, as_json=False) == 1
        assert "FR (another text, " in capsys.readouterr().out


def test_a_request_under_a_pack_that_its_sender_has_not_signed_is_set_aside(
    tmp_path: Path,
) -> None:
    layout = make_layout(tmp_path)
    adoption(layout, "ES").unlink()
    before_signatures(layout, "ES")
    with running(layout) as office:
        ask(office, open_one(office))  # an older configuration goes on as before
        deadline = time.monotonic() + PATIENCE
        while not (found := refused_by(layout, "FR")):
            assert time.monotonic() < deadline
            time.sleep(0.1)
    assert found[0][0] == "NO_AGREEMENT"
    assert "ES has not signed the agreement eu-883-2004; ask its operator to run" in found[0][1]


def refused_by(layout: FederationLayout, code: str) -> list[tuple[str, str]]:
    database = sqlite3.connect(layout.root / code / "node.db")
    try:
        return database.execute("SELECT reason, message FROM set_aside").fetchall()
    finally:
        database.close()


def test_upgraded_nodes_that_have_signed_nothing_go_on_as_before(tmp_path: Path) -> None:
    layout = make_layout(tmp_path)
    for code in layout.nodes:
        before_signatures(layout, code)
    with running(layout) as office:
        ask(office, open_one(office))
        deadline = time.monotonic() + PATIENCE
        while not _holds_case(layout, "FR"):
            assert time.monotonic() < deadline
            time.sleep(0.1)
    assert refused_by(layout, "FR") == []


def _holds_case(layout: FederationLayout, code: str) -> bool:
    database = sqlite3.connect(layout.root / code / "node.db")
    try:
        return bool(database.execute("SELECT case_id FROM case_agreements").fetchall())
    finally:
        database.close()


def test_an_adoption_that_its_node_did_not_sign_stops_the_start(tmp_path: Path) -> None:
    layout = make_layout(tmp_path)
    found = parse_directory(envelope_from_json(layout.directory.read_bytes()).payload)
    folder = layout.root / "agreements"
    assert {one.said.jurisdiction for one in read_adoptions(folder, found)} == {"ES", "FR"}
    heard = sign_adoption(
        text_of(EU, pack_source(EU)),
        "FR",
        load_signer(layout.root / "ES" / "keys" / "node.pem", Mode.DEVELOPMENT),
        salt=bytes(32),
        now=datetime.now(UTC).replace(microsecond=0),
    )
    adoption(layout, "FR").write_bytes(envelope_to_json(heard.envelope))
    with pytest.raises(ConfigurationError, match=r"FR-eu-883-2004\.json is no adoption signed by"):
        read_adoptions(folder, found)
    strangers = replace(
        found, entries=tuple(one for one in found.entries if one.jurisdiction != "FR")
    )
    assert {one.said.jurisdiction for one in read_adoptions(folder, strangers)} == {"ES"}
    adoption(layout, "FR").write_bytes(b"{}")
    with pytest.raises(ConfigurationError, match="get it again from whoever signed it"):
        read_adoptions(folder, found)
