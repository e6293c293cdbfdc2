"""What a home node keeps of a person's passkeys, in the bundles that it gives: verified offline."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from agents.auditor.exporting import collect_files
from agents.auditor.questions import Question
from agents.auditor.report import Report
from agents.auditor.trust import TrustRoot
from agents.auditor.verification import verify_bundle
from agents.bundle_files import Scope, list_files
from portability.consent.act_evidence import read_act_evidence, write_act_evidence
from portability.consent.payload_types import CONSENT_TYPE
from portability.ledger.directory import DIRECTORY_TYPE, build_directory
from portability.ledger.envelope import (
    envelope_from_json,
    envelope_to_json,
    kind_of,
    sign_envelope,
)
from portability.node.audit.evidence_export import evidence_of
from portability.store import log, persons
from portability.v1 import audit_service_pb2 as audit_pb
from portability.v1 import consents_service_pb2 as consents_pb
from portability.v1 import counter_service_pb2 as confirm_pb
from portability.v1 import persons_service_pb2 as persons_pb
from tests.integration.consent.home import DIRECTORY_HERE, Home
from tests.integration.consent.test_counter import WORKER, asked, consent_at_counter, two
from tests.integration.consent.test_counter import enrol as enrol_assistant
from tests.integration.consent.test_counter_levels import (
    alone,
    asked_whether,
    device_code,
    letter,
)
from tests.integration.consent.test_identity_levels import assess
from tests.integration.consent.test_passkeys import consented, enrol
from tests.unit.consent.world import ES_NODE, ROOT
from tests.vectors.authenticator import Authenticator

pytestmark = pytest.mark.asyncio

AUDITOR = "portability://ES/auditor/tcu"
TRUST = TrustRoot(root_keys=(ROOT.public,), threshold=1, policy=None, words="the test's root key")


def listed(pieces: Mapping[str, bytes]) -> dict[str, bytes]:
    """A person's bundle under a directory that the pinned key has signed."""
    directory = sign_envelope(DIRECTORY_TYPE, build_directory(DIRECTORY_HERE), ROOT)
    return list_files({**pieces, "directory/1.json": envelope_to_json(directory)}, Scope.PERSON)


async def own_bundle(home: Home, session: str) -> dict[str, bytes]:
    call = home.portal.persons.ExportOwnData(persons_pb.ExportOwnDataRequest(session=session))
    return listed(collect_files([(one.path, one.content) async for one in call]))


async def audited_bundle(home: Home, person: str) -> dict[str, bytes]:
    call = home.caller(AUDITOR).audit.ExportPerson(audit_pb.ExportPersonRequest(name=person))
    return listed(collect_files([(one.path, one.content) async for one in call]))


def verified(home: Home, files: Mapping[str, bytes]) -> Report:
    return verify_bundle(files, TRUST, home.clock())


async def act(home: Home, device: Authenticator, session: str, kind: str, subject: bytes) -> None:
    """Something else that the person does about a consent, signed with the passkey."""
    number = consents_pb.ConsentActKind.Value(f"CONSENT_ACT_KIND_{kind}")
    prepared = await home.portal.ask(home.prepare_act(session, number, subject))
    await home.portal.ask(home.record_signed(device, prepared.payload_type, prepared.document))


async def test_evidence_of_every_act_is_in_the_bundle_and_holds(home: Home) -> None:
    person, device = await home.person(), Authenticator()
    await enrol(home, device, person)
    session, consent = await consented(home, device, person)
    await act(home, device, session, "WITHDRAW", consent)
    for files in (await own_bundle(home, session), await audited_bundle(home, person)):
        report = verified(home, files)
        assert report.verified, report.causes
        kinds = [one.kind for one in report.statements]
        assert kinds.count("passkey-registration") == 1
        assert kinds.count("act-evidence") == 2
        assert sum(path.startswith("evidence/") for path in files) == 3
        assert any("of 2 acts that were signed with a passkey" in note for note in report.notes)
        (signed,) = [one for one in report.statements if one.kind == "consent"]
        words = {answer.question: answer.words for answer in signed.answers}
        assert "made with a passkey for localhost, the person present" in words[Question.ISSUER]


