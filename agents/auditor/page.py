"""
A report as one page for people: no script, nothing fetched, readable on a phone and on paper.

The same page is made twice. Whoever exports a bundle puts one in, for information; whoever verifies
it can have one of what was verified there and then. Neither is ever read by this software.
"""

import base64
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Final

from jinja2 import Environment, StrictUndefined, Template

from agents.auditor.questions import Holds
from agents.auditor.report import Report, StatementReport, Verdict
from agents.plain_text import printable

TEMPLATE: Final = "page.html.j2"
STYLE: Final = "page.css"

_HOLDS: Final = {
    Holds.YES: ("yes", "Holds"),
    Holds.NO: ("no", "Does not hold"),
    Holds.UNKNOWN: ("unknown", "Cannot be said"),
    Holds.NOT_ASKED: ("none", "Nothing to ask"),
}
_VERDICTS: Final = {
    Verdict.VERIFIED: ("yes", "Verified"),
    Verdict.ERASED: ("unknown", "Erased"),
    Verdict.NOT_VERIFIED: ("no", "Not verified"),
}
_GROUPS: Final = (
    ("Records", ("entitlement",)),
    (
        "Permission",
        (
            "purpose-template",
            "subject-key",
            "consent-request",
            "consent",
            "consent-status",
            "consent-withdrawal",
            "consent-pause",
            "consent-resume",
            "consent-refusal",
            "consent-end",
            "key-addition",
            "key-removal",
            "passkey-registration",
            "act-evidence",
            "assisted-evidence",
            "assistant-key",
        ),
    ),
    ("Exchange", ("history-request", "history-response", "disclosure-receipt", "acknowledgement")),
    (
        "Result and decisions",
        ("reconciliation", "countersignature", "dispute", "determination", "closure"),
    ),
    (
        "Erasure",
        (
            "erasure",
            "erasure-notice",
            "erasure-acknowledgement",
            "erasure-refusal",
            "legal-hold",
        ),
    ),
)
_REST: Final = "Other statements"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Statements that belong together for a reader, in the order in which they were logged."""

    title: str
    statements: tuple[StatementReport, ...]


def summary_page(report: Report) -> bytes:
    """The page that an exporter puts into a bundle. The same report gives the same bytes."""
    return _render(report, verified_at=None)


def report_page(report: Report, verified_at: datetime) -> bytes:
    """The page of a verifier, with the time at which it was made."""
    return _render(report, verified_at=verified_at)


def _render(report: Report, *, verified_at: datetime | None) -> bytes:
    style = (files("agents.auditor") / STYLE).read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    page = _template().render(
        report=report,
        groups=tuple(_groups(report.statements)),
        holds=_HOLDS,
        mark_of=_mark_of,
        verified_at=verified_at,
        style=style,
        style_digest=digest,
    )
    return page.encode("utf-8")


def _mark_of(one: StatementReport) -> tuple[str, str]:
    """Class and words; a record that was replaced holds, but must not be taken to count."""
    if one.verdict is Verdict.NOT_VERIFIED and one.fault is None:
        return "unknown", "Not looked at"
    if one.replaced is not None and one.verdict is Verdict.VERIFIED:
        return "yes", f"Verified, but {one.replaced.how}"
    return _VERDICTS[one.verdict]


def _groups(statements: Sequence[StatementReport]) -> Iterator[Group]:
    named = [kind for _, kinds in _GROUPS for kind in kinds]
    rest = sorted({one.kind for one in statements} - set(named))
    for title, kinds in (*_GROUPS, (_REST, rest)):
        found = [one for one in statements if one.kind in kinds]
        if found:
            found.sort(key=lambda one: (one.accepted or "9", one.log, one.index, one.id))
            yield Group(title=title, statements=tuple(found))


@cache
def _template() -> Template:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["shown"] = printable
    return environment.from_string((files("agents.auditor") / TEMPLATE).read_text("utf-8"))
