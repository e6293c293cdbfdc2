"""A case as an offline bundle: fetched from the node, put in a list, verified before it is used."""

from collections.abc import Callable
from typing import Final

from agents.agency.office import Office
from agents.auditor.exporting import collect_files, with_summary
from agents.auditor.report import Report
from agents.auditor.trust import TrustRoot
from agents.auditor.verification import verify_bundle
from agents.bundle_files import list_files
from portability.v1 import audit_service_pb2 as pb
from portability.v1.audit_service_pb2_grpc import AuditServiceStub

Progress = Callable[[int, int], None]
EXPORT_SECONDS: Final = 600.0


def fetch_bundle(office: Office, case: str) -> dict[str, bytes]:
    """
    Every file of a case's bundle, with the list that is true of them.

    The list is made here, of what arrived; one that a node may send is not used. Raises
    InvalidInputError for more than any bundle holds, or a path that none may.
    """
    call = AuditServiceStub(office.session.channel).ExportCase
    request = pb.ExportCaseRequest(name=case)
    pieces = office.session.stream(call, request, seconds=EXPORT_SECONDS)
    return list_files(collect_files((one.path, one.content) for one in pieces))


def verify_case(
    office: Office, files: dict[str, bytes], progress: Progress = lambda _done, _all: None
) -> Report:
    """What holds of a bundle, by the root keys that this office pins."""
    trust = TrustRoot(
        root_keys=office.root_keys,
        threshold=office.threshold,
        policy=None,
        words=f"{len(office.root_keys)} root keys pinned in the office's profile, "
        f"{office.threshold} needed; logs named in the directory",
    )
    return verify_bundle(files, trust, office.outside.now(), progress=progress)


def export_case(
    office: Office, case: str, progress: Progress = lambda _done, _all: None
) -> tuple[dict[str, bytes], Report]:
    """A case's bundle with its summary page, and what holds of it."""
    files = fetch_bundle(office, case)
    report = verify_case(office, files, progress)
    return with_summary(files, report), report
