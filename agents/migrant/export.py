"""A person's own data as an offline bundle: fetched from the home node, verified, kept."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from agents.auditor.exporting import collect_files, with_summary
from agents.auditor.report import Report
from agents.auditor.trust import find_trust
from agents.auditor.verification import verify_bundle
from agents.bundle_files import Scope, list_files
from agents.migrant.home import Admitted
from agents.surroundings import Surroundings
from portability.v1 import persons_service_pb2 as pb
from portability.v1.persons_service_pb2_grpc import PersonsServiceStub

Progress = Callable[[int, int], None]
EXPORT_SECONDS: Final = 600.0


def fetch_own(me: Admitted) -> dict[str, bytes]:
    """Every file of the person's bundle, with the list that is true of them."""
    call = PersonsServiceStub(me.home.session.channel).ExportOwnData
    request = pb.ExportOwnDataRequest(session=me.token)
    pieces = me.home.session.stream(call, request, seconds=EXPORT_SECONDS)
    return list_files(collect_files((one.path, one.content) for one in pieces), Scope.PERSON)


def verify_own(
    profile: Path, files: dict[str, bytes], outside: Surroundings, progress: Progress
) -> tuple[dict[str, bytes], Report]:
    """The files with their summary page, and what holds of them by the root keys pinned here."""
    trust = find_trust(profile, policy=None, root_keys=(), threshold=1, profile=profile)
    report = verify_bundle(files, trust, outside.now(), progress=progress)
    return with_summary(files, report), report