async def test_what_happened_at_the_counter_is_in_the_bundle_and_holds(home: Home) -> None:
    person, request = await asked(home)
    both = await two(home)
    await consent_at_counter(home, person, request, both)
    files = await audited_bundle(home, person)
    report = verified(home, files)
    assert report.verified, report.causes
    kinds = [one.kind for one in report.statements]
    assert (kinds.count("assisted-evidence"), kinds.count("assistant-key")) == (1, 2)
    (evidence,) = [one for one in report.statements if one.kind == "assisted-evidence"]
    words = {answer.question: answer.words for answer in evidence.answers}
    assert "worker and witness are independent" in words[Question.PERMISSION]
    gone = {path: data for path, data in files.items() if both[0].hex() not in path}
    lacking = verified(home, listed(gone))
    assert [one.cause for one in lacking.causes] == [
        "the record of somebody who signed for the person is not in the bundle"
    ]


async def test_a_case_takes_along_the_evidence_of_its_own_acts_alone(home: Home) -> None:
    person, device = await home.person(), Authenticator()
    await enrol(home, device, person)
    _, consent = await consented(home, device, person)
    async with home.database.read() as connection:
        found = await persons.find_person(connection, person)
        assert found is not None
        vault = home.database.vault
        kept = await evidence_of(connection, vault, found.id, [consent])
        rows = await log.read_statements(connection, vault, kept)
        assert sorted(row.kind for row in rows.values()) == [
            "act-evidence", "passkey-registration", "subject-key",
        ]  # fmt: skip
        assert await evidence_of(connection, vault, found.id, [bytes(32)]) == []


async def test_evidence_that_a_node_makes_up_later_is_in_no_log(home: Home) -> None:
    person, device = await home.person(), Authenticator()
    await enrol(home, device, person)
    session, _ = await consented(home, device, person)
    files = await own_bundle(home, session)
    (path,) = [
        path
        for path, data in files.items()
        if path.startswith("evidence/")
        and kind_of(envelope_from_json(data).payload_type) == "act-evidence"
    ]
    envelope = envelope_from_json(files[path])
    said = read_act_evidence(envelope.payload)
    assert said.notice is not None
    other = replace(said, notice=replace(said.notice, text="We ask for next to nothing.\n"))
    lie = sign_envelope(envelope.payload_type, write_act_evidence(other), ES_NODE)
    report = verified(home, listed({**files, path: envelope_to_json(lie)}))
    assert not report.verified
    assert any("named after another statement" in one.cause for one in report.causes)


async def test_each_level_of_help_verifies_offline_and_so_does_what_identity_rests_on(
    home: Home,
) -> None:
    person, request = await asked_whether(home)
    worker = await enrol_assistant(home, WORKER)
    await assess(home, person, "vouching", "contribution-record")
    consent = await alone(home, person, request, worker)
    code = await letter(home, person, consent)
    confirm = confirm_pb.ConfirmConsentRequest(code=code)
    await home.portal.ask(home.portal.counter.ConfirmConsent(confirm))
    code, stick = await device_code(home, person, worker), Authenticator()
    await home.portal.ask(home.enrol_passkey(code, stick.register(await home.options(code=code))))
    session = (await home.sign_in_with(stick)).session
    prepared = await home.portal.ask(home.prepare(session, request))
    await home.portal.ask(home.record_signed(stick, CONSENT_TYPE, prepared.document))

    for files in (await own_bundle(home, session), await audited_bundle(home, person)):
        report = verified(home, files)
        assert report.verified, report.causes
        kinds = [one.kind for one in report.statements]
        for kind in ("assisted-evidence", "consent-confirmation", "identity-assessment"):
            assert kinds.count(kind) == 1, kind
        assert (kinds.count("consent"), kinds.count("assistant-key")) == (2, 1)
