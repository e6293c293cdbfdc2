"""The offline bundle of a case of the test's world, and an auditor's judgement of it."""

from agents.auditor.report import Report
from agents.auditor.trust import TrustRoot
from agents.auditor.verification import verify_bundle
from agents.bundle_files import Scope, list_files
from portability.federation.identity import parse_identity
from portability.ledger.directory import DIRECTORY_TYPE, build_directory
from portability.ledger.envelope import sign_envelope
from portability.node.audit.bundle_parts import TrustFiles
from portability.node.audit.case_export import CaseExporter
from tests.integration.recognition.world import FEDERATION, NODE_KEYS, Node
from tests.unit.consent.world import ROOT

TRUST = TrustRoot(root_keys=(ROOT.public,), threshold=1, policy=None, words="the test's root key")


async def bundle_of(node: Node, case: str, role: str = "auditor/tcu") -> dict[str, bytes]:
    """As the node gives it to somebody of its own jurisdiction."""
    directory = sign_envelope(DIRECTORY_TYPE, build_directory(FEDERATION), ROOT)
    exporter = CaseExporter(
        database=node.database,
        prover=node.prover,
        trust=TrustFiles(
            prover=node.prover, directories=lambda: [directory], node_key=NODE_KEYS[node.code]
        ),
        jurisdiction=node.code,
    )
    caller = parse_identity(f"portability://{node.code}/{role}")
    files = await exporter.export(case.removeprefix("cases/"), caller, node.clock())
    return list_files(files, Scope.CASE)


def judged(files: dict[str, bytes], node: Node) -> Report:
    return verify_bundle(files, TRUST, node.clock())
