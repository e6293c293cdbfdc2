"""AuditService of both nodes after a whole story, over mutual TLS, on both databases."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import grpc
import httpx
import pytest
from grpc_status import rpc_status

from agents.agency.cases import list_cases
from agents.agency.exports import fetch_bundle, verify_case
from agents.auditor.trust import find_trust
from agents.auditor.verification import verify_bundle
from agents.bundle_archive import write_bundle
from agents.bundle_files import claim_of
from agents.migrant.person import open_home
from portability.cli.stage import Stage
from portability.cli.story_case import ask_france, settle_case
from portability.cli.story_consent import give
from portability.cli.story_histories import Histories, import_histories
from portability.cli.story_refusals import EXPECTED_CAUSES, refuse
from portability.core.periods import Branch
from portability.errors import InvalidInputError, NotFoundError, ProofError
from portability.federation.channel import TlsIdentity
from portability.ledger.bundle import MANIFEST, build_manifest
from portability.ledger.checkpoint import Checkpoint, open_checkpoint
from portability.ledger.directory import Institution, KeyPurpose
from portability.ledger.envelope import envelope_from_json
from portability.ledger.merkle import leaf_hash, verify_consistency, verify_inclusion
from portability.ledger.tiles import bundle_path, bundles_of, tile_path, tiles_of
from portability.node.config import load_config
from portability.node.development.federation import FederationLayout
from portability.v1 import audit_service_pb2 as pb
from portability.v1.audit_service_pb2_grpc import AuditServiceStub
from portability.wire.log_entry import log_entry_from_bytes
from portability.wire.proven import proven_from_pb, split_hashes, verify_proven
from portability.wire.status import error_from_details
from tests.e2e.case_run import running_federation
from tests.integration.node.whole import enter_in_directory, identity, issue
from tests.plain_tree import root_of

OTHER: Final = Institution(
    jurisdiction="FR",
    id="carsat",
    name="Another French institution",
    branches=(Branch.OLD_AGE,),
    country="FR",
    contact="https://carsat.example",
    supervisory_authority="Commission nationale de l'informatique et des libertés",
)


@dataclass(kw_only=True)
class Told:
    """The story as far as its refusals; the nodes run."""

    stage: Stage
    histories: Histories
    settled: str
    channels: list[grpc.Channel]

    @property
    def refused(self) -> list[str]:
        """The cases that were refused, in the order of ``EXPECTED_CAUSES``."""
        return [case.name for case in list_cases(self.stage.inss) if case.name != self.settled]

    def ask(self, code: str, who: str) -> AuditServiceStub:
        """The service of a node for the holder of a profile or of a URI name."""
        layout = self.stage.layout
        tls = issue(layout, who) if "://" in who else identity(layout, who)
        self.channels.append(_channel(layout, code, tls))
        return AuditServiceStub(self.channels[-1])

    def head(self, code: str, note: bytes) -> Checkpoint:
        key = self.stage.inss.directory.log_vkey(code, datetime.now(UTC))
        return open_checkpoint(note, key, key.name)


def _channel(layout: FederationLayout, code: str, tls: TlsIdentity) -> grpc.Channel:
    return grpc.secure_channel(
        str(load_config(layout.nodes[code]).listen),
        grpc.ssl_channel_credentials(tls.ca, tls.key, tls.certificate),
        [("grpc.ssl_target_name_override", f"{code.lower()}.node.portability.internal")],
    )


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def told(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Told]:
    urls = {}
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres_server")
        urls = {code: server.create_database()[1] for code in ("FR", "ES")}

    def prepare(layout: FederationLayout) -> None:
        enter_in_directory(layout, institutions=(OTHER,), entries=())

    root = tmp_path_factory.mktemp("told") / "federation"
    with running_federation(root, urls, prepare) as stage:
        histories, _ = import_histories(stage)
        with open_home(stage.layout.profiles["es-portal"], stage.outside) as home:
            consented, _ = give(stage, home, histories)
            answered, _ = ask_france(stage, histories, consented.consent)
            settled, _ = settle_case(stage, histories, answered)
            assert all(refuse(stage, histories, consented).checks.values())
        made = Told(stage=stage, histories=histories, settled=settled.case.name, channels=[])
        yield made
        for channel in made.channels:
            channel.close()


def refusal(call: Callable[[], object]) -> tuple[grpc.StatusCode, Any, bytes]:
    """(code, error of our tree, all that the caller is told) of a refused call."""
    with pytest.raises(grpc.RpcError) as raised:
        call()
    status = rpc_status.from_call(raised.value)
    assert status is not None
    told = status.SerializeToString()
    return raised.value.code(), error_from_details(told), told


def entries(stub: AuditServiceStub, page_size: int) -> list[bytes]:
    found: list[bytes] = []
    token = ""
    while True:
        page = stub.ListLogEntries(pb.ListLogEntriesRequest(page_size=page_size, page_token=token))
        assert page.first_index == len(found)
        assert len(page.log_entries) <= page_size
        found += page.log_entries
        token = page.next_page_token
        if not token:
            return found


@pytest.mark.parametrize("code", ["FR", "ES"])
@pytest.mark.parametrize("who", ["fr-agency-cnav", "es-auditor", "es-portal", "es-operator"])
def test_every_leaf_can_be_read_by_every_member_and_leads_to_the_signed_head(
    told: Told, code: str, who: str
) -> None:
    stub = told.ask(code, who)
    head = told.head(code, stub.GetCheckpoint(pb.GetCheckpointRequest()).checkpoint)
    leaves = entries(stub, 7)
    assert len(leaves) == head.size
    assert root_of([leaf_hash(leaf) for leaf in leaves]) == head.root
    kinds = {log_entry_from_bytes(leaf).kind for leaf in leaves}
    assert {"entitlement", "history-request", "disclosure-receipt", "closure"} <= kinds
    middle = stub.ListLogEntries(pb.ListLogEntriesRequest(first_index=5, page_size=2))
    assert (middle.first_index, list(middle.log_entries)) == (5, leaves[5:7])
    beyond = stub.ListLogEntries(pb.ListLogEntriesRequest(first_index=head.size))
    assert (list(beyond.log_entries), beyond.next_page_token) == ([], "")


def test_each_leaf_and_each_earlier_size_is_proved(told: Told) -> None:
    stub = told.ask("FR", "fr-auditor")
    head = told.head("FR", stub.GetCheckpoint(pb.GetCheckpointRequest()).checkpoint)
    leaves = entries(stub, 1000)
    hashes = [leaf_hash(leaf) for leaf in leaves]
    for index in range(head.size):
        answer = stub.GetInclusionProof(
            pb.GetInclusionProofRequest(leaf_index=index, tree_size=head.size)
        )
        proof = split_hashes(answer.inclusion_proof)
        verify_inclusion(hashes[index], index, head.size, proof, head.root)
        with pytest.raises(ProofError):
            verify_inclusion(hashes[index - 1], index, head.size, proof, head.root)
    for old in range(1, head.size + 1):
        grown = stub.GetConsistencyProof(
            pb.GetConsistencyProofRequest(old_size=old, new_size=head.size)
        )
        proof = split_hashes(grown.consistency_proof)
        verify_consistency(old, root_of(hashes[:old]), head.size, head.root, proof)


def test_the_files_of_a_log_are_the_same_over_grpc_as_over_http(told: Told) -> None:
    stub = told.ask("ES", "es-auditor")
    note = stub.GetLogFile(pb.GetLogFileRequest(path="checkpoint"))
    size = told.head("ES", note.content).size
    paths = [tile_path(ref) for ref in tiles_of(size)] + [
        bundle_path(ref) for ref in bundles_of(size)
    ]
    observe = load_config(told.stage.layout.nodes["ES"]).observe
    for path in ("checkpoint", *paths):
        found = stub.GetLogFile(pb.GetLogFileRequest(path=path))
        served = httpx.get(f"http://{observe}/{path}")
        while path == "checkpoint" and served.content != found.content:  # published in between
            found = stub.GetLogFile(pb.GetLogFileRequest(path=path))
            served = httpx.get(f"http://{observe}/{path}")
        assert served.content == found.content
        assert found.immutable is ("immutable" in served.headers["cache-control"])
        assert found.immutable is (path != "checkpoint")
    root = root_of([leaf_hash(entry) for entry in entries(stub, 500)[:size]])
    assert root == told.head("ES", note.content).root
    for path in ("tile/0/999", "tile/0/000.p/0", "checkpoint/", "../node.toml", ""):
        code, _, _ = refusal(lambda path=path: stub.GetLogFile(pb.GetLogFileRequest(path=path)))
        assert code in {grpc.StatusCode.NOT_FOUND, grpc.StatusCode.INVALID_ARGUMENT}


@pytest.mark.parametrize("who", ["fr-agency-cnav", "fr-portal", "fr-operator", "es-auditor"])
def test_a_person_is_exported_to_auditors_of_this_jurisdiction_alone(told: Told, who: str) -> None:
    stub, name = told.ask("FR", who), told.histories.persons["FR"]
    code, _, _ = refusal(lambda: list(stub.ExportPerson(pb.ExportPersonRequest(name=name))))
    assert code is grpc.StatusCode.PERMISSION_DENIED


def test_a_person_who_is_not_here_is_not_exported_and_leaves_no_receipt(told: Told) -> None:
    stub = told.ask("FR", "fr-auditor")
    before = stub.GetCheckpoint(pb.GetCheckpointRequest()).checkpoint
    for name in (f"persons/{'0' * 32}", "", "cases/x"):
        code, _, _ = refusal(
            lambda name=name: list(stub.ExportPerson(pb.ExportPersonRequest(name=name)))
        )
        assert code is grpc.StatusCode.NOT_FOUND
    assert stub.GetCheckpoint(pb.GetCheckpointRequest()).checkpoint == before


def test_publications_are_listed_from_the_smallest_on_in_pages(told: Told) -> None:
    stub = told.ask("FR", "fr-auditor")
    every = stub.ListPublishedCheckpoints(pb.ListPublishedCheckpointsRequest()).checkpoints
    heads = [told.head("FR", note) for note in every]
    assert heads
    assert heads == sorted(heads, key=lambda head: head.size)
    found, above = [], 0
    while True:
        request = pb.ListPublishedCheckpointsRequest(above_size=above, page_size=1)
        page = stub.ListPublishedCheckpoints(request).checkpoints
        if not page:
            break
        found += page
        above = told.head("FR", page[-1]).size
    assert found[: len(every)] == list(every)


def test_what_the_log_never_had_is_not_proved(told: Told) -> None:
    stub = told.ask("FR", "fr-auditor")
    size = told.head("FR", stub.GetCheckpoint(pb.GetCheckpointRequest()).checkpoint).size
    wrong: list[tuple[Callable[[], object], type[Exception], str]] = [
        (
            lambda: stub.GetInclusionProof(
                pb.GetInclusionProofRequest(leaf_index=size, tree_size=size)
            ),
            InvalidInputError,
            "leaf_index",
        ),
        (
            lambda: stub.GetInclusionProof(pb.GetInclusionProofRequest()),
            InvalidInputError,
            "leaf_index",
        ),
        (
            lambda: stub.GetInclusionProof(
                pb.GetInclusionProofRequest(leaf_index=0, tree_size=2**63)
            ),
            ProofError,
            "",
        ),
        (
            lambda: stub.GetConsistencyProof(pb.GetConsistencyProofRequest(old_size=2, new_size=1)),
            InvalidInputError,
            "old_size",
        ),
        (
            lambda: stub.GetConsistencyProof(
                pb.GetConsistencyProofRequest(old_size=1, new_size=size + 1)
            ),
            ProofError,
            "",
        ),
        (
            lambda: stub.ListLogEntries(pb.ListLogEntriesRequest(page_size=-1)),
            InvalidInputError,
            "page_size",
        ),
        (
            lambda: stub.ListLogEntries(pb.ListLogEntriesRequest(page_token="next")),
            InvalidInputError,
            "page_token",
        ),
        (
            lambda: stub.ListPublishedCheckpoints(
                pb.ListPublishedCheckpointsRequest(above_size=2**64 - 1)
            ),
            InvalidInputError,
            "above_size",
        ),
        (
            lambda: stub.ListLogEntries(pb.ListLogEntriesRequest(first_index=2**64 - 1)),
            InvalidInputError,
            "first_index",
        ),
        (
            lambda: stub.ListLogEntries(pb.ListLogEntriesRequest(page_token="9" * 30)),
            InvalidInputError,
            "page_token",
        ),
    ]
    for call, kind, field in wrong:
        code, error, _ = refusal(call)
        expected = "INVALID_ARGUMENT" if kind is InvalidInputError else "DATA_LOSS"
        assert (code.name, type(error)) == (expected, kind)
        assert error.context.get("field", "") == field


def receipts(stub: AuditServiceStub, case: str = "", page_size: int = 100) -> list[Any]:
    found: list[Any] = []
    token = ""
    while True:
        page = stub.ListReceipts(
            pb.ListReceiptsRequest(case=case, page_size=page_size, page_token=token)
        )
        assert len(page.receipts) <= page_size
        found += page.receipts
        token = page.next_page_token
        if not token:
            return found


@pytest.mark.parametrize("who", ["auditor", "ombudsperson"])
@pytest.mark.parametrize(("code", "own_releases"), [("FR", 0), ("ES", 1)])
def test_auditor_and_ombudsperson_read_the_true_cause_of_each_refusal(
    told: Told, who: str, code: str, own_releases: int
) -> None:
    stub = told.ask(code, f"{code.lower()}-{who}")
    every = receipts(stub)
    # the envelopes: a head published meanwhile gives the same receipt another proof
    one_by_one = receipts(stub, page_size=1)
    assert [one.statement.envelope for one in one_by_one] == [
        one.statement.envelope for one in every
    ]
    # CNAV's release and refusals, which Rosa's home node has too, and what INSS released itself
    assert len(every) == 1 + len(EXPECTED_CAUSES) + own_releases
    for one in every:
        verify_proven(
            proven_from_pb(one.statement),
            told.stage.inss.directory,
            log_jurisdiction=code,
            expected_types={one.statement.envelope.payload_type},
            signer=(one.content.provider.jurisdiction, "", KeyPurpose.NODE),
        )
    for case, cause in zip(told.refused, EXPECTED_CAUSES, strict=True):
        (one,) = receipts(stub, case)
        assert one.content.cause == cause
    assert receipts(stub, "cases/" + "00" * 16) == []


@pytest.mark.parametrize(
    "who",
    [
        "fr-agency-cnav",
        "fr-portal",
        "fr-operator",
        "portability://FR/node",
        "es-auditor",
        "es-agency-inss",
        "es-ombudsperson",
    ],
)
def test_nobody_else_reads_receipts(told: Told, who: str) -> None:
    stub = told.ask("FR", who)
    code, _, _ = refusal(lambda: stub.ListReceipts(pb.ListReceiptsRequest()))
    assert code is grpc.StatusCode.PERMISSION_DENIED


@pytest.mark.parametrize(
    "who", ["fr-portal", "fr-operator", "es-agency-inss", "es-auditor", "portability://ES/node"]
)
def test_a_case_is_not_exported_to_who_is_no_party_and_no_auditor_here(
    told: Told, who: str
) -> None:
    stub = told.ask("FR", who)
    code, _, _ = refusal(lambda: list(stub.ExportCase(pb.ExportCaseRequest(name=told.settled))))
    assert code is grpc.StatusCode.PERMISSION_DENIED


def test_to_an_institution_that_takes_no_part_a_case_is_as_if_it_were_not_there(
    told: Told,
) -> None:
    stub = told.ask("FR", "portability://FR/agency/carsat")
    answers = [
        refusal(lambda name=name: list(stub.ExportCase(pb.ExportCaseRequest(name=name))))
        for name in (told.settled, "cases/" + "00" * 16)
    ]
    assert [(code.name, type(error)) for code, error, _ in answers] == [
        ("NOT_FOUND", NotFoundError)
    ] * 2
    assert answers[0][2] == answers[1][2]
    for name in ("", "cases/", told.settled.removeprefix("cases/"), f"persons/{uuid.uuid4().hex}"):
        code, error, _ = refusal(
            lambda name=name: list(stub.ExportCase(pb.ExportCaseRequest(name=name)))
        )
        assert (code, error.context["field"]) == (grpc.StatusCode.INVALID_ARGUMENT, "name")


def export(stub: AuditServiceStub, case: str) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for piece in stub.ExportCase(pb.ExportCaseRequest(name=case)):
        files[piece.path] = files.get(piece.path, b"") + piece.content
    return {**files, MANIFEST: build_manifest(claim_of(files), files)}


@pytest.mark.parametrize("code", ["FR", "ES"])
def test_parties_and_auditors_get_a_bundle_that_verifies(
    told: Told, code: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    office = told.stage.cnav if code == "FR" else told.stage.inss
    report = verify_case(office, fetch_bundle(office, told.settled))
    assert report.verified, report.causes
    assert dict(report.payable_total) == {"EUR": "1400.00"}
    files = export(told.ask(code, f"{code.lower()}-auditor"), told.settled)
    folder = tmp_path_factory.mktemp("bundle") / "files"
    write_bundle(files, folder)
    profile = told.stage.layout.profiles[f"{code.lower()}-auditor"]
    trust = find_trust(folder, policy=None, root_keys=(), threshold=1, profile=profile)
    assert verify_bundle(files, trust, datetime.now(UTC) + timedelta(seconds=1)).verified


def test_an_auditors_reading_of_a_case_leaves_a_receipt_and_a_partys_does_not(told: Told) -> None:
    auditor = told.ask("ES", "es-auditor")

    def readings() -> list[Any]:
        return [one for one in receipts(auditor) if one.content.reason_code == "audit"]

    before = len(readings())
    fetch_bundle(told.stage.inss, told.settled)
    assert len(readings()) == before
    files = export(auditor, told.settled)
    (*_, read) = readings()
    assert len(readings()) == before + 1
    assert (read.content.requester.institution, read.content.provider.jurisdiction) == ("tcu", "ES")
    assert read.content.record_count == sum(path.startswith("statements/") for path in files)


@pytest.mark.parametrize("code", ["FR", "ES"])
def test_a_refused_case_tells_its_cause_to_auditors_and_not_to_institutions(
    told: Told, code: str
) -> None:
    office = told.stage.cnav if code == "FR" else told.stage.inss
    for case, cause in zip(told.refused, EXPECTED_CAUSES, strict=True):
        shown = fetch_bundle(office, case)
        report = verify_case(office, shown)
        assert report.verified, report.causes
        assert not [path for path, content in _decoded(shown).items() if cause.encode() in content]
        seen = export(told.ask(code, f"{code.lower()}-auditor"), case)
        assert [path for path, content in _decoded(seen).items() if cause.encode() in content]
        trust = find_trust(
            told.stage.layout.root / "bundle",
            policy=None,
            root_keys=(),
            threshold=1,
            profile=told.stage.layout.profiles[f"{code.lower()}-auditor"],
        )
        judged = verify_bundle(seen, trust, datetime.now(UTC) + timedelta(seconds=1))
        assert judged.verified, judged.causes  # so no receipt under the permission is missing


def _decoded(files: dict[str, bytes]) -> dict[str, bytes]:
    """Each file with the payloads that are in it, out of their base64."""
    return {
        path: content + envelope_from_json(content).payload
        if path.startswith("statements/")
        else content
        for path, content in files.items()
    }
