"""What every export of a bundle does with what a node sends: bound it, verify it, summarise it."""

from collections.abc import Iterable

from agents.auditor.page import summary_page
from agents.auditor.report import Report
from agents.bundle_archive import MAX_BYTES, MAX_FILES
from agents.bundle_files import SUMMARY, list_files
from portability.errors import InvalidInputError


def collect_files(pieces: Iterable[tuple[str, bytes]]) -> dict[str, bytes]:
    """The files of which a node streams the pieces. InvalidInputError beyond any bundle's size."""
    files: dict[str, list[bytes]] = {}
    total = 0
    for path, content in pieces:
        files.setdefault(path, []).append(content)
        total += len(content)
        if len(files) > MAX_FILES or total > MAX_BYTES:
            raise InvalidInputError("the node sends more than a bundle can hold", field="path")
    return {path: b"".join(parts) for path, parts in files.items() if path != SUMMARY}


def with_summary(files: dict[str, bytes], report: Report) -> dict[str, bytes]:
    """The files with a page for people, listed with its digest like everything else."""
    return list_files({**files, SUMMARY: summary_page(report)}, report.scope)
